//! What is said of a step: the object behind one line of `steps --format jsonl`.

use goodhart_features::{Account, StepKind, StepRecord};
use serde::{Deserialize, Serialize};

use crate::finding::SpanPlace;
use crate::meta::SessionMeta;

/// Name and version of the form of a [`StepRow`].
pub const STEP_SCHEMA: &str = "goodhart.step/1";

/// One step of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepRow {
    /// [`STEP_SCHEMA`].
    #[cfg_attr(feature = "schema", schemars(extend("const" = STEP_SCHEMA)))]
    pub schema: String,
    /// The session.
    pub session_id: String,
    /// Number of the step, from 0.
    pub step: u64,
    /// Call id; for messages the id of the request.
    pub call_id: Option<String>,
    /// Index of the file among those of the session.
    pub file: Option<u32>,
    /// Line in the decompressed file, from 1.
    pub line: Option<u64>,
    /// Time stamp, RFC 3339.
    pub at: Option<String>,
    /// `tool_call` or `message`.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("enum" = ["tool_call", "message"])))]
    pub kind: StepKind,
    /// The tool that was called.
    pub tool: Option<String>,
    /// Share of the step that was not there before, in [0, 1].
    pub novelty: Option<f64>,
    /// Evidence of looping, in [0, 1].
    #[serde(rename = "loop")]
    pub looped: f64,
    /// The same against the step just before only.
    pub loop_prev: f64,
    /// Evidence of padding, in [0, 1].
    pub pad: f64,
    /// The same against the step just before only.
    pub pad_prev: f64,
    /// Progress credit, in [0, 1].
    pub progress: f64,
    /// Where its tokens are booked.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("enum" =
        ["productive", "exploratory", "overhead", "looped", "padded", "unexplained"])))]
    pub account: Account,
    /// Its tokens.
    pub tokens: Option<u64>,
}

impl StepRow {
    /// The row of a step.
    ///
    /// ```
    /// use goodhart_features::{digest, DigestKey, Fold, Habits};
    /// use goodhart_scoring::{SessionMeta, StepRow};
    /// use goodhart_trace::build::session;
    ///
    /// let (habits, mut meta) = (Habits::default(), SessionMeta::default());
    /// let mut fold = Fold::new(&habits).with_steps();
    /// for (order, event) in session("s").call("Bash", "{}").result("done").events().iter().enumerate() {
    ///     meta.observe(event);
    ///     fold.push(&digest(event, order as u64, DigestKey(1)))?;
    /// }
    /// let rows: Vec<StepRow> =
    ///     fold.into_profile().step_records.iter().map(|record| StepRow::new(record, &meta)).collect();
    /// assert_eq!((rows[0].tool.as_deref(), rows[0].line), (Some("Bash"), Some(1)));
    /// # Ok::<(), goodhart_features::FoldError>(())
    /// ```
    pub fn new(record: &StepRecord, meta: &SessionMeta) -> Self {
        let SpanPlace { step, file, line, call_id, at, .. } = SpanPlace::of(&record.place, meta);
        StepRow {
            schema: STEP_SCHEMA.to_owned(),
            session_id: meta.session_id.clone(),
            step,
            call_id,
            file,
            line,
            at,
            kind: record.kind,
            tool: record.tool.as_deref().map(str::to_owned),
            novelty: record.novelty,
            looped: record.looped,
            loop_prev: record.looped_previous,
            pad: record.padded,
            pad_prev: record.padded_previous,
            progress: record.progress,
            account: record.account,
            tokens: record.tokens,
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::StepRow;
    use crate::SessionMeta;
    use crate::testing::profile_with_steps;

    /// The line of the contract, key by key.
    #[test]
    fn a_row_is_written_as_the_contract_lists_it() {
        let events =
            session("s").repeat(3, |s, _| s.call("Bash", r#"{"command":"ls"}"#).result("a.rs")).events();
        let mut meta = SessionMeta::default();
        events.iter().for_each(|event| meta.observe(event));
        let record = profile_with_steps(&events).step_records.remove(2);
        let mut row = StepRow::new(&record, &meta);
        (row.novelty, row.looped, row.loop_prev, row.tokens) = (Some(0.25), 0.5, 0.75, None);
        assert_eq!(
            serde_json::to_string(&row).unwrap(),
            r#"{"schema":"goodhart.step/1","session_id":"s","step":2,"call_id":"s-call-4","file":0,"line":5,"#
                .to_owned()
                + r#""at":"2026-03-02T09:00:04Z","kind":"tool_call","tool":"Bash","novelty":0.25,"loop":0.5,"#
                + r#""loop_prev":0.75,"pad":0.0,"pad_prev":0.0,"progress":0.0,"account":"unexplained","tokens":null}"#
        );
    }
}
