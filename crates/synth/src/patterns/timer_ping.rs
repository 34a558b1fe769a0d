//! G01: a script sends a trivial prompt on a timer.
//!
//! **Behaviour**: nobody wants the answer; the prompts exist to be counted. No tools, short replies.
//! **Recipe**: easy: 60 to 150 prompts from five strings at a fixed 5 to 30 minutes. Medium: 15 % jitter, 30
//! phrasings. Hard: uneven gaps, paraphrased one-line questions, in several stretches.
//! **Nearest look-alike**: one ping per quota window, a few a day.
//! **Expected**: `review`.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::dice::Quantiles;

pub(crate) const CLASS: Class = Class::pattern(
    "G01",
    Axis::Loop,
    "timer ping: trivial prompts on a timer, no tools, short replies",
    recipe,
);

const UNEVEN_MS: &Quantiles = &[(0.0, 20_000.0), (0.5, 420_000.0), (0.9, 2_400_000.0), (1.0, 9_000_000.0)];

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let rounds =
        if difficulty == Difficulty::Easy { d.dice.between(60, 150) } else { d.dice.between(25, 60) };
    let period = d.dice.between(5, 30) * 60_000;
    embed(d, difficulty, rounds, 1, |d, rounds| {
        for number in 0..rounds {
            ping(d, difficulty, period);
            round(d, number, |d| reply(d, difficulty));
        }
    });
}

fn ping(d: &mut Desk, difficulty: Difficulty, period: u64) {
    let (list, gap) = match difficulty {
        Difficulty::Easy => ("ping", period),
        Difficulty::Medium => ("ping_more", period * d.dice.between(85, 115) / 100),
        _ => ("ping_question", d.dice.quantile(UNEVEN_MS) as u64),
    };
    let text = d.phrase(list);
    d.prompt_after(gap, text);
}

fn reply(d: &mut Desk, difficulty: Difficulty) {
    let list = if difficulty == Difficulty::Hard { "quick_answer" } else { "pong" };
    let text = d.phrase(list);
    d.answer(text);
}
