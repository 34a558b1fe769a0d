//! Who owns what was recorded more than once.
//!
//! Resume, fork and mirror copy records. A record that several sessions hold belongs to the session that started
//! earliest, then to the smaller id; for the others it is context. The index needs 16 bytes per identity while it is
//! built and keeps only what several sessions share.

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

impl Replay {
    /// Finds what is shared. `held` pairs every identity with a session that holds it; `starts` orders the sessions.
    pub(crate) fn of(mut held: Vec<(EventId, u32)>, starts: &[i64]) -> Replay {
        held.par_sort_unstable();
        held.dedup();
        let mut replay = Replay::default();
        for same in held.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let sessions = same.iter().map(|&(_, session)| session);
            let started = |session: u32| (starts.get(session as usize).copied().unwrap_or(i64::MAX), session);
            let owner = sessions.clone().min_by_key(|&session| started(session)).unwrap_or(same[0].1);
            replay.owners.insert(same[0].0, owner);
            replay.borrowers.extend(sessions.filter(|&session| session != owner));
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

#[cfg(test)]
mod tests {
    use goodhart_trace::EventId;

    use super::Replay;

    #[test]
    fn the_earliest_session_owns_then_the_smaller_id() {
        let held = |pairs: &[(u64, u32)]| pairs.iter().map(|&(id, session)| (EventId(id), session)).collect();
        let replay = Replay::of(held(&[(1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 2)]), &[9, 5, 5]);
        assert!(replay.is_foreign(EventId(1), 0) && !replay.is_foreign(EventId(1), 1));
        assert!(replay.is_foreign(EventId(2), 2) && !replay.is_foreign(EventId(2), 1));
        assert!(!replay.is_foreign(EventId(3), 2));
        assert_eq!([0, 1, 2].map(|session| replay.borrows(session)), [true, false, true]);
    }
}
