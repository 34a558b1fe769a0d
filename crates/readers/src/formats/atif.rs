//! **What it reads**: trajectories in the Agent Trajectory Interchange Format (ATIF), versions 1.0 to 1.8.
//!
//! **Where**: `trajectory.json` in the folder of a run, as Harbor and others write it.
//!
//! **Record shape**: `{schema_version, session_id, agent, steps, final_metrics, subagent_trajectories}`; a step is a message
//! of the system, of the user or of the agent, and one of the agent holds its calls and what came back.
//!
//! | step | event |
//! |---|---|
//! | of `system` | `Injected` |
//! | of `user` | `Prompt` |
//! | of `agent` | `Reasoning`, `Text` and `ToolCall`s of one request, then the `ToolResult`s |
//! | with `is_copied_context` | `Injected`: its texts, as context; its calls and tokens belong to the run they were copied from |
//! | `subagent_trajectories` | sessions of their own, named `parent/agent` |
//!
//! **Sessions**: `session_id`, else `trajectory_id`, else the name of the file without folders and extension.
//!
//! **Requests**: a step of the agent is one, unless `llm_call_count` says 0.
//!
//! **Tokens**: `metrics` of the steps; the prompt includes what `cached_tokens` says. Only where no step has any,
//! `final_metrics` is delivered as usage of the whole session, at its end.
//!
//! **Errors**: the format has no flag; `is_error`, `tool_result_is_error`, `tool_use_is_error`, `exit_code` or `status` in
//! `extra` of a result.
//!
//! **Identity**: session, place of the step and text, so that a file read twice is known again. A call is named by its
//! step, since only there its id is unique.
//!
//! **When it misleads**: runs that were converted without times have none. A context that was continued in
//! another file (`continued_trajectory_ref`) is another session.
//!
//! **Cost**: the file is held as a whole, up to the cap on documents; its steps are parsed one by one.

use std::borrow::Cow;
use std::collections::VecDeque;

use goodhart_trace::{
    Decoder, Event, EventId, Format, Framing, Head, IssueKind, Kind, Record, Sink, Source, Usage,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::content::{Content, Shape, checked_arguments};
use crate::json::{Count, Field, Moment, Notes, Object, Text, each, lenient, object};
use crate::screen::Screen;

/// Trajectories in the Agent Trajectory Interchange Format.
pub struct Atif;

impl Format for Atif {
    fn id(&self) -> &'static str {
        "atif"
    }

    fn title(&self) -> &'static str {
        "Agent Trajectory Interchange Format, ATIF (one JSON object)"
    }

    fn framing(&self) -> Framing {
        Framing::Document
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        let version = head.whole().and_then(|whole| whole.get("schema_version")).and_then(Value::as_str);
        version.is_some_and(|version| version.starts_with("ATIF-"))
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Reader { file: source.file, stem: source.stem().to_owned() })
    }
}

/// Sub-agents of sub-agents that are followed.
const MAX_DEPTH: usize = 8;

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Trajectory<'a> {
    session_id: Text<'a>,
    trajectory_id: Text<'a>,
    agent: Field<Object<Agent<'a>>>,
    steps: Option<&'a RawValue>,
    final_metrics: Field<Object<Totals>>,
    subagent_trajectories: Option<&'a RawValue>,
    extra: Field<Object<Who<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Agent<'a> {
    name: Text<'a>,
    version: Text<'a>,
    model_name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Who<'a> {
    user_id: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Totals {
    total_prompt_tokens: Field<Count>,
    total_completion_tokens: Field<Count>,
    total_cached_tokens: Field<Count>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Step<'a> {
    timestamp: Field<Moment>,
    source: Text<'a>,
    model_name: Text<'a>,
    message: Field<Content<'a>>,
    reasoning_content: Text<'a>,
    tool_calls: Field<Vec<Field<Object<Call<'a>>>>>,
    observation: Field<Object<Observation<'a>>>,
    metrics: Field<Object<Metrics>>,
    is_copied_context: Field<bool>,
    llm_call_count: Field<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
    tool_call_id: Text<'a>,
    function_name: Text<'a>,
    arguments: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Observation<'a> {
    results: Field<Vec<Field<Object<Answer<'a>>>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Answer<'a> {
    source_call_id: Text<'a>,
    content: Option<&'a RawValue>,
    extra: Field<Object<Flags<'a>>>,
}

/// Where writers say that a call failed.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Flags<'a> {
    is_error: Field<bool>,
    tool_result_is_error: Field<bool>,
    tool_use_is_error: Field<bool>,
    exit_code: Field<i64>,
    status: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics {
    prompt_tokens: Field<Count>,
    completion_tokens: Field<Count>,
    cached_tokens: Field<Count>,
    extra: Field<Object<More>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct More {
    cache_creation_input_tokens: Field<Count>,
    reasoning_tokens: Field<Count>,
}

struct Reader {
    file: u32,
    stem: String,
}

impl Decoder for Reader {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spare = String::new();
        if let Some(run) = object::<Trajectory<'_>>(record.text, &mut spare, &mut notes) {
            let id = run.name().unwrap_or(&self.stem).to_owned();
            trajectory(run, &id, None, MAX_DEPTH, &mut notes);
        }
    }
}

impl Trajectory<'_> {
    fn name(&self) -> Option<&str> {
        let name = self.session_id.as_ref().or(self.trajectory_id.as_ref())?;
        Some(name.as_ref())
    }
}

/// Delivers a trajectory, then those of its sub-agents.
fn trajectory(run: Trajectory<'_>, id: &str, parent: Option<&str>, depth: usize, notes: &mut Notes<'_>) {
    let Object(agent) = run.agent.take("agent", notes).unwrap_or_default();
    let mut session = Session {
        id,
        parent,
        agent: agent.name.take("agent.name", notes),
        version: agent.version.quiet(),
        model: agent.model_name.quiet(),
        actor: run.extra.quiet().and_then(|Object(who)| who.user_id.quiet()),
        step: 0,
        events: 0,
        metered: false,
        screen: Screen::default(),
    };
    match run.steps {
        Some(steps) if each(steps, |step| session.raw_step(step, notes)) => {}
        Some(_) => notes.issue(IssueKind::WrongType, "steps: expected an array, found something else"),
        None => notes.issue(IssueKind::MissingField, "steps: expected an array, found none"),
    }
    if let Some(Object(totals)) = run.final_metrics.take("final_metrics", notes).filter(|_| !session.metered)
    {
        let usage = Some(totals.classes(notes));
        session.deliver(Event { kind: Kind::Usage, usage, ..Event::default() }, notes);
    }
    let mut number = 0;
    if let Some(agents) = run.subagent_trajectories {
        each(agents, |agent| {
            number += 1;
            sub_agent(agent, id, number, depth, notes);
        });
    }
}

fn sub_agent(agent: &RawValue, parent: &str, number: usize, depth: usize, notes: &mut Notes<'_>) {
    if depth == 0 {
        return notes.issue(IssueKind::NotJson, "subagent_trajectories: expected fewer levels, found more");
    }
    let mut spare = String::new();
    let Some(run) = object::<Trajectory<'_>>(agent.get(), &mut spare, notes) else { return };
    let name = run.trajectory_id.as_ref().or(run.session_id.as_ref());
    let id = name.map_or_else(|| format!("{parent}/{number}"), |name| format!("{parent}/{name}"));
    trajectory(run, &id, Some(parent), depth - 1, notes);
}

struct Session<'a> {
    id: &'a str,
    parent: Option<&'a str>,
    agent: Option<Cow<'a, str>>,
    version: Option<Cow<'a, str>>,
    model: Option<Cow<'a, str>>,
    actor: Option<Cow<'a, str>>,
    step: u64,
    events: u64,
    /// A step had usage of its own.
    metered: bool,
    /// What the latest answer has shown.
    screen: Screen,
}

/// What the events of a step have in common. The first one carries the usage.
#[derive(Default)]
struct Frame<'a> {
    request: Option<String>,
    model: Option<Cow<'a, str>>,
    usage: Option<Usage>,
    time_ms: Option<i64>,
}

impl<'f> Frame<'f> {
    fn complete<'e>(&'e mut self, event: Event<'e>) -> Event<'e> {
        let request = self.request.as_deref().map(Cow::Borrowed);
        let model = self.model.as_deref().map(Cow::Borrowed);
        Event { request, model, usage: self.usage.take(), time_ms: self.time_ms, ..event }
    }
}

impl Session<'_> {
    /// Steps are parsed one by one: a run may be long.
    fn raw_step(&mut self, step: &RawValue, notes: &mut Notes<'_>) {
        let mut spare = String::new();
        self.step += 1;
        match lenient::<Field<Object<Step<'_>>>>(step.get(), &mut spare) {
            Ok(step) => {
                if let Some(Object(step)) = step.take("steps", notes) {
                    self.step(step, notes);
                }
            }
            Err(column) => notes.not_json(column),
        }
    }

    fn step(&mut self, mut step: Step<'_>, notes: &mut Notes<'_>) {
        let time_ms = std::mem::take(&mut step.timestamp).time("timestamp", notes);
        let source = std::mem::take(&mut step.source).take("source", notes);
        match source.as_deref() {
            _ if step.is_copied_context.holds() => self.context(step, time_ms, notes),
            Some("system") => self.said(Kind::Injected, step.message, time_ms, notes),
            Some("user") => self.said(Kind::Prompt, step.message, time_ms, notes),
            Some("agent") => self.acted(step, time_ms, notes),
            Some(other) => notes.unknown(IssueKind::UnknownRecord, "source", other),
            None => notes.issue(IssueKind::MissingField, "source: expected who speaks, found none"),
        }
    }

    fn said(&mut self, kind: Kind, message: Field<Content<'_>>, time_ms: Option<i64>, notes: &mut Notes<'_>) {
        let text = message.take("message", notes).and_then(|content| content.joined(notes));
        let mut frame = Frame { time_ms, ..Frame::default() };
        self.write(kind, text, &mut frame, notes);
    }

    /// History that was copied from another run: known to the model, but not its work here.
    fn context(&mut self, step: Step<'_>, time_ms: Option<i64>, notes: &mut Notes<'_>) {
        self.said(Kind::Injected, step.message, time_ms, notes);
        for answer in results(step.observation, notes) {
            let mut spare = String::new();
            let text = Shape::result_text(answer.content, &mut spare, notes);
            self.write(Kind::Injected, text, &mut Frame { time_ms, ..Frame::default() }, notes);
        }
    }

    fn acted(&mut self, step: Step<'_>, time_ms: Option<i64>, notes: &mut Notes<'_>) {
        let called = step.llm_call_count.take("llm_call_count", notes) != Some(0);
        let usage = step.metrics.take("metrics", notes).map(|Object(metrics)| metrics.classes(notes));
        self.metered |= usage.is_some();
        let model = step.model_name.take("model_name", notes).or_else(|| self.model.clone());
        let request = called.then(|| format!("{}#{}", self.id, self.step));
        let usage = usage.filter(|_| called);
        let mut frame = Frame { request, model: model.filter(|_| called), usage, time_ms };

        let thought = step.reasoning_content.take("reasoning_content", notes);
        self.write(Kind::Reasoning, thought, &mut frame, notes);
        let text = step.message.take("message", notes).and_then(|content| content.joined(notes));
        self.write(Kind::Text, text, &mut frame, notes);
        let mut open = VecDeque::new();
        for call in step.tool_calls.take("tool_calls", notes).unwrap_or_default() {
            if let Some(Object(call)) = call.take("tool_calls", notes) {
                open.push_back(self.call(call, &mut frame, notes));
            }
        }
        if frame.usage.is_some() {
            self.deliver(frame.complete(Event { kind: Kind::Usage, ..Event::default() }), notes);
        }
        for answer in results(step.observation, notes) {
            self.answer(answer, &mut open, time_ms, notes);
        }
    }

    /// Delivers a call; its name within the session.
    fn call(&mut self, call: Call<'_>, frame: &mut Frame<'_>, notes: &mut Notes<'_>) -> String {
        let id = call.tool_call_id.take("tool_call_id", notes);
        let name = format!("{}.{}", self.step, id.unwrap_or_else(|| Cow::Owned(self.events.to_string())));
        let tool = call.function_name.take("function_name", notes);
        let arguments = call.arguments.map(|raw| checked_arguments(raw, "arguments", notes));
        let event = Event { kind: Kind::ToolCall, tool, arguments, ..Event::default() };
        self.deliver(frame.complete(Event { call: Some(Cow::Borrowed(&name)), ..event }), notes);
        name
    }

    /// A result that names no call answers the first one that is open; without one it is what the world showed.
    fn answer(
        &mut self,
        answer: Answer<'_>,
        open: &mut VecDeque<String>,
        time_ms: Option<i64>,
        notes: &mut Notes<'_>,
    ) {
        let given = answer.source_call_id.take("source_call_id", notes);
        let given = given.map(|id| format!("{}.{id}", self.step));
        if given.as_ref().is_some_and(|given| !open.contains(given)) {
            notes.issue(
                IssueKind::OrphanResult,
                "source_call_id: expected an open call of this step, found none",
            );
        }
        open.retain(|call| Some(call) != given.as_ref());
        let call = given.or_else(|| open.pop_front());
        let mut spare = String::new();
        let text = Shape::result_text(answer.content, &mut spare, notes).map(|text| self.screen.news(text));
        let error = answer.extra.quiet().and_then(|Object(flags)| flags.failed());
        let kind = if call.is_some() { Kind::ToolResult } else { Kind::Injected };
        let call = call.as_deref().map(Cow::Borrowed);
        let error = error.filter(|_| kind == Kind::ToolResult);
        self.deliver(Event { kind, call, text, error, time_ms, ..Event::default() }, notes);
    }

    fn write(
        &mut self,
        kind: Kind,
        text: Option<Cow<'_, str>>,
        frame: &mut Frame<'_>,
        notes: &mut Notes<'_>,
    ) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.deliver(frame.complete(Event { kind, text: Some(text), ..Event::default() }), notes);
        }
    }

    fn deliver(&mut self, event: Event<'_>, notes: &mut Notes<'_>) {
        let said = event.text.as_deref().or(event.arguments.as_deref()).unwrap_or_default();
        let id = Some(EventId::of(&["atif", self.id, &self.events.to_string(), said]));
        self.events += 1;
        notes.event(Event {
            session: Cow::Borrowed(self.id),
            parent: self.parent.map(Cow::Borrowed),
            actor: self.actor.as_deref().map(Cow::Borrowed),
            agent: self.agent.as_deref().map(Cow::Borrowed),
            agent_version: self.version.as_deref().map(Cow::Borrowed),
            id,
            ..event
        });
    }
}

fn results<'a>(
    observation: Field<Object<Observation<'a>>>,
    notes: &mut Notes<'_>,
) -> impl Iterator<Item = Answer<'a>> + use<'a> {
    let Object(observation) = observation.take("observation", notes).unwrap_or_default();
    let results = observation.results.take("observation.results", notes).unwrap_or_default();
    results.into_iter().filter_map(Field::quiet).map(|Object(answer)| answer)
}

impl Flags<'_> {
    /// Whether the call failed, where any of the flags says so.
    fn failed(self) -> Option<bool> {
        let flags =
            [self.is_error.quiet(), self.tool_result_is_error.quiet(), self.tool_use_is_error.quiet()];
        let code = self.exit_code.quiet().map(|code| code != 0);
        let status = match self.status.as_ref().map(AsRef::as_ref) {
            Some("error" | "failed") => Some(true),
            Some("success" | "completed" | "ok") => Some(false),
            _ => None,
        };
        let said: Vec<bool> = flags.into_iter().chain([code, status]).flatten().collect();
        (!said.is_empty()).then(|| said.contains(&true))
    }
}

impl Metrics {
    fn classes(self, notes: &mut Notes<'_>) -> Usage {
        let mut count = |field: Field<Count>, name: &str| field.count(name, notes);
        let prompt = count(self.prompt_tokens, "metrics.prompt_tokens").unwrap_or(0);
        let cache_read = count(self.cached_tokens, "metrics.cached_tokens").unwrap_or(0).min(prompt);
        let output = count(self.completion_tokens, "metrics.completion_tokens").unwrap_or(0);
        let Object(more) = self.extra.quiet().unwrap_or_default();
        let written = count(more.cache_creation_input_tokens, "metrics.extra.cache_creation_input_tokens");
        let cache_write = written.unwrap_or(0).min(prompt - cache_read);
        let reasoning = count(more.reasoning_tokens, "metrics.extra.reasoning_tokens");
        let reasoning = reasoning.map(|part| part.min(output));
        Usage { input: prompt - cache_read - cache_write, cache_read, cache_write, output, reasoning }
    }
}

impl Totals {
    fn classes(self, notes: &mut Notes<'_>) -> Usage {
        let mut count = |field: Field<Count>, name: &str| field.count(name, notes).unwrap_or(0);
        let prompt = count(self.total_prompt_tokens, "final_metrics.total_prompt_tokens");
        let cache_read = count(self.total_cached_tokens, "final_metrics.total_cached_tokens").min(prompt);
        let output = count(self.total_completion_tokens, "final_metrics.total_completion_tokens");
        Usage { input: prompt - cache_read, cache_read, output, ..Usage::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ATIF, issues, kinds, of_kind, read, requests, sample, texts, total};

    #[test]
    fn steps_become_the_events_of_their_request() {
        use Kind::*;
        let found = read(ATIF);
        let expected = [
            Injected, Injected, Prompt, Reasoning, Text, ToolCall, ToolCall, ToolResult, ToolResult, Text,
            Prompt, Text,
        ];
        assert_eq!(kinds(&found), expected);
        let (calls, results) = (of_kind(&found, ToolCall), of_kind(&found, ToolResult));
        assert_eq!((&calls[0].call, &calls[1].call), (&results[0].call, &results[1].call));
        assert_eq!((results[0].error, results[1].error), (Some(true), None));
        assert_eq!((calls[0].tool.as_deref(), calls[0].request.as_deref()), (Some("bash"), Some("run-1#3")));
        assert_eq!(
            (&*found.events[10].session, found.events[10].parent.as_deref()),
            ("run-1/helper", Some("run-1"))
        );
        assert_eq!(found.issues, []);
    }

    /// By hand: 1500 of which 1024 cached, 40; 1600 of which 1408 cached, 12; 50 and 5 of the helper.
    #[test]
    fn totals_are_those_of_the_steps() {
        let found = read(ATIF);
        let expected = Usage { input: 718, cache_read: 2432, output: 57, ..Usage::default() };
        assert_eq!((total(&found), requests(&found).len()), (expected, 3));
    }

    #[test]
    fn the_shared_sample_adds_up_to_its_final_metrics() {
        let Some(found) = sample("atif/trajectory.json") else { return };
        let expected = Usage { input: 668, cache_read: 2432, output: 52, ..Usage::default() };
        assert_eq!((total(&found), issues(&found)), (expected, vec![]));
    }

    fn run(steps: &str, more: &str) -> crate::Collect {
        read(format!(
            r#"{{"schema_version":"ATIF-v1.4","session_id":"r","agent":{{"name":"a"}},"steps":[{steps}]{more}}}"#
        ))
    }

    #[test]
    fn final_metrics_count_only_where_no_step_has_any() {
        let totals = r#","final_metrics":{"total_prompt_tokens":9,"total_cached_tokens":4,"total_completion_tokens":2}"#;
        let found = run(r#"{"source":"agent","message":"x"}"#, totals);
        let usage = Usage { input: 5, cache_read: 4, output: 2, ..Usage::default() };
        assert_eq!((found.events[1].usage, &found.events[1].request), (Some(usage), &None));
        let found = run(r#"{"source":"agent","message":"x","metrics":{"prompt_tokens":1}}"#, totals);
        assert_eq!(kinds(&found), [Kind::Text]);
    }

    #[test]
    fn copied_context_is_neither_called_nor_billed_again() {
        let found = run(
            r#"{"source":"agent","is_copied_context":true,"message":"x","tool_calls":[{"tool_call_id":"c","function_name":"f","arguments":{}}],"observation":{"results":[{"source_call_id":"c","content":"y"}]},"metrics":{"prompt_tokens":7}}"#,
            "",
        );
        assert_eq!((kinds(&found), texts(&found)), (vec![Kind::Injected; 2], vec!["x", "y"]));
        assert_eq!((requests(&found).len(), issues(&found)), (0, vec![]));
    }

    #[test]
    fn failures_are_told_in_any_of_their_forms() {
        let error = |extra: &str| {
            let step = format!(
                r#"{{"source":"agent","tool_calls":[{{"tool_call_id":"c","function_name":"f","arguments":{{}}}}],"observation":{{"results":[{{"content":"y","extra":{extra}}}]}}}}"#
            );
            run(&step, "").events[1].error
        };
        assert_eq!(error(r#"{"is_error":true}"#), Some(true));
        assert_eq!(error(r#"{"exit_code":0}"#), Some(false));
        assert_eq!(error(r#"{"exit_code":2,"is_error":false}"#), Some(true));
        assert_eq!(error(r#"{"status":"success"}"#), Some(false));
        assert_eq!(error("{}"), None);
    }

    #[test]
    fn odd_steps_are_told_and_the_rest_is_read() {
        let found = run(
            r#"{"source":"user","message":"a"},7,{"source":"ghost"},{"message":"b"},{"source":"agent","message":"c","tool_calls":[{"function_name":"f","arguments":"{}"}],"observation":{"results":[{"source_call_id":"z","content":"d"},{"content":"e"},{"content":"f"}]}}"#,
            "",
        );
        use Kind::*;
        assert_eq!(kinds(&found), [Prompt, Text, ToolCall, ToolResult, ToolResult, Injected]);
        let expected = [
            IssueKind::WrongType,
            IssueKind::UnknownRecord,
            IssueKind::MissingField,
            IssueKind::OrphanResult,
        ];
        assert_eq!(issues(&found), expected);
    }

    #[test]
    fn sub_agents_without_end_are_not_followed() {
        let open = r#"{"schema_version":"ATIF-v1.8","steps":[],"subagent_trajectories":["#.repeat(3000);
        let found = read(format!("{open}{}", "]}".repeat(3000)));
        assert!(found.issues.len() == 1, "{:?}", found.issues);
    }
}
