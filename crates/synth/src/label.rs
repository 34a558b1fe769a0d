//! The truth about a session: what it is, where the pattern stands, what it cost.

use serde::Serialize;

use crate::class::{Axis, Class, Difficulty, Expected};
use crate::formats::Format;
use crate::play::Moment;
use crate::script::{Request, Step, Turn};

/// A stretch of steps that is the pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Id of the first step.
    pub first_call: String,
    /// Id of the last step.
    pub last_call: String,
    /// Ids of all steps: tool calls, and messages where a request has no call.
    pub calls: Vec<String>,
}

/// The label of a session, one line of `labels.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Label {
    /// Id of the session.
    pub session_id: String,
    /// Path of its file, relative to the labels.
    pub file: String,
    /// The class of the taxonomy: `G18`, `L01`, `N`, ...
    pub pattern_id: &'static str,
    /// The kind of waste.
    pub class: Axis,
    /// The verdict that a good judge gives.
    pub expected: Expected,
    /// The setting of the recipe.
    pub difficulty: Difficulty,
    /// An honest session that looks like a pattern.
    pub hard_negative: bool,
    /// Where the pattern stands; the first occurrence of what recurs is not part of it.
    pub spans: Vec<Span>,
    /// For classes at the level of actors: the same for all sessions of one actor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Share of all billed tokens that went to requests inside the spans, in `[0, 1]`.
    pub waste_share: f64,
}

impl Label {
    pub(crate) fn new(
        class: &Class,
        difficulty: Difficulty,
        session: &str,
        turns: &[Turn],
        steps: &[Step],
        moments: &[Moment],
    ) -> Self {
        Self {
            session_id: session.to_owned(),
            file: format!("{}/{session}.jsonl", class.id),
            pattern_id: class.id,
            class: class.axis,
            expected: class.expected,
            difficulty,
            hard_negative: class.hard_negative,
            spans: spans(steps),
            actor: None,
            waste_share: waste_share(turns, moments),
        }
    }
}

/// One line for the evaluation of detectors.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvaluationLine {
    /// Id of the session.
    pub session_id: String,
    /// Always `synth`.
    pub corpus: &'static str,
    /// The agent whose format the session has.
    pub group: &'static str,
    /// Always `dev`.
    pub split: &'static str,
    /// What is judged: `loop`, `pad`, `loop_G18`, `loop_step`, `lookalike_L01`, ...
    pub target: String,
    /// `session`, `step` or `control`.
    pub kind: &'static str,
    /// Tool calls of the session.
    pub length: usize,
    /// The class of the session.
    pub mode: &'static str,
    /// The score that answers, where the target's name does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub axis: Option<&'static str>,
    /// The session that this one is a copy of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair_of: Option<String>,
    /// 1 for the pattern, 0 for honest work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<u8>,
    /// Step ids with 1 inside the pattern and 0 outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<(String, u8)>>,
}

/// The evaluation lines of one session, given the ids and axes of the patterns that it is compared with.
pub(crate) fn evaluation(
    label: &Label,
    steps: &[Step],
    format: Format,
    patterns: &[(&'static str, Axis)],
) -> Vec<EvaluationLine> {
    let length = steps.iter().filter(|step| step.is_call).count();
    let line = |target: String, kind, mark| EvaluationLine {
        axis: pad_axis(&target),
        session_id: label.session_id.clone(),
        corpus: "synth",
        group: format.group(),
        split: "dev",
        target,
        kind,
        length,
        mode: label.pattern_id,
        pair_of: None,
        label: mark,
        steps: None,
    };
    let mut lines = Vec::new();
    match label.class {
        Axis::None => {
            for axis in [Axis::Loop, Axis::Pad] {
                lines.push(line(axis.name().to_owned(), "session", Some(0)));
            }
            for (id, axis) in patterns {
                lines.push(line(format!("{}_{id}", axis.name()), "session", Some(0)));
            }
            lines.push(line(format!("lookalike_{}", label.pattern_id), "control", Some(0)));
        }
        // One session of such an actor may be ordinary: it speaks neither for nor against a judge of sessions.
        _ if label.actor.is_some() => return lines,
        // A stuck agent is waste without being gaming: neither a positive nor a negative session.
        _ if label.expected == Expected::Note => {}
        axis => {
            lines.push(line(axis.name().to_owned(), "session", Some(1)));
            lines.push(line(format!("{}_{}", axis.name(), label.pattern_id), "session", Some(1)));
        }
    }
    if label.class == Axis::Loop {
        let marks = steps.iter().map(|step| (step.id.clone(), u8::from(step.waste))).collect();
        lines.push(EvaluationLine { steps: Some(marks), ..line("loop_step".to_owned(), "step", None) });
    }
    lines
}

/// The axis of a target that asks for padding: other names are taken for loops.
pub(crate) fn pad_axis(target: &str) -> Option<&'static str> {
    target.starts_with("pad").then_some("pad")
}

/// Maximal runs of steps that are part of the pattern.
fn spans(steps: &[Step]) -> Vec<Span> {
    steps
        .chunk_by(|a, b| a.waste == b.waste)
        .filter(|run| run[0].waste)
        .map(|run| Span {
            first_call: run[0].id.clone(),
            last_call: run[run.len() - 1].id.clone(),
            calls: run.iter().map(|step| step.id.clone()).collect(),
        })
        .collect()
}

/// Share of the billed tokens in wasted requests, to four decimals.
fn waste_share(turns: &[Turn], moments: &[Moment]) -> f64 {
    let billed = |wanted: fn(&Request) -> bool| -> u64 {
        let pairs = turns.iter().zip(moments);
        pairs
            .filter(|(turn, _)| matches!(turn, Turn::Request(request) if wanted(request)))
            .map(|(_, moment)| moment.usage.total())
            .sum()
    };
    let (wasted, total) = (billed(|request| request.waste), billed(|_| true));
    if total == 0 { 0.0 } else { (wasted as f64 / total as f64 * 10_000.0).round() / 10_000.0 }
}
