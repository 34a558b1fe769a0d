//! Exact nearest rows of a fixed reference, by one matrix product a block of queries.
//!
//! `|x - y|^2 = |x|^2 + |y|^2 - 2 x.y` in single precision finds the few rows that may be nearest; the bound on its rounding
//! error says which, and only their distances are computed again, in double precision and term by term. So the
//! answer is exact, and the same for a query alone and in any block.

use std::array;

use ndarray::{Array2, ArrayView2, Axis, Slice, linalg::general_mat_mul};
use serde::{Deserialize, Serialize};

use crate::{Error, schema::stored};

/// Queries in one product.
const QUERIES: usize = 128;
/// Reference rows in one product: its result stays in the second cache.
const CHUNK: usize = 1024;
/// Reference rows that are looked at together: most such groups hold nothing near.
const GROUP: usize = 16;

/// Rows that distances are taken to, at least one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredReference", into = "StoredReference")]
pub(crate) struct Reference {
    rows: Array2<f32>,
    /// Squared length of each row.
    lengths: Vec<f32>,
}

/// A reference row and its distance from a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Neighbor {
    pub(crate) row: usize,
    pub(crate) distance: f64,
}

impl Reference {
    /// Of rows whose values are small, such as scaled ones.
    pub(crate) fn new(rows: Array2<f32>) -> Self {
        let length = |row: ndarray::ArrayView1<'_, f32>| row.iter().map(|value| value * value).sum();
        let lengths = rows.rows().into_iter().map(length).collect();
        Reference { rows, lengths }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.rows.nrows()
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.rows.ncols()
    }

    /// Squared differences between a query and a row, column by column.
    pub(crate) fn squares<'a>(&'a self, query: &'a [f32], row: usize) -> impl Iterator<Item = f64> + 'a {
        let row = self.rows.row(row).to_slice().unwrap_or(&[]);
        query.iter().zip(row).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2))
    }

    /// Calls `visit` with the place of each query and its `k` nearest rows, the nearest first, or all rows when there
    /// are fewer.
    ///
    /// One row that equals the query is left out: when the reference is scored itself, nobody is his own neighbour. The
    /// only row of a reference is never left out.
    pub(crate) fn nearest(
        &self,
        queries: ArrayView2<'_, f32>,
        k: usize,
        mut visit: impl FnMut(usize, &[Neighbor]),
    ) {
        let more = (k + 1).min(self.n_rows());
        let mut products = Array2::zeros((QUERIES.min(queries.nrows()), CHUNK.min(self.n_rows())));
        for (block, queries) in queries.axis_chunks_iter(Axis(0), QUERIES).enumerate() {
            let found = self.block(queries, more, &mut products);
            for (place, neighbors) in found.iter().enumerate() {
                let own = neighbors.first().is_some_and(|first| first.distance == 0.0) && self.n_rows() > 1;
                let others = &neighbors[usize::from(own)..];
                visit(block * QUERIES + place, &others[..k.min(others.len())]);
            }
        }
    }

    /// In eight sums: one would wait for itself at every step.
    fn distance(&self, query: &[f32], row: usize) -> f64 {
        let row = self.rows.row(row).to_slice().unwrap_or(&[]);
        let mut sums = [0.0; 8];
        for (xs, ys) in query.chunks(8).zip(row.chunks(8)) {
            for (sum, (x, y)) in sums.iter_mut().zip(xs.iter().zip(ys)) {
                let difference = f64::from(*x) - f64::from(*y);
                *sum += difference * difference;
            }
        }
        sums.iter().sum::<f64>().sqrt()
    }

    fn block(
        &self,
        queries: ArrayView2<'_, f32>,
        k: usize,
        products: &mut Array2<f32>,
    ) -> Vec<Vec<Neighbor>> {
        let mut searches: Vec<Search<'_>> =
            queries.rows().into_iter().map(|query| Search::new(query.to_slice().unwrap_or(&[]), k)).collect();
        let chunks = self.rows.axis_chunks_iter(Axis(0), CHUNK).zip(self.lengths.chunks(CHUNK));
        for (chunk, (rows, lengths)) in chunks.enumerate() {
            let mut products = products.slice_axis_mut(Axis(0), Slice::from(..queries.nrows()));
            let mut products = products.slice_axis_mut(Axis(1), Slice::from(..rows.nrows()));
            general_mat_mul(1.0, &queries, &rows.t(), 0.0, &mut products);
            for (search, products) in searches.iter_mut().zip(products.rows()) {
                search.look(products.to_slice().unwrap_or(&[]), lengths, chunk * CHUNK);
            }
        }
        searches.into_iter().map(|search| search.settle(self)).collect()
    }
}

/// What one query has found so far.
struct Search<'a> {
    query: &'a [f32],
    length: f32,
    /// Share of `|x|^2 + |y|^2` that rounding may have moved a squared distance by.
    error: f32,
    k: usize,
    /// No row whose lower bound lies above this is among the nearest.
    limit: f32,
    candidates: Vec<Candidate>,
    room: usize,
}

#[derive(Clone, Copy)]
struct Candidate {
    row: usize,
    /// The squared distance is at least this,
    least: f32,
    /// and at most this.
    most: f32,
}

impl<'a> Search<'a> {
    fn new(query: &'a [f32], k: usize) -> Self {
        let length = query.iter().map(|value| value * value).sum();
        let error = (query.len() + 8) as f32 * f32::EPSILON;
        let room = 3 * k + 8;
        Search { query, length, error, k, limit: f32::INFINITY, candidates: Vec::with_capacity(room), room }
    }

    /// Takes what may be near of rows from `start` on, at most [`CHUNK`], given their products with the query.
    fn look(&mut self, products: &[f32], lengths: &[f32], start: usize) {
        let (own, kept) = (self.length * (1.0 - self.error), 1.0 - self.error);
        let mut all = [f32::INFINITY; CHUNK];
        for ((least, product), length) in all.iter_mut().zip(products).zip(lengths) {
            *least = own + length * kept - 2.0 * product;
        }
        let groups = lengths.chunks(GROUP).zip(all.as_chunks().0);
        if self.limit == f32::INFINITY {
            self.limit = self.first_limit(&all[..lengths.len().next_multiple_of(GROUP)], lengths);
        }
        for (group, (lengths, least)) in groups.enumerate() {
            if least.iter().fold(false, |any, least| any | (*least <= self.limit)) {
                self.take(least, lengths, start + group * GROUP);
            }
        }
    }

    /// A limit to begin with, given the lower bounds of a chunk: of [`GROUP`] heaps of rows `k` hold one whose bound is not above the k-th
    /// least of the heaps' least ones. So few rows are looked at twice.
    fn first_limit(&self, all: &[f32], lengths: &[f32]) -> f32 {
        if self.k > GROUP {
            return f32::INFINITY;
        }
        let mut minima = [f32::INFINITY; GROUP];
        for least in all.as_chunks::<GROUP>().0 {
            minima =
                array::from_fn(|heap| if least[heap] < minima[heap] { least[heap] } else { minima[heap] });
        }
        let longest = lengths.iter().fold(0.0, |longest: f32, length| longest.max(*length));
        let least = *minima.select_nth_unstable_by(self.k - 1, f32::total_cmp).1;
        self.most(least, longest)
    }

    /// The upper bound that belongs to a lower one.
    fn most(&self, least: f32, length: f32) -> f32 {
        least + 2.0 * self.error * (self.length + length)
    }

    fn take(&mut self, least: &[f32; GROUP], lengths: &[f32], start: usize) {
        for (place, (&least, length)) in least.iter().zip(lengths).enumerate() {
            if least <= self.limit {
                let most = self.most(least, *length);
                self.candidates.push(Candidate { row: start + place, least, most });
                if self.candidates.len() == self.room {
                    self.prune();
                }
            }
        }
    }

    fn prune(&mut self) {
        if self.candidates.len() > self.k {
            let most = |one: &Candidate, two: &Candidate| one.most.total_cmp(&two.most);
            self.limit = self.candidates.select_nth_unstable_by(self.k - 1, most).1.most;
            self.candidates.retain(|candidate| candidate.least <= self.limit);
        }
        self.room = self.room.max(2 * self.candidates.len());
    }

    /// The exact distances of what is left, the nearest first; equal ones in the order of the reference.
    fn settle(mut self, reference: &Reference) -> Vec<Neighbor> {
        self.prune();
        let exact = |candidate: &Candidate| Neighbor {
            row: candidate.row,
            distance: reference.distance(self.query, candidate.row),
        };
        let order = |one: &Neighbor, two: &Neighbor| {
            one.distance.total_cmp(&two.distance).then(one.row.cmp(&two.row))
        };
        let mut neighbors: Vec<Neighbor> = self.candidates.iter().map(exact).collect();
        if neighbors.len() > self.k {
            neighbors.select_nth_unstable_by(self.k - 1, order);
            neighbors.truncate(self.k);
        }
        neighbors.sort_unstable_by(order);
        neighbors
    }
}

/// As it was written, before it is believed.
#[derive(Serialize, Deserialize)]
struct StoredReference {
    columns: u32,
    cells: Vec<f32>,
}

impl From<Reference> for StoredReference {
    fn from(reference: Reference) -> Self {
        let columns = reference.n_columns() as u32;
        StoredReference { columns, cells: reference.rows.into_iter().collect() }
    }
}

impl TryFrom<StoredReference> for Reference {
    type Error = Error;

    fn try_from(StoredReference { columns, cells }: StoredReference) -> Result<Self, Error> {
        let found = format!("{} cells of {columns} columns", cells.len());
        let refused = || stored("reference", "whole rows of finite cells", found.clone());
        let small = cells.iter().all(|cell| cell.abs() <= 1e6);
        let n_rows = cells.len().checked_div(columns as usize).filter(|rows| *rows > 0 && small);
        let shape = (n_rows.ok_or_else(refused)?, columns as usize);
        Array2::from_shape_vec(shape, cells).map(Reference::new).map_err(|_| refused())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::{Neighbor, Reference};

    fn nearest(reference: &Array2<f32>, query: &[f32], k: usize) -> Vec<Neighbor> {
        let queries = Array2::from_shape_vec((1, query.len()), query.to_vec()).unwrap();
        let mut found = Vec::new();
        Reference::new(reference.clone())
            .nearest(queries.view(), k, |_, neighbors| found = neighbors.to_vec());
        found
    }

    #[test]
    fn nobody_is_his_own_neighbour_but_a_twin_is() {
        let reference = array![[1.0], [1.0], [4.0]];
        let distances =
            |query| nearest(&reference, &[query], 2).iter().map(|n| n.distance).collect::<Vec<_>>();
        assert_eq!(distances(1.0), [0.0, 3.0]);
        assert_eq!(distances(4.0), [3.0, 3.0]);
        assert_eq!(distances(2.0), [1.0, 1.0]);
        assert_eq!(nearest(&array![[1.0]], &[1.0], 5), [Neighbor { row: 0, distance: 0.0 }]);
    }

    #[test]
    fn a_stored_reference_that_is_none_is_refused() {
        for stored in [
            r#"{"columns":0,"cells":[]}"#,
            r#"{"columns":2,"cells":[1.0]}"#,
            r#"{"columns":2,"cells":[1.0,2.0,3.0]}"#,
            r#"{"columns":1,"cells":[1e30]}"#,
        ] {
            let refused = serde_json::from_str::<Reference>(stored).unwrap_err().to_string();
            assert!(refused.contains("stored reference"), "{refused}");
        }
    }

    proptest! {
        /// For all references, clustered and duplicated ones too: what is found is what comparing all would find.
        #[test]
        fn nothing_nearer_is_missed(
            cells in prop::collection::vec(prop_oneof![-20_f32..20.0, Just(0.5_f32), 0.5_f32..0.500_01], 3..600),
            k in 1_usize..9,
        ) {
            let rows = cells.len() / 3;
            let reference = Array2::from_shape_vec((rows, 3), cells[..rows * 3].to_vec()).unwrap();
            let query = [0.5_f32, 0.500_004, 0.5];
            let distance = |row: usize| {
                let squares = reference.row(row).to_vec().into_iter().zip(query);
                squares.map(|(y, x)| (f64::from(x) - f64::from(y)).powi(2)).sum::<f64>().sqrt()
            };
            let mut all: Vec<f64> = (0..rows).map(distance).collect();
            all.sort_by(f64::total_cmp);
            let own = usize::from(all[0] == 0.0 && rows > 1);
            let found: Vec<f64> = nearest(&reference, &query, k).iter().map(|n| n.distance).collect();
            prop_assert_eq!(&found[..], &all[own..rows.min(own + k)]);
        }
    }
}
