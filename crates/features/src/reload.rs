//! Pages that were in view and that calls load once more, for a few words of an answer and no other work.

use serde::{Deserialize, Serialize};

use crate::step::{Place, Step};
use crate::tuning::{PAGES_WORDS, PEAK, RELOADS};

/// What the calls since the latest message have loaded, and the turns of nothing else that do not count yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Reloads {
    loaded: Loaded,
    /// How often pages were loaded once more.
    pub(crate) times: u64,
    pending: Vec<Reload>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Loaded {
    first: Option<Place>,
    /// Words of results, those of them that were in view already, and words of the model.
    words: f64,
    known: f64,
    said: f64,
    /// A call that does more than load.
    worked: bool,
}

/// A turn that has loaded pages once more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Reload {
    /// The call that loads first, and the answer.
    pub(crate) first: Place,
    pub(crate) answer: Place,
    /// How much of a reload it is, in [0, 1].
    pub(crate) value: f64,
    /// Words that were in view already.
    pub(crate) words: f64,
}

impl Reloads {
    /// A turn begins.
    pub(crate) fn begin(&mut self) {
        self.loaded = Loaded::default();
    }

    /// Notes a call that only looks, of whose result such a share was in view already.
    pub(crate) fn look(&mut self, step: &Step, known: f64) {
        let words = step.result.as_ref().map_or(0, |result| result.words) as f64;
        let loaded = &mut self.loaded;
        loaded.words += words;
        loaded.known += known * words;
        loaded.said += step.speech.words as f64;
        loaded.first.get_or_insert_with(|| step.place.clone());
    }

    /// Notes a call that does more.
    pub(crate) fn work(&mut self) {
        self.loaded.worked = true;
    }

    /// The turns that a message shows to be reloads: all of them once they have become a habit, since anybody looks
    /// up again once or twice what scrolled away.
    pub(crate) fn answered(&mut self, message: &Step) -> Vec<Reload> {
        let reload = std::mem::take(&mut self.loaded).reload(message);
        self.times += u64::from(reload.is_some());
        self.pending.extend(reload);
        if self.times >= RELOADS { std::mem::take(&mut self.pending) } else { Vec::new() }
    }
}

impl Loaded {
    /// Rather known than not, and far more than is made of it.
    fn reload(self, message: &Step) -> Option<Reload> {
        let first = self.first.filter(|_| !self.worked && self.known >= PEAK * self.words)?;
        let said = self.said + message.speech.words as f64;
        let idle = (1.0 - said / self.known.max(1.0)).max(0.0);
        let value = idle * self.known / (self.known + PAGES_WORDS);
        let answer = message.place.clone();
        (value >= PEAK).then_some(Reload { first, answer, value, words: self.known })
    }
}
