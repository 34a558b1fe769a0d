//! Which spans a step belongs to, and which earlier steps it draws into them.

use std::collections::BTreeSet;

use super::{Reading, State, Turn, record_of};
use crate::action::adds;
use crate::arguments::Arguments;
use crate::evidence::{
    Wasted, beside, beside_sighting, discarded_sighting, loop_sighting, padding_sighting, reload_sighting,
    wasted_sighting,
};
use crate::growing::Sighting;
use crate::progress::Credit;
use crate::reload::Reload;
use crate::sketch::Latest;
use crate::span::{Axis, Pattern};
use crate::speech::Padding;
use crate::step::{Step, StepKind};
use crate::tally::Evidence;
use crate::tracker::Tracker;
use crate::tuning::{DISCARDS, JOIN, PEAK};
use crate::view::News;

impl State {
    pub(super) fn join_loop(&mut self, step: &Step, latest: &Latest, reading: &Reading) -> Option<u32> {
        let best = reading.recurrence.best.filter(|_| reading.looped >= JOIN)?;
        let earlier = self.view.window.back(best.back)?;
        let first_look = reading.credit.is_some_and(|(credit, _)| credit == Credit::NewObject);
        let sighting = Sighting { first_look, ..loop_sighting(step, latest, earlier, best, reading.looped) };
        let (span, first) = (earlier.span, earlier.place.clone());
        let joined = self.loops.join(sighting, span, first);
        if let Some(earlier) = self.view.window.back_mut(best.back) {
            earlier.span.get_or_insert(joined);
        }
        Some(joined)
    }

    /// A call that brought something is worth its words; a message is its words.
    pub(super) fn join_padding(&mut self, step: &Step, reading: &Reading) -> Option<u32> {
        let &Reading { useful, ref padding, .. } = reading;
        self.view.listener.carry(step, padding, useful);
        let speech = if useful { 0.0 } else { padding.value.max(padding.circling) };
        let found = speech.max(reading.written.value).max(self.in_sum(step, padding, useful));
        let certain = found >= PEAK;
        if !certain && (step.kind == StepKind::ToolCall || padding.strongest < PEAK) {
            return None;
        }
        let sighting = padding_sighting(step, padding, reading.written);
        let sighting = Sighting { value: sighting.value.max(found), ..sighting };
        if !certain && self.pads.stretch(step.place.step).is_none() {
            self.beside.hold(beside(sighting));
            return None;
        }
        for known in self.beside.reached_by(step.place.step) {
            self.join_earlier(beside_sighting(known));
        }
        Some(self.pads.join(sighting, None, step.place.clone()))
    }

    /// Evidence of all speech up to a step that is no better than the rest. What is rather no padding in each text may be
    /// padding in the sum of all: the score says so, and then these are the steps that it comes from.
    fn in_sum(&self, step: &Step, padding: &Padding, useful: bool) -> f64 {
        let mut alone = Evidence::default();
        alone.add(padding.value, 1.0);
        let mut all = self.tally.pads;
        all.add(padding.value, step.speech.words as f64);
        if useful { 0.0 } else { alone.pad_score().min(all.pad_score()) }
    }

    /// What is said of nothing but wasted calls is wasted with them.
    pub(super) fn join_turn(&mut self, step: &Step, spans: [Option<u32>; 2]) -> [Option<u32>; 2] {
        let wasted = spans != [None; 2];
        match step.kind {
            StepKind::ToolCall => {
                self.turn = Turn { worked: self.turn.worked || !wasted, spans };
                spans
            }
            StepKind::Message if wasted || self.turn.worked => spans,
            StepKind::Message => self.turn.spans,
        }
    }

    /// Edits that the step throws away before anything has used them were padding, once that has become a habit.
    pub(super) fn discard(&mut self, step: &Step, latest: &Latest) -> Option<u32> {
        let arguments = step.arguments.as_ref().filter(|_| !step.failed())?;
        let mut discarded = match step.tool.as_deref() {
            Some(tool) if !adds(tool) => self.view.window.overwrite(latest, arguments),
            _ => Vec::new(),
        };
        discarded.extend(self.view.window.discard(arguments));
        if !discarded.is_empty() && std::mem::take(&mut self.drafted) {
            self.times_discarded += 1;
        }
        let mut joined = None;
        for edit in discarded {
            joined = Some(self.join_earlier(discarded_sighting(edit.place.clone(), self.times_discarded)));
            self.discarded.push(edit);
        }
        if self.times_discarded >= DISCARDS {
            for edit in std::mem::take(&mut self.discarded) {
                self.tally.pads.raise(edit.hollow, 1.0, edit.words as f64);
                self.tally.discarded_words += edit.words as f64;
                self.is_padded(edit.place.step, 1.0);
            }
        }
        joined
    }

    /// What the step loads that was in view. The same question again is a repeat: a loop, if anything.
    pub(super) fn load(&mut self, step: &Step, reading: &Reading, new: &News) {
        let moved = reading.credit.is_some_and(|(credit, _)| credit.changes_the_world());
        let edits = step.arguments.as_ref().is_some_and(Arguments::edits);
        match step.kind {
            StepKind::Message => {
                self.reloads.answered(step).iter().for_each(|reload| self.reloaded_by_calls(reload));
            }
            StepKind::ToolCall if moved || edits || step.action.is_some() => self.reloads.work(),
            StepKind::ToolCall => {
                let in_view = self.epoch == 0 && reading.recurrence.same_question.is_none();
                self.reloads.look(step, new.lines.filter(|_| in_view).map_or(0.0, |new| 1.0 - new));
            }
        }
    }

    /// A turn of calls that have loaded once more what was in view was padding, its calls and its answer.
    fn reloaded_by_calls(&mut self, reload: &Reload) {
        let span = self.pads.join(reload_sighting(reload), None, reload.first.clone());
        (reload.first.step..=reload.answer.step).for_each(|step| self.move_booked(step, span));
        self.tally.pads.add(reload.value, reload.words);
        self.is_padded(reload.answer.step, reload.value);
    }

    /// Errands that were given in vain were padding.
    pub(super) fn errand(&mut self, step: &Step) {
        if step.kind == StepKind::ToolCall {
            return self.errands.called(step);
        }
        let errands = self.errands.answered();
        self.are_wasted(&errands, Pattern::Redundant);
    }

    /// What is passed on as it was told adds nothing.
    pub(super) fn relay(&mut self, step: &Step) {
        if step.kind == StepKind::ToolCall {
            let relays = self.relays.called(step);
            self.are_wasted(&relays, Pattern::Echo);
        }
    }

    fn are_wasted(&mut self, calls: &[Wasted], pattern: Pattern) {
        for call in calls {
            self.join_earlier(wasted_sighting(call, pattern));
            self.tally.pads.add(1.0, call.words);
            self.is_padded(call.place.step, 1.0);
        }
    }

    /// Joins what an earlier step has turned out to be to a padding span, and books it there.
    fn join_earlier(&mut self, sighting: Sighting) -> u32 {
        let place = sighting.place.clone();
        let step = place.step;
        let span = self.pads.join(sighting, None, place);
        self.move_booked(step, span);
        span
    }

    /// Puts on record that a step has turned out to be padding.
    fn is_padded(&mut self, step: u64, value: f64) {
        if let Some(record) = record_of(&mut self.records, step) {
            record.padded = record.padded.max(value);
        }
    }

    /// Books what a step holds to a padding span that it has come to belong to.
    pub(super) fn move_booked(&mut self, step: u64, span: u32) {
        match self.edits_booked.iter().find(|booked| booked.0 == step) {
            Some(&(_, account, mass)) => self.pads.book(span, account, mass),
            None => self.booking.entries_mut(step).for_each(|entry| {
                entry.spans[Axis::Padding as usize].get_or_insert(span);
            }),
        }
        if let Some(record) = record_of(&mut self.records, step) {
            record.spans[Axis::Padding as usize].get_or_insert(span);
        }
    }

    /// Names of merged spans are few, unless a session opens and merges them for ever.
    pub(super) fn forget_merged_spans(&mut self) {
        for axis in [Axis::Loop, Axis::Padding] {
            if self.tracker(axis).is_crowded() {
                let held = self.held_spans(axis);
                self.tracker(axis).forget_merged(&held);
            }
        }
    }

    fn tracker(&mut self, axis: Axis) -> &mut Tracker {
        match axis {
            Axis::Loop => &mut self.loops,
            Axis::Padding => &mut self.pads,
        }
    }

    /// Spans that a step in view, in an open request or on record names.
    fn held_spans(&self, axis: Axis) -> BTreeSet<u32> {
        let of_axis = |spans: [Option<u32>; 2]| spans[axis as usize];
        let booked = self.booking.entries().filter_map(|entry| of_axis(entry.spans));
        let recorded = self.records.iter().flatten().filter_map(|record| of_axis(record.spans));
        booked
            .chain(recorded)
            .chain(of_axis(self.turn.spans))
            .chain(self.view.window.spans().filter(|_| axis == Axis::Loop))
            .collect()
    }
}
