//! A real log: its lines, and the calls with their results among them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::formats::Format;

/// A log as it was read. Lines that are not JSON are left out.
pub(super) struct Log {
    pub(super) format: Format,
    pub(super) session: String,
    pub(super) lines: Vec<Value>,
    /// Calls whose result is in the log, in order of the results.
    pub(super) units: Vec<Unit>,
    /// Lines after which every call has its result.
    rests: Vec<usize>,
}

/// A call and its result.
pub(super) struct Unit {
    /// Line of the call.
    pub(super) call: usize,
    /// Line of the result.
    pub(super) result: usize,
    pub(super) tool: String,
    pub(super) input: Value,
    /// What the tool said, without the header that a harness puts before it.
    pub(super) text: String,
    pub(super) failed: bool,
}

impl Log {
    /// Reads a log.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Self::parse(&text, stem).ok_or_else(|| Error::NotALog { path: path.to_owned() })
    }

    /// A log out of its text; `None` when it is of neither form or calls no tool.
    pub(super) fn parse(text: &str, stem: String) -> Option<Self> {
        let lines = kept(text.lines().filter_map(|line| serde_json::from_str(line).ok()));
        let format = lines.iter().find_map(format_of)?;
        let session = lines.iter().find_map(|line| session_of(line, format)).unwrap_or(stem);
        let units = units(&lines, format);
        let rests = rests(&lines, format);
        (!units.is_empty()).then_some(Self { format, session, lines, units, rests })
    }

    /// The first place at or after a line where nothing is under way.
    pub(super) fn rest_after(&self, line: usize) -> usize {
        let at = self.rests.partition_point(|rest| *rest < line);
        self.rests.get(at).copied().unwrap_or(self.lines.len() - 1)
    }

    /// What the agent said.
    pub(super) fn speech(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().flat_map(move |line| blocks(line, self.format)).filter_map(move |block| {
            let spoken = match self.format {
                Format::ClaudeCode => block["type"] == "text",
                Format::Codex => block["type"] == "output_text",
            };
            block["text"].as_str().filter(|_| spoken)
        })
    }
}

impl Unit {
    /// Whether it can be repeated as if nothing had happened: it looks at something, with success.
    pub(super) fn is_repeatable(&self) -> bool {
        let tool = self.tool.to_lowercase();
        let acts =
            ["edit", "write", "patch", "todo", "task", "plan", "agent", "ask", "skill", "notebook", "wake"];
        (20..6_000).contains(&self.text.len())
            && !self.failed
            && !acts.iter().any(|word| tool.contains(word))
            && !self.command().is_some_and(changes_something)
    }

    /// Whether it changes a file.
    pub(super) fn is_edit(&self) -> bool {
        let tool = self.tool.to_lowercase();
        !self.failed
            && ["edit", "write", "apply_patch"].iter().any(|word| tool.contains(word))
            && tool != "write_stdin"
    }

    /// The file that it reads, if that is what it does.
    pub(super) fn reads(&self) -> Option<String> {
        if self.failed || !self.is_repeatable() {
            return None;
        }
        if self.tool == "Read" {
            return self.input["file_path"].as_str().map(str::to_owned);
        }
        let command = self.command()?;
        let reader =
            ["cat ", "sed -n ", "head ", "tail ", "nl "].iter().any(|start| command.starts_with(start));
        reader.then(|| command.to_owned())
    }

    /// The line of the shell, if it is one.
    pub(super) fn command(&self) -> Option<&str> {
        self.input["command"].as_str().or_else(|| self.input["cmd"].as_str())
    }
}

/// Lines about the screen and about files beside the log, which a copy does not have.
const NOT_COPIED: &[&str] = &["progress", "file-history-snapshot"];

/// The lines that are copied; what hung from others hangs from the next one above.
fn kept(lines: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut above: BTreeMap<String, Value> = BTreeMap::new();
    let mut kept = Vec::new();
    for mut line in lines {
        if let Some(parent) = line["parentUuid"].as_str().and_then(|parent| above.get(parent)) {
            line["parentUuid"] = parent.clone();
        }
        if !line["type"].as_str().is_some_and(|kind| NOT_COPIED.contains(&kind)) {
            kept.push(line);
        } else if let Some(uuid) = line["uuid"].as_str() {
            above.insert(uuid.to_owned(), line["parentUuid"].clone());
        }
    }
    kept
}

/// Whether a command of the shell changes something.
fn changes_something(command: &str) -> bool {
    const CHANGING: &[&str] = &["rm", "mv", "cp", "mkdir", "touch", "tee", "chmod", "ln", "kill", "sudo"];
    const GIT: &[&str] =
        &["add", "commit", "push", "pull", "checkout", "switch", "stash", "reset", "rebase", "merge"];
    let mut words = command.split([' ', ';', '&', '|', '(', '\n']).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let changing = match word {
            "git" => words.peek().is_some_and(|next| GIT.contains(next)),
            ">" | ">>" => true,
            other => CHANGING.contains(&other),
        };
        if changing {
            return true;
        }
    }
    false
}

fn format_of(line: &Value) -> Option<Format> {
    if line.get("payload").is_some() && line.get("timestamp").is_some() {
        return Some(Format::Codex);
    }
    (line.get("sessionId").is_some() && line.get("message").is_some()).then_some(Format::ClaudeCode)
}

fn session_of(line: &Value, format: Format) -> Option<String> {
    let id = match format {
        Format::ClaudeCode => &line["sessionId"],
        Format::Codex if line["type"] == "session_meta" => &line["payload"]["id"],
        Format::Codex => return None,
    };
    id.as_str().map(str::to_owned)
}

/// The blocks of content of a line.
pub(super) fn blocks(line: &Value, format: Format) -> &[Value] {
    let content = match format {
        Format::ClaudeCode => &line["message"]["content"],
        Format::Codex => &line["payload"]["content"],
    };
    content.as_array().map_or(&[], Vec::as_slice)
}

/// The ids of the calls that a line makes.
pub(super) fn calls_of(line: &Value, format: Format) -> Vec<&str> {
    ids(line, format, &["tool_use"], "id", &["function_call", "custom_tool_call", "local_shell_call"])
}

fn results_of(line: &Value, format: Format) -> Vec<&str> {
    ids(line, format, &["tool_result"], "tool_use_id", &["function_call_output", "custom_tool_call_output"])
}

fn ids<'a>(line: &'a Value, format: Format, blocked: &[&str], key: &str, items: &[&str]) -> Vec<&'a str> {
    let is = |value: &Value, kinds: &[&str]| value["type"].as_str().is_some_and(|kind| kinds.contains(&kind));
    match format {
        Format::ClaudeCode => {
            let of_kind = blocks(line, format).iter().filter(|block| is(block, blocked));
            of_kind.filter_map(|block| block[key].as_str()).collect()
        }
        Format::Codex if line["type"] == "response_item" && is(&line["payload"], items) => {
            line["payload"]["call_id"].as_str().into_iter().collect()
        }
        Format::Codex => Vec::new(),
    }
}

fn units(lines: &[Value], format: Format) -> Vec<Unit> {
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut units = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line["isSidechain"] == true || blocks(line, format).len() > 1 {
            continue;
        }
        open.extend(calls_of(line, format).into_iter().map(|id| (id, at)));
        for id in results_of(line, format) {
            if let Some(found) = open.iter().position(|(call, _)| *call == id) {
                let (_, call) = open.swap_remove(found);
                units.extend(unit(lines, call, at, format));
            }
        }
    }
    units
}

fn unit(lines: &[Value], call: usize, result: usize, format: Format) -> Option<Unit> {
    match format {
        Format::ClaudeCode => {
            let (made, answer) =
                (&lines[call]["message"]["content"][0], &lines[result]["message"]["content"][0]);
            Some(Unit {
                call,
                result,
                tool: made["name"].as_str()?.to_owned(),
                input: made["input"].clone(),
                text: joined(&answer["content"]),
                failed: answer["is_error"] == true,
            })
        }
        Format::Codex => {
            let made = &lines[call]["payload"];
            let output = joined(&lines[result]["payload"]["output"]);
            let arguments = made["arguments"].as_str().and_then(|text| serde_json::from_str(text).ok());
            let (header, body) = split_output(&output);
            Some(Unit {
                call,
                result,
                tool: made["name"].as_str()?.to_owned(),
                input: arguments.unwrap_or_else(|| made["input"].clone()),
                text: body.to_owned(),
                failed: header.contains("exited with code") && !header.contains("exited with code 0"),
            })
        }
    }
}

/// Text, or the texts of blocks.
fn joined(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// The header of a command's output, and the output.
pub(super) fn split_output(output: &str) -> (&str, &str) {
    let mark = "Output:\n";
    match output.find(mark).filter(|at| *at < 300) {
        Some(at) => output.split_at(at + mark.len()),
        None => ("", output),
    }
}

/// Lines after which every call that is ever answered has been.
fn rests(lines: &[Value], format: Format) -> Vec<usize> {
    let answered: BTreeSet<&str> = lines.iter().flat_map(|line| results_of(line, format)).collect();
    let mut open: BTreeSet<&str> = BTreeSet::new();
    let mut rests = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        open.extend(calls_of(line, format).into_iter().filter(|id| answered.contains(id)));
        let results = results_of(line, format);
        for id in &results {
            open.remove(id);
        }
        if open.is_empty() && !results.is_empty() {
            rests.push(at);
        }
    }
    rests
}
