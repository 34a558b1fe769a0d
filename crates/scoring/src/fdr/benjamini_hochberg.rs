//! **Benjamini and Hochberg**: q-values of a batch.
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
//! reject at all: see [`Shortfall`](crate::Shortfall).

/// The q-value of each p-value, in the same order.
///
/// ```
/// use goodhart_scoring::q_values;
///
/// let q = q_values(&[0.01, 0.8, 0.02, 0.5]);
/// assert_eq!(q, [0.04, 0.8, 0.04, 2.0 / 3.0]);
/// ```
pub fn q_values(p_values: &[f64]) -> Vec<f64> {
    super::step_up(p_values, p_values.len() as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::q_values;
    use crate::fdr::testing::{CUSTOMARY, RUNS, at_most, p_values, proportions};

    #[test]
    fn equal_p_values_have_equal_q_values() {
        assert_eq!(q_values(&[0.02, 0.02, 0.02, 0.02]), [0.02; 4]);
        assert_eq!(q_values(&[]), [0.0; 0]);
    }

    /// 200 batches of 180 honest and 20 wasteful sessions against 1,000 honest ones.
    #[test]
    fn the_mean_false_discovery_proportion_stays_at_the_level() {
        let (wrong, right) = proportions(CUSTOMARY, 180, 20, |p| at_most(&q_values(p), 0.1));
        assert!(wrong <= 0.1, "mean false-discovery proportion {wrong}");
        assert!(right > 0.05, "found {right}");
    }

    /// With nothing strange in it a batch names somebody no more often than the level says.
    #[test]
    fn a_batch_of_honest_sessions_is_left_alone() {
        let named = |run: &u64| q_values(&p_values(*run, CUSTOMARY, 50, 0)).iter().any(|&q| q <= 0.1);
        let batches = (0..RUNS).filter(named).count();
        // Three standard errors above a tenth of 200.
        assert!(batches <= 33, "{batches} of {RUNS}");
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
