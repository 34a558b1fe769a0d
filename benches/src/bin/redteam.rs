//! Prints how sessions score that were written to slip through.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin redteam
//! ```

use std::error::Error;
use std::io::Write;

use clap::Parser;
use goodhart_benches::redteam::{measure, tables};

/// Prints how sessions score that were written to slip through, as tables in Markdown.
#[derive(Parser)]
struct Arguments {
    /// Sessions an evader and share.
    #[arg(long, default_value_t = 24)]
    sessions: usize,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let outcomes = measure(Arguments::parse().sessions)?;
    std::io::stdout().lock().write_all(tables(&outcomes).as_bytes())?;
    Ok(())
}
