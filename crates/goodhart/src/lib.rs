//! Tells work from waste in AI agent sessions: which of them spent tokens on looping (the same thing again, nothing
//! gained) or padding (volume that nobody uses), with evidence and a controlled error rate.
//!
//! From events to a verdict:
//!
//! ```
//! use goodhart::prelude::*;
//! use goodhart::trace::build::session;
//!
//! let baseline = Baseline::embedded();
//! let mut monitor = Monitor::new(baseline);
//! let trace = session("s-1").repeat(40, |s, _| s.call("Bash", r#"{"command":"ci status"}"#).result("no runs"));
//! for event in &trace.events() {
//!     if let Some(Alert { finding }) = monitor.push(event) {
//!         println!("{finding}");
//!     }
//! }
//! let finding = monitor.finish("s-1").expect("because its events were pushed");
//! assert!(finding.verdict.is_at_least(Verdict::Note) && finding.spans[0].repeats == 39);
//! ```
//!
//! A [`Baseline`](scoring::Baseline) holds what was learned beforehand, from traces and never from labels; one comes
//! with the crate. A [`Monitor`](scoring::Monitor) judges sessions while they run, a [`Batch`](batch::Batch) judges
//! folders of logs on all cores; both do the same walk and come to the same [`Finding`](scoring::Finding).
//!
//! | you have | you want | go to |
//! |---|---|---|
//! | events of a running agent | to stop it when it loops | [`scoring::Monitor`], `examples/service.rs` |
//! | folders of logs | findings | [`batch::Batch`], `examples/pipeline.rs` |
//! | sessions | a feature matrix, a detector of your own on it | [`features`], [`detectors`], `examples/notebook.rs` |
//! | a log format that is not read | a reader for it | [`trace::Format`] |
//! | sessions of your own kind | your own baseline | `Batch::fit` with feature `fit` |
//!
//! Nothing in the core reads a file, a clock or the environment, and no content of a session leaves it: after the
//! [digest](features::digest()) there is no text. It does not say why a session wasted tokens, nor whose fault it is.
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `batch` | yes | reading log files (plain, gzip, zstd) and scoring them in parallel |
//! | `fit` | no | fitting baselines, detectors behind linfa traits |

#[cfg(feature = "batch")]
pub use goodhart_batch as batch;
pub use goodhart_detectors as detectors;
pub use goodhart_features as features;
#[cfg(feature = "batch")]
pub use goodhart_readers as readers;
pub use goodhart_scoring as scoring;
pub use goodhart_trace as trace;

/// What most programs use: `use goodhart::prelude::*;`.
pub mod prelude {
    #[cfg(feature = "batch")]
    pub use goodhart_batch::{Batch, Report, Scan};
    pub use goodhart_features::{FEATURES, Fold, Profile, digest};
    pub use goodhart_scoring::{Alert, Assessed, Baseline, Finding, Monitor, SessionMeta, Verdict, judge};
    pub use goodhart_trace::{Event, Kind, Usage};
}

/// The programs of the README run with the tests.
#[cfg(all(doctest, feature = "batch"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
