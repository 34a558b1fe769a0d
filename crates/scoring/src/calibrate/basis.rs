//! p-values with what they rest on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fdr::Shortfall;

/// What a p-value rests on, from the strongest to the weakest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// Rows that the model has not seen and that somebody declares to be ordinary. Nothing else is assumed but that
    /// ordinary rows are exchangeable with them.
    #[serde(rename = "conformal")]
    Conformal,
    /// The same with every row used for fitting and for calibration in turn: `P(p <= a)` may exceed `a`, up to `2 a` in
    /// the worst case, and hardly ever does.
    #[serde(rename = "cross-conformal, approximate")]
    CrossConformal,
    /// A shape assumed for the scores of ordinary rows. Nobody vouches for the reference.
    #[serde(rename = "assumption-based")]
    AssumptionBased,
}

/// p-values of some rows, and what they rest on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PValues {
    /// One a row, in (0, 1].
    pub values: Vec<f64>,
    /// What they rest on. Print it wherever a p-value is printed.
    pub basis: Basis,
    /// Rows compared with.
    pub reference: usize,
}

impl PValues {
    /// The warning that not even the strangest rows can be named together at this level of false discoveries, because
    /// the reference is too small; `None` when it is large enough, or when the p-values are not counts.
    ///
    /// ```
    /// use goodhart_scoring::{Basis, PValues};
    ///
    /// let p = PValues { values: vec![0.5; 1000], basis: Basis::Conformal, reference: 400 };
    /// let warning = p.shortfall(1, 0.05).expect("because 20,000 rows would be needed");
    /// assert_eq!(warning.sessions_needed(), 19_999);
    /// ```
    pub fn shortfall(&self, rejections: usize, level: f64) -> Option<Shortfall> {
        let counted = self.basis != Basis::AssumptionBased;
        let short = || Shortfall::of_rows(self.reference as f64, self.values.len(), rejections, level);
        if counted { short() } else { None }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Basis::Conformal => "conformal",
            Basis::CrossConformal => "cross-conformal, approximate",
            Basis::AssumptionBased => "assumption-based",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Basis, PValues};

    #[test]
    fn a_basis_prints_as_it_is_stored() {
        for basis in [Basis::Conformal, Basis::CrossConformal, Basis::AssumptionBased] {
            assert_eq!(serde_json::to_value(basis).unwrap(), basis.to_string());
        }
    }

    #[test]
    fn what_is_no_count_has_no_shortfall() {
        let p = |basis| PValues { values: vec![0.5; 100], basis, reference: 10 };
        assert!(p(Basis::AssumptionBased).shortfall(1, 0.05).is_none());
        assert!(p(Basis::CrossConformal).shortfall(1, 0.05).is_some());
        assert!(p(Basis::Conformal).shortfall(100, 0.5).is_none());
    }
}
