//! Share of calls with equal arguments and equal result: the strongest plain rule, and no guard at all.
//!
//! A step scores 1 when its tool, arguments (as values: the order of keys does not count) and whole result were
//! seen before in the session; a session scores the share of such calls. A call whose result the log lacks is
//! neither new nor seen: it is not judged. There is no threshold, so there is no verdict.
//!
//! It finds verbatim repeats at any distance and period, and goes blind when one byte of a result changes.
//!
//! Cost: one hash of arguments and result a call.

use std::collections::HashSet;
use std::hash::Hash;

use super::steps::Step;
use super::{Found, Guard, Judgement, judgement};

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct EqualCalls;

impl Guard for EqualCalls {
    fn id(&self) -> &'static str {
        "equal_calls"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        share_seen_before(steps, record)
    }
}

/// Share of the calls of which `record` was seen before in the session; a call without one is not judged.
pub(crate) fn share_seen_before<'a, R: Hash + Eq>(
    steps: &[Step<'a>],
    record: impl Fn(&Step<'a>) -> Option<R>,
) -> Judgement<'a> {
    let records: Vec<Option<R>> = steps.iter().map(record).collect();
    let mut seen = HashSet::new();
    let mut previous = None;
    let found: Vec<Found> = records
        .iter()
        .map(|record| {
            let equals_previous = record.as_ref().map(|record| previous == Some(record));
            previous = record.as_ref();
            Found { fires: record.as_ref().map(|record| !seen.insert(record)), equals_previous }
        })
        .collect();
    Judgement { stops: None, ..judgement(steps, &found) }
}

/// Tool, arguments, result.
type Record<'a> = (&'a str, String, &'a str);

fn record<'a>(step: &Step<'a>) -> Option<Record<'a>> {
    Some((step.tool?, step.canonical_arguments(), step.answer?.text))
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::super::{Guard, steps::steps};
    use super::EqualCalls;

    #[test]
    fn a_call_is_seen_when_arguments_and_result_are() {
        let events = session("s")
            .call("Read", r#"{"path":"a"}"#)
            .result("1")
            .call("Read", r#"{"path":"b"}"#)
            .result("2")
            .call("Read", r#"{ "path": "a" }"#)
            .result("1")
            .call("Read", r#"{"path":"a"}"#)
            .result("1")
            .call("Read", r#"{"path":"a"}"#)
            .result("changed")
            .call("Read", r#"{"path":"a"}"#)
            .events();
        let steps = steps(&events);
        let judgement = EqualCalls.judge(&steps);
        let (seen, previous): (Vec<_>, Vec<_>) =
            judgement.steps.iter().map(|step| (step.looping, step.loop_prev)).unzip();
        assert_eq!(seen, [Some(0.0), Some(0.0), Some(1.0), Some(1.0), Some(0.0), None]);
        assert_eq!(previous, [Some(0.0), Some(0.0), Some(0.0), Some(1.0), Some(0.0), None]);
        assert_eq!((judgement.score, judgement.stops), (Some(0.4), None));
    }

    #[test]
    fn nothing_to_judge_gives_no_score() {
        let events = session("s").prompt("p").text("t").events();
        assert_eq!(EqualCalls.judge(&steps(&events)).score, None);
    }
}
