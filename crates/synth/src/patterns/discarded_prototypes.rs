//! G12: written to be deleted.
//!
//! **Behaviour**: several files of new code, never run, never tested, gone a little later; then the next ones.
//! **Recipe**: easy: three to six times on one day. Medium: one a day. Hard: each on a branch that is deleted later.
//! **Nearest look-alike**: L15, once, short, and with a decision that is written down.
//! **Expected**: `review`.

use super::embed;
use crate::class::{Axis, Class, Difficulty};
use crate::code;
use crate::desk::Desk;
use crate::project::parent;
use crate::shell::Command;

pub(crate) const CLASS: Class = Class::pattern(
    "G12",
    Axis::Pad,
    "generate then delete: prototypes nobody runs, removed again and again",
    recipe,
);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let times = d.dice.between(3, 6);
    embed(d, difficulty, times, 6, |d, times| {
        for _ in 0..times {
            prototype(d, difficulty);
        }
    });
}

/// Asks for a prototype, gets it, has it removed.
pub(super) fn prototype(d: &mut Desk, difficulty: Difficulty) {
    d.move_on();
    let wish = d.phrase("ask_prototype");
    match difficulty {
        Difficulty::Medium => {
            let gap = d.dice.between(60_000_000, 100_000_000);
            d.prompt_after(gap, wish);
        }
        _ => d.prompt(wish),
    }
    let branch = format!("spike/{}-{}", d.phrase("noun"), d.dice.between(2, 99));
    let folder = folder(d);
    let on_branch = difficulty == Difficulty::Hard;
    d.wasting(|d| {
        if on_branch {
            shell(d, format!("git checkout -b {branch}"), &format!("Switched to a new branch '{branch}'"));
        }
        for _ in 0..d.dice.between(3, 5) {
            generate(d, &folder);
        }
        d.sum_up();
    });
    d.ask("ask_discard");
    d.wasting(|d| {
        remove(d, &folder, on_branch.then_some(branch));
        let text = d.phrase("discarded");
        d.answer(text);
    });
}

fn folder(d: &mut Desk) -> String {
    let place = d.dice.pick(&["prototype", "playground", "scratch", "draft", "experiments"]);
    let (noun, other) = (d.phrase("noun"), d.phrase("noun"));
    match d.dice.below(3) {
        0 => format!("{place}/{noun}"),
        1 => format!("{place}/{noun}-{other}"),
        _ => format!("{}/{place}_{noun}", parent(&d.topic.file)),
    }
}

/// A file of plausible code.
fn generate(d: &mut Desk, folder: &str) {
    let mut text = code::head(&d.project.scope(), &mut d.dice);
    for _ in 0..d.dice.between(4, 12) {
        let (name, doc) = (d.project.fresh_name(&mut d.dice), d.phrase("doc"));
        text.push('\n');
        text.push_str(&code::function(&name, &doc, &d.project.scope(), &mut d.dice).text);
    }
    let path = format!("{folder}/{}.{}", d.project.fresh_name(&mut d.dice), d.project.lang.extension());
    d.remark("add");
    d.write(&path, text);
}

fn remove(d: &mut Desk, folder: &str, branch: Option<String>) {
    for path in d.project.paths().into_iter().filter(|path| path.starts_with(folder)) {
        d.project.remove(&path);
    }
    d.remark("tidy");
    match branch {
        Some(branch) => {
            let (home, hash) = (d.project.branch.clone(), d.dice.hex(7));
            let line = format!("git checkout -f {home} && git branch -D {branch}");
            shell(d, line, &format!("Switched to branch '{home}'\nDeleted branch {branch} (was {hash})."));
        }
        None if d.dice.chance(0.5) => {
            shell(d, format!("git clean -fd {folder}"), &format!("Removing {folder}/"));
        }
        None => shell(d, format!("rm -r {folder}"), "(Bash completed with no output)"),
    }
}

fn shell(d: &mut Desk, line: String, text: &str) {
    let about = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let ms = d.dice.between(20, 250);
    d.run(Command::ok(line, about, text, ms));
}
