//! What [`testing::check_format`](crate::testing::check_format) checks.

use std::collections::BTreeSet;
use std::io::{self, Read};

use goodhart_trace::{Event, Format, Framing, IssueKind, Kind, Position, Source};
use serde_json::{Value, json};

use crate::sniff::{Peeked, head};
use crate::{Collect, Options, read_reader};

/// Runs every check on a format and a clean sample of it: UTF-8 text, some records, no issue in it.
///
/// 1. The id is in kebab case, and the title says something.
/// 2. The format claims the sample, and neither nothing, prose, numbers nor unrelated JSON.
/// 3. The sample gives events and no issue. Every event has a session; tools and arguments stand on calls only, and
///    known reasoning is part of the output.
/// 4. Two copies are two times the same: the same bytes give the same events with the same identities, also under
///    another number, and, but for sessions that are named by the path, under another name.
/// 5. In pieces of any size the source is the same.
/// 6. Cut anywhere, a source of lines gives a prefix of its events, and no source makes the decoder panic.
/// 7. A copy behind the first one, in one source of lines, changes nothing before it.
/// 8. Positions are those of records: the byte starts one, and the line is the number of that line.
/// 9. A line that is no JSON costs nothing but itself.
/// 10. Any value in the place of any other is survived, and never called broken JSON.
/// 11. Of a key that stands twice in a record the last one counts.
///
/// # Panics
/// With the id of the format and the broken promise.
pub fn check_format(format: &'static dyn Format, sample: &str) {
    let check = Check { format, name: format.id(), sample };
    check.names();
    check.sniffing();
    check.content();
    check.again();
    check.pieces();
    check.cuts();
    check.copies();
    check.positions();
    check.broken_lines();
    check.odd_values();
    check.equal_keys();
}

struct Check<'a> {
    format: &'static dyn Format,
    name: &'static str,
    sample: &'a str,
}

/// Where the sample is said to stand.
const SOURCE: Source<'static> = Source { file: 3, path: "logs/stem.jsonl" };

impl Check<'_> {
    fn names(&self) {
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(!self.name.is_empty() && self.name.chars().all(kebab), "{}: id in kebab case", self.name);
        assert!(self.format.title().len() > 10, "{}: the title says something", self.name);
    }

    fn sniffing(&self) {
        assert!(self.claims(self.sample), "{}: claims its sample", self.name);
        for other in [
            "",
            "\n",
            "to whom it may concern\nhello\n",
            "1\n2\n",
            "{\"a\":1}\n",
            "[]",
            "[{\"a\":{}}]",
            "null",
        ] {
            assert!(!self.claims(other), "{}: does not claim {other:?}", self.name);
        }
    }

    fn claims(&self, text: &str) -> bool {
        let mut stream = Peeked::new(text.as_bytes());
        head(&mut stream, &Options::default()).is_ok_and(|head| self.format.sniff(&head))
    }

    fn content(&self) {
        let Collect { events, issues, .. } = self.read(self.sample.as_bytes());
        assert!(!events.is_empty(), "{}: the sample gives events", self.name);
        assert!(issues.is_empty(), "{}: the sample gives no issue: {issues:?}", self.name);
        for event in &events {
            let call = event.kind == Kind::ToolCall;
            let bare = event.tool.is_none() && event.arguments.is_none();
            assert!(!event.session.is_empty(), "{}: every event has a session: {event:?}", self.name);
            assert!(call || bare, "{}: tools and arguments stand on calls only: {event:?}", self.name);
            let known = event.usage.and_then(|usage| usage.reasoning.map(|part| part <= usage.output));
            assert!(known != Some(false), "{}: reasoning is part of the output: {event:?}", self.name);
        }
    }

    fn again(&self) {
        let first = self.read(self.sample.as_bytes());
        assert_eq!(
            first,
            self.read(self.sample.as_bytes()),
            "{}: the same bytes, the same events",
            self.name
        );
        let elsewhere =
            self.read_from(self.sample.as_bytes(), Source { file: 9, path: "elsewhere/other.json" });
        assert_eq!(first.events.len(), elsewhere.events.len(), "{}: a name changes no event", self.name);
        for (here, there) in first.events.iter().zip(&elsewhere.events) {
            let position = Position { file: 9, ..here.position };
            let moved = Event { position, session: there.session.clone(), ..here.clone() };
            let named = here.session != there.session;
            let ids = Event { id: there.id, request: there.request.clone(), ..moved.clone() };
            let moved = if named { ids } else { moved };
            assert_eq!(&moved, there, "{}: only a session and its ids may be named by the path", self.name);
        }
    }

    fn pieces(&self) {
        let whole = self.read(self.sample.as_bytes());
        for size in [1, 2, 3, 7, 64, 1021, 4096] {
            let found = self.read(Pieces { bytes: self.sample.as_bytes(), size });
            assert_eq!(found, whole, "{}: in pieces of {size}", self.name);
        }
    }

    fn cuts(&self) {
        let whole = self.read(self.sample.as_bytes());
        let bytes = self.sample.as_bytes();
        for end in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
            let found = self.read(&bytes[..end]);
            let prefix = whole.events.starts_with(&found.events);
            assert!(prefix || !self.is_lines(), "{}: cut at {end}: a prefix of the events", self.name);
        }
    }

    fn copies(&self) {
        if !self.is_lines() {
            return;
        }
        let once = self.read(self.sample.as_bytes());
        let twice = self.read(format!("{}\n{}", self.sample, self.sample).as_bytes());
        assert!(
            twice.events.starts_with(&once.events),
            "{}: a copy behind changes nothing before",
            self.name
        );
    }

    fn positions(&self) {
        let text = format!("\u{FEFF}\r\n{}", self.sample);
        let found = self.read(text.as_bytes());
        for Event { position, .. } in &found.events {
            let (before, record) =
                text.split_at(usize::try_from(position.byte).unwrap_or(usize::MAX).min(text.len()));
            let line = 1 + before.matches('\n').count() as u64;
            assert_eq!(position.file, SOURCE.file, "{}: the number of the file", self.name);
            if self.is_lines() {
                let start = before.is_empty() || before.ends_with(['\n', '\u{FEFF}']);
                assert!(
                    start && !record.trim().is_empty(),
                    "{}: byte {} starts a record",
                    self.name,
                    position.byte
                );
                assert_eq!(position.line, line, "{}: line of byte {}", self.name, position.byte);
            }
        }
    }

    fn broken_lines(&self) {
        if !self.is_lines() {
            return;
        }
        let whole = self.read(self.sample.as_bytes()).events.len();
        let lines: Vec<&str> = self.sample.lines().collect();
        for at in 1..=lines.len() {
            let mut lines = lines.clone();
            lines.insert(at, "{\"broken");
            let found = self.read(format!("{}\n", lines.join("\n")).as_bytes());
            assert_eq!(found.events.len(), whole, "{}: a broken line costs nothing but itself", self.name);
            let kinds: Vec<IssueKind> = found.issues.iter().map(|issue| issue.kind).collect();
            assert_eq!(kinds.len(), 1, "{}: a broken line is one issue: {kinds:?}", self.name);
        }
    }

    fn odd_values(&self) {
        let records = self.records();
        for (line, record) in records.iter().enumerate() {
            for at in 0..count(record) {
                for odd in odd_values() {
                    let mut records = records.clone();
                    replace(&mut records[line], &mut { at }, &odd);
                    let text: Vec<String> = records.iter().map(Value::to_string).collect();
                    let found = self.read(text.join("\n").as_bytes());
                    let broken = found.issues.iter().any(|issue| issue.kind == IssueKind::NotJson);
                    assert!(!broken, "{}: record {line}: {odd} is JSON: {:?}", self.name, found.issues);
                }
            }
        }
    }

    fn equal_keys(&self) {
        let whole = self.read(self.sample.as_bytes());
        let keys: BTreeSet<String> = self
            .records()
            .iter()
            .filter_map(Value::as_object)
            .flat_map(|record| record.keys().cloned())
            .collect();
        for key in keys {
            let twice = |record: &str| match has_key(record, &key) {
                true => record.replacen('{', &format!("{{{key:?}:[0],{key:?}:{{}},"), 1),
                false => record.to_owned(),
            };
            let text: Vec<String> = match self.format.framing() {
                Framing::Lines => self.sample.lines().map(twice).collect(),
                Framing::Document => vec![twice(self.sample)],
            };
            let found = self.read(format!("{}\n", text.join("\n")).as_bytes());
            let broken = found.issues.iter().any(|issue| issue.kind == IssueKind::NotJson);
            assert!(!broken, "{}: {key} may stand twice: {:?}", self.name, found.issues);
            assert_eq!(found.events.len(), whole.events.len(), "{}: the last {key} counts", self.name);
        }
    }

    /// The sample as JSON; none where it is something else.
    fn records(&self) -> Vec<Value> {
        match self.format.framing() {
            Framing::Lines => {
                self.sample.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
            }
            Framing::Document => serde_json::from_str(self.sample).into_iter().collect(),
        }
    }

    fn is_lines(&self) -> bool {
        self.format.framing() == Framing::Lines
    }

    fn read(&self, reader: impl Read) -> Collect {
        self.read_from(reader, SOURCE)
    }

    fn read_from(&self, reader: impl Read, source: Source<'_>) -> Collect {
        let mut found = Collect::default();
        let options = Options { format: Some(self.format), ..Options::default() };
        let read = read_reader(reader, source, &options, &mut found);
        read.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        found
    }
}

/// Gives its bytes in pieces of one size.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.size.min(into.len()).min(self.bytes.len());
        let (piece, rest) = self.bytes.split_at(count);
        into[..count].copy_from_slice(piece);
        self.bytes = rest;
        Ok(count)
    }
}

fn has_key(record: &str, key: &str) -> bool {
    serde_json::from_str::<Value>(record).is_ok_and(|record| record.get(key).is_some())
}

/// Values of a tree.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Replaces the `n`-th value of a tree, counted in depth-first order.
fn replace(value: &mut Value, n: &mut usize, with: &Value) -> bool {
    if *n == 0 {
        *value = with.clone();
        return true;
    }
    *n -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| replace(item, n, with)),
        Value::Object(fields) => fields.values_mut().any(|field| replace(field, n, with)),
        _ => false,
    }
}

fn odd_values() -> [Value; 11] {
    [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("<odd> \u{1F600} text"),
        json!([]),
        json!([null, 1, "x", {}, [[]]]),
        json!({}),
        json!({"type": "text", "text": 1}),
    ]
}
