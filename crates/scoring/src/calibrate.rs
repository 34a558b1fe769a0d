//! **Conformal p-values**: how often a session of the reference scores as high as this one, in (0, 1].
//!
//! **Why it matters.** A score of .6 says nothing by itself. "3 of 2,400 reference sessions score as high" can be
//! defended, and it holds whatever the score measures.
//!
//! **How.** With reference rows of score `s_j` and weight `w_j`, and the judged session of score `s` and weight 1:
//!
//! ```text
//! p = (1 + sum of w_j over s_j >= s) / (1 + sum of w_j)          conservative
//! p = (sum of w_j over s_j > s + u (1 + sum of w_j over s_j = s)) / (1 + sum of w_j)    random ties, u in (0, 1]
//! ```
//!
//! With all weights 1 this is `(1 + #{s_j >= s}) / (n + 1)` of Bates, Candès, Lei, Romano and Sesia: Testing for
//! outliers with conformal p-values, Annals of Statistics 2023. Several windows cut from one session are not
//! independent; they weigh one together, as the groups of Lee, Barber and Willett: Distribution-free inference with
//! hierarchical data, 2023.
//!
//! **What holds.** If the judged session and the reference sessions are exchangeable, the conservative p is super-uniform:
//! `P(p <= a) <= a` for every a. With random ties and weights of 1 it is uniform: `P(p <= a) = a`. No p falls below
//! `1 / (1 + sum of w_j)`. p never rises with the score. A reference that contains waste stays valid and loses power.
//!
//! **When it misleads.** Sessions of another kind than those of the reference are not exchangeable with them. Hence the
//! strata: a session is compared with its own agent's sessions alone once they weigh enough.
//!
//! **Cost.** `O(n log n)` once, `O(log n)` a session, 16 bytes a row.
//!
//! Trimming the highest reference scores would make every p-value too small and is offered nowhere
//! ([`Calibrator`] says so to whoever asks).

mod basis;
mod calibrator;
mod cross_conformal;
mod empirical_null;
mod split_conformal;

use std::collections::BTreeMap;

pub use basis::{Basis, PValues};
pub use calibrator::{Calibrated, Calibrator};
pub use empirical_null::EmpiricalNull;

use crate::tuning::STRATUM_WEIGHT;

/// Reference scores of one axis: of all sessions, and by stratum.
///
/// ```
/// use goodhart_scoring::{Reference, Ties};
///
/// // 300 sessions of one agent that score 0, .001, .002, ...; 20 of another that score higher.
/// let rows = (0..320).map(|i| (if i < 300 { "a" } else { "b" }, f64::from(i) / 1000.0, 1.0));
/// let reference = Reference::new(rows);
///
/// let (stratum, tail) = reference.of("a");
/// assert_eq!((stratum, tail.weight()), (Some("a"), 300.0));
/// assert_eq!(tail.p_value(0.299, Ties::Conservative), 2.0 / 301.0);
///
/// // Twenty sessions are too few to stand alone.
/// assert_eq!(reference.of("b").0, None);
/// assert_eq!(reference.of("b").1.smallest_p(), 1.0 / 321.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    all: Tail,
    strata: BTreeMap<String, Tail>,
}

/// The upper tail of some weighted scores.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tail {
    /// Ascending.
    scores: Vec<f64>,
    /// Weight of the rows from here on; one more entry than scores, the last is 0.
    from_here: Vec<f64>,
}

/// What becomes of reference sessions with exactly the same score.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Ties {
    /// All of them count as higher: never too small a p.
    #[default]
    Conservative,
    /// A share of them does, drawn from this seed and the session's name: exactly uniform, and repeatable.
    Random {
        /// The seed.
        seed: u64,
        /// Hash of the session's id, so that sessions draw differently and the order of a batch does not matter.
        session: u64,
    },
}

impl Ties {
    /// The judged row, and the rows that count as higher, of those above and those that are reached.
    fn count(self, above: f64, reached: f64) -> f64 {
        match self {
            Ties::Conservative => 1.0 + reached,
            Ties::Random { seed, session } => above + uniform(seed, session) * (1.0 + reached - above),
        }
    }
}

impl Reference {
    /// From rows of stratum, score and weight, in any order.
    pub fn new<'a>(rows: impl IntoIterator<Item = (&'a str, f64, f64)>) -> Self {
        let key = |score, weight| u128::from(rank(score)) << 64 | u128::from(rank(weight));
        let mut rows: Vec<(u128, &str)> =
            rows.into_iter().map(|(stratum, score, weight)| (key(score, weight), stratum)).collect();
        rows.sort_unstable_by_key(|row| row.0);
        let row = |key: u128| (number((key >> 64) as u64), number(key as u64));
        let mut strata: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
        for &(key, stratum) in &rows {
            strata.entry(stratum).or_default().push(row(key));
        }
        let all = Tail::new(rows.into_iter().map(|(key, _)| row(key)).collect());
        let strata = strata.into_iter().map(|(name, rows)| (name.to_owned(), Tail::new(rows))).collect();
        Reference { all, strata }
    }

    /// What a session of this stratum is compared with: the stratum when it weighs at least 200 sessions, else all,
    /// named `None`. An empty name is no stratum.
    pub fn of(&self, stratum: &str) -> (Option<&str>, &Tail) {
        let own = self.strata.get_key_value(stratum).filter(|(name, _)| !name.is_empty());
        match own.filter(|(_, tail)| tail.weight() >= STRATUM_WEIGHT) {
            Some((name, tail)) => (Some(name), tail),
            None => (None, &self.all),
        }
    }
}

/// A number that is higher just when another is, by `total_cmp`: whole numbers are compared in one step.
fn rank(number: f64) -> u64 {
    let bits = number.to_bits();
    bits ^ if bits >> 63 == 0 { 1 << 63 } else { u64::MAX }
}

/// The number of a rank.
fn number(rank: u64) -> f64 {
    f64::from_bits(rank ^ if rank >> 63 == 1 { 1 << 63 } else { u64::MAX })
}

impl Tail {
    /// From rows of score and weight. Sorted by both, so that sums come out the same for every order of the rows.
    pub fn new(mut rows: Vec<(f64, f64)>) -> Self {
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut from_here = vec![0.0; rows.len() + 1];
        for (i, (_, weight)) in rows.iter().enumerate().rev() {
            from_here[i] = from_here[i + 1] + weight;
        }
        Tail { scores: rows.into_iter().map(|(score, _)| score).collect(), from_here }
    }

    /// Weight of all rows; the number of sessions when the rows of a session weigh one together.
    pub fn weight(&self) -> f64 {
        self.from_here.first().copied().unwrap_or(0.0)
    }

    /// The smallest p-value that this reference can give: `1 / (1 + weight)`.
    pub fn smallest_p(&self) -> f64 {
        1.0 / (1.0 + self.weight())
    }

    /// The p-value of a score, in (0, 1].
    pub fn p_value(&self, score: f64, ties: Ties) -> f64 {
        ties.count(self.above(score), self.reached(score)) / (1.0 + self.weight())
    }

    /// The score that this share of the weight, in [0, 1], does not exceed; `None` without rows.
    ///
    /// ```
    /// use goodhart_scoring::Tail;
    ///
    /// let tail = Tail::new((0..100).map(|i| (f64::from(i), 1.0)).collect());
    /// assert_eq!((tail.quantile(0.0), tail.quantile(0.95)), (Some(0.0), Some(94.0)));
    /// ```
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let above = (1.0 - share) * self.weight();
        // Weights of a third add up to a little more or less than their sum.
        let enough = |rest: &f64| *rest > above * (1.0 + 1e-12);
        let index = self.from_here.iter().skip(1).take_while(|rest| enough(rest)).count();
        self.scores.get(index.min(self.scores.len().saturating_sub(1))).copied()
    }

    /// The scores, ascending.
    pub(crate) fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Share of the weight that scores more than this, in [0, 1].
    pub(crate) fn share_above(&self, score: f64) -> f64 {
        self.above(score) / self.weight().max(f64::MIN_POSITIVE)
    }

    /// Weight of the rows that score at least this.
    fn reached(&self, score: f64) -> f64 {
        self.weight_from(self.scores.partition_point(|&known| known < score))
    }

    /// Weight of the rows that score more.
    fn above(&self, score: f64) -> f64 {
        self.weight_from(self.scores.partition_point(|&known| known <= score))
    }

    fn weight_from(&self, index: usize) -> f64 {
        self.from_here.get(index).copied().unwrap_or(0.0)
    }
}

/// A number in (0, 1] drawn from a seed and a session.
fn uniform(seed: u64, session: u64) -> f64 {
    let draw = xxhash_rust::xxh3::xxh3_64_with_seed(&session.to_le_bytes(), seed);
    ((draw >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;
    use statrs::distribution::{Binomial, DiscreteCDF};

    use super::{Reference, Tail, Ties};

    const RUNS: u64 = 20_000;

    fn tail(scores: &[f64]) -> Tail {
        Tail::new(scores.iter().map(|&score| (score, 1.0)).collect())
    }

    /// Shares of p-values at or below some levels, over many draws of a reference and one more session.
    fn reached(mut draw: impl FnMut(&mut Xoshiro256PlusPlus) -> f64) -> Vec<(f64, u64)> {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(7);
        let p: Vec<f64> = (0..RUNS).map(|_| draw(&mut dice)).collect();
        let at_most = |a: f64| p.iter().filter(|&&p| p <= a).count() as u64;
        [0.01, 0.05, 0.1, 0.25, 0.5, 0.9].map(|a| (a, at_most(a))).to_vec()
    }

    /// All but one in a million of what chance lets a share `a` of the runs come to.
    fn bounds(a: f64) -> (u64, u64) {
        let chance = Binomial::new(a, RUNS).unwrap();
        (chance.inverse_cdf(5e-7), chance.inverse_cdf(1.0 - 5e-7))
    }

    /// Scores as they are: half of them exactly 0.
    fn score(dice: &mut Xoshiro256PlusPlus) -> f64 {
        let score: f64 = dice.r#gen();
        if score < 0.5 { 0.0 } else { (score * 20.0).floor() / 20.0 }
    }

    /// Counted by hand.
    #[test]
    fn the_plain_formula_counts_equals_as_higher() {
        let tail = tail(&[0.1, 0.2, 0.2, 0.9]);
        let p = |score| tail.p_value(score, Ties::Conservative);
        assert_eq!([p(0.0), p(0.2), p(0.3), p(1.0)], [1.0, 0.8, 0.4, 0.2]);
        assert_eq!((tail.smallest_p(), p(f64::NAN)), (0.2, 1.0));
    }

    #[test]
    fn windows_of_one_session_weigh_one_together() {
        let rows = vec![(0.5, 1.0), (0.9, 0.25), (0.9, 0.25), (0.1, 0.25), (0.1, 0.25)];
        let p = Tail::new(rows).p_value(0.7, Ties::Conservative);
        assert_eq!(p, (1.0 + 0.5) / (1.0 + 2.0));
    }

    #[test]
    fn without_a_reference_nothing_is_rare() {
        let reference = Reference::new([]);
        assert_eq!(reference.of("a").1.p_value(1.0, Ties::Conservative), 1.0);
        assert_eq!(Tail::default().p_value(1.0, Ties::Conservative), 1.0);
    }

    #[test]
    fn sessions_of_unknown_agents_are_no_stratum() {
        let reference = Reference::new((0..500).map(|_| ("", 0.0, 1.0)));
        assert_eq!(reference.of("").0, None);
    }

    #[test]
    fn conservative_p_values_are_super_uniform() {
        let found = reached(|dice| {
            let rows: Vec<f64> = (0..60).map(|_| score(dice)).collect();
            tail(&rows).p_value(score(dice), Ties::Conservative)
        });
        for (a, count) in found {
            assert!(count <= bounds(a).1, "{count} of {RUNS} at or below {a}");
        }
    }

    #[test]
    fn with_random_ties_they_are_uniform() {
        let mut session = 0;
        let found = reached(|dice| {
            session += 1;
            let rows: Vec<f64> = (0..60).map(|_| score(dice)).collect();
            tail(&rows).p_value(score(dice), Ties::Random { seed: 3, session })
        });
        for (a, count) in found {
            let (low, high) = bounds(a);
            assert!(
                (low..=high).contains(&count),
                "{count} of {RUNS} at or below {a}: expected {low} to {high}"
            );
        }
    }

    /// Sessions differ more than the windows of one session do; one window of a new session is judged.
    #[test]
    fn windows_that_depend_on_each_other_keep_it_super_uniform() {
        let found = reached(|dice| {
            let rows = (0..40).flat_map(|_| {
                let (level, windows) = (score(dice), dice.gen_range(1..6));
                (0..windows)
                    .map(|_| (level + 0.1 * dice.r#gen::<f64>(), 1.0 / f64::from(windows)))
                    .collect::<Vec<_>>()
            });
            let tail = Tail::new(rows.collect());
            tail.p_value(score(dice) + 0.1 * dice.r#gen::<f64>(), Ties::Conservative)
        });
        for (a, count) in found {
            assert!(count <= bounds(a).1, "{count} of {RUNS} at or below {a}");
        }
    }

    proptest! {
        /// For all references: p lies in (0, 1], never rises with the score, and random ties only lower it.
        #[test]
        fn p_falls_as_the_score_rises(
            rows in prop::collection::vec((0.0..=1.0_f64, 0.01..=1.0_f64), 0..60),
            low in 0.0..=1.0_f64, step in 0.0..=1.0_f64, session: u64,
        ) {
            let tail = Tail::new(rows);
            for ties in [Ties::Conservative, Ties::Random { seed: 1, session }] {
                let (p, higher) = (tail.p_value(low, ties), tail.p_value(low + step, ties));
                prop_assert!(0.0 < higher && higher <= p && p <= 1.0);
                prop_assert!(p <= tail.p_value(low, Ties::Conservative));
            }
            prop_assert!(tail.p_value(low, Ties::Conservative) >= tail.smallest_p());
        }

        /// For all orders of the rows: the same bits.
        #[test]
        fn the_order_of_the_rows_does_not_matter(
            rows in prop::collection::vec((0.0..=1.0_f64, 0.01..=1.0_f64), 0..60),
        ) {
            let mut reversed = rows.clone();
            reversed.reverse();
            prop_assert_eq!(Tail::new(rows), Tail::new(reversed));
        }
    }
}
