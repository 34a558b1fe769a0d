//! What the walk costs, stage by stage, and how it grows.

pub mod growth;
pub mod online;
pub mod stages;

use std::fmt;
use std::io::Write;

use crate::corpus::Corpus;

/// Measures and prints all of it.
///
/// # Errors
/// When the corpus cannot be read or the output not be written.
pub fn print(out: &mut dyn Write) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    writeln!(out, "| what | value | at most | met |\n|---|---|---|---|")?;
    let mut print = |rows: Vec<Row>| rows.into_iter().try_for_each(|row| writeln!(out, "{row}"));
    print(online::rows())?;
    print(growth::rows())?;
    let corpus = Corpus::find()?;
    print(vec![Row::new("corpus", corpus.bytes() as f64 / 1e6, "MB")])?;
    Ok(print(stages::rows(&corpus))?)
}

/// One line of the printed table.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// In `unit`.
    pub value: f64,
    /// Unit, or `x` for a ratio.
    pub unit: &'static str,
    /// The most that it may be, where that was decided.
    pub target: Option<f64>,
}

impl Row {
    /// A row without a target.
    pub fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Row { what: what.into(), value, unit, target: None }
    }

    /// The same with the most that the value may be.
    pub fn at_most(self, target: f64) -> Self {
        Row { target: Some(target), ..self }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { what, value, unit, target } = self;
        write!(f, "| {what} | {value:.3} {unit} | ")?;
        match target {
            Some(target) => write!(f, "{target} {unit} | {} |", if value <= target { "yes" } else { "no" }),
            None => f.write_str("| |"),
        }
    }
}
