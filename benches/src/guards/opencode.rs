//! The doom loop check of opencode.
//!
//! It asks for permission when the last three parts of the assistant message at hand are identical calls: equal tool and
//! equal arguments, as text. A message is one model call, so an agent that makes one call a message never trips it; text
//! between the calls breaks the run too.
//!
//! Cost: two comparisons a call.

use super::steps::Step;
use super::{Found, Guard, Judgement, judgement};

/// Identical calls at the end of a message.
const IDENTICAL: usize = 3;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct DoomLoop;

impl Guard for DoomLoop {
    fn id(&self) -> &'static str {
        "opencode"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let found: Vec<Found> = (0..steps.len()).map(|end| judge_step(&steps[..=end])).collect();
        judgement(steps, &found)
    }
}

fn judge_step(so_far: &[Step<'_>]) -> Found {
    let Some((step, before)) = so_far.split_last().filter(|(step, _)| step.tool.is_some()) else {
        return Found::default();
    };
    let call = |step: &Step<'_>| (step.tool.map(str::to_owned), step.arguments.to_owned());
    let equals_previous = before.last().is_some_and(|previous| call(previous) == call(step));
    let start = so_far.len().checked_sub(IDENTICAL);
    let fires = start.is_some_and(|start| {
        so_far[start..].windows(2).all(|pair| {
            pair[1].said.trim().is_empty()
                && pair[0].request.is_some()
                && pair[0].request == pair[1].request
                && call(&pair[0]) == call(&pair[1])
        })
    });
    Found { fires: Some(fires), equals_previous: Some(equals_previous) }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::{Session, session};

    use super::super::{Guard, steps::steps};
    use super::DoomLoop;

    fn stops(session: Session) -> bool {
        let events = session.events();
        DoomLoop.judge(&steps(&events)).stops == Some(true)
    }

    #[test]
    fn three_in_one_message() {
        let calls = |n| session("s").prompt("p").repeat(n, |s, _| s.call("Read", "{}"));
        assert!(!stops(calls(2)));
        assert!(stops(calls(3)));
    }

    #[test]
    fn a_new_message_and_text_break_the_run() {
        assert!(!stops(session("s").repeat(9, |s, _| s.call("Read", "{}").result("r"))));
        assert!(!stops(session("s").repeat(9, |s, _| s.text("again").call("Read", "{}"))));
    }
}
