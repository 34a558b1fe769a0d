//! Input that somebody damaged, by accident or on purpose: every case is counted with its kind and place, and the
//! sessions beside it are judged as if it were not there.

use serde_json::Value;

use crate::support::{Folder, Run, goodhart, honest, runaway};

/// One hostile file.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    /// The kinds that must be counted, each with the line of its first; nothing else may be.
    issues: &'static [(&'static str, Option<u64>)],
}

fn case(name: &'static str, bytes: impl AsRef<[u8]>, issues: &'static [(&'static str, Option<u64>)]) -> Case {
    Case { name, bytes: bytes.as_ref().to_vec(), issues }
}

/// A sound line of a transcript.
fn prompt(n: usize) -> String {
    user(n, r#""what is left of the work?""#)
}

fn user(n: usize, content: &str) -> String {
    format!(
        r#"{{"type":"user","uuid":"h-{n}","sessionId":"hostile","timestamp":"2026-03-02T09:00:0{n}Z","message":{{"role":"user","content":{content}}}}}"#
    ) + "\n"
}

/// A line of the model with these blocks and this usage.
fn model(n: usize, blocks: &str, usage: &str) -> String {
    format!(
        r#"{{"type":"assistant","uuid":"h-{n}","sessionId":"hostile","timestamp":"2026-03-02T09:00:0{n}Z","message":{{"id":"m-{n}","role":"assistant","model":"m","content":[{blocks}],"usage":{usage}}}}}"#
    ) + "\n"
}

/// The line in the middle of two sound ones: line 2.
fn between(line: impl AsRef<[u8]>) -> Vec<u8> {
    [prompt(1).as_bytes(), line.as_ref(), prompt(3).as_bytes()].concat()
}

fn nested(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

const DEEP: usize = 200_000;
const TEXT: &str = r#"{"type":"text","text":"there is more"}"#;

fn cases() -> Vec<Case> {
    [records(), values(), framing(), containers()].into_iter().flatten().collect()
}

/// Lines that are no records.
fn records() -> Vec<Case> {
    vec![
        case("cut.jsonl", prompt(1) + r#"{"type":"user","uu"#, &[("cut-record", Some(2))]),
        case("not-utf8.jsonl", between(b"{\"type\":\"\xFF\xFE\"}\n"), &[("not-utf8", Some(2))]),
        case("nul.jsonl", between([&[0; 4096][..], b"\n"].concat()), &[("nul-bytes", Some(2))]),
        case("no-json.jsonl", between("{broken\n"), &[("not-json", Some(2))]),
        case("no-object.jsonl", between("[1,2]\n\"three\"\n4\n"), &[("not-an-object", Some(2))]),
        case("deep.jsonl", between(nested(DEEP) + "\n"), &[("not-an-object", Some(2))]),
        case("open.jsonl", between("[".repeat(DEEP) + "\n"), &[("not-json", Some(2))]),
        case("deep-content.jsonl", between(user(2, &nested(DEEP))), &[("wrong-type", Some(2))]),
        case(
            "deep-arguments.jsonl",
            between(model(
                2,
                &format!(r#"{{"type":"tool_use","id":"t","name":"f","input":{{"a":{}}}}}"#, nested(DEEP)),
                "{}",
            )),
            &[],
        ),
        case("unknown.jsonl", between("{\"type\":\"hologram\"}\n"), &[("unknown-record", Some(2))]),
        case(
            "unknown-block.jsonl",
            between(model(2, r#"{"type":"hologram"}"#, "{}")),
            &[("unknown-block", Some(2))],
        ),
    ]
}

/// Fields that hold what they should not.
fn values() -> Vec<Case> {
    vec![
        case("wrong-type.jsonl", between(user(2, "12")), &[("wrong-type", Some(2))]),
        case(
            "wrong-types.jsonl",
            between(prompt(2).replace("\"h-2\"", "[7]").replace("\"2026-03-02T09:00:02Z\"", "{}")),
            &[("wrong-type", Some(2))],
        ),
        case("negative.jsonl", between(counts("-1", "2")), &[("bad-count", Some(2))]),
        case("fraction.jsonl", between(counts("1.5", "2")), &[("bad-count", Some(2))]),
        case("overflow.jsonl", between(counts("99999999999999999999", "1e300")), &[("bad-count", Some(2))]),
        case("words.jsonl", between(counts("\"many\"", "[1]")), &[("bad-count", Some(2))]),
        case("largest.jsonl", (0..3000).map(largest).collect::<String>(), &[]),
        case("time.jsonl", between(at("2026-13-45T99:61:00Z")), &[("bad-time", Some(2))]),
        case("before.jsonl", between(at("1815-12-10T00:00:00Z")), &[("bad-time", Some(2))]),
        case("after.jsonl", between(at("+12026-01-01T00:00:00Z")), &[("bad-time", Some(2))]),
    ]
}

fn counts(input: &str, output: &str) -> String {
    model(2, TEXT, &format!(r#"{{"input_tokens":{input},"output_tokens":{output}}}"#))
}

/// One of many requests whose counts are believed singly and sum to more than a number can hold.
fn largest(n: usize) -> String {
    let line = counts("9007199254740992", "9007199254740992");
    line.replace("h-2", &format!("h-{n}")).replace("m-2", &format!("m-{n}"))
}

fn at(time: &str) -> String {
    prompt(2).replace("2026-03-02T09:00:02Z", time)
}

/// Line ends, byte order marks, and files that are no logs though they are named like one.
fn framing() -> Vec<Case> {
    let windows = format!("\u{FEFF}{}", [prompt(1), prompt(2)].concat().replace('\n', "\r\n"));
    vec![
        case("windows.jsonl", windows, &[]),
        case("empty.jsonl", "", &[("empty-file", None)]),
        case("blank.jsonl", " \n\t\r\n\n", &[("empty-file", None)]),
        case("poem.jsonl", "roses are red\n", &[("unknown-format", None)]),
        case("other.json", r#"{"name":"a package","version":"1.0.0"}"#, &[("unknown-format", None)]),
        case("junk.json", noise(5000), &[("binary", None)]),
        case("a\n<b>\u{1b}[31m&.jsonl", "roses\n", &[("unknown-format", None)]),
    ]
}

fn containers() -> Vec<Case> {
    vec![
        case("archive.json", b"PK\x03\x04\x14\0\0\0", &[("unsupported-container", None)]),
        case("store.json", b"SQLite format 3\0\x10\0\x01\x01", &[("unsupported-container", None)]),
        case("traces.json", b"\x0A\xC8\x01\x0A\xFF\x01", &[("unsupported-container", None)]),
        case("cut.jsonl.gz", b"\x1F\x8B\x08\0\0\0\0\0\0\x03\xAB", &[("bad-compression", None)]),
        case("cut.jsonl.zst", b"\x28\xB5\x2F\xFD\x04\x00", &[("bad-compression", None)]),
    ]
}

/// Bytes without any pattern, the same every time; the first one is no letter.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    [1].into_iter().chain(std::iter::repeat_with(next)).take(length).collect()
}

/// A folder with one runaway and one honest session.
fn good() -> Folder {
    let folder = Folder::new();
    folder.write("good/bad.jsonl", runaway("bad", 60));
    folder.write("good/fine.jsonl", honest("fine", 20));
    folder
}

/// Findings of the two good sessions. Rarity belongs to a batch, and so to whatever sessions stand beside them.
fn judged(folder: &Folder, alone: bool) -> Vec<Value> {
    let mut rows = goodhart(&["scan", folder.path(), "--all", "--format", "jsonl"]).rows();
    rows.retain(|row| row["session_id"] != "hostile");
    assert_eq!(rows.len(), 2);
    let of_batch: &[&str] = if alone { &[] } else { &["q_value", "verdict", "keys"] };
    rows.iter_mut().for_each(|row| of_batch.iter().for_each(|field| row[field] = Value::Null));
    rows
}

fn inspected(folder: &Folder) -> Value {
    goodhart(&["inspect", folder.path(), "--format", "json"]).rows().remove(0)
}

/// The kinds that were counted, each with the line of its first.
fn kinds(inspected: &Value) -> Vec<(&str, Option<u64>)> {
    let issues = inspected["issues"].as_array().unwrap();
    issues.iter().map(|issue| (issue["kind"].as_str().unwrap(), issue["line"].as_u64())).collect()
}

#[test]
fn every_case_is_counted_with_its_place_and_leaves_the_good_sessions_alone() {
    for Case { name, bytes, issues } in cases() {
        let folder = good();
        let (alone, beside) = (judged(&folder, true), judged(&folder, false));
        folder.write(name, &bytes);
        let inspected = inspected(&folder);
        assert_eq!(kinds(&inspected), issues, "{name:?}: {inspected}");
        let is_alone = inspected["sessions"].as_u64() == Some(2);
        assert_eq!(judged(&folder, is_alone), if is_alone { alone } else { beside }, "{name:?}");
    }
}

#[test]
fn strict_stops_at_the_first_of_each() {
    for Case { name, bytes, issues } in cases() {
        let folder = good();
        folder.write(name, &bytes);
        let run = goodhart(&["scan", folder.path(), "--strict"]);
        let expected = if issues.is_empty() { 0 } else { 4 };
        assert_eq!(run.code, expected, "{name:?}: {run:?}");
        for (kind, _) in issues {
            assert!(run.stderr.contains(kind), "{name:?}: {}", run.stderr);
        }
        assert_plain(&run);
    }
}

/// Nothing that steers a terminal comes through, neither from names nor from content.
fn assert_plain(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    }
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("<b>")).count(), 0, "{}", run.stderr);
}

#[test]
fn all_of_it_in_one_folder() {
    let folder = good();
    let before = judged(&folder, false);
    let mut expected: Vec<&str> = Vec::new();
    for Case { name, bytes, issues } in cases() {
        folder.write(name, &bytes);
        expected.extend(issues.iter().map(|(kind, _)| kind));
    }
    let inspected = inspected(&folder);
    let found: Vec<&str> = kinds(&inspected).into_iter().map(|(kind, _)| kind).collect();
    assert!(expected.iter().all(|kind| found.contains(kind)), "{inspected}");
    assert_eq!(judged(&folder, false), before);
    for command in [&["scan", "--all"][..], &["inspect"]] {
        let run = goodhart(&[command, &[folder.path()]].concat());
        assert_eq!(run.code, 0, "{run:?}");
        assert_plain(&run);
    }
}

/// What only some systems have: links, permissions, pipes.
#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;
    use std::process::Command;

    use super::{good, inspected, judged, kinds};
    use crate::support::goodhart;

    #[test]
    fn links_in_a_circle_end() {
        let folder = good();
        let before = judged(&folder, true);
        let root = Path::new(folder.path());
        fs::create_dir_all(root.join("a/b")).unwrap();
        symlink(root, root.join("a/b/up")).unwrap();
        symlink("loop.jsonl", root.join("loop.jsonl")).unwrap();
        assert_eq!(kinds(&inspected(&folder)), [("unreadable", None), ("link-cycle", None)]);
        assert_eq!(judged(&folder, true), before);
        assert_eq!(goodhart(&["scan", folder.path(), "--strict"]).code, 4);
    }

    #[test]
    fn a_file_without_permission_is_counted() {
        let folder = good();
        let before = judged(&folder, true);
        let closed = folder.write("closed.jsonl", "{}");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&closed).is_ok() {
            return; // The superuser reads everything.
        }
        assert_eq!(kinds(&inspected(&folder)), [("unreadable", None)]);
        assert_eq!(judged(&folder, true), before);
    }

    /// Reading the memory of a process from its beginning fails for everybody, the superuser included.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_cannot_be_read_is_counted() {
        let folder = good();
        let before = judged(&folder, true);
        symlink("/proc/self/mem", Path::new(folder.path()).join("memory.jsonl")).unwrap();
        let inspected = inspected(&folder);
        assert_eq!(kinds(&inspected), [("unreadable", None)]);
        assert!(inspected["issues"][0]["file"].as_str().unwrap().ends_with("memory.jsonl"), "{inspected}");
        assert_eq!(judged(&folder, true), before);
        let run = goodhart(&["scan", folder.path(), "--strict"]);
        assert!(run.code == 4 && run.stderr.contains("unreadable"), "{run:?}");
    }

    /// So does opening a socket.
    #[test]
    fn a_file_that_cannot_be_opened_is_counted() {
        let folder = good();
        let socket = Path::new(folder.path()).join("socket.jsonl");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let inspect = ["inspect", "--format", "json", folder.path(), socket.to_str().unwrap()];
        let beside = |more: &[&str]| goodhart(&[&inspect[..], more].concat());
        let inspected = beside(&[]).rows().remove(0);
        assert_eq!(kinds(&inspected), [("unreadable", None)]);
        assert_eq!(inspected["sessions"], 2);
        assert_eq!(beside(&["--strict"]).code, 4);
    }

    /// Opening a pipe would wait for ever.
    #[test]
    fn a_pipe_is_no_file() {
        let folder = good();
        let before = judged(&folder, true);
        let pipe = Path::new(folder.path()).join("pipe");
        if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
            return;
        }
        symlink(&pipe, pipe.with_extension("jsonl")).unwrap();
        assert_eq!(judged(&folder, true), before);
    }
}
