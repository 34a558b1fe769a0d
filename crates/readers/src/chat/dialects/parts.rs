//! Messages made of parts: Gemini, Bedrock Converse, and both kinds of the Vercel AI SDK.
//!
//! A part of a `UIMessage` of Vercel is a call and its result in one: its `state` says how far it got.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Foreign, Piece, content_text};
use crate::json::{Field, Notes, Object, Text, arguments};

/// A message whose content is a list of parts.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Message<'a> {
    role: Text<'a>,
    parts: Field<Vec<Field<Object<Part<'a>>>>>,
    content: Field<Vec<Field<Object<Part<'a>>>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    text: Text<'a>,
    thought: Field<bool>,
    // Gemini
    #[serde(rename = "functionCall")]
    function_call: Field<Object<Used<'a>>>,
    #[serde(rename = "function_call")]
    snake_call: Field<Object<Used<'a>>>,
    #[serde(rename = "functionResponse")]
    function_response: Field<Object<Used<'a>>>,
    #[serde(rename = "function_response")]
    snake_response: Field<Object<Used<'a>>>,
    // Bedrock
    #[serde(rename = "toolUse")]
    tool_use: Field<Object<Used<'a>>>,
    #[serde(rename = "toolResult")]
    tool_result: Field<Object<Used<'a>>>,
    #[serde(rename = "reasoningContent")]
    reasoning_content: Field<Object<Reasoned<'a>>>,
    // Vercel
    #[serde(rename = "toolCallId")]
    tool_call_id: Text<'a>,
    #[serde(rename = "toolName")]
    tool_name: Text<'a>,
    input: Option<&'a RawValue>,
    args: Option<&'a RawValue>,
    output: Option<&'a RawValue>,
    result: Option<&'a RawValue>,
    #[serde(rename = "isError")]
    is_error: Field<bool>,
    state: Text<'a>,
    #[serde(rename = "errorText")]
    error_text: Text<'a>,
    #[serde(rename = "toolInvocation")]
    invocation: Field<Object<Invocation<'a>>>,
}

/// A call or a result inside a part.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Used<'a> {
    id: Text<'a>,
    #[serde(rename = "toolUseId")]
    tool_use_id: Text<'a>,
    name: Text<'a>,
    args: Option<&'a RawValue>,
    input: Option<&'a RawValue>,
    response: Option<&'a RawValue>,
    content: Option<&'a RawValue>,
    status: Text<'a>,
}

/// A call with its result as version 4 of the SDK nests it.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Invocation<'a> {
    #[serde(rename = "toolCallId")]
    tool_call_id: Text<'a>,
    #[serde(rename = "toolName")]
    tool_name: Text<'a>,
    args: Option<&'a RawValue>,
    result: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Reasoned<'a> {
    #[serde(rename = "reasoningText")]
    reasoning_text: Field<Object<Thought<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Thought<'a> {
    text: Text<'a>,
}

impl<'a> Message<'a> {
    /// The message, if its content is `parts`, or at least one of its blocks is like none of Anthropic or OpenAI.
    pub(super) fn foreign(self, notes: &mut Notes<'_>) -> Option<Foreign<'a>> {
        let is_parts = self.parts.as_ref().is_some();
        let parts = self.parts.quiet().or_else(|| self.content.quiet())?;
        let parts: Vec<Part<'a>> =
            parts.into_iter().filter_map(Field::quiet).map(|Object(part)| part).collect();
        if !is_parts && !parts.iter().any(Part::is_foreign) {
            return None;
        }
        let mut pieces = Vec::new();
        for part in parts {
            part.pieces(is_parts, &mut pieces, notes);
        }
        let role = self.role.quiet()?;
        Some(Foreign { role, ..Foreign::new("", pieces) })
    }
}

impl<'a> Part<'a> {
    fn is_foreign(&self) -> bool {
        let vercel = self.kind.is("tool-call") || self.kind.is("tool-result");
        let bedrock = self.tool_use.as_ref().is_some()
            || self.tool_result.as_ref().is_some()
            || self.reasoning_content.as_ref().is_some();
        vercel || bedrock
    }

    fn pieces(mut self, is_parts: bool, into: &mut Vec<Piece<'a>>, notes: &mut Notes<'_>) {
        let kind = std::mem::take(&mut self.kind).quiet().unwrap_or_default();
        let shown = is_parts && self.tool_call_id.as_ref().is_some();
        match kind.as_ref() {
            "step-start" => into.push(Piece::Step),
            "tool-invocation" => {
                if let Some(Object(invocation)) = self.invocation.take("toolInvocation", notes) {
                    invocation.pieces(into);
                }
            }
            kind if shown && (kind == "dynamic-tool" || kind.starts_with("tool-")) => {
                self.shown(kind.strip_prefix("tool-").unwrap_or_default(), into);
            }
            kind => into.extend(self.piece(kind, notes)),
        }
    }

    /// A call as a user interface shows it, with its result as soon as there is one.
    fn shown(self, name: &str, into: &mut Vec<Piece<'a>>) {
        let id = self.tool_call_id.quiet();
        let tool = match self.tool_name {
            Field::Absent => Field::Is(Cow::Owned(name.to_owned())),
            given => given,
        };
        into.push(Piece::Call { id: id.clone(), tool, arguments: self.input.map(arguments) });
        let (text, error) = match self.state.as_ref().map(AsRef::as_ref) {
            Some("output-error") => (self.error_text.quiet(), true),
            Some("output-denied") => (None, true),
            Some("output-available") => (self.output.map(arguments), false),
            _ => return,
        };
        into.push(Piece::Result { call: id, text, error: Some(error) });
    }

    fn piece(self, kind: &str, notes: &mut Notes<'_>) -> Option<Piece<'a>> {
        let called = [self.function_call, self.snake_call, self.tool_use];
        if let Some(Object(call)) = called.into_iter().find_map(Field::quiet) {
            let arguments = call.args.or(call.input).map(arguments);
            let id = call.id.quiet().or_else(|| call.tool_use_id.quiet());
            return Some(Piece::Call { id, tool: call.name, arguments });
        }
        let answered = [self.function_response, self.snake_response, self.tool_result];
        if let Some(Object(answer)) = answered.into_iter().find_map(Field::quiet) {
            let error = answer.status.as_ref().map(|status| status == "error");
            let text = answer.response.map(arguments).or_else(|| content_text(answer.content, notes));
            let call = answer.id.quiet().or_else(|| answer.tool_use_id.quiet());
            return Some(Piece::Result { call, text, error });
        }
        if let Some(Object(reasoned)) = self.reasoning_content.quiet() {
            let said = reasoned.reasoning_text.quiet()?;
            return said.0.text.quiet().map(Piece::Thought);
        }
        match kind {
            "tool-call" => Some(Piece::Call {
                id: self.tool_call_id.quiet(),
                tool: self.tool_name,
                arguments: self.input.or(self.args).map(arguments),
            }),
            "tool-result" => Some(Piece::Result {
                call: self.tool_call_id.quiet(),
                text: self.output.or(self.result).map(arguments),
                error: self.is_error.quiet(),
            }),
            "reasoning" | "thinking" => self.text.quiet().map(Piece::Thought),
            _ if self.thought.holds() => self.text.quiet().map(Piece::Thought),
            _ => self.text.quiet().map(Piece::Text),
        }
    }
}

impl<'a> Invocation<'a> {
    fn pieces(self, into: &mut Vec<Piece<'a>>) {
        let id = self.tool_call_id.quiet();
        into.push(Piece::Call { id: id.clone(), tool: self.tool_name, arguments: self.args.map(arguments) });
        if let Some(result) = self.result {
            into.push(Piece::Result { call: id, text: Some(arguments(result)), error: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::Kind;

    use crate::testing::{kinds, read, texts};

    /// By hand: two steps, with a call that failed, one that was answered and one that is still open.
    #[test]
    fn messages_as_a_user_interface_shows_them() {
        use Kind::*;
        let found = read(
            r#"[{"id":"m1","role":"user","parts":[{"type":"text","text":"weather?"}]},{"id":"m2","role":"assistant","parts":[{"type":"step-start"},{"type":"reasoning","text":"hm","state":"done"},{"type":"tool-weather","toolCallId":"t1","state":"output-error","input":{"city":1},"errorText":"a string, please"},{"type":"step-start"},{"type":"dynamic-tool","toolName":"find","toolCallId":"t2","state":"output-available","input":{"q":"x"},"output":{"n":0}},{"type":"tool-call","toolCallId":"t3","state":"input-available","input":{}},{"type":"source-url","url":"u"},{"type":"text","text":"Sunny."}]}]"#,
        );
        let expected = [Prompt, Reasoning, ToolCall, ToolResult, ToolCall, ToolResult, ToolCall, Text];
        assert_eq!(kinds(&found), expected);
        let tools: Vec<_> = found.events.iter().filter_map(|event| event.tool.as_deref()).collect();
        assert_eq!(tools, ["weather", "find", "call"]);
        assert_eq!((found.events[3].error, found.events[5].error), (Some(true), Some(false)));
        assert_eq!(texts(&found), ["weather?", "hm", "a string, please", r#"{"n":0}"#, "Sunny."]);
        assert_eq!(found.events[1].request, found.events[2].request);
        assert_ne!(found.events[2].request, found.events[4].request, "each step is a request");
        assert_eq!(found.events[4].request, found.events[7].request);
        assert_eq!(found.issues, []);
    }

    #[test]
    fn calls_that_are_nested_in_an_invocation() {
        use Kind::*;
        let found = read(
            r#"[{"role":"assistant","parts":[{"type":"tool-invocation","toolInvocation":{"state":"result","toolCallId":"t","toolName":"ls","args":{"p":1},"result":"a"}}]}]"#,
        );
        assert_eq!((kinds(&found), texts(&found)), (vec![ToolCall, ToolResult], vec!["a"]));
    }
}
