//! **Whether a reference is large enough** to name anything in a batch.
//!
//! A conformal p-value cannot fall below `1 / (n + 1)`, so a small reference names nobody in a large batch, however
//! strange the session.

use std::fmt;

/// A reference that is too small for a batch: even sessions that score above all of it get no q at the level.
///
/// Prints as a warning with the numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shortfall {
    /// Sessions of the reference.
    pub reference: f64,
    /// Sessions that are judged together.
    pub batch: usize,
    /// Sessions that would have to be named together.
    pub rejections: usize,
    /// The level.
    pub level: f64,
    /// p-values of which the smallest counts for one session, that many times: 2 for the two axes, 1 for a plain p-value.
    pub axes: f64,
}

/// Axes whose smaller p-value is doubled to one p-value of the session.
const AXES: f64 = 2.0;

impl Shortfall {
    /// The shortfall of a reference; `None` when it can reject.
    ///
    /// The smallest p-value of a session is `2 / (n + 1)`, twice that of an axis, so the first `rejections` sessions
    /// get `q <= level` only when `n + 1 >= 2 batch / (level rejections)`.
    ///
    /// ```
    /// use goodhart_scoring::Shortfall;
    ///
    /// assert!(Shortfall::of(2400.0, 100, 2, 0.05).is_none());
    /// let shortfall = Shortfall::of(35.0, 100, 2, 0.05).unwrap();
    /// assert_eq!(shortfall.sessions_needed(), 1999);
    /// ```
    pub fn of(reference: f64, batch: usize, rejections: usize, level: f64) -> Option<Self> {
        Shortfall { reference, batch, rejections: rejections.max(1), level, axes: AXES }.if_short()
    }

    /// The same for plain p-values, of which the smallest is `1 / (n + 1)`: [`PValues`](crate::PValues).
    ///
    /// ```
    /// use goodhart_scoring::Shortfall;
    ///
    /// assert_eq!(Shortfall::of_rows(35.0, 100, 2, 0.05).unwrap().sessions_needed(), 999);
    /// ```
    pub fn of_rows(reference: f64, batch: usize, rejections: usize, level: f64) -> Option<Self> {
        Shortfall { reference, batch, rejections: rejections.max(1), level, axes: 1.0 }.if_short()
    }

    fn if_short(self) -> Option<Self> {
        (self.reference + 1.0 < self.needed()).then_some(self)
    }

    /// Sessions that the reference would have to hold.
    pub fn sessions_needed(&self) -> u64 {
        (self.needed() - 1.0).ceil() as u64
    }

    fn needed(&self) -> f64 {
        self.axes * self.batch as f64 / (self.level * self.rejections as f64)
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shortfall { reference, batch, rejections, level, .. } = self;
        write!(
            f,
            "{reference:.0} reference sessions cannot name {rejections} of {batch} sessions at a false-discovery \
             level of {level}: expected at least {} reference sessions; sessions are named by rank instead",
            self.sessions_needed()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Shortfall;
    use crate::fdr::q_values;

    #[test]
    fn a_shortfall_names_the_numbers() {
        let text = Shortfall::of(35.0, 200, 0, 0.05).unwrap().to_string();
        assert!(text.contains("35 reference sessions cannot name 1 of 200"), "{text}");
        assert!(text.contains("at least 7999 reference sessions"), "{text}");
    }

    /// At the shortfall's edge the procedure itself agrees.
    #[test]
    fn a_reference_just_large_enough_rejects_and_one_smaller_does_not() {
        for (sessions, rejected) in [(3999, 4), (3998, 0)] {
            let mut p = vec![1.0; 400];
            p[..4].fill(2.0 / (f64::from(sessions) + 1.0));
            let found = q_values(&p).iter().filter(|&&q| q <= 0.05).count();
            assert_eq!(found, rejected, "{sessions} sessions");
            assert_eq!(Shortfall::of(f64::from(sessions), 400, 4, 0.05).is_none(), rejected > 0);
        }
    }
}
