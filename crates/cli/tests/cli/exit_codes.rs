//! 0 nothing to fail for, 1 findings, 2 usage, 3 nothing read, 4 strict.

use std::io::Read;

use crate::support::{Folder, SAMPLE, command, goodhart, goodhart_reading, honest, runaway};

#[test]
fn findings_alone_do_not_fail() {
    assert_eq!(goodhart(&["scan", SAMPLE]).code, 0);
}

#[test]
fn findings_at_the_threshold_exit_with_1() {
    let folder = Folder::new();
    let bad = folder.write("bad.jsonl", runaway("bad", 60));
    let good = folder.write("good.jsonl", honest("good", 20));
    assert_eq!(goodhart(&["scan", &bad, "--fail-on", "note"]).code, 1);
    assert_eq!(goodhart(&["scan", &good, "--fail-on", "note"]).code, 0);
    let both = goodhart(&["scan", &good, &bad, "--fail-on", "note", "--format", "jsonl"]);
    assert_eq!((both.code, both.stdout.lines().count()), (1, 1), "{both:?}");
}

#[test]
fn what_was_asked_for_wrongly_exits_with_2() {
    let folder = Folder::new();
    let log = folder.write("a.jsonl", honest("a", 9));
    let cases: &[(&[&str], &str)] = &[
        (&["scan", "/nowhere/at/all"], "/nowhere/at/all: expected a file or a folder"),
        (&["scan", "--no-such-flag"], "unexpected argument"),
        (&["scan", &log, "--level", "1.5"], "expected a number above 0 and below 1"),
        (&["scan", &log, "--threads", "0"], "invalid value '0'"),
        (&["scan", &log, "-"], "expected either - (standard input) or files"),
        (&["scan", &log, "--baseline", &log], "expected label \"GOODHART\""),
        (&["scan", &log, "--baseline", "/nowhere"], "/nowhere: cannot be opened"),
        (&["fit", "-", "--output", "/nowhere"], "reads them twice"),
        (&["explain", "zz", &log], "found none among 1 sessions"),
        (&["evaluate", "--labels", "/nowhere", "--pred", "mine=/nowhere"], "/nowhere: cannot be opened"),
        (&["catalog", "stars"], "invalid value 'stars'"),
    ];
    for (arguments, message) in cases {
        let run = goodhart(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn nothing_to_read_exits_with_3() {
    let folder = Folder::new();
    let poem = folder.write("poem.jsonl", "roses are red\n");
    for path in [folder.path(), &poem] {
        let run = goodhart(&["scan", path]);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{run:?}");
        assert!(run.stderr.contains("nothing could be read"), "{}", run.stderr);
    }
    assert_eq!(goodhart_reading(b"", &["scan", "-"]).code, 3);
}

#[test]
fn an_issue_under_strict_exits_with_4_and_names_its_line() {
    let folder = Folder::new();
    let log = folder.write("a.jsonl", &(honest("a", 9) + "{broken\n" + &honest("b", 9)));
    assert_eq!(goodhart(&["scan", &log]).code, 0);
    let strict = goodhart(&["scan", &log, "--strict"]);
    assert_eq!(strict.code, 4, "{strict:?}");
    assert!(strict.stderr.contains("a.jsonl: line 2,"), "{}", strict.stderr);
}

/// `goodhart steps | head -c 1`.
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = command(&["steps", SAMPLE]).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}
