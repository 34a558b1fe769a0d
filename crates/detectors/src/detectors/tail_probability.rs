//! **Tail probability**: how rarely each column's value was reached or passed in the reference, as the sum of
//! `-ln p` over the columns, in nats, from 0 upwards.
//!
//! **Why it matters.** A finding must be defended: "only 3 of 2,000 reference sessions repeat a call as often" is
//! the plainest evidence there is, and the direction of each column sees to it that only the strange side counts.
//!
//! **How.** With the n available values of a column frozen at fit,
//!
//! ```text
//! p_higher(x) = (1 + #{reference >= x}) / (n + 1)       Direction::Higher
//! p_lower(x)  = (1 + #{reference <= x}) / (n + 1)       Direction::Lower
//! p_both(x)   = min(1, 2 min(p_higher, p_lower))        Direction::Both
//! score       = sum over columns of -ln p(x)
//! ```
//!
//! This is ECOD (Li et al.: ECOD: Unsupervised Outlier Detection Using Empirical Cumulative Distribution Functions,
//! TKDE 2022) with three changes: the distribution is frozen at fit, so a score does not depend on the batch
//! around it; p counts the row itself, so it is conservative and never 0; the side is declared per column instead
//! of guessed from the skewness. Fitting takes `O(n d log n)`, scoring `O(d log n)` a row, a model at most 10 bytes
//! a distinct value and column.
//!
//! **When it misleads.** Columns count as if independent: ten names for one quantity count ten times. Odd
//! combinations and gaps inside the range are not seen. A term cannot pass `ln(n + 1)`, so with few reference rows a
//! single absurd value weighs no more than a mildly rare one.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Column, Detector, Table, TailProbability};
//! use ndarray::Array2;
//!
//! // 99 sessions with 0, 1, ..., 98 repeats.
//! let columns = vec![Column::higher("repeats")];
//! let rows = Array2::from_shape_fn((99, 1), |(row, _)| row as f64);
//! let tail = TailProbability::params().fit(&Table::new(columns, rows)?)?;
//! assert!((tail.score_one(&[98.0]) - 50_f64.ln()).abs() < 1e-12); // p = 2/100
//! assert!((tail.score_one(&[500.0]) - 100_f64.ln()).abs() < 1e-12); // p = 1/100
//! assert_eq!(tail.score_one(&[-3.0]), 0.0); // unusually good is not strange
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`TailProbabilityParams`].

use std::array;

use ndarray::{Array1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::{
    Detector, Direction, Error, Listed, Page, Schema, Table, ToTable,
    columns::each_column,
    ecdf::{ABREAST, Ecdf, Tails},
    schema::expect_stored,
};

/// Rows that are scored together. So many that a distribution is fetched once and used often.
const BLOCK: usize = 16_384;

/// Fitted tail probabilities. Scores are in nats, from 0 to the sum of `ln(n + 1)` over the columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredTails")]
pub struct TailProbability {
    schema: Schema,
    distributions: Vec<Ecdf>,
}

/// Parameters of the tail probabilities.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`directed`](Self::directed) | yes, no | yes | the direction is what this detector is for |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailProbabilityParams(TailProbabilityValidParams);

/// Checked parameters of the tail probabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailProbabilityValidParams {
    directed: bool,
}

impl TailProbability {
    /// The documented defaults: directions of the columns in force.
    pub fn params() -> TailProbabilityParams {
        TailProbabilityParams(TailProbabilityValidParams { directed: true })
    }

    /// The p-value of one value in one column, in (0, 1]; `None` for a column outside the model. NaN is unavailable
    /// and read as the fitted median.
    pub fn p_value(&self, column: usize, value: f64) -> Option<f64> {
        let distribution = self.distributions.get(column)?;
        let tails = distribution.tails(self.value(column, Some(&value)));
        Some(p_value(self.schema.columns()[column].direction, tails))
    }

    /// `-ln p` of a value, unavailable or not, of a column of the model.
    fn term(&self, column: usize, value: Option<f64>) -> f64 {
        self.p_value(column, value.unwrap_or(f64::NAN)).map_or(0.0, surprise)
    }

    /// Adds the term of a column to the score of each row.
    fn add_terms(&self, column: usize, rows: ArrayView2<'_, f64>, scores: &mut [f64]) {
        let direction = self.schema.columns()[column].direction;
        let values = |place: usize| self.value(column, rows.get((place, column)));
        for (group, scores) in scores.chunks_mut(ABREAST).enumerate() {
            let values = array::from_fn(|lane| values(group * ABREAST + lane));
            let tails = self.distributions[column].tails_each(&values);
            let terms = tails.map(|tails| surprise(p_value(direction, tails)));
            scores.iter_mut().zip(terms).for_each(|(score, term)| *score += term);
        }
    }

    /// A cell, the median where it is unavailable.
    fn value(&self, column: usize, cell: Option<&f64>) -> f64 {
        cell.copied().filter(|value| !value.is_nan()).unwrap_or(self.schema.medians()[column])
    }
}

impl Detector for TailProbability {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        self.explain(row).iter().sum()
    }

    /// `-ln p` of each column: never negative.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let columns = 0..self.distributions.len();
        columns.map(|column| self.term(column, row.get(column).copied())).collect()
    }

    /// The score itself.
    fn explained(&self, score: f64) -> f64 {
        score
    }

    /// Column by column in large blocks, so that one distribution at a time is in the cache; each row still sums its terms in the
    /// order of the columns.
    fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        let mut scores = vec![0.0; rows.nrows()];
        for (rows, scores) in rows.axis_chunks_iter(Axis(0), BLOCK).zip(scores.chunks_mut(BLOCK)) {
            for column in 0..self.distributions.len() {
                self.add_terms(column, rows, scores);
            }
        }
        scores.into()
    }
}

impl Listed for TailProbability {
    const PAGE: Page = Page {
        title: "Tail probability",
        finds: "Rows with rarely reached values in one or several columns, on the declared side of each.",
        misses: "Odd combinations, gaps inside a column's range; correlated columns count several times.",
        cost: "Fit O(n d log n); score O(d log n) a row; at most 10 bytes a distinct value and column.",
    };

    fn fit_default(table: &Table, _seed: u64) -> Result<Self, Error> {
        TailProbability::params().fit(table)
    }
}

impl TailProbabilityParams {
    /// Whether the directions of the columns count; otherwise either side of every column is strange.
    pub fn directed(mut self, directed: bool) -> Self {
        self.0.directed = directed;
        self
    }

    /// Fits.
    ///
    /// # Errors
    /// The errors of [`Table::new`] when `rows` is not a table yet, [`Error::Empty`] without rows or columns.
    pub fn fit(&self, rows: &impl ToTable) -> Result<TailProbability, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// There is nothing to refuse.
    ///
    /// # Errors
    /// None.
    pub fn valid(&self) -> Result<&TailProbabilityValidParams, Error> {
        Ok(&self.0)
    }
}

impl TailProbabilityValidParams {
    /// Freezes the distribution of the available values of each column.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<TailProbability, Error> {
        let schema = Schema::fit(table)?;
        let schema = if self.directed { schema } else { schema.undirected() };
        let distributions = each_column(table.values(), Ecdf::fit);
        Ok(TailProbability { schema, distributions })
    }
}

#[cfg(feature = "linfa")]
crate::linfa_traits::linfa_traits!(TailProbability, TailProbabilityParams, TailProbabilityValidParams);

fn p_value(direction: Direction, Tails { lower, upper }: Tails) -> f64 {
    match direction {
        Direction::Higher => upper,
        Direction::Lower => lower,
        Direction::Both => (2.0 * lower.min(upper)).min(1.0),
    }
}

/// `-ln p`, with 0 instead of -0 at p = 1.
fn surprise(p: f64) -> f64 {
    p.recip().ln()
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredTails {
    schema: Schema,
    distributions: Vec<Ecdf>,
}

impl TryFrom<StoredTails> for TailProbability {
    type Error = Error;

    fn try_from(StoredTails { schema, distributions }: StoredTails) -> Result<Self, Error> {
        expect_stored("number of distributions", schema.columns().len(), distributions.len())?;
        Ok(TailProbability { schema, distributions })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis, array};
    use proptest::prelude::*;

    use super::TailProbability;
    use crate::{Column, Detector, Table};

    fn fitted(column: Column, values: &[f64]) -> TailProbability {
        let values = Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap();
        TailProbability::params().fit(&Table::new(vec![column], values).unwrap()).unwrap()
    }

    fn p(column: Column, x: f64) -> f64 {
        fitted(column, &[1.0, 2.0, 2.0, 3.0]).p_value(0, x).unwrap()
    }

    /// Counted by hand over the reference 1, 2, 2, 3.
    #[test]
    fn p_values_are_counts_with_the_row_itself_included() {
        let cases = [
            (Column::higher("a"), 0.5, 1.0),
            (Column::higher("a"), 2.0, 0.8),
            (Column::higher("a"), 3.0, 0.4),
            (Column::higher("a"), 9.0, 0.2),
            (Column::lower("a"), 0.5, 0.2),
            (Column::lower("a"), 2.0, 0.8),
            (Column::lower("a"), 2.5, 0.8),
            (Column::both("a"), 2.0, 1.0),
            (Column::both("a"), 3.0, 0.8),
            (Column::both("a"), 9.0, 0.4),
            (Column::both("a"), -9.0, 0.4),
        ];
        for (column, x, expected) in cases {
            assert_eq!(p(column.clone(), x), expected, "{column:?} at {x}");
        }
    }

    #[test]
    fn without_directions_either_side_is_strange() {
        let table = Table::new(vec![Column::higher("a")], array![[1.0], [2.0], [3.0]]).unwrap();
        let undirected = TailProbability::params().directed(false).fit(&table).unwrap();
        assert_eq!(undirected.p_value(0, -7.0), Some(0.5));
        assert_eq!(TailProbability::params().fit(&table).unwrap().p_value(0, -7.0), Some(1.0));
    }

    #[test]
    fn a_column_that_was_never_available_says_nothing() {
        let columns = vec![Column::higher("a"), Column::higher("b")];
        let rows = [vec![Some(1.0), None], vec![Some(2.0), None]];
        let tail = TailProbability::params().fit(&Table::from_options(columns, &rows).unwrap()).unwrap();
        assert_eq!(tail.explain(&[9.0, 1e9])[1], 0.0);
    }

    #[test]
    fn only_available_values_are_counted() {
        let rows = [vec![Some(1.0)], vec![None], vec![None], vec![Some(3.0)]];
        let table = Table::from_options(vec![Column::higher("a")], &rows).unwrap();
        let tail = TailProbability::params().fit(&table).unwrap();
        assert_eq!(tail.p_value(0, 9.0), Some(1.0 / 3.0));
        assert_eq!(tail.p_value(0, f64::NAN), tail.p_value(0, 1.0));
    }

    #[test]
    fn both_zeros_are_one_value() {
        let tail = fitted(Column::higher("a"), &[-0.0, 0.0, -0.0]);
        assert_eq!((tail.p_value(0, 0.0), tail.p_value(0, -0.0)), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn a_value_outside_the_model_has_no_p() {
        assert_eq!(fitted(Column::both("a"), &[1.0]).p_value(1, 0.0), None);
    }

    #[test]
    fn a_stored_model_that_contradicts_itself_is_refused() {
        let tail = fitted(Column::both("a"), &[1.0, 2.0]);
        let spoil = |pointer: &str, value: serde_json::Value| {
            let mut stored = serde_json::to_value(&tail).unwrap();
            *stored.pointer_mut(pointer).unwrap() = value;
            serde_json::from_value::<TailProbability>(stored).unwrap_err().to_string()
        };
        assert!(spoil("/distributions", serde_json::json!([])).contains("number of distributions"));
        let part = "/distributions/0";
        assert!(spoil(&format!("{part}/values/0"), 5.0.into()).contains("rising order"));
        assert!(spoil(&format!("{part}/at_or_below/0"), 2.into()).contains("rising order"));
        assert!(spoil(&format!("{part}/at_or_below/1"), u64::MAX.into()).contains("rising order"));
        assert!(spoil(&format!("{part}/values"), serde_json::json!([1.0])).contains("number of counts"));
    }

    proptest! {
        /// For all references: the order of their rows changes nothing.
        #[test]
        fn the_order_of_rows_is_irrelevant(values in prop::collection::vec(-5_i32..5, 1..40)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let mut reversed = values.clone();
            reversed.reverse();
            prop_assert_eq!(fitted(Column::both("a"), &values), fitted(Column::both("a"), &reversed));
        }

        /// For all references and levels: of the reference rows at most a share `level` has p at or below it, up
        /// to the row that p counts on top (the property that makes p conservative).
        #[test]
        fn p_is_conservative(values in prop::collection::vec(-50_i32..50, 1..60), level in 0.0_f64..1.0) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            for column in [Column::higher("a"), Column::lower("a"), Column::both("a")] {
                let tail = fitted(column, &values);
                let rejected = values.iter().filter(|value| tail.p_value(0, **value).unwrap() <= level).count();
                prop_assert!(rejected as f64 <= level * (values.len() + 1) as f64 + 1e-9);
            }
        }

        /// For all rows: a more extreme value on the strange side never lowers the score.
        #[test]
        fn the_score_rises_with_the_strange_side(x in -9.0..9.0, step in 0.0..9.0) {
            let tail = fitted(Column::higher("a"), &[1.0, 2.0, 2.0, 3.0]);
            prop_assert!(tail.score_one(&[x + step]) >= tail.score_one(&[x]));
        }
    }

    #[test]
    fn scores_add_up_over_columns() {
        let rows = Array2::from_shape_fn((50, 3), |(row, column)| ((row * (3 + column)) % 17) as f64);
        let tail = TailProbability::params().fit(&rows).unwrap();
        let sums = tail.explain_table(&Table::unnamed(rows.clone()).unwrap()).unwrap().sum_axis(Axis(1));
        assert_eq!(sums, tail.score(rows.view()));
    }
}
