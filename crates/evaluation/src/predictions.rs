//! What a detector said about sessions and steps.
//!
//! Any mix and order of these, one JSON object a line; fields that are not named here are ignored, so the
//! output of `scan --all --format jsonl` followed by `steps --format jsonl` is a prediction file:
//!
//! ```json
//! {"session_id":"…","loop_score":0.8,"pad_score":0.1,"p_value":0.01,"verdict":"note","waste_share":0.4,"step_count":41,
//!  "spans":[{"first":{"step":3},"last":{"step":17}}],
//!  "steps":[{"call_id":"…","loop":0.9,"loop_prev":0.7,"novelty":0.1,"pad":0,"pad_prev":0}]}
//! {"session_id":"…","call_id":"…","step":4,"loop":0.9,"loop_prev":0.7,"novelty":0.1,"pad":0,"pad_prev":0,"account":"looped"}
//! ```
//!
//! Higher is more looping, more padding. Anything may be missing or null: absent is not zero. A later line
//! about the same session or step replaces the earlier one.

use std::collections::HashMap;
use std::io::BufRead;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{Axis, Error, Result};

/// Reads predictions, one JSON object a line; blank lines are skipped.
///
/// # Errors
///
/// [`Error::Read`] when the input fails, [`Error::Json`] when a line is not a prediction.
pub fn read_predictions(input: impl BufRead) -> Result<Predictions> {
    let mut predictions = Predictions::default();
    for (index, text) in input.lines().enumerate() {
        let line = index + 1;
        let text = text.map_err(|source| Error::Read { input: "predictions", line, source })?;
        if !text.trim().is_empty() {
            predictions.take_line(&text).map_err(|source| Error::Json {
                input: "predictions",
                line,
                source,
            })?;
        }
    }
    Ok(predictions)
}

/// Scores of sessions and steps, by session id and call id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Predictions {
    sessions: HashMap<String, SessionPrediction>,
    steps: HashMap<String, HashMap<String, StepPrediction>>,
    spans: HashMap<String, Vec<SpanPrediction>>,
}

impl Predictions {
    /// What was said about a session.
    pub fn session(&self, id: &str) -> Option<&SessionPrediction> {
        self.sessions.get(id)
    }

    /// What was said about the steps of a session, in no order.
    pub fn steps(&self, session: &str) -> impl Iterator<Item = (&str, &StepPrediction)> {
        self.steps.get(session).into_iter().flatten().map(|(call, step)| (call.as_str(), step))
    }

    /// The stretches of evidence that were shown of a session.
    pub fn spans(&self, session: &str) -> &[SpanPrediction] {
        self.spans.get(session).map_or(&[], Vec::as_slice)
    }

    /// What was said about a step.
    pub fn step(&self, session: &str, call: &str) -> Option<&StepPrediction> {
        self.steps.get(session)?.get(call)
    }

    /// Says something about a session.
    pub fn add_session(&mut self, id: impl Into<String>, prediction: SessionPrediction) {
        self.sessions.insert(id.into(), prediction);
    }

    /// Says something about a step.
    pub fn add_step(
        &mut self,
        session: impl Into<String>,
        call: impl Into<String>,
        prediction: StepPrediction,
    ) {
        self.steps.entry(session.into()).or_default().insert(call.into(), prediction);
    }

    fn take_line(&mut self, text: &str) -> serde_json::Result<()> {
        let line: Line<'_> = serde_json::from_str(text)?;
        let step = line.step();
        match line.call_id {
            // A step without a name (null) can be matched with no label, and says nothing about its session.
            Some(call_id) => self.take_steps(line.session_id, [StepLine { call_id, step }]),
            None => {
                if let Some(steps) = line.steps.filter(|steps| steps.get().starts_with('[')) {
                    self.take_steps(
                        line.session_id.clone(),
                        serde_json::from_str::<Vec<StepLine>>(steps.get())?,
                    );
                }
                self.spans.insert(line.session_id.clone(), placed(line.spans.unwrap_or_default()));
                let Line { loop_score, pad_score, p_value, verdict, waste_share, step_count, .. } = line;
                self.add_session(
                    line.session_id,
                    SessionPrediction { loop_score, pad_score, p_value, verdict, waste_share, step_count },
                );
            }
        }
        Ok(())
    }

    fn take_steps(&mut self, session: String, lines: impl IntoIterator<Item = StepLine>) {
        let named = lines.into_iter().filter_map(|line| Some((line.call_id?, line.step)));
        self.steps.entry(session).or_default().extend(named);
    }
}

/// What was said about a session.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SessionPrediction {
    /// How much it loops; higher is more.
    pub loop_score: Option<f64>,
    /// How much it pads; higher is more.
    pub pad_score: Option<f64>,
    /// How probable so high a score is among ordinary sessions, in [0, 1].
    pub p_value: Option<f64>,
    /// What was decided.
    pub verdict: Option<Verdict>,
    /// Share of the tokens that were wasted, in [0, 1].
    pub waste_share: Option<f64>,
    /// Steps of the session.
    pub step_count: Option<u64>,
}

impl SessionPrediction {
    /// The score of an axis.
    pub fn score(&self, axis: Axis) -> Option<f64> {
        match axis {
            Axis::Loop => self.loop_score,
            Axis::Pad => self.pad_score,
        }
    }

    /// The larger of the two scores.
    pub fn larger_score(&self) -> Option<f64> {
        self.loop_score.into_iter().chain(self.pad_score).max_by(f64::total_cmp)
    }
}

/// A stretch of evidence: the numbers of its first and its last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanPrediction {
    /// Where it begins.
    pub first: u64,
    /// Where it ends.
    pub last: u64,
}

impl SpanPrediction {
    /// Whether a step lies inside.
    pub fn holds(&self, step: u64) -> bool {
        (self.first..=self.last).contains(&step)
    }
}

/// What was decided about a session, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Worth a glance.
    Note,
    /// To be reviewed by a person.
    Review,
    /// Anything else: nothing to see, or nothing that can be said.
    #[serde(other)]
    Quiet,
}

/// What was said about a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct StepPrediction {
    /// Number of the step in its session, from 0.
    pub step: Option<u64>,
    /// Where its tokens are booked.
    pub account: Option<Account>,
    /// How much the step loops; higher is more.
    #[serde(rename = "loop")]
    pub looping: Option<f64>,
    /// The same, judged against the step just before only.
    pub loop_prev: Option<f64>,
    /// Share of the step that was not there before.
    pub novelty: Option<f64>,
    /// How much the step pads; higher is more.
    pub pad: Option<f64>,
    /// The same, judged against the step just before only.
    pub pad_prev: Option<f64>,
}

impl StepPrediction {
    /// The score of an axis; padding falls back to what is not novel.
    pub fn score(&self, axis: Axis) -> Option<f64> {
        match axis {
            Axis::Loop => self.looping,
            Axis::Pad => self.pad.or(self.novelty.map(|novelty| 1.0 - novelty)),
        }
    }

    /// The score of an axis against the step just before, where there is one, else [`StepPrediction::score`].
    pub fn score_against_previous(&self, axis: Axis) -> Option<f64> {
        let previous = match axis {
            Axis::Loop => self.loop_prev,
            Axis::Pad => self.pad_prev,
        };
        previous.or_else(|| self.score(axis))
    }
}

/// Where the tokens of a step are booked, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Account {
    /// In a loop.
    Looped,
    /// In padding.
    Padded,
    /// Anywhere else: not wasted.
    #[serde(other)]
    Other,
}

impl Account {
    /// True for what was wasted.
    pub fn is_waste(self) -> bool {
        self != Account::Other
    }
}

/// A span as it stands in the file.
#[derive(Deserialize)]
struct SpanLine {
    first: Option<PlaceLine>,
    last: Option<PlaceLine>,
}

#[derive(Deserialize)]
struct PlaceLine {
    step: u64,
}

/// The spans that say where they stand.
fn placed(spans: Vec<SpanLine>) -> Vec<SpanPrediction> {
    let place =
        |SpanLine { first, last }: SpanLine| Some(SpanPrediction { first: first?.step, last: last?.step });
    spans.into_iter().filter_map(place).collect()
}

/// A line as it stands in the file: a session, or a step when it has the field `call_id`.
#[derive(Deserialize)]
struct Line<'a> {
    session_id: String,
    #[serde(default, deserialize_with = "present")]
    call_id: Option<Option<String>>,
    loop_score: Option<f64>,
    pad_score: Option<f64>,
    p_value: Option<f64>,
    verdict: Option<Verdict>,
    waste_share: Option<f64>,
    step_count: Option<u64>,
    spans: Option<Vec<SpanLine>>,
    step: Option<u64>,
    account: Option<Account>,
    #[serde(borrow)]
    steps: Option<&'a RawValue>,
    #[serde(rename = "loop")]
    looping: Option<f64>,
    loop_prev: Option<f64>,
    novelty: Option<f64>,
    pad: Option<f64>,
    pad_prev: Option<f64>,
}

impl Line<'_> {
    fn step(&self) -> StepPrediction {
        let Line { step, account, looping, loop_prev, novelty, pad, pad_prev, .. } = *self;
        StepPrediction { step, account, looping, loop_prev, novelty, pad, pad_prev }
    }
}

/// A step inside the line of its session.
#[derive(Deserialize)]
struct StepLine {
    call_id: Option<String>,
    #[serde(flatten)]
    step: StepPrediction,
}

/// Tells a field that is null from one that is not there.
fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::{Account, SessionPrediction, StepPrediction, Verdict, read_predictions};
    use crate::Axis;

    #[test]
    fn findings_and_steps_may_come_in_any_order() {
        let text = r#"
            {"schema":"goodhart.step/1","session_id":"s","step":3,"call_id":"c","loop":0.5,"novelty":0.25,"account":"padded"}
            {"schema":"goodhart.finding/1","session_id":"s","verdict":"review","loop_score":0.8,"pad_score":null,
        "#;
        let finding_end = r#""p_value":0.01,"spans":[{"steps":63},{"first":{"step":2,"byte":9},"last":{"step":5}}],"steps":[{"call_id":"d","loop":1,"loop_prev":0.5}]}"#;
        let predictions = read_predictions(format!("{}{finding_end}", text.trim()).as_bytes()).unwrap();
        let session = predictions.session("s").unwrap();
        assert_eq!((session.verdict, session.score(Axis::Pad)), (Some(Verdict::Review), None));
        assert_eq!(predictions.step("s", "c").unwrap().score(Axis::Pad), Some(0.75));
        assert_eq!(predictions.step("s", "d").unwrap().score_against_previous(Axis::Loop), Some(0.5));
        assert_eq!(predictions.step("s", "e"), None);
        assert_eq!(predictions.step("s", "c").unwrap().account, Some(Account::Padded));
        let span = predictions.spans("s")[0];
        assert_eq!([1, 2, 5, 6].map(|step| span.holds(step)), [false, true, true, false]);
    }

    #[test]
    fn a_step_without_a_name_does_not_erase_its_session() {
        let text =
            "{\"session_id\":\"s\",\"loop_score\":0.4}\n{\"session_id\":\"s\",\"call_id\":null,\"loop\":1}\n";
        let predictions = read_predictions(text.as_bytes()).unwrap();
        assert_eq!(predictions.session("s").unwrap().loop_score, Some(0.4));
    }

    #[test]
    fn later_lines_replace_earlier_ones_and_steps_that_are_no_list_are_ignored() {
        let text = "{\"session_id\":\"s\",\"loop_score\":0.4,\"steps\":63}\n{\"session_id\":\"s\",\"verdict\":\"odd\"}\n";
        let predictions = read_predictions(text.as_bytes()).unwrap();
        let session = predictions.session("s").unwrap();
        assert_eq!((session.loop_score, session.verdict), (None, Some(Verdict::Quiet)));
    }

    #[test]
    fn the_larger_score_is_the_one_that_is_there() {
        let said = |loop_score, pad_score| {
            SessionPrediction { loop_score, pad_score, ..Default::default() }.larger_score()
        };
        assert_eq!(said(Some(0.2), Some(0.7)), Some(0.7));
        assert_eq!((said(Some(0.2), None), said(None, Some(0.1))), (Some(0.2), Some(0.1)));
        assert_eq!(said(None, None), None);
    }

    #[test]
    fn pairs_prefer_the_previous_step() {
        let step =
            StepPrediction { looping: Some(0.9), pad: Some(0.1), pad_prev: Some(0.3), ..Default::default() };
        assert_eq!(step.score_against_previous(Axis::Loop), Some(0.9));
        assert_eq!(step.score_against_previous(Axis::Pad), Some(0.3));
    }

    #[test]
    fn errors_name_the_line() {
        let error =
            read_predictions("{\"session_id\":\"s\"}\n{\"loop\":1}\n".as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(
            "predictions: line 2: expected one JSON object of predictions, found: missing field"
        ));
    }
}
