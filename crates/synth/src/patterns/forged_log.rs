//! G21: a log that tells of work which was not done.
//!
//! **Behaviour**: usage that no text explains, requests faster than any model, transcripts that are copies under new ids.
//! **Recipe**: three to five sessions. Easy: random totals. Medium: plausible totals at an impossible rate. Hard: plausible totals and
//! transcripts that repeat the first session's work with other ids and times.
//! **Nearest look-alike**: L24, whose copies keep the ids.
//! **Level**: actors; it concerns the log, not LOOP or PAD. **Expected**: `review`.

use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::fleet;
use crate::script::Billing;
use crate::work;

pub(crate) const CLASS: Class = Class::pattern(
    "G21",
    Axis::Integrity,
    "forged log: usage without content, impossible rates, invented transcripts",
    recipe,
)
.of_actors();

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let count = d.dice.between(3, 5);
    let calls = d.dice.between(6, 24) as usize;
    fleet::sessions(d, count, fleet::HOURS_MS, |d, number| match (difficulty, number) {
        (_, 0) => work::honest(d, calls),
        (Difficulty::Hard, _) => d.invent(),
        _ => claim(d, difficulty),
    });
}

/// Talk with a bill that it did not cause, or could not have caused in that time.
fn claim(d: &mut Desk, difficulty: Difficulty) {
    for _ in 0..d.dice.between(6, 20) {
        d.move_on();
        d.ask("ask_explain");
        let (sentences, output, rate) = match difficulty {
            Difficulty::Easy => (3, d.dice.between(20_000, 90_000), 0.06),
            _ => (30, d.dice.between(1_200, 2_400), 30.0),
        };
        d.bill(Billing::Claimed { output, ms: (output as f64 / rate) as u64 });
        d.wasting(|d| d.explain(sentences));
        d.bill(Billing::Cached);
    }
}
