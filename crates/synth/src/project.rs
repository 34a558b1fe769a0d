//! A project that changes as the agent works: packages, files with code, tests, history.
//!
//! Reading returns what is there, an edit changes it, searching really searches, and a test fails exactly as long as
//! the wrong line stands in the file that it covers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use crate::code::{self, Lang, Scope};
use crate::dice::Dice;
use crate::prose;
use crate::words::{DOMAINS, PROJECT_HEADS, PROJECT_TAILS, QUALIFIERS, SUFFIXES, VERBS};

/// A function of the project.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) file: String,
    /// The line that decides whether its tests pass, and how a bug spells it.
    pub(crate) right: String,
    pub(crate) wrong: String,
}

/// A test and the functions that it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) covers: Vec<usize>,
}

/// A mistake that keeps the project from building while it stands in the file.
#[derive(Debug, Clone)]
pub(crate) struct Slip {
    pub(crate) file: String,
    pub(crate) wrong: String,
    pub(crate) right: String,
}

/// The subject of the moment; prose is about it.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(crate) file: String,
    pub(crate) function: String,
    pub(crate) test: String,
    pub(crate) new: String,
    /// Which phrases the author of the session favours.
    pub(crate) accent: usize,
    nouns: Rc<[&'static str]>,
    functions: Rc<[String]>,
    types: Rc<[String]>,
}

impl Topic {
    /// A fact by the name of its slot.
    pub(crate) fn fact(&self, name: &str, dice: &mut Dice) -> String {
        match name {
            "file" => self.file.clone(),
            "base" => base_name(&self.file).to_owned(),
            "fn" => self.function.clone(),
            "fn2" => dice.pick(&self.functions),
            "new" => self.new.clone(),
            "test" => self.test.clone(),
            "type" => dice.pick(&self.types),
            "pkg" => parent(&self.file).to_owned(),
            "noun" | "noun2" => dice.pick(&self.nouns).to_owned(),
            other => format!("${other}"),
        }
    }
}

/// The project and its state.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) lang: Lang,
    pub(crate) name: String,
    /// Absolute path of the working directory.
    pub(crate) root: String,
    pub(crate) branch: String,
    pub(crate) functions: Vec<Function>,
    pub(crate) tests: Vec<Test>,
    pub(crate) slips: Vec<Slip>,
    /// Short hash and subject, newest first.
    pub(crate) commits: Vec<(String, String)>,
    files: BTreeMap<String, String>,
    /// Content at the last commit of the files changed since; `None` for new files.
    committed: BTreeMap<String, Option<String>>,
    nouns: Rc<[&'static str]>,
    function_names: Rc<[String]>,
    types: Rc<[String]>,
    /// What the session is mostly about; people do not talk about everything.
    focus_nouns: Rc<[&'static str]>,
    focus_functions: Rc<[String]>,
    accent: usize,
}

/// A test run.
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) ok: bool,
}

impl Project {
    /// A random project.
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let domains = dice.some(DOMAINS, 2);
        let mut nouns: Vec<&'static str> = domains.iter().flat_map(|domain| domain.nouns).copied().collect();
        dice.shuffle(&mut nouns);
        nouns.truncate(28);
        let lang = dice.pick(&Lang::ALL);
        let name = format!("{}-{}", dice.pick(PROJECT_HEADS), dice.pick(PROJECT_TAILS));
        let home = dice.pick(&[
            "/home/dev/src",
            "/Users/dev/code",
            "/workspace",
            "/home/dev/projects",
            "/srv/build",
        ]);
        let function_names = function_names(lang, &nouns, dice);
        let types = type_names(&nouns, dice);
        let mut project = Self {
            lang,
            root: format!("{home}/{name}"),
            name,
            branch: dice
                .pick(&["main", "main", "develop", "fix/$", "feature/$", "work"])
                .replace('$', dice.pick(&nouns)),
            functions: Vec::new(),
            tests: Vec::new(),
            slips: Vec::new(),
            commits: Vec::new(),
            files: BTreeMap::new(),
            committed: BTreeMap::new(),
            focus_nouns: nouns[..7].into(),
            focus_functions: function_names[..14].into(),
            accent: dice.index(1000),
            nouns: nouns.into(),
            function_names: function_names.into(),
            types: types.into(),
        };
        project.write_sources(&domains.iter().map(|domain| domain.name).collect::<Vec<_>>(), dice);
        project.write_documents(dice);
        let topic = project.topic(dice);
        project.commits = (0..12).map(|_| (dice.hex(7), prose::phrase("subject", dice, &topic))).collect();
        project
    }

    /// A random subject.
    pub(crate) fn topic(&self, dice: &mut Dice) -> Topic {
        let function = dice.index(self.functions.len());
        self.topic_of(function, dice)
    }

    /// The subject of a function.
    pub(crate) fn topic_of(&self, function: usize, dice: &mut Dice) -> Topic {
        let subject = &self.functions[function];
        let test = self.tests.iter().find(|test| test.covers.contains(&function));
        Topic {
            file: subject.file.clone(),
            function: subject.name.clone(),
            test: test.map_or_else(|| format!("{} works", subject.name), |test| test.name.clone()),
            new: self.fresh_name(dice),
            ..self.blank_topic()
        }
    }

    fn blank_topic(&self) -> Topic {
        Topic {
            file: String::new(),
            function: String::new(),
            test: String::new(),
            new: String::new(),
            accent: self.accent,
            nouns: Rc::clone(&self.focus_nouns),
            functions: Rc::clone(&self.focus_functions),
            types: Rc::clone(&self.types),
        }
    }

    /// A function name that is not taken yet.
    pub(crate) fn fresh_name(&self, dice: &mut Dice) -> String {
        let words = [dice.pick(VERBS), dice.pick(QUALIFIERS), dice.pick(QUALIFIERS), dice.pick(&self.nouns)];
        self.lang.function_name(&words)
    }

    /// What code of this project may refer to.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope { lang: self.lang, nouns: &self.nouns, types: &self.types, functions: &self.function_names }
    }

    /// Relative paths of all files.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    /// Relative paths of source files that are not tests.
    pub(crate) fn sources(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.functions.iter().map(|function| function.file.clone()).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// The text of a file.
    pub(crate) fn content(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The absolute path of a file.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    /// Writes a file.
    pub(crate) fn write(&mut self, path: &str, content: String) {
        let before = self.files.insert(path.to_owned(), content);
        self.committed.entry(path.to_owned()).or_insert(before);
    }

    /// Puts a file there as if it had always been.
    pub(crate) fn provide(&mut self, path: &str, content: String) {
        self.files.insert(path.to_owned(), content);
    }

    /// Removes a file; true when it was there.
    pub(crate) fn remove(&mut self, path: &str) -> bool {
        let before = self.files.remove(path);
        let known = before.is_some();
        self.committed.entry(path.to_owned()).or_insert(before);
        known
    }

    /// Replaces the first occurrence of a text; false when the file does not hold it.
    pub(crate) fn replace(&mut self, path: &str, old: &str, new: &str) -> bool {
        let Some(content) = self.files.get(path).filter(|content| content.contains(old)) else {
            return false;
        };
        let changed = content.replacen(old, new, 1);
        self.write(path, changed);
        true
    }

    /// Makes a function wrong, as if it had always been.
    pub(crate) fn plant(&mut self, function: usize) -> bool {
        let Function { file, right, wrong, .. } = self.functions[function].clone();
        let Some(content) = self.files.get_mut(&file).filter(|content| content.matches(&right).count() == 1)
        else {
            return false;
        };
        *content = content.replacen(&right, &wrong, 1);
        true
    }

    /// Whether the wrong line of a function stands in its file.
    pub(crate) fn is_faulty(&self, function: usize) -> bool {
        let subject = &self.functions[function];
        self.content(&subject.file).is_some_and(|content| content.contains(&subject.wrong))
    }

    /// The first mistake that keeps the project from building.
    pub(crate) fn slip(&self) -> Option<&Slip> {
        self.slips
            .iter()
            .find(|slip| self.content(&slip.file).is_some_and(|content| content.contains(&slip.wrong)))
    }

    /// `(path, line number, line)` of all lines that hold a text.
    pub(crate) fn grep(&self, needle: &str) -> Vec<(&str, usize, &str)> {
        self.files
            .iter()
            .flat_map(|(path, content)| {
                content.lines().enumerate().map(move |(i, line)| (path.as_str(), i + 1, line))
            })
            .filter(|(_, _, line)| line.contains(needle))
            .collect()
    }

    /// Adds a function to a file and to the index.
    pub(crate) fn adopt(&mut self, name: &str, file: &str, right: String, wrong: String) -> usize {
        self.functions.push(Function { name: name.to_owned(), file: file.to_owned(), right, wrong });
        self.functions.len() - 1
    }

    /// The test file that belongs to a source file.
    pub(crate) fn test_file(&self, source: &str) -> String {
        let stem = base_name(source).split('.').next().unwrap_or_default();
        match self.lang {
            Lang::Rust => format!("tests/{stem}.rs"),
            Lang::Python => format!("tests/test_{stem}.py"),
            Lang::Go => source.replace(".go", "_test.go"),
            Lang::TypeScript => source.replace(".ts", ".test.ts"),
        }
    }

    /// Runs the tests whose name or file contains the filter.
    pub(crate) fn run_tests(&self, filter: &str, dice: &mut Dice) -> Run {
        if let Some(slip) = self.slip() {
            return Run { text: self.build_error(slip), ok: false };
        }
        let chosen: Vec<&Test> = self
            .tests
            .iter()
            .filter(|test| test.name.contains(filter) || test.file.contains(filter))
            .collect();
        let failed: Vec<(&Test, &Function)> =
            chosen.iter().filter_map(|test| Some((*test, self.culprit(test)?))).collect();
        let text = crate::shell::test_report(self, &chosen, &failed, dice);
        Run { text, ok: failed.is_empty() }
    }

    /// The compiler's message about a mistake.
    pub(crate) fn build_error(&self, slip: &Slip) -> String {
        let line = self.line_of(&slip.file, &slip.wrong);
        crate::shell::build_error(self, slip, line)
    }

    /// One-based line of a text in a file; 1 when it is not there.
    pub(crate) fn line_of(&self, path: &str, text: &str) -> usize {
        let needle = text.lines().next().unwrap_or_default();
        let position =
            self.content(path).and_then(|content| content.lines().position(|line| line.contains(needle)));
        position.map_or(1, |line| line + 1)
    }

    /// Paths changed since the last commit, with added and removed lines.
    pub(crate) fn changes(&self) -> Vec<(String, usize, usize)> {
        self.committed
            .iter()
            .filter_map(|(path, before)| {
                let (removed, added) =
                    changed_lines(before.as_deref().unwrap_or_default(), self.content(path)?);
                let changed = !removed.is_empty() || !added.is_empty();
                changed.then(|| (path.clone(), added.len(), removed.len()))
            })
            .collect()
    }

    /// Paths that the last commit did not know.
    pub(crate) fn is_new(&self, path: &str) -> bool {
        matches!(self.committed.get(path), Some(None))
    }

    /// A unified diff of the changes since the last commit, at most so many lines.
    pub(crate) fn diff(&self, limit: usize) -> String {
        let mut text = String::new();
        for (path, before) in &self.committed {
            let after = self.content(path).unwrap_or_default();
            let (removed, added) = changed_lines(before.as_deref().unwrap_or_default(), after);
            if removed.is_empty() && added.is_empty() {
                continue;
            }
            let _ = writeln!(text, "diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}");
            removed.iter().for_each(|line| text.push_str(&format!("-{line}\n")));
            added.iter().for_each(|line| text.push_str(&format!("+{line}\n")));
        }
        text.lines().take(limit).collect::<Vec<_>>().join("\n")
    }

    /// Commits all changes and gives the hash.
    pub(crate) fn commit(&mut self, subject: &str, dice: &mut Dice) -> String {
        let hash = dice.hex(7);
        self.commits.insert(0, (hash.clone(), subject.to_owned()));
        self.committed.clear();
        hash
    }

    fn culprit(&self, test: &Test) -> Option<&Function> {
        test.covers
            .iter()
            .find(|function| self.is_faulty(**function))
            .map(|function| &self.functions[*function])
    }

    fn write_sources(&mut self, packages: &[&str], dice: &mut Dice) {
        let names = Rc::clone(&self.function_names);
        let mut names = names.iter().cloned();
        let modules = dice.some(&self.nouns, 8 + dice.clone().index(17));
        for module in modules {
            let package = dice.pick(packages);
            let file = self.source_path(package, module);
            let count = dice.quantile(&[(0.0, 2.0), (0.5, 8.0), (0.9, 18.0), (1.0, 40.0)]) as usize;
            let mine: Vec<String> = names.by_ref().take(count).collect();
            if !mine.is_empty() {
                self.write_module(&file, &mine, dice);
            }
        }
    }

    fn write_module(&mut self, file: &str, names: &[String], dice: &mut Dice) {
        let mut text = code::head(&self.scope(), dice);
        for _ in 0..dice.between(0, 2) {
            let name = dice.pick(&self.types);
            text.push_str(&format!("\n{}", code::record(&name, &self.scope(), dice)));
        }
        let test_file = self.test_file(file);
        let mut tests = code::head(&self.scope(), dice);
        for name in names {
            let doc = self.doc_line(name, file, dice);
            let written = code::function(name, &doc, &self.scope(), dice);
            text.push_str(&format!("\n{}", written.text));
            let function = self.adopt(name, file, written.right, written.wrong);
            for _ in 0..dice.between(0, 2) {
                tests.push_str(&format!("\n{}", self.new_test(function, &test_file, dice)));
            }
        }
        self.files.insert(file.to_owned(), text);
        self.files.insert(test_file, tests);
    }

    /// Registers a test of a function and gives its code.
    pub(crate) fn new_test(&mut self, function: usize, file: &str, dice: &mut Dice) -> String {
        let words = [
            dice.pick(QUALIFIERS),
            dice.pick(&self.nouns),
            dice.pick(&["keeps", "loses", "gets", "has", "needs", "skips", "sorts", "rejects"]),
            dice.pick(&self.nouns),
        ];
        let name = self.lang.test_name(&words);
        let subject = self.functions[function].name.clone();
        let text = code::test(&name, &subject, &self.scope(), dice);
        self.tests.push(Test { name, file: file.to_owned(), covers: vec![function] });
        text
    }

    fn doc_line(&self, name: &str, file: &str, dice: &mut Dice) -> String {
        let topic = Topic {
            file: file.to_owned(),
            function: name.to_owned(),
            accent: dice.index(100),
            nouns: Rc::clone(&self.nouns),
            functions: Rc::clone(&self.function_names),
            ..self.blank_topic()
        };
        prose::phrase("doc", dice, &topic)
    }

    fn source_path(&self, package: &str, module: &str) -> String {
        let extension = self.lang.extension();
        match self.lang {
            Lang::Rust => format!("crates/{package}/src/{module}.{extension}"),
            Lang::Python => format!("{}/{package}/{module}.{extension}", self.name.replace('-', "_")),
            Lang::Go => format!("internal/{package}/{module}.{extension}"),
            Lang::TypeScript => format!("src/{package}/{module}.{extension}"),
        }
    }

    fn write_documents(&mut self, dice: &mut Dice) {
        let topic = self.topic(dice);
        let readme = format!(
            "# {}\n\n{}\n\n## Usage\n\n{}\n",
            self.name,
            prose::paragraph("survey", 4, dice, &topic),
            prose::paragraph("answer", 5, dice, &topic)
        );
        self.files.insert("README.md".to_owned(), readme);
        let notes: String = (0..dice.between(4, 12))
            .map(|_| format!("- {}\n", prose::phrase("finding", dice, &topic)))
            .collect();
        self.files.insert("docs/notes.md".to_owned(), format!("# Notes\n\n{notes}"));
        let settings: String = dice
            .some(&self.nouns, 9)
            .iter()
            .map(|noun| format!("  \"{noun}_limit\": {},\n", dice.between(2, 900)))
            .collect();
        self.files.insert(
            "config/default.json".to_owned(),
            format!("{{\n{settings}  \"name\": \"{}\"\n}}\n", self.name),
        );
        let manifest = match self.lang {
            Lang::Rust => format!(
                "[workspace]\nmembers = [\"crates/*\"]\n\n[workspace.package]\nname = \"{}\"\n",
                self.name
            ),
            Lang::Python => format!("[project]\nname = \"{}\"\nrequires-python = \">=3.11\"\n", self.name),
            Lang::Go => format!("module example.org/{}\n\ngo 1.23\n", self.name),
            Lang::TypeScript => format!(
                "{{\n  \"name\": \"{}\",\n  \"scripts\": {{ \"test\": \"vitest run\" }}\n}}\n",
                self.name
            ),
        };
        self.files.insert(self.manifest().to_owned(), manifest);
    }

    /// The file that names the project's dependencies.
    pub(crate) fn manifest(&self) -> &'static str {
        match self.lang {
            Lang::Rust => "Cargo.toml",
            Lang::Python => "pyproject.toml",
            Lang::Go => "go.mod",
            Lang::TypeScript => "package.json",
        }
    }
}

/// The last part of a path.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The path without its last part.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(parent, _)| parent)
}

fn function_names(lang: Lang, nouns: &[&'static str], dice: &mut Dice) -> Vec<String> {
    let mut names: Vec<String> = (0..400)
        .map(|_| {
            let (verb, noun, qualifier) = (dice.pick(VERBS), dice.pick(nouns), dice.pick(QUALIFIERS));
            if dice.chance(0.5) {
                lang.function_name(&[verb, noun])
            } else {
                lang.function_name(&[verb, qualifier, noun])
            }
        })
        .collect();
    names.sort();
    names.dedup();
    dice.shuffle(&mut names);
    names
}

fn type_names(nouns: &[&'static str], dice: &mut Dice) -> Vec<String> {
    (0..14).map(|_| format!("{}{}", prose::capitalise(dice.pick(nouns)), dice.pick(SUFFIXES))).collect()
}

/// Lines between the common beginning and the common end of two texts.
fn changed_lines<'a>(before: &'a str, after: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    (old[start..old.len() - end].to_vec(), new[start..new.len() - end].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(seed: u64) -> (Project, Dice) {
        let mut dice = Dice::for_session("project", "test", seed);
        (Project::new(&mut dice), dice)
    }

    #[test]
    fn a_test_fails_as_long_as_the_wrong_line_stands() {
        let (mut project, mut dice) = project(3);
        let function = (0..project.functions.len())
            .find(|f| project.tests.iter().any(|test| test.covers.contains(f)) && project.clone().plant(*f))
            .unwrap();
        assert!(project.run_tests("", &mut dice).ok);
        assert!(project.plant(function));
        assert!(!project.run_tests("", &mut dice).ok);
        let Function { file, right, wrong, .. } = project.functions[function].clone();
        assert!(project.replace(&file, &wrong, &right));
        assert!(project.run_tests("", &mut dice).ok);
    }

    #[test]
    fn changes_are_counted_until_they_are_committed() {
        let (mut project, mut dice) = project(4);
        let path = project.sources()[0].clone();
        let content = project.content(&path).unwrap().to_owned();
        project.write(&path, format!("{content}one\ntwo\n"));
        assert_eq!(project.changes(), [(path.clone(), 2, 0)]);
        project.write(&path, content);
        assert_eq!(project.changes(), []);
        project.commit("nothing", &mut dice);
        assert_eq!(project.diff(10), "");
    }

    #[test]
    fn projects_differ() {
        let names: std::collections::BTreeSet<String> =
            (0..40).flat_map(|seed| project(seed).0.paths()).filter(|path| path.contains('/')).collect();
        assert!(names.len() > 400, "{}", names.len());
    }
}
