//! Measures predictions against labels: how well scores rank what is labelled, and how quiet they stay on
//! honest work.
//!
//! Labels say for a session, its steps or its neighbouring pairs of steps whether they are waste; predictions
//! are the findings and steps that `goodhart` prints, or anything else in the same shape. [`evaluate`]
//! compares the two and answers with a [`Report`], a plain value that serialises to JSON and prints as text.
//!
//! ```
//! use goodhart_evaluation::{evaluate, read_labels, read_predictions, Options};
//!
//! let labels = read_labels(
//!     r#"{"session_id":"a","split":"dev","corpus":"mine","group":"g","target":"loop","kind":"session","length":9,"label":1}
//!        {"session_id":"b","split":"dev","corpus":"mine","group":"g","target":"loop","kind":"session","length":9,"label":0}"#
//!         .as_bytes(),
//! )?;
//! let predictions = read_predictions(
//!     r#"{"session_id":"a","loop_score":0.9}
//!        {"session_id":"b","loop_score":0.2}"#
//!         .as_bytes(),
//! )?;
//! let report = evaluate(&labels, &[("mine".to_owned(), predictions)], &Options::default());
//! let mine = &report.tables[0].rows[1];
//! assert_eq!((mine.predictor.as_str(), mine.auroc.value), ("mine", Some(1.0)));
//! # Ok::<(), goodhart_evaluation::Error>(())
//! ```
//!
//! What the numbers mean, and what they guard against:
//!
//! - Items are compared inside their **group** only (an agent, a game); the row `ALL` is the mean over
//!   groups, weighted by positives. So a difference between groups is never taken for skill.
//! - **Length is the rival.** Every table of sessions opens with the row `length`, which scores a session by
//!   its number of steps, and gives the AUROC over pairs of like length and the rank correlation with length
//!   partialled out.
//! - Intervals resample **clusters**: copies made from one session stay together.
//! - **Controls** are ordinary work. What a detector flags there is a false alarm, with an exact interval.
//! - Generated sessions about which everything is known ([`Case`]) are told apart by the larger of LOOP and PAD, pattern
//!   by pattern and honest class by honest class: what is found, where, at what cost, and how many verdicts are false.
//! - An item without a prediction ranks last; its share is the coverage. Absent is not zero.

mod cases;
mod controls;
mod detection;
mod error;
mod evaluate;
mod intervals;
mod labels;
pub mod metrics;
#[cfg(feature = "plots")]
mod plots;
mod predictions;
mod report;
mod sample;
mod share;
mod text;

pub use cases::{Case, Class, Expected, TrueSpan};
pub use error::{Error, Result};
pub use evaluate::{Options, evaluate};
pub use intervals::{clopper_pearson, percentile_interval, quantile};
pub use labels::{Axis, Kind, Label, Labels, Target, Truth, read_labels};
#[cfg(feature = "plots")]
pub use plots::{Plot, plots};
pub use predictions::{
    Account, Predictions, SessionPrediction, SpanPrediction, StepPrediction, Verdict, read_predictions,
};
pub use report::{
    ControlRow, Detection, Discoveries, Estimate, HonestRow, LeftOut, ModeRecall, Overlap, PShare,
    PatternRow, Proportion, QuietRecall, RecallAt, Report, Row, Table, Threshold,
};
pub use share::Share;
