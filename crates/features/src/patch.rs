//! Reads a patch: which file it changes, what it removes and what it adds. Agents that edit by patch say in one text
//! what others say in three arguments.

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;

/// The parts of a patch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Patch {
    /// The first file that it names; blocks of text and its replacement name none.
    pub(crate) object: String,
    /// Not known where the whole file may be replaced.
    pub(crate) removed: Option<String>,
    pub(crate) added: String,
    /// What a program says that makes the change; its lines are not those of the file.
    pub(crate) program: String,
    /// Some of what stood in the file may stay.
    pub(crate) keeps: bool,
}

/// How a patch of files begins.
static BEGINS: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| ["*** Begin Patch", "diff --git ", "--- a/"].map(Finder::new));

/// What the line ends with that begins a block.
static SEARCH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(" SEARCH\n"));

/// How the line before the changes names the file.
const FILES: &[&str] = &["*** Update File: ", NEW_FILE, "*** Delete File: ", "+++ b/", "+++ "];
const NEW_FILE: &str = "*** Add File: ";

impl Patch {
    /// The patch within a text, if it holds one: unified, between `*** Begin Patch` and `*** End Patch`, or blocks of text
    /// to search for and what replaces it.
    pub(crate) fn read(text: &str) -> Option<Patch> {
        // A line names the file after the one that tells of a patch.
        memchr(b'\n', text.as_bytes())?;
        Self::of_files(text).or_else(|| Self::of_blocks(text))
    }

    fn of_parts() -> Patch {
        Patch { removed: Some(String::new()), keeps: true, ..Patch::default() }
    }

    fn of_files(text: &str) -> Option<Patch> {
        let start = BEGINS.iter().filter_map(|mark| mark.find(text.as_bytes())).min()?;
        let mut patch = Patch::of_parts();
        text[start..]
            .lines()
            .take_while(|line| !line.starts_with("*** End Patch"))
            .for_each(|line| patch.line(line));
        (!patch.object.is_empty()).then_some(patch)
    }

    fn of_blocks(text: &str) -> Option<Patch> {
        SEARCH.find(text.as_bytes())?;
        let mut patch = Patch::of_parts();
        let mut block = None;
        for line in text.lines() {
            block = match (block, line.trim_end()) {
                (_, "<<<<<<< SEARCH" | "------- SEARCH") => Some(Side::Removed),
                (Some(_), "=======") => Some(Side::Added),
                (_, ">>>>>>> REPLACE" | "+++++++ REPLACE") => None,
                (block, _) => block.inspect(|side| patch.add(*side, line)),
            };
        }
        (patch.removed.as_deref() != Some("") || !patch.added.is_empty()).then_some(patch)
    }

    /// A block may say first where it begins.
    fn add(&mut self, side: Side, line: &str) {
        match side {
            Side::Removed if line == "-------" || line.starts_with(":start_line:") => (),
            Side::Removed => self.removed.iter_mut().for_each(|removed| push(removed, line)),
            Side::Added => push(&mut self.added, line),
        }
    }

    fn line(&mut self, line: &str) {
        let named = FILES.iter().find_map(|mark| line.strip_prefix(mark).map(|file| (*mark, file)));
        if let Some((mark, file)) = named {
            if self.object.is_empty() {
                self.object.push_str(file.trim());
                if mark == NEW_FILE {
                    (self.removed, self.keeps) = (None, false);
                }
            }
        } else if let Some(line) = line.strip_prefix('+') {
            push(&mut self.added, line);
        } else if let Some(line) = line.strip_prefix('-').filter(|line| !line.starts_with("-- ")) {
            self.removed.iter_mut().for_each(|removed| push(removed, line));
        }
    }
}

/// Which side of a replacement a line is on.
#[derive(Clone, Copy)]
enum Side {
    Removed,
    Added,
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::Patch;

    fn patch(object: &str, removed: &str, added: &str) -> Option<Patch> {
        let [object, removed, added] = [object, removed, added].map(str::to_owned);
        Some(Patch { object, removed: Some(removed), added, keeps: true, ..Patch::default() })
    }

    #[test]
    fn both_kinds_of_patch_are_read() {
        let blocks = "*** Begin Patch\n*** Update File: src/a.rs\n@@\n fn a() {\n-    1\n+    2\n }\n*** End Patch\n+no";
        assert_eq!(Patch::read(blocks), patch("src/a.rs", "    1\n", "    2\n"));
        let unified = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n";
        assert_eq!(Patch::read(unified), patch("x", "old\n", "new\n"));
    }

    #[test]
    fn a_patch_may_stand_within_a_command() {
        let command = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: b\n+x\n*** End Patch\nEOF";
        let new = Patch { object: "b".to_owned(), added: "x\n".to_owned(), ..Patch::default() };
        assert_eq!(Patch::read(command), Some(new));
    }

    #[test]
    fn blocks_of_search_and_replacement_are_read() {
        let fenced = "<<<<<<< SEARCH\n:start_line:4\n-------\nold\n=======\nnew\n>>>>>>> REPLACE\n";
        assert_eq!(Patch::read(fenced), patch("", "old\n", "new\n"));
        let dashed =
            "------- SEARCH\na\n=======\nb\n+++++++ REPLACE\n\n------- SEARCH\nc\n=======\n+++++++ REPLACE";
        assert_eq!(Patch::read(dashed), patch("", "a\nc\n", "b\n"));
    }

    #[test]
    fn other_text_is_no_patch() {
        assert_eq!(Patch::read("- a list\n- of things"), None);
        assert_eq!(Patch::read("*** Begin Patch\n+x"), None);
        assert_eq!(Patch::read("THE SEARCH\nwent on"), None);
    }
}
