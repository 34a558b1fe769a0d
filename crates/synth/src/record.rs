//! JSON whose keys keep the order in which they were written, as the log's own writer does.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Flag(bool),
    Int(u64),
    Text(String),
    List(Vec<Node>),
    Record(Record),
}

/// A JSON object.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Record(Vec<(&'static str, Node)>);

impl Record {
    /// Appends a field.
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<Node>) -> Self {
        self.0.push((key, value.into()));
        self
    }

    /// Appends all fields of another object.
    pub(crate) fn joined(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The fields in another order; the object means the same.
    pub(crate) fn reordered(mut self, order: impl FnOnce(&mut [(&'static str, Node)])) -> Self {
        order(&mut self.0);
        self
    }

    /// The text of a field, if it is one.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == key).and_then(|(_, node)| match node {
            Node::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The number in a field, if it is one.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.0.iter().find(|(name, _)| *name == key).and_then(|(_, node)| match node {
            Node::Int(number) => Some(*number),
            _ => None,
        })
    }

    /// The items of a field, none if it is no list.
    pub(crate) fn list(&self, key: &str) -> &[Node] {
        self.0.iter().find(|(name, _)| *name == key).map_or(&[], |(_, node)| match node {
            Node::List(items) => items,
            _ => &[],
        })
    }

    /// The object as JSON text.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).expect("because a record holds nothing that JSON cannot")
    }

    /// Replaces or appends a field.
    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<Node>) {
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some(field) => field.1 = value.into(),
            None => self.0.push((key, value.into())),
        }
    }

    /// Bytes of the object as JSON.
    pub(crate) fn bytes(&self) -> usize {
        2 + self.0.iter().map(|(key, node)| key.len() + 4 + node.bytes()).sum::<usize>()
    }
}

impl Node {
    fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Flag(_) | Self::Int(_) => 4,
            Self::Text(text) => text.len() + 2,
            Self::List(items) => 2 + items.iter().map(Self::bytes).sum::<usize>(),
            Self::Record(record) => record.bytes(),
        }
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Node {
    fn from(number: u64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Node {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Record> for Node {
    fn from(record: Record) -> Self {
        Self::Record(record)
    }
}

impl From<Vec<Node>> for Node {
    fn from(items: Vec<Node>) -> Self {
        Self::List(items)
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Int(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Record(record) => record.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order() {
        let record = Record::default().with("b", 1).with("a", vec![Node::Null, true.into(), "x".into()]);
        assert_eq!(serde_json::to_string(&record).unwrap(), r#"{"b":1,"a":[null,true,"x"]}"#);
    }
}
