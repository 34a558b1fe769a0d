//! What a reference is made of, in words and numbers: printed wherever somebody asks how far to trust a p-value.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::baseline::ReferenceKind;

/// The card of a baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Where the sessions come from.
    pub composition: String,
    /// What the baseline is not good for.
    pub not_good_for: String,
    /// How it was made.
    pub kind: ReferenceKind,
    /// Distinct sessions.
    pub sessions: u64,
    /// Rows: sessions and windows of sessions.
    pub rows: u64,
    /// The smallest p-value of an axis that it can give.
    pub smallest_p: f64,
    /// Strata that are compared with alone, with the sessions that they weigh.
    pub strata: Vec<(String, f64)>,
    /// Seed of the detectors.
    pub seed: u64,
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "kind            {}", self.kind)?;
        writeln!(f, "composition     {}", self.composition)?;
        writeln!(f, "sessions        {} in {} rows", self.sessions, self.rows)?;
        writeln!(f, "smallest p      {:.2e} on one axis, twice that for a session", self.smallest_p)?;
        for (name, weight) in &self.strata {
            writeln!(f, "own stratum     {name}, {weight:.0} sessions")?;
        }
        write!(f, "not good for    {}", self.not_good_for)
    }
}
