//! What an edit adds to a file: its lines, each with the file, so that text which comes to stand there twice is known.

use std::borrow::Cow;

use crate::hash::{DigestKey, mix, upper};
use crate::sample::{Gather, Mark, Sample};
use crate::text::lines;
use crate::tokens::words;
use crate::tuning::LINE_WORDS;

/// Lines that an edit adds and removes.
#[derive(Debug, Default)]
pub(crate) struct Additions<'a> {
    /// Looked into only once it is known whether something gives way to them.
    added: Vec<Cow<'a, str>>,
    removed: Vec<u64>,
    /// It says what gives way; else it may replace the whole file.
    inserts: bool,
}

impl<'a> Additions<'a> {
    pub(crate) fn add(&mut self, text: Cow<'a, str>) {
        self.added.push(text);
    }

    pub(crate) fn remove(&mut self, text: &str, key: DigestKey) {
        self.inserts = true;
        self.removed.extend(telling_lines(text).map(|line| key.hash(line.as_bytes())));
    }

    /// The lines that were not there before the edit, in a file by its hashed path.
    pub(crate) fn finish(mut self, file: u64, limit: usize, key: DigestKey) -> Sample {
        if self.added.is_empty() || !self.inserts {
            return Sample::default();
        }
        let mut sample = Gather::new(limit);
        self.removed.sort_unstable();
        for line in self.added.iter().flat_map(|text| telling_lines(text)) {
            let hash = key.hash(line.as_bytes());
            if self.removed.binary_search(&hash).is_err() {
                let weight = if tells(line) { line.len().min(usize::from(u16::MAX)) as u16 } else { 1 };
                sample.push(Mark { hash: upper(mix(hash, file)), weight });
            }
        }
        sample.finish()
    }
}

/// Whether a line tells something: it weighs its bytes then, and next to nothing else.
fn tells(line: &str) -> bool {
    words(line).nth(LINE_WORDS - 1).is_some()
}

/// Lines that say something; what only opens or closes a block stands in every file many times.
fn telling_lines(text: &str) -> impl Iterator<Item = &str> {
    lines(text).filter(|line| line.contains(char::is_alphanumeric))
}
