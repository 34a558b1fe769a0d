//! The agent's tools: each looks at the project, changes it, and answers as the real one does.

use crate::desk::Desk;
use crate::project::parent;
use crate::record::{Node, Record};
use crate::script::Outcome;
use crate::shell;

/// An item of a plan.
#[derive(Debug, Clone)]
pub(crate) struct Todo {
    pub(crate) text: String,
    pub(crate) state: &'static str,
}

impl Desk {
    /// Reads a whole file.
    pub(crate) fn read(&mut self, path: &str) {
        let lines = self.project.content(path).map_or(0, |content| content.lines().count());
        self.read_range(path, 1, lines, false);
    }

    /// Reads the lines around a place.
    pub(crate) fn read_around(&mut self, path: &str, line: usize) {
        let start = line.saturating_sub(self.dice.between(5, 25) as usize).max(1);
        let count = self.dice.between(15, 70) as usize;
        self.read_range(path, start, count, true);
    }

    /// Reads a file as one does: small ones whole, of large ones mostly the part that matters.
    pub(crate) fn look_at(&mut self, path: &str) {
        let lines = self.project.content(path).map_or(0, |content| content.lines().count());
        if self.knows(path) && self.dice.chance(0.9) {
            // Nobody reads again what is in the context and has not changed, or at most a part of it.
            if self.dice.chance(0.2) {
                let line = self.dice.index(lines);
                self.read_around(path, line);
            }
            return;
        }
        if lines > 60 && self.dice.chance(0.45) {
            let line = self.dice.index(lines);
            self.read_around(path, line);
        } else {
            self.read(path);
        }
    }

    /// Reads `count` lines from `start` on.
    pub(crate) fn read_range(&mut self, path: &str, start: usize, count: usize, explicit: bool) {
        let absolute = self.project.absolute(path);
        let mut input = Record::default().with("file_path", absolute.clone());
        if explicit {
            input = input.with("offset", start as u64).with("limit", count as u64);
        }
        let Some(content) = self.project.content(path) else {
            return self.call("Read", input, Outcome::error("File does not exist."), 20);
        };
        let total = content.lines().count();
        let numbered: Vec<String> = content
            .lines()
            .enumerate()
            .skip(start - 1)
            .take(count)
            .map(|(i, line)| format!("{:>6}→{line}", i + 1))
            .collect();
        // The real twin repeats the content; leaving it out halves the log and loses nothing.
        let file = Record::default()
            .with("filePath", absolute)
            .with("numLines", numbered.len() as u64)
            .with("startLine", start as u64)
            .with("totalLines", total as u64);
        let twin = Record::default().with("type", "text").with("file", file);
        self.call("Read", input, Outcome::ok(numbered.join("\n")).with_twin(twin), 15);
    }

    /// Replaces a text in a file.
    pub(crate) fn edit(&mut self, path: &str, old: &str, new: &str) {
        let absolute = self.project.absolute(path);
        let input = Record::default()
            .with("file_path", absolute.clone())
            .with("old_string", old)
            .with("new_string", new)
            .with("replace_all", false);
        self.forget(path);
        let before = self.project.content(path).unwrap_or_default().to_owned();
        let outcome = if self.project.replace(path, old, new) {
            let after = self.project.content(path).unwrap_or_default();
            let twin = Record::default()
                .with("filePath", absolute.clone())
                .with("oldString", old)
                .with("newString", new)
                .with("userModified", false)
                .with("replaceAll", false);
            Outcome::ok(format!("The file {absolute} has been updated successfully."))
                .with_twin(twin)
                .with_hunks(&before, after)
        } else {
            Outcome::error(format!("String to replace not found in file.\nString: {old}"))
        };
        self.call("Edit", input, outcome, 30);
    }

    /// Replaces a text in a file wherever it stands.
    pub(crate) fn edit_all(&mut self, path: &str, old: &str, new: &str) {
        let absolute = self.project.absolute(path);
        self.forget(path);
        let before = self.project.content(path).unwrap_or_default().to_owned();
        let after = before.replace(old, new);
        self.project.write(path, after.clone());
        let input = Record::default()
            .with("file_path", absolute.clone())
            .with("old_string", old)
            .with("new_string", new)
            .with("replace_all", true);
        let twin = Record::default().with("filePath", absolute.clone()).with("replaceAll", true);
        let text =
            format!("The file {absolute} has been updated. All occurrences were successfully replaced.");
        self.call("Edit", input, Outcome::ok(text).with_twin(twin).with_hunks(&before, &after), 30);
    }

    /// Writes a file.
    pub(crate) fn write(&mut self, path: &str, content: String) {
        let absolute = self.project.absolute(path);
        let verb = if self.project.content(path).is_some() { "updated" } else { "created" };
        let input = Record::default().with("file_path", absolute.clone()).with("content", content.clone());
        self.project.write(path, content);
        let twin = Record::default()
            .with("type", if verb == "created" { "create" } else { "update" })
            .with("filePath", absolute.clone());
        self.call(
            "Write",
            input,
            Outcome::ok(format!("File {verb} successfully at: {absolute}")).with_twin(twin),
            30,
        );
    }

    /// Searches for lines with a text and shows them.
    pub(crate) fn grep(&mut self, needle: &str) {
        let input = Record::default().with("pattern", needle).with("output_mode", "content").with("-n", true);
        let hits: Vec<String> = self
            .project
            .grep(needle)
            .iter()
            .take(40)
            .map(|(path, line, text)| format!("{path}:{line}:{text}"))
            .collect();
        let text = if hits.is_empty() { "No matches found".to_owned() } else { hits.join("\n") };
        let twin = Record::default().with("mode", "content").with("numLines", hits.len() as u64);
        self.call("Grep", input, Outcome::ok(text).with_twin(twin), 60);
    }

    /// Searches for the files with a text.
    pub(crate) fn grep_files(&mut self, needle: &str) {
        let mut input = Record::default().with("pattern", needle).with("output_mode", "files_with_matches");
        if self.dice.chance(0.4) {
            input = input.with("path", self.project.root.clone());
        }
        let mut paths: Vec<&str> = self.project.grep(needle).iter().map(|hit| hit.0).collect();
        paths.dedup();
        let text = if paths.is_empty() {
            "No files found".to_owned()
        } else {
            format!("Found {} files\n{}", paths.len(), paths.join("\n"))
        };
        let twin = Record::default().with("mode", "files_with_matches").with("numFiles", paths.len() as u64);
        self.call("Grep", input, Outcome::ok(text).with_twin(twin), 60);
    }

    /// Lists the files of a package.
    pub(crate) fn glob(&mut self, package: &str) {
        let extension = self.project.lang.extension();
        let input = Record::default().with("pattern", format!("{package}/**/*.{extension}"));
        let found: Vec<String> = self
            .project
            .paths()
            .into_iter()
            .filter(|path| path.starts_with(package) && path.ends_with(extension))
            .map(|path| self.project.absolute(&path))
            .collect();
        let text = if found.is_empty() { "No files found".to_owned() } else { found.join("\n") };
        self.call(
            "Glob",
            input,
            Outcome::ok(text).with_twin(Record::default().with("numFiles", found.len() as u64)),
            40,
        );
    }

    /// Runs the tests; true when they pass.
    pub(crate) fn test(&mut self, filter: &str) -> bool {
        let passed = self.project.run_tests(filter, &mut self.dice).ok;
        let command = shell::tests(&self.project, filter, &mut self.dice);
        self.run(command);
        passed
    }

    /// Builds the project.
    pub(crate) fn build(&mut self) {
        let command = shell::build(&self.project, &mut self.dice);
        self.run(command);
    }

    /// One of the small commands.
    pub(crate) fn poke(&mut self) {
        let file = self.topic.file.clone();
        let command = shell::small(&self.project, &file, &mut self.dice);
        self.run(command);
    }

    /// Commits everything, if there is anything.
    pub(crate) fn commit(&mut self) {
        if self.project.changes().is_empty() {
            return;
        }
        let subject = shell::subject(&self.project, &mut self.dice);
        let command = shell::git_commit(&mut self.project, &subject, &mut self.dice);
        self.run(command);
    }

    /// Writes the plan.
    pub(crate) fn plan(&mut self, todos: &[Todo]) {
        let items: Vec<Node> = todos
            .iter()
            .map(|todo| {
                Record::default()
                    .with("content", todo.text.clone())
                    .with("status", todo.state)
                    .with("activeForm", todo.text.clone())
                    .into()
            })
            .collect();
        let outcome = Outcome::ok("Todos have been modified successfully.");
        self.call("TodoWrite", Record::default().with("todos", items), outcome, 10);
    }

    /// Sends an agent with this order; its report is the result.
    pub(crate) fn send_agent(&mut self, about: &str, order: &str, report: String) {
        let input = Record::default()
            .with("description", about)
            .with("prompt", order)
            .with("subagent_type", "general-purpose");
        let twin = Record::default()
            .with("status", "completed")
            .with("agentId", self.dice.hex(17))
            .with("totalToolUseCount", self.dice.between(3, 30));
        let ms = self.dice.between(20_000, 200_000);
        self.call("Task", input, Outcome::ok(report).with_twin(twin), ms);
    }

    /// Sends an agent to explore; its report comes back as the result.
    pub(crate) fn delegate(&mut self) {
        let area = self.phrase("area");
        let sentences = self.dice.between(25, 90);
        let body: Vec<String> = (0..sentences)
            .map(|i| {
                self.move_on();
                let line = self.phrase("survey");
                if i % 6 == 0 { format!("\n## {}\n{line}", parent(&self.topic.file)) } else { line }
            })
            .collect();
        let agent = self.dice.hex(17);
        let prompt = format!("Explore {area}. Report which files matter. {}", self.phrase("ask_explain"));
        let input = Record::default()
            .with("description", format!("Explore {area}"))
            .with("prompt", prompt)
            .with("subagent_type", "Explore");
        let twin = Record::default()
            .with("status", "completed")
            .with("agentId", agent)
            .with("totalToolUseCount", self.dice.between(3, 30));
        let ms = self.dice.between(20_000, 200_000);
        self.call("Task", input, Outcome::ok(body.join("\n")).with_twin(twin), ms);
    }
}
