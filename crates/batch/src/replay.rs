//! Who owns what was recorded more than once.
//!
//! Resume, fork and mirror copy records. A record that several sessions hold belongs to the session that started
//! earliest; for the others it is context. Copies may keep the times of the original, so that all of them start
//! together. Then the one that ended first was there first, unless it is [cut](Lifetime::cuts): a session is resumed by
//! a human, so what stops in the middle of another one's turn is a copy of it. At last the smaller id decides. The
//! index needs 16 bytes per identity while it is built and keeps only what several sessions share.

use std::collections::{HashMap, HashSet};

use goodhart_trace::EventId;
use rayon::prelude::*;

/// The owners of shared records. Sessions are numbers that grow with their ids.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    owners: HashMap<EventId, u32>,
    /// Sessions that hold a record which another one owns.
    borrowers: HashSet<u32>,
}

/// From when to when a session went, and where its humans spoke.
#[derive(Debug, Default)]
pub(crate) struct Lifetime {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// When all before a human turn had happened, and when the human spoke.
    pub(crate) pauses: Vec<(i64, i64)>,
    /// Number of the session that started this one.
    pub(crate) parent: Option<usize>,
}

impl Lifetime {
    /// Whether another session, which started together with this one, stops in the middle of a turn of this one.
    fn cuts(&self, other: &Lifetime) -> bool {
        let within = self.start == other.start && other.end < self.end;
        within && !self.pauses.iter().any(|&(before, spoken)| (before..spoken).contains(&other.end))
    }
}

impl Replay {
    /// Finds what is shared. `held` pairs every identity with a session that holds it.
    pub(crate) fn of(mut held: Vec<(EventId, u32)>, lifetimes: &[Lifetime]) -> Replay {
        held.par_sort_unstable();
        held.dedup();
        let mut replay = Replay::default();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        for same in held.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let holders: Vec<u32> = same.iter().map(|&(_, session)| session).collect();
            let owner = match known.get(&holders) {
                Some(&owner) => owner,
                None => owner(&holders, lifetimes),
            };
            replay.owners.insert(same[0].0, owner);
            replay.borrowers.extend(holders.iter().filter(|&&session| session != owner));
            known.insert(holders, owner);
        }
        replay
    }

    /// Whether another session owns this record of a session.
    pub(crate) fn is_foreign(&self, id: EventId, session: u32) -> bool {
        self.owners.get(&id).is_some_and(|&owner| owner != session)
    }

    /// Whether a session holds anything that another one owns.
    pub(crate) fn borrows(&self, session: u32) -> bool {
        self.borrowers.contains(&session)
    }
}

/// The session that had it first, among those that hold it. Where copies of a sub-agent are the same length, their
/// parents tell.
fn owner(holders: &[u32], lifetimes: &[Lifetime]) -> u32 {
    let lives: Vec<&Lifetime> =
        holders.iter().filter_map(|&session| lifetimes.get(session as usize)).collect();
    let parents: Vec<&Lifetime> = lives.iter().filter_map(|life| lifetimes.get(life.parent?)).collect();
    let rank = |life: &Lifetime| {
        let parent = life.parent.and_then(|parent| lifetimes.get(parent));
        (life.start, rank_among(&lives, life), parent.map(|parent| rank_among(&parents, parent)))
    };
    let ranked = holders.iter().zip(&lives).map(|(&session, life)| (rank(life), session));
    ranked.min().map_or(0, |(_, session)| session)
}

/// Cut sessions last, then by end.
fn rank_among(lives: &[&Lifetime], life: &Lifetime) -> (bool, i64) {
    (lives.iter().any(|other| other.cuts(life)), life.end)
}

#[cfg(test)]
mod tests {
    use goodhart_trace::EventId;

    use super::{Lifetime, Replay, owner};

    fn life(start: i64, end: i64, pauses: &[(i64, i64)]) -> Lifetime {
        Lifetime { start, end, pauses: pauses.to_vec(), parent: None }
    }

    #[test]
    fn the_earliest_session_owns_then_the_smaller_id() {
        let held = |pairs: &[(u64, u32)]| pairs.iter().map(|&(id, session)| (EventId(id), session)).collect();
        let lives = [life(9, 9, &[]), life(5, 9, &[]), life(5, 9, &[])];
        let replay = Replay::of(held(&[(1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 2)]), &lives);
        assert!(replay.is_foreign(EventId(1), 0) && !replay.is_foreign(EventId(1), 1));
        assert!(replay.is_foreign(EventId(2), 2) && !replay.is_foreign(EventId(2), 1));
        assert!(!replay.is_foreign(EventId(3), 2));
        assert_eq!([0, 1, 2].map(|session| replay.borrows(session)), [true, false, true]);
    }

    #[test]
    fn of_sessions_that_start_together_the_first_to_end_owns_unless_it_is_cut() {
        let whole = || life(0, 90, &[(30, 60)]);
        let resumed_later = [whole(), life(0, 30, &[])];
        assert_eq!(owner(&[0, 1], &resumed_later), 1);
        for cut in [29, 60, 75] {
            assert_eq!(owner(&[0, 1], &[life(0, cut, &[]), whole()]), 1, "{cut}");
        }
        assert_eq!(owner(&[0, 1], &[whole(), whole()]), 0);
    }

    #[test]
    fn equal_copies_of_a_sub_agent_follow_their_parents() {
        let agent = |parent| Lifetime { parent: Some(parent), ..life(5, 9, &[]) };
        assert_eq!(owner(&[1, 3], &[life(0, 20, &[]), agent(0), life(0, 90, &[]), agent(2)]), 3);
    }
}
