//! **SAFFRON**: false-discovery control over a stream that spends its level only on what looks honest.
//!
//! **Why it matters.** LORD++ reckons as if every session were honest. In a stream with many strange ones most of its
//! caution is wasted, as that of Benjamini and Hochberg is in a batch; SAFFRON is to LORD++ what Storey is to them.
//!
//! **How.** A test with `p <= 1/2` is a candidate and costs nothing, since honest sessions among the candidates can be reckoned
//! from those beyond. With `k_0` the tests that were no candidates so far, `k_j` those since discovery `j`, and weights `g_k ~ k^-1.6` that sum to 1,
//!
//! ```text
//! level_t = 1/2 (w g_(1 + k_0) + (level - w) g_(1 + k_1) + level (g_(1 + k_2) + g_(1 + k_3) + ...)), at most 1/2,    w = level / 2
//! ```
//!
//! Ramdas, Zrnic, Wainwright and Jordan: SAFFRON: an adaptive algorithm for online control of the false discovery rate,
//! ICML 2018. A test takes time and memory proportional to the discoveries made so far.
//!
//! **When it misleads.** As [`Lord`](crate::Lord). Conservative p-values, of which more than half lie above one half, keep
//! the control and cost power.

use super::expect_level;
use crate::error::Error;

/// p-values up to here are candidates: the customary half.
const CANDIDATE: f64 = 0.5;

/// SAFFRON over one stream of p-values.
///
/// ```
/// use goodhart_scoring::Saffron;
///
/// let mut stream = Saffron::new(0.1)?;
/// let first = stream.level();
/// assert!(!stream.test(0.3)); // a candidate: costs nothing
/// assert_eq!(stream.level(), first);
/// assert!(!stream.test(0.9));
/// assert!(stream.level() < first);
/// assert!(stream.test(0.0001));
/// # Ok::<(), goodhart_scoring::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Saffron {
    level: f64,
    /// Tests that were no candidates, since the start and since each discovery.
    paid: Vec<u64>,
}

impl Saffron {
    /// A stream in which the share of false discoveries is to stay at this level on average.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a level outside (0, 1).
    pub fn new(level: f64) -> Result<Self, Error> {
        expect_level(level)?;
        Ok(Saffron { level, paid: vec![0] })
    }

    /// Tests the next p-value; true names it.
    pub fn test(&mut self, p_value: f64) -> bool {
        let named = p_value <= self.level();
        if p_value > CANDIDATE {
            self.paid.iter_mut().for_each(|paid| *paid += 1);
        }
        if named {
            self.paid.push(0);
        }
        named
    }

    /// The level at which the next p-value is tested.
    pub fn level(&self) -> f64 {
        let wealth = self.level / 2.0;
        let earned = self.paid.iter().enumerate().map(|(rank, paid)| {
            let reward = match rank {
                0 => wealth,
                1 => self.level - wealth,
                _ => self.level,
            };
            reward * weight(1 + paid)
        });
        ((1.0 - CANDIDATE) * earned.sum::<f64>()).min(CANDIDATE)
    }
}

/// One over the sum of `k^-1.6`, which is `zeta(1.6) = 2.285766`.
const SCALE: f64 = 0.437_49;

fn weight(k: u64) -> f64 {
    SCALE * (k as f64).powf(-1.6)
}

#[cfg(test)]
mod tests {
    use super::{Saffron, weight};
    use crate::fdr::{
        Lord,
        testing::{LARGE, p_values, proportions},
    };

    #[test]
    fn a_level_outside_its_range_is_refused() {
        assert!(Saffron::new(0.0).unwrap_err().to_string().ends_with("found 0"));
    }

    /// The rest of the sum lies between the integrals from `n + 1` and from `n` on.
    #[test]
    fn the_weights_sum_to_one() {
        let n = 100_000_u64;
        let head: f64 = (1..=n).map(weight).sum();
        let rest = |n: f64| super::SCALE * n.powf(-0.6) / 0.6;
        assert!(head + rest(n as f64) <= 1.0 && head + rest(n as f64 + 1.0) > 0.999);
    }

    /// Both streams in the order of a fixed shuffle.
    #[test]
    fn it_finds_more_than_lord_where_much_is_strange_at_the_same_level() {
        let saffron = |p: &[f64]| {
            let mut stream = Saffron::new(0.1).unwrap();
            in_turn(p, |p| stream.test(p))
        };
        let lord = |p: &[f64]| {
            let mut stream = Lord::new(0.1).unwrap();
            in_turn(p, |p| stream.test(p))
        };
        let saffron = proportions(LARGE, 100, 100, saffron);
        let lord = proportions(LARGE, 100, 100, lord);
        assert!(saffron.0 <= 0.1 && lord.0 <= 0.1, "{saffron:?} {lord:?}");
        assert!(saffron.1 > lord.1 + 0.05, "{saffron:?} against {lord:?}");
    }

    /// 77 and 200 share no divisor, so this visits each once.
    fn in_turn(p: &[f64], mut test: impl FnMut(f64) -> bool) -> Vec<bool> {
        let mut named = vec![false; p.len()];
        (0..p.len()).map(|step| step * 77 % p.len()).for_each(|at| named[at] = test(p[at]));
        named
    }

    #[test]
    fn a_stream_of_honest_sessions_is_left_alone() {
        let named = (0..200).filter(|&run| {
            let mut stream = Saffron::new(0.1).unwrap();
            let found: Vec<bool> = p_values(run, LARGE, 300, 0).into_iter().map(|p| stream.test(p)).collect();
            found.contains(&true)
        });
        let named = named.count();
        assert!(named <= 33, "{named} of 200");
    }
}
