//! L07: a benchmark harness.
//!
//! **Looks like** G03 and G08: session after session with the same prompt.
//! **Benign evidence**: another task id and another bug each time, a grader at the end, a results file, a service's name.
//! **Expected**: `ok`. Four to seven sessions of one actor.

use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::fleet;
use crate::shell::Command;
use crate::work;

pub(crate) const CLASS: Class = Class::lookalike(
    "L07",
    "evaluation harness: one template, other task ids, a grader and a results file",
    recipe,
)
.of_actors();

fn recipe(d: &mut Desk, _: Difficulty) {
    let (suite, service) = (d.phrase("noun"), d.dice.hex(6));
    let count = d.dice.between(4, 7);
    let first = d.dice.between(1, 400);
    let mut rows: Vec<String> = Vec::new();
    fleet::sessions(d, count, fleet::AT_ONCE_MS, |d, number| {
        d.move_on();
        let task = format!("{suite}-{:04}", first + number);
        let trouble = d.phrase("ask_fix");
        d.prompt_after(
            0,
            format!("[eval-runner {service}] Task {task}. Fix the problem below and nothing else. You are graded by hidden tests.\n\n{trouble}"),
        );
        solve(d);
        grade(d, &task, &mut rows);
    });
}

fn solve(d: &mut Desk) {
    let Some(bug) = work::plant(d) else {
        work::add_function(d);
        return work::verify(d);
    };
    d.about(bug);
    d.think(3);
    work::locate(d);
    for _ in 0..d.dice.between(0, 2) {
        work::look_around(d);
    }
    work::repair(d, bug);
    work::verify(d);
}

fn grade(d: &mut Desk, task: &str, rows: &mut Vec<String>) {
    let (passed, total) = (d.dice.between(8, 20), 20);
    let (seconds, seed) = (d.dice.between(4, 90), d.dice.hex(8));
    rows.push(format!("{{\"task\":\"{task}\",\"passed\":{passed},\"of\":{total},\"seed\":\"{seed}\"}}"));
    let text = format!(
        "{task}: {passed} of {total} hidden tests in {seconds}s (seed {seed})\n{} rows in results.jsonl",
        rows.len()
    );
    d.run(Command::ok(
        format!("python grade.py --task {task} --append results.jsonl"),
        format!("Grade {task}"),
        text,
        seconds * 1000,
    ));
    d.project.write("results.jsonl", format!("{}\n", rows.join("\n")));
    d.answer(format!("{task}: {passed}/{total}."));
}
