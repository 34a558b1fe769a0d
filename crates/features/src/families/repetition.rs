//! Does the same thing come again? Loops, retries, treadmills.

use super::Direction::{Higher, Neutral};
use super::{Feature, share, share_of};

/// The features of this family.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        id: "loop_evidence",
        version: 1,
        family: "repetition",
        unit: "score",
        looping: Higher,
        padding: Neutral,
        question: "What share of the steps recurs without gain (root mean square)?",
        value: |f| Some(f.tally.loops.score()),
    },
    Feature {
        id: "recurrences_per_step",
        version: 1,
        family: "repetition",
        unit: "count",
        looping: Higher,
        padding: Neutral,
        question: "How many earlier steps does a step repeat, on average over the window?",
        value: |f| share(f.tally.recurrences, f.tally.steps as f64),
    },
    Feature {
        id: "equal_unit_share",
        version: 1,
        family: "repetition",
        unit: "share",
        looping: Higher,
        padding: Neutral,
        question: "What share of the calls equals an earlier one in arguments and result?",
        value: |f| share_of(f.tally.equal_units, f.tally.units_known),
    },
    Feature {
        id: "equal_call_share",
        version: 1,
        family: "repetition",
        unit: "share",
        looping: Higher,
        padding: Neutral,
        question: "What share of the calls equals an earlier one in arguments alone?",
        value: |f| share_of(f.tally.equal_calls, f.tally.calls_known),
    },
    Feature {
        id: "longest_run_share",
        version: 1,
        family: "repetition",
        unit: "share",
        looping: Higher,
        padding: Neutral,
        question: "How long is the longest run of equal steps, beside all steps?",
        value: |f| share_of(f.tally.longest_run.saturating_sub(1), f.tally.steps),
    },
    Feature {
        id: "polled_share",
        version: 1,
        family: "repetition",
        unit: "share",
        looping: Neutral,
        padding: Neutral,
        question: "What share of the steps repeats a call whose result moves?",
        value: |f| share_of(f.tally.polled_steps, f.tally.steps),
    },
    Feature {
        id: "wait_share",
        version: 1,
        family: "repetition",
        unit: "share",
        looping: Higher,
        padding: Neutral,
        question: "What share of the calls lets time pass?",
        value: |f| share_of(f.tally.waits, f.tally.calls),
    },
];
