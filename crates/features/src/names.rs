//! Names that programs give to tools and fields, taken apart: `mcp__crm__updateContact`, `elapsed_ms`.

/// The words of a name, in small letters.
///
/// A word ends before a capital that follows a small letter or a digit, and at whatever is neither letter nor digit.
pub(crate) fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (small && c.is_uppercase()) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase()));
        }
        small = c.is_lowercase() || c.is_numeric();
    }
    words.into_iter().filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_of_every_style_are_taken_apart() {
        for (name, expected) in [
            ("mcp__crm__updateContact", "mcp crm update contact"),
            ("elapsed_ms", "elapsed ms"),
            ("TodoWrite", "todo write"),
            ("HTTPGet", "httpget"),
            ("größe-x", "größe x"),
            ("", ""),
        ] {
            assert_eq!(words(name).collect::<Vec<_>>().join(" "), expected, "{name}");
        }
    }
}
