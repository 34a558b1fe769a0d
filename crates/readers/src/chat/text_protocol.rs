//! Calls that a model writes into its text, for agents without structured calls: ReAct (`Action:`, `Action Input:`), and
//! calls between tags. A fallback only: a session that makes structured calls is never read this way. A fenced block of
//! code is not taken for a call, since answers hold those, too.

use std::borrow::Cow;

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
    react(text).or_else(|| tagged_json(text)).or_else(|| tagged_function(text))
}

/// What follows a call: the answer of the world, told as if by a user.
pub(super) fn answer(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let told = ["Observation:", "OBSERVATION:", "<tool_response>"]
        .iter()
        .find_map(|mark| text.strip_prefix(mark))?;
    Some(told.trim().trim_end_matches("</tool_response>").trim_end())
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
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        name: Cow<'a, str>,
        #[serde(borrow, default)]
        arguments: Option<&'a RawValue>,
    }
    let (before, rest) = text.split_once("<tool_call>")?;
    let inner = rest.split_once("</tool_call>").map_or(rest, |(inner, _)| inner);
    let call: Named<'_> = serde_json::from_str(inner.trim()).ok()?;
    let arguments = call.arguments.map_or("", RawValue::get);
    Some(Written { before: before.trim(), tool: call.name, arguments: Cow::Borrowed(arguments) })
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
    use super::{answer, call};

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
        assert_eq!(answer("My observation: none"), None);
    }
}
