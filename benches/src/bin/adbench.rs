//! Prints how well every detector ranks the anomalies of a folder of ADBench sets, and how fast it is.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin adbench -- DIR
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Parser;
use goodhart_benches::adbench::{Contender, PEERS, Quality, Set, Split, contenders, sets};
use goodhart_benches::speed::{Speed, speed};
use rayon::prelude::*;

/// How well every detector ranks the anomalies of ADBench sets, and how fast it is.
#[derive(Parser)]
struct Arguments {
    /// Folder of `.npz` files with `X` and `y`.
    folder: PathBuf,
    /// Only contenders whose name contains one of these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only sets of at most this many rows.
    #[arg(long, default_value_t = usize::MAX)]
    rows: usize,
    /// Fit on the ordinary ones of one half, score the other half.
    #[arg(long)]
    clean: bool,
    /// Seed of all randomness.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rows of the table that speed is measured on, 32 columns; 0 leaves speed out.
    #[arg(long, default_value_t = 100_000)]
    speed: usize,
}

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let contenders = chosen(&arguments.only);
    let mut out = io::stdout().lock();
    let files = sets(&arguments.folder)?;
    let sets = files.par_iter().map(|path| Set::read(path)).collect::<Result<Vec<_>>>()?;
    let sets: Vec<Set> = sets.into_iter().filter(|set| set.n_rows() <= arguments.rows).collect();
    let split = if arguments.clean { Split::CleanTrain } else { Split::Transductive };
    let qualities = rank(&sets, &contenders, split, arguments.seed)?;
    print_sets(&mut out, &sets, &contenders, &qualities)?;
    print_means(&mut out, sets.len(), &contenders, &qualities)?;
    if arguments.speed > 0 {
        print_speeds(&mut out, &contenders, arguments.speed)?;
    }
    Ok(())
}

fn chosen(only: &[String]) -> Vec<Contender> {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(part.as_str()));
    contenders().into_iter().filter(|contender| wanted(contender.name)).collect()
}

/// A row a set, a quality a contender.
fn rank(sets: &[Set], contenders: &[Contender], split: Split, seed: u64) -> Result<Vec<Vec<Quality>>> {
    let of_set = |set: &Set| contenders.iter().map(|contender| set.measure(contender, split, seed)).collect();
    sets.par_iter().map(of_set).collect()
}

fn print_sets(
    out: &mut impl Write,
    sets: &[Set],
    contenders: &[Contender],
    qualities: &[Vec<Quality>],
) -> io::Result<()> {
    write!(out, "AUROC / AP           ")?;
    contenders.iter().try_for_each(|contender| write!(out, "{:>14.13}", contender.name))?;
    for (set, qualities) in sets.iter().zip(qualities) {
        write!(out, "\n{:21}", set.name)?;
        for Quality { auroc, average_precision } in qualities {
            write!(out, "   {auroc:.3}/{average_precision:.3}")?;
        }
    }
    writeln!(out)
}

fn print_means(
    out: &mut impl Write,
    n_sets: usize,
    contenders: &[Contender],
    qualities: &[Vec<Quality>],
) -> io::Result<()> {
    writeln!(out, "\n{:32}{:>8}{:>8}", format!("mean over {n_sets} sets"), "AUROC", "AP")?;
    for (place, contender) in contenders.iter().enumerate() {
        let mean = |part: fn(&Quality) -> f64| {
            qualities.iter().map(|of_set| part(&of_set[place])).sum::<f64>() / n_sets as f64
        };
        let (auroc, precision) = (mean(|quality| quality.auroc), mean(|quality| quality.average_precision));
        writeln!(out, "{:32}{auroc:>8.4}{precision:>8.4}", contender.name)?;
    }
    for (name, auroc, precision) in PEERS {
        writeln!(out, "{name:32}{auroc:>8.3} {precision:>7.3}")?;
    }
    Ok(())
}

fn print_speeds(out: &mut impl Write, contenders: &[Contender], rows: usize) -> Result<()> {
    writeln!(
        out,
        "\n{:32}{:>12}{:>16}{:>16}{:>12}",
        "", "fit s", "fit rows/s", "score rows/s", "one row us"
    )?;
    for contender in contenders {
        let Speed { fit, score, one } = speed(contender, rows)?;
        let (fitted, scored) = (rows as f64 / fit, rows as f64 / score);
        writeln!(out, "{:32}{fit:>12.4}{fitted:>16.0}{scored:>16.0}{:>12.1}", contender.name, one * 1e6)?;
    }
    writeln!(out, "CPU seconds of one thread, {rows} rows of 32 columns")?;
    Ok(())
}
