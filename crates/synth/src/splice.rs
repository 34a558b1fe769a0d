//! Puts a pattern into copies of real sessions: what was inserted is known, everything else is as real as the source.
//!
//! A copy has ids of its own, as it would else be known as history told again, and its clock waits for what is new. The
//! crate's page says how each mode looks. The same logs, modes and seed give the same bytes.

mod copy;
mod log;
mod mode;
mod pieces;
mod render;
mod rewording;
mod truth;

use std::path::{Path, PathBuf};

use crate::dataset::{Lines, at};
use crate::dice::Dice;
use crate::error::Error;
use copy::Copy;
use log::Log;
pub use mode::Mode;

/// What to splice into which logs.
#[derive(Debug, Clone)]
pub struct Splice {
    /// Logs of Claude Code or Codex, as plain JSON Lines. Modes that need another session take one of the same form
    /// from this list.
    pub logs: Vec<PathBuf>,
    /// The modes; each log is copied once for each.
    pub modes: Vec<Mode>,
    /// The seed; the same seed gives the same bytes.
    pub seed: u64,
    /// Percentage of the steps of a copy that is inserted: the least and the most.
    pub share: (u64, u64),
    /// Steps that are inserted at least.
    pub least: u64,
}

/// What was spliced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spliced {
    /// Copies that were written.
    pub sessions: u64,
    /// Logs and modes without a copy, as the log has nothing to repeat, to read again, ..
    pub skipped: u64,
}

/// Writes `<session id>.jsonl` for each copy, `labels.jsonl` with what was inserted, and `labels-eval.jsonl` for an
/// evaluation.
///
/// # Errors
///
/// [`Error::Read`] when a log cannot be read, [`Error::NotALog`] when it is none of the two forms or calls no tool,
/// [`Error::Write`] when a file or folder cannot be written.
pub fn splice(folder: &Path, plan: &Splice) -> Result<Spliced, Error> {
    let logs = plan.logs.iter().map(|path| Log::read(path)).collect::<Result<Vec<Log>, Error>>()?;
    let mut output = Output::create(folder)?;
    let mut spliced = Spliced::default();
    for (number, log) in logs.iter().enumerate() {
        for &mode in &plan.modes {
            let mut dice = Dice::for_session(&log.session, mode.name(), plan.seed);
            let other = another(&logs, number, &mut dice);
            match pieces::pieces(mode, log, other, plan, &mut dice) {
                Some(pieces) => output.write(&copy::copy(log, &pieces, &mut dice), log, mode)?,
                None => spliced.skipped += 1,
            }
        }
    }
    spliced.sessions = output.sessions;
    output.close()?;
    Ok(spliced)
}

/// The folder that copies and labels are written to.
struct Output<'a> {
    folder: &'a Path,
    labels: Lines,
    evaluation: Lines,
    sessions: u64,
}

impl<'a> Output<'a> {
    fn create(folder: &'a Path) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(at(folder))?;
        let labels = Lines::create(&folder.join("labels.jsonl"))?;
        let evaluation = Lines::create(&folder.join("labels-eval.jsonl"))?;
        Ok(Self { folder, labels, evaluation, sessions: 0 })
    }

    fn write(&mut self, copy: &Copy, log: &Log, mode: Mode) -> Result<(), Error> {
        let file = self.folder.join(format!("{}.jsonl", copy.session));
        std::fs::write(&file, &copy.lines).map_err(at(&file))?;
        self.sessions += 1;
        self.labels.push(&truth::label(copy, log, mode))?;
        truth::evaluation(copy, log, mode).iter().try_for_each(|line| self.evaluation.push(line))
    }

    fn close(self) -> Result<(), Error> {
        self.labels.close()?;
        self.evaluation.close()
    }
}

/// Another log of the same form.
fn another<'a>(logs: &'a [Log], number: usize, dice: &mut Dice) -> Option<&'a Log> {
    let fitting: Vec<&Log> = logs
        .iter()
        .enumerate()
        .filter(|(other, log)| *other != number && log.format == logs[number].format)
        .map(|(_, log)| log)
        .collect();
    if fitting.is_empty() { None } else { Some(dice.pick(&fitting)) }
}

#[cfg(test)]
mod tests;
