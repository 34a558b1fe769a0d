//! A sink that keeps everything, for tests, examples and small inputs.

use std::borrow::Cow;

use goodhart_trace::{Event, Issue, Sink};

/// Keeps every event and issue in memory, in the order of their arrival.
///
/// ```
/// use goodhart_readers::{Collect, Options, read_reader};
/// use goodhart_trace::{Kind, Source};
///
/// let line = br#"{"session_id":"s-1","messages":[{"role":"user","content":"hello"}]}"#;
/// let mut found = Collect::default();
/// read_reader(&line[..], Source { file: 0, path: "-" }, &Options::default(), &mut found)?;
/// assert_eq!(found.events[0].kind, Kind::Prompt);
/// assert!(found.issues.is_empty());
/// # Ok::<(), goodhart_readers::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Collect {
    /// The events, owned.
    pub events: Vec<Event<'static>>,
    /// The issues.
    pub issues: Vec<Issue>,
    /// Messages that the source tells again.
    pub retold: u64,
}

impl Sink for Collect {
    fn retold(&mut self, messages: u64) {
        self.retold += messages;
    }

    fn event(&mut self, event: Event<'_>) {
        self.events.push(into_owned(event));
    }

    fn issue(&mut self, issue: Issue) {
        self.issues.push(issue);
    }
}

/// The same event, with all its text copied, so that it outlives its record.
pub fn into_owned(event: Event<'_>) -> Event<'static> {
    Event {
        session: Cow::Owned(event.session.into_owned()),
        parent: owned(event.parent),
        actor: owned(event.actor),
        agent: owned(event.agent),
        agent_version: owned(event.agent_version),
        request: owned(event.request),
        model: owned(event.model),
        tool: owned(event.tool),
        call: owned(event.call),
        arguments: owned(event.arguments),
        text: owned(event.text),
        kind: event.kind,
        time_ms: event.time_ms,
        id: event.id,
        usage: event.usage,
        harness: event.harness,
        error: event.error,
        position: event.position,
    }
}

fn owned(text: Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
    text.map(|text| Cow::Owned(text.into_owned()))
}
