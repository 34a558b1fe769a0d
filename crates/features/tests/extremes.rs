//! Inputs far outside of what agents write: nothing panics, sums saturate, memory stays bounded.

use goodhart_features::{Arguments, Digest, DigestKey, Fold, Habits, Profile, digest};
use goodhart_trace::build::{Session, session};
use goodhart_trace::{Event, Kind, Usage};

const KEY: DigestKey = DigestKey(7);

fn digests(events: &[Event<'_>]) -> Vec<Digest> {
    events.iter().enumerate().map(|(order, event)| digest(event, order as u64, KEY)).collect()
}

fn folded<'h>(digests: &[Digest], habits: &'h Habits) -> Fold<'h> {
    let mut fold = Fold::new(habits);
    digests.iter().for_each(|digest| fold.push(digest).expect("because orders increase"));
    fold
}

fn profile(digests: &[Digest]) -> Profile {
    folded(digests, &Habits::default()).into_profile()
}

/// A call that is made again and again beside one that is new each time.
fn work(rounds: usize) -> Session {
    session("s").prompt("go").repeat(rounds, |s, round| {
        s.text(&format!("now the part {round} of the work, which is {}", round * 7919 % 1009))
            .call("Read", &format!(r#"{{"file_path":"src/part{round}.rs"}}"#))
            .result(&format!("fn part_{round}() {{ {} }}\nlet x = {};", round * 31, round * 17))
            .call("Bash", r#"{"command":"cargo check"}"#)
            .result("Finished the check of all targets without a warning")
    })
}

#[test]
fn usage_saturates_and_the_ledger_still_sums_to_it() {
    let most = Usage {
        input: u64::MAX,
        cache_read: u64::MAX,
        cache_write: u64::MAX,
        output: u64::MAX,
        reasoning: Some(u64::MAX),
    };
    let bill = |s: Session, _| {
        s.call("Bash", r#"{"command":"ls"}"#)
            .usage(most)
            .result("a text of some ten words that stays the same all over")
    };
    let profile = profile(&digests(&session("s").prompt("go").repeat(40, bill).events()));
    let ledger = profile.ledger.expect("because usage is stated");
    assert_eq!((profile.usage.total(), ledger.total()), (u64::MAX, u64::MAX));
    assert!(profile.features.iter().flatten().all(|value| value.is_finite()));
    assert!((0.0..=1.0).contains(&ledger.waste_share()));
}

#[test]
fn times_at_both_ends_of_the_clock_are_survived() {
    let mut events = session("s").prompt("a").prompt("b").prompt("c").prompt("d").events();
    for (event, time) in events.iter_mut().zip([i64::MIN, i64::MAX, i64::MIN, 0]) {
        event.time_ms = Some(time);
    }
    let profile = profile(&digests(&events));
    assert_eq!((profile.started_ms, profile.ended_ms), (Some(i64::MIN), Some(i64::MAX)));
    assert!(profile.features.iter().flatten().all(|value| value.is_finite()));
}

/// Digests may come from elsewhere: sizes in them are claims.
#[test]
fn sizes_saturate() {
    let mut digests = digests(&work(4).text("done").events());
    for digest in &mut digests {
        if let Some(text) = &mut digest.text {
            (text.bytes, text.words) = (u64::MAX, u64::MAX);
        }
        if let Some(arguments) = &mut digest.arguments {
            (arguments.bytes, arguments.words) = (u64::MAX, u64::MAX);
        }
    }
    let mut habits = Habits::default();
    habits.observe(&digests);
    assert!((0.0..=1.0).contains(&habits.result_share("Bash")));
    assert!(folded(&digests, &habits).into_profile().ledger.is_some());
}

#[test]
fn nothing_at_all_is_survived() {
    let empty = session("").prompt("").text("").reasoning("").call("", "").result("").events();
    assert_eq!(profile(&digests(&empty)).steps, 1);
    assert_eq!(profile(&[]).steps, 0);
}

#[test]
fn a_million_leaves_are_read_and_few_are_kept() {
    let list = format!("[{}0]", "1,".repeat(1_000_000));
    let arguments = Arguments::new(&list, KEY);
    assert_eq!((arguments.words, arguments.leaves.len()), (1_000_001, Arguments::LEAVES));
    assert_eq!(arguments.leaves.capacity(), Arguments::LEAVES);
}

#[test]
fn a_long_session_stays_small() {
    let habits = Habits::default();
    let fold = folded(&digests(&work(5_000).events()), &habits);
    let size = fold.to_bytes().len();
    assert_eq!(fold.profile().steps, 10_000);
    assert!(size < 200_000, "{size} bytes");
}

/// A log that streams what the model says puts thousands of texts into one request.
#[test]
fn a_streamed_message_stays_small_and_counts_in_full() {
    let mut events =
        session("s").prompt("tell a story").repeat(5_000, |s, i| s.text(&format!("once {i} more "))).events();
    events
        .iter_mut()
        .filter(|event| event.kind == Kind::Text)
        .for_each(|event| event.request = Some("r".into()));
    let digests = digests(&events);
    // The prompt was sent with the one request.
    let bytes: u64 = digests.iter().filter_map(|digest| digest.text.as_ref()).map(|text| text.bytes).sum();
    let habits = Habits::default();
    let fold = folded(&digests, &habits);
    assert!(fold.to_bytes().len() < 100_000, "{} bytes", fold.to_bytes().len());
    let profile = fold.into_profile();
    assert_eq!((profile.steps, profile.ledger.map(|ledger| ledger.total())), (1, Some(bytes / 4)));
}

/// Records may be asked for in the middle: tokens go to the steps that they belong to.
#[test]
fn records_from_the_middle_on_are_the_same_as_from_the_start() {
    let events = work(20).usage(Usage { input: 40, output: 4, ..Usage::default() }).events();
    let digests = digests(&events);
    let habits = Habits::default();
    let mut whole = Fold::new(&habits).with_steps();
    digests.iter().for_each(|digest| whole.push(digest).unwrap());
    let (before, after) = digests.split_at(digests.len() / 2);
    let mut fold = folded(before, &habits).with_steps();
    after.iter().for_each(|digest| fold.push(digest).unwrap());
    let (all, late) = (whole.into_profile().step_records, fold.into_profile().step_records);
    assert!(!late.is_empty() && late.len() < all.len());
    assert_eq!(late.last(), all.last());
}
