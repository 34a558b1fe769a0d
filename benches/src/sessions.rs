//! Sessions as digests: read from logs or made, once, and folded as often as a benchmark wants.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};

use goodhart::features::{Digest, DigestKey, Fold, Habits, Profile, digest};
use goodhart::readers::{Options, read_file, read_reader, walk};
use goodhart::trace::{Event, EventId, Issue, Sink, Source};
use goodhart_synth::Session as Made;
use rayon::prelude::*;

/// Key under which the embedded reference and everything scored with it is hashed.
pub const KEY: DigestKey = DigestKey(0x676f_6f64_6861_7274);

/// A session as digests.
#[derive(Debug)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// The agent, empty where the log does not say.
    pub agent: String,
    /// Its digests, in order.
    pub digests: Vec<Digest>,
}

/// The sessions of files and folders, file by file. What a file cannot give is said on stderr.
///
/// # Errors
/// When a folder cannot be walked.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Session>, Box<dyn Error + Send + Sync>> {
    let files = walk(paths)?.files;
    let read: Vec<Vec<Session>> = files.par_iter().map(|file| read_sessions(file)).collect();
    Ok(read.into_iter().flatten().collect())
}

/// The sessions of generated transcripts.
pub fn generated(made: impl IntoIterator<Item = Made>) -> Vec<Session> {
    let mut sorter = Sorter::default();
    for made in made {
        let source = Source { file: 0, path: "generated.jsonl" };
        read_reader(made.lines.as_bytes(), source, &Options::default(), &mut sorter)
            .expect("because reading from memory does not fail unless it is strict");
    }
    sorter.sessions()
}

/// Folds digests of one session.
pub fn profile(digests: &[Digest], habits: &Habits) -> Profile {
    fold(Fold::new(habits), digests)
}

/// The same, with a record of every step.
pub fn profile_with_steps(digests: &[Digest], habits: &Habits) -> Profile {
    fold(Fold::new(habits).with_steps(), digests)
}

fn fold(mut fold: Fold<'_>, digests: &[Digest]) -> Profile {
    for digest in digests {
        fold.push(digest).expect("because the orders of a session increase");
    }
    fold.into_profile()
}

fn read_sessions(file: &Path) -> Vec<Session> {
    let mut sorter = Sorter::default();
    match read_file(file, 0, &Options::default(), &mut sorter) {
        Ok(_) => sorter.sessions(),
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            Vec::new()
        }
    }
}

/// Sorts events by session, and keeps digests only.
#[derive(Default)]
struct Sorter {
    sessions: BTreeMap<String, (String, Vec<Digest>)>,
    seen: BTreeSet<EventId>,
}

impl Sink for Sorter {
    fn event(&mut self, event: Event<'_>) {
        if event.id.is_some_and(|id| !self.seen.insert(id)) {
            return;
        }
        let (agent, digests) = self.sessions.entry(event.session.to_string()).or_default();
        if let Some(name) = event.agent.as_deref().filter(|_| agent.is_empty()) {
            *agent = name.to_owned();
        }
        let order = digests.len() as u64;
        digests.push(digest(&event, order, KEY));
    }

    fn issue(&mut self, _: Issue) {}
}

impl Sorter {
    fn sessions(self) -> Vec<Session> {
        let session = |(id, (agent, digests))| Session { id, agent, digests };
        self.sessions.into_iter().map(session).collect()
    }
}
