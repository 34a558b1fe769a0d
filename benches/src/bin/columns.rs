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
use goodhart_benches::columns::{MADE_HONEST, MADE_LOOPS, MADE_PADDING, ORDINARY, Row, page};
use goodhart_benches::sessions::{Session, generated, profile, read};
use goodhart_evaluation::read_labels;
use goodhart_synth::{Axis, Class, Difficulty, Expected, Level, classes, generate};
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
    (ORDINARY, "native/entire_external_agents"),
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
    rows.extend(made(habits));
    fs::write(arguments.output, page(&rows, &labels))?;
    Ok(())
}

fn rows_of(set: &str, path: &Path, habits: &Habits) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> =
        read(&[path.to_owned()])?.par_iter().map(|session| row(set, session, habits)).collect();
    rows.retain(|row| row.steps >= SHORTEST);
    Ok(rows)
}

/// Generated sessions of a class and setting.
const MADE: u64 = 8;

/// First seed of them: far from those of the embedded reference.
const SEED: u64 = 400_000;

/// Sessions of every class that a single session shows, by what they are; stuck agents are neither.
fn made(habits: &Habits) -> Vec<Row> {
    let settings = |class: &'static Class| {
        let all: &[Difficulty] = match class.axis {
            Axis::None => &[Difficulty::Normal, Difficulty::Noisy],
            _ => &[Difficulty::Easy, Difficulty::Medium, Difficulty::Hard],
        };
        all.iter().map(move |&setting| (class, setting))
    };
    let classes =
        classes().iter().filter(|class| class.level == Level::Session && class.expected != Expected::Note);
    let plan: Vec<(&Class, Difficulty)> = classes.flat_map(settings).collect();
    plan.into_par_iter().flat_map_iter(|(class, setting)| made_of(class, setting, habits)).collect()
}

fn made_of(class: &Class, setting: Difficulty, habits: &Habits) -> Vec<Row> {
    let set = match class.axis {
        Axis::Loop => MADE_LOOPS,
        Axis::Pad => MADE_PADDING,
        _ => MADE_HONEST,
    };
    let sessions = (SEED..SEED + MADE).flat_map(|seed| generated([generate(class, setting, seed)]));
    let mut rows: Vec<Row> = sessions.map(|session| row(set, &session, habits)).collect();
    rows.retain(|row| row.steps >= SHORTEST);
    rows
}

fn row(set: &str, session: &Session, habits: &Habits) -> Row {
    let profile = profile(&session.digests, habits);
    Row { set: set.to_owned(), session: session.id.clone(), steps: profile.steps, values: profile.features }
}

fn default_corpora() -> PathBuf {
    std::env::var_os("GOODHART_CORPORA").map_or_else(|| PathBuf::from("../shared/corpora"), PathBuf::from)
}
