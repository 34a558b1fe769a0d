//! Stretches of a session that are evidence: what recurred, how often, what it cost.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ledger::{Account, Mass};
use crate::sketch::Sketch;
use crate::sketch::{FEW_LINES, MOST_LINES};
use crate::step::Place;
use crate::tuning::{DISCARDS, GAP, MERGED, PEAK, REPEATS_PER_MOVE, SPAN_STEPS, SPANS, TABLE};

/// What a span is evidence of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// The same thing again, nothing gained.
    Loop,
    /// Volume that nobody uses.
    Padding,
}

/// How a span recurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pattern {
    /// One call, again and again.
    Repeat,
    /// Several calls in turn.
    Cycle,
    /// Content that was read before and has not changed.
    Reread,
    /// Different questions, always the same answer.
    Barren,
    /// Edits that take each other back, or were made before.
    Churn,
    /// Messages that say the same.
    Chant,
    /// Text that the session already holds, once more.
    Echo,
    /// Stock phrases.
    Filler,
    /// Comments and checks that change nothing.
    Hollow,
    /// Edits that were thrown away before anything used them.
    Discarded,
    /// Pages that were in view already, loaded once more for a few words of an answer.
    Reloaded,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Pattern; 11] = [
        Pattern::Repeat,
        Pattern::Cycle,
        Pattern::Reread,
        Pattern::Barren,
        Pattern::Churn,
        Pattern::Chant,
        Pattern::Echo,
        Pattern::Filler,
        Pattern::Hollow,
        Pattern::Discarded,
        Pattern::Reloaded,
    ];

    /// What a reader of a finding should understand by it.
    pub fn meaning(self) -> &'static str {
        match self {
            Pattern::Repeat => "one call, again and again, with the same result",
            Pattern::Cycle => "several calls in turn, with the same results",
            Pattern::Reread => "content that was read before and has not changed",
            Pattern::Barren => "different questions, always the same answer",
            Pattern::Churn => "edits that take each other back or were made before",
            Pattern::Chant => "messages that say the same",
            Pattern::Echo => "text that the session already holds, once more",
            Pattern::Filler => "stock phrases",
            Pattern::Hollow => "comments and checks that change nothing",
            Pattern::Discarded => "edits that were thrown away before anything used them",
            Pattern::Reloaded => {
                "pages that were in view already, loaded once more for a few words of an answer"
            }
        }
    }
}

/// A stretch of recurring or padding steps, complete enough to be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Loop or padding.
    pub axis: Axis,
    /// How it recurs.
    pub pattern: Pattern,
    /// The tool that most of its steps call.
    pub tool: Option<Box<str>>,
    /// The usual distance of a step from what it repeats, in steps; 0 for padding.
    pub period: u64,
    /// How often a unit of the span came again, at most.
    pub repeats: u64,
    /// Identity of the first recurring unit; it does not change as the span grows.
    pub recurring: u64,
    /// What was not equal to the byte.
    pub varies: Vec<String>,
    /// Steps that recur, first occurrences excepted.
    pub steps: u64,
    /// Tokens booked to these steps.
    pub tokens: u64,
    /// Evidence of its strongest step, in [0, 1].
    pub peak: f64,
    /// The first occurrence for loops, the first step for padding.
    pub first: Place,
    /// The latest step.
    pub last: Place,
    /// How often the answer to its question moved while it was put again and again.
    pub moves: u64,
    /// Steps whose answer differed in more than numbers, times and ids.
    pub altered: u64,
    /// Steps that failed, where the source says so.
    pub failures: u64,
    /// A human, an error or the harness ended it.
    pub cut_short: bool,
}

/// One step as a tracker sees it.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    pub(crate) place: Place,
    pub(crate) tool: Option<Box<str>>,
    /// Evidence in [0, 1].
    pub(crate) value: f64,
    pub(crate) failed: bool,
    pub(crate) pattern: Pattern,
    /// Steps back to what is repeated; 0 for padding.
    pub(crate) distance: u64,
    /// Identity of what is repeated.
    pub(crate) unit: u64,
    pub(crate) varies: Vec<&'static str>,
}

/// The spans of one axis, found as the steps come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tracker {
    axis: Axis,
    spans: BTreeMap<u32, Open>,
    /// Spans that were merged into another, which was not.
    merged: BTreeMap<u32, u32>,
    /// Merged spans that are kept before those that nobody names any more are forgotten.
    room: usize,
    next: u32,
    /// The latest step that joined a span.
    latest: Option<(u64, u32)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Open {
    recurring: u64,
    first: Place,
    last: Place,
    steps: u64,
    failures: u64,
    peak: f64,
    cut_short: bool,
    mass: BTreeMap<Account, Mass>,
    tools: BTreeMap<Box<str>, u64>,
    patterns: BTreeMap<Pattern, u64>,
    distances: BTreeMap<u64, u64>,
    units: BTreeMap<u64, Unit>,
    varies: BTreeMap<String, u64>,
}

/// One question that a span puts again and again.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Unit {
    repeats: u64,
    /// Repeats since its answer last moved, and the squares of their values.
    pending: u64,
    pending_found: f64,
    /// Squares of the values of repeats that turned out to be waiting: then the answer moved.
    waited_found: f64,
    moves: u64,
}

impl Unit {
    fn repeat(&mut self, value: f64) {
        self.repeats += 1;
        self.pending += 1;
        self.pending_found += value * value;
    }

    /// The answer moved: the repeats before were waiting, unless they were out of all proportion.
    fn moved(&mut self) {
        self.moves += 1;
        if self.pending <= REPEATS_PER_MOVE {
            self.waited_found += self.pending_found;
            (self.pending, self.pending_found) = (0, 0.0);
        }
    }

    fn add(&mut self, other: Unit) {
        self.repeats += other.repeats;
        self.pending += other.pending;
        self.pending_found += other.pending_found;
        self.waited_found += other.waited_found;
        self.moves += other.moves;
    }
}

/// No span counts this far; from below it, all spans together can be merged into one.
const MOST_IN_SPAN: u64 = 1 << 52;

impl Tracker {
    pub(crate) fn new(axis: Axis) -> Self {
        Tracker { axis, spans: BTreeMap::new(), merged: BTreeMap::new(), room: MERGED, next: 0, latest: None }
    }

    /// Whether a tracker can have come to this: a span is merged into an older one, so that following them ends.
    pub(crate) fn is_sound(&self) -> bool {
        let known = self.spans.keys().chain(self.merged.keys()).all(|&span| span < self.next);
        let ends = self.merged.iter().all(|(from, into)| into < from);
        known && ends && self.next < u32::MAX / 2 && self.spans.values().all(Open::is_sound)
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

    /// The stretch that reaches up to `step` was ended from outside.
    pub(crate) fn cut_short(&mut self, step: u64) {
        let Some((at, span)) = self.latest else { return };
        let span = self.resolve(span);
        if let Some(open) =
            self.spans.get_mut(&span).filter(|_| step.saturating_sub(at) <= u64::from(GAP) + 1)
        {
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
        self.spans.values().map(Open::waited).sum()
    }

    /// The spans that count, by their first step, with the masses booked to them.
    pub(crate) fn evidence(&self) -> Vec<(Span, BTreeMap<Account, Mass>)> {
        let counting = self.spans.values().filter(|open| self.is_evidence(open));
        let mut found: Vec<_> = counting.map(|open| (open.span(self.axis), open.mass.clone())).collect();
        found.sort_by_key(|(span, _)| (span.first.step, span.last.step, span.recurring));
        found
    }

    fn is_evidence(&self, open: &Open) -> bool {
        let enough = open.pattern() != Pattern::Discarded || self.is_discarded_often();
        self.is_habit() && open.counts(self.axis) && enough
    }

    /// Whether what was thrown away was thrown away often enough: a spike is tried once and dropped.
    fn is_discarded_often(&self) -> bool {
        let discarded = self.spans.values().filter(|open| open.pattern() == Pattern::Discarded);
        let times: BTreeSet<u64> = discarded.flat_map(|open| open.units.keys().copied()).collect();
        times.len() as u64 >= DISCARDS
    }

    /// A loop span is a habit by itself; padding stands alone more often, so all of it counts together.
    fn is_habit(&self) -> bool {
        let steps = || self.spans.values().map(|open| open.steps).sum::<u64>();
        self.axis == Axis::Loop || steps() >= u64::from(SPAN_STEPS)
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
        self.spans.insert(id, Open::new(unit, first));
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

impl Open {
    fn new(recurring: u64, first: Place) -> Self {
        Open {
            recurring,
            last: first.clone(),
            first,
            steps: 0,
            failures: 0,
            peak: 0.0,
            cut_short: false,
            mass: BTreeMap::new(),
            tools: BTreeMap::new(),
            patterns: BTreeMap::new(),
            distances: BTreeMap::new(),
            units: BTreeMap::new(),
            varies: BTreeMap::new(),
        }
    }

    /// Whether the counts have room to grow, and to be merged.
    fn is_sound(&self) -> bool {
        let units = self.units.values().flat_map(|unit| [unit.repeats, unit.pending, unit.moves]);
        let tables = self.tools.values().chain(self.patterns.values()).chain(self.distances.values());
        let counts = [self.steps, self.failures].into_iter().chain(units).chain(tables.copied());
        counts.chain(self.varies.values().copied()).all(|count| count < MOST_IN_SPAN)
    }

    fn see(&mut self, sighting: Sighting) {
        self.steps += 1;
        self.failures += u64::from(sighting.failed);
        self.peak = self.peak.max(sighting.value);
        self.cut_short = false;
        self.last = sighting.place;
        if let Some(tool) = sighting.tool {
            count(&mut self.tools, tool, 1);
        }
        count(&mut self.patterns, sighting.pattern, 1);
        count(&mut self.distances, sighting.distance, 1);
        if let Some(unit) = self.unit(sighting.unit) {
            unit.repeat(sighting.value);
        }
        for what in sighting.varies {
            count(&mut self.varies, what.to_owned(), 1);
        }
    }

    fn absorb(&mut self, other: Open) {
        if other.first.step < self.first.step {
            self.first = other.first;
        }
        if other.last.step > self.last.step {
            self.last = other.last;
            self.cut_short = other.cut_short;
        }
        self.steps += other.steps;
        self.failures += other.failures;
        self.peak = self.peak.max(other.peak);
        other.mass.into_iter().for_each(|(account, mass)| self.mass.entry(account).or_default().add(mass));
        add(&mut self.tools, other.tools);
        add(&mut self.patterns, other.patterns);
        add(&mut self.distances, other.distances);
        for (name, other) in other.units {
            if let Some(unit) = self.unit(name) {
                unit.add(other);
            }
        }
        add(&mut self.varies, other.varies);
    }

    fn counts(&self, axis: Axis) -> bool {
        self.has_weight(axis) && !self.polls()
    }

    fn has_weight(&self, axis: Axis) -> bool {
        self.peak >= PEAK && (axis == Axis::Padding || self.steps >= u64::from(SPAN_STEPS))
    }

    /// Most of its repeats turned out to be waiting.
    fn polls(&self) -> bool {
        self.waited() > self.units.values().map(|unit| unit.pending_found).sum::<f64>()
    }

    /// Evidence of repeats that turned out to be waiting.
    fn waited(&self) -> f64 {
        self.units.values().map(|unit| unit.waited_found).sum()
    }

    fn unit(&mut self, name: u64) -> Option<&mut Unit> {
        let room = self.units.len() < TABLE || self.units.contains_key(&name);
        room.then(|| self.units.entry(name).or_default())
    }

    fn span(&self, axis: Axis) -> Span {
        Span {
            axis,
            pattern: self.pattern(),
            tool: most(&self.tools),
            period: most(&self.distances).unwrap_or(0),
            repeats: self.units.values().map(|unit| unit.repeats).max().unwrap_or(0),
            recurring: self.recurring,
            varies: self
                .varies
                .iter()
                .filter(|(_, n)| **n * 4 >= self.steps)
                .map(|(what, _)| what.clone())
                .collect(),
            steps: self.steps,
            tokens: 0,
            peak: self.peak,
            moves: self.units.values().map(|unit| unit.moves).sum(),
            altered: [FEW_LINES, MOST_LINES].iter().filter_map(|what| self.varies.get(*what)).sum(),
            first: self.first.clone(),
            last: self.last.clone(),
            failures: self.failures,
            cut_short: self.cut_short,
        }
    }

    /// The pattern of most steps; repeats of several units at a distance are a cycle.
    fn pattern(&self) -> Pattern {
        match most(&self.patterns).unwrap_or(Pattern::Repeat) {
            Pattern::Repeat if self.units.len() > 1 && most(&self.distances).unwrap_or(0) > 1 => {
                Pattern::Cycle
            }
            pattern => pattern,
        }
    }
}

/// Counts a key; a full table counts known keys only.
fn count<K: Ord>(table: &mut BTreeMap<K, u64>, key: K, n: u64) {
    if table.len() < TABLE || table.contains_key(&key) {
        *table.entry(key).or_default() += n;
    }
}

fn add<K: Ord>(into: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    from.into_iter().for_each(|(key, n)| count(into, key, n));
}

/// The most frequent key, the first of equals.
fn most<K: Ord + Clone>(table: &BTreeMap<K, u64>) -> Option<K> {
    let best = table.values().max()?;
    table.iter().find(|(_, n)| *n == best).map(|(key, _)| key.clone())
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
