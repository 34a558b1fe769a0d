//! JSON on one line, laid out line by line: a tool that answers in JSON hides the lines of what it says.

use std::borrow::Cow;

use memchr::memchr;
use serde_json::Value;

use crate::arguments::Arguments;
use crate::names::words;
use crate::tree::Tree;

/// What a result says, line by line.
pub(crate) struct Unfolded<'a> {
    /// To be counted and compared.
    pub(crate) said: Cow<'a, str>,
    /// The same with all numbers in digits.
    pub(crate) counted: Cow<'a, str>,
}

impl<'a> Unfolded<'a> {
    /// The text, or if it is JSON on one line, its leaves: texts by their own lines, each other value with its key.
    pub(crate) fn of(text: &'a str) -> Self {
        let line = text.trim();
        let may_be_json = line.starts_with(['{', '[']) && line.len() <= Arguments::LONGEST;
        let one_line = may_be_json && memchr(b'\n', line.as_bytes()).is_none();
        match if one_line { Tree::read(line) } else { None } {
            Some(tree) => {
                Unfolded { said: lines(&tree, quantity).into(), counted: lines(&tree, number).into() }
            }
            None => Unfolded { said: text.into(), counted: text.into() },
        }
    }
}

type Line = fn(&str, &Value) -> String;

fn lines(tree: &Tree<'_>, line: Line) -> String {
    let mut lines = String::new();
    lay_out(tree, "", line, &mut lines);
    lines
}

fn lay_out(tree: &Tree<'_>, key: &str, line: Line, lines: &mut String) {
    match tree {
        Tree::Fields(fields) => fields.iter().for_each(|(key, field)| lay_out(field, key, line, lines)),
        Tree::List(items) => items.iter().for_each(|item| lay_out(item, key, line, lines)),
        Tree::Text(text) => push(text, lines),
        Tree::Scalar(scalar) => push(&line(key, scalar), lines),
        Tree::Null => (),
    }
}

fn push(line: &str, lines: &mut String) {
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines.push_str(line);
}

fn number(key: &str, scalar: &Value) -> String {
    format!("{key} {scalar}")
}

/// A number with a name is what is told, not what varies while nothing else does: it is spelled, so that no mask takes it for
/// a counter. Numbers that name a moment, a duration or a thing stay as they are.
fn quantity(key: &str, scalar: &Value) -> String {
    let line = number(key, scalar);
    let is_quantity = scalar.as_f64().is_some_and(|value| value.abs() < MOMENT);
    if !is_quantity || words(key).any(|word| MOVING.contains(&&*word)) {
        return line;
    }
    let spell = |c: char| if c.is_ascii_digit() { char::from(c as u8 - b'0' + b'a') } else { c };
    let value: String = scalar.to_string().chars().map(spell).collect();
    format!("{key} {value}")
}

/// Seconds from which a number is rather a moment than an amount.
const MOMENT: f64 = 1e9;

/// Words of keys whose numbers move from one answer to the next, whatever they are the answers to.
const MOVING: &[&str] = &[
    "age",
    "at",
    "attempt",
    "date",
    "duration",
    "elapsed",
    "epoch",
    "id",
    "ids",
    "iteration",
    "latency",
    "millis",
    "ms",
    "nonce",
    "ns",
    "pid",
    "port",
    "run",
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
];

#[cfg(test)]
mod tests {
    use super::Unfolded;

    #[test]
    fn the_lines_of_a_text_in_json_are_lines() {
        let counted = |text: &str| Unfolded::of(text).counted.into_owned();
        assert_eq!(counted(r#"{"output":"a\n  b","exit_code":0,"error":null}"#), "exit_code 0\na\n  b");
        assert_eq!(counted(r#" [{"t":"x"},{"t":"y","ok":true}] "#), "x\nok true\ny");
    }

    #[test]
    fn a_number_with_a_name_is_spelled_unless_it_names_a_moment_or_a_thing() {
        let said = |text: &str| Unfolded::of(text).said.into_owned();
        assert_eq!(said(r#"{"done":20,"ratio":-1.5}"#), "done ca\nratio -b.f");
        for text in [r#"{"requestId":7}"#, r#"{"elapsed_ms":31}"#, r#"{"now":1770000000}"#] {
            assert!(said(text).ends_with(|c: char| c.is_ascii_digit()), "{text}");
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["{\n  \"a\": 1\n}", "[1, 2", "[done]", "plain", ""] {
            assert_eq!(Unfolded::of(text).said, text);
        }
    }
}
