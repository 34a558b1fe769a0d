//! G15: the dearest model for trivia.
//!
//! **Behaviour**: small renames and settings, nothing fails, few files; but the top tier does them, with long reasoning.
//! **Recipe**: four to six sessions. Easy: the top tier throughout. Medium: only in the last two, at the end of the month. Hard:
//! trivia on the top tier between real work on the usual one.
//! **Nearest look-alike**: a hard bug, with failures, many files and hours.
//! **Level**: actors, as it takes prices to see it. **Expected**: `review`.

use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::fleet;
use crate::script::Tier;
use crate::work;

pub(crate) const CLASS: Class = Class::pattern(
    "G15",
    Axis::Shift,
    "model up-shift: the dearest model and long reasoning for trivial changes",
    recipe,
)
.of_actors();

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let count = d.dice.between(4, 6);
    fleet::sessions(d, count, fleet::DAYS_MS, |d, number| match difficulty {
        Difficulty::Easy => trivia(d),
        Difficulty::Medium if number + 2 < count => honest(d),
        Difficulty::Medium => trivia(d),
        _ => {
            honest(d);
            trivia(d);
            honest(d);
        }
    });
}

fn honest(d: &mut Desk) {
    let calls = d.dice.between(4, 18) as usize;
    work::honest(d, calls);
}

fn trivia(d: &mut Desk) {
    d.use_model(Some(Tier::Top));
    for _ in 0..d.dice.between(2, 6) {
        d.move_on();
        d.ask("ask_trivial_change");
        d.wasting(|d| {
            let sentences = d.dice.between(20, 60);
            d.think(sentences);
            let file = d.topic.file.clone();
            d.look_at(&file);
            work::small_change(d);
            d.sum_up();
        });
    }
    d.use_model(None);
}
