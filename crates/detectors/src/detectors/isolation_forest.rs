//! **Isolation forest**: how few random cuts set a row apart from the others, as a score in (0, 1).
//!
//! **Why it matters.** A session that loops or pads is extreme in several of its numbers at once (repeats, echoes,
//! tokens per new fact), so a few random cuts suffice to leave it alone in its cell.
//!
//! **How.** Each tree cuts a sample of `psi` rows, drawn without replacement, at a random threshold of a random
//! column, until a row stands alone or the depth `ceil(log2 psi)` is reached. With `h` the depth of the leaf that
//! a row falls into plus `c(size of the leaf)`, averaged over the trees,
//!
//! ```text
//! score = 2^(-h / c(psi)),     c(n) = 2 H(n-1) - 2 (n-1)/n
//! ```
//!
//! .5 is what a row gets on average; 1 is alone at once. The score of a row splits exactly: each cut credits
//! `c(parent) - 1 - c(child)` to its column, the sum is `c(psi) - h`. Fitting takes
//! `O(trees psi d log psi)` whatever the number of rows, scoring `O(trees log psi)` a row, a model some 1 KB a tree.
//! Liu, Ting, Zhou: Isolation Forest, ICDM 2008; Isolation-Based Anomaly Detection, TKDD 2012.
//!
//! **When it misleads.** Strange rows that form a dense cluster of their own (many identical loops) mask each
//! other once the sample holds several; rows that are strange only in how two columns go together are missed,
//! since each cut sees one column. Directions are not known to it: [`Flatten`](crate::Flatten) first.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Column, Detector, IsolationForest, Table};
//! use ndarray::Array2;
//!
//! // 100 sessions, 2 features; the last one repeats itself.
//! let columns = vec![Column::higher("repeats"), Column::both("seconds_per_step")];
//! let rows = Array2::from_shape_fn((100, 2), |(row, column)| match (row, column) {
//!     (99, 0) => 80.0,
//!     (row, 0) => (row % 7) as f64,
//!     (row, _) => (row % 11) as f64,
//! });
//! let forest = IsolationForest::params().trees(200).seed(7).fit(&Table::new(columns, rows)?)?;
//! assert!(forest.score_one(&[80.0, 5.0]) > 0.7);
//! assert!(forest.score_one(&[3.0, 5.0]) < 0.5);
//! let terms = forest.explain(&[80.0, 5.0]);
//! assert!(terms[0] > 5.0 * terms[1].abs());
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`IsolationForestParams`].

use ndarray::{Array1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::{
    Detector, Error, Listed, Page, Schema, Table,
    forest_params::forest_params,
    isolation_tree::{Split, Threshold, Tree, Uniform, averages},
    stand::{Growing, Stand},
};

/// A fitted isolation forest. Scores are in (0, 1), about .5 for ordinary rows, exactly .5 for all when nothing
/// could be cut (one row, or only constant columns).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "StoredForest", into = "StoredForest")]
pub struct IsolationForest {
    schema: Schema,
    stand: Stand<Threshold>,
    /// `c(n)` for n from 0 to the rows of a tree.
    averages: Vec<f64>,
}

/// Parameters of an isolation forest, to be checked when it is fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`trees`](Self::trees) | 1 to 10,000 | 100 | 300 gain nothing on 43 benchmark sets |
/// | [`sample`](Self::sample) | 1 to 4,096 | 256 | the paper's; larger samples let clustered outliers mask each other |
/// | [`seed`](Self::seed) | any | 0 | same seed, same rows in the same order: same forest |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsolationForestParams(IsolationForestValidParams);

/// Checked parameters of an isolation forest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsolationForestValidParams {
    growing: Growing,
}

impl IsolationForest {
    /// The documented defaults: 100 trees of 256 rows, seed 0.
    pub fn params() -> IsolationForestParams {
        IsolationForestParams(IsolationForestValidParams { growing: Growing::default() })
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.stand.trees().len()
    }

    /// Rows that each tree was grown on: `psi`, or all rows when there were fewer.
    pub fn sample(&self) -> usize {
        self.averages.len() - 1
    }

    fn new(schema: Schema, trees: Vec<Tree>, averages: Vec<f64>) -> Self {
        IsolationForest { schema, stand: Stand::new(trees), averages }
    }

    fn scale(&self) -> f64 {
        self.averages[self.sample()]
    }

    fn score_of(&self, path_lengths: f64) -> f64 {
        let average = path_lengths / self.stand.trees().len() as f64;
        if self.scale() > 0.0 { (-average / self.scale()).exp2() } else { 0.5 }
    }
}

impl Detector for IsolationForest {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        let row = self.schema.complete(row);
        self.score_of(self.stand.sum(&row))
    }

    /// Cuts saved against an average row, per column; they sum to `c(psi) - h`.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let row = self.schema.complete(row);
        let mut terms = vec![0.0; row.len()];
        for tree in self.stand.trees() {
            tree.walk(&row, |step| {
                terms[step.cut.column as usize] +=
                    self.averages[step.parent] - 1.0 - self.averages[step.child];
            });
        }
        terms.iter_mut().for_each(|term| *term /= self.stand.trees().len() as f64);
        terms
    }

    /// `c(psi) - h = c(psi) (1 + log2 score)`.
    fn explained(&self, score: f64) -> f64 {
        self.scale() * (1.0 + score.log2())
    }

    fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        self.stand.sums(&self.schema, rows).into_iter().map(|sum| self.score_of(sum)).collect()
    }
}

impl Listed for IsolationForest {
    const PAGE: Page = Page {
        title: "Isolation forest",
        finds: "Rows that few random cuts set apart: extreme values in one or several columns.",
        misses: "Dense clusters of strange rows, and odd combinations of values that are each ordinary.",
        cost: "Fit O(trees psi d log psi) whatever n; score O(trees log psi) a row; about 1 KB a tree.",
    };

    fn fit_default(table: &Table, seed: u64) -> Result<Self, Error> {
        IsolationForest::params().seed(seed).fit(table)
    }
}

impl IsolationForestValidParams {
    /// Grows the forest. Every tree has a seed of its own, drawn in the order of the trees.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<IsolationForest, Error> {
        let schema = Schema::fit(table)?;
        let averages = averages(self.growing.sample.min(table.n_rows()));
        let trees = self.growing.grow(table, &schema, Uniform::new);
        Ok(IsolationForest::new(schema, trees, averages))
    }
}

forest_params!(IsolationForest, IsolationForestParams, IsolationForestValidParams);

/// What a model file holds: only the cuts that were made, from which the trees are rebuilt.
#[derive(Serialize, Deserialize)]
struct StoredForest {
    schema: Schema,
    sample: u32,
    trees: Vec<Vec<StoredSplit>>,
}

/// A split as it has always been written: flat.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct StoredSplit {
    node: u32,
    column: u32,
    threshold: f64,
    left: u32,
}

impl From<Split> for StoredSplit {
    fn from(split: Split) -> Self {
        let (node, Threshold { column, threshold }, left) = split.parts();
        StoredSplit { node, column, threshold, left }
    }
}

impl From<StoredSplit> for Split {
    fn from(StoredSplit { node, column, threshold, left }: StoredSplit) -> Self {
        Split::new(node, Threshold { column, threshold }, left)
    }
}

impl From<IsolationForest> for StoredForest {
    fn from(forest: IsolationForest) -> Self {
        let sample = forest.sample() as u32;
        let splits = |tree: &Tree| tree.splits().into_iter().map(StoredSplit::from).collect();
        let trees = forest.stand.trees().iter().map(splits).collect();
        StoredForest { schema: forest.schema, sample, trees }
    }
}

impl TryFrom<StoredForest> for IsolationForest {
    type Error = Error;

    fn try_from(StoredForest { schema, sample, trees }: StoredForest) -> Result<Self, Error> {
        let averages = Growing::expect_stored(trees.len(), sample)?;
        let tree = |splits: Vec<StoredSplit>| {
            let splits: Vec<Split> = splits.into_iter().map(Split::from).collect();
            Tree::load(&splits, sample, schema.columns().len(), &averages)
        };
        let trees = trees.into_iter().map(tree).collect::<Result<_, _>>()?;
        Ok(IsolationForest::new(schema, trees, averages))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::IsolationForest;
    use crate::{Column, Detector, Table};

    fn refusal(params: super::IsolationForestParams) -> String {
        params.fit(&array![[1.0]]).unwrap_err().to_string()
    }

    #[test]
    fn no_trees_and_too_many_are_refused() {
        let params = IsolationForest::params;
        assert_eq!(refusal(params().trees(0)), "trees must be in 1..=10000, got 0");
        assert_eq!(refusal(params().trees(10_001)), "trees must be in 1..=10000, got 10001");
    }

    #[test]
    fn no_sample_and_too_large_a_one_are_refused() {
        let params = IsolationForest::params;
        assert_eq!(refusal(params().sample(0)), "sample must be in 1..=4096, got 0");
        assert_eq!(refusal(params().sample(4_097)), "sample must be in 1..=4096, got 4097");
    }

    #[test]
    fn a_forest_that_would_fill_the_memory_is_refused() {
        let refused = refusal(IsolationForest::params().trees(10_000).sample(4_096));
        assert_eq!(refused, "trees times sample must be in 1..=4194304, got 40960000");
    }

    #[test]
    fn nothing_to_fit_on_is_refused() {
        let none = IsolationForest::params().fit(&Array2::zeros((0, 2))).unwrap_err();
        assert_eq!(none.to_string(), "rows: expected at least one, found none");
    }

    /// By hand from eq. 1 and 2 of Liu et al. 2008, whatever the seed: of 0, 0, 10 any cut leaves 10 alone at depth
    /// 1 and the twins at depth 1 with c(2) = 1 on top; c(3) = 5/3, so the scores are 2^(-1/(5/3)) and 2^(-2/(5/3)).
    #[test]
    fn the_scores_of_a_tiny_forest_are_those_of_the_formula() {
        let forest = IsolationForest::params().seed(11).fit(&array![[0.0], [0.0], [10.0]]).unwrap();
        let scores = forest.score(array![[0.0], [10.0], [-5.0], [99.0]].view());
        for (score, exponent) in scores.iter().zip([-1.2_f64, -0.6, -1.2, -0.6]) {
            assert!((score - exponent.exp2()).abs() < 1e-12, "{score} is not 2^{exponent}");
        }
        assert!((forest.explain(&[10.0])[0] - 2.0 / 3.0).abs() < 1e-12);
        assert!((forest.explain(&[0.0])[0] + 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn one_row_and_rows_all_alike_score_one_half() {
        for rows in [Array2::zeros((1, 3)), Array2::from_elem((500, 3), 4.0)] {
            let forest = IsolationForest::params().fit(&rows).unwrap();
            assert!((forest.score_one(&[1e300, -7.0, 0.0]) - 0.5).abs() < 1e-12);
            assert!(forest.explain(&[1e300, -7.0, 0.0]).iter().all(|term| *term == 0.0));
        }
    }

    #[test]
    fn a_tree_takes_all_rows_when_there_are_fewer_than_the_sample() {
        let forest = IsolationForest::params().fit(&Array2::zeros((40, 1))).unwrap();
        assert_eq!((forest.sample(), forest.trees()), (40, 100));
    }

    /// Ordering of the paper's figure 1: the further out, the shorter the path.
    #[test]
    fn a_row_further_out_is_never_less_strange_beyond_the_range() {
        let rows = Array2::from_shape_fn((300, 2), |(row, column)| ((row * (31 + column)) % 97) as f64);
        let forest = IsolationForest::params().seed(3).fit(&rows).unwrap();
        let scores = [48.0, 90.0, 96.0, 1e6].map(|x| forest.score_one(&[x, x]));
        assert!(scores.is_sorted(), "{scores:?}");
    }

    #[test]
    fn another_seed_is_another_forest_that_agrees_on_what_is_strange() {
        let rows = Array2::from_shape_fn((300, 2), |(row, column)| ((row * (31 + column)) % 97) as f64);
        let fit = |seed| IsolationForest::params().seed(seed).fit(&rows).unwrap();
        let (one, two) = (fit(1), fit(2));
        assert_ne!(one.score_one(&[3.0, 4.0]), two.score_one(&[3.0, 4.0]));
        assert!((one.score_one(&[300.0, 300.0]) - two.score_one(&[300.0, 300.0])).abs() < 0.05);
    }

    #[test]
    fn more_rows_than_a_block_score_as_each_alone() {
        let rows = Array2::from_shape_fn((200, 3), |(row, column)| ((row * (7 + column)) % 31) as f64);
        let forest = IsolationForest::params().trees(20).fit(&rows).unwrap();
        let transposed = rows.t().to_owned();
        for scores in [forest.score(rows.view()), forest.score(transposed.t())] {
            for (row, score) in rows.rows().into_iter().zip(&scores) {
                assert_eq!(forest.score_one(&row.to_vec()), *score);
            }
        }
    }

    #[test]
    fn a_stored_forest_that_would_fill_the_memory_is_refused() {
        let table = Table::new(vec![Column::both("a")], array![[1.0], [2.0]]).unwrap();
        let forest = IsolationForest::params().trees(2).fit(&table).unwrap();
        let mut stored = serde_json::to_value(&forest).unwrap();
        stored["sample"] = u32::MAX.into();
        let refused = serde_json::from_value::<IsolationForest>(stored).unwrap_err().to_string();
        assert!(refused.contains("found 2 trees of 4294967295 rows"), "{refused}");
    }
}
