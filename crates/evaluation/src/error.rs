//! What can go wrong while labels and predictions are read.

use std::io;

use crate::Kind;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Labels or predictions that cannot be used. Each names the thing, what was expected and what was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input could not be read on.
    #[error("{input}: line {line}: expected text, found a failure to read: {source}")]
    Read {
        /// `labels` or `predictions`.
        input: &'static str,
        /// Line, from 1.
        line: usize,
        /// What the reader said.
        source: io::Error,
    },
    /// A line is not the JSON object that it should be.
    #[error("{input}: line {line}: expected one JSON object of {input}, found: {source}")]
    Json {
        /// `labels` or `predictions`.
        input: &'static str,
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A label lacks the truth that its kind calls for.
    #[error("labels: line {line}: kind `{kind}` expected the field `{field}`, found none")]
    MissingTruth {
        /// Line, from 1.
        line: usize,
        /// The kind that the label states.
        kind: Kind,
        /// The field that holds the truth of this kind.
        field: &'static str,
    },
    /// A plot could not be drawn.
    #[error("plot `{name}`: {reason}")]
    Plot {
        /// Which one.
        name: String,
        /// Why.
        reason: String,
    },
    /// A number that is to be a share is none.
    #[error("expected a share in 0..=1, found {found}")]
    Share {
        /// What was given.
        found: String,
    },
}
