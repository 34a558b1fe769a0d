//! Where logs are looked for.

use crate::support::{Folder, SAMPLE, command, goodhart, goodhart_reading, root, runaway};

#[test]
fn without_a_path_the_usual_places_are_read_and_named() {
    let folder = Folder::new();
    folder.write("projects/p/s.jsonl", runaway("s", 60));
    let output = command(&["scan", "--all", "--format", "jsonl"])
        .env("CLAUDE_CONFIG_DIR", folder.path())
        .output()
        .unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(stderr.contains(&format!("reading {}/projects", folder.path())), "{stderr}");
    assert!(stderr.contains("no logs in /nowhere/.codex/sessions"), "{stderr}");
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
}

#[test]
fn without_a_path_and_without_logs_it_says_where_it_looked() {
    let run = goodhart(&["scan"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert!(run.stderr.contains("no logs in /nowhere/.claude/projects\n"), "{}", run.stderr);
    assert!(
        run.stderr.ends_with("error: no logs found: expected them in one of the folders above, or a PATH\n")
    );
}

#[test]
fn standard_input_is_read_like_a_file() {
    let log = std::fs::read_dir(root().join(SAMPLE))
        .unwrap()
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    let log = log
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .unwrap();
    let arguments = ["scan", "--all", "--format", "jsonl"];
    let mut file = goodhart(&[&arguments[..], &[log.to_str().unwrap()]].concat()).rows();
    let mut stream =
        goodhart_reading(&std::fs::read(&log).unwrap(), &[&arguments[..], &["-"]].concat()).rows();
    for rows in [&mut file, &mut stream] {
        assert_eq!(rows.len(), 1);
        rows[0]["source"]["files"].take();
    }
    assert_eq!(file, stream);
}

#[test]
fn verbose_tells_what_was_read_passed_over_and_read_twice() {
    let folder = Folder::new();
    let log = runaway("s", 20);
    folder.write("a.jsonl", &log);
    folder.write("copy.jsonl", &log);
    folder.write("more.jsonl", runaway("s", 30));
    folder.write("notes.jsonl", "{\"a\":1}\n");
    let scan = |flags: &[&str]| goodhart(&[&["scan", folder.path()], flags].concat());
    let (quiet, told, timed) = (scan(&[]), scan(&["-v"]), scan(&["-vv"]));
    assert_eq!((&quiet.stdout, &quiet.stdout), (&told.stdout, &timed.stdout));
    for part in [
        "a.jsonl as chat: ",
        "copy.jsonl: the same bytes as another file\n",
        "notes.jsonl: unknown-format: ",
        "reading ",
    ] {
        assert!(told.stderr.contains(part), "{part} is not in\n{}", told.stderr);
        assert!(!quiet.stderr.contains(part), "{part} is in\n{}", quiet.stderr);
    }
    assert!(!told.stderr.contains("session s is put together"), "{}", told.stderr);
    assert!(timed.stderr.contains(" s  session s is put together from 2 files\n"), "{}", timed.stderr);
}
