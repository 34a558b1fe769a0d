//! The empirical distribution of one column, frozen at fit.

use serde::{Deserialize, Serialize};

use crate::{
    Error,
    schema::{expect_stored, stored},
};

/// Tail probabilities of one column: distinct values with the number of rows at or below each.
///
/// Counts with few distinct values, the rule for features of sessions, take a few bytes instead of one number a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredEcdf", into = "StoredEcdf")]
pub(crate) struct Ecdf {
    values: Vec<f64>,
    at_or_below: Vec<u64>,
    /// The first of every [`PAGE`] values: a search in these stays in the first cache.
    pages: Vec<f64>,
}

const PAGE: usize = 64;

/// How rarely a value is reached from either side, the value itself counted in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tails {
    /// `(1 + #{rows at or below}) / (n + 1)`.
    pub(crate) lower: f64,
    /// `(1 + #{rows at or above}) / (n + 1)`.
    pub(crate) upper: f64,
}

impl Ecdf {
    /// Of finite values in any order.
    pub(crate) fn fit(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let groups = values.chunk_by(|left, right| left == right);
        let (values, at_or_below) = groups.scan(0, count).unzip();
        Ecdf::new(values, at_or_below)
    }

    fn new(values: Vec<f64>, at_or_below: Vec<u64>) -> Self {
        let pages = values.iter().step_by(PAGE).copied().collect();
        Ecdf { values, at_or_below, pages }
    }

    /// Both tails at x, each in (0, 1] and super-uniform for a row that is exchangeable with the fitted ones.
    pub(crate) fn tails(&self, x: f64) -> Tails {
        let place = self.below(x);
        let below = self.count(place);
        let at_or_below = if self.values.get(place) == Some(&x) { self.at_or_below[place] } else { below };
        Tails { lower: self.probability(at_or_below), upper: self.probability(self.n() - below) }
    }

    /// Number of distinct values below x.
    fn below(&self, x: f64) -> usize {
        let page = self.pages.partition_point(|value| *value < x).saturating_sub(1) * PAGE;
        let end = (page + PAGE).min(self.values.len());
        page + self.values[page..end].partition_point(|value| *value < x)
    }

    fn n(&self) -> u64 {
        self.count(self.values.len())
    }

    fn probability(&self, count: u64) -> f64 {
        (1 + count) as f64 / (1 + self.n()) as f64
    }

    /// Rows with one of the first `distinct` values.
    fn count(&self, distinct: usize) -> u64 {
        distinct.checked_sub(1).map_or(0, |last| self.at_or_below[last])
    }
}

/// The value of a group of equals, and how many rows are at or below it.
fn count(total: &mut u64, equals: &[f64]) -> Option<(f64, u64)> {
    *total += equals.len() as u64;
    Some((equals[0], *total))
}

/// As it was written, before it is believed.
#[derive(Serialize, Deserialize)]
struct StoredEcdf {
    values: Vec<f64>,
    at_or_below: Vec<u64>,
}

impl From<Ecdf> for StoredEcdf {
    fn from(Ecdf { values, at_or_below, .. }: Ecdf) -> Self {
        StoredEcdf { values, at_or_below }
    }
}

impl TryFrom<StoredEcdf> for Ecdf {
    type Error = Error;

    fn try_from(StoredEcdf { values, at_or_below }: StoredEcdf) -> Result<Self, Error> {
        expect_stored("number of counts", values.len(), at_or_below.len())?;
        let ascending = values.is_sorted_by(|left, right| left < right);
        let counting = at_or_below.is_sorted_by(|left, right| left < right);
        let possible = at_or_below.iter().all(|count| (1..=1 << 53).contains(count));
        if !(ascending && counting && possible && values.iter().all(|value| value.is_finite())) {
            return Err(stored(
                "distribution",
                "finite values and counts, each in rising order",
                "another order",
            ));
        }
        Ok(Ecdf::new(values, at_or_below))
    }
}

#[cfg(test)]
mod tests {
    use super::{Ecdf, Tails};

    /// Counted by hand.
    #[test]
    fn tails_count_equals_on_both_sides() {
        let ecdf = Ecdf::fit(vec![3.0, 2.0, 1.0, 2.0]);
        assert_eq!(ecdf.tails(2.0), Tails { lower: 0.8, upper: 0.8 });
        assert_eq!(ecdf.tails(2.5), Tails { lower: 0.8, upper: 0.4 });
        assert_eq!(ecdf.tails(f64::NEG_INFINITY), Tails { lower: 0.2, upper: 1.0 });
        assert_eq!(ecdf.tails(f64::INFINITY), Tails { lower: 1.0, upper: 0.2 });
    }

    #[test]
    fn without_rows_nothing_is_rare() {
        assert_eq!(Ecdf::fit(vec![]).tails(1.0), Tails { lower: 1.0, upper: 1.0 });
    }

    /// For pages that are full, begun and empty: the same count as by comparing with all.
    #[test]
    fn a_search_by_pages_finds_every_place() {
        for n in [1, 63, 64, 65, 128, 200] {
            let ecdf = Ecdf::fit((0..n).map(|value| f64::from(2 * value)).collect());
            for x in -1..=2 * n {
                let below = (0..n).filter(|value| 2 * value < x).count();
                assert_eq!(ecdf.below(f64::from(x)), below, "{x} among {n}");
            }
        }
    }

    #[test]
    fn equal_values_are_stored_once() {
        let stored = serde_json::to_value(Ecdf::fit(vec![0.0; 1000])).unwrap();
        assert_eq!(stored, serde_json::json!({"values": [0.0], "at_or_below": [1000]}));
    }
}
