//! What remains of a text: hashes of its lines and phrases in an exact and a masked channel, and its size.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::hash::DigestKey;
use crate::sample::{Mark, Sample};
use crate::tokens::{mask, words};
use crate::tuning::{TABLE_LINES, VOLATILE_NOVELTY};

/// Digest of one text. Sizes are of the whole text, samples hold at most [`Text::SAMPLE`] pieces each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// UTF-8 bytes.
    pub bytes: u64,
    /// Words; a character of a script without spaces counts as one.
    pub words: u64,
    /// Hash of the whole text without surrounding white space.
    pub whole: u64,
    /// Lines as they stand; long lines are cut into pieces at places that their content decides.
    pub lines: Sample,
    /// The same lines with numbers, times and ids masked.
    pub skeletons: Sample,
    /// Share of the runs between spaces that hold a number other than a time or an id, in [0, 1].
    pub counters: f64,
    /// Four neighbouring words, lower case, numbers masked.
    pub phrases: Sample,
    /// Share of phrases that already occurred in this text, in [0, 1]; 0 for fewer than [`Text::SAMPLE`] phrases.
    pub repetition: f64,
}

impl Text {
    /// Pieces that a sample holds at most.
    pub const SAMPLE: usize = 64;

    /// Digests a text under a key.
    pub fn new(text: &str, key: DigestKey) -> Self {
        let mut digest =
            Text { bytes: text.len() as u64, whole: key.hash(text.trim().as_bytes()), ..Text::default() };
        digest.read_lines(text, key);
        digest.read_phrases(text, key);
        digest
    }

    /// Novelty of this text when it is new in its masked parts only, in [0, 1]: small when a counter or a time stamp
    /// moves, large for a table, whose numbers are its content. Two signs of that: many distinct lines for one
    /// skeleton, and numbers in most places.
    pub(crate) fn masked_content(&self) -> f64 {
        let distinct = |sample: &Sample| sample.distinct().max(1.0);
        let lines_per_skeleton = (distinct(&self.lines) / distinct(&self.skeletons)).max(1.0);
        (VOLATILE_NOVELTY.get() + TABLE_LINES * lines_per_skeleton.log2() + self.counters * self.counters)
            .min(1.0)
    }

    fn read_lines(&mut self, text: &str, key: DigestKey) {
        let (mut lines, mut skeletons, mut skeleton) = (Vec::new(), Vec::new(), Vec::new());
        let (mut runs, mut counters) = (0, 0);
        for piece in pieces(text) {
            let weight = piece.len().min(usize::from(u16::MAX)) as u16;
            lines.push(Mark { hash: key.mark(piece.as_bytes()), weight });
            skeleton.clear();
            let masked = mask(piece, &mut skeleton);
            runs += masked.runs;
            counters += masked.counters;
            skeletons.push(Mark { hash: key.mark(&skeleton), weight });
        }
        self.counters = counters as f64 / runs.max(1) as f64;
        self.lines = Sample::new(lines, Self::SAMPLE);
        self.skeletons = Sample::new(skeletons, Self::SAMPLE);
    }

    fn read_phrases(&mut self, text: &str, key: DigestKey) {
        let hashes: Vec<u32> = words(text).map(|word| key.mark(spoken(word).as_bytes())).collect();
        self.words = hashes.len() as u64;
        let phrases: Vec<Mark> = hashes.windows(PHRASE.min(hashes.len().max(1))).map(phrase).collect();
        let occurrences = phrases.len();
        let distinct = count_distinct(&phrases);
        if occurrences >= Self::SAMPLE {
            self.repetition = 1.0 - distinct as f64 / occurrences as f64;
        }
        self.phrases = Sample::new(phrases, Self::SAMPLE);
    }
}

/// A word as it counts in a phrase: whoever says the same of seven and of eight says the same.
fn spoken(word: &str) -> Cow<'_, str> {
    let number = word.bytes().all(|byte| byte.is_ascii_digit());
    if number { Cow::Borrowed("0") } else { Cow::Owned(word.to_lowercase()) }
}

/// Words of a phrase.
const PHRASE: usize = 4;

fn phrase(words: &[u32]) -> Mark {
    let hash = words
        .iter()
        .fold(0x9E37_79B9_u32, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x85EB_CA6B));
    Mark { hash: hash ^ (hash >> 15), weight: 1 }
}

fn count_distinct(marks: &[Mark]) -> usize {
    let mut hashes: Vec<u32> = marks.iter().map(|mark| mark.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len()
}

/// A line longer than this is cut into pieces.
const LONG_LINE: usize = 160;

/// Lines without surrounding white space, empty ones left out, long ones cut.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| Pieces { rest: line })
}

struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (piece, rest) = self.rest.split_at(cut(self.rest));
        self.rest = rest;
        Some(piece)
    }
}

/// Where a long line is cut: after a space or a bracket whose three bytes before it have an even sum. What lies far
/// away never moves a cut, so that a line which grew at one end keeps its other pieces.
fn cut(line: &str) -> usize {
    if line.len() <= LONG_LINE {
        return line.len();
    }
    let bytes = line.as_bytes();
    let soft = (40..LONG_LINE).find(|&i| {
        let sum = u32::from(bytes[i - 1]) + u32::from(bytes[i - 2]) + u32::from(bytes[i - 3]);
        b" ,;{}()[]<>".contains(&bytes[i]) && sum.is_multiple_of(2)
    });
    soft.map_or_else(|| char_boundary(line, LONG_LINE), |i| i + 1)
}

/// The last boundary at or before `index` that leaves a piece.
fn char_boundary(line: &str, index: usize) -> usize {
    (1..=index).rev().find(|&i| line.is_char_boundary(i)).unwrap_or(line.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Text, pieces};
    use crate::hash::DigestKey;

    const KEY: DigestKey = DigestKey(7);

    #[test]
    fn one_changed_number_changes_one_line_and_no_skeleton() {
        let log = |n: u32| Text::new(&format!("start\nstep {n} done\nfinished well\n"), KEY);
        let (a, b) = (log(1), log(2));
        assert_eq!(a.skeletons.cosine(&b.skeletons), Some(1.0));
        let lines = a.lines.cosine(&b.lines).unwrap();
        assert!((lines - 2.0 / 3.0).abs() < 1e-12, "{lines}");
    }

    #[test]
    fn the_numbers_of_a_table_are_its_content_and_those_of_a_log_are_not() {
        let table: String = (0..40).map(|i| format!("{} {}\n", i * 31 % 17, i)).collect();
        assert_eq!(Text::new(&table, KEY).masked_content(), 1.0);
        let log = "[2026-03-02T09:00:00Z] waiting for the server to come up\nno errors in 3 s so far";
        assert!(Text::new(log, KEY).masked_content() < 0.2);
    }

    #[test]
    fn chanting_repeats_and_prose_does_not() {
        assert!(Text::new(&"work hard every day. ".repeat(40), KEY).repetition > 0.9);
        let prose: String = (0..100).map(|i| format!("word{} ", i * 7919 % 1000)).collect();
        assert!(Text::new(&prose, KEY).repetition < 0.1);
    }

    #[test]
    fn a_long_line_keeps_its_pieces_when_it_grows_at_the_end() {
        let line: String = (0..200).map(|i| format!("field{i}=value{} ", i * 37 % 101)).collect();
        let grown = format!("{line}tail=1");
        let (a, b): (Vec<_>, Vec<_>) = (pieces(&line).collect(), pieces(&grown).collect());
        assert!(a.len() > 10);
        assert_eq!(a[..a.len() - 1], b[..a.len() - 1]);
    }

    proptest! {
        /// Pieces lose nothing but white space between lines, whatever the text.
        #[test]
        fn pieces_cover_the_text(text in "(.{0,300}\n?){0,3}") {
            let joined: String = pieces(&text).collect();
            let lines: String = text.lines().map(str::trim).collect();
            prop_assert_eq!(joined, lines);
        }
    }
}
