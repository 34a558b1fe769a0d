//! Does anybody use what the model says? Echoes, stock phrases, chanting.

use super::Direction::{Higher, Neutral};
use super::{Feature, share, share_of};

/// The features of this family.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        id: "pad_evidence",
        version: 1,
        family: "padding",
        unit: "score",
        looping: Neutral,
        padding: Higher,
        question: "What share of the model's own words adds nothing (root mean square)?",
        value: |f| Some(f.tally.pads.score()),
    },
    Feature {
        id: "echo_share",
        version: 1,
        family: "padding",
        unit: "share",
        looping: Neutral,
        padding: Higher,
        question: "What share of the speech restates lines that the session already holds?",
        value: |f| share(f.tally.echoed_words, f.tally.speech_words as f64),
    },
    Feature {
        id: "stock_share",
        version: 1,
        family: "padding",
        unit: "share",
        looping: Neutral,
        padding: Higher,
        question: "What share of the phrases was said before?",
        value: |f| share(f.tally.stock_words, f.tally.speech_words as f64),
    },
    Feature {
        id: "chant_share",
        version: 1,
        family: "padding",
        unit: "share",
        looping: Neutral,
        padding: Higher,
        question: "What share of the phrases repeats within one text?",
        value: |f| share(f.tally.chanted_words, f.tally.speech_words as f64),
    },
    Feature {
        id: "speech_share",
        version: 1,
        family: "padding",
        unit: "share",
        looping: Neutral,
        padding: Higher,
        question: "What share of what the model writes is speech rather than calls?",
        value: |f| {
            share_of(f.tally.speech_bytes, f.tally.speech_bytes.saturating_add(f.tally.argument_bytes))
        },
    },
    Feature {
        id: "reasoning_share",
        version: 1,
        family: "padding",
        unit: "share",
        looping: Neutral,
        padding: Neutral,
        question: "What share of what the model writes is visible reasoning?",
        value: |f| share_of(f.tally.reasoning_bytes, f.tally.own_bytes()),
    },
    Feature {
        id: "message_share",
        version: 1,
        family: "padding",
        unit: "share",
        looping: Neutral,
        padding: Higher,
        question: "What share of the steps calls no tool?",
        value: |f| share_of(f.tally.messages, f.tally.steps),
    },
];
