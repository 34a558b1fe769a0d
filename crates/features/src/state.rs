//! Reads one step after the other: novelty, progress, recurrence, padding; and books it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use goodhart_trace::Usage;
use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::beside::Beside;
use crate::digest::Digest;
use crate::draft::Discarded;
use crate::evidence::{
    beside, beside_sighting, discarded_sighting, loop_sighting, padding_sighting, reload_sighting,
};
use crate::furniture::Furniture;
use crate::hash::upper;
use crate::ledger::{Account, Booked, Booking, Entry, Mass};
use crate::memory::{Look, Memory};
use crate::profile::StepRecord;
use crate::progress::{Credit, Progress};
use crate::recurrence::Recurrence;
use crate::reload::{Reload, Reloads};
use crate::sample::Sample;
use crate::sketch::{Latest, Reached, Standing};
use crate::span::{Axis, Pattern, Sighting, Tracker};
use crate::speech::{Listener, Padding, by_majority};
use crate::step::{Speech, Step, StepKind};
use crate::tally::{Evidence, Tally};
use crate::text::Text;
use crate::tuning::{
    ADDED_LINES, DISCARDS, FULL_GAIN, JOIN, MEMORY, MODELS, MOVES_KEPT, PAGES_WORDS, PEAK, PRODUCTIVE, STALE,
    WINDOW,
};
use crate::window::Window;

/// Everything that a fold carries from one digest to the next.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) order: Option<u64>,
    /// The open request, its speech so far, and its calls that wait for results.
    pub(crate) request: Option<u64>,
    pub(crate) speech: Speech,
    pub(crate) waiting: VecDeque<Step>,
    window: Window,
    lines: Memory,
    skeletons: Memory,
    pub(crate) tokens: Memory,
    units: Memory,
    calls: Memory,
    pub(crate) listener: Listener,
    progress: Progress,
    /// Recurrences of the step before.
    momentum: f64,
    /// The most that a result has brought since the latest message, in [0, 1].
    unreported: f64,
    /// Words newly written so far.
    written: f64,
    /// Words of news that results have brought so far.
    learned: f64,
    /// Edits so far.
    edits: u64,
    /// Compactions so far.
    pub(crate) epoch: u32,
    pub(crate) booking: Booking,
    pub(crate) accounts: BTreeMap<Account, Mass>,
    /// Step, account and mass of the latest productive steps that are in no span.
    edits_booked: VecDeque<(u64, Account, Mass)>,
    turn: Turn,
    /// Words of the latest prompt that were in view already.
    loaded: f64,
    /// Lines that stand around results.
    furniture: Furniture,
    reloads: Reloads,
    beside: Beside,
    /// Lines that edits have added, with their files.
    added: Memory,
    /// How often edits were thrown away, and those that do not count yet.
    times_discarded: u64,
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

/// What further steps are compared with.
type View = (Window, Memory, Memory, Memory, Memory, Memory, Listener);

/// No session counts this far; from below it nothing that a session can add overflows.
const MOST: u64 = 1 << 60;

/// Shares of a step that were not there before, in [0, 1]; `None` where the step has no result.
struct News {
    words: f64,
    lines: Option<f64>,
    skeletons: Option<f64>,
    looks: Looks,
}

/// What the memories have found of a step.
struct Looks {
    tokens: Option<Look>,
    lines: Option<Look>,
    skeletons: Option<Look>,
}

impl News {
    /// What a result brought beside its volatile parts, in [0, 1]: a few new lines among many known ones may be just
    /// what was looked for.
    fn gain(&self) -> f64 {
        (self.skeletons.unwrap_or(0.0) / FULL_GAIN.get()).min(1.0)
    }

    /// Two channels: what is new in the masked lines is new; what is new in the lines as they stand only counts by
    /// how much their masked parts carry.
    fn of_result(&self, text: &Text) -> Option<f64> {
        let exact = self.lines?;
        let masked = self.skeletons.unwrap_or(exact);
        Some(masked + text.masked_content() * (exact - masked).max(0.0))
    }
}

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

/// How much of what a call writes changes nothing, where that is most of it, and how it does not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) value: f64,
    pub(crate) pattern: Pattern,
    pub(crate) words: f64,
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
            window: Window::default(),
            lines: Memory::new(MEMORY),
            skeletons: Memory::new(MEMORY),
            tokens: Memory::new(MEMORY),
            units: Memory::new(MEMORY / 2),
            calls: Memory::new(MEMORY / 2),
            listener: Listener::new(),
            progress: Progress::new(),
            momentum: 0.0,
            unreported: 0.0,
            written: 0.0,
            learned: 0.0,
            edits: 0,
            epoch: 0,
            booking: Booking::default(),
            accounts: BTreeMap::new(),
            edits_booked: VecDeque::new(),
            turn: Turn::default(),
            loaded: 0.0,
            furniture: Furniture::default(),
            reloads: Reloads::default(),
            beside: Beside::default(),
            added: Memory::new(MEMORY / 2),
            times_discarded: 0,
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
        let counts = [self.edits, self.times_discarded, self.reloads.times, u64::from(self.epoch) << 32];
        self.tally.counts().iter().chain(&counts).all(|&count| count < MOST)
            && self.loops.is_sound()
            && self.pads.is_sound()
    }

    /// Whether there is a span that counts.
    pub(crate) fn holds_evidence(&self) -> bool {
        [&self.loops, &self.pads].into_iter().any(|tracker| !tracker.evidence().is_empty())
    }

    /// A copy without what only further steps would be compared with, which is nearly all of it.
    pub(crate) fn books(&mut self) -> State {
        let State { window, lines, skeletons, tokens, units, calls, listener, .. } = State::new();
        let mut view = (window, lines, skeletons, tokens, units, calls, listener);
        self.swap_view(&mut view);
        let books = self.clone();
        self.swap_view(&mut view);
        books
    }

    fn swap_view(&mut self, view: &mut View) {
        let (window, lines, skeletons, tokens, units, calls, listener) = view;
        std::mem::swap(&mut self.window, window);
        std::mem::swap(&mut self.lines, lines);
        std::mem::swap(&mut self.skeletons, skeletons);
        std::mem::swap(&mut self.tokens, tokens);
        std::mem::swap(&mut self.units, units);
        std::mem::swap(&mut self.calls, calls);
        std::mem::swap(&mut self.listener, listener);
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
        let known = 1.0 - self.lines.novelty(&text.lines).unwrap_or(1.0);
        if self.epoch == 0 { by_majority(known) * text.words as f64 } else { 0.0 }
    }

    /// Remembers what somebody else than the model said.
    pub(crate) fn remember_text(&mut self, digest: &Digest) {
        let Some(text) = &digest.text else { return };
        self.lines.insert(&text.lines);
        self.skeletons.insert(&text.skeletons);
        self.listener.hear(text);
    }

    /// Takes out of a result what stands around every result.
    pub(crate) fn clear(&self, step: &mut Step) {
        step.result.iter_mut().for_each(|result| self.furniture.clear(result));
    }

    pub(crate) fn complete(&mut self, step: &Step, result_share: f64) {
        let mut sketch = Latest::new(step, result_share, self.reached());
        let recurrence = self.recurrence(&sketch);
        let new = self.news(step, &sketch, recurrence.seen);
        self.write(step, &mut sketch, &new);
        self.learn(step, &mut sketch, &new);
        self.tally.result(step, new.lines);
        let reading = self.read(step, &mut sketch, recurrence, &new);
        let joined = [self.join_loop(step, &sketch, &reading), self.join_padding(step, &reading)];
        let thrown_away = self.discard(step);
        let spans = self.join_turn(step, [joined[0], joined[1].or(thrown_away)]);
        self.count(step, &sketch, &reading);
        self.record(step, &reading, spans);
        self.enter(step, &reading, spans);
        self.load(step, &reading, &new);
        sketch.span = joined[0];
        self.keep(step, sketch, &new.looks);
        self.forget_merged_spans();
    }

    fn reached(&self) -> Reached {
        let State { written, learned, epoch, edits, .. } = *self;
        Reached { written, learned, epoch, edits, advances: self.progress.advances }
    }

    /// How the step recurs; earlier steps that it shows to have been in vain are judged anew.
    fn recurrence(&mut self, sketch: &Latest) -> Recurrence {
        let State { window, tally, records, .. } = self;
        window.recurrence(sketch, |earlier, before| {
            let (before, now) = (before.looped(), earlier.standing.looped());
            if now > before {
                tally.loops.raise(before, now, 1.0);
                if let Some(record) = record_of(records, earlier.place.step) {
                    record.looped = now;
                }
            }
        })
    }

    /// What of the step was not there before: neither in the memory nor in one of the steps in view. Memory holds no more
    /// than a sample of a long text, and a page of it would look new there.
    fn news(&self, step: &Step, latest: &Latest, seen: f64) -> News {
        let (arguments, result) = (step.arguments.as_ref(), step.result.as_ref());
        let tokens = arguments.map(|arguments| self.tokens.look(&arguments.tokens));
        let words = || {
            let sample = &arguments?.tokens;
            let unseen = || 1.0 - self.window.likeness(latest);
            (!sample.is_empty()).then(|| tokens.as_ref().and_then(Look::novelty).unwrap_or_else(unseen))
        };
        let lines = result.map(|text| self.lines.look(&text.lines));
        let skeletons = result.map(|text| self.skeletons.look(&text.skeletons));
        let share = |sample: fn(&Text) -> &Sample, look: &Option<Look>| {
            let known = look.as_ref().and_then(Look::novelty);
            result.filter(|text| !sample(text).is_empty()).map(|_| known.unwrap_or(1.0).min(1.0 - seen))
        };
        News {
            words: words().unwrap_or(0.0),
            lines: share(|text| &text.lines, &lines),
            skeletons: share(|text| &text.skeletons, &skeletons),
            looks: Looks { tokens, lines, skeletons },
        }
    }

    /// What the step newly writes counts as work from here on.
    fn write(&mut self, step: &Step, sketch: &mut Latest, new: &News) {
        let words = step.arguments.as_ref().map_or(0.0, |arguments| arguments.words as f64);
        self.written += new.words * words * (1.0 - sketch.result_share);
        sketch.after.written = self.written;
    }

    /// What the result newly says, numbers, times and ids aside, is known from here on.
    fn learn(&mut self, step: &Step, sketch: &mut Latest, new: &News) {
        let words = step.result.as_ref().map_or(0.0, |text| text.words as f64);
        self.learned += new.skeletons.unwrap_or(0.0) * words;
        if let Some(result) = step.result.as_ref().filter(|_| new.gain() >= 1.0) {
            self.furniture.note(result, |hash| self.lines.contains(hash) || self.skeletons.contains(hash));
        }
        sketch.after.learned = self.learned;
    }

    fn read(&mut self, step: &Step, sketch: &mut Latest, recurrence: Recurrence, new: &News) -> Reading {
        self.watch(sketch, &recurrence, new);
        let recurrence = recurrence.carried_on(self.momentum).discounted(sketch.moves);
        self.momentum = recurrence.count;
        let credit = self.progress.credit(step, new.words);
        let moved = credit.filter(|(credit, _)| credit.changes_the_world()).map_or(0.0, |(_, size)| size);
        let gain = self.learned(step, new);
        sketch.standing =
            Standing { count: recurrence.count * sketch.weight, gain, moved, ..Standing::default() };
        let padding = self.listener.padding(step, &self.lines);
        let novelty = self.novelty(step, sketch.result_share, new);
        let brought =
            credit.is_some_and(|(_, size)| size > 0.0) || novelty.is_some_and(|novelty| novelty >= STALE);
        let useful = step.kind == StepKind::ToolCall && brought;
        let written = self.written(step, useful);
        if let Some(prose) = step.arguments.as_ref().and_then(|arguments| arguments.prose.as_ref()) {
            self.listener.wrote(prose, useful);
        }
        if step.kind == StepKind::Message {
            self.loaded = 0.0;
        }
        sketch.is_hollow(written.value);
        Reading { novelty, credit, recurrence, looped: sketch.standing.looped(), padding, useful, written }
    }

    /// What the step brought, in [0, 1]: its result, or for a message the results that it may report on.
    fn learned(&mut self, step: &Step, new: &News) -> f64 {
        match step.kind {
            StepKind::Message => (std::mem::take(&mut self.unreported) / FULL_GAIN.get()).min(1.0),
            StepKind::ToolCall => {
                let news = step.result.as_ref().and_then(|text| new.of_result(text));
                self.unreported = self.unreported.max(news.unwrap_or(0.0));
                new.gain()
            }
        }
    }

    /// Notes whether the answer to a question that was put before has moved, and tells the span of that question.
    fn watch(&mut self, sketch: &mut Latest, recurrence: &Recurrence, new: &News) {
        let Some(earlier) = recurrence.same_question.and_then(|same| self.window.back(same)) else {
            return;
        };
        let novelty = new.skeletons.filter(|_| !recurrence.contained).unwrap_or(0.0);
        if sketch.asks_again(earlier) {
            sketch.course.follows(&earlier.course);
        }
        let moved = sketch.has_moved_since(earlier, novelty);
        sketch.moves = MOVES_KEPT.get() * earlier.moves + if moved { 1.0 } else { 0.0 };
        if moved && sketch.waits_for(earlier) {
            let since = sketch.steps_since(earlier);
            self.loops.waited(earlier);
            // So were the pauses between.
            for pause in self.window.since_mut(since).filter(|step| step.pauses) {
                pause.moves = pause.moves.max(sketch.moves);
                self.loops.waited(pause);
            }
        }
    }

    /// Share of the step that was not there before: result and own output, mixed by where the tool's content sits.
    fn novelty(&self, step: &Step, result_share: f64, new: &News) -> Option<f64> {
        let result = step.result.as_ref().and_then(|text| new.of_result(text));
        let own = match step.kind {
            StepKind::ToolCall => step.arguments.as_ref().map(|_| new.words),
            StepKind::Message => {
                step.speech.texts.iter().filter_map(|text| self.listener.novelty(text)).reduce(f64::max)
            }
        };
        match (result, own) {
            (Some(result), Some(own)) => Some(result_share * result + (1.0 - result_share) * own),
            (one, other) => one.or(other),
        }
    }

    fn join_loop(&mut self, step: &Step, sketch: &Latest, reading: &Reading) -> Option<u32> {
        let best = reading.recurrence.best.filter(|_| reading.looped >= JOIN)?;
        let earlier = self.window.back(best.back)?;
        let sighting = loop_sighting(step, sketch, earlier, best, reading.looped);
        let (span, first) = (earlier.span, earlier.place.clone());
        let joined = self.loops.join(sighting, span, first);
        if let Some(earlier) = self.window.back_mut(best.back) {
            earlier.span.get_or_insert(joined);
        }
        Some(joined)
    }

    /// A call that brought something is worth its words; a message is its words.
    fn join_padding(&mut self, step: &Step, reading: &Reading) -> Option<u32> {
        let &Reading { useful, ref padding, .. } = reading;
        self.listener.carry(step, padding, useful);
        let speech = if useful { 0.0 } else { padding.value.max(padding.circling) };
        let found = speech.max(reading.written.value).max(self.in_sum(step, padding, useful));
        let certain = found >= PEAK;
        if !certain && (useful || padding.strongest < PEAK) {
            return None;
        }
        let sighting = padding_sighting(step, padding, reading.written);
        let sighting = Sighting { value: sighting.value.max(found), ..sighting };
        if !certain && self.pads.stretch(step.place.step).is_none() {
            self.beside.hold(beside(sighting));
            return None;
        }
        for known in self.beside.reached_by(step.place.step) {
            let (earlier, first) = (known.place.step, known.place.clone());
            let span = self.pads.join(beside_sighting(known), None, first);
            self.move_booked(earlier, span);
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
    fn join_turn(&mut self, step: &Step, spans: [Option<u32>; 2]) -> [Option<u32>; 2] {
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

    /// What the step writes is hollow by itself, is added once more to the same file, or says what calls have said before
    /// and brings nothing.
    fn written(&self, step: &Step, useful: bool) -> Written {
        if step.kind == StepKind::Message {
            return self.reloaded(step);
        }
        let arguments = step.arguments.as_ref().filter(|_| !step.failed());
        let given = arguments.map_or(0.0, |arguments| self.given_before(&arguments.added));
        let prose = arguments.and_then(|arguments| arguments.prose.as_ref()).filter(|_| !useful);
        let template = prose.map_or(0.0, |prose| self.listener.template(prose));
        // Half of a test is its frame. What is all the same as before is a repeat: a loop, if anything, and nothing for
        // or against padding.
        let again = if given < 1.0 { given * given } else { 0.0 };
        let repeat = given >= 1.0 || prose.is_some_and(|prose| self.listener.written_before(prose) >= 1.0);
        let kinds = [(Pattern::Hollow, step.hollow()), (Pattern::Echo, again), (Pattern::Filler, template)];
        let (pattern, value) =
            kinds.into_iter().fold(kinds[0], |most, kind| if kind.1 > most.1 { kind } else { most });
        let value = if value >= PEAK { value } else { 0.0 };
        let words = step.arguments.as_ref().map_or(0, |arguments| arguments.words) as f64;
        Written { value, pattern, words: if repeat && value == 0.0 { 0.0 } else { words } }
    }

    /// Pages that were in view already and are loaded once more, for a few words of an answer.
    fn reloaded(&self, step: &Step) -> Written {
        let words = if self.turn.worked { 0.0 } else { self.loaded };
        let idle = (1.0 - step.speech.words as f64 / words.max(1.0)).max(0.0);
        let value = idle * words / (words + PAGES_WORDS);
        let (value, words) = if value >= PEAK { (value, words) } else { (0.0, 0.0) };
        Written { value, pattern: Pattern::Reloaded, words }
    }

    /// Share of the lines of an edit that the file has been given before, where more than a few tell something.
    fn given_before(&self, added: &Sample) -> f64 {
        let telling = added.at(0).iter().filter(|line| line.weight > 1).count();
        let known = 1.0 - self.added.novelty(added).unwrap_or(1.0);
        if telling >= ADDED_LINES { known } else { 0.0 }
    }

    /// Edits that the step throws away before anything has used them were padding, once that has become a habit.
    fn discard(&mut self, step: &Step) -> Option<u32> {
        let arguments = step.arguments.as_ref().filter(|_| !step.failed())?;
        let discarded = self.window.discard(arguments);
        self.times_discarded += u64::from(!discarded.is_empty());
        let mut joined = None;
        for edit in discarded {
            let sighting = discarded_sighting(edit.place.clone(), step.place.step);
            let span = self.pads.join(sighting, None, edit.place.clone());
            self.move_booked(edit.place.step, span);
            joined = Some(span);
            self.discarded.push(edit);
        }
        if self.times_discarded >= DISCARDS {
            self.discarded.drain(..).for_each(|edit| {
                self.tally.pads.raise(edit.hollow, 1.0, edit.words as f64);
                self.tally.discarded_words += edit.words as f64;
                if let Some(record) = record_of(&mut self.records, edit.place.step) {
                    record.padded = 1.0;
                }
            });
        }
        joined
    }

    /// What the step loads that was in view. The same question again is a repeat: a loop, if anything.
    fn load(&mut self, step: &Step, reading: &Reading, new: &News) {
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
        if let Some(record) = record_of(&mut self.records, reload.answer.step) {
            record.padded = record.padded.max(reload.value);
        }
    }

    /// Books what a step holds to a padding span that it has come to belong to.
    fn move_booked(&mut self, step: u64, span: u32) {
        match self.edits_booked.iter().find(|booked| booked.0 == step) {
            Some(&(_, account, mass)) => self.pads.book(span, account, mass),
            None => {
                if let Some(entry) = self.booking.entry_mut(step) {
                    entry.spans[Axis::Padding as usize].get_or_insert(span);
                }
            }
        }
        if let Some(record) = record_of(&mut self.records, step) {
            record.spans[Axis::Padding as usize].get_or_insert(span);
        }
    }

    /// The account of a step, should its spans not count in the end.
    fn account(step: &Step, reading: &Reading) -> Account {
        let content = reading.novelty.is_some_and(|novelty| novelty >= STALE) || step.answer;
        match reading.credit {
            Some((credit, size)) if credit.changes_the_world() && size >= PRODUCTIVE => Account::Productive,
            _ if content => Account::Exploratory,
            _ => Account::Unexplained,
        }
    }

    fn enter(&mut self, step: &Step, reading: &Reading, spans: [Option<u32>; 2]) {
        self.bytes = self.bytes.saturating_add(step.bytes());
        let account = Self::account(step, reading);
        let entry =
            Entry { step: step.place.step, account, spans, own: step.own_bytes(), bytes: step.bytes() };
        self.booked(|booking, done| booking.step(step.request, entry, done));
    }

    /// Notes the usage of a request.
    pub(crate) fn request_usage(&mut self, request: u64, usage: Usage, harness: bool) {
        self.booked(|booking, done| booking.usage(request, usage, harness, done));
    }

    /// Books what is still open.
    pub(crate) fn finish_booking(&mut self) {
        self.booked(|booking, done| booking.finish(done));
    }

    /// Runs a booking and takes what it closes.
    fn booked(&mut self, run: impl FnOnce(&mut Booking, &mut dyn FnMut(Booked))) {
        let mut booking = std::mem::take(&mut self.booking);
        run(&mut booking, &mut |booked| self.book(booked));
        self.booking = booking;
    }

    fn book(&mut self, Booked { mut entry, mass, output }: Booked) {
        // What a loop without weight so far would lose to its account is padding all the same.
        if let [Some(span), Some(_)] = entry.spans
            && !self.loops.counts(span)
        {
            entry.spans[Axis::Loop as usize] = None;
        }
        self.carried = self.carried.saturating_add(self.padded_output);
        self.accounts.entry(entry.account).or_default().add(mass);
        let [looped, padded] = entry.spans;
        match (looped, padded) {
            (Some(span), _) => self.loops.book(span, entry.account, mass),
            (None, Some(span)) => self.pads.book(span, entry.account, mass),
            _ => self.remember_booked(entry.step, entry.account, mass),
        }
        if padded.is_some() {
            self.padded_output = self.padded_output.saturating_add(output);
        }
        if let Some(record) = record_of(&mut self.records, entry.step) {
            record.book(&entry, mass);
        }
    }

    /// What steps in view hold may have to be moved, should they turn out to be thrown away.
    fn remember_booked(&mut self, step: u64, account: Account, mass: Mass) {
        if self.edits_booked.len() == WINDOW {
            self.edits_booked.pop_front();
        }
        self.edits_booked.push_back((step, account, mass));
    }

    fn count(&mut self, step: &Step, sketch: &Latest, reading: &Reading) {
        let best = reading.recurrence.best.filter(|best| best.exact && step.kind == StepKind::ToolCall);
        let twin = best
            .and_then(|best| self.window.back(best.back))
            .is_some_and(|other| sketch.is_of_request_of(other));
        let tally = &mut self.tally;
        tally.twin_calls += u64::from(twin);
        tally.step(step);
        tally.credit(reading.credit);
        tally.novelty(reading.novelty, reading.progress());
        tally.recurrence(&reading.recurrence, reading.looped, sketch.moves);
        tally.padding(step, &reading.padding, &reading.written);
        if step.kind == StepKind::ToolCall && step.result.is_some() {
            tally.unit(self.units.insert_one(upper(sketch.unit())));
            tally.call(self.calls.insert_one(upper(sketch.canonical ^ sketch.tool)));
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

    /// Names of merged spans are few, unless a session opens and merges them for ever.
    fn forget_merged_spans(&mut self) {
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
            .chain(self.window.spans().filter(|_| axis == Axis::Loop))
            .collect()
    }

    /// Remembers the step for the ones to come.
    fn keep(&mut self, step: &Step, latest: Latest, looks: &Looks) {
        self.window.push(latest);
        if let Some(arguments) = &step.arguments {
            if !step.failed() {
                self.added.insert(&arguments.added);
            }
            self.edits += u64::from(arguments.edits());
        }
        looks.tokens.iter().for_each(|look| self.tokens.learn(look));
        looks.lines.iter().for_each(|look| self.lines.learn(look));
        looks.skeletons.iter().for_each(|look| self.skeletons.learn(look));
        for text in &step.speech.texts {
            self.lines.insert(&text.lines);
        }
        self.listener.said(&step.speech);
    }
}

/// The record of a step; records may have been asked for in the middle of the session.
fn record_of(records: &mut Option<Vec<StepRecord>>, step: u64) -> Option<&mut StepRecord> {
    let records = records.as_mut()?;
    let first = records.first()?.place.step;
    records.get_mut(usize::try_from(step.checked_sub(first)?).ok()?)
}
