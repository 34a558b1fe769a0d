//! `goodhart evaluate`: predictions against labels.

use std::convert::Infallible;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use goodhart_evaluation::{Labels, Options, Predictions, evaluate, read_labels, read_predictions};

use crate::error::Error;
use crate::exit::Exit;
use crate::output::Output;

/// Measure predictions against labels.
///
/// Ranking, the rival that knows only the length, false alarms on honest work, each with its interval. Labels are
/// questions, one a line, or what the generator knows of its sessions: then also what is found of every pattern and
/// flagged of every look-alike, how spans and waste agree, and how many verdicts are false. Predictions are what `scan --all --format jsonl` and `steps --format jsonl` print, or anything in that shape.
#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// Labels, JSON Lines.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    labels: Vec<PathBuf>,
    /// Predictions, JSON Lines, under a name.
    #[arg(long, value_name = "NAME=FILE", required = true, num_args = 1..)]
    pred: Vec<Named>,
    /// Only targets whose `split.corpus.name` contains this.
    #[arg(long, value_name = "PART")]
    target: Option<String>,
    /// No bootstrap intervals, and of several groups only their mean.
    #[arg(long)]
    brief: bool,
    /// How to print the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Draw ROC and precision-recall curves and the reliability of p-values, as SVG files in this folder.
    #[cfg(feature = "plots")]
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Aligned text.
    Text,
    /// One JSON object.
    Json,
}

/// `NAME=FILE`; without a name the file's own.
#[derive(Debug, Clone)]
struct Named {
    name: String,
    file: PathBuf,
}

impl FromStr for Named {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (name, file) = text.split_once('=').unwrap_or_else(|| (stem(text), text));
        Ok(Named { name: name.to_owned(), file: file.into() })
    }
}

fn stem(path: &str) -> &str {
    Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or(path)
}

impl Evaluate {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        let labels = self.labels()?;
        let predictions = self.predictions()?;
        let options = Options { target: self.target.clone(), brief: self.brief, ..Options::default() };
        #[cfg(feature = "plots")]
        self.draw(&labels, &predictions, &options)?;
        let report = evaluate(&labels, &predictions, &options);
        let mut output = Output::stdout();
        match self.format {
            Format::Text => output.write_all(report.to_text().as_bytes())?,
            Format::Json => goodhart_report::json_line(&mut output, &report)?,
        }
        output.finish()
    }

    #[cfg(feature = "plots")]
    fn draw(
        &self,
        labels: &Labels,
        predictions: &[(String, Predictions)],
        options: &Options,
    ) -> Result<(), Error> {
        let Some(folder) = &self.plots else { return Ok(()) };
        let plots = goodhart_evaluation::plots(labels, predictions, options)
            .map_err(|source| Error::Evaluation { path: folder.clone(), source })?;
        std::fs::create_dir_all(folder)?;
        plots
            .iter()
            .try_for_each(|plot| std::fs::write(folder.join(format!("{}.svg", plot.name)), &plot.svg))?;
        Ok(())
    }

    fn labels(&self) -> Result<Labels, Error> {
        let mut all = Labels::default();
        for path in &self.labels {
            all.append(read(path, read_labels)?);
        }
        Ok(all)
    }

    fn predictions(&self) -> Result<Vec<(String, Predictions)>, Error> {
        self.pred
            .iter()
            .map(|Named { name, file }| Ok((name.clone(), read(file, read_predictions)?)))
            .collect()
    }
}

fn read<T>(
    path: &Path,
    parse: impl FnOnce(BufReader<File>) -> goodhart_evaluation::Result<T>,
) -> Result<T, Error> {
    let file = File::open(path).map_err(|source| Error::Open { path: path.to_owned(), source })?;
    parse(BufReader::new(file)).map_err(|source| Error::Evaluation { path: path.to_owned(), source })
}
