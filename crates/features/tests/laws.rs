//! Laws of the fold, for all traces.

use goodhart_features::{Account, Digest, DigestKey, Fold, Habits, Pattern, Profile, StepKind, digest};
use goodhart_trace::build::{Session, session};
use goodhart_trace::{Event, Usage};
use proptest::prelude::*;

const KEY: DigestKey = DigestKey(7);

fn digests(events: &[Event<'_>]) -> Vec<Digest> {
    events.iter().enumerate().map(|(order, event)| digest(event, order as u64, KEY)).collect()
}

fn profile(events: &[Event<'_>]) -> Profile {
    let habits = Habits::default();
    let mut fold = Fold::new(&habits).with_steps();
    for digest in digests(events) {
        fold.push(&digest).expect("because orders increase");
    }
    fold.into_profile()
}

/// One move of an agent, small enough to recur by chance.
#[derive(Debug, Clone)]
enum Move {
    Prompt(u8),
    Say(u8),
    Think(u8),
    Call(u8, u8),
    Edit(u8, u8),
    Fail(u8),
    Unanswered(u8),
    Compact,
    Abort,
    Bill(u32, u32),
}

fn play(trace: Session, one: &Move) -> Session {
    match one {
        Move::Prompt(n) => trace.prompt(&format!("please look at part {n} of the program")),
        Move::Say(n) => trace.text(&"I will consider the design with care. ".repeat(usize::from(*n))),
        Move::Think(n) => trace.reasoning(&format!("idea {n}")),
        Move::Call(n, out) => trace
            .call("Grep", &format!(r#"{{"pattern":"p{n}"}}"#))
            .result(&format!("src/a.rs:{out}: match\nsrc/b.rs: match {n}\ntook 0.{out} s")),
        Move::Edit(from, to) => trace
            .call("Edit", &format!(r#"{{"file_path":"f.rs","old_string":"v{from}","new_string":"v{to}"}}"#))
            .result("updated"),
        Move::Fail(n) => {
            trace.call("Bash", &format!(r#"{{"command":"run {n}"}}"#)).error("3 failed, 2 passed")
        }
        Move::Unanswered(n) => trace.call("Bash", &format!(r#"{{"command":"sleep {n}"}}"#)),
        Move::Compact => trace.compaction(),
        Move::Abort => trace.abort(),
        Move::Bill(input, output) => {
            trace.usage(Usage { input: u64::from(*input), output: u64::from(*output), ..Usage::default() })
        }
    }
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        any::<u8>().prop_map(Move::Prompt),
        (0_u8..20).prop_map(Move::Say),
        any::<u8>().prop_map(Move::Think),
        (0_u8..4, 0_u8..4).prop_map(|(a, b)| Move::Call(a, b)),
        (0_u8..3, 0_u8..3).prop_map(|(a, b)| Move::Edit(a, b)),
        (0_u8..3).prop_map(Move::Fail),
        (0_u8..3).prop_map(Move::Unanswered),
        Just(Move::Compact),
        Just(Move::Abort),
        (any::<u32>(), any::<u32>()).prop_map(|(a, b)| Move::Bill(a, b)),
    ];
    prop::collection::vec(one, 0..120)
}

fn trace(moves: &[Move]) -> Vec<Event<'static>> {
    moves.iter().fold(session("s"), play).events()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// For all traces: the six accounts sum to what was billed, and the steps to what the requests with steps cost.
    #[test]
    fn the_ledger_sums_to_the_total(moves in moves()) {
        let profile = profile(&trace(&moves));
        if let Some(ledger) = profile.ledger {
            prop_assert_eq!(ledger.total(), profile.usage.total());
            let steps: u64 = profile.step_records.iter().filter_map(|step| step.tokens).sum();
            prop_assert!(steps <= ledger.total());
        }
    }

    /// For all traces and all cuts: a fold that was stored and restored goes on as if nothing had happened.
    #[test]
    fn a_restored_fold_equals_an_uninterrupted_one(moves in moves(), cut in 0.0..1.0_f64) {
        let events = trace(&moves);
        let digests = digests(&events);
        let habits = Habits::default();
        let mut fold = Fold::new(&habits).with_steps();
        let at = (digests.len() as f64 * cut) as usize;
        digests[..at].iter().for_each(|digest| fold.push(digest).unwrap());
        let mut restored = Fold::from_bytes(&fold.to_bytes(), &habits).unwrap();
        prop_assert_eq!(restored.to_bytes(), fold.to_bytes());
        digests[at..].iter().for_each(|digest| restored.push(digest).unwrap());
        prop_assert_eq!(restored.into_profile(), profile(&events));
    }

    /// For all traces: looking at the profile on the way changes nothing.
    #[test]
    fn a_profile_on_the_way_changes_nothing(moves in moves()) {
        let events = trace(&moves);
        let habits = Habits::default();
        let mut fold = Fold::new(&habits).with_steps();
        for digest in digests(&events) {
            fold.push(&digest).unwrap();
            fold.profile();
        }
        prop_assert_eq!(fold.profile(), profile(&events));
    }

    /// For all traces that end in a loop: one more identical call and result never lowers LOOP, nor the tokens looped.
    #[test]
    fn one_more_identical_call_never_lowers_loop(moves in moves(), rounds in 4_usize..30) {
        let again = |trace: Session, _| trace.call("Read", r#"{"file_path":"a"}"#).result("the same text of ten words or so, again and again, unchanged");
        let looped = |n| profile(&moves.iter().fold(session("s"), play).prompt("go on with the next part").repeat(n, again).events());
        let (before, after) = (looped(rounds), looped(rounds + 1));
        prop_assert!(after.loop_score >= before.loop_score, "{} < {}", after.loop_score, before.loop_score);
    }

    /// For all traces: scores, novelty and step values stay in [0, 1], and features are finite.
    #[test]
    fn values_stay_in_their_ranges(moves in moves()) {
        let profile = profile(&trace(&moves));
        prop_assert!((0.0..=1.0).contains(&profile.loop_score) && (0.0..=1.0).contains(&profile.pad_score));
        for step in &profile.step_records {
            for value in [step.looped, step.looped_previous, step.padded, step.padded_previous, step.progress]
                .into_iter().chain(step.novelty) {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&value), "{step:?}");
            }
        }
        prop_assert!(profile.features.iter().flatten().all(|value| value.is_finite()));
    }

    /// For all bytes: loading a fold state gives an error or a fold, never a panic.
    #[test]
    fn arbitrary_bytes_are_no_fold(mut bytes in prop::collection::vec(any::<u8>(), 0..200), labelled: bool) {
        if labelled {
            bytes.splice(0..0, *b"GHFD");
        }
        let habits = Habits::default();
        let _ = Fold::from_bytes(&bytes, &habits);
    }

    /// For all traces and shifts of the clock: scores and spans do not move.
    #[test]
    fn a_clock_shift_changes_nothing(moves in moves(), shift in -1_000_000_i64..1_000_000) {
        let events = trace(&moves);
        let shifted: Vec<_> = events.iter().cloned().map(|e| Event { time_ms: e.time_ms.map(|t| t + shift), ..e }).collect();
        let (a, b) = (profile(&events), profile(&shifted));
        prop_assert_eq!((a.loop_score, a.pad_score, a.ledger), (b.loop_score, b.pad_score, b.ledger));
        prop_assert_eq!(a.spans.len(), b.spans.len());
    }
}

/// A made-up word, another one for each number.
fn word(n: usize) -> String {
    let letter = |c: u32| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> (3 * c) & 0xFF) as u8 % 26);
    (0..7).map(letter).collect()
}

#[test]
fn digests_out_of_order_are_refused() {
    let digests = digests(&session("s").prompt("a").prompt("b").events());
    let habits = Habits::default();
    let mut fold = Fold::new(&habits);
    fold.push(&digests[1]).unwrap();
    let error = fold.push(&digests[0]).unwrap_err();
    assert_eq!(error.to_string(), "digest order: expected above 1, found 0");
}

#[test]
fn polling_with_new_data_is_no_loop_and_repeating_is() {
    let poll = session("s").prompt("follow the log").repeat(30, |s, i| {
        let word =
            |n: usize| (0..7).map(|c| char::from(b'a' + ((n * 31 + c * n) % 26) as u8)).collect::<String>();
        let words: Vec<String> = (0..12).map(|w| word(i * 131 + w * 17)).collect();
        s.call("Bash", r#"{"command":"tail -n 3 app.log"}"#).result(&words.join(" "))
    });
    let stuck = session("s").prompt("follow the log").repeat(30, |s, i| {
        let out =
            format!("[2026-03-02T09:00:{i:02}Z] waiting for the server\nno answer from host after {i} tries");
        s.call("Bash", r#"{"command":"tail -n 3 app.log"}"#).result(&out)
    });
    let (poll, stuck) = (profile(&poll.events()), profile(&stuck.events()));
    assert!(poll.loop_score < 0.1 && poll.spans.is_empty(), "{}", poll.loop_score);
    assert!(poll.feature("polled_share").unwrap() > 0.8);
    assert!(stuck.loop_score > 0.8);
    assert_eq!(stuck.spans[0].varies, ["result: numbers, times or ids"]);
}

#[test]
fn a_batch_of_different_calls_is_no_loop() {
    let trace = (0..8).fold(session("s").prompt("clean up"), |s, i| {
        s.call("Bash", &format!(r#"{{"command":"rm old/file{i}"}}"#))
    });
    assert!(profile(&trace.events()).spans.is_empty());
}

#[test]
fn edits_between_runs_of_the_tests_are_work() {
    let work = session("s").prompt("make the tests pass").repeat(12, |s, i| {
        let edit = format!(
            r#"{{"file_path":"f{i}.rs","old_string":"let a{i} = one_{i}();","new_string":"let b{i} = two_{i}(three_{i}, four_{i}, five_{i});"}}"#
        );
        s.call("Edit", &edit).result("updated").call("Bash", r#"{"command":"cargo test"}"#).error(&format!("{} failed, {i} passed", 12 - i))
    });
    let profile = profile(&work.events());
    assert!(profile.spans.is_empty(), "{:?}", profile.spans);
    let productive = profile.step_records.iter().filter(|step| step.account == Account::Productive).count();
    assert!(productive > 20, "{productive}");
}

#[test]
fn searches_that_never_find_anything_are_barren() {
    let trace = session("s").prompt("find it").repeat(12, |s, i| {
        s.call("Grep", &format!(r#"{{"pattern":"name{i}","path":"src","output_mode":"content"}}"#))
            .result("No matches found")
    });
    let profile = profile(&trace.events());
    assert_eq!(profile.spans.len(), 1);
    assert_eq!(profile.spans[0].pattern, Pattern::Barren);
}

#[test]
fn a_cycle_of_three_has_period_three() {
    let out = |i: usize| {
        ["fn parse() -> Tree { lex().fold() }", "struct Config { path: PathBuf }", "use std::io; mod tests;"]
            [i]
    };
    let trace = session("s").prompt("read").repeat(30, |s, i| {
        s.call("Read", &format!(r#"{{"file_path":"/src/module{}.rs"}}"#, i % 3)).result(out(i % 3))
    });
    let profile = profile(&trace.events());
    assert_eq!((profile.spans.len(), profile.spans[0].period), (1, 3));
    assert_eq!(profile.spans[0].first.step, 0);
    assert_eq!(profile.spans[0].steps, 27);
}

#[test]
fn restating_results_is_an_echo_unless_it_answers_a_human() {
    let lines: String =
        (0..40).map(|i| (0..8).map(|w| word(i * 977 + w * 61) + " ").collect::<String>() + "\n").collect();
    let echo = session("s")
        .prompt("summarise the report")
        .call("Read", r#"{"file_path":"report"}"#)
        .result(&lines)
        .repeat(3, |s, i| s.text(&lines[64 * i..]).injected("go on"))
        .text("The report says that all values hold.");
    let profile = profile(&echo.events());
    assert_eq!(
        profile.spans.iter().map(|span| (span.pattern, span.steps)).collect::<Vec<_>>(),
        [(Pattern::Echo, 3)]
    );
    let answer = profile.step_records.last().unwrap();
    assert_eq!((answer.kind, answer.account), (StepKind::Message, Account::Exploratory));
}

#[test]
fn history_of_another_session_is_context_only() {
    let read = |s: Session| {
        s.call("Read", r#"{"file_path":"a.rs"}"#).result("fn main() { println!(); } // a file of some length")
    };
    let history = digests(&read(session("s").prompt("look")).events());
    let own = read(session("s").prompt("look").call("Read", "{}").result("x")).events();
    let habits = Habits::default();
    let mut fold = Fold::new(&habits);
    history.iter().for_each(|digest| fold.remember(digest).unwrap());
    for (i, event) in own.iter().skip(3).enumerate() {
        fold.push(&digest(event, 100 + i as u64, KEY)).unwrap();
    }
    let profile = fold.into_profile();
    assert_eq!(profile.steps, 1);
    assert!(profile.feature("novelty").unwrap() < 0.1);
}
