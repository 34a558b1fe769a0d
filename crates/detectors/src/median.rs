//! The median that every part of this crate means.

/// The middle value; of an even count the lower of the two in the middle, so that a median is always a value
/// that was observed and flattening at the median leaves the median where it is. `None` without values.
pub(crate) fn lower_median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::lower_median;

    #[test]
    fn the_median_is_an_observed_value() {
        assert_eq!(lower_median(vec![]), None);
        assert_eq!(lower_median(vec![3.0]), Some(3.0));
        assert_eq!(lower_median(vec![9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(lower_median(vec![9.0, 1.0, 5.0, 2.0]), Some(2.0));
    }
}
