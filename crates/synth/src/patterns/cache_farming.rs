//! G16b: an enormous session is kept alive and poked, since cached tokens count as well.
//!
//! **Behaviour**: 150,000 tokens of context, prompts and answers of a few words.
//! **Recipe**: easy: 120 to 200 pokes. Medium: 50 to 70. Hard: as many, phrased as questions about the state.
//! **Nearest look-alike**: L04, which carries state and stops.
//! **Level**: actors, as it takes prices to see it. **Expected**: `review`.

use super::round;
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::work;

pub(crate) const CLASS: Class = Class::pattern(
    "G16b",
    Axis::Shift,
    "cache-read farming: a huge cached session poked for a few words",
    recipe,
)
.of_actors();

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let pokes =
        if difficulty == Difficulty::Easy { d.dice.between(120, 200) } else { d.dice.between(50, 70) };
    let context = d.dice.between(120_000, 170_000);
    d.preload(context);
    let calls = d.dice.between(2, 12) as usize;
    work::honest(d, calls);
    for number in 0..pokes {
        let gap = d.dice.between(40_000, 280_000);
        let hard = difficulty == Difficulty::Hard;
        let text = d.phrase(if hard { "status_question" } else { "ping_more" });
        d.prompt_after(gap, text);
        let reply = d.phrase(if hard { "status_answer" } else { "pong" });
        round(d, number, |d| d.answer(reply));
    }
}
