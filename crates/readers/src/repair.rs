//! Text that writers of JSON produce and a strict parser refuses, made fit without moving anything in it.
//!
//! Every repair keeps the length, so that columns stay true.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// The text with `\udXXX` escapes that lack their other half replaced by U+FFFD, as JavaScript writes them and Unicode
/// does not have them; `None` when there are none.
pub(crate) fn without_lone_surrogates(text: &str) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let (mut at, mut changed) = (0, false);
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        at += found;
        match (surrogate(&bytes[at..]), bytes.get(at + 6..).and_then(surrogate)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at += 12,
            (Some(_), _) => {
                bytes[at + 2..at + 6].copy_from_slice(b"fffd");
                changed = true;
                at += 6;
            }
            (None, _) => at = (at + 2).min(bytes.len()),
        }
    }
    String::from_utf8(bytes).ok().filter(|_| changed)
}

/// The surrogate that an escape at the start of these bytes stands for.
fn surrogate(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (0xD800..=0xDFFF).contains(&code).then_some(code)
}

/// Nesting and keys beyond which a text is left as it is: it is no log but an attempt on our memory.
const MAX_DEPTH: usize = 128;
const MAX_KEYS: usize = 1 << 20;

/// Valid JSON with all but the last of equal keys of an object blanked out, as most parsers read it; `None` where no
/// key stands twice.
pub(crate) fn without_earlier_keys(text: &str) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let mut doomed = earlier_members(text)?;
    doomed.sort_unstable_by_key(|member| member.start);
    let mut done = 0;
    for member in &doomed {
        // Members within one that is blank already cost nothing.
        if let Some(rest) = bytes.get_mut(member.start.max(done)..member.end) {
            rest.fill(b' ');
            done = member.end;
        }
    }
    String::from_utf8(bytes).ok().filter(|_| !doomed.is_empty())
}

/// An object or list around the place that is looked at.
#[derive(Default)]
struct Around<'a> {
    /// Where each member stands, with the comma behind it.
    members: HashMap<Cow<'a, str>, Range<usize>>,
    /// The member that is under way; none in a list.
    key: Option<Cow<'a, str>>,
}

impl<'a> Around<'a> {
    /// A member begins; where the one with the same key stands.
    fn begin(&mut self, key: Cow<'a, str>, at: usize) -> Option<Range<usize>> {
        self.key = Some(key.clone());
        self.members.insert(key, at..at)
    }

    /// The member ends with a comma.
    fn end(&mut self, at: usize) {
        let member = self.key.take().and_then(|key| self.members.get_mut(&key));
        if let Some(member) = member {
            member.end = at;
        }
    }
}

/// The members of objects whose key comes again; `None` for a text beyond the caps.
fn earlier_members(text: &str) -> Option<Vec<Range<usize>>> {
    let (bytes, mut doomed) = (text.as_bytes(), Vec::new());
    let mut around: Vec<Around<'_>> = Vec::new();
    let (mut at, mut keys) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => around.push(Around::default()),
            b'}' | b']' => _ = around.pop(),
            b',' => around.last_mut().into_iter().for_each(|inner| inner.end(at + 1)),
            b'"' => {
                let end = string_end(bytes, at);
                if is_key(bytes, end)
                    && let Some(inner) = around.last_mut()
                    && let Ok(key) = serde_json::from_str::<Key<'_>>(&text[at..end])
                {
                    doomed.extend(inner.begin(key.0, at).filter(|before| !before.is_empty()));
                    keys += 1;
                }
                at = end - 1;
            }
            _ => {}
        }
        if around.len() > MAX_DEPTH || keys > MAX_KEYS {
            return None;
        }
        at += 1;
    }
    Some(doomed)
}

/// Behind the string that opens here.
fn string_end(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

fn is_key(bytes: &[u8], end: usize) -> bool {
    bytes[end..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_last_of_equal_keys_stays_at_every_depth() {
        for (text, expected) in [
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (r#"{"a":{"b":1,"b":[{"c":0,"c":1}]},"d":2}"#, r#"{"a":{"b":[{"c":1}]},"d":2}"#),
            (r#"{"a":"x,\"a\":1" , "b":[1,2], "\u0061" : {"a":3}, "a":4}"#, r#"{"b":[1,2],"a":4}"#),
        ] {
            let repaired = without_earlier_keys(text).unwrap();
            assert_eq!(repaired.len(), text.len());
            assert_eq!(repaired.replace(' ', ""), expected.replace(' ', ""));
        }
        assert_eq!(without_earlier_keys(r#"[{"a":1},{"a":":"},"a","a"]"#), None);
    }

    #[test]
    fn nesting_without_end_costs_no_memory_and_no_time() {
        let deep = format!("{{\"a\":{}1{},\"a\":1}}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert_eq!(without_earlier_keys(&deep), None);
        let levels = 100;
        let twice = format!("{}1{}", "{\"a\":".repeat(levels), ",\"a\":2}".repeat(levels));
        assert_eq!(without_earlier_keys(&twice).unwrap().replace(' ', ""), "{\"a\":2}");
    }

    proptest! {
        /// For all bytes: repairing neither panics nor moves anything.
        #[test]
        fn repair_keeps_the_length(text in "[\\\\udD8cC0-9a-f \"]{0,60}", other in "[{}\\[\\]:,\"\\\\ab é]{0,80}") {
            for repaired in [without_lone_surrogates(&text), without_earlier_keys(&other)] {
                prop_assert!(repaired.is_none_or(|repaired| [text.len(), other.len()].contains(&repaired.len())));
            }
        }

        /// For all objects with keys that come again: what is left is what a parser makes of the whole.
        #[test]
        fn what_is_left_means_the_same(keys in proptest::collection::vec("[ab]{0,2}", 1..8)) {
            let members: Vec<String> =
                keys.iter().enumerate().map(|(n, key)| format!(r#""{key}":[{n},{{"{key}":{n}}}]"#)).collect();
            let text = format!("{{{}}}", members.join(","));
            let whole: Value = serde_json::from_str(&text).unwrap();
            let left: Value = serde_json::from_str(&without_earlier_keys(&text).unwrap_or(text)).unwrap();
            prop_assert_eq!(whole, left);
        }
    }
}
