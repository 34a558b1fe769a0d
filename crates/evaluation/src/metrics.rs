//! Metrics of scores against binary labels.
//!
//! Higher scores are to mean positive. Ties share one rank and form one threshold, so no metric depends on the
//! order of equal scores; a score that is not a number ranks last. A metric that the labels cannot define (one
//! class only, nothing of like length) is `None`.
//!
//! ```
//! use goodhart_evaluation::metrics::{Item, auroc, average_precision};
//!
//! let items = [(true, 0.9), (false, 0.8), (true, 0.7), (false, 0.1)].map(|(label, score)| Item::new(label, score));
//! assert_eq!(auroc(&items), Some(0.75));
//! assert_eq!(average_precision(&items), Some((1.0 + 2.0 / 3.0) / 2.0));
//! ```

use serde::Serialize;

/// Pairs are of like length when they differ by less than this share.
pub const LENGTH_TOLERANCE: f64 = 0.1;

/// Of very large samples the first so many items of each class are paired by length; bounds time and memory.
const PAIRED_ITEMS: usize = 3000;

/// A labelled and scored thing: a session, a step, a pair of steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    /// The label.
    pub positive: bool,
    /// The score, higher is to mean positive.
    pub score: f64,
    /// Length of its session in steps.
    pub length: f64,
}

impl Item {
    /// An item whose length does not matter.
    pub fn new(positive: bool, score: f64) -> Self {
        Item { positive, score, length: 1.0 }
    }

    /// The score by which it ranks: last when it is not a number.
    fn ranking_score(&self) -> f64 {
        if self.score.is_nan() { f64::NEG_INFINITY } else { self.score }
    }
}

/// Area under the ROC curve: the probability that a positive scores above a negative, a tie counting one half.
/// In [0, 1], 0.5 is chance.
///
/// ```text
/// AUROC = sum over pairs (i positive, j negative) of [s_i > s_j] + [s_i = s_j] / 2, over the number of pairs
/// ```
pub fn auroc(items: &[Item]) -> Option<f64> {
    Ranking::new(items).unweighted().auroc
}

/// Average precision, the area under the precision-recall curve by steps. In (0, 1]; chance is the share of
/// positives.
///
/// ```text
/// AP = sum over thresholds t, from high to low, of (R_t - R_previous) P_t
/// ```
pub fn average_precision(items: &[Item]) -> Option<f64> {
    Ranking::new(items).unweighted().average_precision
}

/// The best F1 over all thresholds, in (0, 1]. The threshold is chosen on the labels, so it flatters every
/// predictor.
///
/// ```text
/// F1 = max over thresholds of 2 TP / (flagged + positives)
/// ```
pub fn best_f1(items: &[Item]) -> Option<f64> {
    Ranking::new(items).unweighted().best_f1
}

/// AUROC over the pairs of a positive and a negative whose lengths differ by less than [`LENGTH_TOLERANCE`]:
/// what a score knows beyond length.
pub fn matched_auroc(items: &[Item]) -> Option<f64> {
    MatchedPairs::new(items).auroc(|_| 1.0)
}

/// Spearman correlation of score and label with the rank of length partialled out, in [-1, 1].
///
/// ```text
/// rho = (r_ys - r_yl r_sl) / sqrt((1 - r_yl^2) (1 - r_sl^2))
/// r   = correlation of ranks, ties at their mean rank
/// ```
pub fn partial_spearman(items: &[Item]) -> Option<f64> {
    let ranks_by = |value: fn(&Item) -> f64| ranks(&items.iter().map(value).collect::<Vec<_>>());
    let label = ranks_by(|item| f64::from(u8::from(item.positive)));
    let (score, length) = (ranks_by(Item::ranking_score), ranks_by(|item| item.length));
    let (ys, yl, sl) =
        (correlation(&label, &score)?, correlation(&label, &length)?, correlation(&score, &length)?);
    let unexplained = (1.0 - yl * yl) * (1.0 - sl * sl);
    (unexplained > 1e-12).then(|| (ys - yl * sl) / unexplained.sqrt())
}

/// What the order of the scores says about the labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct RankMetrics {
    /// See [`auroc`].
    pub auroc: Option<f64>,
    /// See [`average_precision`].
    pub average_precision: Option<f64>,
    /// See [`best_f1`].
    pub best_f1: Option<f64>,
}

/// The ROC curve from (0, 0) to (1, 1): false alarms and recall at every threshold, from high to low; empty unless there
/// are items of both classes.
///
/// ```
/// use goodhart_evaluation::metrics::{Item, roc_curve};
///
/// let items = [(true, 0.9), (false, 0.5), (true, 0.5)].map(|(label, score)| Item::new(label, score));
/// assert_eq!(roc_curve(&items), [(0.0, 0.0), (0.0, 0.5), (1.0, 1.0)]);
/// ```
pub fn roc_curve(items: &[Item]) -> Vec<(f64, f64)> {
    let counts = counts(items);
    let (positives, negatives) = counts.last().copied().unwrap_or_default();
    if positives * negatives == 0.0 {
        return Vec::new();
    }
    let at = counts.into_iter().map(|(hits, misses)| (misses / negatives, hits / positives));
    std::iter::once((0.0, 0.0)).chain(at).collect()
}

/// The precision-recall curve: recall and precision at every threshold, from high to low; empty without positives.
pub fn precision_recall_curve(items: &[Item]) -> Vec<(f64, f64)> {
    let counts = counts(items);
    let positives = counts.last().map_or(0.0, |(positives, _)| *positives);
    let counts = counts.into_iter().filter(|_| positives > 0.0);
    counts.map(|(hits, misses)| (hits / positives, hits / (hits + misses))).collect()
}

/// Positives and negatives flagged at every threshold, from high to low.
fn counts(items: &[Item]) -> Vec<(f64, f64)> {
    let Ranking { ranked } = Ranking::new(items);
    let ties = ranked.chunk_by(|a, b| a.score == b.score).map(|tie| class_weights(tie, |_| 1.0));
    ties.scan((0.0, 0.0), |(hits, misses), (p, n)| {
        (*hits, *misses) = (*hits + p, *misses + n);
        Some((*hits, *misses))
    })
    .collect()
}

/// The score that an item must reach for the best F1, the highest where several are as good; none without positives.
pub fn best_threshold(items: &[Item]) -> Option<f64> {
    let Ranking { ranked } = Ranking::new(items);
    let positives = items.iter().filter(|item| item.positive).count();
    let (mut hits, mut flagged) = (0, 0);
    let mut best: Option<(f64, f64)> = None;
    for tie in ranked.chunk_by(|a, b| a.score == b.score) {
        hits += tie.iter().filter(|item| item.positive).count();
        flagged += tie.len();
        let f1 = 2.0 * hits as f64 / (flagged + positives) as f64;
        if hits > 0 && best.is_none_or(|(most, _)| f1 > most) {
            best = Some((f1, tie[0].score));
        }
    }
    best.map(|(_, threshold)| threshold)
}

/// Labelled items from the highest score to the lowest: sorted once, measured under many weightings in linear
/// time.
#[derive(Debug, Clone)]
pub struct Ranking {
    ranked: Vec<Ranked>,
}

#[derive(Debug, Clone, Copy)]
struct Ranked {
    index: usize,
    positive: bool,
    score: f64,
}

impl Ranking {
    /// Sorts the items. Cost: O(n log n).
    pub fn new(items: &[Item]) -> Self {
        let numbered = items.iter().enumerate();
        let mut ranked: Vec<Ranked> = numbered
            .map(|(index, item)| Ranked { index, positive: item.positive, score: item.ranking_score() })
            .collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ranking { ranked }
    }

    /// The metrics when every item counts once.
    pub fn unweighted(&self) -> RankMetrics {
        self.weighted(|_| 1.0)
    }

    /// The metrics when item `i`, in the order they were given, counts `weight(i)` times; weights are not
    /// negative.
    pub fn weighted(&self, weight: impl Fn(usize) -> f64) -> RankMetrics {
        let positives: f64 =
            self.ranked.iter().filter(|item| item.positive).map(|item| weight(item.index)).sum();
        let (mut hits, mut misses, mut pairs_won, mut precision_sum, mut best_f1) =
            (0.0, 0.0, 0.0, 0.0, 0.0_f64);
        for tie in self.ranked.chunk_by(|a, b| a.score == b.score) {
            let (p, n) = class_weights(tie, &weight);
            pairs_won += n * (hits + p / 2.0);
            hits += p;
            misses += n;
            if p > 0.0 {
                precision_sum += p * hits / (hits + misses);
                best_f1 = best_f1.max(2.0 * hits / (hits + misses + positives));
            }
        }
        RankMetrics {
            auroc: (positives * misses > 0.0).then(|| pairs_won / (positives * misses)),
            average_precision: (positives > 0.0).then(|| precision_sum / positives),
            best_f1: (positives > 0.0).then_some(best_f1),
        }
    }
}

/// Total weight of the positives and of the negatives.
fn class_weights(items: &[Ranked], weight: impl Fn(usize) -> f64) -> (f64, f64) {
    items.iter().fold((0.0, 0.0), |(p, n), item| {
        let w = weight(item.index);
        if item.positive { (p + w, n) } else { (p, n + w) }
    })
}

/// The pairs of a positive and a negative of like length, found once, measured under many weightings.
#[derive(Debug, Clone)]
pub struct MatchedPairs {
    pairs: Vec<Pair>,
}

#[derive(Debug, Clone, Copy)]
struct Pair {
    positive: u32,
    negative: u32,
    /// 1 when the positive scores higher, 0.5 on a tie, else 0.
    won: f32,
}

impl MatchedPairs {
    /// Finds the pairs. Cost: O(positives x negatives), of each class at most 3,000.
    pub fn new(items: &[Item]) -> Self {
        let class = |wanted| {
            let members = items.iter().enumerate().filter(move |(_, item)| item.positive == wanted);
            members.take(PAIRED_ITEMS).map(|(index, item)| Paired::new(index as u32, item))
        };
        let negatives: Vec<Paired> = class(false).collect();
        let pairs = class(true).flat_map(|positive| {
            let alike = negatives.iter().filter(move |negative| positive.is_like(negative));
            alike.map(move |negative| Pair::new(&positive, negative))
        });
        MatchedPairs { pairs: pairs.collect() }
    }

    /// Number of pairs of like length.
    pub fn count(&self) -> usize {
        self.pairs.len()
    }

    /// AUROC over the pairs when item `i` counts `weight(i)` times.
    pub fn auroc(&self, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let (won, total) = self.pairs.iter().fold((0.0, 0.0), |(won, total), pair| {
            let w = weight(pair.positive as usize) * weight(pair.negative as usize);
            (won + w * f64::from(pair.won), total + w)
        });
        (total > 0.0).then(|| won / total)
    }
}

/// An item while pairs are sought.
#[derive(Debug, Clone, Copy)]
struct Paired {
    index: u32,
    score: f64,
    log_length: f64,
}

impl Paired {
    fn new(index: u32, item: &Item) -> Self {
        Paired { index, score: item.ranking_score(), log_length: item.length.max(1.0).ln() }
    }

    fn is_like(&self, other: &Paired) -> bool {
        (self.log_length - other.log_length).abs() < (1.0 + LENGTH_TOLERANCE).ln()
    }
}

impl Pair {
    fn new(positive: &Paired, negative: &Paired) -> Self {
        Pair { positive: positive.index, negative: negative.index, won: won(positive.score, negative.score) }
    }
}

fn won(positive: f64, negative: f64) -> f32 {
    f32::from(u8::from(positive > negative)) + 0.5 * f32::from(u8::from(positive == negative))
}

/// Ranks from 1, ties at their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tie in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let mean = below as f64 + (tie.len() as f64 + 1.0) / 2.0;
        tie.iter().for_each(|&i| ranks[i] = mean);
        below += tie.len();
    }
    ranks
}

/// Pearson correlation; none when a column is constant.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |column: &[f64]| column.iter().sum::<f64>() / column.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| f(a - mean_a, b - mean_b)).sum()
    };
    let (ab, aa, bb) = (sum(&|a, b| a * b), sum(&|a, _| a * a), sum(&|_, b| b * b));
    (aa > 0.0 && bb > 0.0).then(|| (ab / (aa * bb).sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-12)
    }

    fn items<const N: usize>(items: [(bool, f64, f64); N]) -> [Item; N] {
        items.map(|(positive, score, length)| Item { positive, score, length })
    }

    #[test]
    fn hand_computed_values_with_ties() {
        let items = [(true, 4.0), (true, 3.0), (false, 3.0), (true, 2.0), (false, 1.0), (false, 0.0)]
            .map(|(positive, score)| Item::new(positive, score));
        // pairs won by each positive: 3, 2.5, 2 of 3
        assert!(close(auroc(&items), 7.5 / 9.0));
        // thresholds 4, 3, 2: recall 1/3, 2/3, 1; precision 1, 2/3, 3/4
        assert!(close(average_precision(&items), (1.0 + 2.0 / 3.0 + 0.75) / 3.0));
        // at threshold 2: 2*3 / (4 + 3)
        assert!(close(best_f1(&items), 6.0 / 7.0));
        assert_eq!(best_threshold(&items), Some(2.0));
        let third = 1.0 / 3.0;
        assert_eq!(
            roc_curve(&items),
            [(0.0, 0.0), (0.0, third), (third, 2.0 / 3.0), (third, 1.0), (2.0 / 3.0, 1.0), (1.0, 1.0)]
        );
        let curve = precision_recall_curve(&items);
        assert_eq!(curve[..3], [(third, 1.0), (2.0 / 3.0, 2.0 / 3.0), (1.0, 0.75)]);
        assert_eq!(best_threshold(&[Item::new(false, 1.0)]), None);
    }

    #[test]
    fn matched_auroc_sees_pairs_of_like_length_only() {
        let alike = items([(true, 0.9, 100.0), (true, 0.1, 50.0), (false, 0.5, 105.0), (false, 0.6, 54.0)]);
        // (100, 105) won, (50, 54) lost; the pair (50, 105) and the pair (100, 54) do not count
        assert!(close(matched_auroc(&alike), 0.5));
        assert_eq!(MatchedPairs::new(&alike).count(), 2);
        assert_eq!(matched_auroc(&items([(true, 0.9, 1.0), (false, 0.5, 4.0)])), None);
    }

    #[test]
    fn partial_spearman_equals_the_formula_on_known_ranks() {
        // ranks: label 1.5 1.5 3.5 3.5, score 1 2 3 4, length 1 3 2 4
        let known = items([(false, 1.0, 1.0), (false, 2.0, 30.0), (true, 3.0, 20.0), (true, 4.0, 400.0)]);
        let (ys, yl, sl) = (2.0 / 5.0_f64.sqrt(), 1.0 / 5.0_f64.sqrt(), 0.8);
        let rho = (ys - yl * sl) / ((1.0 - yl * yl) * (1.0 - sl * sl)).sqrt();
        assert!(close(partial_spearman(&known), rho));
    }

    #[test]
    fn what_is_not_defined_is_none() {
        assert_eq!(auroc(&[Item::new(true, 1.0), Item::new(true, 2.0)]), None);
        assert_eq!(average_precision(&[Item::new(false, 1.0)]), None);
        assert_eq!(auroc(&[]), None);
        assert!(
            roc_curve(&[Item::new(true, 1.0)]).is_empty()
                && precision_recall_curve(&[Item::new(false, 1.0)]).is_empty()
        );
        assert_eq!(partial_spearman(&items([(true, 1.0, 1.0), (false, 1.0, 2.0)])), None);
        assert_eq!(partial_spearman(&items([(true, 1.0, 1.0), (false, 2.0, 2.0), (true, 4.0, 4.0)])), None);
    }

    #[test]
    fn what_has_no_score_ranks_last() {
        for missing in [f64::NEG_INFINITY, f64::NAN] {
            let items = [Item::new(true, missing), Item::new(false, 0.0), Item::new(false, missing)];
            assert!(close(auroc(&items), 0.25));
            assert!(close(matched_auroc(&items), 0.25));
        }
    }

    fn sample() -> impl Strategy<Value = Vec<Item>> {
        let item = (any::<bool>(), -20..20_i32, 1..30_u8).prop_map(|(positive, score, length)| Item {
            positive,
            score: f64::from(score),
            length: f64::from(length),
        });
        prop::collection::vec(item, 2..60)
    }

    fn rescored(items: &[Item], score: impl Fn(&Item) -> f64) -> Vec<Item> {
        items.iter().map(|item| Item { score: score(item), ..*item }).collect()
    }

    proptest! {
        /// No metric changes under a strictly increasing map of the scores.
        #[test]
        fn only_the_order_of_scores_matters(items in sample()) {
            let bent = rescored(&items, |item| (item.score / 7.0).exp() - 3.0);
            prop_assert_eq!(Ranking::new(&items).unweighted(), Ranking::new(&bent).unweighted());
            prop_assert_eq!(matched_auroc(&items), matched_auroc(&bent));
            prop_assert_eq!(partial_spearman(&items), partial_spearman(&bent));
        }

        /// AUROC equals its definition over all pairs; a constant score gets 0.5, a negated one the complement.
        #[test]
        fn auroc_equals_the_share_of_pairs_won(items in sample()) {
            let class = |wanted: bool| items.iter().filter(move |item| item.positive == wanted);
            let pairs: Vec<_> = class(true).flat_map(|p| class(false).map(move |n| (p.score, n.score))).collect();
            prop_assume!(!pairs.is_empty());
            let wins: f64 = pairs.iter().map(|&(p, n)| f64::from(won(p, n))).sum();
            let share = wins / pairs.len() as f64;
            prop_assert!(close(auroc(&items), share));
            prop_assert_eq!(auroc(&rescored(&items, |_| 1.0)), Some(0.5));
            prop_assert!(close(auroc(&rescored(&items, |item| -item.score)), 1.0 - share));
        }

        /// A weight of two equals giving the item twice; a weight of zero equals leaving it out.
        #[test]
        fn weights_are_multiplicities(items in sample(), weights in prop::collection::vec(0..3_usize, 60)) {
            let numbered = items.iter().zip(&weights);
            let repeated: Vec<_> = numbered.flat_map(|(item, &n)| std::iter::repeat_n(*item, n)).collect();
            let weighted = Ranking::new(&items).weighted(|i| weights[i] as f64);
            let plain = Ranking::new(&repeated).unweighted();
            let matched = MatchedPairs::new(&items).auroc(|i| weights[i] as f64);
            for (a, b) in [
                (weighted.auroc, plain.auroc),
                (weighted.average_precision, plain.average_precision),
                (weighted.best_f1, plain.best_f1),
                (matched, matched_auroc(&repeated)),
            ] {
                prop_assert_eq!(a.is_some(), b.is_some());
                prop_assert!(b.is_none_or(|b| close(a, b)));
            }
        }

        /// All metrics stay inside their ranges, and a perfect score reaches the top.
        #[test]
        fn ranges_hold(items in sample()) {
            let RankMetrics { auroc, average_precision, best_f1 } = Ranking::new(&items).unweighted();
            for value in [auroc, average_precision, best_f1].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&value));
            }
            prop_assert!(partial_spearman(&items).is_none_or(|rho| rho.abs() <= 1.0 + 1e-9));
            let truth = rescored(&items, |item| f64::from(u8::from(item.positive)));
            let perfect = Ranking::new(&truth).unweighted();
            prop_assert!(perfect.auroc.is_none_or(|value| value == 1.0));
            prop_assert!(perfect.average_precision.is_none_or(|value| value == 1.0));
        }
    }
}
