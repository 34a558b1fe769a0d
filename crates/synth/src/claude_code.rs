//! Writes a played script as a Claude Code transcript: one JSON object per line.
//!
//! As in real logs a response takes one line per content block, every one repeating the usage, of which only the last
//! copy has the final count of output tokens; results of parallel calls hang below the line of their call; markers
//! without a time stand between the messages.

use crate::dice::Dice;
use crate::generate::Session;
use crate::play::{Moment, Usage};
use crate::record::{Node, Record};
use crate::script::{Call, Place, Request, Tier, Turn};
use crate::stamp::stamp;

/// Where the session took place.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) session: String,
    pub(crate) cwd: String,
    branch: String,
    version: &'static str,
    model: &'static str,
    /// Writes markers as newer versions do.
    markers: bool,
}

impl Setting {
    /// A random version and model for the sessions of an actor.
    pub(crate) fn new(place: &Place, dice: &mut Dice) -> Self {
        Self {
            session: dice.uuid(),
            cwd: place.root.clone(),
            branch: place.branch.clone(),
            version: dice.pick(&["2.0.76", "2.1.14", "2.1.49", "2.1.79", "2.1.90", "2.1.119"]),
            model: dice.pick(&[
                "claude-opus-4-6",
                "claude-opus-4-6",
                "claude-sonnet-4-6",
                "claude-sonnet-4-5-20250929",
                "claude-haiku-4-5-20251001",
                "claude-opus-4-7",
            ]),
            markers: dice.chance(0.7),
        }
    }

    /// The same agent in another session.
    pub(crate) fn next(&self, place: &Place, dice: &mut Dice) -> Self {
        let (cwd, branch) = (place.root.clone(), place.branch.clone());
        Self { session: dice.uuid(), cwd, branch, ..self.clone() }
    }

    fn model_of(&self, request: &Request) -> &'static str {
        match request.tier {
            Some(Tier::Small) => "claude-haiku-4-5-20251001",
            Some(Tier::Top) => "claude-opus-4-7",
            None => self.model,
        }
    }
}

/// The transcript.
pub(crate) fn write(
    turns: &[Turn],
    moments: &[Moment],
    setting: &Setting,
    history: Option<&Session>,
    dice: &mut Dice,
) -> String {
    let out =
        history.map_or_else(String::new, |session| session.lines.replace(&session.id, &setting.session));
    let parent = last_uuid(&out);
    let mut log = Log { setting, dice, out, parent };
    for (i, (turn, moment)) in turns.iter().zip(moments).enumerate() {
        let ends_turn = !matches!(turns.get(i + 1), Some(Turn::Request(_)));
        log.turn(turn, *moment, ends_turn);
    }
    log.out
}

/// The message that a copied history ends with.
fn last_uuid(lines: &str) -> Option<String> {
    let (_, tail) = lines.rsplit_once("\"uuid\":\"")?;
    tail.split('"').next().map(str::to_owned)
}

struct Log<'a> {
    setting: &'a Setting,
    dice: &'a mut Dice,
    out: String,
    parent: Option<String>,
}

impl Log<'_> {
    fn turn(&mut self, turn: &Turn, moment: Moment, ends_turn: bool) {
        match turn {
            Turn::Prompt { text, .. } => self.prompt(text, moment.start),
            Turn::Request(request) => {
                self.request(request, moment);
                if ends_turn && self.setting.markers {
                    self.system(
                        "turn_duration",
                        Record::default().with("durationMs", moment.end - moment.start),
                        moment.end,
                    );
                }
            }
            Turn::Compaction { summary } => self.compaction(summary, moment.start),
            Turn::Interrupt { in_tool } => self.interrupt(*in_tool, moment.start),
            Turn::Preload { .. } | Turn::Until { .. } | Turn::Session(_) => {}
        }
    }

    fn prompt(&mut self, text: &str, at: u64) {
        if self.setting.markers {
            let id = self.dice.uuid();
            let snapshot = Record::default()
                .with("messageId", id.clone())
                .with("trackedFileBackups", Record::default())
                .with("timestamp", stamp(at));
            self.line(
                &Record::default()
                    .with("type", "file-history-snapshot")
                    .with("messageId", id)
                    .with("snapshot", snapshot)
                    .with("isSnapshotUpdate", false),
            );
        }
        let message = Record::default().with("role", "user").with("content", text);
        self.message("user", message, at, |line| line.with("permissionMode", "default"));
    }

    fn request(&mut self, request: &Request, moment: Moment) {
        let blocks = blocks(request, self.dice);
        let request_id = format!("req_011C{}", self.dice.token(20));
        let mut call_lines = Vec::new();
        for (i, block) in blocks.iter().enumerate() {
            let last = i + 1 == blocks.len();
            let at = moment.start + (moment.end - moment.start) * (i as u64 + 1) / blocks.len() as u64;
            let shown = if last {
                moment.usage.output
            } else {
                moment.usage.output.min(1 + i as u64 * 3 + moment.usage.input)
            };
            let stop = match (last, request.calls.is_empty()) {
                (false, _) => Node::Null,
                (true, true) => "end_turn".into(),
                (true, false) => "tool_use".into(),
            };
            let message = Record::default()
                .with("model", self.setting.model_of(request))
                .with("id", request.id.clone())
                .with("type", "message")
                .with("role", "assistant")
                .with("content", vec![block.clone()])
                .with("stop_reason", stop)
                .with("stop_sequence", Node::Null)
                .with("usage", usage(Usage { output: shown, ..moment.usage }));
            let id = request_id.clone();
            let uuid = self.message("assistant", message, at, |line| line.with("requestId", id));
            if blocks.len() - i <= request.calls.len() {
                call_lines.push(uuid);
            }
        }
        for (call, line) in request.calls.iter().zip(call_lines) {
            self.result(call, line, moment.end + call.ms);
        }
    }

    fn result(&mut self, call: &Call, call_line: String, at: u64) {
        let Some(text) = &call.outcome.text else { return };
        let mut block = Record::default()
            .with("tool_use_id", call.id.clone())
            .with("type", "tool_result")
            .with("content", text.clone());
        if call.outcome.error || call.tool == "Bash" {
            block = block.with("is_error", call.outcome.error);
        }
        let message = Record::default().with("role", "user").with("content", vec![block.into()]);
        self.parent = Some(call_line.clone());
        self.message("user", message, at, |line| match &call.outcome.twin {
            Some(twin) => line.with("toolUseResult", twin.clone()).with("sourceToolAssistantUUID", call_line),
            None => line.with("sourceToolAssistantUUID", call_line),
        });
    }

    fn compaction(&mut self, summary: &str, at: u64) {
        let before = self.parent.take();
        let metadata =
            Record::default().with("trigger", "auto").with("preTokens", 160_000 + self.dice.below(9_000));
        let mut fields =
            Record::default().with("content", "Conversation compacted").with("compactMetadata", metadata);
        if let Some(before) = before {
            fields = fields.with("logicalParentUuid", before);
        }
        self.system("compact_boundary", fields, at);
        let message = Record::default().with("role", "user").with("content", summary);
        self.message("user", message, at, |line| {
            line.with("isVisibleInTranscriptOnly", true).with("isCompactSummary", true)
        });
    }

    fn interrupt(&mut self, in_tool: bool, at: u64) {
        let text = if in_tool {
            "[Request interrupted by user for tool use]"
        } else {
            "[Request interrupted by user]"
        };
        let block = Record::default().with("type", "text").with("text", text);
        let message = Record::default().with("role", "user").with("content", vec![block.into()]);
        self.message("user", message, at, |line| line);
    }

    fn system(&mut self, subtype: &str, fields: Record, at: u64) {
        let uuid = self.dice.uuid();
        let line =
            self.envelope("system", &uuid, at).with("subtype", subtype).with("isMeta", false).joined(fields);
        self.line(&line);
        self.parent = Some(uuid);
    }

    fn message(
        &mut self,
        kind: &str,
        message: Record,
        at: u64,
        extra: impl FnOnce(Record) -> Record,
    ) -> String {
        let uuid = self.dice.uuid();
        let line = extra(self.envelope(kind, &uuid, at).with("message", message));
        self.line(&line);
        self.parent = Some(uuid.clone());
        uuid
    }

    fn envelope(&self, kind: &str, uuid: &str, at: u64) -> Record {
        Record::default()
            .with("parentUuid", self.parent.clone().map_or(Node::Null, Node::Text))
            .with("isSidechain", false)
            .with("userType", "external")
            .with("cwd", self.setting.cwd.clone())
            .with("sessionId", self.setting.session.clone())
            .with("version", self.setting.version)
            .with("gitBranch", self.setting.branch.clone())
            .with("type", kind)
            .with("uuid", uuid)
            .with("timestamp", stamp(at))
    }

    fn line(&mut self, record: &Record) {
        self.out.push_str(&record.json());
        self.out.push('\n');
    }
}

fn blocks(request: &Request, dice: &mut Dice) -> Vec<Node> {
    let thinking = request.thinking.iter().map(|text| {
        let signature = dice.token(96);
        Record::default()
            .with("type", "thinking")
            .with("thinking", text.clone())
            .with("signature", signature)
            .into()
    });
    let text = request
        .text
        .iter()
        .map(|text| Record::default().with("type", "text").with("text", text.clone()).into());
    let calls = request.calls.iter().map(|call| {
        Record::default()
            .with("type", "tool_use")
            .with("id", call.id.clone())
            .with("name", call.tool)
            .with("input", call.input.clone())
            .into()
    });
    thinking.chain(text).chain(calls).collect()
}

fn usage(usage: Usage) -> Record {
    let split = Record::default()
        .with("ephemeral_5m_input_tokens", 0)
        .with("ephemeral_1h_input_tokens", usage.cache_write);
    Record::default()
        .with("input_tokens", usage.input)
        .with("cache_creation_input_tokens", usage.cache_write)
        .with("cache_read_input_tokens", usage.cache_read)
        .with("cache_creation", split)
        .with("output_tokens", usage.output)
        .with("service_tier", "standard")
}
