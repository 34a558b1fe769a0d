//! Why reading could not even begin, or was told to stop.

use std::io;
use std::path::PathBuf;

use goodhart_trace::Issue;

/// A failure that no issue can stand for. Trouble *inside* the input is never an error: it is reported as an
/// [`Issue`] and reading goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path that was given does not exist.
    #[error("{}: expected a file or a folder, found nothing there", path.display())]
    NotFound {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A path that was given cannot be opened.
    #[error("{}: cannot be opened: {source}", path.display())]
    Unreadable {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An issue was met while [`Options::strict`](crate::Options::strict) is set.
    #[error("{path}: {issue}")]
    Strict {
        /// The source that holds the issue.
        path: String,
        /// The first issue of that source.
        issue: Issue,
    },
}
