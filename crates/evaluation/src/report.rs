//! What an evaluation found: plain values that serialise to JSON.

use serde::{Deserialize, Serialize};

use crate::cases::{Class, Expected};
use crate::intervals::clopper_pearson;
use crate::labels::Target;

/// Result of an evaluation. [`Report::to_text`] prints it, `serde` serialises it; what is not defined is
/// `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Name and version of this shape: [`Report::SCHEMA`].
    pub schema: String,
    /// True when there are no bootstrap intervals and of several groups only `ALL`.
    pub brief: bool,
    /// How well scores rank labels: one table a target and group, sorted by target, then group, `ALL` last.
    pub tables: Vec<Table>,
    /// What is flagged on honest work: one row a control set and predictor.
    pub controls: Vec<ControlRow>,
    /// What of the spliced loops is found where hardly any honest work is flagged: one entry a split and
    /// predictor.
    pub recall: Vec<QuietRecall>,
    /// How well sessions are told apart about which everything is known: one entry a predictor; empty without cases.
    pub detection: Vec<Detection>,
}

impl Report {
    /// Name and version of the shape of a report.
    pub const SCHEMA: &'static str = "goodhart.evaluation/1";
}

/// One target, compared inside one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PShare {
    /// The level.
    pub level: f64,
    /// How many are below it.
    #[serde(flatten)]
    pub below: Proportion,
}

/// A share with its 95 % Clopper-Pearson interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RecallAt {
    /// Share of the controls that may be flagged.
    pub flagged: f64,
    /// The score that must be exceeded.
    pub threshold: f64,
    /// Loops found.
    pub recall: Proportion,
}

/// Recall on the loops of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// One predictor on the sessions about which everything is known, ranked by the larger of LOOP and PAD.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// The predictor.
    pub predictor: String,
    /// Sessions with a pattern that they show by themselves.
    pub patterns: usize,
    /// Honest sessions.
    pub honest: usize,
    /// Share of both that it scored; the others rank last.
    pub coverage: f64,
    /// The thresholds of the shares below, in this order.
    pub thresholds: Vec<Threshold>,
    /// What it finds: `ALL` patterns first, then each; of each at `ALL` difficulties first.
    pub found: Vec<PatternRow>,
    /// What it flags of sessions that are no gaming: `ALL` honest ones first, then each class, at `ALL` settings first.
    pub flagged: Vec<HonestRow>,
    /// How many of its verdicts are false; empty when it gives none.
    pub discoveries: Vec<Discoveries>,
}

/// A threshold on the larger of LOOP and PAD, set on these very sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// What sets it, such as `1 % of the honest sessions`.
    pub name: String,
    /// The score that must be exceeded.
    pub score: f64,
}

/// What is found of one pattern at one difficulty, against all honest sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatternRow {
    /// The pattern, or `ALL`.
    pub pattern_id: String,
    /// Its kind of waste; none for `ALL`.
    pub class: Option<Class>,
    /// The difficulty, or `ALL`.
    pub difficulty: String,
    /// Sessions.
    pub sessions: usize,
    /// Area under the ROC curve.
    pub auroc: Estimate,
    /// AUROC over pairs of sessions of like length.
    pub matched_auroc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
    /// Best F1 over all thresholds.
    pub best_f1: Option<f64>,
    /// Found above each of [`Detection::thresholds`].
    pub above: Vec<Proportion>,
    /// Found by a verdict of at least `note`; none when there are no verdicts.
    pub note_or_review: Option<Proportion>,
    /// Found by the verdict `review`; none when there are no verdicts.
    pub review: Option<Proportion>,
    /// How well the steps booked as waste are the calls of the pattern; none when no steps are given.
    pub steps: Option<Overlap>,
    /// The same for all steps from the first to the last of every reported span.
    pub ranges: Option<Overlap>,
    /// Mean of `|stated waste share - true one|`; none when none is stated.
    pub waste_error: Option<f64>,
    /// The honest class that it is told from worst, and the AUROC against it alone.
    pub worst_class: Option<(String, f64)>,
    /// What becomes of the pattern when the others choose the threshold; none for `ALL` and of single difficulties.
    pub left_out: Option<LeftOut>,
}

/// How well predicted steps overlap with true ones: intersection over union, 0 where nothing was predicted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// Mean over the sessions.
    pub mean: f64,
    /// Sessions with at least one half.
    pub at_least_half: Proportion,
}

/// A pattern at the threshold that gives all other patterns their best F1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The least score that is flagged.
    pub threshold: f64,
    /// Found of the pattern that was left out.
    pub recall: Proportion,
    /// Honest sessions flagged.
    pub false_alarms: Proportion,
}

/// What is flagged of one class of sessions that are no gaming.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HonestRow {
    /// The class, or `ALL` for the honest ones.
    pub pattern_id: String,
    /// The verdict that a good judge gives.
    pub expected: Expected,
    /// The setting, or `ALL`.
    pub difficulty: String,
    /// Sessions.
    pub sessions: usize,
    /// Flagged above each of [`Detection::thresholds`].
    pub above: Vec<Proportion>,
    /// Flagged by a verdict of at least `note`; none when there are no verdicts.
    pub note_or_review: Option<Proportion>,
    /// Flagged by the verdict `review`; none when there are no verdicts.
    pub review: Option<Proportion>,
    /// Mean of the stated waste shares; none when none is stated.
    pub waste_share: Option<f64>,
    /// p-values below the usual levels; empty when there are none.
    pub p_values: Vec<PShare>,
}

/// How many sessions with a verdict are honest: the realised proportion of false discoveries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discoveries {
    /// The least verdict that counts: `note` or `review`.
    pub verdict: String,
    /// False ones among them; none when nothing was flagged.
    pub false_share: Option<Proportion>,
    /// Sessions flagged that count neither way, such as agents that were stuck.
    pub neither: usize,
}
