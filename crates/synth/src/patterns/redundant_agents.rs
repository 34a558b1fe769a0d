//! G08: many agents are sent on one errand, and at most one report is used.
//!
//! **Behaviour**: as seen from the session that sends them: the same order several times in one request, reports that
//! say the same, an answer that needs one of them.
//! **Recipe**: easy: five to nine identical orders. Medium: paraphrased. Hard: other roles, the same files.
//! **Nearest look-alikes**: L06 with disjoint slices, L08 with a scorer.
//! **Expected**: `review`. The agents of one request leave together, so its first call is part of the pattern as well.

use super::embed;
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;

pub(crate) const CLASS: Class = Class::pattern(
    "G08",
    Axis::Pad,
    "redundant sub-agents: many on one task, the same reports, at most one used",
    recipe,
);

const ROLES: &[&str] = &[
    "a security engineer",
    "a performance engineer",
    "a tester",
    "a maintainer",
    "an architect",
    "a newcomer",
    "a technical writer",
    "a release manager",
    "an operator",
    "a reviewer",
];

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let batches = if difficulty == Difficulty::Easy { d.dice.between(2, 5) } else { d.dice.between(1, 3) };
    let agents = d.dice.between(5, 9);
    embed(d, difficulty, batches, agents, |d, batches| {
        for _ in 0..batches {
            launch(d, agents, difficulty);
        }
    });
}

fn launch(d: &mut Desk, agents: u64, difficulty: Difficulty) {
    d.move_on();
    let sources = d.project.sources();
    let files = d.dice.some(&sources, 3).join(", ");
    let question = d.phrase("ask_explain");
    let facts: Vec<String> = (0..d.dice.between(8, 16)).map(|_| d.phrase("survey")).collect();
    d.prompt(question.clone());
    d.wasting(|d| {
        d.remark("delegate");
        d.together(|d| {
            for number in 0..agents as usize {
                let (order, report) = (order(d, &question, &files, number, difficulty), report(d, &facts));
                let about = d.phrase("errand");
                d.send_agent(&about, &order, report);
            }
        });
    });
    d.explain(3);
}

fn order(d: &mut Desk, question: &str, files: &str, number: usize, difficulty: Difficulty) -> String {
    match difficulty {
        Difficulty::Easy => format!("{question} Look at {files} and report."),
        Difficulty::Medium => {
            format!("{} {question} {} {files}.", d.phrase("order_open"), d.phrase("order_close"))
        }
        _ => format!("You are {}. {question} Read {files} and report.", ROLES[number % ROLES.len()]),
    }
}

/// Nearly all the facts, in another order.
fn report(d: &mut Desk, facts: &[String]) -> String {
    let mut lines = d.dice.some(facts, facts.len() - facts.len() / 6);
    lines.push(d.phrase("answer"));
    format!("{}\n\n{}", d.phrase("doc_summary_open"), lines.join("\n"))
}
