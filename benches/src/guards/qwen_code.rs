//! The loop detection of qwen-code that is always on.
//!
//! Inside one human turn it fires when
//!
//! - 5 calls in a row are identical, or
//! - 8 shell commands in a row only look at the repository (`git status`, `git diff`, `git ls-files`), or
//! - there are more than 100 calls and one of them came 6 times, or more than 1,000 calls.
//!
//! Results are never read. What has to be switched on is left out.
//!
//! Cost: one map entry a call.

use std::collections::HashMap;

use serde_json::Value;

use super::steps::{Key, Step, is_shell};
use super::{Found, Guard, Judgement, judgement};

/// Identical calls in a row.
const IDENTICAL: usize = 5;
/// Overviews in a row.
const OVERVIEWS: usize = 8;
/// Calls in a turn that are too many when one of them comes often.
const MANY: usize = 100;
/// How often that is.
const OFTEN: usize = 6;
/// Calls in a turn that are too many anyhow.
const TOO_MANY: usize = 1000;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct LoopDetection;

impl Guard for LoopDetection {
    fn id(&self) -> &'static str {
        "qwen_code"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut found = Vec::with_capacity(steps.len());
        for turn in steps.chunk_by(|a, b| a.turn == b.turn) {
            let mut state = Turn::default();
            found.extend(turn.iter().map(|step| state.take(step)));
        }
        judgement(steps, &found)
    }
}

#[derive(Default)]
struct Turn<'a> {
    counts: HashMap<Key<'a>, usize>,
    last: Option<Key<'a>>,
    calls: usize,
    identical: usize,
    overviews: usize,
    most: usize,
}

impl<'a> Turn<'a> {
    fn take(&mut self, step: &Step<'a>) -> Found {
        let Some(key) = step.key() else { return Found::default() };
        let equal = self.last.as_ref() == Some(&key);
        let count = self.counts.entry(key.clone()).or_default();
        *count += 1;
        self.most = self.most.max(*count);
        self.calls += 1;
        self.identical = if equal { self.identical + 1 } else { 1 };
        self.overviews = if is_overview(step) { self.overviews + 1 } else { 0 };
        self.last = Some(key);
        Found { fires: Some(self.loops()), equals_previous: Some(equal) }
    }

    fn loops(&self) -> bool {
        self.identical >= IDENTICAL
            || self.overviews >= OVERVIEWS
            || (self.calls > MANY && self.most >= OFTEN)
            || self.calls > TOO_MANY
    }
}

fn is_overview(step: &Step<'_>) -> bool {
    let arguments: Value = serde_json::from_str(step.arguments).unwrap_or_default();
    let command = arguments["command"].as_str().unwrap_or_default().trim();
    let looks =
        ["git status", "git diff", "git ls-files"].iter().any(|overview| command.starts_with(overview));
    step.tool.is_some_and(is_shell) && looks && !command.contains(['&', ';', '|'])
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::{Session, session};

    use super::super::{Guard, steps::steps};
    use super::LoopDetection;

    fn stops(session: Session) -> bool {
        let events = session.events();
        LoopDetection.judge(&steps(&events)).stops == Some(true)
    }

    #[test]
    fn five_identical_calls_of_one_turn() {
        let same = |s: Session, n| s.repeat(n, |s, round| s.call("Read", "{}").result(&round.to_string()));
        assert!(!stops(same(session("s"), 4)));
        assert!(stops(same(session("s"), 5)));
        assert!(!stops(same(same(session("s"), 4).prompt("again"), 4)));
    }

    #[test]
    fn eight_overviews() {
        let look = |n, and: &'static str| {
            session("s").repeat(n, move |s, round| {
                let command = ["git status", "git diff HEAD"][round % 2];
                s.call("Bash", &format!(r#"{{"command":"{command}{and}"}}"#)).result("r")
            })
        };
        assert!(!stops(look(7, "")));
        assert!(stops(look(8, "")));
        assert!(!stops(look(8, " && make")));
    }

    #[test]
    fn many_calls_when_one_comes_often_and_too_many_anyhow() {
        let calls = |n: usize, often: usize| {
            session("s").repeat(n, move |s, round| {
                let arguments = if round.is_multiple_of(n / often) { 0 } else { round };
                s.call("Read", &arguments.to_string()).result("r")
            })
        };
        assert!(!stops(calls(100, 10)));
        assert!(stops(calls(110, 10)));
        assert!(!stops(calls(110, 5)));
        assert!(stops(calls(1001, 1)));
    }
}
