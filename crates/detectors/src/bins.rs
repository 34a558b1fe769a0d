//! The histogram of one column.

use serde::{Deserialize, Serialize};

use crate::{Error, scale::standard_deviation, schema::stored};

/// Also bounds what a damaged file asks for.
pub(crate) const MOST_BINS: usize = 1_000;
/// Density, in rows per standard deviation, that an empty bin is taken to have.
const FLOOR: f64 = 0.05;

/// Counts of equal bins over a range, and how surprising each bin is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredBins", into = "StoredBins")]
pub(crate) struct Bins {
    low: f64,
    high: f64,
    /// Standard deviation of the fitted values, 0 where they are equal.
    deviation: f64,
    counts: Vec<u64>,
    surprises: Vec<f64>,
    /// Of a value outside of the range.
    outside: f64,
    /// Bins per half unit.
    density: f64,
}

impl Bins {
    /// Of finite values in any order; without `bins` as many as the penalised likelihood asks for.
    pub(crate) fn fit(mut values: Vec<f64>, bins: Option<usize>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let (Some(&low), Some(&high)) = (values.first(), values.last()) else {
            return Bins::new(0.0, 0.0, 0.0, vec![]);
        };
        let bins = bins.unwrap_or_else(|| likeliest(&values));
        let mut counts = vec![0; bins];
        let per_half = per_half(low, high, bins);
        values.iter().for_each(|value| counts[place(*value, low, per_half, bins)] += 1);
        Bins::new(low, high, standard_deviation(&values), counts)
    }

    pub(crate) fn len(&self) -> usize {
        self.counts.len()
    }

    /// `ln((f_max + a) / (f + a))` at a value; 0 everywhere when there was no value to fit.
    #[inline]
    pub(crate) fn surprise(&self, value: f64) -> f64 {
        if !(self.low..=self.high).contains(&value) {
            return self.outside;
        }
        self.surprises.get(place(value, self.low, self.density, self.counts.len())).copied().unwrap_or(0.0)
    }

    fn new(low: f64, high: f64, deviation: f64, counts: Vec<u64>) -> Self {
        let all = counts.iter().sum::<u64>() as f64;
        let width = (high / 2.0 - low / 2.0) / (deviation / 2.0) / counts.len() as f64;
        let width = if width.is_finite() && width > 0.0 { width } else { 1.0 };
        let density = |count: u64| count as f64 / all / width;
        let most = density(counts.iter().copied().max().unwrap_or(0)) + FLOOR;
        let surprises = counts.iter().map(|count| (most / (density(*count) + FLOOR)).ln()).collect();
        let outside = if counts.is_empty() { 0.0 } else { (most / FLOOR).ln() };
        let density = per_half(low, high, counts.len());
        Bins { low, high, deviation, counts, surprises, outside, density }
    }
}

/// Bins per half unit: the whole range of floats has a width that is none, so everything is halved.
fn per_half(low: f64, high: f64, bins: usize) -> f64 {
    bins as f64 / (high / 2.0 - low / 2.0)
}

/// A value on the upper end belongs to the last bin, one that is lost in rounding to the first.
#[inline]
fn place(value: f64, low: f64, per_half: f64, bins: usize) -> usize {
    (((value / 2.0 - low / 2.0) * per_half) as usize).min(bins.saturating_sub(1))
}

/// The number of bins with the highest penalised likelihood, up to the root of the values.
fn likeliest(sorted: &[f64]) -> usize {
    let most = ((sorted.len() as f64).sqrt() as usize).clamp(1, MOST_BINS);
    let rated = (1..=most).map(|bins| (bins, penalised(sorted, bins)));
    rated.fold((1, f64::NEG_INFINITY), |best, one| if one.1 > best.1 { one } else { best }).0
}

fn penalised(sorted: &[f64], bins: usize) -> f64 {
    let (n, d) = (sorted.len() as f64, bins as f64);
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let mut start = 0;
    let mut likelihood = 0.0;
    for bin in 1..=bins {
        let share = bin as f64 / d;
        let end = match bin < bins {
            true => {
                start + sorted[start..].partition_point(|value| *value < low * (1.0 - share) + high * share)
            }
            false => sorted.len(),
        };
        let count = (end - start) as f64;
        likelihood += if count > 0.0 { count * (d * count / n).ln() } else { 0.0 };
        start = end;
    }
    likelihood - d * (d - 1.0 + d.ln().powf(2.5))
}

/// As it was written, before it is believed.
#[derive(Serialize, Deserialize)]
struct StoredBins {
    low: f64,
    high: f64,
    deviation: f64,
    counts: Vec<u64>,
}

impl From<Bins> for StoredBins {
    fn from(Bins { low, high, deviation, counts, .. }: Bins) -> Self {
        StoredBins { low, high, deviation, counts }
    }
}

impl TryFrom<StoredBins> for Bins {
    type Error = Error;

    fn try_from(StoredBins { low, high, deviation, counts }: StoredBins) -> Result<Self, Error> {
        let range = low.is_finite() && high.is_finite() && low <= high;
        let sound = range && deviation.is_finite() && deviation >= 0.0;
        let possible = counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count));
        if !sound || counts.len() > MOST_BINS || (possible.unwrap_or(0) == 0 && !counts.is_empty()) {
            let found = format!("{} bins from {low} to {high}", counts.len());
            return Err(stored("histogram", "at most 1000 bins with rows over a finite range", found));
        }
        Ok(Bins::new(low, high, deviation, counts))
    }
}

#[cfg(test)]
mod tests {
    use super::{Bins, likeliest};

    #[test]
    fn even_values_need_one_bin_and_two_heaps_need_more() {
        let even: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(likeliest(&even), 1);
        let mut heaps: Vec<f64> = (0..1000).map(|row| f64::from(row % 10 + 90 * (row % 2))).collect();
        heaps.sort_by(f64::total_cmp);
        assert!(likeliest(&heaps) > 3);
    }

    /// By hand: 3 of 4 values in the first of two bins, deviation sqrt(3/16), so a bin is 2/sqrt(3) deviations wide.
    #[test]
    fn a_surprise_is_a_log_ratio_of_densities() {
        let bins = Bins::fit(vec![0.0, 0.0, 0.0, 1.0], Some(2));
        let density = |share: f64| share * 3_f64.sqrt() / 2.0 + 0.05;
        assert_eq!(bins.surprise(0.2), 0.0);
        assert!((bins.surprise(1.0) - (density(0.75) / density(0.25)).ln()).abs() < 1e-12);
        assert!((bins.surprise(1.1) - (density(0.75) / 0.05).ln()).abs() < 1e-12);
    }

    #[test]
    fn stored_bins_that_are_none_are_refused() {
        let load = |json: &str| serde_json::from_str::<Bins>(json).unwrap_err().to_string();
        for (low, high, counts) in
            [(1.0, 0.0, "[1]"), (0.0, 1.0, "[0]"), (0.0, 1.0, "[18446744073709551615,1]")]
        {
            let json = format!(r#"{{"low":{low:?},"high":{high:?},"deviation":1.0,"counts":{counts}}}"#);
            assert!(load(&json).contains("stored histogram"), "{json}");
        }
    }
}
