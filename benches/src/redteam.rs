//! Evaders: sessions written to slip through, by one who has read how goodhart works.
//!
//! Every session is real-looking work of the generator with waste between its requests. An [`Evader`] says what
//! the waste is and how it is laid; [`measure`] scores each at several shares of waste. A waste request is billed the mean
//! of the honest ones.

mod evaders;

use std::error::Error;

use goodhart::readers::{Collect, Options, read_reader};
use goodhart::scoring::{Baseline, Finding, Monitor, Verdict};
use goodhart::trace::{Event, Kind, Source, Usage};
use goodhart_synth::{Difficulty, class, generate};
use rayon::prelude::*;

pub use evaders::{EVADERS, Evader, Lay, Story};

/// First seed of the honest sessions: far from those of the embedded reference.
const SEED: u64 = 300_000;

/// Tool calls of an honest session that is taken.
const CALLS: std::ops::RangeInclusive<usize> = 40..=120;

/// Shares of the steps that are waste.
pub const SHARES: [f64; 6] = [0.0, 0.1, 0.2, 0.4, 0.6, 0.8];

/// The share at which an evader is said to slip through or not.
const TELLING: f64 = 0.4;

/// One evader at one share.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Outcome {
    /// Mean of the larger of LOOP and PAD.
    pub score: f64,
    /// Share of the sessions with at least `note`.
    pub noted: f64,
    /// Share of the sessions with `review`.
    pub reviewed: f64,
    /// Mean of the stated share of wasted tokens.
    pub waste: f64,
    /// Mean of the true one.
    pub truth: f64,
}

/// One evader at every share of [`SHARES`].
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// The evader.
    pub evader: &'static Evader,
    /// What came out, share by share.
    pub at: [Outcome; SHARES.len()],
}

/// Scores every evader at every share of [`SHARES`] on so many sessions.
///
/// # Errors
/// When a generated session cannot be read, which would be a fault of the generator.
pub fn measure(sessions: usize) -> Result<Vec<Measured>, Box<dyn Error + Send + Sync>> {
    let bases = bases(sessions)?;
    let baseline = Baseline::embedded();
    let outcome = |evader: &Evader, share: f64| {
        let findings: Vec<(Finding, f64)> = bases
            .par_iter()
            .enumerate()
            .filter_map(|(seed, base)| {
                let (events, truth) = evade(base, evader, share, seed as u64);
                Some((judge(baseline, &events)?, truth))
            })
            .collect();
        summary(&findings)
    };
    let measured = |evader| Measured { evader, at: SHARES.map(|share| outcome(evader, share)) };
    Ok(EVADERS.iter().map(measured).collect())
}

/// The outcomes as tables in Markdown, and what slips through.
pub fn tables(measured: &[Measured]) -> String {
    let mut out = table(measured, |outcome| format!("{:.2}", outcome.score));
    out += "\nShares of the sessions with at least `note` / with `review`:\n\n";
    out += &table(measured, |outcome| format!("{:.2} / {:.2}", outcome.noted, outcome.reviewed));
    out += "\nStated / true share of wasted tokens:\n\n";
    out += &table(measured, |outcome| format!("{:.2} / {:.2}", outcome.waste, outcome.truth));
    let place = SHARES.iter().position(|&share| share == TELLING).unwrap_or_default();
    let (slips, caught): (Vec<_>, Vec<_>) = measured.iter().partition(|one| one.at[place].noted < 0.5);
    out + &format!(
        "\nWhere {TELLING} of the steps are waste, fewer than half of the sessions get a `note` of these, which so slip \
         through:\n\n{}\nAt least half of these do:\n\n{}",
        list(&slips),
        list(&caught)
    )
}

/// Where tables begin and end in a page.
const MARKS: [&str; 2] = ["<!-- tables: begin -->\n", "<!-- tables: end -->"];

/// The page with these tables between its marks; none when it has no marks.
pub fn between_marks(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    Some(format!("{before}{}\n{}\n{}{after}", MARKS[0], tables.trim(), MARKS[1]))
}

fn table(measured: &[Measured], cell: impl Fn(&Outcome) -> String) -> String {
    let heads = SHARES.map(|share| format!("{share:.1}")).join(" | ");
    let head = format!("| evader, by waste share | {heads} |\n|---|{}\n", "---|".repeat(SHARES.len()));
    let row =
        |one: &Measured| format!("| {} | {} |\n", one.evader.name, one.at.each_ref().map(&cell).join(" | "));
    head + &measured.iter().map(row).collect::<String>()
}

fn list(measured: &[&Measured]) -> String {
    if measured.is_empty() {
        return "- none\n".to_owned();
    }
    measured.iter().map(|one| format!("- {}: {}\n", one.evader.name, one.evader.about)).collect()
}

fn summary(findings: &[(Finding, f64)]) -> Outcome {
    let mean = |value: &dyn Fn(&Finding) -> f64| {
        findings.iter().map(|(finding, _)| value(finding)).sum::<f64>() / findings.len().max(1) as f64
    };
    let reaches =
        |verdict| mean(&|finding: &Finding| f64::from(u8::from(finding.verdict.is_at_least(verdict))));
    Outcome {
        score: mean(&|finding| finding.loop_score.max(finding.pad_score)),
        noted: reaches(Verdict::Note),
        reviewed: reaches(Verdict::Review),
        waste: mean(&|finding| finding.waste_share.unwrap_or(0.0)),
        truth: findings.iter().map(|(_, truth)| truth).sum::<f64>() / findings.len().max(1) as f64,
    }
}

fn judge(baseline: &Baseline, events: &[Event<'_>]) -> Option<Finding> {
    let mut monitor = Monitor::new(baseline);
    for event in events {
        monitor.push(event);
    }
    monitor.finish(&events.first()?.session)
}

/// An honest session.
struct Base {
    events: Vec<Event<'static>>,
    calls: usize,
    /// Where a request begins: waste may stand before it.
    gaps: Vec<usize>,
    /// Mean over its requests.
    usage: Usage,
    requests: usize,
}

fn bases(count: usize) -> Result<Vec<Base>, Box<dyn Error + Send + Sync>> {
    let neutral = class("N").ok_or("the generator has no neutral class")?;
    let mut bases = Vec::new();
    for seed in SEED.. {
        if bases.len() == count {
            break;
        }
        let made = generate(neutral, Difficulty::Normal, seed);
        let mut read = Collect::default();
        read_reader(
            made.lines.as_bytes(),
            Source { file: 0, path: "generated.jsonl" },
            &Options::default(),
            &mut read,
        )?;
        let base = Base::new(read.events);
        if CALLS.contains(&base.calls) {
            bases.push(base);
        }
    }
    Ok(bases)
}

impl Base {
    fn new(events: Vec<Event<'static>>) -> Self {
        let calls = events.iter().filter(|event| event.kind == Kind::ToolCall).count();
        let begins = |at: usize| {
            let (before, event) = (&events[at - 1], &events[at]);
            before.kind == Kind::ToolResult && event.request.is_some() && event.request != before.request
        };
        let gaps = (1..events.len()).filter(|&at| begins(at)).collect();
        let (usage, requests) = mean_usage(&events);
        Base { events, calls, gaps, usage, requests }
    }
}

/// Mean usage of the requests, and their number.
fn mean_usage(events: &[Event<'_>]) -> (Usage, usize) {
    let mut of_request = std::collections::BTreeMap::new();
    for event in events {
        if let (Some(request), Some(usage)) = (event.request.as_deref(), event.usage) {
            of_request.insert(request, usage);
        }
    }
    let mut sum = Usage::default();
    of_request.values().for_each(|usage| sum.add(usage));
    let count = of_request.len().max(1) as u64;
    let mean = Usage {
        input: sum.input / count,
        cache_read: sum.cache_read / count,
        cache_write: sum.cache_write / count,
        output: sum.output / count,
        reasoning: None,
    };
    (mean, of_request.len())
}

/// The session with waste in it, and the share of the tokens that it costs.
fn evade(base: &Base, evader: &Evader, share: f64, seed: u64) -> (Vec<Event<'static>>, f64) {
    let count = (base.calls as f64 * share / (1.0 - share)).round() as usize;
    let mut story = Story::new(&base.events, base.usage, seed);
    let waste: Vec<Vec<Event<'static>>> = (0..count).map(|round| (evader.waste)(&mut story, round)).collect();
    let gaps = evader.lay.places(count, base.gaps.len());
    let mut events = Vec::with_capacity(base.events.len() + 3 * count);
    let mut waste = gaps.into_iter().zip(waste).peekable();
    for (at, event) in base.events.iter().enumerate() {
        while let Some((_, piece)) =
            waste.next_if(|(gap, _)| base.gaps.get(*gap).is_some_and(|&gap| gap == at))
        {
            let time_ms = event.time_ms;
            events.extend(piece.into_iter().map(|piece| Event { time_ms, ..piece }));
        }
        events.push(event.clone());
    }
    (events, count as f64 / (count + base.requests).max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waste_is_laid_between_requests_and_billed_its_share() {
        let base = &bases(1).unwrap()[0];
        for evader in EVADERS {
            let (events, truth) = evade(base, evader, 0.4, 1);
            let count = (base.calls as f64 * 0.4 / 0.6).round() as usize;
            let requests = mean_usage(&events).1;
            assert_eq!(requests, base.requests + count, "{}", evader.name);
            assert!((truth - count as f64 / requests as f64).abs() < 1e-12, "{}", evader.name);
            assert!(events.iter().all(|event| event.session == base.events[0].session), "{}", evader.name);
            assert_eq!(evade(base, evader, 0.4, 1).0, events, "{}", evader.name);
            let kept = events.iter().filter(|event| base.events.contains(event)).count();
            assert_eq!(kept, base.events.len(), "{}", evader.name);
        }
    }

    #[test]
    fn without_waste_nothing_changes() {
        let base = &bases(1).unwrap()[0];
        let (events, truth) = evade(base, &EVADERS[0], 0.0, 1);
        assert_eq!((events == base.events, truth), (true, 0.0));
    }

    #[test]
    fn tables_say_what_slips_through() {
        let caught = Outcome { score: 0.9, noted: 1.0, reviewed: 1.0, waste: 0.4, truth: 0.5 };
        let measured = |name: &str, outcome| {
            let evader = EVADERS.iter().find(|evader| evader.name == name).unwrap();
            Measured { evader, at: [outcome; SHARES.len()] }
        };
        let text = tables(&[measured("verbatim", caught), measured("discarded work", Outcome::default())]);
        assert!(text.contains("| verbatim | 0.90 |"), "{text}");
        let (slips, rest) = text.split_once("At least half of these do").unwrap();
        assert!(slips.contains("- discarded work: ") && rest.contains("- verbatim: "), "{text}");
    }
}
