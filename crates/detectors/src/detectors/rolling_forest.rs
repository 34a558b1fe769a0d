//! **Rolling forest**: an isolation forest that follows a stream, a few trees at a time.
//!
//! **Why it matters.** What agents do shifts with every release of a model or a tool. A forest that was grown once calls the new
//! ordinary strange for ever; one that is grown anew at every row costs too much. This one keeps the last rows and replaces its
//! oldest trees from them, so it is never older than a few thousand rows, and it says when the stream has moved.
//!
//! **How.** Ten blocks of ten trees. Every row is scored first and learned afterwards; whenever 256 rows were learned, the oldest
//! block is grown anew on a sample of the last 1,024. With `h` the path length in a tree and `psi` the rows that its block was
//! grown on,
//!
//! ```text
//! score = 2^(-mean over blocks of mean over trees of h / c(psi))
//! ```
//!
//! as that of [`IsolationForest`](crate::IsolationForest), which it equals while nothing is learned. The score splits exactly over
//! the columns. [`RollingForest::drift`] compares the scores that the last 256 rows got on arrival with those of the rows before
//! by their ranks (Mann, Whitney 1947): in a stream that stands still it is about standard normal. Learning costs `O(trees / 10
//! psi d log psi)` for each 256 rows, scoring `O(trees log psi)` a row, a model `8 d` bytes a kept row and 1 KB a tree. Liu, Ting, Zhou:
//! Isolation-Based Anomaly Detection, TKDD 2012; the blocks follow Tan, Ting, Liu: Fast Anomaly Detection for Streaming Data,
//! IJCAI 2011.
//!
//! **When it misleads.** It learns what it is shown: strange rows that keep coming are ordinary after some thousand. The order of
//! rows matters. For the rest it misses what an isolation forest misses.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, RollingForest};
//! use ndarray::Array2;
//!
//! let rows =
//!     |n, shift| Array2::from_shape_fn((n, 2), |(row, column)| ((row * (37 + column)) % 101) as f64 + shift);
//! let mut forest = RollingForest::params().seed(7).fit(&rows(2000, 0.0))?;
//! let at_once = forest.score_one(&[350.0, 350.0]);
//! forest.update(rows(2000, 0.0).view());
//! assert!(forest.drift().is_some_and(|drift| drift.abs() < 5.0)); // standing still
//!
//! forest.update(rows(512, 300.0).view());
//! assert!(forest.drift().is_some_and(|drift| drift > 10.0)); // moved
//! forest.update(rows(3000, 300.0).view());
//! assert!(forest.score_one(&[350.0, 350.0]) < at_once - 0.1); // and learned
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`RollingForestParams`].

use std::{collections::VecDeque, ops::RangeInclusive};

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};
use serde::{Deserialize, Serialize};

use crate::{
    Detector, Error, Listed, Page, Schema, Table, ToTable,
    detector::contiguous,
    isolation_tree::{Split, Threshold, Tree, Uniform, averages},
    params::expect_within,
    schema::stored,
    stand::{Growing, Stand},
};

const BLOCKS: RangeInclusive<usize> = 1..=100;
const TREES: RangeInclusive<usize> = 1..=100;
const SAMPLE: usize = 256;
const WINDOW: RangeInclusive<usize> = SAMPLE..=65_536;
/// Rows that are learned before the oldest block is grown anew.
const EVERY: usize = 256;

/// A fitted rolling forest. Scores are in (0, 1), about .5 for ordinary rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "StoredForest", into = "StoredForest")]
pub struct RollingForest {
    schema: Schema,
    growing: RollingForestValidParams,
    /// The block that is replaced next comes first.
    blocks: VecDeque<Block>,
    /// Blocks that were ever grown: each has a seed of its own.
    grown: u64,
    /// The last rows, whole, the oldest first.
    window: VecDeque<Vec<f64>>,
    /// The scores that the rows of the window got on arrival, as far as they were scored, the oldest first.
    arrivals: VecDeque<f64>,
    /// Rows learned since the last block was grown.
    waiting: usize,
    drift: Option<f64>,
}

/// Parameters of a rolling forest, to be checked when it is fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`blocks`](Self::blocks) | 1 to 100 | 10 | a tenth of the trees is new every 256 rows |
/// | [`trees`](Self::trees) | 1 to 100 | 10 | in each block, 100 in all as in an isolation forest |
/// | [`window`](Self::window) | 256 to 65,536 | 1,024 | 4,096 gains nothing on 42 benchmark sets and follows later |
/// | [`seed`](Self::seed) | any | 0 | same seed, same rows in the same order: same forest |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollingForestParams(RollingForestValidParams);

/// Checked parameters of a rolling forest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollingForestValidParams {
    blocks: u32,
    trees: u32,
    window: u32,
    seed: u64,
}

/// Trees that were grown together.
#[derive(Debug, Clone)]
struct Block {
    sample: usize,
    stand: Stand<Threshold>,
    /// `c(psi)`; path lengths are divided by it.
    unit: f64,
}

impl RollingForest {
    /// The documented defaults: 10 blocks of 10 trees, a window of 1,024 rows, seed 0.
    pub fn params() -> RollingForestParams {
        RollingForestParams(RollingForestValidParams { blocks: 10, trees: 10, window: 1024, seed: 0 })
    }

    /// Scores rows in the order of [`schema`](Detector::schema) and learns them, one after the other: each is scored by what came
    /// before it. What comes in one call or in several gives the same bits.
    pub fn update(&mut self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        let mut scores = Vec::with_capacity(rows.nrows());
        let mut rest = rows;
        while rest.nrows() > 0 {
            let (now, later) = rest.split_at(Axis(0), rest.nrows().min(EVERY - self.waiting));
            scores.extend(self.score(now));
            self.learn(now, &scores[scores.len() - now.nrows()..]);
            rest = later;
        }
        scores.into()
    }

    /// By how many standard deviations the last 256 scores ranked higher on arrival than those before them, in the window; at most one
    /// block old. `None` before there were enough. Beyond 4 the stream has moved away from what the trees know, below -4 towards it.
    pub fn drift(&self) -> Option<f64> {
        self.drift
    }

    fn learn(&mut self, rows: ArrayView2<'_, f64>, scores: &[f64]) {
        for (row, score) in rows.rows().into_iter().zip(scores) {
            let mut row = self.schema.complete(&contiguous(&row)).into_owned();
            // No cut lies between finite values and infinite ones.
            row.iter_mut().for_each(|value| *value = value.clamp(f64::MIN, f64::MAX));
            self.window.push_back(row);
            self.arrivals.push_back(*score);
        }
        keep_last(&mut self.window, self.growing.window as usize);
        keep_last(&mut self.arrivals, self.growing.window as usize);
        self.waiting += rows.nrows();
        if self.waiting >= EVERY {
            self.waiting = 0;
            self.drift = drift(self.arrivals.make_contiguous());
            self.roll();
        }
    }

    fn roll(&mut self) {
        let rows =
            Array2::from_shape_fn((self.window.len(), self.schema.columns().len()), |(row, column)| {
                self.window[row][column]
            });
        let table = Table::from_cells(self.schema.columns().to_vec(), rows);
        self.blocks.pop_front();
        self.grow(&table);
    }

    /// Adds a block. The table has the columns of the schema, in its order.
    fn grow(&mut self, table: &Table) {
        let seed = self.growing.seed.wrapping_add(self.grown.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let growing = Growing { trees: self.growing.trees as usize, sample: SAMPLE, seed };
        let trees = growing.grow(table, &self.schema, Uniform::new);
        self.blocks.push_back(Block::new(SAMPLE.min(table.n_rows()), trees));
        self.grown += 1;
    }

    /// `2^-ratio`, the ratio being the mean of the blocks' ones.
    fn score_of(&self, ratios: f64) -> f64 {
        (-ratios / self.blocks.len() as f64).exp2()
    }
}

impl Block {
    fn new(sample: usize, trees: Vec<Tree>) -> Self {
        Block { sample, stand: Stand::new(trees), unit: averages(sample)[sample] }
    }

    /// The mean path length in units of that of an average row: 1 where nothing could be cut.
    fn ratio(&self, path_lengths: f64) -> f64 {
        let mean = path_lengths / self.stand.trees().len() as f64;
        if self.unit > 0.0 { mean / self.unit } else { 1.0 }
    }

    /// Adds the cuts saved on the way of a row, in units of an average row, to their columns.
    fn add_terms(&self, row: &[f64], terms: &mut [f64]) {
        let averages = averages(self.sample);
        let share = 1.0 / (self.unit * self.stand.trees().len() as f64);
        for tree in self.stand.trees() {
            tree.walk(row, |step| {
                let credit = averages[step.parent] - 1.0 - averages[step.child];
                terms[step.cut.column as usize] += credit * share;
            });
        }
    }
}

fn keep_last<T>(queue: &mut VecDeque<T>, n: usize) {
    queue.drain(..queue.len().saturating_sub(n));
}

/// The normal score of the rank sum of the last [`EVERY`] scores among those before them.
fn drift(arrivals: &[f64]) -> Option<f64> {
    let (before, last) = arrivals.split_at(arrivals.len().checked_sub(EVERY)?);
    if before.len() < EVERY {
        return None;
    }
    let mut sorted = before.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let below = |score: &f64| {
        let less = sorted.partition_point(|other| other < score);
        let not_more = sorted.partition_point(|other| other <= score);
        (less + not_more) as f64 / (2 * sorted.len()) as f64
    };
    let (m, n) = (last.len() as f64, before.len() as f64);
    let mean = last.iter().map(below).sum::<f64>() / m;
    Some((mean - 0.5) / ((m + n + 1.0) / (12.0 * m * n)).sqrt())
}

impl Detector for RollingForest {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        let row = self.schema.complete(row);
        self.score_of(self.blocks.iter().map(|block| block.ratio(block.stand.sum(&row))).sum())
    }

    /// Cuts saved against an average row in units of its path length, per column; they sum to `1 + log2 score`.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let row = self.schema.complete(row);
        let mut terms = vec![0.0; row.len()];
        let blocks = self.blocks.iter().filter(|block| block.unit > 0.0);
        blocks.for_each(|block| block.add_terms(&row, &mut terms));
        terms.iter_mut().for_each(|term| *term /= self.blocks.len() as f64);
        terms
    }

    /// `1 + log2 score`.
    fn explained(&self, score: f64) -> f64 {
        1.0 + score.log2()
    }

    /// Each row adds the ratios of the blocks in their order.
    fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        let mut ratios = vec![0.0; rows.nrows()];
        for block in &self.blocks {
            let sums = block.stand.sums(&self.schema, rows);
            ratios.iter_mut().zip(sums).for_each(|(ratio, sum)| *ratio += block.ratio(sum));
        }
        ratios.into_iter().map(|ratio| self.score_of(ratio)).collect()
    }
}

impl Listed for RollingForest {
    const PAGE: Page = Page {
        title: "Rolling forest",
        finds: "In a stream, rows that few random cuts set apart from the last thousand; and that the stream moves.",
        misses: "What an isolation forest misses; strange rows that keep coming are ordinary soon.",
        cost: "O(trees / 10 psi d log psi) each 256 rows; score O(trees log psi) a row; 8 KB a column.",
    };

    fn fit_default(table: &Table, seed: u64) -> Result<Self, Error> {
        RollingForest::params().seed(seed).fit(table)
    }
}

impl RollingForestParams {
    /// Number of blocks, 1 to 100.
    pub fn blocks(mut self, blocks: u32) -> Self {
        self.0.blocks = blocks;
        self
    }

    /// Trees in each block, 1 to 100.
    pub fn trees(mut self, trees: u32) -> Self {
        self.0.trees = trees;
        self
    }

    /// Rows that are kept, and from which a block is grown, 256 to 65,536.
    pub fn window(mut self, window: u32) -> Self {
        self.0.window = window;
        self
    }

    /// Seed of all randomness.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// Checks and fits: the forest knows the last rows of the table, and goes on from there with [`RollingForest::update`].
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`valid`](Self::valid), the errors of [`Table::new`] when `rows` is not a table yet,
    /// [`Error::Empty`] without rows or columns.
    pub fn fit(&self, rows: &impl ToTable) -> Result<RollingForest, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first parameter outside its range.
    pub fn valid(&self) -> Result<&RollingForestValidParams, Error> {
        self.0.expect_within()?;
        Ok(&self.0)
    }
}

impl RollingForestValidParams {
    /// Grows all blocks on the last rows of the table, as many as the window holds.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<RollingForest, Error> {
        let schema = Schema::fit(table)?;
        let last = table.n_rows().saturating_sub(self.window as usize);
        let rows = schema.imputed(table.values().slice_axis(Axis(0), Slice::from(last..)).to_owned());
        let mut forest = RollingForest {
            window: rows.rows().into_iter().map(|row| row.to_vec()).collect(),
            schema,
            growing: self.clone(),
            blocks: VecDeque::new(),
            grown: 0,
            arrivals: VecDeque::new(),
            waiting: 0,
            drift: None,
        };
        let table = Table::from_cells(table.columns().to_vec(), rows);
        (0..self.blocks).for_each(|_| forest.grow(&table));
        Ok(forest)
    }

    fn expect_within(&self) -> Result<(), Error> {
        expect_within("blocks", BLOCKS, self.blocks as usize)?;
        expect_within("trees", TREES, self.trees as usize)?;
        expect_within("window", WINDOW, self.window as usize)
    }
}

#[cfg(feature = "linfa")]
crate::linfa_traits::linfa_traits!(RollingForest, RollingForestParams, RollingForestValidParams);

/// What a model file holds. Rows lie one after the other.
#[derive(Serialize, Deserialize)]
struct StoredForest {
    schema: Schema,
    growing: RollingForestValidParams,
    blocks: Vec<StoredBlock>,
    grown: u64,
    window: Vec<f64>,
    arrivals: Vec<f64>,
    waiting: u32,
    drift: Option<f64>,
}

#[derive(Serialize, Deserialize)]
struct StoredBlock {
    sample: u32,
    trees: Vec<Vec<Split>>,
}

impl From<RollingForest> for StoredForest {
    fn from(forest: RollingForest) -> Self {
        let block = |block: &Block| StoredBlock {
            sample: block.sample as u32,
            trees: block.stand.trees().iter().map(Tree::splits).collect(),
        };
        StoredForest {
            blocks: forest.blocks.iter().map(block).collect(),
            schema: forest.schema,
            growing: forest.growing,
            grown: forest.grown,
            window: forest.window.into_iter().flatten().collect(),
            arrivals: forest.arrivals.into(),
            waiting: forest.waiting as u32,
            drift: forest.drift,
        }
    }
}

impl TryFrom<StoredForest> for RollingForest {
    type Error = Error;

    fn try_from(forest: StoredForest) -> Result<Self, Error> {
        forest.expect_sound()?;
        let width = forest.schema.columns().len();
        let block = |block: &StoredBlock| block.load(width);
        Ok(RollingForest {
            blocks: forest.blocks.iter().map(block).collect::<Result<_, _>>()?,
            window: forest.window.chunks_exact(width).map(<[f64]>::to_vec).collect(),
            schema: forest.schema,
            growing: forest.growing,
            grown: forest.grown,
            arrivals: forest.arrivals.into(),
            waiting: forest.waiting as usize,
            drift: forest.drift,
        })
    }
}

impl StoredForest {
    fn expect_sound(&self) -> Result<(), Error> {
        self.growing.expect_within()?;
        let (width, kept) = (self.schema.columns().len(), self.growing.window as usize);
        let rows = self.window.len() / width;
        let whole = self.window.len() == rows * width && (1..=kept).contains(&rows);
        let counts = self.arrivals.len() <= kept && (self.waiting as usize) < EVERY;
        let known =
            self.window.iter().chain(&self.arrivals).chain(&self.drift).all(|value| value.is_finite());
        if !(whole && counts && known && self.blocks.len() == self.growing.blocks as usize) {
            let found = format!("{} blocks, {} cells", self.blocks.len(), self.window.len());
            return Err(stored("rolling forest", "the blocks and rows of its parameters", found));
        }
        Ok(())
    }
}

impl StoredBlock {
    fn load(&self, n_columns: usize) -> Result<Block, Error> {
        let averages = Growing::expect_stored(self.trees.len(), self.sample)?;
        let tree = |splits: &Vec<Split>| Tree::load(splits, self.sample, n_columns, &averages);
        let trees = self.trees.iter().map(tree).collect::<Result<_, _>>()?;
        Ok(Block::new(self.sample as usize, trees))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis, concatenate};

    use super::{EVERY, RollingForest};
    use crate::{Detector, IsolationForest};

    fn rows(n: usize, shift: f64) -> Array2<f64> {
        Array2::from_shape_fn((n, 3), |(row, column)| {
            let hash = ((row * 3 + column) as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            (hash % 1000) as f64 + shift
        })
    }

    #[test]
    fn parameters_outside_their_ranges_are_refused() {
        let refusal = |params: super::RollingForestParams| params.fit(&rows(3, 0.0)).unwrap_err().to_string();
        let params = RollingForest::params;
        assert_eq!(refusal(params().blocks(0)), "blocks must be in 1..=100, got 0");
        assert_eq!(refusal(params().trees(101)), "trees must be in 1..=100, got 101");
        assert_eq!(refusal(params().window(255)), "window must be in 256..=65536, got 255");
    }

    #[test]
    fn before_it_learns_it_is_an_isolation_forest() {
        let fitted = RollingForest::params().blocks(1).trees(50).seed(3).fit(&rows(900, 0.0)).unwrap();
        let forest = IsolationForest::params().trees(50).seed(3).fit(&rows(900, 0.0)).unwrap();
        for row in rows(40, 400.0).rows() {
            let row = row.to_vec();
            assert!((fitted.score_one(&row) - forest.score_one(&row)).abs() < 1e-12);
        }
    }

    /// For all ways to cut a stream: the same scores, the same forest.
    #[test]
    fn a_stream_in_pieces_is_the_stream() {
        let stream = concatenate![Axis(0), rows(700, 0.0), rows(500, 300.0)];
        let fit = || RollingForest::params().seed(2).fit(&rows(300, 0.0)).unwrap();
        let mut whole = fit();
        let expected = whole.update(stream.view()).to_vec();
        for size in [1, 7, 255, 256, 257, 1000] {
            let mut pieces = fit();
            let chunks = stream.axis_chunks_iter(Axis(0), size);
            let scores: Vec<f64> = chunks.flat_map(|rows| pieces.update(rows)).collect();
            assert_eq!(scores, expected, "pieces of {size}");
            assert_eq!(pieces.drift(), whole.drift());
            assert_eq!(serde_json::to_string(&pieces).unwrap(), serde_json::to_string(&whole).unwrap());
        }
    }

    #[test]
    fn a_loaded_forest_goes_on_where_it_stood() {
        let mut forest = RollingForest::params().seed(2).fit(&rows(300, 0.0)).unwrap();
        forest.update(rows(600, 0.0).view());
        let mut loaded: RollingForest =
            serde_json::from_str(&serde_json::to_string(&forest).unwrap()).unwrap();
        let more = rows(700, 100.0);
        assert_eq!(forest.update(more.view()), loaded.update(more.view()));
        assert_eq!(forest.drift(), loaded.drift());
    }

    /// Nothing but the last rows is known after as many blocks were replaced as there are.
    #[test]
    fn what_keeps_coming_is_ordinary_in_the_end() {
        let mut forest = RollingForest::params().seed(1).fit(&rows(1024, 0.0)).unwrap();
        let strange = [5_500.0; 3];
        let before = forest.score_one(&strange);
        forest.update(rows(EVERY * 14, 5_000.0).view());
        let after = forest.score_one(&strange);
        assert!(before > 0.6 && after < 0.55, "{before}, {after}");
        assert!(forest.score_one(&[500.0; 3]) > 0.6, "what stopped coming is strange again");
    }

    #[test]
    fn drift_is_small_in_a_stream_that_stands_still_and_large_at_a_shift() {
        let mut forest = RollingForest::params().seed(1).fit(&rows(1024, 0.0)).unwrap();
        assert_eq!(forest.drift(), None);
        let still = rows(EVERY * 40, 0.0);
        for block in still.axis_chunks_iter(Axis(0), EVERY) {
            forest.update(block);
            assert!(forest.drift().is_none_or(|drift| drift.abs() < 4.5), "{:?}", forest.drift());
        }
        forest.update(rows(EVERY, 400.0).view());
        assert!(forest.drift().unwrap() > 8.0, "{:?}", forest.drift());
    }

    #[test]
    fn a_stored_forest_that_contradicts_itself_is_refused() {
        let forest = RollingForest::params().fit(&rows(300, 0.0)).unwrap();
        let spoil = |pointer: &str, value: serde_json::Value| {
            let mut stored = serde_json::to_value(&forest).unwrap();
            *stored.pointer_mut(pointer).unwrap() = value;
            serde_json::from_value::<RollingForest>(stored).unwrap_err().to_string()
        };
        assert!(spoil("/window", serde_json::json!([1.0])).contains("stored rolling forest"));
        assert!(spoil("/blocks", serde_json::json!([])).contains("stored rolling forest"));
        assert!(spoil("/waiting", 256.into()).contains("stored rolling forest"));
        assert!(spoil("/growing/window", 1.into()).contains("window must be in"));
        assert!(spoil("/blocks/0/sample", 0.into()).contains("stored forest"));
    }
}
