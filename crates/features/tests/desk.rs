//! Agents that watch, fill in forms, measure and write to people: work in short calls and short answers, each kind next to
//! the waste that it looks like.

mod support;

use goodhart_features::{DigestKey, Pattern, Profile};
use goodhart_trace::Usage;
use goodhart_trace::build::{Session, session};
use serde_json::json;

use crate::support::name;

fn profile(session: Session) -> Profile {
    support::profile(&session.events(), DigestKey(5))
}

fn watch(answers: impl Fn(usize) -> String) -> Profile {
    profile(
        session("s")
            .prompt("wait until it is out")
            .repeat(24, |s, n| s.call("Bash", r#"{"command":"kubectl get deploy web"}"#).result(&answers(n))),
    )
}

#[test]
fn a_figure_that_advances_is_watched_and_one_that_varies_or_counts_the_looks_is_not() {
    let table = |ready: usize| format!("NAME  READY  AVAILABLE\nweb  {ready}/9  {ready}");
    let advancing = watch(|n| table(n / 3));
    assert!(advancing.spans.is_empty() && advancing.polls.len() == 1, "{:?}", advancing.spans);
    for stuck in [
        watch(|n| table([3, 7, 2, 5][n % 4])),
        watch(|n| format!("web is not ready after {n} attempts")),
        watch(|n| format!("web is not ready after {n} s")),
        watch(|_| table(3)),
    ] {
        assert_eq!(stuck.spans.len(), 1);
        assert!(stuck.loop_score > 0.8, "{}", stuck.loop_score);
    }
}

#[test]
fn pauses_between_looks_at_what_moves_are_waiting() {
    let paused = |done: fn(usize) -> usize| {
        profile(session("s").prompt("supervise the import").repeat(20, |s, n| {
            s.call("sleep", r#"{"seconds":270}"#)
                .result(r#"{"ok":true}"#)
                .call("progress", r#"{"batch":"b"}"#)
                .result(&json!({ "done": done(n), "of": 9_000, "state": "running" }).to_string())
        }))
    };
    let supervised = paused(|n| 400 * n);
    assert!(supervised.spans.is_empty(), "{:?}", supervised.spans);
    let timer = paused(|_| 400);
    assert!(timer.spans.iter().any(|span| span.steps > 20), "{:?}", timer.spans);
}

#[test]
fn named_quantities_of_an_answer_in_json_are_its_content() {
    let polled = |key: &str| {
        profile(session("s").prompt("heartbeat").repeat(20, |s, n| {
            let answer = json!({ key: 7 * n % 23, "state": "fine" });
            s.call("get_metrics", r#"{"of":"queue"}"#).result(&answer.to_string())
        }))
    };
    assert!(polled("queued").spans.is_empty());
    assert_eq!(polled("requestId").spans.len(), 1);
}

#[test]
fn a_value_that_is_written_and_acknowledged_is_no_loop_and_the_same_value_again_is() {
    let form = |value: fn(usize) -> String| {
        profile(session("s").prompt("enter the list").repeat(30, |s, n| {
            let arguments = json!({ "field": "guest", "text": value(n) });
            s.call("type", &arguments.to_string()).result(r#"{"ok":true}"#)
        }))
    };
    let entered = form(|n| format!("{} {}", name(2 * n), name(2 * n + 1)));
    assert!(entered.spans.is_empty(), "{:?}", entered.spans);
    let stuck = form(|_| "the same guest".to_owned());
    assert_eq!(stuck.spans.len(), 1);
    // Other questions that find nothing are no entries.
    let searched = profile(session("s").prompt("find it").repeat(30, |s, n| {
        s.call("find_guest", &json!({ "field": "guest", "text": name(n) }).to_string())
            .result("no matches found")
    }));
    assert!(searched.spans.iter().any(|span| span.pattern == Pattern::Barren), "{:?}", searched.spans);
}

#[test]
fn a_measurement_of_another_case_is_no_repetition() {
    let load = |clients: fn(usize) -> usize, rate: fn(usize) -> usize| {
        profile(session("s").prompt("find the limit").repeat(20, |s, n| {
            let command = json!({ "command": format!("wrk -c{} http://localhost/x", clients(n)) });
            s.call("Bash", &command.to_string()).result(&format!(
                "Req/Sec {}\n{} requests",
                rate(n),
                rate(n) * 10
            ))
        }))
    };
    assert!(load(|n| 20 + 10 * n, |n| 977 * (n + 3) % 1_009).spans.is_empty());
    assert_eq!(load(|n| 20 + 10 * n, |_| 977).spans.len(), 1);
}

#[test]
fn what_was_edited_is_read_again_for_its_new_state() {
    let page: String = (0..60).map(|line| format!("{} = {}\n", name(line), name(line + 100))).collect();
    let read = |s: Session, n: usize| {
        let page = page.replacen(&name(3), &name(500 + n), 1);
        s.call("read_file", r#"{"path":"a.cfg"}"#).result(&page)
    };
    let debugged = profile(session("s").prompt("find the fault").repeat(8, |s, n| {
        let edit = json!({ "path": "a.cfg", "old": name(500 + n), "new": name(501 + n) });
        read(s, n).call("edit_file", &edit.to_string()).result("1 replacement")
    }));
    assert!(debugged.spans.is_empty(), "{:?}", debugged.spans);
    let treadmill = profile(session("s").prompt("find the fault").repeat(8, |s, _| read(s, 0)));
    assert_eq!(treadmill.spans.len(), 1);
}

#[test]
fn a_message_to_somebody_is_no_edit() {
    let told = |tool: &str| {
        let arguments = |n| json!({ "to": "b", "content": format!("{} is {}", name(n), name(n + 50)) });
        profile(
            session("s")
                .prompt("keep b informed")
                .repeat(10, |s, n| s.call(tool, &arguments(n).to_string()).result("ok")),
        )
    };
    let edits = |profile: Profile| profile.feature("edit_share").unwrap_or(0.0);
    assert_eq!(edits(told("send_message")), 0.0);
    assert!(edits(told("save_section")) > 0.5);
}

/// The context is sent with each request and billed each time, whether the log says so or not.
#[test]
fn the_share_of_waste_hardly_depends_on_whether_usage_is_logged() {
    let step = |s: Session, call: String, answer: &str, logged: bool, n: usize| {
        let s = s.call("lookup", &call).result(answer);
        let usage = Usage { input: 100 + 25 * n as u64, output: 10, ..Usage::default() };
        if logged { s.usage(usage) } else { s }
    };
    let waste = |logged| {
        let s = session("s").prompt("work").repeat(40, |s, n| {
            let answer: String = (0..12).map(|word| name(13 * n + word) + " ").collect();
            step(s, json!({ "key": name(n + 1_000) }).to_string(), &answer, logged, n)
        });
        profile(s.repeat(12, |s, n| step(s, r#"{"key":"a"}"#.to_owned(), "none", logged, 40 + n)))
            .waste_share()
            .unwrap()
    };
    assert!((waste(true) - waste(false)).abs() < 0.1, "{} {}", waste(true), waste(false));
    assert!(waste(false) > 0.2);
}

/// A load test whose figures vary and a test that fails now and then have to be run often; the span says so, and what becomes
/// of it is for the look-alikes to say.
#[test]
fn what_a_test_tells_of_chance_is_counted() {
    let run = |command: &str, answer: fn(usize) -> String| {
        let command = json!({ "command": command }).to_string();
        let run =
            session("s").prompt("hunt it").repeat(30, |s, n| s.call("Bash", &command).result(&answer(n)));
        profile(run).spans.into_iter().next().expect(&command)
    };
    let load = run("wrk -c20 http://localhost/x", |n| {
        format!("Req/Sec {}\nTimeouts {}", [310, 704, 295, 512][n % 4], n % 2)
    });
    assert!(2 * load.sampled >= load.steps, "{load:?}");
    let flaky = |n: usize| format!("{} in 0.{n} s", if n == 17 { "1 failed" } else { "1 passed" });
    let flaky = run("pytest -k sends", flaky);
    assert!(2 * flaky.sampled >= flaky.steps, "{flaky:?}");
    let stable = run("pytest -k sends", |n| format!("1 passed in 0.{n} s"));
    assert_eq!(stable.sampled, 0);
    let latency = |n| format!("{}.3 ms", [310, 704, 295, 512][n % 4]);
    let probe = run("probe http://localhost/x", latency);
    assert!(2 * probe.sampled >= probe.steps, "{probe:?}");
    let timed = run("touch a", |n| format!("done in {}.3 ms", [310, 704, 295, 512][n % 4]));
    assert_eq!(timed.sampled, 0);
    let clock = run("date", |n| format!("09:{n}:00, day 3"));
    assert_eq!(clock.sampled, 0);
}

#[test]
fn records_taken_from_new_pages_are_no_padding_and_the_same_of_no_pages_is() {
    let sorted = |page: fn(usize) -> String| {
        let kind = |n: usize| if n.is_multiple_of(2) { "order" } else { "payment" };
        let record = |n: usize| json!({ "category": kind(n), "confidence": 0.8, "key": name(n % 5) });
        let add = |s: Session, n: usize| s.prompt(&page(n)).text(&record(n).to_string());
        (0..40).fold(session("s"), add)
    };
    let extracted = profile(sorted(|n| (0..50).map(|word| name(50 * n + word) + " ").collect()));
    assert!(extracted.spans.is_empty(), "{:?}", extracted.spans);
    let pumped = profile(sorted(|_| "and the next".to_owned()));
    assert!(!pumped.spans.is_empty());
}

#[test]
fn pages_that_were_lost_on_the_way_are_other_pages() {
    let opened = |page: fn(usize) -> usize| {
        let open = |s: Session, n: usize| {
            let url = format!("https://flats.example/list?page={}", page(n));
            s.injected("").call("open", &json!({ "url": url }).to_string())
        };
        profile(session("s").prompt("go through the list").repeat(20, open))
    };
    assert!(opened(|n| n).spans.is_empty());
    assert_eq!(opened(|_| 7).spans.len(), 1);
}

/// Who is sent again with the same words reports the same in other words; who is sent elsewhere does not.
#[test]
fn errands_in_the_same_words_are_repeated_however_they_are_reported() {
    let sent = |errand: fn(usize) -> String, found: fn(usize, usize) -> String| {
        let report = |n: usize| {
            let facts: Vec<String> = (0..12)
                .map(|fact| {
                    format!("The {} {} after a while.", found(n, fact), name(900 + (n * 7 + fact) % 9))
                })
                .collect();
            (0..12).map(|at| facts[(at * 5 + n) % 12].clone() + "\n").collect::<String>()
        };
        let send = |s: Session, n: usize| {
            let prompt = format!(
                "Look through {} and report whatever may be wrong there, as a list, with the reasons for it.",
                errand(n)
            );
            s.call("delegate", &json!({ "prompt": prompt }).to_string()).result(&report(n))
        };
        profile(session("s").prompt("review it").repeat(14, send))
    };
    let again = sent(|_| "the parser".to_owned(), |_, fact| name(fact));
    assert!(again.spans.iter().any(|span| span.steps >= 5), "{:?}", again.loop_score);
    let elsewhere = sent(|n| format!("the module {}", name(700 + n)), |n, fact| name(20 * n + fact));
    assert!(elsewhere.spans.is_empty(), "{:?}", elsewhere.spans);
}

#[test]
fn an_answer_that_walks_between_what_it_was_before_has_not_moved() {
    let answers = |of: usize| {
        watch(move |n| format!("the planner says {}", name(if of == 0 { n / 3 } else { n * 7 % of })))
    };
    let walked = answers(4);
    assert!(walked.spans[0].moves <= 4, "{:?}", walked.spans[0]);
    assert!(answers(0).spans.is_empty());
}

#[test]
fn what_tools_of_any_name_make_can_be_thrown_away() {
    let spike = |rounds: usize, of_a_round: usize, used: bool| {
        let body = |n: usize| (0..60).map(|word| name(60 * n + word) + " ").collect::<String>();
        let board = |n: usize| format!("board_{}", n % of_a_round);
        let make = |s: Session, n: usize| {
            let made = json!({ "name": board(n), "spec": body(n), "kind": "chart" });
            let s = s.call("create_dashboard", &made.to_string()).result("created");
            if used {
                s.call("show", &json!({ "name": board(n) }).to_string()).result(&body(n + 500))
            } else {
                s
            }
        };
        let remove = |s: Session, n: usize| {
            s.call("delete_dashboard", &json!({ "name": board(n) }).to_string()).result("deleted")
        };
        let round = |s: Session, round: usize| {
            let of = round * of_a_round..(round + 1) * of_a_round;
            let s = of.clone().fold(s.prompt(&format!("try {}", name(300 + round))), make);
            of.fold(s, remove).text(&name(400 + round))
        };
        profile((0..rounds).fold(session("s"), round))
    };
    let discarded = |profile: &Profile| profile.spans.iter().any(|span| span.pattern == Pattern::Discarded);
    assert!(discarded(&spike(5, 1, false)));
    assert!(!discarded(&spike(1, 5, false)), "one spike, tidied up in five calls");
    assert!(!discarded(&spike(5, 1, true)), "it was looked at");
}

/// What somebody does himself may be counted, and is no news.
#[test]
fn the_same_note_again_is_a_loop_though_its_receipt_counts() {
    let note = json!({ "order": "KC-34732", "text": "Note for completeness." }).to_string();
    let added =
        |s: Session, n: usize| s.call("add_note", &note).result(&format!("ok: True\nnotes: {}", n + 1));
    let noted = profile(session("s").prompt("see to it").repeat(16, added));
    assert!(noted.spans.iter().any(|span| span.steps >= 10), "{:?}", noted.spans);
}

/// A text that grows in its file is no note in one wording.
#[test]
fn a_text_that_is_saved_as_it_grows_says_nothing_to_anybody() {
    let save = |s: Session, n: usize| {
        let text: String =
            (0..=n).map(|part| (0..30).map(|w| name(30 * part + w) + " ").collect::<String>()).collect();
        let saved = json!({ "file": "story.md", "text": text }).to_string();
        s.prompt(&name(700 + n)).call("save_text", &saved).result(&json!({ "version": n }).to_string())
    };
    let story = profile((0..10).fold(session("s"), save));
    assert!(story.spans.iter().all(|span| span.pattern != Pattern::Filler), "{:?}", story.spans);
}

/// What is moved to another place is removed from the first.
#[test]
fn what_is_taken_over_is_not_thrown_away() {
    let step = |s: Session, n: usize| {
        let device = json!({ "device": format!("lamp-{}", name(n)) }).to_string();
        let answered = json!({ "device": format!("lamp-{}", name(n)), "node": n }).to_string();
        s.call("new_pair", &device)
            .result(&answered)
            .call("new_test", &device)
            .result(r#"{"ok":true}"#)
            .call("old_remove", &device)
            .result(r#"{"removed":true}"#)
    };
    let moved = profile(session("s").prompt("move them").repeat(12, step));
    assert!(moved.spans.iter().all(|span| span.pattern != Pattern::Discarded), "{:?}", moved.spans);
}

#[test]
fn looks_into_files_that_were_not_seen_before_are_counted() {
    let sweep = |file: fn(usize) -> usize| {
        let look = |s: Session, n: usize| {
            let grep = json!({ "pattern": "return ", "path": format!("stage/{}.tf", name(file(n))) });
            s.call("Grep", &grep.to_string()).result("No matches found")
        };
        let spans = profile(session("s").prompt("wrap them all").repeat(20, look)).spans;
        (spans[0].first_looks, spans[0].steps)
    };
    let (first_looks, steps) = sweep(|n| n);
    assert_eq!(first_looks, steps);
    assert!(sweep(|n| n % 5).0 < 5);
}

/// The receipt of a file counts what was written.
#[test]
fn a_draft_that_is_written_over_unread_was_thrown_away() {
    let drafts = |write: fn(&str) -> String, read: bool| {
        let draft = |s: Session, n: usize| {
            let text: String = (0..260).map(|word| name(260 * n + word) + " ").collect();
            let write = json!({ "command": write(&text) }).to_string();
            let s =
                s.prompt(&name(900 + n)).call("Bash", &write).result(&format!("wrote {} bytes", text.len()));
            let s = if read { s.call("Read", r#"{"file_path":"draft.md"}"#).result(&text) } else { s };
            s.text(&name(400 + n))
        };
        let spans = profile((0..8).fold(session("s"), draft)).spans;
        spans.iter().any(|span| span.pattern == Pattern::Discarded)
    };
    let over = |text: &str| format!("cat > draft.md <<'EOF'\n{text}\nEOF");
    assert!(drafts(over, false));
    assert!(!drafts(over, true), "it was read");
    let more = |text: &str| format!("cat >> draft.md <<'EOF'\n{text}\nEOF");
    assert!(!drafts(more, false), "one chapter after the other");
    let change = |text: &str| {
        format!(
            "python3 - <<'EOF'\ns = open('draft.md').read()\nopen('draft.md', 'w').write(s.replace('a', '{text}'))\nEOF"
        )
    };
    assert!(!drafts(change, false), "the rest of it stays");
}

/// The thing has its name from the answer, and the call that removes it says more than that name.
#[test]
fn what_was_made_is_known_by_the_name_that_it_was_given() {
    let rounds = |answer: fn(usize) -> String, removed: fn(usize) -> String| {
        let round = |s: Session, n: usize| {
            let page: String = (0..60).map(|word| name(60 * n + word) + " ").collect();
            let s = s
                .call("create_page", &json!({ "title": name(n), "body": page }).to_string())
                .result(&answer(n));
            let remove = json!({ "page": removed(n), "notify": false, "permanent": true });
            s.call("cancelPage", &remove.to_string()).result("gone").text(&name(400 + n))
        };
        let spans = profile(session("s").prompt("try it").repeat(6, round)).spans;
        spans.iter().any(|span| span.pattern == Pattern::Discarded)
    };
    assert!(rounds(|n| format!(r#"{{"id":"26a33{n}ee"}}"#), |n| format!("26a33{n}ee")));
    assert!(rounds(|n| format!("page 3376{n} created"), |n| format!("3376{n}")));
    assert!(!rounds(|n| format!(r#"{{"id":"26a33{n}ee"}}"#), |n| format!("11b33{n}ee")), "another one");
}

#[test]
fn how_long_a_pause_takes_makes_it_no_other_pause() {
    let wait = |arguments: fn(usize) -> String, answer: fn(usize) -> String| {
        let wait = |s: Session, n: usize| s.call("wait", &arguments(n)).result(&answer(n));
        profile(session("s").prompt("stay").repeat(20, wait)).loop_score
    };
    let seconds = |n: usize| json!({ "seconds": 40 + 7 * n % 31 }).to_string();
    let timer = wait(seconds, |n| json!({ "waited": 40 + 7 * n % 31 }).to_string());
    assert!(timer > 0.8, "{timer}");
    let for_jobs = |n: usize| json!({ "job": 4_000 + n }).to_string();
    assert!(wait(for_jobs, |n| format!("{} is done with {}", name(n), name(n + 50))) < 0.2);
}

#[test]
fn agents_that_agree_with_each_other_in_other_words_go_in_circles() {
    let talk = |said: fn(usize) -> String, reply: fn(usize) -> String| {
        let tell = |s: Session, n: usize| {
            let message = json!({ "to": "planner", "content": said(n) });
            s.call("send_message", &message.to_string()).result(&reply(n))
        };
        profile(session("s").prompt("settle it").repeat(24, tell)).loop_score
    };
    let polite = |n: usize| {
        let first = ["I agree with that.", "That sounds right.", "Thanks for the reply."][n % 3];
        let then = ["Please confirm it once more.", "What should we look at next?"][n / 3 % 2];
        format!("{first} {then}")
    };
    let circles = talk(polite, |n| {
        format!("{} {}", ["Excellent point.", "Very well put."][n % 2], "We keep the design.")
    });
    assert!(circles > 0.5, "{circles}");
    let news = |n: usize| (0..12).map(|word| name(30 * n + word) + " ").collect::<String>();
    let discussion = talk(news, |n| (0..12).map(|word| name(30 * n + 15 + word) + " ").collect());
    assert!(discussion < 0.2, "{discussion}");
}

/// The same picture under another address each time.
#[test]
fn an_address_with_another_id_in_it_is_the_same_answer() {
    let made = |prompt: fn(usize) -> String| {
        let draw = |s: Session, n: usize| {
            let url = format!("https://img.example/b92e{n:02}c2f5aa{n:02}.png");
            let prompt = json!({ "prompt": prompt(n), "size": "1024x1024" });
            s.call("generate_image", &prompt.to_string()).result(&json!({ "url": url }).to_string())
        };
        profile(session("s").prompt("a picture").repeat(16, draw)).loop_score
    };
    let again = made(|_| "a wrench on a table in the morning light".to_owned());
    assert!(again > 0.6, "{again}");
    assert!(made(|n| (0..8).map(|word| name(8 * n + word) + " ").collect()) < 0.2);
}

/// A person who has something to say before the agent has told what came of it has seen it go in circles.
#[test]
fn who_breaks_in_ends_a_short_stretch() {
    let ended = |times: usize, answered: bool| {
        let look = |s: Session, _| {
            s.call("read_page", r#"{"page":"terms"}"#).result("the terms are as they were, all of them")
        };
        let s = session("s").prompt("check it").repeat(times, look);
        let s = if answered { s.text("I have looked at it.") } else { s };
        profile(s.prompt("why do you repeat this? go on with the next one")).spans[0].cut_short
    };
    assert!(ended(8, false));
    assert!(!ended(8, true), "it had come to an end");
    assert!(!ended(40, false), "it was long by then");
}

#[test]
fn short_reports_on_what_was_looked_at_are_no_padding_and_the_same_of_nothing_are() {
    let told = |figure: fn(usize) -> usize| {
        profile(session("s").prompt("tell me how far it is").repeat(40, |s, n| {
            let coverage = format!("coverage: {} %\n", figure(n));
            s.call("Bash", r#"{"command":"cat coverage.txt"}"#)
                .result(&coverage)
                .text(&format!("{} % so far, next look in 4 minutes.", figure(n)))
                .injected("")
        }))
    };
    let watched = told(|n| 10 + 2 * n);
    assert!(watched.spans.is_empty(), "{:?}", watched.spans);
    let stuck = told(|_| 10);
    assert!(stuck.spans.iter().map(|span| span.steps).sum::<u64>() > 60, "{:?}", stuck.spans);
}

#[test]
fn a_list_that_is_ticked_off_is_read_for_how_far_it_is() {
    let list = |done: usize| -> String {
        (0..20).map(|item| format!("- [{}] {}\n", if item < done { 'x' } else { ' ' }, name(item))).collect()
    };
    let read = |done: fn(usize) -> usize| {
        profile(session("s").prompt("work the list off").repeat(20, |s, n| {
            let s = s.call("read_tasks", r#"{"list":"today"}"#).result(&list(done(n)));
            s.call("set_port", &json!({ "of": name(n), "to": n }).to_string()).result("done")
        }))
    };
    assert!(read(|n| n).spans.is_empty(), "{:?}", read(|n| n).spans);
    assert!(!read(|_| 3).spans.is_empty());
}

#[test]
fn a_tool_that_passes_calls_on_does_what_the_named_one_does() {
    let entered = |value: fn(usize) -> String| {
        profile(session("s").prompt("enter the list").repeat(30, |s, n| {
            let call = json!({ "tool": "set_field", "params": { "field": "guest", "text": value(n) } });
            s.call("execute", &call.to_string()).result("guest: x")
        }))
    };
    assert!(entered(|n| format!("{} {}", name(2 * n), name(2 * n + 1))).spans.is_empty());
    assert_eq!(entered(|_| "the same guest".to_owned()).spans.len(), 1);
}

/// Where a switch is made again and tells the same, nothing was switched.
#[test]
fn after_a_switch_of_branches_files_are_read_again() {
    let page: String = (0..40).map(|line| format!("{} = {}\n", name(line), name(line + 100))).collect();
    let read = |command: fn(usize) -> String, answer: fn(usize) -> String| {
        let looks = session("s").prompt("compare").repeat(8, |s, n| {
            let s = s.call("Bash", &json!({ "command": command(n) }).to_string()).result(&answer(n));
            s.call("Read", r#"{"file_path":"a.cfg"}"#).result(&page)
        });
        profile(looks).loop_score
    };
    let switched = |n| format!("Switched to branch '{}'", name(n));
    let (compared, pulled) =
        (read(|n| format!("git checkout {}", name(n)), switched), read(|_| "git pull".into(), switched));
    let stayed = read(|_| "git status".into(), |_| "nothing to commit".into());
    for moved in [compared, pulled] {
        assert!(moved < 0.5 * stayed, "{moved} {stayed}");
    }
    let in_vain = read(|_| "git pull".into(), |_| "Already up to date.".into());
    assert!(in_vain > 0.8 * stayed, "{in_vain} {stayed}");
}

/// Traces that log a call and the request for it apart: what the request cost is the cost of the call, or half of it where the
/// request says something besides.
#[test]
fn calls_bear_what_the_request_before_them_cost() {
    let usage = Usage { input: 1_000, output: 10, ..Usage::default() };
    let waste = |thought: fn(usize) -> String| {
        let spans = session("s").prompt("look").repeat(20, |s, n| {
            let s = s.text(&thought(n)).usage(usage).injected("");
            s.call("status", "{}").result("nothing has changed since the last time")
        });
        let ledger = profile(spans).ledger.unwrap();
        assert_eq!(ledger.total(), 20 * 1_010);
        ledger.waste_share()
    };
    let silent = waste(|_| String::new());
    assert!(silent > 0.7, "{silent}");
    let spoken = waste(|n| (0..30).map(|word| name(30 * n + word) + " ").collect());
    assert!(spoken > 0.35 && spoken < 0.6, "{spoken}");
}
