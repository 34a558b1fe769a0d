//! What a session has in view: what further steps are compared with, and what of a step is new to it.

use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::digest::Digest;
use crate::memory::{Look, Memory};
use crate::recurrence::Recurrence;
use crate::sketch::{Latest, Sketch};
use crate::speech::Listener;
use crate::step::Step;
use crate::text::Text;
use crate::tuning::{FULL_GAIN, MEMORY};
use crate::window::Window;

/// The steps in view, and what the session has shown so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct View {
    pub(crate) window: Window,
    /// Lines as they stand, and masked.
    pub(crate) lines: Memory,
    pub(crate) skeletons: Memory,
    /// Words of arguments.
    pub(crate) tokens: Memory,
    /// Calls with their results, and calls alone.
    pub(crate) units: Memory,
    pub(crate) calls: Memory,
    pub(crate) listener: Listener,
}

/// Shares of a step that were not there before, in [0, 1]; `None` where the step has no result.
pub(crate) struct News {
    pub(crate) words: f64,
    pub(crate) lines: Option<f64>,
    pub(crate) skeletons: Option<f64>,
    pub(crate) looks: Looks,
}

/// What the memories have found of a step.
pub(crate) struct Looks {
    tokens: Option<Look>,
    lines: Option<Look>,
    skeletons: Option<Look>,
}

impl News {
    /// What a result brought beside its volatile parts, in [0, 1]: a few new lines among many known ones may be just
    /// what was looked for.
    pub(crate) fn gain(&self) -> f64 {
        (self.skeletons.unwrap_or(0.0) / FULL_GAIN.get()).min(1.0)
    }

    /// Two channels: what is new in the masked lines is new; what is new in the lines as they stand only counts by
    /// how much their masked parts carry.
    pub(crate) fn of_result(&self, text: &Text) -> Option<f64> {
        let exact = self.lines?;
        let masked = self.skeletons.unwrap_or(exact);
        Some(masked + text.masked_content() * (exact - masked).max(0.0))
    }
}

impl View {
    pub(crate) fn new() -> Self {
        View {
            window: Window::default(),
            lines: Memory::new(MEMORY),
            skeletons: Memory::new(MEMORY),
            tokens: Memory::new(MEMORY),
            units: Memory::new(MEMORY / 2),
            calls: Memory::new(MEMORY / 2),
            listener: Listener::new(),
        }
    }

    /// Remembers what somebody else than the model said.
    pub(crate) fn remember_text(&mut self, digest: &Digest) {
        let Some(text) = &digest.text else { return };
        self.lines.insert(&text.lines);
        self.skeletons.insert(&text.skeletons);
        self.listener.hear(text);
    }

    /// What of the step was not there before: neither in the memory nor in one of the steps in view. Memory holds no more
    /// than a sample of a long text, and a page of it would look new there.
    pub(crate) fn news(&self, step: &Step, latest: &Latest, seen: f64) -> News {
        let tokens = step.arguments.as_ref().map(|arguments| self.tokens.look(&arguments.tokens));
        let report = step.report().filter(|_| latest.sent_again);
        let lines = step.result.as_ref().map(|text| self.lines.look(report.unwrap_or(&text.lines)));
        let skeletons =
            step.result.as_ref().map(|text| self.skeletons.look(report.unwrap_or(&text.skeletons)));
        let words = tokens.as_ref().and_then(|look| look.novelty(|| 1.0 - self.window.likeness(latest)));
        let unseen = |look: &Option<Look>| {
            let novelty = look.as_ref()?.novelty(|| 1.0)?;
            Some(novelty.min(1.0 - seen))
        };
        News {
            words: words.unwrap_or(0.0),
            lines: unseen(&lines),
            skeletons: unseen(&skeletons),
            looks: Looks { tokens, lines, skeletons },
        }
    }

    /// The latest step that put the same question.
    pub(crate) fn same_question(&self, recurrence: &Recurrence) -> Option<&Sketch> {
        self.window.back(recurrence.same_question?)
    }

    /// Whether somebody is sent on an errand in words that were all used before.
    pub(crate) fn sends_again(&self, step: &Step) -> bool {
        let new_words = |arguments: &Arguments| {
            self.tokens.novelty(&arguments.tokens).unwrap_or(1.0) * arguments.words as f64
        };
        step.report().is_some()
            && step.arguments.as_ref().is_some_and(|asked| asked.speaks || new_words(asked) < 1.0)
    }

    /// Remembers the step for the ones to come.
    pub(crate) fn keep(&mut self, step: &Step, latest: Latest, looks: &Looks) {
        self.window.push(latest);
        looks.tokens.iter().for_each(|look| self.tokens.learn(look));
        looks.lines.iter().for_each(|look| self.lines.learn(look));
        looks.skeletons.iter().for_each(|look| self.skeletons.learn(look));
        if let Some(report) = step.report() {
            self.lines.insert(report);
            self.skeletons.insert(report);
        }
        step.speech.texts.iter().for_each(|text| self.lines.insert(&text.lines));
        self.listener.said(&step.speech);
    }
}
