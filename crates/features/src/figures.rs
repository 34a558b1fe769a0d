//! The figures of a short answer: its numbers that name neither a moment, nor a duration, nor a thing. `3/7 ready` and
//! `5/7 ready` differ in what they tell, `17 passed in 0.4 s` and `17 passed in 0.5 s` do not; `0.4 s` and `0.5 s` alone do.

use memchr::memmem;
use wide::u8x16;

use crate::names::{has_word, is_one_of};
use crate::places::{Windows, are, places};
use crate::tokens::{TokenClass, classify};
use crate::tuning::STATUS_BYTES;

/// The figures that are kept of an answer.
pub(crate) type Figures = [Option<f32>; 2];

/// The first figures of a short answer, in their order; of a list that is ticked off, how much of it is.
pub(crate) fn figures(text: &str) -> Figures {
    if let Some(ticked) = ticked(text) {
        return [Some(ticked as f32), None];
    }
    if text.len() > STATUS_BYTES {
        return Figures::default();
    }
    let is_alone = text.split_whitespace().nth(2).is_none();
    let (mut found, mut count, mut read) = (Figures::default(), 0, 0);
    places(text.as_bytes(), may_be_digits, |digit| {
        if digit >= read && count < found.len() && text.as_bytes()[digit].is_ascii_digit() {
            let start = digit - last_run(&text[read..digit]).len();
            read = digit + first_run(&text[digit..]).len();
            if let Some(figure) = figure(&text[start..read], &text[..start], &text[read..], is_alone) {
                found[count] = Some(figure);
                count += 1;
            }
        }
    });
    found
}

/// Digits, and what stands close to them in ASCII.
#[inline]
fn may_be_digits([first, ..]: Windows) -> u8x16 {
    are(first & u8x16::splat(0xF0), 0x30)
}

fn first_run(text: &str) -> &str {
    text.split(ends_run).next().unwrap_or_default()
}

fn last_run(text: &str) -> &str {
    text.rsplit(ends_run).next().unwrap_or_default()
}

/// Items of a list that are ticked, where some are.
fn ticked(text: &str) -> Option<usize> {
    let text = &text.as_bytes()[..text.len().min(LIST_BYTES)];
    let done = memmem::find_iter(text, b"[x] ").count();
    (done > 0).then_some(done)
}

/// Bytes of the longest list.
const LIST_BYTES: usize = 8192;

pub(crate) fn ends_run(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|' | '"' | '\'')
}

/// `done=7` and `done:7`.
fn labelled(run: &str) -> Option<(&str, &str)> {
    let (label, value) = run.rsplit_once(['=', ':'])?;
    label.starts_with(|c: char| c.is_alphabetic()).then_some((label, value))
}

/// The figure of a run, given what stands before and after it. A duration is one where it is all that is told.
fn figure(run: &str, before: &str, after: &str, is_alone: bool) -> Option<f32> {
    let (label, value) = labelled(run).map_or((None, run), |(label, value)| (Some(label), value));
    let value = value.trim_start_matches(['+', '~', '$', '€', '#']).trim_end_matches(['.', ':', '%']);
    let length = value.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')).unwrap_or(value.len());
    let (number, unit) = value.split_at(length);
    // Most runs are words.
    let number = number.parse().ok()?;
    let is_name = matches!(classify(value), TokenClass::Time | TokenClass::Hex | TokenClass::Uuid);
    let unit = if unit.is_empty() { first_run(after.trim_start_matches(ends_run)) } else { unit };
    let label = label.unwrap_or_else(|| last_run(before.trim_end_matches(ends_run)));
    let lasts = is_one_of(unit, MOVING) && !is_alone;
    (!is_name && !lasts && is_quantity(label, number)).then_some(number)
}

/// Whether a number with a label is an amount, rather than a moment, a duration or the name of a thing.
pub(crate) fn is_quantity(label: &str, number: f32) -> bool {
    let is_rate = label.contains('/');
    number.abs() < MOMENT && (is_rate || !has_word(label, MOVING))
}

/// Seconds from which a number is rather a moment than an amount.
const MOMENT: f32 = 1e9;

/// What moves from one answer to the next, whatever they are the answers to: names of moments and things, units of time, and
/// counts of the looks themselves.
const MOVING: &[&str] = &[
    "age",
    "at",
    "attempt",
    "attempts",
    "check",
    "checks",
    "d",
    "date",
    "duration",
    "elapsed",
    "h",
    "hours",
    "id",
    "ids",
    "iteration",
    "iterations",
    "latency",
    "m",
    "millis",
    "min",
    "mins",
    "minutes",
    "ms",
    "nonce",
    "ns",
    "paused",
    "pid",
    "poll",
    "polls",
    "port",
    "retries",
    "retry",
    "run",
    "runs",
    "s",
    "sec",
    "seconds",
    "secs",
    "seed",
    "seq",
    "sequence",
    "slept",
    "tick",
    "ticks",
    "time",
    "times",
    "timestamp",
    "took",
    "tries",
    "try",
    "ts",
    "uptime",
    "us",
    "waited",
    "µs",
];

#[cfg(test)]
mod tests {
    use super::figures;

    #[test]
    fn numbers_that_tell_something_are_figures() {
        for (text, expected) in [
            ("READY\n3/7", [Some(3.0), None]),
            ("epoch 16/31 loss 1.42 val 1.7", [Some(16.0), Some(1.42)]),
            ("done 2018\nfailed 0", [Some(2018.0), Some(0.0)]),
            ("progress=34% -2", [Some(34.0), Some(-2.0)]),
            ("1\t- [x] a.js\n2\t- [ ] b.js\n", [Some(1.0), None]),
            ("Requests/sec: 371.1 50 %", [Some(371.1), Some(50.0)]),
        ] {
            assert_eq!(figures(text), expected, "{text}");
        }
    }

    #[test]
    fn moments_durations_and_names_are_none() {
        for text in [
            "passed in 0.42s",
            "took 3 s",
            "[2026-03-02T09:00:00Z] pid 4711",
            "request_id 7\nts 1770000000\nnow 1770000000",
            "9f86d081884c",
            "doc-70815",
            "no answer after 7 tries",
            "no runs found",
        ] {
            assert_eq!(figures(text), [None; 2], "{text}");
        }
        assert_eq!(figures(&"7 lines of text ".repeat(200)), [None; 2]);
    }
}
