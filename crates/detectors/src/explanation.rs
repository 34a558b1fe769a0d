//! From the terms of several detectors to shares.

/// The share of each column in what made a row strange, in [0, 1]: of each detector the part of a column in its positive terms,
/// averaged by the weights of the detectors. The shares sum to 1, or are all 0 when no term is positive.
///
/// ```
/// use goodhart_detectors::mean_shares;
///
/// let terms = [(vec![3.0, 1.0, -9.0], 1.0), (vec![0.0, 0.0, 5.0], 1.0)];
/// assert_eq!(mean_shares(3, terms), [0.375, 0.125, 0.5]);
/// ```
pub fn mean_shares(columns: usize, terms: impl IntoIterator<Item = (Vec<f64>, f64)>) -> Vec<f64> {
    let mut shares = vec![0.0; columns];
    let mut all = 0.0;
    for (terms, weight) in terms {
        let positive: f64 = terms.iter().filter(|term| **term > 0.0).sum();
        if positive > 0.0 && positive.is_finite() {
            all += weight;
            let parts = shares.iter_mut().zip(terms).filter(|(_, term)| *term > 0.0);
            parts.for_each(|(share, term)| *share += weight * term / positive);
        }
    }
    shares.iter_mut().filter(|share| **share > 0.0).for_each(|share| *share /= all);
    shares
}

#[cfg(test)]
mod tests {
    use super::mean_shares;

    #[test]
    fn weights_count_and_a_detector_that_finds_nothing_does_not() {
        let terms = [(vec![1.0, 0.0], 3.0), (vec![0.0, 1.0], 1.0), (vec![-1.0, -2.0], 9.0)];
        assert_eq!(mean_shares(2, terms), [0.75, 0.25]);
    }

    #[test]
    fn without_a_positive_term_there_is_no_share() {
        assert_eq!(mean_shares(2, [(vec![0.0, -1.0], 1.0)]), [0.0, 0.0]);
        assert_eq!(mean_shares(2, []), [0.0, 0.0]);
    }
}
