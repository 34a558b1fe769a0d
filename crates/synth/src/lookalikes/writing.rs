//! L14: planning, specifications, writing.
//!
//! **Looks like** G07 and G23: much text, little code.
//! **Benign evidence**: the document persists and is corrected section by section, as a human comments on it.
//! **Expected**: `ok`.

use super::warm_up;
use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::prose;
use crate::work;

pub(crate) const CLASS: Class =
    Class::lookalike("L14", "writing: a long document that persists and is corrected", recipe);

fn recipe(d: &mut Desk, _: Difficulty) {
    warm_up(d);
    let path = format!("docs/{}-design.md", d.phrase("noun"));
    let noun = d.phrase("noun");
    d.prompt(format!("write a design document for the {noun} work into {path}. thorough please"));
    for _ in 0..d.dice.between(3, 8) {
        work::look_around(d);
    }
    let sections: Vec<String> = (0..d.dice.between(8, 20)).map(|_| section(d)).collect();
    let title = d.phrase("subject");
    d.write(&path, format!("# {title}\n\n{}", sections.join("\n")));
    d.sum_up();
    let mut open = sections;
    for _ in 0..d.dice.between(2, 6) {
        comment(d, &path, &mut open);
    }
    d.ask("yes");
    d.commit();
    d.sum_up();
}

fn section(d: &mut Desk) -> String {
    d.move_on();
    let heading = prose::capitalise(&d.phrase("area").replace('`', ""));
    let paragraphs: Vec<String> = (0..d.dice.between(1, 3)).map(|_| paragraph(d)).collect();
    format!("## {heading}\n\n{}\n", paragraphs.join("\n\n"))
}

fn paragraph(d: &mut Desk) -> String {
    let facts = work::survey_paragraph(d);
    format!("{facts} {} {}", d.phrase("answer"), d.phrase("summary_close"))
}

/// A human comments on the document, and sections are rewritten.
fn comment(d: &mut Desk, path: &str, open: &mut Vec<String>) {
    d.ask("ask_more");
    if d.dice.chance(0.5) {
        d.read(path);
    }
    for _ in 0..d.dice.between(1, 3) {
        if open.is_empty() {
            break;
        }
        let at = d.dice.index(open.len());
        let old = open.remove(at);
        let new = section(d);
        d.remark("change");
        d.edit(path, &old, &new);
    }
    d.explain(2);
}
