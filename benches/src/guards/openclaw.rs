//! The loop detection of OpenClaw, as if it were switched on.
//!
//! It remembers the last 30 calls and fires when
//!
//! - a call with its result came 10 times without progress: going back, calls with equal tool and arguments are counted
//!   as long as their result is equal, others are skipped; 20 block the call; or
//! - the calls alternate strictly between two for 10 calls; 20 block, when the results of both sides stay the same too.
//!
//! **Left out**: unknown tools, the guard after a compaction; results compare as they stand.
//!
//! Cost: 30 comparisons a call.

use super::steps::{Key, Step};
use super::{Found, Guard, Judgement, judgement};

/// Calls that are remembered.
const HISTORY: usize = 30;
/// Calls without progress that warn.
const WARN: usize = 10;
/// Calls without progress that block.
const BLOCK: usize = 20;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct LoopDetection;

impl Guard for LoopDetection {
    fn id(&self) -> &'static str {
        "openclaw"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut history: Vec<Call<'a>> = Vec::new();
        let mut blocked = false;
        let mut found = Vec::with_capacity(steps.len());
        for step in steps {
            let Some(key) = step.key() else {
                found.push(Found::default());
                continue;
            };
            history.push(Call { key, result: step.answer.map(|answer| answer.text) });
            let recent = &history[history.len().saturating_sub(HISTORY)..];
            blocked |= streak(recent) >= BLOCK || (alternation(recent) >= BLOCK && is_stable(recent));
            let fires = streak(recent) >= WARN || alternation(recent) >= WARN;
            let equals_previous =
                recent.len() > 1 && recent[recent.len() - 2].key == recent[recent.len() - 1].key;
            found.push(Found { fires: Some(fires), equals_previous: Some(equals_previous) });
        }
        Judgement { stops: Some(blocked), ..judgement(steps, &found) }
    }
}

struct Call<'a> {
    key: Key<'a>,
    result: Option<&'a str>,
}

/// How often the last call came with its result, others skipped, until its result was another.
fn streak(calls: &[Call<'_>]) -> usize {
    let Some(last) = calls.last().filter(|last| last.result.is_some()) else { return 0 };
    let same_call = calls.iter().rev().filter(|call| call.key == last.key);
    same_call.take_while(|call| call.result == last.result).count()
}

/// How many calls at the end alternate between two.
fn alternation(calls: &[Call<'_>]) -> usize {
    let [.., a, b] = calls else { return 0 };
    if a.key == b.key {
        return 0;
    }
    let sides = [b, a].into_iter().cycle();
    calls.iter().rev().zip(sides).take_while(|(call, side)| call.key == side.key).count()
}

/// Whether both sides of an alternation keep their result.
fn is_stable(calls: &[Call<'_>]) -> bool {
    let [.., a, b] = calls else { return false };
    let sides = [b, a].into_iter().cycle();
    calls.iter().rev().zip(sides).take(BLOCK).all(|(call, side)| call.result == side.result)
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::{Session, session};

    use super::super::{Guard, Judgement, steps::steps};
    use super::LoopDetection;

    /// Whether it stops, and how often it fires.
    fn judge(session: Session) -> (Option<bool>, usize) {
        let events = session.events();
        let steps = steps(&events);
        let Judgement { stops, steps, .. } = LoopDetection.judge(&steps);
        (stops, steps.iter().filter(|step| step.looping == Some(1.0)).count())
    }

    #[test]
    fn ten_warn_and_twenty_block() {
        let same = |n| judge(session("s").repeat(n, |s, _| s.call("Bash", "{}").result("r")));
        assert_eq!(same(9), (Some(false), 0));
        assert_eq!(same(10), (Some(false), 1));
        assert_eq!(same(20), (Some(true), 11));
    }

    #[test]
    fn others_are_skipped_and_a_new_result_starts_over() {
        let between = |s: Session, round: usize| {
            s.call("Bash", "{}").result("r").call("Read", &round.to_string()).result("x")
        };
        assert_eq!(judge(session("s").repeat(10, between)).1, 1);
        let poll = session("s").repeat(30, |s, round| s.call("Bash", "{}").result(&round.to_string()));
        assert_eq!(judge(poll), (Some(false), 0));
    }

    #[test]
    fn an_alternation_warns_and_blocks_only_when_results_stay() {
        let swing = |results: bool| {
            judge(session("s").repeat(20, move |s, round| {
                let result = if results { "same".to_owned() } else { round.to_string() };
                s.call("Read", &(round % 2).to_string()).result(&result)
            }))
        };
        assert_eq!(swing(false), (Some(false), 11));
        assert_eq!(swing(true), (Some(true), 11));
    }
}
