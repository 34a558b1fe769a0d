//! What the shell prints in a project: test runs, builds, git and the small tools.

use std::fmt::Write as _;

use crate::code::Lang;
use crate::dice::Dice;
use crate::project::{Function, Project, Slip, Test, base_name, parent};
use crate::prose;
use crate::script::Outcome;

/// A command and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) line: String,
    pub(crate) about: String,
    pub(crate) outcome: Outcome,
    pub(crate) ms: u64,
}

impl Command {
    /// A command that succeeds.
    pub(crate) fn ok(
        line: impl Into<String>,
        about: impl Into<String>,
        text: impl Into<String>,
        ms: u64,
    ) -> Self {
        Self { line: line.into(), about: about.into(), outcome: Outcome::ok(text), ms }
    }

    /// A command that fails with this exit code.
    pub(crate) fn failed(
        line: impl Into<String>,
        about: impl Into<String>,
        code: u32,
        text: &str,
        ms: u64,
    ) -> Self {
        let outcome = Outcome::error(format!("Exit code {code}\n{text}"));
        Self { line: line.into(), about: about.into(), outcome, ms }
    }
}

/// A test run of everything, or of the tests that match a filter.
pub(crate) fn tests(project: &Project, filter: &str, dice: &mut Dice) -> Command {
    let run = project.run_tests(filter, dice);
    let base = match project.lang {
        Lang::Rust => dice.pick(&["cargo test", "cargo test --workspace", "cargo test -q"]),
        Lang::Python => dice.pick(&["python -m pytest -q", "pytest -x -q", "uv run pytest -q"]),
        Lang::Go => dice.pick(&["go test ./...", "go test -count=1 ./..."]),
        Lang::TypeScript => dice.pick(&["npm test --silent", "npx vitest run"]),
    };
    let selected = match (filter.is_empty(), project.lang) {
        (true, _) => base.to_owned(),
        (false, Lang::Python) => format!("{base} -k {filter}"),
        (false, Lang::Go) => format!("{base} -run {filter}"),
        (false, Lang::TypeScript) => format!("{base} -t \"{filter}\""),
        (false, Lang::Rust) => format!("{base} {filter}"),
    };
    let line = format!("{selected}{}", dice.pick(&["", " 2>&1 | tail -40", " 2>&1", " 2>&1 | tail -30"]));
    let about =
        if filter.is_empty() { "Run the tests".to_owned() } else { format!("Run tests matching {filter}") };
    let ms = dice.between(1_500, 40_000);
    if run.ok || line.contains("tail") && dice.chance(0.7) {
        Command::ok(line, about, run.text, ms)
    } else {
        Command::failed(line, about, if project.lang == Lang::Rust { 101 } else { 1 }, &run.text, ms)
    }
}

/// The report of a test run.
pub(crate) fn test_report(
    project: &Project,
    run: &[&Test],
    failed: &[(&Test, &Function)],
    dice: &mut Dice,
) -> String {
    let passed = run.len() - failed.len();
    let seconds = format!("{}.{:02}", dice.between(0, 14), dice.between(0, 99));
    let mut text = String::new();
    for (test, function) in failed {
        let (wanted, got) = expectation(function);
        let line = project.line_of(&test.file, &test.name) + 3;
        let _ = match project.lang {
            Lang::Rust => writeln!(
                text,
                "---- {} stdout ----\n\nthread '{}' panicked at {}:{line}:5:\nassertion `left == right` failed: {}\n  left: {got}\n right: {wanted}\n",
                test.name, test.name, test.file, function.name
            ),
            Lang::Python => writeln!(
                text,
                "____ {} ____\n\n>       assert {}(rows) == {wanted}\nE       assert {got} == {wanted}\n\n{}:{line}: AssertionError",
                test.name, function.name, test.file
            ),
            Lang::Go => writeln!(
                text,
                "--- FAIL: {} (0.0{}s)\n    {}:{line}: {}: got {got}, want {wanted}",
                test.name,
                got % 10,
                base_name(&test.file),
                function.name
            ),
            Lang::TypeScript => writeln!(
                text,
                " FAIL  {} > {}\nAssertionError: expected {got} to be {wanted} // {}\n ❯ {}:{line}:18",
                test.file, test.name, function.name, test.file
            ),
        };
    }
    text.push_str(&roll_call(project, run, failed, dice));
    let failures = failed.len();
    let _ = match project.lang {
        Lang::Rust if failures == 0 => {
            writeln!(text, "\ntest result: ok. {passed} passed; 0 failed; 0 ignored; finished in {seconds}s")
        }
        Lang::Rust => writeln!(
            text,
            "\ntest result: FAILED. {passed} passed; {failures} failed; finished in {seconds}s"
        ),
        Lang::Python if failures == 0 => writeln!(text, "{passed} passed in {seconds}s"),
        Lang::Python => writeln!(text, "{failures} failed, {passed} passed in {seconds}s"),
        Lang::Go => writeln!(text, "{}", go_packages(run, failed, dice)),
        Lang::TypeScript if failures == 0 => {
            writeln!(text, " Tests  {passed} passed ({passed})\n Duration  {seconds}s")
        }
        Lang::TypeScript => {
            writeln!(text, " Tests  {failures} failed | {passed} passed\n Duration  {seconds}s")
        }
    };
    text.trim_end().to_owned()
}

/// The tests by name while they are few, dots when they are many.
fn roll_call(project: &Project, run: &[&Test], failed: &[(&Test, &Function)], dice: &mut Dice) -> String {
    if run.len() > 45 {
        return format!("running {} tests\n{}\n", run.len(), ".".repeat(run.len().min(80)));
    }
    let mut text = String::new();
    for test in run {
        let fails = failed.iter().any(|(other, _)| other.name == test.name);
        let _ = match (project.lang, fails) {
            (Lang::Rust, _) => {
                writeln!(text, "test {} ... {}", test.name, if fails { "FAILED" } else { "ok" })
            }
            (Lang::Python, _) => {
                writeln!(text, "{}::{} {}", test.file, test.name, if fails { "FAILED" } else { "PASSED" })
            }
            (Lang::Go, false) => writeln!(text, "--- PASS: {} (0.{:02}s)", test.name, dice.below(90)),
            (Lang::TypeScript, false) => {
                writeln!(text, " ✓ {} > {} {}ms", test.file, test.name, dice.below(60))
            }
            (_, true) => Ok(()),
        };
    }
    text
}

/// The compiler's words about a mistake.
pub(crate) fn build_error(project: &Project, slip: &Slip, line: usize) -> String {
    let Slip { file, wrong, right } = slip;
    match project.lang {
        Lang::Rust => format!(
            "   Compiling {}\nerror[E0425]: cannot find function `{wrong}` in this scope\n  --> {file}:{line}:13\n   |\n{line} |     {wrong}(\n   |     ^ help: a function with a similar name exists: `{right}`\n\nerror: could not compile due to 1 previous error",
            project.name
        ),
        Lang::Python => format!(
            "Traceback (most recent call last):\n  File \"{}\", line {line}, in <module>\nNameError: name '{wrong}' is not defined. Did you mean: '{right}'?",
            project.absolute(file)
        ),
        Lang::Go => format!(
            "# example.org/{}/{}\n{file}:{line}:7: undefined: {wrong}\nFAIL\t{} [build failed]",
            project.name,
            parent(file),
            parent(file)
        ),
        Lang::TypeScript => {
            format!("{file}({line},9): error TS2552: Cannot find name '{wrong}'. Did you mean '{right}'?")
        }
    }
}

/// A build or type check.
pub(crate) fn build(project: &Project, dice: &mut Dice) -> Command {
    let line = match project.lang {
        Lang::Rust => dice.pick(&["cargo check", "cargo build", "cargo check --all-targets"]),
        Lang::Python => dice.pick(&["python -m compileall -q .", "mypy ."]),
        Lang::Go => dice.pick(&["go build ./...", "go vet ./..."]),
        Lang::TypeScript => dice.pick(&["npx tsc --noEmit", "npm run build --silent"]),
    };
    let ms = dice.between(800, 30_000);
    if let Some(slip) = project.slip() {
        return Command::failed(line, "Build the project", 1, &project.build_error(slip), ms);
    }
    let text = match project.lang {
        Lang::Rust => format!(
            "    Checking {} v0.{}.{}\n    Finished `dev` profile in {}.{:02}s",
            project.name,
            dice.below(9),
            dice.below(20),
            dice.below(30),
            dice.below(100)
        ),
        Lang::Python if line.starts_with("mypy") => {
            format!("Success: no issues found in {} source files", project.paths().len())
        }
        _ => "(Bash completed with no output)".to_owned(),
    };
    Command::ok(line, "Build the project", text, ms)
}

/// A lint or format run.
pub(crate) fn lint(project: &Project, dice: &mut Dice) -> Command {
    let line = match project.lang {
        Lang::Rust => {
            dice.pick(&["cargo clippy --all-targets -- -D warnings 2>&1 | tail -5", "cargo fmt --check"])
        }
        Lang::Python => dice.pick(&["ruff check .", "ruff format --check ."]),
        Lang::Go => dice.pick(&["golangci-lint run", "gofmt -l ."]),
        Lang::TypeScript => dice.pick(&["npx eslint src", "npx prettier --check src"]),
    };
    let text = match project.lang {
        Lang::Python => format!("{} files already formatted\nAll checks passed!", project.paths().len()),
        Lang::Rust if line.contains("clippy") => {
            format!("    Finished `dev` profile in {}.{:02}s", dice.below(20), dice.below(100))
        }
        _ => "(Bash completed with no output)".to_owned(),
    };
    Command::ok(line, "Check lints and formatting", text, dice.between(600, 15_000))
}

/// `git status`.
pub(crate) fn git_status(project: &Project, dice: &mut Dice) -> Command {
    let lines: String = project
        .changes()
        .iter()
        .map(|(path, _, _)| format!("{} {path}\n", if project.is_new(path) { "??" } else { " M" }))
        .collect();
    let text = if lines.is_empty() {
        "(Bash completed with no output)".to_owned()
    } else {
        lines.trim_end().to_owned()
    };
    Command::ok("git status --short", "Show working tree status", text, dice.between(20, 200))
}

/// `git diff --stat`.
pub(crate) fn git_stat(project: &Project, dice: &mut Dice) -> Command {
    let changes = project.changes();
    let mut text: String = changes
        .iter()
        .map(|(path, added, removed)| {
            format!(
                " {path} | {} {}{}\n",
                added + removed,
                "+".repeat((*added).min(30)),
                "-".repeat((*removed).min(30))
            )
        })
        .collect();
    let _ = write!(
        text,
        " {} files changed, {} insertions(+), {} deletions(-)",
        changes.len(),
        changes.iter().map(|c| c.1).sum::<usize>(),
        changes.iter().map(|c| c.2).sum::<usize>()
    );
    Command::ok("git diff --stat", "Show changed files", text, dice.between(20, 200))
}

/// `git diff`.
pub(crate) fn git_diff(project: &Project, dice: &mut Dice) -> Command {
    let limit = dice.between(60, 200) as usize;
    Command::ok(
        format!("git diff | head -{limit}"),
        "Review the diff",
        project.diff(limit),
        dice.between(20, 200),
    )
}

/// `git log`.
pub(crate) fn git_log(project: &Project, dice: &mut Dice) -> Command {
    let count = dice.between(3, 9) as usize;
    let text: Vec<String> =
        project.commits.iter().take(count).map(|(hash, subject)| format!("{hash} {subject}")).collect();
    Command::ok(
        format!("git log --oneline -{count}"),
        "Show recent commits",
        text.join("\n"),
        dice.between(20, 120),
    )
}

/// `git add` and `git commit` of everything.
pub(crate) fn git_commit(project: &mut Project, subject: &str, dice: &mut Dice) -> Command {
    let (files, added, removed) =
        project.changes().iter().fold((0, 0, 0), |(f, a, r), c| (f + 1, a + c.1, r + c.2));
    let line = format!("git add -A && git commit -m \"{subject}\"");
    if files == 0 {
        return Command::failed(line, "Commit the change", 1, "nothing to commit, working tree clean", 60);
    }
    let hash = project.commit(subject, dice);
    let text = format!(
        "[{} {hash}] {subject}\n {files} files changed, {added} insertions(+), {removed} deletions(-)",
        project.branch
    );
    Command::ok(line, "Commit the change", text, dice.between(60, 900))
}

/// `git push`.
pub(crate) fn git_push(project: &Project, dice: &mut Dice) -> Command {
    let hash = project.commits.first().map_or_else(|| dice.hex(7), |(hash, _)| hash.clone());
    let (branch, before) = (&project.branch, dice.hex(7));
    let text =
        format!("To git.example.org:team/{}.git\n   {before}..{hash}  {branch} -> {branch}", project.name);
    Command::ok(format!("git push origin {branch}"), "Push the branch", text, dice.between(900, 6_000))
}

/// One of the many small commands of a session.
pub(crate) fn small(project: &Project, file: &str, dice: &mut Dice) -> Command {
    let ms = dice.between(15, 400);
    let content = project.content(file).unwrap_or_default();
    let lines = content.lines().count().max(1);
    match dice.below(15) {
        0 => Command::ok(
            format!("ls {}", parent(file)),
            "List the package",
            listing(project, parent(file)),
            ms,
        ),
        1 => Command::ok(format!("wc -l {file}"), "Count lines", format!("{lines} {file}"), ms),
        2 => {
            let count = dice.between(8, 40) as usize;
            Command::ok(
                format!("head -{count} {file}"),
                "Show the beginning",
                first_lines(content, 0, count),
                ms,
            )
        }
        3 | 11 => {
            let start = dice.index(lines);
            let end = start + dice.between(10, 100) as usize;
            Command::ok(
                format!("sed -n {},{end}p {file}", start + 1),
                "Show some lines",
                first_lines(content, start, end - start),
                ms,
            )
        }
        4 => Command::ok(
            format!("git log --oneline -3 -- {file}"),
            "History of the file",
            history(project, dice),
            ms,
        ),
        5 => Command::ok(
            format!("find {} -type f | wc -l", parent(file)),
            "Count files",
            listing(project, parent(file)).lines().count().to_string(),
            ms,
        ),
        6 => Command::ok(
            "cat config/default.json",
            "Show the configuration",
            project.content("config/default.json").unwrap_or_default(),
            ms,
        ),
        7 => Command::ok(
            format!("cat {}", project.manifest()),
            "Show the manifest",
            project.content(project.manifest()).unwrap_or_default(),
            ms,
        ),
        8 => Command::ok(
            format!("git blame -L {0},{0} {file}", dice.index(lines) + 1),
            "Who wrote this line",
            blame(content, dice),
            ms,
        ),
        9 | 12 | 13 => experiment(project, dice),
        14 => git_show(project, dice),
        _ => Command::ok(
            "du -sh . && git branch --show-current",
            "Size and branch",
            format!("{}M\t.\n{}", dice.between(2, 900), project.branch),
            ms,
        ),
    }
}

/// An earlier commit.
fn git_show(project: &Project, dice: &mut Dice) -> Command {
    let (hash, subject) = dice.pick(&project.commits);
    let paths = project.sources();
    let stat: String =
        dice.some(&paths, 4).iter().map(|path| format!(" {path} | {}\n", dice.between(1, 120))).collect();
    let person = dice.pick(crate::words::PEOPLE);
    let text = format!("commit {hash}\nAuthor: {person} <{person}@example.org>\n\n    {subject}\n\n{stat}");
    Command::ok(format!("git show --stat {hash}"), "Show a commit", text.trim_end(), dice.between(20, 90))
}

/// A one-off script with output of its own.
fn experiment(project: &Project, dice: &mut Dice) -> Command {
    let topic = project.topic(dice);
    let (noun, field) = (topic.fact("noun", dice), dice.pick(crate::words::FIELDS));
    let rows: String = (0..dice.between(1, 40))
        .map(|_| {
            format!("{noun}-{} {field}={} {}\n", dice.hex(4), dice.between(1, 9000), topic.fact("noun", dice))
        })
        .collect();
    let line = match project.lang {
        Lang::Python => format!(
            "python - <<'PY'\nfrom {} import {}\nfor item in {}({}):\n    print(item.{field})\nPY",
            topic.fact("noun", dice),
            topic.function,
            topic.function,
            dice.between(1, 90)
        ),
        _ => format!(
            "jq -r '.{noun}[] | select(.{field} > {}) | .{field}' fixtures/{noun}.json",
            dice.between(2, 900)
        ),
    };
    Command::ok(line, format!("Try a {noun} by hand"), rows.trim_end(), dice.between(80, 3_000))
}

fn go_packages(run: &[&Test], failed: &[(&Test, &Function)], dice: &mut Dice) -> String {
    let mut packages: Vec<&str> = run.iter().map(|test| parent(&test.file)).collect();
    packages.sort_unstable();
    packages.dedup();
    let line = |package: &&str, dice: &mut Dice| {
        let verdict =
            if failed.iter().any(|(test, _)| parent(&test.file) == *package) { "FAIL" } else { "ok  " };
        format!("{verdict}\t{package}\t0.{:03}s", dice.below(1000))
    };
    packages.iter().map(|package| line(package, dice)).collect::<Vec<_>>().join("\n")
}

/// What a test of a function wants and what it gets while the bug is there.
fn expectation(function: &Function) -> (u64, u64) {
    let sum: u64 = function.right.bytes().map(u64::from).sum();
    (sum % 97 + 2, sum % 97 + 3 - 2 * (sum % 2))
}

fn listing(project: &Project, directory: &str) -> String {
    let inside: Vec<String> = project
        .paths()
        .into_iter()
        .filter(|path| parent(path) == directory)
        .map(|path| base_name(&path).to_owned())
        .collect();
    inside.join("\n")
}

fn first_lines(content: &str, skip: usize, count: usize) -> String {
    content.lines().skip(skip).take(count).collect::<Vec<_>>().join("\n")
}

fn history(project: &Project, dice: &mut Dice) -> String {
    let some = dice.some(&project.commits, 3);
    some.iter().map(|(hash, subject)| format!("{hash} {subject}")).collect::<Vec<_>>().join("\n")
}

fn blame(content: &str, dice: &mut Dice) -> String {
    let lines: Vec<&str> = content.lines().collect();
    let line = if lines.is_empty() { "" } else { dice.pick(&lines) };
    format!(
        "{} ({} 2025-{:02}-{:02}) {line}",
        dice.hex(8),
        dice.pick(crate::words::PEOPLE),
        dice.between(1, 12),
        dice.between(1, 28)
    )
}

/// A commit subject about the topic.
pub(crate) fn subject(project: &Project, dice: &mut Dice) -> String {
    let topic = project.topic(dice);
    prose::phrase("subject", dice, &topic)
}
