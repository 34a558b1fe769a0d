//! L22: a human who approves step by step.
//!
//! **Looks like** G14: half of the prompts are "continue".
//! **Benign evidence**: an uneven pace, approvals and remarks in between, and a plan that moves with every nudge.
//! **Expected**: `ok`.

use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::tools::Todo;
use crate::work;

pub(crate) const CLASS: Class =
    Class::lookalike("L22", "supervised continue: short approvals at an uneven pace, the plan moves", recipe);

fn recipe(d: &mut Desk, _: Difficulty) {
    d.ask("ask_feature");
    let mut todos: Vec<Todo> =
        (0..d.dice.between(6, 14)).map(|_| Todo { text: todo(d), state: "pending" }).collect();
    d.plan(&todos);
    d.answer("That is the plan. Shall I begin?");
    for item in 0..todos.len() {
        let list = d.dice.pick(&["continue_more", "continue_more", "yes", "ask_more"]);
        d.ask(list);
        step(d);
        todos[item].state = "completed";
        d.plan(&todos);
        d.sum_up();
    }
}

fn todo(d: &mut Desk) -> String {
    d.move_on();
    d.phrase("todo_item")
}

fn step(d: &mut Desk) {
    d.move_on();
    if d.dice.chance(0.6) {
        work::look_around(d);
    }
    let function = work::add_function(d);
    if d.dice.chance(0.6) {
        work::add_test(d, function);
    }
    work::verify(d);
    if d.dice.chance(0.3) {
        d.commit();
    }
}
