//! Folders that vanish, and traces written as Claude Code writes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use goodhart_trace::{Event, Kind, Usage};

/// A folder of its own, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("goodhart-batch-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes lines.
    pub(crate) fn write_lines(&self, name: &str, lines: &[String]) -> PathBuf {
        self.write(name, &lines.concat())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// One line of a Claude Code transcript for each event. The ids come from the event, so that the lines of two sessions
/// are copies of each other when their events are; ids of calls are those of the session that made them.
pub(crate) fn claude_code(events: &[Event<'_>], session: &str) -> Vec<String> {
    events.iter().map(|event| line(event, session)).collect()
}

fn line(event: &Event<'_>, session: &str) -> String {
    let uuid = format!("{:016x}-0000-4000-8000-000000000000", event.id.map_or(0, |id| id.0));
    let time = 1_772_442_000_000_i64;
    let seconds = event.time_ms.unwrap_or(time) / 1000;
    let (day, second) = (seconds / 86_400 - time / 86_400_000, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    let (kind, message) = match event.kind {
        Kind::Text | Kind::Reasoning | Kind::ToolCall => ("assistant", output(event)),
        _ => ("user", input(event)),
    };
    format!(
        "{{\"type\":\"{kind}\",\"uuid\":\"{uuid}\",\"sessionId\":\"{session}\",\"version\":\"2.1.90\",\
         \"timestamp\":\"2026-03-{:02}T{clock}.000Z\",\"message\":{message}}}\n",
        2 + day
    )
}

fn input(event: &Event<'_>) -> String {
    let text = quoted(event.text.as_deref());
    match (event.kind, &event.call) {
        (Kind::ToolResult, Some(call)) => format!(
            "{{\"role\":\"user\",\"content\":[{{\"type\":\"tool_result\",\"tool_use_id\":\"{}\",\"content\":{text},\
             \"is_error\":{}}}]}}",
            unique("toolu", call),
            event.error == Some(true),
        ),
        _ => format!("{{\"role\":\"user\",\"content\":{text}}}"),
    }
}

fn output(event: &Event<'_>) -> String {
    let block = match (event.kind, &event.call) {
        (Kind::ToolCall, Some(call)) => format!(
            "{{\"type\":\"tool_use\",\"id\":\"{}\",\"name\":{},\"input\":{}}}",
            unique("toolu", call),
            quoted(event.tool.as_deref()),
            event.arguments.as_deref().unwrap_or("{}"),
        ),
        (Kind::Reasoning, _) => {
            format!("{{\"type\":\"thinking\",\"thinking\":{}}}", quoted(event.text.as_deref()))
        }
        _ => format!("{{\"type\":\"text\",\"text\":{}}}", quoted(event.text.as_deref())),
    };
    let Usage { input, cache_read, cache_write, output, .. } = event.usage.unwrap_or_default();
    format!(
        "{{\"id\":\"{}\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\",\"content\":[{block}],\"usage\":\
         {{\"input_tokens\":{input},\"cache_read_input_tokens\":{cache_read},\
         \"cache_creation_input_tokens\":{cache_write},\"output_tokens\":{output}}}}}",
        unique("msg", event.request.as_deref().unwrap_or_default()),
    )
}

/// An id that is unique in the world by its looks, as those of the provider are.
fn unique(what: &str, name: &str) -> String {
    let hash = goodhart_features::name_hash(name);
    format!("{what}_01{hash:016x}{hash:016x}")
}

fn quoted(text: Option<&str>) -> String {
    format!("{:?}", text.unwrap_or_default())
}
