//! The generator on the command line.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use goodhart_synth::{
    Difficulty, Error, Format, Mode, Plan, Splice, Spliced, Written, classes, splice, write, write_sample,
};

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
    /// Puts loops, padding or honest work into copies of real logs.
    Splice(Splicing),
}

#[derive(Debug, clap::Args)]
struct Splicing {
    /// Logs of Claude Code or Codex as plain JSON Lines; some modes take calls of another log of the list.
    #[arg(long, required = true, num_args = 1.., value_name = "LOG")]
    into: Vec<PathBuf>,
    /// What to insert, separated by commas; everything when left out.
    #[arg(long, value_delimiter = ',', value_parser = mode)]
    modes: Vec<Mode>,
    /// The seed; the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder to write to.
    #[arg(long, default_value = "spliced")]
    out: PathBuf,
    /// Inserted steps in percent of all, at least.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=90))]
    share_min: u64,
    /// Inserted steps in percent of all, at most.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=90))]
    share_max: u64,
    /// Inserted steps at least.
    #[arg(long, default_value_t = 4)]
    least: u64,
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
        Some(Command::Splice(arguments)) => put_into(arguments),
        None => generate(&arguments.generate).map(report),
    }
}

fn put_into(arguments: Splicing) -> Result<String, Error> {
    let Splicing { into, modes, seed, out, share_min, share_max, least } = arguments;
    let modes = if modes.is_empty() { Mode::ALL.to_vec() } else { modes };
    let share = (share_min, share_max.max(share_min));
    let Spliced { sessions, skipped } = splice(&out, &Splice { logs: into, modes, seed, share, least })?;
    Ok(format!("{sessions} copies, {skipped} modes without material in a log\n"))
}

fn mode(name: &str) -> Result<Mode, String> {
    Mode::named(name).ok_or_else(|| {
        let names = Mode::ALL.map(Mode::name).join(" ");
        format!("unknown mode `{name}`, expected one of {names}")
    })
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
