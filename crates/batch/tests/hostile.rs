//! Hostile input that is made while it is read, or comes in hundreds: bombs, lines without end, mutants, files that
//! grow.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers do")]

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use goodhart_batch::{Batch, Error, ReadOptions, Scan, SessionProfile};
use goodhart_scoring::Baseline;
use goodhart_trace::IssueKind;

/// The sample that the repository carries.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample/projects");

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("goodhart-hostile-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A sound session of one line.
fn good(id: &str) -> String {
    let turn = |n| {
        format!(
            r#",{{"role":"assistant","tool_calls":[{{"id":"{id}-{n}","function":{{"name":"read","arguments":"{{\"path\":\"{n}.rs\"}}"}}}}]}},{{"role":"tool","tool_call_id":"{id}-{n}","content":"part {n}"}}"#
        )
    };
    let turns: String = (0..9).map(turn).collect();
    format!(r#"{{"session_id":"{id}","messages":[{{"role":"user","content":"go"}}{turns}]}}"#) + "\n"
}

fn sample_logs() -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(SAMPLE)
        .unwrap()
        .flat_map(|project| fs::read_dir(project.unwrap().path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn scan(path: &Path) -> Scan {
    Batch::new(Baseline::embedded()).profiles(&[path]).unwrap()
}

fn find<'s>(scan: &'s Scan, id: &str) -> &'s SessionProfile {
    scan.sessions.iter().find(|session| session.meta.session_id == id).unwrap()
}

fn count(scan: &Scan, kind: IssueKind) -> u64 {
    scan.summary.issues.iter().find(|(found, _)| *found == kind).map_or(0, |(_, count)| count.count)
}

/// A small generator of numbers, the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

#[test]
fn two_hundred_mutants_change_nothing_for_their_neighbour() {
    let logs = sample_logs();
    let folder = Folder::new();
    folder.write("good.jsonl", good("good").as_bytes());
    let before = find(&scan(&folder.0), "good").clone();
    let mut dice = Dice(1);
    let mut damaged = 0;
    for n in 0..200 {
        let mut bytes = logs[n % logs.len()].clone();
        for _ in 0..=n % 40 {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
        }
        folder.write("mutant.jsonl", &bytes);
        let found = scan(&folder.0);
        assert_eq!(find(&found, "good"), &before, "mutant {n}");
        damaged += u64::from(found.summary.issues.total() > 0);
    }
    assert!(damaged > 100, "{damaged} mutants with issues");
}

/// Gives one byte over and over, between a beginning and an end.
fn stretched(before: String, length: u64, after: String) -> impl Read {
    io::Cursor::new(before.into_bytes())
        .chain(io::repeat(b'x').take(length))
        .chain(io::Cursor::new(after.into_bytes()))
}

#[test]
fn a_line_of_200_megabytes_is_passed_over_in_bounded_memory() {
    let before = memory_peak();
    let log = stretched(good("a") + "{\"x\":\"", 200 << 20, "\"}\n".to_owned() + &good("b"));
    let found = Batch::new(Baseline::embedded()).read(log, "-").unwrap();
    let ids: Vec<&str> = found.sessions.iter().map(|session| session.meta.session_id.as_str()).collect();
    assert_eq!((ids, count(&found, IssueKind::LongRecord)), (vec!["a", "b"], 1));
    let (_, issue) = found.summary.issues.iter().next().unwrap();
    assert_eq!((issue.example.position.line, issue.example.position.byte), (2, good("a").len() as u64));
    if let (Some(before), Some(after)) = (before, memory_peak()) {
        assert!(after - before < 400 << 10, "{} KB more", after - before);
    }
}

/// Largest memory of this process so far, in KB, where the system tells.
fn memory_peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_bomb_stops_at_the_cap_and_what_came_before_counts() {
    let packed = [good("bomb").into_bytes(), vec![b'\n'; 8 << 20]].concat();
    for (name, bytes) in
        [("bomb.jsonl.gz", gzip(&packed)), ("bomb.jsonl.zst", zstd::encode_all(&packed[..], 1).unwrap())]
    {
        assert!(bytes.len() < 64 << 10);
        let folder = Folder::new();
        folder.write("good.jsonl", good("good").as_bytes());
        let before = find(&scan(&folder.0), "good").clone();
        folder.write(name, &bytes);
        let options = ReadOptions { max_decompressed: 1 << 20, ..ReadOptions::default() };
        let batch = || Batch::new(Baseline::embedded()).reading(options);
        let found = batch().profiles(&[&folder.0]).unwrap();
        assert_eq!((count(&found, IssueKind::TooLarge), found.summary.issues.total()), (1, 1), "{name}");
        assert_eq!((find(&found, "good"), found.sessions.len()), (&before, 2));
        let strict = batch().reading(ReadOptions { strict: true, ..options }).profiles(&[&folder.0]);
        assert!(matches!(strict, Err(Error::Strict { issue, .. }) if issue.kind == IssueKind::TooLarge));
    }
}

/// A bomb inside a bomb is not opened a second time.
#[test]
fn compression_is_opened_once() {
    let folder = Folder::new();
    folder.write("good.jsonl", good("good").as_bytes());
    folder.write("twice.jsonl.gz", &gzip(&gzip(good("inner").as_bytes())));
    let found = scan(&folder.0);
    assert_eq!((count(&found, IssueKind::Binary), found.sessions.len()), (1, 1));
}

fn append(path: &Path, bytes: &[u8]) {
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// A file to which somebody writes some more just before each time that it is read.
struct Growing {
    path: PathBuf,
    file: fs::File,
    rest: Vec<u8>,
}

impl Read for Growing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let more: Vec<u8> = self.rest.drain(..self.rest.len().min(100)).collect();
        append(&self.path, &more);
        self.file.read(into)
    }
}

#[test]
fn a_file_that_grows_while_it_is_read_gives_whole_records_only() {
    let folder = Folder::new();
    let half = good("c").split_at(300).0.to_owned();
    let path = folder.write("growing.jsonl", &good("a").as_bytes()[..50]);
    let rest = [&good("a").as_bytes()[50..], good("b").as_bytes(), half.as_bytes()].concat();
    let growing = Growing { file: fs::File::open(&path).unwrap(), path, rest };
    let found = Batch::new(Baseline::embedded()).read(growing, "-").unwrap();
    let steps = |id| find(&found, id).profile.steps;
    assert_eq!((steps("a"), steps("b"), found.sessions.len()), (9, 9, 2));
    assert_eq!((count(&found, IssueKind::CutRecord), found.summary.issues.total()), (1, 1));
    let (_, cut) = found.summary.issues.iter().next().unwrap();
    assert_eq!((cut.example.position.line, cut.example.position.byte), (3, 2 * good("a").len() as u64));
}

/// A line of a transcript in which the model calls a tool.
fn call(n: usize) -> String {
    format!(
        r#"{{"type":"assistant","uuid":"u-{n}","sessionId":"live","message":{{"id":"m-{n}","content":[{{"type":"tool_use","id":"t-{n}","name":"f","input":{{"n":{n}}}}}]}}}}"#
    ) + "\n"
}

/// A session in two files is read twice; what an agent wrote in between belongs to it, up to the last whole record.
#[test]
fn a_file_that_grows_between_two_reads_is_read_as_it_stands() {
    let folder = Folder::new();
    folder.write("good.jsonl", good("good").as_bytes());
    let before = find(&scan(&folder.0), "good").clone();
    folder.write("1.jsonl", (0..5).map(call).collect::<String>().as_bytes());
    let live = folder.write("2.jsonl", (5..9).map(call).collect::<String>().as_bytes());
    let more = call(9) + &call(10)[..60];
    let batch = Batch::new(Baseline::embedded()).progress(|progress| {
        if progress.files_done == progress.files {
            append(&live, more.as_bytes());
        }
    });
    let found = batch.profiles(&[&folder.0]).unwrap();
    assert_eq!((find(&found, "live").profile.steps, found.summary.merged_sessions), (10, 1));
    assert_eq!((find(&found, "good"), found.summary.issues.total()), (&before, 0));
    let again = scan(&folder.0);
    assert_eq!(find(&again, "live").profile, find(&found, "live").profile);
    assert_eq!((count(&again, IssueKind::CutRecord), again.summary.issues.total()), (1, 1));
}

#[test]
fn a_file_that_vanishes_before_it_is_read_is_counted() {
    let folder = Folder::new();
    folder.write("good.jsonl", good("good").as_bytes());
    let before = find(&scan(&folder.0), "good").clone();
    for strict in [false, true] {
        // The largest file is read first.
        let gone = folder.write("gone.jsonl", b"{}");
        let vanish = |_| drop(fs::remove_file(&gone));
        let batch = Batch::new(Baseline::embedded()).threads(1).strict(strict).progress(vanish);
        match batch.profiles(&[&folder.0]) {
            Ok(found) if !strict => {
                assert_eq!((count(&found, IssueKind::Unreadable), found.summary.issues.total()), (1, 1));
                let (_, issue) = found.summary.issues.iter().next().unwrap();
                assert!(issue.example.path.ends_with("gone.jsonl"), "{}", issue.example.path);
                assert_eq!((find(&found, "good"), found.sessions.len()), (&before, 1));
            }
            Err(Error::Strict { path, issue }) if strict => {
                assert!(path.ends_with("gone.jsonl") && issue.kind == IssueKind::Unreadable);
            }
            other => panic!("strict {strict}: {other:?}"),
        }
    }
}

/// Gives its bytes, then what a failing disk gives.
struct Failing(io::Cursor<Vec<u8>>);

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::other("the disk is gone")),
            count => Ok(count),
        }
    }
}

#[test]
fn what_came_before_a_failing_disk_counts() {
    let text = good("a") + &good("b") + &good("c")[..300];
    let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for (bytes, sessions) in [(text.clone().into_bytes(), 2), (packed, 2)] {
        let failing = Failing(io::Cursor::new(bytes));
        let found = Batch::new(Baseline::embedded()).read(failing, "-").unwrap();
        assert_eq!(found.sessions.len(), sessions);
        assert_eq!(count(&found, IssueKind::Unreadable), 1, "{:?}", found.summary.issues);
        let (_, issue) = found.summary.issues.iter().next().unwrap();
        assert_eq!(issue.example.position.line, 3);
        assert!(issue.example.detail.contains("the disk is gone"), "{}", issue.example.detail);
    }
}

#[test]
fn a_folder_of_junk_is_counted_file_by_file() {
    let folder = Folder::new();
    folder.write("good.jsonl", good("good").as_bytes());
    let before = find(&scan(&folder.0), "good").clone();
    let mut dice = Dice(2);
    for n in 0..120 {
        let length = 2 + dice.below(3000);
        let bytes: Vec<u8> = std::iter::repeat_with(|| dice.below(256) as u8).take(length).collect();
        folder.write(&format!("{n}.json"), &[&[b'\x01'][..], &bytes].concat());
    }
    let found = scan(&folder.0);
    assert_eq!((count(&found, IssueKind::Binary), found.summary.files), (120, 121));
    assert_eq!((find(&found, "good"), found.sessions.len()), (&before, 1));
}
