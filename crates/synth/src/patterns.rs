//! Inflation patterns, one file each: its page, its recipe. What they share is here.

pub(crate) mod adaptive_evader;
pub(crate) mod busy_work;
pub(crate) mod cache_busting;
pub(crate) mod cache_farming;
pub(crate) mod context_stuffing;
pub(crate) mod continue_pump;
pub(crate) mod discarded_prototypes;
pub(crate) mod docs_churn;
pub(crate) mod floor_topping;
pub(crate) mod forged_log;
pub(crate) mod idle_tick;
pub(crate) mod long_form;
pub(crate) mod loop_without_exit;
pub(crate) mod model_as_timer;
pub(crate) mod model_upshift;
pub(crate) mod noop_loop;
pub(crate) mod outcome_gaming;
pub(crate) mod padding_artefacts;
pub(crate) mod ping_pong;
pub(crate) mod redundant_agents;
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

/// Steps of a pattern that is mixed into honest work, at most about so many.
const MOST_MIXED: u64 = 36;

/// Plays so many rounds of a pattern inside a session.
///
/// Easy: nearly nothing around it. Medium: one stretch inside honest work, which makes half to four fifths of
/// the steps. Hard: the same in several stretches. Mixed: one stretch, whatever the disguise, inside four times as much
/// honest work. `steps` is the number of steps of one round.
pub(crate) fn embed(
    d: &mut Desk,
    difficulty: Difficulty,
    rounds: u64,
    steps: u64,
    mut play: impl FnMut(&mut Desk, u64),
) {
    if d.is_mixed() {
        return mix_in(d, rounds, steps, play);
    }
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

fn mix_in(d: &mut Desk, rounds: u64, steps: u64, mut play: impl FnMut(&mut Desk, u64)) {
    let fewest = rounds.min(3);
    let rounds = rounds.min(MOST_MIXED / steps.max(1)).max(fewest);
    let honest = 4 * (rounds * steps) as usize;
    let before = d.dice.between(1, 9) as usize * honest / 10;
    work::honest(d, before.max(1));
    play(d, rounds);
    work::honest(d, (honest - before).max(1));
}

/// A round of a loop: the first one is new, and only what recurs is part of the pattern.
pub(crate) fn round(d: &mut Desk, number: u64, play: impl FnOnce(&mut Desk)) {
    if number == 0 { play(d) } else { d.wasting(play) }
}
