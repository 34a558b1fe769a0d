//! The repetition detector of Roo-Code.
//!
//! The 4th identical call in a row asks the user, and the count starts anew. Calls are identical when tool and arguments
//! (keys sorted) are; results are never read. Besides, three mistakes of the agent in a row ask too: logs tell that a
//! call failed, not whose fault it was, so every failed call that is no shell command is taken for a mistake.
//!
//! Cost: one comparison a call.

use super::steps::{Key, Step};
use super::{Found, Guard, Judgement, judgement};

/// Identical calls in a row that ask the user.
const IDENTICAL: usize = 4;
/// Mistakes in a row that do.
const MISTAKES: usize = 3;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct RepetitionDetector;

impl Guard for RepetitionDetector {
    fn id(&self) -> &'static str {
        "roo_code"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut state = State::default();
        let found: Vec<Found> = steps.iter().map(|step| state.take(step)).collect();
        judgement(steps, &found)
    }
}

#[derive(Default)]
struct State<'a> {
    last: Option<Key<'a>>,
    identical: usize,
    mistakes: usize,
}

impl<'a> State<'a> {
    fn take(&mut self, step: &Step<'a>) -> Found {
        let Some(key) = step.key() else { return Found::default() };
        let equal = self.last.as_ref() == Some(&key);
        self.identical = if equal { self.identical + 1 } else { 1 };
        self.mistakes = if step.is_mistake() { self.mistakes + 1 } else { 0 };
        self.last = Some(key);
        let fires = self.identical >= IDENTICAL || self.mistakes >= MISTAKES;
        if fires {
            (self.last, self.identical, self.mistakes) = (None, 0, 0);
        }
        Found { fires: Some(fires), equals_previous: Some(equal) }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::{Session, session};

    use super::super::{Guard, steps::steps};
    use super::RepetitionDetector;

    fn fires(session: Session) -> Vec<f64> {
        let events = session.events();
        RepetitionDetector.judge(&steps(&events)).steps.iter().filter_map(|step| step.looping).collect()
    }

    #[test]
    fn the_fourth_in_a_row_asks_and_the_count_starts_anew() {
        let same = session("s").repeat(8, |s, round| s.call("Bash", r#"{"a":1}"#).result(&round.to_string()));
        assert_eq!(fires(same), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        let other = |s: Session, round: usize| {
            s.call("Bash", if round == 3 { "{}" } else { r#"{"a":1}"# }).result("r")
        };
        assert_eq!(fires(session("s").repeat(7, other)), [0.0; 7]);
    }

    #[test]
    fn three_mistakes_ask_and_failing_commands_are_none() {
        let fail = |tool: &'static str| {
            fires(session("s").repeat(3, move |s, round| s.call(tool, &round.to_string()).error("no")))
        };
        assert_eq!(fail("Edit"), [0.0, 0.0, 1.0]);
        assert_eq!(fail("Bash"), [0.0, 0.0, 0.0]);
    }
}
