//! How much of what a step writes, or loads once more, changes nothing.

use crate::arguments::Arguments;
use crate::memory::Memory;
use crate::span::Pattern;
use crate::step::Step;
use crate::tuning::{ADDED_LINES, PAGE_LINES, PAGES_WORDS, PEAK};
use crate::view::View;

/// How much of what a step writes changes nothing, where that is most of it, and how it does not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) value: f64,
    pub(crate) pattern: Pattern,
    pub(crate) words: f64,
}

impl Written {
    /// What a call writes is hollow by itself, is added once more to the same file (`added` knows what edits have added), or
    /// says what calls have said before, brings nothing and is about nothing that was made.
    pub(crate) fn by_call(step: &Step, useful: bool, added: &Memory, view: &View) -> Self {
        let arguments = step.arguments.as_ref().filter(|_| !step.failed());
        let page = arguments.and_then(Arguments::written_whole).is_some();
        let unread = !page || view.window.holds_unread_page();
        let given = arguments.filter(|_| unread).map_or(0.0, |arguments| given_before(arguments, added));
        let listener = &view.listener;
        let idle = |arguments: &Arguments| !useful && !view.window.holds_draft_for(arguments);
        let prose = arguments.and_then(|arguments| arguments.prose().filter(|_| idle(arguments)));
        let template = prose.map_or(0.0, |prose| listener.template(prose));
        // Half of a test is its frame. What is all the same as before is a repeat: a loop, if anything, and nothing for
        // or against padding. Another page of the same is none.
        let again = if given < 1.0 || page { given * given } else { 0.0 };
        let repeat =
            (given >= 1.0 && !page) || prose.is_some_and(|prose| listener.written_before(prose) >= 1.0);
        let kinds = [(Pattern::Hollow, step.hollow()), (Pattern::Echo, again), (Pattern::Filler, template)];
        let (pattern, value) =
            kinds.into_iter().fold(kinds[0], |most, kind| if kind.1 > most.1 { kind } else { most });
        let value = if value >= PEAK { value } else { 0.0 };
        let words = step.arguments.as_ref().map_or(0, |arguments| arguments.words) as f64;
        Written { value, pattern, words: if repeat && value == 0.0 { 0.0 } else { words } }
    }

    /// This many words were in view already and are loaded once more, for a few words of an answer.
    pub(crate) fn by_answer(step: &Step, loaded: f64) -> Self {
        let idle = (1.0 - step.speech.words as f64 / loaded.max(1.0)).max(0.0);
        let value = idle * loaded / (loaded + PAGES_WORDS);
        let (value, words) = if value >= PEAK { (value, loaded) } else { (0.0, 0.0) };
        Written { value, pattern: Pattern::Reloaded, words }
    }
}

/// Share of the lines of an edit that the file has been given before, or other pages have; where more than a few tell something.
/// A page that is written once more is one that is worked on.
fn given_before(arguments: &Arguments, added: &Memory) -> f64 {
    let lines = &arguments.added;
    let telling = lines.at(0).iter().filter(|line| line.weight > 1).count();
    let few = match arguments.written_whole() {
        Some(file) if added.contains(file) => return 0.0,
        Some(_) => PAGE_LINES,
        None => ADDED_LINES,
    };
    if telling >= few { added.known(lines) } else { 0.0 }
}
