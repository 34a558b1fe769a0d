//! LangChain: messages around their data, as `messages_to_dict` and `dumpd` write them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Foreign, Piece, content_text};
use crate::chat::tokens::Tokens;
use crate::json::{Field, Notes, Object, Text, arguments};

/// A message around its data.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Message<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    id: Field<Vec<Text<'a>>>,
    data: Field<Object<Data<'a>>>,
    kwargs: Field<Object<Data<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Data<'a> {
    content: Option<&'a RawValue>,
    tool_calls: Field<Vec<Field<Object<Used<'a>>>>>,
    tool_call_id: Text<'a>,
    status: Text<'a>,
    usage_metadata: Field<Object<Tokens>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Used<'a> {
    id: Text<'a>,
    name: Text<'a>,
    args: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    pub(super) fn foreign(self, notes: &mut Notes<'_>) -> Option<Foreign<'a>> {
        let Object(data) = self.data.quiet().or_else(|| self.kwargs.quiet())?;
        let class = self.id.quiet().and_then(|mut path| path.pop()?.quiet()).or_else(|| self.kind.quiet())?;
        let role = match class.trim_end_matches("Chunk").trim_end_matches("Message") {
            "human" | "Human" => "user",
            "ai" | "AI" => "assistant",
            "tool" | "Tool" | "function" | "Function" => "tool",
            "system" | "System" => "system",
            _ => return None,
        };
        Some(data.message(role, notes))
    }
}

impl<'a> Data<'a> {
    fn message(self, role: &'static str, notes: &mut Notes<'_>) -> Foreign<'a> {
        let text = content_text(self.content, notes).filter(|text| !text.is_empty() && text != "[]");
        if role == "tool" {
            let error = self.status.as_ref().map(|status| status == "error");
            return Foreign::new(role, vec![Piece::Result { call: self.tool_call_id.quiet(), text, error }]);
        }
        let calls = self.tool_calls.quiet().unwrap_or_default().into_iter().filter_map(Field::quiet);
        let calls = calls.map(|Object(call)| Piece::Call {
            id: call.id.quiet(),
            tool: call.name,
            arguments: call.args.map(arguments),
        });
        let pieces = text.map(Piece::Text).into_iter().chain(calls).collect();
        let usage = self.usage_metadata.take("usage_metadata", notes);
        let usage = usage.map(|Object(tokens)| tokens.classes(notes));
        Foreign { usage, ..Foreign::new(role, pieces) }
    }
}
