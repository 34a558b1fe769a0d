//! **LORD++**: false-discovery control over a stream, where each session is named or not before the next one comes.
//!
//! **Why it matters.** A monitor cannot wait for the batch to end. Testing each p-value at .05 names one honest session in
//! twenty, for ever.
//!
//! **How.** The stream starts with some wealth, each test bets a part of it, each discovery earns the level anew. With
//! discoveries at times `r_1 < r_2 < ...` and weights `g_1, g_2, ...` that sum to at most 1,
//!
//! ```text
//! level_t = g_t w + g_(t - r_1) (level - w) + level (g_(t - r_2) + g_(t - r_3) + ...),      w = level / 2
//! ```
//!
//! Session `t` is named when `p <= level_t`. The mean share of false ones among all that were named so far is at most the level at
//! every moment, for p-values that are independent of the past under the null. Ramdas, Yang, Wainwright and Jordan: Online control
//! of the false discovery rate with decaying memory, NeurIPS 2017; the weights `g_j ~ ln(max(j, 2)) / (j e^sqrt(ln j))` are those of Javanmard and Montanari,
//! Annals of Statistics 2018. A test takes time and memory proportional to the discoveries made so far.
//!
//! **When it misleads.** Without discoveries the levels fall, and soon below the smallest p-value that the reference can
//! give: from then on nothing can be named. Conformal p-values against one frozen reference depend on each other
//! slightly; large references make that small.

use super::expect_level;
use crate::error::Error;

/// LORD++ over one stream of p-values.
///
/// ```
/// use goodhart_scoring::Lord;
///
/// let mut stream = Lord::new(0.1)?;
/// assert!(stream.test(0.0001));
/// let earned = stream.level();
/// assert!(!stream.test(0.9));
/// assert!(stream.level() < earned);
/// # Ok::<(), goodhart_scoring::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Lord {
    level: f64,
    /// Tests made.
    tested: u64,
    /// When something was named, from 1.
    discoveries: Vec<u64>,
}

impl Lord {
    /// A stream in which the share of false discoveries is to stay at this level on average.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a level outside (0, 1).
    pub fn new(level: f64) -> Result<Self, Error> {
        expect_level(level)?;
        Ok(Lord { level, tested: 0, discoveries: Vec::new() })
    }

    /// Tests the next p-value; true names it.
    pub fn test(&mut self, p_value: f64) -> bool {
        let named = p_value <= self.level();
        self.tested += 1;
        if named {
            self.discoveries.push(self.tested);
        }
        named
    }

    /// The level at which the next p-value is tested.
    pub fn level(&self) -> f64 {
        let (next, wealth) = (self.tested + 1, self.level / 2.0);
        let earned = self.discoveries.iter().enumerate().map(|(rank, time)| {
            let reward = if rank == 0 { self.level - wealth } else { self.level };
            reward * weight(next - time)
        });
        wealth * weight(next) + earned.sum::<f64>()
    }
}

/// Scales the weights to a sum just below 1.
const SCALE: f64 = 0.077_2;

fn weight(after: u64) -> f64 {
    let j = after as f64;
    SCALE * j.max(2.0).ln() / (j * j.ln().sqrt().exp())
}

#[cfg(test)]
mod tests {
    use super::{Lord, weight};
    use crate::fdr::testing::{LARGE, p_values, proportions};

    #[test]
    fn a_level_outside_its_range_is_refused() {
        let refused = Lord::new(1.0).unwrap_err().to_string();
        assert_eq!(refused, "level: expected a number above 0 and below 1, found 1");
        assert!(Lord::new(f64::NAN).is_err());
    }

    /// The first million summed, the rest bounded by the integral of u e^-sqrt(u) over u = ln j, which is
    /// `2 (v^3 + 3 v^2 + 6 v + 6) e^-v` with `v = sqrt(u)`.
    #[test]
    fn the_weights_sum_to_at_most_one_and_to_almost_that() {
        let n = 1_000_000_u64;
        let head: f64 = (1..=n).map(weight).sum();
        let v = (n as f64).ln().sqrt();
        let tail = super::SCALE * 2.0 * (v.powi(3) + 3.0 * v * v + 6.0 * v + 6.0) * (-v).exp();
        assert!(head + tail <= 1.0, "{}", head + tail);
        assert!(head + tail > 0.97, "{}", head + tail);
    }

    /// Strange sessions among honest ones, one in five, in the order of a fixed shuffle.
    #[test]
    fn the_share_of_false_discoveries_stays_at_the_level_and_some_are_made() {
        let (wrong, right) = proportions(LARGE, 160, 40, |p| {
            let mut stream = Lord::new(0.1).unwrap();
            let mut named = vec![false; p.len()];
            // 77 and 200 share no divisor, so this visits each once.
            (0..p.len()).map(|step| step * 77 % p.len()).for_each(|at| named[at] = stream.test(p[at]));
            named
        });
        assert!(wrong <= 0.1, "mean false-discovery proportion {wrong}");
        assert!(right > 0.02, "found {right}");
    }

    #[test]
    fn a_stream_of_honest_sessions_is_left_alone() {
        let named = (0..200).filter(|&run| {
            let mut stream = Lord::new(0.1).unwrap();
            let found: Vec<bool> = p_values(run, LARGE, 300, 0).into_iter().map(|p| stream.test(p)).collect();
            found.contains(&true)
        });
        // Three standard errors above a tenth of 200.
        let named = named.count();
        assert!(named <= 33, "{named} of 200");
    }

    #[test]
    fn every_discovery_but_the_first_earns_the_whole_level() {
        let mut stream = Lord::new(0.1).unwrap();
        assert!((stream.level() - 0.05 * weight(1)).abs() < 1e-15);
        stream.test(0.0);
        assert!((stream.level() - 0.05 * (weight(2) + weight(1))).abs() < 1e-15);
        stream.test(0.0);
        let expected = 0.05 * (weight(3) + weight(2)) + 0.1 * weight(1);
        assert!((stream.level() - expected).abs() < 1e-15);
    }
}
