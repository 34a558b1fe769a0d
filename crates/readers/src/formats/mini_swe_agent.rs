//! **What it reads**: trajectories of mini-swe-agent, one JSON object a file.
//!
//! **Where**: `<output>/<instance>/<instance>.traj.json`.
//!
//! **Record shape**: `{info, messages: [{role, content, tool_calls?, tool_call_id?, extra}], trajectory_format}`. The
//! messages are chat messages; `extra` says what was run, what it cost and when.
//!
//! | message | event |
//! |---|---|
//! | `system` | `Injected` |
//! | first `user` | `Prompt` |
//! | `assistant` | one request: `Text`, and a `ToolCall` for each call, else for each of `extra.actions` |
//! | `tool`, and a `user` after calls without ids | `ToolResult` |
//! | `exit` | nothing after a submission, else `Abort` |
//!
//! **Sessions**: the name of the file without folders and extension.
//!
//! **Tokens**: `extra.response.usage` of each answer; the prompt includes what was cached.
//!
//! **Errors**: `extra.returncode`, else the number between `<returncode>` tags at the start of the observation.
//!
//! **When it misleads**: a `user` message after an answer that could not be parsed is the harness speaking; it counts as
//! context. Items of the Responses API in place of messages are not read. Two files of one name share the name of their
//! session.
//!
//! **Cost**: a file is held as a whole, up to the cap on documents; messages are parsed one by one.

use std::borrow::Cow;
use std::collections::VecDeque;

use goodhart_trace::{
    Decoder, Event, EventId, Format, Framing, Head, IssueKind, Kind, Record, Sink, Source, Usage,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::content::{Content, Function, checked_arguments};
use crate::json::{Count, Field, Moment, Notes, Object, Text, each, lenient, object};

/// Trajectories of mini-swe-agent.
pub struct MiniSweAgent;

impl Format for MiniSweAgent {
    fn id(&self) -> &'static str {
        "mini-swe-agent"
    }

    fn title(&self) -> &'static str {
        "mini-swe-agent trajectories (.traj.json)"
    }

    fn framing(&self) -> Framing {
        Framing::Document
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        head.whole().is_some_and(is_run)
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Reader { file: source.file, stem: source.stem().to_owned() })
    }
}

/// Also asked by the readers of chat messages, which would take such a file for one of theirs.
pub(super) fn is_run(value: &Value) -> bool {
    let format = value.get("trajectory_format").and_then(Value::as_str);
    let announced = format.is_some_and(|format| format.starts_with("mini-swe-agent"));
    announced || value.get("info").is_some_and(|info| info.get("mini_version").is_some())
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Run<'a> {
    info: Field<Object<Info<'a>>>,
    messages: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Info<'a> {
    mini_version: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Message<'a> {
    role: Text<'a>,
    content: Field<Content<'a>>,
    tool_calls: Field<Vec<Field<Object<Call<'a>>>>>,
    tool_call_id: Text<'a>,
    extra: Field<Object<Extra<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
    id: Text<'a>,
    function: Field<Object<Function<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Extra<'a> {
    actions: Field<Vec<Field<Object<Action<'a>>>>>,
    response: Field<Object<Response<'a>>>,
    timestamp: Field<Moment>,
    returncode: Field<i64>,
    exit_status: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Action<'a> {
    command: Text<'a>,
    tool_call_id: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Response<'a> {
    model: Text<'a>,
    usage: Field<Object<Tokens>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    prompt_tokens: Field<Count>,
    completion_tokens: Field<Count>,
    prompt_tokens_details: Field<Object<Details>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Field<Count>,
}

struct Reader {
    file: u32,
    stem: String,
}

impl Decoder for Reader {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spare = String::new();
        let Some(run) = object::<Run<'_>>(record.text, &mut spare, &mut notes) else { return };
        let info = run.info.take("info", &mut notes).unwrap_or_default().0;
        let version = info.mini_version.take("info.mini_version", &mut notes);
        let mut session =
            Session { id: &self.stem, version, index: 0, part: 0, open: VecDeque::new(), prompted: false };
        let is_list = run
            .messages
            .is_some_and(|messages| each(messages, |message| session.message(message, &mut notes)));
        if !is_list {
            notes.issue(IssueKind::MissingField, "messages: expected an array, found none");
        }
    }
}

/// The session while its messages are read.
struct Session<'s> {
    id: &'s str,
    version: Option<Cow<'s, str>>,
    /// The message, and the event within it.
    index: usize,
    part: usize,
    /// Calls without a result yet.
    open: VecDeque<String>,
    prompted: bool,
}

/// What the events of one message have in common.
struct Frame<'a> {
    time_ms: Option<i64>,
    request: Option<String>,
    model: Option<Cow<'a, str>>,
    /// For the first event.
    usage: Option<Usage>,
}

impl Session<'_> {
    fn message(&mut self, message: &RawValue, notes: &mut Notes<'_>) {
        let mut spare = String::new();
        let message = lenient::<Field<Object<Message<'_>>>>(message.get(), &mut spare).unwrap_or_default();
        if let Some(Object(message)) = message.take("messages", notes) {
            self.spoken(message, notes);
        }
        self.index += 1;
        self.part = 0;
    }

    fn spoken(&mut self, message: Message<'_>, notes: &mut Notes<'_>) {
        let Object(extra) = message.extra.take("extra", notes).unwrap_or_default();
        let time_ms = extra.timestamp.time("extra.timestamp", notes);
        let mut frame = Frame { time_ms, request: None, model: None, usage: None };
        let text = message.content.take("content", notes).and_then(|content| content.joined(notes));
        let text = text.filter(|text| !text.is_empty());
        match message.role.take("role", notes).as_deref() {
            Some("system") => self.said(Kind::Injected, text, &mut frame, notes),
            Some("user") if !self.prompted => {
                self.prompted = true;
                self.said(Kind::Prompt, text, &mut frame, notes);
            }
            Some("user") if self.open.is_empty() => self.said(Kind::Injected, text, &mut frame, notes),
            Some("user" | "tool") => {
                let call = message.tool_call_id.take("tool_call_id", notes);
                let code = extra.returncode.take("extra.returncode", notes);
                self.result(call, text, code, &mut frame, notes);
            }
            Some("assistant") => {
                frame.answered(self.request(), extra.response, notes);
                self.said(Kind::Text, text, &mut frame, notes);
                self.calls(message.tool_calls, extra.actions, &mut frame, notes);
                if frame.usage.is_some() {
                    self.deliver(Event { kind: Kind::Usage, ..Event::default() }, &mut frame, notes);
                }
            }
            Some("exit") => {
                let status = extra.exit_status.take("extra.exit_status", notes);
                if status.is_some_and(|status| !status.eq_ignore_ascii_case("submitted")) {
                    self.deliver(Event { kind: Kind::Abort, ..Event::default() }, &mut frame, notes);
                }
            }
            Some(other) => notes.unknown(IssueKind::UnknownRecord, "role", other),
            None => notes.issue(IssueKind::MissingField, "role: expected a role, found none"),
        }
    }

    fn request(&self) -> String {
        format!("{}#{}", self.id, self.index)
    }

    fn said(&mut self, kind: Kind, text: Option<Cow<'_, str>>, frame: &mut Frame<'_>, notes: &mut Notes<'_>) {
        if text.is_some() {
            self.deliver(Event { kind, text, ..Event::default() }, frame, notes);
        }
    }

    fn calls(
        &mut self,
        calls: Field<Vec<Field<Object<Call<'_>>>>>,
        actions: Field<Vec<Field<Object<Action<'_>>>>>,
        frame: &mut Frame<'_>,
        notes: &mut Notes<'_>,
    ) {
        self.open.clear();
        let calls = calls.take("tool_calls", notes).unwrap_or_default();
        let actions = actions.take("extra.actions", notes).filter(|_| calls.is_empty()).unwrap_or_default();
        for call in calls {
            let Some(Object(call)) = call.take("tool_calls", notes) else { continue };
            let Object(function) = call.function.take("function", notes).unwrap_or_default();
            let arguments = function.arguments.map(|raw| checked_arguments(raw, "arguments", notes));
            let id = call.id.take("tool_calls.id", notes);
            self.call(id, function.name.take("name", notes), arguments, frame, notes);
        }
        for action in actions {
            let Some(Object(action)) = action.take("extra.actions", notes) else { continue };
            let id = action.tool_call_id.take("tool_call_id", notes);
            self.call(id, Some("bash".into()), action.command.take("command", notes), frame, notes);
        }
    }

    fn call(
        &mut self,
        id: Option<Cow<'_, str>>,
        tool: Option<Cow<'_, str>>,
        arguments: Option<Cow<'_, str>>,
        frame: &mut Frame<'_>,
        notes: &mut Notes<'_>,
    ) {
        let call = id.unwrap_or_else(|| Cow::Owned(format!("{}.{}", self.index, self.part)));
        self.open.push_back(call.to_string());
        let call = Some(Cow::Borrowed(&*call));
        let event = Event { kind: Kind::ToolCall, call, tool, arguments, ..Event::default() };
        self.deliver(event, frame, notes);
    }

    fn result(
        &mut self,
        call: Option<Cow<'_, str>>,
        text: Option<Cow<'_, str>>,
        code: Option<i64>,
        frame: &mut Frame<'_>,
        notes: &mut Notes<'_>,
    ) {
        let at = match &call {
            Some(call) => self.open.iter().position(|open| open == call),
            None => Some(0),
        };
        let open = at.and_then(|at| self.open.remove(at));
        if open.is_none() {
            notes.issue(IssueKind::OrphanResult, "tool result: expected an open call, found none");
        }
        let call = call.or(open.as_deref().map(Cow::Borrowed));
        let error = code.or_else(|| code_in(text.as_deref()?)).map(|code| code != 0);
        self.deliver(Event { kind: Kind::ToolResult, call, text, error, ..Event::default() }, frame, notes);
    }

    fn deliver(&mut self, event: Event<'_>, frame: &mut Frame<'_>, notes: &mut Notes<'_>) {
        let said = event.text.as_deref().or(event.arguments.as_deref()).unwrap_or_default();
        let (index, part) = (self.index.to_string(), self.part.to_string());
        let id = Some(EventId::of(&["mini-swe-agent", self.id, &index, &part, said]));
        self.part += 1;
        let usage = frame.usage.take();
        notes.sink.event(Event {
            session: Cow::Borrowed(self.id),
            agent: Some(Cow::Borrowed("mini-swe-agent")),
            agent_version: self.version.as_deref().map(Cow::Borrowed),
            request: frame.request.as_deref().map(Cow::Borrowed),
            model: frame.model.as_deref().map(Cow::Borrowed),
            time_ms: frame.time_ms,
            position: notes.position,
            usage,
            id,
            ..event
        });
    }
}

impl<'a> Frame<'a> {
    fn answered(&mut self, request: String, response: Field<Object<Response<'a>>>, notes: &mut Notes<'_>) {
        self.request = Some(request);
        let Object(response) = response.take("extra.response", notes).unwrap_or_default();
        self.model = response.model.quiet();
        self.usage = response.usage.take("usage", notes).map(|Object(tokens)| tokens.classes(notes));
    }
}

impl Tokens {
    fn classes(self, notes: &mut Notes<'_>) -> Usage {
        let mut count = |field: Field<Count>, name: &str| field.count(name, notes).unwrap_or(0);
        let prompt = count(self.prompt_tokens, "usage.prompt_tokens");
        let details = self.prompt_tokens_details.quiet().map(|Object(details)| details.cached_tokens);
        let cached =
            count(details.unwrap_or_default(), "usage.prompt_tokens_details.cached_tokens").min(prompt);
        let output = count(self.completion_tokens, "usage.completion_tokens");
        Usage { input: prompt - cached, cache_read: cached, output, ..Usage::default() }
    }
}

/// The code that the template of an observation states first.
fn code_in(text: &str) -> Option<i64> {
    let rest = text.trim_start().strip_prefix("<returncode>")?;
    rest.split_once("</returncode>")?.0.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MINI_SWE_AGENT, kinds, of_kind, read, requests, total};

    #[test]
    fn calls_with_and_without_ids_find_their_results() {
        let found = read(MINI_SWE_AGENT);
        use Kind::*;
        assert_eq!(kinds(&found), [Injected, Prompt, Text, ToolCall, ToolResult, Text, ToolCall, ToolResult]);
        let calls = of_kind(&found, ToolCall);
        let results = of_kind(&found, ToolResult);
        assert_eq!((calls[0].call.as_deref(), results[0].call.as_deref()), (Some("call_1"), Some("call_1")));
        assert_eq!((calls[1].call.as_deref(), results[1].call.as_deref()), (Some("4.1"), Some("4.1")));
        assert_eq!(calls[1].arguments.as_deref(), Some("echo done"));
        assert_eq!((results[0].error, results[1].error), (Some(true), Some(false)));
        assert_eq!(results[0].time_ms, Some(1_772_442_002_000));
        assert_eq!(found.issues, []);
    }

    /// By hand: 100 + 7 of which 40 cached, and 120 + 5.
    #[test]
    fn totals_are_those_of_the_answers() {
        let found = read(MINI_SWE_AGENT);
        let expected = Usage { input: 180, cache_read: 40, output: 12, ..Usage::default() };
        assert_eq!((total(&found), requests(&found).len()), (expected, 2));
    }

    #[test]
    fn a_run_that_was_stopped_says_so() {
        let found = read(MINI_SWE_AGENT.replace(r#""Submitted"}}]"#, r#""LimitsExceeded"}}]"#));
        assert_eq!(kinds(&found).last(), Some(&Kind::Abort));
    }
}
