//! Chat messages of other dialects: Gemini, Bedrock Converse, the Vercel AI SDK, ShareGPT, LangChain, Pydantic AI, AutoGen
//! and the items of OpenAI Responses.
//!
//! They say the same as the messages of OpenAI and Anthropic under other names. A dialect is told message by message,
//! and brought down to a role and pieces that the reader of chats delivers like its own.

mod autogen;
mod langchain;
mod parts;
mod pydantic_ai;
mod responses;
mod share_gpt;

use std::borrow::Cow;

use goodhart_trace::{Kind, Usage};
use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::tokens::Tokens;
use crate::content::Shape;
use crate::json::{Field, Moment, Notes, Object, Text, lenient};

/// One message, whatever its dialect.
pub(crate) struct Foreign<'a> {
    pub(crate) role: Cow<'a, str>,
    pub(crate) pieces: Vec<Piece<'a>>,
    pub(crate) usage: Option<Usage>,
    pub(crate) model: Option<Cow<'a, str>>,
    pub(crate) time_ms: Option<i64>,
    /// It belongs to the request of the message after it.
    pub(crate) ahead: bool,
}

/// What a message consists of.
pub(crate) enum Piece<'a> {
    /// Text of whoever the role says.
    Text(Cow<'a, str>),
    /// Text of a kind that is known without the role.
    Said(Kind, Cow<'a, str>),
    Thought(Cow<'a, str>),
    Call {
        id: Option<Cow<'a, str>>,
        tool: Text<'a>,
        arguments: Option<Cow<'a, str>>,
    },
    Result {
        call: Option<Cow<'a, str>>,
        text: Option<Cow<'a, str>>,
        error: Option<bool>,
    },
    /// Another request of the same message begins.
    Step,
}

impl<'a> Foreign<'a> {
    fn new(role: &'static str, pieces: Vec<Piece<'a>>) -> Self {
        Foreign { role: Cow::Borrowed(role), pieces, usage: None, model: None, time_ms: None, ahead: false }
    }
}

/// Reads a message of a dialect; `None` where it is of another one.
type Read = for<'a> fn(&'a str, &'a mut String, &mut Notes<'_>) -> Option<Foreign<'a>>;

/// Words without which a message is not of a dialect, and what reads it.
const DIALECTS: [(&[&str], Read); 6] = [
    (&["\"part_kind\""], |text, spare, notes| {
        parsed::<pydantic_ai::Message<'_>>(text, spare)?.foreign(notes)
    }),
    (&["\"models_usage\""], |text, spare, notes| parsed::<autogen::Message<'_>>(text, spare)?.foreign(notes)),
    (&["\"from\""], |text, spare, _| parsed::<share_gpt::Message<'_>>(text, spare)?.foreign()),
    (&["\"data\"", "\"kwargs\""], |text, spare, notes| {
        parsed::<langchain::Message<'_>>(text, spare)?.foreign(notes)
    }),
    (&["_call\"", "_call_output\"", "\"reasoning\""], |text, spare, notes| {
        parsed::<responses::Item<'_>>(text, spare)?.foreign(notes)
    }),
    (
        &[
            "\"parts\"",
            "\"toolUse\"",
            "\"toolResult\"",
            "\"reasoningContent\"",
            "\"tool-call\"",
            "\"tool-result\"",
        ],
        |text, spare, notes| parsed::<parts::Message<'_>>(text, spare)?.foreign(notes),
    ),
];

/// Repaired text, one for each dialect that is tried.
pub(crate) type Spares = [String; DIALECTS.len()];

/// The message, if it is of one of these dialects.
pub(crate) fn foreign<'a>(
    text: &'a str,
    spares: &'a mut Spares,
    notes: &mut Notes<'_>,
) -> Option<Foreign<'a>> {
    let holds = |word: &&str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    let tried = DIALECTS.iter().zip(spares).filter(|((words, _), _)| words.iter().any(holds));
    let message = tried.into_iter().find_map(|((_, read), spare)| read(text, spare, notes))?;
    Some(message.with(text, notes))
}

/// What recorders of any dialect write beside the content of a message.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Beside<'a> {
    usage: Field<Object<Tokens>>,
    #[serde(rename = "usageMetadata")]
    usage_metadata: Field<Object<Tokens>>,
    timestamp: Field<Moment>,
    model: Text<'a>,
}

impl<'a> Foreign<'a> {
    /// The message with what stands beside its content, where its dialect has no place for that.
    fn with(mut self, text: &'a str, notes: &mut Notes<'_>) -> Self {
        let holds = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        if !(self.usage.is_none() && holds("\"usage") || self.time_ms.is_none() && holds("\"timestamp\"")) {
            return self;
        }
        let Ok(Field::Is(Object(beside))) = serde_json::from_str::<Field<Object<Beside<'a>>>>(text) else {
            return self;
        };
        if self.usage.is_none() && self.role != "user" {
            let tokens = beside.usage.quiet().or_else(|| beside.usage_metadata.quiet());
            let usage = tokens.map(|Object(tokens)| tokens.classes(notes));
            self.usage = usage.filter(|usage| usage.total() > 0);
        }
        self.time_ms = self.time_ms.or_else(|| beside.timestamp.time("timestamp", notes));
        self.model = self.model.or_else(|| beside.model.quiet());
        self
    }
}

fn parsed<'a, T: Deserialize<'a>>(text: &'a str, spare: &'a mut String) -> Option<T> {
    let Object(message) = lenient::<Field<Object<T>>>(text, spare).ok()?.quiet()?;
    Some(message)
}

/// The text of a result's blocks; a block of JSON, or anything else without text, as it stands.
fn content_text<'a>(content: Option<&'a RawValue>, notes: &mut Notes<'_>) -> Option<Cow<'a, str>> {
    let mut spare = String::new();
    let text = Shape::result_text(content, &mut spare, notes).map(|text| Cow::Owned(text.into_owned()));
    text.or_else(|| content.map(|raw| Cow::Borrowed(raw.get())))
}
