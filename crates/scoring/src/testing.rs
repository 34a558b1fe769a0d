//! Sessions for the tests.

use goodhart_features::{DigestKey, Fold, Habits, Profile, digest};
use goodhart_trace::Event;
use goodhart_trace::build::{Session, session};

use crate::{Assessed, Baseline, SessionMeta};
#[cfg(feature = "linfa")]
use crate::{FitOptions, ReferenceKind, ReferenceRow};

/// One call again and again, with the same result.
pub(crate) fn looping(steps: usize) -> Profile {
    profile(
        session("s")
            .repeat(steps, |s, _| s.call("Bash", r#"{"command":"ci status"}"#).result("no runs found")),
    )
}

/// Reads, edits and tests, each of something else.
pub(crate) fn working(steps: usize) -> Profile {
    fold(&working_events("s", steps), Baseline::embedded())
}

pub(crate) fn working_events(id: &str, steps: usize) -> Vec<Event<'static>> {
    session(id).prompt("write the parsers").repeat(steps, work).events()
}

pub(crate) fn work(session: Session, i: usize) -> Session {
    let words =
        ["lexer", "token", "grammar", "syntax", "number", "string", "escape", "comment", "span", "error"];
    let (a, b) = (words[i % 10], words[(i / 10 + 3 * i) % 10]);
    match i % 3 {
        0 => session
            .call("Read", &format!(r#"{{"file_path":"src/{a}/{b}{i}.rs"}}"#))
            .result(&format!("fn parse_{a}_{i}() {{}}\nstruct {b}{i};\nmod {a}_{b};")),
        1 => session
            .call("Edit", &format!(r#"{{"file_path":"src/{a}{i}.rs","old_string":"todo {b}","new_string":"let {a}_{b} = {b}::new({i});"}}"#))
            .result("done"),
        _ => session
            .call("Bash", &format!(r#"{{"command":"cargo test {a}::{b}{i}"}}"#))
            .result(&format!("test {a}::{b} ... ok\n{i} passed in {}.{i} s", i + 1)),
    }
}

/// Calls of which the log keeps neither arguments nor results.
pub(crate) fn blind(steps: usize) -> Profile {
    let mut events = session("s").repeat(steps, |s, _| s.call("Bash", "").result("")).events();
    events.iter_mut().for_each(|event| (event.arguments, event.text) = (None, None));
    fold(&events, Baseline::embedded())
}

pub(crate) fn profile(session: Session) -> Profile {
    fold(&session.events(), Baseline::embedded())
}

pub(crate) fn fold(events: &[Event<'_>], baseline: &Baseline) -> Profile {
    run(Fold::new(baseline.habits()), events, baseline.key())
}

pub(crate) fn profile_with_steps(events: &[Event<'_>]) -> Profile {
    run(Fold::new(&Habits::default()).with_steps(), events, DigestKey(1))
}

fn run(mut fold: Fold<'_>, events: &[Event<'_>], key: DigestKey) -> Profile {
    for (order, event) in events.iter().enumerate() {
        fold.push(&digest(event, order as u64, key)).expect("because the order counts up");
    }
    fold.into_profile()
}

/// A session of this name, scored against the embedded reference.
pub(crate) fn assessed(name: &str, profile: Profile) -> Assessed {
    let meta = SessionMeta { session_id: name.to_owned(), file_numbers: vec![0], ..SessionMeta::default() };
    Assessed::new(meta, profile, Baseline::embedded())
}

/// A baseline of these sessions, each of its own name.
#[cfg(feature = "linfa")]
pub(crate) fn fitted(profiles: Vec<Profile>, kind: ReferenceKind) -> Baseline {
    let named: Vec<(String, Profile)> =
        profiles.into_iter().enumerate().map(|(n, p)| (n.to_string(), p)).collect();
    let row = |(session, profile)| ReferenceRow { session, stratum: "a", weight: 1.0, profile };
    let rows: Vec<_> = named.iter().map(|(name, profile)| row((name.as_str(), profile))).collect();
    let options = FitOptions { kind, ..FitOptions::default() };
    Baseline::fit(&rows, Habits::default(), DigestKey(1), &options).expect("because there are sessions")
}
