//! One large file on several threads: it is read on one, its events are digested on any, and taken in their order.
//!
//! Nobody sleeps: a thread that has read too far ahead digests some of it itself. The result is that of reading the file
//! on one thread, since a digest depends on its event alone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use goodhart_features::{Digest, DigestKey, digest};
use goodhart_readers::into_owned;
use goodhart_trace::{Event, Issue, Sink};
use rayon::Scope;

use crate::divide::Divider;
use crate::reduce::Reducer;

/// What is read ahead, and the divider that takes it.
pub(crate) struct Ahead<'a, R: Reducer> {
    key: DigestKey,
    read: Mutex<VecDeque<(u64, Vec<Told>)>>,
    digested: Mutex<BTreeMap<u64, Vec<Digested>>>,
    taker: Mutex<Taker<'a, R>>,
    /// Batches that the divider has taken.
    taken: AtomicU64,
}

/// The divider, and the number of the batch that it takes next.
struct Taker<'a, R: Reducer> {
    divider: Divider<'a, R>,
    next: u64,
}

/// What a reader says.
enum Told {
    Event(Box<Event<'static>>),
    Issue(Issue),
    Retold(u64),
}

enum Digested {
    Event(Box<Event<'static>>, Box<Digest>),
    Issue(Issue),
    Retold(u64),
}

/// Bytes of text and events of one batch, about a millisecond of work.
const BATCH_BYTES: usize = 256 * 1024;
const BATCH_EVENTS: usize = 256;

/// Batches that are read ahead at most, for each thread.
const AHEAD: u64 = 4;

impl<'a, R: Reducer> Ahead<'a, R> {
    pub(crate) fn new(divider: Divider<'a, R>, key: DigestKey) -> Self {
        Ahead {
            key,
            read: Mutex::default(),
            digested: Mutex::default(),
            taker: Mutex::new(Taker { divider, next: 0 }),
            taken: AtomicU64::new(0),
        }
    }

    /// Runs a reader whose events are digested while it goes on, and gives back the divider that has taken them all.
    pub(crate) fn run<T>(self, read: impl FnOnce(&mut dyn Sink) -> T) -> (T, Divider<'a, R>) {
        let done = rayon::in_place_scope(|scope| {
            let mut reader = Reader { ahead: &self, scope, batch: Vec::new(), bytes: 0, sent: 0 };
            let done = read(&mut reader);
            reader.send();
            done
        });
        self.take();
        (done, self.taker.into_inner().unwrap_or_else(PoisonError::into_inner).divider)
    }

    /// Digests the batch that waits longest; `false` where none waits.
    fn work(&self) -> bool {
        let Some((number, batch)) = lock(&self.read).pop_front() else { return false };
        let batch = batch.into_iter().map(|told| told.digest(self.key)).collect();
        lock(&self.digested).insert(number, batch);
        if let Ok(taker) = self.taker.try_lock() {
            self.hand_over(taker);
        }
        true
    }

    /// Hands over what is digested, once nobody else does.
    fn take(&self) {
        self.hand_over(lock(&self.taker));
    }

    fn hand_over(&self, mut taker: MutexGuard<'_, Taker<'a, R>>) {
        loop {
            let batch = lock(&self.digested).remove(&taker.next);
            let Some(batch) = batch else { return };
            batch.into_iter().for_each(|one| taker.one(one));
            taker.next += 1;
            self.taken.store(taker.next, Ordering::Relaxed);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: Reducer> Taker<'_, R> {
    fn one(&mut self, digested: Digested) {
        match digested {
            Digested::Event(event, digest) => self.divider.take(&event, || *digest),
            Digested::Issue(issue) => self.divider.issue(issue),
            Digested::Retold(messages) => self.divider.retold(messages),
        }
    }
}

impl Told {
    fn digest(self, key: DigestKey) -> Digested {
        match self {
            Told::Event(mut event) => {
                let digest = Box::new(digest(&event, 0, key));
                (event.text, event.arguments) = (None, None);
                Digested::Event(event, digest)
            }
            Told::Issue(issue) => Digested::Issue(issue),
            Told::Retold(messages) => Digested::Retold(messages),
        }
    }
}

/// The sink of the reader.
struct Reader<'r, 's, 'a, R: Reducer> {
    ahead: &'s Ahead<'a, R>,
    scope: &'r Scope<'s>,
    batch: Vec<Told>,
    bytes: usize,
    sent: u64,
}

impl<'s, R: Reducer> Reader<'_, 's, '_, R> {
    fn tell(&mut self, told: Told) {
        self.batch.push(told);
        if self.bytes >= BATCH_BYTES || self.batch.len() >= BATCH_EVENTS {
            self.send();
        }
    }

    fn send(&mut self) {
        let ahead: &'s Ahead<'_, R> = self.ahead;
        let batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        lock(&ahead.read).push_back((self.sent, batch));
        self.sent += 1;
        self.scope.spawn(move |_| {
            ahead.work();
        });
        let most = AHEAD * rayon::current_num_threads() as u64;
        while self.sent - ahead.taken.load(Ordering::Relaxed) > most {
            if !ahead.work() {
                ahead.take();
                std::thread::yield_now();
            }
        }
    }
}

impl<R: Reducer> Sink for Reader<'_, '_, '_, R> {
    fn event(&mut self, event: Event<'_>) {
        let length = |text: &Option<std::borrow::Cow<'_, str>>| text.as_ref().map_or(0, |text| text.len());
        self.bytes += length(&event.text) + length(&event.arguments);
        self.tell(Told::Event(Box::new(into_owned(event))));
    }

    fn retold(&mut self, messages: u64) {
        self.tell(Told::Retold(messages));
    }

    fn issue(&mut self, issue: Issue) {
        self.tell(Told::Issue(issue));
    }
}

#[cfg(test)]
mod tests {
    use goodhart_features::{DigestKey, Fold, Habits, Profile};
    use goodhart_trace::{Issue, IssueKind, Position, Sink, build::session};

    use super::Ahead;
    use crate::divide::{Divided, Divider};

    fn feed(sink: &mut dyn Sink) {
        for round in 0..40 {
            for name in ["a", "b"] {
                let work = session(&format!("{name}{}", round / 20)).repeat(30, |s, i| {
                    s.call("Bash", &format!(r#"{{"command":"make {}"}}"#, i % 7))
                        .result(&"all done\n".repeat(i))
                });
                work.events()
                    .into_iter()
                    .for_each(|event| sink.event(goodhart_trace::Event { id: None, ..event }));
            }
            sink.retold(1);
            sink.issue(Issue::new(
                IssueKind::NotJson,
                Position::default(),
                "record: expected JSON, found text",
            ));
        }
    }

    fn told(divided: Divided<Profile>) -> String {
        let parts = divided.parts.into_iter().map(|part| (part.session, part.facts, part.reduced));
        format!("{:?} {} {}", parts.collect::<Vec<_>>(), divided.retold, divided.issues.total())
    }

    #[test]
    fn what_is_read_ahead_comes_to_the_same() {
        let habits = Habits::default();
        let start = || Fold::new(&habits);
        let divider = || Divider::new(DigestKey(1), &start, 0, "a.jsonl");
        let mut alone = divider();
        feed(&mut alone);
        let expected = told(alone.finish(None));
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let ((), shared) = pool.install(|| Ahead::new(divider(), DigestKey(1)).run(feed));
            assert_eq!(told(shared.finish(None)), expected, "{threads} threads");
        }
    }
}
