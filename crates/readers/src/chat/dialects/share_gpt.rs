//! ShareGPT: a speaker under `from` and what was said under `value`.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Foreign, Piece};
use crate::content::Function;
use crate::json::{Field, Object, Text, arguments};

/// One message.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Message<'a> {
    from: Text<'a>,
    value: Text<'a>,
}

impl<'a> Message<'a> {
    /// One piece, of which the speaker says what it is.
    pub(super) fn foreign(self) -> Option<Foreign<'a>> {
        let (from, value) = (self.from.quiet()?, self.value.quiet()?);
        Some(match from.as_ref() {
            "human" => Foreign::new("user", vec![Piece::Text(value)]),
            "gpt" | "chatgpt" | "bing" | "bard" => Foreign::new("assistant", vec![Piece::Text(value)]),
            "function_call" => Foreign::new("assistant", vec![called(value)]),
            "observation" | "function_response" | "tool" => {
                Foreign::new("tool", vec![Piece::Result { call: None, text: Some(value), error: None }])
            }
            _ => Foreign { role: from, ..Foreign::new("", vec![Piece::Text(value)]) },
        })
    }
}

/// A call that was written as text.
fn called(value: Cow<'_, str>) -> Piece<'_> {
    match serde_json::from_str::<Field<Object<Function<'_>>>>(&value).ok().and_then(Field::quiet) {
        Some(Object(function)) => {
            let tool = function.name.quiet().map(|name| Cow::Owned(name.into_owned()));
            let given = function.arguments.map(arguments).map(|given| Cow::Owned(given.into_owned()));
            Piece::Call { id: None, tool: tool.map_or(Field::Absent, Field::Is), arguments: given }
        }
        None => Piece::Call { id: None, tool: Field::Absent, arguments: Some(value) },
    }
}
