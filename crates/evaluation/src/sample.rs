//! The labelled items of one target, with the scores of one predictor.

use std::collections::{BTreeMap, HashMap};

use crate::labels::{Axis, Label, Target, Truth};
use crate::metrics::Item;
use crate::predictions::Predictions;

/// The name under which the baseline is reported.
pub(crate) const LENGTH: &str = "length";

/// Who scores.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Predictor<'a> {
    /// The baseline: a session by its length, a step by its place.
    Length,
    /// What a file says.
    File(&'a Predictions),
}

impl Predictor<'_> {
    pub(crate) fn session(self, label: &Label, axis: Axis) -> Option<f64> {
        match self {
            Predictor::Length => Some(label.length),
            Predictor::File(predictions) => predictions.session(&label.session)?.score(axis),
        }
    }

    /// The score of the step `call`, which is number `place` of the labelled steps of its session.
    fn step(self, label: &Label, place: usize, call: &str, axis: Axis) -> Option<f64> {
        let Predictor::File(predictions) = self else { return Some(place as f64) };
        let step = predictions.step(&label.session, call)?;
        let of_pair = matches!(label.truth, Truth::Pairs(_));
        if of_pair { step.score_against_previous(axis) } else { step.score(axis) }
    }
}

/// The baseline and then every file, with their names.
pub(crate) fn predictors(files: &[(String, Predictions)]) -> Vec<(&str, Predictor<'_>)> {
    let files = files.iter().map(|(name, predictions)| (name.as_str(), Predictor::File(predictions)));
    std::iter::once((LENGTH, Predictor::Length)).chain(files).collect()
}

/// Items with their group and cluster; the three columns are of equal length.
#[derive(Debug, Default)]
pub(crate) struct Sample<'a> {
    /// Scored minus infinity where the predictor says nothing: ranked last.
    pub(crate) items: Vec<Item>,
    pub(crate) cluster: Vec<usize>,
    group: Vec<&'a str>,
}

impl<'a> Sample<'a> {
    pub(crate) fn collect(target: &Target, labels: &'a [Label], predictor: Predictor<'_>) -> Self {
        let mut clusters = HashMap::new();
        let mut sample = Sample::default();
        for label in labels {
            let next = clusters.len();
            let cluster = *clusters.entry(label.cluster()).or_insert(next);
            for item in items(label, target.axis, predictor) {
                sample.push(item, cluster, &label.group);
            }
        }
        sample
    }

    /// Number of clusters of a target: it is the same for every predictor.
    pub(crate) fn clusters(&self) -> usize {
        self.cluster.iter().max().map_or(0, |last| last + 1)
    }

    /// Share of the items that the predictor scored, in [0, 1].
    pub(crate) fn coverage(&self) -> f64 {
        let scored = self.items.iter().filter(|item| item.score.is_finite()).count();
        scored as f64 / self.items.len().max(1) as f64
    }

    /// The groups, sorted by name, each with its items in their order.
    pub(crate) fn by_group(&self) -> BTreeMap<&'a str, Sample<'a>> {
        let mut groups: BTreeMap<&str, Sample<'_>> = BTreeMap::new();
        for ((&item, &cluster), &group) in self.items.iter().zip(&self.cluster).zip(&self.group) {
            groups.entry(group).or_default().push(item, cluster, group);
        }
        groups
    }

    fn push(&mut self, item: Item, cluster: usize, group: &'a str) {
        self.items.push(item);
        self.cluster.push(cluster);
        self.group.push(group);
    }
}

/// The items of a label.
fn items(label: &Label, axis: Axis, predictor: Predictor<'_>) -> Vec<Item> {
    let item = |positive, score: Option<f64>| Item {
        positive,
        score: score.unwrap_or(f64::NEG_INFINITY),
        length: label.length,
    };
    match &label.truth {
        Truth::Session(positive) => vec![item(*positive, predictor.session(label, axis))],
        Truth::Pairs(calls) | Truth::Steps(calls) => {
            let numbered = calls.iter().enumerate();
            numbered
                .map(|(n, (call, positive))| item(*positive, predictor.step(label, n, call, axis)))
                .collect()
        }
        Truth::Honest => Vec::new(),
    }
}
