//! Loop guards that agents ship, written anew from their description, as baselines.
//!
//! A guard watches an agent at work and stops it. Here it watches a finished session as if it had stopped
//! nothing: [`Guard::judge`] says after which steps it would have fired. A guard only knows yes and no; so that
//! sessions can be ranked, the score of a session is the share of its steps after which the guard fires.
//!
//! ```
//! use goodhart_benches::guards::{GUARDS, steps::steps};
//! use goodhart_trace::build::session;
//!
//! let stuck = session("s").prompt("go").repeat(5, |s, _| s.call("Read", r#"{"path":"a"}"#).result("same")).events();
//! for guard in GUARDS {
//!     let judgement = guard.judge(&steps(&stuck));
//!     assert_ne!(judgement.stops, Some(false), "{}", guard.id());
//! }
//! ```

pub mod equal_calls;
pub mod gemini_cli;
pub mod openhands;
pub mod steps;

use serde::Serialize;
use steps::Step;

/// Every guard; the binary `guards` writes one prediction file for each.
pub const GUARDS: &[&dyn Guard] =
    &[&openhands::StuckDetector, &gemini_cli::LoopDetection, &equal_calls::EqualCalls];

/// A detector of loops that sees the steps of one session.
pub trait Guard: Sync {
    /// Stable name, of its prediction file too.
    fn id(&self) -> &'static str;

    /// Judges a whole session.
    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a>;
}

/// What a guard says of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement<'a> {
    /// Whether the guard would have stopped the agent; none for a measure without a threshold.
    pub stops: Option<bool>,
    /// How much the session loops, in [0, 1]; none when there is nothing to judge.
    pub score: Option<f64>,
    /// The calls, in their order.
    pub steps: Vec<StepScore<'a>>,
}

/// What a guard says of a call; field names are those of prediction files.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StepScore<'a> {
    /// The call.
    pub call_id: &'a str,
    /// 1 where the guard fires, else 0; none when the step cannot be judged.
    #[serde(rename = "loop")]
    pub looping: Option<f64>,
    /// 1 where the step equals the step just before, by the equality of the guard, else 0.
    pub loop_prev: Option<f64>,
}

/// What was found of one step: the guard fires, the step equals the one just before; none is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Found {
    fires: Option<bool>,
    equals_previous: Option<bool>,
}

/// Puts together what was found of every step; what is unknown counts neither way.
pub(crate) fn judgement<'a>(steps: &[Step<'a>], found: &[Found]) -> Judgement<'a> {
    let fires: Vec<bool> = found.iter().filter_map(|found| found.fires).collect();
    let fired = fires.iter().filter(|&&fires| fires).count();
    let calls = steps.iter().zip(found).filter_map(|(step, found)| {
        let (looping, loop_prev) = (found.fires.map(one_or_zero), found.equals_previous.map(one_or_zero));
        Some(StepScore { call_id: step.call_id?, looping, loop_prev })
    });
    Judgement {
        stops: Some(fired > 0),
        score: (!fires.is_empty()).then(|| fired as f64 / fires.len() as f64),
        steps: calls.collect(),
    }
}

fn one_or_zero(flag: bool) -> f64 {
    f64::from(u8::from(flag))
}
