//! One errand that was given to several at once, when nothing follows but an answer: the first report was as good as the
//! others. Whoever compares them, scores them or goes on with them does so in calls. An errand is the same in the same words, or
//! where question and report are alike: parts of one work are asked for alike, and bring different reports.

use serde::{Deserialize, Serialize};

use crate::action::delegates;
use crate::arguments::Arguments;
use crate::evidence::Wasted;
use crate::outline::Outlines;
use crate::step::Step;
use crate::tuning::{ERRANDS, PEAK, PROSE_BYTES, RECEIPT_WORDS, WINDOW};

/// The errands that nothing has followed yet, all like the first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Errands {
    first: Option<Box<Brief>>,
    request: u64,
    given: Vec<Wasted>,
}

/// What somebody was sent for, and what came back.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Brief {
    text: u64,
    /// Words of the question; words of the report, or the lines of what is none.
    words: Outlines<2>,
}

impl Errands {
    /// Notes a call. One of a later request goes on with what was brought, unless it is the same errand for somebody.
    pub(crate) fn called(&mut self, step: &Step) {
        let brief = Brief::of(step);
        let again = brief.as_ref().is_some_and(|brief| self.given_before(brief));
        let sent_again = again && (sends(step) || step.report().is_some());
        if step.request != self.request && !sent_again {
            self.given.clear();
        }
        self.request = step.request;
        let Some(brief) = brief else { return };
        if self.given.is_empty() {
            self.first = Some(Box::new(brief));
        } else if !again {
            return;
        }
        if self.given.len() < WINDOW {
            let words = |words: Option<u64>| words.unwrap_or(0) as f64;
            let asked = words(step.arguments.as_ref().map(|arguments| arguments.words));
            let told = words(step.result.as_ref().map(|result| result.words));
            self.given.push(Wasted { place: step.place.clone(), words: asked + told });
        }
    }

    fn given_before(&self, brief: &Brief) -> bool {
        !self.given.is_empty() && self.first.as_ref().is_some_and(|first| first.is_like(brief))
    }

    /// A turn ends: those that were given in vain, all but the first.
    pub(crate) fn answered(&mut self) -> Vec<Wasted> {
        let mut given = std::mem::take(&mut self.given);
        if given.len() >= ERRANDS { given.split_off(1) } else { Vec::new() }
    }
}

/// Whether a call is to somebody, going by its tool.
fn sends(step: &Step) -> bool {
    step.arguments.as_ref().is_some_and(|asked| asked.speaks) || step.tool.as_deref().is_some_and(delegates)
}

impl Brief {
    /// The longest text of a call that changes nothing and brings a report.
    fn of(step: &Step) -> Option<Self> {
        let asks = |arguments: &&Arguments| !arguments.edits() && step.action.is_none() && !step.failed();
        let told = step.result.as_ref().filter(|result| result.words as f64 >= RECEIPT_WORDS.get())?;
        let asked = step.arguments.as_ref().filter(asks)?;
        let longest = asked.leaves.iter().max_by_key(|leaf| leaf.length)?;
        let words = [&asked.tokens, told.report.as_deref().unwrap_or(&told.skeletons)];
        (longest.length >= PROSE_BYTES as u64 || sends(step)).then(|| Brief {
            text: longest.value,
            words: Outlines::of(words.map(|sample| sample.outline(usize::MAX))),
        })
    }

    /// The same text, or on the whole rather alike than not, question and report.
    fn is_like(&self, other: &Brief) -> bool {
        let alike = |at| self.words.get(at).cosine(other.words.get(at)).unwrap_or(0.0);
        self.text == other.text || alike(0) * alike(1) >= PEAK * PEAK
    }
}
