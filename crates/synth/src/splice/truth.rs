//! What is true about a copy.

use serde::Serialize;

use super::copy::Copy;
use super::log::Log;
use super::mode::Mode;
use crate::class::Axis;
use crate::label::{EvaluationLine, pad_axis};

/// One line of `labels.jsonl`.
#[derive(Debug, Serialize)]
pub(super) struct SpliceLabel<'a> {
    session_id: &'a str,
    file: String,
    mode: &'static str,
    class: Axis,
    pair_of: &'a str,
    /// Ids of the inserted calls and messages.
    inserted: Vec<&'a str>,
}

pub(super) fn label<'a>(copy: &'a Copy, log: &'a Log, mode: Mode) -> SpliceLabel<'a> {
    let calls = copy.steps.iter().filter(|(_, new)| *new).map(|(id, _)| id.as_str());
    SpliceLabel {
        session_id: &copy.session,
        file: format!("{}.jsonl", copy.session),
        mode: mode.name(),
        class: mode.axis(),
        pair_of: &log.session,
        inserted: calls.chain(copy.messages.iter().map(String::as_str)).collect(),
    }
}

/// The lines of `labels-eval.jsonl`: honest copies are negatives of every mode of waste and controls of their own.
pub(super) fn evaluation(copy: &Copy, log: &Log, mode: Mode) -> Vec<EvaluationLine> {
    let line = |target: String, kind, label| EvaluationLine {
        axis: pad_axis(&target),
        session_id: copy.session.clone(),
        corpus: "spliced",
        group: log.format.group(),
        split: "dev",
        target,
        kind,
        length: copy.steps.len(),
        mode: mode.name(),
        pair_of: Some(log.session.clone()),
        label,
        steps: None,
    };
    let name = mode.name();
    let mut lines = Vec::new();
    match mode.axis() {
        Axis::None => {
            for axis in [Axis::Loop, Axis::Pad] {
                lines.push(line(axis.name().to_owned(), "session", Some(0)));
                let modes = Mode::ALL.into_iter().filter(|other| other.axis() == axis);
                lines.extend(
                    modes.map(|other| line(format!("{}_{}", axis.name(), other.name()), "session", Some(0))),
                );
            }
            lines.push(line(format!("honest_{name}"), "control", Some(0)));
        }
        axis => {
            lines.push(line(axis.name().to_owned(), "session", Some(1)));
            lines.push(line(format!("{}_{name}", axis.name()), "session", Some(1)));
        }
    }
    if mode.axis() == Axis::Loop {
        let steps = copy.steps.iter().map(|(id, new)| (id.clone(), u8::from(*new))).collect();
        lines.push(EvaluationLine { steps: Some(steps), ..line("loop_step".to_owned(), "step", None) });
    }
    lines
}
