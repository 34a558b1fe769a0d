//! The conformance suite: what every feature must survive and promise.
//!
//! ```
//! use goodhart_features::{FEATURES, testing::check_feature};
//!
//! FEATURES.iter().for_each(check_feature);
//! ```

use std::sync::OnceLock;

use goodhart_trace::build::{Session, session};
use goodhart_trace::{Event, Kind, Usage};

use crate::{DigestKey, Direction, FEATURES, Feature, Fold, Habits, Profile, digest};

/// Runs every check on a feature of the registry.
///
/// 1. The id is in snake case and on the list once; unit, version and a question are there.
/// 2. No session makes the fold panic or gives a value that is not finite: none, one event of each kind, requests
///    without text, text without usage, calls without results, results without calls, sums at the end of the range.
/// 3. A share lies in [0, 1].
/// 4. What the source lacks is absent: in an empty session a share or a mean has no value.
/// 5. Where a direction is promised, a session of nothing but waste is on that side of honest work, or level with it.
/// 6. A session twice as long moves a scored feature of such a waste by little: length as such is no evidence.
///
/// # Panics
/// With the id of the feature and the broken promise.
pub fn check_feature(feature: &Feature) {
    check_page(feature);
    odd_sessions().iter().for_each(|(what, events)| check_value(feature, what, value(feature, events)));
    check_absence(feature);
    check_direction(feature, feature.looping, &looping(40));
    check_direction(feature, feature.padding, &padding(40));
    check_length(feature);
}

fn check_page(feature: &Feature) {
    let id = feature.id;
    let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    assert!(!id.is_empty() && id.chars().all(snake), "{id}: id in snake case");
    let listed = FEATURES.iter().filter(|other| other.id == id).count();
    assert_eq!(listed, 1, "{id}: listed once");
    assert!(feature.version >= 1 && !feature.unit.is_empty(), "{id}: version and unit");
    assert!(feature.question.ends_with('?'), "{id}: the question ends as one");
}

fn check_value(feature: &Feature, what: &str, value: Option<f64>) {
    let id = feature.id;
    let Some(value) = value else { return };
    assert!(value.is_finite(), "{id}: {what}: finite, found {value}");
    let share = feature.unit != "share" || (0.0..=1.0 + 1e-9).contains(&value);
    assert!(share, "{id}: {what}: a share lies in [0, 1], found {value}");
}

fn check_absence(feature: &Feature) {
    let empty = value(feature, &[]);
    let counted = feature.unit != "share" || empty.is_none() || empty == Some(0.0);
    assert!(counted, "{}: a share of nothing is absent or 0, found {empty:?}", feature.id);
}

fn check_direction(feature: &Feature, direction: Direction, waste: &Session) {
    let (Some(waste), Some(work)) = (of(feature, waste), of(feature, &working(40))) else { return };
    let sound = match direction {
        Direction::Higher => waste >= work,
        Direction::Lower => waste <= work,
        Direction::Neutral => true,
    };
    assert!(sound, "{}: {direction:?} speaks for waste: waste has {waste}, work {work}", feature.id);
}

/// Shares of a session that goes on as it was must settle.
fn check_length(feature: &Feature) {
    let scored = (feature.looping, feature.padding) != (Direction::Neutral, Direction::Neutral);
    static WORK: OnceLock<[Profile; 2]> = OnceLock::new();
    let [short, long] = WORK.get_or_init(|| [200, 3_000].map(|rounds| profile(&working(rounds).events())));
    let (Some(short), Some(long)) = (short.feature(feature.id), long.feature(feature.id)) else { return };
    let steady = feature.unit != "share" || !scored || (short - long).abs() < 0.1;
    assert!(steady, "{}: work of 3,000 rounds has {long}, of 200 {short}", feature.id);
}

fn of(feature: &Feature, session: &Session) -> Option<f64> {
    value(feature, &session.clone().events())
}

fn value(feature: &Feature, events: &[Event<'_>]) -> Option<f64> {
    profile(events).feature(feature.id)
}

fn profile(events: &[Event<'_>]) -> Profile {
    let habits = Habits::default();
    let mut fold = Fold::new(&habits);
    for (order, event) in events.iter().enumerate() {
        fold.push(&digest(event, order as u64, DigestKey(1))).expect("because orders increase");
    }
    fold.into_profile()
}

/// Every round another file is read, changed and tested.
fn working(rounds: usize) -> Session {
    session("s").prompt("go through the parts").repeat(rounds, |s, round| {
        let name = word(round);
        s.call("Read", &format!(r#"{{"file_path":"src/{name}.rs"}}"#))
            .result(&prose(3 * round, 40))
            .usage(USAGE)
            .text(&prose(7 * round + 1, 12))
            .call(
                "Edit",
                &format!(
                    r#"{{"file_path":"src/{name}.rs","old_string":"{}","new_string":"{}"}}"#,
                    prose(5 * round, 6),
                    prose(11 * round + 2, 30)
                ),
            )
            .result("updated")
            .usage(USAGE)
    })
}

/// Every round the same call with the same result.
fn looping(rounds: usize) -> Session {
    let same = prose(1, 30);
    session("s")
        .prompt("go through the parts")
        .repeat(rounds, |s, _| s.call("Bash", r#"{"command":"cargo check"}"#).result(&same).usage(USAGE))
}

/// Every round the same speech that nobody asked for.
fn padding(rounds: usize) -> Session {
    let same = prose(2, 120);
    session("s")
        .prompt("go through the parts")
        .repeat(rounds, |s, _| s.text(&same).usage(USAGE).injected("go on"))
}

const USAGE: Usage = Usage { input: 100, cache_read: 2_000, cache_write: 0, output: 50, reasoning: None };

/// Words without sense, other ones for each number.
fn prose(from: usize, words: usize) -> String {
    (0..words).map(|n| word(1_000 * from + n) + " ").collect()
}

fn word(n: usize) -> String {
    let mixed = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..7).map(|place| char::from(b'a' + ((mixed >> (8 * place)) & 0xFF) as u8 % 26)).collect()
}

/// Sessions that lack most of what a feature could ask for, and some that exaggerate.
fn odd_sessions() -> Vec<(String, Vec<Event<'static>>)> {
    let most = Usage { input: u64::MAX, cache_read: u64::MAX, output: u64::MAX, ..Usage::default() };
    let mut odd = vec![
        ("empty".to_owned(), vec![]),
        ("usage only".to_owned(), vec![Event { usage: Some(USAGE), ..one(Kind::Usage) }]),
        ("calls without results".to_owned(), session("s").call("Bash", "{}").call("Bash", "{}").events()),
        ("results without calls".to_owned(), session("s").result("a").result("a").events()),
        ("empty texts".to_owned(), session("s").prompt("").text("").call("", "").result("").events()),
        ("all there is".to_owned(), looping(9).usage(most).call("Bash", "{}").usage(most).events()),
        ("compactions only".to_owned(), session("s").compaction().compaction().abort().events()),
    ];
    odd.extend(KINDS.iter().map(|&kind| (format!("one {kind:?}"), vec![one(kind)])));
    odd.extend([working(9), looping(9), padding(9)].map(|session| ("usual".to_owned(), session.events())));
    odd
}

/// An event of which nothing is known but its kind.
fn one(kind: Kind) -> Event<'static> {
    Event { session: "s".into(), kind, ..Event::default() }
}

const KINDS: [Kind; 12] = [
    Kind::Prompt,
    Kind::Injected,
    Kind::Text,
    Kind::Reasoning,
    Kind::ToolCall,
    Kind::ToolResult,
    Kind::Compaction,
    Kind::ApiError,
    Kind::Abort,
    Kind::Rewind,
    Kind::Usage,
    Kind::Outcome,
];
