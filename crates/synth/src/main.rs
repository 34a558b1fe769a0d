//! The generator on the command line.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use goodhart_synth::{Difficulty, Error, Format, Plan, Written, classes, write, write_sample};

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
    /// Sessions per class; of classes at the level of actors, actors with a few sessions each.
    #[arg(long, default_value_t = 6)]
    per_class: u64,
    /// Class ids, separated by commas; all when left out.
    #[arg(long, value_delimiter = ',')]
    classes: Vec<String>,
    /// Difficulty of the patterns; honest classes alternate between normal and noisy.
    #[arg(long, value_enum, default_value_t = Choice::All)]
    difficulty: Choice,
    /// Whose logs to write; both go to a folder each.
    #[arg(long, value_enum, default_value_t = Form::ClaudeCode)]
    format: Form,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    ClaudeCode,
    Codex,
    Both,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Choice {
    Easy,
    Medium,
    Hard,
    Mixed,
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
        None => generate(&arguments.generate).map(report),
    }
}

fn generate(arguments: &Generate) -> Result<Written, Error> {
    let Generate { out, seed, per_class, classes, difficulty, format } = arguments;
    let plan = Plan::new(classes, *per_class, *seed, (*difficulty).into())?;
    match format {
        Form::ClaudeCode => write_as(Format::ClaudeCode, &plan, out),
        Form::Codex => write_as(Format::Codex, &plan, out),
        Form::Both => {
            let each = Format::ALL.map(|format| write_as(format, &plan, &out.join(format.name())));
            each.into_iter().try_fold(Written::default(), |sum, written| Ok(sum + written?))
        }
    }
}

fn write_as(format: Format, plan: &Plan, out: &Path) -> Result<Written, Error> {
    write(out, &Plan { format, ..plan.clone() })
}

fn report(written: Written) -> String {
    format!("{} sessions, {} bytes\n", written.sessions, written.bytes)
}

fn list() -> String {
    classes()
        .iter()
        .map(|class| {
            let (axis, level) = (class.axis.name(), class.level.name());
            format!("{:<4} {axis:<9} {level:<7} {}\n", class.id, class.about)
        })
        .collect()
}

impl From<Choice> for Option<Difficulty> {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Easy => Some(Difficulty::Easy),
            Choice::Medium => Some(Difficulty::Medium),
            Choice::Hard => Some(Difficulty::Hard),
            Choice::Mixed => Some(Difficulty::Mixed),
            Choice::All => None,
        }
    }
}
