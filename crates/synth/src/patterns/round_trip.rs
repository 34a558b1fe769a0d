//! G11: converted there and back again.
//!
//! **Behaviour**: a document goes from one format to another and returns; much is written, nothing is different.
//! **Recipe**: easy: A to B to A, ten times. Medium: a circle of three formats. Hard: one number differs each time.
//! **Nearest look-alike**: L18, with many targets, a comparison, and files that stay.
//! **Expected**: `review`.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;

pub(crate) const CLASS: Class = Class::pattern(
    "G11",
    Axis::Loop,
    "round trip: converted there and back, nothing different in the end",
    recipe,
);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let formats: &[&str] =
        if difficulty == Difficulty::Easy { &["yaml", "json"] } else { &["yaml", "toml", "json"] };
    let rounds = if difficulty == Difficulty::Easy { d.dice.between(8, 12) } else { d.dice.between(4, 8) };
    let mut table: Vec<(String, u64)> =
        (0..d.dice.between(8, 24)).map(|_| (d.project.fresh_name(&mut d.dice), d.dice.below(5000))).collect();
    embed(d, difficulty, rounds, 2 * formats.len() as u64, |d, rounds| {
        for number in 0..rounds {
            for format in formats {
                order(d, format);
                round(d, number, |d| convert(d, &table, format));
            }
            if difficulty == Difficulty::Hard {
                let last = d.dice.index(table.len());
                table[last].1 += 1;
            }
        }
    });
}

fn order(d: &mut Desk, format: &str) {
    let wish = d.dice.pick(&[
        "convert the settings to",
        "please turn the settings into",
        "now as",
        "rewrite the settings in",
    ]);
    d.prompt(format!("{wish} {format}"));
}

fn convert(d: &mut Desk, table: &[(String, u64)], format: &str) {
    if d.project.content("config/settings").is_some() {
        d.remark("look");
        d.read("config/settings");
    }
    d.write("config/settings", rendered(table, format));
    d.answer(format!("The settings are in {format} now."));
}

fn rendered(table: &[(String, u64)], format: &str) -> String {
    let line = |(key, value): &(String, u64)| match format {
        "yaml" => format!("{key}: {value}\n"),
        "toml" => format!("{key} = {value}\n"),
        _ => format!("  \"{key}\": {value},\n"),
    };
    let body: String = table.iter().map(line).collect();
    if format == "json" { format!("{{\n{body}  \"end\": 0\n}}\n") } else { body }
}
