//! G18: identical calls with identical results, all successful.
//!
//! **Behaviour**: the agent asks for what it knows, again and again; nothing fails, nothing changes.
//! **Recipe**: easy: one call, some 40 to 80 times. Medium: cycles of two or three calls. Hard: cycles of one to three
//! with 16 to 40 seconds between and arguments in another order, in several stretches.
//! **Nearest look-alike**: L01, whose result changes and which watches one thing until it ends.
//! **Expected**: `review`.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::record::Record;
use crate::shell::{self, Command};

pub(crate) const CLASS: Class = Class::pattern(
    "G18",
    Axis::Loop,
    "no-op tool loop: identical successful calls with identical results",
    recipe,
);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let (period, calls) = match difficulty {
        Difficulty::Easy => (1, d.dice.between(40, 80)),
        Difficulty::Medium => (d.dice.between(2, 3), d.dice.between(24, 45)),
        _ => (d.dice.between(1, 3), d.dice.between(18, 40)),
    };
    embed(d, difficulty, calls / period, period, |d, rounds| {
        let cycle = cycle(d, period);
        d.ask("ask_chore");
        for number in 0..rounds {
            for command in &cycle {
                round(d, number, |d| repeat(d, command, difficulty));
            }
        }
        d.sum_up();
    });
}

/// Different commands that change nothing.
fn cycle(d: &mut Desk, period: u64) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    while (commands.len() as u64) < period {
        d.move_on();
        let file = d.topic.file.clone();
        let next = match d.dice.below(3) {
            0 => shell::git_status(&d.project, &mut d.dice),
            1 => shell::lint(&d.project, &mut d.dice),
            _ => shell::small(&d.project, &file, &mut d.dice),
        };
        if commands.iter().all(|command| command.line != next.line) {
            commands.push(next);
        }
    }
    commands
}

fn repeat(d: &mut Desk, command: &Command, difficulty: Difficulty) {
    let Command { line, about, outcome, ms } = command.clone();
    let input = Record::default().with("command", line).with("description", about);
    if d.dice.chance(0.15) {
        d.remark("again");
    }
    if difficulty != Difficulty::Hard {
        return d.issue("Bash", input, outcome, ms);
    }
    let swapped = d.dice.chance(0.5);
    let input = input.reordered(|fields| {
        if swapped {
            fields.reverse()
        }
    });
    let spacing = d.dice.between(16_000, 40_000);
    d.issue("Bash", input, outcome, spacing);
}
