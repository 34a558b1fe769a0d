//! What a running session costs: time for each event, and memory while it is open.

use std::hint::black_box;
use std::time::Instant;

use goodhart::features::{DigestKey, Fold, digest};
use goodhart::scoring::{Baseline, Monitor};
use goodhart::trace::Event;
use goodhart::trace::build::{Session, session};

use super::Row;
use crate::clock::resident_bytes;

/// Sessions and steps of each for the time of a push.
const SESSIONS: usize = 20;
const STEPS: usize = 500;

/// Steps of an open session whose memory is measured, and how many of them are held.
const LONG: usize = 10_000;
const OPEN: usize = 2_000;

/// Time to load the reference, time of a push, memory of open sessions.
pub fn rows() -> Vec<Row> {
    let start = Instant::now();
    let baseline = Baseline::embedded();
    let loaded = start.elapsed().as_secs_f64() * 1e3;
    let mut rows = vec![Row::new("loading the embedded reference", loaded, "ms").at_most(5.0)];
    rows.extend(pushes(baseline));
    rows.extend(open(baseline));
    rows
}

/// A step as coding agents take them: a command, and 2 KB of output of which a part was not there before.
pub fn step(session: Session, number: usize) -> Session {
    let line = |i: usize| match i % 3 {
        0 => format!(
            "src/module_{}.rs:{}: warning: unused variable `value_{}`\n",
            (number + i) % 97,
            10 * i,
            number * i
        ),
        1 => format!("    let value_{} = compute(&input, {i})?; // row {number}\n", number * i),
        _ => format!("test suite_{}::case_{i} ... ok\n", number % 41),
    };
    let output: String = (0..36).map(line).collect();
    session
        .call(
            "Bash",
            &format!(
                r#"{{"command":"cargo test --package part{} -- --nocapture case_{number}"}}"#,
                number % 13
            ),
        )
        .result(&output)
}

fn pushes(baseline: &'static Baseline) -> Vec<Row> {
    let mut monitor = Monitor::new(baseline);
    let mut times = Vec::with_capacity(2 * SESSIONS * STEPS);
    for number in 0..SESSIONS {
        let events = session(&format!("s-{number}")).prompt("make it green").repeat(STEPS, step).events();
        for event in &events {
            let start = Instant::now();
            black_box(monitor.push(event));
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    vec![
        Row::new("push, median", at(0.5), "us").at_most(5.0),
        Row::new("push, 99 of 100", at(0.99), "us"),
        Row::new("push, 999 of 1,000", at(0.999), "us").at_most(100.0),
    ]
}

fn open(baseline: &'static Baseline) -> Vec<Row> {
    let fold = folded(baseline, LONG);
    let stored = fold.to_bytes().len() as f64 / 1024.0;
    let before = resident_bytes();
    let held = vec![fold; OPEN];
    let each = (resident_bytes() - before) as f64 / OPEN as f64 / 1024.0;
    drop(black_box(held));
    vec![
        Row::new(format!("open session of {LONG} steps, in memory"), each, "KB").at_most(64.0),
        Row::new(format!("open session of {LONG} steps, stored"), stored, "KB"),
        Row::new("100,000 of them", each * 1e5 / 1024.0 / 1024.0, "GB").at_most(8.0),
    ]
}

/// A session of this many steps. It is built and folded in pieces, as it would arrive.
fn folded(baseline: &'static Baseline, steps: usize) -> Fold<'static> {
    let mut fold = Fold::new(baseline.habits());
    let mut order = 0;
    for number in 0..steps {
        for event in one(number) {
            push(&mut fold, &event, &mut order, baseline.key());
        }
    }
    fold
}

/// The events of one step, under a request and a call of its own.
pub(super) fn one(number: usize) -> Vec<Event<'static>> {
    let mut events = step(session("s"), number).events();
    events[0].request = Some(format!("request-{number}").into());
    events.iter_mut().for_each(|event| event.call = Some(format!("call-{number}").into()));
    events
}

/// Digests and folds one event.
pub(super) fn push(fold: &mut Fold<'_>, event: &Event<'_>, order: &mut u64, key: DigestKey) {
    fold.push_owned(digest(event, *order, key)).expect("because orders increase");
    *order += 1;
}
