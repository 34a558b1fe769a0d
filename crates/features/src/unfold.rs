//! JSON on one line, laid out line by line: a tool that answers in JSON hides the lines of what it says.

use std::borrow::Cow;

use memchr::memchr;

use crate::arguments::Arguments;
use crate::tree::Tree;

/// The text, or if it is JSON on one line, its leaves: texts by their own lines, each other value with its key.
pub(crate) fn unfolded(text: &str) -> Cow<'_, str> {
    let line = text.trim();
    let may_be_json = line.starts_with(['{', '[']) && line.len() <= Arguments::LONGEST;
    if !may_be_json || memchr(b'\n', line.as_bytes()).is_some() {
        return Cow::Borrowed(text);
    }
    let Some(tree) = Tree::read(line) else { return Cow::Borrowed(text) };
    let mut lines = String::with_capacity(line.len());
    lay_out(&tree, "", &mut lines);
    Cow::Owned(lines)
}

fn lay_out(tree: &Tree<'_>, key: &str, lines: &mut String) {
    match tree {
        Tree::Fields(fields) => fields.iter().for_each(|(key, field)| lay_out(field, key, lines)),
        Tree::List(items) => items.iter().for_each(|item| lay_out(item, key, lines)),
        Tree::Text(text) => push(text, lines),
        Tree::Scalar(scalar) => push(&format!("{key} {scalar}"), lines),
        Tree::Null => (),
    }
}

fn push(line: &str, lines: &mut String) {
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::unfolded;

    #[test]
    fn the_lines_of_a_text_in_json_are_lines() {
        assert_eq!(unfolded(r#"{"output":"a\n  b","exit_code":0,"error":null}"#), "exit_code 0\na\n  b");
        assert_eq!(unfolded(r#" [{"t":"x"},{"t":"y","ok":true}] "#), "x\nok true\ny");
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["{\n  \"a\": 1\n}", "[1, 2", "[done]", "plain", ""] {
            assert_eq!(unfolded(text), text);
        }
    }
}
