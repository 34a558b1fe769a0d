//! What an edit adds to a file: its lines, each with the file, so that text which comes to stand there twice is known.

use crate::hash::{DigestKey, mix, upper};
use crate::sample::{Gather, Mark, Sample};

/// Lines that an edit adds and removes.
#[derive(Debug, Default)]
pub(crate) struct Additions {
    added: Vec<(u64, u16)>,
    removed: Vec<u64>,
    /// It says what gives way; else it may replace the whole file.
    inserts: bool,
}

impl Additions {
    pub(crate) fn add(&mut self, text: &str, key: DigestKey) {
        let size = |line: &str| line.len().min(usize::from(u16::MAX)) as u16;
        self.added.extend(lines(text).map(|line| (key.hash(line.as_bytes()), size(line))));
    }

    pub(crate) fn remove(&mut self, text: &str, key: DigestKey) {
        self.inserts = true;
        self.removed.extend(lines(text).map(|line| key.hash(line.as_bytes())));
    }

    /// The lines that were not there before the edit, in a file by its hashed path.
    pub(crate) fn finish(mut self, file: u64, limit: usize) -> Sample {
        let mut sample = Gather::new(limit);
        self.removed.sort_unstable();
        let added =
            self.added.iter().filter(|(line, _)| self.inserts && self.removed.binary_search(line).is_err());
        added.for_each(|&(line, weight)| sample.push(Mark { hash: upper(mix(line, file)), weight }));
        sample.finish()
    }
}

/// Lines that say something; what only opens or closes a block stands in every file many times.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| line.contains(char::is_alphanumeric))
}
