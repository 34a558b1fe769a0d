//! Do p-values err as often as they say, and batches of them name no more honest rows than was asked for?
//!
//! A trial is a reference and judged rows of which the truth is known. What is made up is exactly exchangeable; the sets of
//! ADBench are what real tables are like. Nothing is learned from the truth, except which rows a clean reference holds.

use goodhart_detectors::{Ensemble, Model, Table};
use goodhart_scoring::{Calibrator, q_values, storey_q_values, yekutieli_q_values};
use ndarray::{Array2, Axis};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::adbench::Set;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Share of false discoveries that is asked for.
pub const LEVEL: f64 = 0.1;
/// Columns of a table that is made up: half of them counts with many ties.
const COLUMNS: usize = 8;

/// A reference, judged rows, and which of them are strange.
pub struct Trial {
    reference: Table,
    judged: Table,
    strange: Vec<bool>,
    seed: u64,
}

/// What came out of one trial.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// Share of the honest rows with p at or below .05.
    pub type_one: f64,
    /// Share of honest rows among the named: Benjamini and Hochberg, Benjamini and Yekutieli, Storey.
    pub false_share: [f64; 3],
    /// Share of the strange rows that are named, by the same.
    pub power: [f64; 3],
}

/// Which rows of a set make its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// Three quarters of the rows, the anomalies left out.
    Clean,
    /// Three quarters of the rows as they are.
    Dirty,
    /// All rows, which are judged as well.
    Itself,
}

/// A way to calibrate under a name.
pub struct Means {
    /// Its row in the output.
    pub name: &'static str,
    /// What is calibrated with.
    pub calibrator: fn() -> Calibrator,
}

/// How a detector is fitted.
pub type Fit = fn(&Table, u64) -> std::result::Result<Model, goodhart_detectors::Error>;

/// The detectors that are calibrated.
pub const DETECTORS: [(&str, Fit); 4] = [
    ("isolation forest", |table, seed| Model::fit("isolation-forest", table, seed)),
    ("fair-cut forest", |table, seed| Model::fit("fair-cut-forest", table, seed)),
    ("neighbour bag", |table, seed| Model::fit("neighbor-bag", table, seed)),
    ("cheap ensemble", |table, seed| Ok(Ensemble::cheap().seed(seed).fit(table)?.into())),
];

/// Against a clean reference, with and without random ties.
pub const CLEAN: [Means; 2] = [
    Means { name: "random ties", calibrator: || Calibrator::declared_clean().random_ties() },
    Means { name: "conservative", calibrator: Calibrator::declared_clean },
];

impl Trial {
    /// Rows that are made up: a reference of so many, and judged rows of which some are strange.
    ///
    /// # Errors
    /// None that this recipe can cause.
    pub fn synthetic(reference: usize, honest: usize, strange: usize, seed: u64) -> Result<Self> {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
        let reference = Table::unnamed(rows(&mut dice, reference, 0.0))?;
        let judged = [rows(&mut dice, honest, 0.0), rows(&mut dice, strange, 3.0)];
        let judged = Table::unnamed(ndarray::concatenate(Axis(0), &[judged[0].view(), judged[1].view()])?)?;
        let strange = (0..honest + strange).map(|row| row >= honest).collect();
        Ok(Trial { reference, judged, strange, seed })
    }

    /// A quarter of a set judged against the rest of it.
    ///
    /// # Errors
    /// When a cell is not finite.
    pub fn of_set(set: &Set, reference: Reference, seed: u64) -> Result<Self> {
        let table = set.table()?;
        let mut places: Vec<usize> = (0..table.n_rows()).collect();
        places.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        let (judged, rest) = match reference {
            Reference::Itself => (places.clone(), places),
            _ => {
                let rest = places.split_off(places.len() / 4);
                (places, rest)
            }
        };
        let kept = |place: &usize| reference != Reference::Clean || !set.strange()[*place];
        let rest: Vec<usize> = rest.into_iter().filter(kept).collect();
        let strange = judged.iter().map(|&place| set.strange()[place]).collect();
        Ok(Trial { reference: table.select(&rest), judged: table.select(&judged), strange, seed })
    }

    /// Calibrates, judges and compares with the truth.
    ///
    /// # Errors
    /// Of the detector.
    pub fn run(&self, means: &Means, fit: Fit) -> Result<Outcome> {
        let calibrator = (means.calibrator)().seed(self.seed);
        let p = calibrator.fit(&self.reference, fit)?.p_values(&self.judged)?.values;
        let named = [q_values(&p), yekutieli_q_values(&p), storey_q_values(&p)]
            .map(|q| q.iter().map(|&q| q <= LEVEL).collect::<Vec<bool>>());
        let rejected: Vec<bool> = p.iter().map(|&p| p <= 0.05).collect();
        let honest = self.strange.iter().filter(|&&strange| !strange).count();
        Ok(Outcome {
            type_one: self.count(&rejected, false) / honest as f64,
            false_share: [0, 1, 2].map(|by| self.false_share(&named[by])),
            power: [0, 1, 2].map(|by| self.power(&named[by])),
        })
    }

    fn false_share(&self, named: &[bool]) -> f64 {
        let (wrong, right) = (self.count(named, false), self.count(named, true));
        wrong / (wrong + right).max(1.0)
    }

    fn power(&self, named: &[bool]) -> f64 {
        let strange = self.strange.iter().filter(|&&strange| strange).count();
        self.count(named, true) / (strange as f64).max(1.0)
    }

    fn count(&self, named: &[bool], strange: bool) -> f64 {
        let hit = |(&named, &is): (&bool, &bool)| named && is == strange;
        named.iter().zip(&self.strange).filter(|&(named, is)| hit((named, is))).count() as f64
    }
}

/// Mean and standard error of a number of each trial.
pub fn mean(outcomes: &[Outcome], part: impl Fn(&Outcome) -> f64) -> (f64, f64) {
    let n = outcomes.len() as f64;
    let mean = outcomes.iter().map(&part).sum::<f64>() / n;
    let variance = outcomes.iter().map(|outcome| (part(outcome) - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Correlated columns, every other one rounded to counts; strange rows are shifted by so much in all of them.
fn rows(dice: &mut Xoshiro256PlusPlus, rows: usize, shift: f64) -> Array2<f64> {
    let mut values = Array2::zeros((rows, COLUMNS));
    for mut row in values.rows_mut() {
        let common = bell(dice);
        for (column, value) in row.iter_mut().enumerate() {
            let own = (common + bell(dice)) * 0.5_f64.sqrt() + shift;
            *value = if column % 2 == 0 { own } else { own.round() };
        }
    }
    values
}

fn bell(dice: &mut Xoshiro256PlusPlus) -> f64 {
    Normal::standard().inverse_cdf(dice.gen_range(1e-12..1.0))
}
