//! Second pass: the digests of one session, from all its files, each piece once, then reduced.
//!
//! A second copy of a piece is dropped; a piece that another session owns is remembered as context. Of an event
//! without an identity its neighbours tell: between copies it is a copy, since history is copied in one run.

use std::collections::{HashMap, HashSet};

use goodhart_features::Digest;
use goodhart_trace::{EventId, Kind, Usage};

use crate::facts::earliest;
use crate::reduce::{Handed, Reducer};

/// What one session came to.
#[derive(Debug)]
pub(crate) struct Merged<T> {
    pub(crate) reduced: T,
    /// Which of the files hold events of its own, as indices of what was given.
    pub(crate) files: Vec<usize>,
    /// Earliest time of an own event.
    pub(crate) started_ms: Option<i64>,
    pub(crate) copies: Copies,
    /// Nothing of what the model did is its own.
    pub(crate) is_replay: bool,
}

/// What was recorded again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Copies {
    /// Events that another session owns.
    pub(crate) replayed: u64,
    /// Tokens of requests that another session owns, as the copies state them.
    pub(crate) replayed_tokens: u64,
    /// Second copies within the session.
    pub(crate) duplicates: u64,
}

/// Whose an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Own,
    Foreign,
    Duplicate,
}

/// Merges the digests of a session, one list a file in the order of the files.
pub(crate) fn merge<R: Reducer>(
    files: Vec<Vec<Digest>>,
    mut reducer: R,
    is_foreign: &dyn Fn(EventId) -> bool,
) -> Merged<R::Output> {
    let mut pieces = Pieces::default();
    for (file, digests) in files.into_iter().enumerate() {
        pieces.take(file, digests, is_foreign);
    }
    for (order, (fate, mut digest)) in std::mem::take(&mut pieces.kept).into_iter().enumerate() {
        digest.order = order as u64;
        match fate {
            Fate::Own => reducer.push(Handed::Over(digest)),
            _ => reducer.remember(&digest),
        }
    }
    pieces.copies.replayed_tokens =
        pieces.foreign_usage.values().map(Usage::total).fold(0, u64::saturating_add);
    Merged {
        reduced: reducer.finish(),
        files: pieces.files,
        started_ms: pieces.started_ms,
        copies: pieces.copies,
        is_replay: pieces.copies.replayed > 0 && !pieces.acted,
    }
}

/// The pieces of a session, each once.
#[derive(Default)]
struct Pieces {
    kept: Vec<(Fate, Digest)>,
    seen: HashSet<EventId>,
    /// The first own event of each request, by its place among the kept.
    requests: HashMap<Option<Box<str>>, usize>,
    foreign_usage: HashMap<Option<Box<str>>, Usage>,
    files: Vec<usize>,
    copies: Copies,
    started_ms: Option<i64>,
    /// The model did something that no other session owns.
    acted: bool,
}

impl Pieces {
    fn take(&mut self, file: usize, digests: Vec<Digest>, is_foreign: &dyn Fn(EventId) -> bool) {
        let fates = self.fates(&digests, is_foreign);
        if fates.contains(&Fate::Own) {
            self.files.push(file);
        }
        let index = self.files.len().saturating_sub(1) as u32;
        for (fate, mut digest) in fates.into_iter().zip(digests) {
            digest.position.file = index;
            match fate {
                Fate::Own => self.own(digest),
                Fate::Foreign => self.foreign(digest),
                Fate::Duplicate => self.duplicate(&digest),
            }
        }
    }

    fn own(&mut self, digest: Digest) {
        self.started_ms = earliest(self.started_ms, digest.time_ms);
        self.acted |= matches!(digest.kind, Kind::Text | Kind::Reasoning | Kind::ToolCall);
        self.requests.entry(digest.request.clone()).or_insert(self.kept.len());
        self.kept.push((Fate::Own, digest));
    }

    fn foreign(&mut self, digest: Digest) {
        self.copies.replayed += 1;
        if let Some(usage) = digest.usage {
            let known = self.foreign_usage.entry(digest.request.clone()).or_insert(usage);
            *known = larger(*known, usage);
        }
        self.kept.push((Fate::Foreign, digest));
    }

    /// Only a larger usage of a request of this session is news: a copy may have been written when more was known.
    fn duplicate(&mut self, digest: &Digest) {
        self.copies.duplicates += 1;
        let Some(usage) = digest.usage else { return };
        if let Some(&first) = self.requests.get(&digest.request) {
            let known = &mut self.kept[first].1.usage;
            *known = Some(known.map_or(usage, |known| larger(known, usage)));
        }
    }

    fn fates(&mut self, digests: &[Digest], is_foreign: &dyn Fn(EventId) -> bool) -> Vec<Fate> {
        let known: Vec<Option<Fate>> =
            digests.iter().map(|digest| digest.id.map(|id| self.fate(id, is_foreign))).collect();
        let mut after = vec![None; known.len()];
        let mut next = None;
        for (at, fate) in known.iter().enumerate().rev() {
            next = fate.or(next);
            after[at] = next;
        }
        let mut before = None;
        let fates = known.iter().zip(after).map(|(&fate, after)| {
            before = fate.or(before);
            fate.unwrap_or_else(|| between(before, after))
        });
        fates.collect()
    }

    fn fate(&mut self, id: EventId, is_foreign: &dyn Fn(EventId) -> bool) -> Fate {
        match (self.seen.insert(id), is_foreign(id)) {
            (false, _) => Fate::Duplicate,
            (true, true) => Fate::Foreign,
            (true, false) => Fate::Own,
        }
    }
}

/// The fate of an event without an identity.
fn between(before: Option<Fate>, after: Option<Fate>) -> Fate {
    match (before, after) {
        (Some(Fate::Own), _) | (_, Some(Fate::Own)) => Fate::Own,
        (Some(fate), _) | (None, Some(fate)) => fate,
        (None, None) => Fate::Own,
    }
}

fn larger(known: Usage, found: Usage) -> Usage {
    if found.total() > known.total() { found } else { known }
}

#[cfg(test)]
mod tests {
    use goodhart_features::{Digest, DigestKey, Fold, Habits, Profile, digest};
    use goodhart_trace::{Event, EventId, Usage, build::session};

    use super::{Copies, Merged, merge};

    fn digests(events: &[Event<'_>]) -> Vec<Digest> {
        events.iter().map(|event| digest(event, 0, DigestKey(1))).collect()
    }

    fn trace() -> Vec<Event<'static>> {
        let usage = |output| Usage { input: 100, output, ..Usage::default() };
        session("s")
            .prompt("fix the test")
            .call("Bash", r#"{"command":"cargo test"}"#)
            .usage(usage(10))
            .result("1 failed")
            .text("I see.")
            .usage(usage(3))
            .call("Edit", r#"{"file_path":"a.rs","new_string":"let fixed = true;"}"#)
            .result("ok")
            .events()
    }

    fn merged(files: Vec<Vec<Digest>>, foreign: &[EventId]) -> Merged<Profile> {
        let habits = Habits::default();
        merge(files, Fold::new(&habits), &|id| foreign.contains(&id))
    }

    #[test]
    fn a_copy_changes_nothing_and_its_file_is_not_listed() {
        let mut without_ids = trace();
        without_ids[4].id = None;
        without_ids[5].id = None;
        let once = merged(vec![digests(&without_ids)], &[]);
        let twice = merged(vec![digests(&without_ids), digests(&without_ids)], &[]);
        assert_eq!(once.reduced, twice.reduced);
        assert_eq!(twice.files, [0]);
        assert_eq!(twice.copies, Copies { duplicates: 6, ..Copies::default() });
    }

    #[test]
    fn a_larger_usage_on_a_copy_reaches_its_request_however_late() {
        let long = session("s").repeat(40, |s, i| {
            s.call("Bash", &format!(r#"{{"command":"make {i}"}}"#))
                .usage(Usage { output: 7, ..Usage::default() })
        });
        let first = long.events();
        let mut copy = first.clone();
        copy[0].usage = Some(Usage { output: 1007, ..Usage::default() });
        let once = merged(vec![digests(&first)], &[]).reduced;
        let twice = merged(vec![digests(&first), digests(&copy)], &[]).reduced;
        assert_eq!(twice.usage.output, once.usage.output + 1000);
        assert_eq!(twice.requests, once.requests);
    }

    #[test]
    fn what_another_session_owns_is_neither_billed_nor_judged() {
        let events = trace();
        let ids: Vec<EventId> = events.iter().filter_map(|event| event.id).collect();
        let fork = merged(vec![digests(&events)], &ids[..3]);
        assert_eq!(fork.copies, Copies { replayed: 3, replayed_tokens: 110, duplicates: 0 });
        assert_eq!((fork.reduced.steps, fork.reduced.usage.total()), (1, 103));
        assert!(!fork.is_replay);
        let copy = merged(vec![digests(&events)], &ids);
        assert!(copy.is_replay);
        assert_eq!((copy.reduced.steps, copy.files.len()), (0, 0));
    }
}
