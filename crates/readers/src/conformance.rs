//! Laws that every format keeps, checked on every sample.

use std::borrow::Cow;

use goodhart_trace::{Event, Issue, IssueKind, Sink, Source};
use proptest::prelude::*;

use crate::sniff::{Peeked, head};
use crate::testing::{CLAUDE_CODE, issues, read, read_as, sample_folder, samples};
use crate::{Collect, Error, FORMATS, Options, format, read_file, read_reader};

const SOURCE: Source<'static> = Source { file: 0, path: "logs/stem.jsonl" };

#[test]
fn every_registered_format_passes_the_suite() {
    let samples = samples();
    for format in FORMATS {
        let sample = samples.iter().find(|(id, _)| *id == format.id());
        let (_, sample) = sample.unwrap_or_else(|| panic!("{}: no sample", format.id()));
        crate::testing::check_format(*format, sample);
    }
}

#[test]
fn exactly_one_format_claims_each_sample() {
    for (id, text) in samples() {
        let mut found = Collect::default();
        let summary = read_reader(text.as_bytes(), SOURCE, &Options::default(), &mut found).unwrap();
        assert_eq!(summary.format, Some(id));
        assert_eq!(summary.events, found.events.len() as u64);
        assert!(!found.events.is_empty());
        let claims = claims(&text);
        assert_eq!(claims, [id], "claimed by {claims:?}");
    }
}

/// Every format that says yes to the head of this text.
fn claims(text: &str) -> Vec<&'static str> {
    let mut stream = Peeked::new(text.as_bytes());
    let head = head(&mut stream, &Options::default()).unwrap();
    FORMATS.iter().filter(|format| format.sniff(&head)).map(|format| format.id()).collect()
}

/// Sample files by what reads them; `None`: nobody does yet.
const SAMPLE_FILES: &[(&str, Option<&str>)] = &[
    ("claude-code", Some("claude-code")),
    ("codex", Some("codex")),
    ("otlp-genai/openinference.json", Some("openinference")),
    ("otlp-genai/traces.jsonl", None),
    ("otlp-genai/logs-claude-code.jsonl", None),
    ("kiro", None),
    ("gemini", None),
    ("atif", Some("atif")),
];

#[test]
fn each_sample_file_is_claimed_by_its_format_alone() {
    let Some(folder) = sample_folder() else { return };
    for (name, expected) in SAMPLE_FILES {
        for path in crate::walk(&[folder.join(name)]).unwrap().files {
            let mut found = Collect::default();
            let summary = read_file(&path, 0, &Options::default(), &mut found).unwrap();
            assert_eq!(summary.format, *expected, "{path:?}");
            assert_eq!(
                claims(&std::fs::read_to_string(&path).unwrap()),
                Vec::from_iter(*expected),
                "{path:?}"
            );
            assert_eq!(issues(&found).contains(&IssueKind::UnknownFormat), expected.is_none(), "{path:?}");
        }
    }
    let mut found = Collect::default();
    read_file(&folder.join("otlp-genai/traces.pb"), 0, &Options::default(), &mut found).unwrap();
    assert_eq!(issues(&found), [IssueKind::UnsupportedContainer]);
}

#[test]
fn what_is_no_log_says_what_it_is() {
    let cases: &[(&[u8], IssueKind)] = &[
        (b"", IssueKind::EmptyFile),
        (b" \n\t\n", IssueKind::EmptyFile),
        (b"hello\nworld\n", IssueKind::UnknownFormat),
        (b"{\"a\":1}\n", IssueKind::UnknownFormat),
        (b"\x00\x01\x02\xFF", IssueKind::Binary),
        (b"PK\x03\x04rest", IssueKind::UnsupportedContainer),
        (b"SQLite format 3\0rest", IssueKind::UnsupportedContainer),
        (b"\x0A\xC8\x01\x0A\xFF\x01", IssueKind::UnsupportedContainer),
        (
            b"\x1F\x8B",
            if cfg!(feature = "gzip") { IssueKind::BadCompression } else { IssueKind::UnsupportedContainer },
        ),
    ];
    for (bytes, expected) in cases {
        let found = read(bytes);
        assert_eq!((issues(&found), found.events.len()), (vec![*expected], 0), "{bytes:?}");
    }
}

#[test]
fn a_damaged_first_line_does_not_hide_the_format() {
    for damage in ["\0\0\0\0", "{\"type\":\"us", "\u{FFFD}"] {
        let found = read(format!("{damage}\n{CLAUDE_CODE}"));
        let damaged = damage.starts_with(['{', '\0']);
        assert_eq!(!found.events.is_empty(), damaged, "{damage:?}");
    }
}

#[test]
fn a_first_line_larger_than_the_head_is_looked_at() {
    let long = format!(
        r#"{{"messages":[{{"role":"user","content":"{}"}},{{"role":"user","content":"end"}}]}}"#,
        "x".repeat(300_000)
    );
    assert_eq!(read(&long).events.len(), 2);
    let pretty = long.replace("},{", "},\n{");
    assert_eq!(read(&pretty).events.len(), 2);
}

#[test]
fn caps_hold() {
    let capped = |options: Options, text: &str| issues(&read_as(text, &options));
    let longest = CLAUDE_CODE.lines().map(str::len).max().unwrap();
    let options = Options { max_line: longest - 1, ..Options::default() };
    assert_eq!(capped(options, CLAUDE_CODE)[0], IssueKind::LongRecord);
    let document = Options { max_document: 40, ..Options::default() };
    assert_eq!(capped(document, crate::testing::CHAT_DOCUMENT), [IssueKind::TooLarge]);
    let forced = Options { format: format("chat-document"), ..document };
    assert_eq!(capped(forced, crate::testing::CHAT_DOCUMENT), [IssueKind::TooLarge]);
}

#[cfg(all(feature = "gzip", feature = "zstd"))]
#[test]
fn compressed_sources_give_the_same_events_and_damage_gives_a_prefix() {
    use crate::compression::tests::{gzip, zstd};
    for (_, text) in samples() {
        let plain = read(&text);
        for packed in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
            assert_eq!(read(&packed), plain);
            for cut in (4..packed.len()).step_by(7) {
                let found = read(&packed[..cut]);
                assert!(plain.events.starts_with(&found.events));
                assert!(issues(&found).contains(&IssueKind::BadCompression), "{:?}", found.issues);
            }
        }
        let small = Options { max_decompressed: 100, ..Options::default() };
        assert!(issues(&read_as(gzip(text.as_bytes()), &small)).contains(&IssueKind::TooLarge));
    }
}

#[test]
fn strict_ends_at_the_first_issue() {
    let text = format!("{CLAUDE_CODE}{{}}\n[]\n");
    let mut found = Collect::default();
    let options = Options { strict: true, ..Options::default() };
    let error = read_reader(text.as_bytes(), SOURCE, &options, &mut found).unwrap_err();
    let Error::Strict { issue, .. } = &error else { panic!("expected the issue, found {error}") };
    assert_eq!((issue.kind, found.issues.len()), (IssueKind::MissingField, 1));
    assert!(error.to_string().starts_with("logs/stem.jsonl: line 7, byte"));
    assert_eq!(issues(&read(&text)), [IssueKind::MissingField, IssueKind::NotAnObject]);
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let missing = std::path::Path::new("/nowhere/at/all.jsonl");
    let result = read_file(missing, 0, &Options::default(), &mut Collect::default());
    assert!(matches!(result, Err(Error::NotFound { path }) if path == missing));
}

#[test]
fn positions_are_where_the_records_are() {
    let text = format!("\u{FEFF}\r\n{}", CLAUDE_CODE.replace('\n', "\r\n"));
    let found = read(&text);
    assert!(!found.events.is_empty());
    for event in &found.events {
        let before = &text.as_bytes()[..event.position.byte as usize];
        assert_eq!(before.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1, event.position.line);
        assert!(text[event.position.byte as usize..].starts_with("{\"type\""));
    }
    assert_eq!(read(CLAUDE_CODE).events.len(), found.events.len());
}

#[test]
fn text_without_escapes_is_not_copied() {
    struct Borrowing(usize);
    impl Sink for Borrowing {
        fn event(&mut self, event: Event<'_>) {
            for text in [&event.text, &event.arguments, &event.tool, &event.call].into_iter().flatten() {
                let plain = !text.contains(['\n', '"']);
                assert!(!plain || matches!(text, Cow::Borrowed(_)), "{:?}: {text}", event.kind);
                self.0 += 1;
            }
        }
        fn issue(&mut self, issue: Issue) {
            panic!("{issue}");
        }
    }
    for (id, text) in samples() {
        let mut sink = Borrowing(0);
        read_reader(text.as_bytes(), SOURCE, &Options::default(), &mut sink).unwrap();
        assert!(sink.0 > 0, "{id}");
    }
}

proptest! {
    /// For all bytes: no reader panics, and the same bytes give the same events.
    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(read(&bytes), read(&bytes));
        for format in FORMATS {
            read_as(&bytes, &Options { format: Some(*format), ..Options::default() });
        }
    }

    /// For all texts that look like JSON: no reader panics.
    #[test]
    fn fragments_of_json_never_panic(text in "[\\[\\]{}:,\"\\\\a-u0-9 \n]{0,200}") {
        for format in FORMATS {
            read_as(&text, &Options { format: Some(*format), ..Options::default() });
        }
    }
}
