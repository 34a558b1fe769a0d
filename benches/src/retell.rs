//! Tells sessions anew as an agent would have logged them whose only tool is a shell: every call is a command, and every
//! answer stands between tags with its exit code. What the agent does stays the same, so what is found should, too.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use goodhart_readers::{Options, read_file, walk};
use goodhart_trace::{Event, Issue, Kind, Sink};
use serde_json::{Value, json};

/// Writes the sessions of files and folders as chat messages, one session a line; how many there were.
///
/// # Errors
/// When something cannot be read or written.
pub fn retell(paths: &[PathBuf], out: &mut impl Write) -> Result<usize, Box<dyn Error + Send + Sync>> {
    let mut count = 0;
    for file in walk(paths)?.files {
        for (id, messages) in told(&file)? {
            serde_json::to_writer(&mut *out, &json!({ "session_id": id, "messages": messages }))?;
            writeln!(out)?;
            count += 1;
        }
    }
    Ok(count)
}

fn told(file: &Path) -> Result<BTreeMap<String, Vec<Value>>, Box<dyn Error + Send + Sync>> {
    let mut teller = Teller::default();
    read_file(file, 0, &Options::default(), &mut teller)?;
    Ok(teller.sessions)
}

#[derive(Default)]
struct Teller {
    sessions: BTreeMap<String, Vec<Value>>,
    /// Session and request of the latest event.
    latest: Option<(String, String)>,
}

impl Sink for Teller {
    fn event(&mut self, event: Event<'_>) {
        let text = event.text.as_deref().unwrap_or_default();
        let message = match event.kind {
            Kind::Prompt | Kind::Injected => json!({ "role": "user", "content": text }),
            Kind::Text => json!({ "role": "assistant", "content": text }),
            Kind::ToolCall => json!({ "role": "assistant", "content": null, "tool_calls": [called(&event)] }),
            Kind::ToolResult => {
                let failed = u8::from(event.error == Some(true));
                let content = format!("<returncode>{failed}</returncode>\n<output>\n{text}\n</output>");
                json!({ "role": "tool", "tool_call_id": event.call, "content": content })
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

fn called(event: &Event<'_>) -> Value {
    let raw = event.arguments.as_deref().unwrap_or_default();
    let given = serde_json::from_str(raw).unwrap_or_else(|_| json!({ "input": raw }));
    let arguments =
        json!({ "command": command(event.tool.as_deref().unwrap_or_default(), &given) }).to_string();
    let function = json!({ "name": "bash", "arguments": arguments });
    json!({ "id": event.call, "type": "function", "function": function })
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

    use super::command;

    #[test]
    fn calls_become_commands() {
        assert_eq!(command("Read", &json!({ "file_path": "a", "offset": 3, "limit": 4 })), "sed -n '3,7p' a");
        assert_eq!(command("Write", &json!({ "file_path": "a", "content": "x" })), "cat > a <<'EOF'\nx\nEOF");
        assert_eq!(command("TaskUpdate", &json!({ "taskId": 3 })), "taskupdate --taskId 3");
    }
}
