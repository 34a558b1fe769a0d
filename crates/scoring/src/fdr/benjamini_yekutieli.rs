//! **Benjamini and Yekutieli**: q-values that hold however the p-values depend on each other.
//!
//! **Why it matters.** Conformal p-values against one reference may go through Benjamini and Hochberg. p-values of
//! several models, of overlapping references, or of sessions that copied each other may not, strictly.
//!
//! **How.** `q_(i) = min over j >= i of c(m) m p_(j) / j` with `c(m) = 1 + 1/2 + ... + 1/m`, at most 1: the price of
//! knowing nothing is a factor of about `ln m + 0.58`. Benjamini and Yekutieli: The control of the false discovery rate in multiple
//! testing under dependency, Annals of Statistics 2001. `O(m log m)`.

/// The q-value of each p-value, in the same order, whatever the p-values have to do with each other.
///
/// ```
/// use goodhart_scoring::{q_values, yekutieli_q_values};
///
/// // c(2) = 1 + 1/2.
/// assert_eq!(yekutieli_q_values(&[0.01, 0.8]), [1.5 * 0.02, 1.0]);
/// assert!(q_values(&[0.01, 0.8])[0] < yekutieli_q_values(&[0.01, 0.8])[0]);
/// ```
pub fn yekutieli_q_values(p_values: &[f64]) -> Vec<f64> {
    let harmonic: f64 = (1..=p_values.len()).map(|rank| 1.0 / rank as f64).sum();
    super::step_up(p_values, p_values.len() as f64 * harmonic)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::yekutieli_q_values;
    use crate::fdr::q_values;

    /// p-values made to depend on each other as badly as the theorem allows (Guo and Rao 2008): under the null, one chance in `m
    /// c(m)` a rank that exactly so many p-values fall where Benjamini and Hochberg would name them all.
    #[test]
    fn dependence_that_breaks_the_customary_control_does_not_break_it() {
        let (m, level, draws) = (20_usize, 0.2, 20_000);
        let harmonic: f64 = (1..=m).map(|rank| 1.0 / rank as f64).sum();
        let named = |q: fn(&[f64]) -> Vec<f64>| {
            let batches = (0..draws).filter(|&draw| {
                let p = worst_case(draw as f64 / f64::from(draws), m, level);
                q(&p).iter().any(|&q| q <= level * (1.0 + 1e-9))
            });
            batches.count() as f64 / f64::from(draws)
        };
        let (loose, strict) = (named(q_values), named(yekutieli_q_values));
        assert!(loose > 0.9 * level * harmonic, "{loose} of the honest batches, level {level}");
        assert!(strict <= level, "{strict} of the honest batches, level {level}");
    }

    /// All p-values of a batch, from one number in [0, 1): with the chance `level / rank` the `rank` smallest ones are
    /// `level rank / m`, and the others are 1.
    fn worst_case(draw: f64, m: usize, level: f64) -> Vec<f64> {
        let mut below = 0.0;
        let rank = (1..=m).find(|&rank| {
            below += level / rank as f64;
            draw < below
        });
        let named = rank.unwrap_or(0);
        (0..m).map(|index| if index < named { level * named as f64 / m as f64 } else { 1.0 }).collect()
    }

    proptest! {
        /// For all p-values: never below the q-values of Benjamini and Hochberg, and in their order.
        #[test]
        fn it_is_stricter_and_keeps_the_order(p in prop::collection::vec(1e-6..=1.0_f64, 1..60)) {
            let (strict, loose) = (yekutieli_q_values(&p), q_values(&p));
            for i in 0..p.len() {
                prop_assert!(strict[i] >= loose[i] && strict[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || strict[i] <= strict[j]);
                }
            }
        }
    }
}
