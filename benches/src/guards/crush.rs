//! The loop detection of crush: a call with equal tool, arguments and result more than 5 times in the last 10 steps stops
//! the agent.
//!
//! Cost: ten comparisons a step.

use super::steps::Step;
use super::{Found, Guard, Judgement, judgement};

/// Steps that are remembered.
const WINDOW: usize = 10;
/// Occurrences that are still allowed.
const ALLOWED: usize = 5;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct LoopDetection;

impl Guard for LoopDetection {
    fn id(&self) -> &'static str {
        "crush"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let records: Vec<_> = steps
            .iter()
            .filter(|step| step.tool.is_some())
            .map(|step| (step.key(), step.answer.map(|answer| answer.text)))
            .collect();
        let mut place = 0;
        let found: Vec<Found> = steps
            .iter()
            .map(|step| {
                if step.tool.is_none() {
                    return Found::default();
                }
                let record = &records[place];
                let recent = &records[(place + 1).saturating_sub(WINDOW)..=place];
                let equals_previous = place > 0 && records[place - 1] == *record;
                place += 1;
                let often = recent.iter().filter(|earlier| *earlier == record).count() > ALLOWED;
                Found { fires: Some(often && record.1.is_some()), equals_previous: Some(equals_previous) }
            })
            .collect();
        judgement(steps, &found)
    }
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
    fn six_of_the_last_ten_stop() {
        let same = |n| session("s").repeat(n, |s, _| s.call("Bash", "{}").result("r"));
        assert!(!stops(same(5)));
        assert!(stops(same(6)));
        let thinned = session("s").repeat(20, |s, round| {
            s.call("Bash", "{}").result("r").call("Read", &round.to_string()).result("x")
        });
        assert!(!stops(thinned));
        assert!(!stops(session("s").repeat(20, |s, round| s.call("Bash", "{}").result(&round.to_string()))));
    }
}
