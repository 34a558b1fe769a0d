//! Runs the binary; folders that vanish; logs in one line.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

/// The corpus that the repository carries, from the root of the repository.
pub(crate) const SAMPLE: &str = "datasets/sample/projects";

/// How the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The binary with arguments, in the root of the repository, without a home and without a terminal.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goodhart"));
    command
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.env("HOME", "/nowhere").env("USERPROFILE", "/nowhere");
    ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "COLUMNS"].iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

/// Runs the binary to its end.
pub(crate) fn goodhart(arguments: &[&str]) -> Run {
    finished(command(arguments).spawn().unwrap())
}

/// Runs the binary with something on standard input.
pub(crate) fn goodhart_reading(input: &[u8], arguments: &[&str]) -> Run {
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    finished(child)
}

fn finished(child: std::process::Child) -> Run {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Run {
    /// The lines of standard output as JSON.
    pub(crate) fn rows(&self) -> Vec<Value> {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A folder of its own, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("goodhart-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// Writes a file, with its folders, and returns its path.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A chat session that makes one call again and again, one JSON line.
pub(crate) fn runaway(session: &str, repeats: usize) -> String {
    chat(session, repeats, |_| r#"{\"command\":\"ci status\"}"#.to_owned(), |_| "no runs found".to_owned())
}

/// A chat session in which every call brings something else.
pub(crate) fn honest(session: &str, steps: usize) -> String {
    let result =
        |step: usize| format!("module {step} defines fn part_{step} for {}", WORDS[step % WORDS.len()]);
    chat(
        session,
        steps,
        |step| format!(r#"{{\"path\":\"src/{}/{step}.rs\"}}"#, WORDS[step % WORDS.len()]),
        result,
    )
}

const WORDS: [&str; 7] = ["parsing", "storage", "billing", "search", "session", "routing", "metrics"];

fn chat(
    session: &str,
    steps: usize,
    arguments: impl Fn(usize) -> String,
    result: impl Fn(usize) -> String,
) -> String {
    let turns: String = (0..steps).map(|step| {
        let (arguments, result) = (arguments(step), result(step));
        format!(
            r#",{{"role":"assistant","tool_calls":[{{"id":"{session}-{step}","type":"function","function":{{"name":"bash","arguments":"{arguments}"}}}}]}},{{"role":"tool","tool_call_id":"{session}-{step}","content":"{result}"}}"#
        )
    }).collect();
    format!(
        r#"{{"session_id":"{session}","agent":"tester","messages":[{{"role":"user","content":"go"}}{turns}]}}"#
    ) + "\n"
}

/// Compares a committed file with what the program says now; with `UPDATE=1` in the environment it is written instead.
pub(crate) fn assert_committed(path: &str, now: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, now).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == now,
        "{path} is not what the program says; run this test with UPDATE=1 and look at the change"
    );
}
