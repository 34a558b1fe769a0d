//! Loop guards that agents ship, and plain measures of repetition, written anew from their description, as baselines.
//!
//! A guard watches an agent at work and stops it. Here it watches a finished session as if it had stopped
//! nothing: [`Guard::judge`] says after which steps it would have fired. A guard only knows yes and no; so that
//! sessions can be ranked, the score of a session is the share of its steps after which the guard fires. A measure
//! has no threshold and no verdict; it scores a session by the mean over its steps, or by its text as a whole.
//!
//! ```
//! use goodhart_benches::guards::{GUARDS, steps::steps};
//! use goodhart_trace::build::session;
//!
//! let stuck = session("s").prompt("go").repeat(25, |s, _| s.call("Read", r#"{"path":"a"}"#).result("same")).events();
//! for guard in GUARDS {
//!     let judgement = guard.judge(&steps(&stuck));
//!     assert!(judgement.score.is_none_or(|score| (0.0..=1.0).contains(&score)), "{}", guard.id());
//! }
//! ```

pub mod browser_use;
pub mod cline;
pub mod convergence;
pub mod cosine;
pub mod crush;
pub mod equal_arguments;
pub mod equal_calls;
pub mod equal_results;
pub mod gemini_cli;
pub mod gopher;
pub mod gzip;
pub mod openclaw;
pub mod opencode;
pub mod openhands;
pub mod qwen_code;
pub mod roo_code;
pub mod seq_rep;
pub mod steps;
pub mod word_overlap;
mod words;

use serde::Serialize;
use steps::Step;

/// Every guard and every measure; the binary `guards` writes one prediction file for each.
pub const GUARDS: &[&dyn Guard] = &[
    &openhands::StuckDetector,
    &gemini_cli::LoopDetection,
    &qwen_code::LoopDetection,
    &roo_code::RepetitionDetector,
    &cline::LoopDetection,
    &opencode::DoomLoop,
    &openclaw::LoopDetection,
    &crush::LoopDetection,
    &browser_use::LoopDetector,
    &equal_calls::EqualCalls,
    &equal_arguments::EqualArguments,
    &equal_results::EqualResults,
    &word_overlap::WordOverlap,
    &cosine::Cosine,
    &convergence::Convergence,
    &gzip::Gzip,
    &gopher::Gopher,
    &seq_rep::SeqRep,
];

/// A detector of loops that sees the steps of one session.
pub trait Guard: Sync {
    /// Stable name, of its prediction file too.
    fn id(&self) -> &'static str;

    /// Judges a whole session.
    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a>;
}

/// What a guard says of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement<'a> {
    /// Whether the guard would have stopped the agent; none for a measure without a threshold.
    pub stops: Option<bool>,
    /// How much the session loops, in [0, 1]; none when there is nothing to judge.
    pub score: Option<f64>,
    /// How much the session pads, in [0, 1]; none for those that do not ask.
    pub pad: Option<f64>,
    /// The calls, in their order.
    pub steps: Vec<StepScore<'a>>,
}

/// What a guard says of a call; field names are those of prediction files.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StepScore<'a> {
    /// The call.
    pub call_id: &'a str,
    /// 1 where the guard fires, else 0, or what a measure says; none when the step cannot be judged.
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
        pad: None,
        steps: calls.collect(),
    }
}

/// What a measure says of one step, in [0, 1]: alone, and against the step just before; none is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Measured {
    value: Option<f64>,
    against_previous: Option<f64>,
}

/// Puts together what was measured of every step: the session is their mean, and there is no verdict.
pub(crate) fn mean_of<'a>(steps: &[Step<'a>], measured: &[Measured]) -> Judgement<'a> {
    let values: Vec<f64> = measured.iter().filter_map(|measured| measured.value).collect();
    let calls = steps.iter().zip(measured).filter_map(|(step, measured)| {
        let Measured { value: looping, against_previous: loop_prev } = *measured;
        Some(StepScore { call_id: step.call_id?, looping, loop_prev })
    });
    Judgement {
        score: (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64),
        steps: calls.collect(),
        ..Judgement::default()
    }
}

fn one_or_zero(flag: bool) -> f64 {
    f64::from(u8::from(flag))
}
