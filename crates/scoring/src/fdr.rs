//! **False-discovery control** over a batch: q-values of Benjamini and Hochberg, and whether a reference is large
//! enough for them to reject anything.
//!
//! **Why it matters.** Of 1,000 honest sessions fifty have p <= .05. A batch that names sessions must say how many of
//! them chance would have named.
//!
//! **How.** With p-values sorted ascending, `q_(i) = min over j >= i of m p_(j) / j`, at most 1. Naming all sessions with
//! `q <= level` keeps the mean share of false ones at or below the level; p-values against one common reference depend
//! on each other in the way that the procedure allows (Bates et al. 2023). Benjamini and Hochberg: Controlling the false
//! discovery rate, Journal of the Royal Statistical Society B 1995. `O(m log m)`.
//!
//! **When it misleads.** A p-value cannot be smaller than the reference allows, so in a large batch q may be unable to
//! reject at all: see [`Shortfall`].

use std::fmt;

/// The q-value of each p-value, in the same order.
///
/// ```
/// use goodhart_scoring::q_values;
///
/// let q = q_values(&[0.01, 0.8, 0.02, 0.5]);
/// assert_eq!(q, [0.04, 0.8, 0.04, 2.0 / 3.0]);
/// ```
pub fn q_values(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut q = vec![1.0; p_values.len()];
    let mut smallest: f64 = 1.0;
    for (rank, &index) in order.iter().enumerate().rev() {
        let ratio = p_values[index] * p_values.len() as f64 / (rank + 1) as f64;
        smallest = smallest.min(ratio);
        q[index] = smallest;
    }
    q
}

/// A reference that is too small for a batch: even sessions that score above all of it get no q at the level.
///
/// Prints as a warning with the numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shortfall {
    /// Sessions of the reference.
    pub reference: f64,
    /// Sessions that are judged together.
    pub batch: usize,
    /// Sessions that would have to be named together.
    pub rejections: usize,
    /// The level.
    pub level: f64,
}

/// Axes whose smaller p-value is doubled to one p-value of the session.
const AXES: f64 = 2.0;

impl Shortfall {
    /// The shortfall of a reference; `None` when it can reject.
    ///
    /// The smallest p-value of a session is `2 / (n + 1)`, twice that of an axis, so the first `rejections` sessions
    /// get `q <= level` only when `n + 1 >= 2 batch / (level rejections)`.
    ///
    /// ```
    /// use goodhart_scoring::Shortfall;
    ///
    /// assert!(Shortfall::of(2400.0, 100, 2, 0.05).is_none());
    /// let shortfall = Shortfall::of(35.0, 100, 2, 0.05).unwrap();
    /// assert_eq!(shortfall.sessions_needed(), 1999);
    /// ```
    pub fn of(reference: f64, batch: usize, rejections: usize, level: f64) -> Option<Self> {
        let shortfall = Shortfall { reference, batch, rejections: rejections.max(1), level };
        (reference + 1.0 < shortfall.needed()).then_some(shortfall)
    }

    /// Sessions that the reference would have to hold.
    pub fn sessions_needed(&self) -> u64 {
        (self.needed() - 1.0).ceil() as u64
    }

    fn needed(&self) -> f64 {
        AXES * self.batch as f64 / (self.level * self.rejections as f64)
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shortfall { reference, batch, rejections, level } = self;
        write!(
            f,
            "{reference:.0} reference sessions cannot name {rejections} of {batch} sessions at a false-discovery \
             level of {level}: expected at least {} reference sessions; sessions are named by rank instead",
            self.sessions_needed()
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::{Shortfall, q_values};
    use crate::calibrate::{Tail, Ties};

    #[test]
    fn equal_p_values_have_equal_q_values() {
        assert_eq!(q_values(&[0.02, 0.02, 0.02, 0.02]), [0.02; 4]);
        assert_eq!(q_values(&[]), [0.0; 0]);
    }

    #[test]
    fn a_shortfall_names_the_numbers() {
        let text = Shortfall::of(35.0, 200, 0, 0.05).unwrap().to_string();
        assert!(text.contains("35 reference sessions cannot name 1 of 200"), "{text}");
        assert!(text.contains("at least 7999 reference sessions"), "{text}");
    }

    /// At the shortfall's edge the procedure itself agrees.
    #[test]
    fn a_reference_just_large_enough_rejects_and_one_smaller_does_not() {
        for (sessions, rejected) in [(3999, 4), (3998, 0)] {
            let mut p = vec![1.0; 400];
            p[..4].fill(2.0 / (f64::from(sessions) + 1.0));
            let found = q_values(&p).iter().filter(|&&q| q <= 0.05).count();
            assert_eq!(found, rejected, "{sessions} sessions");
            assert_eq!(Shortfall::of(f64::from(sessions), 400, 4, 0.05).is_none(), rejected > 0);
        }
    }

    /// 200 batches of 180 honest and 20 wasteful sessions against 1,000 honest ones.
    #[test]
    fn the_mean_false_discovery_proportion_stays_at_the_level() {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(11);
        let (mut proportions, mut found) = (0.0, 0);
        for _ in 0..200 {
            let tail = Tail::new((0..1000).map(|_| (dice.r#gen(), 1.0)).collect());
            let scores =
                (0..200).map(|i| if i < 180 { dice.r#gen() } else { 0.97 + 0.05 * dice.r#gen::<f64>() });
            let p: Vec<f64> = scores.map(|score| tail.p_value(score, Ties::Conservative)).collect();
            let named: Vec<usize> = (0..200).filter(|&i| q_values(&p)[i] <= 0.1).collect();
            let wrong = named.iter().filter(|&&i| i < 180).count();
            proportions += wrong as f64 / named.len().max(1) as f64;
            found += named.len() - wrong;
        }
        let mean = proportions / 200.0;
        assert!(mean <= 0.1, "mean false-discovery proportion {mean}");
        assert!(found > 200, "found {found} of 4000");
    }

    proptest! {
        /// For all p-values: q lies between p and 1, and orders the sessions as p does.
        #[test]
        fn q_is_at_least_p_and_keeps_the_order(p in prop::collection::vec(1e-6..=1.0_f64, 1..60)) {
            let q = q_values(&p);
            for i in 0..p.len() {
                prop_assert!(p[i] <= q[i] * (1.0 + 1e-12) && q[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || q[i] <= q[j]);
                }
            }
        }

        /// For all batches: the order of the sessions does not matter.
        #[test]
        fn q_does_not_depend_on_the_order(p in prop::collection::vec(1e-6..=1.0_f64, 1..60)) {
            let mut backwards = p.clone();
            backwards.reverse();
            let mut q = q_values(&backwards);
            q.reverse();
            prop_assert_eq!(q, q_values(&p));
        }
    }
}
