//! gzip and zstd, known by their first bytes, opened as streams.
//!
//! Decompressed bytes are counted against a cap, and a zstd frame may ask for a window of at most 128 MiB, so a
//! small file cannot grow without bound. Several members or frames after each other are one stream.

// Without a decoder nothing is ever capped.
#![cfg_attr(not(any(feature = "gzip", feature = "zstd")), allow(dead_code))]

use std::fmt;
use std::io::{self, Read};

use goodhart_trace::IssueKind;

use crate::framing::read_some;

/// Largest zstd window, as a power of two: 128 MiB, the limit of the reference tool.
#[cfg(feature = "zstd")]
const WINDOW_LOG_MAX: u32 = 27;

/// A compression that is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// The compression whose magic number these bytes start with.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1F, 0x8B, ..] => Some(Compression::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// A stream of the decompressed bytes, ending with a failure above `max` bytes.
    ///
    /// # Errors
    ///
    /// The name of the compression, where this build cannot open it.
    pub(crate) fn open<'r>(self, reader: impl Read + 'r, max: u64) -> Result<Box<dyn Read + 'r>, String> {
        let reader = Raw { inner: reader, fault: None };
        match self {
            #[cfg(feature = "gzip")]
            Compression::Gzip => {
                let decoder = flate2::read::MultiGzDecoder::new(io::BufReader::new(reader));
                Ok(Box::new(Capped { inner: decoder, left: max }))
            }
            #[cfg(feature = "zstd")]
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(reader).map_err(|e| e.to_string())?;
                decoder.window_log_max(WINDOW_LOG_MAX).map_err(|e| e.to_string())?;
                Ok(Box::new(Capped { inner: decoder, left: max }))
            }
            #[cfg(not(all(feature = "gzip", feature = "zstd")))]
            _ => {
                let _ = (reader, max);
                Err(format!("{self:?}: expected a build that opens it, found the feature switched off"))
            }
        }
    }
}

/// What a failure of a (possibly decompressing) stream means.
pub(crate) fn fault(error: &io::Error, compressed: bool) -> (IssueKind, String) {
    let inner = error.get_ref();
    if inner.is_some_and(|inner| inner.is::<AboveCap>()) {
        return (IssueKind::TooLarge, "decompressed size: expected at most the cap, found more".into());
    }
    if compressed && !inner.is_some_and(|inner| inner.is::<Below>()) {
        return (IssueKind::BadCompression, format!("compressed stream: {error}"));
    }
    (IssueKind::Unreadable, format!("reading stopped: {error}"))
}

/// Marks failures of the reader below a decoder, so that they are not taken for damage. It reads full pieces: how
/// much a decoder delivers before damage depends on the pieces that it is fed, and must not depend on a pipe's.
struct Raw<R> {
    inner: R,
    /// A failure that comes after what was read before it.
    fault: Option<io::Error>,
}

impl<R: Read> Read for Raw<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while self.fault.is_none() && count < into.len() {
            match read_some(&mut self.inner, &mut into[count..]) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) => self.fault = Some(io::Error::new(error.kind(), Below(error))),
            }
        }
        if count > 0 { Ok(count) } else { self.fault.take().map_or(Ok(0), Err) }
    }
}

/// Fails once more than `left` bytes come.
struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !into.is_empty() {
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::other(AboveCap)),
            };
        }
        let limit = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let count = self.inner.read(&mut into[..limit])?;
        self.left -= count as u64;
        Ok(count)
    }
}

#[derive(Debug)]
struct Below(io::Error);

#[derive(Debug)]
struct AboveCap;

impl fmt::Display for Below {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for AboveCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("above the cap")
    }
}

impl std::error::Error for Below {}
impl std::error::Error for AboveCap {}

#[cfg(test)]
#[cfg(all(feature = "gzip", feature = "zstd"))]
pub(crate) mod tests {
    use std::io::Write;

    use super::*;

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 1).unwrap()
    }

    fn open(packed: &[u8], max: u64) -> (Vec<u8>, Option<IssueKind>) {
        let compression = Compression::of(packed).unwrap();
        let mut bytes = Vec::new();
        let result = compression.open(packed, max).unwrap().read_to_end(&mut bytes);
        (bytes, result.err().map(|error| fault(&error, true).0))
    }

    #[test]
    fn both_open_and_members_follow_each_other() {
        for pack in [gzip, zstd] {
            let packed = [pack(b"one "), pack(b"two")].concat();
            assert_eq!(open(&packed, 100), (b"one two".to_vec(), None));
        }
    }

    #[test]
    fn a_stream_cut_short_gives_what_came_before() {
        let text: Vec<u8> =
            (0..200_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for pack in [gzip, zstd] {
            let packed = pack(&text);
            let (bytes, kind) = open(&packed[..packed.len() / 2], u64::MAX);
            assert_eq!(kind, Some(IssueKind::BadCompression));
            assert!(!bytes.is_empty() && text.starts_with(&bytes));
        }
    }

    #[test]
    fn the_cap_holds_to_the_byte() {
        for pack in [gzip, zstd] {
            let packed = pack(&[b'x'; 1000]);
            assert_eq!(open(&packed, 1000).1, None);
            let (bytes, kind) = open(&packed, 999);
            assert_eq!((bytes.len(), kind), (999, Some(IssueKind::TooLarge)));
        }
    }

    #[test]
    fn a_failing_disk_is_not_damage() {
        struct Disk;
        impl Read for Disk {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("disk"))
            }
        }
        let error = Compression::Gzip.open(Disk, 10).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(fault(&error, true).0, IssueKind::Unreadable);
    }
}
