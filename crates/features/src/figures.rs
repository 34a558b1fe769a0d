//! The figures of a short answer: its numbers that name neither a moment, nor a duration, nor a thing. `3/7 ready` and
//! `5/7 ready` differ in what they tell, `17 passed in 0.4 s` and `17 passed in 0.5 s` do not.

use crate::hash::{DigestKey, mix};
use crate::names::words;
use crate::tokens::{TokenClass, classify};
use crate::tuning::SHORT_ANSWER;

/// Hash of the figures of a short answer, in their order; 0 where it has none, or is long.
pub(crate) fn figures(text: &str, key: DigestKey) -> u64 {
    // Words are shorter than this on the mean.
    if text.len() > 16 * SHORT_ANSWER || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    let runs: Vec<&str> = text.split(ends_run).filter(|run| !run.is_empty()).collect();
    let mut before = "";
    let mut found = 0;
    for (at, run) in runs.iter().enumerate() {
        let (label, value) = labelled(run);
        let label = if label.is_empty() { before } else { label };
        if is_figure(value, label, runs.get(at + 1).copied().unwrap_or_default()) {
            found = mix(found, key.hash(value.as_bytes()));
        }
        before = run;
    }
    found
}

fn ends_run(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|' | '"' | '\'')
}

/// `done=7` and `done:7`.
fn labelled(run: &str) -> (&str, &str) {
    match run.rsplit_once(['=', ':']) {
        Some((label, value)) if classify(run) != TokenClass::Time && starts_with_letter(label) => {
            (label, value)
        }
        _ => ("", run),
    }
}

fn starts_with_letter(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic())
}

fn is_figure(value: &str, label: &str, next: &str) -> bool {
    let value = value.trim_start_matches(['+', '-', '~', '$', '€', '#']).trim_end_matches(['.', ':', '%']);
    let unit = value.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '/' | ':'));
    let number = value.starts_with(|c: char| c.is_ascii_digit());
    let volatile = matches!(classify(value), TokenClass::Time | TokenClass::Hex | TokenClass::Uuid);
    let is_duration = if unit.is_empty() { is_moving(next) && next.len() < LONG } else { is_moving(unit) };
    let whole_digits = value.bytes().take_while(u8::is_ascii_digit).count();
    number
        && !volatile
        && !is_duration
        && whole_digits < MOMENT_DIGITS
        && !words(label).any(|word| is_moving(&word))
}

fn is_moving(word: &str) -> bool {
    MOVING.contains(&word.to_lowercase().as_str())
}

/// Digits of seconds since 1970.
const MOMENT_DIGITS: usize = 10;

/// `3 s` and `3 min` are durations, `200 port …` is not one.
const LONG: usize = 8;

/// What moves from one answer to the next, whatever they are the answers to: names of moments and things, and units of time.
const MOVING: &[&str] = &[
    "age",
    "at",
    "attempt",
    "d",
    "date",
    "duration",
    "elapsed",
    "epoch_ms",
    "h",
    "hours",
    "id",
    "ids",
    "iteration",
    "latency",
    "m",
    "millis",
    "min",
    "mins",
    "minutes",
    "ms",
    "nonce",
    "ns",
    "pid",
    "port",
    "run",
    "s",
    "sec",
    "seconds",
    "secs",
    "seed",
    "seq",
    "sequence",
    "time",
    "timestamp",
    "took",
    "ts",
    "uptime",
    "us",
    "µs",
];

#[cfg(test)]
mod tests {
    use super::figures;
    use crate::hash::DigestKey;

    fn equal(a: &str, b: &str) -> bool {
        let [a, b] = [a, b].map(|text| figures(text, DigestKey(1)));
        assert!(a != 0 && b != 0);
        a == b
    }

    #[test]
    fn a_number_that_tells_something_is_a_figure() {
        for (a, b) in [
            ("READY\n3/7", "READY\n5/7"),
            ("epoch 16/31 loss 1.42", "epoch 17/31 loss 1.40"),
            (r#"{"done":2018,"failed":0}"#, r#"{"done":3238,"failed":0}"#),
            ("progress=34%", "progress=51%"),
        ] {
            assert!(!equal(a, b), "{a}");
        }
    }

    #[test]
    fn moments_durations_and_names_are_none() {
        for (a, b) in [
            ("17 passed in 0.42s", "17 passed in 1.13s"),
            ("17 passed in 3 s", "17 passed in 4 s"),
            ("[2026-03-02T09:00:00Z] pid 4711\n3 jobs", "[2026-03-02T09:10:00Z] pid 815\n3 jobs"),
            (r#"{"n":3,"request_id":7,"ts":1770000000}"#, r#"{"n":3,"request_id":8,"ts":1770000009}"#),
            ("3 of 9f86d081884c", "3 of 0a86d081884c"),
        ] {
            assert!(equal(a, b), "{a}");
        }
    }

    #[test]
    fn long_answers_and_such_without_numbers_have_none() {
        assert_eq!(figures("no runs found", DigestKey(1)), 0);
        assert_eq!(figures(&"7 lines of text ".repeat(200), DigestKey(1)), 0);
    }
}
