//! PATHs: from what is typed to the sessions that were read.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use goodhart::batch::{Batch, Fitted, Scan};
use goodhart::features::DigestKey;
use goodhart::readers::agent_log_roots;
use goodhart::scoring::{Baseline, FitOptions};

use crate::error::Error;
use crate::output::message;
use crate::progress::Bar;

/// What to read, and how.
#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Files and folders; - is standard input. Without one, the places where agents keep their logs.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Threads; one a core when left out. The result does not depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<std::num::NonZeroUsize>,
    /// Stop with exit code 4 at the first thing in the logs that cannot be used as it stands.
    #[arg(long)]
    strict: bool,
}

impl Inputs {
    /// Reads everything to profiles. With `keep_steps` they hold a record of every step.
    pub(crate) fn profiles(&self, baseline: &Baseline, keep_steps: bool) -> Result<Scan, Error> {
        let batch = self.batch(baseline).keep_steps(keep_steps);
        Ok(if self.is_stdin()? { batch.read(io::stdin(), "-")? } else { batch.profiles(&self.places()?)? })
    }

    /// Fits a baseline on everything.
    pub(crate) fn fit(&self, options: &FitOptions) -> Result<Fitted, Error> {
        if self.is_stdin()? {
            return Err(Error::StdinTwice);
        }
        let key = DigestKey(options.seed);
        Ok(self.batch(Baseline::embedded()).fit(&self.places()?, key, options)?)
    }

    /// A batch with the settings of the command line, and a bar while it reads.
    pub(crate) fn batch<'a>(&self, baseline: &'a Baseline) -> Batch<'a> {
        let bar = Bar::new();
        let batch = Batch::new(baseline).strict(self.strict).progress(move |progress| bar.show(progress));
        match self.threads {
            Some(threads) => batch.threads(threads.get()),
            None => batch,
        }
    }

    /// Whether standard input is read.
    pub(crate) fn is_stdin(&self) -> Result<bool, Error> {
        let stdin = Path::new("-");
        match &self.paths[..] {
            [only] if only == stdin => Ok(true),
            paths if paths.iter().any(|path| path == stdin) => Err(Error::StdinAndPaths),
            _ => Ok(false),
        }
    }

    /// The files and folders to read.
    fn places(&self) -> Result<Vec<PathBuf>, Error> {
        if self.paths.is_empty() { usual_places() } else { Ok(self.paths.clone()) }
    }
}

/// The folders where agents keep their logs, as far as they exist. Says where it looked.
fn usual_places() -> Result<Vec<PathBuf>, Error> {
    let roots = agent_log_roots(std::env::home_dir().as_deref(), &|name| std::env::var(name).ok());
    for root in &roots {
        message(format_args!("{} {}", if root.is_dir() { "reading" } else { "no logs in" }, root.display()));
    }
    let found: Vec<PathBuf> = roots.into_iter().filter(|root| root.is_dir()).collect();
    if found.is_empty() { Err(Error::NoLogs) } else { Ok(found) }
}
