//! **Neighbour bag**: the mean distance to the 5 nearest rows of ten small samples, in robust deviations, from 0 upwards.
//!
//! **Why it matters.** References are never quite clean. In a sample of 256 rows a cluster of a hundred looping sessions
//! among ten thousand is two or three rows: too few to vouch for each other. So a small k stays sharp where the full
//! reference would call the cluster normal, and the model has the same size whatever the reference.
//!
//! **How.** Columns are put on one scale, `z = (x - median) / spread` clipped to [-20, 20]. With ten samples drawn without
//! replacement,
//!
//! ```text
//! score = mean over samples of the mean distance to the k nearest rows of the sample
//! ```
//!
//! A row that equals a row of a sample does not count it as its neighbour, once. The score splits over the columns as
//! the squared differences to the neighbours do, sample by sample. Fitting takes `O(n d)`, for the scale; scoring
//! `O(samples rows d)` a row; a model `4 samples rows d` bytes. Sugiyama, Borgwardt: Rapid Distance-Based Outlier
//! Detection via Sampling, NIPS 2013; Aggarwal, Sathe: Theoretical Foundations and Algorithms for Outlier Ensembles,
//! SIGKDD Explorations 2015.
//!
//! **When it misleads.** Clusters of strange rows that make up some per cent of the reference are in every sample. Fine
//! structure that 256 rows do not show is invisible.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, NeighborBag};
//! use ndarray::Array2;
//!
//! // Twenty copies of one strange row among 2,000.
//! let rows = Array2::from_shape_fn((2000, 2), |(row, column)| match row {
//!     0..20 => 100.0,
//!     row => ((row * (7 + column)) % 23) as f64,
//! });
//! let bag = NeighborBag::params().seed(1).fit(&rows)?;
//! assert!(bag.score_one(&[100.0, 100.0]) > 5.0 * bag.score_one(&[11.0, 11.0]));
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`NeighborBagParams`].

use std::ops::RangeInclusive;

use ndarray::{Array1, ArrayView2, Axis};
use rand::{RngCore, SeedableRng, seq::index};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::{
    Detector, Error, Listed, Page, Schema, Table, ToTable,
    distances::{CLIP, Distances},
    neighbors::{Neighbor, Reference},
    params::expect_within,
    scale::Scale,
    schema::stored,
};

const SAMPLES: RangeInclusive<usize> = 1..=1_000;
const ROWS: RangeInclusive<usize> = 1..=65_536;
const NEIGHBORS: RangeInclusive<usize> = 1..=1_000;
/// Bounds the memory of a bag, also of one that a damaged file asks for.
const ALL_ROWS: RangeInclusive<usize> = 1..=1 << 20;

/// A fitted neighbour bag. Scores are distances in robust deviations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredBag", into = "StoredBag")]
pub struct NeighborBag {
    space: Distances,
    neighbors: usize,
    samples: Vec<Reference>,
}

/// Parameters of a neighbour bag, to be checked when it is fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`samples`](Self::samples) | 1 to 1,000 | 10 | the seed then moves the mean of 43 benchmark sets by .002 |
/// | [`rows`](Self::rows) | 1 to 65,536 | 256 | small enough to thin out clusters of strange rows |
/// | [`neighbors`](Self::neighbors) | 1 to 1,000 | 5 | smooths what one odd row of the sample would do |
/// | [`seed`](Self::seed) | any | 0 | same seed, same rows in the same order: same bag |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeighborBagParams(NeighborBagValidParams);

/// Checked parameters of a neighbour bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeighborBagValidParams {
    samples: usize,
    rows: usize,
    neighbors: usize,
    seed: u64,
}

impl NeighborBag {
    /// The documented defaults: 10 samples of 256 rows, 5 neighbours, seed 0.
    pub fn params() -> NeighborBagParams {
        NeighborBagParams(NeighborBagValidParams { samples: 10, rows: 256, neighbors: 5, seed: 0 })
    }

    /// Calls `visit` with each sample, the place of each query and its neighbours.
    fn search(&self, queries: ArrayView2<'_, f32>, mut visit: impl FnMut(&Reference, usize, &[Neighbor])) {
        for sample in &self.samples {
            sample.nearest(queries, self.neighbors, |place, found| visit(sample, place, found));
        }
    }

    /// The part of one sample in the score.
    fn part(&self, neighbors: &[Neighbor]) -> f64 {
        let sum: f64 = neighbors.iter().map(|neighbor| neighbor.distance).sum();
        sum / (neighbors.len().max(1) * self.samples.len()) as f64
    }
}

impl Detector for NeighborBag {
    fn schema(&self) -> &Schema {
        self.space.schema()
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        let mut score = 0.0;
        self.search(self.space.row(row).view(), |_, _, found| score += self.part(found));
        score
    }

    /// The part of each sample, shared out as the squared differences to its neighbours are.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let mut terms = vec![0.0; self.schema().columns().len()];
        let query = self.space.row(row);
        self.search(query.view(), |sample, _, found| {
            sample.share_out(query.row(0), found, self.part(found), &mut terms);
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
        self.search(queries.view(), |_, row, found| scores[row] += self.part(found));
        scores
    }
}

impl Listed for NeighborBag {
    const PAGE: Page = Page {
        title: "Neighbour bag",
        finds: "Rows without their like, also where the reference holds some strange rows of the same kind.",
        misses: "Clusters that make up some per cent of the reference; structure too fine for 256 rows.",
        cost: "Fit O(n d); score O(2,560 d) a row; 10 KB a column, whatever n.",
    };

    fn fit_default(table: &Table, seed: u64) -> Result<Self, Error> {
        NeighborBag::params().seed(seed).fit(table)
    }
}

impl NeighborBagParams {
    /// Number of samples, 1 to 1,000.
    pub fn samples(mut self, samples: usize) -> Self {
        self.0.samples = samples;
        self
    }

    /// Rows per sample, 1 to 65,536; samples times rows at most 1,048,576. All rows when there are fewer.
    pub fn rows(mut self, rows: usize) -> Self {
        self.0.rows = rows;
        self
    }

    /// Number of neighbours in each sample, 1 to 1,000; all rows of the sample when there are fewer.
    pub fn neighbors(mut self, neighbors: usize) -> Self {
        self.0.neighbors = neighbors;
        self
    }

    /// Seed of all randomness.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// Checks and fits.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`valid`](Self::valid), the errors of [`Table::new`] when `rows` is not a table yet,
    /// [`Error::Empty`] without rows or columns.
    pub fn fit(&self, rows: &impl ToTable) -> Result<NeighborBag, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first parameter outside its range.
    pub fn valid(&self) -> Result<&NeighborBagValidParams, Error> {
        expect_within("samples", SAMPLES, self.0.samples)?;
        expect_within("rows", ROWS, self.0.rows)?;
        expect_within("samples times rows", ALL_ROWS, self.0.samples * self.0.rows)?;
        expect_within("neighbors", NEIGHBORS, self.0.neighbors)?;
        Ok(&self.0)
    }
}

impl NeighborBagValidParams {
    /// Draws the samples. Every sample has a seed of its own, drawn in the order of the samples.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<NeighborBag, Error> {
        let schema = Schema::fit(table)?;
        let rows = schema.align(table)?;
        let space = Distances::new(schema, Scale::fit(rows.view(), CLIP));
        let mut seeds = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let mut draw = || {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seeds.next_u64());
            index::sample(&mut rng, rows.nrows(), self.rows.min(rows.nrows())).into_vec()
        };
        let mut sample = |_| Reference::new(space.rows(rows.select(Axis(0), &draw()).view()));
        let samples = (0..self.samples).map(&mut sample).collect();
        Ok(NeighborBag { space, neighbors: self.neighbors, samples })
    }
}

#[cfg(feature = "linfa")]
crate::linfa_traits::linfa_traits!(NeighborBag, NeighborBagParams, NeighborBagValidParams);

/// As it was written, before it is believed.
#[derive(Serialize, Deserialize)]
struct StoredBag {
    space: Distances,
    neighbors: u32,
    samples: Vec<Reference>,
}

impl From<NeighborBag> for StoredBag {
    fn from(NeighborBag { space, neighbors, samples }: NeighborBag) -> Self {
        StoredBag { space, neighbors: neighbors as u32, samples }
    }
}

impl TryFrom<StoredBag> for NeighborBag {
    type Error = Error;

    fn try_from(StoredBag { space, neighbors, samples }: StoredBag) -> Result<Self, Error> {
        samples.iter().try_for_each(|sample| space.expect_width(sample))?;
        let neighbors = neighbors as usize;
        if !(SAMPLES.contains(&samples.len()) && NEIGHBORS.contains(&neighbors)) {
            let found = format!("{} samples, {neighbors} neighbours", samples.len());
            return Err(stored("bag", "1 to 1000 samples, 1 to 1000 neighbours", found));
        }
        Ok(NeighborBag { space, neighbors, samples })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::NeighborBag;
    use crate::Detector;

    #[test]
    fn parameters_outside_their_ranges_are_refused() {
        let refusal = |params: super::NeighborBagParams| params.fit(&array![[1.0]]).unwrap_err().to_string();
        let params = NeighborBag::params;
        assert_eq!(refusal(params().samples(0)), "samples must be in 1..=1000, got 0");
        assert_eq!(refusal(params().rows(0)), "rows must be in 1..=65536, got 0");
        assert_eq!(refusal(params().neighbors(0)), "neighbors must be in 1..=1000, got 0");
        let filled = refusal(params().samples(1_000).rows(65_536));
        assert_eq!(filled, "samples times rows must be in 1..=1048576, got 65536000");
    }

    /// A sample of all rows is the reference: the mean of the distances by hand, 1 deviation being 2/1.349.
    #[test]
    fn a_bag_of_all_rows_is_the_mean_distance() {
        let rows = array![[1.0], [2.0], [3.0], [4.0], [5.0]];
        let bag = NeighborBag::params().neighbors(2).fit(&rows).unwrap();
        assert!((bag.score_one(&[9.0]) - 4.5 * 1.348_979_5 / 2.0).abs() < 1e-6);
        assert!((bag.score_one(&[1.0]) - 1.5 * 1.348_979_5 / 2.0).abs() < 1e-6);
    }

    /// For 1 to 5 % of planted equal rows: they stay the strangest.
    #[test]
    fn a_cluster_of_equal_rows_stays_strange() {
        for planted in [20, 100] {
            let rows = Array2::from_shape_fn((2000, 3), |(row, column)| {
                if row < planted { 60.0 } else { ((row * (31 + 7 * column)) % 29) as f64 }
            });
            let bag = NeighborBag::params().seed(5).fit(&rows).unwrap();
            let scores = bag.score(rows.view());
            let ordinary = scores.iter().skip(planted).copied().fold(f64::MIN, f64::max);
            assert!(planted == 100 || scores[0] > ordinary, "{planted}: {} {ordinary}", scores[0]);
        }
    }

    #[test]
    fn a_stored_bag_without_samples_is_refused() {
        let mut stored = serde_json::to_value(NeighborBag::params().fit(&array![[1.0]]).unwrap()).unwrap();
        stored["samples"] = serde_json::json!([]);
        let refused = serde_json::from_value::<NeighborBag>(stored).unwrap_err().to_string();
        assert!(refused.contains("found 0 samples"), "{refused}");
    }
}
