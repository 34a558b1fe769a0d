//! Compares a step with the steps before it: how strongly, how often and at what distance it recurs.

use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};

use crate::arguments::{Arguments, Leaf};
use crate::hash::{mix, name_hash, upper};
use crate::outcome::Action;
use crate::outline::{Outline, Outlines, Probe};
use crate::step::{Place, Step, StepKind};
use crate::tally::saturate;
use crate::tokens::TokenClass;
use crate::tuning::{
    ALIBI_WORDS, EQUAL, FAILED, FAINT, FORGOTTEN, KEPT_LEAVES, LEARNED_WORDS, LOOKED_AGAIN, MOMENTUM,
    OTHER_TOOL, PART, RECEIPT_WORDS, RECURRENCES, SAME_ANSWER, SILENT, SKETCH, UNMOVED, UNSEEN_RESULT, WAIT,
    WINDOW,
};
use crate::undo::EVERYTHING;

/// The latest steps of a session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Window {
    steps: VecDeque<Sketch>,
    /// Hashed names of what the latest step throws away.
    thrown_away: Box<[u32]>,
    /// The branch that the agent has made and is on, hashed.
    branch: Option<u32>,
}

/// What is kept of a step for comparison. There are many of them in a session: what only the latest step is asked for
/// stands in [`Latest`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sketch {
    pub(crate) place: Place,
    pub(crate) kind: StepKind,
    pub(crate) tool: u64,
    /// Identity of the arguments, or of a message's text.
    pub(crate) canonical: u64,
    question: u64,
    /// The call lets time pass first.
    pauses: bool,
    /// Words of the arguments, lines of the result as they stand and masked, and leaves of the arguments.
    outlines: Outlines<4>,
    /// The edit that would take this one back.
    back: Option<NonZeroU64>,
    /// What of an edit can still be thrown away.
    draft: Option<Box<Draft>>,
    result: Option<Answer>,
    request: u64,
    /// Words newly written in the session up to the end of this step.
    pub(crate) written: f64,
    /// Words of news that results had brought up to its end.
    pub(crate) learned: f64,
    /// Compactions before this step.
    epoch: u32,
    /// Edits before this step.
    edits: u64,
    /// Advances of the tests before this step.
    advances: u64,
    /// How often the result of this call has moved lately: recent moves count most.
    pub(crate) moves: f64,
    pub(crate) standing: Standing,
    pub(crate) span: Option<u32>,
}

/// The latest step, which is compared with those before it.
#[derive(Debug)]
pub(crate) struct Latest {
    sketch: Sketch,
    pub(crate) leaves: Vec<Value>,
    /// The edit that it makes.
    change: Option<NonZeroU64>,
    /// The call changes something, and silence is its usual answer.
    quiet: bool,
    /// Weight of its recurrences, in [0, 1].
    pub(crate) weight: f64,
    /// Hashed names of what it throws away.
    thrown_away: Box<[u32]>,
    /// How much of the tool's content usually sits in the result, in [0, 1].
    pub(crate) result_share: f64,
    /// Words newly written in the session before this step.
    written_before: f64,
    /// Words of news that results had brought before this step.
    learned_before: f64,
}

impl Deref for Latest {
    type Target = Sketch;

    fn deref(&self) -> &Sketch {
        &self.sketch
    }
}

impl DerefMut for Latest {
    fn deref_mut(&mut self) -> &mut Sketch {
        &mut self.sketch
    }
}

/// A leaf of the arguments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value {
    /// Hash of path and value.
    pub(crate) hash: u32,
    /// What the value looks like.
    pub(crate) class: TokenClass,
}

impl Value {
    fn of(leaf: &Leaf) -> Self {
        Value { hash: upper(mix(leaf.path, leaf.value)), class: leaf.class }
    }
}

/// An edit that no later call has used yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Draft {
    /// Hashed names of its path, and the word by which a call can be told to use it.
    names: Vec<u32>,
    stem: Option<u32>,
    /// The branch that the agent had made for it.
    branch: Option<u32>,
    recorded: bool,
    /// Words of its arguments, and the share of them that counts as padding already.
    words: u64,
    hollow: f64,
}

/// An edit that was thrown away unused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Discarded {
    pub(crate) place: Place,
    pub(crate) words: u64,
    pub(crate) hollow: f64,
}

/// What is known of a step so far: later steps can show that it was in vain.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Recurrences, in earlier steps and in later ones that show that it told nothing.
    pub(crate) count: f64,
    /// How often it was taken back.
    pub(crate) undone: f64,
    /// What its result brought, in [0, 1].
    pub(crate) gain: f64,
    /// What it changed in the world, in [0, 1].
    pub(crate) moved: f64,
}

impl Standing {
    /// Evidence that the step is part of a loop, in [0, 1].
    pub(crate) fn looped(&self) -> f64 {
        let again = saturate(self.count, RECURRENCES.get()) * (1.0 - self.gain.max(self.moved));
        again.max(saturate(self.undone, RECURRENCES.get()))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Answer {
    whole: u64,
    words: u64,
    masked_content: f64,
}

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
    /// The latest step that put the same question.
    pub(crate) same_question: Option<Match>,
    /// The most that the arguments, and the result, have in common with those of one earlier step, in [0, 1].
    pub(crate) seen: [f64; 2],
    /// All of the result lies within that of one earlier step.
    pub(crate) contained: bool,
}

/// One match with an earlier step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Match {
    /// Index in the window, from the latest.
    pub(crate) back: usize,
    pub(crate) strength: f64,
    /// Similarity of the arguments, in [0, 1].
    pub(crate) arguments: f64,
    /// All of the result lies within the earlier one.
    contained: bool,
    /// Similarity of the results, in [0, 1]; `None` where one is not logged.
    pub(crate) result: Option<f64>,
    /// The arguments put the same question to the same tool.
    pub(crate) same_question: bool,
    /// Call and result are equal to the byte, but for what has no effect.
    pub(crate) exact: bool,
    /// How much an equal result tells, in [0, 1]: nothing has changed since.
    told: f64,
    /// Another question has had the same answer to the byte.
    same_state: bool,
}

impl Latest {
    pub(crate) fn new(
        step: &Step,
        result_share: f64,
        [written, learned]: [f64; 2],
        epoch: u32,
        [edits, advances]: [u64; 2],
    ) -> Self {
        let arguments = step.arguments.as_ref();
        let (canonical, tokens) = match (arguments, step.speech.longest()) {
            (Some(arguments), _) => (arguments.canonical, Some(&arguments.tokens)),
            (None, Some(text)) if step.kind == StepKind::Message => (text.whole, Some(&text.phrases)),
            _ => (0, None),
        };
        let leaves: Vec<Value> =
            arguments.map_or(Vec::new(), |a| a.leaves.iter().take(KEPT_LEAVES).map(Value::of).collect());
        let samples =
            [tokens, step.result.as_ref().map(|r| &r.lines), step.result.as_ref().map(|r| &r.skeletons)];
        let [tokens, lines, skeletons] =
            samples.map(|sample| sample.map_or((0, Vec::new()), |sample| sample.outline(SKETCH)));
        let outlines =
            Outlines::of([tokens, lines, skeletons, (0, leaves.iter().map(|leaf| leaf.hash).collect())]);
        let [change, back] =
            arguments.and_then(Arguments::change).map_or([None; 2], |c| c.map(NonZeroU64::new));
        let sketch = Sketch {
            place: step.place.clone(),
            kind: step.kind,
            tool: step.tool.as_deref().map_or(0, name_hash),
            canonical,
            question: arguments.map_or(0, |arguments| arguments.question),
            pauses: step.action == Some(Action::Wait),
            outlines,
            back,
            draft: Draft::of(step).map(Box::new),
            request: step.request,
            result: step.result.as_ref().map(|text| Answer {
                whole: text.whole,
                words: text.words,
                masked_content: text.masked_content(),
            }),
            written,
            learned,
            epoch,
            edits,
            advances,
            moves: 0.0,
            standing: Standing::default(),
            span: None,
        };
        Latest {
            sketch,
            leaves,
            change,
            quiet: matches!(step.action, Some(Action::Change | Action::Undo)),
            weight: if step.failed() { FAILED } else { 1.0 },
            thrown_away: arguments.map_or(Box::default(), |a| (&*a.thrown_away).into()),
            result_share,
            written_before: written,
            learned_before: learned,
        }
    }
}

impl Sketch {
    /// Words of the arguments, or phrases of a message.
    fn tokens(&self) -> Outline<'_> {
        self.outlines.get(0)
    }

    /// Lines of the result as they stand.
    fn lines(&self) -> Outline<'_> {
        self.outlines.get(1)
    }

    /// The same with numbers, times and ids masked.
    fn skeletons(&self) -> Outline<'_> {
        self.outlines.get(2)
    }

    /// Hashes of the leaves of the arguments.
    pub(crate) fn leaf_hashes(&self) -> &[u32] {
        self.outlines.get(3).hashes
    }

    /// Notes how much of what the step writes is padding already.
    pub(crate) fn is_hollow(&mut self, hollow: f64) {
        if let Some(draft) = &mut self.draft {
            draft.hollow = hollow;
        }
    }

    /// Hash of tool and question, or of a message: what a span counts apart.
    pub(crate) fn question(&self) -> u64 {
        self.tool ^ if self.question == 0 { self.canonical } else { self.question }
    }

    /// Hash of call and result; equal units are equal steps.
    pub(crate) fn unit(&self) -> u64 {
        mix(self.canonical ^ self.tool, self.result.as_ref().map_or(0, |answer| answer.whole))
    }

    /// Whether the world has answered the same question otherwise than the last time; another page of a file is another
    /// question. What the agent has edited since may only bring back an answer that was given before; that is no move.
    pub(crate) fn has_moved_since(&self, earlier: &Sketch, novelty: f64) -> bool {
        let (Some(a), Some(b)) = (&self.result, &earlier.result) else { return false };
        let other_lines = a.whole != b.whole
            && self.skeletons().cosine(earlier.skeletons()).is_none_or(|masked| masked < UNMOVED);
        self.asks_again(earlier)
            && other_lines
            && (novelty > 0.0 || (self.canonical == earlier.canonical && self.edits == earlier.edits))
    }

    /// Whether the question was put again so soon, and with so little done about it, that the world must have moved by
    /// itself.
    pub(crate) fn waits_for(&self, earlier: &Sketch) -> bool {
        self.asks_again(earlier) && self.edits == earlier.edits && self.steps_since(earlier) <= WAIT
    }

    /// Whether the arguments are equal; only the time to wait may differ.
    fn asks_again(&self, earlier: &Sketch) -> bool {
        self.canonical == earlier.canonical || (self.pauses && earlier.pauses)
    }

    /// Whether this is the same call at once. Who lets time pass first looks for what moves meanwhile.
    fn looks_again(&self, earlier: &Sketch) -> bool {
        self.tool == earlier.tool && self.canonical == earlier.canonical && !self.pauses
    }

    /// Whether both were called in one request.
    pub(crate) fn is_of_request_of(&self, other: &Sketch) -> bool {
        self.request == other.request
    }

    /// Steps from an earlier step to this one.
    pub(crate) fn steps_since(&self, earlier: &Sketch) -> u64 {
        self.place.step.saturating_sub(earlier.place.step)
    }

    /// What differs between the results of two calls, in words for a finding.
    pub(crate) fn result_difference(&self, earlier: &Sketch) -> &'static str {
        if self.result.is_none() || earlier.result.is_none() {
            return "result: not logged";
        }
        match self.skeletons().cosine(earlier.skeletons()) {
            Some(masked) if masked >= 1.0 => "result: numbers, times or ids",
            Some(masked) if masked > 0.5 => FEW_LINES,
            _ => MOST_LINES,
        }
    }
}

impl Latest {
    /// Compares with an earlier step; `at_once` where all steps between are the same call.
    fn matches(&self, probes: &Probes<'_>, earlier: &Sketch, at_once: bool) -> Option<Match> {
        let arguments = self.argument_similarity(probes, earlier)?;
        let (result, contained) = self.result_similarity(probes, earlier, at_once).unzip();
        let exact = self.kind == earlier.kind
            && self.tool == earlier.tool
            && self.canonical == earlier.canonical
            && (self.kind == StepKind::Message || result == Some(1.0));
        let told = self.result.as_ref().filter(|_| exact).map_or(0.0, Answer::tells);
        let same_state = self.is_state_of(earlier);
        let alike = match result {
            _ if self.kind == StepKind::Message => arguments,
            _ if self.is_of_request_of(earlier) && !exact => self.sent_together(arguments, result),
            Some(result) if exact || !self.is_silent() => {
                let mixed = self.mixed(arguments, result);
                if same_state { mixed.max(self.shows_state()) } else { mixed }
            }
            _ => UNSEEN_RESULT * arguments,
        };
        // Most steps have nothing in common, and need no excuse.
        let excused = || self.excuses(earlier, told) * if exact { 1.0 } else { self.no_news_since(earlier) };
        let strength = if alike > 0.0 { alike * excused() } else { 0.0 };
        let same_question = self.question != 0
            && (self.tool, self.question) == (earlier.tool, earlier.question)
            && !self.is_of_request_of(earlier);
        let contained = contained.unwrap_or(false);
        Some(Match {
            back: 0,
            strength,
            arguments,
            contained,
            result,
            same_question,
            exact,
            told,
            same_state,
        })
    }

    /// Similarity of calls whose arguments and results are known, weighed by where the tool's content sits.
    fn mixed(&self, arguments: f64, result: f64) -> f64 {
        let result = power(result, self.result_share);
        if result == 0.0 { 0.0 } else { power(arguments, 1.0 - self.result_share) * result }
    }

    /// Whether another question had the same answer to the byte: the world stands as it stood then, whatever was tried.
    fn is_state_of(&self, earlier: &Sketch) -> bool {
        let (Some(a), Some(b)) = (&self.result, &earlier.result) else { return false };
        let other = (self.tool, self.question) != (earlier.tool, earlier.question);
        other && a.words > 0 && a.whole == b.whole && !self.is_of_request_of(earlier)
    }

    /// How much the answer alone describes a state, in [0, 1]: it says something, and the calls of its tool are about
    /// their answers.
    fn shows_state(&self) -> f64 {
        self.result_share * self.result.as_ref().map_or(0.0, Answer::tells)
    }

    /// Calls of one request were made without seeing each other's results: different ones are a batch, unless each has
    /// brought the same, and more than a receipt. Agents sent on one errand do.
    fn sent_together(&self, arguments: f64, result: Option<f64>) -> f64 {
        arguments.min(result.unwrap_or(0.0)) * self.result.as_ref().map_or(0.0, Answer::tells)
    }

    /// A softer measure for neighbours: people call it a repetition when the question is put again in other words or
    /// as part of a longer one, whatever the answer; or when what was just thrown away is made again.
    fn soft(&self, earlier: &Sketch, arguments: f64, thrown_away: &[u32]) -> f64 {
        if self.draft.as_ref().is_some_and(|draft| draft.is_named(thrown_away)) {
            return 1.0;
        }
        let overlap = self.tokens().containment(earlier.tokens()).unwrap_or(arguments);
        self.same_tool(earlier) * arguments.max(PART.get() * overlap)
    }

    /// Silence after a change is no answer: two changes of different things look alike in it.
    fn is_silent(&self) -> bool {
        self.quiet && self.result.as_ref().is_none_or(|answer| answer.receipt() > SILENT)
    }

    /// What is left of the standing of an earlier step, now that this one is known. An edit that is taken back has
    /// changed nothing, of calls that left together either repeats the other, and a short answer that comes to every
    /// question has told nothing.
    fn hindsight(&self, earlier: &Sketch, found: &Match) -> Option<Standing> {
        let mut standing = earlier.standing;
        let recurrence = self.weight * found.strength * found.strength;
        match (self.change, earlier.back) {
            (Some(change), Some(back)) if change == back => standing.undone += recurrence,
            _ if self.is_of_request_of(earlier) => standing.count += recurrence,
            (None, None) if self.is_same_answer(earlier, found) => {
                let told_nothing = (2.0 * (1.0 - found.arguments)).min(1.0);
                standing.gain *= 1.0 - earlier.result.as_ref().map_or(0.0, Answer::receipt) * told_nothing;
                standing.count += recurrence * told_nothing;
            }
            _ => return None,
        }
        Some(standing)
    }

    /// Whether another question was put, and the answer in words is the same.
    fn is_same_answer(&self, earlier: &Sketch, found: &Match) -> bool {
        let answers = self.result.as_ref().is_some_and(|answer| answer.words > 0) && !self.quiet;
        answers && self.canonical != earlier.canonical && found.result >= Some(SAME_ANSWER.get())
    }

    /// Cosine of the words; `None` for a message beside a call, or where arguments are not logged.
    fn argument_similarity(&self, probes: &Probes<'_>, earlier: &Sketch) -> Option<f64> {
        if self.kind != earlier.kind {
            return None;
        }
        if self.canonical == earlier.canonical && self.canonical != 0 {
            return Some(1.0);
        }
        probes.tokens.overlap(earlier.tokens()).map(|tokens| tokens.cosine())
    }

    /// The better of two channels: lines as they stand, and lines with numbers, times and ids masked, which counts
    /// the less the more the masked parts carry: less of it when the call is put again at once. And whether all of this
    /// result lies within the earlier one.
    fn result_similarity(&self, probes: &Probes<'_>, earlier: &Sketch, at_once: bool) -> Option<(f64, bool)> {
        let (a, b) = (self.result.as_ref()?, earlier.result.as_ref()?);
        if a.whole == b.whole {
            return Some((1.0, !self.lines().is_empty()));
        }
        let lines = probes.lines.overlap(earlier.lines());
        let exact = lines.map_or(0.0, |lines| lines.cosine().max(a.as_part(lines.share())));
        let content = a.masked_content.max(b.masked_content);
        let unmasked = 1.0 - if at_once { LOOKED_AGAIN.get() * content } else { content };
        let masked = || probes.skeletons.overlap(earlier.skeletons()).map_or(0.0, |masked| masked.cosine());
        let masked = if unmasked > exact { masked() } else { 0.0 };
        let similarity = exact.max(masked * unmasked);
        Some((similarity, lines.is_some_and(|lines| lines.share() >= 1.0)))
    }

    /// What makes a match weigh less, in [0, 1].
    fn excuses(&self, earlier: &Sketch, told: f64) -> f64 {
        self.same_tool(earlier) * self.alibi(earlier, told) * self.in_view(earlier)
    }

    fn same_tool(&self, earlier: &Sketch) -> f64 {
        if self.tool == earlier.tool { 1.0 } else { OTHER_TOOL.get() }
    }

    /// Work in between excuses a repetition, unless an equal result tells that nothing has changed. Tests that have
    /// come to stand better since are a change, whatever the result.
    fn alibi(&self, earlier: &Sketch, told: f64) -> f64 {
        let excuse = power(0.5, (self.written_before - earlier.written).max(0.0) / ALIBI_WORDS.get());
        let advances = self.advances.saturating_sub(earlier.advances);
        excuse.max(told) * power(0.5, advances as f64)
    }

    /// A short answer that comes once more shows that nothing is learned, unless something was learned in between. Where
    /// the content sits in the arguments it shows nothing anyway.
    fn no_news_since(&self, earlier: &Sketch) -> f64 {
        let short = self.result_share * self.result.as_ref().map_or(0.0, Answer::receipt);
        power(0.5, (self.learned_before - earlier.learned).max(0.0) * short / LEARNED_WORDS.get())
    }

    fn in_view(&self, earlier: &Sketch) -> f64 {
        if self.epoch == earlier.epoch { 1.0 } else { FORGOTTEN }
    }
}

/// A step laid out to be compared with all the steps before it.
struct Probes<'a> {
    tokens: Probe<'a>,
    /// Lines of the result as they stand, and masked.
    lines: Probe<'a>,
    skeletons: Probe<'a>,
}

impl<'a> Probes<'a> {
    fn of(sketch: &'a Sketch) -> Self {
        let mut probes = Probes { tokens: Probe::EMPTY, lines: Probe::EMPTY, skeletons: Probe::EMPTY };
        probes.tokens.fill(sketch.tokens());
        probes.lines.fill(sketch.lines());
        probes.skeletons.fill(sketch.skeletons());
        probes
    }
}

/// What an answer differs in, beside numbers, times and ids.
pub(crate) const FEW_LINES: &str = "result: a few lines";
pub(crate) const MOST_LINES: &str = "result: most lines";

/// `base` to the power of `exponent`, neither below 0, to the last bit: where it is known it costs nothing.
#[inline]
fn power(base: f64, exponent: f64) -> f64 {
    match exponent {
        0.0 => 1.0,
        1.0 => base,
        _ if base == 0.0 || base == 1.0 => base,
        _ => base.powf(exponent),
    }
}

impl Draft {
    fn of(step: &Step) -> Option<Self> {
        let arguments = step.arguments.as_ref().filter(|arguments| arguments.edits() && !step.failed())?;
        let (names, stem, words) = (arguments.names.clone(), arguments.stem, arguments.words);
        Some(Draft { names, stem, branch: None, recorded: false, words, hollow: step.hollow() })
    }

    /// What is recorded goes with its branch only.
    fn is_among(&self, thrown_away: &[u32]) -> bool {
        thrown_away.iter().any(|name| {
            let open = !self.recorded && (*name == EVERYTHING || self.names.contains(name));
            open || self.branch == Some(*name)
        })
    }

    /// Its file is among the names.
    fn is_named(&self, names: &[u32]) -> bool {
        self.names.first().is_some_and(|file| names.contains(file))
    }

    fn is_used(&self, arguments: &Arguments) -> bool {
        let named = self.stem.is_some_and(|stem| arguments.tokens.contains(stem)) && !arguments.edits();
        named || (self.recorded && arguments.record.publishes)
    }
}

impl Answer {
    /// What it weighs that a share of this answer lies within another, in [0, 1]: a page of a file was read before. What
    /// is no more than a receipt lies within much.
    fn as_part(&self, share: f64) -> f64 {
        share * self.tells()
    }

    /// How much more than a receipt it is, in [0, 1].
    fn tells(&self) -> f64 {
        1.0 - self.receipt()
    }

    /// How much of a receipt it is, in [0, 1]: the shorter, the more.
    fn receipt(&self) -> f64 {
        RECEIPT_WORDS.get() / (self.words as f64 + RECEIPT_WORDS.get())
    }
}

impl Window {
    /// How this step recurs in the window. What it shows about earlier steps is handed to `revise`, with their
    /// standing before.
    pub(crate) fn recurrence(
        &mut self,
        sketch: &Latest,
        mut revise: impl FnMut(&Sketch, Standing),
    ) -> Recurrence {
        let (mut recurrence, mut at_once) = (Recurrence::default(), true);
        let probes = Probes::of(sketch);
        for (back, earlier) in self.steps.iter_mut().rev().enumerate() {
            at_once &= sketch.looks_again(earlier);
            let found = sketch.matches(&probes, earlier, at_once);
            if back == 0 && sketch.kind == earlier.kind {
                let arguments = found.map_or(0.0, |found| found.arguments);
                recurrence.previous = sketch.soft(earlier, arguments, &self.thrown_away);
            }
            let Some(found) = found else { continue };
            recurrence.add(Match { back, ..found });
            if found.strength > FAINT.get()
                && let Some(standing) = sketch.hindsight(earlier, &found)
            {
                let before = std::mem::replace(&mut earlier.standing, standing);
                revise(earlier, before);
            }
        }
        recurrence
    }

    /// Takes out the edits that a step throws away, after it has noted which of them it uses.
    pub(crate) fn discard(&mut self, arguments: &Arguments) -> Vec<Discarded> {
        let mut discarded = Vec::new();
        let mut in_vain = false;
        for earlier in &mut self.steps {
            let Some(draft) = &mut earlier.draft else {
                in_vain &= earlier.kind == StepKind::Message;
                if in_vain {
                    discarded.push(Discarded { place: earlier.place.clone(), words: 0, hollow: 0.0 });
                }
                continue;
            };
            in_vain = draft.is_among(&arguments.thrown_away);
            if in_vain {
                let &mut Draft { words, hollow, .. } = &mut **draft;
                discarded.push(Discarded { place: earlier.place.clone(), words, hollow });
                earlier.draft = None;
            } else if draft.is_used(arguments) {
                earlier.draft = None;
            } else {
                draft.recorded |= arguments.record.commits;
            }
        }
        self.branch = arguments.record.branch.unwrap_or(self.branch);
        discarded
    }

    /// Remembers a step, and forgets the oldest when it is full.
    pub(crate) fn push(&mut self, latest: Latest) {
        let Latest { mut sketch, thrown_away, .. } = latest;
        self.thrown_away = thrown_away;
        if let Some(draft) = &mut sketch.draft {
            draft.branch = self.branch;
        }
        if self.steps.len() == WINDOW {
            self.steps.pop_front();
        }
        self.steps.push_back(sketch);
    }

    /// The step at a distance from the latest.
    pub(crate) fn back(&self, back: usize) -> Option<&Sketch> {
        self.steps.iter().rev().nth(back)
    }

    /// The same, to note its span.
    pub(crate) fn back_mut(&mut self, back: usize) -> Option<&mut Sketch> {
        self.steps.iter_mut().rev().nth(back)
    }

    /// The loop spans of the steps in view.
    pub(crate) fn spans(&self) -> impl Iterator<Item = u32> {
        self.steps.iter().filter_map(|step| step.span)
    }
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

    fn add(&mut self, found: Match) {
        if found.strength > FAINT.get() {
            let clear = found.strength * found.strength * (1.0 + EQUAL.get() * found.told);
            *(if found.same_state { &mut self.standstill } else { &mut self.count }) += clear;
        }
        let seen = [found.arguments, found.result.unwrap_or(0.0)];
        self.seen = [0, 1].map(|channel| self.seen[channel].max(seen[channel]));
        self.contained |= found.contained;
        if self.same_question.is_none() && found.same_question {
            self.same_question = Some(found);
        }
        if self.best.is_none_or(|best| found.strength > best.strength) {
            self.best = Some(found);
        }
    }
}
