//! Builds the embedded reference, and its card beside it.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin reference -- --output crates/scoring/assets/reference.bin
//! ```

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Parser;
use goodhart_benches::reference::{Recipe, build};
use serde_json::Value;

#[derive(Parser)]
#[command(
    about = "Builds the embedded reference from ordinary real sessions and the honest classes of synth"
)]
struct Arguments {
    /// Folder of the corpora; default: $GOODHART_CORPORA, else ../shared/corpora.
    #[arg(long)]
    corpora: Option<PathBuf>,
    /// Labels: the sessions that its spliced copies were made from stay out of the reference.
    #[arg(long)]
    leave_out: Option<PathBuf>,
    /// Generated sessions of neutral work.
    #[arg(long, default_value_t = 5000)]
    neutral: u64,
    /// Generated sessions of each honest look-alike.
    #[arg(long, default_value_t = 66)]
    lookalikes: u64,
    /// Where the baseline goes; its card goes beside it, with the ending .card.txt.
    #[arg(long)]
    output: PathBuf,
}

/// What counts as ordinary work among the corpora.
const ORDINARY: [&str; 2] = ["native/entire_external_agents", "chat/swe_agent.jsonl.zst"];

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments = Arguments::parse();
    let corpora = arguments.corpora.clone().unwrap_or_else(default_corpora);
    let recipe = Recipe {
        real: ORDINARY.iter().map(|name| corpora.join(name)).collect(),
        without: arguments.leave_out.as_deref().map_or(Ok(BTreeSet::new()), sources)?,
        neutral: arguments.neutral,
        lookalikes: arguments.lookalikes,
    };
    let baseline = build(&recipe)?;
    std::fs::write(&arguments.output, baseline.to_bytes())?;
    std::fs::write(arguments.output.with_extension("card.txt"), format!("{}\n", baseline.card()))?;
    eprintln!("{}", baseline.card());
    Ok(())
}

fn default_corpora() -> PathBuf {
    std::env::var_os("GOODHART_CORPORA").map_or_else(|| PathBuf::from("../shared/corpora"), PathBuf::from)
}

/// The values of `pair_of`: sessions that spliced copies were made from.
fn sources(labels: &Path) -> Result<BTreeSet<String>, Box<dyn Error + Send + Sync>> {
    let mut found = BTreeSet::new();
    for line in std::fs::read_to_string(labels)?.lines() {
        let label: Value = serde_json::from_str(line)?;
        found.extend(label["pair_of"].as_str().map(str::to_owned));
    }
    Ok(found)
}
