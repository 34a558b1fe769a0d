//! What earlier requests of a proxy log have told, as hashes: a request says again all that came before it.

use std::collections::HashMap;

use goodhart_trace::{Event, EventId, Issue, Kind, Position, Sink};
use serde_json::value::RawValue;

use super::talk::{Calls, Place, Talk};
use crate::json::Notes;

/// The sessions of a log.
#[derive(Debug, Default)]
pub(crate) struct History {
    sessions: Vec<Known>,
    names: HashMap<EventId, usize>,
    tips: HashMap<EventId, Tip>,
}

/// A session, for as long as its log is read.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) calls: Calls,
    /// How often a message stood in one and the same request or was the reply to one.
    told: HashMap<EventId, u32>,
}

/// Where a conversation stood after a request or a reply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tip {
    pub(crate) session: usize,
    /// It stands before a reply that has been delivered.
    pub(crate) replied: bool,
}

impl History {
    /// The session of this name, which begins where it is new.
    pub(crate) fn session(&mut self, name: &str) -> usize {
        let next = self.sessions.len();
        let index = *self.names.entry(EventId::of(&[name])).or_insert(next);
        if index == next {
            self.sessions.push(Known {
                name: name.to_owned(),
                calls: Calls::default(),
                told: HashMap::new(),
            });
        }
        index
    }

    pub(crate) fn known(&mut self, session: usize) -> Option<&mut Known> {
        self.sessions.get_mut(session)
    }

    /// Whether a session of this name has begun.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(&EventId::of(&[name])).copied()
    }

    pub(crate) fn tip(&self, at: EventId) -> Option<Tip> {
        self.tips.get(&at).copied()
    }

    pub(crate) fn reach(&mut self, at: EventId, tip: Tip) {
        self.tips.insert(at, tip);
    }
}

impl Known {
    pub(crate) fn is_new(&self) -> bool {
        self.told.is_empty()
    }

    /// Whether the session has told this message as often as that.
    pub(crate) fn has_told(&self, print: EventId, times: u32) -> bool {
        self.told.get(&print).is_some_and(|&told| told >= times)
    }

    pub(crate) fn tell(&mut self, print: EventId, times: u32) {
        let told = self.told.entry(print).or_default();
        *told = times.max(*told);
    }

    /// Tells it once more; the number of times it has been told by now.
    pub(crate) fn tell_again(&mut self, print: EventId) -> u32 {
        let told = self.told.entry(print).or_default();
        *told = told.saturating_add(1);
        *told
    }
}

/// What a message says, whoever writes it down: a reply comes back in the next request with other fields around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Print {
    pub(crate) hash: EventId,
    /// Nobody but the harness speaks; such text may change from request to request.
    pub(crate) is_context: bool,
    pub(crate) by_model: bool,
}

impl Print {
    /// `None` for a message that says nothing.
    pub(crate) fn of(message: &RawValue) -> Option<Print> {
        let mut printer = Printer { print: None };
        let mut notes = Notes { sink: &mut printer, position: Position::default() };
        let mut calls = Calls::default();
        Talk::new("", &mut calls).raw_message(message, Place::new(NOWHERE), &mut notes);
        printer.print
    }

    /// Of a text that stands for a message.
    pub(crate) fn of_text(text: &str, by_model: bool) -> Print {
        let kind = if by_model { Kind::Text } else { Kind::Prompt };
        let text = Some(text.into());
        Print { hash: hash(None, &Event { kind, text, ..Event::default() }), is_context: false, by_model }
    }
}

/// Calls without an id are named after their place, which is no part of what they say.
const NOWHERE: &str = "\0";

struct Printer {
    print: Option<Print>,
}

impl Sink for Printer {
    fn event(&mut self, event: Event<'_>) {
        // Thoughts are not sent back, or not as they were.
        if matches!(event.kind, Kind::Reasoning | Kind::Usage) {
            return;
        }
        let before = self.print;
        self.print = Some(Print {
            hash: hash(before.map(|print| print.hash), &event),
            is_context: event.kind == Kind::Injected && before.is_none_or(|print| print.is_context),
            by_model: event.request.is_some() || before.is_some_and(|print| print.by_model),
        });
    }

    fn issue(&mut self, _: Issue) {}
}

/// White space does not count: arguments come back in another layout.
fn hash(before: Option<EventId>, event: &Event<'_>) -> EventId {
    let before = before.map_or(0, |before| before.0).to_string();
    let call = event.call.as_deref().filter(|call| !call.starts_with(NOWHERE)).unwrap_or_default();
    let said = event.text.as_deref().or(event.arguments.as_deref()).unwrap_or_default();
    let said: String = said.split_ascii_whitespace().collect();
    let kind = format!("{:?}", event.kind);
    EventId::of(&[&before, &kind, event.tool.as_deref().unwrap_or_default(), call, &said])
}

/// A conversation that has come to `before`, after one more message.
pub(crate) fn after(before: EventId, print: Print) -> EventId {
    match print.is_context {
        true => before,
        false => EventId::of(&["after", &before.0.to_string(), &print.hash.0.to_string()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(message: &str) -> Print {
        Print::of(serde_json::from_str(message).unwrap()).unwrap()
    }

    #[test]
    fn a_reply_that_comes_back_is_the_same_message() {
        let reply = print(
            r#"{"role":"assistant","content":"hm","refusal":null,"reasoning_content":"x","tool_calls":[{"id":"c","type":"function","index":0,"function":{"name":"f","arguments":"{\"a\": 1}"}}]}"#,
        );
        let back = print(
            r#"{"role":"assistant","content":[{"type":"text","text":"hm"}],"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":1}"}}]}"#,
        );
        assert_eq!(reply.hash, back.hash);
        assert!(reply.by_model && !reply.is_context);
        assert_ne!(print(r#"{"role":"assistant","content":"hm"}"#).hash, reply.hash);
        let text = print(r#"{"role":"user","content":"go"}"#);
        assert_eq!(text.hash, Print::of_text("go", false).hash);
        assert!(print(r#"{"role":"system","content":"now 9:00"}"#).is_context);
        assert!(Print::of(serde_json::from_str(r#"{"role":"assistant","content":null}"#).unwrap()).is_none());
    }
}
