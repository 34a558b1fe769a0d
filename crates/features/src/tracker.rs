//! Follows the spans of one axis as the steps come.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::growing::{Growing, Sighting};
use crate::ledger::{Account, Mass};
use crate::sketch::Sketch;
use crate::span::{Axis, Pattern, Span};
use crate::step::Place;
use crate::tuning::{DISCARDS, GAP, MERGED, SPAN_STEPS, SPANS};

/// The spans of one axis, found as the steps come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tracker {
    axis: Axis,
    spans: BTreeMap<u32, Growing>,
    /// Spans that were merged into another, which was not.
    merged: BTreeMap<u32, u32>,
    /// Merged spans that are kept before those that nobody names any more are forgotten.
    room: usize,
    next: u32,
    /// The latest step that joined a span.
    latest: Option<(u64, u32)>,
}

impl Tracker {
    pub(crate) fn new(axis: Axis) -> Self {
        Tracker { axis, spans: BTreeMap::new(), merged: BTreeMap::new(), room: MERGED, next: 0, latest: None }
    }

    /// Whether a tracker can have come to this: a span is merged into an older one, so that following them ends.
    pub(crate) fn is_sound(&self) -> bool {
        let known = self.spans.keys().chain(self.merged.keys()).all(|&span| span < self.next);
        let ends = self.merged.iter().all(|(from, into)| into < from);
        known && ends && self.next < u32::MAX / 2 && self.spans.values().all(Growing::is_sound)
    }

    /// Adds a step to the span of what it repeats, or to the stretch that it continues, or opens a span that starts
    /// at `first`. Returns the span.
    pub(crate) fn join(&mut self, sighting: Sighting, repeated: Option<u32>, first: Place) -> u32 {
        let step = sighting.place.step;
        let repeated = repeated.map(|span| self.resolve(span)).filter(|span| self.spans.contains_key(span));
        let span = match (repeated, self.stretch(step)) {
            (Some(a), Some(b)) => self.merge(a, b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => self.open(sighting.unit, first),
        };
        self.latest = Some((step, span));
        if let Some(open) = self.spans.get_mut(&span) {
            open.see(sighting);
        }
        span
    }

    /// Books tokens to a span, beside the account that they would have without it.
    pub(crate) fn book(&mut self, span: u32, account: Account, mass: Mass) {
        let span = self.resolve(span);
        if let Some(open) = self.spans.get_mut(&span) {
            open.mass.entry(account).or_default().add(mass);
        }
    }

    /// The stretch that a step is close enough to belong to.
    pub(crate) fn stretch(&self, step: u64) -> Option<u32> {
        let near = |&(at, span): &(u64, u32)| step.saturating_sub(at) <= u64::from(GAP) && self.is_open(span);
        self.latest.filter(near).map(|(_, span)| self.resolve(span))
    }

    /// The stretch that reaches up to `step` was ended from outside, if it has no more than so many steps.
    pub(crate) fn cut_short(&mut self, step: u64, most: u64) {
        let Some((at, span)) = self.latest else { return };
        let span = self.resolve(span);
        let reaches = step.saturating_sub(at) <= u64::from(GAP) + 1;
        if let Some(open) = self.spans.get_mut(&span).filter(|open| reaches && open.steps <= most) {
            open.cut_short = true;
        }
    }

    /// Whether a span weighs enough to be evidence.
    pub(crate) fn counts(&self, span: u32) -> bool {
        self.spans.get(&self.resolve(span)).is_some_and(|open| self.is_evidence(open))
    }

    /// Whether it is worth while to forget merged spans.
    pub(crate) fn is_crowded(&self) -> bool {
        self.merged.len() > self.room
    }

    /// Forgets the merged spans that are not named here. What is left doubles the room, so that the cost of asking who
    /// names what stays in proportion.
    pub(crate) fn forget_merged(&mut self, named: &BTreeSet<u32>) {
        self.merged.retain(|span, _| named.contains(span));
        self.room = MERGED.max(2 * self.merged.len());
    }

    /// A step turns out to have been waiting for an answer that has moved.
    pub(crate) fn waited(&mut self, step: &Sketch) {
        if let Some(span) = step.span {
            self.moved(span, step.question());
        }
    }

    /// The answer to a question of a span has moved.
    fn moved(&mut self, span: u32, unit: u64) {
        let span = self.resolve(span);
        if let Some(unit) = self.spans.get_mut(&span).and_then(|open| open.unit(unit)) {
            unit.moved();
        }
    }

    /// The spans that would count, had the answers to their questions not moved.
    pub(crate) fn polls(&self) -> Vec<Span> {
        let polls = self.spans.values().filter(|open| open.has_weight(self.axis) && open.polls());
        let mut found: Vec<Span> = polls.map(|open| open.span(self.axis)).collect();
        found.sort_by_key(|span| (span.first.step, span.last.step, span.recurring));
        found
    }

    /// Evidence of repeats that turned out to be waiting.
    pub(crate) fn waited_evidence(&self) -> f64 {
        self.spans.values().map(Growing::waited).sum()
    }

    /// The spans that count, by their first step, with the masses booked to them.
    pub(crate) fn evidence(&self) -> Vec<(Span, BTreeMap<Account, Mass>)> {
        let counting = self.spans.values().filter(|open| self.is_evidence(open));
        let mut found: Vec<_> = counting.map(|open| (open.span(self.axis), open.mass.clone())).collect();
        found.sort_by_key(|(span, _)| (span.first.step, span.last.step, span.recurring));
        found
    }

    fn is_evidence(&self, open: &Growing) -> bool {
        open.counts(self.axis) && (self.axis == Axis::Loop || self.is_habit(open))
    }

    /// Whether what was thrown away was thrown away often enough: a spike is tried once and dropped.
    fn is_discarded_often(&self) -> bool {
        let discarded = self.spans.values().filter(|open| open.pattern() == Pattern::Discarded);
        let times: BTreeSet<u64> = discarded.flat_map(|open| open.units.keys().copied()).collect();
        times.len() as u64 >= DISCARDS
    }

    /// A loop span is a habit by itself; padding stands alone more often, so all of it counts together, without what was
    /// thrown away once or twice.
    fn is_habit(&self, open: &Growing) -> bool {
        let often = self.is_discarded_often();
        let counts = |open: &&Growing| often || open.pattern() != Pattern::Discarded;
        let steps = self.spans.values().filter(counts).map(|open| open.steps).sum::<u64>();
        counts(&open) && steps >= u64::from(SPAN_STEPS)
    }

    fn is_open(&self, span: u32) -> bool {
        self.spans.contains_key(&self.resolve(span))
    }

    fn resolve(&self, span: u32) -> u32 {
        self.merged.get(&span).copied().unwrap_or(span)
    }

    fn open(&mut self, unit: u64, first: Place) -> u32 {
        if self.spans.len() == SPANS {
            self.forget_the_weakest();
        }
        let id = self.next;
        self.next += 1;
        self.spans.insert(id, Growing::new(unit, first));
        id
    }

    /// The younger span goes into the older one, whose identity stays.
    fn merge(&mut self, a: u32, b: u32) -> u32 {
        let (older, younger) = (a.min(b), a.max(b));
        if older != younger
            && let Some(open) = self.spans.remove(&younger)
            && let Some(into) = self.spans.get_mut(&older)
        {
            into.absorb(open);
            self.merged.values_mut().filter(|into| **into == younger).for_each(|into| *into = older);
            self.merged.insert(younger, older);
        }
        older
    }

    /// Room for one more: the span with the fewest steps goes, and its tokens stay in their own accounts.
    fn forget_the_weakest(&mut self) {
        let weakest = self.spans.iter().min_by_key(|(id, open)| (open.steps, **id)).map(|(&id, _)| id);
        if let Some(id) = weakest {
            self.spans.remove(&id);
            self.merged.retain(|_, into| *into != id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Axis, MERGED, Pattern, Sighting, Tracker};
    use crate::step::Place;

    impl super::Tracker {
        /// Two spans, each merged into the other.
        pub(crate) fn forge_circle(&mut self) {
            self.next = 3;
            self.merged.extend([(1, 2), (2, 1)]);
        }
    }

    fn place(step: u64) -> Place {
        Place { step, ..Place::default() }
    }

    fn sighting(step: u64, distance: u64, unit: u64) -> Sighting {
        Sighting {
            place: place(step),
            tool: Some("Bash".into()),
            value: 0.9,
            failed: false,
            unanswered: false,
            first_look: false,
            sampled: false,
            pattern: Pattern::Repeat,
            distance,
            unit,
            varies: vec![],
        }
    }

    #[test]
    fn a_span_keeps_its_identity_as_it_grows() {
        let mut tracker = Tracker::new(Axis::Loop);
        let mut span = None;
        for step in 1..10 {
            span = Some(tracker.join(sighting(step, 1, 77), span, place(0)));
            assert_eq!(tracker.evidence().len(), usize::from(step >= 3));
        }
        let (found, _) = tracker.evidence().remove(0);
        assert_eq!((found.recurring, found.first.step, found.last.step, found.repeats), (77, 0, 9, 9));
        assert_eq!(found.pattern, Pattern::Repeat);
    }

    #[test]
    fn neighbouring_units_are_one_cycle() {
        let mut tracker = Tracker::new(Axis::Loop);
        for step in 3..12 {
            tracker.join(sighting(step, 3, step % 3), None, place(step - 3));
        }
        let found = tracker.evidence();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0.pattern, found[0].0.period), (Pattern::Cycle, 3));
    }

    #[test]
    fn two_repeats_are_no_evidence() {
        let mut tracker = Tracker::new(Axis::Loop);
        let span = tracker.join(sighting(1, 1, 7), None, place(0));
        tracker.join(sighting(2, 1, 7), Some(span), place(0));
        assert!(tracker.evidence().is_empty());
    }

    #[test]
    fn names_of_merged_spans_are_forgotten_when_nobody_holds_them() {
        let mut tracker = Tracker::new(Axis::Loop);
        let (first, mut far) = (tracker.join(sighting(1, 1, 7), None, place(0)), 1);
        for _ in 0..2 * MERGED as u64 {
            far += 100;
            let other = tracker.join(sighting(far, 1, 8), None, place(far - 1));
            assert_eq!(tracker.join(sighting(far + 1, 1, 7), Some(first), place(0)), first);
            assert_eq!(tracker.resolve(other), first);
            if tracker.is_crowded() {
                tracker.forget_merged(&BTreeSet::from([other]));
                assert_eq!((tracker.resolve(other), tracker.merged.len()), (first, 1));
            }
        }
        assert!(tracker.merged.len() <= MERGED + 1);
    }
}
