//! Prints what every detector costs on a random table of 32 columns.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin speed
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Parser;
use goodhart_benches::adbench::contenders;
use goodhart_benches::speed::{COLUMNS, Speed, normal_rows, rolling, speed};

/// What every detector costs on a random table of 32 columns, in CPU seconds of one thread.
#[derive(Parser)]
struct Arguments {
    /// Only contenders whose name contains one of these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// What linfa fits as well: slow on large sets.
    #[arg(long)]
    adapters: bool,
    /// Rows of the table.
    #[arg(long, default_value_t = 100_000)]
    rows: usize,
    /// Writes the table to this file (`.npy`) and measures nothing: for others to be measured on it.
    #[arg(long)]
    save: Option<PathBuf>,
    /// Measures so often, and prints the best: what else runs on the machine only ever slows down.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let Arguments { only, adapters, rows, runs, save } = Arguments::parse();
    if let Some(path) = save {
        return Ok(ndarray_npy::write_npy(path, &normal_rows(rows))?);
    }
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(part.as_str()));
    let mut out = io::stdout().lock();
    writeln!(out, "{:32}{:>12}{:>14}{:>14}{:>14}", "", "fit s", "fit rows/s", "score rows/s", "one row us")?;
    for contender in contenders(adapters).iter().filter(|contender| wanted(contender.name)) {
        let Speed { fit, score, one } = speed(contender, rows, runs)?;
        let (fitted, scored) = (rows as f64 / fit, rows as f64 / score);
        let name = contender.name;
        writeln!(out, "{name:32}{fit:>12.4}{fitted:>14.0}{scored:>14.0}{:>14.1}", one * 1e6)?;
    }
    if wanted("rolling-forest") {
        writeln!(out, "rolling-forest scores and learns {:.0} rows/s", rows as f64 / rolling(rows, runs)?)?;
    }
    writeln!(out, "CPU seconds of one thread, {rows} rows of {COLUMNS} columns")?;
    Ok(())
}
