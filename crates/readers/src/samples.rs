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
    r#"{"timestamp":"2026-04-01T08:00:09.000Z","type":"response_item","payload":{"type":"function_call_output","call_id":"call_1","output":"Wall time: 5.1 seconds\nProcess exited with code 101\nOutput:\nerror\nnothing was built"}}"#,
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

/// Two sessions in turns, one message a line.
pub(crate) const CHAT_LINES: &str = concat!(
    r#"{"session_id":"a","role":"user","content":"list","timestamp":"2026-03-02T09:00:00Z"}"#,
    "\n",
    r#"{"session_id":"b","id":"m1","role":"user","content":"hello"}"#,
    "\n",
    r#"{"session_id":"a","role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}],"model":"m","usage":{"prompt_tokens":50,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":20}}}"#,
    "\n",
    r#"{"session_id":"b","id":"m2","role":"assistant","content":"hi","usage":{"prompt_tokens":30,"completion_tokens":2}}"#,
    "\n",
    r#"{"session_id":"a","role":"tool","tool_call_id":"c1","content":"no such folder","is_error":true}"#,
    "\n",
    r#"{"session_id":"a","role":"assistant","content":"It is not there.","usage":{"prompt_tokens":60,"completion_tokens":4}}"#,
    "\n",
);

/// Three requests of one conversation, each with all that came before it.
pub(crate) const CHAT_REQUESTS: &str = concat!(
    r#"{"timestamp":"2026-03-02T09:00:01.000Z","request":{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"list"}]},"response":{"id":"chatcmpl-1","object":"chat.completion","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":null,"reasoning_content":"hm","refusal":null,"tool_calls":[{"id":"c1","type":"function","index":0,"function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":10}}}"#,
    "\n",
    r#"{"timestamp":"2026-03-02T09:00:02.000Z","request":{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"list"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"command\": \"ls\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"a b"}]},"response":{"id":"chatcmpl-2","object":"chat.completion","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"Two files."},"finish_reason":"stop"}],"usage":{"prompt_tokens":120,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":90}}}}"#,
    "\n",
    r#"{"timestamp":"2026-03-02T09:00:03.000Z","request":{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"list"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"command\": \"ls\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"a b"},{"role":"assistant","content":"Two files."},{"role":"user","content":"thanks"}]},"response":{"id":"chatcmpl-3","object":"chat.completion","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"Welcome."},"finish_reason":"stop"}],"usage":{"prompt_tokens":140,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":100}}}}"#,
    "\n",
);

/// A run with two calls at once, after what it took over from another one, and with a helper.
pub(crate) const ATIF: &str = r#"{"schema_version":"ATIF-v1.8","session_id":"run-1","agent":{"name":"demo","version":"0.1","model_name":"m"},"steps":[
{"step_id":1,"source":"agent","is_copied_context":true,"message":"Earlier.","observation":{"results":[{"content":"old"}]}},
{"step_id":2,"timestamp":"2026-03-02T09:00:00Z","source":"user","message":"fix the build"},
{"step_id":3,"timestamp":"2026-03-02T09:00:05Z","source":"agent","message":[{"type":"text","text":"Running make."}],"reasoning_content":"hm","tool_calls":[{"tool_call_id":"c1","function_name":"bash","arguments":{"command":"make"}},{"tool_call_id":"c2","function_name":"bash","arguments":{"command":"ls"}}],"observation":{"results":[{"source_call_id":"c1","content":"missing header","extra":{"exit_code":2}},{"source_call_id":"c2","content":"src"}]},"metrics":{"prompt_tokens":1500,"completion_tokens":40,"cached_tokens":1024}},
{"step_id":4,"source":"agent","message":"The header is missing.","metrics":{"prompt_tokens":1600,"completion_tokens":12,"cached_tokens":1408}}],
"final_metrics":{"total_prompt_tokens":3100,"total_completion_tokens":52,"total_cached_tokens":2432},
"subagent_trajectories":[{"schema_version":"ATIF-v1.8","trajectory_id":"helper","agent":{"name":"demo"},"steps":[{"source":"user","message":"look"},{"source":"agent","message":"seen","metrics":{"prompt_tokens":50,"completion_tokens":5}}]}]}
"#;

pub(crate) const CODEX_EXEC: &str = concat!(
    r#"{"type":"thread.started","thread_id":"th-1"}"#,
    "\n",
    r#"{"type":"turn.started"}"#,
    "\n",
    r#"{"type":"item.completed","item":{"id":"item_0","type":"reasoning","text":"look first"}}"#,
    "\n",
    r#"{"type":"item.started","item":{"id":"item_1","type":"command_execution","command":"bash -lc ls","aggregated_output":"","status":"in_progress"}}"#,
    "\n",
    r#"{"type":"item.completed","item":{"id":"item_1","type":"command_execution","command":"bash -lc ls","aggregated_output":"no such folder","exit_code":2,"status":"failed"}}"#,
    "\n",
    r#"{"type":"item.completed","item":{"id":"item_2","type":"file_change","changes":[{"path":"a.rs","kind":"add"}],"status":"completed"}}"#,
    "\n",
    r#"{"type":"item.completed","item":{"id":"item_3","type":"agent_message","text":"Done."}}"#,
    "\n",
    r#"{"type":"turn.completed","usage":{"input_tokens":900,"cached_input_tokens":700,"output_tokens":40}}"#,
    "\n",
);

/// Two model calls (800 of which 512 cached and 30; 840 and 6), a tool span, and the sums of both on the agent span.
pub(crate) const OPENINFERENCE: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"demo"}}]},"scopeSpans":[{"spans":[
{"traceId":"t1","spanId":"c4","parentSpanId":"c1","name":"chat","startTimeUnixNano":"1772442003100000000","attributes":[{"key":"openinference.span.kind","value":{"stringValue":"LLM"}},{"key":"llm.input_messages.0.message.role","value":{"stringValue":"user"}},{"key":"llm.input_messages.0.message.content","value":{"stringValue":"find x"}},{"key":"llm.output_messages.0.message.role","value":{"stringValue":"assistant"}},{"key":"llm.output_messages.0.message.content","value":{"stringValue":"x is 4"}},{"key":"llm.token_count.prompt","value":{"intValue":"840"}},{"key":"llm.token_count.completion","value":{"intValue":6}}]},
{"traceId":"t1","spanId":"c1","name":"agent","startTimeUnixNano":"1772442000000000000","attributes":[{"key":"openinference.span.kind","value":{"stringValue":"AGENT"}},{"key":"session.id","value":{"stringValue":"s-9"}},{"key":"user.id","value":{"stringValue":"u-3"}},{"key":"llm.token_count.prompt","value":{"intValue":"1640"}}]},
{"traceId":"t1","spanId":"c2","parentSpanId":"c1","name":"chat","startTimeUnixNano":"1772442000100000000","attributes":[{"key":"openinference.span.kind","value":{"stringValue":"LLM"}},{"key":"llm.model_name","value":{"stringValue":"m"}},{"key":"llm.input_messages.0.message.role","value":{"stringValue":"user"}},{"key":"llm.input_messages.0.message.content","value":{"stringValue":"find x"}},{"key":"llm.output_messages.0.message.tool_calls.0.tool_call.function.name","value":{"stringValue":"search"}},{"key":"llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments","value":{"stringValue":"{\"q\":\"x\"}"}},{"key":"llm.token_count.prompt","value":{"intValue":"800"}},{"key":"llm.token_count.prompt_details.cache_read","value":{"intValue":"512"}},{"key":"llm.token_count.completion","value":{"intValue":"30"}}]},
{"traceId":"t1","spanId":"c3","parentSpanId":"c1","name":"search","startTimeUnixNano":"1772442002100000000","endTimeUnixNano":"1772442003000000000","attributes":[{"key":"openinference.span.kind","value":{"stringValue":"TOOL"}},{"key":"tool.name","value":{"stringValue":"search"}},{"key":"input.value","value":{"stringValue":"{\"q\":\"x\"}"}},{"key":"output.value","value":{"stringValue":"x=4"}}],"status":{"code":1}}
]}]}]}
"#;

/// A run of two steps that a demonstration preceded and a limit ended.
pub(crate) const SWE_AGENT: &str = r#"{"environment":"main","trajectory":[
{"action":"ls -F\n","observation":"src/","response":"Look around.","thought":"Look around.","state":"{\"open_file\":\"n/a\"}"},
{"action":"open src/a.py","observation":"1:import os","response":"It may be here.\n```\nopen src/a.py\n```","thought":"It may be here.","execution_time":0.1,"state":{"open_file":"n/a"},"messages":[{"role":"user","content":"copy"}]}],
"history":[{"role":"system","content":"be careful","agent":"primary"},{"role":"user","content":"a demonstration","is_demo":true,"agent":"primary"},{"role":"user","content":"fix a","agent":"primary"},{"role":"assistant","content":"Look around.","thought":"Look around.","action":"ls -F\n","agent":"primary"},{"role":"user","content":"src/","agent":"primary"}],
"info":{"exit_status":"submitted (exit_cost)","submission":"diff","model_stats":{"instance_cost":0.2,"tokens_sent":12000,"tokens_received":300,"api_calls":2}}}
"#;

/// Two turns with tool calls, their results, and the end of the run.
pub(crate) const MINI_SWE_AGENT: &str = r#"{"info":{"exit_status":"Submitted","mini_version":"2.1.0","model_stats":{"instance_cost":0.1,"api_calls":2}},"messages":[
{"role":"system","content":"be careful","extra":{"timestamp":1772442000.5}},
{"role":"user","content":"fix a"},
{"role":"assistant","content":"Look around.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}],"extra":{"actions":[{"command":"ls","tool_call_id":"call_1"}],"response":{"model":"m","usage":{"prompt_tokens":100,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":40}}},"timestamp":1772442001.25}},
{"role":"tool","tool_call_id":"call_1","content":"src","extra":{"returncode":2,"timestamp":1772442002}},
{"role":"assistant","content":"Done.\n```bash\necho done\n```","extra":{"actions":[{"command":"echo done"}],"response":{"model":"m","usage":{"prompt_tokens":120,"completion_tokens":5}},"timestamp":1772442003}},
{"role":"user","content":"<returncode>0</returncode>\n<output>\ndone</output>","extra":{"timestamp":1772442004}},
{"role":"exit","content":"","extra":{"exit_status":"Submitted"}}],"trajectory_format":"mini-swe-agent-1.1"}
"#;

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
        ("codex-exec", CODEX_EXEC.to_owned()),
        ("openinference", OPENINFERENCE.to_owned()),
        ("swe-agent", SWE_AGENT.to_owned()),
        ("mini-swe-agent", MINI_SWE_AGENT.to_owned()),
        ("atif", ATIF.to_owned()),
        ("chat-lines", CHAT_LINES.to_owned()),
        ("chat-requests", CHAT_REQUESTS.to_owned()),
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
