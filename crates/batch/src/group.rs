//! The parts of one session, from all files.

use std::collections::BTreeMap;

use goodhart_features::Digest;

use crate::divide::Part;
use crate::facts::Facts;
use crate::replay::{Lifetime, Replay};

/// The parts of one session. Sessions are numbered in the order of their ids.
#[derive(Debug)]
pub(crate) struct Group<T> {
    pub(crate) number: u32,
    pub(crate) id: Box<str>,
    /// By the start of their file, then its place; parts of one file in its order.
    pub(crate) parts: Vec<Part<T>>,
}

/// Groups parts, given in the order of their files, by session.
pub(crate) fn groups<T>(parts: impl Iterator<Item = Part<T>>) -> Vec<Group<T>> {
    let mut sessions: BTreeMap<Box<str>, Vec<Part<T>>> = BTreeMap::new();
    for part in parts {
        // Nearly every session has one part, and a list that grows makes room for four.
        sessions.entry(part.session.clone()).or_insert_with(|| Vec::with_capacity(1)).push(part);
    }
    let group = |(number, (id, parts))| Group { number, id, parts: in_order(parts) };
    (0..).zip(sessions).map(group).collect()
}

/// Files one after the other by their first time stamp of the session; what one file holds stays in its order.
fn in_order<T>(mut parts: Vec<Part<T>>) -> Vec<Part<T>> {
    let mut starts: BTreeMap<u32, i64> = BTreeMap::new();
    for part in &parts {
        let start = starts.entry(part.file).or_insert(i64::MAX);
        *start = part.facts.start().min(*start);
    }
    parts.sort_by_key(|part| (starts.get(&part.file).copied(), part.file));
    parts
}

/// Finds what several sessions hold; takes the identities out of the parts.
pub(crate) fn replay<T>(groups: &mut [Group<T>]) -> Replay {
    let lifetimes: Vec<Lifetime> = groups.iter().map(|group| group.lifetime(groups)).collect();
    let taken = |group: &mut Group<T>| {
        let number = group.number;
        let parts = group.parts.iter_mut();
        parts.map(|part| (number, std::mem::take(&mut part.ids))).collect::<Vec<_>>()
    };
    let held = groups.iter_mut().flat_map(taken).collect();
    Replay::of(held, &lifetimes)
}

impl<T> Group<T> {
    fn lifetime(&self, all: &[Group<T>]) -> Lifetime {
        let mut facts = Facts::default();
        self.parts.iter().for_each(|part| facts.absorb(&part.facts));
        let parent = facts.parent.as_ref().and_then(|parent| all.binary_search_by(|g| g.id.cmp(parent)).ok());
        Lifetime {
            start: facts.start(),
            end: facts.ended_ms.unwrap_or(i64::MAX),
            pauses: facts.pauses,
            parent,
        }
    }

    /// Whether the first pass could not get it right.
    pub(crate) fn is_entangled(&self, replay: &Replay) -> bool {
        let whole = self.parts.len() == 1 && self.parts.iter().all(|part| part.reduced.is_some());
        !whole || replay.borrows(self.number)
    }

    /// Its files in order, each once.
    pub(crate) fn files(&self) -> Vec<u32> {
        let mut files: Vec<u32> = self.parts.iter().map(|part| part.file).collect();
        files.dedup();
        files
    }

    /// The digests that were kept of one file.
    pub(crate) fn kept(&mut self, file: u32) -> Vec<Digest> {
        let parts = self.parts.iter_mut().filter(|part| part.file == file);
        parts.flat_map(|part| std::mem::take(&mut part.digests)).collect()
    }

    /// What the parts of these files say.
    pub(crate) fn facts(&self, files: &[u32]) -> Facts {
        let mut facts = Facts::default();
        self.parts
            .iter()
            .filter(|part| files.contains(&part.file))
            .for_each(|part| facts.absorb(&part.facts));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::groups;
    use crate::divide::Part;
    use crate::facts::Facts;

    fn part(session: &str, file: u32, started_ms: Option<i64>) -> Part<()> {
        let facts = Facts { started_ms, ..Facts::default() };
        Part {
            session: session.into(),
            file,
            facts,
            ids: vec![],
            reduced: Some(Box::new(())),
            digests: vec![],
        }
    }

    #[test]
    fn files_follow_their_start_and_sessions_their_id() {
        let parts = [
            part("b", 0, Some(9)),
            part("a", 0, None),
            part("b", 1, Some(2)),
            part("b", 1, Some(30)),
            part("a", 2, Some(1)),
        ];
        let groups = groups(parts.into_iter());
        let found: Vec<_> = groups.iter().map(|group| (group.number, &*group.id, group.files())).collect();
        assert_eq!(found, [(0, "a", vec![2, 0]), (1, "b", vec![1, 0])]);
        assert_eq!(groups[1].parts.len(), 3);
    }
}
