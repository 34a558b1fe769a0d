//! Columns on one robust scale, for detectors that add or compare values of different columns.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Schema,
    columns::each_column,
    detector::contiguous,
    schema::{expect_stored, stored},
};

/// Interquartile range of the normal distribution in standard deviations, `2 Phi^-1(3/4)`.
const QUARTILES_PER_SIGMA: f64 = 1.348_979_500_392_163_5;

/// `x -> (x - median) / spread` per column, clipped to `[-clip, clip]`; the medians are the schema's.
///
/// The spread is the interquartile range over 1.349, the standard deviation where half of the values are equal
/// (counts, mostly zero), and 1 where all are: a value that leaves a constant column is then as far away as it is. The
/// clip keeps one absurd cell from deciding alone, and everything after it finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredScale")]
pub(crate) struct Scale {
    spreads: Vec<f64>,
    clip: f64,
}

impl Scale {
    /// Of rows in the order of a schema.
    pub(crate) fn fit(rows: ArrayView2<'_, f64>, clip: f64) -> Self {
        Scale { spreads: each_column(rows, spread), clip }
    }

    /// The largest absolute value on the scale.
    pub(crate) fn clip(&self) -> f64 {
        self.clip
    }

    /// Whether it belongs to a stored schema.
    ///
    /// # Errors
    /// [`Error::Stored`] for another number of columns.
    pub(crate) fn expect_of(&self, schema: &Schema) -> Result<(), Error> {
        expect_stored("number of spreads", schema.columns().len(), self.spreads.len())
    }

    /// One row, completed, on the scale.
    pub(crate) fn row<'a>(&'a self, schema: &'a Schema, row: &[f64]) -> impl Iterator<Item = f64> + 'a {
        let row = schema.complete(row).into_owned();
        let fitted = schema.medians().iter().zip(&self.spreads);
        row.into_iter()
            .zip(fitted)
            .map(|(value, (median, spread))| ((value - median) / spread).clamp(-self.clip, self.clip))
    }

    /// Rows, completed, on the scale, one after the other.
    pub(crate) fn rows(&self, schema: &Schema, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut scaled = Array2::zeros((rows.nrows(), self.spreads.len()));
        for (row, mut scaled) in rows.axis_iter(Axis(0)).zip(scaled.rows_mut()) {
            let values = self.row(schema, &contiguous(&row));
            scaled.iter_mut().zip(values).for_each(|(cell, value)| *cell = value);
        }
        scaled
    }
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredScale {
    spreads: Vec<f64>,
    clip: f64,
}

impl TryFrom<StoredScale> for Scale {
    type Error = Error;

    fn try_from(StoredScale { spreads, clip }: StoredScale) -> Result<Self, Error> {
        let positive = |value: &f64| value.is_finite() && *value > 0.0;
        let wrong = spreads.iter().chain([&clip]).copied().find(|value| !positive(value));
        wrong.map_or(Ok(Scale { spreads, clip }), |value| Err(stored("spread", "a positive number", value)))
    }
}

/// Halves before it subtracts: the whole range of floats has a width that is none.
fn spread(mut values: Vec<f64>) -> f64 {
    let last = values.len().saturating_sub(1);
    let mut quartile = |place: usize| match values.get(place) {
        Some(_) => *values.select_nth_unstable_by(place, f64::total_cmp).1,
        None => 0.0,
    };
    let half = quartile(last - last / 4) / 2.0 - quartile(last / 4) / 2.0;
    let quartiles = half / (QUARTILES_PER_SIGMA / 2.0);
    let spreads = [quartiles, standard_deviation(&values)];
    spreads.into_iter().find(|spread| spread.is_finite() && *spread > 0.0).unwrap_or(1.0)
}

/// Standard deviation of finite values, of any size: they are measured in units of the largest.
pub(crate) fn standard_deviation(values: &[f64]) -> f64 {
    let unit = values.iter().fold(0.0_f64, |unit, value| unit.max(value.abs()));
    if unit == 0.0 {
        return 0.0;
    }
    let n = values.len() as f64;
    let mean = values.iter().map(|value| value / unit).sum::<f64>() / n;
    let variance = values.iter().map(|value| (value / unit - mean).powi(2)).sum::<f64>() / n;
    unit * variance.sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::{Scale, spread, standard_deviation};
    use crate::{Schema, Table};

    #[test]
    fn the_spread_falls_back_where_half_of_the_values_are_equal() {
        let cases = [
            (vec![1.0, 2.0, 3.0, 4.0, 5.0], 2.0 / 1.348_979_500_392_163_5),
            (vec![0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0], 1.75_f64.sqrt()),
            (vec![7.0; 9], 1.0),
            (vec![7.0], 1.0),
            (vec![], 1.0),
        ];
        for (values, expected) in cases {
            assert!((spread(values.clone()) - expected).abs() < 1e-12, "{values:?}");
        }
    }

    #[test]
    fn the_ends_of_the_range_have_a_spread() {
        assert!(spread(vec![f64::MIN, f64::MAX, f64::MIN, f64::MAX]).is_finite());
        assert!((standard_deviation(&[f64::MIN, f64::MAX]) / f64::MAX - 1.0).abs() < 1e-12);
        assert_eq!(standard_deviation(&[0.0, 0.0]), 0.0);
    }

    #[test]
    fn one_absurd_cell_does_not_decide_alone() {
        let table = Table::unnamed(array![[1.0], [2.0], [3.0], [4.0], [5.0]]).unwrap();
        let (schema, scale) = (Schema::fit(&table).unwrap(), Scale::fit(table.values(), 20.0));
        let scaled = |value| scale.row(&schema, &[value]).next();
        assert_eq!(scaled(f64::INFINITY), Some(20.0));
        assert_eq!(scaled(f64::MIN), Some(-20.0));
        assert_eq!(scaled(f64::NAN), Some(0.0));
    }

    #[test]
    fn a_stored_spread_that_divides_by_nothing_is_refused() {
        for stored in [r#"{"spreads":[0.0],"clip":20.0}"#, r#"{"spreads":[1.0],"clip":-1.0}"#] {
            let refused = serde_json::from_str::<Scale>(stored).unwrap_err().to_string();
            assert!(refused.contains("stored spread: expected a positive number"), "{refused}");
        }
    }
}
