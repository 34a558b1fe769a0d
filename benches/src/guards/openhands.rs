//! The stuck detector of OpenHands, version 0.
//!
//! It looks at the pairs of an action and its observation since the last human turn, and fires when
//!
//! - the last 4 pairs are equal, or
//! - the last 3 actions are equal and all failed (looked at only once there are 4 pairs), or
//! - the last 6 pairs alternate with period 2, or
//! - the last 3 messages of the agent are equal and nothing was observed between them.
//!
//! **Equality.** Two actions are equal when tool, arguments (as values: the order of keys does not count) *and
//! the text that the model wrote before the call* are equal; so a reworded thought hides a loop. Observations of
//! a shell are equal when command and exit code are: output is ignored, so polling looks like a loop. Logs give
//! success or failure rather than the code, and we take that. All other observations compare their whole text.
//! A failed shell command is an observation like others, not an error.
//!
//! **Left out**: shapes of syntax errors in notebooks, the comparison of legacy edit cells by three lines, the
//! rule on context overflow. A call whose result the log lacks is no pair.
//!
//! Cost: constant per step, apart from comparing text.

use super::steps::{Answer, Step, is_shell};
use super::{Found, Guard, Judgement, judgement};

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct StuckDetector;

impl Guard for StuckDetector {
    fn id(&self) -> &'static str {
        "openhands"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut found = Vec::with_capacity(steps.len());
        for turn in steps.chunk_by(|a, b| a.turn == b.turn) {
            let mut history = History::default();
            found.extend(turn.iter().map(|step| history.take(step)));
        }
        judgement(steps, &found)
    }
}

/// What happened since the last human turn.
#[derive(Default)]
struct History<'a> {
    pairs: Vec<Pair<'a>>,
    /// Messages since the last observation.
    messages: Vec<&'a str>,
}

impl<'a> History<'a> {
    fn take(&mut self, step: &'a Step<'_>) -> Found {
        match (step.tool, step.answer) {
            (None, _) => {
                self.messages.push(&step.said);
                Found { fires: Some(all_equal(&self.messages, 3)), equals_previous: None }
            }
            (Some(_), None) => Found { fires: Some(false), equals_previous: None },
            (Some(tool), Some(answer)) => {
                self.messages.clear();
                self.pairs.push(Pair::new(step, tool, answer));
                Found { fires: Some(self.is_stuck()), equals_previous: Some(all_equal(&self.pairs, 2)) }
            }
        }
    }

    fn is_stuck(&self) -> bool {
        all_equal(&self.pairs, 4) || self.fails_alike() || self.alternates()
    }

    fn fails_alike(&self) -> bool {
        let failed = |pair: &Pair<'_>| matches!(pair.observation, Observation::Failure(_));
        self.pairs.len() >= 4
            && last(&self.pairs, 3)
                .is_some_and(|last| last.iter().all(|pair| failed(pair) && pair.action == last[0].action))
    }

    fn alternates(&self) -> bool {
        last(&self.pairs, 6)
            .is_some_and(|last| last[2..].iter().zip(last).all(|(pair, earlier)| pair == earlier))
    }
}

#[derive(PartialEq, Eq)]
struct Pair<'a> {
    action: Action<'a>,
    observation: Observation<'a>,
}

#[derive(PartialEq, Eq)]
struct Action<'a> {
    tool: &'a str,
    arguments: String,
    thought: &'a str,
}

#[derive(PartialEq, Eq)]
enum Observation<'a> {
    /// The command is that of the action.
    Shell { failed: Option<bool> },
    /// An error with its text.
    Failure(&'a str),
    /// Any other text.
    Text(&'a str),
}

impl<'a> Pair<'a> {
    fn new(step: &'a Step<'_>, tool: &'a str, answer: Answer<'a>) -> Self {
        let arguments = step.canonical_arguments();
        Pair {
            action: Action { tool, arguments, thought: &step.said },
            observation: Observation::new(tool, answer),
        }
    }
}

impl<'a> Observation<'a> {
    fn new(tool: &str, Answer { text, failed }: Answer<'a>) -> Self {
        match failed {
            _ if is_shell(tool) => Observation::Shell { failed },
            Some(true) => Observation::Failure(text),
            _ => Observation::Text(text),
        }
    }
}

fn last<T>(items: &[T], n: usize) -> Option<&[T]> {
    items.len().checked_sub(n).map(|start| &items[start..])
}

fn all_equal<T: PartialEq>(items: &[T], n: usize) -> bool {
    last(items, n).is_some_and(|last| last.windows(2).all(|pair| pair[0] == pair[1]))
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::{Session, session};

    use super::super::{Guard, steps::steps};
    use super::StuckDetector;

    fn fires(session: Session) -> Vec<f64> {
        let events = session.events();
        StuckDetector.judge(&steps(&events)).steps.iter().filter_map(|step| step.looping).collect()
    }

    fn read(path: &str) -> String {
        format!(r#"{{"path":"{path}"}}"#)
    }

    #[test]
    fn four_equal_pairs() {
        let session = session("s").prompt("p").repeat(5, |s, _| s.call("Read", &read("a")).result("r"));
        assert_eq!(fires(session), [0.0, 0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn output_of_a_shell_is_ignored_that_of_others_is_not() {
        let poll = |tool: &str| {
            session("s").repeat(4, |s, round| s.call(tool, r#"{"command":"ci"}"#).result(&round.to_string()))
        };
        assert_eq!(fires(poll("Bash")), [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(fires(poll("Poll")), [0.0; 4]);
    }

    #[test]
    fn a_reworded_thought_hides_the_loop() {
        let session = session("s")
            .repeat(6, |s, round| s.text(&format!("attempt {round}")).call("Read", &read("a")).result("r"));
        assert_eq!(fires(session), [0.0; 6]);
    }

    #[test]
    fn three_failures_fire_once_there_are_four_pairs() {
        let fail = |s: Session, round: usize| s.call("Read", &read("a")).error(&format!("no {round}"));
        assert_eq!(fires(session("s").repeat(3, fail)), [0.0; 3]);
        let later = session("s").call("Read", &read("b")).result("r").repeat(3, fail);
        assert_eq!(fires(later), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn period_two_fires_and_period_three_does_not() {
        let cycle = |period: usize| {
            session("s")
                .repeat(9, move |s, round| s.call("Read", &read(&(round % period).to_string())).result("r"))
        };
        assert_eq!(fires(cycle(2)), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(fires(cycle(3)), [0.0; 9]);
    }

    #[test]
    fn a_human_turn_starts_over() {
        let twice = |s: Session| s.repeat(2, |s, _| s.call("Read", &read("a")).result("r"));
        assert_eq!(fires(twice(twice(session("s")).prompt("again"))), [0.0; 4]);
    }

    #[test]
    fn equal_messages_without_an_observation_between() {
        let monologue =
            session("s").prompt("p").repeat(3, |s, _| s.text("still there?").injected("go on")).events();
        assert_eq!(StuckDetector.judge(&steps(&monologue)).stops, Some(true));
        let different = session("s")
            .prompt("p")
            .repeat(3, |s, round| s.text(&format!("{round}")).injected("go on"))
            .events();
        assert_eq!(StuckDetector.judge(&steps(&different)).stops, Some(false));
    }
}
