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
    let function = match &value {
        Cow::Borrowed(text) => serde_json::from_str::<Field<Object<Function<'_>>>>(text).ok(),
        Cow::Owned(_) => None,
    };
    match function.and_then(Field::quiet) {
        Some(Object(function)) => {
            Piece::Call { id: None, tool: function.name, arguments: function.arguments.map(arguments) }
        }
        None => Piece::Call { id: None, tool: Field::Absent, arguments: Some(value) },
    }
}
