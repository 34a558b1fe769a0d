//! Unsupervised outlier detectors for tables of named numbers, behind linfa traits.
//!
//! A [`Table`] of named columns goes in, one score a row comes out; **higher is stranger, always**. Each score
//! splits exactly over the columns that made it. A detector knows numbers only: use it on any table.
//!
//! ```
//! use goodhart_detectors::{Column, Detector, Flatten, IsolationForest, Model, Table};
//! use ndarray::Array2;
//!
//! // What is ordinary: 500 rows, 2 columns. Of repeats only many are strange, of durations either side.
//! let columns = vec![Column::higher("repeats"), Column::both("seconds")];
//! let rows = Array2::from_shape_fn((500, 2), |(row, column)| ((row * (7 + column)) % 23) as f64);
//! let reference = Table::new(columns.clone(), rows)?;
//!
//! let flatten = Flatten::fit(&reference)?; // unusually few repeats are no anomaly
//! let forest = IsolationForest::params().trees(200).seed(7).fit(&flatten.apply(&reference)?)?;
//!
//! // Two rows to judge; the seconds of the second one are not known.
//! let judged = Table::from_options(columns, &[vec![Some(5.0), Some(9.0)], vec![Some(95.0), None]])?;
//! let scores = forest.score_table(&flatten.apply(&judged)?)?;
//! assert!(scores[1] > scores[0]);
//!
//! // Which column made the second row strange?
//! let terms = forest.explain_table(&flatten.apply(&judged)?)?;
//! assert!(terms[[1, 0]] > terms[[1, 1]]);
//!
//! // Any detector is stored under its name, and loaded by it.
//! let bytes = serde_json::to_vec(&Model::from(forest))?;
//! let model: Model = serde_json::from_slice(&bytes)?;
//! assert_eq!(model.name(), "isolation-forest");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is here
//!
//! | you have | you want | use |
//! |---|---|---|
//! | named columns, some cells unknown | a checked table | [`Table`] |
//! | columns of which one side is fine | that side never strange | [`Flatten`] |
//! | a reference table, no idea what is strange | a score for rows | [`Ensemble`] |
//! | a reference table | a score for rows | a detector of [`catalog`], or [`Model::fit`] by name |
//! | a stream of rows | scores that follow it | [`RollingForest`] |
//! | scores of several detectors | one number in [0, 1] | [`Unify`] |
//! | a detector of your own | proof that it behaves | `testing::check_detector` |
//!
//! # What holds always
//!
//! - The score of a row depends on the row and the model, never on the batch: one by one and together give the same bits.
//! - Columns are matched by name. An unavailable cell is read as the fitted median, exactly.
//! - Same seed, same rows in the same order: same model, on any number of threads.
//! - Nothing here panics on input; a NaN never reaches a comparison. A damaged model file is refused.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `linfa` | yes | `ParamGuard`, `Fit`, `Predict` of linfa for every detector, fitting on its datasets |
//! | `linfa-adapters` | no | the module `adapters`: one-class SVM, Gaussian mixture, principal components and DBSCAN, fitted by linfa |
//! | `parallel` | no | members of an ensemble on all cores, by rayon; the same bits |
//! | `testing` | no | the conformance suite |
//!
//! Models saved as JSON come back to the last bit only if `serde_json` has its feature `float_roundtrip`; binary formats
//! need nothing.
//!
//! # Which one
//!
//! Mean AUROC and average precision over the 43 sets of ADBench "Classical" at hand (at most 20,000 rows each, fitted and scored on
//! the same rows), and rows scored in a CPU second at 32 columns; `benches` prints them anew.
//!
//! | detector | AUROC | AP | rows/s | best at |
//! |---|---|---|---|---|
//! | [`Ensemble`] | .803 | .425 | 47,000 | not knowing |
//! | [`Ensemble::cheap`] | .797 | .423 | 820,000 | the same with many rows |
//! | [`NearestNeighbors`] | .793 | .384 | 3,800 of 100,000 | combinations that nobody has |
//! | [`ExtendedIsolationForest`] | .791 | .427 | 510,000 | extreme values and some combinations |
//! | [`RobustCovariance`] | .787 | .398 | 5,500,000 | values that do not go together |
//! | [`NeighborBag`] | .786 | .381 | 73,000 | the same as neighbours, at any size |
//! | [`FairCutForest`] | .784 | .413 | 510,000 | clusters of strange rows |
//! | [`IsolationForest`] | .771 | .401 | 1,400,000 | extreme values |
//! | [`DensityForest`] | .770 | .399 | 1,400,000 | extreme values, and how far out they are |
//! | [`RollingForest`] | .767 | .400 | 290,000 | streams; shuffled rows, each scored by those before it and then learned |
//! | [`Histogram`] | .758 | .381 | 8,900,000 | gaps, many rows |
//! | [`TailProbability`] | .744 | .369 | 240,000 | scores that must be defended; directions |
//!
//! The best of PyOD's defaults there: MCD .778 / .399, IForest .771 / .407.
//!
//! # What it does not do
//!
//! It sets no threshold and gives no calibrated p-value for a score: both belong to whoever judges.

#[cfg(feature = "linfa-adapters")]
pub mod adapters;
mod bins;
mod columns;
mod detector;
mod detectors;
mod distances;
mod ecdf;
mod ellipsoid;
mod error;
mod explanation;
mod flatten;
mod forest_params;
mod isolation_tree;
mod lanes;
#[cfg(feature = "linfa")]
mod linfa_traits;
mod median;
mod model;
mod neighbors;
mod oblique_forest;
mod parallel;
mod params;
mod projection;
mod registry;
mod scale;
mod schema;
mod stand;
mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod unify;

pub use detector::{Detector, Listed, Page};
pub use detectors::*;
pub use error::Error;
pub use explanation::mean_shares;
pub use flatten::Flatten;
pub use model::Model;
pub use registry::{Entry, catalog};
pub use schema::Schema;
pub use table::{Column, Direction, Table, ToTable};
pub use unify::{RobustZ, Unify};

/// The how-to runs with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/how-to/use-the-detectors-on-your-own-table.md")]
struct HowTo;
