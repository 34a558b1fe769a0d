//! What kind of session is it? Reported, never scored: volume and clock are no evidence.

use super::Direction::Neutral;
use super::{Feature, share_of};

/// The features of this family.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        id: "steps",
        version: 1,
        family: "structure",
        unit: "count",
        looping: Neutral,
        padding: Neutral,
        question: "How many steps has the session?",
        value: |f| Some(f.tally.steps as f64),
    },
    Feature {
        id: "prompts",
        version: 1,
        family: "structure",
        unit: "count",
        looping: Neutral,
        padding: Neutral,
        question: "How many human turns?",
        value: |f| Some(f.tally.prompts as f64),
    },
    Feature {
        id: "nudge_share",
        version: 1,
        family: "structure",
        unit: "share",
        looping: Neutral,
        padding: Neutral,
        question: "What share of the human turns has next to no new content?",
        value: |f| share_of(f.tally.prompts.saturating_sub(f.tally.novel_prompts), f.tally.prompts),
    },
    Feature {
        id: "steps_per_prompt",
        version: 1,
        family: "structure",
        unit: "count",
        looping: Neutral,
        padding: Neutral,
        question: "How many steps follow a human turn, on average?",
        value: |f| share_of(f.tally.steps, f.tally.prompts),
    },
    Feature {
        id: "compactions",
        version: 1,
        family: "structure",
        unit: "count",
        looping: Neutral,
        padding: Neutral,
        question: "How often was the context summarised?",
        value: |f| Some(f.tally.compactions as f64),
    },
    Feature {
        id: "rewinds",
        version: 1,
        family: "structure",
        unit: "count",
        looping: Neutral,
        padding: Neutral,
        question: "How often did the human go back?",
        value: |f| Some(f.tally.rewinds as f64),
    },
    Feature {
        id: "aborts",
        version: 1,
        family: "structure",
        unit: "count",
        looping: Neutral,
        padding: Neutral,
        question: "How often was a turn cut short?",
        value: |f| Some(f.tally.aborts as f64),
    },
    Feature {
        id: "api_errors",
        version: 1,
        family: "structure",
        unit: "count",
        looping: Neutral,
        padding: Neutral,
        question: "How often did the provider fail?",
        value: |f| Some(f.tally.api_errors as f64),
    },
    Feature {
        id: "prompt_gap_cv",
        version: 1,
        family: "structure",
        unit: "ratio",
        looping: Neutral,
        padding: Neutral,
        question: "How irregular are the gaps between human turns (coefficient of variation, from four turns on)?",
        value: |f| gap_cv(f.tally.gaps),
    },
    Feature {
        id: "distinct_tools",
        version: 1,
        family: "structure",
        unit: "count",
        looping: Neutral,
        padding: Neutral,
        question: "How many tools were called?",
        value: |f| Some(f.tally.tools.len() as f64),
    },
    Feature {
        id: "steps_per_request",
        version: 1,
        family: "structure",
        unit: "steps/request",
        looping: Neutral,
        padding: Neutral,
        question: "How many steps does a model call take?",
        value: |f| share_of(f.tally.steps, f.requests),
    },
];

/// Coefficient of variation from count, sum and sum of squares.
fn gap_cv([count, sum, squares]: [f64; 3]) -> Option<f64> {
    let mean = sum / count;
    let variance = (squares / count - mean * mean).max(0.0);
    (count >= 3.0 && mean > 0.0).then(|| variance.sqrt() / mean)
}
