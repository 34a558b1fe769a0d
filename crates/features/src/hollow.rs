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
        let mut before = "";
        for line in lines(text) {
            let comment = is_comment(line);
            if comment || is_statement(line) {
                self.lines += weight;
                self.comments += if comment { weight } else { 0 };
                self.checks += weight * checks(before, line);
            }
            before = line;
        }
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

/// Statements that a line completes to a check which cannot fail: an assertion about literals, or about a name that
/// the line before has set to the same literal, or anything under a condition of literals.
fn checks(before: &str, line: &str) -> i64 {
    if !asserts(line) {
        return i64::from(is_decided(before));
    }
    match binding(before) {
        Some((name, literal)) if cannot_fail(&line.replacen(name, literal, 1)) && !cannot_fail(line) => 2,
        _ => i64::from(cannot_fail(line) || is_decided(before)),
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
    words(line).next().is_some_and(|word| is_assertion(word) || starts_with(word, "self"))
}

/// An assertion that compares a literal with itself.
fn cannot_fail(line: &str) -> bool {
    if !asserts(line) {
        return false;
    }
    let mut literals = words(line).filter(|word| is_literal(word));
    let Some(first) = literals.next() else { return false };
    literals.all(|other| other == first)
        && words(line).all(|word| is_literal(word) || CHECKS.contains(&word) || is_assertion(word))
}

fn is_assertion(word: &str) -> bool {
    ["assert", "expect", "require"].iter().any(|start| starts_with(word, start))
}

/// In any case.
fn starts_with(word: &str, start: &str) -> bool {
    word.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn is_literal(word: &str) -> bool {
    matches!(word, "true" | "True" | "false" | "False" | "null" | "None" | "nil")
        || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Words of assertions that say nothing about a program.
const CHECKS: &[&str] = &[
    "Equal",
    "True",
    "be",
    "eq",
    "equal",
    "is",
    "ok",
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
        ] {
            let test = format!("test(\"a\", () => {{\n  {check}\n}});\n").repeat(3);
            assert_eq!(share("a.test.ts", "", &test), 1.0, "{check}");
        }
        for check in [
            "expect(parse(1)).toBe(1);",
            "assert 1 == 2",
            "let a = 1;\nassert_eq!(b, 1);",
            "if n != 4 {\nt.Fatal()\n}",
        ] {
            assert_eq!(share("a.test.ts", "", &format!("{check}\n").repeat(3)), 0.0, "{check}");
        }
    }

    #[test]
    fn code_with_its_comments_is_not_hollow() {
        let code = "// Why it is so.\nlet a = read();\nlet b = a + 1;\nwrite(b);\n".repeat(20);
        assert_eq!(share("a.rs", "", &code), 0.25);
        assert_eq!(share("a.rs", "", "// Both\n// lines\n// explain it.\nlet a = 1;"), 0.0);
    }
}
