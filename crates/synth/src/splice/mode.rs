//! The modes of splicing.

use crate::class::Axis;

/// What is inserted into a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The copy alone.
    Plain,
    /// One call with its result, again and again.
    Verbatim,
    /// Two to four neighbouring calls, round and round.
    Cycle,
    /// One call whose result differs in numbers and times.
    Volatile,
    /// One call in other words, with such a result.
    Varied,
    /// One call between the real steps.
    Spread,
    /// Files that were read before.
    Reread,
    /// Searches that find nothing.
    Barren,
    /// An edit and its reversal.
    Churn,
    /// Messages of stock phrases.
    Filler,
    /// Messages that repeat a result.
    Echo,
    /// Calls of another session.
    Foreign,
    /// One call whose result is new each time.
    Poll,
    /// Edits and tests, fewer of which fail each time.
    Verify,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 14] = [
        Self::Plain,
        Self::Verbatim,
        Self::Cycle,
        Self::Volatile,
        Self::Varied,
        Self::Spread,
        Self::Reread,
        Self::Barren,
        Self::Churn,
        Self::Filler,
        Self::Echo,
        Self::Foreign,
        Self::Poll,
        Self::Verify,
    ];

    /// The name on the command line and in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Verbatim => "verbatim",
            Self::Cycle => "cycle",
            Self::Volatile => "volatile",
            Self::Varied => "varied",
            Self::Spread => "spread",
            Self::Reread => "reread",
            Self::Barren => "barren",
            Self::Churn => "churn",
            Self::Filler => "filler",
            Self::Echo => "echo",
            Self::Foreign => "foreign",
            Self::Poll => "poll",
            Self::Verify => "verify",
        }
    }

    /// The mode of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// The kind of waste that is inserted.
    pub fn axis(self) -> Axis {
        match self {
            Self::Plain | Self::Foreign | Self::Poll | Self::Verify => Axis::None,
            Self::Filler | Self::Echo => Axis::Pad,
            _ => Axis::Loop,
        }
    }
}
