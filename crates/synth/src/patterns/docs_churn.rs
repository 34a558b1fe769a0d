//! G05: large documents are summarised again and again, and nothing comes of it.
//!
//! **Behaviour**: the agent reads a whole document to answer a question that was answered before; nobody writes
//! anything down.
//! **Recipe**: easy: one document, 8 to 12 times. Medium: four to six documents, several rounds. Hard: three to five
//! documents, questions in other words, and follow-ups without another reading.
//! **Nearest look-alike**: L12, with new files and new questions at a human pace.
//! **Expected**: `review`. The first answer about a document is not part of the pattern.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::prose;

pub(crate) const CLASS: Class = Class::pattern(
    "G05",
    Axis::Pad,
    "ask-the-docs churn: the same large documents summarised over and over, nothing made of it",
    recipe,
);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let (count, laps) = match difficulty {
        Difficulty::Easy => (1, d.dice.between(8, 12)),
        Difficulty::Medium => (d.dice.between(4, 6), d.dice.between(3, 5)),
        _ => (d.dice.between(3, 5), d.dice.between(3, 5)),
    };
    let documents: Vec<String> = (0..count).map(|_| document(d)).collect();
    embed(d, difficulty, laps, 2 * count, |d, laps| {
        for lap in 0..laps {
            for path in &documents {
                churn(d, path, lap, difficulty);
            }
        }
    });
}

/// A long document of the project.
pub(super) fn document(d: &mut Desk) -> String {
    d.move_on();
    let (folder, noun, part) = (d.phrase("doc_folder"), d.phrase("noun"), d.phrase("part").replace(' ', "-"));
    let path = format!("{folder}/{noun}-{part}-{}.md", d.dice.between(1, 99));
    let bytes = d.dice.between(7_000, 26_000) as usize;
    let text = prose::essay(bytes, &mut d.dice, &d.topic);
    d.project.provide(&path, text);
    path
}

/// One question about a document, which has been answered before unless it is the first lap.
pub(super) fn churn(d: &mut Desk, path: &str, lap: u64, difficulty: Difficulty) {
    let question = if difficulty == Difficulty::Hard {
        d.phrase("doc_question").replace("DOC", path)
    } else {
        format!("{} {path}", d.phrase("doc_wish"))
    };
    d.prompt(question);
    round(d, lap, |d| {
        d.remark("look");
        d.read(path);
        let text = summary(d, path);
        d.answer(text);
    });
    if difficulty == Difficulty::Hard && d.dice.chance(0.35) {
        d.ask("ask_deeper");
        round(d, lap, |d| {
            let text = summary(d, path);
            d.answer(text);
        });
    }
}

/// What the document says, partly in its own words.
fn summary(d: &mut Desk, path: &str) -> String {
    let content = d.project.content(path).unwrap_or_default().to_owned();
    let sentences: Vec<&str> = content.split(". ").filter(|s| s.len() > 40 && !s.contains('\n')).collect();
    let count = d.dice.between(3, 8) as usize;
    let mut points: Vec<String> =
        d.dice.some(&sentences, count).into_iter().map(|s| format!("{s}.")).collect();
    points.extend((0..d.dice.between(1, 5)).map(|_| d.phrase("sentence")));
    d.dice.shuffle(&mut points);
    let open = d.phrase("doc_summary_open");
    if d.dice.chance(0.5) {
        return format!("{open}\n\n- {}", points.join("\n- "));
    }
    format!("{open} {}", points.join(" "))
}
