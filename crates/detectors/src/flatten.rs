//! Flattening of the benign side, so that "unusually good" is never an anomaly.

use ndarray::Axis;
use serde::{Deserialize, Serialize};

use crate::{Column, Direction, Error, Schema, Table};

/// Raises what lies below the median of a [`Direction::Higher`] column to that median, lowers what lies above it
/// in a [`Direction::Lower`] column, and leaves [`Direction::Both`] alone.
///
/// A detector that only knows "far from the rest" would flag a session for repeating itself *less* than all
/// others. Fit the flattening on the reference, apply it to the reference before the detector is fitted, and to
/// whatever is scored. Half of the rows of a directed column then share one value, which is where ordinary ends.
///
/// Flattening is monotone and idempotent, and moves no median. Unavailable cells stay unavailable.
///
/// ```
/// use goodhart_detectors::{Column, Flatten, Table};
/// use ndarray::array;
///
/// let reference = Table::new(vec![Column::higher("repeats")], array![[0.0], [4.0], [9.0]])?;
/// let flatten = Flatten::fit(&reference)?;
/// assert_eq!(flatten.apply(&reference)?.values(), array![[4.0], [4.0], [9.0]]);
/// # Ok::<(), goodhart_detectors::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flatten {
    schema: Schema,
}

impl Flatten {
    /// Learns the medians of the available values.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit(reference: &Table) -> Result<Self, Error> {
        Ok(Flatten { schema: Schema::fit(reference)? })
    }

    /// The columns and their medians.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The table with its benign side flattened, columns in the order of the reference.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] for the first column that the table lacks.
    pub fn apply(&self, table: &Table) -> Result<Table, Error> {
        let mut rows = self.schema.select(table)?;
        rows.axis_iter_mut(Axis(0)).for_each(|mut row| self.flatten(row.iter_mut()));
        Ok(Table::from_cells(self.schema.columns().to_vec(), rows))
    }

    /// The same for one row in the order of the reference. NaN stays NaN; cells beyond the last column are left
    /// alone.
    pub fn apply_row(&self, row: &mut [f64]) {
        self.flatten(row.iter_mut());
    }

    fn flatten<'a>(&self, row: impl Iterator<Item = &'a mut f64>) {
        for ((cell, column), median) in row.zip(self.schema.columns()).zip(self.schema.medians()) {
            *cell = flat(*cell, column, *median);
        }
    }
}

fn flat(value: f64, column: &Column, median: f64) -> f64 {
    match column.direction {
        Direction::Higher if value < median => median,
        Direction::Lower if value > median => median,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::Flatten;
    use crate::{Column, Schema, Table};

    fn columns() -> Vec<Column> {
        vec![Column::higher("up"), Column::lower("down"), Column::both("either")]
    }

    #[test]
    fn only_the_benign_side_of_directed_columns_is_flattened() {
        let reference = array![[1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [3.0, 3.0, 3.0]];
        let table = Table::new(columns(), reference).unwrap();
        let flat = Flatten::fit(&table).unwrap().apply(&table).unwrap();
        assert_eq!(flat.values(), array![[2.0, 1.0, 1.0], [2.0, 2.0, 2.0], [3.0, 2.0, 3.0]]);
    }

    #[test]
    fn an_unavailable_cell_stays_unavailable_and_a_row_goes_like_a_table() {
        let rows = [vec![Some(1.0), Some(1.0), None], vec![Some(5.0), Some(5.0), Some(0.0)]];
        let table = Table::from_options(columns(), &rows).unwrap();
        let flatten = Flatten::fit(&table).unwrap();
        let flat = flatten.apply(&table).unwrap();
        assert_eq!(flat.presence(), table.presence());
        let mut row = [0.0, 9.0, f64::NAN];
        flatten.apply_row(&mut row);
        assert_eq!(row[..2], [1.0, 1.0]);
        assert!(row[2].is_nan());
    }

    proptest! {
        /// For all tables: flattening twice equals flattening once, and no median moves.
        #[test]
        fn flattening_is_idempotent_and_moves_no_median(
            rows in prop::collection::vec(prop::collection::vec(prop::option::of(-1e300..1e300), 3), 1..30),
        ) {
            let table = Table::from_options(columns(), &rows).unwrap();
            let flatten = Flatten::fit(&table).unwrap();
            let once = flatten.apply(&table).unwrap();
            let twice = flatten.apply(&once).unwrap();
            for row in 0..once.n_rows() {
                for column in 0..3 {
                    prop_assert_eq!(once.get(row, column), twice.get(row, column));
                }
            }
            let schema = Schema::fit(&once).unwrap();
            prop_assert_eq!(schema.medians(), flatten.schema().medians());
        }
    }
}
