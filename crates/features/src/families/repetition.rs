//! Does the same thing come again? Loops, retries, treadmills.

use super::Direction::{Higher, Neutral};
use super::{Feature, share, share_of};
use crate::span::Span;
use crate::tally::Tally;

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
    Feature {
        id: "twin_call_share",
        version: 1,
        family: "repetition",
        unit: "share",
        looping: Neutral,
        padding: Higher,
        question: "What share of the calls is equal to another call of the same request?",
        value: |f| share_of(f.tally.twin_calls, f.tally.calls),
    },
    Feature {
        id: "tool_evenness",
        version: 1,
        family: "repetition",
        unit: "share",
        looping: Neutral,
        padding: Neutral,
        question: "How evenly are the calls spread over the tools (entropy beside the highest possible)?",
        value: |f| evenness(f.tally),
    },
    Feature {
        id: "loop_rate",
        version: 1,
        family: "repetition",
        unit: "1/step",
        looping: Higher,
        padding: Neutral,
        question: "How many loops are there, beside all steps?",
        value: |f| share_of(f.loops().count() as u64, f.tally.steps),
    },
    Feature {
        id: "loop_period",
        version: 1,
        family: "repetition",
        unit: "steps",
        looping: Neutral,
        padding: Neutral,
        question: "After how many steps does the largest loop come round?",
        value: |f| f.largest_loop().map(|span| span.period as f64),
    },
    Feature {
        id: "loop_interleaving",
        version: 1,
        family: "repetition",
        unit: "share",
        looping: Neutral,
        padding: Neutral,
        question: "What share of the steps between begin and end of the largest loop is not of it?",
        value: |f| f.largest_loop().map(interleaving),
    },
    Feature {
        id: "loop_failure_share",
        version: 1,
        family: "repetition",
        unit: "share",
        looping: Neutral,
        padding: Neutral,
        question: "What share of the steps in loops failed, where the source says so?",
        value: |f| {
            share_of(f.loops().map(|span| span.failures).sum(), f.loops().map(|span| span.steps).sum())
        },
    },
];

/// Entropy of the tools beside that of as many tools called equally often; 0 for one tool.
fn evenness(tally: &Tally) -> Option<f64> {
    let all: u64 = tally.tools.values().sum();
    let part = |&count: &u64| count as f64 / all as f64;
    let entropy: f64 = tally.tools.values().map(part).map(|part| -part * part.log2()).sum();
    let highest = (tally.tools.len() as f64).log2();
    (all > 0).then(|| if highest > 0.0 { (entropy / highest).clamp(0.0, 1.0) } else { 0.0 })
}

fn interleaving(span: &Span) -> f64 {
    let length = span.last.step.saturating_sub(span.first.step).max(1);
    (1.0 - span.steps as f64 / length as f64).clamp(0.0, 1.0)
}
