//! Trees of full depth 8 laid out for speed: sixteen rows walk them together.
//!
//! What costs time on the way down is finding the value to compare. Here the rows are transposed, and all arrays have as many
//! places as their index has values, so that no step checks a bound and none branches.

use std::array;

use crate::{
    detector::contiguous,
    isolation_tree::{OneColumn, Tree},
    schema::Schema,
};
use ndarray::{ArrayView2, Axis};

/// Rows that walk together.
const LANES: usize = 16;
/// Rows that walk through one tree before the next is fetched: rows and tree together stay in the first cache.
const BLOCK: usize = 64;
const NODES: usize = 256;

/// Up to [`LANES`] rows, transposed: the values of a column lie side by side. `W` is a power of two, not below the columns.
type Lanes<const W: usize> = [[f64; LANES]; W];

/// The cuts of a tree, and what its 256 bottom nodes are worth.
#[derive(Debug, Clone)]
pub(crate) struct FastTree {
    /// The root at 1, the children of `i` at `2i` and `2i + 1`.
    thresholds: [f64; NODES],
    columns: [u32; NODES],
    worth: [f64; NODES],
}

impl FastTree {
    /// `None` for a tree of another depth.
    pub(crate) fn of(tree: &Tree<impl OneColumn>) -> Option<Self> {
        let (cuts, worth) = tree.heap();
        let worth = worth.try_into().ok()?;
        let mut fast = FastTree { thresholds: [0.0; NODES], columns: [0; NODES], worth };
        for (node, cut) in (1..).zip(cuts) {
            fast.thresholds[node] = cut.threshold().threshold;
            fast.columns[node] = cut.threshold().column;
        }
        Some(fast)
    }

    /// What each row's bottom node is worth.
    #[inline]
    fn worth<const W: usize>(&self, rows: &Lanes<W>) -> [f64; LANES] {
        let above = |node: u8, lane: usize| {
            let column = self.columns[usize::from(node)] as usize & (W - 1);
            u8::from(rows[column][lane] > self.thresholds[usize::from(node)])
        };
        let mut nodes = [1_u8; LANES];
        for _ in 1..NODES.ilog2() {
            for (lane, node) in nodes.iter_mut().enumerate() {
                *node = (*node << 1) | above(*node, lane);
            }
        }
        // The last step leads out of the eight bits: what is left is the place among the bottom nodes.
        array::from_fn(|lane| self.worth[usize::from((nodes[lane] << 1) | above(nodes[lane], lane))])
    }
}

/// The sum over the trees for each row, in the order of the trees; `None` for more columns than there is a layout for.
pub(crate) fn sums(trees: &[FastTree], schema: &Schema, rows: ArrayView2<'_, f64>) -> Option<Vec<f64>> {
    match schema.columns().len() {
        0..=8 => Some(sums_of::<8>(trees, schema, rows)),
        9..=32 => Some(sums_of::<32>(trees, schema, rows)),
        33..=128 => Some(sums_of::<128>(trees, schema, rows)),
        _ => None,
    }
}

fn sums_of<const W: usize>(trees: &[FastTree], schema: &Schema, rows: ArrayView2<'_, f64>) -> Vec<f64> {
    let mut sums = Vec::with_capacity(rows.nrows());
    let mut block = vec![[[0.0; LANES]; W]; BLOCK / LANES];
    for rows in rows.axis_chunks_iter(Axis(0), BLOCK) {
        for (lanes, rows) in block.iter_mut().zip(rows.axis_chunks_iter(Axis(0), LANES)) {
            fill(lanes, schema, rows);
        }
        sums.extend(sums_of_block(trees, &block).take(rows.nrows()));
    }
    sums
}

fn fill<const W: usize>(lanes: &mut Lanes<W>, schema: &Schema, rows: ArrayView2<'_, f64>) {
    for (lane, row) in rows.rows().into_iter().enumerate() {
        let row = contiguous(&row);
        let row = schema.complete(&row);
        let cells = lanes.iter_mut().zip(&*row);
        cells.for_each(|(cells, value)| cells[lane] = *value);
    }
}

fn sums_of_block<const W: usize>(trees: &[FastTree], block: &[Lanes<W>]) -> impl Iterator<Item = f64> {
    let mut sums = [[0.0; LANES]; BLOCK / LANES];
    for tree in trees {
        for (sums, rows) in sums.iter_mut().zip(block) {
            let worth = tree.worth(rows);
            *sums = array::from_fn(|lane| sums[lane] + worth[lane]);
        }
    }
    sums.into_iter().flatten()
}
