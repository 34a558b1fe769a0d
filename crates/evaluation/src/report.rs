//! What an evaluation found: plain values that serialise to JSON.

use serde::Serialize;

use crate::intervals::clopper_pearson;
use crate::labels::Target;

/// Result of an evaluation. [`Report::to_text`] prints it, `serde` serialises it; what is not defined is
/// `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Name and version of this shape: [`Report::SCHEMA`].
    pub schema: &'static str,
    /// True when there are no bootstrap intervals and of several groups only `ALL`.
    pub brief: bool,
    /// How well scores rank labels: one table a target and group, sorted by target, then group, `ALL` last.
    pub tables: Vec<Table>,
    /// What is flagged on honest work: one row a control set and predictor.
    pub controls: Vec<ControlRow>,
    /// What of the spliced loops is found where hardly any honest work is flagged: one entry a split and
    /// predictor.
    pub recall: Vec<QuietRecall>,
}

impl Report {
    /// Name and version of the shape of a report.
    pub const SCHEMA: &'static str = "goodhart.evaluation/1";
}

/// One target, compared inside one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The question.
    #[serde(flatten)]
    pub target: Target,
    /// The group, or `ALL` for the mean over groups, weighted by positives.
    pub group: String,
    /// Labelled items: sessions, pairs or steps.
    pub n: usize,
    /// Of these the positive ones.
    pub positives: usize,
    /// The baseline `length` first, then the predictors in the order given.
    pub rows: Vec<Row>,
}

/// One predictor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub predictor: String,
    /// Share of the labelled items of the target that it scored, over all groups; the others rank last.
    pub coverage: f64,
    /// Area under the ROC curve.
    pub auroc: Estimate,
    /// Average precision; chance is `positives / n`.
    pub average_precision: Estimate,
    /// Best F1 over all thresholds.
    pub best_f1: Estimate,
    /// AUROC over pairs of sessions of like length.
    pub matched_auroc: Estimate,
    /// Number of such pairs.
    pub matched_pairs: usize,
    /// Spearman correlation of score and label, length partialled out; not for `ALL`.
    pub partial_spearman: Option<f64>,
}

/// A number and its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The number on the data as they are.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

impl Estimate {
    /// A number with or without an interval.
    pub fn new(value: Option<f64>, interval: Option<(f64, f64)>) -> Self {
        let (low, high) = interval.unzip();
        Estimate { value, low, high }
    }
}

/// What one predictor flags of one set of honest sessions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlRow {
    /// The set.
    #[serde(flatten)]
    pub target: Target,
    /// The predictor.
    pub predictor: String,
    /// Sessions about which it says something.
    pub sessions: usize,
    /// Flagged by a verdict of at least `note`; none when it gives no verdicts.
    pub note_or_review: Option<Proportion>,
    /// Flagged by the verdict `review`; none when it gives no verdicts.
    pub review: Option<Proportion>,
    /// Scored at or above the threshold that was asked for.
    pub at_threshold: Option<Proportion>,
    /// Scored at or above the threshold that reaches the asked recall on the spliced loops.
    pub at_recall: Option<Proportion>,
    /// p-values below the usual levels; empty when it gives none. Close to uniform is right.
    pub p_values: Vec<PShare>,
}

/// How many p-values fall below a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PShare {
    /// The level.
    pub level: f64,
    /// How many are below it.
    #[serde(flatten)]
    pub below: Proportion,
}

/// A share with its 95 % Clopper-Pearson interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Proportion {
    /// How many.
    pub hits: usize,
    /// Of how many.
    pub of: usize,
    /// `hits / of`.
    pub share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Proportion {
    /// The share of what is true; none of nothing.
    ///
    /// ```
    /// let found = goodhart_evaluation::Proportion::of([true, false, true, true]).unwrap();
    /// assert_eq!((found.hits, found.of, found.share), (3, 4, 0.75));
    /// ```
    pub fn of(flags: impl IntoIterator<Item = bool>) -> Option<Self> {
        let (hits, of) =
            flags.into_iter().fold((0, 0), |(hits, of), flag| (hits + usize::from(flag), of + 1));
        let (low, high) = clopper_pearson(hits, of);
        (of > 0).then(|| Proportion { hits, of, share: hits as f64 / of as f64, low, high })
    }
}

/// Recall of one predictor on the spliced loops of a split, at thresholds that the control sessions set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuietRecall {
    /// The split.
    pub split: String,
    /// The predictor.
    pub predictor: String,
    /// Spliced loops; a loop without a score counts as not found.
    pub loops: usize,
    /// Control sessions of all corpora about which the predictor says something.
    pub controls: usize,
    /// Recall where 1 and where 5 % of the controls are flagged.
    pub at: Vec<RecallAt>,
    /// Recall per kind of loop, sorted by name.
    pub modes: Vec<ModeRecall>,
}

/// Recall at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RecallAt {
    /// Share of the controls that may be flagged.
    pub flagged: f64,
    /// The score that must be exceeded.
    pub threshold: f64,
    /// Loops found.
    pub recall: Proportion,
}

/// Recall on the loops of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModeRecall {
    /// What was inserted.
    pub mode: String,
    /// Loops found, at the thresholds of [`QuietRecall::at`] in that order.
    pub at: Vec<Proportion>,
    /// Found by a verdict of at least `note`; none when the predictor gives no verdicts.
    pub note_or_review: Option<Proportion>,
    /// Found by the verdict `review`; none when the predictor gives no verdicts.
    pub review: Option<Proportion>,
}
