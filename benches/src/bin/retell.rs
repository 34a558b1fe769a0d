//! Tells sessions anew as an agent would have logged them whose only tool is a shell.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin retell -- LOGS... --sight screen --output retold.jsonl
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Parser;
use goodhart_benches::retell::{Sight, retell};

/// Tells sessions anew as an agent would have logged them whose only tool is a shell.
#[derive(Parser)]
struct Arguments {
    /// Files and folders of logs.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// What it sees of a command.
    #[arg(long, default_value = "output")]
    sight: Sight,
    /// Chat messages, one session a line.
    #[arg(long)]
    output: PathBuf,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let Arguments { paths, sight, output } = Arguments::parse();
    let mut out = BufWriter::new(File::create(&output)?);
    let count = retell(&paths, sight, &mut out)?;
    out.flush()?;
    eprintln!("{count} sessions told anew in {}", output.display());
    Ok(())
}
