//! Prints how often p-values err, and how many of the rows named together are honest.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin calibration -- [DIR]
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Parser;
use goodhart_benches::adbench::{Set, sets};
use goodhart_benches::calibration::{CLEAN, DETECTORS, Fit, LEVEL, Means, Outcome, Reference, Trial, mean};
use goodhart_scoring::Calibrator;
use rayon::prelude::*;

/// How often p-values err, and how many of the rows named together are honest.
#[derive(Parser)]
struct Arguments {
    /// Folder of ADBench sets, `.npz` files with `X` and `y`; left out without it.
    folder: Option<PathBuf>,
    /// Trials of each kind that are made up.
    #[arg(long, default_value_t = 400)]
    trials: u64,
    /// Splits of each set.
    #[arg(long, default_value_t = 5)]
    splits: u64,
    /// Sets of at least this many rows; a smaller one leaves too little to calibrate with.
    #[arg(long, default_value_t = 1_000)]
    rows: usize,
}

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const UNSCREENED: Means = Means { name: "assumption-based", calibrator: Calibrator::unscreened };

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    made_up(&mut out, arguments.trials)?;
    let Some(folder) = &arguments.folder else { return Ok(()) };
    let files = sets(folder)?;
    let sets = files.par_iter().map(|path| Set::read(path)).collect::<Result<Vec<_>>>()?;
    let sets: Vec<Set> = sets.into_iter().filter(|set| set.n_rows() >= arguments.rows).collect();
    on_sets(&mut out, &sets, arguments.splits)
}

/// Under the null, and with a tenth strange.
fn made_up(out: &mut impl Write, trials: u64) -> Result<()> {
    writeln!(out, "made up, {trials} trials a row, level {LEVEL}")?;
    head(out)?;
    for (size, strange) in [(1_000, 0), (1_000, 20), (100, 0), (100, 20)] {
        for means in &CLEAN {
            for (detector, fit) in DETECTORS {
                let trial = |seed| Trial::synthetic(size, 200 - strange, strange, seed)?.run(means, fit);
                let outcomes = (1..=trials).into_par_iter().map(trial).collect::<Result<Vec<_>>>()?;
                line(out, &format!("{size} rows, {strange} strange, {}", means.name), detector, &outcomes)?;
            }
        }
    }
    Ok(())
}

fn on_sets(out: &mut impl Write, sets: &[Set], splits: u64) -> Result<()> {
    writeln!(out, "\n{} sets, {splits} splits each, level {LEVEL}; errors over the sets", sets.len())?;
    head(out)?;
    let rows = CLEAN.iter().map(|means| ("clean", Reference::Clean, means));
    let rows =
        rows.chain([("dirty", Reference::Dirty, &CLEAN[1]), ("itself", Reference::Itself, &UNSCREENED)]);
    for (name, reference, means) in rows {
        for (detector, fit) in DETECTORS {
            let outcomes = sets.par_iter().map(|set| of_set(set, reference, means, fit, splits));
            let outcomes = outcomes.collect::<Result<Vec<_>>>()?;
            line(out, &format!("{name}, {}", means.name), detector, &outcomes)?;
        }
    }
    Ok(())
}

/// The mean over the splits of a set.
fn of_set(set: &Set, reference: Reference, means: &Means, fit: Fit, splits: u64) -> Result<Outcome> {
    let trials = (1..=splits).map(|seed| Trial::of_set(set, reference, seed)?.run(means, fit));
    let outcomes = trials.collect::<Result<Vec<_>>>()?;
    Ok(Outcome {
        type_one: mean(&outcomes, |outcome| outcome.type_one).0,
        false_share: [0, 1, 2].map(|by| mean(&outcomes, |outcome| outcome.false_share[by]).0),
        power: [0, 1, 2].map(|by| mean(&outcomes, |outcome| outcome.power[by]).0),
    })
}

fn head(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:38}{:18}{:>16}{:>17}{:>17}{:>17}",
        "reference", "detector", "type I at .05", "BH false/power", "BY false/power", "Storey"
    )
}

fn line(out: &mut impl Write, name: &str, detector: &str, outcomes: &[Outcome]) -> io::Result<()> {
    let (type_one, error) = mean(outcomes, |outcome| outcome.type_one);
    write!(out, "{name:38}{detector:18}{type_one:>8.4} +-{error:.4}")?;
    for by in 0..3 {
        let (wrong, error) = mean(outcomes, |outcome| outcome.false_share[by]);
        let (power, _) = mean(outcomes, |outcome| outcome.power[by]);
        write!(out, "  {wrong:.3}+-{error:.3}/{power:.2}")?;
    }
    writeln!(out)
}
