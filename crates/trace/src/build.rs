//! Writes traces in one line, for tests and examples.
//!
//! ```
//! use goodhart_trace::build::session;
//!
//! let polling = session("s-1").prompt("wait for the build").repeat(3, |s, i| {
//!     s.call("Bash", r#"{"command":"ci status"}"#).result(&format!("{i} of 3 jobs done"))
//! });
//! assert_eq!(polling.events().len(), 7);
//! ```

use std::borrow::Cow;

use crate::{Event, EventId, Kind, Position, Usage};

/// Starts an empty session.
pub fn session(id: &str) -> Session {
    Session { id: id.to_owned(), request: 0, time_ms: START_MS, fresh_request: true, ..Session::default() }
}

/// 2026-03-02T09:00:00Z.
const START_MS: i64 = 1_772_442_000_000;

/// A session under construction. Every model output opens or continues a request; a result or a prompt ends it.
/// Time advances by a second an event; ids are derived from the session and the count of events.
#[derive(Debug, Clone, Default)]
pub struct Session {
    id: String,
    events: Vec<Event<'static>>,
    request: usize,
    fresh_request: bool,
    time_ms: i64,
    open_call: Option<String>,
}

impl Session {
    /// A human turn.
    pub fn prompt(self, text: &str) -> Self {
        self.close().push(Kind::Prompt, |event| event.text = owned(text))
    }

    /// Text of the harness.
    pub fn injected(self, text: &str) -> Self {
        self.close().push(Kind::Injected, |event| event.text = owned(text))
    }

    /// Text of the model.
    pub fn text(self, text: &str) -> Self {
        self.output(Kind::Text, |event| event.text = owned(text))
    }

    /// Reasoning of the model.
    pub fn reasoning(self, text: &str) -> Self {
        self.output(Kind::Reasoning, |event| event.text = owned(text))
    }

    /// A tool call with JSON arguments.
    pub fn call(mut self, tool: &str, arguments: &str) -> Self {
        let call = format!("{}-call-{}", self.id, self.events.len());
        self.open_call = Some(call.clone());
        self.output(Kind::ToolCall, |event| {
            event.tool = owned(tool);
            event.arguments = owned(arguments);
            event.call = Some(call.into());
        })
    }

    /// The answer to the latest call.
    pub fn result(self, text: &str) -> Self {
        self.answer(text, None)
    }

    /// A failed answer to the latest call.
    pub fn error(self, text: &str) -> Self {
        self.answer(text, Some(true))
    }

    /// The context is summarised.
    pub fn compaction(self) -> Self {
        self.close().push(Kind::Compaction, |_| ())
    }

    /// A human interrupts.
    pub fn abort(self) -> Self {
        self.close().push(Kind::Abort, |_| ())
    }

    /// Usage of the request of the latest event.
    pub fn usage(mut self, usage: Usage) -> Self {
        if let Some(event) = self.events.iter_mut().rev().find(|event| event.request.is_some()) {
            event.usage = Some(usage);
        }
        self
    }

    /// Moves the clock forward by this many seconds before the next event.
    pub fn wait(mut self, seconds: i64) -> Self {
        self.time_ms += 1000 * seconds;
        self
    }

    /// Applies a piece `n` times; it sees the round, from 0.
    pub fn repeat(self, n: usize, piece: impl Fn(Session, usize) -> Session) -> Self {
        (0..n).fold(self, piece)
    }

    /// The events so far.
    pub fn events(self) -> Vec<Event<'static>> {
        self.events
    }

    fn answer(mut self, text: &str, error: Option<bool>) -> Self {
        let call = self.open_call.take();
        self.close().push(Kind::ToolResult, |event| {
            event.call = call.map(Cow::Owned);
            event.text = owned(text);
            event.error = error;
        })
    }

    fn output(mut self, kind: Kind, fill: impl FnOnce(&mut Event<'static>)) -> Self {
        if std::mem::take(&mut self.fresh_request) {
            self.request += 1;
        }
        let request = format!("{}-request-{}", self.id, self.request);
        self.push(kind, |event| {
            event.request = Some(request.into());
            fill(event);
        })
    }

    fn close(mut self) -> Self {
        self.fresh_request = true;
        self
    }

    fn push(mut self, kind: Kind, fill: impl FnOnce(&mut Event<'static>)) -> Self {
        let number = self.events.len();
        let mut event = Event {
            session: self.id.clone().into(),
            kind,
            time_ms: Some(self.time_ms),
            id: Some(EventId::of(&[&self.id, &number.to_string()])),
            position: Position { file: 0, line: number as u64 + 1, byte: 100 * number as u64 },
            ..Event::default()
        };
        self.time_ms += 1000;
        fill(&mut event);
        self.events.push(event);
        self
    }
}

fn owned(text: &str) -> Option<Cow<'static, str>> {
    Some(Cow::Owned(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::session;
    use crate::Usage;

    #[test]
    fn text_and_call_before_a_result_share_a_request() {
        let events = session("s").prompt("p").text("t").call("A", "{}").result("r").call("B", "{}").events();
        assert_eq!(events[1].request, events[2].request);
        assert_ne!(events[2].request, events[4].request);
        assert_eq!(events[2].call, events[3].call);
    }

    #[test]
    fn usage_goes_to_the_latest_request() {
        let usage = Usage { output: 7, ..Usage::default() };
        let events = session("s").call("A", "{}").result("r").usage(usage).events();
        assert_eq!(events[0].usage, Some(usage));
    }
}
