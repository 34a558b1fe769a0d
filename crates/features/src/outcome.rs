//! What a result says about the state of the world, and what a command asks for: read once, in the digest.

use memchr::{memchr, memchr_iter, memrchr};
use serde::{Deserialize, Serialize};

use crate::tokens::words;

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

/// Whether a result reads like a failure, for sources that do not say: how shells, interpreters and compilers begin or
/// end their complaints.
///
/// ```
/// use goodhart_features::reads_like_failure;
///
/// assert!(reads_like_failure("bash: foo: command not found"));
/// assert!(reads_like_failure("Traceback (most recent call last):\n  File \"x.py\"\nKeyError: 'a'"));
/// assert!(!reads_like_failure("fn error() {}"));
/// ```
pub fn reads_like_failure(text: &str) -> bool {
    let text = text.trim();
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
    let phrases = ["command not found", "No such file or directory", "Permission denied", "syntax error"];
    starts.iter().any(|start| first.starts_with(start))
        || phrases.iter().any(|phrase| first.contains(phrase))
        || names_an_exception(last)
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

fn parts_words(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r' | ',' | ';' | '|' | '(' | ')' | '[' | ']')
        || (!c.is_ascii() && c.is_whitespace())
}

/// All names of counters and of failing lines hold one of these, in any case.
const HINTS: [[u8; 4]; 4] = [*b"fail", *b"pass", *b"erro", *b"not "];

/// For each place in a text 1 where a hint begins. Written without a branch, so that many bytes are looked at at a time.
fn hints(text: &[u8]) -> Vec<u8> {
    let places = text.len().saturating_sub(3);
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| text.get(at..at + places).unwrap_or_default());
    let mut hints = vec![0; places];
    for ((((hint, a), b), c), d) in hints.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        let four = [a | 0x20, b | 0x20, c | 0x20, d | 0x20];
        for known in HINTS {
            let same =
                (four[0] == known[0]) & (four[1] == known[1]) & (four[2] == known[2]) & (four[3] == known[3]);
            *hint |= u8::from(same);
        }
    }
    hints
}

/// Most words are told to be none by their first byte.
fn number(word: &str) -> Option<u64> {
    word.starts_with(|c: char| c.is_ascii_digit() || c == '+').then(|| word.parse().ok()).flatten()
}

#[derive(Default)]
struct Tally {
    failed: u64,
    passed: u64,
    failing_lines: u64,
    counted: bool,
}

impl Tally {
    /// Lines without a hint say nothing, and neither do most texts.
    fn part(&mut self, part: &str) {
        let hints = hints(part.as_bytes());
        let (mut hinted, mut line_start) = (memchr_iter(1, &hints), 0);
        while let Some(hint) = hinted.find(|&hint| hint >= line_start) {
            let start = memrchr(b'\n', &part.as_bytes()[..hint]).map_or(0, |end| end + 1);
            let rest = &part[start..];
            let end =
                memchr(b'\n', &rest.as_bytes()[hint - start..]).map_or(rest.len(), |at| hint - start + at);
            self.line(&rest[..end]);
            line_start = start + end;
        }
    }

    fn line(&mut self, line: &str) {
        let trimmed = line.trim_start();
        if ["FAIL", "--- FAIL", "not ok ", "error[", "error: "].iter().any(|mark| trimmed.starts_with(mark)) {
            self.failing_lines += 1;
        }
        if line.bytes().any(|byte| byte.is_ascii_digit()) {
            self.counts(line);
        }
    }

    fn counts(&mut self, line: &str) {
        let mut before = Word { text: "", number: None };
        for text in line.split(parts_words).filter(|word| !word.is_empty()) {
            let word = Word { text, number: number(text) };
            self.pair(before, word);
            before = word;
        }
    }

    /// `3 failed`, and `failed: 3`.
    fn pair(&mut self, before: Word<'_>, word: Word<'_>) {
        let (number, name) = match (before.number, word.number) {
            (Some(number), None) => (number, word.text),
            (None, Some(number)) if before.text.ends_with([':', '=']) => (number, before.text),
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

/// What the text of a command asks the world to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// Record or publish work: commit, push, pull request, deployment.
    Ship,
    /// Run tests or checks.
    Test,
    /// Let time pass.
    Wait,
    /// Remove files or take changes back.
    Undo,
    /// Make, move or mark files.
    Change,
}

impl Action {
    /// The action that a command stands for, if it is one of these; the strongest of a chain.
    ///
    /// ```
    /// use goodhart_features::Action;
    ///
    /// assert_eq!(Action::read(r#"{"command":"git add -A && git commit -m x"}"#), Some(Action::Ship));
    /// assert_eq!(Action::read(r#"{"command":"ls"}"#), None);
    /// ```
    pub fn read(arguments: &str) -> Option<Action> {
        if arguments.len() > END {
            return None;
        }
        let mut before = "";
        let actions =
            words(arguments).filter_map(|word| Action::of(std::mem::replace(&mut before, word), word));
        actions.min_by_key(|action| action.rank())
    }

    /// What a word asks for after the one before it.
    fn of(before: &str, word: &str) -> Option<Action> {
        match (before, word) {
            ("git", "commit" | "push" | "merge" | "tag") | ("pr", "create" | "merge") | (_, "deploy") => {
                Some(Action::Ship)
            }
            ("git", "reset" | "restore" | "checkout" | "revert" | "clean") | (_, "rm") => Some(Action::Undo),
            (
                _,
                "test" | "tests" | "pytest" | "jest" | "vitest" | "clippy" | "check" | "lint" | "tox"
                | "nextest",
            ) => Some(Action::Test),
            (_, "sleep") => Some(Action::Wait),
            (_, "chmod" | "cp" | "ln" | "mkdir" | "mv" | "touch") | ("git", "add") => Some(Action::Change),
            _ => None,
        }
    }

    /// Of several actions the one with the lowest rank is the strongest.
    fn rank(self) -> u8 {
        match self {
            Action::Ship => 0,
            Action::Undo => 1,
            Action::Test => 2,
            Action::Wait => 3,
            Action::Change => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Outcome};

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
    fn the_strongest_action_of_a_chain_wins() {
        assert_eq!(Action::read("cargo test && git push"), Some(Action::Ship));
        assert_eq!(Action::read("sleep 30; cargo test"), Some(Action::Test));
        assert_eq!(Action::read("sleep 30"), Some(Action::Wait));
    }
}
