//! Word overlap of arguments: the best Jaccard similarity of the argument words with those of the last 20 calls of the
//! same tool. A measure without a threshold.
//!
//! ```text
//! J(a, b) = |words of a and b| / |words of a or b|
//! ```
//!
//! Cost: 20 set intersections a call.

use std::collections::BTreeSet;

use super::steps::Step;
use super::words::{number, words};
use super::{Guard, Judgement, Measured, mean_of};

/// Calls to look back.
const WINDOW: usize = 20;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct WordOverlap;

impl Guard for WordOverlap {
    fn id(&self) -> &'static str {
        "word_overlap"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut calls: Vec<(&str, BTreeSet<u64>)> = Vec::new();
        let mut measured = Vec::with_capacity(steps.len());
        for step in steps {
            let Some(tool) = step.tool else {
                measured.push(Measured::default());
                continue;
            };
            let call = (tool, words(step.arguments).map(number).collect());
            let recent = &calls[calls.len().saturating_sub(WINDOW)..];
            let best = recent.iter().map(|earlier| overlap(earlier, &call)).fold(0.0, f64::max);
            let previous = calls.last().map_or(0.0, |earlier| overlap(earlier, &call));
            measured.push(Measured { value: Some(best), against_previous: Some(previous) });
            calls.push(call);
        }
        mean_of(steps, &measured)
    }
}

/// 0 for different tools, 1 for two calls without arguments.
fn overlap((tool_a, a): &(&str, BTreeSet<u64>), (tool_b, b): &(&str, BTreeSet<u64>)) -> f64 {
    if tool_a != tool_b {
        return 0.0;
    }
    let both = a.intersection(b).count();
    let either = a.len() + b.len() - both;
    if either == 0 { 1.0 } else { both as f64 / either as f64 }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::super::{Guard, steps::steps};
    use super::WordOverlap;

    #[test]
    fn the_best_of_the_last_twenty_counts() {
        let events = session("s")
            .call("Grep", "cats and dogs")
            .call("Read", "cats and dogs")
            .call("Grep", "dogs or cats")
            .events();
        let judgement = WordOverlap.judge(&steps(&events));
        let scores: Vec<_> = judgement.steps.iter().map(|step| step.looping).collect();
        // {cats and dogs} and {dogs or cats}: 2 of 4
        assert_eq!(scores, [Some(0.0), Some(0.0), Some(0.5)]);
        assert_eq!(judgement.steps[2].loop_prev, Some(0.0));
        assert_eq!(judgement.score, Some(0.5 / 3.0));
    }
}
