//! L10: hunting a flaky test.
//!
//! **Looks like** G18: the same command dozens of times.
//! **Benign evidence**: the results vary; statistics are made of them; then a fix, and runs that confirm it.
//! **Expected**: `ok`.

use super::warm_up;
use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::shell::Command;
use crate::work;

pub(crate) const CLASS: Class =
    Class::lookalike("L10", "flaky-test hunt: the same test many times, results vary, then a fix", recipe);

fn recipe(d: &mut Desk, _: Difficulty) {
    warm_up(d);
    d.move_on();
    let test = d.topic.test.clone();
    d.prompt(format!("{test} fails every now and then. Find out how often and why, then fix it"));
    let runs = d.dice.between(15, 45);
    let failures = (0..runs).filter(|run| attempt(d, &test, *run, 0.22)).count();
    let count = Command::ok(
        format!("sort runs.log | uniq -c | grep {}", d.phrase("noun")),
        "Statistics",
        format!("{failures} failed, {} passed of {runs}", runs - failures as u64),
        40,
    );
    d.run(count);
    d.explain(3);
    let file = d.topic.file.clone();
    d.look_at(&file);
    work::look_around(d);
    work::small_change(d);
    work::small_change(d);
    for run in 0..d.dice.between(6, 14) {
        attempt(d, &test, runs + run, 0.0);
    }
    d.commit();
    d.sum_up();
}

/// One run; true when it failed.
fn attempt(d: &mut Desk, test: &str, run: u64, flakiness: f64) -> bool {
    let (seed, ms) = (d.dice.hex(8), d.dice.between(300, 9_000));
    let line = format!("./run-test \"{test}\"");
    let failed = d.dice.chance(flakiness);
    if failed {
        let (reason, got) = (d.phrase("symptom"), d.dice.between(1, 90));
        let text = format!("run {run} seed {seed}\n{test} FAILED in {ms} ms\n{reason}: got {got}");
        d.run(Command::failed(line, "Run the test once", 1, &text, ms));
    } else {
        let slowest = d.phrase("fn2");
        d.run(Command::ok(
            line,
            "Run the test once",
            format!("run {run} seed {seed}\n{test} ok in {ms} ms\nslowest: {slowest}"),
            ms,
        ));
    }
    failed
}
