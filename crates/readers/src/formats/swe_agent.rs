//! **What it reads**: trajectories of SWE-agent of all generations, one JSON object a file.
//!
//! **Where**: `trajectories/<user>/<run>/<instance>.traj`.
//!
//! **Record shape**: `{environment, trajectory: [{action, observation, thought, response, …}], history: [{role,
//! content, …}], info, attempts?}`. A demonstration may have nothing but `history`. Fields are told by their presence:
//! the generations differ in what surrounds these, not in these.
//!
//! | part | event |
//! |---|---|
//! | `history`: `system` | `Injected` |
//! | `history`: first `user` | `Prompt` |
//! | `trajectory`: one entry | one request: `Text` (the thought, else the response), `ToolCall`, `ToolResult` |
//! | `history` without a `trajectory` | the same, from its assistant, tool and later user items |
//! | `info.exit_status` with `exit_…` | `Abort` |
//! | `info.model_stats` | `Usage` of the session |
//!
//! Items with `is_demo` show the model another session; they are passed over. So are `query` and `messages` of an entry,
//! which repeat the history, and `state`.
//!
//! **Sessions**: the name of the file without folders and extension. Attempts that were not chosen are sessions of
//! their own, named `<session>/attempt-<n>`: they were paid for too. The chosen one is what stands beside them.
//!
//! **Tools**: the first word of an action, where it is one of the interface's commands, else `shell`; the whole action
//! is the arguments. There are no call ids: the n-th call is `s<n>`.
//!
//! **Tokens**: `tokens_sent` and `tokens_received` of the run, all of them input and output. Runs that were replayed
//! have zeros, which say that nothing is known.
//!
//! **Errors**: there is no flag; what an observation says in words is not judged here.
//!
//! **When it misleads**: there are no times. Answers that the harness could not parse and asked again for are missing
//! from the trajectory. Two files of one name share the name of their session.
//!
//! **Cost**: a file is held as a whole, up to the cap on documents; entries are parsed one by one.

use std::borrow::Cow;

use goodhart_trace::{
    Decoder, Event, EventId, Format, Framing, Head, IssueKind, Kind, Record, Sink, Source, Usage,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::content::{Content, Function, checked_arguments};
use crate::json::{Count, Field, Notes, Object, Text, each, lenient, object};

/// Trajectories of SWE-agent.
pub struct SweAgent;

impl Format for SweAgent {
    fn id(&self) -> &'static str {
        "swe-agent"
    }

    fn title(&self) -> &'static str {
        "SWE-agent trajectories (.traj)"
    }

    fn framing(&self) -> Framing {
        Framing::Document
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        head.whole().is_some_and(|run| has_steps(run) || has_history(run))
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Reader { file: source.file, stem: source.stem().to_owned() })
    }
}

fn has_steps(run: &Value) -> bool {
    let step = |step: &Value| step.get("action").is_some() && step.get("observation").is_some();
    run.get("trajectory").and_then(Value::as_array).is_some_and(|steps| steps.iter().any(step))
}

fn has_history(run: &Value) -> bool {
    let item = |item: &Value| {
        item.get("role").is_some() && (item.get("message_type").is_some() || item.get("agent").is_some())
    };
    run.get("history").and_then(Value::as_array).is_some_and(|items| items.iter().any(item))
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Run<'a> {
    trajectory: Option<&'a RawValue>,
    history: Option<&'a RawValue>,
    info: Field<Object<Info<'a>>>,
    attempts: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Info<'a> {
    exit_status: Text<'a>,
    model_stats: Field<Object<Stats>>,
    swe_agent_version: Text<'a>,
    best_attempt_idx: Field<Count>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stats {
    tokens_sent: Field<Count>,
    tokens_received: Field<Count>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Entry<'a> {
    action: Text<'a>,
    observation: Field<Content<'a>>,
    thought: Text<'a>,
    response: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Item<'a> {
    role: Text<'a>,
    content: Field<Content<'a>>,
    is_demo: Field<bool>,
    thought: Text<'a>,
    action: Text<'a>,
    tool_calls: Field<Vec<Field<Object<Call<'a>>>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
    function: Field<Object<Function<'a>>>,
}

struct Reader {
    file: u32,
    stem: String,
}

impl Decoder for Reader {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let mut spare = String::new();
        let Some(run) = object::<Run<'_>>(record.text, &mut spare, &mut notes) else { return };
        let attempts = run.attempts;
        let chosen = Session::new(&self.stem, None).run(run, &mut notes);
        if let Some(attempts) = attempts {
            self.attempts(attempts, chosen, &mut notes);
        }
    }
}

impl Reader {
    /// Attempts that were paid for and not chosen.
    fn attempts(&self, attempts: &RawValue, chosen: Option<u64>, notes: &mut Notes<'_>) {
        let mut index = 0;
        each(attempts, |attempt| {
            let mut spare = String::new();
            let run = lenient::<Field<Object<Run<'_>>>>(attempt.get(), &mut spare);
            let run = run.unwrap_or_default().take("attempts", notes).filter(|_| Some(index) != chosen);
            if let Some(Object(run)) = run {
                let name = format!("{}/attempt-{index}", self.stem);
                Session::new(&name, Some(&self.stem)).run(run, notes);
            }
            index += 1;
        });
    }
}

/// One run while it is delivered.
struct Session<'s> {
    id: &'s str,
    parent: Option<&'s str>,
    version: Option<String>,
    /// Steps so far, and events of the session.
    steps: usize,
    events: usize,
    prompted: bool,
    /// Calls of the history that wait for their observation, as numbers of steps.
    open: std::ops::Range<usize>,
}

impl<'s> Session<'s> {
    fn new(id: &'s str, parent: Option<&'s str>) -> Self {
        Session { id, parent, version: None, steps: 0, events: 0, prompted: false, open: 0..0 }
    }

    /// Delivers a run; answers which of its attempts was chosen.
    fn run(mut self, run: Run<'_>, notes: &mut Notes<'_>) -> Option<u64> {
        let Object(info) = run.info.take("info", notes).unwrap_or_default();
        self.version = info.swe_agent_version.quiet().map(Cow::into_owned);
        let only_history = run.trajectory.is_none_or(is_empty);
        if let Some(history) = run.history {
            each(history, |item| self.item(item, only_history, notes));
        }
        if let Some(trajectory) = run.trajectory
            && !each(trajectory, |entry| self.entry(entry, notes))
        {
            notes.issue(IssueKind::WrongType, "trajectory: expected an array, found something else");
        }
        self.ending(info.exit_status.take("info.exit_status", notes), notes);
        self.usage(info.model_stats.take("info.model_stats", notes), notes);
        info.best_attempt_idx.count("info.best_attempt_idx", notes)
    }

    fn item(&mut self, item: &RawValue, steps: bool, notes: &mut Notes<'_>) {
        let mut spare = String::new();
        let item = lenient::<Field<Object<Item<'_>>>>(item.get(), &mut spare).unwrap_or_default();
        let Some(Object(item)) = item.take("history", notes).filter(|item| !item.0.is_demo.holds()) else {
            return;
        };
        match item.role.as_ref().map(AsRef::as_ref) {
            Some("system") => self.context(Kind::Injected, item.content, notes),
            Some("user") if !self.prompted => {
                self.prompted = true;
                self.context(Kind::Prompt, item.content, notes);
            }
            Some("assistant") if steps => self.assistant(item, notes),
            Some("user" | "tool") if steps => self.observed(item.content, notes),
            _ => {}
        }
    }

    fn context(&mut self, kind: Kind, content: Field<Content<'_>>, notes: &mut Notes<'_>) {
        let text = content.take("content", notes).and_then(|content| content.joined(notes));
        if text.is_some() {
            self.deliver(Event { kind, text, ..Event::default() }, notes);
        }
    }

    fn entry(&mut self, entry: &RawValue, notes: &mut Notes<'_>) {
        let mut spare = String::new();
        let entry = lenient::<Field<Object<Entry<'_>>>>(entry.get(), &mut spare).unwrap_or_default();
        let Some(Object(entry)) = entry.take("trajectory", notes) else { return };
        let thought = spoken(entry.thought.take("thought", notes));
        self.said(thought.or_else(|| spoken(entry.response.quiet())), notes);
        let action = entry.action.take("action", notes);
        let observation = entry.observation.take("observation", notes).and_then(|text| text.joined(notes));
        if let Some(action) = spoken(action) {
            let call = self.call(tool(&action).into(), Some(action), notes);
            self.result(&call, observation, notes);
        } else if let Some(text) = spoken(observation) {
            self.deliver(Event { kind: Kind::Injected, text: Some(text), ..Event::default() }, notes);
        }
        self.steps += 1;
    }

    fn assistant(&mut self, item: Item<'_>, notes: &mut Notes<'_>) {
        self.open = self.steps..self.steps;
        let thought = spoken(item.thought.take("thought", notes));
        let content = item.content.take("content", notes).and_then(|content| content.joined(notes));
        self.said(thought.or(spoken(content)), notes);
        let calls = item.tool_calls.take("tool_calls", notes).unwrap_or_default();
        let action = spoken(item.action.take("action", notes)).filter(|_| calls.is_empty());
        if let Some(action) = action {
            self.opened(tool(&action).into(), Some(action), notes);
        }
        for call in calls {
            let function = call.take("tool_calls", notes).and_then(|Object(call)| call.function.quiet());
            if let Some(Object(function)) = function {
                let arguments = function.arguments.map(|raw| checked_arguments(raw, "arguments", notes));
                self.opened(function.name.take("name", notes).unwrap_or_default(), arguments, notes);
            }
        }
        self.steps = self.steps.max(self.open.start) + usize::from(self.open.is_empty());
    }

    fn opened(&mut self, tool: Cow<'_, str>, arguments: Option<Cow<'_, str>>, notes: &mut Notes<'_>) {
        self.call(tool, arguments, notes);
        self.steps += 1;
        self.open.end = self.steps;
    }

    fn observed(&mut self, content: Field<Content<'_>>, notes: &mut Notes<'_>) {
        let text = content.take("content", notes).and_then(|content| content.joined(notes));
        match self.open.next() {
            Some(step) => self.result(&format!("s{step}"), text, notes),
            None => self.deliver(Event { kind: Kind::Injected, text, ..Event::default() }, notes),
        }
    }

    fn said(&mut self, text: Option<Cow<'_, str>>, notes: &mut Notes<'_>) {
        if text.is_some() {
            let request = Some(Cow::Owned(self.request()));
            self.deliver(Event { kind: Kind::Text, request, text, ..Event::default() }, notes);
        }
    }

    fn call(&mut self, tool: Cow<'_, str>, arguments: Option<Cow<'_, str>>, notes: &mut Notes<'_>) -> String {
        let call = format!("s{}", self.steps);
        let request = Some(Cow::Owned(self.request()));
        let event = Event { kind: Kind::ToolCall, request, arguments, ..Event::default() };
        self.deliver(Event { tool: Some(tool), call: Some(Cow::Borrowed(&call)), ..event }, notes);
        call
    }

    fn result(&mut self, call: &str, text: Option<Cow<'_, str>>, notes: &mut Notes<'_>) {
        let call = Some(Cow::Borrowed(call));
        self.deliver(Event { kind: Kind::ToolResult, call, text, ..Event::default() }, notes);
    }

    fn ending(&mut self, status: Option<Cow<'_, str>>, notes: &mut Notes<'_>) {
        if status.is_some_and(|status| status.contains("exit_")) {
            self.deliver(Event { kind: Kind::Abort, ..Event::default() }, notes);
        }
    }

    fn usage(&mut self, stats: Option<Object<Stats>>, notes: &mut Notes<'_>) {
        let Some(Object(stats)) = stats else { return };
        let input = stats.tokens_sent.count("info.model_stats.tokens_sent", notes).unwrap_or(0);
        let output = stats.tokens_received.count("info.model_stats.tokens_received", notes).unwrap_or(0);
        if input + output > 0 {
            let usage = Some(Usage { input, output, ..Usage::default() });
            self.deliver(Event { kind: Kind::Usage, usage, ..Event::default() }, notes);
        }
    }

    fn request(&self) -> String {
        format!("{}#{}", self.id, self.steps)
    }

    fn deliver(&mut self, event: Event<'_>, notes: &mut Notes<'_>) {
        let said = event.text.as_deref().or(event.arguments.as_deref()).unwrap_or_default();
        let id = Some(EventId::of(&["swe-agent", self.id, &self.events.to_string(), said]));
        self.events += 1;
        notes.sink.event(Event {
            session: Cow::Borrowed(self.id),
            parent: self.parent.map(Cow::Borrowed),
            agent: Some(Cow::Borrowed("swe-agent")),
            agent_version: self.version.as_deref().map(Cow::Borrowed),
            position: notes.position,
            id,
            ..event
        });
    }
}

fn is_empty(list: &RawValue) -> bool {
    let mut any = false;
    each(list, |_| any = true);
    !any
}

/// Text that says something.
fn spoken(text: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    text.filter(|text| !text.trim().is_empty())
}

/// Commands of the interface that SWE-agent puts before the shell.
const COMMANDS: &[&str] = &[
    "create",
    "edit",
    "exit_forfeit",
    "filemap",
    "find_file",
    "goto",
    "insert",
    "open",
    "scroll_down",
    "scroll_up",
    "search_dir",
    "search_file",
    "str_replace_editor",
    "submit",
    "view_image",
];

fn tool(action: &str) -> &'static str {
    let word = action.split_whitespace().next().unwrap_or_default();
    COMMANDS.iter().find(|&&command| command == word).copied().unwrap_or("shell")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SWE_AGENT, issues, kinds, of_kind, read, texts, total};

    #[test]
    fn an_entry_is_a_step_and_history_is_its_context() {
        let found = read(SWE_AGENT);
        use Kind::*;
        let expected =
            [Injected, Prompt, Text, ToolCall, ToolResult, Text, ToolCall, ToolResult, Abort, Usage];
        assert_eq!(kinds(&found), expected);
        let calls = of_kind(&found, ToolCall);
        let named: Vec<_> = calls.iter().map(|call| (call.tool.as_deref(), call.call.as_deref())).collect();
        assert_eq!(named, [(Some("shell"), Some("s0")), (Some("open"), Some("s1"))]);
        assert_eq!(calls[1].arguments.as_deref(), Some("open src/a.py"));
        assert_eq!(calls[0].request.as_deref(), Some("stem#0"));
        assert!(texts(&found).iter().all(|text| !text.contains("demonstration")));
        assert_eq!(found.issues, []);
    }

    /// 12000 sent and 300 received by the run; the same run's attempt that was not chosen sent 50 and received 5.
    #[test]
    fn totals_are_those_of_the_run() {
        let found = read(SWE_AGENT);
        let usage = of_kind(&found, Kind::Usage)[0];
        assert_eq!((usage.usage.map(|usage| usage.total()), &usage.request), (Some(12_300), &None));
        assert_eq!(total(&found).total(), 0);
        let zero = SWE_AGENT.replace("12000", "0").replace("300", "0");
        assert!(of_kind(&read(&zero), Kind::Usage).is_empty());
    }

    #[test]
    fn attempts_that_were_not_chosen_are_sessions_beside_the_run() {
        let run = SWE_AGENT.trim();
        let attempt = run.replace("12000", "50").replace("300", "5");
        let info = r#""info":{"best_attempt_idx":1,"#;
        let text = run.replace(r#""info":{"#, info);
        let text = format!(r#"{},"attempts":[{attempt},{run}]}}"#, text.strip_suffix('}').unwrap());
        let found = read(&text);
        let sessions: std::collections::BTreeSet<&str> =
            found.events.iter().map(|event| event.session.as_ref()).collect();
        assert_eq!(sessions.into_iter().collect::<Vec<_>>(), ["stem", "stem/attempt-0"]);
        let usages: Vec<u64> = of_kind(&found, Kind::Usage)
            .iter()
            .filter_map(|event| event.usage)
            .map(|usage| usage.total())
            .collect();
        assert_eq!(usages, [12_300, 55]);
        assert!(found.events.iter().any(|event| event.parent.as_deref() == Some("stem")));
    }

    #[test]
    fn a_history_alone_is_a_session() {
        let found = read(
            r#"{"history":[{"role":"system","content":"s","agent":"main"},{"role":"user","content":"task","agent":"main"},{"role":"assistant","thought":"look","action":"ls","agent":"main","tool_calls":[{"id":"c","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}]},{"role":"tool","content":"src","agent":"main"},{"role":"assistant","content":"done","thought":"","agent":"main","action":"submit"},{"role":"user","content":"ok","agent":"main"}]}"#,
        );
        use Kind::*;
        assert_eq!(kinds(&found), [Injected, Prompt, Text, ToolCall, ToolResult, Text, ToolCall, ToolResult]);
        let calls = of_kind(&found, ToolCall);
        let results = of_kind(&found, ToolResult);
        assert_eq!((calls[0].call.as_deref(), results[0].call.as_deref()), (Some("s0"), Some("s0")));
        assert_eq!((calls[1].call.as_deref(), results[1].call.as_deref()), (Some("s1"), Some("s1")));
        assert_eq!((calls[0].tool.as_deref(), calls[1].tool.as_deref()), (Some("bash"), Some("submit")));
        assert_eq!(calls[0].arguments.as_deref(), Some(r#"{"command":"ls"}"#));
    }

    #[test]
    fn odd_entries_are_issues_and_the_others_count() {
        let found = read(
            r#"{"trajectory":[5,{"action":7,"observation":null},{"action":"ls","observation":["a","b"]}],"info":[]}"#,
        );
        assert_eq!(kinds(&found), [Kind::ToolCall, Kind::ToolResult]);
        assert_eq!(issues(&found), [IssueKind::WrongType; 3]);
        assert_eq!(texts(&found), ["a\nb"]);
    }
}
