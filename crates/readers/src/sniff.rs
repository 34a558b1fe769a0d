//! Which format a source is, told by its content alone.
//!
//! The head of the stream is sketched: the first lines as JSON, else the whole as one JSON value, with long strings
//! cut and long lists shortened so that a head stays small however large its records are. Then every
//! [`Format`] of the registry is asked.

use std::fmt;
use std::io::{self, Read};

use goodhart_trace::{Format, Head, IssueKind};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::Options;
use crate::formats::FORMATS;
use crate::framing::{BOM, read_some};

/// Bytes looked at in any case.
const HEAD: usize = 64 * 1024;

/// Lines looked at.
const LINES: usize = 20;

/// Lines after which the first format is asked whether that will do.
const FEW: usize = 4;

/// Of a list in a sketch: the first items. Of a string: the first bytes. Of nesting: the outer levels.
const ITEMS: usize = 16;
const STRING: usize = 256;
const DEPTH: usize = 6;

/// Containers that are known and not opened, by their first bytes.
const CONTAINERS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xFD7zXZ\0", "an xz stream"),
    (b"BZh", "a bzip2 stream"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
];

/// A stream whose beginning can be looked at before it is read.
pub(crate) struct Peeked<R> {
    inner: R,
    head: Vec<u8>,
    at: usize,
    /// The stream has ended within the head, by a failure if there is one.
    ended: bool,
    fault: Option<io::Error>,
}

impl<R: Read> Peeked<R> {
    pub(crate) fn new(inner: R) -> Self {
        Peeked { inner, head: Vec::new(), at: 0, ended: false, fault: None }
    }

    /// The failure that ended the stream within its head.
    pub(crate) fn fault(&self) -> Option<&io::Error> {
        self.fault.as_ref()
    }

    /// Makes the head at least `want` bytes long, if the stream is.
    pub(crate) fn fill(&mut self, want: usize) -> &[u8] {
        while !self.ended && self.head.len() < want {
            let before = self.head.len();
            self.head.resize(want.min(before + HEAD), 0);
            let read = read_some(&mut self.inner, &mut self.head[before..]);
            self.head.truncate(before + read.as_ref().map_or(0, |&count| count));
            self.ended = matches!(read, Ok(0) | Err(_));
            self.fault = read.err();
        }
        &self.head
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = &self.head[self.at..];
        if !left.is_empty() {
            let count = left.len().min(into.len());
            into[..count].copy_from_slice(&left[..count]);
            self.at += count;
            return Ok(count);
        }
        self.head = Vec::new();
        self.at = 0;
        match (self.fault.take(), self.ended) {
            (Some(fault), _) => Err(fault),
            (None, true) => Ok(0),
            (None, false) => self.inner.read(into),
        }
    }
}

/// The format of a stream, or why there is none.
pub(crate) fn sniff<R: Read>(
    stream: &mut Peeked<R>,
    options: &Options,
) -> Result<&'static dyn Format, (IssueKind, String)> {
    if let Some(format) = settled(stream) {
        return Ok(format);
    }
    let head = head(stream, options)?;
    let format = FORMATS.iter().copied().find(|format| format.sniff(&head));
    format.ok_or_else(|| unrecognised(&head))
}

/// The first format, where a few lines settle it: none is asked before it.
fn settled<R: Read>(stream: &mut Peeked<R>) -> Option<&'static dyn Format> {
    stream.fill(HEAD);
    let lines = sketch_lines(&stream.head, stream.ended, FEW);
    let head = Head { bytes: &stream.head, lines, document: None };
    FORMATS.first().copied().filter(|format| format.settles(&head))
}

/// What the formats are asked about, or why that is no use.
pub(crate) fn head<'a, R: Read>(
    stream: &'a mut Peeked<R>,
    options: &Options,
) -> Result<Head<'a>, (IssueKind, String)> {
    stream.fill(HEAD);
    if stream.ended && stream.head.trim_ascii().is_empty() {
        return Err((IssueKind::EmptyFile, "file: expected records, found nothing".into()));
    }
    if let Some((_, what)) = CONTAINERS.iter().find(|(magic, _)| stream.head.starts_with(magic)) {
        return Err((IssueKind::UnsupportedContainer, format!("file: expected text, found {what}")));
    }
    fill_first_line(stream, options.max_line);
    let mut head =
        Head { bytes: &[], lines: sketch_lines(&stream.head, stream.ended, LINES), document: None };
    if head.lines.is_empty() && may_be_document(&stream.head) {
        stream.fill(options.max_document.saturating_add(1));
        if stream.head.len() > options.max_document {
            let detail = "file: expected at most the cap on documents, found more";
            return Err((IssueKind::TooLarge, detail.into()));
        }
        head.document = text(&stream.head).and_then(sketch);
        if head.document.is_none() {
            head.lines = later_lines(&stream.head, stream.ended);
        }
    }
    head.bytes = &stream.head;
    Ok(head)
}

/// Reads on until the first record is complete.
fn fill_first_line<R: Read>(stream: &mut Peeked<R>, max: usize) {
    let mut want = HEAD;
    while !stream.ended && stream.head.len() <= max && !has_line(&stream.head) {
        want *= 2;
        stream.fill(want.min(max.saturating_add(1)));
    }
}

fn has_line(head: &[u8]) -> bool {
    let start = head.iter().position(|byte| !byte.is_ascii_whitespace());
    start.is_some_and(|start| memchr::memchr(b'\n', &head[start..]).is_some())
}

/// The leading lines that are JSON, so many at most: none when the first one is not.
fn sketch_lines(head: &[u8], ended: bool, most: usize) -> Vec<Value> {
    let mut lines = whole_lines(head, ended);
    let Some(first) = lines.next().and_then(text).and_then(sketch) else { return Vec::new() };
    std::iter::once(first).chain(lines.filter_map(text).filter_map(sketch)).take(most).collect()
}

/// After a damaged first line: the lines that are JSON objects. Where they are the lesser part, the source is a damaged
/// document of which some lines happen to be JSON.
fn later_lines(head: &[u8], ended: bool) -> Vec<Value> {
    let head = &head[..head.len().min(HEAD)];
    let lines = whole_lines(head, ended).take(LINES);
    let objects: Vec<Value> =
        lines.clone().filter_map(text).filter_map(sketch).filter(Value::is_object).collect();
    if 2 * objects.len() < lines.count() { Vec::new() } else { objects }
}

/// Lines that are not blank; the last one only where it is known to be complete.
fn whole_lines(head: &[u8], ended: bool) -> impl Iterator<Item = &[u8]> + Clone {
    let head = head.strip_prefix(BOM).unwrap_or(head);
    let end = if ended { head.len() } else { memchr::memrchr(b'\n', head).unwrap_or(0) };
    head[..end].split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty())
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes.strip_prefix(BOM).unwrap_or(bytes)).ok()
}

fn may_be_document(head: &[u8]) -> bool {
    let head = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    matches!(head.first(), Some(b'{' | b'[' | 0))
}

/// Why nothing claims this head.
fn unrecognised(head: &Head<'_>) -> (IssueKind, String) {
    let bytes = &head.bytes[..head.bytes.len().min(HEAD)];
    if head.lines.is_empty() && head.document.is_none() && !is_text(bytes) {
        return match is_protobuf(bytes) {
            true => (IssueKind::UnsupportedContainer, "file: expected text, found protobuf".into()),
            false => (IssueKind::Binary, "file: expected text, found other bytes".into()),
        };
    }
    (IssueKind::UnknownFormat, "file: expected a known format, found another text".into())
}

/// Text up to a character that the end of the head may have cut.
fn is_text(bytes: &[u8]) -> bool {
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true);
    valid && !bytes.iter().any(|&byte| byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0C | 0x1B))
}

/// The outer message of OTLP: field 1 of bytes, bare or behind a length of four bytes.
fn is_protobuf(bytes: &[u8]) -> bool {
    matches!(bytes, [0x0A, _, ..] | [0, _, _, _, 0x0A, ..])
}

/// A JSON value with long strings cut, long lists shortened and deep values left out.
fn sketch(text: &str) -> Option<Value> {
    let mut spare = String::new();
    crate::json::lenient::<Sketched>(text, &mut spare).ok().map(|sketched| sketched.0)
}

/// The first [`STRING`] bytes, up to a whole character.
fn beginning(text: &str) -> &str {
    let end = (0..=STRING.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

struct Sketched(Value);

impl<'de> serde::Deserialize<'de> for Sketched {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Sketch { depth: DEPTH }.deserialize(deserializer).map(Sketched)
    }
}

#[derive(Clone, Copy)]
struct Sketch {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Sketch {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.depth {
            0 => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Sketch {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(beginning(text).into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = Sketch { depth: self.depth - 1 };
        let mut items = Vec::new();
        while items.len() < ITEMS {
            match seq.next_element_seed(inner)? {
                Some(item) => items.push(item),
                None => return Ok(items.into()),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(items.into())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = Sketch { depth: self.depth - 1 };
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            fields.insert(key, map.next_value_seed(inner)?);
        }
        Ok(fields.into())
    }
}
