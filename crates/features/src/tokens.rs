//! Splits text into words and recognises the classes of values that change without meaning anything.

use std::ops::Range;

use memchr::memchr2;
use serde::{Deserialize, Serialize};

use crate::hash::{PieceHash, WITHOUT_PATTERN, upper};
use crate::kinds::{BLOCK, Find, Kinds, is_symbol, is_word_or_wide};

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenClass {
    /// Letters, or anything that is none of the others.
    Word,
    /// Digits with at most separators between them.
    Number,
    /// At least seven hexadecimal digits with a digit and a letter among them.
    Hex,
    /// 8-4-4-4-12 hexadecimal digits.
    Uuid,
    /// A date, a time of day, or both.
    Time,
    /// A file path or an address.
    Path,
    /// True or false.
    Flag,
}

impl TokenClass {
    /// Name as it stands in findings.
    pub fn name(self) -> &'static str {
        match self {
            TokenClass::Word => "text",
            TokenClass::Number => "number",
            TokenClass::Hex => "hex id",
            TokenClass::Uuid => "uuid",
            TokenClass::Time => "time",
            TokenClass::Path => "path",
            TokenClass::Flag => "flag",
        }
    }
}

/// The class of a whole value.
///
/// ```
/// use goodhart_features::{classify, TokenClass};
///
/// assert_eq!(classify("42"), TokenClass::Number);
/// assert_eq!(classify("src/lib.rs"), TokenClass::Path);
/// assert_eq!(classify("2026-03-02T09:00:00Z"), TokenClass::Time);
/// assert_eq!(classify("9f86d081884c"), TokenClass::Hex);
/// ```
pub fn classify(value: &str) -> TokenClass {
    let value = value.trim();
    let bytes = value.as_bytes();
    if is_uuid(bytes) {
        TokenClass::Uuid
    } else if is_number(bytes) && !is_date(bytes) {
        TokenClass::Number
    } else if is_date(bytes) || is_clock(bytes) {
        TokenClass::Time
    } else if is_hex(bytes) {
        TokenClass::Hex
    } else if memchr2(b'/', b'\\', bytes).is_some() && !value.contains(char::is_whitespace) {
        TokenClass::Path
    } else {
        TokenClass::Word
    }
}

fn is_number(value: &[u8]) -> bool {
    value.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'+' | b'-' | b'%' | b'_'))
        && value.iter().any(u8::is_ascii_digit)
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn is_date(b: &[u8]) -> bool {
    b.len() >= 10
        && b[..4].iter().all(u8::is_ascii_digit)
        && (b[4] == b'-' || b[4] == b'/')
        && b[5..7].iter().all(u8::is_ascii_digit)
        && b[7] == b[4]
        && b[8..10].iter().all(u8::is_ascii_digit)
        && b[10..].iter().all(|b| b.is_ascii_digit() || b" T:.,Z+-".contains(b))
}

fn is_clock(b: &[u8]) -> bool {
    b.len() >= 5
        && b[..2].iter().all(u8::is_ascii_digit)
        && b[2] == b':'
        && b.iter().all(|b| b.is_ascii_digit() || b":.,".contains(b))
}

fn is_hex(value: &[u8]) -> bool {
    value.len() >= 7
        && value.iter().all(u8::is_ascii_hexdigit)
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
}

/// Words of a text: runs of letters, digits and `_`; a character of a script without spaces is a word of its own.
pub(crate) fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

/// Calls `found` for each word of a text of which the kinds are known.
#[inline]
pub(crate) fn each_word(text: &str, kinds: &Kinds, mut found: impl FnMut(Range<usize>)) {
    kinds.stretches(|stretch| {
        let (is_word, end) = (kinds.narrow(stretch.clone()), stretch.end);
        let next = |at| Words { text: &text[..end], at }.next_range();
        let mut word = if is_word { Some(stretch) } else { next(stretch.start) };
        while let Some(range) = word {
            let at = range.end;
            found(range);
            word = if is_word { None } else { next(at) };
        }
    });
}

pub(crate) struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        self.next_range().map(|range| &self.text[range])
    }
}

impl Words<'_> {
    fn next_range(&mut self) -> Option<Range<usize>> {
        loop {
            self.skip(false);
            let start = self.at;
            if self.text.as_bytes().get(start)?.is_ascii() {
                self.finish_word();
                return Some(start..self.at);
            }
            if self.wide() {
                return Some(start..self.at);
            }
        }
    }

    /// Passes over ASCII that is part of words, or that is not.
    #[inline]
    fn skip(&mut self, word: bool) {
        let rest = &self.text.as_bytes()[self.at..];
        let passed = rest.iter().position(|&byte| is_word_or_wide(byte) != [word, false]);
        self.at += passed.unwrap_or(rest.len());
    }

    #[inline]
    fn finish_word(&mut self) {
        self.skip(true);
        while let Some(c) = self.wide_char() {
            if !is_word_char(c) || stands_alone(c) {
                break;
            }
            self.at += c.len_utf8();
            self.skip(true);
        }
    }

    /// Passes over a character beyond ASCII, and over the word that it begins, if it begins one.
    #[cold]
    fn wide(&mut self) -> bool {
        let Some(first) = self.wide_char() else { return false };
        self.at += first.len_utf8();
        let is_word = stands_alone(first) || is_word_char(first);
        if is_word && !stands_alone(first) {
            self.finish_word();
        }
        is_word
    }

    fn wide_char(&self) -> Option<char> {
        let byte = *self.text.as_bytes().get(self.at)?;
        (!byte.is_ascii()).then(|| self.text[self.at..].chars().next()).flatten()
    }
}

fn is_word_char(c: char) -> bool {
    !is_symbol(c) && (c.is_alphanumeric() || c == '_')
}

/// Scripts that write without spaces: Han, kana, Thai, Lao, Khmer, Myanmar.
fn stands_alone(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// What a line comes to, as it stands and with everything volatile masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Masked {
    pub(crate) exact: u64,
    /// Hash of the line with numbers, times and ids masked; that of the line itself when it has none.
    pub(crate) skeleton: u64,
    /// Runs between spaces and brackets with a number that is neither a time nor an id: they may be the content.
    pub(crate) counters: u64,
}

impl Masked {
    pub(crate) fn marks(&self) -> [u32; 2] {
        [upper(self.exact), upper(self.skeleton)]
    }
}

/// Hashes a line of a text with and without its volatile parts: numbers, times and ids.
///
/// Two lines that differ in counters, sizes, durations, times or ids only have the same skeleton. Each byte is hashed
/// once: what stays makes up the skeleton, what is volatile is hashed beside it, and both together are the line.
pub(crate) fn mask(text: &str, kinds: &Kinds, hash: PieceHash, line: Range<usize>) -> Masked {
    match line.len() {
        ..=BLOCK => Parts::new(text, &kinds.short(line.clone()), hash, line).masked(),
        _ => Parts::new(text, kinds, hash, line).masked(),
    }
}

/// What a volatile part is; each leaves a trace of its own in the skeleton. A hexadecimal id is a number: some hold no
/// letter by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Volatile {
    Number = 1,
    Id = 2,
    Time = 3,
}

impl Volatile {
    /// Many bits, so that no text that follows does to the hash what another kind would.
    fn trace(self) -> u64 {
        (self as u64).wrapping_mul(WITHOUT_PATTERN)
    }
}

/// A line that is being taken apart.
struct Parts<'a, K> {
    text: &'a [u8],
    kinds: &'a K,
    hash: PieceHash,
    line: Range<usize>,
    /// Up to where the line was hashed.
    read: usize,
    stays: u64,
    volatile: u64,
    /// What ends there.
    after: Option<Volatile>,
    /// Where the run and the word end that the latest part belongs to.
    run_end: usize,
    word_end: usize,
    counters: u64,
}

impl<'a, K: Find> Parts<'a, K> {
    #[inline]
    fn new(text: &'a str, kinds: &'a K, hash: PieceHash, line: Range<usize>) -> Self {
        let (text, read) = (text.as_bytes(), line.start);
        let (stays, volatile) = (hash.start, hash.start);
        let (run_end, word_end) = (read, read);
        Parts { text, kinds, hash, line, read, stays, volatile, after: None, run_end, word_end, counters: 0 }
    }

    #[inline]
    fn masked(mut self) -> Masked {
        while let Some(digit) = self.kinds.first(self.read..self.line.end, |block| block.digit) {
            let (part, kind) = self.part(digit);
            self.take_out(part, kind);
        }
        self.finish()
    }

    /// The volatile part that begins with a digit, or that the digit is the first one of.
    #[inline]
    fn part(&mut self, digit: usize) -> (Range<usize>, Volatile) {
        let digits = self.kinds.first(digit..self.line.end, |block| !block.digit);
        let number = digit..digits.unwrap_or(self.line.end);
        let new_run = digit >= self.run_end;
        if new_run {
            self.run_end = self.first_end(digit);
            if self.leads(&number) {
                self.word_end = number.end;
                self.counters += 1;
                return (number, Volatile::Number);
            }
            let run = self.run_start(digit)..self.run_end;
            self.word_end = run.start;
            let word = self.without_stops(run);
            if let Some(kind) = placeholder(&self.text[word.clone()]) {
                return (word, kind);
            }
        }
        if digit >= self.word_end {
            let word = self.word(digit);
            self.word_end = word.end;
            if is_hex(&self.text[word.clone()]) {
                return (word, Volatile::Number);
            }
            self.counters += u64::from(new_run);
            if digit == word.start && self.joins_number(digit) {
                return (self.read..number.end, Volatile::Number);
            }
        }
        (number, Volatile::Number)
    }

    /// Where the run begins of which a digit is the first one.
    #[inline]
    fn run_start(&self, digit: usize) -> usize {
        self.kinds.last(self.read..digit, |block| block.ends).map_or(self.read, |end| end + 1)
    }

    /// Where it ends.
    #[inline]
    fn first_end(&self, digit: usize) -> usize {
        self.kinds.first(digit..self.line.end, |block| block.ends).unwrap_or(self.line.end)
    }

    /// The word of a run of which a digit is the first one.
    #[inline]
    fn word(&self, digit: usize) -> Range<usize> {
        let before = self.word_end;
        let start = self.kinds.last(before..digit, |block| !block.word).map_or(before, |end| end + 1);
        let end = self.kinds.first(digit..self.run_end, |block| !block.word);
        start..end.unwrap_or(self.run_end)
    }

    /// A run with a digit, without what ends a sentence.
    #[inline]
    fn without_stops(&self, mut run: Range<usize>) -> Range<usize> {
        while matches!(self.text[run.end - 1], b'.' | b',' | b':' | b';') {
            run.end -= 1;
        }
        run
    }

    /// Whether a line begins with a number that is neither a time nor an id nor part of a word: so begins nearly every line of
    /// a file that is shown with its line numbers.
    #[inline]
    fn leads(&self, number: &Range<usize>) -> bool {
        number.start == self.line.start && number.end < self.line.end && {
            let next = self.text[number.end];
            let [is_word, _] = is_word_or_wide(next);
            !is_word && !matches!(next, b'-' | b'/' | b':')
        }
    }

    /// Whether nothing but a separator lies between the number before and a place: separators inside a number go with it.
    #[inline]
    fn joins_number(&self, place: usize) -> bool {
        self.after == Some(Volatile::Number) && matches!(self.text[self.read..place], [b'.' | b',' | b':'])
    }

    /// What lies before a volatile part stays. A number that begins where another one ended is part of that.
    #[inline]
    fn take_out(&mut self, part: Range<usize>, kind: Volatile) {
        if self.after != Some(Volatile::Number) || part.start != self.read {
            self.stays = self.hash.extend(self.stays, self.text, self.read..part.start) ^ kind.trace();
        }
        self.volatile = self.hash.extend(self.volatile, self.text, part.clone());
        self.after = Some(kind);
        self.read = part.end;
    }

    #[inline]
    fn finish(self) -> Masked {
        let stays = self.hash.extend(self.stays, self.text, self.read..self.line.end);
        let skeleton = self.hash.spread(stays);
        let exact = match self.after {
            Some(_) => self.hash.spread(self.hash.join(stays, self.volatile)),
            None => skeleton,
        };
        Masked { exact, skeleton, counters: self.counters }
    }
}

/// What stands for a time or an id, by the order in which [`classify`] asks.
#[inline]
fn placeholder(word: &[u8]) -> Option<Volatile> {
    let may_be_one = word.first().is_some_and(u8::is_ascii_hexdigit);
    if !may_be_one || word.len() < SHORTEST_CLOCK {
        None
    } else if is_uuid(word) {
        Some(Volatile::Id)
    } else if is_date(word) || (is_clock(word) && !is_number(word)) {
        Some(Volatile::Time)
    } else if is_hex(word) {
        Some(Volatile::Number)
    } else {
        None
    }
}

/// `12:30`; dates and ids are longer.
const SHORTEST_CLOCK: usize = 5;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Masked, TokenClass, Volatile, classify, is_hex, mask, placeholder, words};
    use crate::hash::{DigestKey, PieceHash};
    use crate::kinds::Kinds;

    fn read(line: &str) -> Masked {
        mask(line, &Kinds::new(line), PieceHash::new(DigestKey(7)), 0..line.len())
    }

    fn is_end(c: char) -> bool {
        c.is_whitespace() || "()[]{}<>\"'`|=".contains(c)
    }

    /// What a skeleton is, in plain words: the line with numbers and hexadecimal ids as `\u{1}`, uuids as `\u{2}` and times as `\u{3}`.
    fn masked(line: &str) -> String {
        line.split_inclusive(is_end)
            .map(|part| {
                let run = part.trim_end_matches(is_end);
                let word = run.trim_end_matches(['.', ',', ':', ';']);
                let has_digit = word.contains(|c: char| c.is_ascii_digit());
                let masked = match placeholder(word.as_bytes()).filter(|_| has_digit) {
                    Some(Volatile::Time) => "\u{3}".to_owned(),
                    Some(Volatile::Id) => "\u{2}".to_owned(),
                    Some(Volatile::Number) => "\u{1}".to_owned(),
                    None => masked_numbers(word),
                };
                masked + &part[word.len()..]
            })
            .collect()
    }

    fn masked_numbers(run: &str) -> String {
        let of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut out = String::new();
        for part in run.split_inclusive(|c| !of_word(c)) {
            let word = part.trim_end_matches(|c| !of_word(c));
            if is_hex(word.as_bytes()) {
                out.push('\u{1}');
            } else {
                // A separator between two numbers went into the output before.
                let joins = word.starts_with(|c: char| c.is_ascii_digit())
                    && [".", ",", ":"].iter().any(|s| out.ends_with(&format!("\u{1}{s}")));
                if joins {
                    out.pop();
                }
                for c in word.chars() {
                    match c {
                        '0'..='9' if out.ends_with('\u{1}') => (),
                        '0'..='9' => out.push('\u{1}'),
                        _ => out.push(c),
                    }
                }
            }
            out.push_str(&part[word.len()..]);
        }
        out
    }

    #[test]
    fn lines_that_differ_in_volatile_parts_share_a_skeleton() {
        let pairs = [
            ("took 1.25s, 310 files", "took 0.7s, 4 files"),
            ("[2026-03-02T09:00:00.123Z] pid 77", "[2025-11-30T23:59:01.000Z] pid 912345"),
            ("commit 9f86d081884c7d65 ok", "commit 1b4f0e9851971998 ok"),
            ("1,024 rows", "7 rows"),
            ("[77] 9f86d081 ok", "[8] 40519771 ok"),
            ("id=5f0c1d2e-0000-4000-8000-000000000001.", "id=00000000-1111-4222-8333-444444444444."),
        ];
        for (a, b) in pairs {
            assert_eq!(read(a).skeleton, read(b).skeleton);
            assert_ne!(read(a).exact, read(b).exact);
        }
        assert_ne!(read("error in parse").skeleton, read("error in lex").skeleton);
    }

    #[test]
    fn counters_are_told_from_times_and_ids() {
        assert_eq!(read("[2026-03-02T09:00:00Z] waiting for 9f86d081884c").counters, 0);
        assert_eq!(read("12 34 56").counters, 3);
        let plain = read("no digits");
        assert_eq!(plain.exact, plain.skeleton);
    }

    #[test]
    fn words_of_any_script_are_found() {
        assert_eq!(words("let x_1 = größe(2);").collect::<Vec<_>>(), ["let", "x_1", "größe", "2"]);
        assert_eq!(words("函数 ok").collect::<Vec<_>>(), ["函", "数", "ok"]);
        assert_eq!(words(" — ").count(), 0);
    }

    #[test]
    fn values_have_classes() {
        assert_eq!(classify("-3.5"), TokenClass::Number);
        assert_eq!(classify("2026-03-02"), TokenClass::Time);
        assert_eq!(classify("09:15:00"), TokenClass::Time);
        assert_eq!(classify("5f0c1d2e-0000-4000-8000-000000000001"), TokenClass::Uuid);
        assert_eq!(classify("cargo test a/b"), TokenClass::Word);
        assert_eq!(classify(""), TokenClass::Word);
    }

    /// Lines as tools print them, and what is hard to tell from numbers, times and ids.
    const LINE: &str = "([ →0-9]{0,4}[0-9]{1,3}[→ .:/-]?)?([a-f0-9]{1,9}|[0-9]{1,4}[.,:;/-]|[ (=x_é→\u{2003}]|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}|[a-z]{1,12}){0,24}";

    proptest! {
        /// For all texts: words are those that a walk by characters finds.
        #[test]
        fn bytes_and_characters_tell_the_same(text in "[ -~\\t\u{85}\u{A0}\u{2003}\u{3000}→│éß函7]{0,60}") {
            let alone = |c: char| (0x2E80..=0x9FFF).contains(&u32::from(c));
            let mut expected: Vec<String> = Vec::new();
            let mut open = false;
            for c in text.chars() {
                let word = c.is_alphanumeric() || c == '_';
                match expected.last_mut().filter(|_| open && word && !alone(c)) {
                    Some(last) => last.push(c),
                    None if word || alone(c) => expected.push(c.to_string()),
                    None => (),
                }
                open = word && !alone(c);
            }
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), expected);
        }

        /// For all words with a digit: a placeholder stands for times and ids, as the classes say.
        #[test]
        fn placeholders_follow_the_classes(word in "[0-9a-f:.T+/-]{1,12}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T:0-9Z]{0,9}|[0-9]{2}:[0-9]{2}[:.,0-9]{0,5}") {
            let expected = match classify(&word) {
                TokenClass::Time => Some(Volatile::Time),
                TokenClass::Uuid => Some(Volatile::Id),
                TokenClass::Hex => Some(Volatile::Number),
                _ => None,
            };
            prop_assert_eq!(placeholder(word.as_bytes()), expected);
        }

        /// Arbitrary text neither panics nor loops, and words are parts of it in order.
        #[test]
        fn words_are_slices_in_order(text in ".{0,200}") {
            let mut from = 0;
            for word in words(&text) {
                let at = text[from..].find(word);
                prop_assert!(at.is_some());
                from += at.unwrap_or(0) + word.len();
            }
            read(&text);
            classify(&text);
        }

        /// For all pairs of lines: they share a skeleton when they are equal once masked, and a line when they are equal.
        #[test]
        fn skeletons_are_equal_when_masked_lines_are(
            a in LINE,
            changes in prop::collection::vec((0..200_usize, "[0-9a-f.:,_ →(x-]{1,2}"), 0..3),
        ) {
            let mut b: Vec<char> = a.chars().collect();
            for (at, change) in changes {
                let at = at % (b.len() + 1);
                b.splice(at..(at + 1).min(b.len()), change.chars());
            }
            let b: String = b.into_iter().collect();
            prop_assert_eq!(read(&a).skeleton == read(&b).skeleton, masked(&a) == masked(&b), "{} | {}", masked(&a), masked(&b));
            prop_assert_eq!(read(&a).exact == read(&b).exact, a == b);
            let with_number = |line: &str| line.split(is_end).filter(|run| {
                let word = run.trim_end_matches(['.', ',', ':', ';']);
                let mut of_run = word.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                let first = of_run.find(|word| word.contains(|c: char| c.is_ascii_digit()));
                placeholder(word.as_bytes()).is_none() && first.is_some_and(|first| !is_hex(first.as_bytes()))
            }).count() as u64;
            prop_assert_eq!(read(&a).counters, with_number(&a));
        }
    }
}
