//! How a step recurs: what its matches with the steps before it come to.

use crate::compare::{Match, larger, power};
use crate::tuning::{EQUAL, FAINT, MOMENTUM, RECURRENCES};

/// How a step recurs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Recurrence {
    /// Squares of the strengths of the matches, summed: about the number of clear recurrences in the window.
    pub(crate) count: f64,
    /// The same of matches with the answer to another question: the world stands where it stood.
    standstill: f64,
    /// Soft similarity to the step just before, in [0, 1].
    pub(crate) previous: f64,
    /// The strongest match, the latest of equals.
    pub(crate) best: Option<Match>,
    /// The latest step that put the same question: its index in the window, from the latest.
    pub(crate) same_question: Option<usize>,
    /// The most that the result has in common with that of one earlier step, in [0, 1].
    pub(crate) seen: f64,
    /// All of the result lies within that of one earlier step.
    pub(crate) contained: bool,
}

impl Recurrence {
    /// A step that recurs right after one that did is the better evidence: one re-read is ordinary, eight in a row
    /// are a treadmill.
    pub(crate) fn carried_on(mut self, before: f64) -> Self {
        let strength = self.best.map_or(0.0, |best| best.strength);
        if strength > FAINT.get() {
            self.count += MOMENTUM.get() * strength * before.min(RECURRENCES.get());
        }
        self
    }

    /// A question whose answer moves is polling: each recent move halves the evidence. What was seen before another
    /// question is no move of this one.
    pub(crate) fn discounted(mut self, moves: f64) -> Self {
        self.count = self.count * power(0.5, moves) + self.standstill;
        self
    }

    /// Takes one more match, those with later steps first.
    pub(crate) fn add(&mut self, found: Match) {
        if found.strength > FAINT.get() {
            let clear = found.strength * found.strength * (1.0 + EQUAL.get() * found.told);
            *(if found.same_state { &mut self.standstill } else { &mut self.count }) += clear;
        }
        self.seen = larger(self.seen, found.result.unwrap_or(0.0));
        self.contained |= found.contained;
        if self.best.is_none_or(|best| found.strength > best.strength) {
            self.best = Some(found);
        }
    }
}
