//! **Robust covariance**: the squared Mahalanobis distance from the core of the reference, from 0 upwards.
//!
//! **Why it matters.** Numbers of a session go together: more steps, more tokens, more tool calls. A session with many
//! tokens and few calls is ordinary in each number and strange in their ratio; only the covariance knows.
//!
//! **How.** Columns are put on one scale, `z = (x - median) / spread` clipped to [-20, 20]. The core starts as the
//! 75 % of the rows that are nearest under the covariance of the entries clipped at 2; then the core's mean `m` and
//! covariance `S` choose the nearest 75 % anew, until the core stays or 30 times. With a ridge of a thousandth of the
//! mean variance,
//!
//! ```text
//! score = (z - m)^T S^-1 (z - m)
//! ```
//!
//! The score splits exactly into `(z - m)_j (S^-1 (z - m))_j`. These terms can be negative: a value can excuse another.
//! Nothing is random. The core is sought among at most 8,192 rows, evenly taken, and settled once on all. Fitting takes `O(n d^2 + d^3)`
//! times the steps, scoring `O(d^2)` a row, a model `4 d^2` bytes. Rousseeuw, Van Driessen: A Fast Algorithm for the Minimum
//! Covariance Determinant Estimator, Technometrics 1999; Hubert, Rousseeuw, Verdonck: A Deterministic Algorithm for Robust
//! Location and Scatter, JCGS 2012.
//!
//! **When it misleads.** It draws one ellipsoid: two ordinary clusters make the space between them ordinary too. More
//! than a quarter of strange rows enter the core.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, RobustCovariance};
//! use ndarray::Array2;
//!
//! // Two columns that go together, with a little noise.
//! let rows = Array2::from_shape_fn((200, 2), |(row, column)| (row % 50 + column * (row % 3)) as f64);
//! let covariance = RobustCovariance::params().fit(&rows)?;
//! assert!(covariance.score_one(&[40.0, 10.0]) > 50.0 * covariance.score_one(&[40.0, 41.0]));
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`RobustCovarianceParams`].

use std::ops::RangeInclusive;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::{
    Detector, Error, Listed, Page, Schema, Table, ToTable, ellipsoid::Ellipsoid, params::expect_within,
    scale::Scale, schema::expect_stored,
};

const CORE: RangeInclusive<usize> = 50..=100;
const CLIP: f64 = 20.0;
/// Clip of the entries that the first core is sought with, so that none of them bends it. Of 1 to 4 the one with the highest mean
/// AUROC over 43 benchmark sets, .787; 4 gives .782.
const START_CLIP: f64 = 2.0;
/// Rows that the core is sought among; more move it by less than their noise.
const SOUGHT: usize = 8_192;
const STEPS: usize = 30;
/// Rows that are scored together.
const BLOCK: usize = 256;

/// A fitted robust covariance. Scores are squared distances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredCovariance")]
pub struct RobustCovariance {
    schema: Schema,
    scale: Scale,
    ellipsoid: Ellipsoid,
}

/// Parameters of a robust covariance, to be checked when it is fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`core`](Self::core) | 50 to 100 | 75 | per cent of the rows; few references hold more than a quarter of strange rows |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobustCovarianceParams(RobustCovarianceValidParams);

/// Checked parameters of a robust covariance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobustCovarianceValidParams {
    core: usize,
}

impl RobustCovariance {
    /// The documented defaults: a core of 75 % of the rows.
    pub fn params() -> RobustCovarianceParams {
        RobustCovarianceParams(RobustCovarianceValidParams { core: 75 })
    }

    fn scaled(&self, row: &[f64]) -> Vec<f64> {
        self.scale.row(&self.schema, row).collect()
    }
}

impl Detector for RobustCovariance {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        self.ellipsoid.distance(&self.scaled(row))
    }

    /// What each column adds to the squared distance; negative where its value excuses the others.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        self.ellipsoid.terms(&self.scaled(row))
    }

    /// The score itself.
    fn explained(&self, score: f64) -> f64 {
        score
    }

    /// In deviations of the core, which is narrower than the whole.
    fn combination(&self, row: &[f64]) -> Option<Vec<f64>> {
        Some(self.ellipsoid.conditional(&self.scaled(row)))
    }

    fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        let mut scores = vec![0.0; rows.nrows()];
        for (rows, scores) in rows.axis_chunks_iter(Axis(0), BLOCK).zip(scores.chunks_mut(BLOCK)) {
            let scaled = self.scale.rows(&self.schema, rows);
            self.ellipsoid.distances(scaled.as_slice().unwrap_or(&[]), scores);
        }
        Array1::from_vec(scores)
    }
}

impl Listed for RobustCovariance {
    const PAGE: Page = Page {
        title: "Robust covariance",
        finds: "Rows whose values do not go together as usual, though each may be ordinary; and extreme rows.",
        misses: "Anything inside one ellipsoid: gaps between clusters, bends; more than a quarter of strange rows.",
        cost: "Fit O(n d^2 + d^3) a step; score O(d^2) a row; 4 d^2 bytes.",
    };

    fn fit_default(table: &Table, _seed: u64) -> Result<Self, Error> {
        RobustCovariance::params().fit(table)
    }
}

impl RobustCovarianceParams {
    /// Per cent of the rows that make the core, 50 to 100; 100 is the plain covariance.
    pub fn core(mut self, percent: usize) -> Self {
        self.0.core = percent;
        self
    }

    /// Checks and fits.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`valid`](Self::valid), the errors of [`Table::new`] when `rows` is not a table yet,
    /// [`Error::Empty`] without rows or columns.
    pub fn fit(&self, rows: &impl ToTable) -> Result<RobustCovariance, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a core outside its range.
    pub fn valid(&self) -> Result<&RobustCovarianceValidParams, Error> {
        expect_within("core", CORE, self.0.core)?;
        Ok(&self.0)
    }
}

impl RobustCovarianceValidParams {
    /// Seeks the core and settles on its covariance.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<RobustCovariance, Error> {
        let schema = Schema::fit(table)?;
        let rows = schema.align(table)?;
        let scale = Scale::fit(rows.view(), CLIP);
        let scaled = scale.rows(&schema, rows.view());
        let ellipsoid = self.ellipsoid(scaled.view());
        Ok(RobustCovariance { schema, scale, ellipsoid })
    }

    fn ellipsoid(&self, rows: ArrayView2<'_, f64>) -> Ellipsoid {
        let every = rows.nrows().div_ceil(SOUGHT);
        let places: Vec<usize> = (0..rows.nrows()).step_by(every).collect();
        let sought = self.seek(rows.select(Axis(0), &places));
        if every == 1 { sought } else { self.step(&sought, rows).0 }
    }

    fn seek(&self, rows: Array2<f64>) -> Ellipsoid {
        let clipped = rows.mapv(|value| value.clamp(-START_CLIP, START_CLIP));
        let (mut ellipsoid, mut core) = self.step(&Ellipsoid::fit(clipped.view()), rows.view());
        for _ in 1..STEPS {
            let (next, next_core) = self.step(&ellipsoid, rows.view());
            if next_core == core {
                break;
            }
            (ellipsoid, core) = (next, next_core);
        }
        ellipsoid
    }

    /// The covariance of the rows that are nearest under another one, and which they are, in order.
    fn step(&self, ellipsoid: &Ellipsoid, rows: ArrayView2<'_, f64>) -> (Ellipsoid, Vec<usize>) {
        let distances = ellipsoid.distances_of(rows);
        let mut places: Vec<usize> = (0..rows.nrows()).collect();
        let size = (rows.nrows() * self.core).div_ceil(100);
        let nearer =
            |one: &usize, two: &usize| distances[*one].total_cmp(&distances[*two]).then(one.cmp(two));
        places.select_nth_unstable_by(size - 1, nearer);
        places.truncate(size);
        places.sort_unstable();
        (Ellipsoid::fit(rows.select(Axis(0), &places).view()), places)
    }
}

#[cfg(feature = "linfa")]
crate::linfa_traits::linfa_traits!(RobustCovariance, RobustCovarianceParams, RobustCovarianceValidParams);

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredCovariance {
    schema: Schema,
    scale: Scale,
    ellipsoid: Ellipsoid,
}

impl TryFrom<StoredCovariance> for RobustCovariance {
    type Error = Error;

    fn try_from(StoredCovariance { schema, scale, ellipsoid }: StoredCovariance) -> Result<Self, Error> {
        scale.expect_of(&schema)?;
        expect_stored("columns of the covariance", schema.columns().len(), ellipsoid.n_columns())?;
        Ok(RobustCovariance { schema, scale, ellipsoid })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::RobustCovariance;
    use crate::Detector;

    #[test]
    fn a_core_of_nothing_or_more_than_all_is_refused() {
        let refusal =
            |core| RobustCovariance::params().core(core).fit(&array![[1.0]]).unwrap_err().to_string();
        assert_eq!(refusal(49), "core must be in 50..=100, got 49");
        assert_eq!(refusal(101), "core must be in 50..=100, got 101");
    }

    /// A fifth of the rows far away bends the plain covariance and leaves the core alone.
    #[test]
    fn a_fifth_of_strange_rows_does_not_hide_itself() {
        let rows = Array2::from_shape_fn((500, 2), |(row, column)| {
            let value = ((row * (7 + 4 * column)) % 31) as f64;
            if row < 100 && column == 0 { value + 200.0 } else { value }
        });
        let score =
            |core| RobustCovariance::params().core(core).fit(&rows).unwrap().score_one(&[215.0, 15.0]);
        assert!(score(75) > 20.0 * score(100), "{} {}", score(75), score(100));
    }

    #[test]
    fn more_rows_than_are_sought_among_settle_on_all() {
        let rows = Array2::from_shape_fn((20_000, 2), |(row, column)| ((row * (37 + column)) % 101) as f64);
        let covariance = RobustCovariance::params().fit(&rows).unwrap();
        assert!(covariance.score_one(&[500.0, -400.0]) > 20.0 * covariance.score_one(&[80.0, 80.0]));
    }
}
