//! **What it reads**: traces of agents after the OpenInference conventions, as Phoenix and its relatives keep them: OTLP
//! requests, nested trees of spans, lists of spans, and any of these one a line.
//!
//! **Where**: wherever they are exported; there is no usual place.
//!
//! **Record shape**: spans, each with an id, a parent, a start and attributes, which may be dotted, nested or typed
//! key-value pairs. `openinference.span.kind` (in tables `span_kind`) says what a span is.
//!
//! | span | event |
//! |---|---|
//! | `LLM` | one request, named by the span: `Prompt` and `Injected` of what is new in its input, `Text` and `Reasoning` of its output, with the usage |
//! | `LLM` that failed without output | `ApiError` |
//! | `TOOL` | `ToolCall` and its `ToolResult`; the call is named by the span |
//! | `AGENT`, `CHAIN` and the other kinds | nothing: they repeat in sum what the spans below them say |
//!
//! **Sessions**: `session.id` of the span, of a span around it, or of any span of its trace; else the name of the file
//! without folders and extension, followed by the trace where the file holds several. Sub-agents are part of the
//! session: instrumentations mark their beginning in too many ways to tell their spans apart.
//!
//! **Order**: by start, then by id, over the whole file.
//!
//! **Prompts**: the input of a model call repeats the conversation so far. A message that was there before is passed
//! over, and so is what the model itself said. The last new `user` message of the first call of a trace is the human's,
//! others were written by the program.
//!
//! **Calls**: a call that the model asks for is carried out in a `TOOL` span, where the file has such spans for that
//! tool; the request then holds it as `Reasoning`, so that it has its size and is not counted as a second call. Without
//! such spans it is a `ToolCall` of the request, and its result is taken from the input of a later one.
//!
//! **Tokens**: `llm.token_count.*` of `LLM` spans. The prompt includes what was read from and written to a cache, unless
//! these are more than the prompt. Where a framework and a client both report a call as nested `LLM` spans, the
//! innermost with counts is taken.
//!
//! **Errors**: status 2 or an exception; status 1 is success; without a status nothing is known.
//!
//! **Identity**: trace and span id. A span that was exported twice counts once.
//!
//! **When it misleads**: content that was masked is absent. A program that writes as `user` in the first call of a trace
//! is taken for a human. Spans of a trace that lie in another file are not seen: order, wrappers and repeated input are
//! told within one file.
//!
//! **Cost**: a file is held as a whole, up to the cap on documents, because spans lie in it in any order.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use goodhart_trace::{
    Decoder, Event, EventId, Format, Framing, Head, IssueKind, Kind, Record, Sink, Source, Usage,
};
use memchr::memmem;
use serde_json::Value;

use crate::content::Joined;
use crate::json::{Notes, lenient};
use crate::seen::Seen;
use crate::spans::{Attributes, Span, ancestors, in_order, parents, spans};
use crate::tree::Tree;

/// Traces after the OpenInference conventions.
pub struct OpenInference;

impl Format for OpenInference {
    fn id(&self) -> &'static str {
        "openinference"
    }

    fn title(&self) -> &'static str {
        "OpenInference spans (OTLP JSON, trees or lists of spans)"
    }

    fn framing(&self) -> Framing {
        Framing::Document
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        let mut records = head.lines.iter().chain(&head.document);
        records.any(|record| has_spans(record) && (is_announced(head.bytes) || has_kind(record)))
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Reader { file: source.file, stem: source.stem().to_owned() })
    }
}

/// Kinds of spans. Only the first two are steps.
const KINDS: &[&str] = &[
    "LLM",
    "TOOL",
    "AGENT",
    "CHAIN",
    "RETRIEVER",
    "EMBEDDING",
    "RERANKER",
    "GUARDRAIL",
    "EVALUATOR",
    "PROMPT",
    "DECISION",
    "UNKNOWN",
];

fn has_spans(record: &Value) -> bool {
    let span = |value: &Value| {
        let context = value.get("context").unwrap_or(value);
        ["span_id", "spanId"].iter().any(|id| context.get(id).is_some())
    };
    let list = |value: &Value| value.as_array().is_some_and(|items| items.iter().any(span));
    let request = ["resourceSpans", "resource_spans"].iter().any(|key| record.get(key).is_some());
    request || span(record) || list(record) || record.get("spans").is_some_and(list)
}

fn is_announced(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"openinference.span.kind").is_some()
}

/// A column of its own says the kind.
fn has_kind(record: &Value) -> bool {
    let kind = |span: &Value| {
        span.get("span_kind").and_then(Value::as_str).is_some_and(|kind| KINDS.contains(&kind))
    };
    kind(record) || record.as_array().is_some_and(|spans| spans.iter().any(kind))
}

struct Reader {
    file: u32,
    stem: String,
}

impl Decoder for Reader {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spares = vec![String::new(); record.text.lines().count() + 1];
        let mut found = Vec::new();
        for (text, place, spare) in pieces(&record, &mut spares) {
            (notes.position.line, notes.position.byte) = place;
            match lenient::<Tree<'_>>(text, spare) {
                Ok(tree) => found.extend(spans(&tree, place)),
                Err(column) => notes.not_json(column),
            }
        }
        Talk::new(in_order(found), &self.stem).deliver(&mut notes);
    }
}

type Place = (u64, u64);

/// The values of a file: the whole of it, or its lines where the first of them is a value of its own.
fn pieces<'r, 's>(record: &Record<'r>, spares: &'s mut [String]) -> Vec<(&'r str, Place, &'s mut String)> {
    let mut lines = record.text.lines().filter(|line| !line.trim().is_empty());
    let by_line = lines.next().is_some_and(crate::json::is_json);
    let whole = std::iter::once((record.text, (record.line, record.byte)));
    let numbered = record.text.lines().zip(record.line..).map(|(line, number)| {
        let byte = line.as_ptr() as usize - record.text.as_ptr() as usize;
        (line, (number, record.byte + byte as u64))
    });
    let values: Vec<(&str, Place)> = if by_line { numbered.collect() } else { whole.collect() };
    let filled = values.into_iter().filter(|(text, _)| !text.trim().is_empty());
    filled.zip(spares).map(|((text, place), spare)| (text, place, spare)).collect()
}

/// All spans of a file, and what is known of them together.
struct Talk<'a> {
    spans: Vec<Span<'a>>,
    /// Indices of parents.
    parents: Vec<Option<usize>>,
    sessions: Vec<Cow<'a, str>>,
    actors: Vec<Option<Cow<'a, str>>>,
    /// Sessions with tools that have spans of their own.
    tools: HashSet<(Cow<'a, str>, Cow<'a, str>)>,
    /// Messages that were delivered, calls that wait for a result, traces that had a model call.
    heard: Seen,
    waiting: Seen,
    begun: Seen,
}

impl<'a> Talk<'a> {
    fn new(spans: Vec<Span<'a>>, stem: &str) -> Self {
        let parents = parents(&spans);
        let of_file: Vec<Cow<'a, str>> = nameless(&spans, stem);
        let sessions = inherited(&spans, &parents, "session.id");
        let sessions: Vec<Cow<'a, str>> =
            sessions.into_iter().zip(of_file).map(|(given, name)| given.unwrap_or(name)).collect();
        let actors = inherited(&spans, &parents, "user.id");
        let tools = spans.iter().zip(&sessions).filter(|(span, _)| is(span, "TOOL"));
        let tools = tools.filter_map(|(span, session)| Some((session.clone(), tool_name(span)?))).collect();
        let (heard, waiting, begun) = Default::default();
        Talk { spans, parents, sessions, actors, tools, heard, waiting, begun }
    }

    fn deliver(mut self, notes: &mut Notes<'_>) {
        let repeated = repeated(&self.spans, &self.parents);
        let spans = std::mem::take(&mut self.spans);
        for (at, span) in spans.iter().enumerate() {
            (notes.position.line, notes.position.byte) = span.place;
            match kind(span) {
                Some("LLM") if !repeated.contains(&at) => self.model_call(&spans, at, notes),
                Some("TOOL") => self.tool_span(span, at, notes),
                Some(other) if !KINDS.contains(&other) => {
                    notes.unknown(IssueKind::UnknownRecord, "openinference.span.kind", other);
                }
                _ => {}
            }
        }
    }

    fn model_call(&mut self, spans: &[Span<'a>], at: usize, notes: &mut Notes<'_>) {
        let span = &spans[at];
        self.input(spans, at, notes);
        let mut output = Output {
            model: span.attributes.first(MODELS),
            usage: usage(&span.attributes, notes),
            part: 0,
            span,
            at,
        };
        let billed = output.usage.is_some();
        for index in span.attributes.indices(OUTPUTS) {
            self.message(&format!("{OUTPUTS}{index}.message."), &mut output, notes);
        }
        if output.part == 0 {
            let said = plain(&span.attributes, "output");
            self.speak(Kind::Text, said, &mut output, notes);
        }
        if output.part == 0 && !billed && span.failed == Some(true) {
            let event = Event { text: span.complaint.clone(), ..self.event(Kind::ApiError, span, at) };
            notes.sink.event(Event { position: notes.position, id: Some(identity(span, "error")), ..event });
        } else if output.usage.is_some() {
            let event = self.event(Kind::Usage, span, at);
            notes.sink.event(output.complete(event, notes));
        }
    }

    /// What is new in the input of a model call.
    fn input(&mut self, spans: &[Span<'a>], at: usize, notes: &mut Notes<'_>) {
        let span = &spans[at];
        let first = self.begun.insert(&[&self.sessions[at], &span.trace]);
        let mut news = self.new_messages(span, at);
        if news.is_empty() && first {
            let root = ancestors(&self.parents, at).last().unwrap_or(at);
            news.extend(plain(&spans[root].attributes, "input").map(|text| (0, Cow::Borrowed("user"), text)));
        }
        let human = news.iter().rev().find(|(_, role, _)| first && role == "user").map(|(index, ..)| *index);
        for (index, role, text) in news {
            let call = span.attributes.get(&format!("{INPUTS}{index}.message.tool_call_id"));
            let answers =
                call.as_ref().is_some_and(|call| self.waiting.contains(&[&self.sessions[at], call]));
            let kind = match role.as_ref() {
                "user" if Some(index) == human => Kind::Prompt,
                _ if answers => Kind::ToolResult,
                _ => Kind::Injected,
            };
            let call = call.filter(|_| answers);
            let event = Event { text: Some(text), call, ..self.event(kind, span, at) };
            let id = Some(identity(span, &format!("input {index}")));
            notes.sink.event(Event { id, position: notes.position, ..event });
        }
    }

    /// Index, role and text of the messages that were in no input before; what the model said is in its outputs.
    fn new_messages(&mut self, span: &Span<'a>, at: usize) -> Vec<(usize, Cow<'a, str>, Cow<'a, str>)> {
        let mut news = Vec::new();
        for index in span.attributes.indices(INPUTS) {
            let prefix = format!("{INPUTS}{index}.message.");
            let role = span.attributes.get(&format!("{prefix}role")).unwrap_or_default();
            let Some(text) = content(&span.attributes, &prefix) else { continue };
            let own = matches!(role.as_ref(), "assistant" | "ai" | "model" | "tool-call");
            if !own && self.heard.insert(&[&self.sessions[at], &role, &text]) {
                news.push((index, role, text));
            }
        }
        news
    }

    /// One message of the output.
    fn message(&mut self, prefix: &str, output: &mut Output<'_, 'a>, notes: &mut Notes<'_>) {
        let attributes = &output.span.attributes;
        self.speak(Kind::Reasoning, reasoning(attributes, prefix), output, notes);
        self.speak(Kind::Text, content(attributes, prefix), output, notes);
        let legacy = attributes.get(&format!("{prefix}function_call_name"));
        if let Some(tool) = legacy {
            let arguments = attributes.get(&format!("{prefix}function_call_arguments_json"));
            self.asked(tool, arguments, None, output, notes);
        }
        for index in attributes.indices(&format!("{prefix}tool_calls.")) {
            let get = |name: &str| attributes.get(&format!("{prefix}tool_calls.{index}.tool_call.{name}"));
            match get("function.name") {
                Some(tool) => self.asked(tool, get("function.arguments"), get("id"), output, notes),
                None => notes
                    .issue(IssueKind::MissingField, "tool_call.function.name: expected a name, found none"),
            }
        }
    }

    /// A call that the model asks for.
    fn asked(
        &mut self,
        tool: Cow<'a, str>,
        arguments: Option<Cow<'a, str>>,
        id: Option<Cow<'a, str>>,
        output: &mut Output<'_, 'a>,
        notes: &mut Notes<'_>,
    ) {
        let session = &self.sessions[output.at];
        if self.tools.contains(&(session.clone(), tool.clone())) {
            return self.speak(Kind::Reasoning, Some(arguments.unwrap_or(tool)), output, notes);
        }
        let call = id.unwrap_or_else(|| Cow::Owned(format!("{}.{}", output.span.id, output.part)));
        self.waiting.insert(&[session, &call]);
        let event = self.event(Kind::ToolCall, output.span, output.at);
        let event = Event { tool: Some(tool), arguments, call: Some(call), ..event };
        notes.sink.event(output.complete(event, notes));
    }

    fn speak(
        &self,
        kind: Kind,
        text: Option<Cow<'a, str>>,
        output: &mut Output<'_, 'a>,
        notes: &mut Notes<'_>,
    ) {
        if let Some(text) = text {
            let event = Event { text: Some(text), ..self.event(kind, output.span, output.at) };
            notes.sink.event(output.complete(event, notes));
        }
    }

    fn tool_span(&self, span: &Span<'a>, at: usize, notes: &mut Notes<'_>) {
        let call = Some(span.id.clone());
        let arguments = span.attributes.first(&["tool_call.function.arguments", "input.value"]);
        let event = self.event(Kind::ToolCall, span, at);
        let id = Some(identity(span, "call"));
        let tool = tool_name(span);
        let position = notes.position;
        notes.sink.event(Event { tool, arguments, call: call.clone(), id, position, ..event });

        let text = span.attributes.get("output.value").or_else(|| span.complaint.clone());
        let event = self.event(Kind::ToolResult, span, at);
        let time_ms = span.end.map(milliseconds).or(event.time_ms);
        let id = Some(identity(span, "result"));
        notes.sink.event(Event { text, call, error: span.failed, time_ms, id, position, ..event });
    }

    fn event<'e>(&'e self, kind: Kind, span: &'e Span<'a>, at: usize) -> Event<'e> {
        Event {
            session: Cow::Borrowed(&self.sessions[at]),
            actor: self.actors[at].as_deref().map(Cow::Borrowed),
            agent: span.service.as_deref().map(Cow::Borrowed),
            time_ms: span.start.map(milliseconds),
            kind,
            ..Event::default()
        }
    }
}

/// What the events of one model call have in common. The first of them carries the usage.
struct Output<'t, 'a> {
    span: &'t Span<'a>,
    at: usize,
    model: Option<Cow<'a, str>>,
    usage: Option<Usage>,
    part: usize,
}

impl Output<'_, '_> {
    fn complete<'e>(&'e mut self, event: Event<'e>, notes: &Notes<'_>) -> Event<'e> {
        self.part += 1;
        Event {
            request: Some(Cow::Borrowed(&self.span.id)),
            model: self.model.as_deref().map(Cow::Borrowed),
            usage: self.usage.take(),
            id: Some(identity(self.span, &self.part.to_string())),
            position: notes.position,
            ..event
        }
    }
}

const INPUTS: &str = "llm.input_messages.";
const OUTPUTS: &str = "llm.output_messages.";
const MODELS: &[&str] = &["llm.response.model_name", "llm.model_name", "llm.request.model_name"];

fn kind<'s>(span: &'s Span<'_>) -> Option<&'s str> {
    let column = span.kind.as_deref().filter(|kind| KINDS.contains(kind));
    span.attributes.peek("openinference.span.kind").or(column)
}

fn is(span: &Span<'_>, wanted: &str) -> bool {
    kind(span) == Some(wanted)
}

fn tool_name<'a>(span: &Span<'a>) -> Option<Cow<'a, str>> {
    span.attributes.first(&["tool.name", "tool_call.function.name"]).or_else(|| span.name.clone())
}

fn milliseconds(nanoseconds: i128) -> i64 {
    (nanoseconds / 1_000_000) as i64
}

fn identity(span: &Span<'_>, part: &str) -> EventId {
    EventId::of(&["span", &span.trace, &span.id, part])
}

/// The name of sessions without one: the file's, and with several traces in it also the trace's.
fn nameless<'a>(spans: &[Span<'a>], stem: &str) -> Vec<Cow<'a, str>> {
    let single = spans.iter().all(|span| span.trace == spans[0].trace);
    let name = |span: &Span<'_>| if single { stem.to_owned() } else { format!("{stem}:{}", span.trace) };
    spans.iter().map(|span| Cow::Owned(name(span))).collect()
}

/// An attribute of every span: its own, that of a span around it, or that of any span of its trace.
fn inherited<'a>(spans: &[Span<'a>], parents: &[Option<usize>], name: &str) -> Vec<Option<Cow<'a, str>>> {
    let own: Vec<Option<Cow<'a, str>>> = spans.iter().map(|span| span.attributes.get(name)).collect();
    let mut of_trace = HashMap::new();
    for (span, given) in spans.iter().zip(&own) {
        if let Some(given) = given {
            of_trace.entry(span.trace.clone()).or_insert_with(|| given.clone());
        }
    }
    let given = |at: usize| {
        let around = || ancestors(parents, at).find_map(|at| own[at].clone());
        own[at].clone().or_else(around).or_else(|| of_trace.get(&spans[at].trace).cloned())
    };
    (0..spans.len()).map(given).collect()
}

/// `LLM` spans that say the same call as another one: those around one with counts, and those inside one when they
/// have none themselves.
fn repeated(spans: &[Span<'_>], parents: &[Option<usize>]) -> HashSet<usize> {
    let inner = (0..spans.len()).filter(|&at| is(&spans[at], "LLM"));
    let outer = |at: usize| {
        ancestors(parents, at).take_while(|&at| !is(&spans[at], "TOOL")).find(|&at| is(&spans[at], "LLM"))
    };
    let counted = |at: usize| spans[at].attributes.peek("llm.token_count.prompt").is_some();
    inner.filter_map(|at| outer(at).map(|outer| if counted(at) { outer } else { at })).collect()
}

/// The text of a message: its one content, or the texts of its parts.
fn content<'a>(attributes: &Attributes<'a>, prefix: &str) -> Option<Cow<'a, str>> {
    attributes.get(&format!("{prefix}content")).or_else(|| parts(attributes, prefix, false))
}

fn reasoning<'a>(attributes: &Attributes<'a>, prefix: &str) -> Option<Cow<'a, str>> {
    attributes.get(&format!("{prefix}reasoning_content")).or_else(|| parts(attributes, prefix, true))
}

fn parts<'a>(attributes: &Attributes<'a>, prefix: &str, thought: bool) -> Option<Cow<'a, str>> {
    let mut all = Joined::default();
    for index in attributes.indices(&format!("{prefix}contents.")) {
        let get = |name: &str| attributes.get(&format!("{prefix}contents.{index}.message_content.{name}"));
        let is_thought = get("type").is_some_and(|kind| matches!(kind.as_ref(), "reasoning" | "thinking"));
        if let Some(text) = get("text").filter(|_| is_thought == thought) {
            all.push(text);
        }
    }
    all.0
}

/// `input.value` or `output.value`, unless it is a dump of the request.
fn plain<'a>(attributes: &Attributes<'a>, side: &str) -> Option<Cow<'a, str>> {
    let dump = attributes.peek(&format!("{side}.mime_type")).is_some_and(|mime| mime == "application/json");
    attributes.get(&format!("{side}.value")).filter(|_| !dump)
}

fn usage(attributes: &Attributes<'_>, notes: &mut Notes<'_>) -> Option<Usage> {
    let mut count = |name: &str| {
        let name = format!("llm.token_count.{name}");
        attributes.get(&name).map(|text| token_count(&text).unwrap_or_else(|| bad_count(&name, notes)))
    };
    let (prompt, output) = (count("prompt"), count("completion"));
    let cache_read = count("prompt_details.cache_read").or_else(|| count("prompt_details.cache_input"));
    let cache_write = count("prompt_details.cache_write").unwrap_or(0);
    let reasoning = count("completion_details.reasoning");
    let (cache_read, prompt_total) = (cache_read.unwrap_or(0), prompt.unwrap_or(0));
    let input = prompt_total.checked_sub(cache_read.saturating_add(cache_write)).unwrap_or(prompt_total);
    prompt.or(output)?;
    Some(Usage { input, cache_read, cache_write, output: output.unwrap_or(0), reasoning })
}

/// A whole number up to 2^53, also where it was written with a zero fraction.
fn token_count(text: &str) -> Option<u64> {
    let whole = text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        (number >= 0.0 && number.fract() == 0.0 && number <= (1u64 << 53) as f64).then_some(number as u64)
    });
    whole.filter(|&count| count <= 1 << 53)
}

fn bad_count(name: &str, notes: &mut Notes<'_>) -> u64 {
    notes.issue(
        IssueKind::BadCount,
        format!("{name}: expected a whole number in 0..=2^53, found something else"),
    );
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{OPENINFERENCE, issues, kinds, of_kind, read, requests, sample, texts, total};

    #[test]
    fn spans_become_steps_in_the_order_of_their_start() {
        let found = read(OPENINFERENCE);
        use Kind::*;
        assert_eq!(kinds(&found), [Prompt, Reasoning, ToolCall, ToolResult, Text]);
        assert_eq!(texts(&found), ["find x", r#"{"q":"x"}"#, "x=4", "x is 4"]);
        assert!(
            found.events.iter().all(|event| event.session == "s-9" && event.actor.as_deref() == Some("u-3"))
        );
        assert!(found.events.iter().all(|event| event.agent.as_deref() == Some("demo")));
        let (call, result) = (of_kind(&found, ToolCall)[0], of_kind(&found, ToolResult)[0]);
        assert_eq!((call.call.as_deref(), result.call.as_deref()), (Some("c3"), Some("c3")));
        assert_eq!((call.tool.as_deref(), call.request.as_deref()), (Some("search"), None));
        assert_eq!((result.error, result.time_ms), (Some(false), Some(1_772_442_003_000)));
        assert_eq!(found.issues, []);
    }

    /// By hand: 800 + 840 prompt of which 512 cached, 30 + 6 output; the agent span repeats 1640.
    #[test]
    fn totals_are_those_of_the_innermost_model_calls() {
        let expected = Usage { input: 1128, cache_read: 512, output: 36, ..Usage::default() };
        assert_eq!(total(&read(OPENINFERENCE)), expected);
        assert_eq!(requests(&read(OPENINFERENCE)).len(), 2);
        let Some(found) = sample("otlp-genai/openinference.json") else { return };
        assert_eq!((total(&found), requests(&found).len()), (expected, 2));
        let calls = of_kind(&found, Kind::ToolCall);
        assert_eq!(
            (calls.len(), calls[0].session.as_ref(), calls[0].actor.as_deref()),
            (1, "s-9", Some("u-3"))
        );
    }

    fn llm(id: &str, rest: &str) -> String {
        format!(r#"{{"span_id":"{id}","trace_id":"t","span_kind":"LLM","start_time":{rest}"#)
    }

    #[test]
    fn a_framework_around_a_client_is_one_call() {
        let outer =
            llm("a", r#"1000,"attributes":{"llm.token_count.prompt":10,"llm.token_count.completion":1}}"#);
        let inner = llm(
            "b",
            r#"1001,"parent_id":"a","attributes":{"llm.token_count.prompt":10,"llm.token_count.completion":1}}"#,
        );
        let bare = llm("b", r#"1001,"parent_id":"a","attributes":{"output.value":"hi"}}"#);
        for (pair, request) in [([&outer, &inner], "b"), ([&outer, &bare], "a")] {
            let found = read(format!("[{},{}]", pair[0], pair[1]));
            let requests: Vec<_> = requests(&found).into_iter().collect();
            assert_eq!(requests.len(), 1);
            assert_eq!((requests[0].0.1.as_str(), requests[0].1.total()), (request, 11));
        }
    }

    #[test]
    fn without_tool_spans_calls_and_results_come_from_the_messages() {
        let first = llm(
            "a",
            r#"1000,"attributes":{"llm.input_messages.0.message.role":"user","llm.input_messages.0.message.content":"go","llm.output_messages":[{"message":{"role":"assistant","tool_calls":[{"tool_call":{"id":"k","function":{"name":"ls","arguments":"{}"}}}]}}]}}"#,
        );
        let second = llm(
            "b",
            r#"1001,"attributes":{"llm":{"input_messages":[{"message.role":"user","message.content":"go"},{"message.role":"assistant","message.content":"x"},{"message.role":"tool","message.content":"a","message.tool_call_id":"k"},{"message.role":"user","message.content":"go on"}]},"output.value":"done"}}"#,
        );
        let found = read(format!("{second}\n{first}\n"));
        use Kind::*;
        assert_eq!(kinds(&found), [Prompt, ToolCall, ToolResult, Injected, Text]);
        assert_eq!(found.events[2].call.as_deref(), Some("k"));
        let lines: Vec<u64> = found.events.iter().map(|event| event.position.line).collect();
        assert_eq!(lines, [2, 2, 1, 1, 1]);
        assert!(found.events.iter().all(|event| event.session == "stem"));
    }

    #[test]
    fn a_call_that_failed_is_no_step_and_a_tool_that_failed_says_why() {
        let call = llm("a", r#"1000,"status_code":"ERROR","status_message":"overloaded","attributes":{}}"#);
        let tool = r#"{"span_id":"b","trace_id":"t","span_kind":"TOOL","name":"ls","start_time":1001,"attributes":{"input.value":"{}"},"events":[{"name":"exception","attributes":{"exception.message":"no such folder"}}]}"#;
        let found = read(format!("[{call},{tool}]"));
        assert_eq!(kinds(&found), [Kind::ApiError, Kind::ToolCall, Kind::ToolResult]);
        assert_eq!(texts(&found), ["overloaded", "no such folder"]);
        assert_eq!(found.events[2].error, Some(true));
    }

    #[test]
    fn several_traces_of_a_file_are_several_sessions() {
        let one = llm("a", r#"1000,"attributes":{"output.value":"x"}}"#);
        let found = read(format!("[{one},{}]", one.replace("\"t\"", "\"u\"")));
        let sessions: Vec<&str> = found.events.iter().map(|event| event.session.as_ref()).collect();
        assert_eq!(sessions, ["stem:t", "stem:u"]);
    }

    #[test]
    fn counts_may_be_text_and_odd_ones_are_issues() {
        let one = |prompt: &str| {
            read(llm(
                "a",
                &format!(
                    r#"1000,"attributes":{{"llm.token_count.prompt":{prompt},"llm.token_count.prompt_details.cache_read":4,"llm.token_count.prompt_details.cache_write":3}}}}"#
                ),
            ))
        };
        let found = one("\"10\"");
        assert_eq!(total(&found), Usage { input: 3, cache_read: 4, cache_write: 3, ..Usage::default() });
        assert_eq!(total(&one("5.0")).input, 5, "more cache than prompt: disjoint");
        assert_eq!(issues(&one("-1")), [IssueKind::BadCount]);
        assert_eq!(issues(&one("\"many\"")), [IssueKind::BadCount]);
    }

    #[test]
    fn a_damaged_line_costs_that_line() {
        let one = llm("a", r#"1000,"attributes":{"output.value":"x"}}"#);
        let found = read(format!("{one}\n{{\"span_id\":\n{}\n", one.replace("\"a\"", "\"b\"")));
        assert_eq!((issues(&found), found.events.len()), (vec![IssueKind::NotJson], 2));
    }
}
