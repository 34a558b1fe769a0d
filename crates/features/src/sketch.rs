//! What is kept of a step to compare later ones with it, and the latest step, which is compared.

use std::num::{NonZeroU32, NonZeroU64};
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::arguments::{Arguments, Leaf, Role};
use crate::course::Course;
use crate::draft::Draft;
use crate::hash::{mix, name_hash, upper};
use crate::outline::{Outline, Outlines};
use crate::sample::Mark;
use crate::step::{Place, Step, StepKind};
use crate::tally::saturate;
use crate::text::Text;
use crate::tuning::{FAILED, KEPT_LEAVES, RECEIPT_WORDS, RECURRENCES, SILENT, SKETCH, UNMOVED, WAIT};

/// What is kept of a step for comparison. There are many of them in a session: what only the latest step is asked for
/// stands in [`Latest`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sketch {
    pub(crate) place: Place,
    pub(crate) kind: StepKind,
    pub(crate) tool: u64,
    /// Identity of the arguments, or of a message's text.
    pub(crate) canonical: u64,
    pub(crate) question: u64,
    /// The call lets time pass first.
    pub(crate) pauses: bool,
    /// Words of the arguments, lines of the result as they stand and masked, leaves of the arguments, and words of a report.
    pub(crate) outlines: Outlines<5>,
    /// The edit that would take this one back.
    pub(crate) back: Option<NonZeroU64>,
    /// Hash of the name of what the step edits.
    edited: Option<NonZeroU32>,
    /// What of an edit can still be thrown away.
    pub(crate) draft: Option<Box<Draft>>,
    pub(crate) result: Option<Answer>,
    request: u64,
    /// What is written and learned is so at its end, all else before it.
    pub(crate) after: Reached,
    /// Where the figures of its answer go.
    pub(crate) course: Course,
    /// How often the result of this call has moved lately: recent moves count most.
    pub(crate) moves: f64,
    /// Repeats since the answer of this question has moved by itself.
    pub(crate) alike: u64,
    pub(crate) standing: Standing,
    pub(crate) span: Option<u32>,
}

/// The latest step, which is compared with those before it.
#[derive(Debug)]
pub(crate) struct Latest {
    pub(crate) sketch: Sketch,
    /// The edit that it makes.
    pub(crate) change: Option<NonZeroU64>,
    /// The call changes something, and silence is its usual answer. Who writes prose says something to somebody.
    pub(crate) quiet: bool,
    /// Hash of the name of what it looks at.
    object: Option<NonZeroU32>,
    /// Weight of its recurrences, in [0, 1].
    pub(crate) weight: f64,
    /// How brief its arguments are, in [0, 1].
    pub(crate) brief: f64,
    /// Its figures differ from those that the question had before; of a pause or a message, those of the latest look do.
    pub(crate) varies: bool,
    /// It is an errand in words that were all used before: only new words of its report are new.
    pub(crate) sent_again: bool,
    /// Hashed names of what it throws away.
    pub(crate) thrown_away: Box<[u32]>,
    /// How much of the tool's content usually sits in the result, in [0, 1].
    pub(crate) result_share: f64,
    pub(crate) before: Reached,
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

/// How far a session has come.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Reached {
    /// Words newly written.
    pub(crate) written: f64,
    /// Words of news that results have brought.
    pub(crate) learned: f64,
    /// Compactions.
    pub(crate) epoch: u32,
    /// Switches to files that may stand otherwise.
    pub(crate) switches: u32,
    /// Edits.
    pub(crate) edits: u64,
    /// Advances of the tests.
    pub(crate) advances: u64,
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

/// What is kept of a result beside its lines.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) whole: u64,
    pub(crate) words: u64,
    pub(crate) masked_content: f64,
}

impl Latest {
    pub(crate) fn new(step: &Step, result_share: f64, before: Reached) -> Self {
        let arguments = step.arguments.as_ref();
        let (canonical, tokens) = match (arguments, step.speech.longest()) {
            (Some(arguments), _) => (arguments.canonical, Some(&arguments.tokens)),
            (None, Some(text)) if step.kind == StepKind::Message => (text.whole, Some(&text.phrases)),
            _ => (0, None),
        };
        let result = step.result.as_ref();
        let samples =
            [tokens, result.map(|text| &text.lines), result.map(|text| &text.skeletons), step.report()];
        let [tokens, lines, skeletons, report] =
            samples.map(|sample| sample.map_or((0, &[][..]), |sample| sample.outline(SKETCH)));
        let leaves: Vec<Mark> =
            kept_leaves(step).map(|leaf| Mark { hash: leaf_hash(leaf), weight: 1 }).collect();
        let [change, back] =
            arguments.and_then(Arguments::change).map_or([None; 2], |c| c.map(NonZeroU64::new));
        let object = arguments.and_then(|arguments| arguments.role(Role::Object));
        let object = object.and_then(|leaf| NonZeroU32::new(upper(leaf.value)));
        let edits = arguments.is_some_and(Arguments::edits);
        let sketch = Sketch {
            place: step.place.clone(),
            kind: step.kind,
            tool: step.tool.as_deref().map_or(0, name_hash),
            canonical,
            question: arguments.map_or_else(|| wording(step), |arguments| arguments.question),
            pauses: step.action == Some(Action::Wait),
            outlines: Outlines::of([tokens, lines, skeletons, (0, &leaves), report]),
            back,
            edited: object.filter(|_| edits && !step.failed()),
            draft: Draft::of(step).map(Box::new),
            request: step.request,
            result: result.map(Answer::of),
            after: before,
            // What the agent does itself may be counted in a receipt, and moves nothing.
            course: Course::of(result.filter(|_| !acts(step)).map_or([None; 2], |text| text.figures)),
            moves: 0.0,
            alike: u64::MAX,
            standing: Standing::default(),
            span: None,
        };
        Latest {
            sketch,
            change,
            quiet: changes(step)
                && arguments.is_none_or(|arguments| arguments.prose().is_none() && !arguments.speaks),
            object: object.filter(|_| !edits),
            weight: if step.failed() { FAILED } else { 1.0 },
            brief: arguments.map_or(0.0, |arguments| briefness(arguments.words)),
            varies: false,
            sent_again: false,
            thrown_away: arguments.map_or(Box::default(), |a| (&*a.thrown_away).into()),
            result_share,
            before,
        }
    }
}

impl Sketch {
    /// Words of the arguments, or phrases of a message.
    pub(crate) fn tokens(&self) -> Outline<'_> {
        self.outlines.get(0)
    }

    /// Lines of the result as they stand.
    pub(crate) fn lines(&self) -> Outline<'_> {
        self.outlines.get(1)
    }

    /// The same with numbers, times and ids masked.
    pub(crate) fn skeletons(&self) -> Outline<'_> {
        self.outlines.get(2)
    }

    /// Hashes of both.
    #[inline]
    pub(crate) fn line_hashes(&self) -> &[u32] {
        self.outlines.hashes(1..3)
    }

    /// Hashes of the leaves of the arguments.
    pub(crate) fn leaf_hashes(&self) -> &[u32] {
        self.outlines.hashes(3..4)
    }

    /// Words of a report.
    pub(crate) fn report(&self) -> Outline<'_> {
        self.outlines.get(4)
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
            && (self.course.advances()
                || self.skeletons().cosine(earlier.skeletons()).is_none_or(|masked| masked < UNMOVED));
        self.asks_again(earlier)
            && other_lines
            && (novelty > 0.0
                || (self.canonical == earlier.canonical && self.after.edits == earlier.after.edits))
    }

    /// Whether the question was put again so soon, and with so little done about it, that the world must have moved by
    /// itself.
    pub(crate) fn waits_for(&self, earlier: &Sketch) -> bool {
        self.asks_again(earlier)
            && self.after.edits == earlier.after.edits
            && self.steps_since(earlier) <= WAIT
    }

    /// Whether the arguments are equal; only the time to wait may differ, and how far one was when nothing was to be told.
    pub(crate) fn asks_again(&self, earlier: &Sketch) -> bool {
        self.canonical == earlier.canonical
            || (self.pauses && earlier.pauses)
            || (self.asks_same(earlier) && self.question != 0 && earlier.answers_briefly())
    }

    fn answers_briefly(&self) -> bool {
        self.result.as_ref().is_some_and(|answer| answer.receipt() > SILENT)
    }

    /// Whether this edits what a later step looks at.
    pub(crate) fn changes(&self, later: &Latest) -> bool {
        self.edited.is_some() && self.edited == later.object
    }

    /// Whether this is the same call at once. Who lets time pass first looks for what moves meanwhile.
    pub(crate) fn looks_again(&self, earlier: &Sketch) -> bool {
        self.tool == earlier.tool && self.canonical == earlier.canonical && !self.pauses
    }

    /// Whether the same tool is asked the same question.
    #[inline]
    pub(crate) fn asks_same(&self, earlier: &Sketch) -> bool {
        (self.tool, self.question) == (earlier.tool, earlier.question)
    }

    /// Whether the arguments, or messages, are known to be equal.
    pub(crate) fn is_call_of(&self, earlier: &Sketch) -> bool {
        self.canonical == earlier.canonical && self.canonical != 0
    }

    /// Similarity of the arguments, or of messages, in [0, 1]; `None` for a message beside a call, or where arguments are
    /// not logged.
    pub(crate) fn likeness(&self, earlier: &Sketch) -> Option<f64> {
        match self.kind == earlier.kind {
            false => None,
            true if self.is_call_of(earlier) => Some(1.0),
            true => self.tokens().cosine(earlier.tokens()),
        }
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

/// The leaves of the arguments that a sketch keeps.
pub(crate) fn kept_leaves(step: &Step) -> impl Iterator<Item = &Leaf> {
    step.arguments.iter().flat_map(|arguments| &arguments.leaves).take(KEPT_LEAVES)
}

/// Hash of path and value.
pub(crate) fn leaf_hash(leaf: &Leaf) -> u32 {
    upper(mix(leaf.path, leaf.value))
}

/// What an answer differs in, beside numbers, times and ids.
pub(crate) const FEW_LINES: &str = "result: a few lines";
pub(crate) const MOST_LINES: &str = "result: most lines";

impl Answer {
    fn of(text: &Text) -> Self {
        Answer { whole: text.whole, words: text.words, masked_content: text.masked_content() }
    }

    /// How much of a receipt it is, in [0, 1]: the shorter, the more.
    pub(crate) fn receipt(&self) -> f64 {
        briefness(self.words)
    }
}

/// What a message says, numbers, times and ids aside.
fn wording(step: &Step) -> u64 {
    let text = step.speech.longest().filter(|_| step.kind == StepKind::Message);
    let lines = text.iter().flat_map(|text| text.skeletons.at(0));
    lines.fold(0, |hash, line| mix(hash, line.hash.into()))
}

/// Whether a step changes something, going by what it asks for.
fn acts(step: &Step) -> bool {
    matches!(step.action, Some(Action::Change | Action::Undo))
}

/// The same, or by an answer that only says so.
fn changes(step: &Step) -> bool {
    acts(step) || (step.acknowledged && step.action != Some(Action::Wait))
}

/// How far so many words are no more than a receipt, or a name, in [0, 1].
pub(crate) fn briefness(words: u64) -> f64 {
    RECEIPT_WORDS.get() / (words as f64 + RECEIPT_WORDS.get())
}
