//! **What it reads**: chat messages, the common denominator of all agents: JSON Lines with one session a line, and, as
//! [`ChatDocument`], one JSON file that is a session or a list of messages. It is also the way in for a source that
//! has no reader yet.
//!
//! **Where**: wherever somebody exports them; there is no usual place.
//!
//! **Record shape**: `{session_id?, agent?, model?, actor?, usage?, messages: [{role, content, timestamp?, …}]}`. All
//! but `messages` is optional. Messages speak the dialect of OpenAI (`tool_calls`, `function_call`, `tool_call_id`,
//! `reasoning_content`), of Anthropic (blocks `text`, `thinking`, `tool_use`, `tool_result`), of Gemini (`parts`, the
//! list being `contents`), of Bedrock Converse, of the Vercel AI SDK, of ShareGPT (`from` and `value`, the list being
//! `conversations`), of LangChain (`type` and `data` or `kwargs`) or of OpenAI Responses (items), message by message.
//!
//! | message | event |
//! |---|---|
//! | `user`, `human` | `Prompt`; `Injected` beside a `tool_result` block |
//! | `system`, `developer` | `Injected` |
//! | `assistant`, `model`, `ai` | `Reasoning`, `Text`, `ToolCall`s in this order; each message is one request |
//! | `tool`, `function`, block `tool_result` | `ToolResult` |
//!
//! **Sessions**: `session_id` (or `conversation_id`, `thread_id`, `id`), else the name of the file without folders
//! and extension, a colon and the line.
//!
//! **Tokens**: `usage` of a message (or of the response body in it) is that of its request. Only where no message has
//! any, `usage` beside the messages is delivered as that of the whole session, at its end. With
//! `cache_read_input_tokens` or `cache_creation_input_tokens` the classes are disjoint, as Anthropic counts; else
//! input includes what `…_tokens_details.cached_tokens` or `prompt_cache_hit_tokens` say was cached, as OpenAI counts.
//!
//! **Errors**: only explicit ones: `is_error`, or `status`. What a result says in words is not judged here.
//!
//! **Identity**: everything is named within its session, so that a file read twice is known again, while equal texts
//! of different sessions stay apart. Results without a call id answer the oldest open call.
//!
//! **When it misleads**: usage of Gemini, Bedrock and Vercel lies outside their messages and is not read; files with one message a line and proxy logs that repeat the history in every request are not
//! read. Two files of one name in different folders
//! whose sessions lack an id share the names of their sessions. The second of two prompts may be a harness speaking as the user: the format cannot tell.
//!
//! **Cost**: the line of a session is held while it is read, up to the cap on lines; its messages are parsed one by one.

use std::borrow::Cow;
use std::collections::VecDeque;

use goodhart_trace::{
    Decoder, Event, EventId, Format, Framing, Head, IssueKind, Kind, Position, Record, Sink, Source, Usage,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::mini_swe_agent;
use crate::content::{Block, Content, Function, Joined, Shape, checked_arguments};
use crate::dialects::{Foreign, Piece, foreign};
use crate::json::{Count, Field, Moment, Notes, Object, Text, arguments, each, lenient, object};
use crate::seen::Seen;

/// Chat sessions, one a line.
pub struct Chat;

/// One chat session, or a list of messages, as one JSON value.
pub struct ChatDocument;

impl Format for Chat {
    fn id(&self) -> &'static str {
        "chat"
    }

    fn title(&self) -> &'static str {
        "Chat messages, one session a line (JSON Lines)"
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        head.lines.iter().any(is_session)
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Reader { file: source.file, stem: source.stem().to_owned() })
    }
}

impl Format for ChatDocument {
    fn id(&self) -> &'static str {
        "chat-document"
    }

    fn title(&self) -> &'static str {
        "Chat messages, one session or one list of messages a file (JSON)"
    }

    fn framing(&self) -> Framing {
        Framing::Document
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        let list = head.lines.first().filter(|line| head.lines.len() == 1 && line.is_array());
        head.document.as_ref().or(list).is_some_and(|document| is_session(document) || is_messages(document))
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Reader { file: source.file, stem: source.stem().to_owned() })
    }
}

/// Names under which sessions keep their messages.
const LISTS: &[&str] = &["messages", "contents", "conversations"];

fn is_session(value: &Value) -> bool {
    LISTS.iter().any(|name| value.get(name).is_some_and(is_messages)) && !mini_swe_agent::is_run(value)
}

fn is_messages(value: &Value) -> bool {
    let spoken = |message: &Value| {
        let said =
            ["content", "parts", "tool_calls", "function_call"].iter().any(|key| message.get(key).is_some());
        let has = |key| message.get(key).is_some_and(Value::is_string);
        let framed =
            has("type") && ["data", "kwargs", "call_id"].iter().any(|key| message.get(key).is_some());
        said && has("role") || has("from") && has("value") || framed
    };
    value.as_array().is_some_and(|messages| messages.iter().any(spoken))
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Session<'a> {
    session_id: Text<'a>,
    conversation_id: Text<'a>,
    thread_id: Text<'a>,
    id: Text<'a>,
    agent: Text<'a>,
    agent_version: Text<'a>,
    model: Text<'a>,
    actor: Text<'a>,
    user_id: Text<'a>,
    usage: Field<Object<Tokens>>,
    messages: Option<&'a RawValue>,
    contents: Option<&'a RawValue>,
    conversations: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Message<'a> {
    role: Text<'a>,
    content: Field<Content<'a>>,
    timestamp: Field<Moment>,
    reasoning_content: Text<'a>,
    reasoning: Text<'a>,
    refusal: Text<'a>,
    tool_calls: Field<Vec<Field<Object<Call<'a>>>>>,
    function_call: Field<Object<Function<'a>>>,
    tool_call_id: Text<'a>,
    is_error: Field<bool>,
    status: Text<'a>,
    model: Text<'a>,
    usage: Field<Object<Tokens>>,
    response: Field<Object<Response<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Response<'a> {
    model: Text<'a>,
    usage: Field<Object<Tokens>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
    id: Text<'a>,
    function: Field<Object<Function<'a>>>,
    custom: Field<Object<Custom<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Custom<'a> {
    name: Text<'a>,
    input: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    #[serde(alias = "prompt_tokens")]
    input_tokens: Field<Count>,
    #[serde(alias = "completion_tokens")]
    output_tokens: Field<Count>,
    cache_read_input_tokens: Field<Count>,
    cache_creation_input_tokens: Field<Count>,
    #[serde(alias = "prompt_tokens_details")]
    input_tokens_details: Field<Object<InputDetails>>,
    #[serde(alias = "completion_tokens_details")]
    output_tokens_details: Field<Object<OutputDetails>>,
    prompt_cache_hit_tokens: Field<Count>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Field<Count>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning_tokens: Field<Count>,
}

struct Reader {
    file: u32,
    stem: String,
}

impl Decoder for Reader {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spare = String::new();
        let session = if record.text.trim_start().starts_with('[') {
            bare_messages(record.text, &mut notes)
        } else {
            object(record.text, &mut spare, &mut notes)
        };
        if let Some(session) = session {
            self.session(session, record.line, &mut notes);
        }
    }
}

/// A list of messages is a session that says nothing about itself.
fn bare_messages<'a>(text: &'a str, notes: &mut Notes<'_>) -> Option<Session<'a>> {
    match serde_json::from_str(text) {
        Ok(messages) => Some(Session { messages: Some(messages), ..Session::default() }),
        Err(error) => {
            notes.not_json(error.column());
            None
        }
    }
}

impl Reader {
    fn session(&self, session: Session<'_>, line: u64, notes: &mut Notes<'_>) {
        let Some(messages) = session.messages.or(session.contents).or(session.conversations) else {
            return notes.issue(IssueKind::MissingField, "messages: expected an array, found none");
        };
        let given = session.session_id.take("session_id", notes);
        let given = given.or_else(|| session.conversation_id.quiet()).or_else(|| session.thread_id.quiet());
        let given = given.or_else(|| session.id.quiet());
        let id = given.unwrap_or_else(|| Cow::Owned(format!("{}:{line}", self.stem)));
        let mut talk = Talk {
            id: &id,
            agent: session.agent.take("agent", notes),
            agent_version: session.agent_version.take("agent_version", notes),
            model: session.model.take("model", notes),
            actor: session.actor.take("actor", notes).or_else(|| session.user_id.quiet()),
            calls: Seen::default(),
            answered: Seen::default(),
            open: VecDeque::new(),
            metered: false,
            position: notes.position,
        };
        let mut index = 0;
        let is_list = each(messages, |message| {
            talk.raw_message(message, index, notes);
            index += 1;
        });
        if !is_list {
            notes.issue(IssueKind::WrongType, "messages: expected an array, found something else");
        }
        if let Some(Object(tokens)) = session.usage.take("usage", notes).filter(|_| !talk.metered) {
            let usage = tokens.classes(notes);
            let id = Some(EventId::of(&["chat", &id, "usage", &format!("{usage:?}")]));
            let model = talk.model.as_deref().map(Cow::Borrowed);
            notes.sink.event(Event { usage: Some(usage), model, id, ..talk.event(Kind::Usage, None) });
        }
    }
}

/// One session while its messages are read.
struct Talk<'a> {
    id: &'a str,
    agent: Option<Cow<'a, str>>,
    agent_version: Option<Cow<'a, str>>,
    model: Option<Cow<'a, str>>,
    actor: Option<Cow<'a, str>>,
    calls: Seen,
    answered: Seen,
    /// Calls that may lack an answer, oldest first.
    open: VecDeque<String>,
    /// A message had usage of its own.
    metered: bool,
    position: Position,
}

/// Where in its session the next event stands.
struct Place {
    index: usize,
    /// Number of the event within the message.
    part: usize,
    time_ms: Option<i64>,
}

impl Talk<'_> {
    fn event(&self, kind: Kind, time_ms: Option<i64>) -> Event<'_> {
        Event {
            session: Cow::Borrowed(self.id),
            actor: self.actor.as_deref().map(Cow::Borrowed),
            agent: self.agent.as_deref().map(Cow::Borrowed),
            agent_version: self.agent_version.as_deref().map(Cow::Borrowed),
            kind,
            time_ms,
            position: self.position,
            ..Event::default()
        }
    }

    /// Delivers the next event of a message.
    fn deliver(&self, event: Event<'_>, place: &mut Place, notes: &mut Notes<'_>) {
        let said = event.text.as_deref().or(event.arguments.as_deref()).unwrap_or_default();
        let (index, part) = (place.index.to_string(), place.part.to_string());
        let id = Some(EventId::of(&["chat", self.id, &index, &part, said]));
        place.part += 1;
        notes.sink.event(Event { id, ..event });
    }

    /// Messages are parsed one by one: a session may be long, but is never held as a whole.
    fn raw_message(&mut self, message: &RawValue, index: usize, notes: &mut Notes<'_>) {
        let (mut spare, mut other) = (String::new(), String::new());
        if let Some(message) = foreign(message, &mut other, notes) {
            return self.foreign(message, index, notes);
        }
        match lenient::<Field<Object<Message<'_>>>>(message.get(), &mut spare) {
            Ok(message) => {
                if let Some(Object(message)) = message.take("messages", notes) {
                    self.message(message, index, notes);
                }
            }
            Err(column) => notes.not_json(column),
        }
    }

    fn foreign(&mut self, message: Foreign<'_>, index: usize, notes: &mut Notes<'_>) {
        let mut place = Place { index, part: 0, time_ms: None };
        let request = format!("{}#{index}", self.id);
        self.metered |= message.usage.is_some();
        let mut output = Output { request, model: self.model.clone(), usage: message.usage };
        let by_model = matches!(message.role.as_ref(), "assistant" | "model" | "ai");
        let answers = message.pieces.iter().any(|piece| matches!(piece, Piece::Result { .. }));
        let human = matches!(message.role.as_ref(), "user" | "human") && !answers;
        for piece in message.pieces {
            match piece {
                Piece::Text(text) if by_model => {
                    self.spoke(Kind::Text, Some(text), &mut output, &mut place, notes);
                }
                Piece::Text(text) => {
                    let kind = if human { Kind::Prompt } else { Kind::Injected };
                    self.said(kind, Some(text), &mut place, notes);
                }
                Piece::Thought(text) => {
                    self.spoke(Kind::Reasoning, Some(text), &mut output, &mut place, notes);
                }
                Piece::Call { id, tool, arguments } => {
                    self.call(id, tool, arguments, &mut output, &mut place, notes);
                }
                Piece::Result { call, text, error } => self.answer(call, text, error, &mut place, notes),
            }
        }
        if output.usage.is_some() {
            notes.sink.event(output.complete(self.event(Kind::Usage, None)));
        }
    }

    fn message(&mut self, mut message: Message<'_>, index: usize, notes: &mut Notes<'_>) {
        let time_ms = std::mem::take(&mut message.timestamp).time("timestamp", notes);
        let mut place = Place { index, part: 0, time_ms };
        let Some(role) = std::mem::take(&mut message.role).take("role", notes) else {
            return notes.issue(IssueKind::MissingField, "role: expected a role, found none");
        };
        match role.as_ref() {
            "user" | "human" => self.user(message, &mut place, notes),
            "assistant" | "model" | "ai" => self.assistant(message, &mut place, notes),
            "tool" | "function" | "observation" => self.tool(message, &mut place, notes),
            "system" | "developer" => {
                let text = message.content.take("content", notes).and_then(|content| content.joined(notes));
                self.said(Kind::Injected, text, &mut place, notes);
            }
            other => notes.unknown(IssueKind::UnknownRecord, "role", other),
        }
    }

    fn said(&self, kind: Kind, text: Option<Cow<'_, str>>, place: &mut Place, notes: &mut Notes<'_>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let event = Event { text: Some(text), ..self.event(kind, place.time_ms) };
            self.deliver(event, place, notes);
        }
    }

    fn user(&mut self, message: Message<'_>, place: &mut Place, notes: &mut Notes<'_>) {
        let Some(content) = message.content.take("content", notes) else { return };
        let mut said = Joined::default();
        let mut kind = Kind::Prompt;
        for block in content.blocks() {
            let Some(Block(block)) = block.take("content", notes) else { continue };
            match block.kind.as_ref().map_or("text", AsRef::as_ref) {
                "tool_result" => {
                    kind = Kind::Injected;
                    self.answer_block(block, place, notes);
                }
                "text" | "input_text" => {
                    if let Some(text) = block.text.take("text", notes) {
                        said.push(text);
                    }
                }
                other => silent_or_unknown(other, notes),
            }
        }
        self.said(kind, said.0, place, notes);
    }

    fn tool(&mut self, message: Message<'_>, place: &mut Place, notes: &mut Notes<'_>) {
        let call = message.tool_call_id.take("tool_call_id", notes);
        let status = match message.status.quiet().as_deref() {
            Some("error") => Some(true),
            Some("success") => Some(false),
            _ => None,
        };
        let failed = message.is_error.take("is_error", notes).or(status);
        let text = message.content.take("content", notes).and_then(|content| content.joined(notes));
        self.answer(call, text, failed, place, notes);
    }

    fn answer_block(&mut self, block: Shape<'_>, place: &mut Place, notes: &mut Notes<'_>) {
        let call = block.tool_use_id.take("tool_use_id", notes);
        let failed = block.is_error.take("is_error", notes);
        let mut spare = String::new();
        let text = Shape::result_text(block.content, &mut spare, notes);
        self.answer(call, text, failed, place, notes);
    }

    fn answer(
        &mut self,
        call: Option<Cow<'_, str>>,
        text: Option<Cow<'_, str>>,
        error: Option<bool>,
        place: &mut Place,
        notes: &mut Notes<'_>,
    ) {
        let call = call.or_else(|| self.oldest_open().map(Cow::Owned));
        match call.as_deref().filter(|call| self.calls.contains(&[call])) {
            Some(call) => _ = self.answered.insert(&[call]),
            None => notes
                .issue(IssueKind::OrphanResult, "tool result: expected a call of this session, found none"),
        }
        let event = Event { call, text, error, ..self.event(Kind::ToolResult, place.time_ms) };
        self.deliver(event, place, notes);
    }

    fn oldest_open(&mut self) -> Option<String> {
        loop {
            let call = self.open.pop_front()?;
            if !self.answered.contains(&[&call]) {
                return Some(call);
            }
        }
    }

    fn assistant(&mut self, message: Message<'_>, place: &mut Place, notes: &mut Notes<'_>) {
        let response = message.response.quiet().map(|Object(response)| response).unwrap_or_default();
        let tokens = message.usage.take("usage", notes).or_else(|| response.usage.quiet());
        let usage = tokens.map(|Object(tokens)| tokens.classes(notes));
        self.metered |= usage.is_some();
        let model = message.model.take("model", notes).or_else(|| response.model.quiet());
        let model = model.or_else(|| self.model.clone());
        let mut output = Output { request: format!("{}#{}", self.id, place.index), model, usage };

        let thought = message.reasoning_content.take("reasoning_content", notes);
        let thought = thought.or_else(|| message.reasoning.quiet());
        self.spoke(Kind::Reasoning, thought, &mut output, place, notes);
        let content = message.content.take("content", notes).map(Content::blocks).unwrap_or_default();
        for block in content {
            if let Some(Block(block)) = block.take("content", notes) {
                self.block(block, &mut output, place, notes);
            }
        }
        self.spoke(Kind::Text, message.refusal.quiet(), &mut output, place, notes);
        for call in message.tool_calls.take("tool_calls", notes).unwrap_or_default() {
            if let Some(Object(call)) = call.take("tool_calls", notes) {
                self.tool_call(call, &mut output, place, notes);
            }
        }
        if let Some(Object(function)) = message.function_call.take("function_call", notes) {
            let arguments = function.arguments.map(|raw| checked_arguments(raw, "arguments", notes));
            self.call(None, function.name, arguments, &mut output, place, notes);
        }
        if output.usage.is_some() {
            let event = output.complete(self.event(Kind::Usage, place.time_ms));
            notes.sink.event(event);
        }
    }

    fn spoke(
        &self,
        kind: Kind,
        text: Option<Cow<'_, str>>,
        output: &mut Output<'_>,
        place: &mut Place,
        notes: &mut Notes<'_>,
    ) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let event = Event { text: Some(text), ..self.event(kind, place.time_ms) };
            self.deliver(output.complete(event), place, notes);
        }
    }

    fn block(
        &mut self,
        mut block: Shape<'_>,
        output: &mut Output<'_>,
        place: &mut Place,
        notes: &mut Notes<'_>,
    ) {
        match block.kind.as_ref().map_or("text", AsRef::as_ref) {
            "text" | "output_text" => {
                let text = block.text.take("text", notes);
                self.spoke(Kind::Text, text, output, place, notes);
            }
            "refusal" => self.spoke(Kind::Text, block.refusal.quiet(), output, place, notes),
            "thinking" => {
                let text = block.thinking.take("thinking", notes);
                self.spoke(Kind::Reasoning, text, output, place, notes);
            }
            "tool_use" | "server_tool_use" => {
                let arguments = block.call_arguments(notes);
                let (id, name) = (std::mem::take(&mut block.id), std::mem::take(&mut block.name));
                self.call(id.take("tool_use.id", notes), name, arguments, output, place, notes);
            }
            "tool_result" => self.answer_block(block, place, notes),
            other => silent_or_unknown(other, notes),
        }
    }

    fn tool_call(
        &mut self,
        call: Call<'_>,
        output: &mut Output<'_>,
        place: &mut Place,
        notes: &mut Notes<'_>,
    ) {
        let id = call.id.take("tool_calls.id", notes);
        if let Some(Object(function)) = call.function.take("tool_calls.function", notes) {
            let arguments = function.arguments.map(|raw| checked_arguments(raw, "arguments", notes));
            self.call(id, function.name, arguments, output, place, notes);
        } else if let Some(Object(custom)) = call.custom.take("tool_calls.custom", notes) {
            self.call(id, custom.name, custom.input.map(arguments), output, place, notes);
        } else {
            notes.issue(IssueKind::MissingField, "tool_calls: expected a function, found none");
        }
    }

    fn call(
        &mut self,
        id: Option<Cow<'_, str>>,
        tool: Text<'_>,
        arguments: Option<Cow<'_, str>>,
        output: &mut Output<'_>,
        place: &mut Place,
        notes: &mut Notes<'_>,
    ) {
        // A call without an id is named by its place, so that its answer can refer to it.
        let call = id.unwrap_or_else(|| Cow::Owned(format!("{}.{}", place.index, place.part)));
        self.calls.insert(&[&call]);
        self.open.push_back(call.to_string());
        let tool = tool.take("tool name", notes);
        let event = self.event(Kind::ToolCall, place.time_ms);
        let event = Event { call: Some(call), tool, arguments, ..event };
        self.deliver(output.complete(event), place, notes);
    }
}

/// What the events of one assistant message have in common. The first of them carries the usage.
struct Output<'a> {
    request: String,
    model: Option<Cow<'a, str>>,
    usage: Option<Usage>,
}

impl Output<'_> {
    fn complete<'e>(&'e mut self, event: Event<'e>) -> Event<'e> {
        let usage = self.usage.take();
        let model = self.model.as_deref().map(Cow::Borrowed);
        Event { request: Some(Cow::Borrowed(&self.request)), model, usage, ..event }
    }
}

/// Blocks that hold no text of the conversation are passed over.
fn silent_or_unknown(kind: &str, notes: &mut Notes<'_>) {
    const SILENT: &[&str] = &[
        "image",
        "image_url",
        "input_image",
        "input_audio",
        "input_file",
        "file",
        "audio",
        "document",
        "redacted_thinking",
    ];
    if !SILENT.contains(&kind) {
        notes.unknown(IssueKind::UnknownBlock, "content.type", kind);
    }
}

impl Tokens {
    fn classes(self, notes: &mut Notes<'_>) -> Usage {
        let mut count = |field: Field<Count>, name: &str| field.count(name, notes);
        let cache_read = count(self.cache_read_input_tokens, "usage.cache_read_input_tokens");
        let cache_write = count(self.cache_creation_input_tokens, "usage.cache_creation_input_tokens");
        let details = self.input_tokens_details.quiet().map(|Object(details)| details.cached_tokens);
        let cached = details.and_then(|cached| count(cached, "usage.input_tokens_details.cached_tokens"));
        let cached = cached.or_else(|| count(self.prompt_cache_hit_tokens, "usage.prompt_cache_hit_tokens"));
        let input = count(self.input_tokens, "usage.input_tokens").unwrap_or(0);
        let details = self.output_tokens_details.quiet().map(|Object(details)| details.reasoning_tokens);
        let reasoning =
            details.and_then(|tokens| count(tokens, "usage.output_tokens_details.reasoning_tokens"));
        let output = count(self.output_tokens, "usage.output_tokens").unwrap_or(0);
        let disjoint = cache_read.is_some() || cache_write.is_some();
        let inside = if disjoint { 0 } else { cached.unwrap_or(0).min(input) };
        Usage {
            input: input - inside,
            cache_read: cache_read.unwrap_or(inside),
            cache_write: cache_write.unwrap_or(0),
            output,
            reasoning,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CHAT, CHAT_DOCUMENT, issues, kinds, of_kind, read, requests, texts};

    fn usage(json: &str) -> Usage {
        let text = format!(r#"{{"messages":[{{"role":"assistant","content":"x","usage":{json}}}]}}"#);
        read(text).events[0].usage.unwrap()
    }

    #[test]
    fn both_dialects_become_the_same_events() {
        let found = read(CHAT);
        let (first, second): (Vec<_>, Vec<_>) = found.events.iter().partition(|event| event.session == "c-1");
        let kinds = |events: &[&Event<'_>]| -> Vec<Kind> { events.iter().map(|event| event.kind).collect() };
        let expected =
            [Kind::Injected, Kind::Prompt, Kind::Reasoning, Kind::ToolCall, Kind::ToolResult, Kind::Usage];
        assert_eq!(kinds(&first), expected);
        assert_eq!(kinds(&second), [Kind::Prompt, Kind::ToolCall, Kind::ToolResult]);
        assert!(second.iter().all(|event| event.session == "stem:2" && event.position.line == 2));
        assert_eq!(first[3].arguments.as_deref(), Some(r#"{"command":"ls"}"#));
        assert_eq!((first[3].request.as_deref(), first[3].model.as_deref()), (Some("c-1#2"), Some("m")));
        assert_eq!((first[1].time_ms, first[0].time_ms), (Some(1_772_442_000_000), None));
        assert_eq!((first[4].error, second[2].error), (None, Some(true)));
        let session = Usage { input: 100, output: 10, ..Usage::default() };
        assert_eq!((first[5].usage, &first[5].request), (Some(session), &None));
        assert_eq!(second[1].usage.map(|usage| usage.total()), Some(14));
        assert_eq!(found.issues, []);
    }

    #[test]
    fn a_document_is_a_session_with_or_without_a_frame() {
        let found = read(CHAT_DOCUMENT);
        assert_eq!((kinds(&found), texts(&found)), (vec![Kind::Prompt, Kind::Text], vec!["hello", "hi"]));
        assert_eq!(found.events[0].session, "d-1");
        let bare = read(r#"[{"role":"user","content":"hello"},{"role":"assistant","content":"hi"}]"#);
        assert_eq!(texts(&bare), ["hello", "hi"]);
        assert_eq!(bare.events[0].session, "stem:1");
    }

    #[test]
    fn usage_by_the_convention_of_its_source() {
        let expected = Usage { input: 60, cache_read: 40, cache_write: 0, output: 9, reasoning: Some(3) };
        assert_eq!(
            usage(
                r#"{"prompt_tokens":100,"prompt_tokens_details":{"cached_tokens":40},"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":3}}"#
            ),
            expected
        );
        assert_eq!(
            usage(
                r#"{"input_tokens":60,"cache_read_input_tokens":40,"output_tokens":9,"output_tokens_details":{"reasoning_tokens":3}}"#
            ),
            expected
        );
        let hit = usage(r#"{"prompt_tokens":100,"prompt_cache_hit_tokens":40,"completion_tokens":9}"#);
        assert_eq!((hit.input, hit.cache_read), (60, 40));
        let absurd = usage(r#"{"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":40}}"#);
        assert_eq!((absurd.input, absurd.cache_read), (0, 10));
    }

    #[test]
    fn usage_of_messages_stands_before_usage_of_the_session() {
        let found = read(
            r#"{"usage":{"input_tokens":99},"messages":[{"role":"assistant","content":"x","response":{"model":"r","usage":{"prompt_tokens":5}}}]}"#,
        );
        assert_eq!(kinds(&found), [Kind::Text]);
        assert_eq!(found.events[0].model.as_deref(), Some("r"));
        assert_eq!(requests(&found).into_values().map(|usage| usage.input).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn results_without_an_id_answer_the_oldest_open_call() {
        let found = read(
            r#"{"session_id":"s","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"a"}},{"id":"given","function":{"name":"b"}}],"content":null},{"role":"tool","tool_call_id":"given","content":"2"},{"role":"tool","content":"1"},{"role":"assistant","content":null,"function_call":{"name":"c","arguments":"{}"}},{"role":"function","name":"c","content":"3"},{"role":"tool","content":"4"}]}"#,
        );
        let calls: Vec<_> =
            of_kind(&found, Kind::ToolResult).iter().map(|result| result.call.as_deref()).collect();
        assert_eq!(calls, [Some("given"), Some("0.0"), Some("3.0"), None]);
        assert_eq!(issues(&found), [IssueKind::OrphanResult]);
    }

    #[test]
    fn only_explicit_errors_count() {
        let error = |fields: &str| {
            let text = format!(
                r#"{{"messages":[{{"role":"assistant","tool_calls":[{{"id":"c","function":{{"name":"f"}}}}]}},{{"role":"tool","tool_call_id":"c",{fields}}}]}}"#
            );
            read(text).events[1].error
        };
        assert_eq!(error(r#""content":"Error: no""#), None);
        assert_eq!(error(r#""content":"x","is_error":true"#), Some(true));
        assert_eq!(error(r#""content":"x","status":"error""#), Some(true));
        assert_eq!(error(r#""content":"x","status":"success""#), Some(false));
    }

    #[test]
    fn a_copy_has_the_same_identities_and_another_session_has_not() {
        let ids = |text: &str| -> Vec<_> { read(text).events.iter().map(|event| event.id).collect() };
        assert_eq!(ids(CHAT), ids(CHAT));
        let other = CHAT.replace("c-1", "c-2");
        assert!(ids(CHAT)[..6].iter().zip(&ids(&other)[..6]).all(|(a, b)| a != b));
        let all: std::collections::BTreeSet<_> = ids(CHAT).into_iter().collect();
        assert_eq!(all.len(), ids(CHAT).len());
    }

    #[test]
    fn odd_messages_are_told_and_the_rest_is_read() {
        let found = read(
            r#"{"messages":[{"role":"user","content":"a"},7,{"content":"b"},{"role":"chorus","content":"c"},{"role":"user","content":[{"type":"image_url"},{"type":"hologram"},"bare"]},{"role":"assistant","content":{"type":"text","text":"d"}}]}"#,
        );
        assert_eq!(texts(&found), ["a", "bare", "d"]);
        let expected = [
            IssueKind::WrongType,
            IssueKind::MissingField,
            IssueKind::UnknownRecord,
            IssueKind::UnknownBlock,
        ];
        assert_eq!(issues(&found), expected);
    }

    /// Each says: a prompt, a thought, a call of `ls`, its result, a last word.
    const DIALECTS: &[&str] = &[
        r#"{"contents":[{"role":"user","parts":[{"text":"list"}]},{"role":"model","parts":[{"thought":true,"text":"hm"},{"functionCall":{"name":"ls","args":{"p":1}}}]},{"role":"user","parts":[{"functionResponse":{"name":"ls","response":{"r":"a"}}}]},{"role":"model","parts":[{"text":"end"}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"text":"list"}]},{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm"}}},{"toolUse":{"toolUseId":"t","name":"ls","input":{"p":1}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"text":"a"}],"status":"error"}}]},{"role":"assistant","content":[{"text":"end"}]}]}"#,
        r#"{"messages":[{"role":"user","content":"list"},{"role":"assistant","content":[{"type":"reasoning","text":"hm"},{"type":"tool-call","toolCallId":"t","toolName":"ls","input":{"p":1}}]},{"role":"tool","content":[{"type":"tool-result","toolCallId":"t","toolName":"ls","output":"a"}]},{"role":"assistant","content":[{"type":"text","text":"end"}]}]}"#,
        r#"{"messages":[{"role":"user","content":"list"},{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"type":"function_call","call_id":"t","name":"ls","arguments":"{\"p\":1}"},{"type":"function_call_output","call_id":"t","output":"a"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"end"}]}]}"#,
    ];

    /// By hand: 20 input, of which 5 were read and 3 written; 4 output.
    #[test]
    fn langchain_messages_lie_in_their_frame() {
        let framed = r#"[{"type":"human","data":{"content":"list"}},{"type":"ai","data":{"content":"","tool_calls":[{"name":"ls","args":{"p":1},"id":"t"}],"usage_metadata":{"input_tokens":20,"output_tokens":4,"input_token_details":{"cache_read":5,"cache_creation":3}}}},{"type":"tool","data":{"content":"a","tool_call_id":"t","status":"error"}},{"type":"ai","data":{"content":[{"type":"text","text":"end"}]}}]"#;
        let built = r#"{"messages":[{"lc":1,"type":"constructor","id":["langchain","HumanMessage"],"kwargs":{"content":"list"}},{"lc":1,"type":"constructor","id":["langchain","AIMessage"],"kwargs":{"content":[],"tool_calls":[{"name":"ls","args":{"p":1},"id":"t"}],"usage_metadata":{"input_tokens":20,"output_tokens":4,"input_token_details":{"cache_read":5,"cache_creation":3}}}},{"lc":1,"type":"constructor","id":["langchain","ToolMessage"],"kwargs":{"content":"a","tool_call_id":"t","status":"error"}},{"lc":1,"type":"constructor","id":["langchain","AIMessage"],"kwargs":{"content":"end"}}]}"#;
        let expected = Usage { input: 12, cache_read: 5, cache_write: 3, output: 4, reasoning: None };
        for text in [framed, built] {
            let found = read(text);
            assert_eq!(kinds(&found), [Kind::Prompt, Kind::ToolCall, Kind::ToolResult, Kind::Text], "{text}");
            assert_eq!(requests(&found).into_values().collect::<Vec<_>>(), [expected]);
            assert_eq!((found.events[2].error, texts(&found)), (Some(true), vec!["list", "a", "end"]));
            assert_eq!(found.issues, []);
        }
    }

    #[test]
    fn other_dialects_say_the_same() {
        use Kind::*;
        for dialect in DIALECTS {
            let found = read(dialect);
            assert_eq!(kinds(&found), [Prompt, Reasoning, ToolCall, ToolResult, Text], "{dialect}");
            let (call, result) = (&found.events[2], &found.events[3]);
            assert_eq!((call.tool.as_deref(), call.arguments.as_deref()), (Some("ls"), Some(r#"{"p":1}"#)));
            assert!(call.call.is_some() && call.call == result.call, "{dialect}");
            assert!(result.text.as_deref().is_some_and(|text| text.contains('a')), "{dialect}");
            assert_eq!(result.error, dialect.contains("\"error\"").then_some(true));
            assert_eq!(found.issues, [], "{dialect}");
        }
    }

    #[test]
    fn speakers_of_share_gpt_are_roles() {
        let found = read(
            r#"{"conversations":[{"from":"system","value":"s"},{"from":"human","value":"list"},{"from":"function_call","value":"{\"name\":\"ls\",\"arguments\":{}}"},{"from":"observation","value":"a"},{"from":"gpt","value":"end"}]}"#,
        );
        use Kind::*;
        assert_eq!(kinds(&found), [Injected, Prompt, ToolCall, ToolResult, Text]);
        assert_eq!(found.events[2].call, found.events[3].call);
        assert_eq!(found.issues, []);
    }

    #[test]
    fn words_of_another_dialect_within_a_text_change_nothing() {
        let found = read(
            r#"{"messages":[{"role":"user","content":"what is \"parts\", \"from\"?"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"x","input":{"from":"a","value":"b","parts":[]}}]}]}"#,
        );
        assert_eq!(kinds(&found), [Kind::Prompt, Kind::ToolCall]);
    }
}
