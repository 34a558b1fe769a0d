//! Prints what becomes of sessions that are copied, cut, forked and resumed.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin replay -- FOLDER
//! ```

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use clap::Parser;
use goodhart_benches::replay::measure;

/// Copies, cuts, forks and resumes the Claude Code sessions of a folder, and tells whether they come out the same.
#[derive(Parser)]
struct Arguments {
    /// Folder of plain `.jsonl` logs, each named after its session.
    folder: PathBuf,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let rows = measure(&Arguments::parse().folder)?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{:28}{:>9}{:>8}{:>9}{:>14}{:>10}{:>12}{:>11}{:>9}",
        "variant", "sessions", "replay", "events", "tokens", "replayed", "duplicates", "differing", "threads"
    )?;
    for row in rows {
        let threads = if row.threads_agree { "agree" } else { "DIFFER" };
        writeln!(
            out,
            "{:28}{:>9}{:>8}{:>9}{:>14}{:>10}{:>12}{:>11}{threads:>9}",
            row.variant,
            row.sessions,
            row.replay_sessions,
            row.events,
            row.tokens,
            row.replayed,
            row.duplicates,
            row.differing
        )?;
    }
    Ok(())
}
