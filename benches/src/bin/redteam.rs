//! Prints how sessions score that were written to slip through.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin redteam -- --page docs/red-team.md
//! ```

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::Parser;
use goodhart_benches::redteam::{between_marks, measure, tables};

/// Prints how sessions score that were written to slip through, as tables in Markdown.
#[derive(Parser)]
struct Arguments {
    /// Sessions an evader and share.
    #[arg(long, default_value_t = 24)]
    sessions: usize,
    /// A page that also takes the tables, between its marks.
    #[arg(long)]
    page: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments = Arguments::parse();
    let tables = tables(&measure(arguments.sessions)?);
    if let Some(path) = arguments.page {
        let page = between_marks(&fs::read_to_string(&path)?, &tables)
            .ok_or_else(|| format!("{}: no marks for the tables", path.display()))?;
        fs::write(path, page)?;
    }
    std::io::stdout().lock().write_all(tables.as_bytes())?;
    Ok(())
}
