//! L10: hunting a flaky test, or the load at which a service gives in.
//!
//! **Looks like** G18: the same command dozens of times.
//! **Benign evidence**: the results vary; statistics are made of them; then a fix, and runs that confirm it. One in three is a
//! load test, whose results are figures.
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
    if d.dice.chance(1.0 / 3.0) {
        return load_test(d);
    }
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

/// More clients each time, until the answers take too long.
fn load_test(d: &mut Desk) {
    let service = d.phrase("noun");
    d.prompt(format!("how many clients does {service} take before it slows down? then raise the limit and show that it helped"));
    let limit = sweep(d, &service, 400);
    d.explain(2);
    work::look_around(d);
    work::small_change(d);
    let raised = sweep(d, &service, 900);
    let page = format!("# Load\n\n{limit} clients before, {raised} after.\n");
    d.write(&format!("docs/load-{service}.md"), page);
    d.commit();
    d.sum_up();
}

/// The last number of clients that was served in time.
fn sweep(d: &mut Desk, service: &str, limit: u64) -> u64 {
    let (mut clients, step) = (d.dice.between(10, 30), d.dice.between(4, 12));
    loop {
        let strained = clients * clients / limit;
        let (rate, errors) = (d.dice.between(90, 110) * clients.min(limit), strained / 20);
        let text = format!(
            "Latency {}.{}ms stdev {}.{}ms\nReq/Sec {rate}\n{} requests in 10s, {errors} errors",
            4 + strained / 8,
            d.dice.below(100),
            1 + strained / 30,
            d.dice.below(100),
            rate * 10
        );
        let line = format!("wrk -t4 -c{clients} -d10s http://localhost:8080/{service}");
        d.run(Command::ok(line, "One more step of load", text, 10_500));
        if errors > 0 {
            return clients - step.min(clients);
        }
        clients += step;
    }
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
