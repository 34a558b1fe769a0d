//! L23: work at night, at weekends, in another time zone, part-time.
//!
//! **Looks like** what the clock calls strange.
//! **Benign evidence**: it is ordinary work.
//! **Expected**: `ok`. Three to five sessions of one actor.

use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::fleet;
use crate::work;

pub(crate) const CLASS: Class =
    Class::lookalike("L23", "odd hours: ordinary work at night, at weekends or part-time", recipe)
        .of_actors();

/// The hours of the week at which somebody works, counted from Monday midnight.
const RHYTHMS: &[&[u64]] = &[
    // Nights.
    &[1, 26, 50, 75, 98],
    // Weekends.
    &[130, 138, 154, 160, 165],
    // Two mornings a week.
    &[33, 34, 81, 82, 83],
    // Another time zone.
    &[21, 45, 70, 93, 117],
];

fn recipe(d: &mut Desk, _: Difficulty) {
    let (rhythm, count) = (d.dice.pick(RHYTHMS), d.dice.between(3, 5));
    fleet::sessions(d, count, fleet::AT_ONCE_MS, |d, number| {
        d.wait_until(rhythm[number as usize % rhythm.len()]);
        let calls = d.dice.between(6, 45) as usize;
        work::honest(d, calls);
    });
}
