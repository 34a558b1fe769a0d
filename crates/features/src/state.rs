//! Reads one step after the other: novelty, progress, recurrence, padding; and books it.

mod booking;
mod joining;
mod watching;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::arguments::{Arguments, Role};
use crate::beside::Beside;
use crate::digest::Digest;
use crate::draft::Discarded;
use crate::errands::Errands;
use crate::furniture::Furniture;
use crate::hash::upper;
use crate::ledger::{Account, Booking, Led, Mass};
use crate::memory::Memory;
use crate::profile::StepRecord;
use crate::progress::{Credit, Progress};
use crate::recurrence::Recurrence;
use crate::relay::Relays;
use crate::reload::Reloads;
use crate::sketch::{Latest, Reached, Standing};
use crate::span::Axis;
use crate::speech::{Padding, by_majority};
use crate::step::{Speech, Step, StepKind};
use crate::tally::Tally;
use crate::text::Text;
use crate::tracker::Tracker;
use crate::tuning::{COMMENTS, FULL_GAIN, MEMORY, MODELS, STALE};
use crate::view::{News, View};
use crate::written::Written;

/// Everything that a fold carries from one digest to the next.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) order: Option<u64>,
    /// The open request, its speech so far, and its calls that wait for results.
    pub(crate) request: Option<u64>,
    pub(crate) speech: Speech,
    pub(crate) waiting: VecDeque<Step>,
    pub(crate) view: View,
    progress: Progress,
    /// Recurrences of the step before.
    momentum: f64,
    /// The most that a result has brought since the latest message, in [0, 1].
    unreported: f64,
    /// What the latest look has seen of an answer that moves, in [0, 1].
    seen: f64,
    /// There was a pause since that look.
    paused: bool,
    /// Words newly written so far.
    written: f64,
    /// Words of news that results have brought so far.
    learned: f64,
    /// Edits so far.
    edits: u64,
    /// Comments of the latest edits, which have added nothing else, and their file.
    remarks: (Option<u64>, u64),
    /// Switches of branches so far.
    switches: u32,
    /// Compactions so far.
    pub(crate) epoch: u32,
    pub(crate) booking: Booking,
    /// The latest message: calls after it that state no usage bear what it cost.
    led: Option<Led>,
    pub(crate) accounts: BTreeMap<Account, Mass>,
    /// Step, account and mass of the latest productive steps that are in no span.
    edits_booked: VecDeque<(u64, Account, Mass)>,
    turn: Turn,
    /// Words of the latest prompt that were in view already.
    loaded: f64,
    /// Lines that stand around results.
    furniture: Furniture,
    reloads: Reloads,
    errands: Errands,
    relays: Relays,
    beside: Beside,
    /// Lines that edits have added, with their files.
    added: Memory,
    /// How often edits were thrown away, whether there are others since, and those that do not count yet.
    times_discarded: u64,
    drafted: bool,
    discarded: Vec<Discarded>,
    pub(crate) loops: Tracker,
    pub(crate) pads: Tracker,
    pub(crate) tally: Tally,
    pub(crate) bytes: u64,
    /// Output tokens of padded steps in view, and what later requests have paid to read them again.
    pub(crate) padded_output: u64,
    pub(crate) carried: u64,
    pub(crate) started_ms: Option<i64>,
    pub(crate) ended_ms: Option<i64>,
    prompted_ms: Option<i64>,
    pub(crate) models: BTreeSet<Box<str>>,
    /// One record a step, where the caller asked for them.
    pub(crate) records: Option<Vec<StepRecord>>,
}

/// No session counts this far; from below it nothing that a session can add overflows.
const MOST: u64 = 1 << 60;

/// What was found out about one step.
struct Reading {
    novelty: Option<f64>,
    credit: Option<(Credit, f64)>,
    recurrence: Recurrence,
    looped: f64,
    padding: Padding,
    /// A call that brought something or changed the world.
    useful: bool,
    /// Share of what it writes into files that changes nothing, where that is most of it.
    written: Written,
}

/// The calls since the latest prompt.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Turn {
    /// One of them was not wasted.
    worked: bool,
    /// Spans of the latest.
    spans: [Option<u32>; 2],
}

impl Reading {
    /// Progress of the step, in [0, 1].
    fn progress(&self) -> f64 {
        self.credit.map_or(0.0, |(_, size)| size)
    }
}

impl State {
    pub(crate) fn new() -> Self {
        State {
            order: None,
            request: None,
            speech: Speech::default(),
            waiting: VecDeque::new(),
            view: View::new(),
            progress: Progress::new(),
            momentum: 0.0,
            unreported: 0.0,
            seen: 0.0,
            paused: false,
            written: 0.0,
            learned: 0.0,
            edits: 0,
            remarks: (None, 0),
            switches: 0,
            epoch: 0,
            booking: Booking::default(),
            led: None,
            accounts: BTreeMap::new(),
            edits_booked: VecDeque::new(),
            turn: Turn::default(),
            loaded: 0.0,
            furniture: Furniture::default(),
            reloads: Reloads::default(),
            errands: Errands::default(),
            relays: Relays::default(),
            beside: Beside::default(),
            added: Memory::new(MEMORY / 2),
            times_discarded: 0,
            drafted: false,
            discarded: Vec::new(),
            loops: Tracker::new(Axis::Loop),
            pads: Tracker::new(Axis::Padding),
            tally: Tally::default(),
            bytes: 0,
            padded_output: 0,
            carried: 0,
            started_ms: None,
            ended_ms: None,
            prompted_ms: None,
            models: BTreeSet::new(),
            records: None,
        }
    }

    /// Whether a fold can have come to this: counts have room to grow, and following the spans ends.
    pub(crate) fn is_sound(&self) -> bool {
        let counts = [
            self.edits,
            self.remarks.1,
            self.times_discarded,
            self.reloads.times,
            u64::from(self.epoch) << 32,
        ];
        self.tally.counts().iter().chain(&counts).all(|&count| count < MOST)
            && self.loops.is_sound()
            && self.pads.is_sound()
    }

    /// Whether the latest step was a call: the model has not said what came of it.
    pub(crate) fn is_at_work(&self) -> bool {
        self.view.window.back(0).is_some_and(|latest| latest.kind == StepKind::ToolCall)
    }

    /// Whether there is a span that counts.
    pub(crate) fn holds_evidence(&self) -> bool {
        [&self.loops, &self.pads].into_iter().any(|tracker| !tracker.evidence().is_empty())
    }

    /// A copy without what only further steps would be compared with, which is nearly all of it.
    pub(crate) fn books(&mut self) -> State {
        let view = std::mem::replace(&mut self.view, View::new());
        let books = self.clone();
        self.view = view;
        books
    }

    pub(crate) fn clock(&mut self, digest: &Digest) {
        if let Some(time) = digest.time_ms {
            self.started_ms = Some(self.started_ms.map_or(time, |start| start.min(time)));
            self.ended_ms = Some(self.ended_ms.map_or(time, |end| end.max(time)));
        }
        if let Some(model) = &digest.model
            && !self.models.contains(model)
            && self.models.len() < MODELS
        {
            self.models.insert(model.clone());
        }
    }

    pub(crate) fn prompted(&mut self, digest: &Digest, novelty: f64, novel: bool) {
        self.written += digest.text.as_ref().map_or(0.0, |text| novelty * text.words as f64);
        self.turn = Turn::default();
        self.reloads.begin();
        self.loaded = digest.text.as_ref().map_or(0.0, |text| self.in_view(text));
        self.tally.prompts += 1;
        self.tally.novel_prompts += u64::from(novel);
        if let (Some(before), Some(now)) = (self.prompted_ms, digest.time_ms) {
            self.tally.gap(now.saturating_sub(before) as f64 / 1000.0);
        }
        self.prompted_ms = digest.time_ms.or(self.prompted_ms);
    }

    /// Words of a prompt that were in view already. What a compaction may have taken away has to be said again.
    fn in_view(&self, text: &Text) -> f64 {
        let known = self.view.lines.known(&text.lines);
        if self.epoch == 0 { by_majority(known) * text.words as f64 } else { 0.0 }
    }

    /// Takes out of a result what stands around every result.
    pub(crate) fn clear(&self, step: &mut Step) {
        step.result.iter_mut().for_each(|result| self.furniture.clear(result));
    }

    /// A comment or two are no padding; edits that add nothing but comments, one after the other, come to it together. The first
    /// of each file does not count: many files may be given a header.
    pub(crate) fn remark(&mut self, step: &mut Step) {
        let failed = step.failed();
        let Some(arguments) = step.arguments.as_mut().filter(|edit| edit.edits() && !failed) else { return };
        let file = arguments.role(Role::Object).map(|object| object.value);
        self.remarks = match (arguments.remarks, self.remarks) {
            (0, _) => (None, 0),
            (more, (before, count)) => (file, if before == file { count + more } else { count }),
        };
        if arguments.remarks > 0 && self.remarks.1 >= COMMENTS as u64 {
            arguments.hollow = 1.0;
        }
    }

    pub(crate) fn complete(&mut self, step: &Step, result_share: f64) {
        let mut latest = Latest::new(step, result_share, self.reached());
        latest.weight *= 1.0 - self.view.listener.extracts(step);
        latest.sent_again = self.view.sends_again(step);
        let recurrence = self.recurrence(&latest);
        let new = self.view.news(step, &latest, recurrence.seen);
        self.write(step, &mut latest, &new);
        self.learn(step, &mut latest, &new);
        self.tally.result(step, new.lines);
        let reading = self.read(step, &mut latest, recurrence, &new);
        let joined = [self.join_loop(step, &latest, &reading), self.join_padding(step, &reading)];
        let thrown_away = self.discard(step, &latest);
        self.drafted |= latest.draft.is_some();
        let spans = self.join_turn(step, [joined[0], joined[1].or(thrown_away)]);
        self.count(step, &latest, &reading);
        self.record(step, &reading, spans);
        self.enter(step, &reading, spans);
        self.load(step, &reading, &new);
        self.errand(step);
        self.relay(step);
        latest.span = joined[0];
        self.edited(step, &reading.recurrence);
        self.view.keep(step, latest, &new.looks);
        self.forget_merged_spans();
    }

    fn reached(&self) -> Reached {
        let State { written, learned, epoch, switches, edits, .. } = *self;
        Reached { written, learned, epoch, switches, edits, advances: self.progress.advances }
    }

    /// How the step recurs; earlier steps that it shows to have been in vain are judged anew.
    fn recurrence(&mut self, latest: &Latest) -> Recurrence {
        let State { view, tally, records, .. } = self;
        view.window.recurrence(latest, |earlier, before| {
            let (before, now) = (before.looped(), earlier.standing.looped());
            if now > before {
                tally.loops.raise(before, now, 1.0);
                if let Some(record) = record_of(records, earlier.place.step) {
                    record.looped = now;
                }
            }
        })
    }

    /// What the step newly writes counts as work from here on.
    fn write(&mut self, step: &Step, latest: &mut Latest, new: &News) {
        let words = step.arguments.as_ref().map_or(0.0, |arguments| arguments.words as f64);
        self.written += new.words * words * (1.0 - latest.result_share);
        latest.after.written = self.written;
    }

    /// What the result newly says, numbers, times and ids aside, is known from here on.
    fn learn(&mut self, step: &Step, latest: &mut Latest, new: &News) {
        let words = step.result.as_ref().map_or(0.0, |text| text.words as f64);
        self.learned += new.skeletons.unwrap_or(0.0) * words;
        if let Some(result) = step.result.as_ref().filter(|_| new.gain() >= 1.0) {
            self.furniture
                .note(result, |hash| self.view.lines.contains(hash) || self.view.skeletons.contains(hash));
        }
        latest.after.learned = self.learned;
    }

    fn read(&mut self, step: &Step, latest: &mut Latest, recurrence: Recurrence, new: &News) -> Reading {
        let seen = self.look(step, latest, &recurrence, new);
        let recurrence = recurrence.carried_on(self.momentum).discounted(latest.moves);
        self.momentum = recurrence.count;
        let credit = self.progress.credit(step, new.words);
        if self.flipped(latest, &recurrence, credit) {
            latest.alike = 0;
        }
        let moved = credit.filter(|(credit, _)| credit.changes_the_world()).map_or(0.0, |(_, size)| size);
        let gain = self.learned(step, new).max(seen);
        latest.standing =
            Standing { count: recurrence.count * latest.weight, gain, moved, ..Standing::default() };
        let padding = self.view.listener.padding(step, gain, &self.view.lines);
        let novelty = self.novelty(step, latest.result_share, new);
        let brought =
            credit.is_some_and(|(_, size)| size > 0.0) || novelty.is_some_and(|novelty| novelty >= STALE);
        let useful = step.kind == StepKind::ToolCall && brought;
        let written = match step.kind {
            StepKind::ToolCall => Written::by_call(step, useful, &self.added, &self.view),
            StepKind::Message => Written::by_answer(step, if self.turn.worked { 0.0 } else { self.loaded }),
        };
        if let Some(prose) = step.arguments.as_ref().and_then(Arguments::prose) {
            self.view.listener.wrote(prose, useful);
        }
        if step.kind == StepKind::Message {
            self.loaded = 0.0;
        }
        latest.is_hollow(written.value);
        Reading { novelty, credit, recurrence, looped: latest.standing.looped(), padding, useful, written }
    }

    /// What the step brought, in [0, 1]: its result, or for a message the results that it may report on.
    fn learned(&mut self, step: &Step, new: &News) -> f64 {
        match step.kind {
            StepKind::Message if step.speech.words == 0 => 0.0,
            StepKind::Message => (std::mem::take(&mut self.unreported) / FULL_GAIN.get()).min(1.0),
            // That something was done tells nothing, however it is counted.
            StepKind::ToolCall if step.acknowledged => 0.0,
            StepKind::ToolCall => {
                let news = step.result.as_ref().and_then(|text| new.of_result(text));
                self.unreported = self.unreported.max(news.unwrap_or(0.0));
                new.gain()
            }
        }
    }

    /// Share of the step that was not there before: result and own output, mixed by where the tool's content sits.
    fn novelty(&self, step: &Step, result_share: f64, new: &News) -> Option<f64> {
        let result = step.result.as_ref().filter(|_| !step.acknowledged).and_then(|text| new.of_result(text));
        let own = match step.kind {
            StepKind::ToolCall => step.arguments.as_ref().map(|_| new.words),
            StepKind::Message => {
                step.speech.texts.iter().filter_map(|text| self.view.listener.novelty(text)).reduce(f64::max)
            }
        };
        match (result, own) {
            (Some(result), Some(own)) => Some(result_share * result + (1.0 - result_share) * own),
            (one, other) => one.or(other),
        }
    }

    /// Takes note of the lines that an edit has added to its file, and of other files in place of those that were there: who is
    /// told the same as at an earlier switch to them has been there.
    fn edited(&mut self, step: &Step, recurrence: &Recurrence) {
        let Some(arguments) = &step.arguments else { return };
        self.edits += u64::from(arguments.edits());
        if !step.failed() {
            let switches = arguments.record.switches && !recurrence.best.is_some_and(|best| best.exact);
            self.switches = self.switches.saturating_add(u32::from(switches));
            self.added.insert(&arguments.added);
            if let Some(file) = arguments.written_whole() {
                self.added.insert_one(file);
            }
        }
    }

    fn count(&mut self, step: &Step, latest: &Latest, reading: &Reading) {
        let best = reading.recurrence.best.filter(|best| best.exact && step.kind == StepKind::ToolCall);
        let twin = best
            .and_then(|best| self.view.window.back(best.back))
            .is_some_and(|other| latest.is_of_request_of(other));
        let tally = &mut self.tally;
        tally.twin_calls += u64::from(twin);
        tally.step(step);
        tally.credit(reading.credit);
        tally.novelty(reading.novelty, reading.progress());
        tally.recurrence(&reading.recurrence, reading.looped, latest.moves);
        tally.padding(step, &reading.padding, &reading.written);
        if step.kind == StepKind::ToolCall && step.result.is_some() {
            tally.unit(self.view.units.insert_one(upper(latest.unit())));
            tally.call(self.view.calls.insert_one(upper(latest.canonical ^ latest.tool)));
        }
    }

    fn record(&mut self, step: &Step, reading: &Reading, spans: [Option<u32>; 2]) {
        let Some(records) = &mut self.records else { return };
        records.push(StepRecord {
            place: step.place.clone(),
            kind: step.kind,
            tool: step.tool.clone(),
            novelty: reading.novelty,
            looped: reading.looped,
            looped_previous: reading.recurrence.previous,
            padded: reading.padding.value.max(reading.padding.circling).max(reading.written.value),
            padded_previous: reading.padding.previous,
            progress: reading.progress(),
            account: Self::account(step, reading),
            tokens: None,
            mass: Mass::default(),
            spans,
        });
    }
}

/// The record of a step; records may have been asked for in the middle of the session.
fn record_of(records: &mut Option<Vec<StepRecord>>, step: u64) -> Option<&mut StepRecord> {
    let records = records.as_mut()?;
    let first = records.first()?.place.step;
    records.get_mut(usize::try_from(step.checked_sub(first)?).ok()?)
}
