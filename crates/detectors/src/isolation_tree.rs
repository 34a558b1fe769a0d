//! One isolation tree: random cuts until a row stands alone or the depth is used up.

use std::ops::Range;

use ndarray::ArrayView2;
use rand::{Rng, RngCore};
use serde::{Deserialize, Serialize};
use statrs::function::harmonic::harmonic;

use crate::{Error, detector::contiguous, schema::stored};

/// Rows that walk down a tree together.
const ABREAST: usize = 16;

/// A tree as a full binary heap: the children of node `i` are `2i + 1` (at or below the threshold) and `2i + 2`.
/// A cut that was never made sends every row to the left with the path length of the leaf above, so that a walk
/// has the same number of steps for all rows and no case to decide.
#[derive(Debug, Clone)]
pub(crate) struct Tree<C = Threshold> {
    /// Inner nodes, `2^depth - 1`.
    cuts: Vec<C>,
    /// Training rows in each node, inner nodes then bottom nodes; 0 below a leaf.
    sizes: Vec<u32>,
    /// Worth of each bottom node, `2^depth`: the path length of the leaf that it belongs to.
    path_lengths: Vec<f64>,
}

/// What a node asks of a row. The default sends every row of finite numbers to the left.
pub(crate) trait Cut: Copy + Default {
    /// Whether the row goes to the right. The row is as wide as the table that the tree was grown on.
    fn above(&self, row: &[f64]) -> bool;

    /// Whether it asks for columns that exist, and compares with finite numbers.
    fn is_sound(&self, n_columns: usize) -> bool;
}

/// A cut that compares one column with a threshold.
pub(crate) trait OneColumn: Cut {
    /// What is compared.
    fn threshold(&self) -> Threshold;
}

/// How a tree chooses its cuts.
pub(crate) trait Draw {
    /// What it chooses.
    type Cut: Cut;

    /// A cut that leaves some of these rows on either side; `None` when there is none.
    fn draw(&mut self, rows: ArrayView2<'_, f64>, members: &[usize]) -> Option<Self::Cut>;
}

/// A cut as it is stored, the parent before its children.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Split<C = Threshold> {
    /// Heap index.
    node: u32,
    /// What is asked.
    cut: C,
    /// Training rows that went left.
    left: u32,
}

/// One step of a row's walk: the cut, the training rows in the node and in the child entered.
pub(crate) struct Step<'a, C> {
    pub(crate) cut: &'a C,
    /// Whether it goes to the right.
    pub(crate) right: bool,
    pub(crate) parent: usize,
    pub(crate) child: usize,
}

/// Whether one column is above a threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Threshold {
    /// Column that is compared.
    pub(crate) column: u32,
    /// Values at or below it go left.
    pub(crate) threshold: f64,
}

impl Cut for Threshold {
    #[inline]
    fn above(&self, row: &[f64]) -> bool {
        row[self.column as usize] > self.threshold
    }

    fn is_sound(&self, n_columns: usize) -> bool {
        (self.column as usize) < n_columns && self.threshold.is_finite()
    }
}

impl OneColumn for Threshold {
    fn threshold(&self) -> Threshold {
        *self
    }
}

impl<C: Cut> Tree<C> {
    /// Grows a tree on all of `rows`, `averages[n]` being the average path length of n rows.
    pub(crate) fn grow(rows: ArrayView2<'_, f64>, averages: &[f64], draw: impl Draw<Cut = C>) -> Self {
        let depth = depth_for(rows.nrows());
        let mut growth = Growth { rows, draw, splits: Vec::new() };
        let mut members: Vec<usize> = (0..rows.nrows()).collect();
        growth.split(0, depth, &mut members);
        Tree::plant(depth, rows.nrows() as u32, &growth.splits, averages)
    }

    /// Rebuilds a stored tree.
    ///
    /// # Errors
    /// [`Error::Stored`] when the splits do not make a tree of `sample` rows and `n_columns` columns.
    pub(crate) fn load(
        splits: &[Split<C>],
        sample: u32,
        n_columns: usize,
        averages: &[f64],
    ) -> Result<Self, Error> {
        let depth = depth_for(sample as usize);
        let mut sizes = root_of(depth, sample);
        for split in splits {
            split.expect_sound(&sizes, n_columns)?;
            split.share_rows(&mut sizes);
        }
        Ok(Tree::plant(depth, sample, splits, averages))
    }

    /// The splits, the parent before its children.
    pub(crate) fn splits(&self) -> Vec<Split<C>> {
        let made = (0..self.cuts.len()).filter(|node| self.sizes[2 * node + 1] > 0);
        made.map(|node| self.split_at(node)).collect()
    }

    /// Depth of the leaf that a row falls into, plus the average path length of the training rows in it.
    /// `row` is as wide as the table that the tree was grown on.
    #[inline]
    pub(crate) fn path_length(&self, row: &[f64]) -> f64 {
        let mut node = 0;
        while let Some(cut) = self.cuts.get(node) {
            node = child(cut, node, row);
        }
        self.path_lengths[node - self.cuts.len()]
    }

    /// Adds the path lengths of rows that lie one after the other, `width` values each, to their sums.
    pub(crate) fn add_path_lengths(&self, rows: &[f64], width: usize, sums: &mut [f64]) {
        for (rows, sums) in rows.chunks(ABREAST * width).zip(sums.chunks_mut(ABREAST)) {
            let leaves = self.leaves(rows, width);
            sums.iter_mut().zip(leaves).for_each(|(sum, leaf)| *sum += self.path_lengths[leaf]);
        }
    }

    /// The bottom nodes of up to [`ABREAST`] rows. They go down level by level together: their steps do not wait for
    /// each other, so the processor overlaps them.
    fn leaves(&self, rows: &[f64], width: usize) -> [usize; ABREAST] {
        let mut nodes = [0; ABREAST];
        for _ in 0..self.path_lengths.len().ilog2() {
            for (node, row) in nodes.iter_mut().zip(rows.chunks_exact(width)) {
                *node = child(&self.cuts[*node], *node, row);
            }
        }
        nodes.map(|node| node.saturating_sub(self.cuts.len()))
    }

    /// Calls `visit` for every cut on the way of a row.
    pub(crate) fn walk(&self, row: &[f64], mut visit: impl FnMut(Step<'_, C>)) {
        let mut node = 0;
        while let Some(cut) = self.cuts.get(node) {
            let next = child(cut, node, row);
            if self.sizes[next] == 0 {
                return;
            }
            visit(self.step(next));
            node = next;
        }
    }

    /// The cuts in heap order, and the worth of the bottom nodes.
    pub(crate) fn heap(&self) -> (&[C], &[f64]) {
        (&self.cuts, &self.path_lengths)
    }

    /// The same cuts with another worth of the bottom nodes than the path length: what `worth` adds up on the steps down to
    /// the leaf.
    pub(crate) fn valued(mut self, worth: impl Fn(&Step<'_, C>) -> f64) -> Self {
        let bottom = self.cuts.len()..self.sizes.len();
        self.path_lengths = bottom.map(|node| self.steps_to(node).map(|step| worth(&step)).sum()).collect();
        self
    }

    /// The steps that training rows made on the way to a node, the last one first.
    fn steps_to(&self, node: usize) -> impl Iterator<Item = Step<'_, C>> {
        let way = std::iter::successors(Some(node), |node| node.checked_sub(1).map(|above| above / 2));
        way.filter(|&node| node > 0 && self.sizes[node] > 0).map(|node| self.step(node))
    }

    /// The step that enters a node from above.
    fn step(&self, node: usize) -> Step<'_, C> {
        let above = (node - 1) / 2;
        Step {
            cut: &self.cuts[above],
            right: node.is_multiple_of(2),
            parent: self.sizes[above] as usize,
            child: self.sizes[node] as usize,
        }
    }

    fn plant(depth: u32, sample: u32, splits: &[Split<C>], averages: &[f64]) -> Self {
        let mut sizes = root_of(depth, sample);
        let mut cuts = vec![C::default(); (1 << depth) - 1];
        for split in splits {
            split.share_rows(&mut sizes);
            cuts[split.node as usize] = split.cut;
        }
        let path_lengths = path_lengths(&sizes, averages);
        Tree { cuts, sizes, path_lengths }
    }

    fn split_at(&self, node: usize) -> Split<C> {
        Split { node: node as u32, cut: self.cuts[node], left: self.sizes[2 * node + 1] }
    }
}

#[inline]
fn child(cut: &impl Cut, node: usize, row: &[f64]) -> usize {
    2 * node + 1 + usize::from(cut.above(row))
}

impl<C: Cut> Split<C> {
    /// A cut of the node with this heap index that sends `left` training rows to the left.
    pub(crate) fn new(node: u32, cut: C, left: u32) -> Self {
        Split { node, cut, left }
    }

    /// Heap index, cut, training rows that went left.
    pub(crate) fn parts(self) -> (u32, C, u32) {
        (self.node, self.cut, self.left)
    }

    fn expect_sound(&self, sizes: &[u32], n_columns: usize) -> Result<(), Error> {
        let node = self.node as usize;
        let rows = sizes.get(node).copied().unwrap_or(0);
        if 2 * node + 2 >= sizes.len() || sizes[2 * node + 1] != 0 {
            return Err(stored("split", "an inner node, split once", node));
        }
        if self.left == 0 || self.left >= rows {
            return Err(stored("split", format!("1 to {rows} - 1 rows on the left"), self.left));
        }
        if !self.cut.is_sound(n_columns) {
            return Err(stored("split", format!("some of {n_columns} columns, finite"), node));
        }
        Ok(())
    }

    fn share_rows(&self, sizes: &mut [u32]) {
        let node = self.node as usize;
        sizes[2 * node + 1] = self.left;
        sizes[2 * node + 2] = sizes[node] - self.left;
    }
}

/// The average path length of an unsuccessful search in a binary search tree of `n` rows,
/// `c(n) = 2 H(n-1) - 2 (n-1)/n` (Preiss 1999; Liu et al. 2008, eq. 1), with `c(0) = c(1) = 0`.
///
/// `H` is the harmonic number itself; the paper's estimate `ln(n-1) + 0.5772` is off by `1/(2n)`, which matters in
/// small leaves: `c(2)` is 1, the estimate .15.
pub(crate) fn average_path_length(n: usize) -> f64 {
    if n < 2 {
        return 0.0;
    }
    let above = (n - 1) as f64;
    2.0 * harmonic(n as u64 - 1) - 2.0 * above / n as f64
}

/// `c(n)` for n from 0 to the rows of a tree.
pub(crate) fn averages(sample: usize) -> Vec<f64> {
    (0..=sample).map(average_path_length).collect()
}

/// Depth at which a tree of `n` rows stops: `ceil(log2 n)`, the depth of a balanced one.
fn depth_for(n: usize) -> u32 {
    n.next_power_of_two().trailing_zeros()
}

fn root_of(depth: u32, sample: u32) -> Vec<u32> {
    let mut sizes = vec![0; (2 << depth) - 1];
    sizes[0] = sample;
    sizes
}

/// The path length of every bottom node. One below a leaf takes that of the leaf, handed down from node to node.
fn path_lengths(sizes: &[u32], averages: &[f64]) -> Vec<f64> {
    let mut lengths: Vec<f64> = Vec::with_capacity(sizes.len());
    for (node, &size) in sizes.iter().enumerate() {
        let above = node.checked_sub(1).filter(|_| size == 0).map(|node| lengths[node / 2]);
        lengths.push(above.unwrap_or_else(|| f64::from((node + 1).ilog2()) + averages[size as usize]));
    }
    lengths.split_off(sizes.len() / 2)
}

struct Growth<'a, D: Draw> {
    rows: ArrayView2<'a, f64>,
    draw: D,
    splits: Vec<Split<D::Cut>>,
}

impl<D: Draw> Growth<'_, D> {
    fn split(&mut self, node: u32, depth: u32, members: &mut [usize]) {
        if depth == 0 || members.len() < 2 {
            return;
        }
        let Some(cut) = self.draw.draw(self.rows, members) else { return };
        let left = self.part(members, &cut);
        if left == 0 || left == members.len() {
            return;
        }
        self.splits.push(Split { node, cut, left: left as u32 });
        let (below, above) = members.split_at_mut(left);
        self.split(2 * node + 1, depth - 1, below);
        self.split(2 * node + 2, depth - 1, above);
    }

    /// Moves the rows that are not above the cut to the front and returns how many there are.
    fn part(&self, members: &mut [usize], cut: &D::Cut) -> usize {
        let above = |row: &usize| cut.above(&contiguous(&self.rows.row(*row)));
        let (above, below): (Vec<usize>, Vec<usize>) = members.iter().partition(|row| above(row));
        let places = below.iter().chain(&above);
        members.iter_mut().zip(places).for_each(|(member, row)| *member = *row);
        below.len()
    }
}

/// A column uniformly among those that vary within the node, a threshold uniformly within its range.
pub(crate) struct Uniform<R> {
    columns: Shuffle<R>,
}

impl<R: RngCore> Uniform<R> {
    /// Over this many columns.
    pub(crate) fn new(n_columns: usize, rng: R) -> Self {
        Uniform { columns: Shuffle::new(n_columns, rng) }
    }
}

impl<R: RngCore> Draw for Uniform<R> {
    type Cut = Threshold;

    fn draw(&mut self, rows: ArrayView2<'_, f64>, members: &[usize]) -> Option<Threshold> {
        self.draw_share(rows, members).map(|(threshold, _)| threshold)
    }
}

impl<R: RngCore> Uniform<R> {
    /// A cut, and the share of the column's range that is at or below it, in [0, 1).
    pub(crate) fn draw_share(
        &mut self,
        rows: ArrayView2<'_, f64>,
        members: &[usize],
    ) -> Option<(Threshold, f64)> {
        let (column, range) = self.columns.varying(rows, members, 1).next()?;
        let share = self.columns.share();
        Some((Threshold { column: column as u32, threshold: within(range, share) }, share))
    }
}

/// Random columns of those that vary.
pub(crate) struct Shuffle<R> {
    /// A permutation of the columns, drawn from anew at each node.
    columns: Vec<usize>,
    pub(crate) rng: R,
}

impl<R: RngCore> Shuffle<R> {
    pub(crate) fn new(n_columns: usize, rng: R) -> Self {
        Shuffle { columns: (0..n_columns).collect(), rng }
    }

    /// Up to `wanted` different columns that vary among these rows, each with its range.
    pub(crate) fn varying(
        &mut self,
        rows: ArrayView2<'_, f64>,
        members: &[usize],
        wanted: usize,
    ) -> std::vec::IntoIter<(usize, Range<f64>)> {
        let mut found = Vec::with_capacity(wanted);
        for drawn in 0..self.columns.len() {
            if found.len() == wanted {
                break;
            }
            let other = self.rng.gen_range(drawn..self.columns.len());
            self.columns.swap(drawn, other);
            let column = self.columns[drawn];
            let range = range(members.iter().map(|&row| rows[(row, column)]));
            if range.start < range.end {
                found.push((column, range));
            }
        }
        found.into_iter()
    }

    /// Uniform in [0, 1).
    pub(crate) fn share(&mut self) -> f64 {
        self.rng.gen_range(0.0..1.0)
    }
}

/// From the least to the largest value.
pub(crate) fn range(values: impl Iterator<Item = f64>) -> Range<f64> {
    let nothing = f64::INFINITY..f64::NEG_INFINITY;
    values.fold(nothing, |range, value| range.start.min(value)..range.end.max(value))
}

/// The point of a range at a share of it in [0, 1). Never the end itself, so that both sides of the cut hold a
/// row even between neighbouring floats; never through `end - start`, which overflows for huge ranges.
pub(crate) fn within(range: Range<f64>, share: f64) -> f64 {
    let point = range.start * (1.0 - share) + range.end * share;
    if range.contains(&point) { point } else { range.start }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::{Split, Step, Threshold, Tree, Uniform, average_path_length, averages, depth_for, within};

    fn grown(rows: &Array2<f64>, seed: u64) -> Tree {
        let draw = Uniform::new(rows.ncols(), Xoshiro256PlusPlus::seed_from_u64(seed));
        Tree::grow(rows.view(), &averages(rows.nrows()), draw)
    }

    /// Values by exact rational arithmetic: 2 H(n-1) - 2 (n-1)/n.
    #[test]
    fn average_path_lengths_are_those_of_the_paper() {
        let cases = [(0, 0.0), (1, 0.0), (2, 1.0), (3, 5.0 / 3.0), (4, 13.0 / 6.0)];
        for (n, expected) in cases {
            assert!((average_path_length(n) - expected).abs() < 1e-14, "c({n})");
        }
        let direct = |n: u32| {
            2.0 * (1..n).map(|k| 1.0 / f64::from(k)).sum::<f64>() - 2.0 * f64::from(n - 1) / f64::from(n)
        };
        assert!((average_path_length(256) - direct(256)).abs() < 1e-12);
    }

    /// 10.244770920 is c(256) with the paper's estimate ln(255) + 0.5772156649 in place of H(255).
    #[test]
    fn the_estimate_of_the_paper_differs_by_what_it_leaves_out() {
        let estimate = 2.0 * (255_f64.ln() + 0.577_215_664_9) - 2.0 * 255.0 / 256.0;
        assert!((estimate - 10.244_770_920).abs() < 1e-9);
        let left_out = 1.0 / 255.0 - 1.0 / (6.0 * 255.0 * 255.0);
        assert!((average_path_length(256) - estimate - left_out).abs() < 1e-9);
    }

    #[test]
    fn depth_is_the_ceiling_of_the_binary_logarithm() {
        let cases = [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (256, 8), (257, 9)];
        for (n, depth) in cases {
            assert_eq!(depth_for(n), depth, "{n} rows");
        }
    }

    #[test]
    fn a_cut_separates_neighbouring_floats_and_the_ends_of_the_range() {
        let tiny = f64::from_bits(1);
        assert_eq!(within(0.0..tiny, 0.9), 0.0);
        assert_eq!(within(1.0..1.0 + f64::EPSILON, 0.99), 1.0);
        let huge = within(f64::MIN..f64::MAX, 0.75);
        assert!(huge > 0.0 && huge < f64::MAX);
    }

    #[test]
    fn rows_that_are_all_alike_are_never_cut() {
        let tree = grown(&Array2::from_elem((8, 3), 2.5), 1);
        assert!(tree.splits().is_empty());
        assert_eq!(tree.path_length(&[9.0, 9.0, 9.0]), average_path_length(8));
    }

    #[test]
    fn a_constant_column_is_never_cut() {
        let rows = Array2::from_shape_fn((64, 2), |(row, column)| if column == 0 { 7.0 } else { row as f64 });
        for seed in 0..20 {
            assert!(grown(&rows, seed).splits().iter().all(|split| split.cut.column == 1));
        }
    }

    #[test]
    fn a_stored_tree_that_is_none_is_refused() {
        let load = |splits: &[Split]| Tree::load(splits, 4, 2, &averages(4)).map(|_| ());
        let cut = |column, threshold| Threshold { column, threshold };
        let sound = Split { node: 0, cut: cut(1, 0.5), left: 1 };
        assert!(load(&[sound]).is_ok());
        let refused = [
            vec![sound, sound],
            vec![Split { node: 1, ..sound }],
            vec![Split { node: 3, ..sound }],
            vec![Split { node: u32::MAX, ..sound }],
            vec![Split { left: 0, ..sound }],
            vec![Split { left: 4, ..sound }],
            vec![Split { cut: cut(2, 0.5), ..sound }],
            vec![Split { cut: cut(1, f64::NAN), ..sound }],
        ];
        for splits in refused {
            assert!(load(&splits).unwrap_err().to_string().starts_with("stored split"), "{splits:?}");
        }
    }

    fn matrices() -> impl Strategy<Value = Array2<f64>> {
        let value = prop_oneof![Just(0.0), -1.0..1.0, prop::num::f64::NORMAL, prop::num::f64::SUBNORMAL];
        (1_usize..40, 1_usize..5).prop_flat_map(move |(rows, columns)| {
            prop::collection::vec(value.clone(), rows * columns)
                .prop_map(move |cells| Array2::from_shape_vec((rows, columns), cells).unwrap())
        })
    }

    proptest! {
        /// For all tables and rows: the credits c(parent) - 1 - c(child) sum to c(n) minus the path length, and
        /// the stored splits rebuild the tree.
        #[test]
        fn credits_telescope_and_a_stored_tree_is_the_tree(rows in matrices(), seed: u64) {
            let (n, c) = (rows.nrows(), averages(rows.nrows()));
            let tree = grown(&rows, seed);
            let loaded = Tree::load(&tree.splits(), n as u32, rows.ncols(), &c).unwrap();
            for row in rows.rows() {
                let row = row.to_vec();
                let mut credit = 0.0;
                tree.walk(&row, |Step { parent, child, .. }| credit += c[parent] - 1.0 - c[child]);
                prop_assert!((credit - (c[n] - tree.path_length(&row))).abs() < 1e-12);
                prop_assert_eq!(tree.path_length(&row), loaded.path_length(&row));
            }
        }
    }

    #[test]
    fn a_lone_row_ends_a_tree_at_its_root() {
        let tree = grown(&array![[1.0, 2.0]], 3);
        assert_eq!(tree.path_length(&[0.0, 0.0]), 0.0);
    }
}
