//! Prints how well every detector ranks the anomalies of a folder of ADBench sets.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin adbench -- DIR
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Parser;
use goodhart_benches::adbench::{Contender, PEERS, Quality, Set, Split, contenders, sets};
use rayon::prelude::*;

/// How well every detector ranks the anomalies of ADBench sets.
#[derive(Parser)]
struct Arguments {
    /// Folder of `.npz` files with `X` and `y`.
    folder: PathBuf,
    /// Only contenders whose name contains one of these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// What linfa fits as well: slow on large sets.
    #[arg(long)]
    adapters: bool,
    /// Only sets of at most this many rows.
    #[arg(long, default_value_t = usize::MAX)]
    rows: usize,
    /// Fit on the ordinary ones of one half, score the other half.
    #[arg(long)]
    clean: bool,
    /// Seed of all randomness.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The rolling forest alone, each row scored by what came before it.
    #[arg(long, conflicts_with_all = ["only", "clean"])]
    stream: bool,
}

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    let files = sets(&arguments.folder)?;
    let sets = files.par_iter().map(|path| Set::read(path)).collect::<Result<Vec<_>>>()?;
    let sets: Vec<Set> = sets.into_iter().filter(|set| set.n_rows() <= arguments.rows).collect();
    let split = if arguments.clean { Split::CleanTrain } else { Split::Transductive };
    let (names, qualities) = match arguments.stream {
        true => (vec!["rolling-forest, stream"], streams(&sets, arguments.seed)?),
        false => rank(&sets, &chosen(&arguments.only, arguments.adapters), split, arguments.seed)?,
    };
    print_sets(&mut out, &sets, &names, &qualities)?;
    print_means(&mut out, sets.len(), &names, &qualities)?;
    Ok(())
}

fn chosen(only: &[String], adapters: bool) -> Vec<Contender> {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(part.as_str()));
    contenders(adapters).into_iter().filter(|contender| wanted(contender.name)).collect()
}

/// The names of the contenders; a row a set, a quality a contender.
type Qualities = (Vec<&'static str>, Vec<Vec<Quality>>);

fn rank(sets: &[Set], contenders: &[Contender], split: Split, seed: u64) -> Result<Qualities> {
    let of_set = |set: &Set| contenders.iter().map(|contender| set.measure(contender, split, seed)).collect();
    let qualities = sets.par_iter().map(of_set).collect::<Result<_>>()?;
    Ok((contenders.iter().map(|contender| contender.name).collect(), qualities))
}

fn streams(sets: &[Set], seed: u64) -> Result<Vec<Vec<Quality>>> {
    sets.par_iter().map(|set| Ok(vec![set.stream(seed)?])).collect()
}

fn print_sets(
    out: &mut impl Write,
    sets: &[Set],
    names: &[&str],
    qualities: &[Vec<Quality>],
) -> io::Result<()> {
    write!(out, "AUROC / AP           ")?;
    names.iter().try_for_each(|name| write!(out, "{name:>14.13}"))?;
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
    names: &[&str],
    qualities: &[Vec<Quality>],
) -> io::Result<()> {
    writeln!(out, "\n{:32}{:>8}{:>8}", format!("mean over {n_sets} sets"), "AUROC", "AP")?;
    for (place, name) in names.iter().enumerate() {
        let mean = |part: fn(&Quality) -> f64| {
            qualities.iter().map(|of_set| part(&of_set[place])).sum::<f64>() / n_sets as f64
        };
        let (auroc, precision) = (mean(|quality| quality.auroc), mean(|quality| quality.average_precision));
        writeln!(out, "{name:32}{auroc:>8.4}{precision:>8.4}")?;
    }
    for (name, auroc, precision) in PEERS {
        writeln!(out, "{name:32}{auroc:>8.3} {precision:>7.3}")?;
    }
    Ok(())
}
