//! `goodhart features`: the feature matrix.

use clap::Args;
use goodhart_report::{feature_rows, features_csv, json_lines};

use super::steps::RowFormat;
use crate::error::Error;
use crate::exit::Exit;
use crate::inputs::Inputs;
use crate::output::Output;
use crate::reference::Reference;

/// Print the feature matrix, one row a session.
///
/// `goodhart catalog features` tells what the columns mean.
#[derive(Debug, Args)]
pub(crate) struct Features {
    #[command(flatten)]
    inputs: Inputs,
    /// How to print the rows.
    #[arg(long, value_enum, default_value_t = RowFormat::Csv)]
    format: RowFormat,
    #[command(flatten)]
    reference: Reference,
}

impl Features {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        let (_, scan) = self.reference.scan(&self.inputs, false)?;
        let mut output = Output::stdout();
        match self.format {
            RowFormat::Jsonl => json_lines(&mut output, feature_rows(&scan.sessions))?,
            RowFormat::Csv => features_csv(&mut output, &scan.sessions)?,
        }
        output.finish()
    }
}
