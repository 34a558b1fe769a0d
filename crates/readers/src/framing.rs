//! Where one record ends and the next begins.
//!
//! [`Lines`] cuts a stream into lines in bounded memory: a line above the cap is passed over without being held.
//! [`document`] takes a stream as a whole, up to a cap of its own. Positions count in the decompressed stream;
//! the result does not depend on the pieces in which the bytes arrive.

use std::io::{self, Read};

use goodhart_trace::{IssueKind, Record};
use memchr::memchr;
use serde::de::IgnoredAny;

/// Bytes asked for at a time.
const PIECE: usize = 128 * 1024;

/// The three bytes that some editors put before UTF-8 text.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// One line of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// The bytes without the line end; `None` for a line above the cap.
    pub(crate) bytes: Option<&'a [u8]>,
    /// From 1.
    pub(crate) line: u64,
    /// Where the line starts, from 0.
    pub(crate) byte: u64,
    /// Whether a line end follows; only the last line can lack it.
    pub(crate) terminated: bool,
}

/// A stream cut into lines.
pub(crate) struct Lines<R> {
    reader: R,
    max_line: usize,
    buffer: Vec<u8>,
    /// The unread part of `buffer` is `start..end`; `start..scanned` holds no line end.
    start: usize,
    scanned: usize,
    end: usize,
    line: u64,
    byte: u64,
    ended: bool,
    fault: Option<io::Error>,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R, max_line: usize) -> Self {
        Lines {
            reader,
            max_line,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            end: 0,
            line: 0,
            byte: 0,
            ended: false,
            fault: None,
        }
    }

    /// The next line, blank ones included. A failure to read ends the stream: what came before it is delivered
    /// first, the failure after it.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut skipped = 0;
        loop {
            if let Some(length) = self.find_end() {
                return Ok(Some(self.take(length, skipped, true)));
            }
            let held = self.end - self.start;
            if self.ended && held + skipped > 0 {
                return Ok(Some(self.take(held, skipped, false)));
            }
            if self.ended {
                return self.fault.take().map_or(Ok(None), Err);
            }
            if held > self.max_line {
                skipped += held;
                self.start = self.end;
                self.scanned = self.end;
            }
            self.refill();
        }
    }

    /// Bytes before the next line end, where it is in the buffer.
    fn find_end(&mut self) -> Option<usize> {
        let found = memchr(b'\n', &self.buffer[self.scanned..self.end]);
        let length = found.map(|at| self.scanned + at - self.start);
        self.scanned = self.end;
        length
    }

    /// Hands out `length` bytes as a line, `skipped` of its bytes having been dropped before.
    fn take(&mut self, length: usize, skipped: usize, terminated: bool) -> Line<'_> {
        let (start, byte) = (self.start, self.byte);
        self.line += 1;
        self.byte += (skipped + length + usize::from(terminated)) as u64;
        self.start += length + usize::from(terminated);
        self.scanned = self.start;
        let long = skipped + length > self.max_line;
        let whole = &self.buffer[start..start + length];
        let (bytes, byte) =
            if self.line == 1 && skipped == 0 { without_bom(whole, byte) } else { (whole, byte) };
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Line { bytes: (!long).then_some(bytes), line: self.line, byte, terminated }
    }

    fn refill(&mut self) {
        self.make_room();
        match read_some(&mut self.reader, &mut self.buffer[self.end..]) {
            Ok(0) => self.ended = true,
            Ok(count) => self.end += count,
            Err(fault) => {
                self.ended = true;
                self.fault = Some(fault);
            }
        }
    }

    /// Moves the unread part to the front and grows the buffer; at most twice the cap plus a piece is ever held.
    fn make_room(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.scanned -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.end < PIECE / 2 {
            let size =
                (self.end + PIECE).max(self.buffer.len() * 2).min(self.max_line.saturating_add(2 * PIECE));
            self.buffer.resize(size.max(self.end + PIECE), 0);
        }
    }
}

/// The whole stream up to `max` bytes; `true` when there is more. A failure to read comes back beside what was
/// read before it.
pub(crate) fn document<R: Read>(reader: R, max: u64) -> (Vec<u8>, bool, Option<io::Error>) {
    let mut bytes = Vec::new();
    let fault = reader.take(max.saturating_add(1)).read_to_end(&mut bytes).err();
    let more = bytes.len() as u64 > max;
    (bytes, more, fault)
}

/// What stands in a line: a record, nothing (blank), or trouble.
pub(crate) fn record<'a>(line: &Line<'a>) -> Result<Option<Record<'a>>, (IssueKind, String)> {
    let Some(bytes) = line.bytes else {
        return Err((IssueKind::LongRecord, "line: expected at most the cap, found more bytes".into()));
    };
    let text = text(bytes, line.terminated)?;
    if text.trim_ascii().is_empty() {
        return Ok(None);
    }
    if !line.terminated && serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Err(cut());
    }
    Ok(Some(Record { text, line: line.line, byte: line.byte }))
}

/// The bytes as text, or why they are none. Bytes that are not `complete` may end inside a character.
pub(crate) fn text(bytes: &[u8], complete: bool) -> Result<&str, (IssueKind, String)> {
    if let Some(at) = memchr(0, bytes) {
        return Err((IssueKind::NulBytes, format!("column {}: expected text, found NUL", at + 1)));
    }
    simdutf8::basic::from_utf8(bytes).map_err(|_| not_text(bytes, complete))
}

/// Says which of some bytes are no text.
fn not_text(bytes: &[u8], complete: bool) -> (IssueKind, String) {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() && !complete => cut(),
        valid => {
            let column = valid.map_or_else(|error| error.valid_up_to(), str::len) + 1;
            (IssueKind::NotUtf8, format!("column {column}: expected UTF-8, found other bytes"))
        }
    }
}

/// Splits off a byte order mark, moving the position behind it.
pub(crate) fn without_bom(bytes: &[u8], byte: u64) -> (&[u8], u64) {
    bytes.strip_prefix(BOM).map_or((bytes, byte), |rest| (rest, byte + BOM.len() as u64))
}

/// Reads once, trying again when a signal got in the way.
pub(crate) fn read_some<R: Read>(reader: &mut R, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

fn cut() -> (IssueKind, String) {
    (IssueKind::CutRecord, "last line: expected a complete JSON value, found its beginning".into())
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives its bytes in pieces of the given sizes, over and over.
    pub(crate) struct Pieces<'a> {
        pub(crate) bytes: &'a [u8],
        pub(crate) sizes: &'a [usize],
        pub(crate) turn: usize,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = self.sizes[self.turn % self.sizes.len()].max(1);
            self.turn += 1;
            let count = size.min(into.len()).min(self.bytes.len());
            into[..count].copy_from_slice(&self.bytes[..count]);
            self.bytes = &self.bytes[count..];
            Ok(count)
        }
    }

    type Found = (Option<Vec<u8>>, u64, u64, bool);

    fn lines<R: Read>(reader: R, max: usize) -> Vec<Found> {
        let mut lines = Lines::new(reader, max);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.bytes.map(<[u8]>::to_vec), line.line, line.byte, line.terminated));
        }
        found
    }

    fn kind(bytes: &[u8]) -> Option<IssueKind> {
        let mut lines = Lines::new(bytes, 100);
        record(&lines.next().unwrap().unwrap()).err().map(|(kind, _)| kind)
    }

    #[test]
    fn line_ends_byte_order_mark_and_positions() {
        let found = lines(&b"\xEF\xBB\xBFa\r\n\nbc\nd"[..], 100);
        let expected = [
            (Some(b"a".to_vec()), 1, 3, true),
            (Some(b"".to_vec()), 2, 6, true),
            (Some(b"bc".to_vec()), 3, 7, true),
            (Some(b"d".to_vec()), 4, 10, false),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_line_above_the_cap_is_passed_over_and_the_next_one_is_in_place() {
        let mut bytes = vec![b'x'; 400_000];
        bytes.extend_from_slice(b"\nok\n");
        let found = lines(&bytes[..], 10);
        assert_eq!(found, [(None, 1, 0, true), (Some(b"ok".to_vec()), 2, 400_001, true)]);
    }

    #[test]
    fn lines_that_are_no_records_say_why() {
        assert_eq!(kind(b"\0\0\0\n"), Some(IssueKind::NulBytes));
        assert_eq!(kind(b"{\"a\":\"\xFF\"}\n"), Some(IssueKind::NotUtf8));
        assert_eq!(kind(b"{\"a\":1"), Some(IssueKind::CutRecord));
        assert_eq!(kind("{\"a\":\"é".as_bytes().split_last().unwrap().1), Some(IssueKind::CutRecord));
        assert_eq!(kind(b"{\"a\":1}"), None);
        assert_eq!(kind(b"  \n"), None);
    }

    #[test]
    fn a_failure_comes_after_what_was_read_before_it() {
        struct Failing(bool);
        impl Read for Failing {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("gone"));
                }
                into[..4].copy_from_slice(b"a\nbc");
                Ok(4)
            }
        }
        let mut lines = Lines::new(Failing(false), 10);
        assert_eq!(lines.next().unwrap().unwrap().bytes, Some(&b"a"[..]));
        assert_eq!(lines.next().unwrap().unwrap().bytes, Some(&b"bc"[..]));
        assert!(lines.next().is_err());
        assert!(lines.next().unwrap().is_none());
    }

    proptest! {
        /// For all bytes, caps and piece sizes: pieces change nothing, and every line starts where it says.
        #[test]
        fn pieces_change_nothing(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..300),
            sizes in proptest::collection::vec(1usize..20, 1..5),
            max in 1usize..40,
        ) {
            let whole = lines(&bytes[..], max);
            prop_assert_eq!(&whole, &lines(Pieces { bytes: &bytes, sizes: &sizes, turn: 0 }, max));
            for (line, number, byte, _) in whole {
                let before = &bytes[..byte as usize];
                prop_assert_eq!(before.iter().filter(|&&b| b == b'\n').count() as u64 + 1, number);
                if let Some(line) = line {
                    prop_assert!(bytes[byte as usize..].starts_with(&line));
                }
            }
        }
    }
}
