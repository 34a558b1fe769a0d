//! `explain` opens the files again and quotes what the finding points to.

use crate::support::{Folder, SAMPLE, goodhart, goodhart_reading, runaway};

#[test]
fn an_explanation_names_the_tool_quotes_the_call_and_points_to_its_lines() {
    for finding in goodhart(&["scan", SAMPLE, "--format", "jsonl"]).rows() {
        let run = goodhart(&["explain", finding["session_id"].as_str().unwrap(), SAMPLE]);
        assert_eq!(run.code, 0, "{run:?}");
        let span = &finding["spans"][0];
        for place in [&span["first"], &span["last"]] {
            let pointer = format!(
                "--> {}:{} (",
                finding["source"]["files"][place["file"].as_u64().unwrap() as usize].as_str().unwrap(),
                place["line"]
            );
            assert!(run.stdout.contains(&pointer), "{pointer} is not in\n{}", run.stdout);
        }
        if let Some(tool) = span["tool"].as_str() {
            assert!(
                run.stdout.contains(&format!("   |  {tool} {{")),
                "{tool} is not quoted in\n{}",
                run.stdout
            );
        }
        for part in ["how rare it is", "  looped  ", finding["finding_id"].as_str().unwrap()] {
            assert!(run.stdout.contains(part), "{part} is not in\n{}", run.stdout);
        }
    }
}

#[test]
fn any_beginning_of_an_id_that_is_unique_will_do() {
    let folder = Folder::new();
    let log = folder.write("a.jsonl", &(runaway("night-1", 40) + &runaway("night-2", 40)));
    let full = goodhart(&["explain", "night-1", &log]);
    assert!(full.stdout.contains("  session  night-1\n"), "{full:?}");
    let finding = goodhart(&["scan", &log, "--format", "jsonl"]).rows().remove(0);
    let start = &finding["finding_id"].as_str().unwrap()[..8];
    assert_eq!(goodhart(&["explain", start, &log]).stdout, full.stdout);
    let both = goodhart(&["explain", "night", &log]);
    assert_eq!(both.code, 2);
    assert!(both.stderr.contains("expected one session, found night-1, night-2"), "{}", both.stderr);
}

#[test]
fn quotes_are_left_out_where_they_are_not_wanted_or_not_to_be_had() {
    let folder = Folder::new();
    let log = runaway("night", 40);
    let file = folder.write("a.jsonl", &log);
    let with = goodhart(&["explain", "night", &file]).stdout;
    assert!(
        with.contains(r#"   |  bash {"command":"ci status"}"#) && with.contains("answer: no runs found"),
        "{with}"
    );
    let without = goodhart(&["explain", "night", &file, "--no-quotes"]).stdout;
    let stream = goodhart_reading(log.as_bytes(), &["explain", "night", "-"]).stdout;
    for text in [without, stream] {
        assert!(text.contains(":1 (first, step 0)") && !text.contains("ci status"), "{text}");
    }
}

#[test]
fn what_a_log_says_cannot_reach_the_terminal() {
    let folder = Folder::new();
    let log = folder.write("a.jsonl", runaway("night", 40).replace("no runs found", "\\u001b[2Jgone"));
    let run = goodhart(&["explain", "night", &log]);
    assert!(
        run.stdout.contains("answer: \\u{1b}[2Jgone") && !run.stdout.contains('\u{1b}'),
        "{}",
        run.stdout
    );
}
