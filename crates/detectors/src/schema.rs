//! What a fitted model remembers of its table: names, directions, medians.

use std::{borrow::Cow, collections::BTreeMap};

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use crate::{Column, Direction, Error, Table, median::lower_medians, table::expect_unique};

/// The columns that a model was fitted on, in its order, and the median of each.
///
/// It turns any table with these names into the matrix that the model was built for, whatever the order and
/// number of the table's columns. An unavailable cell becomes exactly the fitted median; a column without a
/// single available value at fit has the median 0.
///
/// ```
/// use goodhart_detectors::{Column, Schema, Table};
/// use ndarray::array;
///
/// let columns = vec![Column::both("a"), Column::both("b")];
/// let schema = Schema::fit(&Table::new(columns, array![[1.0, 10.0], [2.0, 20.0], [3.0, 90.0]])?)?;
/// let reordered = vec![Column::both("b"), Column::both("a")];
/// let table = Table::from_options(reordered, &[vec![None, Some(7.0)]])?;
/// assert_eq!(schema.align(&table)?, array![[7.0, 20.0]]);
/// # Ok::<(), goodhart_detectors::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredSchema")]
pub struct Schema {
    columns: Vec<Column>,
    medians: Vec<f64>,
}

impl Schema {
    /// Learns names, directions and medians.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit(table: &Table) -> Result<Self, Error> {
        expect_some("rows", table.n_rows())?;
        expect_some("columns", table.n_columns())?;
        let medians = lower_medians(table.values());
        Ok(Schema { columns: table.columns().to_vec(), medians })
    }

    /// The columns, in the order of the model.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The median of the available values of each column; of an even count the lower middle value.
    pub fn medians(&self) -> &[f64] {
        &self.medians
    }

    /// The table as a matrix `(n_rows, n_columns)` in the order of the model, unavailable cells imputed.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] for the first column that the table lacks.
    pub fn align(&self, table: &Table) -> Result<Array2<f64>, Error> {
        Ok(self.imputed(self.select(table)?))
    }

    /// Rows in the order of the model, NaN replaced by the median.
    pub(crate) fn imputed(&self, mut rows: Array2<f64>) -> Array2<f64> {
        for mut row in rows.rows_mut() {
            row.iter_mut().zip(&self.medians).for_each(|(cell, median)| impute(cell, *median));
        }
        rows
    }

    /// One row in the order of the model, made whole: a NaN cell, and each cell that a short row lacks, is
    /// unavailable and becomes the median; what is beyond the last column is left out. Borrowed when there is
    /// nothing to do.
    pub fn complete<'a>(&self, row: &'a [f64]) -> Cow<'a, [f64]> {
        // Without a way out in the middle the loop takes several values at a time.
        let unavailable = row.iter().fold(false, |any, value| any | value.is_nan());
        if row.len() == self.columns.len() && !unavailable {
            return Cow::Borrowed(row);
        }
        let mut whole = self.medians.clone();
        let available = whole.iter_mut().zip(row).filter(|(_, value)| !value.is_nan());
        available.for_each(|(cell, value)| *cell = *value);
        Cow::Owned(whole)
    }

    /// The same columns, strange on either side.
    pub(crate) fn undirected(mut self) -> Self {
        self.columns.iter_mut().for_each(|column| column.direction = Direction::Both);
        self
    }

    /// The model's columns of a table, in the model's order, unavailable cells left as NaN.
    pub(crate) fn select(&self, table: &Table) -> Result<Array2<f64>, Error> {
        Ok(table.values().select(Axis(1), &self.places(table)?))
    }

    fn places(&self, table: &Table) -> Result<Vec<usize>, Error> {
        let places: BTreeMap<&str, usize> =
            table.columns().iter().enumerate().map(|(place, column)| (column.name.as_str(), place)).collect();
        let place = |column: &Column| places.get(column.name.as_str()).copied();
        self.columns.iter().map(|column| place(column).ok_or_else(|| missing(column, table))).collect()
    }
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredSchema {
    columns: Vec<Column>,
    medians: Vec<f64>,
}

impl TryFrom<StoredSchema> for Schema {
    type Error = Error;

    fn try_from(StoredSchema { columns, medians }: StoredSchema) -> Result<Self, Error> {
        expect_some("columns", columns.len())?;
        expect_unique(&columns)?;
        expect_stored("number of medians", columns.len(), medians.len())?;
        match medians.iter().find(|median| !median.is_finite()) {
            Some(median) => Err(stored("median", "a finite number", median)),
            None => Ok(Schema { columns, medians }),
        }
    }
}

/// A count that a stored model must repeat.
pub(crate) fn expect_stored(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(stored(what, expected, found)) }
}

/// A stored model that contradicts itself.
pub(crate) fn stored(what: &'static str, expected: impl ToString, found: impl ToString) -> Error {
    Error::Stored { what, expected: expected.to_string(), found: found.to_string() }
}

fn expect_some(what: &'static str, count: usize) -> Result<(), Error> {
    if count == 0 { Err(Error::Empty { what }) } else { Ok(()) }
}

fn missing(column: &Column, table: &Table) -> Error {
    let found = table.columns().iter().map(|column| column.name.clone()).collect();
    Error::MissingColumn { expected: column.name.clone(), found }
}

fn impute(cell: &mut f64, median: f64) {
    if cell.is_nan() {
        *cell = median;
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use ndarray::array;

    use super::Schema;
    use crate::{Column, Table};

    fn schema() -> Schema {
        let columns = vec![Column::both("a"), Column::both("b")];
        let rows = [vec![Some(1.0), None], vec![Some(3.0), None], vec![None, None]];
        Schema::fit(&Table::from_options(columns, &rows).unwrap()).unwrap()
    }

    #[test]
    fn medians_are_of_the_available_values_and_0_without_any() {
        assert_eq!(schema().medians(), [1.0, 0.0]);
    }

    #[test]
    fn a_missing_column_is_refused_with_what_was_found() {
        let table = Table::new(vec![Column::both("b"), Column::both("c")], array![[1.0, 2.0]]).unwrap();
        let refused = schema().align(&table).unwrap_err().to_string();
        assert_eq!(refused, "column \"a\": expected in the table, found only [b, c]");
    }

    #[test]
    fn nothing_to_learn_from_is_refused() {
        let no_rows = Table::from_options(vec![Column::both("a")], &[]).unwrap();
        assert_eq!(Schema::fit(&no_rows).unwrap_err().to_string(), "rows: expected at least one, found none");
        let no_columns = Table::from_options(vec![], &[vec![]]).unwrap();
        let refused = Schema::fit(&no_columns).unwrap_err().to_string();
        assert_eq!(refused, "columns: expected at least one, found none");
    }

    #[test]
    fn a_row_is_completed_by_medians_and_borrowed_when_whole() {
        assert!(matches!(schema().complete(&[5.0, 6.0]), Cow::Borrowed([5.0, 6.0])));
        assert_eq!(*schema().complete(&[f64::NAN, 6.0]), [1.0, 6.0]);
        assert_eq!(*schema().complete(&[5.0]), [5.0, 0.0]);
        assert_eq!(*schema().complete(&[5.0, 6.0, 7.0]), [5.0, 6.0]);
    }

    #[test]
    fn a_stored_schema_that_contradicts_itself_is_refused() {
        let load = |json: &str| serde_json::from_str::<Schema>(json).unwrap_err().to_string();
        let column = r#"{"name":"a","direction":"both"}"#;
        let short = load(&format!(r#"{{"columns":[{column}],"medians":[]}}"#));
        assert!(short.contains("stored number of medians: expected 1, found 0"), "{short}");
        let twice = load(&format!(r#"{{"columns":[{column},{column}],"medians":[0,0]}}"#));
        assert!(twice.contains("expected once, found twice"), "{twice}");
        assert!(load(r#"{"columns":[],"medians":[]}"#).contains("columns: expected at least one"));
    }
}
