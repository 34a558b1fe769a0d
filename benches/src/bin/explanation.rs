//! Prints how often explanations name the columns that were tampered with.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin explanation
//! ```

use std::error::Error;
use std::io::{self, Write};

use clap::Parser;
use goodhart_benches::explanation::{Change, Planted};

/// How often explanations name the columns that were tampered with.
#[derive(Parser)]
struct Arguments {
    /// Tables of each kind, with the seeds 1, 2, 3, ...
    #[arg(long, default_value_t = 10)]
    seeds: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { seeds } = Arguments::parse();
    let mut out = io::stdout().lock();
    write!(out, "{:32}", "precision at 2 of 16")?;
    Change::ALL.iter().try_for_each(|(_, name)| write!(out, "{name:>20}"))?;
    for (name, precisions) in precisions(seeds)? {
        write!(out, "\n{name:32}")?;
        precisions.iter().try_for_each(|precision| write!(out, "{precision:>20.3}"))?;
    }
    writeln!(out, "\nchance .125; {seeds} tables of each kind")?;
    Ok(())
}

/// A way to explain, and its precision for each kind of change.
type Way = (&'static str, Vec<f64>);

/// Mean precision of each way to explain.
fn precisions(seeds: u64) -> Result<Vec<Way>, Box<dyn Error>> {
    let mut means: Vec<Way> = Vec::new();
    for (place, (change, _)) in Change::ALL.into_iter().enumerate() {
        for seed in 1..=seeds {
            let planted = Planted::new(change, seed)?;
            for (way, (name, explain)) in planted.explanations(seed)?.into_iter().enumerate() {
                if means.len() == way {
                    means.push((name, vec![0.0; Change::ALL.len()]));
                }
                means[way].1[place] += planted.precision(&explain) / seeds as f64;
            }
        }
    }
    Ok(means)
}
