//! The tools of the Codex CLI: what it does where another agent reads, edits, searches or plans.
//!
//! | script | rollout |
//! |---|---|
//! | `Bash` | `exec_command` |
//! | `Read` | `exec_command` with `cat` or `sed -n` |
//! | `Grep`, `Glob` | `exec_command` with `rg` |
//! | `Edit`, `Write` | `apply_patch`, a custom tool whose input is the patch itself |
//! | `TodoWrite` | `update_plan` |
//! | `Task` | `spawn_agent` |
//! | anything else | a function call under its own name |

use crate::dice::Dice;
use crate::patch;
use crate::record::{Node, Record};
use crate::script::Call;

/// A call as this agent makes it.
pub(super) enum Form {
    /// A command of the shell; its output has a header.
    Shell(Record),
    /// A patch.
    Patch(String),
    /// A function, whose output is the bare text.
    Function(String, Record),
}

impl Form {
    /// The form of a call made in this folder.
    pub(super) fn of(call: &Call, cwd: &str, output_tokens: u64) -> Self {
        let text = |key: &str| call.input.text(key).unwrap_or_default();
        let path = relative(text("file_path"), cwd);
        let shell = |line: String| Self::Shell(shell(line, cwd, output_tokens));
        match call.tool {
            "Bash" => shell(text("command").to_owned()),
            "Read" => shell(reading(&call.input, path)),
            "Grep" => shell(search(&call.input)),
            "Glob" => shell(format!("rg --files -g '{}'", text("pattern"))),
            "Edit" => Self::Patch(update(path, &changes(call))),
            "Write" => Self::Patch(addition(path, text("content"))),
            "TodoWrite" => Self::Function("update_plan".to_owned(), plan(&call.input)),
            "Task" => {
                Self::Function("spawn_agent".to_owned(), Record::default().with("message", text("prompt")))
            }
            other => Self::Function(other.to_owned(), call.input.clone()),
        }
    }

    /// The item of the call.
    pub(super) fn call(&self, id: &str) -> Record {
        match self {
            Self::Shell(arguments) => function_call("exec_command", arguments, id),
            Self::Function(name, arguments) => function_call(name, arguments, id),
            Self::Patch(patch) => Record::default()
                .with("type", "custom_tool_call")
                .with("status", "completed")
                .with("call_id", id)
                .with("name", "apply_patch")
                .with("input", patch.clone()),
        }
    }

    /// The item of its output; `None` when the log holds none.
    pub(super) fn output(&self, call: &Call, dice: &mut Dice) -> Option<Record> {
        let text = call.outcome.text.as_deref()?;
        let (kind, output) = match self {
            Self::Shell(_) => ("function_call_output", shell_output(call, text, dice)),
            Self::Function(..) => ("function_call_output", text.to_owned()),
            Self::Patch(patch) => ("custom_tool_call_output", patch_output(patch, call, text)),
        };
        Some(Record::default().with("type", kind).with("call_id", call.id.clone()).with("output", output))
    }
}

fn function_call(name: &str, arguments: &Record, id: &str) -> Record {
    Record::default()
        .with("type", "function_call")
        .with("name", name)
        .with("arguments", arguments.json())
        .with("call_id", id)
}

fn shell(line: String, cwd: &str, output_tokens: u64) -> Record {
    Record::default()
        .with("cmd", line)
        .with("workdir", cwd)
        .with("max_output_tokens", output_tokens)
        .with("yield_time_ms", 1_000)
}

fn relative<'a>(path: &'a str, cwd: &str) -> &'a str {
    path.strip_prefix(cwd).map_or(path, |rest| rest.trim_start_matches('/'))
}

fn reading(input: &Record, path: &str) -> String {
    match (input.number("offset"), input.number("limit")) {
        (Some(from), Some(count)) => format!("sed -n '{from},{}p' {path}", from + count.max(1) - 1),
        _ => format!("cat {path}"),
    }
}

fn search(input: &Record) -> String {
    let flag = if input.text("output_mode") == Some("files_with_matches") { "-l" } else { "-n" };
    let pattern = input.text("pattern").unwrap_or_default();
    format!("rg {flag} \"{pattern}\" {}", input.text("path").unwrap_or("."))
}

fn update(path: &str, hunks: &str) -> String {
    format!("*** Begin Patch\n*** Update File: {path}\n{hunks}*** End Patch\n")
}

/// What an edit did, or what one that failed would have done.
fn changes(call: &Call) -> String {
    let text = |key: &str| call.input.text(key).unwrap_or_default();
    let intended = || patch::hunks(text("old_string"), text("new_string"));
    call.outcome.hunks.clone().unwrap_or_else(intended)
}

fn addition(path: &str, content: &str) -> String {
    let lines: String = content.lines().map(|line| format!("+{line}\n")).collect();
    format!("*** Begin Patch\n*** Add File: {path}\n{lines}*** End Patch\n")
}

fn plan(input: &Record) -> Record {
    let steps = input.list("todos").iter().filter_map(|todo| match todo {
        Node::Record(todo) => {
            let text = |key: &str| todo.text(key).unwrap_or_default().to_owned();
            Some(Record::default().with("step", text("content")).with("status", text("status")).into())
        }
        _ => None,
    });
    Record::default().with("plan", steps.collect::<Vec<Node>>())
}

/// The output of a command behind the header that the harness puts before it.
fn shell_output(call: &Call, text: &str, dice: &mut Dice) -> String {
    let (code, body) = exit(call, text);
    format!(
        "Chunk ID: {}\nWall time: {}.{:04} seconds\nProcess exited with code {code}\nOriginal token count: {}\nOutput:\n{body}",
        dice.hex(6),
        call.ms / 1000,
        call.ms % 1000 * 10,
        body.len() / 4
    )
}

/// Exit code and plain text of a command, out of what another harness makes of them.
fn exit(call: &Call, text: &str) -> (u64, String) {
    if let Some((code, body)) = text.strip_prefix("Exit code ").and_then(|rest| rest.split_once('\n')) {
        return (code.parse().unwrap_or(1), body.to_owned());
    }
    match text {
        "No matches found" | "No files found" => (1, String::new()),
        "(Bash completed with no output)" => (0, String::new()),
        _ if call.tool == "Read" && !call.outcome.error => (0, unnumbered(text)),
        _ => (u64::from(call.outcome.error), text.to_owned()),
    }
}

/// Lines without the numbers that another agent's reading puts before them.
fn unnumbered(text: &str) -> String {
    let bare = |line: &str| line.split_once('→').map_or(line, |(_, rest)| rest).to_owned();
    text.lines().map(bare).collect::<Vec<_>>().join("\n")
}

fn patch_output(patch: &str, call: &Call, text: &str) -> String {
    if call.outcome.error {
        return format!("apply_patch verification failed: {text}");
    }
    let head = patch.lines().nth(1).unwrap_or_default();
    let (letter, path) = match head.split_once(": ") {
        Some(("*** Add File", path)) => ('A', path),
        Some((_, path)) => ('M', path),
        None => ('M', ""),
    };
    let metadata = Record::default().with("exit_code", 0).with("duration_seconds", 0);
    Record::default()
        .with("output", format!("Success. Updated the following files:\n{letter} {path}\n"))
        .with("metadata", metadata)
        .json()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Outcome;

    fn call(tool: &'static str, input: Record, outcome: Outcome) -> Call {
        Call { id: "call_a".to_owned(), tool, input, outcome, ms: 1_250 }
    }

    #[test]
    fn a_reading_is_a_command_of_the_shell() {
        let mut dice = Dice::for_session("codex", "test", 1);
        let input = Record::default().with("file_path", "/w/a/src/x.rs").with("offset", 5).with("limit", 3);
        let read = call("Read", input, Outcome::ok("     5→one\n     6→two"));
        let form = Form::of(&read, "/w/a", 4_000);
        assert!(form.call("call_a").json().contains(r#"sed -n '5,7p' src/x.rs"#));
        let output = form.output(&read, &mut dice).unwrap();
        assert!(
            output.text("output").unwrap().ends_with("code 0\nOriginal token count: 1\nOutput:\none\ntwo")
        );
    }

    #[test]
    fn an_edit_is_a_patch_and_a_failed_one_says_so() {
        let mut dice = Dice::for_session("codex", "test", 1);
        let input =
            Record::default().with("file_path", "/w/a/x").with("old_string", "a").with("new_string", "b\nc");
        let edit = call("Edit", input, Outcome::error("String to replace not found"));
        let form = Form::of(&edit, "/w/a", 4_000);
        let Form::Patch(patch) = &form else { panic!("expected a patch") };
        assert_eq!(patch, "*** Begin Patch\n*** Update File: x\n@@\n-a\n+b\n+c\n*** End Patch\n");
        let output = form.output(&edit, &mut dice).unwrap();
        assert!(output.text("output").unwrap().starts_with("apply_patch verification failed"));
    }

    #[test]
    fn the_exit_code_moves_into_the_header() {
        let run = call("Bash", Record::default(), Outcome::error("Exit code 101\nred"));
        assert_eq!(exit(&run, "Exit code 101\nred"), (101, "red".to_owned()));
    }
}
