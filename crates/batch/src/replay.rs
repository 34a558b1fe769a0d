//! Who owns what was recorded more than once.
//!
//! Resume, fork and mirror copy records. A record that several sessions hold belongs to the session that started
//! earliest; for the others it is context. Copies may keep the times of the original, so that all of them start
//! together. Then the one that ended first was there first, unless it is [cut](Lifetime::cuts): a session is resumed by
//! a human, so what stops in the middle of another one's turn is a copy of it. At last the smaller id decides. The
//! identities are compared a part of their range at a time, so that the index needs little beside them; it keeps only
//! what several sessions share.

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

/// Identities that are compared at a time, about: 4 MB of them.
const AT_ONCE: usize = 1 << 18;

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
    /// Finds what is shared among the identities that sessions hold; a session may come more than once.
    pub(crate) fn of(held: Vec<(u32, Vec<EventId>)>, lifetimes: &[Lifetime]) -> Replay {
        Self::in_ranges(held, lifetimes, AT_ONCE)
    }

    fn in_ranges(mut held: Vec<(u32, Vec<EventId>)>, lifetimes: &[Lifetime], at_once: usize) -> Replay {
        held.par_iter_mut().for_each(|(_, ids)| ids.sort_unstable());
        let all: usize = held.iter().map(|(_, ids)| ids.len()).sum();
        let ranges = (all / at_once) as u64 + 1;
        let (mut replay, mut known, mut range) = (Replay::default(), HashMap::new(), Vec::new());
        for start in (0..ranges).rev().map(|number| EventId(number * (u64::MAX / ranges))) {
            for (session, ids) in &mut held {
                let rest = ids.partition_point(|&id| id < start);
                range.extend(ids.drain(rest..).map(|id| (id, *session)));
            }
            range.par_sort_unstable();
            range.dedup();
            replay.note(&range, lifetimes, &mut known);
            range.clear();
        }
        replay
    }

    /// Notes who owns what several sessions hold, given ascending identities with the sessions that hold them.
    fn note(&mut self, held: &[(EventId, u32)], lifetimes: &[Lifetime], known: &mut HashMap<Vec<u32>, u32>) {
        for same in held.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let holders: Vec<u32> = same.iter().map(|&(_, session)| session).collect();
            let owner = match known.get(&holders) {
                Some(&owner) => owner,
                None => owner(&holders, lifetimes),
            };
            self.owners.insert(same[0].0, owner);
            self.borrowers.extend(holders.iter().filter(|&&session| session != owner));
            known.insert(holders, owner);
        }
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

    fn ids(numbers: impl IntoIterator<Item = u64>) -> Vec<EventId> {
        numbers.into_iter().map(EventId).collect()
    }

    fn life(start: i64, end: i64, pauses: &[(i64, i64)]) -> Lifetime {
        Lifetime { start, end, pauses: pauses.to_vec(), parent: None }
    }

    #[test]
    fn the_earliest_session_owns_then_the_smaller_id() {
        let held = vec![(0, ids([1])), (1, ids([2, 1])), (2, ids([3, 2])), (2, ids([3]))];
        let replay = Replay::of(held, &[life(9, 9, &[]), life(5, 9, &[]), life(5, 9, &[])]);
        assert!(replay.is_foreign(EventId(1), 0) && !replay.is_foreign(EventId(1), 1));
        assert!(replay.is_foreign(EventId(2), 2) && !replay.is_foreign(EventId(2), 1));
        assert!(!replay.is_foreign(EventId(3), 2));
        assert_eq!([0, 1, 2].map(|session| replay.borrows(session)), [true, false, true]);
    }

    #[test]
    fn ranges_of_any_size_find_the_same() {
        let spread = |from: u64| ids([0, u64::MAX].into_iter().chain((from..from + 90).map(|n| n << 57 ^ n)));
        let lives = [life(9, 9, &[]), life(5, 9, &[]), life(7, 9, &[])];
        let found = |at_once| {
            Replay::in_ranges(vec![(0, spread(0)), (1, spread(30)), (2, spread(100))], &lives, at_once)
        };
        let whole = found(1000);
        assert_eq!(whole.owners.len(), 2 + 60 + 20);
        for at_once in [1, 7, 64] {
            let replay = found(at_once);
            assert_eq!((&replay.owners, &replay.borrowers), (&whole.owners, &whole.borrowers), "{at_once}");
        }
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
