//! Chat messages of other dialects: Gemini, Bedrock Converse, the Vercel AI SDK, ShareGPT, LangChain and the items of
//! OpenAI Responses.
//!
//! They say the same as the messages of OpenAI and Anthropic under other names. A dialect is told message by message,
//! and brought down to a role and pieces that the reader of chats delivers like its own.

use std::borrow::Cow;

use goodhart_trace::Usage;
use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::content::Shape;
use crate::json::{Count, Field, Notes, Object, Text, arguments, lenient};

/// One message, whatever its dialect.
pub(crate) struct Foreign<'a> {
    pub(crate) role: Cow<'a, str>,
    pub(crate) pieces: Vec<Piece<'a>>,
    pub(crate) usage: Option<Usage>,
}

/// What a message consists of.
pub(crate) enum Piece<'a> {
    Text(Cow<'a, str>),
    Thought(Cow<'a, str>),
    Call { id: Option<Cow<'a, str>>, tool: Text<'a>, arguments: Option<Cow<'a, str>> },
    Result { call: Option<Cow<'a, str>>, text: Option<Cow<'a, str>>, error: Option<bool> },
}

/// Words without which a message is of none of these dialects.
const MARKS: &[&str] = &[
    "\"parts\"",
    "\"toolUse\"",
    "\"toolResult\"",
    "\"reasoningContent\"",
    "\"tool-call\"",
    "\"tool-result\"",
    "\"from\"",
    "\"data\"",
    "\"kwargs\"",
    "\"function_call\"",
    "\"function_call_output\"",
    "\"reasoning\"",
];

/// The message, if it is of one of these dialects.
pub(crate) fn foreign<'a>(
    message: &'a RawValue,
    spare: &'a mut String,
    notes: &mut Notes<'_>,
) -> Option<Foreign<'a>> {
    let text = message.get();
    MARKS.iter().find(|mark| memmem::find(text.as_bytes(), mark.as_bytes()).is_some())?;
    let message: Field<Object<Message<'a>>> = lenient(text, spare).ok()?;
    let Object(mut message) = message.quiet()?;
    message.share_gpt().or_else(|| message.item(notes)).or_else(|| message.into_parts(notes))
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Message<'a> {
    role: Text<'a>,
    from: Text<'a>,
    value: Text<'a>,
    parts: Field<Vec<Field<Object<Part<'a>>>>>,
    content: Field<Vec<Field<Object<Part<'a>>>>>,
    // LangChain
    #[serde(alias = "kwargs")]
    data: Field<Object<Langchain<'a>>>,
    id: Field<Vec<Text<'a>>>,
    // Responses
    #[serde(rename = "type")]
    kind: Text<'a>,
    call_id: Text<'a>,
    name: Text<'a>,
    arguments: Option<&'a RawValue>,
    output: Option<&'a RawValue>,
    summary: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Langchain<'a> {
    content: Option<&'a RawValue>,
    tool_calls: Field<Vec<Field<Object<Used<'a>>>>>,
    tool_call_id: Text<'a>,
    status: Text<'a>,
    usage_metadata: Field<Object<Tokens>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    input_tokens: Field<Count>,
    output_tokens: Field<Count>,
    input_token_details: Field<Object<InputDetails>>,
    output_token_details: Field<Object<OutputDetails>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cache_read: Field<Count>,
    cache_creation: Field<Count>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning: Field<Count>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    text: Text<'a>,
    thought: Field<bool>,
    #[serde(alias = "function_call")]
    function_call: Field<Object<Used<'a>>>,
    #[serde(alias = "function_response")]
    function_response: Field<Object<Used<'a>>>,
    tool_use: Field<Object<Used<'a>>>,
    tool_result: Field<Object<Used<'a>>>,
    reasoning_content: Field<Object<Reasoned<'a>>>,
    tool_call_id: Text<'a>,
    tool_name: Text<'a>,
    input: Option<&'a RawValue>,
    args: Option<&'a RawValue>,
    output: Option<&'a RawValue>,
    result: Option<&'a RawValue>,
    is_error: Field<bool>,
}

/// A call or a result inside a part.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Used<'a> {
    #[serde(alias = "toolUseId")]
    id: Text<'a>,
    name: Text<'a>,
    #[serde(alias = "input")]
    args: Option<&'a RawValue>,
    response: Option<&'a RawValue>,
    content: Option<&'a RawValue>,
    status: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Reasoned<'a> {
    reasoning_text: Field<Object<Said<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Said<'a> {
    text: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Function<'a> {
    name: Text<'a>,
    arguments: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    /// `{from, value}`: one piece, of which the speaker says what it is.
    fn share_gpt(&self) -> Option<Foreign<'a>> {
        let (from, value) = (self.from.as_ref()?.clone(), self.value.as_ref()?.clone());
        let role = match from.as_ref() {
            "human" => "user",
            "gpt" | "chatgpt" | "bing" | "bard" | "function_call" => "assistant",
            "observation" | "function_response" => "tool",
            other => {
                return Some(Foreign {
                    role: Cow::Owned(other.to_owned()),
                    pieces: vec![Piece::Text(value)],
                    usage: None,
                });
            }
        };
        let piece = match (from.as_ref(), role) {
            ("function_call", _) => called(value),
            (_, "tool") => Piece::Result { call: None, text: Some(value), error: None },
            _ => Piece::Text(value),
        };
        Some(Foreign { role: Cow::Borrowed(role), pieces: vec![piece], usage: None })
    }

    /// A message of LangChain around its data, or an item of Responses that is no message.
    fn item(&mut self, notes: &mut Notes<'_>) -> Option<Foreign<'a>> {
        let kind = self.kind.as_ref()?.clone();
        if let Field::Is(Object(data)) = std::mem::take(&mut self.data) {
            let class = std::mem::take(&mut self.id).quiet().and_then(|mut path| path.pop()?.quiet());
            return data.message(class.as_deref().unwrap_or(&kind), notes);
        }
        let call = std::mem::take(&mut self.call_id).quiet();
        let piece = match kind.as_ref() {
            "function_call" => Piece::Call {
                id: call,
                tool: std::mem::take(&mut self.name),
                arguments: self.arguments.map(arguments),
            },
            "function_call_output" => {
                Piece::Result { call, text: content_text(self.output, notes), error: None }
            }
            "reasoning" => Piece::Thought(content_text(self.summary, notes)?),
            _ => return None,
        };
        let role = if kind == "function_call_output" { "tool" } else { "assistant" };
        Some(Foreign { role: Cow::Borrowed(role), pieces: vec![piece], usage: None })
    }

    /// A role and parts, of which at least one is like no block of Anthropic or OpenAI.
    fn into_parts(self, notes: &mut Notes<'_>) -> Option<Foreign<'a>> {
        let gemini = matches!(self.parts, Field::Is(_));
        let parts = self.parts.quiet().or_else(|| self.content.quiet())?;
        let parts: Vec<Part<'a>> =
            parts.into_iter().filter_map(|part| part.quiet()).map(|Object(part)| part).collect();
        if !gemini && !parts.iter().any(Part::is_foreign) {
            return None;
        }
        let pieces = parts.into_iter().filter_map(|part| part.piece(notes)).collect();
        Some(Foreign { role: self.role.quiet()?, pieces, usage: None })
    }
}

impl<'a> Langchain<'a> {
    fn message(self, class: &str, notes: &mut Notes<'_>) -> Option<Foreign<'a>> {
        let role = match class.trim_end_matches("Chunk").trim_end_matches("Message") {
            "human" | "Human" => "user",
            "ai" | "AI" => "assistant",
            "tool" | "Tool" | "function" | "Function" => "tool",
            "system" | "System" => "system",
            _ => return None,
        };
        let text = content_text(self.content, notes).filter(|text| !text.is_empty() && text != "[]");
        if role == "tool" {
            let error = self.status.as_ref().map(|status| status == "error");
            let piece = Piece::Result { call: self.tool_call_id.quiet(), text, error };
            return Some(Foreign { role: Cow::Borrowed(role), pieces: vec![piece], usage: None });
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
        Some(Foreign { role: Cow::Borrowed(role), pieces, usage })
    }
}

impl Tokens {
    /// Input includes the cache.
    fn classes(self, notes: &mut Notes<'_>) -> Usage {
        let mut count = |field: Field<Count>, name: &str| field.count(name, notes);
        let input = count(self.input_tokens, "usage_metadata.input_tokens").unwrap_or(0);
        let output = count(self.output_tokens, "usage_metadata.output_tokens").unwrap_or(0);
        let Object(details) = self.input_token_details.quiet().unwrap_or_default();
        let cache_read = count(details.cache_read, "input_token_details.cache_read").unwrap_or(0).min(input);
        let cache_write = count(details.cache_creation, "input_token_details.cache_creation").unwrap_or(0);
        let cache_write = cache_write.min(input - cache_read);
        let Object(details) = self.output_token_details.quiet().unwrap_or_default();
        let reasoning = count(details.reasoning, "output_token_details.reasoning");
        Usage { input: input - cache_read - cache_write, cache_read, cache_write, output, reasoning }
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

impl<'a> Part<'a> {
    fn is_foreign(&self) -> bool {
        let vercel = self.kind.is("tool-call") || self.kind.is("tool-result");
        let bedrock = self.tool_use.as_ref().is_some()
            || self.tool_result.as_ref().is_some()
            || self.reasoning_content.as_ref().is_some();
        vercel || bedrock
    }

    fn piece(self, notes: &mut Notes<'_>) -> Option<Piece<'a>> {
        if let Some(Object(call)) = self.function_call.quiet().or_else(|| self.tool_use.quiet()) {
            let arguments = call.args.map(arguments);
            return Some(Piece::Call { id: call.id.quiet(), tool: call.name, arguments });
        }
        if let Some(Object(answer)) = self.function_response.quiet().or_else(|| self.tool_result.quiet()) {
            let error = answer.status.as_ref().map(|status| status == "error");
            let text = answer.response.map(arguments).or_else(|| content_text(answer.content, notes));
            return Some(Piece::Result { call: answer.id.quiet(), text, error });
        }
        if let Some(Object(reasoned)) = self.reasoning_content.quiet() {
            let said = reasoned.reasoning_text.quiet()?;
            return said.0.text.quiet().map(Piece::Thought);
        }
        match self.kind.as_ref().map(AsRef::as_ref) {
            Some("tool-call") => Some(Piece::Call {
                id: self.tool_call_id.quiet(),
                tool: self.tool_name,
                arguments: self.input.or(self.args).map(arguments),
            }),
            Some("tool-result") => Some(Piece::Result {
                call: self.tool_call_id.quiet(),
                text: self.output.or(self.result).map(arguments),
                error: self.is_error.quiet(),
            }),
            Some("reasoning" | "thinking") => self.text.quiet().map(Piece::Thought),
            _ if self.thought.holds() => self.text.quiet().map(Piece::Thought),
            _ => self.text.quiet().map(Piece::Text),
        }
    }
}

/// The text of a result's blocks; a block of JSON, or anything else without text, as it stands.
fn content_text<'a>(content: Option<&'a RawValue>, notes: &mut Notes<'_>) -> Option<Cow<'a, str>> {
    let mut spare = String::new();
    let text = Shape::result_text(content, &mut spare, notes).map(|text| Cow::Owned(text.into_owned()));
    text.or_else(|| content.map(|raw| Cow::Borrowed(raw.get())))
}
