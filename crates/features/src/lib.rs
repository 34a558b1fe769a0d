//! From events to a profile: what each step of a session added, what recurred, where the tokens went.
//!
//! Two functions and a table carry the crate. [`digest`] turns one event into one [`Digest`] without looking at any
//! other, and no text passes it. [`Fold`] takes the digests of one session in order and can tell its [`Profile`] at any
//! time: a feature row ([`FEATURES`]), the evidence [`Span`]s, the [`Ledger`], and two scores. [`Habits`] says what is
//! ordinary for each tool; it is learned from traces beforehand and frozen. The feature `testing` (off) adds the suite
//! that every feature of the registry passes, `testing::check_feature`.
//!
//! ```
//! use goodhart_features::{digest, DigestKey, Fold, Habits};
//! use goodhart_trace::build::session;
//!
//! let habits = Habits::default();
//! let mut fold = Fold::new(&habits);
//! let work = session("s").prompt("add a flag").call("Read", r#"{"file_path":"cli.rs"}"#).result("fn main() {}");
//! for (order, event) in work.events().iter().enumerate() {
//!     fold.push(&digest(event, order as u64, DigestKey(1)))?;
//! }
//! assert_eq!(fold.profile().loop_score, 0.0);
//! # Ok::<(), goodhart_features::FoldError>(())
//! ```

mod action;
mod additions;
mod arguments;
mod beside;
mod compare;
mod condition;
mod course;
mod digest;
mod draft;
mod editor;
mod errands;
mod error;
mod evidence;
mod families;
mod figures;
mod fold;
mod furniture;
mod growing;
mod habits;
mod hash;
mod hollow;
mod kinds;
mod knob;
mod ledger;
mod memory;
mod names;
mod outcome;
mod outline;
mod patch;
mod places;
mod profile;
mod progress;
mod receipt;
mod recurrence;
mod relay;
mod reload;
mod sample;
mod script;
mod sketch;
mod span;
mod speech;
mod state;
mod step;
mod tally;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text;
mod tokens;
mod tracker;
mod tree;
mod tuning;
mod undo;
mod unfold;
mod view;
mod window;
mod written;

pub use action::Action;
pub use arguments::{Arguments, Leaf, Role};
pub use digest::{Digest, digest};
pub use error::FoldError;
pub use families::{Direction, FEATURES, Feature};
pub use fold::Fold;
pub use habits::{Habit, Habits};
pub use hash::{DigestKey, name_hash};
#[cfg(feature = "tuning")]
pub use knob::Knob;
pub use ledger::{Account, Ledger, TokenQuality};
pub use outcome::{Outcome, reads_like_failure};
pub use profile::{Profile, StepRecord};
pub use progress::Credit;
pub use receipt::acknowledges;
pub use sample::Sample;
pub use span::{Axis, Pattern, Span};
pub use step::{Place, StepKind};
pub use text::Text;
pub use tokens::{TokenClass, classify};
#[cfg(feature = "tuning")]
pub use tuning::KNOBS;
