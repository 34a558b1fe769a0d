//! The median that every part of this crate means.

use ndarray::{ArrayView1, ArrayView2, Axis};

/// The middle value; of an even count the lower of the two in the middle, so that a median is always a value
/// that was observed and flattening at the median leaves the median where it is. `None` without values.
pub(crate) fn lower_median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// The lower median of the available values of each column, 0 without any.
///
/// A sample says between which two values a median must lie, one pass over the rows counts what is below and keeps what is between,
/// and the median is sought there only. Where the sample was wrong the column is sorted out whole.
pub(crate) fn lower_medians(rows: ArrayView2<'_, f64>) -> Vec<f64> {
    let rows = rows.as_standard_layout();
    let mut brackets = brackets(rows.view());
    let width = rows.ncols().max(1);
    for block in rows.as_slice().unwrap_or(&[]).chunks(BLOCK * width) {
        for (column, bracket) in brackets.iter_mut().enumerate() {
            bracket.take(block.iter().skip(column).step_by(width));
        }
    }
    let whole = |column: usize| lower_median(available(rows.column(column)).collect());
    let medians = brackets.into_iter().enumerate();
    medians.map(|(column, bracket)| bracket.median().or_else(|| whole(column)).unwrap_or(0.0)).collect()
}

/// Rows of the sample, and how many of them on either side of its middle a bracket spans: three standard deviations.
const SAMPLE: usize = 1024;
const MARGIN: usize = 48;
/// Rows that stay in the first cache while column after column is counted.
const BLOCK: usize = 64;

/// Two values that a median lies between, and what a pass found.
struct Bracket {
    low: f64,
    high: f64,
    below: usize,
    above: usize,
    between: Vec<f64>,
}

/// Of all columns, from an even sample of the rows.
fn brackets(rows: ArrayView2<'_, f64>) -> Vec<Bracket> {
    let step = rows.nrows().div_ceil(SAMPLE).max(1);
    let places: Vec<usize> = (0..rows.nrows()).step_by(step).collect();
    let sample = rows.select(Axis(0), &places);
    sample.columns().into_iter().map(Bracket::around).collect()
}

impl Bracket {
    fn around(sample: ArrayView1<'_, f64>) -> Self {
        let mut sample: Vec<f64> = available(sample).collect();
        let middle = sample.len() / 2;
        let high = match middle + MARGIN < sample.len() {
            true => *sample.select_nth_unstable_by(middle + MARGIN, f64::total_cmp).1,
            false => f64::INFINITY,
        };
        let low = match middle.checked_sub(MARGIN) {
            Some(place) => *sample.select_nth_unstable_by(place, f64::total_cmp).1,
            None => f64::NEG_INFINITY,
        };
        Bracket { low, high, below: 0, above: 0, between: Vec::new() }
    }

    /// Takes up to [`BLOCK`] values. No step depends on what a value is: which ones are between cannot be guessed.
    fn take<'a>(&mut self, values: impl Iterator<Item = &'a f64>) {
        let (mut between, mut n) = ([0.0; BLOCK], 0);
        for value in values {
            self.below += usize::from(*value < self.low);
            self.above += usize::from(*value > self.high);
            between[n % BLOCK] = *value;
            n += usize::from((*value >= self.low) & (*value <= self.high));
        }
        self.between.extend_from_slice(&between[..n]);
    }

    /// `None` when it does not lie between.
    fn median(mut self) -> Option<f64> {
        let n = self.below + self.between.len() + self.above;
        let place = (n.checked_sub(1)? / 2).checked_sub(self.below)?;
        (place < self.between.len()).then(|| *self.between.select_nth_unstable_by(place, f64::total_cmp).1)
    }
}

fn available<'a>(column: ArrayView1<'a, f64>) -> impl Iterator<Item = f64> + 'a {
    column.into_iter().copied().filter(|value| !value.is_nan())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::{lower_median, lower_medians};

    proptest! {
        /// For all columns, long and short, of many values and of few, sorted and not: the median of all values.
        #[test]
        fn the_medians_of_columns_are_those_of_their_values(
            n in 0_usize..9_000,
            kinds in prop::collection::vec((1_u64..5_000, any::<bool>(), 0_u64..4), 1..11),
        ) {
            let cell = |(row, column): (usize, usize)| {
                let (distinct, sorted, missing) = kinds[column];
                let hash = (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
                if missing > 0 && hash % 5 < missing { return f64::NAN; }
                (if sorted { row as u64 } else { hash } % distinct) as f64 - 7.0
            };
            let rows = Array2::from_shape_fn((n, kinds.len()), cell);
            let expected: Vec<f64> = rows.columns().into_iter().map(|column| {
                lower_median(column.iter().copied().filter(|value| !value.is_nan()).collect()).unwrap_or(0.0)
            }).collect();
            prop_assert_eq!(lower_medians(rows.view()), expected);
        }
    }

    #[test]
    fn the_median_is_an_observed_value() {
        assert_eq!(lower_median(vec![]), None);
        assert_eq!(lower_median(vec![3.0]), Some(3.0));
        assert_eq!(lower_median(vec![9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(lower_median(vec![9.0, 1.0, 5.0, 2.0]), Some(2.0));
    }
}
