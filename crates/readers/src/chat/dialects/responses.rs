//! The items of OpenAI Responses that are no messages: reasoning, calls and their outputs.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Foreign, Piece, content_text};
use crate::json::{Field, Notes, Text, arguments};

/// One item of an input or an output.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Item<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    id: Text<'a>,
    call_id: Text<'a>,
    name: Text<'a>,
    arguments: Option<&'a RawValue>,
    input: Option<&'a RawValue>,
    action: Option<&'a RawValue>,
    code: Option<&'a RawValue>,
    queries: Option<&'a RawValue>,
    operation: Option<&'a RawValue>,
    output: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    summary: Option<&'a RawValue>,
}

impl<'a> Item<'a> {
    pub(super) fn foreign(mut self, notes: &mut Notes<'_>) -> Option<Foreign<'a>> {
        let kind = std::mem::take(&mut self.kind).quiet()?;
        match kind.as_ref() {
            "reasoning" => {
                let thought = content_text(self.summary, notes).filter(|text| text != "[]");
                Some(Foreign::new("assistant", thought.map(Piece::Thought).into_iter().collect()))
            }
            "mcp_call" => {
                let (output, error) = (self.output, self.error.filter(|error| error.get() != "null"));
                let (id, call) = self.call(&kind);
                let text = error.or(output).map(arguments);
                let result = Piece::Result { call: id, text, error: Some(error.is_some()) };
                Some(Foreign::new("assistant", vec![call, result]))
            }
            kind if kind.ends_with("_call_output") => {
                let text = content_text(self.output, notes);
                let result = Piece::Result { call: self.call_id.quiet(), text, error: None };
                Some(Foreign::new("tool", vec![result]))
            }
            kind if kind.ends_with("_call") => Some(Foreign::new("assistant", vec![self.call(kind).1])),
            _ => None,
        }
    }

    /// The call and its id; tools of the provider have no name but their kind.
    fn call(self, kind: &str) -> (Option<Cow<'a, str>>, Piece<'a>) {
        let id = self.call_id.quiet().or_else(|| self.id.quiet());
        let tool = match self.name {
            Field::Absent => Field::Is(Cow::Owned(kind.trim_end_matches("_call").to_owned())),
            given => given,
        };
        let said = self.arguments.or(self.input).or(self.action).or(self.code).or(self.queries);
        let arguments = said.or(self.operation).map(arguments);
        (id.clone(), Piece::Call { id, tool, arguments })
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::Kind;

    use crate::testing::{kinds, read, texts};

    #[test]
    fn calls_of_every_kind_have_a_name_and_their_outputs_find_them() {
        use Kind::*;
        let found = read(
            r#"[{"type":"message","role":"user","content":"go"},{"type":"reasoning","summary":[]},{"type":"web_search_call","id":"ws_1","action":{"query":"x"}},{"type":"mcp_call","id":"m_1","name":"ask","arguments":"{}","output":"a","error":null},{"type":"custom_tool_call","call_id":"c_1","name":"patch","input":"*** Begin"},{"type":"custom_tool_call_output","call_id":"c_1","output":"ok"},{"type":"local_shell_call","call_id":"c_2","action":{"command":["ls"]}},{"type":"local_shell_call_output","call_id":"c_2","output":"b"}]"#,
        );
        let expected = [Prompt, ToolCall, ToolCall, ToolResult, ToolCall, ToolResult, ToolCall, ToolResult];
        assert_eq!(kinds(&found), expected);
        let tools: Vec<_> = found.events.iter().filter_map(|event| event.tool.as_deref()).collect();
        assert_eq!(tools, ["web_search", "ask", "patch", "local_shell"]);
        assert_eq!(texts(&found), ["go", "a", "ok", "b"]);
        assert_eq!(found.issues, []);
    }

    #[test]
    fn what_recorders_write_beside_an_item_is_read() {
        let found = read(
            r#"[{"type":"message","role":"user","content":"go"},{"type":"function_call","call_id":"a","name":"f","arguments":"{}","timestamp":"2026-03-02T09:00:00.123Z","usage":{"input_tokens":70,"output_tokens":20}},{"type":"function_call_output","call_id":"a","output":"x","usage":{"input_tokens":0}}]"#,
        );
        let call = &found.events[1];
        assert_eq!(call.usage.map(|usage| usage.total()), Some(90));
        assert_eq!(call.time_ms, Some(1_772_442_000_123));
        assert_eq!((found.events[2].usage, found.issues), (None, vec![]));
    }
}
