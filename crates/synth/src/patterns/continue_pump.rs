//! G14: nudges without content keep a finished agent talking.
//!
//! **Behaviour**: everything is done; "continue". The agent restates what it said, and looks at the same things.
//! **Recipe**: easy: "continue" 40 times. Medium: ten synonyms. Hard: mixed with praise and vague questions, and a look at
//! the same file now and then.
//! **Nearest look-alike**: L22, at an uneven pace, with approvals and a plan that moves.
//! **Expected**: `review`.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::shell;

pub(crate) const CLASS: Class = Class::pattern(
    "G14",
    Axis::Loop,
    "continue pump: content-free nudges after the work is finished",
    recipe,
);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let nudges = if difficulty == Difficulty::Easy { d.dice.between(30, 45) } else { d.dice.between(14, 30) };
    embed(d, difficulty, nudges, 1, |d, nudges| {
        let pace = d.dice.between(8_000, 40_000);
        for number in 0..nudges {
            let gap = pace * d.dice.between(90, 110) / 100;
            let nudge = nudge(d, difficulty);
            d.prompt_after(gap, nudge);
            round(d, number, |d| restate(d, difficulty));
        }
    });
}

fn nudge(d: &mut Desk, difficulty: Difficulty) -> String {
    match difficulty {
        Difficulty::Easy => d.phrase("continue"),
        Difficulty::Hard if d.dice.chance(0.4) => d.phrase("praise"),
        _ => d.phrase("continue_more"),
    }
}

fn restate(d: &mut Desk, difficulty: Difficulty) {
    if difficulty != Difficulty::Easy && d.dice.chance(0.3) {
        let file = d.topic.file.clone();
        d.read(&file);
    } else if d.dice.chance(0.2) {
        let command = shell::git_status(&d.project, &mut d.dice);
        d.run(command);
    }
    let sentences = d.dice.between(1, 3);
    let text = (0..sentences).map(|_| d.phrase("idle_reply")).collect::<Vec<_>>().join(" ");
    d.answer(text);
}
