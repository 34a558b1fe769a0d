//! A forest of trees with cuts across several columns: what both detectors of that kind share.

use std::ops::RangeInclusive;

use ndarray::{Array1, ArrayView2, Axis};
use rand::{RngCore, SeedableRng, seq::index};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Schema, Table,
    detector::contiguous,
    isolation_tree::{Draw, Split, Tree, averages},
    params::expect_within,
    projection::{MOST_COLUMNS, Projection},
    scale::Scale,
    schema::stored,
};

const TREES: RangeInclusive<usize> = 1..=10_000;
const SAMPLE: RangeInclusive<usize> = 1..=4_096;
const DIMENSIONS: RangeInclusive<usize> = 1..=MOST_COLUMNS;
/// Bounds the memory of a forest, also of one that a damaged file asks for.
const CELLS: RangeInclusive<usize> = 1..=1 << 22;
/// Rows that walk through one tree before the next is fetched: rows and tree together stay in the first cache.
const BLOCK: usize = 64;
/// Beyond a million deviations "farther" says nothing more; sums of such values are finite.
const CLIP: f64 = 1e6;

/// What a forest is grown with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Growing {
    pub(crate) trees: usize,
    pub(crate) sample: usize,
    pub(crate) dimensions: usize,
    pub(crate) seed: u64,
}

/// The trees, and the scale on which columns are added.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "StoredForest", into = "StoredForest")]
pub(crate) struct ObliqueForest {
    schema: Schema,
    scale: Scale,
    trees: Vec<Tree<Projection>>,
    /// `c(n)` for n from 0 to the rows of a tree.
    averages: Vec<f64>,
}

impl Growing {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first parameter outside its range.
    pub(crate) fn valid(&self) -> Result<(), Error> {
        expect_within("trees", TREES, self.trees)?;
        expect_within("sample", SAMPLE, self.sample)?;
        expect_within("trees times sample", CELLS, self.trees * self.sample)?;
        expect_within("dimensions", DIMENSIONS, self.dimensions)
    }

    /// Grows the forest; `draw` chooses the cuts of a tree over so many columns. Every tree has a seed of its own, drawn
    /// in the order of the trees.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub(crate) fn grow<D: Draw<Cut = Projection>>(
        &self,
        table: &Table,
        draw: impl Fn(usize, Xoshiro256PlusPlus) -> D,
    ) -> Result<ObliqueForest, Error> {
        let schema = Schema::fit(table)?;
        let rows = schema.align(table)?;
        let scale = Scale::fit(rows.view(), CLIP);
        let averages = averages(self.sample.min(rows.nrows()));
        let mut seeds = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let mut tree = |_| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seeds.next_u64());
            let picked = index::sample(&mut rng, rows.nrows(), averages.len() - 1).into_vec();
            let sample = scale.rows(&schema, rows.select(Axis(0), &picked).view());
            Tree::grow(sample.view(), &averages, draw(rows.ncols(), rng))
        };
        let trees = (0..self.trees).map(&mut tree).collect();
        Ok(ObliqueForest { schema, scale, trees, averages })
    }
}

impl ObliqueForest {
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn score_one(&self, row: &[f64]) -> f64 {
        let row = self.scaled(row);
        self.score_of(self.trees.iter().map(|tree| tree.path_length(&row)).sum())
    }

    /// Trees go one by one over all rows of a block, and each row sums its path lengths in the order of the trees.
    pub(crate) fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        let width = self.schema.columns().len();
        let mut scores = vec![0.0; rows.nrows()];
        for (rows, scores) in rows.axis_chunks_iter(Axis(0), BLOCK).zip(scores.chunks_mut(BLOCK)) {
            let rows: Vec<f64> =
                rows.rows().into_iter().flat_map(|row| self.scaled(&contiguous(&row))).collect();
            self.trees.iter().for_each(|tree| tree.add_path_lengths(&rows, width, scores));
            scores.iter_mut().for_each(|score| *score = self.score_of(*score));
        }
        Array1::from_vec(scores)
    }

    /// The credit of a cut, `c(parent) - 1 - c(child)`, goes to its columns in proportion to their parts in its sum.
    pub(crate) fn explain(&self, row: &[f64]) -> Vec<f64> {
        let row = self.scaled(row);
        let mut terms = vec![0.0; row.len()];
        for tree in &self.trees {
            tree.walk(&row, |step| {
                let credit = self.averages[step.parent] - 1.0 - self.averages[step.child];
                share_out(credit, step.cut.parts(&row), &mut terms);
            });
        }
        terms.iter_mut().for_each(|term| *term /= self.trees.len() as f64);
        terms
    }

    /// `c(psi) - h = c(psi) (1 + log2 score)`.
    pub(crate) fn explained(&self, score: f64) -> f64 {
        self.unit() * (1.0 + score.log2())
    }

    fn unit(&self) -> f64 {
        self.averages[self.averages.len() - 1]
    }

    fn score_of(&self, path_lengths: f64) -> f64 {
        let average = path_lengths / self.trees.len() as f64;
        if self.unit() > 0.0 { (-average / self.unit()).exp2() } else { 0.5 }
    }

    fn scaled(&self, row: &[f64]) -> Vec<f64> {
        self.scale.row(&self.schema, row).collect()
    }
}

/// Where all parts are 0 the first column takes the credit: some column has to.
fn share_out(credit: f64, parts: [(usize, f64); MOST_COLUMNS], terms: &mut [f64]) {
    let all: f64 = parts.iter().map(|(_, part)| part).sum();
    if all > 0.0 {
        parts.iter().for_each(|(column, part)| terms[*column] += credit * (part / all));
    } else {
        terms[parts[0].0] += credit;
    }
}

/// What a model file holds: only the cuts that were made, from which the trees are rebuilt.
#[derive(Serialize, Deserialize)]
struct StoredForest {
    schema: Schema,
    scale: Scale,
    sample: u32,
    trees: Vec<Vec<Split<Projection>>>,
}

impl From<ObliqueForest> for StoredForest {
    fn from(ObliqueForest { schema, scale, trees, averages }: ObliqueForest) -> Self {
        let sample = averages.len() as u32 - 1;
        StoredForest { schema, scale, sample, trees: trees.iter().map(Tree::splits).collect() }
    }
}

impl TryFrom<StoredForest> for ObliqueForest {
    type Error = Error;

    fn try_from(StoredForest { schema, scale, sample, trees }: StoredForest) -> Result<Self, Error> {
        scale.expect_of(&schema)?;
        let cells = trees.len().saturating_mul(sample as usize);
        let sound = TREES.contains(&trees.len()) && SAMPLE.contains(&(sample as usize));
        if !(sound && CELLS.contains(&cells) && scale.clip() <= CLIP) {
            let found = format!("{} trees of {sample} rows", trees.len());
            return Err(stored("forest", "1 to 10000 trees of 1 to 4096 rows", found));
        }
        let averages = averages(sample as usize);
        let tree = |splits: &Vec<_>| Tree::load(splits, sample, schema.columns().len(), &averages);
        let trees = trees.iter().map(tree).collect::<Result<_, _>>()?;
        Ok(ObliqueForest { schema, scale, trees, averages })
    }
}

/// The [`Detector`](crate::Detector) and the parameters of a forest with cuts across several columns.
macro_rules! oblique_forest {
    ($model:ident, $params:ident, $valid:ident, $dimensions:literal) => {
        impl $model {
            #[doc = concat!("The documented defaults: 100 trees of 256 rows, ", $dimensions, " columns a cut, seed 0.")]
            pub fn params() -> $params {
                let growing = Growing { trees: 100, sample: 256, dimensions: $dimensions, seed: 0 };
                $params($valid { growing })
            }
        }

        impl $crate::Detector for $model {
            fn schema(&self) -> &$crate::Schema {
                self.forest.schema()
            }

            fn score_one(&self, row: &[f64]) -> f64 {
                self.forest.score_one(row)
            }

            /// Cuts saved against an average row, per column; they sum to `c(psi) - h`.
            fn explain(&self, row: &[f64]) -> Vec<f64> {
                self.forest.explain(row)
            }

            /// `c(psi) - h = c(psi) (1 + log2 score)`.
            fn explained(&self, score: f64) -> f64 {
                self.forest.explained(score)
            }

            fn score(&self, rows: ndarray::ArrayView2<'_, f64>) -> ndarray::Array1<f64> {
                self.forest.score(rows)
            }
        }

        impl $params {
            /// Columns in a cut, 1 to 3; fewer where fewer vary.
            pub fn dimensions(mut self, dimensions: usize) -> Self {
                self.0.growing.dimensions = dimensions;
                self
            }
        }

        $crate::forest_params::forest_params!($model, $params, $valid);
    };
}

pub(crate) use oblique_forest;
