//! L03: a scheduled monitor or triage heartbeat.
//!
//! **Looks like** G01 and G02: the same prompt at the same interval, session after session.
//! **Benign evidence**: a declared schedule, a small context, a cheap model, figures that move, and now and then an action.
//! Half of the queues answer in JSON, with nothing but figures.
//! **Expected**: `ok`. Half of the actors have one session that is woken, half a session for each wake-up.

use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::dice::Quantiles;
use crate::fleet;
use crate::record::Record;
use crate::script::{Outcome, Tier};
use crate::shell::Command;

pub(crate) const CLASS: Class = Class::lookalike(
    "L03",
    "scheduled monitor: declared schedule, small context, cheap model, acts when a figure is off",
    recipe,
)
.of_actors();

const QUARTER_MS: &Quantiles = &[(0.0, 899_000.0), (1.0, 905_000.0)];

fn recipe(d: &mut Desk, _: Difficulty) {
    let (schedule, noun) = (d.dice.hex(10), d.phrase("noun"));
    let limit = d.dice.between(200, 900);
    let name = d.project.name.clone();
    let prompt = format!(
        "[schedule sched_{schedule}, every 15 min] Check the {noun} queue of {name}. Open a ticket when more than {limit} wait or the oldest is over an hour."
    );
    let acting = 0.02 + 0.28 * d.dice.unit();
    d.use_model(Some(Tier::Small));
    let terse = d.dice.chance(0.5);
    let wake = |d: &mut Desk, gap| {
        d.prompt_after(gap, prompt.clone());
        let high = d.dice.chance(acting);
        check(d, &noun, limit, high, terse);
    };
    if d.dice.chance(0.5) {
        (0..d.dice.between(20, 60)).for_each(|_| wake(d, 900_000));
    } else {
        let count = d.dice.between(6, 10);
        fleet::sessions(d, count, QUARTER_MS, |d, _| wake(d, 0));
    }
}

fn check(d: &mut Desk, noun: &str, limit: u64, high: bool, terse: bool) {
    let waiting = if high { limit + d.dice.between(5, 400) } else { d.dice.below(limit) };
    let (oldest, done) = (d.dice.between(1, 55), d.dice.between(100, 9_000));
    let workers: String = (0..d.dice.between(2, 6))
        .map(|i| format!("worker-{i} {} {}\n", d.dice.hex(6), d.phrase("act")))
        .collect();
    let text = match terse {
        true => format!(r#"{{"waiting":{waiting},"oldest_min":{oldest},"done_today":{done}}}"#),
        false => format!("waiting {waiting}\noldest {oldest} min\ndone today {done}\n{workers}"),
    };
    d.run(Command::ok(format!("queuectl stats {noun}"), "Queue figures", text.trim_end(), 350));
    if !high {
        return d.answer(format!("{waiting} waiting, the oldest for {oldest} min: within limits."));
    }
    let (top, number) = (d.phrase("symptom"), d.dice.between(100, 9_999));
    d.run(Command::ok(format!("queuectl errors {noun} --top 1"), "Most frequent error", top.clone(), 400));
    let input = Record::default().with("title", format!("{noun} queue: {waiting} waiting")).with("text", top);
    d.call("mcp__tickets__create_ticket", input, Outcome::ok(format!("created {number}")), 700);
    d.answer(format!("{waiting} waiting, above {limit}: opened ticket {number}."));
}
