//! What counts as padding beside plain repetition, each next to the honest work that it looks like.

mod support;

use goodhart_features::{Account, Axis, DigestKey, Pattern, Profile};
use goodhart_trace::Event;
use goodhart_trace::build::{Session, session};
use serde_json::json;

use crate::support::name;

fn profile(events: &[Event<'_>]) -> Profile {
    support::profile(events, DigestKey(5))
}

/// Words that are not those of other numbers.
fn words(from: usize, count: usize) -> String {
    (from..from + count).map(|n| name(n) + " ").collect()
}

fn patterns(profile: &Profile) -> Vec<Pattern> {
    profile.spans.iter().map(|span| span.pattern).collect()
}

fn edit(trace: Session, file: &str, old: &str, new: &str) -> Session {
    let arguments = json!({ "file_path": file, "old_string": old, "new_string": new });
    trace.call("Edit", &arguments.to_string()).result("ok")
}

/// A test of some lines; `n` is in its name only.
fn test(n: usize, of: usize) -> String {
    let body: String = (0..6)
        .map(|line| format!("    let {} = {};\n", name(100 * of + line), name(31 * of + line)))
        .collect();
    format!("fn test_{}() {{\n{body}}}\n", name(n))
}

#[test]
fn the_same_test_under_other_names_pads_and_other_tests_or_files_do_not() {
    let added = |file: fn(usize) -> String, of: fn(usize) -> usize| {
        profile(
            &session("s")
                .prompt("more tests")
                .repeat(8, |s, n| edit(s, &file(n), "// end", &format!("{}// end", test(n, of(n)))))
                .events(),
        )
    };
    let one = |_| "t.rs".to_owned();
    assert_eq!(patterns(&added(one, |_| 1)), [Pattern::Echo]);
    assert!(added(one, |n| n).spans.iter().all(|span| span.pattern != Pattern::Echo));
    let codemod = added(|n| format!("m{n}/t.rs"), |_| 1);
    assert!(codemod.feature("hollow_share").unwrap() == 0.0);
}

#[test]
fn tests_in_one_frame_are_work() {
    let framed = |frame: usize| {
        let body = |n: usize, lines: usize| {
            (0..lines).map(|line| format!("    let {};\n", words(9 * n + 4 * line, 4))).collect::<String>()
        };
        let test = |n: usize| format!("{}{}// end", body(0, frame), body(1000 + 10 * n, 10 - frame));
        let tests = session("s").prompt("more tests").repeat(8, |s, n| edit(s, "t.rs", "// end", &test(n)));
        profile(&tests.events()).spans
    };
    assert!(framed(6).iter().all(|span| span.axis == Axis::Loop), "{:?}", framed(6));
    assert!(framed(9).iter().any(|span| span.axis == Axis::Padding));
}

#[test]
fn lines_that_stand_everywhere_are_no_copy() {
    let patch = |n: usize| format!("if (\n  {}\n); then\n  :\nelse\n  return 1\nfi\n// end", name(n));
    let fixes = session("s").prompt("fix").repeat(8, |s, n| edit(s, "t.sh", "// end", &patch(n)));
    assert!(profile(&fixes.events()).spans.iter().all(|span| span.axis == Axis::Loop));
}

/// One comment after the other, each in an edit of its own.
#[test]
fn comments_that_drip_into_one_file_pad_and_a_header_for_each_file_does_not() {
    let commented = |file: fn(usize) -> String, code: &str| {
        let comment = |s: Session, n: usize| {
            let line = format!("    let {} = {};", name(n), name(n + 40));
            edit(s, &file(n), &line, &format!("    // {}\n{code}{line}", words(9 * n, 8)))
        };
        profile(&session("s").prompt("work").repeat(24, comment).events())
            .spans
            .iter()
            .any(|span| span.pattern == Pattern::Hollow)
    };
    let one = |_| "a.rs".to_owned();
    assert!(commented(one, ""));
    assert!(!commented(one, "    check();\n"));
    assert!(!commented(|n| format!("{n}.rs"), ""));
}

/// The same errand to several at once, or to one after the other.
fn errands(same: bool, at_once: bool, then: fn(Session) -> Session) -> Profile {
    let send = |s: Session, n: usize| {
        let what = if same { String::new() } else { words(900 + 9 * n, 4) };
        let prompt = format!("Read the parser and explain in detail what it does and why. {what}");
        s.call("Task", &json!({ "prompt": prompt }).to_string()).result(&words(60 * n, 40))
    };
    let mut events = then(session("s").prompt("explain it").repeat(8, send)).text("It reads.").events();
    for event in events.iter_mut().filter(|event| at_once && event.tool.as_deref() == Some("Task")) {
        event.request = Some("one".into());
    }
    profile(&events)
}

#[test]
fn one_errand_for_many_pads_when_nothing_is_done_with_the_reports() {
    let redundant = |profile: Profile| patterns(&profile).contains(&Pattern::Redundant);
    assert!(redundant(errands(true, true, |s| s)) && redundant(errands(true, false, |s| s)));
    assert!(!redundant(errands(false, true, |s| s)), "an errand each");
    let scored = |s: Session| s.call("Bash", r#"{"command":"python score.py"}"#).result("best: 3");
    assert!(!redundant(errands(true, true, scored)), "best of eight");
}

/// Reviewers in other roles, of one file or of a file each.
#[test]
fn one_errand_in_other_words_pads_when_the_reports_are_alike() {
    let reviewed = |file: fn(usize) -> String, found: fn(usize) -> usize, at_once: bool| {
        let send = |s: Session, n: usize| {
            let prompt = format!("As {}: read {} and say what is wrong there.", words(700 + n, 1), file(n));
            let report = format!("As {} I read it. {}", words(700 + n, 1), words(found(n), 40));
            s.call("delegate", &json!({ "prompt": prompt }).to_string()).result(&report)
        };
        let mut events = session("s").prompt("review it").repeat(8, send).text("It is sound.").events();
        for event in events.iter_mut().filter(|event| at_once && event.tool.is_some()) {
            event.request = Some("one".into());
        }
        patterns(&profile(&events)).contains(&Pattern::Redundant)
    };
    let one = |_| "the ledger".to_owned();
    assert!(reviewed(one, |_| 40, true) && reviewed(one, |_| 40, false));
    assert!(!reviewed(|n| words(300 + n, 2), |n| 50 * n, true), "parts of one work");
    assert!(!reviewed(one, |n| 50 * n, true), "each has found something else");
}

/// Pages of one form, in which nothing but the name of the thing is filled in.
#[test]
fn pages_of_a_form_pad_and_pages_that_tell_something_or_are_worked_on_do_not() {
    let written = |file: fn(usize) -> String, told: fn(usize) -> String, read: bool| {
        let write = |s: Session, n: usize| {
            let thing = file(n);
            let page = format!(
                "# {thing}\n\n## Overview\n\nThis page is about {thing}. It is part of the whole.\n\n## Usage\n\n\
                 Use {thing} where it is needed. {}\n",
                told(n)
            );
            let arguments = json!({ "file_path": format!("docs/{thing}.md"), "content": page });
            let s = s.call("Write", &arguments.to_string()).result("written");
            if read {
                let compare = json!({ "command": format!("compare docs/{thing}.md {n}") });
                s.call("Bash", &compare.to_string()).result(&format!("{n} equal, {} differ", n % 3))
            } else {
                s
            }
        };
        let profile = profile(&session("s").prompt("document it").repeat(12, write).events());
        profile.spans.iter().filter(|span| span.axis == Axis::Padding).map(|span| span.steps).sum::<u64>()
    };
    let another = |n| format!("{}_{}", name(n), name(n + 90));
    let nothing = |_| String::new();
    assert!(written(another, nothing, false) >= 10);
    assert_eq!(written(another, nothing, true), 0, "each is used for something");
    assert_eq!(written(another, |n| words(30 * n, 24), false), 0, "it tells what it is for");
    assert_eq!(written(|_| "plan".to_owned(), |n| words(30 * n, 24), false), 0, "one page that is worked on");
}

#[test]
fn checks_of_conditions_that_are_decided_pad_and_checks_of_data_do_not() {
    let checks = |tool: &str, condition: fn(usize) -> String| {
        let add = |s: Session, n: usize| {
            let check = json!({ "name": format!("check_{}", name(n)), "sql": condition(n) });
            s.call(tool, &check.to_string()).result(r#"{"added":true}"#)
        };
        patterns(&profile(&session("s").prompt("watch the data").repeat(12, add).events()))
            .contains(&Pattern::Hollow)
    };
    let decided = |n| format!("select count({}) >= 0 from orders", name(n));
    assert!(checks("dq_add_check", decided));
    assert!(!checks("dq_add_check", |n| format!("select max({}) < {n} from orders", name(n))));
    assert!(!checks("run_query", decided), "a question is no check");
}

/// Who has a text checked that was just written asks in the same words each time, and hears nothing new.
#[test]
fn who_speaks_of_what_was_just_written_checks_it() {
    let checked = |file: fn(usize) -> String| {
        let check = |s: Session, n: usize| {
            let text =
                json!({ "file_path": format!("texts/{}.json", name(n)), "content": words(60 * n, 40) });
            let prompt = format!(
                "Translate texts/{}.json back to English and mark every doubt that you have with a question mark.",
                file(n)
            );
            let s = s.call("Write", &text.to_string()).result("written");
            s.call("Agent", &json!({ "prompt": prompt }).to_string()).result(&words(5000, 40))
        };
        patterns(&profile(&session("s").prompt("translate it").repeat(12, check).events()))
            .contains(&Pattern::Filler)
    };
    assert!(!checked(name));
    assert!(checked(|n| name(n + 70)));
}

#[test]
fn reasoning_in_circles_pads_and_long_reasoning_does_not() {
    let thinking = |thought: fn(usize) -> String| {
        profile(
            &session("s")
                .repeat(5, |s, n| {
                    s.prompt(&words(9000 + 50 * n, 12)).reasoning(&thought(n)).text(&words(5000 + 50 * n, 20))
                })
                .events(),
        )
    };
    assert_eq!(patterns(&thinking(|n| words(40 * n, 40).repeat(10))), [Pattern::Chant]);
    let long = thinking(|n| words(400 * n, 400));
    assert!(long.spans.is_empty() && long.pad_score < 0.2);
}

#[test]
fn notes_in_one_wording_pad_and_notes_of_their_own_do_not() {
    let notes = |note: fn(usize) -> String| {
        profile(
            &session("s")
                .prompt("triage")
                .repeat(12, |s, n| {
                    let arguments = json!({ "ticket": 40 + n % 3, "text": note(n) });
                    s.call("add_comment", &arguments.to_string()).result("ok")
                })
                .events(),
        )
    };
    let template = notes(|n| {
        format!(
            "We looked at this report and everything seems to be in order so far, please wait. {}",
            words(n, 2)
        )
    });
    assert!(template.pad_score > 0.5, "{}", template.pad_score);
    assert!(notes(|n| words(40 * n, 30)).pad_score < 0.2);
}

/// An equal note is a repeat: it tells of a loop, and must not make the notes around it look the better.
#[test]
fn an_equal_note_says_nothing_against_padding() {
    let other = json!({ "ticket": 40, "text": words(50_000, 60) }).to_string();
    let notes = |times: usize| {
        let events = session("s").prompt("triage").repeat(12, |s, n| {
            let note = "We looked at this report and all seems to be in order so far, please wait. ";
            let note = json!({ "ticket": 40 + n, "text": format!("{note}{}", words(n, 2)) });
            let s = s.call("add_comment", &note.to_string()).result("ok");
            if n < times { s.call("add_comment", &other).result("ok") } else { s }
        });
        profile(&events.events()).pad_score
    };
    assert!(notes(12) >= notes(1) - 0.01, "{} {}", notes(12), notes(1));
}

fn pasted(answer: usize, again: impl Fn(Session, usize) -> Session) -> Profile {
    let pages = (0..300).map(|line| words(10 * line, 10) + "\n").collect::<String>();
    profile(
        &session("s")
            .repeat(6, |s, n| {
                again(s.prompt(&format!("{pages}{}", words(80_000 + 20 * n, 5))), n)
                    .text(&words(90_000 + answer * n, answer))
            })
            .events(),
    )
}

#[test]
fn pages_that_were_in_view_pad_when_they_come_again_for_a_short_answer() {
    let short = pasted(10, |s, _| s);
    assert_eq!(patterns(&short), [Pattern::Reloaded]);
    assert!(short.waste_share().unwrap() > 0.5);
    assert!(pasted(4000, |s, _| s).spans.is_empty());
    assert!(
        pasted(10, |s, n| s
            .call("Read", &json!({ "file_path": format!("{n}.rs") }).to_string())
            .result(&words(70_000 + 300 * n, 200)))
        .spans
        .is_empty()
    );
    assert!(pasted(10, |s, _| s.compaction()).pad_score < pasted(10, |s, _| s).pad_score);
}

/// Rounds of a question, files that are printed, and a short answer; `files` by the number of the round.
fn printed(files: fn(usize) -> [usize; 3], round: impl Fn(Session, usize) -> Session) -> Profile {
    let file = |n: usize| (0..200).map(|line| words(2000 * n + 10 * line, 10) + "\n").collect::<String>();
    let print = |s: Session, n: usize| {
        let arguments = json!({ "command": format!("tail -n +1 {}", files(n).map(name).join(" ")) });
        s.call("Bash", &arguments.to_string()).result(&files(n).map(file).concat())
    };
    profile(
        &session("s")
            .repeat(8, |s, n| {
                let s = s.prompt(&words(80_000 + 20 * n, 8));
                round(print(s, n), n).text(&words(90_000 + 20 * n, 12))
            })
            .events(),
    )
}

#[test]
fn pages_that_calls_load_again_and_again_for_a_short_answer_pad() {
    let some = |n: usize| [n % 4, (n + 1) % 4, (2 * n + 5) % 7];
    let asked = printed(some, |s, _| s);
    assert!(patterns(&asked).contains(&Pattern::Reloaded), "{:?}", asked.spans);
    assert!(asked.waste_share().unwrap() > 0.3 && asked.pad_score > 0.7);
    let pads = |profile: Profile| profile.spans.iter().any(|span| span.axis == Axis::Padding);
    assert!(!pads(printed(|n| [3 * n, 3 * n + 1, 3 * n + 2], |s, _| s)));
    assert!(!pads(printed(some, |s, n| edit(s, "a.rs", &name(n), &words(70_000 + 40 * n, 30)))));
    assert!(!pads(printed(some, |s, _| s.compaction())));
    assert!(!pads(printed(|_| [1, 2, 3], |s, _| s)));
    let once_more = |n: usize| if n < 3 { [0, 1, 2 + n] } else { [3 * n, 3 * n + 1, 3 * n + 2] };
    assert!(!pads(printed(once_more, |s, _| s)));
}

/// Answers of 200 words, of which so many were in the first one.
fn answers(known: &[usize]) -> Profile {
    let answer = |n: usize, known: usize| words(0, known) + &words(20_000 + 300 * n, 200 - known);
    let first = session("s").prompt("tell me").text(&answer(0, 200));
    let numbered = known.iter().enumerate();
    let all = numbered
        .fold(first, |s, (n, &known)| s.prompt(&words(80_000 + 20 * n, 8)).text(&answer(n + 1, known)));
    profile(&all.events())
}

#[test]
fn an_answer_beside_padded_ones_is_padding_when_most_of_its_words_are_known() {
    let steps = |known: &[usize]| answers(known).spans.first().map(|span| (span.first.step, span.steps));
    assert_eq!(steps(&[90, 150, 150]), Some((1, 3)));
    assert_eq!(steps(&[150, 150, 90]), Some((1, 3)));
    assert_eq!(steps(&[0, 150, 150]), None);
    assert_eq!(steps(&[90, 90, 90, 90]), None);
}

#[test]
fn what_is_said_of_wasted_calls_alone_is_booked_with_them() {
    let asked = |work: bool| {
        let events = session("s").repeat(8, |s, n| {
            let s = s
                .prompt(&words(100 * n, 10))
                .call("Read", r#"{"file_path":"a.md"}"#)
                .result(&words(7000, 200));
            let s = if work { edit(s, "b.rs", "x", &words(3000 + 60 * n, 50)) } else { s };
            s.text(&words(20_000 + 60 * n, 30))
        });
        let records = profile(&events.events()).step_records;
        records.iter().filter(|record| record.tool.is_none() && record.account == Account::Looped).count()
    };
    assert!(asked(false) >= 5);
    assert_eq!(asked(true), 0);
}

#[test]
fn a_few_quoted_lines_say_little() {
    let answers = |quoted: usize| {
        let lines =
            |from: usize, n: usize| (0..n).map(|line| words(from + 8 * line, 8) + "\n").collect::<String>();
        let events = session("s").repeat(6, |s, n| {
            let at = 10_000 * n;
            let s =
                s.call("Bash", &json!({ "command": words(at + 9000, 3) }).to_string()).result(&lines(at, 20));
            s.text(&(lines(at, quoted) + &lines(at + 5000, 10 - quoted)))
        });
        profile(&events.events()).feature("pad_evidence").unwrap()
    };
    assert!(answers(2) < 0.15, "{}", answers(2));
    assert!(answers(8) > 0.5, "{}", answers(8));
}

#[test]
fn what_is_rather_no_padding_in_each_answer_may_be_in_the_sum_of_all() {
    let steps = |known: &[usize]| answers(known).spans.iter().map(|span| span.steps).sum::<u64>();
    let few = answers(&[104; 12]);
    let most = few.step_records.iter().map(|record| record.padded).fold(0.0, f64::max);
    assert!(most < 0.5 && few.pad_score > 0.5, "{most} {}", few.pad_score);
    assert!(few.spans.iter().all(|span| span.axis == Axis::Padding && span.peak >= 0.5));
    assert!(steps(&[104; 12]) >= 3);
    assert_eq!(steps(&[60; 12]), 0);
    assert_eq!(steps(&[0, 0, 0, 0, 0, 100, 0, 100, 0, 0, 0, 100]), 0);
}
