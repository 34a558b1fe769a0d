//! **Density clusters**: the distance to the nearest row that DBSCAN puts into a cluster, in tolerances; above 1 a row is noise.
//!
//! **How.** On the robust scale, linfa's DBSCAN joins rows with at least five others within the tolerance, and what lies within
//! the tolerance of such rows. The tolerance is the distance within which 90 % of the rows have their fifth neighbour.
//!
//! ```text
//! score = distance to the nearest clustered row / tolerance
//! ```
//!
//! A clustered row does not count itself, so every one of them scores at most 1. The score splits as the squared differences to
//! that nearest row do. Fitting takes `O(n^2 d)`, scoring `O(n d)` a row, a model `4 n d` bytes. Ester et al.: A Density-Based
//! Algorithm for Discovering Clusters in Large Spatial Databases with Noise, KDD 1996.
//!
//! **What linfa lacks.** It labels the rows that it is given and no others, and knows noise but no degree of it: both are the
//! nearest-row search here. Its tree search is slower than comparing with all rows above some ten columns, so it compares with all, and at
//! most 5,000 rows, evenly taken, are clustered.
//!
//! **When it misleads.** Six equal strange rows are a cluster. One tolerance cannot fit clusters of different width.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, adapters::DensityClusters};
//! use ndarray::Array2;
//!
//! let rows = Array2::from_shape_fn((200, 2), |(row, column)| ((row * (7 + column)) % 23) as f64);
//! let clusters = DensityClusters::params().fit(&rows)?;
//! assert!(clusters.score_one(&[90.0, 90.0]) > 1.0);
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`DensityClustersParams`].

use std::ops::RangeInclusive;

use linfa::{ParamGuard, traits::Transformer};
use linfa_clustering::Dbscan;
use linfa_nn::{CommonNearestNeighbour, distance::L2Dist};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::{Space, refused};
use crate::{
    Detector, Error, Listed, Page, Schema, Table, ToTable,
    distances::{CLIP, Distances},
    neighbors::{Neighbor, Reference},
    params::expect_within,
    schema::stored,
};

const POINTS: RangeInclusive<usize> = 1..=1_000;
const REACH: RangeInclusive<usize> = 50..=100;
const MOST_ROWS: usize = 5_000;

/// Fitted clusters. Scores are distances in tolerances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredClusters")]
pub struct DensityClusters {
    space: Distances,
    clustered: Reference,
    tolerance: f64,
}

/// Parameters of the density clusters, to be checked when they are fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`points`](Self::points) | 1 to 1,000 | 5 | other rows that make a row the core of a cluster |
/// | [`reach`](Self::reach) | 50 to 100 | 90 | per cent of the rows that are cores: the tolerance is chosen so |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DensityClustersParams(DensityClustersValidParams);

/// Checked parameters of the density clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DensityClustersValidParams {
    points: usize,
    reach: usize,
}

impl DensityClusters {
    /// The documented defaults: five other rows, 90 % of the rows cores.
    pub fn params() -> DensityClustersParams {
        DensityClustersParams(DensityClustersValidParams { points: 5, reach: 90 })
    }

    /// The tolerance, on the robust scale.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    fn in_tolerances(&self, found: &[Neighbor]) -> f64 {
        found.first().map_or(0.0, |neighbor| neighbor.distance / self.tolerance)
    }
}

impl Detector for DensityClusters {
    fn schema(&self) -> &Schema {
        self.space.schema()
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        let (mut score, query) = (0.0, self.space.row(row));
        self.clustered.nearest(query.view(), 1, |_, found| score = self.in_tolerances(found));
        score
    }

    /// The score, shared out as the squared differences to the nearest clustered row are.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let mut terms = vec![0.0; self.schema().columns().len()];
        let query = self.space.row(row);
        self.clustered.nearest(query.view(), 1, |_, found| {
            self.clustered.share_out(query.row(0), found, self.in_tolerances(found), &mut terms);
        });
        terms
    }

    /// The score itself.
    fn explained(&self, score: f64) -> f64 {
        score
    }

    fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        let mut scores = Array1::zeros(rows.nrows());
        let queries = self.space.rows(rows);
        self.clustered.nearest(queries.view(), 1, |row, found| scores[row] = self.in_tolerances(found));
        scores
    }
}

impl Listed for DensityClusters {
    const PAGE: Page = Page {
        title: "Density clusters",
        finds: "Rows outside of every cluster of a minimum density: noise in the sense of DBSCAN.",
        misses: "Strange rows that form a cluster of six; clusters of different width share one tolerance.",
        cost: "Fit O(n^2 d), 5,000 rows at most; score O(n d) a row; 4 n d bytes.",
    };

    fn fit_default(table: &Table, _seed: u64) -> Result<Self, Error> {
        DensityClusters::params().fit(table)
    }
}

impl DensityClustersParams {
    /// Other rows within the tolerance that make a row the core of a cluster, 1 to 1,000.
    pub fn points(mut self, points: usize) -> Self {
        self.0.points = points;
        self
    }

    /// Per cent of the rows that the tolerance makes cores, 50 to 100.
    pub fn reach(mut self, reach: usize) -> Self {
        self.0.reach = reach;
        self
    }

    /// Checks and fits.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`valid`](Self::valid), the errors of [`Table::new`] when `rows` is not a table yet,
    /// [`Error::Empty`] without rows or columns, [`Error::Fit`] when linfa refuses the tolerance.
    pub fn fit(&self, rows: &impl ToTable) -> Result<DensityClusters, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first parameter outside its range.
    pub fn valid(&self) -> Result<&DensityClustersValidParams, Error> {
        expect_within("points", POINTS, self.0.points)?;
        expect_within("reach", REACH, self.0.reach)?;
        Ok(&self.0)
    }
}

impl DensityClustersValidParams {
    /// Chooses the tolerance, hands the rows to linfa and keeps those that it puts into clusters; all where it finds none.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns, [`Error::Fit`] when linfa refuses the tolerance.
    pub fn fit_table(&self, table: &Table) -> Result<DensityClusters, Error> {
        let (Space { schema, scale }, rows) = Space::fit(table, CLIP, MOST_ROWS)?;
        // The search is in single precision: linfa sees the same numbers.
        let singles = rows.mapv(|value| value as f32);
        let tolerance = self.tolerance(&singles);
        let params = Dbscan::params_with(self.points + 1, L2Dist, CommonNearestNeighbour::LinearSearch);
        let params =
            params.tolerance(tolerance).check().map_err(|error| refused("density-clusters", error))?;
        let labels = params.transform(&singles.mapv(f64::from));
        let clustered: Vec<usize> =
            labels.iter().enumerate().filter(|(_, label)| label.is_some()).map(|(row, _)| row).collect();
        let kept = if clustered.is_empty() { singles } else { singles.select(Axis(0), &clustered) };
        Ok(DensityClusters {
            space: Distances::new(schema, scale),
            clustered: Reference::new(kept),
            tolerance,
        })
    }

    /// The distance within which the share of rows have as many neighbours; 1 where all of those are twins.
    fn tolerance(&self, rows: &Array2<f32>) -> f64 {
        let mut distances = Vec::with_capacity(rows.nrows());
        Reference::new(rows.clone()).nearest(rows.view(), self.points, |_, found| {
            distances.push(found.last().map_or(0.0, |neighbor| neighbor.distance));
        });
        distances.sort_unstable_by(f64::total_cmp);
        let place = (distances.len() * self.reach).div_ceil(100).saturating_sub(1);
        let positive = distances[place..].iter().copied().find(|distance| *distance > 0.0);
        // A hair more: what is just as far is within.
        positive.unwrap_or(1.0) * (1.0 + 1e-9)
    }
}

crate::linfa_traits::linfa_traits!(DensityClusters, DensityClustersParams, DensityClustersValidParams);

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredClusters {
    space: Distances,
    clustered: Reference,
    tolerance: f64,
}

impl TryFrom<StoredClusters> for DensityClusters {
    type Error = Error;

    fn try_from(StoredClusters { space, clustered, tolerance }: StoredClusters) -> Result<Self, Error> {
        space.expect_width(&clustered)?;
        if !(1e-30..=1e9).contains(&tolerance) {
            return Err(stored("tolerance", "a positive number", tolerance));
        }
        Ok(DensityClusters { space, clustered, tolerance })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::DensityClusters;
    use crate::Detector;

    /// Two heaps and a row between them: it alone is noise.
    #[test]
    fn a_row_between_two_heaps_is_noise() {
        let rows = Array2::from_shape_fn((101, 1), |(row, _)| match row {
            100 => 50.0,
            row if row % 2 == 0 => (row / 2) as f64 / 10.0,
            row => 100.0 + (row / 2) as f64 / 10.0,
        });
        let clusters = DensityClusters::params().fit(&rows).unwrap();
        let scores = clusters.score(rows.view());
        assert!(scores[100] > 1.0, "{}", scores[100]);
        assert!(scores.iter().take(100).all(|score| *score <= 1.0));
    }

    #[test]
    fn parameters_outside_their_ranges_are_refused() {
        let refusal =
            |params: super::DensityClustersParams| params.fit(&array![[1.0]]).unwrap_err().to_string();
        assert_eq!(refusal(DensityClusters::params().points(0)), "points must be in 1..=1000, got 0");
        assert_eq!(refusal(DensityClusters::params().reach(49)), "reach must be in 50..=100, got 49");
    }

    #[test]
    fn a_stored_tolerance_of_nothing_is_refused() {
        let mut stored =
            serde_json::to_value(DensityClusters::params().fit(&array![[1.0], [2.0]]).unwrap()).unwrap();
        stored["tolerance"] = 0.0.into();
        let refused = serde_json::from_value::<DensityClusters>(stored).unwrap_err().to_string();
        assert!(refused.contains("stored tolerance"), "{refused}");
    }
}
