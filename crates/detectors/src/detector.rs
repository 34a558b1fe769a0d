//! What every fitted detector can do.

use std::{any::Any, borrow::Cow, fmt::Debug};

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Schema, Table};

/// A fitted outlier detector: rows to scores, **higher is stranger, always**, and each score to the columns that
/// made it.
///
/// Scores and explanations of a row depend on that row and the model alone, never on the batch around it, so a
/// batch and a stream of single rows give the same bits.
///
/// [`score_table`](Self::score_table) matches columns by name. The methods on bare rows expect the order of
/// [`schema`](Self::schema) and never fail: a NaN cell, and each cell that a short row lacks, is unavailable and
/// read as the fitted median; cells beyond the last column are ignored ([`Schema::complete`]).
pub trait Detector: Any + Debug + Send + Sync {
    /// The columns that the model was fitted on, and their medians.
    fn schema(&self) -> &Schema;

    /// The score of one row. Finite; its range is stated by the detector.
    fn score_one(&self, row: &[f64]) -> f64;

    /// The exact split of one row's score over the columns, in the order of the schema.
    ///
    /// The terms are on the additive scale of the detector (logarithms, depths) and sum to
    /// [`explained`](Self::explained) of the score. Positive terms made the row stranger, negative ones more
    /// ordinary.
    fn explain(&self, row: &[f64]) -> Vec<f64>;

    /// A score on the additive scale of [`explain`](Self::explain): increasing in the score.
    fn explained(&self, score: f64) -> f64;

    /// The unusual combinations of a row, in the order of the schema: how far each value lies from what the row's other
    /// values let expect, in deviations. Positive where it is higher. `None` for a detector that does not know how
    /// columns go together.
    ///
    /// A value of two deviations may be ordinary by itself and five away from what the others let expect; no additive
    /// split shows that as clearly.
    fn combination(&self, _row: &[f64]) -> Option<Vec<f64>> {
        None
    }

    /// The scores of rows `(n_rows, n_columns)`, each equal to [`score_one`](Self::score_one) to the last bit.
    fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        rows.rows().into_iter().map(|row| self.score_one(&contiguous(&row))).collect()
    }

    /// The scores of a table, whose columns are matched by name.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] for the first fitted column that the table lacks.
    fn score_table(&self, table: &Table) -> Result<Array1<f64>, Error> {
        Ok(self.score(self.schema().align(table)?.view()))
    }

    /// The explanations of a table's rows, shape `(n_rows, n_columns of the schema)`.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] for the first fitted column that the table lacks.
    fn explain_table(&self, table: &Table) -> Result<Array2<f64>, Error> {
        let mut rows = self.schema().align(table)?;
        for mut row in rows.rows_mut() {
            let terms = self.explain(&contiguous(&row.view()));
            row.iter_mut().zip(terms).for_each(|(cell, term)| *cell = term);
        }
        Ok(rows)
    }
}

/// What a detector adds to stand on the registry's list.
///
/// A stored form never changes under its name: a model file is read for ever. Who must store something else
/// registers a new name.
pub trait Listed: Detector + Serialize + DeserializeOwned {
    /// Its row of the catalog.
    const PAGE: Page;

    /// Fits with the documented defaults. A detector that draws nothing at random ignores the seed.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    fn fit_default(table: &Table, seed: u64) -> Result<Self, Error>;
}

/// A detector in four sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Name for people.
    pub title: &'static str,
    /// What it finds.
    pub finds: &'static str,
    /// What it misses, or when it misleads.
    pub misses: &'static str,
    /// Time and memory, n rows and d columns.
    pub cost: &'static str,
}

/// A row as a slice, copied only where its values do not lie side by side.
pub(crate) fn contiguous<'a>(row: &'a ArrayView1<'_, f64>) -> Cow<'a, [f64]> {
    row.as_slice().map_or_else(|| Cow::Owned(row.to_vec()), Cow::Borrowed)
}
