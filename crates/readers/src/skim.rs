//! A parser of JSON for logs, most of which are strings that nobody asks for: it passes over them by their
//! [marks](crate::marks), 64 bytes at a time, where `serde_json` takes eight.
//!
//! It never says what is wrong. Whatever it does not read, `serde_json` is asked about, whose word is final; what it
//! reads, `serde_json` reads alike.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, MapDeserializer};
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::json::without_escapes;
use crate::marks::{BLOCK, marks};

/// The value that a text holds; `None` where it has to be read another way.
pub(crate) fn skim<'de, T: Deserialize<'de>>(text: &'de str) -> Option<T> {
    // Strings hold no control characters. What is laid out over lines does, but such texts are few.
    if text.bytes().fold(u8::MAX, u8::min) < b' ' {
        return None;
    }
    let mut skim = Skim { text, at: 0, marked: 0, marks: marks(text.as_bytes(), 0, MARKS), depth: 0 };
    let value = T::deserialize(&mut skim).ok()?;
    skim.peek().is_none().then_some(value)
}

/// A text without control characters, read up to a place.
struct Skim<'de> {
    text: &'de str,
    at: usize,
    /// A block of the text, and where quotes and backslashes stand in it.
    marked: usize,
    marks: u64,
    depth: u8,
}

const MARKS: [u8; 2] = *b"\"\\";

/// Values within values that are read; `serde_json` allows for some more.
const MAX_DEPTH: u8 = 120;

/// By this name `serde_json` is asked for the text of a value as it stands.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Something that is left to `serde_json`.
#[derive(Debug)]
struct Unread;

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not read")
    }
}

impl std::error::Error for Unread {}

impl de::Error for Unread {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Unread
    }
}

impl<'de> Skim<'de> {
    /// The next byte that is no space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ') => self.at += 1,
                next => return next.copied(),
            }
        }
    }

    /// Passes over a byte that has to come next.
    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Unread> {
        if self.text.as_bytes().get(self.at) != Some(&byte) {
            return Err(Unread);
        }
        self.at += 1;
        Ok(())
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Unread> {
        word.bytes().try_for_each(|byte| self.expect(byte))
    }

    /// Passes over what comes before the next quote or backslash, and over that; which it is.
    #[inline]
    fn pass_mark(&mut self) -> Result<u8, Unread> {
        loop {
            let block = self.at / BLOCK;
            if block != self.marked {
                self.marks = marks(self.text.as_bytes(), block * BLOCK, MARKS);
                self.marked = block;
            }
            let ahead = self.marks >> (self.at % BLOCK);
            if ahead != 0 {
                let at = self.at + ahead.trailing_zeros() as usize;
                self.at = at + 1;
                return Ok(self.text.as_bytes()[at]);
            }
            self.at = (block + 1) * BLOCK;
            if self.at >= self.text.len() {
                return Err(Unread);
            }
        }
    }

    /// Passes over a string behind its first quote; whether it holds escapes. Most end in the block in which they begin.
    #[inline]
    fn pass_string(&mut self) -> Result<bool, Unread> {
        let ahead = if self.at / BLOCK == self.marked { self.marks >> (self.at % BLOCK) } else { 0 };
        let at = self.at + ahead.trailing_zeros() as usize;
        if ahead != 0 && self.text.as_bytes()[at] == b'"' {
            self.at = at + 1;
            return Ok(false);
        }
        self.pass_long_string()
    }

    fn pass_long_string(&mut self) -> Result<bool, Unread> {
        let mut escapes = false;
        while self.pass_mark()? != b'"' {
            escapes = true;
            self.at += escape_length(&self.text.as_bytes()[self.at..]).ok_or(Unread)?;
        }
        Ok(escapes)
    }

    /// Reads a string behind its first quote.
    #[inline]
    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unread> {
        let start = self.at;
        let escapes = self.pass_string()?;
        let content = &self.text[start..self.at - 1];
        if !escapes {
            return visitor.visit_borrowed_str(content);
        }
        match without_escapes(content).ok_or(Unread)? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    /// Passes over a value.
    fn pass(&mut self) -> Result<(), Unread> {
        match self.peek().ok_or(Unread)? {
            b'"' => {
                self.at += 1;
                self.pass_string().map(drop)
            }
            b'{' => self.within(b'}', |mut fields| {
                while fields.another()? {
                    fields.next_is(b'"')?;
                    fields.skim.pass_string()?;
                    fields.next_is(b':')?;
                    fields.skim.pass()?;
                }
                Ok(())
            }),
            b'[' => self.within(b']', |mut items| {
                while items.another()? {
                    items.skim.pass()?;
                }
                Ok(())
            }),
            _ => self.scalar(IgnoredAny).map(drop),
        }
    }

    /// The text of the value that begins here.
    fn raw(&mut self) -> Result<&'de str, Unread> {
        self.peek();
        let start = self.at;
        self.pass()?;
        Ok(&self.text[start..self.at])
    }

    /// A value without others in it.
    #[inline]
    fn scalar<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unread> {
        match self.peek().ok_or(Unread)? {
            b'n' => self.expect_word("null").and_then(|()| visitor.visit_unit()),
            b't' => self.expect_word("true").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.expect_word("false").and_then(|()| visitor.visit_bool(false)),
            b'"' => {
                self.at += 1;
                self.string(visitor)
            }
            _ => self.number(visitor),
        }
    }

    /// Counts are read here; how other numbers are read is a long story, which is left to `serde_json`.
    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unread> {
        let rest = &self.text[self.at..];
        let of_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
        let length = rest.bytes().position(|byte| !of_number(byte)).unwrap_or(rest.len());
        self.at += length;
        let number = &rest[..length];
        if let Some(count) = count(number.as_bytes()) {
            return visitor.visit_u64(count);
        }
        let mut number = serde_json::Deserializer::from_str(number);
        let value = number.deserialize_any(visitor).map_err(|_| Unread)?;
        number.end().map(|()| value).map_err(|_| Unread)
    }

    /// Reads what stands between brackets.
    fn within<T>(
        &mut self,
        end: u8,
        read: impl FnOnce(Items<'_, 'de>) -> Result<T, Unread>,
    ) -> Result<T, Unread> {
        if self.depth == MAX_DEPTH {
            return Err(Unread);
        }
        self.depth += 1;
        self.at += 1;
        let value = read(Items { skim: self, end, first: true })?;
        self.depth -= 1;
        self.peek();
        self.expect(end).map(|()| value)
    }
}

/// A whole number of so few digits that it fits; no other digit follows a zero in front.
fn count(number: &[u8]) -> Option<u64> {
    match number {
        [] | [b'0', _, ..] => None,
        digits if digits.len() > 18 => None,
        digits => digits
            .iter()
            .try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| 10 * sum + u64::from(digit - b'0'))),
    }
}

/// The bytes of an escape behind its backslash.
#[inline]
fn escape_length(rest: &[u8]) -> Option<usize> {
    match rest.first()? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(1),
        b'u' => rest.get(1..5)?.iter().all(u8::is_ascii_hexdigit).then_some(5),
        _ => None,
    }
}

impl<'de> Deserializer<'de> for &mut Skim<'de> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.peek() {
            Some(b'{') => self.within(b'}', |fields| visitor.visit_map(fields)),
            Some(b'[') => self.within(b']', |items| visitor.visit_seq(items)),
            _ => self.scalar(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.pass().and_then(|()| visitor.visit_unit())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.peek() {
            Some(b'n') => self.expect_word("null").and_then(|()| visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        if name != RAW_VALUE {
            return visitor.visit_newtype_struct(self);
        }
        let raw = BorrowedStrDeserializer::new(self.raw()?);
        visitor.visit_map(MapDeserializer::new(std::iter::once((RAW_VALUE, raw))))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Unread> {
        Err(Unread)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

/// What stands between brackets.
struct Items<'a, 'de> {
    skim: &'a mut Skim<'de>,
    end: u8,
    first: bool,
}

impl Items<'_, '_> {
    /// Whether another item follows.
    #[inline]
    fn another(&mut self) -> Result<bool, Unread> {
        let first = std::mem::replace(&mut self.first, false);
        match self.skim.peek() {
            Some(byte) if byte == self.end => Ok(false),
            Some(b',') if !first => {
                self.skim.at += 1;
                Ok(true)
            }
            Some(_) if first => Ok(true),
            _ => Err(Unread),
        }
    }

    #[inline]
    fn next_is(&mut self, byte: u8) -> Result<(), Unread> {
        self.skim.peek();
        self.skim.expect(byte)
    }
}

/// The name of a field, behind its first quote.
struct Key<'a, 'de>(&'a mut Skim<'de>);

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Unread;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.0.string(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier option newtype_struct enum ignored_any
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Unread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unread> {
        if self.another()? { seed.deserialize(&mut *self.skim).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unread> {
        if !self.another()? {
            return Ok(None);
        }
        self.next_is(b'"')?;
        seed.deserialize(Key(self.skim)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unread> {
        self.next_is(b':')?;
        seed.deserialize(&mut *self.skim)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::skim;

    /// What a line asks for, and passes over.
    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Line<'a> {
        a: Value,
        b: Option<u64>,
        #[serde(borrow)]
        c: Option<&'a str>,
    }

    #[derive(Debug, Deserialize)]
    struct Raw<'a> {
        #[serde(borrow)]
        a: Option<&'a RawValue>,
    }

    const PARTS: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\"",
        "\"c\"",
        "\"\"",
        "\"",
        "\\n",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud800",
        "\\u12",
        "\\x",
        "\\",
        "é",
        "some text that is longer than eight bytes",
        "0",
        "12",
        "-",
        "-0",
        "1.5",
        "1e3",
        "1e999",
        "01",
        ".",
        "18446744073709551616",
        "null",
        "nul",
        "true",
        "false",
        " ",
        "\n",
        "\u{7f}",
        "{\"a\":",
        "\"b\":1",
        "\"c\":\"x\"",
        "{\"a\":[1,\"\\\\\"]}",
    ];

    fn text() -> impl Strategy<Value = String> {
        let parts =
            prop::collection::vec(prop::sample::select(PARTS), 0..12).prop_map(|parts| parts.concat());
        let value = prop::sample::select(vec![
            "1",
            "-2.5e1",
            "\"\\ud83d\\ude00 ü\"",
            "[]",
            "{}",
            "null",
            "[1 , {\"x\":[]}]",
        ]);
        let object = prop::collection::vec((prop::sample::select(vec!["a", "b", "c", "d\\t"]), value), 0..4)
            .prop_map(|fields| {
                let fields: Vec<String> = fields.iter().map(|(k, v)| format!(" \"{k}\" : {v}")).collect();
                format!("{{{}}}", fields.join(","))
            });
        prop_oneof![parts, object]
    }

    #[test]
    fn nothing_of_a_line_is_left_to_the_other_parser() {
        let line = r#"{"a":{"x":[1,-2.5,true,null,"\"q\" \u00e9"]}, "b":7,"c":"plain", "d":{"e":["\\"]}}"#;
        assert_eq!(skim::<Line<'_>>(line), serde_json::from_str(line).ok());
        assert!(skim::<Line<'_>>(line).is_some());
        let raw = skim::<Raw<'_>>(line).and_then(|raw| raw.a).map(RawValue::get);
        assert_eq!(raw, Some(r#"{"x":[1,-2.5,true,null,"\"q\" \u00e9"]}"#));
        assert_eq!(skim::<Value>(&"[".repeat(500)), None);
    }

    proptest! {
        /// For all texts: what is read is what `serde_json` reads.
        #[test]
        fn what_is_read_is_what_the_other_parser_reads(text in text()) {
            if let Some(value) = skim::<Value>(&text) {
                prop_assert_eq!(Some(value), serde_json::from_str(&text).ok());
            }
            if let Some(found) = skim::<Line<'_>>(&text) {
                prop_assert_eq!(Some(found), serde_json::from_str(&text).ok());
            }
            if let Some(raw) = skim::<Raw<'_>>(&text) {
                let expected = serde_json::from_str::<Raw<'_>>(&text).unwrap();
                prop_assert_eq!(raw.a.map(RawValue::get), expected.a.map(RawValue::get));
            }
        }
    }
}
