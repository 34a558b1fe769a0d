//! The parallel batch scorer: files and sessions over rayon, from logs to findings.
//!
//! [`Batch`] reads folders, files or a stream, puts every session together from wherever its records stand, folds it
//! to a profile and judges all of them together.
//!
//! ```
//! use goodhart_batch::Batch;
//! use goodhart_scoring::{Baseline, Verdict};
//!
//! let line = |kind: &str, message: &str| format!(
//!     r#"{{"type":"{kind}","uuid":"{kind}","sessionId":"s-1","message":{message}}}"#) + "\n";
//! let log = line("user", r#"{"role":"user","content":"hello"}"#)
//!     + &line("assistant", r#"{"id":"m1","content":[{"type":"text","text":"Hello."}]}"#);
//!
//! let batch = Batch::new(Baseline::embedded()).threads(2);
//! let scan = batch.read(log.as_bytes(), "-")?;
//! assert_eq!(scan.sessions[0].profile.steps, 1);
//! let report = batch.judge(scan)?;
//! assert_eq!(report.findings[0].verdict, Verdict::InsufficientEvidence);
//! # Ok::<(), goodhart_batch::Error>(())
//! ```
//!
//! # The walk
//!
//! 1. **Divide.** Every file is read once, the largest first: its events become digests and go into the fold of their
//!    session. A session that ends with its file leaves a profile and the identities of its events, 8 bytes each.
//! 2. **Replay.** An identity that several sessions hold belongs to the one that started earliest. Of copies that keep
//!    the times of the original the one that ended first owns, except where it stops in the middle of another one's
//!    turn; at last the smaller id decides. For ordinary folders the walk ends here.
//! 3. **Merge.** Only sessions that stand in several files, hold an identity twice or hold what another one owns are
//!    read again. Their digests are put in order, second copies dropped, what others own is remembered as context, and
//!    the rest folded.
//!
//! # What holds always
//!
//! - The result is the same on any number of threads, for any order of paths, and bit-identical to folding the events
//!   one by one.
//! - A copy of a file, a fork or a resumed transcript changes no other session; a session cut into two files between
//!   lines is the session, up to positions.
//! - One bad file is counted as an issue with its path, and the others go on.
//!
//! # What it does not do
//!
//! Read one file on several threads: what is shared of a large one is the digests of its events. Tell copies of records
//! without identities apart from repetitions, unless the whole file is copied to the byte or they stand between copies
//! that have them.
//!
//! # What it tells
//!
//! Through the facade of the crate `log`, nothing unless a logger is installed: which file was read as what, which was
//! passed over and why, and what is read twice at level `info`; sessions and stages at level `debug`.
//!
//! # What it costs
//!
//! | | |
//! |---|---|
//! | each file that is being read | at most 256 open sessions of up to 140 KB |
//! | each finished session | about 1.5 KB, and as much again for its finding |
//! | each identity | 8 bytes, and 16 while owners are sought |
//! | each event of a session that is merged, or of a stream | its digest, about 1 KB, while it is merged |
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `fit` | yes | [`Batch::fit`] |
//! | `gzip`, `zstd` | yes | compressed logs |

mod again;
mod ahead;
mod batch;
mod components;
mod divide;
mod error;
mod facts;
mod files;
#[cfg(feature = "fit")]
mod fit;
mod group;
mod issues;
#[cfg(test)]
mod laws;
mod merge;
mod reduce;
mod replay;
mod scan;
mod settle;
mod tell;
#[cfg(test)]
mod testing;
mod walk;

pub use batch::Batch;
pub use error::Error;
#[cfg(feature = "fit")]
pub use fit::Fitted;
pub use goodhart_readers::Options as ReadOptions;
pub use goodhart_scoring::Options as JudgeOptions;
pub use issues::{IssueCount, IssueCounts, IssueExample};
pub use scan::{Progress, Report, Scan, SessionProfile, Summary};
