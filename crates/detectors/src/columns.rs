//! Columns of a matrix whose rows lie together.

use ndarray::{ArrayView1, ArrayView2, Axis, Slice};

/// Columns that are gathered in one pass: eight numbers are what the memory hands out at once.
const TOGETHER: usize = 8;

/// Calls `work` with the available values of each column, in row order: all that are not NaN.
pub(crate) fn each_column<T>(rows: ArrayView2<'_, f64>, work: impl Fn(Vec<f64>) -> T) -> Vec<T> {
    let mut results = Vec::with_capacity(rows.ncols());
    for start in (0..rows.ncols()).step_by(TOGETHER) {
        let end = (start + TOGETHER).min(rows.ncols());
        let group = rows.slice_axis(Axis(1), Slice::from(start..end));
        results.extend(gather(group).into_iter().map(&work));
    }
    results
}

fn gather(rows: ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    let mut columns = vec![Vec::with_capacity(rows.nrows()); rows.ncols()];
    rows.rows().into_iter().for_each(|row| push(&mut columns, row));
    columns
}

fn push(columns: &mut [Vec<f64>], row: ArrayView1<'_, f64>) {
    let available = columns.iter_mut().zip(row).filter(|(_, value)| !value.is_nan());
    available.for_each(|(column, value)| column.push(*value));
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::each_column;

    #[test]
    fn every_column_is_gathered_without_what_is_missing() {
        let rows = Array2::from_shape_fn((3, 19), |(row, column)| match (row, column) {
            (1, 17) => f64::NAN,
            (row, column) => (row * 100 + column) as f64,
        });
        let columns = each_column(rows.view(), |values| values);
        assert_eq!(columns.len(), 19);
        assert_eq!(columns[16], [16.0, 116.0, 216.0]);
        assert_eq!(columns[17], [17.0, 217.0]);
    }
}
