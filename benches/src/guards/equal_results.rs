//! Share of calls with an equal result, whatever was asked.
//!
//! A step scores 1 when its whole result was seen before in the session; empty results count like others. There is no
//! threshold. It sees searches that never find anything, and takes the receipts of edits for a loop.
//!
//! Cost: one hash of the result a call.

use super::equal_calls::share_seen_before;
use super::steps::Step;
use super::{Guard, Judgement};

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct EqualResults;

impl Guard for EqualResults {
    fn id(&self) -> &'static str {
        "equal_results"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        share_seen_before(steps, |step| step.answer.map(|answer| answer.text))
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::super::{Guard, steps::steps};
    use super::EqualResults;

    #[test]
    fn arguments_do_not_count() {
        let barren = session("s")
            .repeat(5, |s, round| s.call("Grep", &round.to_string()).result("No matches found"))
            .call("A", "");
        assert_eq!(EqualResults.judge(&steps(&barren.events())).score, Some(0.8));
    }
}
