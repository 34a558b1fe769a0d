//! Several sessions of one actor, in one project that goes on changing.

use crate::desk::Desk;
use crate::dice::Quantiles;
use crate::project::Project;

/// A working day between two sessions, more or less.
pub(crate) const DAYS_MS: &Quantiles =
    &[(0.0, 50_000_000.0), (0.5, 86_400_000.0), (0.9, 180_000_000.0), (1.0, 300_000_000.0)];

/// Minutes to hours between two sessions.
pub(crate) const HOURS_MS: &Quantiles =
    &[(0.0, 120_000.0), (0.5, 2_400_000.0), (0.9, 11_000_000.0), (1.0, 30_000_000.0)];

/// Seconds to minutes, as when a scheduler starts the next one.
pub(crate) const AT_ONCE_MS: &Quantiles =
    &[(0.0, 2_000.0), (0.5, 9_000.0), (0.9, 60_000.0), (1.0, 300_000.0)];

/// Plays so many sessions with pauses between them; each is told its number.
pub(crate) fn sessions(d: &mut Desk, count: u64, pause: &Quantiles, mut play: impl FnMut(&mut Desk, u64)) {
    for number in 0..count {
        if number > 0 {
            let gap = d.dice.quantile(pause) as u64;
            d.next_session(gap);
        }
        play(d, number);
    }
}

/// Plays one session for each of several people, everybody in a project of their own.
pub(crate) fn people(d: &mut Desk, count: u64, pause: &Quantiles, mut play: impl FnMut(&mut Desk)) {
    for number in 0..count {
        if number > 0 {
            let gap = d.dice.quantile(pause) as u64;
            let project = Project::new(&mut d.dice);
            d.move_to(project);
            d.next_session(gap);
        }
        play(d);
    }
}
