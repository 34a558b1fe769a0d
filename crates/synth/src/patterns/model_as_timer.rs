//! G19: the model is called only to sleep.
//!
//! **Behaviour**: sleep, echo, sleep, echo: one model call per tick, and nothing outside is looked at.
//! **Recipe**: easy: 40 to 70 equal ticks. Medium: sleeps of various length. Hard: with a status command whose answer
//! never changes.
//! **Nearest look-alikes**: L01 and L02, which read something outside each time.
//! **Expected**: `review`.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::shell::Command;

pub(crate) const CLASS: Class =
    Class::pattern("G19", Axis::Loop, "model as timer: sleep and echo, one model call per tick", recipe);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let ticks = if difficulty == Difficulty::Easy { d.dice.between(40, 70) } else { d.dice.between(16, 36) };
    let state = format!("{}: idle", d.project.name);
    embed(d, difficulty, ticks, 1, |d, ticks| {
        d.prompt("stay on it");
        for number in 0..ticks {
            round(d, number, |d| tick(d, difficulty, &state));
        }
        d.sum_up();
    });
}

fn tick(d: &mut Desk, difficulty: Difficulty, state: &str) {
    let seconds = if difficulty == Difficulty::Easy { 60 } else { d.dice.between(20, 180) };
    d.remark("wait_more");
    let (line, text) = if difficulty == Difficulty::Hard {
        (format!("sleep {seconds} && cat .state"), state.to_owned())
    } else {
        let word = if difficulty == Difficulty::Easy { "tick".to_owned() } else { d.phrase("tick") };
        (format!("sleep {seconds} && echo {word}"), word)
    };
    d.run(Command::ok(line, "Wait", text, seconds * 1000));
}
