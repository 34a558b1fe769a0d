//! `goodhart steps`: what each step added.

use clap::{Args, ValueEnum};
use goodhart::batch::SessionProfile;
use goodhart::scoring::StepRow;
use goodhart_report::{csv_rows, json_lines};

use crate::error::Error;
use crate::exit::Exit;
use crate::inputs::Inputs;
use crate::output::Output;
use crate::reference::Reference;

/// Print one row a step: what it added, what it cost.
///
/// Novelty, evidence of looping and padding, progress, and where its tokens are booked.
#[derive(Debug, Args)]
pub(crate) struct Steps {
    #[command(flatten)]
    inputs: Inputs,
    /// How to print the rows.
    #[arg(long, value_enum, default_value_t = RowFormat::Jsonl)]
    format: RowFormat,
    #[command(flatten)]
    reference: Reference,
}

/// Formats of rows.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RowFormat {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a head line.
    Csv,
}

impl Steps {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        let (_, scan) = self.reference.scan(&self.inputs, true)?;
        let rows = scan.sessions.iter().flat_map(rows);
        let mut output = Output::stdout();
        match self.format {
            RowFormat::Jsonl => json_lines(&mut output, rows)?,
            RowFormat::Csv => csv_rows(&mut output, rows)?,
        }
        output.finish()
    }
}

fn rows(session: &SessionProfile) -> impl Iterator<Item = StepRow> {
    session.profile.step_records.iter().map(|record| StepRow::new(record, &session.meta))
}
