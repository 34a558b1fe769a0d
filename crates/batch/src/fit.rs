//! Fits a baseline on logs: one walk that learns the habits, one that folds the profiles under them.

use std::collections::VecDeque;
use std::path::Path;

use goodhart_features::{Digest, DigestKey, Fold, Habits, Profile};
use goodhart_scoring::{Baseline, FitOptions, ReferenceRow};
use goodhart_trace::Kind;

use crate::files::Files;
use crate::reduce::{Handed, Reducer};
use crate::scan::Summary;
use crate::walk::{Session, Walk, Walked};
use crate::{Batch, Error};

/// A baseline fitted on logs.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The baseline.
    pub baseline: Baseline,
    /// What was read for it.
    pub summary: Summary,
}

impl Batch<'_> {
    /// Fits a baseline on the sessions of files and folders, each weighing one and compared within its agent. Copies
    /// and replayed history are learned from once. The content is hashed under `key`; the baseline of this batch does
    /// not enter. The files are read twice, and progress is told for either time from the start.
    ///
    /// # Errors
    /// As [`Batch::profiles`], and [`Error::Fit`] when no session is fit to be a reference.
    pub fn fit<P: AsRef<Path> + Sync>(
        &self,
        paths: &[P],
        key: DigestKey,
        options: &FitOptions,
    ) -> Result<Fitted, Error> {
        self.on_threads(|| {
            let files = Files::below(paths)?;
            let habits = self.habits(&files, key)?;
            let start = || Fold::new(&habits);
            let walk = Walk { key, start: &start, options: self.reading, progress: self.watch() };
            let Walked { sessions, summary } = walk.files(&files)?;
            let rows: Vec<_> = sessions.iter().map(row).collect();
            Ok(Fitted { baseline: Baseline::fit(&rows, habits.clone(), key, options)?, summary })
        })?
    }

    /// In the order of the sessions, so that sums come out the same on any number of threads.
    fn habits(&self, files: &Files, key: DigestKey) -> Result<Habits, Error> {
        let walk = Walk { key, start: &Learner::default, options: self.reading, progress: self.watch() };
        let mut habits = Habits::default();
        walk.files(files)?.sessions.iter().for_each(|session| habits.merge(&session.reduced));
        Ok(habits)
    }
}

fn row(session: &Session<Profile>) -> ReferenceRow<'_> {
    ReferenceRow {
        session: &session.id,
        stratum: session.facts.agent.as_deref().unwrap_or_default(),
        weight: 1.0,
        profile: &session.reduced,
    }
}

/// Learns [`Habits`] from each call and its result.
#[derive(Debug, Default)]
pub(crate) struct Learner {
    habits: Habits,
    waiting: VecDeque<Digest>,
}

/// Calls that wait for their result at most, as many as a fold keeps.
const WAITING: usize = 64;

impl Reducer for Learner {
    type Output = Habits;

    fn push(&mut self, mut digest: Handed<'_>) {
        match digest.get_mut().kind {
            Kind::ToolCall => self.call(digest.kept()),
            Kind::ToolResult => self.result(digest.get_mut()),
            _ => {}
        }
    }

    fn remember(&mut self, _: &Digest) {}

    fn finish(self) -> Habits {
        self.habits
    }
}

impl Learner {
    fn call(&mut self, call: Digest) {
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(call);
    }

    fn result(&mut self, result: &Digest) {
        let call = self.waiting.iter().position(|call| call.call == result.call);
        if let Some(call) = call.and_then(|at| self.waiting.remove(at)) {
            self.habits.observe([&call, result]);
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_features::{DigestKey, Habits, digest};
    use goodhart_trace::build::session;

    use super::Learner;
    use crate::reduce::{Handed, Reducer};

    #[test]
    fn pairs_teach_what_the_whole_session_teaches() {
        let events =
            session("s").repeat(9, |s, i| s.call("Read", r#"{"path":"a"}"#).result(&"word ".repeat(i)));
        let digests: Vec<_> =
            events.events().iter().enumerate().map(|(i, e)| digest(e, i as u64, DigestKey(1))).collect();
        let mut learner = Learner::default();
        digests.iter().cloned().for_each(|digest| learner.push(Handed::Over(digest)));
        let mut habits = Habits::default();
        habits.observe(&digests);
        assert_eq!(learner.finish(), habits);
    }
}
