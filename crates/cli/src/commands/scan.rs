//! `goodhart scan`: which sessions wasted tokens.

use std::io::Write;

use clap::{Args, ValueEnum};
use goodhart::batch::Report;
use goodhart::scoring::{Finding, Verdict};
use goodhart_report::{SessionNames, findings_csv, findings_table, json_lines, summary};

use crate::error::Error;
use crate::exit::Exit;
use crate::inputs::Inputs;
use crate::judging::{Judged, Judging};
use crate::output::{Output, message, terminal_columns};

/// Find the sessions that spent tokens on looping or padding.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    #[command(flatten)]
    inputs: Inputs,
    /// Every session, not only `note` and `review`.
    #[arg(long)]
    all: bool,
    /// How to print the findings.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    judging: Judging,
    /// End with exit code 1 when there is a finding of at least this verdict.
    #[arg(long, value_name = "VERDICT", value_enum)]
    fail_on: Option<Threshold>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// A table for people, with a summary.
    Table,
    /// One finding a line, `goodhart.finding/1`.
    Jsonl,
    /// One row a finding, for spreadsheets.
    Csv,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Threshold {
    /// Waste worth fixing.
    Note,
    /// Waste that is rare too.
    Review,
}

impl Scan {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        let judged = self.judging.judge(&self.inputs, false)?;
        self.print(&judged)?;
        for warning in judged.warnings() {
            message(format_args!("warning: {warning}"));
        }
        Ok(self.exit(&judged.report.findings))
    }

    fn print(&self, judged: &Judged) -> Result<(), Error> {
        let Report { findings, summary: scanned, .. } = &judged.report;
        let shown: Vec<&Finding> = findings.iter().filter(|finding| self.shows(finding)).collect();
        let below = summary(findings, scanned, judged.baseline.card());
        let mut output = Output::stdout();
        match self.format {
            Format::Table => output.write_all((table(&shown, findings) + "\n" + &below).as_bytes())?,
            Format::Jsonl => json_lines(&mut output, shown)?,
            Format::Csv => findings_csv(&mut output, shown)?,
        }
        output.finish()?;
        if !matches!(self.format, Format::Table) {
            message(below.trim_end());
        }
        Ok(())
    }

    fn shows(&self, finding: &Finding) -> bool {
        self.all || finding.verdict.is_at_least(Verdict::Note)
    }

    fn exit(&self, findings: &[Finding]) -> Exit {
        let Some(threshold) = self.fail_on else { return Exit::Clean };
        let fails = findings.iter().any(|finding| finding.verdict.is_at_least(threshold.into()));
        if fails { Exit::Findings } else { Exit::Clean }
    }
}

fn table(shown: &[&Finding], all: &[Finding]) -> String {
    if shown.is_empty() {
        return "Nothing found: no session wasted enough tokens for a note.\n".to_owned();
    }
    let names = SessionNames::new(all.iter().map(|finding| finding.session_id.as_str()));
    findings_table(shown, &names, terminal_columns())
}

impl From<Threshold> for Verdict {
    fn from(threshold: Threshold) -> Self {
        match threshold {
            Threshold::Note => Verdict::Note,
            Threshold::Review => Verdict::Review,
        }
    }
}
