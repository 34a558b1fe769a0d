//! N: ordinary coding sessions, the population that everything is compared with.
//!
//! **Behaviour**: bug fixes, features, renames, exploration, questions, chores, reviews and documents, mixed as a
//! developer's day mixes them.
//! **Recipe**: as many calls as the quantiles of real sessions give, by tasks of which the session has some
//! favourites; every session has its own project, voice, pace and rate of accidents.
//! **Expected**: `ok`.

use crate::class::{Axis, Class, Difficulty, Expected, Level};
use crate::desk::Desk;
use crate::work::{self, SESSION_CALLS};

pub(crate) const CLASS: Class = Class {
    id: "N",
    about: "ordinary coding session: fixes, features, renames, questions, chores, reviews",
    axis: Axis::None,
    level: Level::Session,
    expected: Expected::Ok,
    hard_negative: false,
    recipe,
};

fn recipe(d: &mut Desk, _: Difficulty) {
    let calls = d.dice.quantile(SESSION_CALLS) as usize;
    work::honest(d, calls);
}
