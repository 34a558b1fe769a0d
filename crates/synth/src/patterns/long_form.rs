//! G07: very long texts that nobody keeps.
//!
//! **Behaviour**: book chapters on arbitrary subjects; no file is written, nobody follows up.
//! **Recipe**: easy: the same subject ten times, full of stock phrases. Medium: various subjects, some stock
//! phrases. Hard: various subjects in varied words, since counting already rewards little repetition.
//! **Nearest look-alike**: L14, where the document persists and is corrected.
//! **Expected**: `review`.

use super::embed;
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::prose;

pub(crate) const CLASS: Class =
    Class::pattern("G07", Axis::Pad, "long-form then discard: huge texts that go nowhere", recipe);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let texts = if difficulty == Difficulty::Easy { d.dice.between(6, 10) } else { d.dice.between(5, 9) };
    let same = d.phrase("ask_long");
    embed(d, difficulty, texts, 2, |d, texts| {
        for _ in 0..texts {
            let wish = if difficulty == Difficulty::Easy { same.clone() } else { d.phrase("ask_long") };
            d.prompt(wish);
            let text = long_text(d, difficulty);
            d.wasting(|d| d.answer(text));
        }
    });
}

pub(super) fn long_text(d: &mut Desk, difficulty: Difficulty) -> String {
    let bytes = d.dice.between(8_000, 24_000) as usize;
    let stock = match difficulty {
        Difficulty::Easy => 0.7,
        Difficulty::Medium => 0.3,
        _ => 0.0,
    };
    let essay = prose::essay((bytes as f64 * (1.0 - stock)) as usize, &mut d.dice, &d.topic);
    let mut text = String::with_capacity(bytes * 2);
    for block in essay.split_inclusive("\n\n") {
        text.push_str(block);
        let due = (text.len() as f64 * stock / 110.0) as u64;
        if stock > 0.0 && !block.starts_with('#') {
            text.push_str(&prose::paragraph("filler", due.clamp(1, 9), &mut d.dice, &d.topic));
            text.push_str("\n\n");
        }
    }
    text
}
