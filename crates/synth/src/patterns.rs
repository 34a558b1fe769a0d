//! Inflation patterns, one file each: its page, its recipe. What they share is here.

pub(crate) mod adaptive_evader;
pub(crate) mod continue_pump;
pub(crate) mod long_form;
pub(crate) mod loop_without_exit;
pub(crate) mod model_as_timer;
pub(crate) mod noop_loop;
pub(crate) mod padding_artefacts;
pub(crate) mod ping_pong;
pub(crate) mod reread_treadmill;
pub(crate) mod retry_spam;
pub(crate) mod round_trip;
pub(crate) mod timer_ping;
pub(crate) mod verbosity;

use crate::class::Difficulty;
use crate::desk::Desk;
use crate::work;

/// Honest calls around a pattern at most, so that a long pattern does not make an endless session.
const MOST_HONEST: f64 = 150.0;

/// Plays so many rounds of a pattern inside a session.
///
/// Easy: nearly nothing around it. Medium: one stretch inside honest work, which makes half to four fifths of
/// the steps. Hard: the same in several stretches. `steps` is the number of steps of one round.
pub(crate) fn embed(
    d: &mut Desk,
    difficulty: Difficulty,
    rounds: u64,
    steps: u64,
    mut play: impl FnMut(&mut Desk, u64),
) {
    let share = if difficulty == Difficulty::Easy { 0.04 } else { 0.5 + 0.3 * d.dice.unit() };
    let honest = ((rounds * steps) as f64 * share / (1.0 - share)).min(MOST_HONEST) as usize;
    let bursts = if difficulty == Difficulty::Hard { d.dice.between(2, 3).min(rounds / 3).max(1) } else { 1 };
    let portion = honest / (bursts as usize + 1);
    work::honest(d, portion.max(1));
    for burst in 0..bursts {
        let (from, to) = (rounds * burst / bursts, rounds * (burst + 1) / bursts);
        play(d, to - from);
        if portion > 0 {
            work::honest(d, portion);
        }
    }
}

/// A round of a loop: the first one is new, and only what recurs is part of the pattern.
pub(crate) fn round(d: &mut Desk, number: u64, play: impl FnOnce(&mut Desk)) {
    if number == 0 { play(d) } else { d.wasting(play) }
}
