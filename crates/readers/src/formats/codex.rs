//! **What it reads**: rollouts of the Codex CLI, one JSON object a line, and the bare items of its first releases.
//!
//! **Where**: `sessions/YYYY/MM/DD/rollout-….jsonl` below `CODEX_HOME` or `~/.codex`, older ones moved to
//! `archived_sessions/` and compressed to `.jsonl.zst`. `history.jsonl` and `auth.json` beside them are no rollouts.
//!
//! **Record shape**: `{timestamp, type, payload, ordinal?}`. Most of what happens is written twice, as an item of the
//! conversation (`response_item`) and as an event of the screen (`event_msg`). The first of the two is delivered, its
//! twin dropped: they stand close together and say the same text.
//!
//! | record | event |
//! |---|---|
//! | `session_meta` | names the session: the first one of a file counts |
//! | `turn_context`, `thread_settings_applied` | the model from here on |
//! | `message` of `user`, `user_message` | `Prompt`; `Injected` by its opening tag, and in sub-agents |
//! | `message` of `developer`, `system` | `Injected` |
//! | `message` of `assistant`, `agent_message` | `Text` |
//! | `reasoning`, `agent_reasoning` | `Reasoning`, where it is not encrypted |
//! | `function_call`, `custom_tool_call`, `local_shell_call`, `tool_search_call` | `ToolCall` |
//! | their `…_output` | `ToolResult` |
//! | `web_search_call` | `ToolCall` and a `ToolResult` without text: its output is never written |
//! | `token_count`, `token_usage_record` | `Usage` |
//! | `turn_aborted` | `Abort` |
//! | `compacted`, `context_compacted` | `Compaction`, once |
//! | `thread_rolled_back` | `Rewind` |
//! | `error`, `stream_error` | `ApiError` |
//!
//! **Requests**: rollouts do not name their model calls. The n-th is called `<thread>#<n>`; what the model writes
//! belongs to the current one, and the usage that follows closes it.
//!
//! **Tokens**: `last_token_usage` of a `token_count` whose total moved; a repeated total is a refresh of the screen. A
//! total that went down is a new start, not a negative call. `token_usage_record` is preferred once it appears. Input
//! includes the cache, so cached and written tokens are taken out of it.
//!
//! **Errors**: the exit code that `exec_command_end`, `patch_apply_end` or `mcp_tool_call_end` gave before the output,
//! else `metadata.exit_code`, else the header of the output (never its body; the header is no part of the result), else the fixed sentences with which the
//! harness refuses a call. An output that is JSON text around `output` is delivered as that inner text.
//!
//! **Replay**: a fork or a sub-agent starts with a copy of another thread. Until `subagent_history_start_ordinal`, else
//! until the first `inter_agent_communication` that triggers a turn or the first record a second younger than the
//! file's first one, records are delivered under the identity they have in the thread they were copied from
//! (`forked_from_id`, the parent, or the `session_meta` that was copied along), and their usage is not delivered.
//!
//! **When it misleads**: a fork of a fork names only one origin for all it copied, so that text of the other is not
//! known again (calls are, by their ids). A sub-agent of a sub-agent is named after its direct parent's thread. The
//! newest builds may hide calls inside the script of one `exec` tool.
//!
//! **Cost**: one pass over each line; held per source are hashes of call ids and texts.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use goodhart_trace::{
    Decoder, Event, EventId, Format, Head, IssueKind, Kind, Position, Record, Sink, Source, Usage,
};
use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::content::{Block, Content, Joined, call_id, checked_arguments, result_id};
use crate::json::{Count, Field, Leaf, Moment, Notes, Number, Object, Text, arguments, object};
use crate::seen::Seen;

/// Rollouts of the Codex CLI.
pub struct Codex;

impl Format for Codex {
    fn id(&self) -> &'static str {
        "codex"
    }

    fn title(&self) -> &'static str {
        "OpenAI Codex CLI rollouts (JSON Lines)"
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        head.lines.iter().any(is_wrapped) || head.lines.first().is_some_and(is_bare_header)
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Reader::new(source))
    }
}

/// Records around everything else, of which `payload` says more.
const WRAPPERS: &[&str] =
    &["session_meta", "response_item", "event_msg", "turn_context", "compacted", "token_usage_record"];

/// Records, items and screen events that carry nothing for us, or repeat what another record says.
const IGNORED: &[&str] = &[
    // Records.
    "world_state",
    "realtime_item",
    "retained_context",
    // Items of the conversation.
    "ghost_snapshot",
    "compaction",
    "context_compaction",
    "configuration_update",
    "image_generation_call",
    "other",
    // Screen events.
    "task_started",
    "turn_started",
    "task_complete",
    "turn_complete",
    "thread_name_updated",
    "thread_goal_updated",
    "entered_review_mode",
    "exited_review_mode",
    "item_started",
    "item_completed",
    "session_configured",
    "exec_command_begin",
    "exec_command_output_delta",
    "exec_approval_request",
    "apply_patch_approval_request",
    "terminal_interaction",
    "patch_apply_begin",
    "patch_apply_updated",
    "turn_diff",
    "plan_update",
    "plan_delta",
    "mcp_tool_call_begin",
    "mcp_startup_update",
    "mcp_startup_complete",
    "web_search_begin",
    "web_search_end",
    "view_image_tool_call",
    "image_generation_begin",
    "image_generation_end",
    "dynamic_tool_call_request",
    "dynamic_tool_call_response",
    "collab_agent_spawn_begin",
    "collab_agent_spawn_end",
    "collab_agent_interaction_begin",
    "collab_agent_interaction_end",
    "collab_waiting_begin",
    "collab_waiting_end",
    "collab_close_begin",
    "collab_close_end",
    "collab_resume_begin",
    "collab_resume_end",
    "sub_agent_activity",
    "agent_message_delta",
    "agent_message_content_delta",
    "agent_reasoning_delta",
    "agent_reasoning_raw_content",
    "agent_reasoning_raw_content_delta",
    "agent_reasoning_section_break",
    "reasoning_content_delta",
    "reasoning_raw_content_delta",
    "background_event",
    "undo_started",
    "undo_completed",
    "deprecation_notice",
    "warning",
    "guardian_assessment",
    "guardian_warning",
    "model_reroute",
    "model_verification",
    "hook_started",
    "hook_completed",
    "request_user_input",
    "request_permissions",
    "elicitation_request",
    "raw_response_item",
    "skills_update_available",
    "shutdown_complete",
];

/// Openings of user text that the harness wrote.
const NOT_HUMAN: &[&str] = &[
    "<environment_context>",
    "<user_instructions>",
    "# AGENTS.md instructions",
    "<skill>",
    "<turn_aborted>",
    "<subagent_notification>",
    "<user_shell_command>",
    "<permissions instructions>",
    "<collaboration_mode>",
    "<personality_spec>",
    "<model_switch>",
];

/// Fixed sentences with which the harness refuses or fails a call.
const REFUSALS: &[&str] = &[
    "apply_patch verification failed",
    "failed to parse function arguments",
    "unsupported call",
    "exec_command failed",
    "write_stdin failed",
    "execution error",
];

/// A record later than the first one by more than this is no copy that was made when the file began.
const BURST_MS: i64 = 1000;

/// Texts among which a twin is looked for.
const TWIN_WINDOW: usize = 32;

/// Lines of an output that can belong to its header.
const HEADER_LINES: usize = 8;

fn is_wrapped(line: &Value) -> bool {
    let wrapper = line.get("type").and_then(Value::as_str).is_some_and(|kind| WRAPPERS.contains(&kind));
    wrapper && line.get("payload").is_some_and(Value::is_object) && line.get("timestamp").is_some()
}

/// The first line of the first releases: a session header without a type.
fn is_bare_header(line: &Value) -> bool {
    let has = |key| line.get(key).is_some();
    has("id") && has("timestamp") && has("instructions") && !has("type") && !has("messages")
}

/// A record: the envelope, or a bare item whose fields are those of [`Payload`].
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Line<'a> {
    timestamp: Field<Moment>,
    #[serde(rename = "type")]
    kind: Text<'a>,
    ordinal: Field<Ordinal>,
    payload: Field<Object<Payload<'a>>>,
    record_type: Text<'a>,
}

/// Every field of every payload that we use.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Payload<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    // session_meta
    id: Text<'a>,
    session_id: Text<'a>,
    cli_version: Text<'a>,
    source: Field<Origin<'a>>,
    forked_from_id: Text<'a>,
    parent_thread_id: Text<'a>,
    subagent_history_start_ordinal: Field<Ordinal>,
    // turn_context, thread_settings_applied
    model: Text<'a>,
    thread_settings: Field<Object<Settings<'a>>>,
    // items
    role: Text<'a>,
    content: Field<Content<'a>>,
    summary: Option<&'a RawValue>,
    name: Text<'a>,
    namespace: Text<'a>,
    arguments: Option<&'a RawValue>,
    input: Option<&'a RawValue>,
    action: Option<&'a RawValue>,
    call_id: Text<'a>,
    output: Field<Output<'a>>,
    status: Text<'a>,
    // screen events
    message: Option<&'a RawValue>,
    text: Text<'a>,
    exit_code: Field<i64>,
    success: Field<bool>,
    result: Field<McpResult>,
    trigger_turn: Field<bool>,
    // usage
    info: Field<Object<Info>>,
    usage: Field<Object<Tokens>>,
    response_id: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Settings<'a> {
    model: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Info {
    total_token_usage: Field<Object<Tokens>>,
    last_token_usage: Field<Object<Tokens>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    input_tokens: Field<Count>,
    cached_input_tokens: Field<Count>,
    cache_write_input_tokens: Field<Count>,
    output_tokens: Field<Count>,
    reasoning_output_tokens: Field<Count>,
}

/// `source` of a session: a word, or for sub-agents an object that names the parent.
struct Origin<'a> {
    parent: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Leaf<'de> for Origin<'a> {
    const EXPECTED: &'static str = "a string or an object";

    fn owned(_: &str) -> Option<Self> {
        Some(Origin { parent: None })
    }

    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        struct Source<'a> {
            subagent: Field<Object<Spawned<'a>>>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        struct Spawned<'a> {
            thread_spawn: Field<Object<Spawn<'a>>>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        struct Spawn<'a> {
            parent_thread_id: Text<'a>,
        }
        let source = Object::<Source<'a>>::map(map)?;
        let spawned = source.and_then(|Object(source)| source.subagent.quiet());
        let spawn = spawned.and_then(|Object(spawned)| spawned.thread_spawn.quiet());
        Ok(Some(Origin { parent: spawn.and_then(|Object(spawn)| spawn.parent_thread_id.quiet()) }))
    }
}

/// A line number of the writer, sometimes written as text.
#[derive(Debug, Clone, Copy)]
struct Ordinal(u64);

impl Leaf<'_> for Ordinal {
    const EXPECTED: &'static str = "a line number";

    fn owned(text: &str) -> Option<Self> {
        text.parse().ok().map(Ordinal)
    }

    fn number(number: Number) -> Option<Self> {
        match number {
            Number::Unsigned(value) => Some(Ordinal(value)),
            _ => None,
        }
    }
}

/// Output of a call: text, items of content, or the early `{content, success}`.
struct Output<'a> {
    content: Content<'a>,
    success: Option<bool>,
}

impl<'de: 'a, 'a> Leaf<'de> for Output<'a> {
    const EXPECTED: &'static str = "a string, an array or an object";

    fn borrowed(text: &'de str) -> Option<Self> {
        Content::borrowed(text).map(|content| Output { content, success: None })
    }

    fn owned(text: &str) -> Option<Self> {
        Content::owned(text).map(|content| Output { content, success: None })
    }

    fn seq<A: SeqAccess<'de>>(seq: A) -> Result<Option<Self>, A::Error> {
        Ok(Content::seq(seq)?.map(|content| Output { content, success: None }))
    }

    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        struct Early<'a> {
            content: Field<Content<'a>>,
            success: Field<bool>,
        }
        let Some(Object(early)) = Object::<Early<'a>>::map(map)? else { return Ok(None) };
        let content = early.content.quiet().unwrap_or(Content::Blocks(Vec::new()));
        Ok(Some(Output { content, success: early.success.quiet() }))
    }
}

/// Result of an MCP call: `{"Ok":{…}}` or `{"Err":…}`.
struct McpResult {
    failed: bool,
}

impl<'de> Leaf<'de> for McpResult {
    const EXPECTED: &'static str = "an object";

    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        struct Either<'a> {
            #[serde(rename = "Ok")]
            ok: Field<Object<Fine>>,
            #[serde(rename = "Err")]
            err: Option<&'a RawValue>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Fine {
            #[serde(rename = "isError")]
            is_error: Field<bool>,
        }
        let either = Object::<Either<'de>>::map(map)?;
        Ok(either.map(|Object(either)| {
            let refused = either.ok.as_ref().is_some_and(|Object(fine)| fine.is_error.holds());
            McpResult { failed: refused || either.err.is_some() }
        }))
    }
}

/// The thread that a file belongs to.
#[derive(Default)]
struct Thread {
    id: String,
    /// `parent/id` for a sub-agent, else `id`.
    session: String,
    parent: Option<String>,
    version: Option<String>,
}

/// The copied beginning of a fork or a sub-agent.
struct Replay {
    /// The thread that the records were copied from, as far as known.
    origin: String,
    until_ordinal: Option<u64>,
    until_ms: Option<i64>,
}

struct Reader {
    file: u32,
    thread: Thread,
    named: bool,
    replay: Option<Replay>,
    model: Option<String>,
    /// Number of the current model call in its thread.
    request: u64,
    meter: Meter,
    calls: Seen,
    responses: Seen,
    /// Whether calls failed, as screen events said before the output came.
    ends: HashMap<EventId, bool>,
    twins: Twins,
    /// How often a text was delivered: equal texts are told apart by their number.
    repeats: HashMap<EventId, u32>,
    searches: u64,
    marks: u64,
    /// The latest record was a compaction, up to the next output.
    compacted: bool,
    /// A prompt was delivered by the record just before, as an item.
    prompt_item_before: bool,
    /// The model wrote something since the last accepted usage.
    output_since_usage: bool,
}

impl Decoder for Reader {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spare = String::new();
        if let Some(line) = object::<Line<'_>>(record.text, &mut spare, &mut notes) {
            self.line(line, record.text, &mut notes);
        }
    }
}

/// Time and place of one record.
#[derive(Clone, Copy)]
struct At {
    time_ms: Option<i64>,
    position: Position,
}

impl Reader {
    fn new(source: &Source<'_>) -> Self {
        let stem = source.stem().to_owned();
        Reader {
            file: source.file,
            thread: Thread { id: stem.clone(), session: stem, ..Thread::default() },
            named: false,
            replay: None,
            model: None,
            request: 0,
            meter: Meter::default(),
            calls: Seen::default(),
            responses: Seen::default(),
            ends: HashMap::new(),
            twins: Twins::default(),
            repeats: HashMap::new(),
            searches: 0,
            marks: 0,
            compacted: false,
            prompt_item_before: false,
            output_since_usage: false,
        }
    }

    fn line(&mut self, line: Line<'_>, text: &str, notes: &mut Notes<'_>) {
        let at = At { time_ms: line.timestamp.time("timestamp", notes), position: notes.position };
        let ordinal = line.ordinal.take("ordinal", notes).map(|Ordinal(ordinal)| ordinal);
        self.leave_replay(ordinal, at.time_ms);
        let prompt_before = std::mem::take(&mut self.prompt_item_before);
        let kind = line.kind.take("type", notes);
        let payload = match line.payload {
            Field::Absent if line.record_type.as_ref().is_some() => return,
            Field::Absent => return self.bare(kind.as_deref(), text, at, notes),
            payload => payload.take("payload", notes),
        };
        let Some(Object(payload)) = payload else { return };
        match kind.as_deref() {
            Some("response_item") => self.item(payload, at, notes),
            Some("event_msg") => self.screen(payload, prompt_before, at, notes),
            Some("session_meta") => self.meta(payload, at, notes),
            Some("turn_context") => self.set_model(payload.model, notes),
            Some("compacted") => self.compaction(at, notes),
            Some("token_usage_record") => self.usage_record(payload, at, notes),
            Some("inter_agent_communication" | "inter_agent_communication_metadata") => {
                if payload.trigger_turn.holds() && self.replay_without_ordinal() {
                    self.own();
                }
            }
            Some(other) if IGNORED.contains(&other) => {}
            Some(other) => notes.unknown(IssueKind::UnknownRecord, "type", other),
            None => notes.issue(IssueKind::MissingField, "type: expected a kind of record, found none"),
        }
    }

    /// A record of the first releases: a header without a type, or an item without an envelope.
    fn bare(&mut self, kind: Option<&str>, text: &str, at: At, notes: &mut Notes<'_>) {
        let mut spare = String::new();
        let Some(payload) = object::<Payload<'_>>(text, &mut spare, notes) else { return };
        match kind {
            Some(_) => self.item(payload, at, notes),
            None if payload.role.as_ref().is_some() => self.item(payload, at, notes),
            None if payload.id.as_ref().is_some() => self.meta(payload, at, notes),
            None => notes.issue(IssueKind::MissingField, "payload: expected an object, found none"),
        }
    }

    fn meta(&mut self, payload: Payload<'_>, at: At, notes: &mut Notes<'_>) {
        let id = payload.id.take("payload.id", notes);
        let Some(id) = id.or_else(|| payload.session_id.quiet()) else {
            return notes
                .issue(IssueKind::MissingField, "payload.id: expected the id of the thread, found none");
        };
        if self.named {
            return self.copied_meta(&id, at);
        }
        self.named = true;
        let spawn = payload.source.quiet().and_then(|origin| origin.parent);
        let parent = spawn.or_else(|| payload.parent_thread_id.quiet()).filter(|parent| *parent != id);
        let forked = payload.forked_from_id.quiet();
        let until_ordinal = payload.subagent_history_start_ordinal.quiet().map(|Ordinal(ordinal)| ordinal);
        if let Some(origin) = forked.or_else(|| parent.clone()) {
            let until_ms = at.time_ms.map(|time_ms| time_ms + BURST_MS);
            self.replay = Some(Replay { origin: origin.into_owned(), until_ordinal, until_ms });
        }
        self.thread = Thread {
            session: parent.as_ref().map_or_else(|| id.to_string(), |parent| format!("{parent}/{id}")),
            id: id.into_owned(),
            parent: parent.map(Cow::into_owned),
            version: payload.cli_version.take("payload.cli_version", notes).map(Cow::into_owned),
        };
    }

    /// A second header: of this thread when it is resumed, of the origin when its history was copied.
    fn copied_meta(&mut self, id: &str, at: At) {
        if id == self.thread.id {
            return;
        }
        match &mut self.replay {
            Some(replay) => replay.origin = id.to_owned(),
            None if self.request == 0 && !self.output_since_usage => {
                let until_ms = at.time_ms.map(|time_ms| time_ms + BURST_MS);
                self.replay = Some(Replay { origin: id.to_owned(), until_ordinal: None, until_ms });
            }
            None => {}
        }
    }

    fn leave_replay(&mut self, ordinal: Option<u64>, time_ms: Option<i64>) {
        let Some(replay) = &self.replay else { return };
        let copied = match (replay.until_ordinal, ordinal) {
            (Some(until), Some(ordinal)) => ordinal < until,
            _ => time_ms.zip(replay.until_ms).is_some_and(|(time_ms, until)| time_ms <= until),
        };
        if !copied {
            self.own();
        }
    }

    fn replay_without_ordinal(&self) -> bool {
        self.replay.as_ref().is_some_and(|replay| replay.until_ordinal.is_none())
    }

    /// From here on the records are the thread's own.
    fn own(&mut self) {
        self.replay = None;
        self.request = 0;
        self.output_since_usage = false;
        self.repeats.clear();
    }

    /// The thread in which the current records were first written.
    fn origin(&self) -> &str {
        self.replay.as_ref().map_or(&self.thread.id, |replay| &replay.origin)
    }

    fn set_model(&mut self, model: Text<'_>, notes: &mut Notes<'_>) {
        if let Some(model) = model.take("payload.model", notes) {
            self.model = Some(model.into_owned());
        }
    }

    fn item(&mut self, payload: Payload<'_>, at: At, notes: &mut Notes<'_>) {
        let kind = payload.kind.as_ref().map(AsRef::as_ref);
        match kind {
            Some("message") => self.message(payload, at, notes),
            None if payload.role.as_ref().is_some() => self.message(payload, at, notes),
            Some("reasoning") => self.reasoning(payload, at, notes),
            Some("function_call" | "custom_tool_call" | "local_shell_call" | "tool_search_call") => {
                self.call(payload, at, notes);
            }
            Some("function_call_output" | "custom_tool_call_output" | "tool_search_output") => {
                self.result(payload, at, notes);
            }
            Some("web_search_call") => self.web_search(payload, at, notes),
            // Messages between agents: context that the sub-agent's own file holds as well.
            Some("agent_message") => {}
            Some(other) if IGNORED.contains(&other) => {}
            Some(other) => notes.unknown(IssueKind::UnknownRecord, "payload.type", other),
            None => notes.issue(IssueKind::MissingField, "payload.type: expected a kind of item, found none"),
        }
    }

    fn screen(&mut self, payload: Payload<'_>, prompt_before: bool, at: At, notes: &mut Notes<'_>) {
        let Some(kind) = payload.kind.as_ref().map(|kind| kind.to_string()) else {
            return notes
                .issue(IssueKind::MissingField, "payload.type: expected a kind of event, found none");
        };
        match kind.as_str() {
            // The item just before is the same prompt, even where the harness wrapped its text.
            "user_message" if prompt_before => {
                self.twin("user", &message(&payload).unwrap_or_default(), Side::Screen);
            }
            "user_message" => self.said("user", message(&payload), Side::Screen, at, notes),
            "agent_message" => self.said("assistant", message(&payload), Side::Screen, at, notes),
            "agent_reasoning" => {
                let text = payload.text.take("payload.text", notes);
                self.said("reasoning", text, Side::Screen, at, notes);
            }
            "token_count" => self.token_count(payload, at, notes),
            "exec_command_end" => {
                self.end(&payload.call_id, payload.exit_code.as_ref().map(|&code| code != 0))
            }
            "patch_apply_end" => self.end(&payload.call_id, payload.success.as_ref().map(|success| !success)),
            "mcp_tool_call_end" => {
                self.end(&payload.call_id, payload.result.as_ref().map(|result| result.failed))
            }
            "thread_settings_applied" => {
                if let Some(Object(settings)) = payload.thread_settings.quiet() {
                    self.set_model(settings.model, notes);
                }
            }
            "turn_aborted" => self.mark(Kind::Abort, None, at, notes),
            "thread_rolled_back" => self.mark(Kind::Rewind, None, at, notes),
            "context_compacted" => self.compaction(at, notes),
            "error" | "stream_error" => self.mark(Kind::ApiError, message(&payload), at, notes),
            other if IGNORED.contains(&other) => {}
            other => notes.unknown(IssueKind::UnknownRecord, "payload.type", other),
        }
    }

    fn message(&mut self, payload: Payload<'_>, at: At, notes: &mut Notes<'_>) {
        let role = payload.role.take("payload.role", notes).unwrap_or_default();
        let content = payload.content.take("payload.content", notes);
        let text = content.and_then(|content| content.joined(notes));
        self.said(&role, text, Side::Item, at, notes);
    }

    /// Reasoning is shown section by section on the screen and as one item in the conversation.
    fn reasoning(&mut self, payload: Payload<'_>, at: At, notes: &mut Notes<'_>) {
        let summary =
            payload.summary.and_then(|raw| serde_json::from_str::<Field<Content<'_>>>(raw.get()).ok());
        let content = payload.content.quiet();
        let mut fresh = Joined::default();
        for block in [summary.and_then(Field::quiet), content].into_iter().flatten().flat_map(Content::blocks)
        {
            let text = block.quiet().and_then(|Block(shape)| shape.text.quiet());
            if let Some(text) = text.filter(|text| !self.twin("reasoning", text, Side::Item)) {
                fresh.push(text);
            }
        }
        self.deliver_text("reasoning", fresh.0, at, notes);
    }

    fn said(&mut self, role: &str, text: Option<Cow<'_, str>>, side: Side, at: At, notes: &mut Notes<'_>) {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        if self.twin(role, &text, side) {
            return;
        }
        self.prompt_item_before = side == Side::Item && self.kind_of(role, &text) == Some(Kind::Prompt);
        self.deliver_text(role, Some(text), at, notes);
    }

    fn twin(&mut self, role: &str, text: &str, side: Side) -> bool {
        self.twins.is_second(EventId::of(&[role, text.trim()]), side)
    }

    fn kind_of(&self, role: &str, text: &str) -> Option<Kind> {
        Some(match role {
            "user" if self.thread.parent.is_some() || is_injected(text) => Kind::Injected,
            "user" => Kind::Prompt,
            "assistant" => Kind::Text,
            "reasoning" => Kind::Reasoning,
            "developer" | "system" => Kind::Injected,
            _ => return None,
        })
    }

    fn deliver_text(&mut self, role: &str, text: Option<Cow<'_, str>>, at: At, notes: &mut Notes<'_>) {
        let Some(text) = text else { return };
        let Some(kind) = self.kind_of(role, &text) else {
            return notes.unknown(IssueKind::UnknownRecord, "payload.role", role);
        };
        let number = self.repeats.entry(EventId::of(&[role, text.trim()])).or_default();
        *number += 1;
        let number = number.to_string();
        let id = EventId::of(&["codex", self.origin(), role, text.trim(), &number]);
        let request = matches!(kind, Kind::Text | Kind::Reasoning).then(|| self.output());
        let event = self.event(kind, at);
        notes.sink.event(Event {
            model: request.as_ref().and(self.model.as_deref()).map(Cow::Borrowed),
            request: request.map(Cow::Owned),
            text: Some(text),
            id: Some(id),
            ..event
        });
    }

    fn call(&mut self, payload: Payload<'_>, at: At, notes: &mut Notes<'_>) {
        let call = payload.call_id.take("payload.call_id", notes).or_else(|| payload.id.quiet());
        let kind = payload.kind.quiet().unwrap_or_default();
        let name = payload.name.take("payload.name", notes);
        let tool = match (name, kind.as_ref()) {
            (Some(name), _) => Some(qualified(payload.namespace.take("payload.namespace", notes), name)),
            (None, "local_shell_call") => Some("local_shell".into()),
            (None, "tool_search_call") => Some("tool_search".into()),
            (None, _) => None,
        };
        let arguments = match kind.as_ref() {
            "custom_tool_call" => payload.input.map(arguments),
            "local_shell_call" => payload.action.map(|raw| Cow::Borrowed(raw.get())),
            _ => payload.arguments.map(|raw| checked_arguments(raw, "payload.arguments", notes)),
        };
        if let Some(call) = &call {
            self.calls.insert(&[call]);
        }
        self.deliver_call(call, tool, arguments, at, notes);
    }

    fn deliver_call(
        &mut self,
        call: Option<Cow<'_, str>>,
        tool: Option<Cow<'_, str>>,
        arguments: Option<Cow<'_, str>>,
        at: At,
        notes: &mut Notes<'_>,
    ) {
        let request = self.output();
        let event = self.event(Kind::ToolCall, at);
        notes.sink.event(Event {
            id: call.as_deref().map(|call| call_id(self.origin(), call)),
            request: Some(Cow::Owned(request)),
            model: self.model.as_deref().map(Cow::Borrowed),
            call,
            tool,
            arguments,
            ..event
        });
    }

    fn result(&mut self, payload: Payload<'_>, at: At, notes: &mut Notes<'_>) {
        let Some(call) = payload.call_id.take("payload.call_id", notes) else {
            return notes
                .issue(IssueKind::MissingField, "payload.call_id: expected the id of a call, found none");
        };
        if !self.calls.contains(&[&call]) {
            notes.issue(
                IssueKind::OrphanResult,
                "payload.call_id: expected a call of this session, found none",
            );
        }
        let failed_status =
            payload.status.as_ref().is_some_and(|s| matches!(s.as_ref(), "failed" | "incomplete"));
        let ended = self.ends.remove(&EventId::of(&[&call]));
        let output = payload.output.take("payload.output", notes);
        let success = output.as_ref().and_then(|output| output.success);
        let text = output.and_then(|output| output.content.joined(notes));
        let (text, stated) = text.map_or((None, None), |text| {
            let (text, stated) = unwrapped(text);
            (Some(text), stated)
        });
        let error = ended.or(success.map(|success| !success)).or(stated).or(failed_status.then_some(true));
        self.deliver_result(call, text, error, at, notes);
    }

    fn deliver_result(
        &self,
        call: Cow<'_, str>,
        text: Option<Cow<'_, str>>,
        error: Option<bool>,
        at: At,
        notes: &mut Notes<'_>,
    ) {
        let id = Some(result_id(self.origin(), &call));
        let event = self.event(Kind::ToolResult, at);
        notes.sink.event(Event { call: Some(call), text, error, id, ..event });
    }

    fn web_search(&mut self, payload: Payload<'_>, at: At, notes: &mut Notes<'_>) {
        self.searches += 1;
        let numbered = || format!("{}#web-{}", self.origin(), self.searches);
        let call = payload.id.take("payload.id", notes).unwrap_or_else(|| Cow::Owned(numbered()));
        let arguments = payload.action.map(|raw| Cow::Borrowed(raw.get()));
        let failed = payload.status.as_ref().map(|status| status == "failed");
        self.deliver_call(Some(call.clone()), Some("web_search".into()), arguments, at, notes);
        self.deliver_result(call, None, failed, at, notes);
    }

    /// A screen event that tells how a call ended. Where it comes after the output it says how the process ended in
    /// the background, not how the call did.
    fn end(&mut self, call: &Text<'_>, failed: Option<bool>) {
        if let (Some(call), Some(failed)) = (call.as_ref(), failed) {
            self.ends.insert(EventId::of(&[call]), failed);
        }
    }

    fn compaction(&mut self, at: At, notes: &mut Notes<'_>) {
        if !std::mem::replace(&mut self.compacted, true) {
            self.mark(Kind::Compaction, None, at, notes);
        }
    }

    fn mark(&mut self, kind: Kind, text: Option<Cow<'_, str>>, at: At, notes: &mut Notes<'_>) {
        self.marks += 1;
        let id = EventId::of(&["codex-mark", self.origin(), &format!("{kind:?}"), &self.marks.to_string()]);
        let event = self.event(kind, at);
        notes.sink.event(Event { text, id: Some(id), ..event });
    }

    fn token_count(&mut self, payload: Payload<'_>, at: At, notes: &mut Notes<'_>) {
        let Some(Object(info)) = payload.info.take("payload.info", notes) else { return };
        let usage = self.meter.read(info, self.replay.is_some(), notes);
        if let Some(usage) = usage.filter(|_| !self.meter.by_record) {
            self.close_request(usage, at, notes);
        }
    }

    fn usage_record(&mut self, payload: Payload<'_>, at: At, notes: &mut Notes<'_>) {
        let Some(Object(tokens)) = payload.usage.take("payload.usage", notes) else { return };
        let response = payload.response_id.take("payload.response_id", notes);
        if response.is_some_and(|id| !self.responses.insert(&[&id])) {
            return;
        }
        let first = !std::mem::replace(&mut self.meter.by_record, true);
        // The screen may have told the usage of this very call before its first record came.
        if first && self.request > 0 && !self.output_since_usage {
            self.request -= 1;
        }
        self.close_request(tokens.classes(notes), at, notes);
    }

    /// Usage of the current model call, which ends with it.
    fn close_request(&mut self, usage: Usage, at: At, notes: &mut Notes<'_>) {
        let request = self.request_name();
        if self.replay.is_none() {
            let event = self.event(Kind::Usage, at);
            notes.sink.event(Event {
                request: Some(Cow::Owned(request)),
                model: self.model.as_deref().map(Cow::Borrowed),
                usage: Some(usage),
                ..event
            });
        }
        self.request += 1;
        self.output_since_usage = false;
    }

    /// The model wrote: the name of its request.
    fn output(&mut self) -> String {
        self.output_since_usage = true;
        self.compacted = false;
        self.request_name()
    }

    fn request_name(&self) -> String {
        format!("{}#{}", self.origin(), self.request)
    }

    fn event(&self, kind: Kind, at: At) -> Event<'_> {
        Event {
            session: Cow::Borrowed(&self.thread.session),
            parent: self.thread.parent.as_deref().map(Cow::Borrowed),
            agent: Some(Cow::Borrowed("codex")),
            agent_version: self.thread.version.as_deref().map(Cow::Borrowed),
            kind,
            time_ms: at.time_ms,
            position: at.position,
            ..Event::default()
        }
    }
}

/// `message` of a screen event, where it is text.
fn message<'a>(payload: &Payload<'a>) -> Option<Cow<'a, str>> {
    payload.message.filter(|raw| raw.get().starts_with('"')).map(arguments)
}

/// User text that the harness wrote: by a known opening, or wrapped in one tag of its own.
fn is_injected(text: &str) -> bool {
    let text = text.trim();
    NOT_HUMAN.iter().any(|opening| text.starts_with(opening)) || is_one_element(text)
}

/// `<some_tag>…</some_tag>`; a human may well paste HTML, so the tag must have an underscore.
fn is_one_element(text: &str) -> bool {
    let Some((tag, rest)) = text.strip_prefix('<').and_then(|text| text.split_once('>')) else {
        return false;
    };
    let named = tag.contains('_') && tag.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    named && rest.strip_suffix('>').and_then(|rest| rest.strip_suffix(tag)).is_some_and(|r| r.ends_with("</"))
}

/// `namespace` and `name` are the two parts of one name; some builds leave out the line between.
fn qualified<'a>(namespace: Option<Cow<'a, str>>, name: Cow<'a, str>) -> Cow<'a, str> {
    match namespace.filter(|namespace| !namespace.is_empty()) {
        None => name,
        Some(space) if space.ends_with('_') || name.starts_with('_') => Cow::Owned(format!("{space}{name}")),
        Some(space) => Cow::Owned(format!("{space}__{name}")),
    }
}

/// The text of an output and what it says about failure in the places the harness writes to.
fn unwrapped(text: Cow<'_, str>) -> (Cow<'_, str>, Option<bool>) {
    #[derive(Default, Deserialize)]
    #[serde(default, bound(deserialize = "'de: 'a"))]
    struct Wrapped<'a> {
        output: Text<'a>,
        metadata: Field<Object<Metadata>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Metadata {
        exit_code: Field<i64>,
    }
    if text.starts_with('{')
        && let Ok(Field::Is(Object(wrapped))) = serde_json::from_str::<Field<Object<Wrapped<'_>>>>(&text)
        && let (Some(output), Some(Object(metadata))) = (wrapped.output.quiet(), wrapped.metadata.quiet())
    {
        let failed = metadata.exit_code.quiet().map(|code| code != 0);
        return (Cow::Owned(output.into_owned()), failed);
    }
    if REFUSALS.iter().any(|refusal| text.starts_with(refusal)) {
        return (text, Some(true));
    }
    match header_end(&text) {
        Some(end) => {
            let failed = header_failure(&text[..end]);
            (beyond(text, end), failed)
        }
        None => (text, None),
    }
}

/// The output without the header that the harness puts before it: its ids, times and counts are new in every call and
/// are nothing that the command has said.
fn beyond(text: Cow<'_, str>, end: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[end..]),
        Cow::Owned(mut text) => {
            text.drain(..end);
            Cow::Owned(text)
        }
    }
}

/// Where the header of an output ends, if it has one.
fn header_end(text: &str) -> Option<usize> {
    let starts = ["Chunk ID:", "Wall time:", "Process ", "Exit code:"];
    let opens = starts.iter().any(|start| text.starts_with(start));
    let mut lines = text.split_inclusive('\n').take(HEADER_LINES);
    let mut end = 0;
    let ends = lines.any(|line| {
        end += line.len();
        line.trim_end() == "Output:"
    });
    (opens && ends).then_some(end)
}

/// Failure by the header of an output; the body may hold the same words.
fn header_failure(header: &str) -> Option<bool> {
    let code = |line: &str| {
        let code =
            line.strip_prefix("Process exited with code ").or_else(|| line.strip_prefix("Exit code: "));
        code.and_then(|code| code.trim().parse::<i64>().ok())
    };
    header.lines().find_map(code).map(|code| code != 0)
}

/// Reads the cumulative counters of a thread.
#[derive(Default)]
struct Meter {
    total: Option<Usage>,
    /// `token_usage_record`s were met: they are exact, and the counters repeat them.
    by_record: bool,
}

impl Meter {
    /// Usage of the call that moved the counters; `None` for a mere refresh.
    fn read(&mut self, info: Info, replayed: bool, notes: &mut Notes<'_>) -> Option<Usage> {
        let total = info.total_token_usage.take("info.total_token_usage", notes).map(|t| t.0.classes(notes));
        let last = info.last_token_usage.take("info.last_token_usage", notes).map(|t| t.0.classes(notes));
        let before = self.total;
        if total.is_some() {
            self.total = total;
            if before == total {
                return None;
            }
        }
        last.or_else(|| match (before, total?) {
            (Some(before), total) if total.total() >= before.total() => Some(difference(&total, &before)),
            (Some(_), total) => Some(total),
            (None, total) => (!replayed).then_some(total),
        })
    }
}

fn difference(total: &Usage, before: &Usage) -> Usage {
    Usage {
        input: total.input.saturating_sub(before.input),
        cache_read: total.cache_read.saturating_sub(before.cache_read),
        cache_write: total.cache_write.saturating_sub(before.cache_write),
        output: total.output.saturating_sub(before.output),
        reasoning: total.reasoning.zip(before.reasoning).map(|(total, before)| total.saturating_sub(before)),
    }
}

impl Tokens {
    /// Input of the provider includes what was read from and written to the cache; ours does not.
    fn classes(self, notes: &mut Notes<'_>) -> Usage {
        let mut count = |field: Field<Count>, name: &str| field.count(name, notes);
        let input = count(self.input_tokens, "input_tokens").unwrap_or(0);
        let cache_read = count(self.cached_input_tokens, "cached_input_tokens").unwrap_or(0).min(input);
        let written = count(self.cache_write_input_tokens, "cache_write_input_tokens").unwrap_or(0);
        let cache_write = written.min(input - cache_read);
        Usage {
            input: input - cache_read - cache_write,
            cache_read,
            cache_write,
            output: count(self.output_tokens, "output_tokens").unwrap_or(0),
            reasoning: count(self.reasoning_output_tokens, "reasoning_output_tokens"),
        }
    }
}

/// Where a text was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Item,
    Screen,
}

/// Knows the second record of a text that both sides write.
#[derive(Default)]
struct Twins {
    /// Texts that wait for their twin of the other side, oldest first.
    waiting: VecDeque<(EventId, Side)>,
}

impl Twins {
    fn is_second(&mut self, text: EventId, side: Side) -> bool {
        let twin = self.waiting.iter().position(|&(waiting, other)| waiting == text && other != side);
        if let Some(at) = twin {
            self.waiting.remove(at);
            return true;
        }
        if self.waiting.len() == TWIN_WINDOW {
            self.waiting.pop_front();
        }
        self.waiting.push_back((text, side));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Collect;
    use crate::testing::{CODEX, issues, kinds, log, of_kind, read, requests, sample, texts, total};

    fn record(second: u32, kind: &str, payload: &str) -> String {
        format!(r#"{{"timestamp":"2026-04-01T08:00:{second:02}Z","type":"{kind}","payload":{payload}}}"#)
    }

    fn item(second: u32, payload: &str) -> String {
        record(second, "response_item", payload)
    }

    fn screen(second: u32, payload: &str) -> String {
        record(second, "event_msg", payload)
    }

    fn meta(second: u32, fields: &str) -> String {
        record(second, "session_meta", &format!("{{{fields}}}"))
    }

    fn tokens(second: u32, total: u64, last: u64) -> String {
        let usage = |tokens: u64| format!(r#"{{"input_tokens":{tokens},"output_tokens":1}}"#);
        let info = format!(r#"{{"total_token_usage":{},"last_token_usage":{}}}"#, usage(total), usage(last));
        screen(second, &format!(r#"{{"type":"token_count","info":{info}}}"#))
    }

    fn said(second: u32, role: &str, text: &str) -> String {
        item(
            second,
            &format!(r#"{{"type":"message","role":"{role}","content":[{{"type":"text","text":"{text}"}}]}}"#),
        )
    }

    fn call(second: u32, id: &str) -> String {
        item(second, &format!(r#"{{"type":"function_call","name":"f","arguments":"{{}}","call_id":"{id}"}}"#))
    }

    fn output(second: u32, id: &str, output: &str) -> String {
        let output = serde_json::to_string(output).unwrap();
        item(second, &format!(r#"{{"type":"function_call_output","call_id":"{id}","output":{output}}}"#))
    }

    fn lines(lines: &[String]) -> Collect {
        read(lines.join("\n"))
    }

    /// A thread `t` with these records.
    fn thread(records: &[String]) -> Collect {
        lines(&[&[meta(0, r#""id":"t""#)], records].concat())
    }

    #[test]
    fn the_skeleton_is_one_request_with_one_failed_call() {
        let found = read(CODEX);
        assert_eq!(kinds(&found), [Kind::Prompt, Kind::ToolCall, Kind::ToolResult, Kind::Usage]);
        let call = &found.events[1];
        assert_eq!(call.arguments.as_deref(), Some(r#"{"cmd":"cargo test"}"#));
        assert_eq!(
            (call.request.as_deref(), call.model.as_deref()),
            (Some("0190-aa#0"), Some("gpt-5.1-codex"))
        );
        assert_eq!(found.events[2].error, Some(true));
        let usage = Usage { input: 2000, cache_read: 7000, cache_write: 0, output: 120, reasoning: Some(60) };
        assert_eq!((found.events[3].usage, &found.events[3].request), (Some(usage), &call.request));
        assert_eq!(found.events[0].agent_version.as_deref(), Some("0.95.0"));
        assert_eq!(found.issues, []);
    }

    #[test]
    fn the_sample_rollout_has_its_known_totals() {
        let path = "codex/2026/03/02/rollout-2026-03-02T09-00-00-019c0000-0000-7000-8000-000000000002.jsonl";
        let Some(found) = sample(path) else { return };
        assert_eq!(requests(&found).len(), 4);
        let total = total(&found);
        assert_eq!((total.prompt(), total.cache_read, total.output), (37_700, 33_776, 300));
        assert_eq!(total.reasoning, Some(74));
        assert_eq!(of_kind(&found, Kind::Prompt).len(), 1);
        assert_eq!(of_kind(&found, Kind::Text).len(), 1);
        let errors: Vec<_> = of_kind(&found, Kind::ToolResult).iter().map(|result| result.error).collect();
        assert_eq!(errors, [Some(true), Some(true), Some(false)]);
        let result = of_kind(&found, Kind::ToolResult)[1];
        assert_eq!(result.text.as_deref(), Some("connection refused"));
        assert_eq!(found.issues, []);
    }

    #[test]
    fn both_sides_of_a_text_are_one_event_and_repeats_stay() {
        let agent = |second| screen(second, r#"{"type":"agent_message","message":"Done."}"#);
        let found = thread(&[
            agent(1),
            said(1, "assistant", "Done."),
            said(2, "assistant", "Done."),
            agent(2),
            said(3, "assistant", "Done."),
        ]);
        assert_eq!(texts(&found), ["Done."; 3]);
        let ids: std::collections::BTreeSet<_> = found.events.iter().map(|event| event.id).collect();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn reasoning_is_delivered_once_however_it_is_cut() {
        let section = |text: &str| screen(1, &format!(r#"{{"type":"agent_reasoning","text":"{text}"}}"#));
        let whole = item(
            1,
            r#"{"type":"reasoning","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"content":null,"encrypted_content":"x"}"#,
        );
        assert_eq!(texts(&thread(&[section("a"), section("b"), whole.clone()])), ["a", "b"]);
        assert_eq!(texts(&thread(&[whole, section("a"), section("b")])), ["a\nb"]);
        let hidden = item(1, r#"{"type":"reasoning","summary":[],"content":null,"encrypted_content":"x"}"#);
        assert_eq!(kinds(&thread(&[hidden])), []);
    }

    #[test]
    fn a_prompt_that_the_harness_wrapped_is_still_one() {
        let found = thread(&[
            said(1, "user", "<environment_context>x</environment_context>"),
            said(1, "user", "## My request: fix it"),
            screen(1, r#"{"type":"user_message","message":"fix it"}"#),
            said(2, "developer", "rules"),
            said(3, "user", "<some_new_tag>x</some_new_tag>"),
            said(4, "user", "<b>fix</b>"),
        ]);
        let injected = Kind::Injected;
        assert_eq!(kinds(&found), [injected, Kind::Prompt, injected, injected, Kind::Prompt]);
    }

    #[test]
    fn refreshed_counters_are_no_calls_and_a_decrease_is_a_new_start() {
        let found =
            thread(&[tokens(1, 100, 100), tokens(2, 100, 100), tokens(3, 250, 150), tokens(4, 60, 60)]);
        let inputs: Vec<u64> = found.events.iter().map(|event| event.usage.unwrap().input).collect();
        assert_eq!(inputs, [100, 150, 60]);
    }

    #[test]
    fn without_the_last_call_the_difference_of_totals_counts() {
        let total = |second, input: u64| {
            let info = format!(r#"{{"total_token_usage":{{"input_tokens":{input},"output_tokens":0}}}}"#);
            screen(second, &format!(r#"{{"type":"token_count","info":{info}}}"#))
        };
        let found = thread(&[total(1, 100), total(2, 130)]);
        let inputs: Vec<u64> = found.events.iter().map(|event| event.usage.unwrap().input).collect();
        assert_eq!(inputs, [100, 30]);
    }

    #[test]
    fn usage_records_replace_the_counters() {
        let exact = |second, id: &str, input: u64| {
            let usage = format!(
                r#"{{"input_tokens":{input},"cached_input_tokens":4,"cache_write_input_tokens":3,"output_tokens":1}}"#
            );
            record(second, "token_usage_record", &format!(r#"{{"response_id":"{id}","usage":{usage}}}"#))
        };
        let found = thread(&[
            call(1, "c1"),
            tokens(2, 9, 9),
            exact(2, "r1", 10),
            exact(2, "r1", 10),
            call(3, "c2"),
            exact(4, "r2", 20),
            tokens(4, 29, 20),
        ]);
        let usages: Vec<_> = requests(&found).into_values().collect();
        assert_eq!(usages.len(), 2);
        assert_eq!((usages[0].input, usages[0].cache_read, usages[0].cache_write), (3, 4, 3));
        assert_eq!(total(&found).total(), 11 + 21);
    }

    #[test]
    fn the_header_of_an_output_is_no_part_of_it() {
        let text = |output_text: &str| {
            of_kind(&thread(&[call(1, "c"), output(2, "c", output_text)]), Kind::ToolResult)[0]
                .text
                .clone()
                .unwrap_or_default()
                .into_owned()
        };
        assert_eq!(
            text("Chunk ID: 1a\nWall time: 0.1 seconds\nProcess exited with code 0\nOutput:\na\nb"),
            "a\nb"
        );
        assert_eq!(text("Wall time: 3 seconds of it"), "Wall time: 3 seconds of it");
    }

    #[test]
    fn failure_by_every_place_the_harness_writes_to() {
        let error = |records: &[String]| of_kind(&thread(records), Kind::ToolResult)[0].error;
        let by_output = |text: &str| error(&[call(1, "c"), output(2, "c", text)]);
        assert_eq!(by_output("Exit code: 1\nWall time: 1 seconds\nOutput:\nno"), Some(true));
        assert_eq!(by_output("Chunk ID: a\nProcess exited with code 0\nOutput:\nExit code: 1"), Some(false));
        assert_eq!(by_output("Wall time: 1 s\nProcess running with session ID 7\nOutput:\n"), None);
        assert_eq!(by_output("the log says\nExit code: 1"), None);
        assert_eq!(by_output(r#"{"output":"x","metadata":{"exit_code":2}}"#), Some(true));
        assert_eq!(by_output("apply_patch verification failed: no such line"), Some(true));
        assert_eq!(by_output("Wall time: 1 s\nExit code: 1\nand no output line"), None);
        let end = |fields: &str| screen(1, &format!(r#"{{"call_id":"c",{fields}}}"#));
        for (fields, expected) in [
            (r#""type":"exec_command_end","exit_code":3"#, true),
            (r#""type":"exec_command_end","exit_code":0"#, false),
            (r#""type":"patch_apply_end","success":false"#, true),
            (r#""type":"mcp_tool_call_end","result":{"Err":"no"}"#, true),
            (r#""type":"mcp_tool_call_end","result":{"Ok":{"content":[],"isError":true}}"#, true),
            (r#""type":"mcp_tool_call_end","result":{"Ok":{"content":[]}}"#, false),
        ] {
            let records = [call(1, "c"), end(fields), output(2, "c", "Exit code: 0\nOutput:\n")];
            assert_eq!(error(&records), Some(expected), "{fields}");
        }
    }

    #[test]
    fn every_kind_of_call() {
        let found = thread(&[
            item(1, r#"{"type":"custom_tool_call","name":"apply_patch","input":"*** Begin","call_id":"c1"}"#),
            item(
                1,
                r#"{"type":"custom_tool_call_output","call_id":"c1","output":[{"type":"input_text","text":"ok"}]}"#,
            ),
            item(
                2,
                r#"{"type":"local_shell_call","call_id":"c2","status":"completed","action":{"type":"exec","command":["ls"]}}"#,
            ),
            item(
                2,
                r#"{"type":"function_call_output","call_id":"c2","output":{"content":"no","success":false}}"#,
            ),
            item(
                3,
                r#"{"type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}}"#,
            ),
            item(
                4,
                r#"{"type":"function_call","name":"_fetch","namespace":"mcp__hub","arguments":"{}","call_id":"c3"}"#,
            ),
            item(
                4,
                r#"{"type":"function_call","name":"get","namespace":"mcp__hub","arguments":"oops","call_id":"c4"}"#,
            ),
        ]);
        let tools: Vec<_> = found.events.iter().filter_map(|event| event.tool.as_deref()).collect();
        assert_eq!(tools, ["apply_patch", "local_shell", "web_search", "mcp__hub_fetch", "mcp__hub__get"]);
        let results: Vec<_> =
            of_kind(&found, Kind::ToolResult).iter().map(|r| (r.text.as_deref(), r.error)).collect();
        assert_eq!(results, [(Some("ok"), None), (Some("no"), Some(true)), (None, Some(false))]);
        assert_eq!(issues(&found), [IssueKind::BadArguments]);
    }

    #[test]
    fn marks_of_the_session() {
        let found = thread(&[
            screen(1, r#"{"type":"turn_aborted","reason":"interrupted"}"#),
            record(
                2,
                "compacted",
                r#"{"message":"m","replacement_history":[{"type":"message","role":"user"}]}"#,
            ),
            screen(2, r#"{"type":"context_compacted"}"#),
            screen(3, r#"{"type":"thread_rolled_back","num_turns":1}"#),
            screen(4, r#"{"type":"error","message":"overloaded"}"#),
            screen(5, r#"{"type":"never_seen"}"#),
        ]);
        assert_eq!(kinds(&found), [Kind::Abort, Kind::Compaction, Kind::Rewind, Kind::ApiError]);
        assert_eq!(issues(&found), [IssueKind::UnknownRecord]);
    }

    /// What a thread `p` wrote: a prompt, a call, its usage.
    fn parent(second: impl Fn(u32) -> u32) -> Vec<String> {
        vec![
            meta(second(0), r#""id":"p""#),
            said(second(1), "user", "go"),
            call(second(2), "c1"),
            tokens(second(3), 100, 100),
            said(second(4), "assistant", "went"),
            tokens(second(5), 150, 50),
        ]
    }

    #[test]
    fn a_fork_replays_under_the_identities_of_its_origin_and_without_usage() {
        let original = lines(&parent(|second| second));
        let mut fork = vec![meta(30, r#""id":"f","forked_from_id":"p""#)];
        fork.extend(parent(|_| 30));
        fork.push(tokens(40, 150, 50));
        fork.push(call(41, "c2"));
        fork.push(tokens(42, 190, 40));
        let fork = lines(&fork);
        let ids = |found: &Collect| -> Vec<_> { found.events.iter().filter_map(|event| event.id).collect() };
        assert_eq!(ids(&fork)[..3], ids(&original)[..]);
        assert!(fork.events.iter().all(|event| event.session == "f" && event.parent.is_none()));
        assert_eq!(total(&fork).total(), 41);
        assert_eq!(requests(&fork).into_keys().map(|(_, request)| request).collect::<Vec<_>>(), ["f#0"]);
    }

    #[test]
    fn a_sub_agent_is_a_session_below_its_parent() {
        let source = r#""id":"k","source":{"subagent":{"thread_spawn":{"parent_thread_id":"p","depth":1}}},"subagent_history_start_ordinal":"2""#;
        let numbered =
            |ordinal: u32, line: String| line.replacen('{', &format!(r#"{{"ordinal":{ordinal},"#), 1);
        let found = lines(&[
            numbered(0, meta(0, source)),
            numbered(1, tokens(20, 100, 100)),
            numbered(2, said(21, "user", "look there")),
            numbered(3, call(22, "c")),
            numbered(4, tokens(23, 130, 30)),
        ]);
        assert_eq!(kinds(&found), [Kind::Injected, Kind::ToolCall, Kind::Usage]);
        assert!(
            found.events.iter().all(|event| event.session == "p/k" && event.parent.as_deref() == Some("p"))
        );
        assert_eq!(total(&found).input, 30);
    }

    #[test]
    fn the_first_releases_wrote_bare_items() {
        let found = read(log(&[
            r#"{"id":"old","timestamp":"2025-05-01T08:00:00Z","instructions":null,"git":{}}"#,
            r#"{"record_type":"state"}"#,
            r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}"#,
            r#"{"role":"assistant","content":[{"type":"output_text","text":"hello"}]}"#,
            r#"{"type":"local_shell_call","call_id":"c","action":{"command":["ls"]}}"#,
        ]));
        assert_eq!(kinds(&found), [Kind::Prompt, Kind::Text, Kind::ToolCall]);
        assert!(found.events.iter().all(|event| event.session == "old"));
        assert_eq!(found.issues, []);
    }
}
