//! G03: one prompt file is fed to the agent again and again, although everything is done.
//!
//! **Behaviour**: `while true` around the agent. Each iteration reads the same two files, finds all items ticked and
//! says so; the marker that should end the loop is ignored.
//! **Recipe**: easy: 30 to 80 iterations without an edit. Medium: cosmetic edits. Hard: edits that undo each other two
//! iterations later, in several stretches.
//! **Nearest look-alike**: L05, where new things are made and tests turn green until the marker ends the loop.
//! **Expected**: `review`.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::work;

pub(crate) const CLASS: Class = Class::pattern(
    "G03",
    Axis::Loop,
    "loop without exit: the same prompt file over and over, done-marker ignored",
    recipe,
);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let rounds = if difficulty == Difficulty::Easy { d.dice.between(30, 80) } else { d.dice.between(10, 22) };
    prepare(d);
    let prompt = d.phrase("loop_prompt");
    embed(d, difficulty, rounds, 3, |d, rounds| {
        let mut undo = Vec::new();
        for number in 0..rounds {
            let gap = d.dice.between(1_000, 10_000);
            d.prompt_after(gap, prompt.clone());
            round(d, number, |d| iterate(d, difficulty, &mut undo));
        }
    });
}

/// Puts the prompt file and the finished task list into the project.
fn prepare(d: &mut Desk) {
    let tasks: String = (0..d.dice.between(4, 9)).map(|_| format!("- [x] {}\n", d.phrase("task"))).collect();
    d.project.write("tasks.md", format!("# Tasks\n\n{tasks}\nALL DONE\n"));
    let rules = d.phrase("survey");
    d.project.write(
        "PROMPT.md",
        format!("Work on the next open item of tasks.md. {rules}\nWrite ALL DONE when nothing is left.\n"),
    );
}

fn iterate(d: &mut Desk, difficulty: Difficulty, undo: &mut Vec<(String, String, String)>) {
    d.read("PROMPT.md");
    d.read("tasks.md");
    match difficulty {
        Difficulty::Easy if d.dice.chance(0.3) => {
            d.test("");
        }
        Difficulty::Medium => cosmetic(d),
        Difficulty::Hard => swing(d, undo),
        _ => {}
    }
    let text = d.phrase("all_done");
    d.answer(text);
}

/// Changes a comment.
fn cosmetic(d: &mut Desk) {
    let file = d.topic.file.clone();
    let comment = d.project.lang.comment();
    let content = d.project.content(&file).unwrap_or_default();
    let first = content.lines().next().unwrap_or_default().to_owned();
    let note = d.phrase("vacuous");
    let new = if first.starts_with(comment) {
        format!("{comment} {note}")
    } else {
        format!("{comment} {note}\n{first}")
    };
    d.edit(&file, &first, &new);
}

/// Edits, and takes back what was edited two iterations ago.
fn swing(d: &mut Desk, undo: &mut Vec<(String, String, String)>) {
    if undo.len() >= 2 {
        let (file, old, new) = undo.remove(0);
        d.edit(&file, &new, &old);
        return;
    }
    let file = d.topic.file.clone();
    if let Some((old, new)) = work::insertion(d, &file) {
        d.edit(&file, &old, &new);
        undo.push((file, old, new));
    }
}
