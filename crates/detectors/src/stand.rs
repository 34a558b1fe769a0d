//! A stand of trees whose cuts see one column each, and the way of rows through all of them.

use std::{ops::RangeInclusive, sync::OnceLock};

use ndarray::{ArrayView2, Axis};
use rand::{RngCore, SeedableRng, seq::index};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{
    Error, Schema, Table,
    detector::contiguous,
    isolation_tree::{Draw, OneColumn, Tree, averages},
    lanes::{self, FastTree},
    params::expect_within,
    schema::stored,
};

const TREES: RangeInclusive<usize> = 1..=10_000;
const SAMPLE: RangeInclusive<usize> = 1..=4_096;
/// Bounds the memory of a forest, also of one that a damaged file asks for.
const CELLS: RangeInclusive<usize> = 1..=1 << 22;
/// Rows that walk through one tree before the next is fetched.
const BLOCK: usize = 64;

/// What a stand is grown with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Growing {
    pub(crate) trees: usize,
    pub(crate) sample: usize,
    pub(crate) seed: u64,
}

/// Trees over the columns of one schema.
#[derive(Debug, Clone)]
pub(crate) struct Stand<C> {
    trees: Vec<Tree<C>>,
    /// The same trees laid out for speed, when they are 8 deep: once many rows come at a time.
    fast: OnceLock<Vec<FastTree>>,
}

impl Default for Growing {
    fn default() -> Self {
        Growing { trees: 100, sample: 256, seed: 0 }
    }
}

impl Growing {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first parameter outside its range.
    pub(crate) fn valid(&self) -> Result<(), Error> {
        expect_within("trees", TREES, self.trees)?;
        expect_within("sample", SAMPLE, self.sample)?;
        expect_within("trees times sample", CELLS, self.trees * self.sample)
    }

    /// Grows the trees on a table with the columns of the schema, in its order; `draw` chooses the cuts of a tree over so many
    /// columns. Every tree has a seed of its own, drawn in the order of the trees.
    pub(crate) fn grow<D: Draw>(
        &self,
        table: &Table,
        schema: &Schema,
        draw: impl Fn(usize, Xoshiro256PlusPlus) -> D,
    ) -> Vec<Tree<D::Cut>> {
        let averages = averages(self.sample.min(table.n_rows()));
        let mut seeds = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let mut tree = |_| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seeds.next_u64());
            let picked = index::sample(&mut rng, table.n_rows(), averages.len() - 1).into_vec();
            let rows = schema.imputed(table.values().select(Axis(0), &picked));
            Tree::grow(rows.view(), &averages, draw(rows.ncols(), rng))
        };
        (0..self.trees).map(&mut tree).collect()
    }

    /// The average path lengths of a stored forest.
    ///
    /// # Errors
    /// [`Error::Stored`] for sizes that no forest has.
    pub(crate) fn expect_stored(trees: usize, sample: u32) -> Result<Vec<f64>, Error> {
        let cells = trees.saturating_mul(sample as usize);
        if TREES.contains(&trees) && SAMPLE.contains(&(sample as usize)) && CELLS.contains(&cells) {
            return Ok(averages(sample as usize));
        }
        let found = format!("{trees} trees of {sample} rows");
        Err(stored("forest", "1 to 10000 trees of 1 to 4096 rows", found))
    }
}

impl<C: OneColumn> Stand<C> {
    pub(crate) fn new(trees: Vec<Tree<C>>) -> Self {
        Stand { trees, fast: OnceLock::new() }
    }

    fn fast(&self) -> &[FastTree] {
        let lay_out = || self.trees.iter().map(FastTree::of).collect::<Option<_>>().unwrap_or_default();
        self.fast.get_or_init(lay_out)
    }

    pub(crate) fn trees(&self) -> &[Tree<C>] {
        &self.trees
    }

    /// The worth of the bottom nodes that a whole row ends in, added up in the order of the trees.
    pub(crate) fn sum(&self, row: &[f64]) -> f64 {
        self.trees.iter().map(|tree| tree.path_length(row)).sum()
    }

    /// The sums of rows in the order of the schema, each as [`sum`](Self::sum) to the last bit.
    pub(crate) fn sums(&self, schema: &Schema, rows: ArrayView2<'_, f64>) -> Vec<f64> {
        let fast = Some(self.fast()).filter(|fast| !fast.is_empty());
        let sums = fast.and_then(|fast| lanes::sums(fast, schema, rows));
        sums.unwrap_or_else(|| self.plain_sums(schema, rows))
    }

    /// Trees go one by one over all rows of a block.
    fn plain_sums(&self, schema: &Schema, rows: ArrayView2<'_, f64>) -> Vec<f64> {
        let width = schema.columns().len();
        let mut sums = vec![0.0; rows.nrows()];
        for (rows, sums) in rows.axis_chunks_iter(Axis(0), BLOCK).zip(sums.chunks_mut(BLOCK)) {
            let mut whole = Vec::with_capacity(rows.nrows() * width);
            rows.rows()
                .into_iter()
                .for_each(|row| whole.extend_from_slice(&schema.complete(&contiguous(&row))));
            self.trees.iter().for_each(|tree| tree.add_path_lengths(&whole, width, sums));
        }
        sums
    }
}
