//! What the tests of this crate share: reading in one line, small samples of every format, the sample files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use goodhart_trace::{Event, IssueKind, Kind, Source, Usage};

use crate::{Collect, Options, read_reader};

/// One record a line.
pub(crate) const CLAUDE_CODE: &str = concat!(
    r#"{"type":"permission-mode","permissionMode":"default","sessionId":"s-1"}"#,
    "\n",
    r#"{"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s-1","timestamp":"2026-03-02T09:00:00.000Z","isSidechain":false,"version":"2.1.90","message":{"role":"user","content":"fix the flaky test"}}"#,
    "\n",
    r#"{"type":"assistant","uuid":"a0","parentUuid":"u1","sessionId":"s-1","timestamp":"2026-03-02T09:00:03.000Z","requestId":"req_1","message":{"id":"msg_1","model":"claude-sonnet-4-5","content":[{"type":"thinking","thinking":"","signature":"c2ln"}],"usage":{"input_tokens":3,"cache_creation_input_tokens":900,"cache_read_input_tokens":12000,"output_tokens":2}}}"#,
    "\n",
    r#"{"type":"assistant","uuid":"a1","parentUuid":"a0","sessionId":"s-1","timestamp":"2026-03-02T09:00:04.000Z","requestId":"req_1","message":{"id":"msg_1","model":"claude-sonnet-4-5","content":[{"type":"text","text":"I will run it."}],"usage":{"input_tokens":3,"cache_creation_input_tokens":900,"cache_read_input_tokens":12000,"output_tokens":5}}}"#,
    "\n",
    r#"{"type":"assistant","uuid":"a2","parentUuid":"a1","sessionId":"s-1","timestamp":"2026-03-02T09:00:05.000Z","requestId":"req_1","message":{"id":"msg_1","model":"claude-sonnet-4-5","content":[{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"cargo test flaky"}}],"usage":{"input_tokens":3,"cache_creation_input_tokens":900,"cache_read_input_tokens":12000,"output_tokens":61}}}"#,
    "\n",
    r#"{"type":"user","uuid":"u2","parentUuid":"a2","sessionId":"s-1","timestamp":"2026-03-02T09:00:09.000Z","toolUseResult":{"stdout":"","stderr":"1 failed","exitCode":1},"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"1 failed"},"bare"]}]}}"#,
    "\n",
);

pub(crate) const CODEX: &str = concat!(
    r#"{"timestamp":"2026-04-01T08:00:00.000Z","type":"session_meta","payload":{"id":"0190-aa","cli_version":"0.95.0","source":"cli"}}"#,
    "\n",
    r#"{"timestamp":"2026-04-01T08:00:01.000Z","type":"turn_context","payload":{"turn_id":"t1","model":"gpt-5.1-codex"}}"#,
    "\n",
    r#"{"timestamp":"2026-04-01T08:00:01.100Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"run the tests"}]}}"#,
    "\n",
    r#"{"timestamp":"2026-04-01T08:00:01.100Z","type":"event_msg","payload":{"type":"user_message","message":"run the tests"}}"#,
    "\n",
    r#"{"timestamp":"2026-04-01T08:00:03.000Z","type":"response_item","payload":{"type":"function_call","name":"exec_command","arguments":"{\"cmd\":\"cargo test\"}","call_id":"call_1"}}"#,
    "\n",
    r#"{"timestamp":"2026-04-01T08:00:09.000Z","type":"response_item","payload":{"type":"function_call_output","call_id":"call_1","output":"Wall time: 5.1 seconds\nProcess exited with code 101\nOutput:\nerror"}}"#,
    "\n",
    r#"{"timestamp":"2026-04-01T08:00:09.200Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":9000,"cached_input_tokens":7000,"output_tokens":120,"reasoning_output_tokens":60},"last_token_usage":{"input_tokens":9000,"cached_input_tokens":7000,"output_tokens":120,"reasoning_output_tokens":60}}}}"#,
    "\n",
);

pub(crate) const CHAT: &str = concat!(
    r#"{"session_id":"c-1","agent":"mine","model":"m","usage":{"input_tokens":100,"output_tokens":10},"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"list","timestamp":"2026-03-02T09:00:00Z"},{"role":"assistant","content":"","reasoning_content":"hm","tool_calls":[{"id":"s0","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}]},{"role":"tool","tool_call_id":"s0","content":"a b"}]}"#,
    "\n",
    r#"{"messages":[{"role":"user","content":[{"type":"text","text":"again"}]},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"ls","input":{"path":"."}}],"usage":{"input_tokens":7,"cache_read_input_tokens":5,"output_tokens":2}},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"none","is_error":true}]}]}"#,
    "\n",
);

pub(crate) const CHAT_DOCUMENT: &str = "{\n \"id\": \"d-1\",\n \"messages\": [\n  {\"role\": \"user\", \"content\": \"hello\"},\n  {\"role\": \"assistant\", \"content\": \"hi\"}\n ]\n}\n";

/// The transcript as the web exports it, with line ends between the lines.
pub(crate) fn export() -> String {
    let lines: Vec<&str> = CLAUDE_CODE.lines().collect();
    format!("{{\n\"loglines\": [\n{}\n]}}\n", lines.join(",\n"))
}

/// Format id and sample of every format.
pub(crate) fn samples() -> Vec<(&'static str, String)> {
    vec![
        ("claude-code", CLAUDE_CODE.to_owned()),
        ("claude-code-export", export()),
        ("codex", CODEX.to_owned()),
        ("chat", CHAT.to_owned()),
        ("chat-document", CHAT_DOCUMENT.to_owned()),
    ]
}

pub(crate) fn read(text: impl AsRef<[u8]>) -> Collect {
    read_as(text, &Options::default())
}

pub(crate) fn read_as(text: impl AsRef<[u8]>, options: &Options) -> Collect {
    let mut found = Collect::default();
    let source = Source { file: 0, path: "logs/stem.jsonl" };
    read_reader(text.as_ref(), source, options, &mut found).unwrap();
    found
}

/// Lines as one file.
pub(crate) fn log(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

pub(crate) fn kinds(found: &Collect) -> Vec<Kind> {
    found.events.iter().map(|event| event.kind).collect()
}

pub(crate) fn issues(found: &Collect) -> Vec<IssueKind> {
    found.issues.iter().map(|issue| issue.kind).collect()
}

pub(crate) fn texts(found: &Collect) -> Vec<&str> {
    found.events.iter().filter_map(|event| event.text.as_deref()).collect()
}

pub(crate) fn of_kind(found: &Collect, kind: Kind) -> Vec<&Event<'static>> {
    found.events.iter().filter(|event| event.kind == kind).collect()
}

/// The largest record of each request.
pub(crate) fn requests(found: &Collect) -> BTreeMap<(String, String), Usage> {
    let mut requests: BTreeMap<(String, String), Usage> = BTreeMap::new();
    for event in &found.events {
        if let (Some(request), Some(usage)) = (&event.request, event.usage) {
            let known = requests.entry((event.session.to_string(), request.to_string())).or_default();
            if usage.total() >= known.total() {
                *known = usage;
            }
        }
    }
    requests
}

pub(crate) fn total(found: &Collect) -> Usage {
    let mut total = Usage::default();
    requests(found).values().for_each(|usage| total.add(usage));
    total
}

/// The hand-made sample files, which lie beside a full checkout only.
pub(crate) fn sample_folder() -> Option<PathBuf> {
    let given =
        std::env::var_os("GOODHART_SHARED").map(|shared| PathBuf::from(shared).join("formats/samples"));
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/formats/samples");
    given.into_iter().chain([PathBuf::from(beside)]).find(|folder| folder.is_dir())
}

/// What one sample file holds; `None` without a full checkout.
pub(crate) fn sample(path: &str) -> Option<Collect> {
    let mut found = Collect::default();
    crate::read_file(&sample_folder()?.join(path), 0, &Options::default(), &mut found).unwrap();
    Some(found)
}
