//! Splits text into words and recognises the classes of values that change without meaning anything.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::kinds::{Kinds, is_word_or_wide};

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
    if is_uuid(value) {
        TokenClass::Uuid
    } else if is_number(value) && !is_date(value) {
        TokenClass::Number
    } else if is_date(value) || is_clock(value) {
        TokenClass::Time
    } else if is_hex(value) {
        TokenClass::Hex
    } else if !value.is_empty() && !value.contains(char::is_whitespace) && value.contains(['/', '\\']) {
        TokenClass::Path
    } else {
        TokenClass::Word
    }
}

fn is_number(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'+' | b'-' | b'%' | b'_'))
        && value.bytes().any(|b| b.is_ascii_digit())
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn is_date(value: &str) -> bool {
    let b = value.as_bytes();
    b.len() >= 10
        && b[..4].iter().all(u8::is_ascii_digit)
        && (b[4] == b'-' || b[4] == b'/')
        && b[5..7].iter().all(u8::is_ascii_digit)
        && b[7] == b[4]
        && b[8..10].iter().all(u8::is_ascii_digit)
        && b[10..].iter().all(|b| b.is_ascii_digit() || b" T:.,Z+-".contains(b))
}

fn is_clock(value: &str) -> bool {
    let b = value.as_bytes();
    b.len() >= 5 && b[2] == b':' && b.iter().all(|b| b.is_ascii_digit() || b":.,".contains(b))
}

fn is_hex(value: &str) -> bool {
    value.len() >= 7
        && value.bytes().all(|b| b.is_ascii_hexdigit())
        && value.bytes().any(|b| b.is_ascii_digit())
        && value.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Words of a text: runs of letters, digits and `_`; a character of a script without spaces is a word of its own.
pub(crate) fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

pub(crate) struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.skip(false);
            let start = self.at;
            if self.text.as_bytes().get(start)?.is_ascii() {
                self.finish_word();
                return Some(&self.text[start..self.at]);
            }
            if let Some(word) = self.wide() {
                return Some(word);
            }
        }
    }
}

impl<'a> Words<'a> {
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

    /// A word that begins with a character beyond ASCII; such a character that begins none is passed over.
    #[cold]
    fn wide(&mut self) -> Option<&'a str> {
        let start = self.at;
        let first = self.wide_char()?;
        self.at += first.len_utf8();
        if !stands_alone(first) {
            if !is_word_char(first) {
                return None;
            }
            self.finish_word();
        }
        Some(&self.text[start..self.at])
    }

    fn wide_char(&self) -> Option<char> {
        let byte = *self.text.as_bytes().get(self.at)?;
        (!byte.is_ascii()).then(|| self.text[self.at..].chars().next()).flatten()
    }
}

fn is_word_char(c: char) -> bool {
    !is_symbol(c) && (c.is_alphanumeric() || c == '_')
}

/// Dashes, quotes, arrows, frames and the like, which tools print by the thousand: told without the tables of Unicode.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{205E}' | '\u{2190}'..='\u{245F}' | '\u{2500}'..='\u{2775}')
}

/// Scripts that write without spaces: Han, kana, Thai, Lao, Khmer, Myanmar.
fn stands_alone(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// What was masked in a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Masked {
    /// Runs of characters between spaces and brackets.
    pub(crate) runs: u64,
    /// Runs with a number that is neither a time nor an id: they may be the content.
    pub(crate) counters: u64,
    /// A run with a digit was met; a line without one is its own skeleton, and nothing is written.
    pub(crate) changed: bool,
}

/// Writes a line of a text to `out` with everything volatile masked: numbers become `0`, and so do hexadecimal ids,
/// some of which hold no letter by chance; uuids become `#`, times `@`. A line in
/// which there is nothing to mask is not copied.
///
/// Two lines that differ in counters, sizes, durations, times or ids only have the same skeleton.
pub(crate) fn mask(text: &str, kinds: &Kinds, line: Range<usize>, out: &mut Vec<u8>) -> Masked {
    let mut masked = Masked { runs: kinds.runs(line.clone()), ..Masked::default() };
    out.clear();
    let mut at = line.start;
    let mut skeleton = Skeleton { text, kinds, copied: at, out };
    while let Some(digit) = kinds.first(at..line.end, |block| block.digit) {
        let start = kinds.last(at..digit, |block| block.ends).map_or(at, |end| end + 1);
        at = kinds.first(digit..line.end, |block| block.ends).unwrap_or(line.end);
        masked.counters += u64::from(skeleton.run(start..at));
        masked.changed = true;
    }
    if masked.changed {
        skeleton.copy(line.end);
    }
    masked
}

/// A line that is being masked.
struct Skeleton<'a> {
    text: &'a str,
    kinds: &'a Kinds,
    /// Up to where the line is in `out`.
    copied: usize,
    out: &'a mut Vec<u8>,
}

impl Skeleton<'_> {
    /// Copies what stays as it is.
    #[inline]
    fn copy(&mut self, end: usize) {
        self.out.extend_from_slice(&self.text.as_bytes()[self.copied..end]);
        self.copied = end;
    }

    /// Masks one run with a digit; true when it holds a number that is neither a time nor an id.
    fn run(&mut self, run: Range<usize>) -> bool {
        let word = self.text[run.clone()].trim_end_matches(['.', ',', ':', ';']);
        let end = run.start + word.len();
        let id = placeholder(word);
        match id {
            Some(placeholder) => {
                self.copy(run.start);
                self.out.push(placeholder);
                self.copied = end;
            }
            None => self.words(run.start..end),
        }
        id.is_none()
    }

    /// Numbers and hexadecimal words become `0`, separators inside a number with it.
    fn words(&mut self, run: Range<usize>) {
        let mut at = run.start;
        while let Some(digit) = self.kinds.first(at..run.end, |block| block.digit) {
            let start = self.kinds.last(at..digit, |block| !block.word).map_or(at, |end| end + 1);
            at = self.kinds.first(digit..run.end, |block| !block.word).unwrap_or(run.end);
            let gap = &self.text.as_bytes()[self.copied..start];
            let after_number = matches!(gap, [b'.' | b',' | b':']) && self.out.last() == Some(&b'0');
            let joins_numbers = after_number && start == digit;
            if !joins_numbers {
                self.copy(start);
            }
            mask_word(&self.text[start..at], self.out);
            self.copied = at;
        }
    }
}

/// What stands for a time or an id, by the order in which [`classify`] asks.
fn placeholder(word: &str) -> Option<u8> {
    if is_uuid(word) {
        Some(b'#')
    } else if is_date(word) || (is_clock(word) && !is_number(word)) {
        Some(b'@')
    } else if is_hex(word) {
        Some(b'0')
    } else {
        None
    }
}

fn mask_word(word: &str, out: &mut Vec<u8>) {
    if is_hex(word) {
        out.push(b'0');
        return;
    }
    for byte in word.bytes() {
        match byte {
            b'0'..=b'9' if out.last() == Some(&b'0') => (),
            b'0'..=b'9' => out.push(b'0'),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Masked, TokenClass, classify, is_symbol, mask, words};
    use crate::kinds::Kinds;

    fn mask_line(line: &str, out: &mut Vec<u8>) -> Masked {
        mask(line, &Kinds::new(line), 0..line.len(), out)
    }

    fn masked(line: &str) -> String {
        let mut out = Vec::new();
        let changed = mask_line(line, &mut out).changed;
        if changed { String::from_utf8(out).unwrap() } else { line.to_owned() }
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
            assert_eq!(masked(a), masked(b));
        }
        assert_ne!(masked("error in parse"), masked("error in lex"));
    }

    #[test]
    fn counters_are_told_from_times_and_ids() {
        let read = |line| mask_line(line, &mut Vec::new());
        assert_eq!(
            read("[2026-03-02T09:00:00Z] waiting for 9f86d081884c"),
            Masked { runs: 4, counters: 0, changed: true }
        );
        assert_eq!(read("12 34 56"), Masked { runs: 3, counters: 3, changed: true });
    }

    #[test]
    fn words_of_any_script_are_found() {
        assert_eq!(words("let x_1 = größe(2);").collect::<Vec<_>>(), ["let", "x_1", "größe", "2"]);
        assert_eq!(words("函数 ok").collect::<Vec<_>>(), ["函", "数", "ok"]);
        assert_eq!(words(" — ").count(), 0);
    }

    #[test]
    fn no_symbol_is_a_letter() {
        assert!(!('\0'..=char::MAX).any(|c| is_symbol(c) && (c.is_alphanumeric() || c == '_')));
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

    proptest! {
        /// For all texts: words and runs are those that a walk by characters finds.
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
            let ends = |c: char| c.is_whitespace() || "()[]{}<>\"'`|=".contains(c);
            let runs = text.split(ends).filter(|run| !run.is_empty()).count() as u64;
            prop_assert_eq!(mask_line(&text, &mut Vec::new()).runs, runs);
        }

        /// For all words with a digit: a placeholder stands for times and ids, as the classes say.
        #[test]
        fn placeholders_follow_the_classes(word in "[0-9a-f:.T+/-]{1,12}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T:0-9Z]{0,9}|[0-9]{2}:[0-9]{2}[:.,0-9]{0,5}") {
            let expected = match classify(&word) {
                TokenClass::Time => Some(b'@'),
                TokenClass::Uuid | TokenClass::Hex => Some(b'#'),
                _ => None,
            };
            prop_assert_eq!(super::placeholder(&word), expected);
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
            mask_line(&text, &mut Vec::new());
            classify(&text);
        }
    }
}
