//! Messages as OpenAI and Anthropic write them.

use goodhart_trace::{IssueKind, Kind};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::talk::{Output, Place, Talk};
use super::tokens::Tokens;
use crate::content::{Block, Content, Function, Joined, Shape, checked_arguments};
use crate::json::{Field, Moment, Notes, Object, Text, arguments};

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(crate) struct Message<'a> {
    role: Text<'a>,
    content: Field<Content<'a>>,
    timestamp: Field<Moment>,
    reasoning_content: Text<'a>,
    reasoning: Text<'a>,
    refusal: Text<'a>,
    tool_calls: Field<Vec<Field<Object<Call<'a>>>>>,
    function_call: Field<Object<Function<'a>>>,
    tool_call_id: Text<'a>,
    tool_responses: Field<Vec<Field<Object<Answered<'a>>>>>,
    is_error: Field<bool>,
    status: Text<'a>,
    model: Text<'a>,
    usage: Field<Object<Tokens>>,
    response: Field<Object<Response<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Response<'a> {
    model: Text<'a>,
    usage: Field<Object<Tokens>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
    id: Text<'a>,
    function: Field<Object<Function<'a>>>,
    custom: Field<Object<Custom<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Custom<'a> {
    name: Text<'a>,
    input: Option<&'a RawValue>,
}

/// One of several answers in a message of AutoGen 0.2, which says all of them again in its content.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Answered<'a> {
    tool_call_id: Text<'a>,
    content: Option<&'a RawValue>,
}

impl Talk<'_> {
    pub(super) fn message(&mut self, mut message: Message<'_>, place: &mut Place<'_>, notes: &mut Notes<'_>) {
        let time_ms = std::mem::take(&mut message.timestamp).time("timestamp", notes);
        place.time_ms = time_ms.or(place.time_ms);
        let Some(role) = std::mem::take(&mut message.role).take("role", notes) else {
            return notes.issue(IssueKind::MissingField, "role: expected a role, found none");
        };
        match role.as_ref() {
            "user" | "human" => self.user(message, place, notes),
            "assistant" | "model" | "ai" => self.assistant(message, place, notes),
            "tool" if message.tool_responses.as_ref().is_some() => self.tools(message, place, notes),
            "tool" | "function" | "observation" => self.tool(message, place, notes),
            "system" | "developer" => {
                let text = message.content.take("content", notes).and_then(|content| content.joined(notes));
                self.said(Kind::Injected, text, place, notes);
            }
            other => notes.unknown(IssueKind::UnknownRecord, "role", other),
        }
    }

    fn user(&mut self, message: Message<'_>, place: &mut Place<'_>, notes: &mut Notes<'_>) {
        let Some(content) = message.content.take("content", notes) else { return };
        let mut said = Joined::default();
        let mut kind = Kind::Prompt;
        for block in content.blocks() {
            let Some(Block(block)) = block.take("content", notes) else { continue };
            match block.kind.as_ref().map_or("text", AsRef::as_ref) {
                "tool_result" => {
                    kind = Kind::Injected;
                    self.answer_block(block, place, notes);
                }
                "text" | "input_text" => {
                    if let Some(text) = block.text.take("text", notes) {
                        said.push(text);
                    }
                }
                other => silent_or_unknown(other, notes),
            }
        }
        self.said_or_answered(kind, said.0, place, notes);
    }

    fn tool(&mut self, message: Message<'_>, place: &mut Place<'_>, notes: &mut Notes<'_>) {
        let call = message.tool_call_id.take("tool_call_id", notes);
        let status = match message.status.quiet().as_deref() {
            Some("error") => Some(true),
            Some("success") => Some(false),
            _ => None,
        };
        let failed = message.is_error.take("is_error", notes).or(status);
        let text = message.content.take("content", notes).and_then(|content| content.joined(notes));
        self.answer(call, text, failed, place, notes);
    }

    fn answer_block(&mut self, block: Shape<'_>, place: &mut Place<'_>, notes: &mut Notes<'_>) {
        let call = block.tool_use_id.take("tool_use_id", notes);
        let failed = block.is_error.take("is_error", notes);
        let mut spare = String::new();
        let text = Shape::result_text(block.content, &mut spare, notes);
        self.answer(call, text, failed, place, notes);
    }

    fn tools(&mut self, message: Message<'_>, place: &mut Place<'_>, notes: &mut Notes<'_>) {
        for answered in message.tool_responses.take("tool_responses", notes).unwrap_or_default() {
            let Some(Object(answered)) = answered.take("tool_responses", notes) else { continue };
            let call = answered.tool_call_id.take("tool_call_id", notes);
            let mut spare = String::new();
            let text = Shape::result_text(answered.content, &mut spare, notes);
            self.answer(call, text, None, place, notes);
        }
    }

    fn assistant(&mut self, message: Message<'_>, place: &mut Place<'_>, notes: &mut Notes<'_>) {
        let response = message.response.quiet().map(|Object(response)| response).unwrap_or_default();
        let tokens = message.usage.take("usage", notes).or_else(|| response.usage.quiet());
        let usage = tokens.map(|Object(tokens)| tokens.classes(notes));
        let model = message.model.take("model", notes).or_else(|| response.model.quiet());
        let mut output = self.output(place.name, model, usage);

        if message.tool_calls.as_ref().is_some() || message.function_call.as_ref().is_some() {
            self.calls_are_structured();
        }
        let thought = message.reasoning_content.take("reasoning_content", notes);
        let thought = thought.or_else(|| message.reasoning.quiet());
        self.spoke(Kind::Reasoning, thought, &mut output, place, notes);
        let content = message.content.take("content", notes).map(Content::blocks).unwrap_or_default();
        for block in content {
            if let Some(Block(block)) = block.take("content", notes) {
                self.block(block, &mut output, place, notes);
            }
        }
        self.spoke(Kind::Text, message.refusal.quiet(), &mut output, place, notes);
        for call in message.tool_calls.take("tool_calls", notes).unwrap_or_default() {
            if let Some(Object(call)) = call.take("tool_calls", notes) {
                self.tool_call(call, &mut output, place, notes);
            }
        }
        if let Some(Object(function)) = message.function_call.take("function_call", notes) {
            let arguments = function.arguments.map(|raw| checked_arguments(raw, "arguments", notes));
            self.call(None, function.name, arguments, &mut output, place, notes);
        }
        self.meter(output, place, notes);
    }

    fn block(
        &mut self,
        mut block: Shape<'_>,
        output: &mut Output<'_>,
        place: &mut Place<'_>,
        notes: &mut Notes<'_>,
    ) {
        match block.kind.as_ref().map_or("text", AsRef::as_ref) {
            "text" | "output_text" => {
                let text = block.text.take("text", notes);
                self.spoke_or_called(text, output, place, notes);
            }
            "refusal" => self.spoke(Kind::Text, block.refusal.quiet(), output, place, notes),
            "thinking" => {
                let text = block.thinking.take("thinking", notes);
                self.spoke(Kind::Reasoning, text, output, place, notes);
            }
            "tool_use" | "server_tool_use" => {
                self.calls_are_structured();
                let arguments = block.call_arguments(notes);
                let (id, name) = (std::mem::take(&mut block.id), std::mem::take(&mut block.name));
                self.call(id.take("tool_use.id", notes), name, arguments, output, place, notes);
            }
            "tool_result" => self.answer_block(block, place, notes),
            other => silent_or_unknown(other, notes),
        }
    }

    fn tool_call(
        &mut self,
        call: Call<'_>,
        output: &mut Output<'_>,
        place: &mut Place<'_>,
        notes: &mut Notes<'_>,
    ) {
        let id = call.id.take("tool_calls.id", notes);
        if let Some(Object(function)) = call.function.take("tool_calls.function", notes) {
            let arguments = function.arguments.map(|raw| checked_arguments(raw, "arguments", notes));
            self.call(id, function.name, arguments, output, place, notes);
        } else if let Some(Object(custom)) = call.custom.take("tool_calls.custom", notes) {
            self.call(id, custom.name, custom.input.map(arguments), output, place, notes);
        } else {
            notes.issue(IssueKind::MissingField, "tool_calls: expected a function, found none");
        }
    }
}

/// Blocks that hold no text of the conversation are passed over.
fn silent_or_unknown(kind: &str, notes: &mut Notes<'_>) {
    const SILENT: &[&str] = &[
        "image",
        "image_url",
        "input_image",
        "input_audio",
        "input_file",
        "file",
        "audio",
        "document",
        "redacted_thinking",
    ];
    if !SILENT.contains(&kind) {
        notes.unknown(IssueKind::UnknownBlock, "content.type", kind);
    }
}
