//! L20: a ping that starts the quota window early.
//!
//! **Looks like** G01: a trivial prompt at the same time every day.
//! **Benign evidence**: a few a day at most, hardly any tokens, and ordinary work in the window that it opened.
//! **Expected**: `ok`. Three to five sessions of one actor.

use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::fleet;
use crate::work;

pub(crate) const CLASS: Class =
    Class::lookalike("L20", "quota-window aligner: one ping in the morning, work later", recipe).of_actors();

fn recipe(d: &mut Desk, _: Difficulty) {
    let (count, hour) = (d.dice.between(3, 5), d.dice.between(5, 7));
    let first = d.dice.below(2);
    fleet::sessions(d, count, fleet::DAYS_MS, |d, day| {
        d.wait_until((first + day) % 7 * 24 + hour);
        let (ping, pong) = (d.phrase("ping"), d.phrase("pong"));
        d.prompt_after(0, ping);
        d.answer(pong);
        let later = d.dice.between(5_000_000, 14_000_000);
        d.prompt_after(later, "good morning");
        d.explain(2);
        let calls = d.dice.between(6, 30) as usize;
        work::honest(d, calls);
    });
}
