//! gzip and zstd, known by their first bytes, opened as streams.
//!
//! Decompressed bytes are counted against two [caps](Caps), one of size and one of expansion, and a zstd frame may ask
//! for a window of at most 128 MiB: what a small file costs is bounded in memory and in time. Several members or frames
//! after each other are one stream.

// Without a decoder nothing is ever capped.
#![cfg_attr(not(any(feature = "gzip", feature = "zstd")), allow(dead_code))]

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use goodhart_trace::IssueKind;

use crate::framing::read_some;

/// Largest zstd window, as a power of two: 128 MiB, the limit of the reference tool.
#[cfg(feature = "zstd")]
const WINDOW_LOG_MAX: u32 = 27;

/// How far a compressed source may grow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    /// Bytes after decompression.
    pub(crate) size: u64,
    /// Bytes that any source may grow to, however small it is.
    pub(crate) free: u64,
    /// Bytes after decompression for each stored one, above the free ones.
    pub(crate) expansion: u64,
}

impl Caps {
    /// Bytes that a source may have grown to once this many stored ones were read, or which cap says so.
    fn allowed(self, stored: u64) -> (u64, Above) {
        let grown = stored.saturating_mul(self.expansion).max(self.free);
        if grown < self.size {
            (grown, Above::Expansion(self.expansion))
        } else {
            (self.size, Above::Size(self.size))
        }
    }
}

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

    /// A stream of the decompressed bytes, ending with a failure above a cap.
    ///
    /// # Errors
    ///
    /// The name of the compression, where this build cannot open it.
    pub(crate) fn open<'r>(self, reader: impl Read + 'r, caps: Caps) -> Result<Box<dyn Read + 'r>, String> {
        let stored = Rc::new(Cell::new(0));
        let reader = Raw { inner: reader, stored: Rc::clone(&stored), fault: None };
        match self {
            #[cfg(feature = "gzip")]
            Compression::Gzip => {
                let decoder = flate2::read::MultiGzDecoder::new(io::BufReader::new(reader));
                Ok(Box::new(Capped { inner: decoder, caps, stored, delivered: 0 }))
            }
            #[cfg(feature = "zstd")]
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(reader).map_err(|e| e.to_string())?;
                decoder.window_log_max(WINDOW_LOG_MAX).map_err(|e| e.to_string())?;
                Ok(Box::new(Capped { inner: decoder, caps, stored, delivered: 0 }))
            }
            #[cfg(not(all(feature = "gzip", feature = "zstd")))]
            _ => {
                let _ = (reader, caps);
                Err(format!("{self:?}: expected a build that opens it, found the feature switched off"))
            }
        }
    }
}

/// What a failure of a (possibly decompressing) stream means.
pub(crate) fn fault(error: &io::Error, compressed: bool) -> (IssueKind, String) {
    let inner = error.get_ref();
    if let Some(above) = inner.and_then(|inner| inner.downcast_ref::<Above>()) {
        return (IssueKind::TooLarge, above.to_string());
    }
    if compressed && !inner.is_some_and(|inner| inner.is::<Below>()) {
        return (IssueKind::BadCompression, format!("compressed stream: {error}"));
    }
    (IssueKind::Unreadable, format!("reading stopped: {error}"))
}

/// Marks failures of the reader below a decoder, so that they are not taken for damage. It reads full pieces: how
/// much a decoder delivers before damage, or before a cap, depends on the pieces that it is fed, and must not depend on
/// a pipe's.
struct Raw<R> {
    inner: R,
    /// Bytes read so far.
    stored: Rc<Cell<u64>>,
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
        self.stored.set(self.stored.get() + count as u64);
        if count > 0 { Ok(count) } else { self.fault.take().map_or(Ok(0), Err) }
    }
}

/// Fails once more bytes come than the caps allow.
struct Capped<R> {
    inner: R,
    caps: Caps,
    stored: Rc<Cell<u64>>,
    delivered: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (allowed, _) = self.caps.allowed(self.stored.get());
        // One byte past the cap tells whether there is more.
        let left = usize::try_from(allowed.saturating_sub(self.delivered).max(1)).unwrap_or(usize::MAX);
        let limit = left.min(into.len());
        let count = self.inner.read(&mut into[..limit])?;
        self.delivered += count as u64;
        match self.caps.allowed(self.stored.get()) {
            (allowed, above) if self.delivered > allowed => Err(io::Error::other(above)),
            _ => Ok(count),
        }
    }
}

#[derive(Debug)]
struct Below(io::Error);

/// The cap that was met.
#[derive(Debug, Clone, Copy)]
enum Above {
    Size(u64),
    Expansion(u64),
}

impl fmt::Display for Below {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Above {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Above::Size(max) => write!(f, "decompressed size: expected at most {max} bytes, found more"),
            Above::Expansion(max) => {
                write!(f, "decompressed size: expected at most {max} times the stored bytes, found more")
            }
        }
    }
}

impl std::error::Error for Below {}
impl std::error::Error for Above {}

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

    fn caps(size: u64) -> Caps {
        Caps { size, free: size, expansion: 1 }
    }

    fn open(packed: &[u8], caps: Caps) -> (Vec<u8>, Option<IssueKind>) {
        let (bytes, fault) = try_open(packed, caps);
        (bytes, fault.map(|(kind, _)| kind))
    }

    fn try_open(packed: &[u8], caps: Caps) -> (Vec<u8>, Option<(IssueKind, String)>) {
        let compression = Compression::of(packed).unwrap();
        let mut bytes = Vec::new();
        let result = compression.open(packed, caps).unwrap().read_to_end(&mut bytes);
        (bytes, result.err().map(|error| fault(&error, true)))
    }

    #[test]
    fn both_open_and_members_follow_each_other() {
        for pack in [gzip, zstd] {
            let packed = [pack(b"one "), pack(b"two")].concat();
            assert_eq!(open(&packed, caps(100)), (b"one two".to_vec(), None));
        }
    }

    #[test]
    fn a_stream_cut_short_gives_what_came_before() {
        let text: Vec<u8> =
            (0..200_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for pack in [gzip, zstd] {
            let packed = pack(&text);
            let (bytes, kind) = open(&packed[..packed.len() / 2], caps(u64::MAX));
            assert_eq!(kind, Some(IssueKind::BadCompression));
            assert!(!bytes.is_empty() && text.starts_with(&bytes));
        }
    }

    #[test]
    fn the_cap_holds_to_the_byte() {
        for pack in [gzip, zstd] {
            let packed = pack(&[b'x'; 1000]);
            assert_eq!(open(&packed, caps(1000)).1, None);
            let (bytes, kind) = open(&packed, caps(999));
            assert_eq!((bytes.len(), kind), (999, Some(IssueKind::TooLarge)));
        }
    }

    #[test]
    fn what_expands_too_far_ends_at_the_cap_to_the_byte() {
        for pack in [gzip, zstd] {
            let packed = pack(&vec![b'x'; 100_000]);
            let exact = 100_000 / packed.len() as u64;
            let caps = Caps { size: u64::MAX, free: 1000, expansion: exact + 1 };
            assert_eq!(open(&packed, caps).1, None);
            let (bytes, fault) = try_open(&packed, Caps { expansion: exact - 1, ..caps });
            assert_eq!(bytes.len(), packed.len() * (exact as usize - 1));
            let (kind, detail) = fault.unwrap();
            assert_eq!(kind, IssueKind::TooLarge);
            assert!(detail.contains(&format!("{} times the stored", exact - 1)), "{detail}");
            assert_eq!(open(&packed, Caps { free: 100_000, expansion: 1, ..caps }).1, None);
        }
    }

    /// What expands evenly and slowly is never cut, however long it is.
    #[test]
    fn honest_expansion_is_unbounded() {
        let text: Vec<u8> = (0..300_000_u32).flat_map(|n| format!("{{\"n\":{n}}}\n").into_bytes()).collect();
        for pack in [gzip, zstd] {
            let packed = pack(&text);
            let expansion = 2 * text.len() as u64 / packed.len() as u64;
            assert_eq!(open(&packed, Caps { size: u64::MAX, free: 100, expansion }).1, None);
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
        let error = Compression::Gzip.open(Disk, caps(10)).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(fault(&error, true).0, IssueKind::Unreadable);
    }
}
