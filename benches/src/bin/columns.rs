//! Writes what the features are on real and labelled sessions, and which tell the same.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin columns -- --corpora DIR
//! ```

use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Parser;
use goodhart::features::Habits;
use goodhart::scoring::Baseline;
use goodhart_benches::columns::{Row, page};
use goodhart_benches::sessions::{profile, read};
use goodhart_evaluation::read_labels;
use rayon::prelude::*;

/// Writes what the features are on real and labelled sessions.
#[derive(Parser)]
struct Arguments {
    /// Folder of the corpora; default: $GOODHART_CORPORA, else ../shared/corpora.
    #[arg(long)]
    corpora: Option<PathBuf>,
    /// The page.
    #[arg(long, default_value = "docs/features.md")]
    output: PathBuf,
}

/// What is read, and under which name it stands in the page.
const SETS: [(&str, &str); 7] = [
    ("ordinary", "native/entire_external_agents"),
    ("demonstrations", "native/swe_agent"),
    ("spliced", "native/spliced"),
    ("intercode", "chat/intercode.jsonl.zst"),
    ("balrog", "chat/balrog.jsonl.zst"),
    ("agents study", "chat/llm_agents_study.jsonl.zst"),
    ("trail", "native/trail_gaia"),
];

/// Steps of the shortest session that is looked at: shorter ones are not judged.
const SHORTEST: u64 = 5;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let corpora = arguments.corpora.unwrap_or_else(default_corpora);
    let labels = read_labels(BufReader::new(File::open(corpora.join("labels-dev.jsonl"))?))?;
    let habits = Baseline::embedded().habits();
    let mut rows = Vec::new();
    for (set, path) in SETS {
        rows.extend(rows_of(set, &corpora.join(path), habits)?);
    }
    fs::write(arguments.output, page(&rows, &labels))?;
    Ok(())
}

fn rows_of(set: &str, path: &Path, habits: &Habits) -> Result<Vec<Row>> {
    let row = |session: &goodhart_benches::sessions::Session| {
        let profile = profile(&session.digests, habits);
        let (steps, values) = (profile.steps, profile.features);
        Row { set: set.to_owned(), session: session.id.clone(), steps, values }
    };
    let mut rows: Vec<Row> = read(&[path.to_owned()])?.par_iter().map(row).collect();
    rows.retain(|row| row.steps >= SHORTEST);
    Ok(rows)
}

fn default_corpora() -> PathBuf {
    std::env::var_os("GOODHART_CORPORA").map_or_else(|| PathBuf::from("../shared/corpora"), PathBuf::from)
}
