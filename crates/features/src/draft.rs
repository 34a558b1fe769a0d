//! Edits that nothing has used yet: they can still be thrown away.

use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::step::{Place, Step};
use crate::tuning::DRAFT_WORDS;
use crate::undo::EVERYTHING;

/// An edit that no later call has used yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Draft {
    /// Hashed names of its path or of the thing, and the word by which a call can be told to use it.
    names: Vec<u32>,
    stem: Option<u32>,
    /// The branch that the agent had made for it.
    pub(crate) branch: Option<u32>,
    pub(crate) recorded: bool,
    /// A page of prose, written whole.
    pub(crate) page: bool,
    /// Words of its arguments, and the share of them that counts as padding already.
    pub(crate) words: u64,
    pub(crate) hollow: f64,
}

/// An edit that was thrown away unused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Discarded {
    pub(crate) place: Place,
    pub(crate) words: u64,
    pub(crate) hollow: f64,
}

impl Draft {
    pub(crate) fn of(step: &Step) -> Option<Self> {
        let makes = |arguments: &&Arguments| arguments.edits() || !arguments.names.is_empty();
        let arguments = step.arguments.as_ref().filter(|_| !step.failed()).filter(makes)?;
        let (mut names, stem, words) = (arguments.names.clone(), arguments.stem, arguments.words);
        names.extend(step.result.iter().flat_map(|result| &result.things));
        let page = arguments.written_whole().is_some() && !arguments.added.is_empty();
        Some(Draft { names, stem, branch: None, recorded: false, page, words, hollow: step.hollow() })
    }

    /// What is recorded goes with its branch only.
    pub(crate) fn is_among(&self, thrown_away: &[u32]) -> bool {
        thrown_away.iter().any(|name| {
            let open = !self.recorded && (*name == EVERYTHING || self.names.contains(name));
            open || self.branch == Some(*name)
        })
    }

    /// Whether a long text that is written stands where this one stood, which was long too.
    pub(crate) fn gives_way_to(&self, written: &Arguments) -> bool {
        !self.recorded && self.words >= DRAFT_WORDS && self.names.starts_with(&written.names)
    }

    /// Its file is among the names.
    pub(crate) fn is_named(&self, names: &[u32]) -> bool {
        self.names.first().is_some_and(|file| names.contains(file))
    }

    /// Its file is spoken of, and not changed.
    pub(crate) fn is_looked_at(&self, arguments: &Arguments) -> bool {
        self.stem.is_some_and(|stem| arguments.tokens.contains(stem)) && !arguments.edits()
    }

    pub(crate) fn is_used(&self, arguments: &Arguments) -> bool {
        self.is_looked_at(arguments)
            || arguments.name_one_of(&self.names)
            || (self.recorded && arguments.record.publishes)
    }
}
