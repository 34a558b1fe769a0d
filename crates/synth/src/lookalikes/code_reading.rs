//! L12: learning a code base.
//!
//! **Looks like** G05: many questions, many reads, nothing written.
//! **Benign evidence**: every question is another one, new files keep coming, a human sets the pace.
//! **Expected**: `ok`.

use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::work;

pub(crate) const CLASS: Class =
    Class::lookalike("L12", "code reading: diverse questions, no writes, human pace", recipe);

fn recipe(d: &mut Desk, _: Difficulty) {
    for _ in 0..d.dice.between(6, 18) {
        d.move_on();
        if d.dice.chance(0.5) { work::explore(d) } else { work::ask(d) }
    }
}
