//! The loop detection of Cline.
//!
//! Three identical calls in a row warn, five escalate: we take that for stopping the agent. The argument `task_progress`
//! does not count, results are never read. Three mistakes of the agent in a row stop too; what counts as a mistake is
//! said with Roo-Code.
//!
//! Cost: one comparison a call.

use serde_json::Value;

use super::steps::{Key, Step};
use super::{Found, Guard, Judgement, judgement};

/// Identical calls in a row that warn.
const WARN: usize = 3;
/// Identical calls in a row that stop.
const STOP: usize = 5;
/// Mistakes in a row that stop.
const MISTAKES: usize = 3;
/// An argument that tells of the plan, not of the call.
const PROGRESS: &str = "task_progress";

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct LoopDetection;

impl Guard for LoopDetection {
    fn id(&self) -> &'static str {
        "cline"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut state = State::default();
        let found: Vec<Found> = steps.iter().map(|step| state.take(step)).collect();
        Judgement { stops: Some(state.stopped), ..judgement(steps, &found) }
    }
}

#[derive(Default)]
struct State<'a> {
    last: Option<Key<'a>>,
    identical: usize,
    mistakes: usize,
    stopped: bool,
}

impl<'a> State<'a> {
    fn take(&mut self, step: &Step<'a>) -> Found {
        let Some(key) = key(step) else { return Found::default() };
        let equal = self.last.as_ref() == Some(&key);
        self.identical = if equal { self.identical + 1 } else { 1 };
        self.mistakes = if step.is_mistake() { self.mistakes + 1 } else { 0 };
        self.last = Some(key);
        self.stopped |= self.identical >= STOP || self.mistakes >= MISTAKES;
        let fires = self.identical >= WARN || self.mistakes >= MISTAKES;
        Found { fires: Some(fires), equals_previous: Some(equal) }
    }
}

fn key<'a>(step: &Step<'a>) -> Option<Key<'a>> {
    let arguments = match serde_json::from_str(step.arguments) {
        Ok(Value::Object(mut arguments)) => {
            arguments.remove(PROGRESS);
            Value::Object(arguments).to_string()
        }
        _ => step.canonical_arguments(),
    };
    Some((step.tool?, arguments))
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::{Session, session};

    use super::super::{Guard, Judgement, steps::steps};
    use super::LoopDetection;

    fn judge(session: Session) -> (Option<bool>, Vec<f64>) {
        let events = session.events();
        let steps = steps(&events);
        let Judgement { stops, steps, .. } = LoopDetection.judge(&steps);
        (stops, steps.iter().filter_map(|step| step.looping).collect())
    }

    #[test]
    fn three_warn_and_five_stop() {
        let same = |n| {
            let call = |s: Session, round| {
                s.call("Read", &format!(r#"{{"path":"a","task_progress":"{round} of 9"}}"#)).result("r")
            };
            judge(session("s").repeat(n, call))
        };
        assert_eq!(same(4), (Some(false), vec![0.0, 0.0, 1.0, 1.0]));
        assert_eq!(same(5).0, Some(true));
    }

    #[test]
    fn three_mistakes_stop() {
        let fail =
            |n| judge(session("s").repeat(n, |s, round| s.call("Edit", &round.to_string()).error("no"))).0;
        assert_eq!((fail(2), fail(3)), (Some(false), Some(true)));
    }
}
