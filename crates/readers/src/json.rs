//! Tolerant, typed, borrowed access to JSON records: one pass over the bytes, no tree of values.
//!
//! A log may hold null, nothing, or another type wherever a format documents a string. [`Field`] takes them all: it
//! remembers what stood there, so that a reader can say so in an [`Issue`] and go on with the rest of the record.
//! What a field accepts is decided by its [`Leaf`]; strings without escapes stay borrowed from the record.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use goodhart_trace::{Event, Issue, IssueKind, Position, Record, Sink};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::marks::{BLOCK, marks};
use crate::repair::{without_earlier_keys, without_lone_surrogates};
use crate::skim::skim;

/// Largest count that is believed: beyond 2^53 JSON writers lose digits.
const MAX_COUNT: u64 = 1 << 53;

/// 9999-12-31T23:59:59.999Z in milliseconds.
const MAX_TIME_MS: i64 = 253_402_300_799_999;

/// Epoch numbers below this are seconds (until the year 5138), others milliseconds.
const FIRST_MILLISECONDS: f64 = 1e11;

/// Items of a list that is held as a whole. Longer ones are no log but an attempt on our memory.
const MAX_ITEMS: usize = 1 << 16;

/// Longest name of a record, block or tool that an issue repeats.
const MAX_NAME: usize = 40;

/// Where the issues of one record go.
pub(crate) struct Notes<'s> {
    pub(crate) sink: &'s mut dyn Sink,
    pub(crate) position: Position,
}

impl<'s> Notes<'s> {
    pub(crate) fn new(sink: &'s mut dyn Sink, file: u32, record: &Record<'_>) -> Self {
        Notes { sink, position: Position { file, line: record.line, byte: record.byte } }
    }

    /// Delivers an event of the record.
    pub(crate) fn event(&mut self, event: Event<'_>) {
        self.sink.event(Event { position: self.position, ..event });
    }

    /// Notes messages that are passed over because they were told before.
    pub(crate) fn retold(&mut self, messages: u64) {
        self.sink.retold(messages);
    }

    pub(crate) fn issue(&mut self, kind: IssueKind, detail: impl Into<String>) {
        self.sink.issue(Issue::new(kind, self.position, detail));
    }

    pub(crate) fn not_json(&mut self, column: usize) {
        let detail = format!("record: expected JSON, found something else at column {column}");
        self.issue(IssueKind::NotJson, detail);
    }

    /// A record or block of a kind that the reader does not know.
    pub(crate) fn unknown(&mut self, kind: IssueKind, field: &str, found: &str) {
        self.issue(kind, format!("{field}: expected a known kind, found {}", name(found)));
    }
}

/// The record as an object, or an issue that says why it is none. `spare` holds the repaired text where strings of
/// the record carry lone surrogates, which JavaScript writes and Unicode does not have.
pub(crate) fn object<'a, T: Deserialize<'a>>(
    text: &'a str,
    spare: &'a mut String,
    notes: &mut Notes<'_>,
) -> Option<T> {
    match lenient::<Field<Object<T>>>(text, spare) {
        Ok(Field::Is(Object(value))) => return Some(value),
        Ok(Field::Wrong(found)) => {
            notes.issue(IssueKind::NotAnObject, format!("record: expected an object, found {found}"));
        }
        Ok(Field::Absent) => notes.issue(IssueKind::NotAnObject, "record: expected an object, found null"),
        Err(column) => notes.not_json(column),
    }
    None
}

/// Parses, and where that fails once more with the text repaired: without lone surrogates, and with the last of equal
/// keys alone.
///
/// # Errors
///
/// The column at which the text ceases to be JSON.
pub(crate) fn lenient<'a, T: Deserialize<'a>>(text: &'a str, spare: &'a mut String) -> Result<T, usize> {
    if let Some(value) = skim(text) {
        return Ok(value);
    }
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(error) => {
            *spare = repaired(text, &error).ok_or(error.column())?;
            serde_json::from_str(spare).map_err(|error| error.column())
        }
    }
}

/// The text without what made it fail; `None` where that is beyond repair.
fn repaired(text: &str, error: &serde_json::Error) -> Option<String> {
    // Fields take any value, so that data is wrong only where a key stands twice.
    if error.is_data() {
        return without_earlier_keys(text);
    }
    let text = without_lone_surrogates(text)?;
    Some(without_earlier_keys(&text).filter(|_| is_json(&text)).unwrap_or(text))
}

/// A name of the format, fit to be repeated in an issue; anything that may be content is not repeated.
pub(crate) fn name(text: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'<' | b'>' | b'/');
    if !text.is_empty() && text.len() <= MAX_NAME && text.bytes().all(plain) { text } else { "another text" }
}

/// Whether a text is one JSON value.
pub(crate) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A value of the expected type, or what stood in its place.
#[derive(Debug, Clone, Default)]
pub(crate) enum Field<T> {
    /// Missing, or null.
    #[default]
    Absent,
    Is(T),
    /// The JSON type that was found.
    Wrong(&'static str),
}

/// A string.
pub(crate) type Text<'a> = Field<Cow<'a, str>>;

impl<T> Field<T> {
    /// The value; another type is reported and counts as absent.
    pub(crate) fn take<'de>(self, field: &str, notes: &mut Notes<'_>) -> Option<T>
    where
        T: Leaf<'de>,
    {
        match self {
            Field::Is(value) => Some(value),
            Field::Absent => None,
            Field::Wrong(found) => {
                let expected = T::EXPECTED;
                notes.issue(IssueKind::WrongType, format!("{field}: expected {expected}, found {found}"));
                None
            }
        }
    }

    /// The value, where it is one; nothing is reported.
    pub(crate) fn quiet(self) -> Option<T> {
        match self {
            Field::Is(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn as_ref(&self) -> Option<&T> {
        match self {
            Field::Is(value) => Some(value),
            _ => None,
        }
    }
}

impl Text<'_> {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.as_ref().is_some_and(|found| found == text)
    }
}

impl Field<bool> {
    pub(crate) fn holds(&self) -> bool {
        matches!(self, Field::Is(true))
    }
}

impl Field<Count> {
    /// The count; `None` when absent, 0 and an issue when it cannot be one.
    pub(crate) fn count(self, field: &str, notes: &mut Notes<'_>) -> Option<u64> {
        match self {
            Field::Is(Count(Some(count))) => Some(count),
            Field::Absent => None,
            Field::Is(Count(None)) => {
                let detail = format!("{field}: expected a whole number in 0..=2^53, found another number");
                notes.issue(IssueKind::BadCount, detail);
                Some(0)
            }
            Field::Wrong(found) => {
                notes.issue(IssueKind::BadCount, format!("{field}: expected a count, found {found}"));
                Some(0)
            }
        }
    }
}

impl Field<Moment> {
    /// Milliseconds since 1970; `None` and an issue when it cannot be read.
    pub(crate) fn time(self, field: &str, notes: &mut Notes<'_>) -> Option<i64> {
        match self.take(field, notes)? {
            Moment(Some(time_ms)) => Some(time_ms),
            Moment(None) => {
                let detail = format!("{field}: expected a time in 1970..=9999, found something else");
                notes.issue(IssueKind::BadTime, detail);
                None
            }
        }
    }
}

/// What a [`Field`] accepts. Each method answers `None` to refuse the JSON type it stands for.
pub(crate) trait Leaf<'de>: Sized {
    /// For issues: `a string`.
    const EXPECTED: &'static str;

    fn borrowed(text: &'de str) -> Option<Self> {
        Self::owned(text)
    }
    fn owned(_: &str) -> Option<Self> {
        None
    }
    fn given(text: String) -> Option<Self> {
        Self::owned(&text)
    }
    fn boolean(_: bool) -> Option<Self> {
        None
    }
    fn number(_: Number) -> Option<Self> {
        None
    }
    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        drain_map(map)
    }
    fn seq<A: SeqAccess<'de>>(seq: A) -> Result<Option<Self>, A::Error> {
        drain_seq(seq)
    }
}

/// A JSON number as it was written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

pub(crate) fn drain_map<'de, T, A: MapAccess<'de>>(mut map: A) -> Result<Option<T>, A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(None)
}

pub(crate) fn drain_seq<'de, T, A: SeqAccess<'de>>(mut seq: A) -> Result<Option<T>, A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(None)
}

impl<'de, T: Leaf<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

fn found<T>(value: Option<T>, instead: &'static str) -> Field<T> {
    value.map_or(Field::Wrong(instead), Field::Is)
}

impl<'de, T: Leaf<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }
    fn visit_unit<E>(self) -> Result<Field<T>, E> {
        Ok(Field::Absent)
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<T>, E> {
        Ok(found(T::borrowed(text), "a string"))
    }
    fn visit_str<E>(self, text: &str) -> Result<Field<T>, E> {
        Ok(found(T::owned(text), "a string"))
    }
    fn visit_string<E>(self, text: String) -> Result<Field<T>, E> {
        Ok(found(T::given(text), "a string"))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Field<T>, E> {
        Ok(found(T::boolean(value), "a boolean"))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Field<T>, E> {
        Ok(found(T::number(Number::Unsigned(value)), "a number"))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Field<T>, E> {
        Ok(found(T::number(Number::Signed(value)), "a number"))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Field<T>, E> {
        Ok(found(T::number(Number::Float(value)), "a number"))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field<T>, A::Error> {
        Ok(found(T::map(map)?, "an object"))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Field<T>, A::Error> {
        Ok(found(T::seq(seq)?, "an array"))
    }
}

impl<'de: 'a, 'a> Leaf<'de> for Cow<'a, str> {
    const EXPECTED: &'static str = "a string";

    fn borrowed(text: &'de str) -> Option<Self> {
        Some(Cow::Borrowed(text))
    }
    fn owned(text: &str) -> Option<Self> {
        Some(Cow::Owned(text.to_owned()))
    }
    fn given(text: String) -> Option<Self> {
        Some(Cow::Owned(text))
    }
}

impl Leaf<'_> for bool {
    const EXPECTED: &'static str = "a boolean";

    fn boolean(value: bool) -> Option<Self> {
        Some(value)
    }
}

impl Leaf<'_> for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn number(number: Number) -> Option<Self> {
        match number {
            Number::Unsigned(value) => i64::try_from(value).ok(),
            Number::Signed(value) => Some(value),
            Number::Float(_) => None,
        }
    }
}

/// A token count; `None` inside for a number that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) Option<u64>);

impl Leaf<'_> for Count {
    const EXPECTED: &'static str = "a count";

    fn number(number: Number) -> Option<Self> {
        let count = match number {
            Number::Unsigned(value) => Some(value),
            Number::Signed(value) => u64::try_from(value).ok(),
            Number::Float(value) if value >= 0.0 && value.fract() == 0.0 => Some(value as u64),
            Number::Float(_) => None,
        };
        Some(Count(count.filter(|&count| count <= MAX_COUNT)))
    }
}

/// A time stamp in milliseconds since 1970; `None` inside for one that cannot be read.
///
/// RFC 3339 text, seconds or milliseconds since 1970. Text without an offset is taken as UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Option<i64>);

impl Leaf<'_> for Moment {
    const EXPECTED: &'static str = "a time";

    fn owned(text: &str) -> Option<Self> {
        let time = usual_time(text)
            .or_else(|| text.parse::<Timestamp>().ok().or_else(|| UTC.to_timestamp(text.parse().ok()?).ok()));
        Some(Moment(time.and_then(|time| in_range(time.as_millisecond()))))
    }

    fn number(number: Number) -> Option<Self> {
        let value = match number {
            Number::Unsigned(value) => value as f64,
            Number::Signed(value) => value as f64,
            Number::Float(value) => value,
        };
        let ms = if value < FIRST_MILLISECONDS { value * 1000.0 } else { value };
        Some(Moment(in_range(ms.round() as i64)))
    }
}

/// A time as nearly all logs write it, `2026-03-02T09:00:00.123Z`; `None` for any other text.
fn usual_time(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let number = |from: usize, digits: usize| {
        bytes[from..from + digits].iter().try_fold(0, |sum, &byte| Some(10 * sum + digit(byte)?))
    };
    let two = |from| number(from, 2).map(|number| number as i8);
    if separators.iter().any(|&(at, separator)| bytes[at] != separator) {
        return None;
    }
    let nanoseconds = i32::from(number(20, 3)?) * 1_000_000;
    let time = DateTime::new(number(0, 4)?, two(5)?, two(8)?, two(11)?, two(14)?, two(17)?, nanoseconds);
    UTC.to_timestamp(time.ok()?).ok()
}

const UTC: Offset = Offset::UTC;

fn in_range(time_ms: i64) -> Option<i64> {
    (0..=MAX_TIME_MS).contains(&time_ms).then_some(time_ms)
}

/// An object of a known shape.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Leaf<'de> for Object<T> {
    const EXPECTED: &'static str = "an object";

    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        let value = T::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Some(Object(value)))
    }
}

/// The same in a place of its own.
impl<'de, T: Deserialize<'de>> Leaf<'de> for Box<Object<T>> {
    const EXPECTED: &'static str = Object::<T>::EXPECTED;

    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Ok(Object::map(map)?.map(Box::new))
    }
}

/// A list whose items are tolerant themselves.
impl<'de, T: Deserialize<'de>> Leaf<'de> for Vec<T> {
    const EXPECTED: &'static str = "an array of at most 65536 items";

    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        // Most lists of a log hold one item, a large one: room for four is too much.
        let mut items = Vec::with_capacity(1);
        while items.len() < MAX_ITEMS {
            match seq.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(Some(items)),
            }
        }
        let rest = seq.next_element::<IgnoredAny>()?;
        drain_seq::<Self, A>(seq)?;
        Ok(rest.is_none().then_some(items))
    }
}

/// Hands out the items of a list one by one, however many there are. `false` where it is no list.
pub(crate) fn each<'a>(list: &'a RawValue, take: impl FnMut(&'a RawValue)) -> bool {
    serde_json::Deserializer::from_str(list.get()).deserialize_any(Each(take)).is_ok()
}

struct Each<F>(F);

impl<'a, F: FnMut(&'a RawValue)> Visitor<'a> for Each<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }
    fn visit_seq<A: SeqAccess<'a>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element()? {
            (self.0)(item);
        }
        Ok(())
    }
}

/// The content of a JSON string, unescaped in one pass into memory of the right size; `None` where the value is no
/// string, or one that has to be repaired.
pub(crate) fn unescaped(raw: &str) -> Option<Cow<'_, str>> {
    without_escapes(raw.strip_prefix('"')?.strip_suffix('"')?)
}

/// The same between its quotes.
pub(crate) fn without_escapes(content: &str) -> Option<Cow<'_, str>> {
    let (mut text, mut read) = (String::new(), 0);
    for from in (0..content.len()).step_by(BLOCK) {
        let mut escapes = marks(content.as_bytes(), from, *b"\\\\");
        while escapes != 0 {
            let at = from + escapes.trailing_zeros() as usize;
            escapes &= escapes - 1;
            // The second of two backslashes begins nothing.
            if at >= read {
                if text.is_empty() {
                    text.reserve_exact(content.len());
                }
                let (c, length) = escape(&content[at + 1..])?;
                text.push_str(&content[read..at]);
                text.push(c);
                read = at + 1 + length;
            }
        }
    }
    if read == 0 {
        return Some(Cow::Borrowed(content));
    }
    text.push_str(&content[read..]);
    Some(Cow::Owned(text))
}

/// The character that an escape stands for, and the bytes that it takes behind the backslash.
fn escape(rest: &str) -> Option<(char, usize)> {
    let c = match rest.as_bytes().first()? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return unicode(rest),
        &same @ (b'"' | b'\\' | b'/') => char::from(same),
        _ => return None,
    };
    Some((c, 1))
}

/// `uXXXX`, or a pair of surrogates.
fn unicode(rest: &str) -> Option<(char, usize)> {
    let unit = |at: usize| u32::from_str_radix(rest.get(at..at + 4)?, 16).ok();
    let first = unit(1)?;
    match char::from_u32(first) {
        Some(c) => Some((c, 5)),
        None => {
            let second = unit(7).filter(|_| rest.get(5..7) == Some("\\u"))?;
            char::decode_utf16([first as u16, second as u16]).next()?.ok().map(|c| (c, 11))
        }
    }
}

/// Arguments of a call: the content of a JSON string, else the JSON text as it stands.
pub(crate) fn arguments(raw: &RawValue) -> Cow<'_, str> {
    let text = raw.get();
    if !text.starts_with('"') {
        return Cow::Borrowed(text);
    }
    unescaped(text).unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Collect;

    proptest! {
        /// For all texts: a time that looks as usual is the time that it is otherwise read as.
        #[test]
        fn usual_times_are_times(time in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[012][0-9]:[0-6][0-9]:[0-6][0-9][.,][0-9]{3}[Z0]") {
            if let Some(usual) = usual_time(&time) {
                prop_assert_eq!(Ok(usual), time.parse::<Timestamp>().map_err(drop));
            }
        }
    }

    #[test]
    fn logs_write_usual_times() {
        assert!(usual_time("2026-03-02T09:00:00.123Z").is_some());
        assert!(usual_time("2026-02-30T09:00:00.123Z").is_none());
    }

    fn moment(json: &str) -> Option<i64> {
        let field: Field<Moment> = serde_json::from_str(json).unwrap();
        field.quiet().and_then(|moment| moment.0)
    }

    fn count(json: &str) -> (Option<u64>, Vec<IssueKind>) {
        let mut sink = Collect::default();
        let mut notes = Notes { sink: &mut sink, position: Position::default() };
        let field: Field<Count> = serde_json::from_str(json).unwrap();
        let count = field.count("usage.output_tokens", &mut notes);
        (count, sink.issues.iter().map(|issue| issue.kind).collect())
    }

    #[test]
    fn counts_that_are_none_are_zero_and_reported() {
        assert_eq!(count("12"), (Some(12), vec![]));
        assert_eq!(count("12.0"), (Some(12), vec![]));
        assert_eq!(count("null"), (None, vec![]));
        for bad in ["-1", "1.5", "1e30", "18446744073709551615", "\"12\"", "[]", "{\"a\":[1]}", "true"] {
            assert_eq!(count(bad), (Some(0), vec![IssueKind::BadCount]), "{bad}");
        }
    }

    #[test]
    fn times_in_every_dialect() {
        let expected = Some(1_772_442_000_123);
        assert_eq!(moment("\"2026-03-02T09:00:00.123Z\""), expected);
        assert_eq!(moment("\"2026-03-02T10:00:00.123+01:00\""), expected);
        assert_eq!(moment("\"2026-03-02T09:00:00.123456\""), expected);
        assert_eq!(moment("1772442000.123"), expected);
        assert_eq!(moment("1772442000123"), expected);
        for bad in [
            "\"yesterday\"",
            "\"\"",
            "\"1969-12-31T23:59:59Z\"",
            "-1",
            "1e300",
            "\"+010000-01-01T00:00:00Z\"",
        ] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn plain_strings_are_borrowed_and_escaped_ones_owned() {
        let Ok(Field::Is(Cow::Borrowed("plain"))) = serde_json::from_str::<Text<'_>>("\"plain\"") else {
            panic!("a string without escapes must not be copied");
        };
        let escaped: Text<'_> = serde_json::from_str("\"a\\nb\"").unwrap();
        assert!(matches!(escaped, Field::Is(Cow::Owned(text)) if text == "a\nb"));
    }

    #[test]
    fn a_string_that_is_broken_is_left_to_others() {
        for raw in
            [r#""\ud83d""#, r#""\ud83d\u0041""#, r#""\x""#, r#""\""#, r#""\u12""#, "12", "\"", "[\"a\"]"]
        {
            assert_eq!(unescaped(raw), None, "{raw}");
        }
    }

    #[test]
    fn lone_surrogates_cost_one_character_not_the_record() {
        let mut spare = String::new();
        let text = r#""\ud83d \ud83d\ude00 \\ud83d \udc00""#;
        let repaired: Text<'_> = lenient(text, &mut spare).unwrap();
        assert_eq!(repaired.quiet().unwrap(), "\u{FFFD} \u{1F600} \\ud83d \u{FFFD}");
    }

    #[test]
    fn a_key_that_stands_twice_counts_as_its_last_one_says() {
        let mut spare = String::new();
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Node {
            a: Field<i64>,
        }
        for text in [r#"{"a":1,"a":2}"#, r#"{"b":"\ud83d","a":"x","a":2}"#] {
            let Object(node) = lenient::<Field<Object<Node>>>(text, &mut spare).unwrap().quiet().unwrap();
            assert_eq!(node.a.quiet(), Some(2), "{text}");
        }
        assert_eq!(lenient::<Field<Object<Node>>>(r#"{"a":1,"a":2"#, &mut spare).err(), Some(12));
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let mut spare = String::new();
        let _ = lenient::<Field<Vec<Field<bool>>>>(&deep, &mut spare);
        let nested = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Node {
            a: Option<Box<Field<Object<Node>>>>,
        }
        let parsed = lenient::<Field<Object<Node>>>(&nested, &mut spare);
        assert!(parsed.is_err());
        assert!(
            lenient::<Field<Object<Node>>>("{\"a\":{}}", &mut spare).unwrap().quiet().unwrap().0.a.is_some()
        );
    }

    #[test]
    fn a_list_without_end_is_refused_not_held() {
        let list = |items: usize| format!("[{}1]", "1,".repeat(items - 1));
        let parse = |text: &str| serde_json::from_str::<Field<Vec<Field<i64>>>>(text).unwrap();
        assert_eq!(parse(&list(MAX_ITEMS)).quiet().unwrap().len(), MAX_ITEMS);
        assert!(matches!(parse(&list(MAX_ITEMS + 1)), Field::Wrong("an array")));
    }

    #[test]
    fn items_come_one_by_one() {
        let (mut items, list) = (Vec::new(), r#"[1, {"a": [2]}, "x"]"#);
        let raw: &RawValue = serde_json::from_str(list).unwrap();
        assert!(each(raw, |item| items.push(item.get())));
        assert_eq!(items, ["1", r#"{"a": [2]}"#, "\"x\""]);
        assert!(!each(serde_json::from_str("{}").unwrap(), |_| panic!("no list")));
    }

    proptest! {
        /// For all texts: unescaping gives back what was escaped, and copies nothing that has no escape.
        #[test]
        fn what_was_escaped_comes_back(text in "[ -~\\n\\té→\u{1F600}\u{1}]{0,40}", ascii in any::<bool>()) {
            let mut raw = serde_json::to_string(&text).unwrap();
            if ascii {
                let unit = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04X}")).collect::<String>();
                raw = raw.chars().map(|c| if c.is_ascii() { c.to_string() } else { unit(c) }).collect();
            }
            let found = unescaped(&raw);
            prop_assert_eq!(found.as_deref(), Some(text.as_str()));
            prop_assert_eq!(matches!(found, Some(Cow::Borrowed(_))), !raw.contains('\\'));
        }

        /// For all texts: a name that an issue repeats is short and harmless.
        #[test]
        fn names_never_quote_content(text in ".{0,80}") {
            prop_assert!(name(&text).len() <= MAX_NAME && !name(&text).contains('\n'));
        }
    }
}
