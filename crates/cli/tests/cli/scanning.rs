//! What `scan` says to people, and that it says the same on any number of threads.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{Folder, SAMPLE, goodhart, honest, root, runaway};

#[test]
fn a_loop_is_told_in_words_with_its_place() {
    let folder = Folder::new();
    let log = folder.write("night.jsonl", &(honest("good", 20) + &runaway("bad-night", 64)));
    let run = goodhart(&["scan", &log]);
    assert!(run.stdout.contains("bash repeated 63 times, same result"), "{}", run.stdout);
    assert!(run.stdout.contains(&format!("{log}:2\n")), "{}", run.stdout);
    assert!(run.stdout.contains("bad-night  tester"), "{}", run.stdout);
    assert!(!run.stdout.contains("good  "), "{}", run.stdout);
    assert!(run.stdout.contains("\n2 sessions, about "), "{}", run.stdout);
    assert!(goodhart(&["scan", &log, "--all"]).stdout.contains("good"));
}

#[test]
fn nothing_found_is_good_news() {
    let folder = Folder::new();
    let run = goodhart(&["scan", &folder.write("a.jsonl", honest("a", 20))]);
    assert!(run.stdout.starts_with("Nothing found"), "{}", run.stdout);
    assert!(
        run.stdout.contains("1 session,") && run.stdout.contains("0 review, 0 note, 1 ok"),
        "{}",
        run.stdout
    );
}

#[test]
fn content_never_reaches_a_finding() {
    let folder = Folder::new();
    let log = folder.write("a.jsonl", runaway("a", 40));
    for format in ["table", "jsonl", "csv"] {
        let run = goodhart(&["scan", &log, "--all", "--format", format]);
        assert!(!run.stdout.contains("ci status") && !run.stdout.contains("no runs"), "{}", run.stdout);
    }
}

#[test]
fn data_goes_to_stdout_and_messages_to_stderr() {
    let run = goodhart(&["scan", SAMPLE, "--format", "csv"]);
    let mut lines = run.stdout.lines();
    let columns = lines.next().unwrap().split(',').count();
    assert!(columns > 30 && lines.all(|line| line.split(',').count() >= columns), "{}", run.stdout);
    assert!(run.stderr.contains(" sessions, "), "{}", run.stderr);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    for command in
        [&["scan", "--all", "--format", "jsonl"][..], &["scan"], &["steps"], &["features"], &["inspect"]]
    {
        let on = |threads| goodhart(&[command, &[SAMPLE, "--threads", threads]].concat());
        let (one, four) = (on("1"), on("4"));
        assert_eq!((one.code, four.code), (0, 0));
        assert!(one.stdout == four.stdout, "{command:?} differs between 1 and 4 threads");
    }
}

#[test]
fn all_lists_every_session_and_the_default_only_findings() {
    let all = goodhart(&["scan", SAMPLE, "--all", "--format", "jsonl"]).rows();
    let found = goodhart(&["scan", SAMPLE, "--format", "jsonl"]).rows();
    let grave = |row: &&Value| row["verdict"] == "note" || row["verdict"] == "review";
    assert_eq!(all.iter().filter(grave).cloned().collect::<Vec<_>>(), found);
    assert!(!found.is_empty() && found.len() < all.len());
    let sessions = goodhart(&["inspect", SAMPLE, "--format", "json"]).rows().remove(0)["sessions"].as_u64();
    assert_eq!(sessions, Some(all.len() as u64));
}

/// Whoever opens the file at the line, or seeks to the byte, finds the call.
#[test]
fn positions_point_at_the_call() {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut places = 0;
    for finding in goodhart(&["scan", SAMPLE, "--all", "--format", "jsonl"]).rows() {
        for span in finding["spans"].as_array().unwrap() {
            for place in [&span["first"], &span["last"]] {
                let name =
                    finding["source"]["files"][place["file"].as_u64().unwrap() as usize].as_str().unwrap();
                let text = files
                    .entry(name.to_owned())
                    .or_insert_with(|| fs::read_to_string(root().join(name)).unwrap());
                let line = text.lines().nth(place["line"].as_u64().unwrap() as usize - 1).unwrap();
                let call = place["call_id"].as_str().unwrap();
                assert!(line.contains(&format!("\"{call}\"")), "{name}: {place} is not {line}");
                assert!(
                    text[place["byte"].as_u64().unwrap() as usize..].starts_with(line),
                    "{name}: {place}"
                );
                places += 1;
            }
        }
    }
    assert!(places > 10, "{places} places");
}
