//! What an edit adds to a file: its lines, each with the file, so that text which comes to stand there twice is known. Of a page of
//! prose that is written whole its sentences without the words of the file's own name, so that a form which is filled with nothing
//! else is known in the next file.

use std::borrow::Cow;

use crate::hash::{DigestKey, mix, upper};
use crate::names;
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

    /// The lines that were not there before the edit, in a file by its hashed path; `page` is the path of a file of prose.
    pub(crate) fn finish(mut self, file: u64, page: Option<&str>, limit: usize, key: DigestKey) -> Sample {
        match page {
            _ if self.added.is_empty() => Sample::default(),
            _ if self.inserts => self.inserted(file, limit, key),
            Some(path) => self.sentences(path, limit, key),
            None => Sample::default(),
        }
    }

    fn inserted(&mut self, file: u64, limit: usize, key: DigestKey) -> Sample {
        let mut sample = Gather::new(limit);
        self.removed.sort_unstable();
        for line in self.lines() {
            let hash = key.hash(line.as_bytes());
            if self.removed.binary_search(&hash).is_err() {
                sample.push(Mark { hash: upper(mix(hash, file)), weight: weight(line) });
            }
        }
        sample.finish()
    }

    fn sentences(&self, path: &str, limit: usize, key: DigestKey) -> Sample {
        let mut sample = Gather::new(limit);
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let name: Vec<String> = names::words(file).map(str::to_lowercase).collect();
        let name: Vec<&str> = name.iter().map(String::as_str).collect();
        for sentence in self.lines().flat_map(|line| line.split(['.', '?', '!'])) {
            let form = form(sentence, &name);
            sample.push(Mark { hash: upper(key.hash(form.as_bytes())), weight: weight(&form) });
        }
        sample.finish()
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.added.iter().flat_map(|text| telling_lines(text))
    }
}

/// The words of a sentence, without those of a name.
fn form(sentence: &str, name: &[&str]) -> String {
    let others: Vec<&str> = names::words(sentence).filter(|word| !names::is_one_of(word, name)).collect();
    others.join(" ")
}

/// A line that tells something weighs its bytes, any other next to nothing.
fn weight(line: &str) -> u16 {
    if tells(line) { line.len().min(usize::from(u16::MAX)) as u16 } else { 1 }
}

fn tells(line: &str) -> bool {
    words(line).nth(LINE_WORDS - 1).is_some()
}

/// Lines that say something; what only opens or closes a block stands in every file many times.
fn telling_lines(text: &str) -> impl Iterator<Item = &str> {
    lines(text).filter(|line| line.contains(char::is_alphanumeric))
}
