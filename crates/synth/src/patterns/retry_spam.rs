//! G09: the same request again, although it did not fail.
//!
//! **Behaviour**: regenerate, regenerate. The agent makes the same calls and gives the same answer in other words.
//! **Recipe**: easy: one request 15 times. Medium: 8 times with words swapped. Hard: alternating between three
//! requests.
//! **Nearest look-alike**: a flaky provider, where an error precedes each retry.
//! **Expected**: `review`.

use super::{embed, round};
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;

pub(crate) const CLASS: Class =
    Class::pattern("G09", Axis::Loop, "retry spam: the same request again without any failure", recipe);

/// A request: what is asked, what is looked at, what is answered.
struct Wish {
    prompt: String,
    files: Vec<String>,
    search: String,
    answer: Vec<String>,
}

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let (count, times) = match difficulty {
        Difficulty::Easy => (1, d.dice.between(12, 18)),
        Difficulty::Medium => (1, d.dice.between(7, 10)),
        _ => (3, d.dice.between(5, 8)),
    };
    let wishes: Vec<Wish> = (0..count).map(|_| wish(d)).collect();
    embed(d, difficulty, times, 3 * count, |d, rounds| {
        for number in 0..rounds {
            for wish in &wishes {
                request(d, wish, difficulty);
                round(d, number, |d| grant(d, wish));
            }
        }
    });
}

fn wish(d: &mut Desk) -> Wish {
    d.move_on();
    let sources = d.project.sources();
    Wish {
        prompt: d.phrase("ask_explain"),
        files: d.dice.some(&sources, 2),
        search: d.topic.function.clone(),
        answer: (0..d.dice.between(3, 7)).map(|_| d.phrase("answer")).collect(),
    }
}

fn request(d: &mut Desk, wish: &Wish, difficulty: Difficulty) {
    let text = match difficulty {
        Difficulty::Easy => wish.prompt.clone(),
        _ => {
            let words = d.dice.pick(&["please", "again", "hm", "once more", "could you", "well", "so"]);
            format!("{words}, {}", wish.prompt)
        }
    };
    d.prompt(text);
}

fn grant(d: &mut Desk, wish: &Wish) {
    d.remark("look");
    wish.files.iter().for_each(|file| d.read(file));
    d.grep(&wish.search);
    let mut sentences = wish.answer.clone();
    d.dice.shuffle(&mut sentences);
    d.answer(sentences.join(" "));
}
