//! AutoGen from 0.4: messages and events with a `type`, a `source` and the usage of the model call behind them.

use std::borrow::Cow;

use goodhart_trace::{IssueKind, Kind};
use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess};
use serde_json::value::RawValue;

use super::{Foreign, Piece};
use crate::chat::tokens::Tokens;
use crate::content::Joined;
use crate::json::{Field, Leaf, Moment, Notes, Object, Text, arguments};

/// Messages that say again what others said, or nothing.
const SILENT: &[&str] = &[
    "ToolCallSummaryMessage",
    "ModelClientStreamingChunkEvent",
    "UserInputRequestedEvent",
    "SelectSpeakerEvent",
    "SelectorEvent",
];

/// A message or event.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Message<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    source: Text<'a>,
    content: Field<Said<'a>>,
    result: Field<Object<Run<'a>>>,
    code_blocks: Option<&'a RawValue>,
    models_usage: Field<Object<Tokens>>,
    created_at: Field<Moment>,
}

/// A text, or a list of texts, calls and results.
#[derive(Default)]
struct Said<'a>(Vec<Field<Item<'a>>>);

enum Item<'a> {
    Text(Cow<'a, str>),
    Used(Used<'a>),
}

impl<'de: 'a, 'a> Leaf<'de> for Said<'a> {
    const EXPECTED: &'static str = "a string or an array";

    fn borrowed(text: &'de str) -> Option<Self> {
        Some(Said(vec![Field::Is(Item::Text(Cow::Borrowed(text)))]))
    }
    fn owned(text: &str) -> Option<Self> {
        Some(Said(vec![Field::Is(Item::Text(Cow::Owned(text.to_owned())))]))
    }
    fn seq<A: SeqAccess<'de>>(seq: A) -> Result<Option<Self>, A::Error> {
        Ok(Vec::seq(seq)?.map(Said))
    }
}

impl<'de: 'a, 'a> Leaf<'de> for Item<'a> {
    const EXPECTED: &'static str = "a string or an object";

    fn borrowed(text: &'de str) -> Option<Self> {
        Some(Item::Text(Cow::Borrowed(text)))
    }
    fn owned(text: &str) -> Option<Self> {
        Some(Item::Text(Cow::Owned(text.to_owned())))
    }
    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Ok(Object::<Used<'a>>::map(map)?.map(|object| Item::Used(object.0)))
    }
}

impl<'a> Said<'a> {
    fn text(self) -> impl Iterator<Item = Cow<'a, str>> {
        let mut all = Joined::default();
        for item in self.0.into_iter().filter_map(Field::quiet) {
            if let Item::Text(text) = item {
                all.push(text);
            }
        }
        all.0.into_iter()
    }

    fn used(self) -> impl Iterator<Item = Used<'a>> {
        self.0.into_iter().filter_map(|item| match item.quiet()? {
            Item::Used(used) => Some(used),
            Item::Text(_) => None,
        })
    }
}

/// What executed code came to.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Run<'a> {
    exit_code: Field<i64>,
    output: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Used<'a> {
    id: Text<'a>,
    call_id: Text<'a>,
    name: Text<'a>,
    arguments: Option<&'a RawValue>,
    content: Option<&'a RawValue>,
    is_error: Field<bool>,
}

impl<'a> Message<'a> {
    pub(super) fn foreign(self, notes: &mut Notes<'_>) -> Option<Foreign<'a>> {
        let kind = self.kind.quiet()?;
        let source = self.source.quiet()?;
        let role = if source == "user" { "user" } else { "assistant" };
        let said = self.content.take("content", notes).unwrap_or_default();
        let pieces: Vec<Piece<'a>> = match kind.as_ref() {
            "TextMessage" | "MultiModalMessage" | "StructuredMessage" => {
                said.text().map(Piece::Text).collect()
            }
            "ThoughtEvent" => said.text().map(Piece::Thought).collect(),
            "HandoffMessage" | "StopMessage" | "MemoryQueryEvent" => {
                said.text().map(|text| Piece::Said(Kind::Injected, text)).collect()
            }
            "ToolCallRequestEvent" => said.used().map(Used::call).collect(),
            "ToolCallExecutionEvent" => said.used().map(Used::result).collect(),
            "CodeGenerationEvent" => {
                let call = Piece::Call {
                    id: None,
                    tool: Field::Is(Cow::Borrowed("execute_code")),
                    arguments: self.code_blocks.map(arguments),
                };
                said.text().map(Piece::Text).chain([call]).collect()
            }
            "CodeExecutionEvent" => {
                self.result.take("result", notes).map(|Object(run)| run.result()).into_iter().collect()
            }
            silent if SILENT.contains(&silent) => Vec::new(),
            other => {
                notes.unknown(IssueKind::UnknownRecord, "type", other);
                Vec::new()
            }
        };
        let usage = self.models_usage.take("models_usage", notes).map(|Object(tokens)| tokens.classes(notes));
        Some(Foreign {
            usage: usage.filter(|usage| usage.total() > 0),
            time_ms: self.created_at.time("created_at", notes),
            // A thought stands in a message before the calls of the same request.
            ahead: kind == "ThoughtEvent",
            ..Foreign::new(role, pieces)
        })
    }
}

impl<'a> Used<'a> {
    fn call(self) -> Piece<'a> {
        Piece::Call { id: self.id.quiet(), tool: self.name, arguments: self.arguments.map(arguments) }
    }

    fn result(self) -> Piece<'a> {
        let text = self.content.map(arguments);
        Piece::Result { call: self.call_id.quiet(), text, error: self.is_error.quiet() }
    }
}

impl<'a> Run<'a> {
    fn result(self) -> Piece<'a> {
        let error = self.exit_code.quiet().map(|code| code != 0);
        Piece::Result { call: None, text: self.output.quiet(), error }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::{Kind, Usage};

    use crate::testing::{issues, kinds, read, requests, texts, total};

    /// A run of a team of one: a thought, two calls at once, their results, the summary of them, an answer.
    const RUN: &str = r#"[
{"type":"TextMessage","id":"a","source":"user","models_usage":null,"metadata":{},"created_at":"2026-03-02T09:00:00Z","content":"weather?"},
{"type":"ThoughtEvent","id":"b","source":"helper","models_usage":null,"content":"I need two calls."},
{"type":"ToolCallRequestEvent","id":"c","source":"helper","models_usage":{"prompt_tokens":70,"completion_tokens":20},"content":[{"id":"c1","name":"weather","arguments":"{\"city\":\"Rome\"}"},{"id":"c2","name":"weather","arguments":"{\"city\":\"Oslo\"}"}]},
{"type":"ToolCallExecutionEvent","id":"d","source":"helper","models_usage":null,"content":[{"call_id":"c1","name":"weather","content":"sun","is_error":false},{"call_id":"c2","name":"weather","content":"gone","is_error":true}]},
{"type":"ToolCallSummaryMessage","id":"e","source":"helper","models_usage":null,"content":"sun\ngone","tool_calls":[{"id":"c1","name":"weather","arguments":"{}"}],"results":[{"call_id":"c1","name":"weather","content":"sun","is_error":false}]},
{"type":"TextMessage","id":"f","source":"helper","models_usage":{"prompt_tokens":95,"completion_tokens":6},"content":"Sunny in Rome."},
{"type":"StopMessage","id":"g","source":"team","models_usage":null,"content":"done"}
]"#;

    #[test]
    fn the_summary_of_calls_is_no_second_call() {
        use Kind::*;
        let found = read(RUN);
        let expected = [Prompt, Reasoning, ToolCall, ToolCall, ToolResult, ToolResult, Text, Injected];
        assert_eq!(kinds(&found), expected);
        assert_eq!((found.events[4].error, found.events[5].error), (Some(false), Some(true)));
        assert_eq!(
            found.events[1].request, found.events[2].request,
            "a thought belongs to the calls after it"
        );
        assert_eq!(texts(&found)[2..4], ["sun", "gone"]);
        assert_eq!(found.issues, []);
    }

    /// By hand: 70 + 95 input, 20 + 6 output, in two requests.
    #[test]
    fn usage_is_that_of_the_messages() {
        let expected = Usage { input: 165, output: 26, ..Usage::default() };
        let found = read(RUN);
        assert_eq!((total(&found), requests(&found).len()), (expected, 2));
    }

    #[test]
    fn code_is_called_and_its_exit_code_tells() {
        let found = read(
            r#"[{"type":"CodeGenerationEvent","source":"coder","models_usage":null,"content":"Try.","code_blocks":[{"code":"1/0","packages":[],"language":"python"}]},{"type":"CodeExecutionEvent","source":"coder","models_usage":null,"retry_attempt":0,"content":"x","result":{"exit_code":1,"output":"ZeroDivisionError"}},{"type":"HologramEvent","source":"coder","models_usage":null,"content":"x"}]"#,
        );
        use Kind::*;
        assert_eq!(kinds(&found), [Text, ToolCall, ToolResult]);
        assert_eq!((found.events[2].error, &found.events[2].call), (Some(true), &found.events[1].call));
        assert_eq!(issues(&found), [goodhart_trace::IssueKind::UnknownRecord]);
    }

    #[test]
    fn the_forerunner_answers_several_calls_in_one_message() {
        let found = read(
            r#"[{"role":"assistant","content":"","name":"helper","tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"weather","arguments":"{}"}}]},{"role":"tool","name":"user","content":"sun\n\nrain","tool_responses":[{"tool_call_id":"c1","role":"tool","content":"sun"},{"tool_call_id":"c2","role":"tool","content":"rain"}]}]"#,
        );
        use Kind::*;
        assert_eq!(kinds(&found), [ToolCall, ToolCall, ToolResult, ToolResult]);
        assert_eq!(texts(&found), ["sun", "rain"]);
        assert_eq!(
            (&found.events[1].call, found.events[3].call.as_deref()),
            (&found.events[3].call, Some("c2"))
        );
        assert_eq!(found.issues, []);
    }
}
