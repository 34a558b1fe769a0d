//! `goodhart inspect`: what is in here.

use std::io::Write;

use clap::{Args, ValueEnum};
use goodhart::scoring::Baseline;
use goodhart_report::inspection::Inspection;
use goodhart_report::json_line;

use crate::error::Error;
use crate::exit::Exit;
use crate::inputs::Inputs;
use crate::output::{Output, terminal_columns};

/// Tell what was read, and what could not be used.
///
/// Formats, agents, models, sessions, events, tokens, time, replayed history, and an example of every kind of issue.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[command(flatten)]
    inputs: Inputs,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Aligned text.
    Table,
    /// One JSON object.
    Json,
}

impl Inspect {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        let inspection = Inspection::of(&self.inputs.profiles(Baseline::embedded(), false)?);
        let mut output = Output::stdout();
        match self.format {
            Format::Table => output.write_all(inspection.to_text(terminal_columns()).as_bytes())?,
            Format::Json => json_line(&mut output, &inspection)?,
        }
        output.finish()
    }
}
