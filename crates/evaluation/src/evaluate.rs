//! Labels and predictions in, a report out.

use serde::Serialize;

use crate::intervals::{bootstrap_weights, percentile_interval};
use crate::labels::{Kind, Label, Labels, Target};
use crate::metrics::{MatchedPairs, Ranking, partial_spearman};
use crate::predictions::Predictions;
use crate::report::{Estimate, Report, Row, Table};
use crate::sample::{Predictor, Sample, predictors};
use crate::{Share, controls, detection};

/// The row that compares inside every group and averages over them.
pub(crate) const ALL: &str = "ALL";

/// How to evaluate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Options {
    /// Only targets whose `split.corpus.name` contains this; default: all.
    pub target: Option<String>,
    /// Repetitions of the bootstrap; default 300. Fewer than 21 give no intervals.
    pub repetitions: usize,
    /// Seed of the bootstrap; default 1.
    pub seed: u64,
    /// Recall on the spliced loops at whose threshold the controls are judged; default 0.9.
    pub fa_recall: Share,
    /// A threshold on `loop_score` at which the controls are judged too; default: none.
    pub flag_at: Option<f64>,
    /// No bootstrap, and of several groups only their mean; default: false.
    pub brief: bool,
}

impl Default for Options {
    fn default() -> Self {
        let fa_recall = Share::NINE_TENTHS;
        Options { target: None, repetitions: 300, seed: 1, fa_recall, flag_at: None, brief: false }
    }
}

impl Options {
    pub(crate) fn wants(&self, target: &Target) -> bool {
        self.target.as_ref().is_none_or(|part| target.to_string().contains(part.as_str()))
    }
}

/// Measures every predictor, named, against the labels. The baseline `length` is measured first and always.
///
/// The result depends on nothing but the arguments; a target, group or predictor about which nothing can be
/// said has no row.
pub fn evaluate(labels: &Labels, predictions: &[(String, Predictions)], options: &Options) -> Report {
    let predictors = predictors(predictions);
    let ranked = labels.iter().filter(|(target, _)| target.kind != Kind::Control && options.wants(target));
    Report {
        schema: Report::SCHEMA.to_owned(),
        brief: options.brief,
        tables: ranked.flat_map(|(target, labels)| tables(target, labels, &predictors, options)).collect(),
        controls: controls::flagged(labels, &predictors, options),
        recall: controls::recall(labels, &predictors),
        detection: detection::detection(labels.cases(), &predictors, options),
    }
}

/// The tables of one target: one a group, then `ALL`.
fn tables(
    target: &Target,
    labels: &[Label],
    predictors: &[(&str, Predictor<'_>)],
    options: &Options,
) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut weights = None;
    for &(name, predictor) in predictors {
        let sample = Sample::collect(target, labels, predictor);
        let repetitions = if options.brief { 0 } else { options.repetitions };
        // Drawn once a target: every predictor meets the same resamples.
        let weights =
            weights.get_or_insert_with(|| bootstrap_weights(sample.clusters(), repetitions, options.seed));
        for measured in measure(&sample, target.kind, weights) {
            place(&mut tables, target, name, sample.coverage(), measured);
        }
    }
    if options.brief && tables.len() > 1 {
        tables.retain(|table| table.group == ALL);
    }
    tables
}

/// Puts a row into the table of its group.
fn place(tables: &mut Vec<Table>, target: &Target, predictor: &str, coverage: f64, measured: Measured<'_>) {
    let Measured { group, n, positives, .. } = measured;
    let row = measured.row(predictor, coverage);
    match tables.iter_mut().find(|table| table.group == group) {
        Some(table) => table.rows.push(row),
        None => tables.push(Table {
            target: target.clone(),
            group: group.to_owned(),
            n,
            positives,
            rows: vec![row],
        }),
    }
}

/// What was measured in one group, or in all.
struct Measured<'a> {
    group: &'a str,
    n: usize,
    positives: usize,
    matched_pairs: usize,
    partial_spearman: Option<f64>,
    point: Metrics,
    /// One entry a repetition of the bootstrap.
    resampled: Vec<Metrics>,
}

/// AUROC, average precision, best F1, AUROC at like length: the metrics that are averaged over groups and
/// resampled.
type Metrics = [Option<f64>; 4];

/// Every group with both classes, then their mean when there are several. Nothing when nothing was scored.
fn measure<'a>(sample: &Sample<'a>, kind: Kind, weights: &[Vec<f64>]) -> Vec<Measured<'a>> {
    if sample.coverage() == 0.0 {
        return Vec::new();
    }
    let groups = sample.by_group();
    let mut measured: Vec<Measured<'a>> =
        groups.iter().filter_map(|(name, group)| measure_group(name, group, kind, weights)).collect();
    if measured.len() > 1 {
        measured.push(mean_of_groups(&measured, weights.len()));
    }
    measured
}

fn measure_group<'a>(
    name: &'a str,
    group: &Sample<'a>,
    kind: Kind,
    weights: &[Vec<f64>],
) -> Option<Measured<'a>> {
    let Sample { items, cluster, .. } = group;
    let (n, positives) = (items.len(), items.iter().filter(|item| item.positive).count());
    if positives == 0 || positives == n {
        return None;
    }
    let ranking = Ranking::new(items);
    // Steps of one session share its length, so only sessions are matched.
    let pairs = (kind == Kind::Session).then(|| MatchedPairs::new(items));
    let metrics = |weight: &dyn Fn(usize) -> f64| {
        let ranked = ranking.weighted(weight);
        let matched = pairs.as_ref().and_then(|pairs| pairs.auroc(weight));
        [ranked.auroc, ranked.average_precision, ranked.best_f1, matched]
    };
    Some(Measured {
        group: name,
        n,
        positives,
        matched_pairs: pairs.as_ref().map_or(0, MatchedPairs::count),
        partial_spearman: pairs.as_ref().and_then(|_| partial_spearman(items)),
        point: metrics(&|_| 1.0),
        resampled: weights.iter().map(|weight| metrics(&|item| weight[cluster[item]])).collect(),
    })
}

fn mean_of_groups<'a>(groups: &[Measured<'a>], repetitions: usize) -> Measured<'a> {
    Measured {
        group: ALL,
        n: groups.iter().map(|group| group.n).sum(),
        positives: groups.iter().map(|group| group.positives).sum(),
        matched_pairs: groups.iter().map(|group| group.matched_pairs).sum(),
        // Lengths of different groups do not compare.
        partial_spearman: None,
        point: mean(groups, |group| &group.point),
        resampled: (0..repetitions).map(|r| mean(groups, |group| &group.resampled[r])).collect(),
    }
}

/// Mean over the groups in which a metric is defined, weighted by their positives.
fn mean<'m>(groups: &'m [Measured<'_>], metrics: impl Fn(&'m Measured<'_>) -> &'m Metrics) -> Metrics {
    std::array::from_fn(|metric| {
        let defined =
            groups.iter().filter_map(|group| Some((group.positives as f64, metrics(group)[metric]?)));
        let (sum, weight) = defined.fold((0.0, 0.0), |(sum, total), (w, value)| (sum + w * value, total + w));
        (weight > 0.0).then(|| sum / weight)
    })
}

impl Measured<'_> {
    fn row(&self, predictor: &str, coverage: f64) -> Row {
        Row {
            predictor: predictor.to_owned(),
            coverage,
            auroc: self.estimate(0),
            average_precision: self.estimate(1),
            best_f1: self.estimate(2),
            matched_auroc: self.estimate(3),
            matched_pairs: self.matched_pairs,
            partial_spearman: self.partial_spearman,
        }
    }

    fn estimate(&self, metric: usize) -> Estimate {
        let defined = self.resampled.iter().filter_map(|metrics| metrics[metric]).collect();
        Estimate::new(self.point[metric], percentile_interval(defined))
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Options, evaluate};
    use crate::{Labels, Predictions, Report, Share, read_labels, read_predictions};

    /// Two groups whose scores do not compare: inside each the order is mostly right, across it is wrong.
    fn two_groups() -> (Labels, Predictions) {
        let (mut labels, mut predictions) = (String::new(), String::new());
        for (group, offset) in [("low", 0.0), ("high", 10.0)] {
            for n in 0..20_u32 {
                let (id, label, score) =
                    (format!("{group}-{n}"), u32::from(n >= 15), offset + f64::from(n % 17));
                labels += &format!(
                    r#"{{"session_id":"{id}","split":"dev","corpus":"c","group":"{group}","target":"t","kind":"session",
                       "length":{},"label":{label},"pair_of":"p{}"}}"#,
                    5 + n % 3,
                    n % 7
                )
                .replace('\n', " ");
                labels += "\n";
                predictions += &format!("{{\"session_id\":\"{id}\",\"loop_score\":{score}}}\n");
            }
        }
        (read_labels(labels.as_bytes()).unwrap(), read_predictions(predictions.as_bytes()).unwrap())
    }

    fn report(options: &Options) -> Report {
        let (labels, predictions) = two_groups();
        evaluate(&labels, &[("mine".to_owned(), predictions)], options)
    }

    #[test]
    fn groups_are_compared_inside_and_averaged_by_positives() {
        let report = report(&Options::default());
        let groups: Vec<_> = report.tables.iter().map(|table| table.group.as_str()).collect();
        assert_eq!(groups, ["high", "low", ALL]);
        let aurocs: Vec<_> = report.tables.iter().map(|table| table.rows[1].auroc.value.unwrap()).collect();
        // n = 15, 16 score 15, 16; n = 17, 18, 19 score 0, 1, 2: pairs won 15, 15, 0.5, 1.5, 2.5 of 15
        assert!(aurocs.iter().all(|auroc| (auroc - 34.5 / 75.0).abs() < 1e-12), "{aurocs:?}");
        assert_eq!((report.tables[2].n, report.tables[2].positives), (40, 10));
        assert_eq!(report.tables[2].rows[1].partial_spearman, None);
    }

    #[test]
    fn intervals_hold_the_value_and_depend_on_the_seed_alone() {
        let (first, again) = (report(&Options::default()), report(&Options::default()));
        assert_eq!(first, again);
        let auroc = first.tables[2].rows[1].auroc;
        assert!(auroc.low < auroc.value && auroc.value < auroc.high);
        assert_ne!(first, report(&Options { seed: 2, ..Options::default() }));
    }

    #[test]
    fn brief_keeps_the_mean_and_drops_the_intervals() {
        let report = report(&Options { brief: true, ..Options::default() });
        assert_eq!(report.tables.len(), 1);
        assert_eq!((report.tables[0].group.as_str(), report.tables[0].rows[1].auroc.low), (ALL, None));
    }

    #[test]
    fn the_filter_leaves_out_other_targets_and_the_unscored_has_no_row() {
        let (labels, _) = two_groups();
        let nothing = [("nothing".to_owned(), Predictions::default())];
        let options = Options { target: Some("dev.c.t".into()), ..Options::default() };
        assert!(evaluate(&labels, &nothing, &options).tables.iter().all(|table| table.rows.len() == 1));
        let options = Options { target: Some("other".into()), ..Options::default() };
        assert!(evaluate(&labels, &nothing, &options).tables.is_empty());
    }

    #[test]
    fn missing_predictions_rank_last_and_lower_the_coverage() {
        let (labels, _) = two_groups();
        let predictions =
            read_predictions("{\"session_id\":\"low-19\",\"loop_score\":0.1}\n".as_bytes()).unwrap();
        let report = evaluate(&labels, &[("mine".to_owned(), predictions)], &Options::default());
        let low = &report.tables[1].rows[1];
        assert_eq!(low.coverage, 1.0 / 40.0);
        // one of five positives wins all, the other four tie with every negative
        assert!((low.auroc.value.unwrap() - (1.0 + 4.0 * 0.5) / 5.0).abs() < 1e-12);
    }

    #[test]
    fn controls_are_judged_at_the_recall_of_the_spliced_loops() {
        let label = |id: usize, target: &str, rest: &str| {
            format!(
                "{{\"session_id\":\"{target}{id}\",\"split\":\"dev\",\"corpus\":\"spliced\",\"group\":\"g\",\
                 \"length\":9,\"target\":\"{target}\",{rest}}}\n"
            )
        };
        let loops = |id| label(id, "loop", "\"kind\":\"session\",\"label\":1,\"mode\":\"cycle\"");
        let labels: String =
            (0..10).map(loops).chain((0..40).map(|id| label(id, "plain", "\"kind\":\"control\""))).collect();
        let score = |target: &str, n: usize, score: f64, verdict: &str| {
            format!("{{\"session_id\":\"{target}{n}\",\"loop_score\":{score},\"verdict\":\"{verdict}\"}}\n")
        };
        // Loops score 0, 10 .. 90, controls 0 .. 39.
        let predictions: String = (0..10)
            .map(|n| score("loop", n, 10.0 * n as f64, if n > 6 { "review" } else { "ok" }))
            .chain((0..40).map(|n| score("plain", n, n as f64, if n == 39 { "note" } else { "ok" })))
            .collect();
        let labels = read_labels(labels.as_bytes()).unwrap();
        let predictions = read_predictions(predictions.as_bytes()).unwrap();
        let options =
            Options { fa_recall: Share::try_from(0.5).unwrap(), flag_at: Some(30.0), ..Options::default() };
        let report = evaluate(&labels, &[("mine".to_owned(), predictions)], &options);
        let row = &report.controls[1];
        // half of the loops reach 45
        assert_eq!(row.at_recall.unwrap().hits, 0);
        assert_eq!(row.at_threshold.unwrap().hits, 10);
        assert_eq!((row.note_or_review.unwrap().hits, row.review.unwrap().hits), (1, 0));
        assert_eq!(report.controls[0].at_recall.unwrap().hits, 40);
        // thresholds 38.61 and 37.05; loops above: 40 .. 90
        let recall = &report.recall[0];
        assert_eq!((recall.at[0].recall.hits, recall.at[1].recall.hits), (6, 6));
        assert!(
            (recall.at[0].threshold - 38.61).abs() < 1e-9 && (recall.at[1].threshold - 37.05).abs() < 1e-9
        );
        assert_eq!(recall.modes[0].review.unwrap().hits, 3);
    }
}
