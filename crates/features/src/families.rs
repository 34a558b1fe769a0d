//! The features of a session: named numbers with unit, direction and the question they answer.
//!
//! A family is one file with a list; this list of lists is the registry. `docs/catalog.md` is printed from it.

use goodhart_trace::Usage;
use serde::{Deserialize, Serialize};

use crate::ledger::Ledger;
use crate::span::{Axis, Span};
use crate::tally::Tally;

mod cost;
mod novelty;
mod padding;
mod progress;
mod repetition;
mod structure;

/// One feature.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// Stable name of the column.
    pub id: &'static str,
    /// Raised when the meaning changes; a baseline names the version that it was fitted on.
    pub version: u32,
    /// The family.
    pub family: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// Which side speaks for looping.
    pub looping: Direction,
    /// Which side speaks for padding.
    pub padding: Direction,
    /// The question it answers.
    pub question: &'static str,
    pub(crate) value: fn(&Facts<'_>) -> Option<f64>,
}

/// Which side of the usual values speaks for waste.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Higher values do.
    Higher,
    /// Lower values do.
    Lower,
    /// Neither: the feature is reported and never scored on this axis.
    Neutral,
}

/// What features are read off.
pub(crate) struct Facts<'a> {
    pub(crate) tally: &'a Tally,
    pub(crate) usage: &'a Usage,
    pub(crate) ledger: &'a Ledger,
    pub(crate) requests: u64,
    /// The spans that count.
    pub(crate) spans: &'a [Span],
    /// Tokens that were paid to read padding again.
    pub(crate) carried: u64,
}

impl Facts<'_> {
    fn loops(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| span.axis == Axis::Loop)
    }

    /// The loop with the most steps, the first of equals.
    fn largest_loop(&self) -> Option<&Span> {
        self.loops().max_by_key(|span| (span.steps, std::cmp::Reverse(span.first.step)))
    }
}

/// Every feature, in the order of the columns.
pub static FEATURES: std::sync::LazyLock<Vec<Feature>> = std::sync::LazyLock::new(|| {
    [
        repetition::FEATURES,
        novelty::FEATURES,
        progress::FEATURES,
        padding::FEATURES,
        cost::FEATURES,
        structure::FEATURES,
    ]
    .concat()
});

/// A share of two sums; `None` for an empty denominator.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// A share of two counts; `None` for an empty denominator.
fn share_of(part: u64, whole: u64) -> Option<f64> {
    share(part as f64, whole as f64)
}

#[cfg(test)]
mod tests {
    use super::{Direction, FEATURES};

    #[test]
    fn every_registered_feature_passes_the_suite() {
        FEATURES.iter().for_each(crate::testing::check_feature);
    }

    #[test]
    fn volume_and_clock_are_never_scored() {
        for feature in FEATURES.iter().filter(|feature| feature.family == "structure") {
            assert_eq!(
                (feature.looping, feature.padding),
                (Direction::Neutral, Direction::Neutral),
                "{}",
                feature.id
            );
        }
    }
}
