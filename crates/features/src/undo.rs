//! What becomes of work: what a command records, and what it throws away: files by name, a branch, or everything that
//! was not recorded.

use serde::{Deserialize, Serialize};

use crate::hash::{DigestKey, PieceHash};
use crate::places::{Windows, are, places};
use crate::tokens::words;

/// What a command does to work that was recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Work goes on on a branch: on one that the command makes, by its hashed name, or on one that was there.
    pub(crate) branch: Option<Option<u32>>,
    /// Files may stand otherwise than before: another branch, or what others did.
    pub(crate) switches: bool,
    /// It is recorded on its branch.
    pub(crate) commits: bool,
    /// It has come to where others see it, or to another branch.
    pub(crate) publishes: bool,
}

/// What the commands of a text do to work.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Command {
    /// Names that they throw away, hashed; [`EVERYTHING`] for all changes since work was last recorded.
    pub(crate) thrown_away: Vec<u32>,
    pub(crate) record: Record,
}

impl Command {
    /// Reads a line or a script.
    pub(crate) fn read(&mut self, text: &str, key: DigestKey) {
        let most = self.thrown_away.len() + NAMES;
        let mut stashed = false;
        commands_of_note(text, |command| {
            self.throws_away(command, key);
            // What is put away and dropped at once is thrown away; later it may be other work that is.
            let drops = command.starts_with("git stash drop") || command.starts_with("git stash clear");
            self.thrown_away.extend((stashed && drops).then_some(EVERYTHING));
            stashed |= command.starts_with("git stash");
            self.record.read(command, key);
        });
        self.thrown_away.truncate(most);
    }

    fn throws_away(&mut self, command: &str, key: DigestKey) {
        let names = &mut self.thrown_away;
        let mut arguments = command.split_whitespace().map(|word| word.trim_matches(QUOTES));
        match (arguments.next(), arguments.clone().next()) {
            (Some("rm" | "rmdir"), _) => names.extend(arguments.filter_map(|word| name(word, key))),
            (Some("git"), Some("branch")) if command.contains(" -D ") => {
                names.extend(arguments.skip(2).map(|name| branch(name, key)));
            }
            (Some("git"), Some("reset")) if command.contains("--hard") => names.push(EVERYTHING),
            (Some("git"), Some("clean" | "checkout" | "restore" | "rm")) => {
                names.extend(arguments.skip(1).filter_map(|word| name(word, key)));
            }
            _ => (),
        }
    }
}

impl Record {
    fn read(&mut self, command: &str, key: DigestKey) {
        let mut words = command.split_whitespace();
        let mut words = words.by_ref().filter(|word| !matches!(*word, "-q" | "--quiet" | "-f" | "--force"));
        let words = [(); 5].map(|()| words.next().unwrap_or_default());
        self.switches |= switches(words);
        match words {
            ["git", "checkout" | "switch", "-b" | "-B" | "-c" | "-C", name, _] if !name.is_empty() => {
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

/// Whether a command puts other files in the place of those that are there. Who makes a branch or takes back a file does not.
fn switches(command: [&str; 5]) -> bool {
    match command {
        ["git", "checkout" | "switch", "-b" | "-B" | "-c" | "-C", _, from] => !from.is_empty(),
        ["git", "checkout" | "switch", to, ..] => to == "-" || !(to.is_empty() || to.starts_with(['-', '.'])),
        ["git", "stash", "list" | "show", ..] => false,
        ["git", "pull" | "merge" | "rebase" | "stash", ..] => true,
        _ => false,
    }
}

const QUOTES: [char; 2] = ['"', '\''];

/// Apart from all names of paths.
fn branch(name: &str, key: DigestKey) -> u32 {
    key.mark(format!("branch {name}").as_bytes())
}

/// Calls `found` for each command of a text that begins like `rm`, `git` or `gh`, perhaps in quotes: most commands and
/// most texts are none, and need no closer look.
fn commands_of_note(text: &str, mut found: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let begins =
        |[a, b, ..]: Windows| are(a, b'r') & are(b, b'm') | are(a, b'g') & (are(b, b'i') | are(b, b'h'));
    places(bytes, begins, |at| {
        let quotes = bytes[..at].iter().rev().take_while(|byte| matches!(byte, b'"' | b'\'')).count();
        let start = at - quotes;
        let before = bytes[..start].iter().rev().find(|byte| !matches!(byte, b'\t' | b'\x0B'..=b'\r' | b' '));
        if before.is_none_or(ends_command) {
            let length = bytes[at..].iter().position(ends_command);
            found(&text[start..length.map_or(text.len(), |length| at + length)]);
        }
    });
}

fn ends_command(byte: &u8) -> bool {
    matches!(byte, b'\n' | b';' | b'|' | b'&')
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
    Some(PieceHash::new(key).mark(longest.as_bytes(), 0..longest.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Command, EVERYTHING, Record, commands_of_note, names};
    use crate::hash::DigestKey;

    const KEY: DigestKey = DigestKey(3);

    fn mark(name: &str) -> u32 {
        KEY.mark(name.as_bytes())
    }

    fn read(text: &str) -> Command {
        let mut command = Command::default();
        command.read(text, KEY);
        command
    }

    fn thrown_away(text: &str) -> Vec<u32> {
        read(text).thrown_away
    }

    fn record(text: &str) -> Record {
        read(text).record
    }

    #[test]
    fn files_are_thrown_away_by_name() {
        assert_eq!(thrown_away("cd x && rm -rf src/proto/ \"b.rs\"; ls"), [mark("proto"), mark("b.rs")]);
        assert_eq!(thrown_away("git clean -fd play/a"), [mark("a")]);
        assert_eq!(thrown_away("git checkout -- src/a.rs"), [mark("a.rs")]);
        assert_eq!(thrown_away("'rm' a; \t\"git\" rm b"), [mark("a"), mark("b")]);
        assert!(thrown_away("echo rm a").is_empty());
    }

    #[test]
    fn everything_is_thrown_away_at_once() {
        assert_eq!(thrown_away("git reset --hard HEAD"), [EVERYTHING]);
        assert_eq!(thrown_away("git checkout ."), [EVERYTHING]);
        assert_eq!(thrown_away("git stash -u && git stash drop"), [EVERYTHING]);
        assert!(thrown_away("git stash drop").is_empty(), "it may be other work");
    }

    #[test]
    fn a_branch_is_made_recorded_and_thrown_away() {
        let made = record("git checkout main && git checkout -b try/one").branch.flatten();
        assert_eq!(thrown_away("git checkout -f main; git branch -D try/one").last().copied(), made);
        assert_eq!(record("git switch main").branch, Some(None));
        assert!(record("git checkout main").switches && record("git stash pop").switches);
        assert!(!record("git checkout -b try/one").switches && !record("git checkout -- a.rs").switches);
        assert!(!record("git stash list").switches);
        assert!(record("git checkout -q main").switches && record("git checkout -B b origin/b").switches);
        assert!(record("cd a && git commit -am x").commits && !record("git log").commits);
        assert!(record("git push -u origin try/one").publishes && record("gh pr create").publishes);
    }

    proptest! {
        /// For all texts: the commands of note are those that a walk over all of them finds.
        #[test]
        fn no_command_of_note_is_passed_over(text in "([ \t\"';&|\n]{0,2}(rm|git|gh|rx|g|ls|é)){0,30}") {
            let mut found = Vec::new();
            commands_of_note(&text, |command| found.push(command.to_owned()));
            let of_note = |command: &&str| {
                let program = command.trim_start_matches(['"', '\'']);
                ["rm", "gi", "gh"].iter().any(|start| program.starts_with(start))
            };
            let all = text.split(['\n', ';', '|', '&']).map(str::trim_start);
            let expected: Vec<&str> = all.filter(of_note).collect();
            found.retain(|command| of_note(&command.as_str()));
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_path_is_its_names_the_last_first() {
        assert_eq!(names("/w/src/a.rs", KEY), [mark("a.rs"), mark("src"), mark("w")]);
    }
}
