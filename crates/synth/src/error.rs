//! What can go wrong: reading and writing files, and names that nobody knows.

use std::path::PathBuf;

/// Errors of the generator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A log could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The log.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A log that is neither a Claude Code transcript nor a Codex rollout, or that calls no tool.
    #[error(
        "cannot splice into {path}: expected tool calls in a Claude Code transcript or a Codex rollout, as plain JSON Lines"
    )]
    NotALog {
        /// The log.
        path: PathBuf,
    },
    /// A class id that is not in the registry.
    #[error("unknown class `{found}`, expected one of {expected}")]
    UnknownClass {
        /// The id as given.
        found: String,
        /// All ids, separated by spaces.
        expected: String,
    },
}
