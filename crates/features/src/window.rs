//! The latest steps of a session, which a step is compared with.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::compare::{Comparison, Match};
use crate::draft::{Discarded, Draft};
use crate::recurrence::Recurrence;
use crate::sketch::{Latest, Sketch, Standing};
use crate::step::StepKind;
use crate::tuning::{FAINT, PEAK, WINDOW};

/// The latest steps of a session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Window {
    steps: VecDeque<Sketch>,
    /// Hashed names of what the latest step throws away.
    thrown_away: Box<[u32]>,
    /// The branch that the agent has made and is on, hashed.
    branch: Option<u32>,
}

impl Window {
    /// How this step recurs in the window. What it shows about earlier steps is handed to `revise`, with their
    /// standing before.
    #[inline(never)]
    pub(crate) fn recurrence(
        &mut self,
        latest: &Latest,
        mut revise: impl FnMut(&Sketch, Standing),
    ) -> Recurrence {
        let (mut recurrence, mut at_once, mut edits) = (Recurrence::default(), true, 0.0);
        let comparison = Comparison::of(latest);
        if let Some(previous) = self.steps.back().filter(|previous| previous.kind == latest.kind) {
            recurrence.previous = comparison.soft(previous, &self.thrown_away);
        }
        for (back, earlier) in self.steps.iter_mut().rev().enumerate() {
            at_once = at_once && latest.looks_again(earlier);
            // Of an edit that recurs counts what is left of it.
            if earlier.changes(latest) {
                edits += 1.0 - earlier.standing.looped();
            }
            if !comparison.is_possible(earlier) {
                continue;
            }
            if recurrence.same_question.is_none() && comparison.asks_again(earlier) {
                recurrence.same_question = Some(back);
            }
            if !at_once && comparison.is_unlike(earlier) {
                recurrence.best.get_or_insert(Match::NOTHING);
                continue;
            }
            let found = comparison.after(edits, earlier, comparison.with(earlier, back, at_once));
            recurrence.add(found);
            if found.strength > FAINT.get()
                && let Some(standing) = comparison.hindsight(earlier, &found)
            {
                let before = std::mem::replace(&mut earlier.standing, standing);
                revise(earlier, before);
            }
        }
        recurrence
    }

    /// The most that the arguments have in common with those of a step in view, in [0, 1].
    pub(crate) fn likeness(&self, latest: &Latest) -> f64 {
        self.steps.iter().filter_map(|earlier| latest.likeness(earlier)).fold(0.0, f64::max)
    }

    /// Whether a call is the first that looks at an edited file.
    pub(crate) fn holds_draft_for(&self, arguments: &Arguments) -> bool {
        self.drafts().any(|draft| draft.is_looked_at(arguments))
    }

    /// Whether a page was written that nothing has looked at.
    pub(crate) fn holds_unread_page(&self) -> bool {
        self.drafts().any(|draft| draft.page)
    }

    fn drafts(&self) -> impl Iterator<Item = &Draft> {
        self.steps.iter().filter_map(|earlier| earlier.draft.as_deref())
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
                take(earlier, &mut discarded);
            } else if draft.is_used(arguments) {
                earlier.draft = None;
            } else {
                draft.recorded |= arguments.record.commits;
            }
        }
        self.branch = arguments.record.branch.unwrap_or(self.branch);
        discarded
    }

    /// Takes out the drafts in whose place the latest step writes something else.
    pub(crate) fn overwrite(&mut self, latest: &Latest, arguments: &Arguments) -> Vec<Discarded> {
        let mut overwritten = Vec::new();
        if !arguments.overwrites() {
            return overwritten;
        }
        for earlier in &mut self.steps {
            let gives_way = earlier.draft.as_ref().is_some_and(|draft| draft.gives_way_to(arguments));
            if gives_way && latest.likeness(earlier).is_some_and(|likeness| likeness < PEAK) {
                take(earlier, &mut overwritten);
            }
        }
        overwritten
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

    /// The steps after the one at a distance from the step that is to come.
    pub(crate) fn since_mut(&mut self, distance: u64) -> impl Iterator<Item = &mut Sketch> {
        self.steps.iter_mut().rev().take(usize::try_from(distance).unwrap_or(WINDOW).saturating_sub(1))
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

/// Takes out the draft of a step.
fn take(step: &mut Sketch, taken: &mut Vec<Discarded>) {
    if let Some(draft) = step.draft.take() {
        let Draft { words, hollow, .. } = *draft;
        taken.push(Discarded { place: step.place.clone(), words, hollow });
    }
}
