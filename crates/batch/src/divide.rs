//! First pass: the events of one file, divided by session and reduced as they come.

use std::collections::{BTreeMap, HashSet};

use goodhart_features::{Digest, DigestKey, digest};
use goodhart_trace::{Event, EventId, Issue, Kind, Position, Sink};

use crate::ahead::Take;
use crate::facts::Facts;
use crate::issues::IssueCounts;
use crate::reduce::{Handed, Reducer};

/// One session as one file shows it, or as much of it as came before the file had too many sessions open.
#[derive(Debug)]
pub(crate) struct Part<T> {
    pub(crate) session: Box<str>,
    pub(crate) file: u32,
    pub(crate) facts: Facts,
    /// Identities of its events.
    pub(crate) ids: Vec<EventId>,
    /// What it was reduced to; `None` when an identity came twice, so that it has to be looked at as a whole.
    pub(crate) reduced: Option<Box<T>>,
    /// The digests, of sources that cannot be read again.
    pub(crate) digests: Vec<Digest>,
}

/// What one file came to.
#[derive(Debug)]
pub(crate) struct Divided<T> {
    pub(crate) parts: Vec<Part<T>>,
    pub(crate) events: BTreeMap<Kind, u64>,
    /// Messages that the source tells again and the reader passed over.
    pub(crate) retold: u64,
    pub(crate) issues: IssueCounts,
    pub(crate) format: Option<&'static str>,
}

/// Makes the reducer of a session.
pub(crate) type Start<'a, R> = &'a (dyn Fn() -> R + Sync);

/// Sessions of one file that are held open at a time. A session that comes back after it was closed is put together
/// again in the second pass.
const OPEN: usize = 256;

/// The sink of the first pass.
pub(crate) struct Divider<'a, R: Reducer> {
    key: DigestKey,
    start: Start<'a, R>,
    /// Whether the digests are kept.
    keep: bool,
    file: u32,
    name: &'a str,
    open: BTreeMap<Box<str>, Open<R>>,
    /// The session of the latest event: an issue is booked to it.
    latest: Option<Box<str>>,
    /// Issues before the first event.
    early: u64,
    divided: Divided<R::Output>,
    turn: u64,
}

/// A session under way.
struct Open<R> {
    facts: Facts,
    ids: HashSet<EventId>,
    reducer: Option<R>,
    digests: Vec<Digest>,
    order: u64,
    /// When it was met last.
    turn: u64,
}

impl<'a, R: Reducer> Divider<'a, R> {
    pub(crate) fn new(key: DigestKey, start: Start<'a, R>, file: u32, name: &'a str) -> Self {
        let divided = Divided {
            parts: Vec::new(),
            events: BTreeMap::new(),
            retold: 0,
            issues: IssueCounts::default(),
            format: None,
        };
        Divider {
            key,
            start,
            keep: false,
            file,
            name,
            open: BTreeMap::new(),
            latest: None,
            early: 0,
            divided,
            turn: 0,
        }
    }

    /// Also keeps the digests.
    pub(crate) fn keeping_digests(mut self) -> Self {
        self.keep = true;
        self
    }

    /// The source has ended.
    pub(crate) fn finish(mut self, format: Option<&'static str>) -> Divided<R::Output> {
        while let Some((session, open)) = self.open.pop_first() {
            self.close(session, open);
        }
        self.divided.format = format;
        // Nearly every file holds one session, and a list that grows makes room for four.
        self.divided.parts.shrink_to_fit();
        self.divided
    }

    fn close(&mut self, session: Box<str>, open: Open<R>) {
        self.divided.parts.push(Part {
            session,
            file: self.file,
            facts: open.facts,
            ids: open.ids.into_iter().collect(),
            reduced: open.reducer.map(|reducer| Box::new(reducer.finish())),
            digests: open.digests,
        });
    }

    /// Opens the session of an event, closing the one that was silent longest where there are too many.
    fn enter(&mut self, session: &str) {
        if self.latest.as_deref() != Some(session) {
            self.latest = Some(session.into());
        }
        if self.open.contains_key(session) {
            return;
        }
        if self.open.len() == OPEN
            && let Some(silent) =
                self.open.iter().min_by_key(|(_, open)| open.turn).map(|(name, _)| name.clone())
            && let Some(open) = self.open.remove(&silent)
        {
            self.close(silent, open);
        }
        let facts = Facts { issues: std::mem::take(&mut self.early), ..Facts::default() };
        let reducer = Some((self.start)());
        let open = Open { facts, ids: HashSet::new(), reducer, digests: Vec::new(), order: 0, turn: 0 };
        self.open.insert(session.into(), open);
    }
}

impl<R: Reducer> Take for Divider<'_, R> {
    fn take<'d>(&mut self, event: &Event<'_>, digest: impl FnOnce() -> Handed<'d>) {
        *self.divided.events.entry(event.kind).or_default() += 1;
        self.enter(&event.session);
        self.turn += 1;
        if let Some(open) = self.open.get_mut(&*event.session) {
            open.turn = self.turn;
            open.take(event, digest, self.keep);
        }
    }
}

impl<R: Reducer> Sink for Divider<'_, R> {
    fn retold(&mut self, messages: u64) {
        self.divided.retold += messages;
    }

    fn event(&mut self, event: Event<'_>) {
        let key = self.key;
        self.take(&event, || Handed::Over(digest(&event, 0, key)));
    }

    fn issue(&mut self, issue: Issue) {
        self.divided.issues.add(self.name, issue);
        match self.latest.as_ref().and_then(|session| self.open.get_mut(session)) {
            Some(open) => open.facts.issues += 1,
            None => self.early += 1,
        }
    }
}

impl<R: Reducer> Open<R> {
    fn take<'d>(&mut self, event: &Event<'_>, digest: impl FnOnce() -> Handed<'d>, keep: bool) {
        self.facts.note(event);
        if event.id.is_some_and(|id| !self.ids.insert(id)) {
            self.reducer = None;
        }
        if self.reducer.is_none() && !keep {
            return;
        }
        let mut digest = digest();
        let numbered = digest.get_mut();
        numbered.order = self.order;
        numbered.position.file = 0;
        self.order += 1;
        if keep {
            self.digests.push(numbered.clone());
        }
        if let Some(reducer) = &mut self.reducer {
            reducer.push(digest);
        }
    }
}

/// The digest of an event whose file is the given one of its session.
pub(crate) fn digest_at(event: &Event<'_>, order: u64, key: DigestKey, file: u32) -> Digest {
    let digest = digest(event, order, key);
    Digest { position: Position { file, ..digest.position }, ..digest }
}

#[cfg(test)]
mod tests {
    use goodhart_features::{DigestKey, Fold, Habits};
    use goodhart_trace::{Issue, IssueKind, Position, Sink, build::session};

    use super::{Divided, Divider, OPEN};

    fn divide(feed: impl FnOnce(&mut dyn Sink)) -> Divided<goodhart_features::Profile> {
        let habits = Habits::default();
        let start = || Fold::new(&habits);
        let mut divider = Divider::new(DigestKey(1), &start, 0, "a.jsonl");
        feed(&mut divider);
        divider.finish(Some("claude-code"))
    }

    fn issue() -> Issue {
        Issue::new(IssueKind::NotJson, Position::default(), "record: expected JSON, found text")
    }

    #[test]
    fn interleaved_sessions_are_told_apart_and_issues_go_to_the_latest() {
        let divided = divide(|sink| {
            sink.issue(issue());
            for event in session("b").prompt("p").call("A", "{}").result("r").events() {
                sink.event(event);
                session("a").prompt("p").events().into_iter().for_each(|event| sink.event(event));
            }
            sink.issue(issue());
        });
        let [a, b] = &divided.parts[..] else { panic!("two sessions") };
        assert_eq!((&*a.session, &*b.session), ("a", "b"));
        assert_eq!((a.facts.issues, b.facts.issues), (1, 1));
        assert_eq!(b.reduced.as_ref().map(|profile| profile.steps), Some(1));
        assert!(a.reduced.is_none(), "its one identity came three times");
    }

    #[test]
    fn only_so_many_sessions_are_open_at_a_time() {
        let divided = divide(|sink| {
            for i in (0..=OPEN).chain([0]) {
                let event = session(&format!("{i:04}")).prompt("p").events().remove(0);
                sink.event(event);
            }
        });
        assert_eq!(divided.parts.len(), OPEN + 2);
        assert_eq!(&*divided.parts[0].session, "0000");
        assert_eq!(divided.parts.iter().filter(|part| &*part.session == "0000").count(), 2);
    }
}
