//! Writes a piece as lines of a log, under fresh ids.

use serde_json::{Map, Value, json};

use super::log::{Log, Unit, split_output};
use super::pieces::Piece;
use crate::dice::Dice;
use crate::formats::Format;

/// The lines of a piece.
pub(super) struct Rendered {
    pub(super) lines: Vec<Value>,
    /// The id of its message, where the log names messages.
    pub(super) message: Option<String>,
    /// It is something that the agent says.
    pub(super) spoken: bool,
}

/// A piece behind a line of a log.
pub(super) fn render(host: &Log, piece: &Piece<'_>, dice: &mut Dice) -> Rendered {
    match (host.format, piece) {
        (Format::ClaudeCode, Piece::Speech(text)) => claude_speech(host, text, dice),
        (Format::Codex, Piece::Speech(text)) => codex_speech(host, text),
        (Format::ClaudeCode, _) => claude_call(host, &Wanted::new(host, piece), dice),
        (Format::Codex, _) => codex_call(host, &Wanted::new(host, piece), dice),
    }
}

/// A call as it shall be written.
struct Wanted<'a> {
    /// The log and the unit whose lines serve as a template.
    log: &'a Log,
    unit: &'a Unit,
    tool: String,
    input: Value,
    /// What the tool says; `None` for what it said in the template.
    text: Option<String>,
    /// Exit code, for a command.
    code: Option<u8>,
}

impl<'a> Wanted<'a> {
    fn new(host: &'a Log, piece: &'a Piece<'_>) -> Self {
        let template = host.units.iter().find(|unit| unit.command().is_some()).unwrap_or(&host.units[0]);
        let made = |tool: &str, input, text: &str| Self {
            log: host,
            unit: template,
            tool: tool.to_owned(),
            input,
            text: Some(text.to_owned()),
            code: None,
        };
        match (piece, host.format) {
            (Piece::Again { log, unit, input, text }, _) => Self {
                log,
                unit,
                tool: unit.tool.clone(),
                input: input.clone().unwrap_or_else(|| unit.input.clone()),
                text: text.clone(),
                code: None,
            },
            (Piece::Edit { path, old, new }, Format::ClaudeCode) => made(
                "Edit",
                json!({"file_path": path, "old_string": old, "new_string": new, "replace_all": false}),
                &format!("The file {path} has been updated successfully."),
            ),
            (Piece::Edit { path, old, new }, Format::Codex) => made(
                "apply_patch",
                format!("*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+{new}\n*** End Patch\n").into(),
                &json!({"output": format!("Success. Updated the following files:\nM {path}\n"), "metadata": {"exit_code": 0, "duration_seconds": 0.0}}).to_string(),
            ),
            (Piece::Search { pattern }, Format::ClaudeCode) => {
                made("Grep", json!({"pattern": pattern, "output_mode": "content"}), "No matches found")
            }
            (Piece::Search { pattern }, Format::Codex) => {
                let input = command(template, &format!("rg -n \"{pattern}\""));
                Self { code: Some(1), ..made(&template.tool, input, "") }
            }
            (Piece::Command { line, text }, Format::ClaudeCode) => made("Bash", json!({"command": line}), text),
            (Piece::Command { line, text }, Format::Codex) => {
                Self { code: Some(0), ..made(&template.tool, command(template, line), text) }
            }
            (Piece::Speech(text), _) => made("", Value::Null, text),
        }
    }
}

/// The arguments of a command, as the template's tool takes them.
fn command(template: &Unit, line: &str) -> Value {
    let mut input = template.input.as_object().cloned().unwrap_or_default();
    let key = if input.contains_key("command") { "command" } else { "cmd" };
    input.insert(key.to_owned(), line.into());
    Value::Object(input)
}

// ---- Claude Code

fn claude_call(host: &Log, wanted: &Wanted<'_>, dice: &mut Dice) -> Rendered {
    let mut call = wanted.log.lines[wanted.unit.call].clone();
    let mut result = wanted.log.lines[wanted.unit.result].clone();
    let id = format!("toolu_01{}", dice.token(22));
    let message = named(&mut call, dice);
    let template = &wanted.log.lines[wanted.unit.result]["message"]["content"][0];
    call["message"]["content"] =
        json!([{"type": "tool_use", "id": id, "name": wanted.tool, "input": wanted.input}]);
    let content = wanted.text.clone().map_or_else(|| template["content"].clone(), Value::String);
    let mut block = json!({"type": "tool_result", "tool_use_id": id, "content": content});
    if let Some(error) = template.get("is_error").filter(|_| wanted.text.is_none()) {
        block["is_error"] = error.clone();
    }
    result["message"]["content"] = json!([block]);
    result["uuid"] = dice.uuid().into();
    result["sourceToolAssistantUUID"] = call["uuid"].clone();
    let mut lines = vec![call, result];
    lines.iter_mut().for_each(|line| settle(line, host));
    Rendered { lines, message: Some(message), spoken: false }
}

fn claude_speech(host: &Log, text: &str, dice: &mut Dice) -> Rendered {
    let mut line = host.lines[host.units[0].call].clone();
    let message = named(&mut line, dice);
    line["message"]["content"] = json!([{"type": "text", "text": text}]);
    line["message"]["stop_reason"] = "end_turn".into();
    if line["message"]["usage"].is_object() {
        line["message"]["usage"]["output_tokens"] = (text.len() as u64 / 4).max(1).into();
    }
    settle(&mut line, host);
    Rendered { lines: vec![line], message: Some(message), spoken: true }
}

/// Gives a response fresh ids; the one of its message is returned.
fn named(line: &mut Value, dice: &mut Dice) -> String {
    let message = format!("msg_01{}", dice.token(22));
    line["message"]["id"] = message.clone().into();
    line["requestId"] = format!("req_01{}", dice.token(22)).into();
    line["uuid"] = dice.uuid().into();
    message
}

/// Lets a line of whatever session belong to the host.
fn settle(line: &mut Value, host: &Log) {
    let home = &host.lines[host.units[0].call];
    let Some(fields) = line.as_object_mut() else { return };
    fields.remove("toolUseResult");
    for key in ["sessionId", "cwd", "version", "gitBranch", "slug", "isSidechain"] {
        match home.get(key) {
            Some(value) => fields.insert(key.to_owned(), value.clone()),
            None => fields.remove(key),
        };
    }
}

// ---- Codex

fn codex_call(host: &Log, wanted: &Wanted<'_>, dice: &mut Dice) -> Rendered {
    let mut call = wanted.log.lines[wanted.unit.call].clone();
    let mut result = wanted.log.lines[wanted.unit.result].clone();
    let id = format!("call_{}", dice.token(24));
    let output = codex_output(wanted, &result["payload"]["output"], dice);
    match &wanted.input {
        Value::String(input) => {
            let payload = json!({"type": "custom_tool_call", "status": "completed", "name": wanted.tool, "input": input, "call_id": id});
            call["payload"] = payload;
            result["payload"] = json!({"type": "custom_tool_call_output", "call_id": id, "output": output});
        }
        input => {
            let payload = json!({"type": "function_call", "name": wanted.tool, "arguments": input.to_string(), "call_id": id});
            call["payload"] = payload;
            result["payload"] = json!({"type": "function_call_output", "call_id": id, "output": output});
        }
    }
    let mut lines = vec![call];
    lines.extend(usage_near(host, wanted, None));
    lines.push(result);
    Rendered { lines, message: None, spoken: false }
}

/// The output as the template has it, with another text where one is wanted.
fn codex_output(wanted: &Wanted<'_>, template: &Value, dice: &mut Dice) -> Value {
    let Some(text) = &wanted.text else { return template.clone() };
    if let Some(code) = wanted.code {
        return format!(
            "Chunk ID: {}\nWall time: 0.{:04} seconds\nProcess exited with code {code}\nOriginal token count: {}\nOutput:\n{text}",
            dice.hex(6),
            dice.between(0, 9_999),
            text.len() / 4
        )
        .into();
    }
    let (header, _) = split_output(template.as_str().unwrap_or_default());
    format!("{header}{text}").into()
}

fn codex_speech(host: &Log, text: &str) -> Rendered {
    let template = &host.lines[host.units[0].call];
    let mut line = template.clone();
    line["payload"] =
        json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]});
    let wanted = Wanted::new(host, &Piece::Speech(String::new())).unit.call;
    let mut lines = vec![line];
    lines.extend(usage_at(host, wanted, Some(text.len() as u64 / 4)));
    Rendered { lines, message: None, spoken: true }
}

fn usage_near(host: &Log, wanted: &Wanted<'_>, output: Option<u64>) -> Option<Value> {
    usage_at(wanted.log, wanted.unit.call, output).or_else(|| usage_at(host, host.units[0].call, output))
}

/// A copy of the usage that follows a line, perhaps with another count of output.
fn usage_at(log: &Log, line: usize, output: Option<u64>) -> Option<Value> {
    let usage = |line: &&Value| line["payload"]["info"]["last_token_usage"].is_object();
    let mut copy = log.lines[line..].iter().find(usage).or_else(|| log.lines.iter().find(usage))?.clone();
    if let (Some(output), Some(last)) = (output, last_usage(&mut copy)) {
        last.insert("output_tokens".to_owned(), output.max(1).into());
        last.insert("reasoning_output_tokens".to_owned(), 0.into());
    }
    Some(copy)
}

/// The usage of the last request in a count of tokens.
pub(super) fn last_usage(line: &mut Value) -> Option<&mut Map<String, Value>> {
    line.pointer_mut("/payload/info/last_token_usage")?.as_object_mut()
}
