//! The empirical distribution of one column, frozen at fit.

use std::array;

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
    /// Empty when each value is of one row: the counts are the places then, and take no room in the cache.
    at_or_below: Vec<u64>,
    /// The first of every [`PAGE`] values: a search in these stays in the first cache.
    pages: Vec<f64>,
}

const PAGE: usize = 64;
/// Values that are looked up together.
pub(crate) const ABREAST: usize = 16;

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
        let counted = at_or_below.last().is_some_and(|n| *n > values.len() as u64);
        Ecdf { values, at_or_below: if counted { at_or_below } else { Vec::new() }, pages }
    }

    /// Both tails at x, each in (0, 1] and super-uniform for a row that is exchangeable with the fitted ones.
    pub(crate) fn tails(&self, x: f64) -> Tails {
        self.tails_at(self.below(x), x)
    }

    /// The tails at several places.
    pub(crate) fn tails_each(&self, xs: &[f64; ABREAST]) -> [Tails; ABREAST] {
        let places = self.below_each(xs);
        array::from_fn(|lane| self.tails_at(places[lane], xs[lane]))
    }

    /// The tails at x, given the number of distinct values below it.
    fn tails_at(&self, place: usize, x: f64) -> Tails {
        let below = self.count(place);
        let at_or_below = if self.values.get(place) == Some(&x) { self.count(place + 1) } else { below };
        Tails { lower: self.probability(at_or_below), upper: self.probability(self.n() - below) }
    }

    /// Number of distinct values below x.
    fn below(&self, x: f64) -> usize {
        let page = self.pages.partition_point(|value| *value < x).saturating_sub(1) * PAGE;
        let end = (page + PAGE).min(self.values.len());
        page + self.values[page..end].partition_point(|value| *value < x)
    }

    /// As [`below`](Self::below). The searches go on step by step together: none waits for the memory of another.
    fn below_each(&self, xs: &[f64; ABREAST]) -> [usize; ABREAST] {
        let pages = lower_bounds(&self.pages, [0; ABREAST], self.pages.len(), xs);
        let size = PAGE.min(self.values.len());
        let last = self.values.len() - size;
        let starts = pages.map(|page| (page.saturating_sub(1) * PAGE).min(last));
        lower_bounds(&self.values, starts, size, xs)
    }

    fn n(&self) -> u64 {
        self.count(self.values.len())
    }

    fn probability(&self, count: u64) -> f64 {
        (1 + count) as f64 / (1 + self.n()) as f64
    }

    /// Rows with one of the first `distinct` values.
    fn count(&self, distinct: usize) -> u64 {
        match self.at_or_below.is_empty() {
            true => distinct as u64,
            false => distinct.checked_sub(1).map_or(0, |last| self.at_or_below[last]),
        }
    }
}

/// For each x the place of the first of `size` ascending values from its start that is not below it.
fn lower_bounds(
    values: &[f64],
    mut starts: [usize; ABREAST],
    mut size: usize,
    xs: &[f64; ABREAST],
) -> [usize; ABREAST] {
    while size > 1 {
        let half = size / 2;
        for (start, x) in starts.iter_mut().zip(xs) {
            *start += if values[*start + half - 1] < *x { half } else { 0 };
        }
        size -= half;
    }
    if size == 1 {
        starts.iter_mut().zip(xs).for_each(|(start, x)| *start += usize::from(values[*start] < *x));
    }
    starts
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
    fn from(ecdf: Ecdf) -> Self {
        let at_or_below = (1..=ecdf.values.len()).map(|distinct| ecdf.count(distinct)).collect();
        StoredEcdf { at_or_below, values: ecdf.values }
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
    use super::{ABREAST, Ecdf, Tails};

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
        for n in [0, 1, 2, 63, 64, 65, 128, 200] {
            let ecdf = Ecdf::fit((0..n).map(|value| f64::from(2 * value)).collect());
            for x in -1..=2 * n {
                let below = (0..n).filter(|value| 2 * value < x).count();
                assert_eq!(ecdf.below(f64::from(x)), below, "{x} among {n}");
                assert_eq!(ecdf.below_each(&[f64::from(x); ABREAST]), [below; ABREAST], "{x} among {n}");
            }
        }
    }

    #[test]
    fn equal_values_are_stored_once() {
        let stored = serde_json::to_value(Ecdf::fit(vec![0.0; 1000])).unwrap();
        assert_eq!(stored, serde_json::json!({"values": [0.0], "at_or_below": [1000]}));
    }
}
