//! **p-values for any table**: a detector, a reference and somebody's word for the reference.
//!
//! **Why it matters.** Detectors rank. Whoever acts on the first ten rows of a ranking must know how many of them an
//! ordinary table would have put there.
//!
//! **How.** A reference that is *declared clean* calibrates the detector by counting: split in two halves from 500 rows on, in folds
//! below. For a reference that nobody vouches for only a shape can be assumed, and the p-values say that they are
//! [`Basis::AssumptionBased`](crate::Basis).
//!
//! **When it misleads.** A reference declared clean that is not keeps p-values valid and takes their power. Cutting off its highest
//! scores does not bring the power back, it breaks the control: it is refused.

use goodhart_detectors::{Detector, Table};

use super::cross_conformal::CrossConformal;
use super::empirical_null::Assumed;
use super::split_conformal::SplitConformal;
use super::{PValues, Ties};
use crate::error::Error;

/// Rows from which a clean reference is split in two. Rule: half of them then give p-values down to 1/251, a fifth of
/// the customary level.
const SPLIT: usize = 500;

/// How p-values are made for rows of a table.
///
/// ```
/// use goodhart_detectors::{Model, Table};
/// use goodhart_scoring::{Basis, Calibrator, q_values};
/// use ndarray::Array2;
///
/// let ordinary = Table::unnamed(Array2::from_shape_fn((600, 2), |(row, column)| ((row * (7 + column)) % 101) as f64))?;
/// let judged = Table::unnamed(ndarray::array![[50.0, 50.0], [400.0, -300.0]])?;
///
/// let calibrated = Calibrator::declared_clean().fit(&ordinary, |table, seed| Model::fit("neighbor-bag", table, seed))?;
/// let p = calibrated.p_values(&judged)?;
/// assert_eq!(p.basis, Basis::Conformal);
/// assert_eq!(q_values(&p.values).iter().map(|q| *q <= 0.05).collect::<Vec<_>>(), [false, true]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrator {
    clean: bool,
    random_ties: bool,
    seed: u64,
    trim: f64,
}

/// A detector whose scores have become p-values.
#[derive(Debug)]
pub struct Calibrated {
    means: Means,
    random_ties: Option<u64>,
}

#[derive(Debug)]
enum Means {
    Split(SplitConformal),
    Cross(CrossConformal),
    Assumed(Assumed),
}

/// What fits a detector on a table with a seed.
pub(super) type Fit<'a> = dyn Fn(&Table, u64) -> Result<Box<dyn Detector>, Error> + 'a;

impl Calibrator {
    /// For a reference of which somebody says that all its rows are ordinary.
    pub fn declared_clean() -> Self {
        Calibrator { clean: true, random_ties: false, seed: 0, trim: 0.0 }
    }

    /// For a reference that nobody has screened.
    pub fn unscreened() -> Self {
        Calibrator { clean: false, ..Calibrator::declared_clean() }
    }

    /// Seed of the detectors, of which rows calibrate, and of random ties.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Breaks ties with the reference at random instead of against the row: exactly uniform under the null instead of
    /// at most. The draw depends on the seed and the row's place in its table. Assumption-based p-values have no ties.
    pub fn random_ties(mut self) -> Self {
        self.random_ties = true;
        self
    }

    /// Refused by [`fit`](Self::fit) for anything but 0. It stands here for those who look for it: fit the detector on trimmed
    /// rows if you like, its calibration must see them all.
    pub fn trim(mut self, share: f64) -> Self {
        self.trim = share;
        self
    }

    /// Fits and calibrates.
    ///
    /// # Errors
    /// [`Error::Trimmed`] for a trim, [`Error::TooFew`] for less than two rows, [`Error::Detector`] of the fit.
    pub fn fit<D: Detector>(
        &self,
        reference: &Table,
        fit: impl Fn(&Table, u64) -> Result<D, goodhart_detectors::Error>,
    ) -> Result<Calibrated, Error> {
        if self.trim != 0.0 {
            return Err(Error::Trimmed { found: self.trim });
        }
        let fit = |table: &Table, seed| Ok(Box::new(fit(table, seed)?) as Box<dyn Detector>);
        let means = match (self.clean, reference.n_rows()) {
            (_, found @ 0..2) => return Err(Error::TooFew { expected: 2, found }),
            (false, _) => Means::Assumed(Assumed::fit(reference, self.seed, &fit)?),
            (true, SPLIT..) => Means::Split(SplitConformal::fit(reference, self.seed, &fit)?),
            (true, _) => Means::Cross(CrossConformal::fit(reference, self.seed, &fit)?),
        };
        Ok(Calibrated { means, random_ties: self.random_ties.then_some(self.seed) })
    }
}

impl Calibrated {
    /// The p-values of a table's rows, whose columns are matched by name.
    ///
    /// # Errors
    /// [`Error::Detector`] for a table that lacks a column of the reference.
    pub fn p_values(&self, table: &Table) -> Result<PValues, Error> {
        let ties = |row: usize| match self.random_ties {
            Some(seed) => Ties::Random { seed, session: row as u64 },
            None => Ties::Conservative,
        };
        match &self.means {
            Means::Split(split) => split.p_values(table, ties),
            Means::Cross(cross) => cross.p_values(table, ties),
            Means::Assumed(assumed) => assumed.p_values(table),
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_detectors::{Column, Model, Table};
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::{Calibrated, Calibrator};
    use crate::{Basis, Error};

    /// One column of ten values and one of many, all drawn alike.
    fn honest(dice: &mut Xoshiro256PlusPlus, rows: usize) -> Table {
        let columns = vec![Column::both("count"), Column::both("share")];
        let row = |_| vec![Some(f64::from(dice.gen_range(0..10_u8))), Some(dice.r#gen())];
        Table::from_options(columns, &(0..rows).map(row).collect::<Vec<_>>()).unwrap()
    }

    fn calibrated(calibrator: &Calibrator, reference: &Table) -> Result<Calibrated, Error> {
        calibrator.fit(reference, |table, seed| Model::fit("histogram", table, seed))
    }

    /// Share of honest rows with p <= .05, over 200 references of this size.
    fn type_one(calibrator: &Calibrator, reference: usize) -> (f64, Basis) {
        let (mut rejected, mut basis) = (0, Basis::AssumptionBased);
        for run in 0..200 {
            let mut dice = Xoshiro256PlusPlus::seed_from_u64(run);
            let fitted = calibrated(&calibrator.clone().seed(run), &honest(&mut dice, reference)).unwrap();
            let p = fitted.p_values(&honest(&mut dice, 100)).unwrap();
            rejected += p.values.iter().filter(|&&p| p <= 0.05).count();
            basis = p.basis;
        }
        (f64::from(rejected as u32) / 20_000.0, basis)
    }

    #[test]
    fn a_clean_reference_errs_as_often_as_it_says() {
        let (shares, basis) = type_one(&Calibrator::declared_clean().random_ties(), 600);
        assert!((0.045..=0.055).contains(&shares), "{shares}");
        assert_eq!(basis, Basis::Conformal);
        let (shares, _) = type_one(&Calibrator::declared_clean(), 600);
        assert!((0.001..=0.05).contains(&shares), "{shares}");
    }

    #[test]
    fn a_small_clean_reference_is_used_twice_and_says_so() {
        let (shares, basis) = type_one(&Calibrator::declared_clean().random_ties(), 60);
        assert!((0.03..=0.055).contains(&shares), "{shares}");
        assert_eq!(basis, Basis::CrossConformal);
    }

    #[test]
    fn a_reference_without_a_word_for_it_gives_p_values_by_assumption() {
        let (_, basis) = type_one(&Calibrator::unscreened(), 100);
        assert_eq!(basis, Basis::AssumptionBased);
    }

    #[test]
    fn trimming_is_refused_with_the_reason() {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(1);
        let table = honest(&mut dice, 50);
        let refused = calibrated(&Calibrator::declared_clean().trim(0.05), &table).unwrap_err().to_string();
        assert!(refused.starts_with("trim: expected 0, found 0.05: calibration scores are never trimmed"));
        assert!(calibrated(&Calibrator::declared_clean().trim(0.0), &table).is_ok());
    }

    #[test]
    fn one_row_is_too_few_and_two_are_not() {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(1);
        let refused = calibrated(&Calibrator::declared_clean(), &honest(&mut dice, 1)).unwrap_err();
        assert_eq!(refused.to_string(), "calibration: expected at least 2 rows, found 1");
        let p = calibrated(&Calibrator::declared_clean(), &honest(&mut dice, 2)).unwrap();
        let p = p.p_values(&honest(&mut dice, 5)).unwrap();
        assert!(p.values.iter().all(|&p| (1.0 / 3.0..=1.0).contains(&p)), "{p:?}");
    }

    /// Doubling a tenth of the rows into twins of one strange row leaves p-values valid: honest ones are rejected less often.
    #[test]
    fn a_dirty_reference_stays_valid_and_loses_power() {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(3);
        let strange = vec![vec![Some(500.0), Some(40.0)]];
        let p_of_strange = |dice: &mut Xoshiro256PlusPlus, dirty: usize| {
            let clean = honest(dice, 600);
            let mut rows: Vec<Vec<Option<f64>>> =
                (0..600).map(|row| vec![clean.get(row, 0), clean.get(row, 1)]).collect();
            rows[..dirty].fill(strange[0].clone());
            let reference = Table::from_options(clean.columns().to_vec(), &rows).unwrap();
            let judged = Table::from_options(clean.columns().to_vec(), &strange).unwrap();
            let fitted = calibrated(&Calibrator::declared_clean(), &reference).unwrap();
            fitted.p_values(&judged).unwrap().values[0]
        };
        assert!(p_of_strange(&mut dice, 0) <= 1.0 / 301.0 + 1e-12);
        assert!(p_of_strange(&mut dice, 60) >= 0.05);
    }
}
