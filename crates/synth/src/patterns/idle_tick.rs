//! G02: an agent that is always on wakes up every minute and finds nothing.
//!
//! **Behaviour**: one session per tick, each with the full context and the same first prompt; four in five end empty.
//! **Recipe**: six to ten sessions. Easy: 60 seconds apart, never anything to do. Medium: a tick in twenty acts. Hard: one in
//! five acts, one to ten minutes apart.
//! **Nearest look-alike**: L03, with a small context, a cheap model, a declared schedule and some actions.
//! **Level**: actors. **Expected**: `review`, or `note` where the schedule is declared.

use super::round;
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::dice::Quantiles;
use crate::fleet;
use crate::shell;
use crate::work;

pub(crate) const CLASS: Class = Class::pattern(
    "G02",
    Axis::Loop,
    "idle tick agent: a session a minute with the whole context, nothing to do",
    recipe,
)
.of_actors();

const MINUTE_MS: &Quantiles = &[(0.0, 58_000.0), (1.0, 60_000.0)];
const MINUTES_MS: &Quantiles = &[(0.0, 60_000.0), (0.5, 200_000.0), (1.0, 600_000.0)];

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let (acting, pause) = match difficulty {
        Difficulty::Easy => (0.0, MINUTE_MS),
        Difficulty::Medium => (0.05, MINUTE_MS),
        _ => (0.2, MINUTES_MS),
    };
    let (count, context) = (d.dice.between(6, 10), d.dice.between(20_000, 70_000));
    let items: String =
        (0..d.dice.between(4, 12)).map(|_| format!("- {}\n", d.phrase("watch_item"))).collect();
    d.project.provide("HEARTBEAT.md", format!("# On every tick\n\n{items}"));
    let prompt = d.phrase("tick_prompt");
    fleet::sessions(d, count, pause, |d, number| {
        d.preload(context);
        d.prompt_after(0, prompt.clone());
        let acts = number > 0 && number + 1 < count && d.dice.chance(acting);
        if acts { act(d) } else { round(d, number, |d| idle(d, difficulty)) }
    });
}

fn idle(d: &mut Desk, difficulty: Difficulty) {
    if difficulty != Difficulty::Easy || d.dice.chance(0.5) {
        d.read("HEARTBEAT.md");
    }
    if difficulty == Difficulty::Hard {
        let command = shell::git_status(&d.project, &mut d.dice);
        d.run(command);
    }
    let text = d.phrase("tick_answer");
    d.answer(text);
}

/// For once there is something.
fn act(d: &mut Desk) {
    d.move_on();
    d.read("HEARTBEAT.md");
    work::look_around(d);
    work::small_change(d);
    work::verify(d);
    d.sum_up();
}
