//! Pydantic AI: messages of `kind` request and response, whose parts say what they are under `part_kind`.

use std::borrow::Cow;

use goodhart_trace::Kind;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Foreign, Piece, content_text};
use crate::chat::tokens::Tokens;
use crate::json::{Field, Moment, Notes, Object, Text, arguments};

/// A request or a response.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Message<'a> {
    kind: Text<'a>,
    parts: Field<Vec<Field<Object<Part<'a>>>>>,
    usage: Field<Object<Tokens>>,
    model_name: Text<'a>,
    timestamp: Field<Moment>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Part<'a> {
    part_kind: Text<'a>,
    content: Option<&'a RawValue>,
    tool_name: Text<'a>,
    args: Option<&'a RawValue>,
    tool_call_id: Text<'a>,
    outcome: Text<'a>,
    timestamp: Field<Moment>,
}

impl<'a> Message<'a> {
    pub(super) fn foreign(self, notes: &mut Notes<'_>) -> Option<Foreign<'a>> {
        let by_model = match self.kind.quiet()?.as_ref() {
            "request" => false,
            "response" => true,
            _ => return None,
        };
        let mut time_ms = self.timestamp.time("timestamp", notes);
        let mut pieces = Vec::new();
        for part in self.parts.quiet()? {
            let Some(Object(mut part)) = part.take("parts", notes) else { continue };
            let said_ms = std::mem::take(&mut part.timestamp).time("parts.timestamp", notes);
            time_ms = time_ms.or(said_ms);
            pieces.extend(part.piece(notes));
        }
        let usage = self.usage.take("usage", notes).map(|Object(tokens)| tokens.classes(notes));
        let usage = usage.filter(|usage| by_model && usage.total() > 0);
        let role = if by_model { "assistant" } else { "user" };
        Some(Foreign { usage, model: self.model_name.quiet(), time_ms, ..Foreign::new(role, pieces) })
    }
}

impl<'a> Part<'a> {
    fn piece(self, notes: &mut Notes<'_>) -> Option<Piece<'a>> {
        let kind = self.part_kind.take("part_kind", notes)?;
        match kind.as_ref() {
            "tool-call" | "builtin-tool-call" => {
                let arguments = self.args.map(arguments);
                return Some(Piece::Call { id: self.tool_call_id.quiet(), tool: self.tool_name, arguments });
            }
            "tool-return" | "builtin-tool-return" => {
                let error = self.outcome.as_ref().map(|outcome| outcome != "success");
                let text = self.content.map(arguments);
                return Some(Piece::Result { call: self.tool_call_id.quiet(), text, error });
            }
            // A retry that names a tool tells why its call was refused.
            "retry-prompt" if self.tool_name.as_ref().is_some() => {
                let text = self.content.map(arguments);
                return Some(Piece::Result { call: self.tool_call_id.quiet(), text, error: Some(true) });
            }
            _ => {}
        }
        let text = text_of(self.content, notes);
        match kind.as_ref() {
            "system-prompt" | "retry-prompt" => text.map(|text| Piece::Said(Kind::Injected, text)),
            "user-prompt" => text.map(|text| Piece::Said(Kind::Prompt, text)),
            "thinking" => text.map(Piece::Thought),
            "text" => text.map(Piece::Text),
            "file" => None,
            other => {
                notes.unknown(goodhart_trace::IssueKind::UnknownBlock, "part_kind", other);
                None
            }
        }
    }
}

/// A string stays borrowed; of a list its texts.
fn text_of<'a>(content: Option<&'a RawValue>, notes: &mut Notes<'_>) -> Option<Cow<'a, str>> {
    match content {
        Some(raw) if raw.get().starts_with('"') => Some(arguments(raw)),
        other => content_text(other, notes),
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::{Kind, Usage};

    use crate::testing::{kinds, read, requests, texts, total};

    /// Two requests and two responses, as `ModelMessagesTypeAdapter` writes them.
    const RUN: &str = r#"[
{"kind":"request","parts":[{"part_kind":"system-prompt","content":"be brief"},{"part_kind":"user-prompt","content":"weather?","timestamp":"2026-03-02T09:00:00Z"}]},
{"kind":"response","model_name":"m","timestamp":"2026-03-02T09:00:01Z","usage":{"input_tokens":100,"cache_read_tokens":40,"output_tokens":12,"details":{"reasoning_tokens":5}},"parts":[{"part_kind":"thinking","content":"hm"},{"part_kind":"tool-call","tool_name":"weather","args":"{\"city\":1}","tool_call_id":"c1"}]},
{"kind":"request","parts":[{"part_kind":"retry-prompt","content":[{"type":"string_type","msg":"a string"}],"tool_name":"weather","tool_call_id":"c1"}]},
{"kind":"response","model_name":"m","usage":{"request_tokens":130,"response_tokens":8},"parts":[{"part_kind":"tool-call","tool_name":"weather","args":{"city":"Rome"},"tool_call_id":"c2"}]},
{"kind":"request","parts":[{"part_kind":"tool-return","content":{"sun":true},"tool_name":"weather","tool_call_id":"c2"}]},
{"kind":"response","parts":[{"part_kind":"text","content":"Sunny."}]}
]"#;

    #[test]
    fn parts_become_events_of_their_message() {
        use Kind::*;
        let found = read(RUN);
        let expected = [Injected, Prompt, Reasoning, ToolCall, ToolResult, ToolCall, ToolResult, Text];
        assert_eq!(kinds(&found), expected);
        assert_eq!((found.events[4].error, found.events[6].error), (Some(true), None));
        assert_eq!(found.events[5].arguments.as_deref(), Some(r#"{"city":"Rome"}"#));
        assert_eq!(found.events[6].text.as_deref(), Some(r#"{"sun":true}"#));
        assert_eq!(found.events[2].model.as_deref(), Some("m"));
        assert_eq!(found.events[1].time_ms, Some(1_772_442_000_000));
        assert_eq!(texts(&found)[..3], ["be brief", "weather?", "hm"]);
        assert_eq!(found.issues, []);
    }

    /// By hand: 100 of which 40 cached and 130 of input; 12 of which 5 reasoning and 8 of output.
    #[test]
    fn usage_is_that_of_the_responses() {
        let expected = Usage { input: 190, cache_read: 40, output: 20, reasoning: Some(5), cache_write: 0 };
        let found = read(RUN);
        assert_eq!((total(&found), requests(&found).len()), (expected, 2));
    }
}
