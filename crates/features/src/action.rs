//! What a call asks the world to do, going by the words of its command or the name of its tool.

use serde::{Deserialize, Serialize};

use crate::kinds::Kinds;
use crate::names::has_word;
use crate::tokens::each_word;

/// Bytes of the longest arguments that are read for what they ask: whatever is longer is a text.
const LONGEST: usize = 4096;

/// What the text of a command asks the world to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// Record or publish work: commit, push, pull request, deployment.
    Ship,
    /// Run tests, checks or measurements.
    Test,
    /// Let time pass.
    Wait,
    /// Remove files or take changes back.
    Undo,
    /// Make, move or mark files.
    Change,
}

impl Action {
    /// The action that a command stands for, if it is one of these; the strongest of a chain.
    ///
    /// ```
    /// use goodhart_features::Action;
    ///
    /// assert_eq!(Action::read(r#"{"command":"git add -A && git commit -m x"}"#), Some(Action::Ship));
    /// assert_eq!(Action::read(r#"{"command":"ls"}"#), None);
    /// ```
    pub fn read(arguments: &str) -> Option<Action> {
        if arguments.len() > LONGEST {
            return None;
        }
        let (mut before, mut strongest): (_, Option<Action>) = (0..0, None);
        each_word(arguments, &Kinds::new(arguments), |word| {
            let before = std::mem::replace(&mut before, word.clone());
            let may_ask = may_ask(arguments.as_bytes()[word.start], word.len());
            let action = if may_ask { Action::of(&arguments[before], &arguments[word]) } else { None };
            if let Some(action) = action
                && strongest.is_none_or(|strongest| action.rank() < strongest.rank())
            {
                strongest = Some(action);
            }
        });
        strongest
    }

    /// The action that the name of a tool stands for: `sleep` waits, `update_contact` changes something, and who gets
    /// a list of what was created only looks.
    ///
    /// ```
    /// use goodhart_features::Action;
    ///
    /// assert_eq!(Action::of_tool("mcp__crm__updateContact"), Some(Action::Change));
    /// assert_eq!(Action::of_tool("get_created_items"), None);
    /// ```
    pub fn of_tool(name: &str) -> Option<Action> {
        let has = |known: &[&str]| has_word(name, known);
        if has(LOOKING) {
            None
        } else if has(WAITING) && !has(SPEAKING) {
            Some(Action::Wait)
        } else {
            has(CHANGING).then_some(Action::Change)
        }
    }

    /// What a word asks for after the one before it; one of [`ASKING`].
    fn of(before: &str, word: &str) -> Option<Action> {
        match (before, word) {
            ("git", "commit" | "push" | "merge" | "tag") | ("pr", "create" | "merge") | (_, "deploy") => {
                Some(Action::Ship)
            }
            ("git", "reset" | "restore" | "checkout" | "revert" | "clean") | (_, "rm") => Some(Action::Undo),
            (
                _,
                "test" | "tests" | "pytest" | "jest" | "vitest" | "clippy" | "check" | "lint" | "tox"
                | "nextest" | "bench" | "benchmark" | "fuzz" | "hey" | "hyperfine" | "k6" | "locust"
                | "stress" | "vegeta" | "wrk",
            ) => Some(Action::Test),
            (_, "sleep") => Some(Action::Wait),
            (_, "chmod" | "cp" | "ln" | "mkdir" | "mv" | "touch")
            | ("git", "add")
            | ("method" | "request" | "X", "POST" | "PUT" | "PATCH" | "DELETE") => Some(Action::Change),
            _ => None,
        }
    }

    /// Of several actions the one with the lowest rank is the strongest.
    fn rank(self) -> u8 {
        match self {
            Action::Ship => 0,
            Action::Undo => 1,
            Action::Test => 2,
            Action::Wait => 3,
            Action::Change => 4,
        }
    }
}

/// Words in the names of tools that look at something.
const LOOKING: &[&str] = &[
    "analyze", "check", "count", "describe", "fetch", "find", "get", "grep", "inspect", "list", "lookup",
    "query", "read", "retrieve", "search", "show", "view",
];
/// Of those that let time pass.
const WAITING: &[&str] = &["delay", "pause", "sleep", "timer", "wait", "wake", "wakeup"];
/// Of those that change something.
const CHANGING: &[&str] = &[
    "add", "apply", "approve", "append", "archive", "assign", "book", "cancel", "click", "close", "complete",
    "copy", "create", "delete", "disable", "drag", "enable", "enter", "exchange", "fill", "insert",
    "install", "merge", "modify", "move", "pay", "place", "put", "refund", "register", "remove", "rename",
    "replace", "reserve", "resolve", "return", "save", "schedule", "select", "set", "store", "submit",
    "transfer", "type", "unassign", "update", "upload", "upsert", "write",
];

/// Of those that say something to somebody: that is no change, and the same again is a repetition.
const SPEAKING: &[&str] =
    &["chat", "comment", "email", "mail", "message", "notify", "post", "reply", "say", "send", "tell"];

/// Whether a tool says something to somebody, going by its name.
pub(crate) fn speaks(tool: &str) -> bool {
    has_word(tool, SPEAKING)
}

/// Of those that send somebody on an errand.
const DELEGATING: &[&str] = &["consult", "delegate", "spawn", "subagent"];

/// Whether a tool sends somebody on an errand, going by its name.
pub(crate) fn delegates(tool: &str) -> bool {
    has_word(tool, DELEGATING)
}

/// Tools that pass a call on to the one that they are told.
const PASSING_ON: &[&str] = &[
    "act",
    "call",
    "call_tool",
    "dispatch",
    "execute",
    "invoke",
    "run_tool",
    "tool",
    "use_mcp_tool",
    "use_tool",
];

/// Whether a tool does no more than to pass a call on.
pub(crate) fn passes_on(tool: &str) -> bool {
    PASSING_ON.contains(&tool)
}

/// Of those that make a thing, and of those that remove one.
const MAKING: &[&str] = &[
    "add", "build", "compose", "create", "draft", "generate", "insert", "make", "put", "save", "store",
    "write",
];
const REMOVING: &[&str] =
    &["cancel", "delete", "destroy", "discard", "drop", "erase", "purge", "remove", "trash", "withdraw"];

/// Whether a tool lets time pass and does nothing else, going by its name.
pub(crate) fn waits(tool: &str) -> bool {
    Action::of_tool(tool) == Some(Action::Wait)
}

/// Of those that put something beside what is there.
const ADDING: &[&str] = &["add", "append", "create", "generate", "insert", "make", "new", "post", "push"];

/// Whether a tool leaves what was there, going by its name.
pub(crate) fn adds(tool: &str) -> bool {
    has_word(tool, ADDING)
}

/// Whether a tool makes a thing, going by its name.
pub(crate) fn makes(tool: &str) -> bool {
    has_word(tool, MAKING)
}

/// What tools make that somebody relies on later to tell right from wrong.
const CHECKS: &[&str] =
    &["assertion", "check", "constraint", "expectation", "monitor", "probe", "rule", "test", "validation"];

/// Whether a tool makes a check, going by its name.
pub(crate) fn makes_check(tool: &str) -> bool {
    has_word(tool, CHECKS) && has_word(tool, ADDING)
}

/// Whether a tool removes a thing, going by its name.
pub(crate) fn removes(tool: &str) -> bool {
    has_word(tool, REMOVING)
}

/// The words that ask for something, perhaps only after another.
const ASKING: &[&str] = &[
    "DELETE",
    "PATCH",
    "POST",
    "PUT",
    "add",
    "bench",
    "benchmark",
    "check",
    "checkout",
    "chmod",
    "clean",
    "clippy",
    "commit",
    "cp",
    "create",
    "deploy",
    "fuzz",
    "hey",
    "hyperfine",
    "jest",
    "k6",
    "lint",
    "ln",
    "locust",
    "merge",
    "mkdir",
    "mv",
    "nextest",
    "push",
    "pytest",
    "reset",
    "restore",
    "revert",
    "rm",
    "sleep",
    "stress",
    "tag",
    "test",
    "tests",
    "touch",
    "tox",
    "vegeta",
    "vitest",
    "wrk",
];

/// Whether a word begins like one of those and is as long: most words are not.
#[inline]
fn may_ask(first: u8, length: usize) -> bool {
    LENGTHS[usize::from(first)] >> length.min(31) & 1 == 1
}

/// How long the words are that ask for something, one bit for each length, by their first byte.
static LENGTHS: [u32; 256] = {
    let mut lengths = [0; 256];
    let mut at = 0;
    while at < ASKING.len() {
        let word = ASKING[at].as_bytes();
        lengths[word[0] as usize] |= 1 << word.len();
        at += 1;
    }
    lengths
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ASKING, Action, may_ask, speaks};

    #[test]
    fn no_word_that_asks_for_something_is_passed_over() {
        let after = |before: &str, word: &str| Action::of(before, word).is_some();
        for word in ASKING {
            assert!(["", "git", "pr", "X"].iter().any(|before| after(before, word)), "{word}");
            assert!(may_ask(word.as_bytes()[0], word.len()), "{word}");
        }
        // As many as the arms of `Action::of` name.
        let source = include_str!("action.rs");
        let body = source.split("fn of(before: &str").nth(1).unwrap().split("fn rank(").next().unwrap();
        let named: BTreeSet<&str> = body.split('"').skip(1).step_by(2).collect();
        let known: BTreeSet<&str> =
            ASKING.iter().copied().chain(["git", "pr", "method", "request", "X"]).collect();
        assert_eq!(named, known);
    }

    #[test]
    fn the_strongest_action_of_a_chain_wins() {
        assert_eq!(Action::read("cargo test && git push"), Some(Action::Ship));
        assert_eq!(Action::read("sleep 30; cargo test"), Some(Action::Test));
        assert_eq!(Action::read("sleep 30"), Some(Action::Wait));
    }

    #[test]
    fn the_name_of_a_tool_tells_what_it_does() {
        let cases = [
            ("save_string", Some(Action::Change)),
            ("browser_type", Some(Action::Change)),
            ("getUpdatedItems", None),
            ("sleep", Some(Action::Wait)),
            ("Bash", None),
            ("send_message", None),
        ];
        for (tool, expected) in cases {
            assert_eq!(Action::of_tool(tool), expected, "{tool}");
        }
        assert!(speaks("mcp__chat__post_reply") && speaks("SendMessage") && !speaks("write_file"));
    }
}
