//! The batch scorer: a builder, and the doors in.

use std::fmt;
use std::io::Read;
use std::path::Path;

use goodhart_features::{Fold, Profile};
use goodhart_scoring::{Assessed, Baseline, Docket, SessionMeta, reading_order};
use rayon::prelude::*;

use crate::files::Files;
use crate::scan::{Progress, Report, Scan, SessionProfile};
use crate::walk::{Session, Walk, Walked};
use crate::{Error, JudgeOptions, ReadOptions};

/// Scores logs in parallel. The result depends on the content of the files and the baseline alone: not on the number
/// of threads, nor on the order in which paths are given or files are read.
///
/// ```no_run
/// use goodhart_batch::Batch;
/// use goodhart_scoring::{Baseline, Verdict};
///
/// let batch = Batch::new(Baseline::embedded()).threads(8);
/// let report = batch.scan(&["logs/"])?;
/// for finding in report.findings.iter().filter(|finding| finding.verdict.is_at_least(Verdict::Note)) {
///     println!("{finding}");
/// }
/// # Ok::<(), goodhart_batch::Error>(())
/// ```
pub struct Batch<'a> {
    pub(crate) baseline: &'a Baseline,
    threads: Option<usize>,
    keep_steps: bool,
    pub(crate) reading: ReadOptions,
    judging: JudgeOptions,
    progress: Option<Box<Watch<'a>>>,
}

type Watch<'a> = dyn Fn(Progress) + Send + Sync + 'a;

impl<'a> Batch<'a> {
    /// A batch under a baseline, on all cores.
    pub fn new(baseline: &'a Baseline) -> Self {
        Batch {
            baseline,
            threads: None,
            keep_steps: false,
            reading: ReadOptions::default(),
            judging: JudgeOptions::default(),
            progress: None,
        }
    }

    /// Uses this many threads of its own instead of those of the process; 0 means one a core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Keeps a record of every step in [`Profile::step_records`]; memory then grows with the number of steps.
    pub fn keep_steps(mut self, keep: bool) -> Self {
        self.keep_steps = keep;
        self
    }

    /// Whether the first issue ends the scan with [`Error::Strict`].
    pub fn strict(mut self, strict: bool) -> Self {
        self.reading.strict = strict;
        self
    }

    /// Caps and choices of the readers; replaces what [`Batch::strict`] has set.
    pub fn reading(mut self, options: ReadOptions) -> Self {
        self.reading = options;
        self
    }

    /// Levels that the verdicts depend on.
    pub fn judging(mut self, options: JudgeOptions) -> Self {
        self.judging = options;
        self
    }

    /// Calls this after every file of the first pass, from the thread that has read it.
    pub fn progress(mut self, watch: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        self.progress = Some(Box::new(watch));
        self
    }

    /// Reads files and folders to findings, one for every session.
    ///
    /// # Errors
    /// As [`Batch::profiles`].
    pub fn scan<P: AsRef<Path> + Sync>(&self, paths: &[P]) -> Result<Report, Error> {
        self.judge(self.profiles(paths)?)
    }

    /// Judges the sessions of a scan together.
    ///
    /// # Errors
    /// [`Error::Threads`].
    pub fn judge(&self, scan: Scan) -> Result<Report, Error> {
        let Scan { sessions, summary } = scan;
        log::debug!("judging {} sessions", sessions.len());
        let assess = |session: SessionProfile| Assessed::new(session.meta, session.profile, self.baseline);
        self.on_threads(|| {
            let mut assessed: Vec<Assessed> = sessions.into_par_iter().map(assess).collect();
            assessed.sort_by(reading_order);
            let docket = Docket::of(&assessed, self.baseline, &self.judging);
            let judged = |(place, session)| docket.finding(place, session);
            let findings = assessed.into_par_iter().enumerate().map(judged).collect();
            Report { findings, summary, shortfall: docket.shortfall() }
        })
    }

    /// Reads files and folders to the profiles of their sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] when a path does not exist, [`Error::NothingRead`] when no file is a log,
    /// [`Error::Strict`] at the first issue where that is asked for, [`Error::Threads`].
    pub fn profiles<P: AsRef<Path> + Sync>(&self, paths: &[P]) -> Result<Scan, Error> {
        self.on_threads(|| {
            let files = Files::below(paths)?;
            self.walk(&|| self.fold()).files(&files).map(|walked| self.scan_of(walked))
        })?
    }

    /// Reads a stream, such as standard input, under a name. It cannot be read twice, so the digests of its events
    /// are held until it ends.
    ///
    /// # Errors
    /// As [`Batch::profiles`], without [`Error::NotFound`].
    pub fn read(&self, reader: impl Read + Send, name: &str) -> Result<Scan, Error> {
        self.on_threads(|| {
            self.walk(&|| self.fold()).stream(reader, name).map(|walked| self.scan_of(walked))
        })?
    }

    fn walk<'w>(&'w self, start: &'w (dyn Fn() -> Fold<'w> + Sync)) -> Walk<'w, Fold<'w>> {
        Walk { key: self.baseline.key(), start, options: self.reading, progress: self.watch() }
    }

    pub(crate) fn watch(&self) -> Option<&(dyn Fn(Progress) + Sync)> {
        self.progress.as_deref().map(|watch| watch as &(dyn Fn(Progress) + Sync))
    }

    fn fold(&self) -> Fold<'_> {
        let fold = Fold::new(self.baseline.habits());
        if self.keep_steps { fold.with_steps() } else { fold }
    }

    fn scan_of(&self, walked: Walked<Profile>) -> Scan {
        Scan { sessions: walked.sessions.into_iter().map(profile).collect(), summary: walked.summary }
    }

    pub(crate) fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
        match self.threads {
            None => Ok(work()),
            Some(threads) => {
                let pool =
                    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Error::Threads)?;
                Ok(pool.install(work))
            }
        }
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("threads", &self.threads)
            .field("keep_steps", &self.keep_steps)
            .field("reading", &self.reading)
            .field("judging", &self.judging)
            .field("progress", &self.progress.is_some())
            .finish_non_exhaustive()
    }
}

fn profile(session: Session<Profile>) -> SessionProfile {
    let Session { id, facts, format, files, reduced, replayed } = session;
    let meta = SessionMeta {
        session_id: id.into(),
        parent_session_id: facts.parent.map(Into::into),
        actor: facts.actor.map(Into::into),
        agent: facts.agent.map(Into::into),
        agent_version: facts.agent_version.map(Into::into),
        format: format.map(Into::into),
        file_numbers: (0..files.len() as u32).collect(),
        files,
        issues: facts.issues,
    };
    SessionProfile { meta, profile: reduced, replayed_events: replayed }
}
