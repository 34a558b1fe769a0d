//! **Fair-cut forest**: how few *well chosen* cuts across two columns set a row apart, as a score in (0, 1).
//!
//! **Why it matters.** Loops are clustered: many sessions that all repeat alike. A random cut rarely separates a cluster as
//! a whole; the best cut of a random direction does it at once, and the whole cluster ends high in the tree.
//!
//! **How.** As the [isolation forest](crate::IsolationForest), with another cut: two random columns of those that vary in the
//! node, normal weights over the standard deviations there, and the threshold between two neighbouring sums that
//! leaves the least
//!
//! ```text
//! n_below sd_below + n_above sd_above
//! ```
//!
//! Columns are put on a robust scale first. The credit of a cut, `c(parent) - 1 - c(child)`, goes to its columns in proportion
//! to `|weight x value|`; the terms sum to `c(psi) - h` exactly. Fitting takes `O(trees psi (d + log psi) log psi)`,
//! scoring `O(trees log psi)` a row, a model some 10 KB a tree. Cortes: Revisiting randomized choices in isolation forests,
//! arXiv 2110.13402, 2021.
//!
//! **When it misleads.** Ordinary minorities (a rare but honest kind of session) are clusters too. Strange rows scattered
//! around one dense core are found a little better by the random cuts of the other forests. Directions are not known to
//! it: [`Flatten`](crate::Flatten) first.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, FairCutForest};
//! use ndarray::Array2;
//!
//! // Twenty sessions of 500 loop alike.
//! let rows = Array2::from_shape_fn((500, 2), |(row, column)| match row {
//!     0..20 => 60.0 + (row % 3) as f64,
//!     row => ((row * (7 + column)) % 23) as f64,
//! });
//! let forest = FairCutForest::params().seed(7).fit(&rows)?;
//! assert!(forest.score_one(&[61.0, 61.0]) > forest.score_one(&[11.0, 11.0]) + 0.1);
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`FairCutForestParams`].

use serde::{Deserialize, Serialize};

use crate::{
    Error, Listed, Page, Table,
    oblique_forest::{Growing, ObliqueForest, oblique_forest},
    projection::FairCut,
};

/// A fitted fair-cut forest. Scores are in (0, 1), about .5 for ordinary rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FairCutForest {
    forest: ObliqueForest,
}

/// Parameters of a fair-cut forest, to be checked when it is fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`trees`](Self::trees) | 1 to 10,000 | 100 | 200 gain .004 AUROC on 43 benchmark sets at twice the cost |
/// | [`sample`](Self::sample) | 1 to 4,096 | 256 | larger samples let clustered outliers mask each other |
/// | [`dimensions`](Self::dimensions) | 1 to 3 | 2 | the paper's |
/// | [`seed`](Self::seed) | any | 0 | same seed, same rows in the same order: same forest |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairCutForestParams(FairCutForestValidParams);

/// Checked parameters of a fair-cut forest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairCutForestValidParams {
    growing: Growing,
}

impl FairCutForestValidParams {
    /// Grows the forest.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<FairCutForest, Error> {
        let dimensions = self.growing.dimensions;
        let draw = |columns, rng| FairCut::new(columns, dimensions, rng);
        Ok(FairCutForest { forest: self.growing.grow(table, draw)? })
    }
}

oblique_forest!(FairCutForest, FairCutForestParams, FairCutForestValidParams, 2);

impl Listed for FairCutForest {
    const PAGE: Page = Page {
        title: "Fair-cut forest",
        finds: "Clusters of strange rows, and rows that few well chosen slanted cuts set apart.",
        misses: "Strange rows within the range of the rest; honest minorities look like clusters of strange rows.",
        cost: "Fit O(trees psi (d + log psi) log psi) whatever n; score O(trees log psi); about 10 KB a tree.",
    };

    fn fit_default(table: &Table, seed: u64) -> Result<Self, Error> {
        FairCutForest::params().seed(seed).fit(table)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::FairCutForest;
    use crate::Detector;

    /// Rows of which the first ones are a cluster.
    fn rows(planted: usize) -> Array2<f64> {
        Array2::from_shape_fn((1000, 3), |(row, column)| {
            if row < planted { 45.0 + (row % 3) as f64 } else { ((row * (31 + 7 * column)) % 29) as f64 }
        })
    }

    /// For clusters of 1, 5 and 20 % of the rows.
    #[test]
    fn a_cluster_stays_above_the_other_rows() {
        for planted in [10, 50, 200] {
            let rows = rows(planted);
            let scores = FairCutForest::params().seed(3).fit(&rows).unwrap().score(rows.view()).to_vec();
            let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
            let (cluster, others) = (mean(&scores[..planted]), mean(&scores[planted..]));
            assert!(cluster > others + 0.02, "{planted}: {cluster} {others}");
        }
    }

    #[test]
    fn another_seed_is_another_forest() {
        let fit = |seed| FairCutForest::params().trees(10).seed(seed).fit(&rows(10)).unwrap();
        assert_ne!(fit(1).score_one(&[5.0; 3]), fit(2).score_one(&[5.0; 3]));
        assert_eq!(fit(1).score_one(&[5.0; 3]), fit(1).score_one(&[5.0; 3]));
    }
}
