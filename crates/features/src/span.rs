//! Stretches of a session that are evidence: what recurred, how often, what it cost.

use serde::{Deserialize, Serialize};

use crate::step::Place;

/// What a span is evidence of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// The same thing again, nothing gained.
    Loop,
    /// Volume that nobody uses.
    Padding,
}

/// How a span recurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pattern {
    /// One call, again and again.
    Repeat,
    /// Several calls in turn.
    Cycle,
    /// Content that was read before and has not changed.
    Reread,
    /// Different questions, always the same answer.
    Barren,
    /// Edits that take each other back, or were made before.
    Churn,
    /// Messages that say the same.
    Chant,
    /// Text that the session already holds, once more.
    Echo,
    /// Stock phrases.
    Filler,
    /// Comments and checks that change nothing.
    Hollow,
    /// Edits that were thrown away before anything used them.
    Discarded,
    /// Pages that were in view already, loaded once more for a few words of an answer.
    Reloaded,
    /// One errand, given to several at once, and nothing done with what came back.
    Redundant,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Pattern; 12] = [
        Pattern::Repeat,
        Pattern::Cycle,
        Pattern::Reread,
        Pattern::Barren,
        Pattern::Churn,
        Pattern::Chant,
        Pattern::Echo,
        Pattern::Filler,
        Pattern::Hollow,
        Pattern::Discarded,
        Pattern::Reloaded,
        Pattern::Redundant,
    ];

    /// What a reader of a finding should understand by it.
    pub fn meaning(self) -> &'static str {
        match self {
            Pattern::Repeat => "one call, again and again, with the same result",
            Pattern::Cycle => "several calls in turn, with the same results",
            Pattern::Reread => "content that was read before and has not changed",
            Pattern::Barren => "different questions, always the same answer",
            Pattern::Churn => "edits that take each other back or were made before",
            Pattern::Chant => "messages that say the same",
            Pattern::Echo => "text that the session already holds, once more",
            Pattern::Filler => "stock phrases",
            Pattern::Hollow => "comments and checks that change nothing",
            Pattern::Discarded => "edits that were thrown away before anything used them",
            Pattern::Reloaded => {
                "pages that were in view already, loaded once more for a few words of an answer"
            }
            Pattern::Redundant => {
                "one errand, given to several at once, and nothing done with what came back"
            }
        }
    }
}

/// A stretch of recurring or padding steps, complete enough to be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Loop or padding.
    pub axis: Axis,
    /// How it recurs.
    pub pattern: Pattern,
    /// The tool that most of its steps call.
    pub tool: Option<Box<str>>,
    /// The usual distance of a step from what it repeats, in steps; 0 for padding.
    pub period: u64,
    /// How often a unit of the span came again, at most.
    pub repeats: u64,
    /// Identity of the first recurring unit; it does not change as the span grows.
    pub recurring: u64,
    /// What was not equal to the byte.
    pub varies: Vec<String>,
    /// Steps that recur, first occurrences excepted.
    pub steps: u64,
    /// Tokens booked to these steps.
    pub tokens: u64,
    /// Evidence of its strongest step, in [0, 1].
    pub peak: f64,
    /// Evidence of its steps on average, in [0, 1].
    pub mean: f64,
    /// The first occurrence for loops, the first step for padding.
    pub first: Place,
    /// The latest step.
    pub last: Place,
    /// How often the answer to its question moved while it was put again and again.
    pub moves: u64,
    /// Steps whose answer differed in more than numbers, times and ids.
    pub altered: u64,
    /// Steps whose figures differ from those before, or whose answer has moved by itself lately.
    pub sampled: u64,
    /// Steps that failed, where the source says so.
    pub failures: u64,
    /// Steps whose answer said next to nothing.
    pub unanswered: u64,
    /// Steps that looked at a file or an address for the first time.
    pub first_looks: u64,
    /// A human, an error or the harness ended it.
    pub cut_short: bool,
}
