//! What remains of a text: hashes of its lines and phrases in an exact and a masked channel, and its size.

use std::ops::Range;

use memchr::memchr_iter;
use serde::{Deserialize, Serialize};

use crate::figures::Figures;
use crate::hash::{DigestKey, PieceHash, WITHOUT_PATTERN, upper};
use crate::kinds::Kinds;
use crate::sample::{Gather, Mark, Sample};
use crate::tokens::{each_word, mask};
use crate::tuning::{REPORT_BYTES, REPORT_LETTERS, SAID_BYTES, TABLE_LINES, VOLATILE_NOVELTY};

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
    /// The first numbers of a short result that name neither a moment nor a thing.
    pub(crate) figures: Figures,
    /// Hashed names that a short result gives to what it tells of.
    pub(crate) things: Vec<u32>,
    /// Four neighbouring words, lower case, numbers masked; none of a tool's result.
    pub phrases: Sample,
    /// Words of a result that reads like a report, by their length; none of anything else.
    pub(crate) report: Option<Box<Sample>>,
    /// Share of phrases that already occurred in this text, in [0, 1]; 0 for fewer than [`Text::SAMPLE`] phrases.
    pub repetition: f64,
}

impl Text {
    /// Pieces that a sample holds at most.
    pub const SAMPLE: usize = 64;

    /// Digests a text under a key.
    pub fn new(text: &str, key: DigestKey) -> Self {
        let (kinds, hash) = (Kinds::new(text), PieceHash::new(key));
        let mut digest = Text::of_lines(text, &kinds, hash);
        digest.whole = key.hash(text.trim().as_bytes());
        digest.read_phrases(text, &kinds, hash);
        digest
    }

    /// Digests the result of a tool: by its lines, without phrases. Nobody says a result, so its phrases are neither
    /// stock nor chanted, and a speech that copies from it is told by its lines.
    pub fn of_result(text: &str, key: DigestKey) -> Self {
        let (kinds, hash) = (Kinds::new(text), PieceHash::new(key));
        let mut digest = Text::of_lines(text, &kinds, hash);
        digest.whole = key.hash(text.trim().as_bytes());
        digest.words = count_words(text, &kinds);
        digest.report = reads_like_report(text).then(|| Box::new(report(text, &kinds, hash)));
        digest
    }

    /// Words and phrases alone, of a text of which the kinds are known.
    pub(crate) fn of_phrases(text: &str, kinds: &Kinds, hash: PieceHash) -> Self {
        let mut digest = Text { bytes: text.len() as u64, ..Text::default() };
        digest.read_phrases(text, kinds, hash);
        digest
    }

    fn of_lines(text: &str, kinds: &Kinds, hash: PieceHash) -> Self {
        let mut digest = Text { bytes: text.len() as u64, ..Text::default() };
        digest.read_lines(text, kinds, hash);
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

    fn read_lines(&mut self, text: &str, kinds: &Kinds, hash: PieceHash) {
        let (mut lines, mut skeletons) = (Gather::new(Self::SAMPLE), Gather::new(Self::SAMPLE));
        let mut counters = 0;
        pieces(text, kinds, |piece| {
            if frames(&text.as_bytes()[piece.clone()]) {
                return;
            }
            // What a line says: a ruler is long and says nothing.
            let weight = kinds.count_said(piece.clone()).clamp(1, usize::from(u16::MAX)) as u16;
            let masked = mask(text, kinds, hash, piece);
            let [line, skeleton] = masked.marks();
            lines.push(Mark { hash: line, weight });
            skeletons.push(Mark { hash: skeleton, weight });
            counters += masked.counters;
        });
        // A run may be so long that it is cut into pieces.
        self.counters = (counters as f64 / kinds.count_runs().max(1) as f64).min(1.0);
        self.lines = lines.finish();
        self.skeletons = skeletons.finish();
    }

    fn read_phrases(&mut self, text: &str, kinds: &Kinds, hash: PieceHash) {
        let mut phrases = Phrases::new(hash, kinds.count_stretches() as usize);
        each_word(text, kinds, |word| phrases.word(hash.spoken(text, word)));
        self.words = phrases.ends.len() as u64;
        let hashes = phrases.finish();
        let mut sample = Gather::new(Self::SAMPLE);
        if hashes.len() >= Self::SAMPLE {
            let distinct = Distinct::of(hashes);
            self.repetition = 1.0 - distinct.count() as f64 / hashes.len() as f64;
            sample = Gather::thinned(Self::SAMPLE, distinct.shift(Self::SAMPLE));
        }
        hashes.iter().for_each(|&hash| sample.push(Mark { hash, weight: 1 }));
        self.phrases = sample.finish();
    }
}

/// Whether a text is made of sentences, going by this share of letters and spaces: commands, queries and code hold more signs.
pub(crate) fn is_prose(text: &str, share: f64) -> bool {
    count_letters(text) as f64 >= share * text.len() as f64
}

/// Letters and spaces of a text, in bytes.
fn count_letters(text: &str) -> usize {
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii() || *byte == b' ';
    // So few at a time that a byte counts them, and many of these are counted at once.
    let few = |bytes: &[u8]| usize::from(bytes.iter().map(|byte| u8::from(letter(byte))).sum::<u8>());
    text.as_bytes().chunks(usize::from(u8::MAX)).map(few).sum()
}

/// Whether somebody may have written a result for a reader: going by its length, and by how much of it is letters.
fn reads_like_report(text: &str) -> bool {
    (SAID_BYTES..=REPORT_BYTES).contains(&text.len()) && is_prose(text, REPORT_LETTERS)
}

/// Words, each by how much longer it is than those that join others.
pub(crate) fn report(text: &str, kinds: &Kinds, hash: PieceHash) -> Sample {
    let mut sample = Gather::new(Text::SAMPLE);
    each_word(text, kinds, |word| {
        let weight = word.len().saturating_sub(JOINING_WORD).min(LONG_WORD) as u16;
        if weight > 0 {
            sample.push(Mark { hash: upper(hash.spoken(text, word)), weight });
        }
    });
    sample.finish()
}

/// Bytes of the words that join others, at most, and bytes beyond that of the longest words.
const JOINING_WORD: usize = 3;
const LONG_WORD: usize = 12;

/// Words of a text: a stretch of ASCII is one.
fn count_words(text: &str, kinds: &Kinds) -> u64 {
    if kinds.narrow(0..text.len()) {
        return kinds.count_stretches();
    }
    let mut count = 0;
    each_word(text, kinds, |_| count += 1);
    count
}

/// Words of a phrase.
const PHRASE: usize = 4;

/// Joins neighbouring words to phrases.
struct Phrases {
    hash: PieceHash,
    /// The latest word, the latest two joined, and so on up to a phrase.
    joined: [u64; PHRASE],
    /// What ends in each word: a phrase from the fourth on.
    ends: Vec<u32>,
}

impl Phrases {
    /// For about so many words.
    fn new(hash: PieceHash, words: usize) -> Self {
        Phrases { hash, joined: [0; PHRASE], ends: Vec::with_capacity(words) }
    }

    /// What ends in the word before goes on in this one: a polynomial of the words, so that their order counts.
    #[inline]
    fn word(&mut self, word: u64) {
        let [one, two, three, _] = self.joined;
        let join = |before: u64| before.wrapping_mul(WITHOUT_PATTERN).wrapping_add(word);
        self.joined = [word, join(one), join(two), join(three)];
        self.ends.push(upper(self.hash.spread(self.joined[PHRASE - 1])));
    }

    /// All phrases in their order; a text that is shorter than a phrase is one.
    fn finish(&mut self) -> &[u32] {
        let words = self.ends.len();
        if (1..PHRASE).contains(&words) {
            self.ends.resize(PHRASE, upper(self.hash.spread(self.joined[words - 1])));
        }
        self.ends.get(PHRASE - 1..).unwrap_or_default()
    }
}

/// How many distinct hashes there are, by the zeros that they begin with.
struct Distinct {
    by_zeros: [usize; 33],
}

impl Distinct {
    /// Counts in a table with open addresses, at most half full; 0 stands for an empty place and is counted apart.
    fn of(hashes: &[u32]) -> Self {
        let bits = (2 * hashes.len()).next_power_of_two().trailing_zeros();
        let mut table = vec![0_u32; 1 << bits];
        let mut by_zeros = [0; 33];
        by_zeros[32] = usize::from(hashes.contains(&0));
        for &hash in hashes.iter().filter(|&&hash| hash != 0) {
            let mut place = (hash.wrapping_mul(0x9E37_79B1) >> (32 - bits)) as usize;
            while table[place] != hash {
                if table[place] == 0 {
                    table[place] = hash;
                    by_zeros[hash.leading_zeros() as usize] += 1;
                } else {
                    place = (place + 1) & (table.len() - 1);
                }
            }
        }
        Distinct { by_zeros }
    }

    fn count(&self) -> usize {
        self.by_zeros.iter().sum()
    }

    /// How far a sample of at most `limit` of them is thinned.
    fn shift(&self, limit: usize) -> u8 {
        let mut left = self.count();
        let too_many = |zeros: &&usize| {
            let many = left > limit;
            left -= **zeros;
            many
        };
        self.by_zeros[..31].iter().take_while(too_many).count() as u8
    }
}

/// Whether a line is a tag, or the code with which a command ended between two: what harnesses put around an answer.
pub(crate) fn frames(line: &[u8]) -> bool {
    let Some(inner) = line.strip_prefix(b"<").and_then(|line| line.strip_suffix(b">")) else { return false };
    let is_name = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'/');
    let name = inner.split(|byte| *byte == b'>').next().unwrap_or_default();
    name.iter().all(is_name)
        && (name.len() == inner.len() || matches!(name, b"returncode" | b"exit_code" | b"exitcode"))
}

/// A line longer than this is cut into pieces.
const LONG_LINE: usize = 160;

/// Calls `found` for each line of a text, without surrounding white space; empty ones left out, long ones cut.
#[inline]
fn pieces(text: &str, kinds: &Kinds, mut found: impl FnMut(Range<usize>)) {
    let mut start = 0;
    kinds.line_ends(|end| {
        let mut line = trimmed(text, std::mem::replace(&mut start, end + 1)..end);
        while !line.is_empty() {
            let length = if line.len() > LONG_LINE { cut(&text[line.clone()]) } else { line.len() };
            let piece = line.start..line.start + length;
            line.start = piece.end;
            found(piece);
        }
    });
}

/// The lines of a text without surrounding white space; empty ones are left out.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let ends = memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    let lines = ends.map(move |end| &text[trimmed(text, std::mem::replace(&mut start, end + 1)..end)]);
    lines.filter(|line| !line.is_empty())
}

#[inline]
fn trimmed(text: &str, line: Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let is_space = |byte: u8| matches!(byte, b'\t'..=b'\r' | b' ');
    let Range { mut start, mut end } = line;
    while start < end && is_space(bytes[start]) {
        start += 1;
    }
    while start < end && is_space(bytes[end - 1]) {
        end -= 1;
    }
    let narrow = start == end || (bytes[start].is_ascii() && bytes[end - 1].is_ascii());
    if narrow { start..end } else { trimmed_wide(text, start..end) }
}

/// White space may be beyond ASCII.
fn trimmed_wide(text: &str, line: Range<usize>) -> Range<usize> {
    let kept = text[line.clone()].trim_end();
    let end = line.start + kept.len();
    end - kept.trim_start().len()..end
}

/// Where a long line is cut: after a space or a bracket whose three bytes before it have an even sum. What lies far
/// away never moves a cut, so that a line which grew at one end keeps its other pieces.
fn cut(line: &str) -> usize {
    let ends_piece = |four: &[u8]| (four[0] ^ four[1] ^ four[2]) & 1 == 0 && IS_CUT[usize::from(four[3])];
    let soft = line.as_bytes()[SHORTEST_PIECE - 4..LONG_LINE].windows(4).position(ends_piece);
    soft.map_or_else(|| char_boundary(line, LONG_LINE), |at| at + SHORTEST_PIECE)
}

/// No piece before a cut is shorter.
const SHORTEST_PIECE: usize = 41;

/// Behind which bytes a line may be cut.
static IS_CUT: [bool; 256] = {
    let (mut is_cut, cuts, mut at) = ([false; 256], b" ,;{}()[]<>", 0);
    while at < cuts.len() {
        is_cut[cuts[at] as usize] = true;
        at += 1;
    }
    is_cut
};

/// The last boundary at or before `index` that leaves a piece.
fn char_boundary(line: &str, index: usize) -> usize {
    (1..=index).rev().find(|&i| line.is_char_boundary(i)).unwrap_or(line.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Text, pieces};
    use crate::hash::DigestKey;
    use crate::kinds::Kinds;

    const KEY: DigestKey = DigestKey(7);

    fn cuts(text: &str) -> Vec<&str> {
        let mut cuts = Vec::new();
        pieces(text, &Kinds::new(text), |piece| cuts.push(&text[piece]));
        cuts
    }

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
    fn a_ruler_weighs_next_to_nothing() {
        let weights = |text: &str| -> Vec<u16> {
            Text::new(text, KEY).lines.at(0).iter().map(|mark| mark.weight).collect()
        };
        assert_eq!(weights(&"─".repeat(40)), [1]);
        assert_eq!(weights("== it works =="), [7]);
        assert_eq!(weights("schönes Wetter"), [14]);
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
        let (a, b) = (cuts(&line), cuts(&grown));
        assert!(a.len() > 10);
        assert_eq!(a[..a.len() - 1], b[..a.len() - 1]);
    }

    proptest! {
        /// Pieces lose nothing but white space between lines, whatever the text.
        #[test]
        fn pieces_cover_the_text(text in "(.{0,300}\n?){0,3}") {
            let joined: String = cuts(&text).concat();
            let lines: String = text.lines().map(str::trim).collect();
            prop_assert_eq!(&joined, &lines);
            prop_assert_eq!(super::lines(&text).collect::<String>(), lines);
        }
    }
}
