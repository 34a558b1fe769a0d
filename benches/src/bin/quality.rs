//! Writes the page on quality from the reports of `goodhart evaluate`.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin quality -- REPORTS --output docs/quality.md
//! ```
//!
//! `benches/quality.sh` makes the reports. What is missing among them is left out of the page, and the page says so.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use goodhart_benches::quality::{Reports, page};
use goodhart_evaluation::Report;

/// Writes the page on quality from the reports of `goodhart evaluate`.
#[derive(Parser)]
struct Arguments {
    /// Folder with corpora.json, thin.json, honest.json, shell.json, screen.json, games.json, synth.json, population.json and redteam.md.
    reports: PathBuf,
    /// The page.
    #[arg(long, default_value = "docs/quality.md")]
    output: PathBuf,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let Arguments { reports: folder, output } = Arguments::parse();
    let reports = Reports {
        corpora: read(&folder, "corpora.json")?,
        thin: read(&folder, "thin.json")?,
        honest: read(&folder, "honest.json")?,
        shell: read(&folder, "shell.json")?,
        screen: read(&folder, "screen.json")?,
        games: read(&folder, "games.json")?,
        synth: read(&folder, "synth.json")?,
        population: read(&folder, "population.json")?,
        redteam: fs::read_to_string(folder.join("redteam.md")).ok(),
    };
    fs::write(output, page(&reports))?;
    Ok(())
}

/// None where there is no such file.
fn read(folder: &Path, name: &str) -> Result<Option<Report>> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&fs::read_to_string(path)?)?))
}
