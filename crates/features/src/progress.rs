//! Did the world change? Credits for steps that moved something which stays moved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::arguments::{Arguments, Role};
use crate::hash::{mix, upper};
use crate::memory::Memory;
use crate::outcome::Outcome;
use crate::step::Step;
use crate::tuning::{
    COMMANDS, EDIT_IN_FULL, ITEM_CLOSED, MEMORY, NEW_CONTENT, NEW_OBJECT, SMALL_EDIT, STATUS_MOVED,
};

/// What a step has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Credit {
    /// An edit with a net change.
    Edit,
    /// A test or build status that moved.
    Tests,
    /// A plan item that closed.
    Plan,
    /// Work that was committed, pushed or deployed.
    Ship,
    /// A file or address that was not touched before.
    NewObject,
}

impl Credit {
    /// Every credit.
    pub const ALL: [Credit; 5] = [Credit::Edit, Credit::Tests, Credit::Plan, Credit::Ship, Credit::NewObject];

    /// Position in [`Credit::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// Whether the credit is for a change of the world, rather than for looking at something new.
    pub(crate) fn changes_the_world(self) -> bool {
        self != Credit::NewObject
    }
}

/// What the session has moved so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Progress {
    edits: Memory,
    objects: Memory,
    calls: Memory,
    closed: u64,
    written_since_ship: bool,
    /// How often tests have come to stand better than before, as they had not stood yet.
    pub(crate) advances: u64,
    /// Last outcome of each command, and of any.
    outcomes: BTreeMap<u32, Outcome>,
    last_outcome: Option<Outcome>,
}

/// Sets the files of edits apart from the edits.
const FIRST: u64 = 3;

impl Progress {
    pub(crate) fn new() -> Self {
        Progress {
            edits: Memory::new(MEMORY / 2),
            objects: Memory::new(MEMORY / 2),
            calls: Memory::new(MEMORY / 2),
            closed: 0,
            written_since_ship: false,
            advances: 0,
            outcomes: BTreeMap::new(),
            last_outcome: None,
        }
    }

    /// The credit of a step and its size in [0, 1]; `new_words` is the share of its argument words not seen before.
    pub(crate) fn credit(&mut self, step: &Step, new_words: f64) -> Option<(Credit, f64)> {
        let arguments = step.arguments.as_ref()?;
        let new_call = self.calls.insert_one(upper(mix(arguments.canonical, 2))).unwrap_or(true);
        let candidates = [
            self.edit(step, arguments, new_words),
            self.tests(step, arguments),
            self.plan(step, arguments, new_call),
            self.ship(step),
            self.object(step, arguments),
        ];
        candidates.into_iter().flatten().max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// An edit counts by its new words, and in full where it is the first of its file: a codemod says the same everywhere. One that
    /// was made before, or takes an earlier one back, counts nothing.
    fn edit(&mut self, step: &Step, arguments: &Arguments, new_words: f64) -> Option<(Credit, f64)> {
        let changes = arguments.change().filter(|_| !step.failed())?;
        let [made_before, taken_back] =
            changes.map(|change| self.edits.insert_one(upper(change)) == Some(false));
        let first = arguments
            .role(Role::Object)
            .is_some_and(|file| self.edits.insert_one(upper(mix(file.value, FIRST))).unwrap_or(true));
        let size = if taken_back || made_before {
            0.0
        } else if first {
            1.0
        } else {
            SMALL_EDIT + (1.0 - SMALL_EDIT) * (new_words / EDIT_IN_FULL).min(1.0)
        };
        let size = size * (1.0 - step.hollow());
        self.written_since_ship |= size > 0.0;
        (size > 0.0 || new_words > NEW_CONTENT).then_some((Credit::Edit, size))
    }

    fn tests(&mut self, step: &Step, arguments: &Arguments) -> Option<(Credit, f64)> {
        let now = step.outcome?;
        let command = upper(arguments.canonical);
        let before = self.outcomes.get(&command).copied().or(self.last_outcome);
        if self.outcomes.len() < COMMANDS || self.outcomes.contains_key(&command) {
            self.outcomes.insert(command, now);
        }
        self.last_outcome = Some(now);
        let unseen = self.calls.insert_one(upper(mix(mix(arguments.canonical, now.failed), now.passed)));
        let moved = before.is_some_and(|before| before != now);
        let better = before
            .is_some_and(|b| now.failed < b.failed || (now.failed == b.failed && now.passed > b.passed));
        self.advances += u64::from(better && unseen != Some(false));
        moved.then_some((Credit::Tests, if better { 1.0 } else { STATUS_MOVED }))
    }

    /// More items closed than ever before, or one closed by a call that was not made before.
    fn plan(&mut self, step: &Step, arguments: &Arguments, new_call: bool) -> Option<(Credit, f64)> {
        let closed = arguments.leaves.iter().filter(|leaf| leaf.role == Some(Role::Closed)).count() as u64;
        let moved = closed > self.closed || (closed == 1 && new_call);
        self.closed = self.closed.max(closed);
        (closed > 0 && moved && !step.failed()).then_some((Credit::Plan, ITEM_CLOSED))
    }

    /// Shipping counts when something was written since the last time.
    fn ship(&mut self, step: &Step) -> Option<(Credit, f64)> {
        let ships = step.action == Some(Action::Ship) && !step.failed();
        let counts = ships && self.written_since_ship;
        self.written_since_ship &= !ships;
        counts.then_some((Credit::Ship, 1.0))
    }

    fn object(&mut self, step: &Step, arguments: &Arguments) -> Option<(Credit, f64)> {
        let object = arguments.role(Role::Object)?;
        let new = self.objects.insert_one(upper(object.value)).unwrap_or(true);
        let answered = step.result.as_ref().is_some_and(|result| result.words > 0) && !step.failed();
        (new && answered).then_some((Credit::NewObject, NEW_OBJECT))
    }
}

#[cfg(test)]
mod tests {
    use super::{Credit, Progress};
    use crate::hash::DigestKey;
    use crate::step::{Speech, Step};
    use crate::{Digest, digest};
    use goodhart_trace::build::{Session, session};

    fn credits(session: Session) -> Vec<Option<(Credit, f64)>> {
        let digests: Vec<Digest> =
            session.events().iter().enumerate().map(|(i, e)| digest(e, i as u64, DigestKey(1))).collect();
        let mut progress = Progress::new();
        digests
            .chunks(2)
            .map(|pair| {
                let mut step = Step::call(pair[0].clone(), 0, Speech::default());
                step.answer(pair[1].clone());
                progress.credit(&step, 0.5)
            })
            .collect()
    }

    fn edit(s: Session, from: &str, to: &str) -> Session {
        s.call("Edit", &format!(r#"{{"file_path":"a.rs","old_string":"{from}","new_string":"{to}"}}"#))
            .result("ok")
    }

    #[test]
    fn an_edit_counts_once_and_its_reversal_never() {
        let churn = session("s");
        let churn = edit(edit(edit(churn, "x", "y"), "y", "x"), "x", "y");
        let sizes: Vec<f64> = credits(churn).into_iter().map(|credit| credit.map_or(0.0, |c| c.1)).collect();
        assert!(sizes[0] > 0.5 && sizes[1] == 0.0 && sizes[2] == 0.0, "{sizes:?}");
    }

    #[test]
    fn a_test_status_that_moves_counts_and_one_that_stays_does_not() {
        let run = |s: Session, out: &str| s.call("Bash", r#"{"command":"pytest"}"#).result(out);
        let s = run(run(run(session("s"), "3 failed, 1 passed"), "3 failed, 1 passed"), "1 failed, 3 passed");
        assert_eq!(credits(s), [None, None, Some((Credit::Tests, 1.0))]);
    }

    #[test]
    fn shipping_nothing_new_is_no_progress() {
        let commit = |s: Session| s.call("Bash", r#"{"command":"git commit -m x"}"#).result("done");
        let s = commit(commit(edit(session("s"), "x", "y")));
        let credits = credits(s);
        assert_eq!(credits[1], Some((Credit::Ship, 1.0)));
        assert_eq!(credits[2], None);
    }
}
