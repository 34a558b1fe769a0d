//! What differs between two baselines: would they judge alike?

use goodhart_features::Axis;
use serde::Serialize;

use crate::baseline::{Baseline, ReferenceKind};
use crate::calibrate::Reference;

/// What differs between two baselines, the first one's side first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Whether everything is equal.
    pub same: bool,
    /// How their sessions were chosen.
    pub kinds: [ReferenceKind; 2],
    /// Distinct sessions.
    pub sessions: [u64; 2],
    /// The smallest p-value of an axis.
    pub smallest_p: [f64; 2],
    /// Detectors that explain.
    pub detectors: [Vec<&'static str>; 2],
    /// Features that only the first one scores, and only the second one.
    pub only: [Vec<String>; 2],
    /// Largest difference between the shares of sessions that score at most so much, over all scores: looping. 0 for references that
    /// score alike, 1 for such that have nothing in common.
    pub loop_distance: f64,
    /// The same for padding.
    pub pad_distance: f64,
    /// Features whose medians differ most, the most first: in usual ranges of the first one.
    pub shifts: Vec<Shift>,
}

/// A feature that is otherwise in the second baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shift {
    /// The feature.
    pub feature: String,
    /// Both medians.
    pub medians: [f64; 2],
    /// Their difference, in widths of the first one's usual range; of a range without width, 1.
    pub shift: f64,
}

impl Baseline {
    /// What differs between this baseline and another one.
    ///
    /// ```
    /// use goodhart_scoring::Baseline;
    ///
    /// let baseline = Baseline::embedded();
    /// let comparison = baseline.compare(baseline);
    /// assert!(comparison.same && comparison.shifts.is_empty() && comparison.loop_distance == 0.0);
    /// ```
    pub fn compare(&self, other: &Baseline) -> Comparison {
        let both = [self, other];
        let distance = |axis| distance(self.reference(axis), other.reference(axis));
        Comparison {
            same: self.fingerprint() == other.fingerprint(),
            kinds: both.map(Baseline::kind),
            sessions: both.map(|baseline| baseline.card().sessions),
            smallest_p: both.map(|baseline| baseline.card().smallest_p),
            detectors: both.map(Baseline::detectors),
            only: [only(self, other), only(other, self)],
            loop_distance: distance(Axis::Loop),
            pad_distance: distance(Axis::Padding),
            shifts: shifts(self, other),
        }
    }
}

/// Features of one that the other has not at the same version.
fn only(one: &Baseline, other: &Baseline) -> Vec<String> {
    let known: Vec<(&str, u32)> = other.features().collect();
    one.features().filter(|feature| !known.contains(feature)).map(|(id, _)| id.to_owned()).collect()
}

/// The distance of Kolmogorov and Smirnov.
fn distance(one: &Reference, other: &Reference) -> f64 {
    let (one, other) = (one.of("").1, other.of("").1);
    let scores = one.scores().iter().chain(other.scores());
    scores.map(|&score| (one.share_above(score) - other.share_above(score)).abs()).fold(0.0, f64::max)
}

fn shifts(one: &Baseline, other: &Baseline) -> Vec<Shift> {
    let mut shifts: Vec<Shift> =
        one.features().filter_map(|(feature, _)| shift(feature, one, other)).collect();
    shifts.sort_by(|a, b| b.shift.abs().total_cmp(&a.shift.abs()).then_with(|| a.feature.cmp(&b.feature)));
    shifts
}

fn shift(feature: &str, one: &Baseline, other: &Baseline) -> Option<Shift> {
    let median = |baseline: &Baseline| Some(baseline.standing(feature, 0.0)?.median);
    let medians = [median(one)?, median(other)?];
    let [low, high] = one.usual(feature)?;
    let width = if high > low { high - low } else { 1.0 };
    let shift = (medians[1] - medians[0]) / width;
    (shift != 0.0).then(|| Shift { feature: feature.to_owned(), medians, shift })
}

#[cfg(all(test, feature = "linfa"))]
mod tests {
    use crate::testing::{fitted, looping, working};
    use crate::{Baseline, ReferenceKind};

    #[test]
    fn references_that_score_otherwise_are_told_apart() {
        let work = fitted((10..40).map(working).collect(), ReferenceKind::DeclaredClean);
        let waste = fitted((10..40).map(looping).collect(), ReferenceKind::Fitted);
        let comparison = work.compare(&waste);
        assert!(!comparison.same && comparison.only == [vec![], Vec::<String>::new()]);
        assert_eq!(comparison.kinds, [ReferenceKind::DeclaredClean, ReferenceKind::Fitted]);
        assert_eq!(comparison.loop_distance, 1.0);
        let largest = &comparison.shifts[0];
        assert!(largest.shift.abs() >= 1.0 && largest.medians[0] != largest.medians[1], "{largest:?}");
    }

    #[test]
    fn the_distance_does_not_depend_on_which_comes_first() {
        let one = fitted((10..40).map(working).collect(), ReferenceKind::Fitted);
        let (there, back) = (one.compare(Baseline::embedded()), Baseline::embedded().compare(&one));
        assert_eq!(there.loop_distance, back.loop_distance);
        assert!((0.0..=1.0).contains(&there.pad_distance));
    }
}
