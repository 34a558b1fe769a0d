//! What a scan comes to: the sessions, and what was read.

use std::collections::BTreeMap;

use goodhart_features::Profile;
use goodhart_scoring::{Finding, SessionMeta, Shortfall};
use goodhart_trace::Kind;

use crate::IssueCounts;

/// The sessions of a scan with their profiles, by start time (unknown last), then by id.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// The sessions. One that only repeats what other sessions own is counted in the summary instead.
    pub sessions: Vec<SessionProfile>,
    /// What was read.
    pub summary: Summary,
}

/// One session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionProfile {
    /// Who, where, by which program.
    pub meta: SessionMeta,
    /// What the fold found. The `file` of its positions indexes [`SessionMeta::files`].
    pub profile: Box<Profile>,
    /// Events that another session owns: context here, neither billed nor judged.
    pub replayed_events: u64,
}

/// The findings of a scan.
#[derive(Debug, Clone)]
pub struct Report {
    /// One for every session, by start time (unknown last), then by id.
    pub findings: Vec<Finding>,
    /// What was read.
    pub summary: Summary,
    /// The warning that the reference is too small for this batch, with the numbers.
    pub shortfall: Option<Shortfall>,
}

/// What was read, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were looked at.
    pub files: u64,
    /// Files of each format; what no reader recognised is in none.
    pub formats: BTreeMap<&'static str, u64>,
    /// Byte-identical copies of other files that were not read.
    pub duplicate_files: u64,
    /// Bytes of the files as they are stored; 0 for a stream.
    pub bytes: u64,
    /// Events read, copies included.
    pub events: BTreeMap<Kind, u64>,
    /// Sessions with a profile.
    pub sessions: u64,
    /// Sessions in which the model did nothing that another session does not own.
    pub replay_sessions: u64,
    /// Events that another session owns.
    pub replayed_events: u64,
    /// Tokens of the requests that another session owns, as the copies state them; billed once, in the owner.
    pub replayed_tokens: u64,
    /// Second copies of events within their session.
    pub duplicate_events: u64,
    /// Messages that logs of requests tell again; they are no events.
    pub retold_messages: u64,
    /// Sessions that were put together in a second pass, because they share records or stand in several files.
    pub merged_sessions: u64,
    /// What could not be used.
    pub issues: IssueCounts,
}

impl Summary {
    /// All events read, copies included.
    pub fn event_count(&self) -> u64 {
        self.events.values().sum()
    }
}

/// How far a scan is. Reading dominates, so files of the first pass are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files read.
    pub files_done: u64,
    /// Files to read.
    pub files: u64,
    /// Bytes read, as they are stored.
    pub bytes_done: u64,
    /// Bytes to read.
    pub bytes: u64,
}
