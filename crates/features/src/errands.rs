//! One errand that was given to several at once, when nothing follows but an answer: the first report was as good as the
//! others. Whoever compares them, scores them or goes on with them does so in calls.

use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::step::{Place, Step};
use crate::tuning::{ERRANDS, PROSE_BYTES, RECEIPT_WORDS, WINDOW};

/// The errands that nothing has followed yet, all in the same words.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Errands {
    text: u64,
    request: u64,
    given: Vec<Errand>,
}

/// An errand, once it is back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Errand {
    pub(crate) place: Place,
    /// Words of it and of its report.
    pub(crate) words: f64,
}

impl Errands {
    /// Notes a call. One of a later request goes on with what was brought, unless it is the same errand in words.
    pub(crate) fn called(&mut self, step: &Step) {
        let text = text(step);
        let again = text == Some(self.text) && step.report().is_some();
        if step.request != self.request && !again {
            self.given.clear();
        }
        self.request = step.request;
        let Some(text) = text.filter(|text| *text == self.text || self.given.is_empty()) else { return };
        self.text = text;
        if self.given.len() < WINDOW {
            let words = |words: Option<u64>| words.unwrap_or(0) as f64;
            let asked = words(step.arguments.as_ref().map(|arguments| arguments.words));
            let told = words(step.result.as_ref().map(|result| result.words));
            self.given.push(Errand { place: step.place.clone(), words: asked + told });
        }
    }

    /// A turn ends: those that were given in vain, all but the first.
    pub(crate) fn answered(&mut self) -> Vec<Errand> {
        let mut given = std::mem::take(&mut self.given);
        if given.len() >= ERRANDS { given.split_off(1) } else { Vec::new() }
    }
}

/// What somebody is sent for who brings a report: the longest text of a call that changes nothing.
fn text(step: &Step) -> Option<u64> {
    let asks = |arguments: &&Arguments| !arguments.edits() && step.action.is_none() && !step.failed();
    let told = step.result.as_ref().is_some_and(|result| result.words as f64 >= RECEIPT_WORDS.get());
    let leaves = &step.arguments.as_ref().filter(asks).filter(|_| told)?.leaves;
    let longest = leaves.iter().max_by_key(|leaf| leaf.length)?;
    (longest.length >= PROSE_BYTES as u64).then_some(longest.value)
}
