//! **What it reads**: session transcripts of Claude Code, one JSON object a line; also the headless stream
//! (`--output-format stream-json`) and, as [`ClaudeCodeExport`], the web export `{"loglines":[…]}`.
//!
//! **Where**: `~/.claude/projects/<slug>/<session>.jsonl`, `~/.config/claude/projects/…`, or below each entry of
//! `CLAUDE_CONFIG_DIR`; sub-agents in `<session>/subagents/agent-<id>.jsonl` or flat beside the main file. Run logs
//! (`journal.jsonl`) and sidecars (`agent-*.meta.json`) are not transcripts and a folder walk passes them over.
//!
//! **Record shape**: an envelope (`type`, `uuid`, `parentUuid`, `sessionId`, `timestamp`, `isSidechain`, `agentId`,
//! `version`, `requestId`) around `message {id, model, content, usage}`. One response of the model is written as
//! several lines, one a block, all repeating `usage`; so every assistant line delivers its usage under the
//! `request` = `message.id`, and of a request the largest record counts.
//!
//! | record | event |
//! |---|---|
//! | `user`, typed by a human | `Prompt`, after a `Rewind` where it opens another branch |
//! | `user`, anything else | `Injected`; `[Request interrupted by user…` is `Abort` |
//! | `user`, `tool_result` block | `ToolResult` |
//! | `assistant` blocks `text`, `thinking`, `tool_use`, `server_tool_use` | `Text`, `Reasoning`, `ToolCall` |
//! | `assistant` with nothing but usage | `Usage` |
//! | `assistant`, `<synthetic>` or `isApiErrorMessage`; `system` `api_error` | `ApiError`, no usage |
//! | `system` `compact_boundary` | `Compaction` |
//! | `attachment` `queued_command` | `Prompt`; the user line with the same text that may follow is dropped |
//! | `progress` `agent_progress` | as the line of the sub-agent's own file that it mirrors, with the same ids |
//!
//! **Sessions**: `sessionId`; lines of a sub-agent (`agentId`, `isSidechain`) belong to `sessionId/agentId`, or to
//! `sessionId/sidechain` where old versions wrote them without an id.
//!
//! **Identity**: calls and results by the id of the call, text by `message.id` and the text, other lines by `uuid`,
//! so that resumed, forked and mirrored copies are known again though `uuid` or `sessionId` were rewritten. Ids
//! that are too short to be unique in the world are taken together with the session.
//!
//! **Errors**: `is_error`, else a `toolUseResult` that is text beginning with `Error`, else its `exitCode`.
//!
//! **When it misleads**: the writer keeps no user id. A rewind is seen only where both prompts hang below one parent
//! and stand in the same file. Thinking is often written empty: then only its tokens are known. A sub-agent that is
//! present as its own file and as a mirror is delivered twice, with equal ids.
//!
//! **Cost**: one pass over each line; held per source are 8-byte hashes of call ids and of prompts.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use goodhart_trace::{
    Decoder, Event, EventId, Format, Framing, Halves, Head, IssueKind, Kind, Memory, Parser, Question,
    Record, Sink, Source, Usage,
};
use serde::Deserialize;
use serde::de::MapAccess;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::content::{Block, Content, Joined, Shape, call_id, result_id, scope, scoped};
use crate::json::{Count, Field, Leaf, Moment, Notes, Object, Text, each, object};

/// Transcripts and headless streams of Claude Code.
pub struct ClaudeCode;

/// The web export of a Claude Code session: one object that lists the lines of a transcript.
pub struct ClaudeCodeExport;

impl Format for ClaudeCode {
    fn id(&self) -> &'static str {
        "claude-code"
    }

    fn title(&self) -> &'static str {
        "Claude Code transcripts and headless streams (JSON Lines)"
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        let mut lines = head.lines.iter().filter(|line| line.is_object()).peekable();
        let markers_only = lines.peek().is_some() && lines.clone().all(is_marker);
        lines.any(is_turn) || (markers_only && head.lines.iter().any(names_session))
    }

    fn settles(&self, head: &Head<'_>) -> bool {
        head.lines.iter().any(is_turn)
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(halves(source))
    }

    fn halves(&self, source: &Source<'_>) -> Option<Halves> {
        Some(halves(source))
    }
}

impl Format for ClaudeCodeExport {
    fn id(&self) -> &'static str {
        "claude-code-export"
    }

    fn title(&self) -> &'static str {
        "Claude Code web export (one JSON object with loglines)"
    }

    fn framing(&self) -> Framing {
        Framing::Document
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        let lines = head.whole().and_then(|document| document.get("loglines")).and_then(Value::as_array);
        lines.is_some_and(|lines| lines.iter().any(|line| is_turn(line) || is_marker(line)))
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Export { file: source.file, lines: halves(source) })
    }
}

/// Kinds of lines that carry nothing for us. `system`, `attachment` and `progress` have kinds of their own inside.
const MARKERS: &[&str] = &[
    "agent-color",
    "agent-name",
    "agent-setting",
    "ai-title",
    "attribution-snapshot",
    "bridge-session",
    "content-replacement",
    "control_request",
    "control_response",
    "custom-title",
    "file-history-delta",
    "file-history-snapshot",
    "last-prompt",
    "mode",
    "permission-mode",
    "pr-link",
    "queue-operation",
    "rate_limit_event",
    "result",
    "speculation-accept",
    "stream_event",
    "summary",
    "tag",
    "task-summary",
    "tool_progress",
    "worktree-state",
];

/// Openings of user text that no human typed.
const NOT_HUMAN: &[&str] = &[
    "<command-name>",
    "<command-message>",
    "<local-command-stdout>",
    "<local-command-stderr>",
    "<local-command-caveat>",
    "<system-reminder>",
    "<task-notification>",
    "<bash-input>",
    "<bash-stdout>",
    "<bash-stderr>",
    "Caveat:",
];

const INTERRUPTED: &str = "[Request interrupted by user";

fn text<'v>(line: &'v Value, key: &str) -> Option<&'v str> {
    line.get(key).and_then(Value::as_str)
}

/// A line of a conversation; Qwen Code writes the same envelope around `parts`.
fn is_turn(line: &Value) -> bool {
    let spoken = matches!(text(line, "type"), Some("user" | "assistant"));
    let known = ["sessionId", "session_id", "uuid"].iter().any(|key| text(line, key).is_some());
    let message = line.get("message").is_some_and(|m| m.is_object() && m.get("parts").is_none());
    spoken && known && message && line.get("usageMetadata").is_none()
}

fn is_marker(line: &Value) -> bool {
    let kind = text(line, "type").unwrap_or_default();
    let own = MARKERS.contains(&kind) || matches!(kind, "system" | "attachment" | "progress");
    own && line.get("payload").is_none()
}

fn names_session(line: &Value) -> bool {
    ["sessionId", "session_id", "leafUuid", "messageId"].iter().any(|key| text(line, key).is_some())
}

/// A line as far as we use it. Its larger parts are boxed: a line is moved a few times on its way, and most have one of them.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    subtype: Text<'a>,
    uuid: Text<'a>,
    parent_uuid: Text<'a>,
    session_id: Text<'a>,
    #[serde(rename = "session_id")]
    stream_session_id: Text<'a>,
    #[serde(rename = "parent_tool_use_id")]
    stream_parent: Text<'a>,
    agent_id: Text<'a>,
    is_sidechain: Field<bool>,
    timestamp: Field<Moment>,
    version: Text<'a>,
    request_id: Text<'a>,
    is_meta: Field<bool>,
    is_compact_summary: Field<bool>,
    is_api_error_message: Field<bool>,
    origin: Field<Object<Origin<'a>>>,
    tool_use_result: Field<Outcome>,
    message: Field<Box<Object<Message<'a>>>>,
    data: Field<Box<Object<Progress<'a>>>>,
    attachment: Field<Box<Object<Attachment<'a>>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Origin<'a> {
    kind: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Message<'a> {
    id: Text<'a>,
    model: Text<'a>,
    content: Field<Content<'a>>,
    usage: Field<Object<Tokens<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Progress<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    agent_id: Text<'a>,
    message: Field<Object<Mirrored<'a>>>,
}

/// A line of a sub-agent inside a progress line.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Mirrored<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    uuid: Text<'a>,
    timestamp: Field<Moment>,
    request_id: Text<'a>,
    is_api_error_message: Field<bool>,
    tool_use_result: Field<Outcome>,
    message: Field<Box<Object<Message<'a>>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Attachment<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    prompt: Field<Content<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Tokens<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    model: Text<'a>,
    input_tokens: Field<Count>,
    cache_read_input_tokens: Field<Count>,
    cache_creation_input_tokens: Field<Count>,
    cache_creation: Field<Object<CacheCreation>>,
    output_tokens: Field<Count>,
    output_tokens_details: Field<Object<OutputDetails>>,
    iterations: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CacheCreation {
    ephemeral_5m_input_tokens: Field<Count>,
    ephemeral_1h_input_tokens: Field<Count>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    thinking_tokens: Field<Count>,
}

/// What `toolUseResult`, the structured twin of a result, says about success.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    failed: Option<bool>,
}

impl<'de> Leaf<'de> for Outcome {
    const EXPECTED: &'static str = "a string, an object or an array";

    fn owned(text: &str) -> Option<Self> {
        Some(Outcome { failed: text.starts_with("Error").then_some(true) })
    }

    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Shell {
            #[serde(rename = "exitCode")]
            exit_code: Field<i64>,
        }
        let shell = Object::<Shell>::map(map)?;
        let code = shell.and_then(|shell| shell.0.exit_code.quiet());
        Ok(Some(Outcome { failed: Some(code.is_some_and(|code| code != 0)) }))
    }

    fn seq<A: serde::de::SeqAccess<'de>>(seq: A) -> Result<Option<Self>, A::Error> {
        crate::json::drain_seq::<Outcome, A>(seq)?;
        Ok(Some(Outcome { failed: None }))
    }
}

/// What the events of one line have in common.
struct Envelope<'a> {
    session: Cow<'a, str>,
    parent: Option<Cow<'a, str>>,
    version: Option<Cow<'a, str>>,
    uuid: Option<Cow<'a, str>>,
    time_ms: Option<i64>,
}

impl Envelope<'_> {
    fn event(&self, kind: Kind, notes: &Notes<'_>) -> Event<'_> {
        Event {
            session: Cow::Borrowed(&self.session),
            parent: self.parent.as_deref().map(Cow::Borrowed),
            agent: Some(Cow::Borrowed("claude-code")),
            agent_version: self.version.as_deref().map(Cow::Borrowed),
            kind,
            time_ms: self.time_ms,
            position: notes.position,
            ..Event::default()
        }
    }

    /// Identity of what the line says as a whole.
    fn id(&self, what: &str) -> Option<EventId> {
        self.uuid.as_deref().map(|uuid| scoped(what, &self.session, uuid))
    }

    /// Says that the prompt of the line opens another branch.
    fn rewind(&self, notes: &mut Notes<'_>) {
        let event = self.event(Kind::Rewind, notes);
        notes.sink.event(Event { id: self.id("rewind"), ..event });
    }

    /// Delivers text that belongs to the line as a whole.
    fn deliver(&self, kind: Kind, text: Option<Cow<'_, str>>, notes: &mut Notes<'_>) {
        let event = self.event(kind, notes);
        notes.sink.event(Event { text, id: self.id("uuid"), ..event });
    }
}

/// A turn of either side, from a line of its own or mirrored in a progress line.
struct Turn<'a> {
    envelope: Envelope<'a>,
    parent_uuid: Option<Cow<'a, str>>,
    request_id: Text<'a>,
    api_error: bool,
    human: bool,
    summary: bool,
    outcome: Field<Outcome>,
    message: Field<Box<Object<Message<'a>>>>,
}

/// What a user line says beside tool results.
struct Said<'a> {
    text: Option<Cow<'a, str>>,
    pictures: bool,
}

/// Reads a line without those before it.
struct Reader {
    file: u32,
    stem: String,
}

/// What the lines so far have shown.
#[derive(Default)]
struct Past {
    calls: HashSet<EventId>,
    branches: Branches,
    /// Hash of the latest prompt that waited in the queue; the same text as a user line is its second record.
    queued: Option<EventId>,
}

/// What a line asks about those before it.
#[derive(Clone, Copy)]
enum Ask {
    /// A call: remembered.
    Call,
    /// A result: whether its call is unknown.
    Orphan,
    /// What waits in the queue: remembered.
    Queued,
    /// A prompt: whether it is another one than the one that waited.
    Fresh,
    /// A prompt below a parent: whether it goes back.
    Forks,
    /// A line: what hangs below it goes on.
    Tip,
}

const ASKS: [Ask; 6] = [Ask::Call, Ask::Orphan, Ask::Queued, Ask::Fresh, Ask::Forks, Ask::Tip];

impl Ask {
    fn about(self, one: Option<EventId>) -> Question {
        Question { what: self as u8, about: [one, None] }
    }
}

impl Memory for Past {
    fn answer(&mut self, question: Question) -> bool {
        let [one, other] = question.about;
        let Some(ask) = ASKS.get(usize::from(question.what)) else { return true };
        match ask {
            Ask::Call => one.is_some_and(|call| self.calls.insert(call)),
            Ask::Orphan => one.is_some_and(|call| !self.calls.contains(&call)),
            Ask::Queued => {
                self.queued = one;
                true
            }
            Ask::Fresh => {
                let queued = self.queued.take();
                queued.is_none() || queued != one
            }
            Ask::Forks => one.zip(other).is_some_and(|(parent, uuid)| self.branches.forks(parent, uuid)),
            Ask::Tip => {
                self.branches.tip = one;
                true
            }
        }
    }
}

fn halves(source: &Source<'_>) -> Halves {
    let parser = Reader { file: source.file, stem: source.stem().to_owned() };
    Halves { parser: Box::new(parser), memory: Box::<Past>::default() }
}

impl Parser for Reader {
    fn parse(&self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spare = String::new();
        if let Some(line) = object::<Line<'_>>(record.text, &mut spare, &mut notes) {
            self.line(line, &mut notes);
        }
    }
}

impl Reader {
    fn line(&self, mut line: Line<'_>, notes: &mut Notes<'_>) {
        let Some(kind) = std::mem::take(&mut line.kind).take("type", notes) else {
            return notes.issue(IssueKind::MissingField, "type: expected a kind of line, found none");
        };
        let parent_uuid = std::mem::take(&mut line.parent_uuid).quiet();
        let sidechain = line.is_sidechain.holds();
        let uuid = line.uuid.as_ref().map(|uuid| EventId::of(&[uuid]));
        match kind.as_ref() {
            "user" => self.user(turn(line, parent_uuid, &self.stem, notes), notes),
            "assistant" => self.assistant(turn(line, parent_uuid, &self.stem, notes), notes),
            "system" => self.system(line, notes),
            "attachment" => self.attachment(line, notes),
            "progress" => self.progress(line, notes),
            marker if MARKERS.contains(&marker) => {}
            other => notes.unknown(IssueKind::UnknownRecord, "type", other),
        }
        if !sidechain && uuid.is_some() {
            notes.sink.asks(Ask::Tip.about(uuid), 0);
        }
    }

    fn system(&self, line: Line<'_>, notes: &mut Notes<'_>) {
        let kind = match line.subtype.as_ref().map(AsRef::as_ref) {
            Some("compact_boundary") => Kind::Compaction,
            Some("api_error") => Kind::ApiError,
            _ => return,
        };
        envelope(line, &self.stem, notes).deliver(kind, None, notes);
    }

    fn attachment(&self, mut line: Line<'_>, notes: &mut Notes<'_>) {
        let attachment = std::mem::take(&mut line.attachment).take("attachment", notes);
        let Some(Object(attachment)) = attachment.map(|boxed| *boxed) else { return };
        if !attachment.kind.is("queued_command") {
            return;
        }
        let human = is_human(&line);
        let prompt = attachment.prompt.take("attachment.prompt", notes);
        let Some(prompt) = prompt.and_then(|prompt| prompt.joined(notes)) else { return };
        let kind = if human { spoken(&prompt) } else { Kind::Injected };
        let queued = (kind == Kind::Prompt).then(|| EventId::of(&[&prompt]));
        notes.sink.asks(Ask::Queued.about(queued), 0);
        envelope(line, &self.stem, notes).deliver(kind, Some(prompt), notes);
    }

    /// A mirror of a sub-agent's line; other progress carries nothing for us.
    fn progress(&self, mut line: Line<'_>, notes: &mut Notes<'_>) {
        let progress = std::mem::take(&mut line.data).take("data", notes);
        let Some(Object(progress)) = progress.map(|boxed| *boxed) else { return };
        if !progress.kind.is("agent_progress") {
            return;
        }
        let Some(Object(inner)) = progress.message.take("data.message", notes) else { return };
        let kind = inner.kind.take("data.message.type", notes);
        let nested = Line {
            uuid: inner.uuid,
            request_id: inner.request_id,
            timestamp: if inner.timestamp.as_ref().is_some() { inner.timestamp } else { line.timestamp },
            is_api_error_message: inner.is_api_error_message,
            tool_use_result: inner.tool_use_result,
            message: inner.message,
            agent_id: progress.agent_id,
            is_sidechain: Field::Is(true),
            session_id: line.session_id,
            stream_session_id: line.stream_session_id,
            version: line.version,
            ..Line::default()
        };
        match kind.as_deref() {
            Some("user") => self.user(turn(nested, None, &self.stem, notes), notes),
            Some("assistant") => self.assistant(turn(nested, None, &self.stem, notes), notes),
            _ => {}
        }
    }

    fn user(&self, turn: Turn<'_>, notes: &mut Notes<'_>) {
        let Some(Object(message)) = turn.message.take("message", notes).map(|boxed| *boxed) else {
            return notes.issue(IssueKind::MissingField, "message: expected an object, found none");
        };
        let Some(content) = message.content.take("message.content", notes) else { return };
        let blocks = content.blocks();
        let results = blocks.iter().filter(|block| is_result(block)).count();
        // The structured twin stands beside the message: with several results nobody knows whose it is.
        let outcome = turn.outcome.take("toolUseResult", notes).filter(|_| results == 1);
        let human = turn.human && !turn.summary && results == 0;
        let said = self.user_blocks(blocks, outcome, &turn.envelope, notes);
        let kind = match said.text.as_deref().map_or(Kind::Prompt, spoken) {
            Kind::Prompt if !human => Kind::Injected,
            kind => kind,
        };
        // A human may say it with a picture alone; others who say nothing are not heard.
        if said.text.is_none() && !(human && said.pictures) {
            return;
        }
        if kind == Kind::Prompt {
            let forks = forks(turn.parent_uuid.as_deref(), &turn.envelope);
            let fresh = Ask::Fresh.about(said.text.as_deref().map(|text| EventId::of(&[text])));
            if !notes.sink.asks(fresh, if forks.is_some() { 3 } else { 1 }) {
                return;
            }
            if forks.is_some_and(|forks| notes.sink.asks(forks, 1)) {
                turn.envelope.rewind(notes);
            }
        }
        turn.envelope.deliver(kind, said.text, notes);
    }

    /// Delivers the results among the blocks and gathers the rest.
    fn user_blocks<'a>(
        &self,
        blocks: Vec<Field<Block<'a>>>,
        outcome: Option<Outcome>,
        envelope: &Envelope<'_>,
        notes: &mut Notes<'_>,
    ) -> Said<'a> {
        let (mut said, mut pictures) = (Joined::default(), false);
        for block in blocks {
            let Some(Block(block)) = block.take("message.content", notes) else { continue };
            match block.kind.as_ref().map(AsRef::as_ref).unwrap_or_default() {
                "text" => {
                    if let Some(text) = block.text.take("text", notes) {
                        said.push(text);
                    }
                }
                kind if kind.ends_with("tool_result") => self.result(block, outcome, envelope, notes),
                "image" | "document" => pictures = true,
                "search_result" | "container_upload" => {}
                other => notes.unknown(IssueKind::UnknownBlock, "message.content.type", other),
            }
        }
        Said { text: said.0.filter(|text| !text.is_empty()), pictures }
    }

    fn result(
        &self,
        block: Shape<'_>,
        outcome: Option<Outcome>,
        envelope: &Envelope<'_>,
        notes: &mut Notes<'_>,
    ) {
        let Some(call) = block.tool_use_id.take("tool_use_id", notes) else {
            return notes
                .issue(IssueKind::MissingField, "tool_use_id: expected the id of a call, found none");
        };
        let orphan = Ask::Orphan.about(Some(EventId::of(&[&envelope.session, &call])));
        if notes.sink.asks(orphan, 1) {
            notes.issue(IssueKind::OrphanResult, "tool_use_id: expected a call of this session, found none");
        }
        let explicit = block.is_error.take("is_error", notes);
        let error = match (explicit, outcome.and_then(|outcome| outcome.failed)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (explicit, implicit) => explicit.or(implicit),
        };
        let mut spare = String::new();
        let text = Shape::result_text(block.content, &mut spare, notes);
        let event = envelope.event(Kind::ToolResult, notes);
        let id = Some(result_id(&envelope.session, &call));
        notes.sink.event(Event { call: Some(call), text, error, id, ..event });
    }

    fn assistant(&self, turn: Turn<'_>, notes: &mut Notes<'_>) {
        let Some(Object(message)) = turn.message.take("message", notes).map(|boxed| *boxed) else {
            return notes.issue(IssueKind::MissingField, "message: expected an object, found none");
        };
        let envelope = &turn.envelope;
        let model = message.model.take("message.model", notes);
        let content = message.content.take("message.content", notes);
        if turn.api_error || model.as_deref() == Some("<synthetic>") {
            let text = content.and_then(|content| content.joined(notes));
            return envelope.deliver(Kind::ApiError, text, notes);
        }
        let message_id = message.id.take("message.id", notes);
        let request_id = turn.request_id.take("requestId", notes);
        let uuid = envelope.uuid.as_deref().map(Cow::Borrowed);
        let request = message_id.clone().or(request_id).or(uuid);
        // Without a request, usage would be taken for that of the whole session.
        let request = request.unwrap_or_else(|| format!("{}@{}", self.stem, notes.position.byte).into());
        let tokens = message.usage.take("message.usage", notes).map(|Object(tokens)| tokens);
        let advice = tokens.as_ref().map(|tokens| advice(tokens, notes)).unwrap_or_default();
        let usage = tokens.map(|tokens| classes(tokens, notes));
        let mut output =
            Output { envelope, message_id: message_id.as_deref(), request: &request, model, usage };
        for (index, block) in content.map(Content::blocks).unwrap_or_default().into_iter().enumerate() {
            if let Some(Block(block)) = block.take("message.content", notes) {
                self.output(block, index, &mut output, notes);
            }
        }
        output.rest(notes);
        output.advice(advice, notes);
    }

    fn output(&self, block: Shape<'_>, index: usize, output: &mut Output<'_>, notes: &mut Notes<'_>) {
        let kind = block.kind.as_ref().map(AsRef::as_ref).unwrap_or_default();
        match kind {
            "text" => output.text(Kind::Text, block.text.take("text", notes), index, notes),
            "thinking" => output.text(Kind::Reasoning, block.thinking.take("thinking", notes), index, notes),
            "tool_use" | "server_tool_use" | "mcp_tool_use" => self.call(block, output, notes),
            kind if kind.ends_with("tool_result") => self.result(block, None, output.envelope, notes),
            "redacted_thinking" | "image" | "document" | "container_upload" | "fallback" => {}
            other => notes.unknown(IssueKind::UnknownBlock, "message.content.type", other),
        }
    }

    fn call(&self, mut block: Shape<'_>, output: &mut Output<'_>, notes: &mut Notes<'_>) {
        let session = &output.envelope.session;
        let call = std::mem::take(&mut block.id).take("tool_use.id", notes);
        if let Some(call) = &call {
            notes.sink.asks(Ask::Call.about(Some(EventId::of(&[session, call]))), 0);
        }
        let arguments = block.call_arguments(notes);
        let tool = std::mem::take(&mut block.name).take("tool_use.name", notes);
        let id = call.as_deref().map(|call| call_id(session, call));
        let event = output.event(Kind::ToolCall, notes);
        notes.sink.event(Event { call, arguments, tool, id, ..event });
    }
}

/// What the events of one assistant line have in common. The first of them carries the usage.
struct Output<'a> {
    envelope: &'a Envelope<'a>,
    message_id: Option<&'a str>,
    request: &'a str,
    model: Option<Cow<'a, str>>,
    usage: Option<Usage>,
}

impl Output<'_> {
    fn event(&mut self, kind: Kind, notes: &Notes<'_>) -> Event<'_> {
        let usage = self.usage.take();
        Event {
            request: Some(Cow::Borrowed(self.request)),
            model: self.model.as_deref().map(Cow::Borrowed),
            usage,
            ..self.envelope.event(kind, notes)
        }
    }

    fn text(&mut self, kind: Kind, text: Option<Cow<'_, str>>, index: usize, notes: &mut Notes<'_>) {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        let id = self.text_id(kind, &text, index);
        let event = self.event(kind, notes);
        notes.sink.event(Event { text: Some(text), id, ..event });
    }

    /// By the message and the text: copies keep both, though their `uuid` may be rewritten.
    fn text_id(&self, kind: Kind, text: &str, index: usize) -> Option<EventId> {
        let session = &*self.envelope.session;
        let what = if kind == Kind::Text { "text" } else { "thinking" };
        if let Some(id) = self.message_id {
            return Some(EventId::of(&["msg", scope(id, session), id, what, text]));
        }
        let uuid = self.envelope.uuid.as_deref()?;
        Some(EventId::of(&["uuid", scope(uuid, session), uuid, &index.to_string()]))
    }

    /// Usage that no block could carry.
    fn rest(&mut self, notes: &mut Notes<'_>) {
        if self.usage.is_some() {
            let event = self.event(Kind::Usage, notes);
            notes.sink.event(event);
        }
    }

    fn advice(&self, advice: Vec<Advice<'_>>, notes: &mut Notes<'_>) {
        for (number, Advice { model, usage }) in advice.into_iter().enumerate() {
            let request = Some(format!("{}#advisor-{number}", self.request).into());
            let event = self.envelope.event(Kind::Usage, notes);
            notes.sink.event(Event { request, model, usage: Some(usage), ..event });
        }
    }
}

/// Which session, when, by which version.
fn envelope<'a>(line: Line<'a>, stem: &str, notes: &mut Notes<'_>) -> Envelope<'a> {
    let session = line.session_id.take("sessionId", notes);
    let session = session.or_else(|| line.stream_session_id.take("session_id", notes));
    let session = session.unwrap_or_else(|| Cow::Owned(stem.to_owned()));
    let agent = line.agent_id.take("agentId", notes).or_else(|| line.stream_parent.quiet());
    let agent = agent.or_else(|| line.is_sidechain.holds().then_some(Cow::Borrowed("sidechain")));
    let (session, parent) = match agent {
        Some(agent) => (Cow::Owned(format!("{session}/{agent}")), Some(session)),
        None => (session, None),
    };
    Envelope {
        session,
        parent,
        version: line.version.take("version", notes),
        uuid: line.uuid.take("uuid", notes),
        time_ms: line.timestamp.time("timestamp", notes),
    }
}

fn turn<'a>(
    mut line: Line<'a>,
    parent_uuid: Option<Cow<'a, str>>,
    stem: &str,
    notes: &mut Notes<'_>,
) -> Turn<'a> {
    Turn {
        human: is_human(&line),
        summary: line.is_compact_summary.holds(),
        api_error: line.is_api_error_message.holds(),
        request_id: std::mem::take(&mut line.request_id),
        outcome: std::mem::take(&mut line.tool_use_result),
        message: std::mem::take(&mut line.message),
        parent_uuid,
        envelope: envelope(line, stem, notes),
    }
}

/// Whether the envelope allows for a human. In a sidechain the parent agent speaks as the user.
fn is_human(line: &Line<'_>) -> bool {
    let agent = line.agent_id.as_ref().is_some() || line.stream_parent.as_ref().is_some();
    let origin = line.origin.as_ref().and_then(|Object(origin)| origin.kind.as_ref());
    let human = origin.is_none_or(|kind| kind == "human");
    human && !agent && !line.is_meta.holds() && !line.is_sidechain.holds()
}

/// What user text is by its opening.
fn spoken(text: &str) -> Kind {
    let text = text.trim_start();
    if text.starts_with(INTERRUPTED) {
        Kind::Abort
    } else if NOT_HUMAN.iter().any(|opening| text.starts_with(opening)) {
        Kind::Injected
    } else {
        Kind::Prompt
    }
}

fn is_result(block: &Field<Block<'_>>) -> bool {
    block.as_ref().is_some_and(|Block(shape)| shape.kind.as_ref().is_some_and(|k| k.ends_with("tool_result")))
}

/// Usage of another model that was asked within a response.
struct Advice<'a> {
    model: Option<Cow<'a, str>>,
    usage: Usage,
}

/// Iterations of type `message` repeat the totals; those of an advisor come on top.
fn advice<'a>(tokens: &Tokens<'a>, notes: &mut Notes<'_>) -> Vec<Advice<'a>> {
    let mut advice = Vec::new();
    let mut iteration = |item: &'a RawValue| {
        if let Ok(Field::Is(Object(mut tokens))) =
            serde_json::from_str::<Field<Object<Tokens<'a>>>>(item.get())
            && tokens.kind.is("advisor_message")
        {
            let model = std::mem::take(&mut tokens.model).quiet();
            advice.push(Advice { model, usage: classes(tokens, notes) });
        }
    };
    if let Some(list) = tokens.iterations {
        each(list, &mut iteration);
    }
    advice
}

/// The four disjoint classes.
fn classes(tokens: Tokens<'_>, notes: &mut Notes<'_>) -> Usage {
    let mut count = |field: Field<Count>, name: &str| field.count(name, notes).unwrap_or(0);
    let split = tokens.cache_creation.quiet().map_or(0, |Object(split)| {
        let short = count(split.ephemeral_5m_input_tokens, "usage.cache_creation.ephemeral_5m_input_tokens");
        short + count(split.ephemeral_1h_input_tokens, "usage.cache_creation.ephemeral_1h_input_tokens")
    });
    let written = count(tokens.cache_creation_input_tokens, "usage.cache_creation_input_tokens");
    Usage {
        input: count(tokens.input_tokens, "usage.input_tokens"),
        cache_read: count(tokens.cache_read_input_tokens, "usage.cache_read_input_tokens"),
        cache_write: if split > 0 { split } else { written },
        output: count(tokens.output_tokens, "usage.output_tokens"),
        reasoning: tokens.output_tokens_details.quiet().and_then(|Object(details)| {
            details.thinking_tokens.count("usage.output_tokens_details.thinking_tokens", notes)
        }),
    }
}

/// The tree of prompts, by hashes: a prompt below a parent that has another prompt, and that is not the line just
/// before, goes back. Parallel tool calls also give one parent several children and are no branches.
#[derive(Default)]
struct Branches {
    tip: Option<EventId>,
    prompt_below: HashMap<EventId, EventId>,
}

/// Prompts remembered per source: 1 MiB of hashes.
const MAX_PROMPTS: usize = 1 << 16;

impl Branches {
    fn forks(&mut self, parent: EventId, uuid: EventId) -> bool {
        let before = self.prompt_below.get(&parent).copied();
        if self.prompt_below.len() < MAX_PROMPTS {
            self.prompt_below.insert(parent, uuid);
        }
        before.is_some_and(|before| before != uuid) && self.tip != Some(parent)
    }
}

/// Whether a prompt below a parent goes back; nothing to ask where either has no name.
fn forks(parent: Option<&str>, envelope: &Envelope<'_>) -> Option<Question> {
    let about = [parent?, envelope.uuid.as_deref()?].map(|name| Some(EventId::of(&[name])));
    Some(Question { what: Ask::Forks as u8, about })
}

/// Reads the lines of an export, each at its own place in the document.
struct Export {
    file: u32,
    lines: Halves,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Document<'a> {
    loglines: Option<&'a RawValue>,
}

impl Decoder for Export {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut spare = String::new();
        let mut notes = Notes::new(sink, self.file, &record);
        let Some(document) = object::<Document<'_>>(record.text, &mut spare, &mut notes) else { return };
        let (mut line, mut counted) = (record.line, 0);
        let read = |part: &RawValue| {
            let offset = offset_in(record.text, part.get()).max(counted);
            line += memchr::memchr_iter(b'\n', &record.text.as_bytes()[counted..offset]).count() as u64;
            counted = offset;
            let part = Record { text: part.get(), line, byte: record.byte + offset as u64 };
            self.lines.record(part, notes.sink);
        };
        if !document.loglines.is_some_and(|lines| each(lines, read)) {
            notes.issue(IssueKind::MissingField, "loglines: expected an array, found none");
        }
    }
}

/// Where a slice of `text` starts in it; 0 for text from elsewhere.
fn offset_in(text: &str, part: &str) -> usize {
    let offset = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
    offset.filter(|&offset| offset <= text.len()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use goodhart_trace::Position;

    use super::*;
    use crate::Collect;
    use crate::testing::{CLAUDE_CODE, issues, kinds, log, of_kind, read, requests, sample, texts, total};

    /// A line of session `s` with these fields.
    fn line(fields: &str) -> String {
        format!(r#"{{"sessionId":"s",{fields}}}"#)
    }

    fn user(uuid: &str, parent: &str, text: &str) -> String {
        line(&format!(
            r#""type":"user","uuid":"{uuid}","parentUuid":"{parent}","message":{{"role":"user","content":"{text}"}}"#
        ))
    }

    fn assistant(uuid: &str, parent: &str, blocks: &str) -> String {
        line(&format!(
            r#""type":"assistant","uuid":"{uuid}","parentUuid":"{parent}","message":{{"id":"m-{uuid}","content":[{blocks}],"usage":{{"input_tokens":1,"output_tokens":2}}}}"#
        ))
    }

    fn lines(lines: &[String]) -> Collect {
        read(lines.join("\n"))
    }

    #[test]
    fn the_skeleton_is_one_request_with_one_failed_call() {
        let found = read(CLAUDE_CODE);
        assert_eq!(kinds(&found), [Kind::Prompt, Kind::Usage, Kind::Text, Kind::ToolCall, Kind::ToolResult]);
        let usage = Usage { input: 3, cache_read: 12_000, cache_write: 900, output: 61, reasoning: None };
        assert_eq!(requests(&found).into_values().collect::<Vec<_>>(), [usage]);
        let call = &found.events[3];
        assert_eq!(call.arguments.as_deref(), Some(r#"{"command":"cargo test flaky"}"#));
        assert_eq!((call.tool.as_deref(), call.model.as_deref()), (Some("Bash"), Some("claude-sonnet-4-5")));
        let result = &found.events[4];
        assert_eq!((result.error, result.text.as_deref()), (Some(true), Some("1 failed\nbare")));
        assert_eq!((&result.call, result.request.as_deref()), (&call.call, None));
        assert_eq!(found.events[0].agent_version.as_deref(), Some("2.1.90"));
        assert_eq!(found.events[0].time_ms, Some(1_772_442_000_000));
        assert_eq!(found.issues, []);
    }

    #[test]
    fn the_sample_session_has_its_known_totals() {
        let folder = "claude-code/-w-shop/5f0c1d2e-0000-4000-8000-000000000001";
        let Some(main) = sample(&format!("{folder}.jsonl")) else { return };
        let expected =
            Usage { input: 3008, cache_read: 34_790, cache_write: 5110, output: 258, reasoning: None };
        assert_eq!((requests(&main).len(), total(&main)), (4, expected));
        assert_eq!(of_kind(&main, Kind::ToolCall).len(), 3);
        let failed = of_kind(&main, Kind::ToolResult).iter().filter(|r| r.error == Some(true)).count();
        assert_eq!(failed, 2);
        for (kind, count) in
            [(Kind::Prompt, 1), (Kind::ApiError, 1), (Kind::Compaction, 1), (Kind::Injected, 2)]
        {
            assert_eq!(of_kind(&main, kind).len(), count, "{kind:?}");
        }
        assert_eq!(issues(&main), [IssueKind::UnknownRecord]);

        let Some(agent) = sample(&format!("{folder}/subagents/agent-a7f3.jsonl")) else { return };
        let expected = Usage { input: 930, cache_read: 1200, cache_write: 1310, output: 65, reasoning: None };
        assert_eq!((requests(&agent).len(), total(&agent)), (2, expected));
        assert_eq!(kinds(&agent), [Kind::Injected, Kind::ToolCall, Kind::ToolResult, Kind::Text]);
        assert_eq!(agent.events[0].session, "5f0c1d2e-0000-4000-8000-000000000001/a7f3");
        assert_eq!(agent.events[0].parent.as_deref(), Some("5f0c1d2e-0000-4000-8000-000000000001"));
        assert_eq!(agent.issues, []);
    }

    #[test]
    fn what_no_human_typed_is_injected() {
        let meta = r#""type":"user","isMeta":true,"message":{"content":"note"}"#;
        let summary = r#""type":"user","isCompactSummary":true,"message":{"content":"summary"}"#;
        let origin = r#""type":"user","origin":{"kind":"task-notification"},"message":{"content":"done"}"#;
        let command = r#""type":"user","message":{"content":"<command-name>/clear</command-name>"}"#;
        let side = r#""type":"user","isSidechain":true,"message":{"content":"look there"}"#;
        let human = r#""type":"user","origin":{"kind":"human"},"uuid":"u","message":{"content":"hello"}"#;
        let cut = r#""type":"user","uuid":"v","message":{"content":[{"type":"text","text":"[Request interrupted by user]"}]}"#;
        let found = lines(&[meta, summary, origin, command, side, human, cut].map(line));
        let injected = Kind::Injected;
        let expected = [injected, injected, injected, injected, injected, Kind::Prompt, Kind::Abort];
        assert_eq!(kinds(&found), expected);
        assert_eq!(found.events[4].session, "s/sidechain");
    }

    #[test]
    fn a_picture_is_a_prompt_without_text() {
        let picture = r#"{"type":"image","source":{"type":"base64","data":"AAAA"}}"#;
        let human = format!(r#""type":"user","uuid":"u","message":{{"content":[{picture}]}}"#);
        let found = lines(&[line(&human), line(&format!(r#""isMeta":true,{human}"#))]);
        assert_eq!((kinds(&found), texts(&found).len()), (vec![Kind::Prompt], 0));
    }

    #[test]
    fn synthetic_answers_are_api_errors_without_usage() {
        let found = lines(&[line(
            r#""type":"assistant","uuid":"a","isApiErrorMessage":true,"message":{"id":"x","model":"<synthetic>","content":[{"type":"text","text":"API Error: 429"}],"usage":{"input_tokens":9}}"#,
        )]);
        assert_eq!(kinds(&found), [Kind::ApiError]);
        assert_eq!((found.events[0].usage, &found.events[0].request), (None, &None));
    }

    #[test]
    fn a_prompt_below_an_earlier_answer_is_another_branch() {
        let text = r#"{"type":"text","text":"ok"}"#;
        let branch = [
            user("u1", "root", "first"),
            assistant("a1", "u1", text),
            user("u2", "a1", "second"),
            assistant("a2", "u2", text),
            user("u3", "a1", "second, but better"),
        ];
        let found = lines(&branch);
        assert_eq!(kinds(&found)[4..], [Kind::Rewind, Kind::Prompt]);
        let mut straight = branch;
        straight[4] = user("u3", "a2", "third");
        assert!(of_kind(&lines(&straight), Kind::Rewind).is_empty());
    }

    #[test]
    fn parallel_calls_are_no_branches_and_copies_no_rewind() {
        let call = |id: &str| format!(r#"{{"type":"tool_use","id":"{id}","name":"Read","input":{{}}}}"#);
        let found = lines(&[
            user("u1", "root", "go"),
            assistant("a1", "u1", &call("t1")),
            assistant("a2", "a1", &call("t2")),
            assistant("a3", "a1", &call("t3")),
            user("u1", "root", "go"),
        ]);
        assert!(of_kind(&found, Kind::Rewind).is_empty());
    }

    #[test]
    fn a_queued_prompt_counts_once() {
        let queued = line(
            r#""type":"attachment","uuid":"q","attachment":{"type":"queued_command","prompt":"and format it"}"#,
        );
        let found =
            lines(&[queued.clone(), user("u1", "root", "and format it"), user("u2", "u1", "and format it")]);
        assert_eq!(kinds(&found), [Kind::Prompt, Kind::Prompt]);
        assert_eq!(kinds(&lines(&[queued])), [Kind::Prompt]);
    }

    #[test]
    fn a_mirror_has_the_ids_of_the_file_it_mirrors() {
        let inner = |uuid: &str, kind: &str, message: &str| {
            format!(
                r#""type":"{kind}","uuid":"{uuid}","timestamp":"2026-03-02T09:00:00Z","message":{message}"#
            )
        };
        let turns = [
            inner("b1", "user", r#"{"content":[{"type":"text","text":"find it"}]}"#),
            inner(
                "b2",
                "assistant",
                r#"{"id":"m","content":[{"type":"tool_use","id":"t","name":"Grep","input":{}}],"usage":{"output_tokens":4}}"#,
            ),
            inner("b3", "user", r#"{"content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}"#),
            inner(
                "b4",
                "assistant",
                r#"{"id":"n","content":[{"type":"text","text":"found"}],"usage":{"output_tokens":3}}"#,
            ),
        ];
        let own = turns.each_ref().map(|turn| line(&format!(r#""isSidechain":true,"agentId":"x",{turn}"#)));
        let mirror = turns.each_ref().map(|turn| {
            line(&format!(
                r#""type":"progress","uuid":"p","data":{{"type":"agent_progress","agentId":"x","message":{{{turn}}}}}"#
            ))
        });
        let (own, mirror) = (lines(&own), lines(&mirror));
        let plain = |found: &Collect| -> Vec<Event<'static>> {
            let bare = |event: &Event<'static>| Event { position: Position::default(), ..event.clone() };
            found.events.iter().map(bare).collect()
        };
        assert_eq!(plain(&own), plain(&mirror));
        assert_eq!(kinds(&own), [Kind::Injected, Kind::ToolCall, Kind::ToolResult, Kind::Text]);
        assert_eq!(own.events[0].session, "s/x");
    }

    #[test]
    fn a_fork_keeps_identities_though_session_and_uuid_are_rewritten() {
        let long = CLAUDE_CODE
            .replace("msg_1", "msg_019u4NadNhSTz49nZmH5spPm")
            .replace("toolu_1", "toolu_018jF7kA6N2zbZyVmhEiXEQH");
        let ids = |text: &str| -> Vec<_> { read(text).events[2..].iter().map(|event| event.id).collect() };
        let fork = long.replace("s-1", "s-2").replace("\"a1\"", "\"z1\"").replace("\"a2\"", "\"z2\"");
        assert_eq!(ids(&long), ids(&fork));
        // Short ids say nothing beyond their session.
        assert_ne!(ids(CLAUDE_CODE), ids(&CLAUDE_CODE.replace("s-1", "s-2")));
    }

    #[test]
    fn usage_of_every_shape() {
        let usage = |usage: &str| {
            let message = format!(r#""message":{{"id":"m","content":[],"usage":{usage}}}"#);
            lines(&[line(&format!(r#""type":"assistant","uuid":"a",{message}"#))])
        };
        let of = |text: &str| usage(text).events[0].usage.unwrap();
        let split = r#"{"cache_creation_input_tokens":9,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4}}"#;
        assert_eq!(of(split).cache_write, 7);
        let zeros = r#"{"cache_creation_input_tokens":9,"cache_creation":{"ephemeral_5m_input_tokens":0}}"#;
        assert_eq!(of(zeros).cache_write, 9);
        assert_eq!(of(r#"{"input_tokens":null,"output_tokens":5}"#), Usage { output: 5, ..Usage::default() });
        assert_eq!(
            of(r#"{"output_tokens":5,"output_tokens_details":{"thinking_tokens":4}}"#).reasoning,
            Some(4)
        );
        let bad = usage(r#"{"input_tokens":-1,"output_tokens":"5"}"#);
        assert_eq!(issues(&bad), [IssueKind::BadCount, IssueKind::BadCount]);
        let advised = usage(
            r#"{"output_tokens":5,"iterations":[{"type":"message","output_tokens":5},{"type":"advisor_message","model":"big","output_tokens":70}]}"#,
        );
        assert_eq!(total(&advised).output, 75);
        assert_eq!(advised.events[1].model.as_deref(), Some("big"));
        assert_eq!(advised.events[1].request.as_deref(), Some("m#advisor-0"));
    }

    #[test]
    fn a_request_is_always_named() {
        let nameless = line(r#""type":"assistant","message":{"content":[],"usage":{"output_tokens":5}}"#);
        assert_eq!(lines(&[nameless]).events[0].request.as_deref(), Some("stem@0"));
        let by_request =
            line(r#""type":"assistant","requestId":"r","message":{"usage":{"output_tokens":5}}"#);
        assert_eq!(lines(&[by_request]).events[0].request.as_deref(), Some("r"));
    }

    #[test]
    fn a_field_of_another_type_does_not_lose_the_record() {
        let odd = r#"{"type":"user","uuid":7,"sessionId":"s","timestamp":{},"version":[],"isMeta":"no","message":{"content":"hello"}}"#;
        let found = read(log(&[CLAUDE_CODE.lines().nth(1).unwrap(), odd]));
        assert_eq!(texts(&found)[1], "hello");
        assert_eq!(issues(&found), [IssueKind::WrongType; 3]);
    }

    #[test]
    fn an_orphan_result_is_told_and_delivered() {
        let orphan = r#""type":"user","uuid":"u","message":{"content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}"#;
        let found = lines(&[line(orphan)]);
        assert_eq!((kinds(&found), issues(&found)), (vec![Kind::ToolResult], vec![IssueKind::OrphanResult]));
    }

    #[test]
    fn broken_arguments_are_kept_as_text() {
        let call = r#"{"type":"tool_use","id":"t","name":"Bash","input":"{\"command\": \"ls"}"#;
        let found = lines(&[assistant("a", "u", call)]);
        assert_eq!(found.events[0].arguments.as_deref(), Some(r#"{"command": "ls"#));
        assert_eq!(issues(&found), [IssueKind::BadArguments]);
    }

    #[test]
    fn the_headless_stream_names_its_sub_agents() {
        let found = read(log(&[
            r#"{"type":"system","subtype":"init","session_id":"h","cwd":"/w"}"#,
            r#"{"type":"assistant","session_id":"h","parent_tool_use_id":null,"message":{"id":"m","content":[{"type":"text","text":"hi"}]}}"#,
            r#"{"type":"assistant","session_id":"h","parent_tool_use_id":"t9","message":{"id":"n","content":[{"type":"text","text":"sub"}]}}"#,
            r#"{"type":"result","subtype":"success","session_id":"h","usage":{"output_tokens":9}}"#,
        ]));
        assert_eq!(found.events.iter().map(|event| &*event.session).collect::<Vec<_>>(), ["h", "h/t9"]);
        assert_eq!(found.issues, []);
    }

    #[test]
    fn an_export_gives_the_events_of_its_lines_in_their_places() {
        let text = crate::testing::export();
        let (export, lines) = (read(&text), read(CLAUDE_CODE));
        assert_eq!(kinds(&export), kinds(&lines));
        for (event, original) in export.events.iter().zip(&lines.events) {
            assert_eq!((&event.text, event.id), (&original.text, original.id));
            assert_eq!(event.position.line, original.position.line + 2);
            let start = event.position.byte as usize;
            let record = CLAUDE_CODE.lines().nth(original.position.line as usize - 1).unwrap();
            assert!(text[start..].starts_with(record));
        }
    }

    #[test]
    fn cutting_a_file_in_two_changes_nothing_but_positions() {
        let whole = read(CLAUDE_CODE);
        for cut in 1..CLAUDE_CODE.lines().count() {
            let at: usize = CLAUDE_CODE.lines().take(cut).map(|line| line.len() + 1).sum();
            let (first, second) = CLAUDE_CODE.split_at(at);
            let both: Vec<_> = read(first).events.into_iter().chain(read(second).events).collect();
            let bare = |event: &Event<'static>| Event { position: Position::default(), ..event.clone() };
            assert_eq!(
                both.iter().map(bare).collect::<Vec<_>>(),
                whole.events.iter().map(bare).collect::<Vec<_>>()
            );
        }
    }
}
