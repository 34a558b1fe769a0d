//! Do explanations name the columns that were tampered with?
//!
//! Rows of correlated normal columns, some of them changed in two columns each. Fitted on all rows; the two columns that an
//! explanation ranks first are compared with the two that were changed. By chance one in eight is right.

use goodhart_detectors::{Detector, Ensemble, Model, Table};
use ndarray::{Array2, Axis};
use rand::{Rng, SeedableRng, seq::index};
use rand_xoshiro::Xoshiro256PlusPlus;
use statrs::distribution::{ContinuousCDF, Normal};

type Result<T> = std::result::Result<T, goodhart_detectors::Error>;

/// Rows of a table.
const ROWS: usize = 4_000;
/// Columns of a table.
const COLUMNS: usize = 16;
/// What the columns have in common.
const FACTORS: usize = 4;
/// Rows that are changed.
pub const PLANTED: usize = 80;
/// Columns that are changed in each.
const CHANGED: usize = 2;

/// What is done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// 3 to 5 standard deviations up or down.
    Shift,
    /// The same where all columns have heavy tails.
    HeavyTails,
    /// An ordinary value of the other sign: only its company gives it away.
    BrokenCorrelation,
}

impl Change {
    /// All, as they are printed.
    pub const ALL: [(Change, &'static str); 3] = [
        (Change::Shift, "shift"),
        (Change::HeavyTails, "heavy tails"),
        (Change::BrokenCorrelation, "broken correlation"),
    ];
}

/// A table with the changed rows first, and the changed columns of each.
pub struct Planted {
    table: Table,
    changed: Vec<[usize; CHANGED]>,
}

/// How a row is explained: a weight a column, the higher the more it is to blame.
pub type Explain = Box<dyn Fn(&[f64]) -> Vec<f64>>;

impl Planted {
    /// # Errors
    /// None that this recipe can cause.
    pub fn new(change: Change, seed: u64) -> Result<Self> {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut values = correlated(&mut dice);
        if change == Change::HeavyTails {
            values.mapv_inplace(|x: f64| x.signum() * ((0.9 * x.abs()).exp() - 1.0));
        }
        let deviations = values.std_axis(Axis(0), 0.0).to_vec();
        let mut changed = Vec::new();
        for row in 0..PLANTED {
            let columns = index::sample(&mut dice, COLUMNS, CHANGED).into_vec();
            for &column in &columns {
                let value = &mut values[(row, column)];
                *value = altered(*value, change, deviations[column], &mut dice);
            }
            changed.push([columns[0], columns[1]]);
        }
        Ok(Planted { table: Table::unnamed(values)?, changed })
    }

    /// The ways to explain that are compared, fitted on the table.
    ///
    /// # Errors
    /// None that this recipe can cause.
    pub fn explanations(&self, seed: u64) -> Result<Vec<(&'static str, Explain)>> {
        let mut ways: Vec<(&'static str, Explain)> = Vec::new();
        for name in [
            "isolation-forest",
            "extended-isolation-forest",
            "fair-cut-forest",
            "histogram",
            "tail-probability",
            "neighbor-bag",
            "nearest-neighbors",
            "robust-covariance",
        ] {
            let model = Model::fit(name, &self.table, seed)?;
            ways.push((name, Box::new(move |row| model.explain(row))));
        }
        let ensemble = Ensemble::params().seed(seed).fit(&self.table)?;
        let combination = ensemble.clone();
        ways.push(("ensemble, shares", Box::new(move |row| ensemble.shares(row))));
        let unusual = move |row: &[f64]| {
            combination.combination(row).unwrap_or_default().into_iter().map(f64::abs).collect()
        };
        ways.push(("ensemble, unusual combination", Box::new(unusual)));
        Ok(ways)
    }

    /// Share of the changed columns among as many that an explanation ranks first.
    pub fn precision(&self, explain: &Explain) -> f64 {
        let right: usize =
            self.changed.iter().enumerate().map(|(row, changed)| self.right(row, changed, explain)).sum();
        right as f64 / (PLANTED * CHANGED) as f64
    }

    fn right(&self, row: usize, changed: &[usize], explain: &Explain) -> usize {
        let weights = explain(&self.table.values().row(row).to_vec());
        let mut columns: Vec<usize> = (0..COLUMNS).collect();
        columns.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
        columns[..CHANGED].iter().filter(|column| changed.contains(column)).count()
    }
}

/// Rows whose columns have the correlations of `F F' + I/2`, each of variance 1.
fn correlated(dice: &mut Xoshiro256PlusPlus) -> Array2<f64> {
    let loadings = normal(dice, COLUMNS, FACTORS);
    let common = normal(dice, ROWS, FACTORS).dot(&loadings.t());
    let own = normal(dice, ROWS, COLUMNS) * 0.5_f64.sqrt();
    let deviations = loadings.map_axis(Axis(1), |row| (row.dot(&row) + 0.5).sqrt());
    (common + own) / &deviations
}

fn normal(dice: &mut Xoshiro256PlusPlus, rows: usize, columns: usize) -> Array2<f64> {
    let standard = Normal::standard();
    Array2::from_shape_simple_fn((rows, columns), || standard.inverse_cdf(dice.gen_range(1e-12..1.0)))
}

fn altered(value: f64, change: Change, deviation: f64, dice: &mut Xoshiro256PlusPlus) -> f64 {
    match change {
        Change::BrokenCorrelation => -value.signum() * value.abs().clamp(1.0, 2.0),
        _ => {
            let far = dice.gen_range(3.0..5.0) * deviation;
            if dice.r#gen() { value + far } else { value - far }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Planted};

    /// One table of each kind: the ensemble's shares, and its unusual combinations where company gives a value away.
    #[test]
    fn explanations_name_the_columns_that_were_changed() {
        for (change, way, least) in [
            (Change::Shift, "ensemble, shares", 0.95),
            (Change::HeavyTails, "ensemble, shares", 0.90),
            (Change::BrokenCorrelation, "ensemble, shares", 0.45),
            (Change::BrokenCorrelation, "ensemble, unusual combination", 0.60),
        ] {
            let planted = Planted::new(change, 1).expect("because the recipe is sound");
            let ways = planted.explanations(1).expect("because the recipe is sound");
            let (_, explain) = ways.iter().find(|(name, _)| *name == way).expect("because it is listed");
            let precision = planted.precision(explain);
            assert!(precision >= least, "{change:?}, {way}: {precision}");
        }
    }
}
