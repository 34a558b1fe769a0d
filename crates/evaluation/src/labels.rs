//! What is known about sessions: one label per session and target.
//!
//! One JSON object a line; fields that are not named here are ignored:
//!
//! ```json
//! {"session_id":"…","split":"dev","corpus":"spliced","group":"claude_code","target":"loop","kind":"session","length":41,
//!  "label":1,"mode":"cycle","pair_of":"…","axis":"loop"}
//! ```
//!
//! `kind` says where the truth is: `session` in `label`, `pair` in `pairs` (`[call id, next call id, 0 or
//! 1]`), `step` in `steps` (`[call id, 0 or 1]`); a `control` needs none, it is honest work.
//!
//! A line with a `pattern_id` is a [`Case`] instead: all that is known about a generated session.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufRead;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::{Case, Error, Result};

/// Targets that people label for padding; their labels predate the field `axis`.
const PAD_TARGETS: [&str; 2] = ["thought_redundancy", "pad"];

/// Reads labels, one JSON object a line; blank lines are skipped.
///
/// # Errors
///
/// [`Error::Read`] when the input fails, [`Error::Json`] when a line is not a label, [`Error::MissingTruth`]
/// when a label lacks the field that its kind calls for.
pub fn read_labels(input: impl BufRead) -> Result<Labels> {
    let mut labels = Labels::default();
    for (index, text) in input.lines().enumerate() {
        let line = index + 1;
        let text = text.map_err(|source| Error::Read { input: "labels", line, source })?;
        if !text.trim().is_empty() {
            labels.take_line(&text, line)?;
        }
    }
    Ok(labels)
}

/// Labels by target, and cases, in the order in which they were read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels {
    targets: BTreeMap<Target, Vec<Label>>,
    cases: Vec<Case>,
}

impl Labels {
    /// Adds one label.
    pub fn push(&mut self, target: Target, label: Label) {
        self.targets.entry(target).or_default().push(label);
    }

    /// Adds the labels of another file behind these.
    pub fn append(&mut self, other: Labels) {
        for (target, labels) in other.targets {
            self.targets.entry(target).or_default().extend(labels);
        }
        self.cases.extend(other.cases);
    }

    /// Adds a session about which everything is known.
    pub fn push_case(&mut self, case: Case) {
        self.cases.push(case);
    }

    /// The sessions about which everything is known.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Targets with their labels, sorted by split, corpus and name.
    pub fn iter(&self) -> impl Iterator<Item = (&Target, &[Label])> {
        self.targets.iter().map(|(target, labels)| (target, labels.as_slice()))
    }

    /// Number of labels, cases included.
    pub fn len(&self) -> usize {
        self.targets.values().map(Vec::len).sum::<usize>() + self.cases.len()
    }

    /// True when there is no label.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn take_line(&mut self, text: &str, line: usize) -> Result<()> {
        let refused = |source| Error::Json { input: "labels", line, source };
        let Form { pattern_id } = serde_json::from_str(text).map_err(refused)?;
        if pattern_id.is_some() {
            self.push_case(serde_json::from_str(text).map_err(refused)?);
        } else {
            let (target, label) = accept(serde_json::from_str(text).map_err(refused)?, line)?;
            self.push(target, label);
        }
        Ok(())
    }
}

/// A question that was put to many sessions. Its name prints as `split.corpus.name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// Part of the data, such as `dev`.
    pub split: String,
    /// Where the sessions come from.
    pub corpus: String,
    /// What was asked, such as `loop`.
    pub name: String,
    /// What was labelled.
    pub kind: Kind,
    /// Which score answers.
    pub axis: Axis,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.split, self.corpus, self.name)
    }
}

/// What a label is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A whole session.
    Session,
    /// Two neighbouring steps: does the second repeat the first?
    Pair,
    /// A step.
    Step,
    /// A session of honest work, in which nothing should be flagged.
    Control,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Session => "session",
            Kind::Pair => "pair",
            Kind::Step => "step",
            Kind::Control => "control",
        })
    }
}

/// Which kind of waste a target asks for, and so which score answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// The same thing again, nothing gained.
    #[default]
    Loop,
    /// Volume that nobody uses.
    Pad,
}

/// The truth about one session under one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// The session.
    pub session: String,
    /// Stratum inside which sessions may be compared.
    pub group: String,
    /// Length of the session in steps.
    pub length: f64,
    /// How the session came to its label, such as the kind of loop that was inserted.
    pub mode: Option<String>,
    /// The session that this one is a copy of; copies of one session are resampled together.
    pub pair_of: Option<String>,
    /// What is known.
    pub truth: Truth,
}

impl Label {
    /// What is resampled as one: the session that this is a copy of, else the session.
    pub fn cluster(&self) -> &str {
        self.pair_of.as_deref().unwrap_or(&self.session)
    }

    /// True for a session that is labelled as waste.
    pub fn is_positive_session(&self) -> bool {
        self.truth == Truth::Session(true)
    }
}

/// What is known about a session.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// Whether the session is waste.
    Session(bool),
    /// Which steps repeat the step just before: call id of the step, and whether.
    Pairs(Vec<(String, bool)>),
    /// Which steps are waste: call id, and whether.
    Steps(Vec<(String, bool)>),
    /// Nothing but that the work is honest.
    Honest,
}

/// What tells the two forms of a line apart.
#[derive(Deserialize)]
struct Form {
    pattern_id: Option<IgnoredAny>,
}

/// A label as it stands in the file.
#[derive(Deserialize)]
struct Record {
    session_id: String,
    split: String,
    corpus: String,
    group: String,
    target: String,
    kind: Kind,
    length: f64,
    axis: Option<Axis>,
    mode: Option<String>,
    pair_of: Option<String>,
    label: Option<Bit>,
    pairs: Option<Vec<(String, String, Bit)>>,
    steps: Option<Vec<(String, Bit)>>,
}

/// 0 or 1.
#[derive(Deserialize, Clone, Copy)]
#[serde(try_from = "u8")]
struct Bit(bool);

impl TryFrom<u8> for Bit {
    type Error = String;

    fn try_from(number: u8) -> std::result::Result<Self, String> {
        if number <= 1 {
            Ok(Bit(number == 1))
        } else {
            Err(format!("expected a label 0 or 1, found {number}"))
        }
    }
}

fn accept(mut record: Record, line: usize) -> Result<(Target, Label)> {
    let truth = truth(&mut record, line)?;
    let named_pad = PAD_TARGETS.contains(&record.target.as_str());
    let axis = if named_pad { Axis::Pad } else { record.axis.unwrap_or_default() };
    let target =
        Target { split: record.split, corpus: record.corpus, name: record.target, kind: record.kind, axis };
    let Record { session_id: session, group, length, mode, pair_of, .. } = record;
    Ok((target, Label { session, group, length, mode, pair_of, truth }))
}

fn truth(record: &mut Record, line: usize) -> Result<Truth> {
    let kind = record.kind;
    let missing = |field| Error::MissingTruth { line, kind, field };
    Ok(match kind {
        Kind::Session => Truth::Session(record.label.ok_or_else(|| missing("label"))?.0),
        Kind::Pair => {
            let pairs = record.pairs.take().ok_or_else(|| missing("pairs"))?;
            Truth::Pairs(pairs.into_iter().map(|(_, call, Bit(bit))| (call, bit)).collect())
        }
        Kind::Step => {
            let steps = record.steps.take().ok_or_else(|| missing("steps"))?;
            Truth::Steps(steps.into_iter().map(|(call, Bit(bit))| (call, bit)).collect())
        }
        Kind::Control => Truth::Honest,
    })
}

#[cfg(test)]
mod tests {
    use super::{Axis, Kind, Truth, read_labels};

    const HEAD: &str = r#""session_id":"s","split":"dev","corpus":"c","group":"g","length":3"#;

    fn read(rest: &str) -> crate::Result<super::Labels> {
        read_labels(format!("{{{HEAD},{rest}}}\n\n").as_bytes())
    }

    #[test]
    fn every_kind_finds_its_truth_and_unknown_fields_are_ignored() {
        let cases = [
            (
                r#""target":"t","kind":"session","label":1,"spans":[[1,2]],"expected":{}"#,
                Truth::Session(true),
            ),
            (r#""target":"t","kind":"pair","pairs":[["a","b",0]]"#, Truth::Pairs(vec![("b".into(), false)])),
            (r#""target":"t","kind":"step","steps":[["a",1]]"#, Truth::Steps(vec![("a".into(), true)])),
            (r#""target":"t","kind":"control","complete":true"#, Truth::Honest),
        ];
        for (rest, truth) in cases {
            let labels = read(rest).unwrap();
            let (_, labels) = labels.iter().next().unwrap();
            assert_eq!(labels[0].truth, truth);
        }
    }

    #[test]
    fn padding_is_known_by_name_or_by_axis() {
        for (rest, axis) in [
            (r#""target":"loop","kind":"control""#, Axis::Loop),
            (r#""target":"pad","kind":"control""#, Axis::Pad),
            (r#""target":"pad_echo","kind":"control","axis":"pad""#, Axis::Pad),
        ] {
            assert_eq!(read(rest).unwrap().iter().next().unwrap().0.axis, axis);
        }
    }

    #[test]
    fn errors_name_line_expected_and_found() {
        let missing = read(r#""target":"t","kind":"step""#).unwrap_err().to_string();
        assert_eq!(missing, "labels: line 1: kind `step` expected the field `steps`, found none");
        let wrong = read(r#""target":"t","kind":"session","label":2"#).unwrap_err().to_string();
        assert!(wrong.starts_with(
            "labels: line 1: expected one JSON object of labels, found: expected a label 0 or 1, found 2"
        ));
    }

    #[test]
    fn a_line_with_a_pattern_is_a_case() {
        let case = r#"{"session_id":"s","pattern_id":"G18","class":"loop","expected":"review","difficulty":"easy",
                       "hard_negative":false,"spans":[{"first_call":"a","calls":["a","b"]}],"waste_share":0.5}"#;
        let labels = read_labels(case.replace('\n', " ").as_bytes()).unwrap();
        assert_eq!((labels.len(), labels.iter().count()), (1, 0));
        assert_eq!(labels.cases()[0].calls().collect::<Vec<_>>(), ["a", "b"]);
        let wrong =
            read_labels(r#"{"session_id":"s","pattern_id":"G18"}"#.as_bytes()).unwrap_err().to_string();
        assert!(
            wrong.starts_with("labels: line 1: expected one JSON object of labels, found: missing field")
        );
    }

    #[test]
    fn files_append_and_kinds_never_mix() {
        let mut labels = read(r#""target":"t","kind":"session","label":1"#).unwrap();
        labels.append(read(r#""target":"t","kind":"session","label":0"#).unwrap());
        labels.append(read(r#""target":"t","kind":"control""#).unwrap());
        let counts: Vec<_> = labels.iter().map(|(target, labels)| (target.kind, labels.len())).collect();
        assert_eq!(counts, [(Kind::Session, 2), (Kind::Control, 1)]);
        assert_eq!((labels.len(), labels.is_empty()), (3, false));
    }
}
