//! G10: agents feed each other, as seen from one of them.
//!
//! **Behaviour**: each input is what the other agent just said; compliments and restatements, no side effect.
//! **Recipe**: easy: 30 to 50 rounds between two. Medium: a ring of three with more phrases. Hard: with a file now
//! and then that the next round overwrites.
//! **Nearest look-alike**: a team of agents that makes artefacts and turns tests green.
//! **Expected**: `review`.

use super::embed;
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;

pub(crate) const CLASS: Class =
    Class::pattern("G10", Axis::Loop, "ping-pong: agents answer each other without doing anything", recipe);

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let rounds = if difficulty == Difficulty::Easy { d.dice.between(30, 50) } else { d.dice.between(16, 32) };
    let ideas = match difficulty {
        Difficulty::Easy => 2,
        Difficulty::Medium => 3,
        _ => 6,
    };
    let pool: Vec<String> = (0..ideas).map(|_| d.phrase("finding")).collect();
    let mut said = 0;
    embed(d, difficulty, rounds, 1, |d, rounds| {
        for number in said..said + rounds as usize {
            talk(d, &pool, number, difficulty);
        }
        said += rounds as usize;
    });
}

/// One exchange; each thought is new when it is first said.
fn talk(d: &mut Desk, pool: &[String], number: usize, difficulty: Difficulty) {
    let (idea, other) = (&pool[number % pool.len()], &pool[(number + 1) % pool.len()]);
    let prompt = message(d, idea);
    let gap = d.dice.between(2_000, 6_000);
    d.prompt_after(gap, prompt);
    let answer = message(d, other);
    if number < pool.len() { d.answer(answer) } else { d.wasting(|d| respond(d, answer, difficulty)) }
}

fn message(d: &mut Desk, idea: &str) -> String {
    format!("{} As you say, {idea}. {}", d.phrase("peer_open"), d.phrase("peer_close"))
}

fn respond(d: &mut Desk, answer: String, difficulty: Difficulty) {
    if difficulty == Difficulty::Hard && d.dice.chance(0.25) {
        d.write("docs/discussion.md", format!("# Discussion\n\n{answer}\n"));
    }
    d.answer(answer);
}
