//! Reads a patch: which file it changes, what it removes and what it adds. Agents that edit by patch say in one text
//! what others say in three arguments.

use memchr::{memchr, memmem};

/// The parts of a patch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Patch {
    /// The first file that it names.
    pub(crate) object: String,
    pub(crate) removed: String,
    pub(crate) added: String,
}

/// How the line before the changes names the file.
const FILES: &[&str] = &["*** Update File: ", "*** Add File: ", "*** Delete File: ", "+++ b/", "+++ "];

impl Patch {
    /// The patch within a text, if it holds one: unified, or between `*** Begin Patch` and `*** End Patch`.
    pub(crate) fn read(text: &str) -> Option<Patch> {
        // A line names the file after the one that tells of a patch.
        memchr(b'\n', text.as_bytes())?;
        let find = |mark: &&str| memmem::find(text.as_bytes(), mark.as_bytes());
        let start = ["*** Begin Patch", "diff --git ", "--- a/"].iter().filter_map(find).min()?;
        let mut patch = Patch::default();
        text[start..]
            .lines()
            .take_while(|line| !line.starts_with("*** End Patch"))
            .for_each(|line| patch.line(line));
        (!patch.object.is_empty()).then_some(patch)
    }

    fn line(&mut self, line: &str) {
        if let Some(file) = FILES.iter().find_map(|mark| line.strip_prefix(mark)) {
            if self.object.is_empty() {
                self.object.push_str(file.trim());
            }
        } else if let Some(line) = line.strip_prefix('+') {
            push(&mut self.added, line);
        } else if let Some(line) = line.strip_prefix('-').filter(|line| !line.starts_with("-- ")) {
            push(&mut self.removed, line);
        }
    }
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::Patch;

    fn patch(object: &str, removed: &str, added: &str) -> Option<Patch> {
        Some(Patch { object: object.to_owned(), removed: removed.to_owned(), added: added.to_owned() })
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
        assert_eq!(Patch::read(command), patch("b", "", "x\n"));
    }

    #[test]
    fn other_text_is_no_patch() {
        assert_eq!(Patch::read("- a list\n- of things"), None);
        assert_eq!(Patch::read("*** Begin Patch\n+x"), None);
    }
}
