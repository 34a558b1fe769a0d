//! What the events say about their session besides its content.

use goodhart_trace::{Event, Kind};

/// What is known of one session; what is known first stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) parent: Option<Box<str>>,
    pub(crate) actor: Option<Box<str>>,
    pub(crate) agent: Option<Box<str>>,
    pub(crate) agent_version: Option<Box<str>>,
    /// Earliest time stamp.
    pub(crate) started_ms: Option<i64>,
    /// Latest time stamp.
    pub(crate) ended_ms: Option<i64>,
    /// Human turns: when all before had happened, and when the human spoke.
    pub(crate) pauses: Vec<(i64, i64)>,
    /// Issues met among its records.
    pub(crate) issues: u64,
}

impl Facts {
    pub(crate) fn note(&mut self, event: &Event<'_>) {
        keep(&mut self.parent, event.parent.as_deref());
        keep(&mut self.actor, event.actor.as_deref());
        keep(&mut self.agent, event.agent.as_deref());
        keep(&mut self.agent_version, event.agent_version.as_deref());
        self.started_ms = earliest(self.started_ms, event.time_ms);
        if event.kind == Kind::Prompt {
            self.pauses.extend(self.ended_ms.zip(event.time_ms));
        }
        self.ended_ms = self.ended_ms.max(event.time_ms);
    }

    /// Adds what a later file says.
    pub(crate) fn absorb(&mut self, later: &Facts) {
        keep(&mut self.parent, later.parent.as_deref());
        keep(&mut self.actor, later.actor.as_deref());
        keep(&mut self.agent, later.agent.as_deref());
        keep(&mut self.agent_version, later.agent_version.as_deref());
        self.started_ms = earliest(self.started_ms, later.started_ms);
        self.ended_ms = self.ended_ms.max(later.ended_ms);
        self.pauses.extend_from_slice(&later.pauses);
        self.issues += later.issues;
    }

    /// Key of the order of sessions and files by their start; what has no time stamp comes last.
    pub(crate) fn start(&self) -> i64 {
        self.started_ms.unwrap_or(i64::MAX)
    }
}

fn keep(known: &mut Option<Box<str>>, found: Option<&str>) {
    if known.is_none() {
        *known = found.map(Box::from);
    }
}

/// The earlier of two times, where known.
pub(crate) fn earliest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        _ => a.or(b),
    }
}
