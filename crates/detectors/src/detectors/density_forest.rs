//! **Density forest**: how thinly the cells of an isolation forest are settled, in nats, around 0.
//!
//! **Why it matters.** The depth of a cell only counts cuts. A cut that leaves one row in nine tenths of the range says more than
//! one that leaves it in a tenth; the density of the cell tells them apart, and a few deep cells of wide range are found.
//!
//! **How.** Trees are grown as those of [`IsolationForest`](crate::IsolationForest), with the same seed the same ones. Each cut
//! sends a share of the node's rows and a share of the range of its column to either side; over the cuts on the way of a row,
//! and as a mean over the trees,
//!
//! ```text
//! score = sum of  ln(share of the range) - ln(share of the rows)
//! ```
//!
//! the negative logarithm of the cell's density relative to a uniform one. 0 is a cell as dense as the whole; higher is
//! emptier. Each cut credits its term to its column, so the score splits exactly. Fitting takes `O(trees psi d log psi)`
//! whatever the number of rows, scoring `O(trees log psi)` a row, a model some 2 KB a tree. Cortes: Isolation Forests: Looking
//! beyond Tree Depth, 2021.
//!
//! **When it misleads.** A dense cluster of strange rows is dense. Columns of few values have cells of no width, so counts say
//! less than to the depth. Directions are not known to it: [`Flatten`](crate::Flatten) first.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{DensityForest, Detector};
//! use ndarray::Array2;
//!
//! let rows = Array2::from_shape_fn((300, 2), |(row, column)| match row {
//!     299 => 90.0,
//!     row => ((row * (7 + column)) % 23) as f64,
//! });
//! let forest = DensityForest::params().seed(7).fit(&rows)?;
//! assert!(forest.score_one(&[90.0, 90.0]) > 1.0 + forest.score_one(&[11.0, 11.0]));
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`DensityForestParams`].

use ndarray::{Array1, ArrayView2};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::{
    Detector, Error, Listed, Page, Schema, Table,
    forest_params::forest_params,
    isolation_tree::{Cut, Draw, OneColumn, Split, Step, Threshold, Tree, Uniform},
    stand::{Growing, Stand},
};

/// A fitted density forest. Scores are in nats.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "StoredForest", into = "StoredForest")]
pub struct DensityForest {
    schema: Schema,
    sample: usize,
    stand: Stand<Slice>,
}

/// Parameters of a density forest, to be checked when it is fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`trees`](Self::trees) | 1 to 10,000 | 100 | as the isolation forest |
/// | [`sample`](Self::sample) | 1 to 4,096 | 256 | as the isolation forest |
/// | [`seed`](Self::seed) | any | 0 | same seed, same rows in the same order: same forest |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DensityForestParams(DensityForestValidParams);

/// Checked parameters of a density forest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DensityForestValidParams {
    growing: Growing,
}

/// A threshold, and the share of the node's range that lies at or below it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Slice {
    threshold: Threshold,
    share: f64,
}

/// Slices as the isolation forest draws its thresholds.
struct Slices(Uniform<Xoshiro256PlusPlus>);

impl DensityForest {
    /// The documented defaults: 100 trees of 256 rows, seed 0.
    pub fn params() -> DensityForestParams {
        DensityForestParams(DensityForestValidParams { growing: Growing::default() })
    }

    fn new(schema: Schema, sample: usize, trees: Vec<Tree<Slice>>) -> Self {
        let trees = trees.into_iter().map(|tree| tree.valued(emptiness)).collect();
        DensityForest { schema, sample, stand: Stand::new(trees) }
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / self.stand.trees().len() as f64
    }
}

/// What a step says of the density: `ln(share of the range) - ln(share of the rows)`.
fn emptiness(step: &Step<'_, Slice>) -> f64 {
    let below = step.cut.share;
    let range = if step.right { 1.0 - below } else { below };
    range.ln() - (step.child as f64 / step.parent as f64).ln()
}

impl Detector for DensityForest {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        self.mean(self.stand.sum(&self.schema.complete(row)))
    }

    /// What the cuts of each column say of the density.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let row = self.schema.complete(row);
        let mut terms = vec![0.0; row.len()];
        for tree in self.stand.trees() {
            tree.walk(&row, |step| terms[step.cut.threshold.column as usize] += emptiness(&step));
        }
        terms.iter_mut().for_each(|term| *term = self.mean(*term));
        terms
    }

    /// The score itself.
    fn explained(&self, score: f64) -> f64 {
        score
    }

    fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        self.stand.sums(&self.schema, rows).into_iter().map(|sum| self.mean(sum)).collect()
    }
}

impl Listed for DensityForest {
    const PAGE: Page = Page {
        title: "Density forest",
        finds: "Rows in the emptiest cells that random cuts make: extreme values, and how far out they are.",
        misses: "Dense clusters of strange rows, and odd combinations of values that are each ordinary.",
        cost: "Fit O(trees psi d log psi) whatever n; score O(trees log psi) a row; about 2 KB a tree.",
    };

    fn fit_default(table: &Table, seed: u64) -> Result<Self, Error> {
        DensityForest::params().seed(seed).fit(table)
    }
}

impl DensityForestValidParams {
    /// Grows the forest. Every tree has a seed of its own, drawn in the order of the trees.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<DensityForest, Error> {
        let schema = Schema::fit(table)?;
        let sample = self.growing.sample.min(table.n_rows());
        let trees = self.growing.grow(table, &schema, |columns, rng| Slices(Uniform::new(columns, rng)));
        Ok(DensityForest::new(schema, sample, trees))
    }
}

forest_params!(DensityForest, DensityForestParams, DensityForestValidParams);

impl Default for Slice {
    fn default() -> Self {
        Slice { threshold: Threshold::default(), share: 0.5 }
    }
}

impl Cut for Slice {
    #[inline]
    fn above(&self, row: &[f64]) -> bool {
        self.threshold.above(row)
    }

    fn is_sound(&self, n_columns: usize) -> bool {
        self.threshold.is_sound(n_columns) && self.share > 0.0 && self.share < 1.0
    }
}

impl OneColumn for Slice {
    fn threshold(&self) -> Threshold {
        self.threshold
    }
}

impl Draw for Slices {
    type Cut = Slice;

    fn draw(&mut self, rows: ArrayView2<'_, f64>, members: &[usize]) -> Option<Slice> {
        let (threshold, share) = self.0.draw_share(rows, members)?;
        // The end of the range itself would be a side without any width, and its logarithm infinite.
        Some(Slice { threshold, share: share.clamp(f64::EPSILON, 1.0 - f64::EPSILON) })
    }
}

/// What a model file holds: only the cuts that were made, from which the trees are rebuilt.
#[derive(Serialize, Deserialize)]
struct StoredForest {
    schema: Schema,
    sample: u32,
    trees: Vec<Vec<Split<Slice>>>,
}

impl From<DensityForest> for StoredForest {
    fn from(DensityForest { schema, sample, stand }: DensityForest) -> Self {
        let trees = stand.trees().iter().map(Tree::splits).collect();
        StoredForest { schema, sample: sample as u32, trees }
    }
}

impl TryFrom<StoredForest> for DensityForest {
    type Error = Error;

    fn try_from(StoredForest { schema, sample, trees }: StoredForest) -> Result<Self, Error> {
        let averages = Growing::expect_stored(trees.len(), sample)?;
        let tree = |splits: Vec<_>| Tree::load(&splits, sample, schema.columns().len(), &averages);
        let trees = trees.into_iter().map(tree).collect::<Result<_, _>>()?;
        Ok(DensityForest::new(schema, sample as usize, trees))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::DensityForest;
    use crate::{Detector, IsolationForest};

    /// For two rows the only cut lies at a share u of the range; both sides hold half of the rows, so the scores are
    /// ln(2 u) and ln(2 (1 - u)), and every cut is worth at most ln 2.
    #[test]
    fn the_scores_of_two_rows_are_those_of_the_formula() {
        let forest = DensityForest::params().trees(1).seed(3).fit(&array![[0.0], [1.0]]).unwrap();
        let [low, high] = [0.0, 1.0].map(|x| forest.score_one(&[x]).exp() / 2.0);
        assert!((low + high - 1.0).abs() < 1e-12, "{low} + {high}");
        assert_eq!(forest.score_one(&[f64::MAX]), forest.score_one(&[1.0]));
    }

    #[test]
    fn the_trees_are_those_of_the_isolation_forest() {
        let rows =
            ndarray::Array2::from_shape_fn((90, 2), |(row, column)| ((row * (7 + column)) % 31) as f64);
        let density = serde_json::to_value(DensityForest::params().seed(5).fit(&rows).unwrap()).unwrap();
        let depth = serde_json::to_value(IsolationForest::params().seed(5).fit(&rows).unwrap()).unwrap();
        let (slice, split) = (&density["trees"][0][0], &depth["trees"][0][0]);
        assert_eq!(slice["cut"]["threshold"]["threshold"], split["threshold"]);
        assert_eq!(slice["left"], split["left"]);
    }

    #[test]
    fn rows_all_alike_are_as_dense_as_any() {
        let forest = DensityForest::params().fit(&array![[4.0], [4.0], [4.0]]).unwrap();
        assert_eq!(forest.score_one(&[1e300]), 0.0);
    }

    #[test]
    fn a_stored_forest_with_a_share_beyond_the_range_is_refused() {
        let forest = DensityForest::params().trees(1).fit(&array![[1.0], [2.0]]).unwrap();
        for share in [0.0, 1.0, -3.0] {
            let mut stored = serde_json::to_value(&forest).unwrap();
            stored["trees"][0][0]["cut"]["share"] = share.into();
            let refused = serde_json::from_value::<DensityForest>(stored).unwrap_err().to_string();
            assert!(refused.contains("stored split"), "{refused}");
        }
    }
}
