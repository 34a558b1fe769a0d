//! Message content as most formats write it: a string, or a list of typed blocks.

use std::borrow::Cow;

use goodhart_trace::{EventId, IssueKind};
use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess};
use serde_json::value::RawValue;

use crate::json::{Field, Leaf, Notes, Object, Text, arguments, is_json, lenient, unescaped};

/// Content of a message or of a tool result.
#[derive(Debug)]
pub(crate) enum Content<'a> {
    Text(Cow<'a, str>),
    Blocks(Vec<Field<Block<'a>>>),
}

/// What a call of the chat completions calls; other formats borrow the shape.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(crate) struct Function<'a> {
    pub(crate) name: Text<'a>,
    pub(crate) arguments: Option<&'a RawValue>,
}

/// One block; bare strings in a list of blocks become text blocks. Bytes of images are never kept.
#[derive(Debug, Default)]
pub(crate) struct Block<'a>(pub(crate) Shape<'a>);

/// Every field that a block of any kind may have.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(crate) struct Shape<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: Text<'a>,
    pub(crate) text: Text<'a>,
    pub(crate) thinking: Text<'a>,
    pub(crate) refusal: Text<'a>,
    pub(crate) id: Text<'a>,
    pub(crate) name: Text<'a>,
    pub(crate) input: Option<&'a RawValue>,
    pub(crate) tool_use_id: Text<'a>,
    pub(crate) tool_name: Text<'a>,
    pub(crate) content: Option<&'a RawValue>,
    pub(crate) is_error: Field<bool>,
}

impl<'de: 'a, 'a> Leaf<'de> for Content<'a> {
    const EXPECTED: &'static str = "a string or an array";

    fn borrowed(text: &'de str) -> Option<Self> {
        Some(Content::Text(Cow::Borrowed(text)))
    }
    fn owned(text: &str) -> Option<Self> {
        Some(Content::Text(Cow::Owned(text.to_owned())))
    }
    fn given(text: String) -> Option<Self> {
        Some(Content::Text(Cow::Owned(text)))
    }
    fn seq<A: SeqAccess<'de>>(seq: A) -> Result<Option<Self>, A::Error> {
        Ok(Vec::seq(seq)?.map(Content::Blocks))
    }
    /// A single block that its writer did not put into a list.
    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Ok(Block::map(map)?.map(|block| Content::Blocks(vec![Field::Is(block)])))
    }
}

impl<'de: 'a, 'a> Leaf<'de> for Block<'a> {
    const EXPECTED: &'static str = "a content block";

    fn borrowed(text: &'de str) -> Option<Self> {
        Some(Block::text(Cow::Borrowed(text)))
    }
    fn owned(text: &str) -> Option<Self> {
        Some(Block::text(Cow::Owned(text.to_owned())))
    }
    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Ok(Object::<Shape<'a>>::map(map)?.map(|object| Block(object.0)))
    }
}

impl<'a> Block<'a> {
    fn text(text: Cow<'a, str>) -> Self {
        let kind = Field::Is(Cow::Borrowed("text"));
        Block(Shape { kind, text: Field::Is(text), ..Shape::default() })
    }
}

impl<'a> Content<'a> {
    /// The blocks; a plain string is one text block.
    pub(crate) fn blocks(self) -> Vec<Field<Block<'a>>> {
        match self {
            Content::Text(text) => vec![Field::Is(Block::text(text))],
            Content::Blocks(blocks) => blocks,
        }
    }

    /// The text of all blocks, joined by line ends; `None` where there is no text at all.
    pub(crate) fn joined(self, notes: &mut Notes<'_>) -> Option<Cow<'a, str>> {
        match self {
            Content::Text(text) => Some(text),
            Content::Blocks(blocks) => {
                let mut all = Joined::default();
                for block in blocks {
                    if let Some(text) = block.take("content", notes).and_then(|block| block.0.any_text(notes))
                    {
                        all.push(text);
                    }
                }
                all.0
            }
        }
    }
}

impl<'a> Shape<'a> {
    /// The text of a block, whatever its kind; a reference to a tool is its name.
    fn any_text(self, notes: &mut Notes<'_>) -> Option<Cow<'a, str>> {
        let text = self.text.take("content.text", notes);
        text.or_else(|| self.refusal.quiet()).or_else(|| self.tool_name.quiet())
    }

    /// The text of a tool result. It is parsed only here, so that content nested in content is never built up.
    pub(crate) fn result_text(
        content: Option<&'a RawValue>,
        spare: &'a mut String,
        notes: &mut Notes<'_>,
    ) -> Option<Cow<'a, str>> {
        let raw = content?.get();
        if let Some(text) = unescaped(raw) {
            return Some(text);
        }
        let content: Field<Content<'a>> = lenient(raw, spare).unwrap_or_default();
        content.take("tool_result.content", notes)?.joined(notes)
    }

    /// The arguments of a call: JSON text, or the raw text of a string that is announced as JSON.
    pub(crate) fn call_arguments(&self, notes: &mut Notes<'_>) -> Option<Cow<'a, str>> {
        self.input.map(|raw| checked_arguments(raw, "input", notes))
    }
}

/// Arguments that ought to be JSON; others are reported and kept as they are.
pub(crate) fn checked_arguments<'a>(raw: &'a RawValue, field: &str, notes: &mut Notes<'_>) -> Cow<'a, str> {
    let text = arguments(raw);
    if raw.get().starts_with('"') && !is_json(&text) {
        notes.issue(IssueKind::BadArguments, format!("{field}: expected JSON, found another text"));
    }
    text
}

/// Texts put together with line ends between; a single one stays borrowed.
#[derive(Debug, Default)]
pub(crate) struct Joined<'a>(pub(crate) Option<Cow<'a, str>>);

impl<'a> Joined<'a> {
    pub(crate) fn push(&mut self, text: Cow<'a, str>) {
        self.0 = Some(match self.0.take() {
            None => text,
            Some(before) => {
                let mut all = before.into_owned();
                all.push('\n');
                all.push_str(&text);
                Cow::Owned(all)
            }
        });
    }
}

/// The session that has to be part of an identity made of `id`: none where the id is unique in the world by its
/// looks (a long random token), the session itself where it may be a counter such as `call_1`.
pub(crate) fn scope<'s>(id: &str, session: &'s str) -> &'s str {
    let id = id.as_bytes();
    let random = |part: &[u8]| part.len() >= 16 && part.iter().any(u8::is_ascii_digit);
    let uuid = id.len() >= 36 && id.iter().filter(|&&b| b == b'-').count() >= 4;
    if uuid || id.split(|b| !b.is_ascii_alphanumeric()).any(random) { "" } else { session }
}

/// Identity of a call, equal in every copy of its record.
pub(crate) fn call_id(session: &str, id: &str) -> EventId {
    scoped("call", session, id)
}

/// Identity of a result, equal in every copy of its record.
pub(crate) fn result_id(session: &str, id: &str) -> EventId {
    scoped("result", session, id)
}

/// Identity of a record that has an id of its own.
pub(crate) fn scoped(what: &str, session: &str, id: &str) -> EventId {
    match scope(id, session) {
        "" => EventId::of(&[what, id]),
        session => EventId::of(&[what, session, id]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_stand_alone_and_counters_belong_to_their_session() {
        for unique in [
            "toolu_01QNddcCvHaEGw2AhaGhJQNg",
            "call_BmPCwjmliDapZiM6YTW1vTNF",
            "5f0c1d2e-0000-4000-8000-000000000001",
            "chatcmpl-tool-8a7b6c5d4e3f2a1b",
        ] {
            assert_eq!(scope(unique, "s"), "", "{unique}");
        }
        for counter in ["call_1", "functions.exec_command:12", "toolu_3", "s0", "D681PevKs"] {
            assert_eq!(scope(counter, "s"), "s", "{counter}");
        }
        assert_ne!(call_id("s", "call_1"), call_id("t", "call_1"));
    }
}
