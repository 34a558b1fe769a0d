//! The commands, one file each.

use clap::Subcommand;

use crate::error::Error;
use crate::exit::Exit;

mod baseline;
mod catalog;
mod evaluate;
mod explain;
mod features;
mod fit;
mod inspect;
mod scan;
mod steps;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Scan(scan::Scan),
    Explain(explain::Explain),
    Inspect(inspect::Inspect),
    Steps(steps::Steps),
    Features(features::Features),
    Fit(fit::Fit),
    Baseline(baseline::Baselines),
    Evaluate(evaluate::Evaluate),
    Catalog(catalog::Catalog),
}

/// Does it.
pub(crate) fn run(command: Command) -> Result<Exit, Error> {
    match command {
        Command::Scan(scan) => scan.run(),
        Command::Explain(explain) => explain.run(),
        Command::Inspect(inspect) => inspect.run(),
        Command::Steps(steps) => steps.run(),
        Command::Features(features) => features.run(),
        Command::Fit(fit) => fit.run(),
        Command::Baseline(baseline) => baseline.run(),
        Command::Evaluate(evaluate) => evaluate.run(),
        Command::Catalog(catalog) => catalog.run(),
    }
}
