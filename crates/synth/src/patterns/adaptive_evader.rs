//! G24: a loop that hides from hashes and clocks.
//!
//! **Behaviour**: timer pings, endless iterations or no-op calls, but paraphrased, at uneven intervals within office
//! hours, and with a trivial commit every so often. Only that nothing new comes and nothing stays gives it away.
//! **Recipe**: one of three disguises. Easy: paraphrase alone. Medium: uneven gaps and honest work around. Hard: trivial
//! commits as well, in several stretches.
//! **Nearest look-alikes**: L05, L12. **Held out** of every choice that is made with labels.
//! **Expected**: `review`.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::dice::Quantiles;
use crate::project::parent;
use crate::shell::Command;
use crate::work;

pub(crate) const CLASS: Class = Class::pattern(
    "G24",
    Axis::Loop,
    "adaptive evader: a loop with paraphrase, uneven gaps and trivial commits",
    recipe,
);

const OFFICE_MS: &Quantiles = &[(0.0, 6_000.0), (0.5, 150_000.0), (0.9, 1_300_000.0), (1.0, 5_000_000.0)];

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let rounds = if difficulty == Difficulty::Easy { d.dice.between(30, 60) } else { d.dice.between(18, 36) };
    match d.dice.below(3) {
        0 => embed(d, difficulty, rounds, 1, pings),
        1 => embed(d, difficulty, rounds / 2, 3, |d, rounds| iterations(d, rounds, difficulty)),
        _ => embed(d, difficulty, rounds, 1, |d, rounds| looks(d, rounds, difficulty)),
    }
}

fn pings(d: &mut Desk, rounds: u64) {
    for number in 0..rounds {
        let (gap, text) = (d.dice.quantile(OFFICE_MS) as u64, d.phrase("ping_question"));
        d.prompt_after(gap, text);
        let reply = d.phrase("quick_answer");
        round(d, number, |d| d.answer(reply));
    }
}

fn iterations(d: &mut Desk, rounds: u64, difficulty: Difficulty) {
    let note = d.phrase("survey");
    d.project.write("PROMPT.md", format!("Improve the project. {note}\n"));
    for number in 0..rounds {
        let (gap, text) = (d.dice.quantile(OFFICE_MS) as u64, d.phrase("loop_prompt_more"));
        d.prompt_after(gap, text);
        round(d, number, |d| {
            d.read("PROMPT.md");
            let look = same_look(d);
            d.run(look);
            trivial_commit(d, difficulty);
            let text = d.phrase("all_done");
            d.answer(text);
        });
    }
}

fn looks(d: &mut Desk, rounds: u64, difficulty: Difficulty) {
    d.ask("ask_chore");
    for number in 0..rounds {
        let mut look = same_look(d);
        look.ms = d.dice.quantile(OFFICE_MS) as u64 / 6;
        round(d, number, |d| {
            d.remark("again");
            d.run(look);
            trivial_commit(d, difficulty);
        });
    }
    d.sum_up();
}

/// The same file or folder shown by another command.
fn same_look(d: &mut Desk) -> Command {
    let (file, ms) = (d.topic.file.clone(), d.dice.between(20, 300));
    let content = d.project.content(&file).unwrap_or_default().to_owned();
    let folder = parent(&file).to_owned();
    let names: Vec<String> = d.project.paths().into_iter().filter(|path| path.starts_with(&folder)).collect();
    let (line, text) = match d.dice.below(8) {
        0 => (format!("cat {file}"), content),
        1 => (format!("head -{} {file}", d.dice.between(400, 900)), content),
        2 => (format!("sed -n '1,{}p' {file}", d.dice.between(400, 900)), content),
        3 => (format!("tail -n +1 {file}"), content),
        4 => (format!("find {folder} -type f"), names.join("\n")),
        5 => (format!("ls -1 {folder} # {}", d.phrase("tick")), names.join("\n")),
        6 => (format!("git ls-files {folder} | head -{}", d.dice.between(100, 900)), names.join("\n")),
        _ => (format!("awk 1 {file} | cat"), content),
    };
    let about = d.phrase("todo_item");
    Command::ok(line, about, text, ms)
}

/// Now and then a comment, committed as if it were work.
fn trivial_commit(d: &mut Desk, difficulty: Difficulty) {
    if difficulty != Difficulty::Hard || !d.dice.chance(0.15) {
        return;
    }
    let (file, comment) = (d.topic.file.clone(), d.project.lang.comment());
    let text = format!("{comment} {}", d.phrase("vacuous"));
    work::place(d, &file, &text);
    d.commit();
}
