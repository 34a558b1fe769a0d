//! JSON of any shape with borrowed text, for formats whose records say the same thing in several layouts.
//!
//! Where a format has one shape, [`Field`](crate::json::Field)s are the better way: they say what was expected.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Entries of one list or object that are held; a longer one is no log but an attempt on our memory.
const MAX_ENTRIES: usize = 1 << 16;

/// One JSON value. Numbers and booleans are kept as they print: telemetry writes them as text as often as not.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Tree<'a> {
    #[default]
    Null,
    Text(Cow<'a, str>),
    List(Vec<Tree<'a>>),
    Map(Vec<(Cow<'a, str>, Tree<'a>)>),
}

impl<'a> Tree<'a> {
    /// The entry of an object under the first of these names that it has; of equal names the last.
    pub(crate) fn get(&self, names: &[&str]) -> Option<&Tree<'a>> {
        let Tree::Map(entries) = self else { return None };
        names.iter().find_map(|name| entries.iter().rfind(|(key, _)| key == name).map(|(_, value)| value))
    }

    /// The same as text: strings, numbers and booleans.
    pub(crate) fn text(&self, names: &[&str]) -> Option<Cow<'a, str>> {
        self.get(names)?.as_text()
    }

    pub(crate) fn as_text(&self) -> Option<Cow<'a, str>> {
        match self {
            Tree::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The items of a list; nothing where it is none.
    pub(crate) fn items(&self) -> &[Tree<'a>] {
        match self {
            Tree::List(items) => items,
            _ => &[],
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Tree<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Grow)
    }
}

struct Grow;

impl<'de> Visitor<'de> for Grow {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Tree<'de>, E> {
        Ok(owned(text))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Tree<'de>, E> {
        Ok(owned(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Tree<'de>, E> {
        Ok(owned(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Tree<'de>, E> {
        Ok(owned(value))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Tree<'de>, E> {
        Ok(owned(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree<'de>, A::Error> {
        let mut items = Vec::new();
        while items.len() < MAX_ENTRIES {
            match seq.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(Tree::List(items)),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Tree::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree<'de>, A::Error> {
        let mut entries = Vec::new();
        while entries.len() < MAX_ENTRIES {
            match map.next_entry::<Key<'de>, _>()? {
                Some((key, value)) => entries.push((key.0, value)),
                None => return Ok(Tree::Map(entries)),
            }
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Tree::Map(entries))
    }
}

fn owned<'a>(value: impl ToString) -> Tree<'a> {
    Tree::Text(Cow::Owned(value.to_string()))
}

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed_and_everything_else_is_found() {
        let tree: Tree<'_> =
            serde_json::from_str(r#"{"a":"plain","b":"line\n","c":7,"d":true,"e":[null,1.5],"f":{"g":-1}}"#)
                .unwrap();
        assert!(matches!(tree.get(&["a"]), Some(Tree::Text(Cow::Borrowed("plain")))));
        assert_eq!(tree.text(&["b"]).as_deref(), Some("line\n"));
        assert_eq!(tree.text(&["x", "c"]).as_deref(), Some("7"));
        assert_eq!(tree.text(&["d"]).as_deref(), Some("true"));
        assert_eq!(tree.get(&["e"]).unwrap().items()[1].as_text().as_deref(), Some("1.5"));
        assert_eq!(tree.get(&["f"]).unwrap().text(&["g"]).as_deref(), Some("-1"));
        assert_eq!((tree.text(&["e"]), tree.items()), (None, &[][..]));
    }

    #[test]
    fn long_lists_end_at_their_cap() {
        let text = format!("[{}0]", "0,".repeat(MAX_ENTRIES + 10));
        assert_eq!(serde_json::from_str::<Tree<'_>>(&text).unwrap().items().len(), MAX_ENTRIES);
    }
}
