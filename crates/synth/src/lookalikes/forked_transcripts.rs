//! L24: forked, resumed and mirrored transcripts.
//!
//! **Looks like** G21 and doubled volume: the same messages in several files.
//! **Benign evidence**: the ids are the same, so that each counts once.
//! **Expected**: `ok`. One session, and two or three copies of it of which some go on.

use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::fleet;
use crate::work;

pub(crate) const CLASS: Class = Class::lookalike(
    "L24",
    "forked transcripts: copies with the same message ids, some of which go on",
    recipe,
)
.of_actors();

fn recipe(d: &mut Desk, _: Difficulty) {
    let calls = d.dice.between(8, 40) as usize;
    work::honest(d, calls);
    let (copies, end) = (d.dice.between(2, 3), d.project.clone());
    for copy in 1..=copies {
        d.project = end.clone();
        let gap = d.dice.quantile(fleet::HOURS_MS) as u64;
        d.fork(gap);
        // A copy that does not go on is a mirror; the last one always does.
        if copy == copies || d.dice.chance(0.6) {
            let more = d.dice.between(3, 18) as usize;
            work::honest(d, more);
        }
    }
}
