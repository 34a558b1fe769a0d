//! A span while it grows: what its steps come to so far.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ledger::{Account, Mass};
use crate::sketch::{FEW_LINES, MOST_LINES};
use crate::span::{Axis, Pattern, Span};
use crate::step::Place;
use crate::tuning::{PEAK, REPEATS_PER_MOVE, SPAN_STEPS, TABLE};

/// One step as a tracker sees it.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    pub(crate) place: Place,
    pub(crate) tool: Option<Box<str>>,
    /// Evidence in [0, 1].
    pub(crate) value: f64,
    pub(crate) failed: bool,
    /// It was answered with next to nothing.
    pub(crate) unanswered: bool,
    /// It looks at something for the first time.
    pub(crate) first_look: bool,
    /// It measures what varies.
    pub(crate) sampled: bool,
    pub(crate) pattern: Pattern,
    /// Steps back to what is repeated; 0 for padding.
    pub(crate) distance: u64,
    /// Identity of what is repeated.
    pub(crate) unit: u64,
    pub(crate) varies: Vec<&'static str>,
}

/// A span that further steps may join.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Growing {
    recurring: u64,
    first: Place,
    last: Place,
    pub(crate) steps: u64,
    failures: u64,
    unanswered: u64,
    first_looks: u64,
    sampled: u64,
    /// The values of its steps: the largest, and their sum.
    peak: f64,
    found: f64,
    pub(crate) cut_short: bool,
    pub(crate) mass: BTreeMap<Account, Mass>,
    tools: BTreeMap<Box<str>, u64>,
    patterns: BTreeMap<Pattern, u64>,
    distances: BTreeMap<u64, u64>,
    pub(crate) units: BTreeMap<u64, Unit>,
    varies: BTreeMap<String, u64>,
}

/// One question that a span puts again and again.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Unit {
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
    pub(crate) fn moved(&mut self) {
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

impl Growing {
    pub(crate) fn new(recurring: u64, first: Place) -> Self {
        Growing {
            recurring,
            last: first.clone(),
            first,
            steps: 0,
            failures: 0,
            unanswered: 0,
            first_looks: 0,
            sampled: 0,
            peak: 0.0,
            found: 0.0,
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
    pub(crate) fn is_sound(&self) -> bool {
        let units = self.units.values().flat_map(|unit| [unit.repeats, unit.pending, unit.moves]);
        let tables = self.tools.values().chain(self.patterns.values()).chain(self.distances.values());
        let steps = [self.steps, self.failures, self.unanswered, self.first_looks, self.sampled];
        let counts = steps.into_iter().chain(units).chain(tables.copied());
        counts.chain(self.varies.values().copied()).all(|count| count < MOST_IN_SPAN)
    }

    pub(crate) fn see(&mut self, sighting: Sighting) {
        self.steps += 1;
        self.failures += u64::from(sighting.failed);
        self.unanswered += u64::from(sighting.unanswered);
        self.first_looks += u64::from(sighting.first_look);
        self.sampled += u64::from(sighting.sampled);
        self.peak = self.peak.max(sighting.value);
        self.found += sighting.value;
        self.cut_short = false;
        self.reach(sighting.place);
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

    /// What was thrown away stands before the step that shows it.
    fn reach(&mut self, place: Place) {
        if place.step < self.first.step {
            self.first = place;
        } else if place.step >= self.last.step {
            self.last = place;
        }
    }

    pub(crate) fn absorb(&mut self, other: Growing) {
        if other.first.step < self.first.step {
            self.first = other.first;
        }
        if other.last.step > self.last.step {
            self.last = other.last;
            self.cut_short = other.cut_short;
        }
        self.steps += other.steps;
        self.failures += other.failures;
        self.unanswered += other.unanswered;
        self.first_looks += other.first_looks;
        self.sampled += other.sampled;
        self.peak = self.peak.max(other.peak);
        self.found += other.found;
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

    pub(crate) fn counts(&self, axis: Axis) -> bool {
        self.has_weight(axis) && !self.polls()
    }

    pub(crate) fn has_weight(&self, axis: Axis) -> bool {
        self.peak >= PEAK && (axis == Axis::Padding || self.steps >= u64::from(SPAN_STEPS))
    }

    /// Most of its repeats turned out to be waiting.
    pub(crate) fn polls(&self) -> bool {
        self.waited() > self.units.values().map(|unit| unit.pending_found).sum::<f64>()
    }

    /// Evidence of repeats that turned out to be waiting.
    pub(crate) fn waited(&self) -> f64 {
        self.units.values().map(|unit| unit.waited_found).sum()
    }

    pub(crate) fn unit(&mut self, name: u64) -> Option<&mut Unit> {
        let room = self.units.len() < TABLE || self.units.contains_key(&name);
        room.then(|| self.units.entry(name).or_default())
    }

    pub(crate) fn span(&self, axis: Axis) -> Span {
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
            mean: self.found / self.steps.max(1) as f64,
            moves: self.units.values().map(|unit| unit.moves).sum(),
            altered: [FEW_LINES, MOST_LINES].iter().filter_map(|what| self.varies.get(*what)).sum(),
            first: self.first.clone(),
            last: self.last.clone(),
            sampled: self.sampled,
            failures: self.failures,
            unanswered: self.unanswered,
            first_looks: self.first_looks,
            cut_short: self.cut_short,
        }
    }

    /// The pattern of most steps; repeats of several units at a distance are a cycle.
    pub(crate) fn pattern(&self) -> Pattern {
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
