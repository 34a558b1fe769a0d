//! G23: words for their number.
//!
//! **Behaviour**: explanations in a hundred stages and reasoning without end, of which nothing is used.
//! **Recipe**: easy: the prompt demands length. Medium: no demand, but maximum effort: long, circling reasoning for
//! trivial questions. Hard: a chain of "go deeper".
//! **Nearest look-alikes**: proofs and design reviews with an accepted answer; L14.
//! **Expected**: `review`.

use super::embed;
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::prose;

pub(crate) const CLASS: Class = Class::pattern(
    "G23",
    Axis::Pad,
    "verbosity: explanations in a hundred stages, reasoning without end",
    recipe,
);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let answers = d.dice.between(6, 10);
    embed(d, difficulty, answers, 2, |d, answers| {
        for number in 0..answers {
            demand(d, difficulty, number);
            d.wasting(|d| inflate(d, difficulty));
        }
    });
}

fn demand(d: &mut Desk, difficulty: Difficulty, number: u64) {
    let list = match difficulty {
        Difficulty::Easy => "ask_stages",
        Difficulty::Medium => "ask_explain",
        _ if number == 0 => "ask_explain",
        _ => "ask_deeper",
    };
    d.ask(list);
}

fn inflate(d: &mut Desk, difficulty: Difficulty) {
    let length = d.dice.between(60, 200);
    if difficulty == Difficulty::Medium {
        let thoughts = prose::paragraph("stage", length, &mut d.dice, &d.topic);
        d.think_aloud(thoughts);
        return d.explain(2);
    }
    let thoughts = prose::paragraph("thought", 20, &mut d.dice, &d.topic);
    d.think_aloud(thoughts);
    let text: Vec<String> = (0..length).map(|number| stage(d, difficulty, number)).collect();
    d.answer(text.join("\n\n"));
}

fn stage(d: &mut Desk, difficulty: Difficulty, number: u64) -> String {
    match difficulty {
        Difficulty::Easy => format!("{}. {}", number + 1, d.phrase("stage")),
        _ if d.dice.chance(0.4) => d.phrase("stage"),
        _ => d.phrase("answer"),
    }
}
