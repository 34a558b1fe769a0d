//! One large file on several threads: it is cut into lines on one, its lines are parsed and its events digested on any,
//! and taken in their order. Where a format does not allow for that, its events are digested on any thread.
//!
//! Threads that free what others have taken from the allocator wait for each other. So what was taken goes back to the thread
//! that made it, and one thread takes as long as it has time: what the sessions hold is then its own.
//!
//! Nobody sleeps: a thread that has read too far ahead works at some of it itself. The result is that of reading the file
//! on one thread, since a digest depends on its event alone, and what a line means because of those before it is decided
//! when it is taken.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use goodhart_features::{Digest, DigestKey, digest};
use goodhart_readers::{Handful, Hands, into_owned};
use goodhart_trace::{Event, Issue, Memory, Question, Sink};
use rayon::Scope;

use crate::reduce::Handed;

/// Takes events in the order of their source.
pub(crate) trait Take: Sink + Send {
    /// Takes the next event; its digest is asked for where it is needed.
    fn take<'d>(&mut self, event: &Event<'_>, digest: impl FnOnce() -> Handed<'d>);
}

/// What is read ahead, and who takes it.
pub(crate) struct Ahead<'a, T: Take> {
    key: DigestKey,
    /// Whether the events of a session are taken at all.
    wants: &'a (dyn Fn(&str) -> bool + Sync),
    read: Mutex<VecDeque<(u64, Batch)>>,
    digested: Mutex<BTreeMap<u64, Done>>,
    taker: Mutex<Turn<T>>,
    /// Batches that were taken.
    taken: AtomicU64,
    /// The thread that takes after each batch that it has worked at, once there is one.
    keeper: AtomicUsize,
    /// Handfuls that were worked off.
    spare: Mutex<Vec<Handful>>,
    /// What was taken, by the thread that made it.
    spent: Vec<Mutex<Vec<Done>>>,
}

/// A batch that is digested, and the number of the thread that made it.
struct Done {
    maker: usize,
    all: Vec<Digested>,
}

/// Who takes, who answers the questions of lines, and the number of the batch whose turn it is.
struct Turn<T> {
    taker: T,
    memory: Option<Box<dyn Memory>>,
    next: u64,
}

/// What is worked at as a whole.
enum Batch {
    Lines(Handful),
    Told(Vec<Told>),
}

/// What a reader says.
enum Told {
    Event(Box<Event<'static>>),
    Issue(Issue),
    Retold(u64),
}

/// What is left to be taken.
enum Digested {
    Event(Box<Event<'static>>, Box<Digest>),
    /// An event of a session that nobody wants.
    Unwanted,
    Issue(Issue),
    Retold(u64),
    /// On a `false` so many of what follows are struck out.
    Question(Question, usize),
}

/// Bytes of text and events of one batch, about a millisecond of work.
const BATCH_BYTES: usize = 256 * 1024;
const BATCH_EVENTS: usize = 256;

/// No thread.
const NOBODY: usize = usize::MAX;

/// Batches that are read ahead at most, for each thread.
const AHEAD: u64 = 4;

impl<'a, T: Take> Ahead<'a, T> {
    pub(crate) fn new(taker: T, key: DigestKey, wants: &'a (dyn Fn(&str) -> bool + Sync)) -> Self {
        Ahead {
            key,
            wants,
            read: Mutex::default(),
            digested: Mutex::default(),
            taker: Mutex::new(Turn { taker, memory: None, next: 0 }),
            taken: AtomicU64::new(0),
            keeper: AtomicUsize::new(NOBODY),
            spare: Mutex::default(),
            spent: (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect(),
        }
    }

    /// Runs a reader whose records are worked at while it goes on, and gives back the taker that has taken them all.
    pub(crate) fn run<D>(self, read: impl FnOnce(&mut dyn Hands) -> D) -> (D, T) {
        let done = rayon::in_place_scope(|scope| {
            let own = rayon::current_thread_index().unwrap_or(0);
            let mut reader = Reader { ahead: &self, scope, own, batch: Vec::new(), bytes: 0, sent: 0 };
            let done = read(&mut reader);
            reader.send_told();
            done
        });
        self.take();
        (done, self.taker.into_inner().unwrap_or_else(PoisonError::into_inner).taker)
    }

    /// Works at the batch that waits longest; `false` where none waits.
    fn work(&self, maker: usize) -> bool {
        let Some((number, batch)) = lock(&self.read).pop_front() else { return false };
        self.give_back(maker);
        let mut desk = Desk { key: self.key, wants: self.wants, done: Vec::with_capacity(BATCH_EVENTS) };
        match batch {
            Batch::Lines(mut lines) => {
                lines.tell(&mut desk);
                lines.clear();
                lock(&self.spare).push(lines);
            }
            Batch::Told(told) => told.into_iter().for_each(|told| desk.told(told)),
        }
        lock(&self.digested).insert(number, Done { maker, all: desk.done });
        true
    }

    /// Works at a batch on a thread that does not read. The first such thread is also the one that takes.
    fn help(&self) {
        let own = rayon::current_thread_index().unwrap_or(0);
        self.work(own);
        let keeper = self.keeper.compare_exchange(NOBODY, own, Ordering::Relaxed, Ordering::Relaxed);
        if keeper.is_ok() || keeper == Err(own) {
            self.take();
        }
    }

    /// Drops what this thread has made and others have taken.
    fn give_back(&self, maker: usize) {
        let spent = self.spent.get(maker).map(|spent| std::mem::take(&mut *lock(spent)));
        drop(spent);
    }

    /// Hands over what is digested, once nobody else does.
    fn take(&self) {
        self.hand_over(lock(&self.taker));
    }

    fn hand_over(&self, mut turn: MutexGuard<'_, Turn<T>>) {
        loop {
            let batch = lock(&self.digested).remove(&turn.next);
            let Some(mut batch) = batch else { return };
            turn.all(&mut batch.all);
            if let Some(spent) = self.spent.get(batch.maker) {
                lock(spent).push(batch);
            }
            turn.next += 1;
            self.taken.store(turn.next, Ordering::Relaxed);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Take> Turn<T> {
    fn all(&mut self, batch: &mut [Digested]) {
        let mut batch = batch.iter_mut();
        while let Some(one) = batch.next() {
            if let Digested::Question(question, follow) = *one
                && !self.memory.as_mut().is_none_or(|memory| memory.answer(question))
            {
                batch.by_ref().take(follow).for_each(drop);
            } else {
                self.one(one);
            }
        }
    }

    fn one(&mut self, digested: &mut Digested) {
        match digested {
            Digested::Event(event, digest) => self.taker.take(event, || Handed::Lent(digest)),
            Digested::Issue(issue) => self.taker.issue(issue.clone()),
            Digested::Retold(messages) => self.taker.retold(*messages),
            Digested::Unwanted | Digested::Question(..) => {}
        }
    }
}

/// Where a thread works at a batch.
struct Desk<'a> {
    key: DigestKey,
    wants: &'a (dyn Fn(&str) -> bool + Sync),
    done: Vec<Digested>,
}

impl Desk<'_> {
    fn told(&mut self, told: Told) {
        match told {
            Told::Event(event) => self.event(*event),
            Told::Issue(issue) => self.issue(issue),
            Told::Retold(messages) => self.retold(messages),
        }
    }
}

impl Sink for Desk<'_> {
    fn event(&mut self, event: Event<'_>) {
        if !(self.wants)(&event.session) {
            return self.done.push(Digested::Unwanted);
        }
        let digest = Box::new(digest(&event, 0, self.key));
        let bare = Event { text: None, arguments: None, request: None, call: None, tool: None, ..event };
        let bare = Event { model: None, ..bare };
        self.done.push(Digested::Event(Box::new(into_owned(bare)), digest));
    }

    fn issue(&mut self, issue: Issue) {
        self.done.push(Digested::Issue(issue));
    }

    fn retold(&mut self, messages: u64) {
        self.done.push(Digested::Retold(messages));
    }

    fn asks(&mut self, question: Question, follow: usize) -> bool {
        self.done.push(Digested::Question(question, follow));
        true
    }
}

/// The sink of the reader.
struct Reader<'r, 's, 'a, T: Take> {
    ahead: &'s Ahead<'a, T>,
    scope: &'r Scope<'s>,
    /// The thread that reads.
    own: usize,
    batch: Vec<Told>,
    bytes: usize,
    sent: u64,
}

impl<'s, T: Take> Reader<'_, 's, '_, T> {
    fn tell(&mut self, told: Told) {
        self.batch.push(told);
        if self.bytes >= BATCH_BYTES || self.batch.len() >= BATCH_EVENTS {
            self.send_told();
        }
    }

    fn send_told(&mut self) {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            self.send(Batch::Told(batch));
        }
    }

    fn send(&mut self, batch: Batch) {
        let ahead: &'s Ahead<'_, T> = self.ahead;
        lock(&ahead.read).push_back((self.sent, batch));
        self.sent += 1;
        self.scope.spawn(move |_| ahead.help());
        let most = AHEAD * rayon::current_num_threads() as u64;
        while self.sent - ahead.taken.load(Ordering::Relaxed) > most {
            if !ahead.work(self.own) {
                ahead.take();
                std::thread::yield_now();
            }
        }
    }
}

impl<T: Take> Sink for Reader<'_, '_, '_, T> {
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

impl<T: Take> Hands for Reader<'_, '_, '_, T> {
    fn remember(&mut self, memory: Box<dyn Memory>) {
        lock(&self.ahead.taker).memory = Some(memory);
    }

    fn lines(&mut self, lines: Handful) -> Handful {
        self.send_told();
        let next = lock(&self.ahead.spare).pop().unwrap_or_else(|| lines.another());
        self.send(Batch::Lines(lines));
        next
    }
}

#[cfg(test)]
mod tests {
    use goodhart_features::{DigestKey, Fold, Habits, Profile};
    use goodhart_readers::read_file_with;
    use goodhart_trace::{Issue, IssueKind, Position, Sink, build::session};

    use super::Ahead;
    use crate::divide::{Divided, Divider};
    use crate::testing::{Folder, claude_code};

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
        let parts =
            divided.parts.into_iter().map(|part| (part.session, part.facts, part.ids.len(), part.reduced));
        format!("{:?} {} {:?}", parts.collect::<Vec<_>>(), divided.retold, divided.issues)
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
            let ((), shared) =
                pool.install(|| Ahead::new(divider(), DigestKey(1), &|_| true).run(|hands| feed(hands)));
            assert_eq!(told(shared.finish(None)), expected, "{threads} threads");
        }
    }

    /// Prompts that waited, went back or were mirrored, results without a call, lines that are none: what a line means because of
    /// those before it is decided as if it were read in order.
    fn lines() -> String {
        let work = session("s").repeat(900, |s, i| {
            let s =
                s.call("Bash", &format!(r#"{{"command":"make {}"}}"#, i % 7)).result(&"all done ".repeat(i));
            if i % 50 == 0 { s.prompt(&format!("go on with part {i}")) } else { s }
        });
        let odd = |i: usize| {
            let parent = i / 3;
            let fields = match i % 6 {
                0 => r#""type":"attachment","attachment":{"type":"queued_command","prompt":"and format it"}"#.to_owned(),
                1 => r#""type":"user","message":{"content":"and format it"}"#.to_owned(),
                2 => r#""type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"none","content":"x"}]}"#.to_owned(),
                3 => r#""type":"user","isSidechain":true,"agentId":"x","message":{"content":"look"}"#.to_owned(),
                _ => format!(r#""type":"user","message":{{"content":"branch {i}"}}"#),
            };
            format!("{{\"sessionId\":\"s\",\"uuid\":\"u{i}\",\"parentUuid\":\"u{parent}\",{fields}}}\n")
        };
        let lines = claude_code(&work.events(), "s").into_iter().enumerate();
        lines
            .map(|(i, line)| if i % 40 == 7 { line + "no JSON\n\n" + &odd(i) } else { line + &odd(i) })
            .collect()
    }

    #[test]
    fn lines_that_many_threads_parse_mean_the_same() {
        let folder = Folder::new();
        let path = folder.write("a.jsonl", &lines());
        let (habits, options) = (Habits::default(), goodhart_readers::Options::default());
        let start = || Fold::new(&habits);
        let divider = || Divider::new(DigestKey(1), &start, 0, "a.jsonl");
        let mut alone = divider();
        goodhart_readers::read_file(&path, 0, &options, &mut alone).unwrap();
        let expected = told(alone.finish(None));
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let ahead = || Ahead::new(divider(), DigestKey(1), &|_| true);
            let run = || ahead().run(|hands| read_file_with(&path, 0, &options, hands));
            let (read, shared) = pool.install(run);
            assert_eq!(read.unwrap().format, Some("claude-code"));
            assert_eq!(told(shared.finish(None)), expected, "{threads} threads");
        }
    }
}
