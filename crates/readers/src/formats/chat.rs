//! **What it reads**: chat messages, the common denominator of all agents: JSON Lines with one session a line, and, as
//! [`ChatDocument`], one JSON file that is a session or a list of messages. It is also the way in for a source that
//! has no reader yet.
//!
//! **Where**: wherever somebody exports them; there is no usual place.
//!
//! **Record shape**: `{session_id?, agent?, model?, actor?, usage?, messages: [{role, content, timestamp?, …}]}`. All
//! but `messages` is optional. Messages speak the dialect of OpenAI (`tool_calls`, `function_call`, `tool_call_id`,
//! `reasoning_content`), of Anthropic (blocks `text`, `thinking`, `tool_use`, `tool_result`), of Gemini (`parts`, the
//! list being `contents`), of Bedrock Converse, of the Vercel AI SDK (messages of models and of user interfaces), of
//! ShareGPT (`from` and `value`, the list being `conversations`), of LangChain (`type` and `data` or `kwargs`), of
//! Pydantic AI (`kind` and `part_kind`), of AutoGen (`type`, `source` and `models_usage`; of its older versions
//! `tool_responses`) or of OpenAI Responses (items, the list being `input`), message by message.
//!
//! | message | event |
//! |---|---|
//! | `user`, `human` | `Prompt`; `Injected` beside a `tool_result` block |
//! | `system`, `developer` | `Injected` |
//! | `assistant`, `model`, `ai` | `Reasoning`, `Text`, `ToolCall`s in this order; each message is one request |
//! | `tool`, `function`, block `tool_result` | `ToolResult` |
//!
//! **Sessions**: `session_id` (or `conversation_id`, `thread_id`, `id`), else the name of the file without folders
//! and extension, a colon and the line.
//!
//! **Tokens**: `usage` of a message (or of the response body in it) is that of its request. Only where no message has
//! any, `usage` beside the messages is delivered as that of the whole session, at its end. With
//! `cache_read_input_tokens` or `cache_creation_input_tokens`, and no `prompt_tokens`, the classes are disjoint, as
//! Anthropic counts; else input includes what was cached, as OpenAI counts.
//!
//! **Errors**: only explicit ones: `is_error`, or `status`. What a result says in words is not judged here.
//!
//! **Identity**: everything is named within its session, so that a file read twice is known again, while equal texts
//! of different sessions stay apart. Results without a call id answer the calls of the latest request, in order: where
//! the model has gone on, earlier calls stay unanswered.
//!
//! **When it misleads**: usage of Gemini, Bedrock and Vercel lies outside their messages and is not read here. Two files of
//! one name in different folders whose sessions lack an id share the names of their sessions. The second of two prompts
//! may be a harness speaking as the user: the format cannot tell. Calls that an agent
//! writes as text (`Action:` with its input, or between tags) are read in sessions without structured calls, and a prose
//! text that holds such lines would be taken for one; a block of commands only where what follows tells of an answer.
//!
//! **Cost**: the line of a session is held while it is read, up to the cap on lines; its messages are parsed one by one.

use std::borrow::Cow;

use goodhart_trace::{
    Decoder, Event, EventId, Format, Framing, Halves, Head, IssueKind, Kind, Memory, Parser, Question,
    Record, Sink, Source,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::mini_swe_agent;
use crate::chat::shape::is_messages;
use crate::chat::talk::{Calls, Place, Talk};
use crate::chat::text_protocol::is_answer;
use crate::chat::tokens::Tokens;
use crate::json::{Field, Notes, Object, Text, each, object};

/// Chat sessions, one a line.
pub struct Chat;

/// One chat session, or a list of messages, as one JSON value.
pub struct ChatDocument;

impl Format for Chat {
    fn id(&self) -> &'static str {
        "chat"
    }

    fn title(&self) -> &'static str {
        "Chat messages, one session a line (JSON Lines)"
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        head.lines.iter().any(is_session)
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(halves(source))
    }

    fn halves(&self, source: &Source<'_>) -> Option<Halves> {
        Some(halves(source))
    }
}

impl Format for ChatDocument {
    fn id(&self) -> &'static str {
        "chat-document"
    }

    fn title(&self) -> &'static str {
        "Chat messages, one session or one list of messages a file (JSON)"
    }

    fn framing(&self) -> Framing {
        Framing::Document
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        let list = head.lines.first().filter(|line| head.lines.len() == 1 && line.is_array());
        head.document.as_ref().or(list).is_some_and(|document| is_session(document) || is_messages(document))
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(halves(source))
    }
}

/// Names under which sessions keep their messages.
const LISTS: &[&str] = &["messages", "contents", "conversations", "input"];

fn is_session(value: &Value) -> bool {
    LISTS.iter().any(|name| value.get(name).is_some_and(is_messages)) && !mini_swe_agent::is_run(value)
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Session<'a> {
    session_id: Text<'a>,
    conversation_id: Text<'a>,
    thread_id: Text<'a>,
    id: Text<'a>,
    agent: Text<'a>,
    agent_version: Text<'a>,
    model: Text<'a>,
    actor: Text<'a>,
    user_id: Text<'a>,
    usage: Field<Object<Tokens>>,
    messages: Option<&'a RawValue>,
    contents: Option<&'a RawValue>,
    conversations: Option<&'a RawValue>,
    input: Option<&'a RawValue>,
}

struct Reader {
    file: u32,
    stem: String,
}

/// A session stands in one record, so there is nothing to remember.
struct Nothing;

impl Memory for Nothing {
    fn answer(&mut self, _: Question) -> bool {
        true
    }
}

fn halves(source: &Source<'_>) -> Halves {
    let parser = Reader { file: source.file, stem: source.stem().to_owned() };
    Halves { parser: Box::new(parser), memory: Box::new(Nothing) }
}

impl Parser for Reader {
    fn parse(&self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spare = String::new();
        let session = if record.text.trim_start().starts_with('[') {
            bare_messages(record.text, &mut notes)
        } else {
            object(record.text, &mut spare, &mut notes)
        };
        if let Some(session) = session {
            self.session(session, record.line, &mut notes);
        }
    }
}

/// A list of messages is a session that says nothing about itself.
fn bare_messages<'a>(text: &'a str, notes: &mut Notes<'_>) -> Option<Session<'a>> {
    match serde_json::from_str(text) {
        Ok(messages) => Some(Session { messages: Some(messages), ..Session::default() }),
        Err(error) => {
            notes.not_json(error.column());
            None
        }
    }
}

impl Reader {
    fn session(&self, session: Session<'_>, line: u64, notes: &mut Notes<'_>) {
        let lists = [session.messages, session.contents, session.conversations, session.input];
        let Some(messages) = lists.into_iter().flatten().next() else {
            return notes.issue(IssueKind::MissingField, "messages: expected an array, found none");
        };
        let given = session.session_id.take("session_id", notes);
        let given = given.or_else(|| session.conversation_id.quiet()).or_else(|| session.thread_id.quiet());
        let given = given.or_else(|| session.id.quiet());
        let id = given.unwrap_or_else(|| Cow::Owned(format!("{}:{line}", self.stem)));
        let mut calls = Calls::default();
        let mut talk = Talk {
            agent: session.agent.take("agent", notes),
            agent_version: session.agent_version.take("agent_version", notes),
            model: session.model.take("model", notes),
            actor: session.actor.take("actor", notes).or_else(|| session.user_id.quiet()),
            ..Talk::new(&id, &mut calls)
        };
        let (mut index, mut held) = (0, None);
        let mut tell = |message: &RawValue, after: Option<&RawValue>, notes: &mut Notes<'_>| {
            let (name, next) = (index.to_string(), (index + 1).to_string());
            let answered = talk.takes_text_for_calls() && after.is_some_and(|after| is_answer(after.get()));
            talk.raw_message(message, Place { next: Some(&next), answered, ..Place::new(&name) }, notes);
            index += 1;
        };
        let is_list = each(messages, |message| {
            if let Some(before) = held.replace(message) {
                tell(before, Some(message), notes);
            }
        });
        held.into_iter().for_each(|last| tell(last, None, notes));
        if !is_list {
            notes.issue(IssueKind::WrongType, "messages: expected an array, found something else");
        }
        if let Some(Object(tokens)) = session.usage.take("usage", notes).filter(|_| !talk.metered) {
            let usage = tokens.classes(notes);
            let id = Some(EventId::of(&["chat", &id, "usage", &format!("{usage:?}")]));
            let model = talk.model.as_deref().map(Cow::Borrowed);
            notes.event(Event { usage: Some(usage), model, id, ..talk.event(Kind::Usage, None) });
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::Usage;

    use super::*;
    use crate::testing::{CHAT, CHAT_DOCUMENT, issues, kinds, of_kind, read, requests, texts};

    #[test]
    fn both_dialects_become_the_same_events() {
        let found = read(CHAT);
        let (first, second): (Vec<_>, Vec<_>) = found.events.iter().partition(|event| event.session == "c-1");
        let kinds = |events: &[&Event<'_>]| -> Vec<Kind> { events.iter().map(|event| event.kind).collect() };
        let expected =
            [Kind::Injected, Kind::Prompt, Kind::Reasoning, Kind::ToolCall, Kind::ToolResult, Kind::Usage];
        assert_eq!(kinds(&first), expected);
        assert_eq!(kinds(&second), [Kind::Prompt, Kind::ToolCall, Kind::ToolResult]);
        assert!(second.iter().all(|event| event.session == "stem:2" && event.position.line == 2));
        assert_eq!(first[3].arguments.as_deref(), Some(r#"{"command":"ls"}"#));
        assert_eq!((first[3].request.as_deref(), first[3].model.as_deref()), (Some("c-1#2"), Some("m")));
        assert_eq!((first[1].time_ms, first[0].time_ms), (Some(1_772_442_000_000), None));
        assert_eq!((first[4].error, second[2].error), (None, Some(true)));
        let session = Usage { input: 100, output: 10, ..Usage::default() };
        assert_eq!((first[5].usage, &first[5].request), (Some(session), &None));
        assert_eq!(second[1].usage.map(|usage| usage.total()), Some(14));
        assert_eq!(found.issues, []);
    }

    #[test]
    fn calls_written_as_text_are_read_where_no_call_is_structured() {
        let react = concat!(
            r#"{"id":"r","messages":[{"role":"user","content":"find it"},"#,
            r#"{"role":"assistant","content":"Thought: look.\nAction: search\nAction Input: x"},"#,
            r#"{"role":"user","content":"Observation: two files"},"#,
            r#"{"role":"assistant","content":"<tool_call>{\"name\":\"open\",\"arguments\":{\"n\":1}}</tool_call>"},"#,
            r#"{"role":"user","content":"<tool_response>text</tool_response>"},"#,
            r#"{"role":"assistant","content":"Found."}]}"#,
        );
        let found = read(react);
        let expected = [
            Kind::Prompt,
            Kind::Text,
            Kind::ToolCall,
            Kind::ToolResult,
            Kind::ToolCall,
            Kind::ToolResult,
            Kind::Text,
        ];
        assert_eq!(kinds(&found), expected);
        let calls = of_kind(&found, Kind::ToolCall);
        assert_eq!((calls[0].tool.as_deref(), calls[0].arguments.as_deref()), (Some("search"), Some("x")));
        assert_eq!(
            (calls[1].tool.as_deref(), calls[1].arguments.as_deref()),
            (Some("open"), Some(r#"{"n":1}"#))
        );
        let results = of_kind(&found, Kind::ToolResult);
        assert!(calls.iter().zip(&results).all(|(call, result)| call.call == result.call));
        assert_eq!(results[1].text.as_deref(), Some("text"));
        assert_eq!(found.issues, []);
        let structured = CHAT.replace("\"content\":\"done\"", "\"content\":\"Action: a[b]\"");
        assert_eq!(
            of_kind(&read(&structured), Kind::ToolCall).len(),
            of_kind(&read(CHAT), Kind::ToolCall).len()
        );
    }

    #[test]
    fn a_document_is_a_session_with_or_without_a_frame() {
        let found = read(CHAT_DOCUMENT);
        assert_eq!((kinds(&found), texts(&found)), (vec![Kind::Prompt, Kind::Text], vec!["hello", "hi"]));
        assert_eq!(found.events[0].session, "d-1");
        let bare = read(r#"[{"role":"user","content":"hello"},{"role":"assistant","content":"hi"}]"#);
        assert_eq!(texts(&bare), ["hello", "hi"]);
        assert_eq!(bare.events[0].session, "stem:1");
    }

    #[test]
    fn usage_of_messages_stands_before_usage_of_the_session() {
        let found = read(
            r#"{"usage":{"input_tokens":99},"messages":[{"role":"assistant","content":"x","response":{"model":"r","usage":{"prompt_tokens":5}}}]}"#,
        );
        assert_eq!(kinds(&found), [Kind::Text]);
        assert_eq!(found.events[0].model.as_deref(), Some("r"));
        assert_eq!(requests(&found).into_values().map(|usage| usage.input).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn results_without_an_id_answer_the_calls_of_their_request() {
        let found = read(
            r#"{"session_id":"s","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"a"}},{"id":"given","function":{"name":"b"}}],"content":null},{"role":"tool","tool_call_id":"given","content":"2"},{"role":"tool","content":"1"},{"role":"assistant","content":null,"function_call":{"name":"c","arguments":"{}"}},{"role":"function","name":"c","content":"3"},{"role":"tool","content":"4"}]}"#,
        );
        let calls: Vec<_> =
            of_kind(&found, Kind::ToolResult).iter().map(|result| result.call.as_deref()).collect();
        assert_eq!(calls, [Some("given"), Some("0.0"), Some("3.0"), None]);
        assert_eq!(issues(&found), [IssueKind::OrphanResult]);
    }

    /// Calls without ids, and their results, in each dialect: the second result is not logged.
    const MISSING: &[&str] = &[
        r#"{"messages":[{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"},{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"3"}]}"#,
        r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]},{"role":"tool","content":"1"},{"role":"assistant","content":"on","tool_calls":[{"function":{"name":"f"}}]},{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]},{"role":"tool","content":"3"}]}"#,
        r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","content":"1"}]},{"role":"assistant","content":[{"type":"tool_use","id":"b","name":"f","input":{}}]},{"role":"user","content":"go on"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","content":"3"}]}]}"#,
        r#"{"messages":[{"role":"assistant","content":"Action: f[x]"},{"role":"user","content":"Observation: 1"},{"role":"assistant","content":"Action: f[x]"},{"role":"assistant","content":"Action: f[x]"},{"role":"user","content":"Observation: 3"}]}"#,
        r#"{"messages":[{"role":"assistant","content":"<tool_call>{\"name\":\"f\"}</tool_call>"},{"role":"user","content":"<tool_response>1</tool_response>"},{"role":"assistant","content":"<tool_call>{\"name\":\"f\"}</tool_call>"},{"role":"user","content":"well?"},{"role":"assistant","content":"<tool_call>{\"name\":\"f\"}</tool_call>"},{"role":"user","content":"<tool_response>3</tool_response>"}]}"#,
        r#"{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":1}}}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"model","parts":[{"text":"hm"},{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":3}}}]}]}"#,
        r#"{"conversations":[{"from":"function_call","value":"{\"name\":\"f\"}"},{"from":"observation","value":"1"},{"from":"function_call","value":"{\"name\":\"f\"}"},{"from":"gpt","value":"no answer"},{"from":"human","value":"again"},{"from":"function_call","value":"{\"name\":\"f\"}"},{"from":"observation","value":"3"}]}"#,
        r#"[{"type":"ai","data":{"content":"","tool_calls":[{"name":"f","args":{}}]}},{"type":"tool","data":{"content":"1"}},{"type":"ai","data":{"content":"","tool_calls":[{"name":"f","args":{}}]}},{"type":"ai","data":{"content":"hm","tool_calls":[{"name":"f","args":{}}]}},{"type":"tool","data":{"content":"3"}}]"#,
        r#"{"messages":[{"kind":"response","parts":[{"part_kind":"tool-call","tool_name":"f","args":"{}"}]},{"kind":"request","parts":[{"part_kind":"tool-return","tool_name":"f","content":"1"}]},{"kind":"response","parts":[{"part_kind":"tool-call","tool_name":"f","args":"{}"}]},{"kind":"request","parts":[{"part_kind":"user-prompt","content":"well?"}]},{"kind":"response","parts":[{"part_kind":"tool-call","tool_name":"f","args":"{}"}]},{"kind":"request","parts":[{"part_kind":"tool-return","tool_name":"f","content":"3"}]}]}"#,
    ];

    #[test]
    fn a_missing_result_shifts_no_other_one() {
        for dialect in MISSING {
            let found = read(dialect);
            let calls = of_kind(&found, Kind::ToolCall);
            let answered: Vec<_> = of_kind(&found, Kind::ToolResult).iter().map(|it| &it.call).collect();
            assert_eq!(calls.len(), 3, "{dialect}");
            assert_eq!(answered, [&calls[0].call, &calls[2].call], "{dialect}");
            assert_eq!(found.issues, [], "{dialect}");
        }
    }

    #[test]
    fn calls_in_messages_of_their_own_are_answered_in_order() {
        let call = r#"{"from":"function_call","value":"{\"name\":\"f\"}"}"#;
        let result = r#"{"from":"observation","value":"a"}"#;
        let found = read(format!(r#"{{"conversations":[{call},{call},{result},{result}]}}"#));
        let named = |kind| -> Vec<_> { of_kind(&found, kind).iter().map(|event| &event.call).collect() };
        assert_eq!(named(Kind::ToolCall), named(Kind::ToolResult));
        assert_eq!(found.issues, []);
    }

    #[test]
    fn only_explicit_errors_count() {
        let error = |fields: &str| {
            let text = format!(
                r#"{{"messages":[{{"role":"assistant","tool_calls":[{{"id":"c","function":{{"name":"f"}}}}]}},{{"role":"tool","tool_call_id":"c",{fields}}}]}}"#
            );
            read(text).events[1].error
        };
        assert_eq!(error(r#""content":"Error: no""#), None);
        assert_eq!(error(r#""content":"x","is_error":true"#), Some(true));
        assert_eq!(error(r#""content":"x","status":"error""#), Some(true));
        assert_eq!(error(r#""content":"x","status":"success""#), Some(false));
    }

    #[test]
    fn a_copy_has_the_same_identities_and_another_session_has_not() {
        let ids = |text: &str| -> Vec<_> { read(text).events.iter().map(|event| event.id).collect() };
        assert_eq!(ids(CHAT), ids(CHAT));
        let other = CHAT.replace("c-1", "c-2");
        assert!(ids(CHAT)[..6].iter().zip(&ids(&other)[..6]).all(|(a, b)| a != b));
        let all: std::collections::BTreeSet<_> = ids(CHAT).into_iter().collect();
        assert_eq!(all.len(), ids(CHAT).len());
    }

    #[test]
    fn odd_messages_are_told_and_the_rest_is_read() {
        let found = read(
            r#"{"messages":[{"role":"user","content":"a"},7,{"content":"b"},{"role":"chorus","content":"c"},{"role":"user","content":[{"type":"image_url"},{"type":"hologram"},"bare"]},{"role":"assistant","content":{"type":"text","text":"d"}}]}"#,
        );
        assert_eq!(texts(&found), ["a", "bare", "d"]);
        let expected = [
            IssueKind::WrongType,
            IssueKind::MissingField,
            IssueKind::UnknownRecord,
            IssueKind::UnknownBlock,
        ];
        assert_eq!(issues(&found), expected);
    }

    /// Each says: a prompt, a thought, a call of `ls`, its result, a last word.
    const DIALECTS: &[&str] = &[
        r#"{"contents":[{"role":"user","parts":[{"text":"list"}]},{"role":"model","parts":[{"thought":true,"text":"hm"},{"functionCall":{"name":"ls","args":{"p":1}}}]},{"role":"user","parts":[{"functionResponse":{"name":"ls","response":{"r":"a"}}}]},{"role":"model","parts":[{"text":"end"}]}]}"#,
        r#"{"messages":[{"role":"user","content":[{"text":"list"}]},{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm"}}},{"toolUse":{"toolUseId":"t","name":"ls","input":{"p":1}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"text":"a"}],"status":"error"}}]},{"role":"assistant","content":[{"text":"end"}]}]}"#,
        r#"{"messages":[{"role":"user","content":"list"},{"role":"assistant","content":[{"type":"reasoning","text":"hm"},{"type":"tool-call","toolCallId":"t","toolName":"ls","input":{"p":1}}]},{"role":"tool","content":[{"type":"tool-result","toolCallId":"t","toolName":"ls","output":"a"}]},{"role":"assistant","content":[{"type":"text","text":"end"}]}]}"#,
        r#"{"messages":[{"role":"user","content":"list"},{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"type":"function_call","call_id":"t","name":"ls","arguments":"{\"p\":1}"},{"type":"function_call_output","call_id":"t","output":"a"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"end"}]}]}"#,
    ];

    /// By hand: 20 input, of which 5 were read and 3 written; 4 output.
    #[test]
    fn langchain_messages_lie_in_their_frame() {
        let framed = r#"[{"type":"human","data":{"content":"list"}},{"type":"ai","data":{"content":"","tool_calls":[{"name":"ls","args":{"p":1},"id":"t"}],"usage_metadata":{"input_tokens":20,"output_tokens":4,"input_token_details":{"cache_read":5,"cache_creation":3}}}},{"type":"tool","data":{"content":"a","tool_call_id":"t","status":"error"}},{"type":"ai","data":{"content":[{"type":"text","text":"end"}]}}]"#;
        let built = r#"{"messages":[{"lc":1,"type":"constructor","id":["langchain","HumanMessage"],"kwargs":{"content":"list"}},{"lc":1,"type":"constructor","id":["langchain","AIMessage"],"kwargs":{"content":[],"tool_calls":[{"name":"ls","args":{"p":1},"id":"t"}],"usage_metadata":{"input_tokens":20,"output_tokens":4,"input_token_details":{"cache_read":5,"cache_creation":3}}}},{"lc":1,"type":"constructor","id":["langchain","ToolMessage"],"kwargs":{"content":"a","tool_call_id":"t","status":"error"}},{"lc":1,"type":"constructor","id":["langchain","AIMessage"],"kwargs":{"content":"end"}}]}"#;
        let expected = Usage { input: 12, cache_read: 5, cache_write: 3, output: 4, reasoning: None };
        for text in [framed, built] {
            let found = read(text);
            assert_eq!(kinds(&found), [Kind::Prompt, Kind::ToolCall, Kind::ToolResult, Kind::Text], "{text}");
            assert_eq!(requests(&found).into_values().collect::<Vec<_>>(), [expected]);
            assert_eq!((found.events[2].error, texts(&found)), (Some(true), vec!["list", "a", "end"]));
            assert_eq!(found.issues, []);
        }
    }

    #[test]
    fn other_dialects_say_the_same() {
        use Kind::*;
        for dialect in DIALECTS {
            let found = read(dialect);
            assert_eq!(kinds(&found), [Prompt, Reasoning, ToolCall, ToolResult, Text], "{dialect}");
            let (call, result) = (&found.events[2], &found.events[3]);
            assert_eq!((call.tool.as_deref(), call.arguments.as_deref()), (Some("ls"), Some(r#"{"p":1}"#)));
            assert!(call.call.is_some() && call.call == result.call, "{dialect}");
            assert!(result.text.as_deref().is_some_and(|text| text.contains('a')), "{dialect}");
            assert_eq!(result.error, dialect.contains("\"error\"").then_some(true));
            assert_eq!(found.issues, [], "{dialect}");
        }
    }

    #[test]
    fn speakers_of_share_gpt_are_roles() {
        let found = read(
            r#"{"conversations":[{"from":"system","value":"s"},{"from":"human","value":"list"},{"from":"function_call","value":"{\"name\":\"ls\",\"arguments\":{}}"},{"from":"observation","value":"a"},{"from":"gpt","value":"end"}]}"#,
        );
        use Kind::*;
        assert_eq!(kinds(&found), [Injected, Prompt, ToolCall, ToolResult, Text]);
        assert_eq!(found.events[2].call, found.events[3].call);
        assert_eq!(
            (found.events[2].tool.as_deref(), found.events[2].arguments.as_deref()),
            (Some("ls"), Some("{}"))
        );
        assert_eq!(found.issues, []);
    }

    #[test]
    fn a_text_and_the_call_after_it_are_one_request() {
        let found = read(
            r#"{"conversations":[{"from":"human","value":"list"},{"from":"gpt","value":"I look."},{"from":"function_call","value":"{\"name\":\"ls\",\"arguments\":{}}"},{"from":"observation","value":"a"},{"from":"function_call","value":"{\"name\":\"ls\",\"arguments\":{}}"}]}"#,
        );
        let requests: Vec<_> = found.events.iter().filter_map(|event| event.request.as_deref()).collect();
        assert_eq!(requests, ["stem:1#1", "stem:1#1", "stem:1#4"]);
    }

    #[test]
    fn a_block_of_commands_is_a_call_where_an_answer_follows() {
        let talk = |answer: &str| {
            let text = r#"{"messages":[{"role":"user","content":"list"},{"role":"assistant","content":"I look.\n```bash\nls\n```"},{"role":"user","content":"ANSWER"}]}"#;
            kinds(&read(text.replace("ANSWER", answer)))
        };
        use Kind::*;
        assert_eq!(talk("<returncode>0</returncode>"), [Prompt, Text, ToolCall, ToolResult]);
        assert_eq!(talk("thanks"), [Prompt, Text, Prompt]);
    }

    #[test]
    fn items_stand_under_input() {
        use Kind::*;
        let found = read(
            r#"{"input":[{"role":"user","content":"list"},{"type":"function_call","call_id":"c","name":"ls","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"a"}]}"#,
        );
        assert_eq!(kinds(&found), [Prompt, ToolCall, ToolResult]);
    }

    #[test]
    fn words_of_another_dialect_within_a_text_change_nothing() {
        let found = read(
            r#"{"messages":[{"role":"user","content":"what is \"parts\", \"from\"?"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"x","input":{"from":"a","value":"b","parts":[]}}]}]}"#,
        );
        assert_eq!(kinds(&found), [Kind::Prompt, Kind::ToolCall]);
    }
}
