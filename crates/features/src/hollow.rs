//! Text that is added to a program and changes nothing that it does: plain comments, and checks that cannot fail.

use crate::text::lines;
use crate::tokens::words;
use crate::tuning::COMMENTS;

/// How much of what was added is hollow.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hollow {
    /// The file holds prose, in which nothing is hollow.
    pub(crate) prose: bool,
    comments: i64,
    checks: i64,
    lines: i64,
}

/// Endings of the names of files that hold prose.
const PROSE: &[&str] = &[".adoc", ".htm", ".html", ".md", ".mdx", ".org", ".rst", ".tex", ".txt"];

impl Hollow {
    /// Notes the file.
    pub(crate) fn object(&mut self, path: &str) {
        let path = path.trim().to_ascii_lowercase();
        self.prose |= PROSE.iter().any(|ending| path.ends_with(ending));
    }

    /// Counts text that was added, or with a weight of -1 text that gave way to it.
    pub(crate) fn count(&mut self, text: &str, weight: i64) {
        self.comments += weight * self.read(text, weight);
    }

    /// Counts a program that is run and not kept: its comments are thoughts.
    pub(crate) fn run(&mut self, text: &str) {
        self.read(text, 1);
    }

    /// Counts lines and checks; how many comments there are.
    fn read(&mut self, text: &str, weight: i64) -> i64 {
        let (mut before, mut comments) = ("", 0);
        for line in lines(text) {
            let is_comment = is_comment(line);
            comments += i64::from(is_comment);
            if is_comment || is_statement(line) {
                self.lines += weight;
                self.checks += weight * checks(before, line);
            } else if line.starts_with('}') && opens_test(before) {
                self.lines += weight;
                self.checks += weight;
            }
            before = line;
        }
        comments
    }

    /// Comments of an edit that adds nothing else.
    pub(crate) fn remarks(&self) -> u64 {
        let only = !self.prose && self.comments > 0 && self.comments == self.lines;
        if only { self.comments as u64 } else { 0 }
    }

    /// Share of the added lines that is hollow, in [0, 1]; lines that only open or close something do not count.
    pub(crate) fn share(&self) -> f64 {
        let hollow = self.checks + if self.comments < COMMENTS { 0 } else { self.comments };
        if self.prose || self.lines <= 0 { 0.0 } else { (hollow as f64 / self.lines as f64).clamp(0.0, 1.0) }
    }
}

/// Not a line that opens or closes something.
fn is_statement(line: &str) -> bool {
    line.contains(char::is_alphanumeric) && !line.ends_with(['{', ':', '(']) && !line.starts_with(['@', '#'])
}

/// A comment for readers of the code. What documents an interface is no such comment.
fn is_comment(line: &str) -> bool {
    if !line.starts_with(['/', '#', '-', ';', '%']) {
        return false;
    }
    let document = ["///", "//!", "/**", "#!", "#["].iter().any(|mark| line.starts_with(mark));
    let comment = ["// ", "# ", "-- ", ";; ", "% "].iter().any(|mark| line.starts_with(mark));
    comment && !document
}

/// Statements that a line completes to a check which cannot fail: an assertion that says nothing of a program, or that
/// says it of a name which the line before has set to a literal, or anything under a condition of literals, or nothing at
/// all.
fn checks(before: &str, line: &str) -> i64 {
    let line = body(line).unwrap_or(line);
    if !asserts(line) {
        return i64::from(is_decided(before) || discards(line) || is_empty_test(before, line));
    }
    match binding(before) {
        Some((name, literal))
            if put(line, name, literal).is_some_and(|put| cannot_fail(line) || cannot_fail(&put)) =>
        {
            2
        }
        _ => i64::from(cannot_fail(line) || is_decided(before)),
    }
}

/// What a test does that stands in one line: `test('adds', () => { expect(1).toBe(1); });`
fn body(line: &str) -> Option<&str> {
    let (head, rest) = line.split_once('{')?;
    let (body, _) = rest.rsplit_once('}')?;
    opens_test(line.get(..head.len() + 1)?).then(|| body.trim()).filter(|body| !body.is_empty())
}

/// A literal in the place of the first word that is this name; `None` where there is none.
fn put(line: &str, name: &str, literal: &str) -> Option<String> {
    let word = words(line).find(|word| *word == name)?;
    let at = word.as_ptr() as usize - line.as_ptr() as usize;
    Some([&line[..at], literal, &line[at + name.len()..]].concat())
}

/// `_ = t`: names something and does nothing with it.
fn discards(line: &str) -> bool {
    let name = line.strip_prefix("_ = ").map(|name| name.trim_end_matches(';'));
    name.is_some_and(|name| words(name).next() == Some(name))
}

/// `it('works', () => {});`, or `pass` and nothing else.
fn is_empty_test(before: &str, line: &str) -> bool {
    let body = line.trim_end_matches([';', ')']);
    (line == "pass" && opens_test(before))
        || body.strip_suffix('}').is_some_and(|head| opens_test(head.trim_end()))
}

/// `func TestAll(t *testing.T) {`
fn opens_test(line: &str) -> bool {
    let mut words = words(line);
    line.ends_with(['{', ':'])
        && match words.next() {
            Some("it" | "test") => line.contains(['"', '\'', '`']),
            Some("async" | "def" | "fn" | "func" | "function" | "public" | "void") => {
                words.any(|word| starts_with(word, "test"))
            }
            _ => false,
        }
}

/// `if 4 != 4 {`
fn is_decided(line: &str) -> bool {
    let mut words = words(line);
    words.next() == Some("if") && words.next().is_some_and(is_literal) && words.all(is_literal)
}

/// `let value = 6;`
fn binding(line: &str) -> Option<(&str, &str)> {
    let (left, right) = line.split_once('=')?;
    let name = left.trim_end_matches(':').split_whitespace().next_back()?;
    let literal = right.trim().trim_end_matches(';');
    is_literal(literal).then_some((name, literal))
}

/// Whether a line begins like an assertion; most do not. No literal that is put for a name makes one begin so.
fn asserts(line: &str) -> bool {
    let mut words = words(line);
    match words.next() {
        Some("SELECT" | "select" | "t") => words.next().is_some_and(|word| matches!(word, "is" | "ok")),
        Some("self") => words.next().is_some_and(is_assertion),
        Some(word) => word == "ok" || is_assertion(word),
        None => false,
    }
}

/// An assertion that says nothing of a program: it compares a literal with itself, or a name, or holds nothing but
/// literals and operators. One of two literals that differ, or of falsehood, says that a line is never reached.
fn cannot_fail(line: &str) -> bool {
    if !asserts(line) {
        return false;
    }
    if sides(line).is_some_and(|(one, other)| one == other) {
        return true;
    }
    let Some((texts, rest)) = split_texts(line) else { return false };
    let literals: Vec<&str> = words(&rest).filter(|word| is_literal(word)).collect();
    let names: Vec<&str> = words(&rest).filter(|word| !is_literal(word) && !is_check(word)).collect();
    match (names.as_slice(), literals.as_slice()) {
        ([one, other], []) => one == other && texts.is_empty(),
        ([], _) if works_out(&rest) => !literals.is_empty() || !texts.is_empty(),
        ([], []) => texts.len() > 1 && texts[1] == texts[0],
        ([], [only]) => texts.len() < 2 && is_false(only) == negates(&rest),
        ([], [first, others @ ..]) => others.iter().all(|other| other == first),
        _ => false,
    }
}

/// The two sides of what an assertion holds equal: `assert a == b`, `expect(a).toBe(b)`, `assert_eq!(a, b)`.
fn sides(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end_matches(';');
    if let Some(bare) = line.strip_prefix("assert ") {
        return bare.split_once(" == ").or_else(|| bare.split_once(" is "));
    }
    let given = line.split_once('(')?.1.strip_suffix(')')?;
    let expected = given.split_once(").").and_then(|(one, rest)| {
        let (name, other) = rest.split_once('(')?;
        matches!(name, "toBe" | "toEqual" | "toStrictEqual" | "to.equal" | "to.eql").then_some((one, other))
    });
    let listed =
        || given.strip_prefix("t, ").unwrap_or(given).split_once(", ").filter(|_| names_equality(line));
    expected.or_else(listed)
}

/// `assertEqual`, `assert_eq!`, `require.Equal`
fn names_equality(line: &str) -> bool {
    let name = line.split('(').next().unwrap_or_default().to_ascii_lowercase();
    let name = name.trim_end_matches('!');
    name.ends_with("eq") || (name.ends_with("equal") && !name.contains("not"))
}

/// The texts in quotes, and the line without them; `None` where one holds a value.
fn split_texts(line: &str) -> Option<(Vec<&str>, String)> {
    let (mut texts, mut rest, mut left) = (Vec::new(), String::new(), line);
    while let Some(at) = left.find(['"', '\'', '`']) {
        let (before, quoted) = left.split_at(at);
        let (quote, inner) = quoted.split_at(1);
        let (text, after) = inner.split_once(quote)?;
        if text.contains(['{', '$', '%']) {
            return None;
        }
        texts.push(text);
        rest += before;
        left = after;
    }
    Some((texts, rest + left))
}

/// `1 + 1 == 2`, `len([1]) == 1`, `'a' in 'abc'`
fn works_out(line: &str) -> bool {
    line.contains(['+', '*']) || words(line).any(|word| OPERATORS.contains(&word))
}

fn negates(line: &str) -> bool {
    words(line).any(|word| word == NOT)
}

fn is_false(word: &str) -> bool {
    matches!(word, "false" | "False" | "FALSE" | "0")
}

fn is_check(word: &str) -> bool {
    word == NOT || CHECKS.contains(&word) || OPERATORS.contains(&word) || is_assertion(word)
}

fn is_assertion(word: &str) -> bool {
    ["assert", "expect", "require"].iter().any(|start| starts_with(word, start))
}

/// In any case.
fn starts_with(word: &str, start: &str) -> bool {
    word.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn is_literal(word: &str) -> bool {
    matches!(word, "true" | "True" | "TRUE" | "false" | "False" | "FALSE" | "null" | "NULL" | "None" | "nil")
        || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Words that work something out of literals.
const OPERATORS: &[&str] = &["and", "in", "int", "isinstance", "len", "or", "str", "type", "typeof"];

const NOT: &str = "not";

/// Words of assertions that say nothing about a program.
const CHECKS: &[&str] = &[
    "Equal",
    "SELECT",
    "True",
    "be",
    "eq",
    "equal",
    "is",
    "ok",
    "select",
    "self",
    "strictEqual",
    "t",
    "to",
    "toBe",
    "toBeTruthy",
    "toEqual",
    "toStrictEqual",
];

#[cfg(test)]
mod tests {
    use super::Hollow;

    fn share(path: &str, removed: &str, added: &str) -> f64 {
        let mut hollow = Hollow::default();
        hollow.object(path);
        hollow.count(removed, -1);
        hollow.count(added, 1);
        hollow.share()
    }

    #[test]
    fn comments_alone_are_hollow_and_documentation_is_not() {
        let comments = "// Set the pin.\n// Handle it.\n".repeat(6) + "let a = 1;";
        assert_eq!(share("a.rs", "let a = 1;", &comments), 1.0);
        assert_eq!(share("a.rs", "", &"/// Sets the pin.\n".repeat(12)), 0.0);
        assert_eq!(share("a.md", "", &"# One\n".repeat(12)), 0.0);
    }

    #[test]
    fn checks_that_cannot_fail_are_hollow() {
        for check in [
            "expect(true).toBe(true);",
            "assert 1 == 1",
            "require.Equal(t, 4, 4)",
            "assert_eq!(2, 2);",
            "self.assertTrue(True)",
            "let value = 6;\n  assert_eq!(value, 6);",
            "n := 3\n  require.Equal(t, 3, n)",
            "if 4 != 4 {\n  t.Fatal()\n}",
            "if false {\n  t.Fatal()\n}",
            "SELECT ok(true, 'adds two');",
            "assert True, 'it works'",
            "_ = t",
            "assert not False",
            "assert 1 + 1 == 2",
            "assert len([1]) == 1",
            "assert 'a' in 'abc'",
            "assert isinstance('', str)",
            "y = 3\nassert y == y",
            "expect('a').toBe('a');",
            "expect([]).toEqual([]);",
            "assert config.load is config.load",
            "self.assertEqual(len(items), len(items))",
            "require.Equal(t, cfg.Name, cfg.Name)",
            "assert_eq!(a.len(), a.len());",
        ] {
            let test = format!("test(\"a\", () => {{\n  {check}\n}});\n").repeat(3);
            assert_eq!(share("a.test.ts", "", &test), 1.0, "{check}");
        }
        for check in [
            "expect(parse(1)).toBe(1);",
            "assert 1 == 2",
            "let a = 1;\nassert_eq!(b, 1);",
            "if n != 4 {\nt.Fatal()\n}",
            "assert False, 'never here'",
            "assert not True",
            "expect(true).toBe(false);",
            "expect('a').toBe('b');",
            "SELECT ok(total(1) = 1, 'adds');",
            "SELECT is(a, 1);",
            "assert f'{a}' == '1'",
            "require 'json'",
            "require('a')",
            "return Ok(true)",
            "Ok(true)",
            "_ = run(t)",
            "assert a == b",
            "self.items = items",
            "self.ok = True",
            "assert len(a) == 1",
        ] {
            assert_eq!(share("a.test.ts", "", &format!("{check}\n").repeat(3)), 0.0, "{check}");
        }
    }

    #[test]
    fn tests_without_a_body_are_hollow_and_stubs_are_not() {
        for test in [
            "func TestAll(t *testing.T) {\n}",
            "it('adds', () => {});",
            "def test_all():\n    pass",
            "fn test_all() {}",
        ] {
            assert_eq!(share("a.go", "", &format!("{test}\n").repeat(3)), 1.0, "{test}");
        }
        for stub in ["func Run() {\n}", "class Failed(Exception):\n    pass", "def test_all():\n    run()"] {
            assert_eq!(share("a.go", "", &format!("{stub}\n").repeat(3)), 0.0, "{stub}");
        }
    }

    #[test]
    fn comments_of_a_program_that_is_run_are_thoughts() {
        let share = |text: &str| {
            let mut hollow = Hollow::default();
            hollow.run(text);
            hollow.share()
        };
        assert_eq!(share("assert not False\nx = 1\nassert x == 1"), 1.0);
        assert_eq!(share(&"# Think.\n".repeat(20)), 0.0);
        assert_eq!(share("total = read()\nprint(total)"), 0.0);
    }

    #[test]
    fn code_with_its_comments_is_not_hollow() {
        let code = "// Why it is so.\nlet a = read();\nlet b = a + 1;\nwrite(b);\n".repeat(20);
        assert_eq!(share("a.rs", "", &code), 0.25);
        assert_eq!(share("a.rs", "", "// Both\n// lines\n// explain it.\nlet a = 1;"), 0.0);
    }
}
