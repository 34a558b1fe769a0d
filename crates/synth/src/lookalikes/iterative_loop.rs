//! L05: an iterative loop that gets somewhere.
//!
//! **Looks like** G03: the same prompt ten to fifty times.
//! **Benign evidence**: each iteration takes the next open item, makes something new, turns a test from red to green,
//! ticks the item and commits; the loop ends at the marker.
//! **Expected**: `ok`.

use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::work;

pub(crate) const CLASS: Class = Class::lookalike(
    "L05",
    "iterative loop: same prompt, new item each time, tests red to green, exits",
    recipe,
);

fn recipe(d: &mut Desk, _: Difficulty) {
    let count = d.dice.between(6, 12);
    let items: Vec<String> = (0..count).map(|_| item(d)).collect();
    let list: String = items.iter().map(|item| format!("- [ ] {item}\n")).collect();
    d.project.write("tasks.md", format!("# Tasks\n\n{list}"));
    let prompt = d.phrase("loop_prompt");
    for item in &items {
        let gap = d.dice.between(2_000, 9_000);
        d.prompt_after(gap, prompt.clone());
        iterate(d, item);
    }
    d.prompt_after(3_000, prompt);
    d.read("tasks.md");
    d.answer("ALL DONE");
}

fn item(d: &mut Desk) -> String {
    d.move_on();
    d.phrase("task")
}

fn iterate(d: &mut Desk, item: &str) {
    d.read("tasks.md");
    d.move_on();
    let file = d.topic.file.clone();
    d.remark("look");
    d.look_at(&file);
    if let Some(bug) = work::plant(d) {
        d.about(bug);
        d.test("");
        work::repair(d, bug);
    }
    let function = work::add_function(d);
    work::add_test(d, function);
    work::verify(d);
    d.edit("tasks.md", &format!("- [ ] {item}"), &format!("- [x] {item}"));
    d.commit();
    d.answer(format!("Done: {item}."));
}
