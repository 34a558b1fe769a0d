//! A copy of a log with pieces in it: fresh ids, times that leave room, links and sums that hold.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::log::{Log, calls_of};
use super::pieces::Insertion;
use super::render::{last_usage, render};
use crate::dice::Dice;
use crate::formats::Format;
use crate::stamp::stamp;

/// A copy.
pub(super) struct Copy {
    pub(super) session: String,
    /// The text of the log.
    pub(super) lines: String,
    /// Ids of all calls, with whether they were inserted.
    pub(super) steps: Vec<(String, bool)>,
    /// Ids of inserted messages.
    pub(super) messages: Vec<String>,
}

/// A line of the copy.
struct Placed {
    line: Value,
    new: bool,
    /// The line ends something that the agent was made to say.
    spoken: bool,
}

/// Copies a log with insertions.
pub(super) fn copy(log: &Log, insertions: &[Insertion<'_>], dice: &mut Dice) -> Copy {
    let mut messages = Vec::new();
    let mut placed = assemble(log, insertions, &mut messages, dice);
    let names = fresh_names(log, dice);
    let session = names.get(&log.session).cloned().unwrap_or_else(|| dice.uuid());
    placed.iter_mut().for_each(|placed| rename(&mut placed.line, &names));
    match log.format {
        Format::ClaudeCode => link(&mut placed),
        Format::Codex => messages = sum_up(&mut placed, &session),
    }
    let steps = placed
        .iter()
        .flat_map(|placed| {
            calls_of(&placed.line, log.format).into_iter().map(|id| (id.to_owned(), placed.new))
        })
        .collect();
    let lines = placed.iter().map(|placed| format!("{}\n", placed.line)).collect();
    Copy { session, lines, steps, messages }
}

/// The lines in order, later ones moved in time by what was inserted before them.
fn assemble(
    log: &Log,
    insertions: &[Insertion<'_>],
    messages: &mut Vec<String>,
    dice: &mut Dice,
) -> Vec<Placed> {
    let mut at: BTreeMap<usize, Vec<&Insertion<'_>>> = BTreeMap::new();
    insertions.iter().for_each(|insertion| at.entry(insertion.after).or_default().push(insertion));
    let (mut placed, mut shift, mut now) = (Vec::new(), 0, 0);
    for (number, line) in log.lines.iter().enumerate() {
        let mut line = line.clone();
        if let Some(time) = time_of(&line) {
            now = time + shift;
            set_time(&mut line, now);
        }
        placed.push(Placed { line, new: false, spoken: false });
        let before = now;
        for insertion in at.get(&number).into_iter().flatten() {
            let rendered = render(log, &insertion.piece, dice);
            messages.extend(rendered.message.filter(|_| rendered.spoken));
            let last = rendered.lines.len() - 1;
            for (i, mut line) in rendered.lines.into_iter().enumerate() {
                now += if i == 0 { dice.between(3_000, 15_000) } else { dice.between(20, 2_500) };
                set_time(&mut line, now);
                placed.push(Placed { line, new: true, spoken: rendered.spoken && i == last });
            }
        }
        shift += now - before;
    }
    placed
}

fn time_of(line: &Value) -> Option<u64> {
    let time: jiff::Timestamp = line["timestamp"].as_str()?.parse().ok()?;
    u64::try_from(time.as_millisecond()).ok()
}

fn set_time(line: &mut Value, ms: u64) {
    line["timestamp"] = stamp(ms).into();
}

/// Fields that hold ids, and fields that hold what tools were given and said.
const ID_FIELDS: &[&str] = &[
    "uuid",
    "id",
    "requestId",
    "sessionId",
    "tool_use_id",
    "messageId",
    "promptId",
    "leafUuid",
    "call_id",
    "turn_id",
    "session_id",
    "response_id",
    "toolUseID",
    "parentToolUseID",
];
const CONTENT_FIELDS: &[&str] =
    &["input", "arguments", "output", "toolUseResult", "snapshot", "info", "rate_limits"];

/// A fresh name for every id of a log.
fn fresh_names(log: &Log, dice: &mut Dice) -> BTreeMap<String, String> {
    let mut names = BTreeMap::from([(log.session.clone(), String::new())]);
    log.lines.iter().for_each(|line| collect(line, &mut names));
    names.iter_mut().for_each(|(old, new)| *new = fresh(old, dice));
    names
}

fn collect(value: &Value, names: &mut BTreeMap<String, String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(id) if ID_FIELDS.contains(&key.as_str()) && id.len() >= 8 => {
                        names.entry(id.clone()).or_default();
                    }
                    _ if CONTENT_FIELDS.contains(&key.as_str()) => {}
                    other => collect(other, names),
                }
            }
        }
        _ => {}
    }
}

/// An id of the same kind.
fn fresh(old: &str, dice: &mut Dice) -> String {
    let dashes: Vec<usize> = old.match_indices('-').map(|(at, _)| at).collect();
    if old.len() == 36 && dashes == [8, 13, 18, 23] {
        return dice.uuid();
    }
    let kept = old.rfind('_').map_or(0, |at| at + 1);
    format!("{}{}", &old[..kept], dice.token(old.len() - kept))
}

/// Replaces ids wherever they stand alone.
fn rename(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(name) = names.get(text.as_str()) {
                name.clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        Value::Object(fields) => fields.values_mut().for_each(|field| rename(field, names)),
        _ => {}
    }
}

/// Hangs inserted lines between the line before them and the one behind.
fn link(placed: &mut [Placed]) {
    let mut parent = Value::Null;
    for at in 0..placed.len() {
        let new = placed[at].new;
        let came_after_new = at > 0 && placed[at - 1].new;
        let line = &mut placed[at].line;
        if line.get("uuid").is_none_or(Value::is_null) {
            continue;
        }
        if new || came_after_new {
            line["parentUuid"] = parent;
        }
        parent = line["uuid"].clone();
    }
}

/// Makes the sums of tokens add up again; gives the names that readers give to the inserted messages.
fn sum_up(placed: &mut [Placed], session: &str) -> Vec<String> {
    let (mut total, mut before, mut requests) = (Map::new(), Value::Null, 0);
    let mut messages = Vec::new();
    for Placed { line, new, spoken } in placed {
        let claimed = line["payload"]["info"]["total_token_usage"].clone();
        let Some(last) = last_usage(line).cloned() else { continue };
        if *new || claimed != before {
            add(&mut total, &last);
            messages.extend(spoken.then(|| format!("{session}#{requests}")));
            requests += 1;
        }
        if !*new {
            before = claimed;
        }
        line["payload"]["info"]["total_token_usage"] = Value::Object(total.clone());
    }
    messages
}

fn add(total: &mut Map<String, Value>, last: &Map<String, Value>) {
    for (key, value) in last {
        let Some(count) = value.as_u64() else { continue };
        let sum = total.get(key).and_then(Value::as_u64).unwrap_or(0) + count;
        total.insert(key.clone(), sum.into());
    }
}
