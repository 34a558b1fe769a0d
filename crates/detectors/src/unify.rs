//! Scores of different detectors on one scale, and their mean.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::{Error, median::lower_median, schema::stored};

/// Standard deviation of the normal distribution over its median absolute deviation, `1 / Phi^-1(3/4)`.
const SIGMA_PER_MAD: f64 = 1.482_602_218_505_602;
/// Beyond ten deviations "more" says nothing more, and one member could outvote all others.
const CLIP: f64 = 10.0;

/// A score in deviations from what the reference scored: `z = (score - median) / (1.4826 MAD)`, clipped to [-10, 10].
///
/// Median and median absolute deviation are those of the reference's own scores: a tenth of strange rows among them,
/// however strange, moves both but little. Where more than half of the scores are equal and the MAD is 0, the standard deviation takes its
/// place, and 1 where that is 0 too.
///
/// ```
/// use goodhart_detectors::RobustZ;
///
/// let z = RobustZ::fit(&[1.0, 2.0, 3.0, 4.0, 1000.0])?;
/// assert_eq!(z.z(3.0), 0.0);
/// assert!((z.z(4.4826) - 1.0).abs() < 1e-4);
/// assert_eq!(z.z(1e9), 10.0);
/// # Ok::<(), goodhart_detectors::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredZ")]
pub struct RobustZ {
    center: f64,
    scale: f64,
}

/// Several detectors' scores of one row to one number, higher is stranger.
///
/// ```
/// use goodhart_detectors::Unify;
///
/// // Two members' scores of the same four reference rows.
/// let unify = Unify::fit(&[vec![0.4, 0.5, 0.5, 0.6], vec![2.0, 3.0, 3.0, 4.0]])?;
/// assert_eq!(unify.anomaly(&[0.5, 3.0])?, 0.5);
/// assert!(unify.anomaly(&[0.8, 9.0])? > 0.99);
/// # Ok::<(), goodhart_detectors::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<RobustZ>", into = "Vec<RobustZ>")]
pub struct Unify {
    members: Vec<RobustZ>,
}

impl RobustZ {
    /// Learns from the scores of the reference rows.
    ///
    /// # Errors
    /// [`Error::Empty`] without scores, [`Error::NotFinite`] for the first score that is not finite.
    pub fn fit(reference: &[f64]) -> Result<Self, Error> {
        if let Some(row) = reference.iter().position(|score| !score.is_finite()) {
            return Err(Error::NotFinite { row, column: "score".to_owned(), value: reference[row] });
        }
        let center = lower_median(reference.to_vec()).ok_or(Error::Empty { what: "scores" })?;
        let mad = lower_median(reference.iter().map(|score| (score - center).abs()).collect());
        let scales = [mad.unwrap_or(0.0) * SIGMA_PER_MAD, standard_deviation(reference)];
        let scale = scales.into_iter().find(|scale| scale.is_normal()).unwrap_or(1.0);
        Ok(RobustZ { center, scale })
    }

    /// The score of zero deviations.
    pub fn center(&self) -> f64 {
        self.center
    }

    /// One deviation.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The same with a deviation of at least this, a positive number.
    pub(crate) fn at_least(mut self, scale: f64) -> Self {
        self.scale = self.scale.max(scale);
        self
    }

    /// A score in deviations, in [-10, 10].
    pub fn z(&self, score: f64) -> f64 {
        ((score - self.center) / self.scale).clamp(-CLIP, CLIP)
    }
}

impl Unify {
    /// Learns from each member's scores of the reference rows.
    ///
    /// # Errors
    /// [`Error::Empty`] without members or without scores, [`Error::NotFinite`].
    pub fn fit<S: AsRef<[f64]>>(reference: &[S]) -> Result<Self, Error> {
        let members = reference.iter().map(|scores| RobustZ::fit(scores.as_ref()));
        Unify::try_from(members.collect::<Result<Vec<_>, _>>()?)
    }

    /// The mean of the members' robust z, in [-10, 10]; one score a member, in the order of the fit.
    ///
    /// # Errors
    /// [`Error::Width`] for another number of scores than members.
    pub fn mean_z(&self, scores: &[f64]) -> Result<f64, Error> {
        let (expected, found) = (self.members.len(), scores.len());
        if expected != found {
            return Err(Error::Width { row: 0, expected, found });
        }
        let sum: f64 = self.members.iter().zip(scores).map(|(member, score)| member.z(*score)).sum();
        Ok(sum / expected as f64)
    }

    /// [`mean_z`](Self::mean_z) in [0, 1] by the normal distribution function: .5 is the middle of the reference,
    /// .98 two deviations above it. From z = 8.3 on it is 1 to the last bit: rank by `mean_z`.
    ///
    /// # Errors
    /// [`Error::Width`] for another number of scores than members.
    pub fn anomaly(&self, scores: &[f64]) -> Result<f64, Error> {
        Ok(Normal::standard().cdf(self.mean_z(scores)?))
    }
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredZ {
    center: f64,
    scale: f64,
}

impl TryFrom<StoredZ> for RobustZ {
    type Error = Error;

    fn try_from(StoredZ { center, scale }: StoredZ) -> Result<Self, Error> {
        if center.is_finite() && scale.is_normal() && scale > 0.0 {
            Ok(RobustZ { center, scale })
        } else {
            Err(stored(
                "scale",
                "a positive number around a finite center",
                format!("{scale} around {center}"),
            ))
        }
    }
}

impl TryFrom<Vec<RobustZ>> for Unify {
    type Error = Error;

    fn try_from(members: Vec<RobustZ>) -> Result<Self, Error> {
        if members.is_empty() { Err(Error::Empty { what: "members" }) } else { Ok(Unify { members }) }
    }
}

impl From<Unify> for Vec<RobustZ> {
    fn from(unify: Unify) -> Self {
        unify.members
    }
}

fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{RobustZ, Unify};

    #[test]
    fn a_tenth_of_strange_scores_moves_little() {
        let mut scores: Vec<f64> = (0..90).map(f64::from).collect();
        let clean = RobustZ::fit(&scores).unwrap();
        scores.extend([1e12; 10]);
        let dirty = RobustZ::fit(&scores).unwrap();
        assert!((clean.z(89.0) - dirty.z(89.0)).abs() < 0.4);
        assert_eq!(dirty.z(1e12), 10.0);
    }

    #[test]
    fn a_stored_scale_that_divides_by_nothing_is_refused() {
        let load = |json: &str| serde_json::from_str::<Unify>(json).unwrap_err().to_string();
        assert!(load("[]").contains("members: expected at least one"));
        for scale in ["0.0", "-1.0"] {
            let refused = load(&format!(r#"[{{"center":0.5,"scale":{scale}}}]"#));
            assert!(refused.contains("stored scale: expected a positive number"), "{refused}");
        }
        let unify = Unify::fit(&[[1.0, 2.0, 5.0], [0.1, 0.2, 0.9]]).unwrap();
        let bytes = postcard::to_allocvec(&unify).unwrap();
        assert_eq!(postcard::from_bytes::<Unify>(&bytes).unwrap(), unify);
    }

    #[test]
    fn the_scale_falls_back_to_the_standard_deviation_and_to_one() {
        let mostly_equal = RobustZ::fit(&[0.0, 0.0, 0.0, 4.0]).unwrap();
        assert!((mostly_equal.z(3.0_f64.sqrt()) - 1.0).abs() < 1e-12);
        assert_eq!(RobustZ::fit(&[5.0, 5.0, 5.0]).unwrap().z(7.0), 2.0);
        assert_eq!(RobustZ::fit(&[5.0]).unwrap().z(7.0), 2.0);
    }

    #[test]
    fn nothing_to_learn_from_is_refused() {
        let none = Unify::fit::<Vec<f64>>(&[]).unwrap_err().to_string();
        assert_eq!(none, "members: expected at least one, found none");
        let empty = Unify::fit(&[[0.0; 0]]).unwrap_err().to_string();
        assert_eq!(empty, "scores: expected at least one, found none");
        let nan = Unify::fit(&[[1.0, f64::NAN]]).unwrap_err().to_string();
        assert_eq!(nan, "row 1, column \"score\": expected a finite number, found NaN");
    }

    #[test]
    fn a_score_too_many_is_refused() {
        let unify = Unify::fit(&[[1.0, 2.0]]).unwrap();
        assert_eq!(unify.anomaly(&[1.0, 2.0]).unwrap_err().to_string(), "row 0: expected 1 columns, found 2");
    }

    /// Phi(2) = 0.977249868..., any table of the normal distribution.
    #[test]
    fn two_deviations_are_the_98th_percentile() {
        let unify = Unify::fit(&[[5.0, 5.0, 5.0]]).unwrap();
        assert!((unify.anomaly(&[7.0]).unwrap() - 0.977_249_868_051_820_8).abs() < 1e-9);
    }

    proptest! {
        /// For all references and scores: z and anomaly stay in range and rise with the score.
        #[test]
        fn unified_scores_are_bounded_and_rise(
            reference in prop::collection::vec(prop::num::f64::NORMAL, 1..30),
            low in -1e9..1e9, step in 0.0..1e9,
        ) {
            let unify = Unify::fit(&[&reference]).unwrap();
            let (low, high) = (unify.anomaly(&[low]).unwrap(), unify.anomaly(&[low + step]).unwrap());
            prop_assert!((0.0..=1.0).contains(&low) && low <= high && high <= 1.0);
        }
    }
}
