//! What every fuzz target does with its bytes. A target fails by panic, by hanging, by using too much memory, or by
//! breaking one of the promises that are asserted here.

use std::io::Read;

use goodhart_batch::{Batch, ReadOptions};
use goodhart_features::{DigestKey, Fold, FoldError, Habits, Profile, digest};
use goodhart_readers::{Collect, FORMATS, Options, read_reader};
use goodhart_scoring::{Baseline, score};
use goodhart_trace::build::session;
use goodhart_trace::{Event, Format, Source};
use xxhash_rust::xxh3::xxh3_64;

/// Reads as one format, whole and in pieces: no difference, and positions lie within the source.
pub fn format(id: &str, data: &[u8]) {
    read_as(goodhart_readers::format(id).expect("because the target names a format of the registry"), data);
}

/// The first byte says which format of the registry the rest is read as.
pub fn any_format(data: &[u8]) {
    let Some((&which, rest)) = data.split_first() else { return };
    read_as(FORMATS[usize::from(which) % FORMATS.len()], rest);
}

fn read_as(format: &'static dyn Format, data: &[u8]) {
    let whole = collect(data, &Options { format: Some(format), ..small() });
    let pieces = collect(Pieces(data), &Options { format: Some(format), ..small() });
    assert_eq!(whole, pieces, "the pieces in which bytes arrive must not matter");
    // Forcing a format leaves compressed sources compressed; their positions count in what they unpack to.
    if !is_compressed(data) {
        let end = data.len() as u64;
        assert!(whole.events.iter().all(|event| event.position.byte <= end));
        assert!(whole.issues.iter().all(|issue| issue.position.byte <= end));
    }
}

/// A stream that may be compressed, told by its content, under caps that a bomb must not get past.
pub fn decompression(data: &[u8]) {
    let options = small();
    let found = collect(data, &options);
    let end = options.max_decompressed.max(data.len() as u64);
    assert!(found.issues.iter().all(|issue| issue.position.byte <= end));
}

/// From bytes to findings, twice: the same both times, and every share in its range.
pub fn walk(data: &[u8]) {
    let batch = Batch::new(Baseline::embedded()).reading(small());
    let findings = || batch.read(data, "-").and_then(|scan| batch.judge(scan)).map(|report| report.findings);
    let (Ok(first), Ok(second)) = (findings(), findings()) else { return };
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    for finding in &first {
        assert!((0.0..=1.0).contains(&finding.loop_score) && (0.0..=1.0).contains(&finding.pad_score));
        let _ = finding.to_string();
    }
}

/// The body of a baseline file behind a sound header of any version: refused, or fit for use.
pub fn baseline(body: &[u8]) {
    [1, 2].into_iter().for_each(|version| baseline_of(version, body));
}

fn baseline_of(version: u16, body: &[u8]) {
    let Ok(baseline) = Baseline::from_bytes(&sealed(version, body)) else { return };
    let again = Baseline::from_bytes(&baseline.to_bytes()).expect("because it has just been written");
    // Not the fingerprint: it is that of the bytes as they were read, and one value may be stored in several ways.
    assert_eq!(again.to_bytes(), baseline.to_bytes());
    for profile in [looping(), Fold::new(baseline.habits()).into_profile()] {
        let scores = score(&profile, "codex", &baseline);
        assert!(scores.p_value > 0.0 && scores.p_value <= 1.0);
    }
}

/// The state of a fold: refused, or able to go on.
pub fn fold_state(data: &[u8]) {
    let habits = Habits::default();
    let Ok(mut fold) = Fold::from_bytes(data, &habits) else { return };
    let _ = fold.profile();
    for (order, event) in trace().iter().enumerate() {
        let _ = fold.push(&digest(event, u64::MAX / 2 + order as u64, DigestKey(1)));
    }
    match Fold::from_bytes(&fold.to_bytes(), &habits) {
        Ok(again) => assert_eq!(format!("{:?}", again.into_profile()), format!("{:?}", fold.into_profile())),
        // A forged count may have outgrown what is let in just now.
        Err(error) => assert!(matches!(error, FoldError::Unsound), "{error}"),
    }
}

/// Caps small enough that a target that gets past them is noticed.
fn small() -> ReadOptions {
    Options { max_line: 256 << 10, max_document: 256 << 10, max_decompressed: 1 << 20, ..Options::default() }
}

fn collect(reader: impl Read, options: &Options) -> Collect {
    let mut found = Collect::default();
    let source = Source { file: 0, path: "fuzz" };
    read_reader(reader, source, options, &mut found).expect("because reading never fails on content");
    found
}

fn is_compressed(data: &[u8]) -> bool {
    data.starts_with(&[0x1F, 0x8B]) || data.starts_with(&[0x28, 0xB5, 0x2F, 0xFD])
}

/// A baseline file of this version with this body and the header that belongs to it.
fn sealed(version: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"GOODHART".to_vec();
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&xxh3_64(body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

fn looping() -> Profile {
    let habits = Habits::default();
    let mut fold = Fold::new(&habits);
    for (order, event) in trace().iter().enumerate() {
        fold.push(&digest(event, order as u64, DigestKey(1))).expect("because the order counts up");
    }
    fold.into_profile()
}

/// A short session with some of everything.
pub fn trace() -> Vec<Event<'static>> {
    session("s")
        .prompt("fix the test")
        .text("I shall look at the test first and then change what is wrong with it.")
        .call("Read", r#"{"file_path":"src/a.rs"}"#)
        .result("fn a() {}\nfn b() {}")
        .call("Edit", r#"{"file_path":"src/a.rs","old_string":"a","new_string":"b"}"#)
        .result("ok")
        .repeat(6, |s, _| s.call("Bash", r#"{"command":"cargo test"}"#).error("error: 2 tests failed"))
        .text("I shall look at the test first and then change what is wrong with it.")
        .prompt("go on")
        .repeat(4, |s, _| s.call("Bash", r#"{"command":"ci status"}"#).result("no runs found"))
        .events()
}

/// Gives its bytes seven at a time.
struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = into.len().min(self.0.len()).min(7);
        into[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}
