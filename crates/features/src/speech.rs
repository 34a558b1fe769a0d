//! Is what the model says new? Compares its speech with earlier speech, with prompts and with tool results.

use serde::{Deserialize, Serialize};

use crate::arguments::Prose;
use crate::memory::Memory;
use crate::outline::Outlines;
use crate::sketch::briefness;
use crate::step::{Speech, Step, StepKind};
use crate::tally::saturate;
use crate::text::Text;
use crate::tuning::{EXTRACT, MEMORY, REMARK_WORDS, STOCK, TAKEN_UP};

/// Remembers the phrases of a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Listener {
    /// Phrases of the model, and of everybody else.
    said: Memory,
    heard: Memory,
    /// Phrases of the prose that it has written into calls.
    written: Memory,
    /// Phrases of the latest speech.
    previous: Outlines<1>,
    /// New words of others since the latest message.
    asked: f64,
    /// Padded words of the messages just before, nothing done in between.
    carried: f64,
    /// The same of the prose in calls.
    templated: f64,
}

/// How much of a step's speech is padding; everything in [0, 1], higher is worse.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Padding {
    /// The evidence.
    pub(crate) value: f64,
    /// The strongest of the shares below, whatever the length.
    pub(crate) strongest: f64,
    /// Share of lines that a result, a prompt or earlier speech already held.
    pub(crate) echo: f64,
    /// Share of phrases that were said before.
    pub(crate) stock: f64,
    /// Share of phrases that repeat within the text.
    pub(crate) chant: f64,
    /// Evidence that the reasoning goes in circles.
    pub(crate) circling: f64,
    /// Share of phrases that the model has said before, whoever else has.
    pub(crate) again: f64,
    /// Similarity to the speech just before.
    pub(crate) previous: f64,
}

/// Evidence in a share of known lines, in [0, 1]: one half stays one half, while a smaller part says little, since whoever
/// answers quotes a line, a heading or a name, and a larger part much.
pub(crate) fn by_majority(share: f64) -> f64 {
    share.min(share * share * (3.0 - 2.0 * share))
}

/// Evidence in reasoning that repeats its own phrases, in [0, 1]. Nobody but the model reads it, so that to restate what was
/// heard or said is what it is for; to say the same twice in one text is not.
fn circling(speech: &Speech) -> f64 {
    let words = speech.thoughts as f64;
    saturate(speech.circled / words.max(1.0), STOCK.get()) * words / (words + REMARK_WORDS.get())
}

impl Listener {
    pub(crate) fn new() -> Self {
        Listener {
            said: Memory::new(MEMORY),
            heard: Memory::new(MEMORY / 2),
            written: Memory::new(MEMORY / 2),
            previous: Outlines::default(),
            asked: 0.0,
            carried: 0.0,
            templated: 0.0,
        }
    }

    /// Share of the phrases that were in no speech before, nor in a prompt.
    pub(crate) fn novelty(&self, text: &Text) -> Option<f64> {
        self.unheard(text, self.said.novelty(&text.phrases))
    }

    /// Of what the model has not said, what was in no prompt either.
    fn unheard(&self, text: &Text, unsaid: Option<f64>) -> Option<f64> {
        let unsaid = unsaid?;
        Some(self.heard.novelty(&text.phrases).map_or(unsaid, |unheard| unsaid.min(unheard)))
    }

    /// Remembers what somebody else said.
    pub(crate) fn hear(&mut self, text: &Text) {
        self.asked += self.novelty(text).unwrap_or(0.0) * text.words as f64;
        self.heard.insert(&text.phrases);
    }

    /// Remembers what the model said.
    pub(crate) fn said(&mut self, speech: &Speech) {
        speech.texts.iter().for_each(|text| self.said.insert(&text.phrases));
        if let Some(text) = speech.longest() {
            self.previous = text.phrases.outlines();
        }
    }

    /// Remembers what the model wrote into a call. Short notes in one wording add up, until a call brings something.
    pub(crate) fn wrote(&mut self, prose: &Prose, useful: bool) {
        let words = self.templated + prose.words as f64;
        self.templated = match self.written_before(prose) {
            _ if useful => 0.0,
            known if known >= 1.0 => self.templated,
            _ => self.known(prose) * words,
        };
        self.written.insert(&prose.phrases);
    }

    /// How much of the prose in a call is what calls have said before, in [0, 1].
    pub(crate) fn template(&self, prose: &Prose) -> f64 {
        let words = self.templated + prose.words as f64;
        self.known(prose) * words / (words + REMARK_WORDS.get())
    }

    /// Evidence in the phrases that calls have held before. What is all the same is a repeat: a loop, if anything.
    fn known(&self, prose: &Prose) -> f64 {
        let known = self.written_before(prose);
        if known < 1.0 { saturate(known, STOCK.get()) } else { 0.0 }
    }

    /// Share of the phrases that calls have held before, in [0, 1].
    pub(crate) fn written_before(&self, prose: &Prose) -> f64 {
        self.written.known(&prose.phrases)
    }

    /// How far a message may be what others have just asked for, in [0, 1]: a few words on a page that is new are an extract of
    /// it, whatever their form.
    pub(crate) fn extracts(&self, step: &Step) -> f64 {
        match step.kind {
            StepKind::Message => saturate(self.asked / step.speech.words.max(1) as f64, EXTRACT.get()),
            StepKind::ToolCall => 0.0,
        }
    }

    /// Reads the speech of a step against what was heard, and against the lines that the session holds. An answer has a
    /// reader, who may want to hear things again: it must be the clearer. A few words on what calls have `brought`, in [0, 1], are a
    /// report, whatever their form.
    pub(crate) fn padding(&self, step: &Step, brought: f64, lines: &Memory) -> Padding {
        let circling = circling(&step.speech);
        let Some(text) = step.speech.longest() else { return Padding { circling, ..Padding::default() } };
        let echo = lines.known(&text.lines);
        let unsaid = self.said.novelty(&text.phrases);
        let again = 1.0 - unsaid.unwrap_or(1.0);
        let known = 1.0 - self.unheard(text, unsaid).unwrap_or(1.0);
        // Who answers takes up the words of the question.
        let stock = again + TAKEN_UP * (known - again).max(0.0);
        let chant = text.repetition;
        let strongest = by_majority(echo).max(saturate(stock, STOCK.get())).max(saturate(chant, STOCK.get()));
        // What is said beside a call is neither a report nor a message in a row.
        let (brought, carried) = match step.kind {
            StepKind::Message => (brought, self.carried),
            StepKind::ToolCall => (0.0, 0.0),
        };
        let asked_for = self.extracts(step).max(brought * briefness(text.words));
        let strongest = strongest * (1.0 - asked_for);
        let words = text.words as f64 + carried;
        let now = text.phrases.outlines();
        let previous = now.get(0).cosine(self.previous.get(0)).unwrap_or(0.0);
        let value = strongest * words / (words + REMARK_WORDS.get());
        let value = if step.answer { value * value } else { value };
        Padding { value, strongest, echo, stock, chant, circling, again, previous }
    }

    /// A short remark is no padding, the tenth in a row is: messages hand on the words that added nothing, until
    /// something is done.
    pub(crate) fn carry(&mut self, step: &Step, padding: &Padding, useful: bool) {
        if step.kind == StepKind::Message && step.speech.words > 0 {
            self.asked = 0.0;
        }
        self.carried = match step.kind {
            StepKind::Message => padding.strongest * (self.carried + step.speech.words as f64),
            StepKind::ToolCall if useful => 0.0,
            StepKind::ToolCall => self.carried,
        };
    }
}
