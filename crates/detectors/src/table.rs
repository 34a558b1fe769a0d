//! A table of named numbers: what a detector is fitted on, and what it scores.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use ndarray::{Array2, ArrayBase, ArrayView2, Data, Ix2};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Named columns of finite numbers, one row per thing to be judged; single cells may be unavailable.
///
/// Names, not positions, tie a table to a fitted model: a table with its columns in another order, or with more
/// columns than the model knows, scores the same.
///
/// ```
/// use goodhart_detectors::{Column, Table};
///
/// let columns = vec![Column::higher("repeat_share"), Column::both("seconds_per_step")];
/// let table = Table::from_options(columns, &[vec![Some(0.1), Some(4.0)], vec![Some(0.9), None]])?;
/// assert_eq!((table.n_rows(), table.n_columns()), (2, 2));
/// assert_eq!(table.get(1, 0), Some(0.9));
/// assert_eq!(table.get(1, 1), None);
/// # Ok::<(), goodhart_detectors::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    /// Shape `(n_rows, n_columns)`. NaN stands for "unavailable": a value that was given is always finite.
    values: Array2<f64>,
}

/// One column: its name and which of its sides is strange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name, unique within a table.
    pub name: String,
    /// Which side is strange.
    pub direction: Direction,
}

/// Which side of a column is strange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Large values are strange, small ones are at worst unusually good.
    Higher,
    /// Small values are strange, large ones are at worst unusually good.
    Lower,
    /// Either side is strange.
    Both,
}

/// Anything a detector can be fitted on: a [`Table`], a plain matrix, a linfa dataset.
///
/// A matrix has no names, so its columns are called `column-0`, `column-1`, ... with [`Direction::Both`].
pub trait ToTable {
    /// The rows as a table, borrowed where they are one already.
    ///
    /// # Errors
    /// As [`Table::new`].
    fn to_table(&self) -> Result<Cow<'_, Table>, Error>;
}

impl Table {
    /// A table without unavailable cells. `values` has the shape `(n_rows, n_columns)`; no row at all is allowed.
    ///
    /// # Errors
    /// [`Error::Width`] when `values` is not as wide as `columns` is long, [`Error::DuplicateColumn`],
    /// [`Error::NotFinite`] for the first NaN or infinite value.
    pub fn new(columns: Vec<Column>, values: Array2<f64>) -> Result<Self, Error> {
        expect_width(0, columns.len(), values.ncols())?;
        expect_unique(&columns)?;
        for ((row, column), &value) in values.indexed_iter() {
            expect_finite(row, &columns[column], value)?;
        }
        Ok(Table { columns, values })
    }

    /// A table in which `None` marks a cell as unavailable. Whoever fits learns the median of the available
    /// values of each column, and reads an unavailable cell as exactly that median.
    ///
    /// # Errors
    /// [`Error::Width`] with the first row of another width, [`Error::DuplicateColumn`], [`Error::NotFinite`].
    pub fn from_options(columns: Vec<Column>, rows: &[Vec<Option<f64>>]) -> Result<Self, Error> {
        expect_unique(&columns)?;
        for (index, row) in rows.iter().enumerate() {
            expect_row(index, &columns, row)?;
        }
        let cell = |(row, column): (usize, usize)| rows[row][column].unwrap_or(f64::NAN);
        let values = Array2::from_shape_fn((rows.len(), columns.len()), cell);
        Ok(Table { columns, values })
    }

    /// A plain matrix as a table: columns `column-0`, `column-1`, ..., strange on either side.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for the first NaN or infinite value.
    pub fn unnamed(values: Array2<f64>) -> Result<Self, Error> {
        let columns = (0..values.ncols()).map(|index| Column::both(format!("column-{index}"))).collect();
        Table::new(columns, values)
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.nrows()
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The cells, shape `(n_rows, n_columns)`; NaN where a cell is unavailable and nowhere else.
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }

    /// One cell; `None` when it is unavailable or outside the table.
    pub fn get(&self, row: usize, column: usize) -> Option<f64> {
        self.values.get((row, column)).copied().filter(|value| !value.is_nan())
    }

    /// The presence mask, shape `(n_rows, n_columns)`: `true` where a cell is available.
    pub fn presence(&self) -> Array2<bool> {
        self.values.mapv(|value| !value.is_nan())
    }

    /// The available values of a column, in row order; none for a column outside the table.
    pub fn available(&self, column: usize) -> Vec<f64> {
        let values = self.values.columns().into_iter().nth(column);
        values.into_iter().flatten().copied().filter(|value| !value.is_nan()).collect()
    }

    /// Some of the rows, in the order asked for; the same row may come twice. Rows outside of the table are left out.
    pub fn select(&self, rows: &[usize]) -> Table {
        let inside: Vec<usize> = rows.iter().copied().filter(|row| *row < self.n_rows()).collect();
        Table::from_cells(self.columns.clone(), self.values.select(ndarray::Axis(0), &inside))
    }

    /// Puts changed cells under the same or fewer names; only for callers that keep available cells finite.
    pub(crate) fn from_cells(columns: Vec<Column>, values: Array2<f64>) -> Self {
        Table { columns, values }
    }
}

impl Column {
    /// A column of which large values are strange.
    pub fn higher(name: impl Into<String>) -> Self {
        Column { name: name.into(), direction: Direction::Higher }
    }

    /// A column of which small values are strange.
    pub fn lower(name: impl Into<String>) -> Self {
        Column { name: name.into(), direction: Direction::Lower }
    }

    /// A column of which either side is strange.
    pub fn both(name: impl Into<String>) -> Self {
        Column { name: name.into(), direction: Direction::Both }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Higher => "higher",
            Direction::Lower => "lower",
            Direction::Both => "both",
        })
    }
}

impl ToTable for Table {
    fn to_table(&self) -> Result<Cow<'_, Table>, Error> {
        Ok(Cow::Borrowed(self))
    }
}

impl<D: Data<Elem = f64>> ToTable for ArrayBase<D, Ix2> {
    fn to_table(&self) -> Result<Cow<'_, Table>, Error> {
        Table::unnamed(self.to_owned()).map(Cow::Owned)
    }
}

fn expect_row(index: usize, columns: &[Column], row: &[Option<f64>]) -> Result<(), Error> {
    expect_width(index, columns.len(), row.len())?;
    for (column, value) in columns.iter().zip(row) {
        expect_finite(index, column, value.unwrap_or(0.0))?;
    }
    Ok(())
}

fn expect_width(row: usize, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Width { row, expected, found }) }
}

fn expect_finite(row: usize, column: &Column, value: f64) -> Result<(), Error> {
    if value.is_finite() { Ok(()) } else { Err(Error::NotFinite { row, column: column.name.clone(), value }) }
}

/// Also asked of a stored list of columns.
pub(crate) fn expect_unique(columns: &[Column]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    match columns.iter().find(|column| !seen.insert(&column.name)) {
        Some(twice) => Err(Error::DuplicateColumn { name: twice.name.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::{Column, Direction, Table};

    fn refusal(table: Result<Table, crate::Error>) -> String {
        table.unwrap_err().to_string()
    }

    #[test]
    fn selected_rows_keep_their_gaps_and_rows_beyond_the_end_are_left_out() {
        let rows = [vec![Some(1.0)], vec![None], vec![Some(3.0)]];
        let table = Table::from_options(vec![Column::both("a")], &rows).unwrap().select(&[2, 1, 7, 2]);
        assert_eq!([0, 1, 2, 3].map(|row| table.get(row, 0)), [Some(3.0), None, Some(3.0), None]);
        assert_eq!(table.n_rows(), 3);
    }

    #[test]
    fn a_matrix_of_another_width_is_refused() {
        let columns = vec![Column::both("a")];
        assert_eq!(refusal(Table::new(columns, array![[1.0, 2.0]])), "row 0: expected 1 columns, found 2");
    }

    #[test]
    fn a_row_of_another_width_is_refused_by_its_number() {
        let rows = [vec![Some(1.0)], vec![]];
        let table = Table::from_options(vec![Column::both("a")], &rows);
        assert_eq!(refusal(table), "row 1: expected 1 columns, found 0");
    }

    #[test]
    fn a_name_used_twice_is_refused() {
        let twice = || vec![Column::both("a"), Column::lower("a")];
        let message = "column \"a\": expected once, found twice";
        assert_eq!(refusal(Table::new(twice(), array![[1.0, 2.0]])), message);
        assert_eq!(refusal(Table::from_options(twice(), &[])), message);
    }

    #[test]
    fn values_that_are_not_finite_are_refused_with_their_place() {
        let columns = || vec![Column::both("a"), Column::both("b")];
        let nan = Table::new(columns(), array![[1.0, 2.0], [3.0, f64::NAN]]);
        assert_eq!(refusal(nan), "row 1, column \"b\": expected a finite number, found NaN");
        let infinite = Table::from_options(columns(), &[vec![Some(f64::INFINITY), None]]);
        assert_eq!(refusal(infinite), "row 0, column \"a\": expected a finite number, found inf");
        let nan = Table::from_options(columns(), &[vec![None, Some(f64::NAN)]]);
        assert_eq!(refusal(nan), "row 0, column \"b\": expected a finite number, found NaN");
    }

    #[test]
    fn the_mask_shows_what_is_available() {
        let columns = vec![Column::both("a"), Column::both("b")];
        let table = Table::from_options(columns, &[vec![Some(1.0), None], vec![None, Some(2.0)]]).unwrap();
        assert_eq!(table.presence(), array![[true, false], [false, true]]);
        assert_eq!(table.available(1), [2.0]);
        assert_eq!(table.available(2), [0.0; 0]);
        assert_eq!((table.get(0, 0), table.get(0, 1), table.get(9, 9)), (Some(1.0), None, None));
    }

    #[test]
    fn no_rows_and_no_columns_make_a_table_too() {
        assert_eq!(Table::from_options(vec![Column::both("a")], &[]).unwrap().n_rows(), 0);
        assert_eq!(Table::from_options(vec![], &[vec![]]).unwrap().n_columns(), 0);
    }

    #[test]
    fn a_direction_prints_as_it_is_stored() {
        for direction in [Direction::Higher, Direction::Lower, Direction::Both] {
            assert_eq!(serde_json::to_value(direction).unwrap(), direction.to_string());
        }
    }
}
