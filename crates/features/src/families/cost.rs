//! Where did the tokens go?

use super::Direction::{Higher, Lower, Neutral};
use super::{Feature, share_of};

/// The features of this family.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        id: "looped_token_share",
        version: 1,
        family: "cost",
        unit: "share",
        looping: Higher,
        padding: Neutral,
        question: "What share of the tokens was booked to recurring steps?",
        value: |f| share_of(f.ledger.looped, f.ledger.total()),
    },
    Feature {
        id: "padded_token_share",
        version: 1,
        family: "cost",
        unit: "share",
        looping: Neutral,
        padding: Higher,
        question: "What share of the tokens was booked to padding?",
        value: |f| share_of(f.ledger.padded, f.ledger.total()),
    },
    Feature {
        id: "productive_token_share",
        version: 1,
        family: "cost",
        unit: "share",
        looping: Lower,
        padding: Lower,
        question: "What share of the tokens was booked to steps with a change of the world?",
        value: |f| share_of(f.ledger.productive, f.ledger.total()),
    },
    Feature {
        id: "unexplained_token_share",
        version: 1,
        family: "cost",
        unit: "share",
        looping: Higher,
        padding: Higher,
        question: "What share of the tokens was booked to steps with neither progress nor content?",
        value: |f| share_of(f.ledger.unexplained, f.ledger.total()),
    },
    Feature {
        id: "cache_read_share",
        version: 1,
        family: "cost",
        unit: "share",
        looping: Neutral,
        padding: Neutral,
        question: "What share of the prompt tokens came from a cache?",
        value: |f| share_of(f.usage.cache_read, f.usage.prompt()),
    },
    Feature {
        id: "output_share",
        version: 1,
        family: "cost",
        unit: "share",
        looping: Neutral,
        padding: Neutral,
        question: "What share of the tokens is output?",
        value: |f| share_of(f.usage.output, f.usage.total()),
    },
];
