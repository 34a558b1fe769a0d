//! `goodhart fit`: a baseline of your own.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use goodhart::scoring::{Detectors, FitOptions, ReferenceKind};
use goodhart_report::numbers::count;

use crate::error::Error;
use crate::exit::Exit;
use crate::inputs::Inputs;
use crate::output::message;

/// Learn from your own logs what is ordinary.
///
/// Writes a baseline for `scan --baseline FILE`.
#[derive(Debug, Args)]
pub(crate) struct Fit {
    #[command(flatten)]
    inputs: Inputs,
    /// Where the baseline goes: numbers only, no content and no session ids.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// You vouch that these sessions are ordinary. Without it they are taken as unscreened, and sessions are named by
    /// rank alone.
    #[arg(long)]
    declared_clean: bool,
    /// The detectors that explain findings: `pair` (isolation-forest,tail-probability), `ensemble` (five; also finds unusual
    /// combinations; a larger file), `cheap` (three), or names of `goodhart catalog detectors` with commas between.
    #[arg(long, value_name = "NAMES", default_value = "pair")]
    detectors: Detectors,
    /// Seed of the detectors; the same logs and seed give the same bytes.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Fit {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        let kind = if self.declared_clean { ReferenceKind::DeclaredClean } else { ReferenceKind::Fitted };
        let options =
            FitOptions { seed: self.seed, kind, detectors: self.detectors, ..FitOptions::default() };
        let fitted = self.inputs.fit(&options)?;
        fs::write(&self.output, fitted.baseline.to_bytes())
            .map_err(|source| Error::Open { path: self.output.clone(), source })?;
        message(format_args!("{} holds the baseline\n{}", self.output.display(), fitted.baseline.card()));
        match fitted.summary.issues.total() {
            0 => {}
            issues => message(format_args!("{}; `goodhart inspect` tells which", count(issues, "issue"))),
        }
        Ok(Exit::Clean)
    }
}
