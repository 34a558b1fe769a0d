//! How far a number could be off: exact intervals of shares, bootstrap intervals of everything else.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use statrs::distribution::{Beta, ContinuousCDF};

/// What a 95 % interval leaves out on each side.
const TAIL: f64 = 0.025;

/// Fewer finite repetitions give no bootstrap interval.
const LEAST_REPETITIONS: usize = 21;

/// The 95 % Clopper-Pearson interval of a share of `hits` in `of` trials: exact, so never too narrow.
/// Nothing tried, nothing known: `(0, 1)`.
///
/// ```text
/// low = Beta^-1(0.025; hits, of - hits + 1),   high = Beta^-1(0.975; hits + 1, of - hits)
/// ```
///
/// C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits illustrated in the case of the
/// binomial, Biometrika 26 (1934).
///
/// ```
/// let (low, high) = goodhart_evaluation::clopper_pearson(0, 35);
/// assert_eq!(low, 0.0);
/// assert!((high - 0.1).abs() < 1e-3, "none of 35 still allows one in ten");
/// ```
pub fn clopper_pearson(hits: usize, of: usize) -> (f64, f64) {
    let (hits, misses) = (hits.min(of) as f64, of.saturating_sub(hits) as f64);
    (
        beta_quantile(TAIL, hits, misses + 1.0).unwrap_or(0.0),
        beta_quantile(1.0 - TAIL, hits + 1.0, misses).unwrap_or(1.0),
    )
}

/// None when a shape is 0: the interval then ends at the end of the range.
fn beta_quantile(share: f64, a: f64, b: f64) -> Option<f64> {
    Beta::new(a, b).ok().map(|beta| beta.inverse_cdf(share))
}

/// The `share` quantile of sorted values, interpolated linearly between the two nearest; none of no values.
///
/// ```
/// assert_eq!(goodhart_evaluation::quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
/// ```
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = (last as f64 * share).clamp(0.0, last as f64);
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    let between = place - place.floor();
    // From the nearer end, so that the quantile of equal values is that value to the last bit.
    Some(if between < 0.5 { low + (high - low) * between } else { high - (high - low) * (1.0 - between) })
}

/// The 95 % percentile interval of bootstrap repetitions; none of 20 or fewer.
pub fn percentile_interval(mut values: Vec<f64>) -> Option<(f64, f64)> {
    if values.len() < LEAST_REPETITIONS {
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some((quantile(&values, TAIL)?, quantile(&values, 1.0 - TAIL)?))
}

/// Weights of clusters, one vector a repetition: how often each was drawn when as many as there are were
/// drawn with replacement. The same seed gives the same weights, on every machine.
pub(crate) fn bootstrap_weights(clusters: usize, repetitions: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..repetitions).map(|_| draw(clusters, &mut random)).collect()
}

fn draw(clusters: usize, random: &mut Xoshiro256PlusPlus) -> Vec<f64> {
    let mut weights = vec![0.0; clusters];
    for _ in 0..clusters {
        weights[random.gen_range(0..clusters as u64) as usize] += 1.0;
    }
    weights
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exact_intervals_equal_published_and_closed_form_values() {
        // 0 of n: 1 - 0.025^(1/n); n of n mirrors it
        for n in [1, 14, 35, 1000] {
            let high = 1.0 - 0.025_f64.powf(1.0 / n as f64);
            let (zero, all) = (clopper_pearson(0, n), clopper_pearson(n, n));
            assert!(zero.0 == 0.0 && (zero.1 - high).abs() < 1e-9, "{n}");
            assert!(all.1 == 1.0 && (all.0 - (1.0 - high)).abs() < 1e-9, "{n}");
        }
        // 4 of 20: tables give 0.0573 .. 0.4366
        let (low, high) = clopper_pearson(4, 20);
        assert!((low - 0.0573).abs() < 5e-5 && (high - 0.4366).abs() < 5e-5, "{low} {high}");
        assert_eq!(clopper_pearson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7.0], 0.1), Some(7.0));
        assert_eq!(quantile(&[0.0, 10.0], 0.25), Some(2.5));
        assert_eq!(quantile(&[0.0, 10.0], 1.0), Some(10.0));
    }

    #[test]
    fn few_repetitions_give_no_interval() {
        assert_eq!(percentile_interval(vec![1.0; 20]), None);
        assert_eq!(percentile_interval(vec![1.0; 21]), Some((1.0, 1.0)));
    }

    #[test]
    fn the_seed_decides_the_draws() {
        assert_eq!(bootstrap_weights(9, 3, 1), bootstrap_weights(9, 3, 1));
        assert_ne!(bootstrap_weights(9, 3, 1), bootstrap_weights(9, 3, 2));
        assert_eq!(bootstrap_weights(0, 2, 1), vec![Vec::<f64>::new(); 2]);
    }

    proptest! {
        /// Every draw has as many items as there are clusters.
        #[test]
        fn draws_keep_the_size(clusters in 0..50_usize, seed: u64) {
            for weights in bootstrap_weights(clusters, 5, seed) {
                prop_assert_eq!(weights.iter().sum::<f64>(), clusters as f64);
            }
        }

        /// The interval holds the share, and more trials at the same share narrow it.
        #[test]
        fn exact_intervals_hold_the_share(of in 1..200_usize, hits in 0..200_usize) {
            let hits = hits.min(of);
            let ((low, high), share) = (clopper_pearson(hits, of), hits as f64 / of as f64);
            prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
            let (low2, high2) = clopper_pearson(4 * hits, 4 * of);
            prop_assert!(high2 - low2 < high - low);
        }
    }
}
