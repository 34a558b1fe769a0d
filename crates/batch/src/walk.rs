//! From logs to sessions: divide every file in parallel, find who owns what, put together what is entangled.
//!
//! ```text
//! files ──divide──▶ parts ──replay──▶ owners ──merge──▶ sessions
//!         pass 1                               pass 2: only sessions in several files, or with shared records
//! ```

use std::io::Read;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use goodhart_features::DigestKey;
use goodhart_readers::{read_file, read_file_with, read_reader};
use goodhart_trace::{Issue, IssueKind, Position, Sink, Source};
use rayon::prelude::*;

use crate::ahead::Ahead;
use crate::divide::{Divided, Divider, Start};
use crate::facts::Facts;
use crate::files::{Files, LogFile};
use crate::reduce::Reducer;
use crate::scan::{Progress, Summary};
use crate::settle::settle;
use crate::{Error, ReadOptions};

/// One walk over logs, at whose end every session is reduced.
pub(crate) struct Walk<'a, R: Reducer> {
    pub(crate) key: DigestKey,
    pub(crate) start: Start<'a, R>,
    pub(crate) options: ReadOptions,
    pub(crate) progress: Option<&'a (dyn Fn(Progress) + Sync)>,
}

/// What a walk came to: the sessions by start, then by id.
#[derive(Debug)]
pub(crate) struct Walked<T> {
    pub(crate) sessions: Vec<Session<T>>,
    pub(crate) summary: Summary,
}

/// One session at the end of the walk.
#[derive(Debug)]
pub(crate) struct Session<T> {
    pub(crate) id: Box<str>,
    pub(crate) facts: Facts,
    pub(crate) format: Option<&'static str>,
    pub(crate) files: Vec<String>,
    pub(crate) reduced: Box<T>,
    pub(crate) replayed: u64,
}

impl<R: Reducer> Walk<'_, R> {
    /// Walks over files.
    ///
    /// # Errors
    /// [`Error::Strict`] at the first issue where that is asked for; [`Error::NothingRead`] when no file is a log.
    pub(crate) fn files(&self, files: &Files) -> Result<Walked<R::Output>, Error> {
        if let Some(issue) = files.issues.first().filter(|_| self.options.strict) {
            return Err(Error::Strict { path: "the given paths".into(), issue: issue.clone() });
        }
        settle(self, self.divide(files)?, files)
    }

    /// Reads a stream. It cannot be read again, so its digests are held until all of it is there.
    ///
    /// # Errors
    /// As [`Walk::files`].
    pub(crate) fn stream(&self, reader: impl Read, name: &str) -> Result<Walked<R::Output>, Error> {
        let mut divider = Divider::new(self.key, self.start, 0, name).keeping_digests();
        let read = read_reader(reader, Source { file: 0, path: name }, &self.options, &mut divider)?;
        settle(self, vec![divider.finish(read.format)], &Files::stream(name))
    }

    /// First pass, in the order of the files whatever the order in which they were read.
    fn divide(&self, files: &Files) -> Result<Vec<Divided<R::Output>>, Error> {
        let meter = Meter::new(files, self.progress);
        let failed = AtomicUsize::new(usize::MAX);
        let mut divided: Vec<_> = files
            .largest_first()
            .into_iter()
            .par_bridge()
            .filter(|&at| at < failed.load(Ordering::Relaxed))
            .map(|at| {
                let divided = self.divide_file(at, &files.list[at], files.bytes());
                if divided.is_err() {
                    failed.fetch_min(at, Ordering::Relaxed);
                }
                meter.done(&files.list[at]);
                (at, divided)
            })
            .collect();
        divided.sort_by_key(|(at, _)| *at);
        divided.into_iter().map(|(_, divided)| divided).collect()
    }

    /// Reads a file into a divider.
    fn read<'d>(
        &self,
        file: &LogFile,
        index: u32,
        total: u64,
        mut divider: Divider<'d, R>,
    ) -> (Result<goodhart_readers::Summary, goodhart_readers::Error>, Divider<'d, R>) {
        if shared(file, total) {
            let ahead = Ahead::new(divider, self.key, &|_| true);
            return ahead.run(|hands| read_file_with(&file.path, index, &self.options, hands));
        }
        let read = read_file(&file.path, index, &self.options, &mut divider);
        (read, divider)
    }

    /// A file that cannot be opened is an issue: the others go on.
    fn divide_file(&self, at: usize, file: &LogFile, total: u64) -> Result<Divided<R::Output>, Error> {
        let (name, index) = (file.name(), at as u32);
        let divider = Divider::new(self.key, self.start, index, &name);
        let (read, mut divider) = self.read(file, index, total, divider);
        match read {
            Ok(read) => Ok(divider.finish(read.format)),
            Err(strict @ goodhart_readers::Error::Strict { .. }) => Err(strict.into()),
            Err(error) => {
                let issue = unreadable(index, &error);
                if self.options.strict {
                    return Err(Error::Strict { path: name, issue });
                }
                divider.issue(issue);
                Ok(divider.finish(None))
            }
        }
    }
}

/// Whether the threads share a file, because it would keep a single one of them longer than the rest.
pub(crate) fn shared(file: &LogFile, total: u64) -> bool {
    let threads = rayon::current_num_threads() as u64;
    threads > 1 && file.bytes >= LARGE.max(total / (2 * threads))
}

/// Smaller files are never shared: what threads would tell each other costs more than it brings.
const LARGE: u64 = 4 << 20;

pub(crate) fn unreadable(file: u32, error: &goodhart_readers::Error) -> Issue {
    Issue::new(IssueKind::Unreadable, Position { file, ..Position::default() }, error.to_string())
}

/// Counts files and bytes for whoever watches.
struct Meter<'a> {
    watch: Option<&'a (dyn Fn(Progress) + Sync)>,
    files: u64,
    bytes: u64,
    files_done: AtomicU64,
    bytes_done: AtomicU64,
}

impl<'a> Meter<'a> {
    fn new(files: &Files, watch: Option<&'a (dyn Fn(Progress) + Sync)>) -> Self {
        let (count, bytes) = (files.list.len() as u64, files.bytes());
        Meter { watch, files: count, bytes, files_done: AtomicU64::new(0), bytes_done: AtomicU64::new(0) }
    }

    fn done(&self, file: &LogFile) {
        let files_done = self.files_done.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes_done = self.bytes_done.fetch_add(file.bytes, Ordering::Relaxed) + file.bytes;
        if let Some(watch) = self.watch {
            watch(Progress { files_done, files: self.files, bytes_done, bytes: self.bytes });
        }
    }
}
