//! G06: much is loaded, hardly any of it is used.
//!
//! **Behaviour**: the prompt carries half a repository, the question is trivial.
//! **Recipe**: easy: one block pasted before each question. Medium: another package printed each time. Hard: many files
//! printed, one of which the question is about. Blocks have 20 to 60 KB, smaller than in the wild, to keep logs handy.
//! **Nearest look-alikes**: L10b and L13, where what is loaded is used.
//! **Expected**: `review`.

use super::embed;
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::shell::Command;

pub(crate) const CLASS: Class =
    Class::pattern("G06", Axis::Pad, "context stuffing: huge blocks loaded for trivial questions", recipe);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let rounds = if difficulty == Difficulty::Easy { d.dice.between(7, 12) } else { d.dice.between(5, 9) };
    let block = printed(d, &[]);
    embed(d, difficulty, rounds, 2, |d, rounds| {
        for _ in 0..rounds {
            stuff(d, difficulty, &block);
        }
    });
}

fn stuff(d: &mut Desk, difficulty: Difficulty, block: &str) {
    d.move_on();
    if difficulty == Difficulty::Easy {
        let question = d.phrase("trivial_ask");
        let above = d.dice.chance(0.5);
        d.prompt(if above { format!("{question}\n\n{block}") } else { format!("{block}\n\n{question}") });
        return d.wasting(reply);
    }
    let relevant = difficulty == Difficulty::Hard;
    let question =
        if relevant { format!("what does {} do?", d.topic.function) } else { d.phrase("trivial_ask") };
    d.prompt(question);
    d.wasting(|d| {
        load(d, relevant);
        if relevant { d.explain(2) } else { reply(d) }
    });
}

fn reply(d: &mut Desk) {
    let text = d.phrase("trivial_answer");
    d.answer(text);
}

/// Prints many files, the topic's among them when it matters.
fn load(d: &mut Desk, relevant: bool) {
    let sources = d.project.sources();
    let count = d.dice.between(5, 12) as usize;
    let mut paths = d.dice.some(&sources, count);
    if relevant && !paths.contains(&d.topic.file) {
        paths.push(d.topic.file.clone());
    }
    d.dice.shuffle(&mut paths);
    let text = printed(d, &paths);
    d.remark("look");
    let about = format!("Print {} files", paths.len());
    d.run(Command::ok(format!("tail -n +1 {}", paths.join(" ")), about, text, 400));
}

/// Files one after the other with their names, of the whole project when none are given.
fn printed(d: &mut Desk, paths: &[String]) -> String {
    let limit = d.dice.between(20_000, 60_000) as usize;
    let all = if paths.is_empty() { d.project.paths() } else { paths.to_vec() };
    let mut text = String::new();
    for path in all {
        let content = d.project.content(&path).unwrap_or_default();
        if text.len() + content.len() > limit && !text.is_empty() {
            continue;
        }
        text.push_str(&format!("==> {path} <==\n{content}\n"));
    }
    text
}
