//! G04: the same files are read over and over, without an edit or a compaction between.
//!
//! **Behaviour**: reads are cheap to ask for and fill the context; nothing is done with them.
//! **Recipe**: easy: 3 files, 20 reads each. Medium: 8 to 15 files round robin. Hard: shifting line ranges of one file, in
//! several stretches.
//! **Nearest look-alikes**: L11 and L17, where an edit or a compaction precedes each reading.
//! **Expected**: `review`.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;

pub(crate) const CLASS: Class = Class::pattern(
    "G04",
    Axis::Loop,
    "re-read treadmill: the same unchanged files read over and over",
    recipe,
);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    match difficulty {
        Difficulty::Easy => {
            let files = files(d, 3);
            let reads = d.dice.between(15, 22);
            embed(d, difficulty, reads, 3, |d, rounds| circle(d, &files, rounds));
        }
        Difficulty::Medium => {
            let count = d.dice.between(8, 15) as usize;
            let files = files(d, count);
            let laps = d.dice.between(3, 5);
            embed(d, difficulty, laps, files.len() as u64, |d, rounds| circle(d, &files, rounds));
        }
        _ => {
            let file = largest(d);
            let reads = d.dice.between(30, 60);
            embed(d, difficulty, reads, 1, |d, rounds| slide(d, &file, rounds));
        }
    }
}

/// Reads all files, lap after lap.
fn circle(d: &mut Desk, files: &[String], laps: u64) {
    d.ask("ask_explain");
    for lap in 0..laps {
        for file in files {
            round(d, lap, |d| {
                d.remark("look");
                d.read(file);
            });
        }
    }
    d.explain(2);
}

/// Reads overlapping ranges of one file; the first lap over it is new.
fn slide(d: &mut Desk, file: &str, reads: u64) {
    d.ask("ask_explain");
    d.read(file);
    let lines = d.project.content(file).map_or(1, |content| content.lines().count());
    for _ in 1..reads {
        let (start, count) = (1 + d.dice.index(lines), 20 + d.dice.index(60));
        d.wasting(|d| {
            d.remark("again");
            d.read_range(file, start, count, true);
        });
    }
    d.explain(2);
}

fn files(d: &mut Desk, count: usize) -> Vec<String> {
    let sources = d.project.sources();
    d.dice.some(&sources, count)
}

fn largest(d: &Desk) -> String {
    let size = |path: &String| d.project.content(path).map_or(0, str::len);
    d.project.sources().into_iter().max_by_key(size).unwrap_or_default()
}
