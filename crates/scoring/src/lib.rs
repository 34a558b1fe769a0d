//! From profiles to findings: scores to p-values, p-values to q-values, two keys to a verdict, and why.
//!
//! A [`Baseline`] holds everything that was learned beforehand. [`score`] turns one profile into [`Scores`],
//! [`judge`] turns the sessions of a batch into [`Finding`]s, and a [`Monitor`] does the same to sessions that are still
//! running. Nothing here reads a file, a clock or the environment.
//!
//! ```
//! use goodhart_features::{digest, Fold};
//! use goodhart_scoring::{judge, Assessed, Baseline, Options, SessionMeta, Verdict};
//! use goodhart_trace::build::session;
//!
//! let baseline = Baseline::embedded();
//! let trace = session("s-1").repeat(40, |s, _| s.call("Bash", r#"{"command":"ci status"}"#).result("no runs"));
//! let (mut fold, mut meta) = (Fold::new(baseline.habits()), SessionMeta::default());
//! for (order, event) in trace.events().iter().enumerate() {
//!     meta.observe(event);
//!     fold.push(&digest(event, order as u64, baseline.key()))?;
//! }
//! let assessed = Assessed::new(meta, fold.into_profile(), baseline);
//! let findings = judge(&[assessed], baseline, &Options::default());
//! assert!(findings[0].verdict.is_at_least(Verdict::Note));
//! println!("{}", findings[0]);
//! # Ok::<(), goodhart_features::FoldError>(())
//! ```
//!
//! # What is here
//!
//! | you have | you want | use |
//! |---|---|---|
//! | a profile | scores and p-values | [`score`] |
//! | a batch of sessions | findings with q-values | [`judge`], and [`shortfall`] for its warning |
//! | a running session | a finding so far, an alert | [`Monitor`] |
//! | profiles of your own sessions | a baseline | `Baseline::fit`, with feature `linfa` |
//! | a baseline file | the baseline | [`Baseline::from_bytes`] |
//! | two baselines | what differs; one of both | [`Baseline::compare`], [`Baseline::merge`] |
//! | scores of anything | p-values, q-values | [`Reference`], [`q_values`] |
//! | any table of numbers and a detector | p-values, and what they rest on | [`Calibrator`] |
//! | p-values one by one | to name or not to name, now | [`Lord`], [`Saffron`] |
//!
//! # What holds always
//!
//! - Scores are functions of one profile and the baseline; q-values and the rarity key belong to a batch.
//! - p-values are super-uniform when session and reference are exchangeable; see [`Reference`] for the formula.
//! - The order of a batch changes nothing; findings come by start time and session id.
//! - No bytes make a baseline panic: they are read, or refused with the expected and the found.
//! - What is not known is `None`, never 0.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `linfa` | yes | fitting a baseline |
//! | `schema` | no | JSON Schemas of [`Finding`] and [`StepRow`] |

mod baseline;
mod calibrate;
mod card;
mod compare;
mod detectors;
mod ensemble;
mod error;
mod evidence;
mod explain;
mod fdr;
mod finding;
#[cfg(feature = "linfa")]
mod fit;
mod judge;
mod late;
mod lookalikes;
mod merge;
mod meta;
mod model_file;
mod monitor;
mod quantiles;
#[cfg(feature = "schema")]
mod schema;
mod score;
mod step_row;
#[cfg(test)]
mod testing;
mod tuning;

pub use baseline::{Baseline, ReferenceKind, Standing};
pub use calibrate::{Basis, Calibrated, Calibrator, EmpiricalNull, PValues, Reference, Tail, Ties};
pub use card::Card;
pub use compare::{Comparison, Shift};
pub use detectors::Detectors;
pub use error::Error;
pub use explain::{drivers, unavailable};
pub use fdr::{Lord, Saffron, Shortfall, q_values, storey_q_values, yekutieli_q_values};
pub use finding::{
    Accounts, Considered, Driver, FINDING_SCHEMA, Finding, FindingSpan, Keys, Outcome, Rarity, ReferenceNote,
    Source, SpanPlace, Tokens, Verdict, rfc3339,
};
#[cfg(feature = "linfa")]
pub use fit::{FitOptions, ReferenceRow};
pub use judge::{Docket, Options, config_fingerprint, judge, judge_alone, reading_order, shortfall};
pub use lookalikes::{Effect, LOOKALIKES, Lookalike};
pub use meta::SessionMeta;
pub use monitor::{Alert, Monitor};
#[cfg(feature = "schema")]
pub use schema::schemas;
pub use score::{Assessed, Scores, score};
pub use step_row::{STEP_SCHEMA, StepRow};

/// The how-to runs with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/how-to/turn-scores-into-p-values.md")]
struct HowTo;
