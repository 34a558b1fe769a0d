//! Cosine of the words of call and result: the best of the last 20 calls. A measure without a threshold, and the
//! strongest plain one on single steps.
//!
//! ```text
//! cos(a, b) = sum over words of n_a n_b / (|a| |b|),   n = how often the word occurs
//! ```
//!
//! Cost: 20 merges of sorted word counts a call.

use std::collections::BTreeMap;

use super::steps::Step;
use super::words::{number, words};
use super::{Guard, Judgement, Measured, mean_of};

/// Calls to look back.
const WINDOW: usize = 20;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct Cosine;

impl Guard for Cosine {
    fn id(&self) -> &'static str {
        "cosine"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut calls: Vec<Bag> = Vec::new();
        let mut measured = Vec::with_capacity(steps.len());
        for step in steps {
            let Some(tool) = step.tool else {
                measured.push(Measured::default());
                continue;
            };
            let call = Bag::new([tool, step.arguments, step.answer.map_or("", |answer| answer.text)]);
            let recent = &calls[calls.len().saturating_sub(WINDOW)..];
            let best = recent.iter().map(|earlier| call.cosine(earlier)).fold(0.0, f64::max);
            let previous = calls.last().map_or(0.0, |earlier| call.cosine(earlier));
            measured.push(Measured { value: Some(best), against_previous: Some(previous) });
            calls.push(call);
        }
        mean_of(steps, &measured)
    }
}

/// Words with their counts, sorted by word.
struct Bag {
    counts: Vec<(u64, f64)>,
    norm: f64,
}

impl Bag {
    fn new(texts: [&str; 3]) -> Self {
        let mut counts: BTreeMap<u64, f64> = BTreeMap::new();
        for word in texts.into_iter().flat_map(words) {
            *counts.entry(number(word)).or_default() += 1.0;
        }
        let norm = counts.values().map(|count| count * count).sum::<f64>().sqrt();
        Bag { counts: counts.into_iter().collect(), norm }
    }

    fn cosine(&self, other: &Bag) -> f64 {
        if self.norm * other.norm == 0.0 {
            return 0.0;
        }
        (self.dot(other) / (self.norm * other.norm)).min(1.0)
    }

    fn dot(&self, other: &Bag) -> f64 {
        let (mut a, mut b) = (self.counts.as_slice(), other.counts.as_slice());
        let mut dot = 0.0;
        while let ([(word_a, n_a), rest_a @ ..], [(word_b, n_b), rest_b @ ..]) = (a, b) {
            if word_a == word_b {
                dot += n_a * n_b;
            }
            if word_a <= word_b {
                a = rest_a;
            }
            if word_b <= word_a {
                b = rest_b;
            }
        }
        dot
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::super::{Guard, steps::steps};
    use super::Cosine;

    #[test]
    fn call_and_result_count_together() {
        let events = session("s")
            .call("Read", "a")
            .result("one one")
            .call("Read", "b")
            .result("two")
            .call("Read", "a")
            .result("one one")
            .events();
        let judgement = Cosine.judge(&steps(&events));
        // {read 1, a 1, one 2} and {read 1, b 1, two 1}: 1 / sqrt(6 * 3)
        let low = 1.0 / 18.0_f64.sqrt();
        let scores: Vec<f64> = judgement.steps.iter().filter_map(|step| step.looping).collect();
        assert!(
            scores[0] == 0.0 && (scores[1] - low).abs() < 1e-12 && (scores[2] - 1.0).abs() < 1e-12,
            "{scores:?}"
        );
        assert!((judgement.steps[2].loop_prev.unwrap() - low).abs() < 1e-12);
    }
}
