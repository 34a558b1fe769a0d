//! Calls of an editor that agents write as a command line: `str_replace_editor insert a.py --insert_line 3 --new_str 'x'`.

use std::borrow::Cow;

use shlex::Shlex;

use crate::tree::Tree;

/// The name of the editor, where a command begins with it.
const EDITOR: &str = "str_replace_editor ";

/// What the command line of an editor says, as a call with named arguments would.
pub(crate) fn read(command: &str) -> Option<Tree<'static>> {
    let mut words = Shlex::new(command.strip_prefix(EDITOR)?);
    let mut fields = vec![field("command", words.next()?), field("path", words.next()?)];
    let mut named: Option<(String, Vec<String>)> = None;
    for word in words {
        match (word.strip_prefix("--"), &mut named) {
            (Some(name), _) => fields.extend(named.replace((name.to_owned(), Vec::new())).map(option)),
            (None, Some((_, values))) => values.push(word),
            (None, None) => (),
        }
    }
    fields.extend(named.map(option));
    Some(Tree::Fields(fields))
}

fn option((name, values): (String, Vec<String>)) -> (Cow<'static, str>, Tree<'static>) {
    (Cow::Owned(name), Tree::Text(Cow::Owned(values.join(" "))))
}

fn field(name: &'static str, value: String) -> (Cow<'static, str>, Tree<'static>) {
    (Cow::Borrowed(name), Tree::Text(Cow::Owned(value)))
}

#[cfg(test)]
mod tests {
    use crate::arguments::{Arguments, Role};
    use crate::hash::DigestKey;

    fn arguments(raw: &str) -> Arguments {
        Arguments::new(raw, DigestKey(7))
    }

    #[test]
    fn a_command_line_of_an_editor_is_a_call_with_names() {
        let line = r"str_replace_editor str_replace /w/a.py --old_str 'it'\''s 1' --new_str 'it'\''s 2'";
        let call = r#"{"command":"str_replace","path":"/w/a.py","old_str":"it's 1","new_str":"it's 2"}"#;
        assert_eq!(arguments(line).canonical, arguments(call).canonical);
        assert!(arguments(line).edits());
        let view = arguments("str_replace_editor view /w/a.py --view_range 3 40");
        assert!(view.role(Role::Object).is_some() && !view.edits());
    }

    #[test]
    fn other_commands_are_text() {
        assert_eq!(arguments("str_replace_editor").leaves.len(), 1);
        assert!(arguments("cat str_replace_editor view").role(Role::Object).is_none());
    }
}
