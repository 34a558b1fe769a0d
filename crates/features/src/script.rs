//! What a script writes into files. Agents whose only tool is a shell edit by here-documents, by redirected output and by
//! editors of streams, where others have arguments for it.

use std::ops::Range;

use memchr::memmem;

use crate::patch::Patch;
use crate::places::{have_middle_of, places};

/// What the commands of a text write: the first file that they write to, and all that they put into files.
pub(crate) fn written(text: &str) -> Option<Patch> {
    let (mut patch, mut end) = (Patch::default(), 0);
    let may_write = |four| have_middle_of(four, PROGRAMS);
    places(text.as_bytes(), may_write, |at| {
        let program = text.as_bytes()[at..].first_chunk();
        if at >= end && program.is_some_and(|it| PROGRAMS.contains(it)) && starts_command(text, at) {
            let command = Command::read(text, at);
            end = command.end;
            command.add_to(&mut patch);
        }
    });
    (!patch.object.is_empty()).then_some(patch)
}

/// What a command of an editor for agents changes in the file that is open: `edit 3:5`, the new lines and `end_of_edit`;
/// `edit "old" "new"`; `insert "new"`.
pub(crate) fn written_in_editor(text: &str) -> Option<Patch> {
    let (command, rest) = text.split_once(' ')?;
    let lines =
        |range: &str| range.contains(':') && range.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let first = next_word(rest, 0)?;
    let second = next_word(rest, first.end).map(|word| &rest[word]);
    let (end, first) = (first.end, &rest[first]);
    let quoted = |word: &&str| word.len() > 1 && word.starts_with(['"', '\'']);
    let (removed, added) = match (command, quoted(&first), second.filter(quoted)) {
        ("edit", false, _) if lines(first) => (None, &rest[document(rest, end, "end_of_edit")?]),
        ("edit", true, Some(new)) => (Some(unquoted(first).to_owned()), unquoted(new)),
        ("insert", true, _) => (Some(String::new()), unquoted(first)),
        _ => return None,
    };
    Some(Patch { removed, added: added.to_owned(), keeps: true, ..Patch::default() })
}

/// What a program writes, going by the calls that it makes, in any of the usual languages: what stands between its quotes.
/// The rest of it is how the change is made, and the same for any change.
pub(crate) fn written_by_program(program: &str) -> Option<Patch> {
    let has = |mark: &&str| memmem::find(program.as_bytes(), mark.as_bytes()).is_some();
    let writes = WRITING.iter().any(has) || (has(&"open(") && MODES.iter().any(has));
    let literals = if writes { literals(program) } else { Vec::new() };
    let object = literals.iter().find(|literal| is_path(literal))?;
    Some(Patch {
        object: (*object).to_owned(),
        program: literals.join("\n"),
        keeps: true,
        ..Patch::default()
    })
}

/// Calls that write a file.
const WRITING: &[&str] = &["write_text(", "write_bytes(", "writeFile", "File.write("];

/// Modes in which a file is opened to write to it.
const MODES: &[&str] =
    &["'w'", "\"w\"", "'a'", "\"a\"", "'wb'", "\"wb\"", "'w+'", "\"w+\"", "'r+'", "\"r+\""];

/// How the programs begin that are looked at.
const PROGRAMS: [[u8; 4]; 9] =
    [*b"cat ", *b"echo", *b"node", *b"perl", *b"prin", *b"pyth", *b"ruby", *b"sed ", *b"tee "];

/// Whether a command may start here: after another, or after an opening bracket or quote.
fn starts_command(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '\t', '"', '\'']);
    before.is_empty() || before.ends_with(['\n', ';', '|', '&', '(', '{'])
}

/// A command with its words.
struct Command<'a> {
    program: &'a str,
    words: Vec<&'a str>,
    /// Where its output goes, and whether to the end of what is there.
    target: Option<&'a str>,
    appends: bool,
    /// A text that follows its line.
    document: Option<&'a str>,
    end: usize,
}

/// What a word of a command is.
#[derive(Clone, Copy)]
enum Place {
    Words,
    /// The file to which its output goes.
    Target,
    /// What a document that follows ends with.
    Tag,
}

impl Place {
    /// What a sign makes of the word, or of the next where the sign stands alone.
    fn opened(word: &str) -> Option<(Place, &str)> {
        let tag = word.strip_prefix("<<").filter(|tag| !tag.starts_with('<'));
        let tag = tag.map(|tag| (Place::Tag, tag.trim_start_matches('-')));
        tag.or_else(|| word.strip_prefix('>').map(|file| (Place::Target, file.trim_start_matches('>'))))
    }
}

impl<'a> Command<'a> {
    fn read(text: &'a str, at: usize) -> Self {
        let (mut words, mut target, mut tag, mut appends) = (Vec::new(), None, None, false);
        let (mut end, mut place) = (at, Place::Words);
        while let Some(word) = next_word(text, end) {
            end = word.end;
            let word = &text[word];
            appends |= word.starts_with(">>");
            let (opened, word) = Place::opened(word).unwrap_or((place, word));
            place = if word.is_empty() { opened } else { Place::Words };
            match opened {
                _ if word.is_empty() => (),
                Place::Words => words.push(word),
                Place::Target => target = Some(word),
                Place::Tag => tag = Some(word),
            }
        }
        let document = tag.and_then(|tag| document(text, end, tag));
        end = document.as_ref().map_or(end, |document| document.end);
        let program = words.first().copied().unwrap_or_default();
        Command { program, words, target, document: document.map(|document| &text[document]), appends, end }
    }

    /// Adds what it writes.
    fn add_to(&self, patch: &mut Patch) {
        let Some(Patch { object, added, program, keeps, .. }) = self.written() else { return };
        if patch.object.is_empty() {
            patch.object = object;
        }
        patch.added.push_str(&added);
        patch.program.push_str(&program);
        patch.keeps |= keeps;
    }

    fn written(&self) -> Option<Patch> {
        let said = || self.words.get(1..).unwrap_or_default().join(" ");
        let content = || self.document.map_or_else(|| said() + "\n", str::to_owned);
        let puts = |target, keeps| {
            Some(Patch { object: file(target)?, added: content(), keeps, ..Patch::default() })
        };
        match self.program {
            "cat" | "echo" | "printf" => puts(self.target, self.appends),
            "tee" => puts(self.arguments().next(), self.words.contains(&"-a")),
            "sed" | "perl" if self.edits_in_place() => {
                let object = file(self.arguments().last())?;
                Some(Patch { object, program: said(), keeps: true, ..Patch::default() })
            }
            "sed" => None,
            _ => written_by_program(self.given()?),
        }
    }

    /// The program that an interpreter is given to run.
    fn given(&self) -> Option<&'a str> {
        let word = || self.words.iter().skip_while(|word| !matches!(**word, "-c" | "-e")).nth(1);
        self.document.or_else(|| word().map(|word| unquoted(word)))
    }

    /// The words that are no options.
    fn arguments(&self) -> impl Iterator<Item = &'a str> {
        self.words.iter().skip(1).copied().filter(|word| !word.starts_with('-'))
    }

    fn edits_in_place(&self) -> bool {
        self.words.iter().any(|word| word.starts_with("--in-place") || is_in_place(word))
    }
}

/// `-i`, `-i.bak`, `-pi`.
fn is_in_place(word: &str) -> bool {
    let letters = word.split('.').next().and_then(|word| word.strip_prefix('-')).unwrap_or_default();
    letters.len() <= 3 && !letters.starts_with('-') && letters.contains('i')
}

/// The next word of a command from a place on, quotes included; none where the command ends.
fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = from + bytes[from..].iter().take_while(|byte| blank(byte)).count();
    let (mut at, mut quote) = (start, None);
    while let Some(&byte) = bytes.get(at) {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => (),
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None if blank(&byte) || ends_command(bytes, at) => break,
            None => (),
        }
        at += if byte == b'\\' && quote != Some(b'\'') { 2 } else { 1 };
    }
    let end =
        (at.min(bytes.len())..bytes.len()).find(|&end| text.is_char_boundary(end)).unwrap_or(bytes.len());
    (end > start).then_some(start..end)
}

fn ends_command(bytes: &[u8], at: usize) -> bool {
    let redirects =
        || bytes.get(at + 1) == Some(&b'>') || at.checked_sub(1).is_some_and(|at| bytes[at] == b'>');
    matches!(bytes[at], b'\n' | b';' | b'|' | b')') || (bytes[at] == b'&' && !redirects())
}

/// The text that begins with the next line and ends before a line that holds nothing but the tag.
fn document(text: &str, from: usize, tag: &str) -> Option<Range<usize>> {
    let tag = unquoted(tag);
    let start = from + text[from..].find('\n')? + 1;
    let mut end = start;
    for line in text[start..].split_inclusive('\n') {
        if line.trim() == tag {
            break;
        }
        end += line.len();
    }
    Some(start..end)
}

/// The name of a file that is written to; a device or another stream is none.
fn file(word: Option<&str>) -> Option<String> {
    let file = unquoted(word?);
    (!file.starts_with(['&', '$']) && !file.starts_with("/dev/")).then(|| file.to_owned())
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// What stands between the quotes of a program: single ones within a line, or three of a kind.
fn literals(program: &str) -> Vec<&str> {
    let (mut literals, mut rest) = (Vec::new(), program);
    while let Some(at) = rest.find(['"', '\'']) {
        let quotes = ["\"\"\"", "'''", "\"", "'"];
        let quote = quotes.into_iter().find(|quote| rest[at..].starts_with(quote)).unwrap_or("'");
        let inner = &rest[at + quote.len()..];
        match closing(inner, quote) {
            Some(end) => {
                literals.push(&inner[..end]);
                rest = &inner[end + quote.len()..];
            }
            None => rest = inner,
        }
    }
    literals
}

/// Where a literal ends.
fn closing(inner: &str, quote: &str) -> Option<usize> {
    let within = if quote.len() > 1 { inner } else { inner.lines().next().unwrap_or_default() };
    let escaped = |at: usize| within[..at].bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1;
    within.match_indices(quote).map(|(at, _)| at).find(|&at| !escaped(at))
}

fn is_path(literal: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~' | '+' | '@');
    literal.len() > 2 && literal.contains(['/', '.']) && literal.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{written, written_by_program, written_in_editor};

    fn parts(text: &str) -> Option<(String, String)> {
        written(text).map(|patch| (patch.object, patch.added + &patch.program))
    }

    fn some(object: &str, added: &str) -> Option<(String, String)> {
        Some((object.to_owned(), added.to_owned()))
    }

    #[test]
    fn here_documents_are_files() {
        assert_eq!(
            parts("cat > src/a.rs <<'EOF'\nfn a() {}\nEOF\ncargo test"),
            some("src/a.rs", "fn a() {}\n")
        );
        assert_eq!(parts("cd w && cat <<EOF >> 'a b.md' && ls\nrm x\nEOF"), some("a b.md", "rm x\n"));
        assert_eq!(parts("sudo true; tee -a /etc/x <<- END\n\ty\n\tEND"), some("/etc/x", "\ty\n"));
        assert_eq!(parts("cat > a <<E\none\nE\ncat > b <<E\ntwo\nE"), some("a", "one\ntwo\n"));
    }

    #[test]
    fn output_that_is_written_on_purpose_is_an_edit_and_a_log_is_none() {
        assert_eq!(parts("echo 'a; b' >> notes.txt"), some("notes.txt", "'a; b'\n"));
        assert_eq!(parts("printf 'x\\n' >a.txt"), some("a.txt", "'x\\n'\n"));
        assert_eq!(parts("cargo test > /tmp/log 2>&1; cat /tmp/log"), None);
        assert_eq!(parts("echo done >&2; echo x > /dev/null; echo y 2>&1"), None);
        assert_eq!(parts("cat a.txt | head; concat > b"), None);
    }

    #[test]
    fn editors_of_streams_are_edits_in_place_only() {
        assert_eq!(
            parts("sed -i 's/a|b/c; d/' src/a.rs && ls"),
            some("src/a.rs", "-i 's/a|b/c; d/' src/a.rs")
        );
        assert_eq!(parts("perl -pi -e 's/a/b/' x.pl").map(|parts| parts.0), Some("x.pl".to_owned()));
        assert_eq!(parts("sed -n '1,20p' src/a.rs; sed -E 's/i/j/' b"), None);
    }

    #[test]
    fn programs_that_write_are_edits_and_those_that_read_are_none() {
        let script = "p = 'src/a.py'\ns = open(p).read()\nopen(p, 'w').write(s.replace(\"\"\"it's\n\"\"\", 'a\\'b'))\n";
        assert_eq!(
            parts(&format!("python3 - <<'EOF'\n{script}EOF")),
            some("src/a.py", "src/a.py\nw\nit's\n\na\\'b")
        );
        assert_eq!(parts("python3 - <<EOF\nprint(open('a.py').read())\nEOF"), None);
        assert_eq!(
            parts("node -e \"fs.writeFileSync('a.json', x)\"").map(|parts| parts.0),
            Some("a.json".to_owned())
        );
        assert!(written_by_program("Path('a/b.txt').write_text(x)").is_some());
        assert!(written_by_program("print('a/b.txt')").is_none());
    }

    #[test]
    fn commands_of_an_editor_are_edits_of_the_open_file() {
        let parts = |text| written_in_editor(text).map(|patch| (patch.removed, patch.added));
        let some = |removed: Option<&str>, added: &str| Some((removed.map(str::to_owned), added.to_owned()));
        assert_eq!(parts("edit 3:5\na\nb\nend_of_edit"), some(None, "a\nb\n"));
        assert_eq!(parts("edit 2:2 a.py\nx\nend_of_edit"), some(None, "x\n"));
        assert_eq!(parts("edit 'a b' \"c\nd\" False"), some(Some("a b"), "c\nd"));
        assert_eq!(parts("insert 'x\ny' 7"), some(Some(""), "x\ny"));
        for other in ["edit", "edit the file", "edit 3:5", "insert x", "open a.py 3:5"] {
            assert_eq!(parts(other), None, "{other}");
        }
    }

    proptest! {
        /// For all texts: nothing is read beyond the text, and what is found was there.
        #[test]
        fn any_text_is_read(text in "(cat |tee |sed -i |echo |>|<<|EOF|\n|'|\"|\\\\|;| |a|é|2>&1){0,40}") {
            if let Some(patch) = written(&text) {
                prop_assert!(text.contains(&patch.object));
            }
        }
    }
}
