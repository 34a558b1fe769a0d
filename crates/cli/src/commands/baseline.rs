//! `goodhart baseline`: what baselines hold, what differs between them, and one of several.

use std::borrow::Cow;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use goodhart::scoring::{Baseline, Card, Error as Refusal};
use goodhart_report::{baseline_compared, baseline_shown};

use crate::error::Error;
use crate::exit::Exit;
use crate::output::{Output, message};
use crate::reference::Existing;

/// Look at baselines, compare and merge them.
#[derive(Debug, Args)]
pub(crate) struct Baselines {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
    Compare(Compare),
    Merge(Merge),
}

/// Print what a baseline is made of and what it takes to be usual.
///
/// Reads files of every version. When this program cannot score with a baseline, because a feature has changed since, it
/// prints the card and says which.
#[derive(Debug, Args)]
struct Show {
    /// The reference that comes with goodhart, or a file written by `fit`.
    #[arg(value_name = "embedded|FILE", default_value = "embedded")]
    baseline: Existing,
}

/// Print what differs between two baselines: sessions, detectors, scores, and the features that shifted most.
#[derive(Debug, Args)]
struct Compare {
    #[arg(value_name = "embedded|FILE")]
    one: Existing,
    #[arg(value_name = "embedded|FILE")]
    other: Existing,
}

/// Make one baseline of several that score the same features.
///
/// Reference scores and habits are put together, so that p-values get smaller. The detectors, which explain, are those of
/// the largest. Fit the files on different sessions: what two of them hold counts twice.
#[derive(Debug, Args)]
struct Merge {
    #[arg(value_name = "embedded|FILE", required = true, num_args = 2..)]
    baselines: Vec<Existing>,
    /// Where the merged baseline goes.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

impl Baselines {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        match self.command {
            Command::Show(show) => show.run(),
            Command::Compare(compare) => compare.run(),
            Command::Merge(merge) => merge.run(),
        }
    }
}

impl Show {
    fn run(self) -> Result<Exit, Error> {
        let bytes = self.baseline.bytes()?;
        let refused = |source| Error::Baseline { path: self.baseline.name().into(), source };
        match Baseline::from_bytes(&bytes) {
            Ok(baseline) => print(&baseline_shown(&baseline, bytes.len() as u64)),
            Err(changed @ Refusal::Feature { .. }) => {
                message(format_args!("warning: this program cannot score with it: {changed}"));
                print(&format!("{}\n", Card::read(&bytes).map_err(refused)?))
            }
            Err(source) => Err(refused(source)),
        }
    }
}

impl Compare {
    fn run(self) -> Result<Exit, Error> {
        let comparison = self.one.read()?.compare(&*self.other.read()?);
        print(&baseline_compared(&comparison, [&self.one.name(), &self.other.name()]))
    }
}

impl Merge {
    fn run(self) -> Result<Exit, Error> {
        let mut read = self.baselines.iter().map(Existing::read);
        let first = read.next().unwrap_or_else(|| Ok(Cow::Borrowed(Baseline::embedded())))?;
        let merged =
            read.try_fold(first, |merged, next| merged.merge(&*next?).map(Cow::Owned).map_err(Error::Merge))?;
        fs::write(&self.output, merged.to_bytes())
            .map_err(|source| Error::Open { path: self.output.clone(), source })?;
        message(format_args!("{} holds the baseline\n{}", self.output.display(), merged.card()));
        Ok(Exit::Clean)
    }
}

fn print(text: &str) -> Result<Exit, Error> {
    let mut output = Output::stdout();
    output.write_all(text.as_bytes())?;
    output.finish()
}
