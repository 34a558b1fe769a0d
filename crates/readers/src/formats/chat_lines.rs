//! **What it reads**: chat messages, one a line.
//!
//! **Where**: wherever a program appends its conversation to a file; there is no usual place.
//!
//! **Record shape**: `{role, content, …}` in any of the dialects that [`Chat`](super::Chat) reads, told line by line,
//! with `session_id`, `agent`, `model` and `actor` beside them where the writer knows them.
//!
//! | line | event |
//! |---|---|
//! | a message | what `chat` makes of it |
//!
//! **Sessions**: `session_id`, `conversation_id`, `thread_id` or their spelling in camel case; lines that name none are
//! one session, called by the name of the file without folders and extension.
//!
//! **Requests**: each message of the model is one.
//!
//! **Tokens**: `usage` of a message.
//!
//! **Errors**: only explicit ones: `is_error`, or `status`.
//!
//! **Identity**: the session and the `id` of the message, else its text. So a file may be cut between any two lines, and
//! a file that was copied is known again.
//!
//! **When it misleads**: of equal lines without an id the n-th of one file is taken for the n-th of another one.
//!
//! **Cost**: one pass over each line; held are hashes of the lines without id, and of the calls of every session.

use std::borrow::Cow;
use std::collections::HashMap;

use goodhart_trace::{Decoder, EventId, Format, Head, Record, Sink, Source};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::chat::shape::is_message;
use crate::chat::talk::{Calls, Place, Talk};
use crate::json::{Notes, Text, object};

/// Chat messages, one a line.
pub struct ChatLines;

impl Format for ChatLines {
    fn id(&self) -> &'static str {
        "chat-lines"
    }

    fn title(&self) -> &'static str {
        "Chat messages, one message a line (JSON Lines)"
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        !head.lines.is_empty() && head.lines.iter().all(is_message)
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Reader { file: source.file, stem: source.stem().to_owned(), sessions: HashMap::new() })
    }
}

/// What stands beside a message.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    session_id: Text<'a>,
    conversation_id: Text<'a>,
    thread_id: Text<'a>,
    #[serde(rename = "sessionId")]
    session: Text<'a>,
    #[serde(rename = "conversationId")]
    conversation: Text<'a>,
    #[serde(rename = "threadId")]
    thread: Text<'a>,
    id: Text<'a>,
    message_id: Text<'a>,
    agent: Text<'a>,
    agent_version: Text<'a>,
    actor: Text<'a>,
    user_id: Text<'a>,
}

/// A session, for as long as the file is read.
#[derive(Default)]
struct Session {
    calls: Calls,
    /// How often a line without an id has come.
    lines: HashMap<EventId, u32>,
}

struct Reader {
    file: u32,
    stem: String,
    sessions: HashMap<EventId, Session>,
}

impl Decoder for Reader {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spare = String::new();
        let Some(envelope) = object::<Envelope<'_>>(record.text, &mut spare, &mut notes) else { return };
        if let Ok(message) = serde_json::from_str::<&RawValue>(record.text) {
            self.message(envelope, message, &mut notes);
        }
    }
}

impl Reader {
    fn message(&mut self, envelope: Envelope<'_>, message: &RawValue, notes: &mut Notes<'_>) {
        let ids = [envelope.session_id, envelope.conversation_id, envelope.thread_id];
        let camel = [envelope.session, envelope.conversation, envelope.thread];
        let id = first(ids.into_iter().chain(camel)).unwrap_or(Cow::Borrowed(&self.stem));
        let session = self.sessions.entry(EventId::of(&[&id])).or_default();
        let given = first([envelope.id, envelope.message_id]);
        let name = given.unwrap_or_else(|| Cow::Owned(session.name(message.get())));
        let mut talk = Talk {
            agent: envelope.agent.quiet(),
            agent_version: envelope.agent_version.quiet(),
            actor: first([envelope.actor, envelope.user_id]),
            ..Talk::new(&id, &mut session.calls)
        };
        talk.raw_message(message, Place::new(&name), notes);
    }
}

impl Session {
    /// The name of a line that has none: its hash, and how often it came before.
    fn name(&mut self, line: &str) -> String {
        let hash = EventId::of(&[line]);
        let count = self.lines.entry(hash).or_default();
        *count += 1;
        match count {
            1 => format!("{:x}", hash.0),
            _ => format!("{:x}.{count}", hash.0),
        }
    }
}

fn first<'a>(fields: impl IntoIterator<Item = Text<'a>>) -> Option<Cow<'a, str>> {
    fields.into_iter().find_map(Text::quiet)
}

#[cfg(test)]
mod tests {
    use goodhart_trace::{IssueKind, Kind, Usage};

    use crate::testing::{CHAT_LINES, issues, kinds, log, of_kind, read, requests, texts, total};

    #[test]
    fn sessions_are_told_apart_by_their_id() {
        use Kind::*;
        let found = read(CHAT_LINES);
        assert_eq!(kinds(&found), [Prompt, Prompt, ToolCall, Text, ToolResult, Text]);
        let sessions: Vec<_> = found.events.iter().map(|event| &*event.session).collect();
        assert_eq!(sessions, ["a", "b", "a", "b", "a", "a"]);
        assert_eq!(found.events[2].call, found.events[4].call);
        assert_eq!(found.events[4].error, Some(true));
        assert_eq!(found.events[0].time_ms, Some(1_772_442_000_000));
        assert_eq!(found.issues, []);
    }

    #[test]
    fn a_missing_result_shifts_no_other_one() {
        let called = |n: u8| {
            format!(r#"{{"id":"c{n}","role":"assistant","function_call":{{"name":"f","arguments":"{{}}"}}}}"#)
        };
        let told = |n: u8| format!(r#"{{"id":"r{n}","role":"function","name":"f","content":"{n}"}}"#);
        let lines = [called(1), told(1), called(2), called(3), told(3)];
        let found = read(log(&lines.each_ref().map(String::as_str)));
        let answered: Vec<_> =
            of_kind(&found, Kind::ToolResult).iter().map(|it| it.call.as_deref()).collect();
        assert_eq!(answered, [Some("c1.0"), Some("c3.0")]);
    }

    #[test]
    fn calls_in_lines_of_their_own_are_answered_in_order() {
        let part =
            |name: &str, part: &str| format!(r#"{{"id":"{name}","role":"model","parts":[{{{part}}}]}}"#);
        let call = r#""functionCall":{"name":"f","args":{}}"#;
        let result = r#""functionResponse":{"name":"f","response":{"r":1}}"#;
        let lines = [part("a", call), part("b", call), part("c", result), part("d", result)];
        let found = read(log(&lines.each_ref().map(String::as_str)));
        let answered: Vec<_> =
            of_kind(&found, Kind::ToolResult).iter().map(|it| it.call.as_deref()).collect();
        assert_eq!(answered, [Some("a.0"), Some("b.0")]);
    }

    /// By hand: 50 of which 20 cached and 3; 30 and 2; 60 and 4.
    #[test]
    fn usage_is_that_of_the_messages() {
        let expected = Usage { input: 120, cache_read: 20, output: 9, ..Usage::default() };
        let found = read(CHAT_LINES);
        assert_eq!((total(&found), requests(&found).len()), (expected, 3));
    }

    #[test]
    fn lines_that_name_no_session_are_one() {
        let found = read(log(&[
            r#"{"role":"user","content":"go"}"#,
            r#"{"role":"assistant","content":"a"}"#,
            r#"{"role":"user","content":"go"}"#,
            r#"{"role":"assistant","content":"a"}"#,
        ]));
        assert!(found.events.iter().all(|event| event.session == "stem"));
        let ids: std::collections::BTreeSet<_> = found.events.iter().map(|event| event.id).collect();
        assert_eq!(ids.len(), 4, "said twice is not copied");
        let asked: std::collections::BTreeSet<_> =
            found.events.iter().filter_map(|event| event.request.as_deref()).collect();
        assert_eq!(asked.len(), 2);
    }

    #[test]
    fn a_file_cut_between_lines_names_everything_alike() {
        let whole = read(CHAT_LINES);
        let lines: Vec<&str> = CHAT_LINES.lines().collect();
        let (head, tail) = lines.split_at(3);
        let halves = [read(log(head)), read(log(tail))];
        let names =
            |event: &goodhart_trace::Event<'_>| (event.id, event.request.as_ref().map(|it| it.to_string()));
        let cut: Vec<_> = halves.iter().flat_map(|half| &half.events).map(names).collect();
        assert_eq!(cut, whole.events.iter().map(names).collect::<Vec<_>>());
    }

    #[test]
    fn lines_speak_every_dialect_and_broken_ones_cost_themselves() {
        use Kind::*;
        let found = read(log(&[
            r#"{"kind":"request","parts":[{"part_kind":"user-prompt","content":"go"}]}"#,
            r#"{"role":"#,
            r#"{"role":"assistant","parts":[{"type":"tool-ls","toolCallId":"t","state":"output-available","input":{},"output":"a"}]}"#,
            r#"{"role":"user","content":"x","role":"assistant"}"#,
            r#"{"type":"TextMessage","source":"user","models_usage":null,"content":"on"}"#,
        ]));
        assert_eq!(kinds(&found), [Prompt, ToolCall, ToolResult, Text, Prompt]);
        assert_eq!((texts(&found), issues(&found)), (vec!["go", "a", "x", "on"], vec![IssueKind::NotJson]));
        assert_eq!(of_kind(&found, ToolCall)[0].tool.as_deref(), Some("ls"));
    }
}
