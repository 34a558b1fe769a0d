//! JSON on one line, laid out line by line: a tool that answers in JSON hides the lines of what it says.

use std::borrow::Cow;

use memchr::memchr;
use serde_json::Value;

use crate::arguments::Arguments;
use crate::figures::is_quantity;
use crate::tree::Tree;

/// What a result says, line by line.
#[derive(Default)]
pub(crate) struct Unfolded<'a> {
    /// To be counted.
    pub(crate) counted: Cow<'a, str>,
    /// To be compared: with its quantities spelled.
    pub(crate) compared: Cow<'a, str>,
}

impl<'a> Unfolded<'a> {
    /// The text, or if it is JSON on one line, its leaves: texts by their own lines, each other value with its key.
    pub(crate) fn of(text: &'a str) -> Self {
        let line = text.trim();
        let may_be_json = line.starts_with(['{', '[']) && line.len() <= Arguments::LONGEST;
        let is_line = may_be_json && memchr(b'\n', line.as_bytes()).is_none();
        let Some(tree) = is_line.then(|| Tree::read(line)).flatten() else {
            return Unfolded { counted: text.into(), compared: text.into() };
        };
        let mut unfolded = Unfolded::default();
        unfolded.lay_out(&tree, "");
        unfolded
    }

    fn lay_out(&mut self, tree: &Tree<'_>, key: &str) {
        match tree {
            Tree::Fields(fields) => fields.iter().for_each(|(key, field)| self.lay_out(field, key)),
            Tree::List(items) => items.iter().for_each(|item| self.lay_out(item, key)),
            Tree::Text(text) => self.push(text, text),
            Tree::Scalar(scalar) => {
                let value = scalar.to_string();
                let counted = format!("{key} {value}");
                self.push(&counted, &format!("{key} {}", compared(key, scalar, value)));
            }
            Tree::Null => (),
        }
    }

    fn push(&mut self, counted: &str, compared: &str) {
        for (lines, line) in [(&mut self.counted, counted), (&mut self.compared, compared)] {
            let lines = lines.to_mut();
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.push_str(line);
        }
    }
}

/// A quantity with a name is what is told, not what varies while nothing else does: it is spelled, so that no mask takes it
/// for a counter.
fn compared(key: &str, scalar: &Value, value: String) -> String {
    let spell = |c: char| if c.is_ascii_digit() { char::from(c as u8 - b'0' + b'a') } else { c };
    match scalar.as_f64().is_some_and(|number| is_quantity(key, number as f32)) {
        true => value.chars().map(spell).collect(),
        false => value,
    }
}

#[cfg(test)]
mod tests {
    use super::Unfolded;

    #[test]
    fn the_lines_of_a_text_in_json_are_lines() {
        let counted = |text| Unfolded::of(text).counted.into_owned();
        assert_eq!(counted(r#"{"output":"a\n  b","exit_code":0,"error":null}"#), "exit_code 0\na\n  b");
        assert_eq!(counted(r#" [{"t":"x"},{"t":"y","ok":true}] "#), "x\nok true\ny");
    }

    #[test]
    fn a_number_with_a_name_is_spelled_unless_it_names_a_moment_or_a_thing() {
        let compared = |text| Unfolded::of(text).compared.into_owned();
        assert_eq!(compared(r#"{"done":20,"ratio":-1.5}"#), "done ca\nratio -b.f");
        for text in [r#"{"requestId":7}"#, r#"{"elapsed_ms":31}"#, r#"{"now":1770000000}"#] {
            assert!(compared(text).ends_with(|c: char| c.is_ascii_digit()), "{text}");
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["{\n  \"a\": 1\n}", "[1, 2", "[done]", "plain", ""] {
            assert_eq!(Unfolded::of(text).compared, text);
        }
    }
}
