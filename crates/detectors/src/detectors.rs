//! The detectors, and the list that makes each of them storable, loadable, listed and callable by name.

pub mod isolation_forest;
pub mod tail_probability;

crate::registry::detectors! {
    "isolation-forest" => isolation_forest::IsolationForest,
    "tail-probability" => tail_probability::TailProbability,
}
