//! Whether the cost of a step stays the same in long sessions, in loops of long period and with many tools.

use goodhart::features::{Digest, Fold, digest};
use goodhart::scoring::Baseline;

use super::Row;
use super::online::one;
use crate::clock::cpu_seconds;

/// Microseconds that folding one step takes, as sessions grow.
pub fn rows() -> Vec<Row> {
    let length = [1_000, 10_000, 100_000, 1_000_000].map(|steps| (steps, cost(steps, 50_000, "Bash")));
    let period = [1, 8, 64, 512, 4_096].map(|period| (period, cost(20_000, period, "Bash")));
    let tools = [1, 10, 100, 1_000, 10_000].map(|tools| (tools, cost_of_tools(20_000, tools)));
    let mut rows = Vec::new();
    rows.extend(length.map(|(steps, cost)| row(format!("session of {steps} steps"), cost)));
    rows.extend(period.map(|(period, cost)| row(format!("period of {period} steps"), cost)));
    rows.extend(tools.map(|(tools, cost)| row(format!("{tools} tools"), cost)));
    rows
}

fn row(what: String, cost: f64) -> Row {
    Row::new(format!("fold of a step, {what}"), cost, "us")
}

/// Steps whose digests are made once and folded again and again.
fn digests(period: usize, tool: impl Fn(usize) -> String) -> Vec<Digest> {
    let key = Baseline::embedded().key();
    let digested = |number: usize| {
        let mut events = one(number);
        events[0].tool = Some(tool(number).into());
        events.into_iter().map(|event| digest(&event, 0, key)).collect::<Vec<_>>()
    };
    (0..period).flat_map(digested).collect()
}

fn cost(steps: usize, period: usize, tool: &str) -> f64 {
    fold(&mut digests(period.min(steps), |_| tool.to_owned()), steps)
}

fn cost_of_tools(steps: usize, tools: usize) -> f64 {
    fold(&mut digests(tools.max(500), |number| format!("tool_{}", number % tools)), steps)
}

fn fold(digests: &mut [Digest], steps: usize) -> f64 {
    let mut fold = Fold::new(Baseline::embedded().habits());
    let length = digests.len();
    let start = cpu_seconds();
    for order in 0..2 * steps {
        let digest = &mut digests[order % length];
        digest.order = order as u64;
        fold.push(digest).expect("because orders increase");
    }
    std::hint::black_box(fold.into_profile());
    (cpu_seconds() - start) * 1e6 / steps as f64
}
