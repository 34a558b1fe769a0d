//! Weighted quantiles: what values a reference has, in a hundred and one numbers.

/// Points of the grid: 0 %, 1 %, ..., 100 %.
pub(crate) const POINTS: usize = 101;

/// The percentiles of weighted values, each the first value that at least its share of the weight does not exceed. None of no
/// values.
pub(crate) fn percentiles(mut known: Vec<(f64, f64)>) -> Vec<f64> {
    known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let all: f64 = known.iter().map(|(_, weight)| weight).sum();
    let (mut below, mut at) = (known.first().map_or(0.0, |(_, weight)| *weight), 0);
    let mut percentile = |point: usize| {
        let share = point as f64 / (POINTS - 1) as f64;
        while below < share * all && at + 1 < known.len() {
            at += 1;
            below += known[at].1;
        }
        known[at].0
    };
    if known.is_empty() { Vec::new() } else { (0..POINTS).map(&mut percentile).collect() }
}

/// The share of a reference below a value, ties half, in [0, 1], by its percentiles. `None` without any.
pub(crate) fn standing(percentiles: &[f64], value: f64) -> Option<f64> {
    let below = percentiles.partition_point(|&known| known < value);
    let reached = percentiles.partition_point(|&known| known <= value);
    let middle = (below + reached) as f64 / (2 * percentiles.len()) as f64;
    (!percentiles.is_empty()).then_some(middle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{POINTS, percentiles, standing};

    #[test]
    fn percentiles_are_the_first_values_that_reach_their_share() {
        let grid = percentiles((0..100).map(|i| (f64::from(i), 1.0)).collect());
        assert_eq!(
            (grid.len(), grid[0], grid[5], grid[50], grid[95], grid[100]),
            (POINTS, 0.0, 4.0, 49.0, 94.0, 99.0)
        );
        let light = percentiles(vec![(3.0, 0.5), (9.0, 0.01)]);
        assert_eq!((light[95], light[100]), (3.0, 9.0));
        assert!(percentiles(vec![]).is_empty());
    }

    #[test]
    fn a_value_stands_in_the_middle_of_its_ties() {
        let grid = percentiles(vec![(0.0, 1.0), (1.0, 1.0)]);
        assert_eq!([standing(&grid, -1.0), standing(&grid, 2.0)], [Some(0.0), Some(1.0)]);
        assert!((standing(&grid, 0.0).unwrap() - 0.25).abs() < 0.01);
        assert_eq!(standing(&[], 0.0), None);
    }

    proptest! {
        /// For all weighted values: the grid rises, starts at the smallest and ends at the largest of them.
        #[test]
        fn the_grid_rises_from_the_smallest_to_the_largest(
            known in prop::collection::vec((-1e9..1e9_f64, 0.01..=1.0_f64), 1..80),
        ) {
            let grid = percentiles(known.clone());
            prop_assert!(grid.is_sorted() && grid.len() == POINTS);
            let smallest = known.iter().map(|(value, _)| *value).fold(f64::INFINITY, f64::min);
            let largest = known.iter().map(|(value, _)| *value).fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!(grid[0], smallest);
            prop_assert!(grid[POINTS - 1] <= largest);
        }
    }
}
