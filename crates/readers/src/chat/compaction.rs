//! Messages that stand for a history which the model no longer sees: no chat marks them, they say so themselves.

/// Characters within which such a message says what it is.
const OPENING: usize = 200;

/// Words for what is gone, and for what has become of it.
const HISTORY: [&str; 4] = ["conversation", "context", "history", "messages"];
const GONE: [&str; 6] = [
    "compacted",
    "condensed",
    "summarised",
    "summarized",
    "being continued from a previous",
    "was truncated",
];

/// Whether a message that is not the model's own says that the history before it was replaced by a summary.
pub(super) fn announces_compaction(text: &str) -> bool {
    let opening: String = text.chars().take(OPENING).flat_map(char::to_lowercase).collect();
    let says = |words: &[&str]| words.iter().any(|word| opening.contains(word));
    says(&HISTORY) && says(&GONE)
}

#[cfg(test)]
mod tests {
    use super::announces_compaction;

    #[test]
    fn a_summary_in_place_of_the_history_says_so() {
        for text in [
            "[The conversation was compacted. Summary: two sections so far]",
            "This session is being continued from a previous conversation that ran out of context.",
            "Earlier messages have been summarized: …",
        ] {
            assert!(announces_compaction(text), "{text}");
        }
        for text in ["Summarize our conversation", "Please compact the context of the article", "continue"] {
            assert!(!announces_compaction(text), "{text}");
        }
    }
}
