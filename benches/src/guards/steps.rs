//! What a guard sees of a session: calls with their results, and messages without a call.

use std::collections::{HashMap, HashSet};

use goodhart_trace::{Event, Kind};

/// A call with what the model said before it, and what came back; or a message without a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step<'a> {
    /// Identity of the call.
    pub call_id: Option<&'a str>,
    /// Name of the tool; none for a message.
    pub tool: Option<&'a str>,
    /// Arguments as the log has them.
    pub arguments: &'a str,
    /// The model call that it came from.
    pub request: Option<&'a str>,
    /// Text of the model since the step before.
    pub said: String,
    /// What came back; none where the log has no result.
    pub answer: Option<Answer<'a>>,
    /// Number of human turns before this step.
    pub turn: usize,
}

/// Names of tools that run shell commands, in lower case.
const SHELLS: [&str; 10] = [
    "bash",
    "execute_bash",
    "run",
    "shell",
    "sh",
    "terminal",
    "exec_command",
    "run_shell_command",
    "local_shell",
    "container.exec",
];

/// Whether a tool of this name runs shell commands.
pub fn is_shell(tool: &str) -> bool {
    SHELLS.contains(&tool.to_ascii_lowercase().as_str())
}

/// Tool and canonical arguments: what most guards compare.
pub type Key<'a> = (&'a str, String);

/// The result of a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answer<'a> {
    /// Its text.
    pub text: &'a str,
    /// Whether the call failed, where the source says so.
    pub failed: Option<bool>,
}

impl<'a> Step<'a> {
    /// Tool and canonical arguments; none of a message.
    pub fn key(&self) -> Option<Key<'a>> {
        Some((self.tool?, self.canonical_arguments()))
    }

    /// Whether the call failed in a way that is the agent's own mistake: a failing shell command is an observation.
    pub fn is_mistake(&self) -> bool {
        let failed = self.answer.and_then(|answer| answer.failed) == Some(true);
        failed && !self.tool.is_some_and(is_shell)
    }

    /// Arguments for comparison: the order of keys and white space do not count where they are JSON.
    pub fn canonical_arguments(&self) -> String {
        serde_json::from_str::<serde_json::Value>(self.arguments)
            .map_or_else(|_| self.arguments.trim().to_owned(), |arguments| arguments.to_string())
    }
}

/// The steps of one session. A piece that the log records twice counts once: a replay is no loop.
pub fn steps<'a>(events: &'a [Event<'_>]) -> Vec<Step<'a>> {
    let mut walk = Walk::default();
    let mut seen = HashSet::new();
    for event in events.iter().filter(|event| event.id.is_none_or(|id| seen.insert(id))) {
        walk.take(event);
    }
    walk.end_message();
    walk.steps
}

/// A walk along the events.
#[derive(Default)]
struct Walk<'a> {
    steps: Vec<Step<'a>>,
    by_call: HashMap<&'a str, usize>,
    said: String,
    turn: usize,
}

impl<'a> Walk<'a> {
    fn take(&mut self, event: &'a Event<'_>) {
        match event.kind {
            Kind::Text => self.said += event.text.as_deref().unwrap_or_default(),
            Kind::ToolCall => self.call(event),
            Kind::ToolResult => self.answer(event),
            Kind::Prompt => {
                self.end_message();
                self.turn += 1;
            }
            Kind::Injected => self.end_message(),
            _ => (),
        }
    }

    fn call(&mut self, event: &'a Event<'_>) {
        if let Some(call) = event.call.as_deref() {
            self.by_call.insert(call, self.steps.len());
        }
        self.steps.push(Step {
            call_id: event.call.as_deref(),
            tool: Some(event.tool.as_deref().unwrap_or_default()),
            arguments: event.arguments.as_deref().unwrap_or_default(),
            request: event.request.as_deref(),
            said: std::mem::take(&mut self.said),
            answer: None,
            turn: self.turn,
        });
    }

    fn answer(&mut self, event: &'a Event<'_>) {
        self.end_message();
        if let Some(&step) = event.call.as_deref().and_then(|call| self.by_call.get(call)) {
            let text = event.text.as_deref().unwrap_or_default();
            self.steps[step].answer = Some(Answer { text, failed: event.error });
        }
    }

    /// What was said without a call is a step of its own.
    fn end_message(&mut self) {
        let said = std::mem::take(&mut self.said);
        if !said.trim().is_empty() {
            self.steps.push(Step { said, turn: self.turn, ..Step::default() });
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::steps;

    #[test]
    fn calls_meet_their_results_and_messages_stand_alone() {
        let events = session("s")
            .prompt("p")
            .text("look")
            .call("A", "{}")
            .error("no")
            .text("done")
            .prompt("q")
            .events();
        let steps = steps(&events);
        assert_eq!(steps.len(), 2);
        assert_eq!((steps[0].said.as_str(), steps[0].answer.unwrap().failed), ("look", Some(true)));
        assert_eq!((steps[1].said.as_str(), steps[1].tool, steps[1].turn), ("done", None, 1));
    }

    #[test]
    fn a_replayed_record_counts_once() {
        let events = session("s").call("A", "{}").result("r").events();
        let twice = [events.clone(), events].concat();
        assert_eq!(steps(&twice).len(), 1);
    }

    #[test]
    fn the_order_of_keys_does_not_count() {
        let events = session("s").call("A", r#"{"a": 1, "b": 2}"#).call("A", r#"{"b":2,"a":1}"#).events();
        let steps = steps(&events);
        assert_eq!(steps[0].canonical_arguments(), steps[1].canonical_arguments());
        assert_ne!(steps[0].arguments, steps[1].arguments);
    }
}
