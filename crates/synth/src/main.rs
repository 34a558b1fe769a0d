//! The generator on the command line.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use goodhart_synth::{Difficulty, Error, Plan, Written, classes, write, write_sample};

/// Writes labelled agent sessions in native log formats.
#[derive(Debug, Parser)]
#[command(name = "goodhart-synth", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    generate: Generate,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the sample that the repository carries.
    Sample {
        /// The folder, replaced file by file.
        #[arg(long, default_value = "datasets/sample")]
        out: PathBuf,
    },
    /// Lists the classes.
    List,
}

#[derive(Debug, clap::Args)]
struct Generate {
    /// The folder to write to.
    #[arg(long, default_value = "synth")]
    out: PathBuf,
    /// The seed; the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Sessions per class.
    #[arg(long, default_value_t = 6)]
    per_class: u64,
    /// Class ids, separated by commas; all when left out.
    #[arg(long, value_delimiter = ',')]
    classes: Vec<String>,
    /// Difficulty of the patterns; honest classes alternate between normal and noisy.
    #[arg(long, value_enum, default_value_t = Choice::All)]
    difficulty: Choice,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Choice {
    Easy,
    Medium,
    Hard,
    All,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(report) => {
            let printed = io::stdout().write_all(report.as_bytes());
            if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<String, Error> {
    match arguments.command {
        Some(Command::List) => Ok(list()),
        Some(Command::Sample { out }) => write_sample(&out).map(report),
        None => {
            let Generate { out, seed, per_class, classes, difficulty } = arguments.generate;
            let plan = Plan::new(&classes, per_class, seed, difficulty.into())?;
            write(&out, &plan).map(report)
        }
    }
}

fn report(written: Written) -> String {
    format!("{} sessions, {} bytes\n", written.sessions, written.bytes)
}

fn list() -> String {
    classes()
        .iter()
        .map(|class| format!("{:<4} {:<5} {}\n", class.id, class.axis.name(), class.about))
        .collect()
}

impl From<Choice> for Option<Difficulty> {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Easy => Some(Difficulty::Easy),
            Choice::Medium => Some(Difficulty::Medium),
            Choice::Hard => Some(Difficulty::Hard),
            Choice::All => None,
        }
    }
}
