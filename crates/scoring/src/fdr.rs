//! **False-discovery control**: how many of the sessions that are named together would chance have named?
//!
//! | you have | you want | use |
//! |---|---|---|
//! | conformal p-values of a batch | the customary control | [`q_values`], Benjamini and Hochberg |
//! | p-values that depend on each other in ways nobody knows | control all the same, at the price of power | [`yekutieli_q_values`] |
//! | a batch in which many rows are strange | more power, by guessing how many are not | [`storey_q_values`] |
//! | p-values that come one by one | control at every moment | [`Lord`], [`Saffron`] |
//! | a reference and a batch | to know whether anything can be named at all | [`Shortfall`] |

mod benjamini_hochberg;
mod benjamini_yekutieli;
mod lord;
mod saffron;
mod shortfall;
mod storey;

pub use benjamini_hochberg::q_values;
pub use benjamini_yekutieli::yekutieli_q_values;
pub use lord::Lord;
pub use saffron::Saffron;
pub use shortfall::Shortfall;
pub use storey::storey_q_values;

use crate::error::Error;

/// `q_(i) = min over j >= i of tests p_(j) / j`, at most 1: the step-up rule that the procedures share. They differ in
/// how many tests they count.
fn step_up(p_values: &[f64], tests: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut q = vec![1.0; p_values.len()];
    let mut smallest: f64 = 1.0;
    for (rank, &index) in order.iter().enumerate().rev() {
        let ratio = p_values[index] * tests / (rank + 1) as f64;
        smallest = smallest.min(ratio);
        q[index] = smallest;
    }
    q
}

/// A share of false discoveries that can be asked for.
fn expect_level(level: f64) -> Result<(), Error> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    Err(Error::Parameter { name: "level", expected: "a number above 0 and below 1", found: level })
}

#[cfg(test)]
mod testing {
    use rand::{Rng, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use crate::calibrate::{Tail, Ties};

    /// Runs of the simulations.
    pub(crate) const RUNS: u64 = 200;

    /// Rows of a reference for a batch.
    pub(crate) const CUSTOMARY: usize = 1_000;
    /// Rows of a reference for a stream, whose levels fall with time.
    pub(crate) const LARGE: usize = 20_000;

    /// p-values of honest scores, then of strange ones that score above nearly all of the honest ones of a reference.
    pub(crate) fn p_values(run: u64, reference: usize, honest: usize, strange: usize) -> Vec<f64> {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(run);
        let tail = Tail::new((0..reference).map(|_| (dice.r#gen(), 1.0)).collect());
        let honest: Vec<f64> = (0..honest).map(|_| dice.r#gen()).collect();
        let strange = (0..strange).map(|_| 0.97 + 0.05 * dice.r#gen::<f64>());
        let scores = honest.into_iter().chain(strange);
        scores.map(|score| tail.p_value(score, Ties::Conservative)).collect()
    }

    /// Mean share of honest ones among the named, and mean share of the strange ones that are named.
    pub(crate) fn proportions(
        reference: usize,
        honest: usize,
        strange: usize,
        name: impl Fn(&[f64]) -> Vec<bool>,
    ) -> (f64, f64) {
        let (mut wrong, mut right) = (0.0, 0.0);
        for run in 0..RUNS {
            let named = name(&p_values(run, reference, honest, strange));
            let count = |named: &[bool]| named.iter().filter(|&&named| named).count() as f64;
            let (false_ones, true_ones) = (count(&named[..honest]), count(&named[honest..]));
            wrong += false_ones / (false_ones + true_ones).max(1.0) / RUNS as f64;
            right += true_ones / strange as f64 / RUNS as f64;
        }
        (wrong, right)
    }

    /// Those with `q` at or below a level.
    pub(crate) fn at_most(q: &[f64], level: f64) -> Vec<bool> {
        q.iter().map(|&q| q <= level).collect()
    }
}
