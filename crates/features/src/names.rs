//! Names that programs give to tools and fields, taken apart: `mcp__crm__updateContact`, `elapsed_ms`.

/// The words of a name: they end before a capital that follows a small letter or a digit, and at whatever is neither letter
/// nor digit.
pub(crate) fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric()).flat_map(humps)
}

/// Whether one of the words of a name is among those known, which are in small letters.
pub(crate) fn has_word(name: &str, known: &[&str]) -> bool {
    words(name).any(|word| is_one_of(word, known))
}

/// Whether a word is among those known, which are in small letters; most begin otherwise.
pub(crate) fn is_one_of(word: &str, known: &[&str]) -> bool {
    let Some(first) = word.bytes().next().map(|first| first.to_ascii_lowercase()) else { return false };
    known.iter().any(|known| known.as_bytes().first() == Some(&first) && known.eq_ignore_ascii_case(word))
}

/// `updateContact` as `update` and `Contact`.
fn humps(mut rest: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let mut small = false;
        let end = rest.find(|c: char| std::mem::replace(&mut small, !c.is_uppercase()) && c.is_uppercase());
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::{has_word, words};

    #[test]
    fn names_of_every_style_are_taken_apart() {
        for (name, expected) in [
            ("mcp__crm__updateContact", "mcp crm update Contact"),
            ("elapsed_ms", "elapsed ms"),
            ("TodoWrite", "Todo Write"),
            ("HTTPGet", "HTTPGet"),
            ("größe-x", "größe x"),
            ("", ""),
        ] {
            assert_eq!(words(name).collect::<Vec<_>>().join(" "), expected, "{name}");
        }
        assert!(has_word("TodoWrite", &["write"]) && !has_word("rewrite", &["write"]));
    }
}
