//! The modes of splicing.

use crate::class::Axis;

/// What is inserted into a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Nothing: the copy alone.
    Plain,
    /// Equal calls with equal results.
    Verbatim,
    /// Two to four calls in turn.
    Cycle,
    /// Equal calls whose results differ in numbers and times.
    Volatile,
    /// Such results to calls that are spelled in another way.
    Varied,
    /// Equal calls, scattered.
    Spread,
    /// Readings of what has been read.
    Reread,
    /// Searches without a hit.
    Barren,
    /// An edit, made and taken back.
    Churn,
    /// Messages of empty phrases.
    Filler,
    /// Messages that quote a result.
    Echo,
    /// A stretch of some other session.
    Foreign,
    /// Equal calls with results of new lines.
    Poll,
    /// Edits with test runs in which less and less fails.
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
