//! Share of calls with equal arguments, whatever came back.
//!
//! A step scores 1 when its tool and arguments (as values) were seen before in the session. There is no threshold. It
//! is what guards that never read results build on: every watcher of a pipeline is a loop to it.
//!
//! Cost: one hash of the arguments a call.

use super::equal_calls::share_seen_before;
use super::steps::Step;
use super::{Guard, Judgement};

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct EqualArguments;

impl Guard for EqualArguments {
    fn id(&self) -> &'static str {
        "equal_arguments"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        share_seen_before(steps, Step::key)
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::super::{Guard, steps::steps};
    use super::EqualArguments;

    #[test]
    fn results_do_not_count() {
        let poll = session("s")
            .repeat(4, |s, round| s.call("Bash", r#"{"command":"ci"}"#).result(&round.to_string()));
        assert_eq!(EqualArguments.judge(&steps(&poll.events())).score, Some(0.75));
        let other = session("s").repeat(4, |s, round| s.call("Bash", &round.to_string()).result("same"));
        assert_eq!(EqualArguments.judge(&steps(&other.events())).score, Some(0.0));
    }
}
