//! What becomes of work: what a command records, and what it throws away: files by name, a branch, or everything that
//! was not recorded.

use memchr::memmem;
use serde::{Deserialize, Serialize};

use crate::hash::{DigestKey, WordHash};
use crate::tokens::words;

/// What a command does to work that was recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Work goes on on a branch: on one that the command makes, by its hashed name, or on one that was there.
    pub(crate) branch: Option<Option<u32>>,
    /// It is recorded on its branch.
    pub(crate) commits: bool,
    /// It has come to where others see it, or to another branch.
    pub(crate) publishes: bool,
}

impl Record {
    /// Reads a command.
    pub(crate) fn read(&mut self, command: &str, key: DigestKey) {
        if !["git", "gh"].iter().any(|program| names_program(command, program)) {
            return;
        }
        for part in commands(command).filter(|part| part.trim_start().starts_with('g')) {
            let words: Vec<&str> = part.split_whitespace().take(5).collect();
            match words[..] {
                ["git", "checkout" | "switch", "-b" | "-B" | "-c" | "-C", name, ..] => {
                    self.branch = Some(Some(branch(name, key)));
                }
                ["git", "checkout" | "switch", ..] => self.branch = Some(None),
                ["git", "commit", ..] => self.commits = true,
                ["git", "merge" | "rebase" | "cherry-pick" | "push", ..] | ["gh", "pr", ..] => {
                    self.publishes = true
                }
                _ => (),
            }
        }
    }
}

/// Apart from all names of paths.
fn branch(name: &str, key: DigestKey) -> u32 {
    key.mark(format!("branch {name}").as_bytes())
}

/// Names that a command throws away, hashed; [`EVERYTHING`] for all changes since work was last recorded.
pub(crate) fn thrown_away(command: &str, key: DigestKey) -> Vec<u32> {
    let mut names = Vec::new();
    if !["rm", "git"].iter().any(|program| names_program(command, program)) {
        return names;
    }
    for part in commands(command).filter(|part| may_throw_away(part)) {
        let mut arguments = part.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        match (arguments.next(), arguments.clone().next()) {
            (Some("rm" | "rmdir"), _) => names.extend(arguments.filter_map(|word| name(word, key))),
            (Some("git"), Some("branch")) if part.contains(" -D ") => {
                names.extend(arguments.skip(2).map(|name| branch(name, key)));
            }
            (Some("git"), Some("reset")) if part.contains("--hard") => names.push(EVERYTHING),
            (Some("git"), Some("clean" | "checkout" | "restore" | "rm")) => {
                names.extend(arguments.skip(1).filter_map(|word| name(word, key)));
            }
            _ => (),
        }
    }
    names.truncate(NAMES);
    names
}

/// Whether a text may call a program: most do not, and need no closer look.
fn names_program(text: &str, program: &str) -> bool {
    memmem::find(text.as_bytes(), program.as_bytes()).is_some()
}

/// The commands of a line or a script.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    let ends = |byte: &u8| matches!(byte, b'\n' | b';' | b'|' | b'&');
    let mut start = 0;
    text.as_bytes().split(ends).map(move |part| {
        let from = start;
        start += part.len() + 1;
        &text[from..from + part.len()]
    })
}

/// Most parts of a text are told by their first character.
fn may_throw_away(part: &str) -> bool {
    part.trim_start().starts_with(['r', 'g', '"', '\''])
}

/// Stands for everything that was not recorded.
pub(crate) const EVERYTHING: u32 = 0;

/// Names of one command that are looked at.
const NAMES: usize = 8;

/// The last name of a path; options are none.
fn name(word: &str, key: DigestKey) -> Option<u32> {
    let path = word.trim_end_matches(['/', '*']).trim_end_matches('/');
    match path {
        _ if word.starts_with('-') => None,
        "." | "" => Some(EVERYTHING),
        _ => path.rsplit('/').next().map(|name| key.mark(name.as_bytes())),
    }
}

/// The names of a path, hashed: of its folders and of the file.
pub(crate) fn names(path: &str, key: DigestKey) -> Vec<u32> {
    path.trim()
        .split(['/', '\\'])
        .filter(|name| !name.is_empty())
        .map(|name| key.mark(name.as_bytes()))
        .rev()
        .take(NAMES)
        .collect()
}

/// The word of a file's name by which commands can be told to use it: the longest.
pub(crate) fn stem(path: &str, key: DigestKey) -> Option<u32> {
    let file = path.trim().rsplit(['/', '\\']).next()?;
    let longest = words(file).max_by_key(|word| word.len())?;
    Some(WordHash::new(key).mark(longest.as_bytes(), 0..longest.len()))
}

#[cfg(test)]
mod tests {
    use super::{EVERYTHING, Record, names, thrown_away};
    use crate::hash::DigestKey;

    const KEY: DigestKey = DigestKey(3);

    fn mark(name: &str) -> u32 {
        KEY.mark(name.as_bytes())
    }

    #[test]
    fn files_are_thrown_away_by_name() {
        assert_eq!(thrown_away("cd x && rm -rf src/proto/ \"b.rs\"; ls", KEY), [mark("proto"), mark("b.rs")]);
        assert_eq!(thrown_away("git clean -fd play/a", KEY), [mark("a")]);
        assert_eq!(thrown_away("git checkout -- src/a.rs", KEY), [mark("a.rs")]);
        assert!(thrown_away("echo rm", KEY).is_empty());
    }

    #[test]
    fn everything_is_thrown_away_at_once() {
        assert_eq!(thrown_away("git reset --hard HEAD", KEY), [EVERYTHING]);
        assert_eq!(thrown_away("git checkout .", KEY), [EVERYTHING]);
    }

    #[test]
    fn a_branch_is_made_recorded_and_thrown_away() {
        let read = |command| {
            let mut record = Record::default();
            record.read(command, KEY);
            record
        };
        let made = read("git checkout main && git checkout -b try/one").branch.flatten();
        assert_eq!(thrown_away("git checkout -f main; git branch -D try/one", KEY).last().copied(), made);
        assert_eq!(read("git switch main").branch, Some(None));
        assert!(read("cd a && git commit -am x").commits && !read("git log").commits);
        assert!(read("git push -u origin try/one").publishes && read("gh pr create").publishes);
    }

    #[test]
    fn a_path_is_its_names_the_last_first() {
        assert_eq!(names("/w/src/a.rs", KEY), [mark("a.rs"), mark("src"), mark("w")]);
    }
}
