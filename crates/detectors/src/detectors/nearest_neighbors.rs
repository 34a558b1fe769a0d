//! **Nearest neighbours**: the distance to the k-th nearest reference row, in robust deviations, from 0 upwards.
//!
//! **Why it matters.** A session may be ordinary in each number and still have no like: nobody else combines so few
//! tools with so much output. Distance sees that without any assumption about shapes.
//!
//! **How.** Columns are put on one scale, `z = (x - median) / spread` clipped to [-20, 20], and
//!
//! ```text
//! score = |z - its k-th nearest reference row|,      k = max(5, sqrt n)
//! ```
//!
//! A row that equals a reference row does not count it as its neighbour, once. The score splits over the columns as the
//! squared differences to the k neighbours do. Fitting takes `O(n d)`; scoring `O(n d)` a row, by blocked
//! matrix products; a model `4 n d` bytes. Ramaswamy, Rastogi, Shim: Efficient Algorithms for Mining Outliers from
//! Large Data Sets, SIGMOD 2000.
//!
//! **When it misleads.** Strange rows that come in more than k equal copies have neighbours enough; a small k on a
//! reference that holds strange rows falls for that at once, which is why the default grows with the reference. Columns of mere
//! noise drown the others. When the reference is declared clean, k = 5 is sharper.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, NearestNeighbors};
//! use ndarray::Array2;
//!
//! // Two columns that always agree; the value 3 with the value 40 is a combination that nobody has.
//! let rows = Array2::from_shape_fn((100, 2), |(row, _)| (row % 50) as f64);
//! let nearest = NearestNeighbors::params().fit(&rows)?;
//! assert!(nearest.score_one(&[3.0, 40.0]) > 3.0 * nearest.score_one(&[3.0, 3.0]));
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`NearestNeighborsParams`].

use std::ops::RangeInclusive;

use ndarray::{Array1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::{
    Detector, Error, Listed, Page, Schema, Table, ToTable,
    distances::{CLIP, Distances},
    neighbors::{Neighbor, Reference},
    params::expect_within,
    scale::Scale,
    schema::stored,
};

const NEIGHBORS: RangeInclusive<usize> = 1..=100_000;
const LEAST_NEIGHBORS: usize = 5;

/// Fitted nearest neighbours. Scores are distances in robust deviations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredNeighbors", into = "StoredNeighbors")]
pub struct NearestNeighbors {
    space: Distances,
    neighbors: usize,
    reference: Reference,
}

/// Parameters of the nearest neighbours, to be checked when they are fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`neighbors`](Self::neighbors) | 1 to 100,000 | max(5, sqrt n) | of an unlabelled reference; 5 loses .05 AUROC on 43 benchmark sets |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestNeighborsParams(NearestNeighborsValidParams);

/// Checked parameters of the nearest neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestNeighborsValidParams {
    neighbors: Option<usize>,
}

impl NearestNeighbors {
    /// The documented defaults: as many neighbours as the root of the number of rows, at least 5.
    pub fn params() -> NearestNeighborsParams {
        NearestNeighborsParams(NearestNeighborsValidParams { neighbors: None })
    }

    /// Which neighbour the distance is taken to.
    pub fn neighbors(&self) -> usize {
        self.neighbors
    }
}

impl Detector for NearestNeighbors {
    fn schema(&self) -> &Schema {
        self.space.schema()
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        let mut score = 0.0;
        let query = self.space.row(row);
        self.reference.nearest(query.view(), self.neighbors, |_, found| score = farthest(found));
        score
    }

    /// The score, shared out as the squared differences to the neighbours are.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let mut terms = vec![0.0; self.schema().columns().len()];
        let query = self.space.row(row);
        self.reference.nearest(query.view(), self.neighbors, |_, found| {
            self.reference.share_out(query.row(0), found, farthest(found), &mut terms);
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
        self.reference.nearest(queries.view(), self.neighbors, |row, found| scores[row] = farthest(found));
        scores
    }
}

impl Listed for NearestNeighbors {
    const PAGE: Page = Page {
        title: "Nearest neighbours",
        finds: "Rows without their like: extreme ones, and combinations of values that nobody else has.",
        misses: "Strange rows in more equal copies than neighbours are asked for; drowned by columns of noise.",
        cost: "Fit O(n d); score O(n d) a row; 4 n d bytes. Up to some 100,000 rows.",
    };

    fn fit_default(table: &Table, _seed: u64) -> Result<Self, Error> {
        NearestNeighbors::params().fit(table)
    }
}

impl NearestNeighborsParams {
    /// Which neighbour the distance is taken to, 1 to 100,000; the last one when there are fewer.
    pub fn neighbors(mut self, neighbors: usize) -> Self {
        self.0.neighbors = Some(neighbors);
        self
    }

    /// Checks and fits.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`valid`](Self::valid), the errors of [`Table::new`] when `rows` is not a table yet,
    /// [`Error::Empty`] without rows or columns.
    pub fn fit(&self, rows: &impl ToTable) -> Result<NearestNeighbors, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a number of neighbours outside its range.
    pub fn valid(&self) -> Result<&NearestNeighborsValidParams, Error> {
        expect_within("neighbors", NEIGHBORS, self.0.neighbors.unwrap_or(LEAST_NEIGHBORS))?;
        Ok(&self.0)
    }
}

impl NearestNeighborsValidParams {
    /// Keeps every row on the common scale.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<NearestNeighbors, Error> {
        let schema = Schema::fit(table)?;
        let rows = schema.align(table)?;
        let space = Distances::new(schema, Scale::fit(rows.view(), CLIP));
        let reference = Reference::new(space.rows(rows.view()));
        let root = (reference.n_rows() as f64).sqrt() as usize;
        let neighbors = self.neighbors.unwrap_or(root.max(LEAST_NEIGHBORS)).min(*NEIGHBORS.end());
        Ok(NearestNeighbors { space, neighbors, reference })
    }
}

#[cfg(feature = "linfa")]
crate::linfa_traits::linfa_traits!(NearestNeighbors, NearestNeighborsParams, NearestNeighborsValidParams);

/// 0 when there is no other row to be far from.
fn farthest(neighbors: &[Neighbor]) -> f64 {
    neighbors.last().map_or(0.0, |neighbor| neighbor.distance)
}

/// As it was written, before it is believed.
#[derive(Serialize, Deserialize)]
struct StoredNeighbors {
    space: Distances,
    neighbors: u32,
    reference: Reference,
}

impl From<NearestNeighbors> for StoredNeighbors {
    fn from(NearestNeighbors { space, neighbors, reference }: NearestNeighbors) -> Self {
        StoredNeighbors { space, neighbors: neighbors as u32, reference }
    }
}

impl TryFrom<StoredNeighbors> for NearestNeighbors {
    type Error = Error;

    fn try_from(StoredNeighbors { space, neighbors, reference }: StoredNeighbors) -> Result<Self, Error> {
        space.expect_width(&reference)?;
        let neighbors = neighbors as usize;
        if !NEIGHBORS.contains(&neighbors) {
            return Err(stored("number of neighbours", "1 to 100000", neighbors));
        }
        Ok(NearestNeighbors { space, neighbors, reference })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::NearestNeighbors;
    use crate::Detector;

    #[test]
    fn no_neighbour_and_too_many_are_refused() {
        let refusal = |neighbors| {
            NearestNeighbors::params().neighbors(neighbors).fit(&array![[1.0]]).unwrap_err().to_string()
        };
        assert_eq!(refusal(0), "neighbors must be in 1..=100000, got 0");
        assert_eq!(refusal(100_001), "neighbors must be in 1..=100000, got 100001");
    }

    #[test]
    fn the_number_of_neighbours_is_the_root_of_the_rows_and_at_least_5() {
        for (rows, expected) in [(1, 5), (30, 5), (400, 20)] {
            let nearest = NearestNeighbors::params().fit(&Array2::zeros((rows, 1))).unwrap();
            assert_eq!(nearest.neighbors(), expected);
        }
    }

    /// By hand: quartiles 2 and 4 of 1, 2, 3, 4, 5, so a deviation is 2/1.349; the second neighbour of 9 is 4.
    #[test]
    fn the_score_is_the_distance_in_deviations() {
        let rows = array![[1.0], [2.0], [3.0], [4.0], [5.0]];
        let nearest = NearestNeighbors::params().neighbors(2).fit(&rows).unwrap();
        assert!((nearest.score_one(&[9.0]) - 5.0 * 1.348_979_5 / 2.0).abs() < 1e-6);
        assert!((nearest.score_one(&[3.0]) - 1.348_979_5 / 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_stored_model_of_another_width_is_refused() {
        let nearest = NearestNeighbors::params().fit(&array![[1.0, 2.0], [2.0, 3.0]]).unwrap();
        let mut stored = serde_json::to_value(&nearest).unwrap();
        stored["reference"]["columns"] = 1.into();
        let refused = serde_json::from_value::<NearestNeighbors>(stored).unwrap_err().to_string();
        assert!(refused.contains("columns of the reference"), "{refused}");
    }
}
