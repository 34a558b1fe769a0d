//! Why a scan gave no result.

use std::path::PathBuf;

use goodhart_trace::Issue;
use thiserror::Error;

use crate::IssueCounts;

/// A scan could not be made, or was told to stop.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A path that was given does not exist.
    #[error("{}: expected a file or a folder, found nothing there", path.display())]
    NotFound {
        /// The path as it was given.
        path: PathBuf,
    },
    /// An issue was met under [`Batch::strict`](crate::Batch::strict): the first in the order of the files.
    #[error("{path}: {issue}")]
    Strict {
        /// The file that holds the issue; what the walk over the folders met names its path in the detail.
        path: String,
        /// The issue with its line, byte and kind.
        issue: Issue,
    },
    /// No reader recognised any of the files.
    #[error("nothing could be read: expected agent logs, found none in {files} files ({} issues)", issues.total())]
    NothingRead {
        /// Files that were looked at.
        files: u64,
        /// What stood in the way.
        issues: Box<IssueCounts>,
    },
    /// Reading could not begin.
    #[error(transparent)]
    Read(goodhart_readers::Error),
    /// A baseline could not be fitted on what was read.
    #[cfg(feature = "fit")]
    #[error(transparent)]
    Fit(#[from] goodhart_scoring::Error),
    /// The threads that were asked for could not be started.
    #[error("threads: {0}")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

impl From<goodhart_readers::Error> for Error {
    fn from(error: goodhart_readers::Error) -> Self {
        use goodhart_readers::Error as Read;
        match error {
            Read::NotFound { path } => Error::NotFound { path },
            Read::Strict { path, issue } => Error::Strict { path, issue },
            other => Error::Read(other),
        }
    }
}
