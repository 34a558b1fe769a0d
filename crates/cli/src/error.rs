//! What can keep a command from its work.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a command ended early; each has its exit code.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// Standard output, or the file of `--output`, could not be written.
    #[error("output: {0}")]
    Output(#[from] io::Error),
    /// A file that is no log could not be opened.
    #[error("{}: cannot be opened: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The logs could not be read, or no baseline could be fitted on them.
    #[error(transparent)]
    Batch(#[from] goodhart::batch::Error),
    /// A baseline file was refused.
    #[error("{}: {source}", path.display())]
    Baseline {
        /// The file.
        path: PathBuf,
        /// Why.
        source: goodhart::scoring::Error,
    },
    /// Baselines cannot be made one.
    #[error(transparent)]
    Merge(goodhart::scoring::Error),
    /// Labels or predictions were refused.
    #[error("{}: {source}", path.display())]
    Evaluation {
        /// The file.
        path: PathBuf,
        /// Why.
        source: goodhart_evaluation::Error,
    },
    /// No path was given, and no agent has left logs in the usual places.
    #[error("no logs found: expected them in one of the folders above, or a PATH")]
    NoLogs,
    /// Standard input was given together with other paths.
    #[error("PATH: expected either - (standard input) or files and folders, found both")]
    StdinAndPaths,
    /// Standard input cannot be read twice.
    #[error("PATH: expected files or folders, since fitting reads them twice; found - (standard input)")]
    StdinTwice,
    /// No finding or session has this id.
    #[error(
        "{id}: expected the id of a finding or session, or its beginning; found none among {sessions} sessions"
    )]
    UnknownId {
        /// What was asked for.
        id: String,
        /// Sessions that were read.
        sessions: usize,
    },
    /// Several sessions begin like this.
    #[error("{id}: expected one session, found {}", candidates.join(", "))]
    AmbiguousId {
        /// What was asked for.
        id: String,
        /// The sessions.
        candidates: Vec<String>,
    },
}

impl Error {
    /// The exit code: 2 for usage and configuration, 3 when nothing could be read, 4 for an issue under `--strict`.
    pub(crate) fn code(&self) -> u8 {
        use goodhart::batch::Error as Batch;
        match self {
            Error::NoLogs | Error::Batch(Batch::NothingRead { .. } | Batch::Fit(_)) => 3,
            Error::Batch(Batch::Strict { .. }) => 4,
            _ => 2,
        }
    }
}
