//! What a result says about the state of the world, and what a command asks for: read once, in the digest.

use memchr::{memchr_iter, memrchr_iter};
use serde::{Deserialize, Serialize};
use wide::u8x16;

use crate::places::{Windows, are_one_of, have_middle_of, places};
use crate::receipt::refuses;

/// Counts that a test run, a build or a linter prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outcome {
    /// Failures or errors reported.
    pub failed: u64,
    /// Passes reported.
    pub passed: u64,
}

impl Outcome {
    /// Reads `N failed`, `failures: N`, `FAIL name` lines and their like from the first and last 4 KB of a result.
    ///
    /// ```
    /// use goodhart_features::Outcome;
    ///
    /// assert_eq!(Outcome::read("== 3 failed, 17 passed in 0.4s =="), Some(Outcome { failed: 3, passed: 17 }));
    /// assert_eq!(Outcome::read("total 12"), None);
    /// ```
    pub fn read(text: &str) -> Option<Outcome> {
        let mut seen = Tally::default();
        for part in ends(text) {
            seen.part(part);
        }
        seen.outcome()
    }
}

/// Whether a result reads like a failure, for sources that do not say: by the code with which a command ended, where it is
/// told, else by how shells, interpreters and compilers begin or end their complaints.
///
/// ```
/// use goodhart_features::reads_like_failure;
///
/// assert!(reads_like_failure("bash: foo: command not found"));
/// assert!(reads_like_failure("Traceback (most recent call last):\n  File \"x.py\"\nKeyError: 'a'"));
/// assert!(reads_like_failure("no tests ran\n[exit code: 4]"));
/// assert!(reads_like_failure(r#"{"error": "upstream unavailable"}"#));
/// assert!(!reads_like_failure(r#"{"error": null, "rows": 3}"#));
/// assert!(!reads_like_failure("<returncode>0</returncode>\nError: none"));
/// assert!(!reads_like_failure("fn error() {}"));
/// ```
pub fn reads_like_failure(text: &str) -> bool {
    let text = text.trim();
    if let Some(code) = exit_code(text) {
        return code != 0;
    }
    let first = text.lines().next().unwrap_or_default();
    let last = text.lines().next_back().unwrap_or_default();
    let starts = [
        "Traceback (most recent call last)",
        "Error",
        "ERROR",
        "error:",
        "fatal:",
        "bash: ",
        "sh: ",
        "/bin/sh: ",
    ];
    starts.iter().any(|start| first.starts_with(start))
        || refuses(first)
        || complains(first)
        || names_an_exception(last)
}

/// The code with which a command ended, where the lines around its output tell it.
fn exit_code(text: &str) -> Option<u64> {
    if !may_tell_code(text.as_bytes()) {
        return None;
    }
    let first = text.lines().take(LINES_BEFORE);
    first.chain(text.lines().rev().take(LINES_AFTER)).find_map(told_code)
}

/// Most lines tell nothing; of some of them together that is told sooner than of each.
fn may_tell_code(text: &[u8]) -> bool {
    let first = memchr_iter(b'\n', text).nth(LINES_BEFORE - 1).unwrap_or(text.len());
    let last = memrchr_iter(b'\n', text).nth(LINES_AFTER - 1).unwrap_or(0);
    let mut may = false;
    for lines in [&text[..first], &text[last..]] {
        places(lines, begins_code, |_| may = true);
    }
    may
}

/// Lines before and after an output that may tell how it ended.
const LINES_BEFORE: usize = 2;
const LINES_AFTER: usize = 4;

/// `exit code 1`, `<returncode>1</returncode>`, `exit_code: 1`, `Process exited with code 1`, `exit status 1`.
fn told_code(line: &str) -> Option<u64> {
    const NAMES: &[&str] = &["exit code", "exit status", "exited with code", "exit_code", "returncode"];
    let mut code = None;
    places(line.as_bytes(), begins_code, |at| {
        let rest = &line[at..];
        let named =
            NAMES.iter().find(|name| rest.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name)));
        let after = named.map(|name| rest[name.len()..].trim_start_matches(['>', ':', '=', ' ', '"', '`']));
        let digits = after.map(|after| &after[..after.bytes().take_while(u8::is_ascii_digit).count()]);
        code = code.or(digits.and_then(|digits| digits.parse().ok()));
    });
    code
}

#[inline]
fn begins_code(four: Windows) -> u8x16 {
    are_one_of(four, [*b"exit", *b"Exit", *b"retu", *b"EXIT"])
}

/// Whether a line says what shells say.
fn complains(line: &str) -> bool {
    let phrases = ["command not found", "No such file or directory", "Permission denied", "syntax error"];
    let begins = |four| are_one_of(four, [*b"comm", *b"No s", *b"Perm", *b"synt"]);
    let mut complains = false;
    places(line.as_bytes(), begins, |at| {
        complains |= phrases.iter().any(|phrase| line[at..].starts_with(phrase));
    });
    complains
}

/// `KeyError: …`, `java.io.IOException: …`.
fn names_an_exception(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, _)| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        (name.ends_with("Error") || name.ends_with("Exception")) && name.chars().all(word)
    })
}

/// Bytes looked at on either end of a result.
const END: usize = 4096;

/// The two ends of a long text, or the whole of a short one.
fn ends(text: &str) -> [&str; 2] {
    if text.len() <= 2 * END {
        return [text, ""];
    }
    let head = (0..=END).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    let tail = (text.len() - END..text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(text.len());
    [&text[..head], &text[tail..]]
}

#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    number: Option<u64>,
}

impl<'a> Word<'a> {
    fn of(text: &'a str) -> Self {
        Word { text, number: number(text) }
    }
}

fn word_start(text: &str, at: usize) -> usize {
    text[..at].rfind(parts_words).map_or(0, |end| end + text[end..].chars().next().map_or(0, char::len_utf8))
}

fn word_end(text: &str, at: usize) -> usize {
    text[at..].find(parts_words).map_or(text.len(), |length| at + length)
}

fn parts_words_of_a_line(c: char) -> bool {
    c != '\n' && parts_words(c)
}

/// Whether a hint at a place begins the verdict on one test or one error, as a line of its own.
fn begins_failing_line(text: &str, hint: usize) -> bool {
    let (before, rest) = text.split_at(hint);
    let (before, marks): (_, &[&str]) = match before.strip_suffix("--- ") {
        Some(before) => (before, &["FAIL"]),
        None => (before, &["FAIL", "not ok ", "error[", "error: "]),
    };
    let line = before.trim_end_matches(|c: char| c != '\n' && c.is_whitespace());
    (line.is_empty() || line.ends_with('\n')) && marks.iter().any(|mark| rest.starts_with(mark))
}

fn parts_words(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r' | ',' | ';' | '|' | '(' | ')' | '[' | ']')
        || (!c.is_ascii() && c.is_whitespace())
}

/// All names of counters and of failing lines hold one of these, in any case.
const HINTS: [[u8; 4]; 4] = [*b"fail", *b"pass", *b"erro", *b"not "];

#[inline]
fn may_be_hint([a, b, c, d]: Windows) -> u8x16 {
    have_middle_of([a, b | u8x16::splat(0x20), c | u8x16::splat(0x20), d], HINTS)
}

fn begins_with(text: &[u8], hint: &[u8; 4]) -> bool {
    text.first_chunk::<4>().is_some_and(|four| four.eq_ignore_ascii_case(hint))
}

/// Most words are told to be none by their first byte.
fn number(word: &str) -> Option<u64> {
    word.starts_with(|c: char| c.is_ascii_digit() || c == '+').then(|| word.parse().ok()).flatten()
}

/// What a name ends with that stands before its number.
const NAMES_WHAT_FOLLOWS: [char; 2] = [':', '='];

#[derive(Default)]
struct Tally {
    failed: u64,
    passed: u64,
    failing_lines: u64,
    counted: bool,
}

impl Tally {
    /// Only words with a hint name anything, and most texts have none.
    fn part(&mut self, part: &str) {
        let mut read = 0;
        places(part.as_bytes(), may_be_hint, |hint| {
            if !HINTS.iter().any(|known| begins_with(&part.as_bytes()[hint..], known)) {
                return;
            }
            if begins_failing_line(part, hint) {
                self.failing_lines += 1;
            }
            if hint >= read {
                read = self.name(part, hint);
            }
        });
    }

    /// Reads the word at a place beside its neighbours on the line; where it ends.
    fn name(&mut self, part: &str, hint: usize) -> usize {
        let start = word_start(part, hint);
        let end = word_end(part, hint);
        let word = Word::of(&part[start..end]);
        let before = &part[..start].trim_end_matches(parts_words_of_a_line);
        if before.ends_with(|c: char| c.is_ascii_digit()) {
            self.pair(Word::of(&before[word_start(before, before.len())..]), word);
        }
        if word.text.ends_with(NAMES_WHAT_FOLLOWS) {
            let after = part[end..].trim_start_matches(parts_words_of_a_line);
            self.pair(word, Word::of(&after[..word_end(after, 0)]));
        }
        end
    }

    /// `3 failed`, and `failed: 3`.
    fn pair(&mut self, before: Word<'_>, word: Word<'_>) {
        let (number, name) = match (before.number, word.number) {
            (Some(number), None) => (number, word.text),
            (None, Some(number)) if before.text.ends_with(NAMES_WHAT_FOLLOWS) => (number, before.text),
            _ => return,
        };
        let name = name.trim_matches(|c: char| !c.is_alphanumeric());
        let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let counter = if is(&["failed", "failures", "failure", "failing", "errors", "error"]) {
            &mut self.failed
        } else if is(&["passed", "passing", "passes"]) {
            &mut self.passed
        } else {
            return;
        };
        *counter = (*counter).max(number);
        self.counted = true;
    }

    fn outcome(self) -> Option<Outcome> {
        let failed = if self.counted { self.failed } else { self.failing_lines };
        (self.counted || self.failing_lines > 0).then_some(Outcome { failed, passed: self.passed })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Outcome, Tally, Word, exit_code, parts_words};

    /// What an outcome is, in plain words: every line, and every pair of neighbouring words.
    fn plain(text: &str) -> Option<Outcome> {
        let mut tally = Tally::default();
        for line in text.split('\n') {
            let marks = ["FAIL", "--- FAIL", "not ok ", "error[", "error: "];
            tally.failing_lines += u64::from(marks.iter().any(|mark| line.trim_start().starts_with(mark)));
            let words: Vec<&str> = line.split(parts_words).filter(|word| !word.is_empty()).collect();
            words.windows(2).for_each(|pair| tally.pair(Word::of(pair[0]), Word::of(pair[1])));
        }
        tally.outcome()
    }

    proptest! {
        /// For all texts: to look only where a name may be finds what a walk over all words finds.
        #[test]
        fn no_name_is_passed_over(parts in prop::collection::vec(0..PARTS.len(), 0..60)) {
            let text: String = parts.into_iter().map(|part| PARTS[part]).collect();
            prop_assert_eq!(Outcome::read(&text), plain(&text));
        }
    }

    const PARTS: &[&str] = &[
        "3", "17", " ", " ", "\n", ", ", ":", "=", "(", "failed", "Failures", "passed", "passing", "FAIL",
        "--- ", "not ok ", "error[", "error: ", "Errors:", "compass", "é", "\u{A0}", "0", "+2", "x", "\r",
    ];

    #[test]
    fn the_usual_runners_are_read() {
        let cases = [
            ("test result: FAILED. 11 passed; 2 failed; 0 ignored", Some((2, 11))),
            ("--- FAIL: TestA (0.00s)\n--- FAIL: TestB (0.01s)\nFAIL\texample.com/x", Some((3, 0))),
            ("Tests:       1 failed, 4 passed, 5 total", Some((1, 4))),
            ("Found 3 errors in 1 file", Some((3, 0))),
            ("BUILD: Failures: 0, Errors: 0", Some((0, 0))),
            ("hello world", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Outcome::read(text).map(|o| (o.failed, o.passed)), expected, "{text}");
        }
    }

    #[test]
    fn a_long_result_is_read_at_both_ends() {
        let text = format!("start\n{}\n5 passed", "noise here é\n".repeat(5000));
        assert_eq!(Outcome::read(&text), Some(Outcome { failed: 0, passed: 5 }));
    }

    #[test]
    fn the_code_of_a_command_tells_how_it_ended() {
        let codes = [
            ("<returncode>1</returncode>\n<output>\nx\n</output>", Some(1)),
            (
                "x\n[The command completed with exit code 0.]\n[Current working directory: /w]\n[Python: 3]",
                Some(0),
            ),
            ("Exit code 101\nx", Some(101)),
            ("Process exited with code 2\nOutput:\nx", Some(2)),
            ("x\nexit_code: 3", Some(3)),
            ("exit code of a child", None),
            ("a\nb\nc exit code 1\nd\ne\nf\ng\nh", None),
        ];
        for (text, expected) in codes {
            assert_eq!(exit_code(text), expected, "{text}");
        }
    }
}
