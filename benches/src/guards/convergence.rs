//! Convergence of results: for three steps in a row nothing comes back that was not there before. A measure without a
//! threshold, and the strongest plain one on whole sessions.
//!
//! The novelty of a step is the share of the distinct lines of its result that no earlier result of the session holds.
//! A step scores one minus the largest novelty among itself and the two calls before it: a single repeat is nothing.
//! A call whose result the log lacks is not judged.
//!
//! Cost: one set entry a line of the results.

use std::collections::HashSet;

use super::steps::Step;
use super::{Guard, Judgement, Measured, mean_of};

/// Steps in a row.
const RUN: usize = 3;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct Convergence;

impl Guard for Convergence {
    fn id(&self) -> &'static str {
        "convergence"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut seen = HashSet::new();
        let mut novelties: Vec<f64> = Vec::new();
        let measured: Vec<Measured> = steps
            .iter()
            .map(|step| {
                let Some(answer) = step.answer else { return Measured::default() };
                let novel = novelty(answer.text, &mut seen);
                novelties.push(novel);
                Measured { value: Some(1.0 - largest(&novelties)), against_previous: Some(1.0 - novel) }
            })
            .collect();
        mean_of(steps, &measured)
    }
}

/// The share of lines that are new, which are then seen; an empty result brings nothing new.
fn novelty<'a>(text: &'a str, seen: &mut HashSet<&'a str>) -> f64 {
    let lines: HashSet<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let new = lines.iter().filter(|&&line| seen.insert(line)).count();
    if lines.is_empty() { 0.0 } else { new as f64 / lines.len() as f64 }
}

/// The largest novelty of the run that ends here; a run that is not full has not converged.
fn largest(novelties: &[f64]) -> f64 {
    let run = novelties.len().checked_sub(RUN).map(|start| &novelties[start..]);
    run.map_or(1.0, |run| run.iter().copied().fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::super::{Guard, steps::steps};
    use super::Convergence;

    #[test]
    fn a_run_of_three_without_news() {
        let events = session("s").repeat(5, |s, _| s.call("Read", "a").result("one\ntwo")).events();
        let judgement = Convergence.judge(&steps(&events));
        let scores: Vec<_> = judgement.steps.iter().map(|step| step.looping).collect();
        assert_eq!(scores, [0.0, 0.0, 0.0, 1.0, 1.0].map(Some));
        assert_eq!(judgement.score, Some(0.4));
    }

    #[test]
    fn one_new_line_of_two_is_half_new() {
        let events = session("s")
            .repeat(3, |s, _| s.call("Read", "a").result("one"))
            .call("Read", "a")
            .result(" one\ntwo")
            .events();
        let judgement = Convergence.judge(&steps(&events));
        assert_eq!(judgement.steps[3].looping, Some(0.5));
        assert_eq!(judgement.steps[3].loop_prev, Some(0.5));
    }
}
