//! Writes a played script as a rollout of the Codex CLI: one JSON object per line.
//!
//! As in real rollouts what the model says stands twice, as an event of the screen and as an item of the conversation;
//! the usage of a request follows its calls and precedes their outputs, with the sum of all so far beside it; reasoning
//! is encrypted or summarised. The calls are those of this agent: see [`tools`].

mod tools;

use crate::dice::Dice;
use crate::generate::Session;
use crate::play::{Moment, Usage};
use crate::record::{Node, Record};
use crate::script::{Call, Place, Request, Tier, Turn};
use crate::stamp::stamp;
use tools::Form;

/// Where the session took place, and with what.
#[derive(Debug, Clone)]
pub(crate) struct Rollout {
    pub(crate) session: String,
    pub(crate) cwd: String,
    branch: String,
    version: &'static str,
    model: &'static str,
    effort: &'static str,
    originator: &'static str,
    /// How much output of a command the model asks for.
    output_tokens: u64,
}

impl Rollout {
    /// A random version and model for the sessions of an actor.
    pub(crate) fn new(place: &Place, dice: &mut Dice) -> Self {
        Self {
            session: thread_id(dice),
            cwd: place.root.clone(),
            branch: place.branch.clone(),
            version: dice.pick(&["0.104.0", "0.112.0", "0.116.0", "0.121.0", "0.125.0"]),
            model: dice.pick(&["gpt-5.4", "gpt-5.4", "gpt-5.3-codex", "gpt-5.2-codex", "gpt-5.1-codex-mini"]),
            effort: dice.pick(&["low", "medium", "medium", "high"]),
            originator: dice.pick(&["codex-tui", "codex_cli_rs", "codex_exec"]),
            output_tokens: dice.pick(&[4_000, 6_000, 8_000, 10_000]),
        }
    }

    /// The same agent in another session.
    pub(crate) fn next(&self, place: &Place, dice: &mut Dice) -> Self {
        let (cwd, branch) = (place.root.clone(), place.branch.clone());
        Self { session: thread_id(dice), cwd, branch, ..self.clone() }
    }

    fn model_of(&self, tier: Option<Tier>) -> &'static str {
        match tier {
            Some(Tier::Small) => "gpt-5.1-codex-mini",
            Some(Tier::Top) => "gpt-5.4-pro",
            None => self.model,
        }
    }
}

fn thread_id(dice: &mut Dice) -> String {
    let id = dice.uuid();
    format!("019{}{}{}", &id[3..14], '7', &id[15..])
}

/// The script under the ids of a rollout, in which requests have no ids and are counted.
pub(crate) fn named(turns: &[Turn], session: &str) -> Vec<Turn> {
    let mut number = 0;
    turns
        .iter()
        .map(|turn| match turn {
            Turn::Request(request) => {
                number += 1;
                Turn::Request(renamed(request, format!("{session}#{}", number - 1)))
            }
            other => other.clone(),
        })
        .collect()
}

fn renamed(request: &Request, id: String) -> Request {
    let name = |call: &Call| Call { id: call.id.replace("toolu_01", "call_"), ..call.clone() };
    Request { id, calls: request.calls.iter().map(name).collect(), ..request.clone() }
}

/// The rollout.
pub(crate) fn write(
    turns: &[Turn],
    moments: &[Moment],
    rollout: &Rollout,
    history: Option<&Session>,
    dice: &mut Dice,
) -> String {
    let mut log = Log { rollout, dice, out: String::new(), total: Usage::default(), turn: None };
    let start = moments.first().map_or(0, |moment| moment.start);
    log.head(history.map(|session| session.id.as_str()), start);
    if let Some(session) = history {
        log.copy(&session.lines, start);
    }
    for (i, (turn, moment)) in turns.iter().zip(moments).enumerate() {
        let ends_turn = !matches!(turns.get(i + 1), Some(Turn::Request(_)));
        log.turn(turn, *moment, ends_turn);
    }
    log.out
}

struct Log<'a> {
    rollout: &'a Rollout,
    dice: &'a mut Dice,
    out: String,
    total: Usage,
    /// The turn that is open, and its model.
    turn: Option<(String, &'static str)>,
}

impl Log<'_> {
    fn head(&mut self, forked_from: Option<&str>, at: u64) {
        let git = Record::default()
            .with("commit_hash", self.dice.hex(40))
            .with("branch", self.rollout.branch.clone());
        let mut meta = Record::default()
            .with("id", self.rollout.session.clone())
            .with("timestamp", stamp(at))
            .with("cwd", self.rollout.cwd.clone())
            .with("originator", self.rollout.originator)
            .with("cli_version", self.rollout.version)
            .with("source", if self.rollout.originator == "codex_exec" { "exec" } else { "cli" })
            .with("model_provider", "openai");
        if let Some(parent) = forked_from {
            meta = meta.with("forked_from_id", parent);
        }
        self.line("session_meta", meta.with("git", git), at);
    }

    /// The lines of another rollout, all written down at once.
    fn copy(&mut self, lines: &str, at: u64) {
        let prefix = "{\"timestamp\":\"".len();
        let now = stamp(at);
        for line in lines.lines() {
            self.out.push_str(&line[..prefix]);
            self.out.push_str(&now);
            self.out.push_str(&line[prefix + now.len()..]);
            self.out.push('\n');
        }
    }

    fn turn(&mut self, turn: &Turn, moment: Moment, ends_turn: bool) {
        match turn {
            Turn::Prompt { text, .. } => self.prompt(text, moment.start),
            Turn::Request(request) => {
                self.request(request, moment, ends_turn);
                if ends_turn {
                    self.complete(moment.end);
                }
            }
            Turn::Compaction { summary } => self.compaction(summary, moment.start),
            Turn::Interrupt { .. } => self.interrupt(moment.start),
            Turn::Preload { .. } | Turn::Until { .. } | Turn::Session(_) => {}
        }
    }

    fn prompt(&mut self, text: &str, at: u64) {
        self.open_turn(None, at);
        self.item(message("user", "input_text", text), at);
        let event = Record::default()
            .with("type", "user_message")
            .with("message", text)
            .with("images", Vec::<Node>::new())
            .with("text_elements", Vec::<Node>::new());
        self.event(event, at);
    }

    /// Says with which settings the next turn begins.
    fn open_turn(&mut self, tier: Option<Tier>, at: u64) {
        let (id, model) = (thread_id(self.dice), self.rollout.model_of(tier));
        let started = Record::default()
            .with("type", "task_started")
            .with("turn_id", id.clone())
            .with("model_context_window", WINDOW);
        self.event(started, at);
        self.context(&id, model, at);
        self.turn = Some((id, model));
    }

    fn context(&mut self, id: &str, model: &'static str, at: u64) {
        let context = Record::default()
            .with("turn_id", id)
            .with("cwd", self.rollout.cwd.clone())
            .with("approval_policy", "on-request")
            .with("model", model)
            .with("effort", self.rollout.effort)
            .with("summary", "auto");
        self.line("turn_context", context, at);
    }

    /// The turn of a request, under the model that answers it.
    fn turn_of(&mut self, request: &Request, at: u64) {
        let model = self.rollout.model_of(request.tier);
        match &mut self.turn {
            None => self.open_turn(request.tier, at),
            Some((id, current)) if *current != model => {
                let id = id.clone();
                *current = model;
                self.context(&id, model, at);
            }
            Some(_) => {}
        }
    }

    fn request(&mut self, request: &Request, moment: Moment, ends_turn: bool) {
        self.turn_of(request, moment.start);
        if let Some(thinking) = &request.thinking {
            self.reasoning(thinking, moment.start);
        }
        if let Some(text) = &request.text {
            self.speech(text, ends_turn, moment.end);
        }
        let forms: Vec<Form> = request
            .calls
            .iter()
            .map(|call| Form::of(call, &self.rollout.cwd, self.rollout.output_tokens))
            .collect();
        for (call, form) in request.calls.iter().zip(&forms) {
            self.item(form.call(&call.id), moment.end);
        }
        self.tokens(request, moment);
        for (call, form) in request.calls.iter().zip(&forms) {
            if let Some(output) = form.output(call, self.dice) {
                self.item(output, moment.end + call.ms);
            }
        }
    }

    fn reasoning(&mut self, text: &str, at: u64) {
        let section = Record::default().with("type", "summary_text").with("text", text);
        let summary = if text.is_empty() { Vec::new() } else { vec![section.into()] };
        let item = Record::default()
            .with("type", "reasoning")
            .with("summary", summary)
            .with("content", Node::Null)
            .with("encrypted_content", format!("gAAAAAB{}", self.dice.token(120)));
        self.item(item, at);
    }

    fn speech(&mut self, text: &str, last: bool, at: u64) {
        let phase = if last { "final_answer" } else { "commentary" };
        let event =
            Record::default().with("type", "agent_message").with("message", text).with("phase", phase);
        self.event(event, at);
        self.item(message("assistant", "output_text", text).with("phase", phase), at);
    }

    fn tokens(&mut self, request: &Request, moment: Moment) {
        let usage = moment.usage;
        self.total = Usage {
            input: self.total.input + usage.input,
            cache_read: self.total.cache_read + usage.cache_read,
            cache_write: self.total.cache_write + usage.cache_write,
            output: self.total.output + usage.output,
        };
        let hidden = request.hidden_tokens.min(usage.output);
        let info = Record::default()
            .with("total_token_usage", counts(self.total, 0))
            .with("last_token_usage", counts(usage, hidden))
            .with("model_context_window", WINDOW);
        let event =
            Record::default().with("type", "token_count").with("info", info).with("rate_limits", Node::Null);
        self.event(event, moment.end);
    }

    fn complete(&mut self, at: u64) {
        if let Some((id, _)) = self.turn.take() {
            self.event(Record::default().with("type", "task_complete").with("turn_id", id), at);
        }
    }

    fn compaction(&mut self, summary: &str, at: u64) {
        let compacted =
            Record::default().with("message", summary).with("replacement_history", Vec::<Node>::new());
        self.line("compacted", compacted, at);
        self.event(Record::default().with("type", "context_compacted"), at);
    }

    fn interrupt(&mut self, at: u64) {
        let mut event = Record::default().with("type", "turn_aborted").with("reason", "interrupted");
        if let Some((id, _)) = self.turn.take() {
            event = event.with("turn_id", id);
        }
        self.event(event, at);
    }

    fn item(&mut self, payload: Record, at: u64) {
        self.line("response_item", payload, at);
    }

    fn event(&mut self, payload: Record, at: u64) {
        self.line("event_msg", payload, at);
    }

    fn line(&mut self, kind: &str, payload: Record, at: u64) {
        let line = Record::default().with("timestamp", stamp(at)).with("type", kind).with("payload", payload);
        self.out.push_str(&line.json());
        self.out.push('\n');
    }
}

/// Tokens that the models of this agent can hold.
const WINDOW: u64 = 258_400;

fn message(role: &str, kind: &str, text: &str) -> Record {
    let block = Record::default().with("type", kind).with("text", text);
    Record::default().with("type", "message").with("role", role).with("content", vec![block.into()])
}

/// Input includes what came from the cache; what was written to it is not told apart.
fn counts(usage: Usage, reasoning: u64) -> Record {
    Record::default()
        .with("input_tokens", usage.input + usage.cache_read + usage.cache_write)
        .with("cached_input_tokens", usage.cache_read)
        .with("output_tokens", usage.output)
        .with("reasoning_output_tokens", reasoning)
        .with("total_tokens", usage.total())
}
