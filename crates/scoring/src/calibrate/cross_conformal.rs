//! **Cross-conformal**: for references too small to split, every row calibrates the detector of the other folds.
//!
//! With `d_k` the detector fitted without fold `k`,
//!
//! ```text
//! p = (1 + sum over folds k of #{rows j of fold k with d_k(j) >= d_k(x)}) / (n + 1)
//! ```
//!
//! Vovk: Cross-conformal predictors, Annals of Mathematics and Artificial Intelligence 2015; Barber, Candès, Ramdas and Tibshirani:
//! Predictive inference with the jackknife+, Annals of Statistics 2021, whose bound gives `P(p <= a) <= 2 a + O(1/n)` at worst.
//! In practice it is close to `a`; the p-values are marked as approximate. Ten folds cost ten fits and ten scores a row.

use goodhart_detectors::{Detector, Table};

use super::calibrator::Fit;
use super::split_conformal::{shuffled, tail};
use super::{Basis, PValues, Tail, Ties};
use crate::error::Error;

/// Folds: the customary ten, or one a row.
const FOLDS: usize = 10;

/// A detector for each fold, with the scores of the rows of that fold.
#[derive(Debug)]
pub(super) struct CrossConformal {
    folds: Vec<(Box<dyn Detector>, Tail)>,
    rows: usize,
}

impl CrossConformal {
    pub(super) fn fit(reference: &Table, seed: u64, fit: &Fit<'_>) -> Result<Self, Error> {
        let places = shuffled(reference.n_rows(), seed);
        let fold = |fold: usize| -> Result<_, Error> {
            let (inside, outside) = divide(&places, fold);
            let detector = fit(&reference.select(&outside), seed)?;
            let tail = tail(&*detector, &reference.select(&inside))?;
            Ok((detector, tail))
        };
        let folds = (0..FOLDS.min(places.len())).map(fold).collect::<Result<_, _>>()?;
        Ok(CrossConformal { folds, rows: places.len() })
    }

    pub(super) fn p_values(&self, table: &Table, ties: impl Fn(usize) -> Ties) -> Result<PValues, Error> {
        let mut counts = vec![(0.0, 0.0); table.n_rows()];
        for (detector, tail) in &self.folds {
            for ((above, reached), score) in counts.iter_mut().zip(detector.score_table(table)?) {
                *above += tail.above(score);
                *reached += tail.reached(score);
            }
        }
        let p = |(row, &(above, reached)): (usize, &(f64, f64))| {
            ties(row).count(above, reached) / (self.rows + 1) as f64
        };
        let values = counts.iter().enumerate().map(p).collect();
        Ok(PValues { values, basis: Basis::CrossConformal, reference: self.rows })
    }
}

/// The places inside and outside of a fold.
fn divide(places: &[usize], fold: usize) -> (Vec<usize>, Vec<usize>) {
    let numbered = places.iter().enumerate();
    let (inside, outside): (Vec<_>, Vec<_>) = numbered.partition(|(turn, _)| turn % FOLDS == fold);
    let places = |part: Vec<(usize, &usize)>| part.into_iter().map(|(_, &place)| place).collect();
    (places(inside), places(outside))
}

#[cfg(test)]
mod tests {
    use super::{FOLDS, divide};

    #[test]
    fn every_row_lies_in_one_fold_and_outside_of_all_others() {
        let places: Vec<usize> = (0..23).rev().collect();
        let mut inside = Vec::new();
        for fold in 0..FOLDS {
            let (own, others) = divide(&places, fold);
            assert_eq!(own.len() + others.len(), 23);
            assert!(own.iter().all(|place| !others.contains(place)));
            inside.extend(own);
        }
        inside.sort_unstable();
        assert_eq!(inside, (0..23).collect::<Vec<_>>());
    }
}
