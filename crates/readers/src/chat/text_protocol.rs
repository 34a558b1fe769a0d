//! Calls that a model writes into its text, for agents without structured calls: ReAct (`Action:`, `Action Input:`), and
//! calls between tags, and calls in a fenced block at the end: JSON with a tool and its arguments, or commands. A fallback
//! only: a session that makes structured calls is never read this way. Answers hold blocks of commands, too, so one is
//! taken for a call only where what follows says that it is an answer of the world.

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A call within a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written<'t> {
    /// What was said before it.
    pub(super) before: &'t str,
    pub(super) tool: Cow<'t, str>,
    pub(super) arguments: Cow<'t, str>,
}

/// The call that a text ends with.
pub(super) fn call(text: &str) -> Option<Written<'_>> {
    react(text).or_else(|| tagged_json(text)).or_else(|| tagged_function(text)).or_else(|| fenced_json(text))
}

/// Commands in the fenced block that a text ends with.
pub(super) fn commands(text: &str) -> Option<Written<'_>> {
    let (before, language, block) = fenced(text)?;
    let is_shell = matches!(language, "" | "bash" | "console" | "sh" | "shell");
    let arguments = serde_json::json!({ "command": block }).to_string();
    is_shell.then_some(Written { before, tool: Cow::Borrowed("bash"), arguments: Cow::Owned(arguments) })
}

/// Whether a message, as it is logged, is the answer to a call that was written into the text before it.
pub(crate) fn is_answer(message: &str) -> bool {
    let head = &message.as_bytes()[..message.len().min(LOOKED_AT)];
    let begins_with = |mark: &&str| {
        memmem::find_iter(head, mark.as_bytes())
            .any(|at| at.checked_sub(1).is_some_and(|at| head[at] == b'"'))
    };
    TOLD.iter().chain(REPORTED).any(begins_with)
}

/// What follows a call: the answer of the world, told as if by a user.
pub(super) fn answer(text: &str) -> Option<&str> {
    let text = text.trim_start();
    match TOLD.iter().find_map(|mark| text.strip_prefix(mark)) {
        Some(told) => Some(told.trim().trim_end_matches("</tool_response>").trim_end()),
        None => REPORTED.iter().any(|mark| text.starts_with(mark)).then_some(text),
    }
}

/// Bytes of a message within which its text begins.
const LOOKED_AT: usize = 512;

/// How answers are announced.
const TOLD: &[&str] = &["Observation:", "OBSERVATION:", "<tool_response>"];

/// How answers begin that are told as they are.
const REPORTED: &[&str] = &["<returncode>", "<output>", "EXECUTION RESULT", "Execution result"];

/// What stands before the fenced block that a text ends with, the language of the block, and the block.
fn fenced(text: &str) -> Option<(&str, &str, &str)> {
    let rest = text.trim_end().strip_suffix("```")?;
    let start = rest.rfind("\n```").map_or(0, |at| at + 1);
    let (before, block) = rest.split_at(start);
    let (language, block) = block.strip_prefix("```")?.split_once('\n')?;
    Some((before.trim(), language.trim(), block.trim()))
}

/// `Action: search` and `Action Input: …`, or `Action: search[…]`, each at the start of a line.
fn react(text: &str) -> Option<Written<'_>> {
    let (before, action) = at_line_start(text, "Action:")?;
    let (tool, rest) = action.split_once('\n').unwrap_or((action, ""));
    let (tool, rest) = (tool.trim(), rest.trim_start());
    if let Some(input) = rest.strip_prefix("Action Input:") {
        let input = at_line_start(input, "Observation:").map_or(input, |(input, _)| input);
        return named(before, tool, input.trim());
    }
    let (tool, input) = tool.strip_suffix(']')?.split_once('[')?;
    named(before, tool, input)
}

/// `<tool_call>{"name":…,"arguments":{…}}</tool_call>`
fn tagged_json(text: &str) -> Option<Written<'_>> {
    let (before, rest) = text.split_once("<tool_call>")?;
    let inner = rest.split_once("</tool_call>").map_or(rest, |(inner, _)| inner);
    let call: Named<'_> = serde_json::from_str(inner.trim()).ok()?;
    let arguments = call.arguments.map_or("", RawValue::get);
    Some(Written { before: before.trim(), tool: call.name, arguments: Cow::Borrowed(arguments) })
}

/// A call as JSON.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, alias = "action", alias = "tool", alias = "tool_name")]
    name: Cow<'a, str>,
    #[serde(borrow, default, alias = "action_input", alias = "args", alias = "input", alias = "parameters")]
    arguments: Option<&'a RawValue>,
}

/// A fenced block of JSON that names a tool and its arguments.
fn fenced_json(text: &str) -> Option<Written<'_>> {
    let (before, _, block) = fenced(text)?;
    let call: Named<'_> = serde_json::from_str(block).ok()?;
    Some(Written { before, tool: call.name, arguments: Cow::Borrowed(call.arguments?.get()) })
}

/// `<function=name><parameter=x>…</parameter></function>`
fn tagged_function(text: &str) -> Option<Written<'_>> {
    let (before, rest) = text.split_once("<function=")?;
    let (tool, mut rest) = rest.split_once('>')?;
    let mut arguments = serde_json::Map::new();
    while let Some((name, after)) = rest.split_once("<parameter=").and_then(|(_, rest)| rest.split_once('>'))
    {
        let (value, after) = after.split_once("</parameter>").unwrap_or((after, ""));
        arguments.insert(name.to_owned(), serde_json::Value::String(value.trim_matches('\n').to_owned()));
        rest = after;
    }
    let arguments = Cow::Owned(serde_json::Value::Object(arguments).to_string());
    Some(Written { before: before.trim(), arguments, ..named(before, tool, "")? })
}

fn named<'t>(before: &'t str, tool: &'t str, arguments: &'t str) -> Option<Written<'t>> {
    let plain = |c: char| c.is_alphanumeric() || "_-. ".contains(c);
    let is_name = !tool.is_empty() && tool.len() <= 64 && tool.chars().all(plain);
    is_name.then(|| Written {
        before: before.trim(),
        tool: Cow::Borrowed(tool.trim()),
        arguments: Cow::Borrowed(arguments),
    })
}

/// The text around a mark that stands at the start of a line: the first of them.
fn at_line_start<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let at =
        text.match_indices(mark).map(|(at, _)| at).find(|&at| at == 0 || text.as_bytes()[at - 1] == b'\n')?;
    Some((&text[..at], &text[at + mark.len()..]))
}

#[cfg(test)]
mod tests {
    use super::{answer, call, commands, is_answer};

    fn parts(text: &str) -> Option<(String, String, String)> {
        call(text)
            .map(|found| (found.before.to_owned(), found.tool.into_owned(), found.arguments.into_owned()))
    }

    fn some(before: &str, tool: &str, arguments: &str) -> Option<(String, String, String)> {
        Some((before.to_owned(), tool.to_owned(), arguments.to_owned()))
    }

    #[test]
    fn react_calls_are_read() {
        let text =
            "Thought: I must look.\nAction: search\nAction Input: {\"q\": \"x\"}\nObservation: made up";
        assert_eq!(parts(text), some("Thought: I must look.", "search", "{\"q\": \"x\"}"));
        assert_eq!(parts("Action: search[the moon]"), some("", "search", "the moon"));
    }

    #[test]
    fn calls_between_tags_are_read() {
        let json = "Well.\n<tool_call>\n{\"name\": \"ls\", \"arguments\": {\"path\": \"a\"}}\n</tool_call>";
        assert_eq!(parts(json), some("Well.", "ls", "{\"path\": \"a\"}"));
        let tags = "<function=bash>\n<parameter=command>\nls -la\n</parameter>\n</function>";
        assert_eq!(parts(tags), some("", "bash", "{\"command\":\"ls -la\"}"));
    }

    #[test]
    fn calls_in_a_fenced_block_are_read() {
        let json = "So:\n```json\n{\"action\": \"find\", \"action_input\": {\"q\": 1}}\n```\n";
        assert_eq!(parts(json), some("So:", "find", "{\"q\": 1}"));
        let nested = "```json\n{\"name\": \"say\", \"arguments\": \"```sh ls```\"}\n```";
        assert_eq!(parts(nested), some("", "say", "\"```sh ls```\""));
        assert_eq!(parts("```json\n{\"name\": \"a\", \"age\": 3}\n```"), None);
        let found = commands("THOUGHT: look\n```bash\nls -la\n```").unwrap();
        assert_eq!(
            (found.before, &*found.tool, &*found.arguments),
            ("THOUGHT: look", "bash", "{\"command\":\"ls -la\"}")
        );
        assert_eq!(commands("```python\nprint()\n```"), None);
        assert_eq!(commands("Run this:\n```sh\nls\n```\nand look."), None);
    }

    #[test]
    fn an_answer_is_known_as_it_is_logged() {
        assert!(is_answer(r#"{"role":"user","content":"<returncode>0</returncode>\n<output>"}"#));
        assert!(is_answer(r#"{"role":"user","content":[{"type":"text","text":"OBSERVATION:\nx"}]}"#));
        assert!(!is_answer(r#"{"role":"user","content":"My <output> is empty"}"#));
    }

    #[test]
    fn other_text_holds_no_call() {
        for text in [
            "The Action: none.",
            "Action: think about it",
            "```sh\nls\n```",
            "<tool_call>no json</tool_call>",
            "",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn what_the_world_answers_is_told_by_its_mark() {
        assert_eq!(answer("Observation: 3 files\nmore"), Some("3 files\nmore"));
        assert_eq!(answer("<tool_response>\nok\n</tool_response>"), Some("ok"));
        assert_eq!(answer("<returncode>0</returncode>"), Some("<returncode>0</returncode>"));
        assert_eq!(answer("My observation: none"), None);
    }
}
