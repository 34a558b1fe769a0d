//! Does a step bring something that was not there? Reading, searching, thinking.

use super::Direction::{Higher, Lower, Neutral};
use super::{Feature, share, share_of};

/// The features of this family.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        id: "novelty",
        version: 1,
        family: "novelty",
        unit: "share",
        looping: Lower,
        padding: Lower,
        question: "How much of a step was not there before, on average?",
        value: |f| share(f.tally.novelty, f.tally.novelty_known as f64),
    },
    Feature {
        id: "recent_novelty",
        version: 1,
        family: "novelty",
        unit: "share",
        looping: Lower,
        padding: Lower,
        question: "How much of the latest steps was not there before (exponential mean over some twenty)?",
        value: |f| (f.tally.novelty_known > 0).then_some(f.tally.recent_novelty),
    },
    Feature {
        id: "stale_share",
        version: 1,
        family: "novelty",
        unit: "share",
        looping: Higher,
        padding: Neutral,
        question: "What share of the steps brought neither novelty nor progress?",
        value: |f| share_of(f.tally.stale_steps, f.tally.novelty_known),
    },
    Feature {
        id: "longest_stale_share",
        version: 1,
        family: "novelty",
        unit: "share",
        looping: Higher,
        padding: Neutral,
        question: "How long is the longest run of steps with neither, beside all steps?",
        value: |f| share_of(f.tally.longest_stale_run, f.tally.novelty_known),
    },
    Feature {
        id: "empty_result_share",
        version: 1,
        family: "novelty",
        unit: "share",
        looping: Higher,
        padding: Neutral,
        question: "What share of the results is empty?",
        value: |f| share_of(f.tally.empty_results, f.tally.results),
    },
    Feature {
        id: "error_share",
        version: 1,
        family: "novelty",
        unit: "share",
        looping: Higher,
        padding: Neutral,
        question: "What share of the calls failed, where the source says so?",
        value: |f| share_of(f.tally.errors, f.tally.results),
    },
];
