//! **Split conformal**: one half of a clean reference fits the detector, the other half says how ordinary rows score.
//!
//! `p = (1 + #{calibration scores >= s}) / (n + 1)` of Bates, Candès, Lei, Romano and Sesia: Testing for outliers with conformal
//! p-values, Annals of Statistics 2023. The detector has not seen the rows that calibrate it, so those and an ordinary new
//! row are exchangeable, and p is super-uniform, whatever the detector.

use goodhart_detectors::{Detector, Table};
use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::calibrator::Fit;
use super::{Basis, PValues, Tail, Ties};
use crate::error::Error;

/// A detector and the scores of rows that it was not fitted on.
#[derive(Debug)]
pub(super) struct SplitConformal {
    detector: Box<dyn Detector>,
    tail: Tail,
    rows: usize,
}

impl SplitConformal {
    pub(super) fn fit(reference: &Table, seed: u64, fit: &Fit<'_>) -> Result<Self, Error> {
        let places = shuffled(reference.n_rows(), seed);
        let (fitted, calibrating) = places.split_at(places.len() / 2);
        let detector = fit(&reference.select(fitted), seed)?;
        let tail = tail(&*detector, &reference.select(calibrating))?;
        Ok(SplitConformal { detector, tail, rows: calibrating.len() })
    }

    pub(super) fn p_values(&self, table: &Table, ties: impl Fn(usize) -> Ties) -> Result<PValues, Error> {
        let scores = self.detector.score_table(table)?;
        let p = |(row, score): (usize, &f64)| self.tail.p_value(*score, ties(row));
        let values = scores.iter().enumerate().map(p).collect();
        Ok(PValues { values, basis: Basis::Conformal, reference: self.rows })
    }
}

/// The places of so many rows in an order of chance.
pub(super) fn shuffled(rows: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..rows).collect();
    places.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    places
}

/// What a detector scores on rows that it has not seen.
pub(super) fn tail(detector: &dyn Detector, rows: &Table) -> Result<Tail, Error> {
    Ok(Tail::new(detector.score_table(rows)?.iter().map(|&score| (score, 1.0)).collect()))
}

#[cfg(test)]
mod tests {
    use super::shuffled;

    #[test]
    fn a_shuffle_holds_every_place_once_and_depends_on_the_seed() {
        let mut places = shuffled(50, 1);
        assert_ne!(places, shuffled(50, 2));
        assert_eq!(places, shuffled(50, 1));
        places.sort_unstable();
        assert_eq!(places, (0..50).collect::<Vec<_>>());
    }
}
