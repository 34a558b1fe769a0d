//! A tree of full depth 8 laid out for speed: sixteen rows walk it together.
//!
//! What costs time on the way down is finding the value to compare. Here the place of a column in the transposed rows is
//! stored with the cut, and the arrays have 256 places, so that an index of eight bits needs no check.

use crate::isolation_tree::{Threshold, Tree};

/// Rows that walk together.
pub(crate) const LANES: usize = 16;
const NODES: usize = 256;
const LAST: usize = NODES - 1;

/// Up to [`LANES`] rows, transposed: the values of a column lie side by side.
#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    values: Vec<f64>,
}

/// The cuts of a tree in heap order, and what its 256 bottom nodes are worth.
#[derive(Debug, Clone)]
pub(crate) struct FastTree {
    thresholds: [f64; NODES],
    /// Where the column of each cut begins in [`Lanes`].
    places: [u32; NODES],
    path_lengths: [f64; NODES],
}

impl Lanes {
    /// Of rows that lie one after the other, `width` values each.
    pub(crate) fn of(rows: &[f64], width: usize) -> Self {
        let mut values = vec![0.0; LANES * width];
        for (lane, row) in rows.chunks_exact(width).enumerate() {
            let places = values.iter_mut().skip(lane).step_by(LANES);
            places.zip(row).for_each(|(place, value)| *place = *value);
        }
        Lanes { values }
    }
}

impl FastTree {
    /// `None` for a tree of another depth.
    pub(crate) fn of(tree: &Tree) -> Option<Self> {
        let (cuts, path_lengths) = tree.heap();
        let path_lengths = path_lengths.try_into().ok()?;
        let mut fast = FastTree { thresholds: [0.0; NODES], places: [0; NODES], path_lengths };
        for (node, Threshold { column, threshold }) in cuts.iter().enumerate() {
            fast.thresholds[node] = *threshold;
            fast.places[node] = column * LANES as u32;
        }
        Some(fast)
    }

    /// Adds the path length of each row to its sum.
    pub(crate) fn add_path_lengths(&self, rows: &Lanes, sums: &mut [f64]) {
        let mut nodes = [0_usize; LANES];
        for _ in 0..NODES.ilog2() {
            for (lane, node) in nodes.iter_mut().enumerate() {
                let at = *node & LAST;
                let value = rows.values[self.places[at] as usize + lane];
                *node = 2 * *node + 1 + usize::from(value > self.thresholds[at]);
            }
        }
        let bottoms = nodes.map(|node| (node + 1) & LAST);
        sums.iter_mut().zip(bottoms).for_each(|(sum, bottom)| *sum += self.path_lengths[bottom]);
    }
}
