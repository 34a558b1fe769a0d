//! Writes Claude Code logs in any amount, for measuring.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin corpus -- FOLDER --repeat 5
//! ```

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;
use goodhart_benches::corpus::Corpus;

/// Writes the Claude Code logs of the corpora, or generated ones, again and again under fresh ids.
#[derive(Parser)]
struct Arguments {
    /// Folder that becomes a home folder of the agent; with --one-file the name of a file.
    place: PathBuf,
    /// How often.
    #[arg(long, default_value_t = 1)]
    repeat: u64,
    /// Everything into one file.
    #[arg(long)]
    one_file: bool,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let Arguments { place, repeat, one_file } = Arguments::parse();
    let corpus = Corpus::find()?;
    if one_file {
        corpus.write_one(&place, repeat)?
    } else {
        corpus.write(&place, repeat)?
    }
    Ok(())
}
