//! Puts events together to steps: a call with its result and the speech before it, or a request without a call.

use goodhart_trace::Position;
use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::arguments::Arguments;
use crate::digest::Digest;
use crate::outcome::Outcome;
use crate::sample::Sample;
use crate::text::Text;
use crate::tuning::{NOTHING_WORDS, PEAK, PROSE_BYTES, TEXTS};

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A tool call and its result.
    ToolCall,
    /// A request that called no tool.
    Message,
}

/// Where a step stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Number of the step in its session, from 0.
    pub step: u64,
    /// Place of the first line in its source.
    pub position: Position,
    /// Call id; for messages the id of the request.
    pub call: Option<Box<str>>,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: Option<i64>,
}

/// A step under construction or complete.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) kind: StepKind,
    pub(crate) place: Place,
    pub(crate) request: u64,
    pub(crate) tool: Option<Box<str>>,
    pub(crate) speech: Speech,
    pub(crate) arguments: Option<Arguments>,
    pub(crate) action: Option<Action>,
    pub(crate) result: Option<Text>,
    /// The result only acknowledges that something was done.
    pub(crate) acknowledged: bool,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) error: Option<bool>,
    /// The last message before a human turn or the end: it has a reader.
    pub(crate) answer: bool,
}

/// What the model wrote before a call, or instead of one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Speech {
    /// The longest texts, in their order; sizes are of all.
    pub(crate) texts: Vec<Text>,
    pub(crate) words: u64,
    pub(crate) text_bytes: u64,
    pub(crate) reasoning_bytes: u64,
    /// Words of reasoning, and those of them that repeat what the same text has said.
    pub(crate) thoughts: u64,
    pub(crate) circled: f64,
    pub(crate) started: Option<Place>,
}

impl Speech {
    pub(crate) fn is_empty(&self) -> bool {
        self.started.is_none()
    }

    /// Adds a text. A log that streams its words piece by piece must not fill the memory: the shortest gives way.
    pub(crate) fn say(&mut self, text: Text) {
        self.words = self.words.saturating_add(text.words);
        self.text_bytes = self.text_bytes.saturating_add(text.bytes);
        self.texts.push(text);
        if self.texts.len() > TEXTS {
            let shortest = (0..self.texts.len()).min_by_key(|&at| self.texts[at].words);
            shortest.into_iter().for_each(|at| drop(self.texts.remove(at)));
        }
    }

    /// Adds reasoning, of which only the size counts, and how much of it goes in circles.
    pub(crate) fn think(&mut self, text: &Text) {
        self.reasoning_bytes = self.reasoning_bytes.saturating_add(text.bytes);
        self.thoughts = self.thoughts.saturating_add(text.words);
        self.circled += text.repetition * text.words as f64;
    }

    /// The text with the most words, the latest of equals: what the speech is compared by.
    pub(crate) fn longest(&self) -> Option<&Text> {
        self.texts.iter().max_by_key(|text| text.words)
    }

    /// Bytes of text and reasoning.
    pub(crate) fn bytes(&self) -> u64 {
        self.reasoning_bytes.saturating_add(self.text_bytes)
    }
}

impl Step {
    /// A call that waits for its result.
    pub(crate) fn call(mut digest: Digest, request: u64, speech: Speech) -> Self {
        let call = digest.call.take();
        Step {
            kind: StepKind::ToolCall,
            place: place(&digest, call),
            request,
            tool: digest.tool,
            speech,
            arguments: digest.arguments,
            action: digest.action,
            result: None,
            acknowledged: false,
            outcome: None,
            error: None,
            answer: false,
        }
    }

    /// A request that ended without a call.
    pub(crate) fn message(request: u64, mut speech: Speech, answer: bool) -> Self {
        Step {
            kind: StepKind::Message,
            place: speech.started.take().unwrap_or_default(),
            request,
            tool: None,
            speech,
            arguments: None,
            action: None,
            result: None,
            acknowledged: false,
            outcome: None,
            error: None,
            answer,
        }
    }

    /// Takes the result.
    pub(crate) fn answer(&mut self, digest: Digest) {
        self.result = digest.text;
        self.acknowledged = digest.acknowledges;
        self.outcome = digest.outcome;
        self.error = digest.error;
    }

    /// Bytes that the model itself wrote in this step.
    pub(crate) fn own_bytes(&self) -> u64 {
        self.speech.bytes().saturating_add(self.arguments.as_ref().map_or(0, |arguments| arguments.bytes))
    }

    /// All bytes of the step.
    pub(crate) fn bytes(&self) -> u64 {
        self.own_bytes().saturating_add(self.result.as_ref().map_or(0, |result| result.bytes))
    }

    /// How much of what the step writes into files changes nothing that a program does: most of it, or none.
    pub(crate) fn hollow(&self) -> f64 {
        let share = self.arguments.as_ref().map_or(0.0, |arguments| arguments.hollow);
        if share >= PEAK && !self.failed() { share } else { 0.0 }
    }

    /// Words of what somebody reports who was sent on an errand in words, or replies to what was said.
    pub(crate) fn report(&self) -> Option<&Sample> {
        let (asked, result) = (self.arguments.as_ref()?, self.result.as_ref()?);
        asked.prose()?;
        result.report.as_deref().filter(|_| asked.speaks || result.bytes >= PROSE_BYTES as u64)
    }

    /// A look that was answered with next to nothing, like `null`.
    pub(crate) fn found_nothing(&self) -> bool {
        let looks = self.kind == StepKind::ToolCall && self.action.is_none() && !self.acknowledged;
        looks
            && !self.arguments.as_ref().is_some_and(Arguments::edits)
            && self.result.as_ref().is_some_and(|result| result.words <= NOTHING_WORDS)
    }

    pub(crate) fn failed(&self) -> bool {
        self.error == Some(true)
    }
}

/// The place of an event; the fold numbers the step when it is complete.
pub(crate) fn place(digest: &Digest, name: Option<Box<str>>) -> Place {
    Place { step: 0, position: digest.position, call: name, time_ms: digest.time_ms }
}
