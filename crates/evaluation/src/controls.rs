//! How quiet a predictor stays on honest work, and what it still finds when it has to stay quiet.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::Options;
use crate::intervals::quantile;
use crate::labels::{Axis, Kind, Label, Labels, Target};
use crate::predictions::{SessionPrediction, Verdict};
use crate::report::{ControlRow, ModeRecall, PShare, Proportion, QuietRecall, RecallAt};
use crate::sample::Predictor;

/// The sessions with loops that were spliced in: their truth is exact, so they set the threshold of recall.
const SPLICED: (&str, &str) = ("spliced", "loop");

/// Levels at which p-values are counted.
const P_LEVELS: [f64; 3] = [0.01, 0.05, 0.1];

/// Shares of the controls that may be flagged when recall is asked for.
const FLAGGED: [f64; 2] = [0.01, 0.05];

/// Fewer control sessions set no threshold.
const LEAST_CONTROLS: usize = 20;

type Named<'a> = (&'a str, Predictor<'a>);

/// What every predictor flags of every control set.
pub(crate) fn flagged(labels: &Labels, predictors: &[Named<'_>], options: &Options) -> Vec<ControlRow> {
    let controls = labels.iter().filter(|(target, _)| target.kind == Kind::Control && options.wants(target));
    controls
        .flat_map(|(target, sessions)| {
            predictors.iter().filter_map(|&predictor| {
                let cut = recall_threshold(labels, &target.split, predictor.1, options.fa_recall.get());
                control_row(target, sessions, predictor, cut, options.flag_at)
            })
        })
        .collect()
}

/// The score that the asked share of the spliced loops of a split reaches.
fn recall_threshold(labels: &Labels, split: &str, predictor: Predictor<'_>, recall: f64) -> Option<f64> {
    let of_split = labels.iter().filter(|(target, _)| target.split == split);
    let spliced = of_split.filter(|(target, _)| (target.corpus.as_str(), target.name.as_str()) == SPLICED);
    let loops = spliced.flat_map(|(_, labels)| labels).filter(|label| label.is_positive_session());
    let mut scores: Vec<f64> = loops.filter_map(|label| predictor.session(label, Axis::Loop)).collect();
    scores.sort_by(f64::total_cmp);
    quantile(&scores, 1.0 - recall)
}

fn control_row(
    target: &Target,
    labels: &[Label],
    (name, predictor): Named<'_>,
    cut: Option<f64>,
    flag_at: Option<f64>,
) -> Option<ControlRow> {
    let said: Vec<SessionPrediction> = labels.iter().filter_map(|label| said_of(label, predictor)).collect();
    // A session without a score is not flagged.
    let above =
        |cut: f64| Proportion::of(said.iter().map(|said| said.loop_score.is_some_and(|score| score >= cut)));
    // The threshold that was asked for is one of scores, not of lengths.
    let flag_at = flag_at.filter(|_| matches!(predictor, Predictor::File(_)));
    (!said.is_empty()).then(|| ControlRow {
        target: target.clone(),
        predictor: name.to_owned(),
        sessions: said.len(),
        note_or_review: verdicts(&said, &[Verdict::Note, Verdict::Review]),
        review: verdicts(&said, &[Verdict::Review]),
        at_threshold: flag_at.and_then(above),
        at_recall: cut.and_then(above),
        p_values: p_values(&said),
    })
}

/// What a predictor says of a session; the length says a score.
fn said_of(label: &Label, predictor: Predictor<'_>) -> Option<SessionPrediction> {
    match predictor {
        Predictor::Length => Some(SessionPrediction { loop_score: Some(label.length), ..Default::default() }),
        Predictor::File(predictions) => predictions.session(&label.session).copied(),
    }
}

/// The p-values of all control sessions.
#[cfg(feature = "plots")]
pub(crate) fn all_p_values(labels: &Labels, predictor: Predictor<'_>) -> Vec<f64> {
    let controls = labels.iter().filter(|(target, _)| target.kind == Kind::Control);
    let sessions: BTreeMap<&str, &Label> =
        controls.flat_map(|(_, labels)| labels).map(|label| (label.session.as_str(), label)).collect();
    sessions.into_values().filter_map(|label| said_of(label, predictor)?.p_value).collect()
}

/// The share with one of these verdicts; none when no session has any verdict.
pub(crate) fn verdicts(said: &[SessionPrediction], wanted: &[Verdict]) -> Option<Proportion> {
    let given = said.iter().any(|said| said.verdict.is_some());
    let is_wanted = |said: &SessionPrediction| said.verdict.is_some_and(|verdict| wanted.contains(&verdict));
    given.then(|| Proportion::of(said.iter().map(is_wanted)))?
}

pub(crate) fn p_values(said: &[SessionPrediction]) -> Vec<PShare> {
    let p_values: Vec<f64> = said.iter().filter_map(|said| said.p_value).collect();
    let below = |level| Proportion::of(p_values.iter().map(|&p| p < level));
    P_LEVELS.into_iter().filter_map(|level| Some(PShare { level, below: below(level)? })).collect()
}

/// What every predictor finds of the spliced loops where few controls are flagged. The filter on targets does
/// not apply.
pub(crate) fn recall(labels: &Labels, predictors: &[Named<'_>]) -> Vec<QuietRecall> {
    let controls = labels.iter().filter(|(target, _)| target.kind == Kind::Control);
    let splits: BTreeSet<&str> = controls.map(|(target, _)| target.split.as_str()).collect();
    let pairs = splits.iter().flat_map(|&split| predictors.iter().map(move |&predictor| (split, predictor)));
    let files = pairs.filter(|(_, (_, predictor))| matches!(predictor, Predictor::File(_)));
    files.filter_map(|(split, predictor)| quiet_recall(labels, split, predictor)).collect()
}

fn quiet_recall(labels: &Labels, split: &str, (name, predictor): Named<'_>) -> Option<QuietRecall> {
    let of_split = || labels.iter().filter(|(target, _)| target.split == split);
    let controls =
        of_split().filter(|(target, _)| target.kind == Kind::Control).flat_map(|(_, labels)| labels);
    let mut quiet: Vec<f64> = controls.filter_map(|label| said_of(label, predictor)).map(or_zero).collect();
    quiet.sort_by(f64::total_cmp);
    let loops = of_split().filter(|(target, _)| target.name == SPLICED.1).flat_map(|(_, labels)| labels);
    let loops: Vec<&Label> = loops.filter(|label| label.is_positive_session()).collect();
    if quiet.len() < LEAST_CONTROLS {
        return None;
    }
    let thresholds =
        FLAGGED.map(|flagged| (flagged, quantile(&quiet, 1.0 - flagged).unwrap_or(f64::INFINITY)));
    Some(QuietRecall {
        split: split.to_owned(),
        predictor: name.to_owned(),
        loops: loops.len(),
        controls: quiet.len(),
        at: thresholds
            .into_iter()
            .map(|(flagged, threshold)| {
                Some(RecallAt { flagged, threshold, recall: found(&loops, predictor, threshold)? })
            })
            .collect::<Option<_>>()?,
        modes: modes(&loops, predictor, &thresholds.map(|(_, threshold)| threshold)),
    })
}

/// A session without a score is as quiet as can be.
fn or_zero(said: SessionPrediction) -> f64 {
    said.loop_score.unwrap_or(0.0)
}

fn found(loops: &[&Label], predictor: Predictor<'_>, threshold: f64) -> Option<Proportion> {
    Proportion::of(loops.iter().map(|label| said_of(label, predictor).map_or(0.0, or_zero) > threshold))
}

fn modes(loops: &[&Label], predictor: Predictor<'_>, thresholds: &[f64]) -> Vec<ModeRecall> {
    let mut by_mode: BTreeMap<&str, Vec<&Label>> = BTreeMap::new();
    for label in loops {
        if let Some(mode) = &label.mode {
            by_mode.entry(mode).or_default().push(label);
        }
    }
    by_mode.into_iter().map(|(mode, loops)| mode_recall(mode, &loops, predictor, thresholds)).collect()
}

fn mode_recall(mode: &str, loops: &[&Label], predictor: Predictor<'_>, thresholds: &[f64]) -> ModeRecall {
    let said: Vec<_> = loops.iter().map(|label| said_of(label, predictor).unwrap_or_default()).collect();
    ModeRecall {
        mode: mode.to_owned(),
        at: thresholds.iter().filter_map(|&threshold| found(loops, predictor, threshold)).collect(),
        note_or_review: verdicts(&said, &[Verdict::Note, Verdict::Review]),
        review: verdicts(&said, &[Verdict::Review]),
    }
}
