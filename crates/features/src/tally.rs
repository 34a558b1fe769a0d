//! Running sums over a session; the features are read off them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::hash::name_hash;
use crate::progress::Credit;
use crate::recurrence::Recurrence;
use crate::speech::Padding;
use crate::step::{Step, StepKind};
use crate::tuning::{NO_PROGRESS, PEAK, POLLED, RECENT_KEPT, STALE, TABLE};
use crate::written::Written;

/// Sums over the steps of a session. Field names are the quantities; feature files turn them into shares.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) steps: u64,
    pub(crate) calls: u64,
    pub(crate) messages: u64,
    pub(crate) prompts: u64,
    pub(crate) novel_prompts: u64,
    pub(crate) compactions: u64,
    pub(crate) rewinds: u64,
    pub(crate) aborts: u64,
    pub(crate) api_errors: u64,
    pub(crate) results: u64,
    pub(crate) errors: u64,
    pub(crate) empty_results: u64,
    pub(crate) late_results: u64,
    /// Evidence of the steps.
    pub(crate) loops: Evidence,
    pub(crate) pads: Evidence,
    /// Calls equal to an earlier one in arguments and result; in arguments only.
    pub(crate) equal_units: u64,
    pub(crate) units_known: u64,
    pub(crate) equal_calls: u64,
    pub(crate) calls_known: u64,
    pub(crate) run: u64,
    pub(crate) longest_run: u64,
    pub(crate) recurrences: f64,
    pub(crate) polled_steps: u64,
    /// Steps whose novelty is known, and the sum of it; the same as an exponential sum.
    pub(crate) novelty_known: u64,
    pub(crate) novelty: f64,
    pub(crate) recent_novelty: f64,
    pub(crate) stale_steps: u64,
    /// Longest run of steps with neither novelty nor progress.
    pub(crate) stale_run: u64,
    pub(crate) longest_stale_run: u64,
    pub(crate) credits: [u64; 5],
    pub(crate) credit: f64,
    pub(crate) since_progress: u64,
    pub(crate) longest_without_progress: u64,
    /// Bytes by origin.
    pub(crate) speech_bytes: u64,
    pub(crate) reasoning_bytes: u64,
    pub(crate) argument_bytes: u64,
    pub(crate) result_bytes: u64,
    pub(crate) speech_words: u64,
    pub(crate) echoed_words: f64,
    pub(crate) stock_words: f64,
    pub(crate) chanted_words: f64,
    pub(crate) repeated_words: f64,
    pub(crate) argument_words: u64,
    /// Words of edits that change nothing; of edits that were thrown away unused.
    pub(crate) hollow_words: f64,
    pub(crate) discarded_words: f64,
    /// Calls by tool, and those of tools beyond the table.
    pub(crate) tools: BTreeMap<u64, u64>,
    pub(crate) other_tools: u64,
    /// Calls equal to another one of their own request.
    pub(crate) twin_calls: u64,
    /// Results with lines, those of them that bring no new one, their bytes, and how many of these are new.
    pub(crate) read_results: u64,
    pub(crate) known_results: u64,
    pub(crate) read_bytes: f64,
    pub(crate) new_bytes: f64,
    pub(crate) waits: u64,
    pub(crate) tests: u64,
    pub(crate) ships: u64,
    pub(crate) undos: u64,
    /// Gaps between prompts, in seconds: count, sum, sum of squares.
    pub(crate) gaps: [f64; 3],
}

/// Evidence of one axis, summed so that one more piece of it never lowers the score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    /// Weighted squares of the step values.
    pub(crate) found: f64,
    /// Weight of the steps that are rather not: value below one half.
    pub(crate) against: f64,
}

/// An amount to evidence in [0, 1]: one half at `half`, one for very much.
pub(crate) fn saturate(amount: f64, half: f64) -> f64 {
    let square = amount * amount;
    square / (square + half * half)
}

impl Evidence {
    /// Adds a step of a weight, with its value in [0, 1].
    pub(crate) fn add(&mut self, value: f64, weight: f64) {
        self.found += weight * value * value;
        self.against += weight * (1.0 - 2.0 * value).max(0.0);
    }

    /// A step that was added with one value and this weight turns out to have a higher value.
    pub(crate) fn raise(&mut self, from: f64, to: f64, weight: f64) {
        self.add(to, weight);
        self.found -= weight * from * from;
        self.against -= weight * (1.0 - 2.0 * from).max(0.0);
    }

    /// What was taken for evidence has turned out to be none.
    pub(crate) fn take_back(&mut self, found: f64) {
        self.found = (self.found - found).max(0.0);
        self.against += found;
    }

    /// Root of the share of evidence, in [0, 1]. A share, so that length as such adds nothing; from one half on a
    /// step counts for the evidence only, so that it never lowers the score.
    pub(crate) fn score(&self) -> f64 {
        self.share().sqrt()
    }

    /// The score where the weights are words: they are many and steps few, so that honest shares are smaller than among
    /// loops, and the cube root brings them to the same range.
    pub(crate) fn pad_score(&self) -> f64 {
        self.share().cbrt()
    }

    /// Share of evidence, in [0, 1].
    pub(crate) fn share(&self) -> f64 {
        let all = self.found + self.against;
        if all > 0.0 { self.found / all } else { 0.0 }
    }
}

impl Tally {
    /// Every count.
    pub(crate) fn counts(&self) -> Vec<u64> {
        let steps = [self.steps, self.calls, self.messages, self.results, self.errors, self.empty_results];
        let turns = [self.prompts, self.novel_prompts, self.compactions, self.rewinds, self.aborts];
        let odd = [self.api_errors, self.late_results, self.waits, self.tests, self.ships, self.undos];
        let equal = [self.equal_units, self.equal_calls, self.units_known, self.calls_known];
        let runs = [self.run, self.longest_run, self.polled_steps];
        let stale = [self.novelty_known, self.stale_steps, self.stale_run, self.longest_stale_run];
        let progress = [self.since_progress, self.longest_without_progress];
        let bytes = [self.speech_bytes, self.reasoning_bytes, self.argument_bytes, self.result_bytes];
        let results = [self.read_results, self.known_results, self.twin_calls, self.other_tools];
        let tools: Vec<u64> = self.tools.values().copied().collect();
        let groups: [&[u64]; 12] = [
            &steps,
            &turns,
            &odd,
            &equal,
            &runs,
            &stale,
            &progress,
            &bytes,
            &self.credits,
            &[self.speech_words, self.argument_words],
            &results,
            &tools,
        ];
        groups.concat()
    }

    pub(crate) fn step(&mut self, step: &Step) {
        self.steps += 1;
        match step.kind {
            StepKind::ToolCall => self.calls += 1,
            StepKind::Message => self.messages += 1,
        }
        self.results += u64::from(step.result.is_some());
        self.empty_results += u64::from(step.result.as_ref().is_some_and(|result| result.words == 0));
        self.errors += u64::from(step.failed());
        self.sizes(step);
        self.tool(step);
        match step.action {
            Some(Action::Wait) => self.waits += 1,
            Some(Action::Test) => self.tests += 1,
            Some(Action::Ship) => self.ships += 1,
            Some(Action::Undo) => self.undos += 1,
            Some(Action::Change) | None => (),
        }
    }

    fn tool(&mut self, step: &Step) {
        let Some(tool) = step.tool.as_deref().map(name_hash) else { return };
        if self.tools.len() < TABLE || self.tools.contains_key(&tool) {
            *self.tools.entry(tool).or_default() += 1;
        } else {
            self.other_tools += 1;
        }
    }

    /// Counts a result by the share of its lines that is new; `None` where it has none.
    pub(crate) fn result(&mut self, step: &Step, new_lines: Option<f64>) {
        let (Some(result), Some(new)) = (&step.result, new_lines) else { return };
        self.read_results += 1;
        self.known_results += u64::from(new <= 0.0);
        self.read_bytes += result.bytes as f64;
        self.new_bytes += new * result.bytes as f64;
    }

    /// Sizes are what a source says: they saturate.
    fn sizes(&mut self, step: &Step) {
        let add = |sum: &mut u64, size: u64| *sum = sum.saturating_add(size);
        add(&mut self.speech_words, step.speech.words);
        add(&mut self.speech_bytes, step.speech.text_bytes);
        add(&mut self.reasoning_bytes, step.speech.reasoning_bytes);
        add(&mut self.argument_bytes, step.arguments.as_ref().map_or(0, |arguments| arguments.bytes));
        add(&mut self.argument_words, step.arguments.as_ref().map_or(0, |arguments| arguments.words));
        add(&mut self.result_bytes, step.result.as_ref().map_or(0, |result| result.bytes));
    }

    pub(crate) fn recurrence(&mut self, recurrence: &Recurrence, looped: f64, moves: f64) {
        self.loops.add(looped, 1.0);
        self.recurrences += recurrence.count;
        self.polled_steps += u64::from(moves >= POLLED);
        let same = recurrence.best.is_some_and(|best| best.back == 0 && best.exact);
        self.run = if same { self.run + 1 } else { 1 };
        self.longest_run = self.longest_run.max(self.run);
    }

    /// Speech counts by its words; what the model wrote into calls counts against padding.
    pub(crate) fn padding(&mut self, step: &Step, padding: &Padding, written: &Written) {
        let words = step.speech.words as f64;
        self.pads.add(padding.value, words);
        self.pads.add(written.value, written.words);
        if step.kind == StepKind::ToolCall {
            self.hollow_words += written.value * written.words;
        }
        // Reasoning is a way to somewhere: that it does not go in circles is nothing against padding.
        if padding.circling >= PEAK {
            self.pads.add(padding.circling, step.speech.thoughts as f64);
        }
        self.echoed_words += padding.echo * words;
        self.stock_words += padding.stock * words;
        self.chanted_words += padding.chant * words;
        self.repeated_words += padding.again * words;
    }

    /// Counts a call and its result; one that a full memory does not look at is neither new nor equal.
    pub(crate) fn unit(&mut self, new: Option<bool>) {
        self.units_known += u64::from(new.is_some());
        self.equal_units += u64::from(new == Some(false));
    }

    /// The same for the arguments alone.
    pub(crate) fn call(&mut self, new: Option<bool>) {
        self.calls_known += u64::from(new.is_some());
        self.equal_calls += u64::from(new == Some(false));
    }

    pub(crate) fn credit(&mut self, credit: Option<(Credit, f64)>) {
        if let Some((credit, size)) = credit.filter(|(_, size)| *size > 0.0) {
            self.credits[credit.index()] += 1;
            self.credit += size;
        }
        let moved = credit.is_some_and(|(credit, size)| credit.changes_the_world() && size > 0.0);
        self.since_progress = if moved { 0 } else { self.since_progress + 1 };
        self.longest_without_progress = self.longest_without_progress.max(self.since_progress);
    }

    pub(crate) fn novelty(&mut self, novelty: Option<f64>, progress: f64) {
        let Some(novelty) = novelty else { return };
        self.novelty_known += 1;
        self.novelty += novelty;
        self.recent_novelty = RECENT_KEPT * self.recent_novelty + (1.0 - RECENT_KEPT) * novelty;
        let stale = novelty < STALE && progress < NO_PROGRESS;
        self.stale_steps += u64::from(stale);
        self.stale_run = if stale { self.stale_run + 1 } else { 0 };
        self.longest_stale_run = self.longest_stale_run.max(self.stale_run);
    }

    /// Exponential mean of novelty. What the first steps weigh too little is put right, so that a short session is not
    /// taken for its first step.
    pub(crate) fn recent_novelty(&self) -> Option<f64> {
        let weight = 1.0 - RECENT_KEPT.powf(self.novelty_known as f64);
        (weight > 0.0).then(|| (self.recent_novelty / weight).clamp(0.0, 1.0))
    }

    /// Bytes that the model wrote.
    pub(crate) fn own_bytes(&self) -> u64 {
        self.speech_bytes.saturating_add(self.reasoning_bytes).saturating_add(self.argument_bytes)
    }

    pub(crate) fn gap(&mut self, seconds: f64) {
        self.gaps[0] += 1.0;
        self.gaps[1] += seconds;
        self.gaps[2] += seconds * seconds;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Evidence;

    proptest! {
        /// For all sessions so far: a step of value one half or more, at least the score, never lowers the score.
        #[test]
        fn more_evidence_never_lowers_the_score(values in prop::collection::vec(0.0..=1.0_f64, 0..50), more in 0.5..=1.0_f64) {
            let mut evidence = Evidence::default();
            values.iter().for_each(|&value| evidence.add(value, 1.0));
            let before = evidence.score();
            evidence.add(more, 1.0);
            prop_assert!((0.0..=1.0).contains(&evidence.score()));
            prop_assert!(evidence.score() >= before);
        }
    }
}
