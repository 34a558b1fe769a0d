//! The detectors, and the list that makes each of them storable, loadable, listed and callable by name.

pub mod density_forest;
pub mod ensemble;
pub mod extended_isolation_forest;
pub mod fair_cut_forest;
pub mod histogram;
pub mod isolation_forest;
pub mod nearest_neighbors;
pub mod neighbor_bag;
pub mod robust_covariance;
pub mod rolling_forest;
pub mod tail_probability;

crate::registry::detectors! {
    "isolation-forest" => isolation_forest::IsolationForest,
    "tail-probability" => tail_probability::TailProbability,
    "extended-isolation-forest" => extended_isolation_forest::ExtendedIsolationForest,
    "fair-cut-forest" => fair_cut_forest::FairCutForest,
    "histogram" => histogram::Histogram,
    "nearest-neighbors" => nearest_neighbors::NearestNeighbors,
    "neighbor-bag" => neighbor_bag::NeighborBag,
    "robust-covariance" => robust_covariance::RobustCovariance,
    "density-forest" => density_forest::DensityForest,
    "rolling-forest" => rolling_forest::RollingForest,
    "ensemble" => ensemble::Ensemble,
}
