//! **Storey**: q-values that make use of how many of the batch look honest.
//!
//! **Why it matters.** Benjamini and Hochberg reckon as if every session were honest. Where a third is not, they give
//! away a third of the level.
//!
//! **How.** Honest p-values are spread evenly, so those above one half tell how many honest ones there are:
//! `pi0 = (1 + #{p > 1/2}) / (m / 2)`, at most 1, and `q_(i) = min over j >= i of pi0 m p_(j) / j`. The one that is added keeps the control
//! exact for finitely many. Storey, Taylor and Siegmund: Strong control, conservative point estimation and simultaneous
//! conservative consistency of false discovery rates, Journal of the Royal Statistical Society B 2004. `O(m log m)`.
//!
//! **When it misleads.** Conservative p-values with many ties at 1 only make it more conservative. p-values that pile up near 0
//! under the null, as those of a wrong reference do, make it name too many.

/// Above it a p-value is taken for an honest one: the customary half.
const HONEST_ABOVE: f64 = 0.5;

/// The q-value of each p-value, in the same order, with the honest share of the batch estimated from it.
///
/// ```
/// use goodhart_scoring::{q_values, storey_q_values};
///
/// // Of ten, only two look honest: (1 + 2) / 5 = .6 of the batch at most.
/// let p = [0.01, 0.01, 0.02, 0.02, 0.02, 0.03, 0.03, 0.04, 0.6, 0.9];
/// assert!((storey_q_values(&p)[0] - 0.6 * q_values(&p)[0]).abs() < 1e-12);
/// ```
pub fn storey_q_values(p_values: &[f64]) -> Vec<f64> {
    let tests = p_values.len() as f64;
    let above = p_values.iter().filter(|&&p| p > HONEST_ABOVE).count() as f64;
    super::step_up(p_values, tests.min((1.0 + above) / (1.0 - HONEST_ABOVE)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::storey_q_values;
    use crate::fdr::{
        q_values,
        testing::{CUSTOMARY, at_most, proportions},
    };

    /// Half of each batch is strange: more of them are named, and the level still holds.
    #[test]
    fn many_strange_sessions_are_named_with_more_power_at_the_same_level() {
        let (wrong, right) = proportions(CUSTOMARY, 100, 100, |p| at_most(&storey_q_values(p), 0.02));
        let (_, plain) = proportions(CUSTOMARY, 100, 100, |p| at_most(&q_values(p), 0.02));
        assert!(wrong <= 0.02 * 1.15, "mean false-discovery proportion {wrong}");
        assert!(right > plain + 0.05, "{right} against {plain}");
    }

    proptest! {
        /// For all p-values: never above the q-values of Benjamini and Hochberg, and in their order.
        #[test]
        fn it_is_looser_and_keeps_the_order(p in prop::collection::vec(1e-6..=1.0_f64, 1..60)) {
            let (loose, strict) = (storey_q_values(&p), q_values(&p));
            for i in 0..p.len() {
                prop_assert!(loose[i] <= strict[i] && loose[i] > 0.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || loose[i] <= loose[j]);
                }
            }
        }
    }
}
