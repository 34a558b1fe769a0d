//! Events of AI agent sessions: what a reader fills, and everything else starts from.
//!
//! A log is read record by record into [`Event`]s and [`Issue`]s, pushed into a [`Sink`]. Text is borrowed
//! from the record wherever its bytes allow it, so an event lives no longer than the call that delivers it.
//! Whoever writes a reader for another log implements [`Format`] and [`Decoder`] against this crate alone.
//!
//! ```
//! use goodhart_trace::{build::session, Kind};
//!
//! let trace = session("s-1")
//!     .prompt("fix the flaky test")
//!     .call("Bash", r#"{"command":"cargo test flaky"}"#)
//!     .result("1 failed")
//!     .events();
//! assert_eq!(trace.len(), 3);
//! assert_eq!(trace[1].kind, Kind::ToolCall);
//! ```

pub mod build;
mod event;
mod format;
mod issue;
mod usage;

pub use event::{Event, EventId, Kind, Position};
pub use format::{
    Decoder, Format, Framing, Halves, Head, InOrder, Memory, Parser, Question, Record, Sink, Source,
};
pub use issue::{Issue, IssueKind};
pub use usage::Usage;
