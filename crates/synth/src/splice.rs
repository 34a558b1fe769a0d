//! Puts a pattern into copies of real sessions: what was inserted is known, everything else is as real as the source.
//!
//! Every copy has fresh ids, so that nothing takes it for a replay, and times that leave room for what is new. `plain` is the
//! copy alone, the negative to compare with. The crate's page says how each mode looks. The same logs, modes and seed give
//! the same bytes.

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
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    let mut labels = Lines::create(&folder.join("labels.jsonl"))?;
    let mut evaluation = Lines::create(&folder.join("labels-eval.jsonl"))?;
    let mut spliced = Spliced::default();
    for (number, log) in logs.iter().enumerate() {
        for &mode in &plan.modes {
            let mut dice = Dice::for_session(&log.session, mode.name(), plan.seed);
            let other = another(&logs, number, &mut dice);
            let Some(pieces) = pieces::pieces(mode, log, other, plan, &mut dice) else {
                spliced.skipped += 1;
                continue;
            };
            let copy = copy::copy(log, &pieces, &mut dice);
            let file = folder.join(format!("{}.jsonl", copy.session));
            std::fs::write(&file, &copy.lines).map_err(at(&file))?;
            labels.push(&truth::label(&copy, log, mode))?;
            truth::evaluation(&copy, log, mode).iter().try_for_each(|line| evaluation.push(line))?;
            spliced.sessions += 1;
        }
    }
    labels.close()?;
    evaluation.close()?;
    Ok(spliced)
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
