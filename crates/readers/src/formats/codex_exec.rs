//! **What it reads**: what `codex exec --json` prints, one JSON object a line.
//!
//! **Where**: wherever a script kept it; the rollouts of the same threads are the fuller source.
//!
//! **Record shape**: `{type, …}`: threads and turns begin and end, and items of a turn start, change and complete.
//!
//! | record | event |
//! |---|---|
//! | `thread.started` | names the session |
//! | `item.completed` of `agent_message`, `reasoning` | `Text`, `Reasoning` |
//! | of `command_execution`, `file_change`, `mcp_tool_call`, `web_search` | `ToolCall` and `ToolResult` |
//! | of `error` | `Injected` |
//! | `item.started` and `item.updated` of `todo_list` | `ToolCall` and `ToolResult`: each shows the plan anew |
//! | `turn.completed` | `Usage` |
//! | `turn.failed`, `error` | `ApiError` |
//!
//! **Sessions**: the thread, else the name of the file without folders and extension.
//!
//! **Requests**: model calls are not told apart; the n-th turn is `<thread>#<n>`.
//!
//! **Tokens**: the usage of a turn; input includes the cache. Some versions count on from turn to turn: where every
//! class is at least that of the turn before, the difference is taken, so that no token counts twice.
//!
//! **Errors**: the exit code of a command, else the status of the item.
//!
//! **Identity**: thread, turn, item and text: item numbers start anew with every run.
//!
//! **When it misleads**: prompts and times are not printed. With several turns that do not count on, and grow in every
//! class, usage comes out too low.
//!
//! **Cost**: one pass over each line; nothing is held but the name of the session and the last usage.

use std::borrow::Cow;

use goodhart_trace::{Decoder, Event, EventId, Format, Head, IssueKind, Kind, Record, Sink, Source, Usage};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::content::Shape;
use crate::json::{Count, Field, Notes, Object, Text, arguments, object};

/// The stream of `codex exec --json`.
pub struct CodexExec;

impl Format for CodexExec {
    fn id(&self) -> &'static str {
        "codex-exec"
    }

    fn title(&self) -> &'static str {
        "OpenAI Codex CLI without a screen, codex exec --json (JSON Lines)"
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        head.lines.iter().any(is_ours)
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        let (file, thread) = (source.file, source.stem().to_owned());
        Box::new(Reader { file, thread, turns: 0, items: 0, billed: Usage::default() })
    }
}

fn is_ours(line: &Value) -> bool {
    let item = || line.get("item").is_some_and(|item| item.get("id").is_some() && item.get("type").is_some());
    match line.get("type").and_then(Value::as_str) {
        Some("thread.started") => line.get("thread_id").is_some(),
        Some("item.started" | "item.updated" | "item.completed") => item(),
        _ => false,
    }
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    thread_id: Text<'a>,
    item: Field<Object<Item<'a>>>,
    usage: Field<Object<Tokens>>,
    error: Field<Object<Trouble<'a>>>,
    message: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Item<'a> {
    id: Text<'a>,
    #[serde(rename = "type")]
    kind: Text<'a>,
    item_type: Text<'a>,
    text: Text<'a>,
    message: Text<'a>,
    command: Text<'a>,
    aggregated_output: Text<'a>,
    exit_code: Field<i64>,
    status: Text<'a>,
    changes: Option<&'a RawValue>,
    tool: Text<'a>,
    arguments: Option<&'a RawValue>,
    result: Field<Object<Answer<'a>>>,
    error: Field<Object<Trouble<'a>>>,
    query: Text<'a>,
    items: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Answer<'a> {
    content: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Trouble<'a> {
    message: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    input_tokens: Field<Count>,
    cached_input_tokens: Field<Count>,
    output_tokens: Field<Count>,
    reasoning_output_tokens: Field<Count>,
}

struct Reader {
    file: u32,
    thread: String,
    turns: u64,
    items: u64,
    /// What the last turn that was billed stated.
    billed: Usage,
}

impl Decoder for Reader {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spare = String::new();
        if let Some(line) = object::<Line<'_>>(record.text, &mut spare, &mut notes) {
            self.line(line, &mut notes);
        }
    }
}

impl Reader {
    fn line(&mut self, line: Line<'_>, notes: &mut Notes<'_>) {
        let Some(kind) = line.kind.take("type", notes) else {
            return notes.issue(IssueKind::MissingField, "type: expected a kind of record, found none");
        };
        match kind.as_ref() {
            "thread.started" => self.start(line.thread_id.take("thread_id", notes)),
            "turn.started" => self.turns += 1,
            "item.completed" => self.each_item(line.item, false, notes),
            "item.started" | "item.updated" => self.each_item(line.item, true, notes),
            "turn.completed" => self.usage(line.usage.take("usage", notes), notes),
            "turn.failed" | "error" => {
                let said = line.error.take("error", notes).and_then(|Object(error)| error.message.quiet());
                let text = said.or_else(|| line.message.quiet());
                self.deliver(Event { kind: Kind::ApiError, text, ..Event::default() }, notes);
            }
            other => notes.unknown(IssueKind::UnknownRecord, "type", other),
        }
    }

    fn start(&mut self, thread: Option<Cow<'_, str>>) {
        if let Some(thread) = thread.filter(|thread| *thread != self.thread) {
            self.thread = thread.into_owned();
            self.billed = Usage::default();
        }
    }

    /// Only plans are of interest before they are complete: they never are, and show their state every time.
    fn each_item(&mut self, item: Field<Object<Item<'_>>>, changing: bool, notes: &mut Notes<'_>) {
        if let Some(Object(item)) = item.take("item", notes)
            && item.kind.is("todo_list") == changing
        {
            self.item(item, notes);
        }
    }

    fn item(&mut self, mut item: Item<'_>, notes: &mut Notes<'_>) {
        self.items += 1;
        let kind = std::mem::take(&mut item.kind).take("item.type", notes);
        let kind = kind.or_else(|| std::mem::take(&mut item.item_type).quiet()).unwrap_or_default();
        match kind.as_ref() {
            "agent_message" | "assistant_message" => self.said(Kind::Text, item.text, notes),
            "reasoning" => self.said(Kind::Reasoning, item.text, notes),
            "error" => self.said(Kind::Injected, item.message, notes),
            "command_execution" => self.command(item, notes),
            "mcp_tool_call" => self.mcp(item, notes),
            "file_change" => {
                self.called("apply_patch", item.changes.map(arguments), item.status, item.id, notes)
            }
            "todo_list" => self.called("update_plan", item.items.map(arguments), item.status, item.id, notes),
            "web_search" => self.called("web_search", item.query.quiet(), item.status, item.id, notes),
            other => notes.unknown(IssueKind::UnknownBlock, "item.type", other),
        }
    }

    fn said(&mut self, kind: Kind, text: Text<'_>, notes: &mut Notes<'_>) {
        if let Some(text) = text.take("item.text", notes).filter(|text| !text.is_empty()) {
            let request = Some(self.request()).filter(|_| kind != Kind::Injected).map(Cow::Owned);
            self.deliver(Event { kind, request, text: Some(text), ..Event::default() }, notes);
        }
    }

    fn command(&mut self, item: Item<'_>, notes: &mut Notes<'_>) {
        let code = item.exit_code.take("item.exit_code", notes).map(|code| code != 0);
        let failed = code.or_else(|| failed(&item.status));
        let call = self.call(item.id, Some("shell".into()), item.command.take("item.command", notes), notes);
        self.result(call, item.aggregated_output.take("item.aggregated_output", notes), failed, notes);
    }

    fn mcp(&mut self, item: Item<'_>, notes: &mut Notes<'_>) {
        let error = item.error.quiet().and_then(|Object(error)| error.message.quiet());
        let failed = if error.is_some() { Some(true) } else { failed(&item.status) };
        let content = item.result.quiet().and_then(|Object(answer)| answer.content);
        let call =
            self.call(item.id, item.tool.take("item.tool", notes), item.arguments.map(arguments), notes);
        let mut spare = String::new();
        let text = Shape::result_text(content, &mut spare, notes).or(error);
        self.result(call, text, failed, notes);
    }

    /// A call whose result is not printed.
    fn called(
        &mut self,
        tool: &'static str,
        arguments: Option<Cow<'_, str>>,
        status: Text<'_>,
        id: Text<'_>,
        notes: &mut Notes<'_>,
    ) {
        let call = self.call(id, Some(tool.into()), arguments, notes);
        self.result(call, None, failed(&status), notes);
    }

    fn call(
        &mut self,
        id: Text<'_>,
        tool: Option<Cow<'_, str>>,
        arguments: Option<Cow<'_, str>>,
        notes: &mut Notes<'_>,
    ) -> String {
        let id = id.take("item.id", notes).unwrap_or_default();
        let call = format!("{}.{}/{id}", self.turns, self.items);
        let request = Some(Cow::Owned(self.request()));
        let event = Event { kind: Kind::ToolCall, request, tool, arguments, ..Event::default() };
        self.deliver(Event { call: Some(Cow::Borrowed(&call)), ..event }, notes);
        call
    }

    fn result(
        &mut self,
        call: String,
        text: Option<Cow<'_, str>>,
        error: Option<bool>,
        notes: &mut Notes<'_>,
    ) {
        let call = Some(Cow::Borrowed(&*call));
        self.deliver(Event { kind: Kind::ToolResult, call, text, error, ..Event::default() }, notes);
    }

    fn usage(&mut self, tokens: Option<Object<Tokens>>, notes: &mut Notes<'_>) {
        let Some(Object(tokens)) = tokens else { return };
        let stated = tokens.classes(notes);
        let usage = Some(since(&self.billed, &stated).unwrap_or(stated));
        self.billed = stated;
        let request = Some(Cow::Owned(self.request()));
        self.deliver(Event { kind: Kind::Usage, request, usage, ..Event::default() }, notes);
    }

    fn request(&self) -> String {
        format!("{}#{}", self.thread, self.turns)
    }

    fn deliver(&self, event: Event<'_>, notes: &mut Notes<'_>) {
        let said = event.text.as_deref().or(event.arguments.as_deref()).unwrap_or_default();
        let (turn, item) = (self.turns.to_string(), self.items.to_string());
        let id = Some(EventId::of(&[
            "codex-exec",
            &self.thread,
            &turn,
            &item,
            &format!("{:?}", event.kind),
            said,
        ]));
        notes.sink.event(Event {
            session: Cow::Borrowed(&self.thread),
            agent: Some(Cow::Borrowed("codex")),
            position: notes.position,
            id,
            ..event
        });
    }
}

fn failed(status: &Text<'_>) -> Option<bool> {
    match status.as_ref()?.as_ref() {
        "failed" | "declined" => Some(true),
        "completed" => Some(false),
        _ => None,
    }
}

/// What was added to a count that goes on; `None` where some class went down.
fn since(before: &Usage, now: &Usage) -> Option<Usage> {
    Some(Usage {
        input: now.input.checked_sub(before.input)?,
        cache_read: now.cache_read.checked_sub(before.cache_read)?,
        cache_write: 0,
        output: now.output.checked_sub(before.output)?,
        reasoning: now.reasoning.map(|now| now.saturating_sub(before.reasoning.unwrap_or(0))),
    })
}

impl Tokens {
    fn classes(self, notes: &mut Notes<'_>) -> Usage {
        let mut count = |field: Field<Count>, name: &str| field.count(name, notes);
        let input = count(self.input_tokens, "usage.input_tokens").unwrap_or(0);
        let cached = count(self.cached_input_tokens, "usage.cached_input_tokens").unwrap_or(0).min(input);
        let output = count(self.output_tokens, "usage.output_tokens").unwrap_or(0);
        let reasoning = count(self.reasoning_output_tokens, "usage.reasoning_output_tokens");
        Usage { input: input - cached, cache_read: cached, cache_write: 0, output, reasoning }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CODEX_EXEC, issues, kinds, log, of_kind, read, requests, texts, total};

    #[test]
    fn items_become_steps_of_their_turn() {
        let found = read(CODEX_EXEC);
        use Kind::*;
        assert_eq!(kinds(&found), [Reasoning, ToolCall, ToolResult, ToolCall, ToolResult, Text, Usage]);
        assert!(found.events.iter().all(|event| event.session == "th-1"));
        let calls = of_kind(&found, ToolCall);
        assert_eq!(
            (calls[0].tool.as_deref(), calls[0].arguments.as_deref()),
            (Some("shell"), Some("bash -lc ls"))
        );
        assert_eq!(
            (calls[1].tool.as_deref(), calls[1].request.as_deref()),
            (Some("apply_patch"), Some("th-1#1"))
        );
        let results = of_kind(&found, ToolResult);
        assert_eq!((results[0].error, results[1].error), (Some(true), Some(false)));
        assert_eq!(calls[0].call, results[0].call);
        assert_eq!(texts(&found), ["look first", "no such folder", "Done."]);
        assert_eq!(found.issues, []);
    }

    /// By hand: 900 input of which 700 cached, 40 output.
    #[test]
    fn usage_of_a_turn_includes_the_cache() {
        let expected = Usage { input: 200, cache_read: 700, output: 40, ..Usage::default() };
        assert_eq!((total(&read(CODEX_EXEC)), requests(&read(CODEX_EXEC)).len()), (expected, 1));
    }

    #[test]
    fn usage_that_counts_on_counts_once_and_one_that_starts_anew_counts_again() {
        let turn = |input: u64, output: u64| {
            format!(
                r#"{{"type":"turn.completed","usage":{{"input_tokens":{input},"cached_input_tokens":0,"output_tokens":{output}}}}}"#
            )
        };
        let start = r#"{"type":"thread.started","thread_id":"t"}"#;
        let begin = r#"{"type":"turn.started"}"#;
        let of = |a: String, b: String| total(&read(log(&[start, begin, &a, begin, &b]))).total();
        assert_eq!(of(turn(100, 10), turn(150, 12)), 162);
        assert_eq!(of(turn(100, 10), turn(150, 9)), 269);
    }

    #[test]
    fn a_plan_is_shown_whenever_it_changes_and_failures_are_told() {
        let found = read(log(&[
            r#"{"type":"thread.started","thread_id":"t"}"#,
            r#"{"type":"item.started","item":{"id":"i0","type":"todo_list","items":[{"text":"a","completed":false}]}}"#,
            r#"{"type":"item.updated","item":{"id":"i0","type":"todo_list","items":[{"text":"a","completed":true}]}}"#,
            r#"{"type":"item.completed","item":{"id":"i0","type":"todo_list","items":[{"text":"a","completed":true}]}}"#,
            r#"{"type":"item.completed","item":{"id":"i1","type":"mcp_tool_call","server":"s","tool":"q","arguments":{"a":1},"error":{"message":"gone"},"status":"failed"}}"#,
            r#"{"type":"item.completed","item":{"id":"i2","type":"hologram"}}"#,
            r#"{"type":"turn.failed","error":{"message":"overloaded"}}"#,
        ]));
        use Kind::*;
        assert_eq!(
            kinds(&found),
            [ToolCall, ToolResult, ToolCall, ToolResult, ToolCall, ToolResult, ApiError]
        );
        assert_eq!(texts(&found), ["gone", "overloaded"]);
        assert_eq!(found.events[5].error, Some(true));
        assert_eq!(issues(&found), [IssueKind::UnknownBlock]);
    }
}
