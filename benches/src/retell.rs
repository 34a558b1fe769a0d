//! Tells sessions anew as an agent would have logged them whose only tool is a shell: every call is a command. What the agent
//! does stays the same, so what is found should, too.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use goodhart_readers::{Options, read_file, walk};
use goodhart_trace::{Event, Issue, Kind, Sink};
use serde_json::{Value, json};

/// What such an agent sees of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sight {
    /// The output between tags, with the exit code.
    Output,
    /// The screen of a terminal, on which earlier commands still stand.
    Screen,
}

/// Writes the sessions of files and folders as chat messages, one session a line; how many there were.
///
/// # Errors
/// When something cannot be read or written.
pub fn retell(
    paths: &[PathBuf],
    sight: Sight,
    out: &mut impl Write,
) -> Result<usize, Box<dyn Error + Send + Sync>> {
    let mut count = 0;
    for file in walk(paths)?.files {
        for (id, messages) in told(&file, sight)? {
            serde_json::to_writer(&mut *out, &json!({ "session_id": id, "messages": messages }))?;
            writeln!(out)?;
            count += 1;
        }
    }
    Ok(count)
}

fn told(file: &Path, sight: Sight) -> Result<BTreeMap<String, Vec<Value>>, Box<dyn Error + Send + Sync>> {
    let mut teller = Teller { sight, sessions: BTreeMap::new(), latest: None, screens: BTreeMap::new() };
    read_file(file, 0, &Options::default(), &mut teller)?;
    Ok(teller.sessions)
}

struct Teller {
    sight: Sight,
    sessions: BTreeMap<String, Vec<Value>>,
    /// Session and request of the latest event.
    latest: Option<(String, String)>,
    screens: BTreeMap<String, Screen>,
}

/// A terminal.
struct Screen {
    lines: Vec<String>,
    /// Commands that were typed and not run yet, by their calls.
    typed: BTreeMap<String, String>,
}

impl Sink for Teller {
    fn event(&mut self, event: Event<'_>) {
        let text = event.text.as_deref().unwrap_or_default();
        let message = match event.kind {
            Kind::Prompt | Kind::Injected => json!({ "role": "user", "content": text }),
            Kind::Text => json!({ "role": "assistant", "content": text }),
            Kind::ToolCall => {
                json!({ "role": "assistant", "content": null, "tool_calls": [self.called(&event)] })
            }
            Kind::ToolResult => {
                json!({ "role": "tool", "tool_call_id": event.call, "content": self.seen(&event, text) })
            }
            _ => return,
        };
        self.tell(event, message);
    }

    fn issue(&mut self, _: Issue) {}
}

impl Teller {
    /// Calls of one request are made in one message.
    fn tell(&mut self, event: Event<'_>, mut message: Value) {
        let now = event.request.map(|request| (event.session.to_string(), request.into_owned()));
        let goes_on = event.kind == Kind::ToolCall && now.is_some() && now == self.latest;
        let messages = self.sessions.entry(event.session.into_owned()).or_default();
        match messages.last_mut().and_then(Value::as_object_mut).filter(|_| goes_on) {
            Some(before) => match before.get_mut("tool_calls").and_then(Value::as_array_mut) {
                Some(calls) => calls.push(message["tool_calls"][0].take()),
                None => drop(before.insert("tool_calls".to_owned(), message["tool_calls"].take())),
            },
            None => messages.push(message),
        }
        self.latest = now;
    }
}

impl Teller {
    fn called(&mut self, event: &Event<'_>) -> Value {
        let raw = event.arguments.as_deref().unwrap_or_default();
        let given = serde_json::from_str(raw).unwrap_or_else(|_| json!({ "input": raw }));
        let command = command(event.tool.as_deref().unwrap_or_default(), &given);
        let arguments = json!({ "command": command }).to_string();
        let function = json!({ "name": "bash", "arguments": arguments });
        if let Some(call) = event.call.as_deref() {
            self.screen(event).typed.insert(call.to_owned(), command);
        }
        json!({ "id": event.call, "type": "function", "function": function })
    }

    fn seen(&mut self, event: &Event<'_>, output: &str) -> String {
        match self.sight {
            Sight::Output => {
                let failed = u8::from(event.error == Some(true));
                format!("<returncode>{failed}</returncode>\n<output>\n{output}\n</output>")
            }
            Sight::Screen => self.screen(event).run(event.call.as_deref().unwrap_or_default(), output),
        }
    }

    fn screen(&mut self, event: &Event<'_>) -> &mut Screen {
        let new = || Screen { lines: vec![PROMPT.to_owned()], typed: BTreeMap::new() };
        self.screens.entry(event.session.to_string()).or_insert_with(new)
    }
}

const PROMPT: &str = "root@box:/app# ";

/// Lines that fit on a screen.
const HEIGHT: usize = 40;

impl Screen {
    /// What is to be seen when a command has run.
    fn run(&mut self, call: &str, output: &str) -> String {
        let command = self.typed.remove(call).unwrap_or_default();
        let mut typed = command.lines();
        if let Some(prompt) = self.lines.last_mut() {
            prompt.push_str(typed.next().unwrap_or_default());
        }
        self.lines.extend(typed.map(|line| format!("> {line}")));
        self.lines.extend(output.lines().map(str::to_owned));
        self.lines.push(PROMPT.to_owned());
        self.lines.drain(..self.lines.len().saturating_sub(HEIGHT));
        format!("Current terminal state:\n{}", self.lines.join("\n"))
    }
}

/// The command that does what a call asks for.
fn command(tool: &str, given: &Value) -> String {
    let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| given.get(name).and_then(Value::as_u64);
    let (path, file) = (text("path"), text("file_path"));
    match tool {
        "Bash" => text("command").to_owned(),
        "Read" => match number("offset") {
            Some(from) => format!("sed -n '{from},{}p' {file}", from + number("limit").unwrap_or(200)),
            None => format!("cat -n {file}"),
        },
        "Grep" => format!("grep -rn '{}' {}", text("pattern"), if path.is_empty() { "." } else { path }),
        "Glob" => format!("find . -path '{}'", text("pattern")),
        "Write" => format!("cat > {file} <<'EOF'\n{}\nEOF", text("content")),
        "Edit" => format!(
            "python3 - <<'EOF'\np = '{file}'\ns = open(p).read()\ns = s.replace('''{}''', '''{}''')\n\
             open(p, 'w').write(s)\nEOF",
            text("old_string"),
            text("new_string")
        ),
        other => {
            let options =
                given.as_object().into_iter().flatten().map(|(name, value)| format!(" --{name} {value}"));
            other.to_lowercase() + &options.collect::<String>()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PROMPT, Screen, command};

    #[test]
    fn a_screen_shows_what_was_typed_before() {
        let typed =
            [("a", "ls"), ("b", "cat <<E\nx\nE")].map(|(call, line)| (call.to_owned(), line.to_owned()));
        let mut screen = Screen { lines: vec![PROMPT.to_owned()], typed: typed.into() };
        screen.run("a", "one");
        let lines = [&format!("{PROMPT}ls"), "one", &format!("{PROMPT}cat <<E"), "> x", "> E", "x", PROMPT];
        assert_eq!(screen.run("b", "x"), format!("Current terminal state:\n{}", lines.join("\n")));
    }

    #[test]
    fn calls_become_commands() {
        assert_eq!(command("Read", &json!({ "file_path": "a", "offset": 3, "limit": 4 })), "sed -n '3,7p' a");
        assert_eq!(command("Write", &json!({ "file_path": "a", "content": "x" })), "cat > a <<'EOF'\nx\nEOF");
        assert_eq!(command("TaskUpdate", &json!({ "taskId": 3 })), "taskupdate --taskId 3");
    }
}
