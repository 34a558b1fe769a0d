//! Readers of agent logs: bytes, files and folders to [`Event`](goodhart_trace::Event)s and
//! [`Issue`](goodhart_trace::Issue)s.
//!
//! ```
//! use goodhart_readers::{Collect, Options, read_reader};
//! use goodhart_trace::Source;
//!
//! let log = concat!(
//!     r#"{"type":"user","uuid":"u1","sessionId":"s-1","message":{"role":"user","content":"fix the test"}}"#, "\n",
//!     r#"{"type":"assistant","uuid":"a1","sessionId":"s-1","message":{"id":"m1","content":[{"type":"text","text":"Done."}]}}"#, "\n",
//! );
//! let mut found = Collect::default();
//! let summary = read_reader(log.as_bytes(), Source { file: 0, path: "-" }, &Options::default(), &mut found)?;
//! assert_eq!(summary.format, Some("claude-code"));
//! assert_eq!(found.events[1].text.as_deref(), Some("Done."));
//! # Ok::<(), goodhart_readers::Error>(())
//! ```
//!
//! | you have | take |
//! |---|---|
//! | folders | [`walk`], then [`read_file`] for each file |
//! | nothing but a home folder | [`agent_log_roots`] |
//! | standard input, bytes | [`read_reader`] |
//! | a list of what is read | [`FORMATS`] |
//!
//! Reading never fails on content: what cannot be used is an issue with its line and byte, and reading goes on. The
//! content decides which format it is, never the path. Records are read one by one in bounded memory and events
//! borrow from their record: whoever wants to keep them copies them, as [`Collect`] does.
//!
//! What it does not do: count usage once per request, or recognise that two files hold the same history. Events say
//! under which request and identity they were recorded, and leave that to whoever sees all files.
//!
//! Features: `gzip` and `zstd` (both on) open compressed logs; without them such a file is an issue. `testing` (off) adds
//! the suite that a format of your own has to pass, `testing::check_format`.

mod chat;
#[cfg(any(test, feature = "testing"))]
mod check;
mod collect;
mod compression;
#[cfg(test)]
mod conformance;
mod content;
mod error;
mod formats;
mod framing;
mod handful;
mod json;
mod marks;
mod read;
mod repair;
#[cfg(test)]
mod samples;
mod screen;
mod seen;
mod skim;
mod sniff;
mod spans;
mod tree;
mod walk;

pub use collect::{Collect, into_owned};
pub use error::Error;
pub use formats::{
    Atif, Chat, ChatDocument, ChatLines, ChatRequests, ClaudeCode, ClaudeCodeExport, Codex, CodexExec,
    FORMATS, MiniSweAgent, OpenInference, SweAgent, format,
};
pub use handful::{Handful, Hands};
pub use read::{FREE_EXPANSION, Options, Summary, read_file, read_file_with, read_reader};
pub use walk::{Walk, agent_log_roots, walk};

#[cfg(any(test, feature = "testing"))]
pub mod testing {
    //! The conformance suite: what every format must survive and promise.
    //!
    //! Whoever implements [`Format`](goodhart_trace::Format) gives a small clean sample of it, the more kinds of records
    //! the better:
    //!
    //! ```
    //! use goodhart_readers::{Codex, testing::check_format};
    //!
    //! let sample = concat!(
    //!     r#"{"timestamp":"2026-04-01T08:00:00.000Z","type":"session_meta","payload":{"id":"0190-aa","source":"cli"}}"#, "\n",
    //!     r#"{"timestamp":"2026-04-01T08:00:01.100Z","type":"event_msg","payload":{"type":"user_message","message":"go"}}"#, "\n",
    //! );
    //! check_format(&Codex, sample);
    //! ```

    pub use crate::check::check_format;
    #[cfg(test)]
    pub(crate) use crate::samples::*;
}
