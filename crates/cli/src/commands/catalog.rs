//! `goodhart catalog`: what this build knows.

use std::io::Write;

use clap::{Args, ValueEnum};
use goodhart_report::catalog::{Section, catalog_page, issues_page};

use crate::error::Error;
use crate::exit::Exit;
use crate::output::Output;

/// Print what this build knows, as Markdown.
#[derive(Debug, Args)]
pub(crate) struct Catalog {
    /// One list; the whole page when left out.
    #[arg(value_enum)]
    list: Option<List>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum List {
    /// Log formats that are read.
    Formats,
    /// Columns of the feature row.
    Features,
    /// Outlier detectors.
    Detectors,
    /// How a span of a finding recurs.
    Patterns,
    /// Honest work that looks like waste.
    Lookalikes,
    /// What reading may report.
    Issues,
}

impl Catalog {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        let mut output = Output::stdout();
        output.write_all(self.page().as_bytes())?;
        output.finish()
    }

    fn page(&self) -> String {
        match self.list {
            None => catalog_page(),
            Some(List::Formats) => Section::Formats.markdown(),
            Some(List::Features) => Section::Features.markdown(),
            Some(List::Detectors) => Section::Detectors.markdown(),
            Some(List::Patterns) => Section::Patterns.markdown(),
            Some(List::Lookalikes) => Section::Lookalikes.markdown(),
            Some(List::Issues) => issues_page(),
        }
    }
}
