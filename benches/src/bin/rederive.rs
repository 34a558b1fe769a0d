//! Chooses tuned constants anew, with one corpus or one kind of waste left out, and writes what comes out.
//!
//! ```text
//! cargo run --release -p goodhart-benches --features tuning --bin rederive -- PATH... --labels FILE... --baseline FILE
//! ```

use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Parser;
use goodhart::scoring::Baseline;
use goodhart_benches::rederive::{Material, page};
use goodhart_benches::sessions::read;
use goodhart_evaluation::{Labels, read_labels};

/// Chooses tuned constants anew, with one corpus or one kind of waste left out.
#[derive(Parser)]
struct Arguments {
    /// Logs, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// What is known of them.
    #[arg(long, required = true, num_args = 1..)]
    labels: Vec<PathBuf>,
    /// Whose habits of the tools the folds read; default: the embedded one.
    #[arg(long)]
    baseline: Option<PathBuf>,
    /// The page.
    #[arg(long, default_value = "docs/rederivation.md")]
    output: PathBuf,
}

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut labels = Labels::default();
    for path in &arguments.labels {
        labels.append(known(path)?);
    }
    let habits = match &arguments.baseline {
        Some(path) => Baseline::from_bytes(&fs::read(path)?)?.habits().clone(),
        None => Baseline::embedded().habits().clone(),
    };
    let scans = Material::new(&labels, read(&arguments.paths)?, habits).scan();
    fs::write(arguments.output, page(&scans))?;
    Ok(())
}

fn known(path: &Path) -> Result<Labels> {
    Ok(read_labels(BufReader::new(File::open(path)?))?)
}
