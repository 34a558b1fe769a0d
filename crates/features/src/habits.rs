//! What is ordinary for each tool, learned from traces and frozen before the fold.

use std::collections::{BTreeMap, HashMap};

use goodhart_trace::Kind;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::hash::name_hash;
use crate::tuning::{PRIOR_CALLS, PRIOR_SHARE};

/// Per tool: where its content sits. An edit carries it in its arguments and answers with a receipt; a search carries
/// it in its result.
///
/// ```
/// use goodhart_features::Habits;
///
/// assert_eq!(Habits::default().result_share("never seen"), Habits::PRIOR_SHARE);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Habits {
    tools: BTreeMap<u64, Habit>,
}

/// The habit of one tool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Habit {
    /// Calls with arguments and result.
    pub calls: u64,
    /// Sum over the calls of the result's share of the words of call and result.
    pub result_share: f64,
}

impl Habits {
    /// Share of a call's words that a tool nobody has seen is taken to carry in its result.
    pub const PRIOR_SHARE: f64 = PRIOR_SHARE;

    /// Share of the words of call and result that the result of this tool usually carries, in (0, 1).
    pub fn result_share(&self, tool: &str) -> f64 {
        let habit = self.tools.get(&name_hash(tool)).copied().unwrap_or_default();
        (habit.result_share + PRIOR_CALLS * PRIOR_SHARE) / (habit.calls as f64 + PRIOR_CALLS)
    }

    /// Learns from the digests of one session, in order.
    pub fn observe<'a>(&mut self, digests: impl IntoIterator<Item = &'a Digest>) {
        let mut open: HashMap<&str, (&str, u64)> = HashMap::new();
        for digest in digests {
            let Some(call) = digest.call.as_deref() else { continue };
            match (digest.kind, &digest.tool, &digest.arguments, &digest.text) {
                (Kind::ToolCall, Some(tool), Some(arguments), _) => {
                    open.insert(call, (tool, arguments.words));
                }
                (Kind::ToolResult, _, _, Some(text)) => {
                    if let Some((tool, argument_words)) = open.remove(call) {
                        self.count(tool, argument_words, text.words);
                    }
                }
                _ => (),
            }
        }
    }

    /// Adds what another pass has learned.
    pub fn merge(&mut self, other: &Habits) {
        for (&tool, habit) in &other.tools {
            let mine = self.tools.entry(tool).or_default();
            mine.calls += habit.calls;
            mine.result_share += habit.result_share;
        }
    }

    /// Number of tools known.
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// True when no tool is known.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    fn count(&mut self, tool: &str, argument_words: u64, result_words: u64) {
        let habit = self.tools.entry(name_hash(tool)).or_default();
        habit.calls += 1;
        habit.result_share += result_words as f64 / argument_words.saturating_add(result_words).max(1) as f64;
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::Habits;
    use crate::{DigestKey, digest};

    #[test]
    fn content_sits_where_the_words_are() {
        let events = session("s").repeat(50, |s, i| {
            s.call("Edit", r#"{"new_string":"one two three four five six seven eight nine"}"#)
                .result("ok")
                .call("Grep", r#"{"pattern":"x"}"#)
                .result(&format!("found many lines of text here, number {i}, and more of it"))
        });
        let digests: Vec<_> =
            events.events().iter().enumerate().map(|(i, e)| digest(e, i as u64, DigestKey(1))).collect();
        let mut habits = Habits::default();
        habits.observe(&digests);
        assert!(habits.result_share("Edit") < 0.2);
        assert!(habits.result_share("Grep") > 0.85);
        assert_eq!(habits.len(), 2);
    }
}
