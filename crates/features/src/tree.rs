//! JSON as a tree that borrows what it can from its text: of the arguments of a call, most names and many values.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// One value.
#[derive(Debug, PartialEq)]
pub(crate) enum Tree<'a> {
    Null,
    Text(Cow<'a, str>),
    /// A number or a flag.
    Scalar(Value),
    List(Vec<Tree<'a>>),
    /// By their names, each of which stands there once.
    Fields(Vec<(Cow<'a, str>, Tree<'a>)>),
}

impl<'a> Tree<'a> {
    /// The value that a text holds, if it is JSON.
    pub(crate) fn read(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Tree<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Grow)
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

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
        Ok(Tree::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Scalar(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Scalar(value.into()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Scalar(value.into()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Tree<'de>, E> {
        Ok(Tree::Scalar(value.into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            fields.push((name, value));
        }
        Ok(Tree::Fields(by_name(fields)))
    }
}

/// Of fields with one name the last one counts, as most parsers read them.
fn by_name<'a>(mut fields: Vec<(Cow<'a, str>, Tree<'a>)>) -> Vec<(Cow<'a, str>, Tree<'a>)> {
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            std::mem::swap(later, first);
        }
        same
    });
    fields
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::Tree;

    fn value(tree: Tree<'_>) -> Value {
        match tree {
            Tree::Null => Value::Null,
            Tree::Text(text) => Value::String(text.into_owned()),
            Tree::Scalar(value) => value,
            Tree::List(items) => Value::Array(items.into_iter().map(value).collect()),
            Tree::Fields(fields) => {
                assert!(fields.is_sorted_by(|a, b| a.0 < b.0));
                let fields = fields.into_iter().map(|(name, field)| (name.into_owned(), value(field)));
                Value::Object(Map::from_iter(fields))
            }
        }
    }

    const PARTS: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\":",
        "\"b\\n\":",
        "\"a\\n\"",
        "\"\"",
        "null",
        "true",
        "-0",
        "1e3",
        "7",
        "{\"b\":1,\"a\":2,\"b\":[{}]}",
    ];

    proptest! {
        /// For all texts: the tree is the value that `serde_json` makes of it.
        #[test]
        fn a_tree_is_a_value(parts in prop::collection::vec(prop::sample::select(PARTS), 0..9)) {
            let text = parts.concat();
            prop_assert_eq!(Tree::read(&text).map(value), serde_json::from_str(&text).ok());
        }
    }
}
