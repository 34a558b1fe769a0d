//! The stages of the walk over the same lines, each beside the parser alone. CPU seconds of one thread.

use std::borrow::Cow;
use std::collections::BTreeMap;

use goodhart::features::{Fold, digest};
use goodhart::readers::{Options, read_reader};
use goodhart::scoring::{Assessed, Baseline, Options as JudgeOptions, SessionMeta, Verdict, judge_alone};
use goodhart::trace::{Event, Issue, Sink, Source};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::Row;
use crate::clock::fastest;
use crate::corpus::{Corpus, Log};

/// What a counter of tokens needs of a line; whatever else it holds is passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct Counted<'a> {
    #[serde(borrow, default)]
    session_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    request_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    message: Option<Message<'a>>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Message<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
    #[serde(default)]
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
#[allow(dead_code)]
struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_input_tokens: u64,
    cache_read_input_tokens: u64,
}

/// Runs of each stage; the fastest counts.
const RUNS: usize = 3;

/// Measures every stage over one repetition of a corpus.
pub fn rows(corpus: &Corpus) -> Vec<Row> {
    let gigabytes = corpus.bytes() as f64 / 1e9;
    let scan = over(corpus, |log| lines(log.bytes()).map(str::len).sum());
    let skip = over(corpus, |log| {
        lines(log.bytes()).filter(|l| serde_json::from_str::<IgnoredAny>(l).is_ok()).count()
    });
    let parse = over(corpus, |log| {
        lines(log.bytes()).filter(|l| serde_json::from_str::<Counted<'_>>(l).is_ok()).count()
    });
    let read = over(corpus, |log| fed(log, &mut Nothing));
    let baseline = Baseline::embedded();
    let digested = over(corpus, |log| fed(log, &mut Digests { baseline, fold: None, order: 0 }));
    let fold = || Some(Fold::new(baseline.habits()));
    let folded = over(corpus, |log| fed(log, &mut Digests { baseline, fold: fold(), order: 0 }));
    vec![
        Row::new("lines alone", gigabytes / scan, "GB/s"),
        Row::new("parser alone, everything passed over", gigabytes / skip, "GB/s"),
        Row::new("parser alone, borrowed fields of a usage counter", gigabytes / parse, "GB/s"),
        Row::new("parser alone", parse, "s"),
        Row::new("read", read, "s"),
        Row::new("digest", digested - read, "s"),
        Row::new("fold", folded - digested, "s"),
        Row::new("digest and fold / parser alone", (folded - read) / parse, "x").at_most(1.5),
        Row::new("read, digest and fold / parser alone", folded / parse, "x").at_most(2.5),
    ]
}

fn over(corpus: &Corpus, work: impl Fn(&Log) -> usize) -> f64 {
    fastest(RUNS, || corpus.logs().iter().map(&work).sum::<usize>())
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes.split(|&byte| byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok())
}

fn fed(log: &Log, sink: &mut dyn Sink) -> usize {
    let read = read_reader(log.bytes(), Source { file: 0, path: "log.jsonl" }, &Options::default(), sink);
    read.map_or(0, |read| read.events as usize)
}

/// What scoring one log came to.
#[derive(Debug, Default)]
pub struct Scored {
    /// Sessions in it.
    pub sessions: u64,
    /// Events read.
    pub events: u64,
    /// Bytes of the digests of one event in a hundred, times a hundred.
    pub digest_bytes: u64,
    /// Sessions whose evidence is worth a note.
    pub wasteful: u64,
}

/// Reads, digests, folds and judges a log, each session by itself.
pub fn score(log: &[u8]) -> Scored {
    let mut live =
        Sessions { baseline: Baseline::embedded(), folds: BTreeMap::new(), scored: Scored::default() };
    let source = Source { file: 0, path: "log.jsonl" };
    let read = read_reader(log, source, &Options::default(), &mut live);
    let Sessions { baseline, folds, mut scored } = live;
    scored.events = read.map_or(0, |read| read.events);
    scored.sessions = folds.len() as u64;
    for (session, (fold, _)) in folds {
        let meta = SessionMeta { session_id: session, ..SessionMeta::default() };
        let assessed = Assessed::new(meta, fold.into_profile(), baseline);
        let finding = judge_alone(&assessed, baseline, &JudgeOptions::default());
        scored.wasteful += u64::from(finding.verdict.is_at_least(Verdict::Note));
    }
    scored
}

/// Every session of a log in a fold of its own.
struct Sessions {
    baseline: &'static Baseline,
    folds: BTreeMap<String, (Fold<'static>, u64)>,
    scored: Scored,
}

impl Sink for Sessions {
    fn event(&mut self, event: Event<'_>) {
        let start = || (Fold::new(self.baseline.habits()), 0);
        if !self.folds.contains_key(&*event.session) {
            self.folds.insert(event.session.to_string(), start());
        }
        let Some((fold, order)) = self.folds.get_mut(&*event.session) else { return };
        let digest = digest(&event, *order, self.baseline.key());
        if *order % 100 == 50 {
            let stored = postcard::to_allocvec(&digest).map_or(0, |bytes| bytes.len());
            self.scored.digest_bytes += 100 * stored as u64;
        }
        *order += 1;
        fold.push_owned(digest).expect("because orders increase");
    }

    fn issue(&mut self, _: Issue) {}
}

#[derive(Default)]
struct Nothing;

impl Sink for Nothing {
    fn event(&mut self, event: Event<'_>) {
        std::hint::black_box(&event);
    }

    fn issue(&mut self, _: Issue) {}
}

/// Digests, and folds what it has digested. Logs of the corpus hold one session each, but for sub-agents.
struct Digests {
    baseline: &'static Baseline,
    fold: Option<Fold<'static>>,
    order: u64,
}

impl Sink for Digests {
    fn event(&mut self, event: Event<'_>) {
        let digest = digest(&event, self.order, self.baseline.key());
        self.order += 1;
        match &mut self.fold {
            Some(fold) => fold.push_owned(digest).expect("because orders increase"),
            None => drop(std::hint::black_box(digest)),
        }
    }

    fn issue(&mut self, _: Issue) {}
}
