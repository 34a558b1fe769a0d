//! What is evidence and what is not, one judgment a test: a short session, and what a reader should be told of it.

mod support;

use goodhart_features::{DigestKey, Pattern, Profile};
use goodhart_trace::build::{Session, session};
use goodhart_trace::{Event, Kind};

use crate::support::name;

fn profile(events: &[Event<'_>]) -> Profile {
    support::profile(events, DigestKey(1))
}

/// Lines that share no word with those of another number.
fn report(number: usize) -> String {
    (0..12)
        .map(|line| {
            (0..6).map(|word| name(number * 7919 + line * 61 + word) + " ").collect::<String>() + "\n"
        })
        .collect()
}

/// Agents that leave in one request, with a report each.
fn errands(reports: impl Fn(usize) -> String) -> Profile {
    let order = r#"{"prompt":"Find out how the cache is filled and who empties it. Read src/cache.rs and report.","subagent_type":"general"}"#;
    let sent = session("s")
        .prompt("how does the cache work?")
        .repeat(7, |s, i| s.call("Task", order).result(&reports(i)));
    let mut events = sent.events();
    for event in events.iter_mut().filter(|event| event.kind == Kind::ToolCall) {
        event.request = Some("one".into());
    }
    profile(&events)
}

#[test]
fn agents_on_one_errand_repeat_each_other_when_they_bring_the_same() {
    let same = errands(|_| report(1));
    assert_eq!(same.spans.len(), 1);
    assert!(same.loop_score > 0.4, "{}", same.loop_score);
    assert!(errands(report).spans.is_empty());
}

/// The same edit, and a run of the tests after it.
fn verified(failures: impl Fn(usize) -> usize) -> Profile {
    let work = session("s").prompt("make the tests pass").repeat(9, |s, i| {
        s.call("Edit", r#"{"file_path":"a.rs","old_string":"one","new_string":"two"}"#)
            .result(&report(3))
            .call("Bash", r#"{"command":"go test ./..."}"#)
            .result(&format!("{} failed, {} passed", failures(i), 20 - failures(i)))
    });
    profile(&work.events())
}

#[test]
fn tests_that_come_to_stand_better_excuse_what_is_done_again() {
    let (better, stuck) = (verified(|round| 12 - round), verified(|_| 12));
    assert!(better.loop_score < 0.3 * stuck.loop_score, "{} {}", better.loop_score, stuck.loop_score);
}

#[test]
fn what_is_put_in_and_taken_out_to_find_a_fault_is_no_churn() {
    let probe = |output: fn(usize) -> String| {
        let edit = |old: &str, new: &str| {
            format!(r#"{{"file_path":"a.py","old_string":"{old}","new_string":"{new}"}}"#)
        };
        let probe = |s: Session, n: usize| {
            s.call("Edit", &edit("x = 1", "print(x); x = 1"))
                .result("ok")
                .call("Bash", r#"{"command":"python a.py"}"#)
                .result(&output(n))
                .call("Edit", &edit("print(x); x = 1", "x = 1"))
                .result("ok")
        };
        profile(&session("s").prompt("find the fault").repeat(8, probe).events()).loop_score
    };
    let (told, same) = (probe(report), probe(|_| report(1)));
    assert!(told < 0.2 && same > 0.5, "{told} {same}");
}

#[test]
fn a_test_that_flickers_excuses_nothing() {
    let (flicker, stuck) = (verified(|round| 12 - round % 2), verified(|_| 12));
    assert!(flicker.loop_score > 0.6 * stuck.loop_score, "{} {}", flicker.loop_score, stuck.loop_score);
}

#[test]
fn what_was_just_thrown_away_and_is_made_again_repeats_its_neighbour() {
    let make = |s: Session, n: usize| {
        let content = format!(r#"{{"path":"try.py","file_text":"{} {}"}}"#, name(n), name(n + 1));
        s.call("create", &content).result("created")
    };
    let trace = make(make(session("s"), 1).call("bash", r#"{"command":"rm try.py"}"#).result(""), 50);
    let records = profile(&trace.events()).step_records;
    assert!(records[1].looped_previous < 0.5);
    assert_eq!(records[2].looped_previous, 1.0);
}

/// Four branches that are made, written to, recorded and deleted; `between` happens before the end.
fn branches(between: &str) -> Profile {
    let bash =
        |s: Session, command: &str| s.call("Bash", &format!(r#"{{"command":"{command}"}}"#)).result("done");
    let trace = session("s").prompt("try it").repeat(4, |s, i| {
        let s = bash(s, &format!("git checkout -b try/{i}"));
        let s = (0..2).fold(s, |s, file| {
            let text: String = (0..30).map(|word| name(1000 * i + 100 * file + word) + " ").collect();
            s.call(
                "Write",
                &format!(r#"{{"file_path":"lab/{}.rs","content":"{text}"}}"#, name(90 * i + file)),
            )
            .result("written")
        });
        let s = bash(bash(s, "git add -A && git commit -m trial"), between);
        bash(s, &format!("git checkout -f main && git branch -D try/{i}"))
    });
    profile(&trace.events())
}

#[test]
fn a_branch_that_is_thrown_away_takes_its_edits_along() {
    let spans = branches("ls").spans;
    assert_eq!(spans.iter().map(|span| span.pattern).collect::<Vec<_>>(), [Pattern::Discarded; 4]);
    assert!(branches("git push -u origin HEAD").spans.is_empty());
    assert!(branches("git checkout main && git merge --squash -").spans.is_empty());
}

#[test]
fn taking_up_the_question_pads_less_than_repeating_oneself() {
    let question = report(5).replace('\n', ", ");
    let first = |prompt: &str, rounds: usize| {
        let trace = session("s")
            .prompt(prompt)
            .repeat(rounds, |s, _| s.text(&question).injected("go on"))
            .text("End.");
        profile(&trace.events()).step_records[rounds - 1].padded
    };
    let (taken_up, repeated) = (first(&format!("Say {question}"), 1), first("What is there?", 2));
    assert!(0.1 < taken_up && taken_up < 0.9 * repeated, "{taken_up} {repeated}");
}

#[test]
fn another_page_of_a_file_is_no_move_of_this_one() {
    let page = |s: Session, n: usize| {
        let read = format!(r#"{{"file_path":"src/parse.rs","offset":{},"limit":12}}"#, 40 * n);
        s.call("Read", &read).result(&report(n))
    };
    let reread = |between: bool| {
        let trace = session("s").prompt("how does it parse?").repeat(9, |s, i| {
            let s = page(s, 0);
            if between {
                page(s, 1 + i)
            } else {
                s.call("Grep", &format!(r#"{{"pattern":"{}"}}"#, name(i))).result(&report(50 + i))
            }
        });
        let profile = profile(&trace.events());
        profile.step_records.iter().step_by(2).next_back().map_or(0.0, |step| step.looped)
    };
    assert!(reread(true) > 0.7 && reread(true) > 0.8 * reread(false), "{} {}", reread(true), reread(false));
}

/// A walk through rooms, each with a text of its own.
fn walk(rooms: impl Fn(usize) -> usize) -> Profile {
    let moves = ["north", "east", "south", "west"];
    let trace = session("s").prompt("find the coin").repeat(24, |s, i| {
        let step = format!(r#"{{"action":"go {}"}}"#, moves[i * i / 3 % 4]);
        s.call("act", &step).result(&report(rooms(i)))
    });
    profile(&trace.events())
}

#[test]
fn who_walks_through_the_same_rooms_stands_still() {
    let (circle, way) = (walk(|i| i % 5), walk(|i| i));
    assert!(circle.loop_score > 0.4, "{}", circle.loop_score);
    assert!(way.loop_score < 0.1, "{}", way.loop_score);
}

#[test]
fn searches_in_vain_are_barren_when_nothing_is_found_between_them() {
    let searches = |found: bool| {
        let trace = session("s").prompt("where is it?").repeat(8, |s, i| {
            let search = format!(r#"{{"pattern":"{}","path":"src","output_mode":"content"}}"#, name(i));
            let s = s.call("Grep", &search).result("No matches found");
            let read = format!(r#"{{"file_path":"src/{}.rs"}}"#, name(90 + i));
            if found { s.call("Read", &read).result(&(report(i) + &report(30 + i))) } else { s }
        });
        profile(&trace.events())
    };
    assert!(searches(false).loop_score > 0.5, "{}", searches(false).loop_score);
    assert!(searches(true).loop_score < 0.1, "{}", searches(true).loop_score);
}

#[test]
fn a_table_that_is_looked_at_again_and_again_is_a_clock() {
    let table = |i: usize| {
        (0..30).map(|row| format!("{} {}\n", (row * 31 + i * 17) % 97, row * i)).collect::<String>()
    };
    let looks = |command: &str| {
        let call = format!(r#"{{"command":"{command}"}}"#);
        profile(
            &session("s")
                .prompt("watch it")
                .repeat(30, |s, i| s.call("Bash", &call).result(&table(i)))
                .events(),
        )
    };
    assert!(looks("top -bn1").loop_score > 0.5, "{}", looks("top -bn1").loop_score);
    assert!(looks("sleep 60; top -bn1").spans.is_empty());
}

#[test]
fn stamps_on_every_line_of_an_answer_are_no_news() {
    let stamped = |i: usize| {
        report(1)
            .lines()
            .enumerate()
            .map(|(line, text)| {
                let id = (i * 40_503 + line * 2_654_435_761) % 0xffff_ffff;
                format!(
                    "2026-03-02T10:{:02}:{line:02}Z [{}] {id:08x} {text}\n",
                    i % 60,
                    1000 + i * 7919 % 60_000
                )
            })
            .collect::<String>()
    };
    let call = r#"{"command":"tool status --verbose"}"#;
    let trace = session("s").prompt("go on").repeat(30, |s, i| s.call("Bash", call).result(&stamped(i)));
    let profile = profile(&trace.events());
    assert!(profile.loop_score > 0.8, "{}", profile.loop_score);
}
