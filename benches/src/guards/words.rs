//! Words of texts, for the measures.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The words of a text in lower case: runs of letters, digits and underscores.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// A number for a value, the same in every run.
pub(crate) fn number(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_are_runs_of_letters() {
        assert_eq!(
            super::words("Read src/main_1.rs, now!").collect::<Vec<_>>(),
            ["read", "src", "main_1", "rs", "now"]
        );
    }
}
