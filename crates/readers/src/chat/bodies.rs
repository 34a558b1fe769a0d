//! What is sent to a model and what comes back, in the shapes of the providers' interfaces.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::tokens::Tokens;
use crate::json::{Field, Moment, Notes, Object, Text, arguments, each, object};

/// The body of a request; a bare list of messages, or a bare text, is one too.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(crate) struct Request<'a> {
    pub(crate) model: Text<'a>,
    messages: Option<&'a RawValue>,
    contents: Option<&'a RawValue>,
    input: Option<&'a RawValue>,
    system: Option<&'a RawValue>,
    instructions: Option<&'a RawValue>,
    pub(crate) previous_response_id: Text<'a>,
    user: Text<'a>,
    metadata: Field<Object<Names<'a>>>,
    session_id: Text<'a>,
    conversation_id: Text<'a>,
}

/// Names of the session and of who runs it, as logs put them around a request or into it.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(crate) struct Names<'a> {
    session_id: Text<'a>,
    conversation_id: Text<'a>,
    thread_id: Text<'a>,
    user_id: Text<'a>,
    user: Text<'a>,
}

/// What came back.
#[derive(Default)]
pub(crate) struct Reply<'a> {
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) model: Option<Cow<'a, str>>,
    pub(crate) time: Field<Moment>,
    pub(crate) usage: Option<Tokens>,
    /// What went wrong.
    pub(crate) error: Option<Cow<'a, str>>,
    /// Messages, items, or texts.
    pub(crate) said: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Response<'a> {
    id: Text<'a>,
    #[serde(rename = "responseId")]
    response_id: Text<'a>,
    model: Text<'a>,
    #[serde(rename = "modelVersion")]
    model_version: Text<'a>,
    created: Field<Moment>,
    created_at: Field<Moment>,
    choices: Field<Vec<Field<Object<Choice<'a>>>>>,
    candidates: Field<Vec<Field<Object<Choice<'a>>>>>,
    output: Option<&'a RawValue>,
    message: Option<&'a RawValue>,
    role: Text<'a>,
    usage: Field<Object<Tokens>>,
    #[serde(rename = "usageMetadata")]
    usage_metadata: Field<Object<Tokens>>,
    error: Option<&'a RawValue>,
}

/// One of the answers of OpenAI or Gemini, or what Bedrock wraps around its only one.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Choice<'a> {
    message: Option<&'a RawValue>,
    content: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    body: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Trouble<'a> {
    message: Text<'a>,
}

impl<'a> Request<'a> {
    /// Reads a body.
    pub(crate) fn of(body: &'a RawValue, spare: &'a mut String, notes: &mut Notes<'_>) -> Option<Self> {
        if body.get().starts_with('{') {
            return object(body.get(), spare, notes);
        }
        Some(Request { input: Some(body), ..Request::default() })
    }

    /// A list of messages, one message, or a text.
    pub(crate) fn messages(&self) -> Option<&'a RawValue> {
        self.messages.or(self.contents).or(self.input)
    }

    /// Text for the model that stands outside the messages.
    pub(crate) fn system(&self) -> Option<&'a RawValue> {
        self.system.or(self.instructions)
    }

    /// The names that the body holds.
    pub(crate) fn names(&mut self) -> Names<'a> {
        let Object(inner) = std::mem::take(&mut self.metadata).quiet().unwrap_or_default();
        let beside = Names {
            session_id: std::mem::take(&mut self.session_id),
            conversation_id: std::mem::take(&mut self.conversation_id),
            user: std::mem::take(&mut self.user),
            ..Names::default()
        };
        beside.or(inner)
    }
}

impl<'a> Names<'a> {
    /// These names, and the others where these are lacking.
    pub(crate) fn or(self, other: Names<'a>) -> Names<'a> {
        let either = |this: Text<'a>, other: Text<'a>| if this.as_ref().is_some() { this } else { other };
        Names {
            session_id: either(self.session_id, other.session_id),
            conversation_id: either(self.conversation_id, other.conversation_id),
            thread_id: either(self.thread_id, other.thread_id),
            user_id: either(self.user_id, other.user_id),
            user: either(self.user, other.user),
        }
    }

    /// The session, and who runs it.
    pub(crate) fn split(self) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
        let session = self.session_id.quiet().or_else(|| self.conversation_id.quiet());
        (session.or_else(|| self.thread_id.quiet()), self.user_id.quiet().or_else(|| self.user.quiet()))
    }
}

impl<'a> Reply<'a> {
    /// Reads a body.
    pub(crate) fn of(body: &'a RawValue, spare: &'a mut String, notes: &mut Notes<'_>) -> Self {
        match body.get().as_bytes().first() {
            Some(b'{') => object::<Response<'_>>(body.get(), spare, notes)
                .map(|response| response.reply(body))
                .unwrap_or_default(),
            Some(b'[') => Reply { said: items(body), ..Reply::default() },
            Some(b'"') => Reply { said: vec![body], ..Reply::default() },
            _ => Reply::default(),
        }
    }
}

impl<'a> Response<'a> {
    fn reply(self, body: &'a RawValue) -> Reply<'a> {
        let error = self.error.filter(|error| error.get() != "null").map(complaint);
        let said =
            if self.role.as_ref().is_some() { vec![body] } else { said(self.choices, self.candidates) };
        let said = match (self.message.or(self.output), said.is_empty()) {
            (Some(inner), true) => inner_messages(inner),
            _ => said,
        };
        let time = if self.created.as_ref().is_some() { self.created } else { self.created_at };
        Reply {
            id: self.id.quiet().or_else(|| self.response_id.quiet()),
            model: self.model.quiet().or_else(|| self.model_version.quiet()),
            time,
            usage: self.usage.quiet().or_else(|| self.usage_metadata.quiet()).map(|Object(tokens)| tokens),
            error,
            said,
        }
    }
}

type Choices<'a> = Field<Vec<Field<Object<Choice<'a>>>>>;

fn said<'a>(choices: Choices<'a>, candidates: Choices<'a>) -> Vec<&'a RawValue> {
    let all = choices.quiet().or_else(|| candidates.quiet()).unwrap_or_default();
    let all = all.into_iter().filter_map(Field::quiet);
    all.filter_map(|Object(choice)| choice.message.or(choice.content)).collect()
}

/// The items of Responses, the message of Bedrock, or a message or text as it stands.
fn inner_messages(inner: &RawValue) -> Vec<&RawValue> {
    if inner.get().starts_with('[') {
        return items(inner);
    }
    let wrapped: Option<Field<Object<Choice<'_>>>> = serde_json::from_str(inner.get()).ok();
    let wrapped = wrapped.and_then(Field::quiet).and_then(|Object(choice)| choice.message);
    vec![wrapped.unwrap_or(inner)]
}

fn items(list: &RawValue) -> Vec<&RawValue> {
    let mut items = Vec::new();
    each(list, |item| items.push(item));
    items
}

/// What an error says.
fn complaint(error: &RawValue) -> Cow<'_, str> {
    let trouble: Option<Field<Object<Trouble<'_>>>> = serde_json::from_str(error.get()).ok();
    let message = trouble.and_then(Field::quiet).and_then(|Object(trouble)| trouble.message.quiet());
    message.unwrap_or_else(|| arguments(error))
}

/// The body in an envelope of HTTP, be it JSON or JSON in a string.
pub(crate) fn unwrapped<'a>(raw: &'a RawValue, spare: &'a mut String) -> &'a RawValue {
    let envelope: Option<Field<Object<Envelope<'a>>>> = serde_json::from_str(raw.get()).ok();
    let body = envelope.and_then(Field::quiet).and_then(|Object(envelope)| envelope.body);
    let raw = body.unwrap_or(raw);
    if !raw.get().starts_with('"') {
        return raw;
    }
    *spare = arguments(raw).into_owned();
    let inner: Option<&'a RawValue> = serde_json::from_str(spare).ok();
    inner.filter(|inner| inner.get().starts_with(['{', '['])).unwrap_or(raw)
}
