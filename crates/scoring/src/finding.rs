//! What is said of a session: the object behind one line of `scan --format jsonl`.
//!
//! Field names, their order and their types are a contract with programs; fields may be added, never renamed. What is
//! not known is `None`, printed as `null`, never 0.

use std::borrow::Cow;
use std::fmt;

use goodhart_features::{Ledger, Place, Profile, Span, TokenQuality};
use goodhart_trace::EventId;
use serde::{Deserialize, Serialize};

use crate::baseline::ReferenceKind;
use crate::meta::SessionMeta;

/// Name and version of the form of a [`Finding`].
pub const FINDING_SCHEMA: &str = "goodhart.finding/1";

/// One session, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// [`FINDING_SCHEMA`].
    #[cfg_attr(feature = "schema", schemars(extend("const" = FINDING_SCHEMA)))]
    pub schema: Cow<'static, str>,
    /// Stable identity: of the session, and of the first unit that recurred in it. It stays when the session grows, is
    /// scored anew or under another configuration.
    pub finding_id: String,
    /// The session; a sub-agent is `parent/agent`.
    pub session_id: String,
    /// The session that started it.
    pub parent_session_id: Option<String>,
    /// Who ran it, or a pseudonym.
    pub actor: Option<String>,
    /// The program that wrote the log.
    pub agent: Option<String>,
    /// Models that were called, sorted.
    pub models: Vec<String>,
    /// Where it was read.
    pub source: Source,
    /// First time stamp, RFC 3339.
    pub started_at: Option<String>,
    /// Last time stamp, RFC 3339.
    pub ended_at: Option<String>,
    /// Steps.
    pub step_count: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// The keys that turned.
    pub keys: Keys,
    /// Looping, in [0, 1], higher is worse.
    pub loop_score: f64,
    /// Padding, in [0, 1], higher is worse.
    pub pad_score: f64,
    /// How strange the features are as a whole, in [0, 1].
    pub anomaly: f64,
    /// p-value of the loop score; null without sufficient evidence.
    pub p_loop: Option<f64>,
    /// p-value of the pad score; null without sufficient evidence.
    pub p_pad: Option<f64>,
    /// p-value of the session; null without sufficient evidence.
    pub p_value: Option<f64>,
    /// Its q-value in the batch; null without sufficient evidence, and for a session that is judged alone.
    pub q_value: Option<f64>,
    /// What it was compared with.
    pub reference: ReferenceNote,
    /// Billed tokens.
    pub tokens: Tokens,
    /// Where they went: six accounts that sum to the total; null when tokens are absent.
    pub ledger: Option<Accounts>,
    /// Looped and padded tokens.
    pub waste_tokens: Option<u64>,
    /// Their share of the total, in [0, 1].
    pub waste_share: Option<f64>,
    /// Tokens that later requests paid to read padding again; beside the ledger, not in it.
    pub carried_tokens: Option<u64>,
    /// The heaviest stretches of evidence, at most five.
    pub spans: Vec<FindingSpan>,
    /// The features that drove the score, the strongest first.
    pub drivers: Vec<Driver>,
    /// Honest work that it looks like.
    pub considered: Vec<Considered>,
    /// Families of features that the log does not support.
    pub unavailable: Vec<String>,
    /// Issues met while reading.
    pub issues: u64,
    /// Fingerprint of baseline and options.
    pub config: String,
}

/// What is said of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No waste of weight, or honest work explains it.
    Ok,
    /// Waste worth fixing.
    Note,
    /// Waste that is rare too: a human should look.
    Review,
    /// Too little is known to say anything.
    InsufficientEvidence,
}

/// The keys that turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Keys {
    /// Waste of weight that no look-alike explains.
    pub evidence: bool,
    /// Rare beside the reference, and by which rule.
    pub rarity: Rarity,
}

/// How the rarity key turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Rarity {
    /// By its q-value: the share of false discoveries is controlled.
    Fdr,
    /// By its p-value alone.
    Rank,
    /// It did not turn.
    None,
}

/// Where a session was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Source {
    /// The format of the log.
    pub format: Option<String>,
    /// The files; positions index this list.
    pub files: Vec<String>,
}

/// What a session was compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReferenceNote {
    /// How the reference was chosen.
    pub kind: ReferenceKind,
    /// Sessions that the p-values count against.
    pub sessions: u64,
    /// The group of sessions compared with; null when that is the whole reference.
    pub stratum: Option<String>,
}

/// Billed tokens of a session; all null when absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tokens {
    /// All of them: the sum of the next four.
    pub total: Option<u64>,
    /// Prompt tokens outside of any cache.
    pub input: Option<u64>,
    /// Prompt tokens read from a cache.
    pub cache_read: Option<u64>,
    /// Prompt tokens written to a cache.
    pub cache_write: Option<u64>,
    /// Generated tokens, reasoning included.
    pub output: Option<u64>,
    /// The part of the output that is known to be reasoning.
    pub reasoning: Option<u64>,
    /// How they are known.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("enum" = ["exact", "estimated", "absent"])))]
    pub quality: TokenQuality,
}

/// The six accounts of the ledger, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Accounts {
    /// Steps that changed the world.
    pub productive: u64,
    /// Steps with content.
    pub exploratory: u64,
    /// Requests that the harness made for itself.
    pub overhead: u64,
    /// Recurring steps of loop spans, first occurrences excepted.
    pub looped: u64,
    /// Steps of padding spans.
    pub padded: u64,
    /// Steps with neither progress nor content.
    pub unexplained: u64,
}

/// A stretch of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FindingSpan {
    /// `loop` or `padding`.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("enum" = ["loop", "padding"])))]
    pub kind: goodhart_features::Axis,
    /// How it recurs; the list of patterns may grow.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub pattern: goodhart_features::Pattern,
    /// The tool that most of its steps call.
    pub tool: Option<String>,
    /// The usual distance of a step from what it repeats; null for padding.
    pub period: Option<u64>,
    /// How often a unit came again, at most.
    pub repeats: u64,
    /// Identity of the first recurring unit.
    pub recurring: String,
    /// What was not equal to the byte.
    pub varies: Vec<String>,
    /// Steps that recur, first occurrences excepted.
    pub steps: u64,
    /// Tokens booked to them; null when tokens are absent.
    pub tokens: Option<u64>,
    /// The first occurrence.
    pub first: SpanPlace,
    /// The latest step.
    pub last: SpanPlace,
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SpanPlace {
    /// Number of the step in its session, from 0.
    pub step: u64,
    /// Index of the file in `source.files`.
    pub file: Option<u32>,
    /// Line in the decompressed file, from 1.
    pub line: Option<u64>,
    /// Byte in the decompressed file, from 0.
    pub byte: u64,
    /// Call id; for messages the id of the request.
    pub call_id: Option<String>,
    /// Time stamp, RFC 3339.
    pub at: Option<String>,
}

/// A feature that drove the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Driver {
    /// Id of the feature.
    pub feature: Cow<'static, str>,
    /// Observed value.
    pub value: f64,
    /// Its unit.
    pub unit: Cow<'static, str>,
    /// Usual values: 5th and 95th percentile of the reference; null when no session of it has the feature.
    pub usual: Option<[f64; 2]>,
    /// Median of the reference; null as `usual`.
    #[serde(default)]
    pub median: Option<f64>,
    /// Share of the reference below the observed value, ties half, in [0, 1]; null as `usual`.
    #[serde(default)]
    pub percentile: Option<f64>,
    /// How far the value lies from what the session's other values let expect, in deviations: beyond 3 the combination is unusual,
    /// even where each value is ordinary. Null when no detector of the baseline knows how the features go together.
    #[serde(default)]
    pub combination: Option<f64>,
    /// Share of the explanation, in [0, 1].
    pub contribution: f64,
}

/// A look-alike that was held against the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Considered {
    /// Its id in the taxonomy.
    pub lookalike: Cow<'static, str>,
    /// Whether it explains the heaviest span that looks like it.
    pub outcome: Outcome,
    /// Because of what.
    pub because: String,
}

/// What became of a look-alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It explains the span.
    Accepted,
    /// It does not.
    Rejected,
}

impl Verdict {
    /// Whether this is at least as severe as another: `ok < note < review`. Insufficient evidence is outside of the
    /// order and at least as severe as nothing but itself.
    ///
    /// ```
    /// use goodhart_scoring::Verdict::{InsufficientEvidence, Note, Ok, Review};
    ///
    /// assert!(Review.is_at_least(Note) && !Ok.is_at_least(Note));
    /// assert!(!InsufficientEvidence.is_at_least(Ok));
    /// ```
    pub fn is_at_least(self, other: Verdict) -> bool {
        match (self.severity(), other.severity()) {
            (Some(mine), Some(theirs)) => mine >= theirs,
            (mine, theirs) => mine == theirs,
        }
    }

    fn severity(self) -> Option<u8> {
        match self {
            Verdict::Ok => Some(0),
            Verdict::Note => Some(1),
            Verdict::Review => Some(2),
            Verdict::InsufficientEvidence => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Ok => "ok",
            Verdict::Note => "note",
            Verdict::Review => "review",
            Verdict::InsufficientEvidence => "insufficient_evidence",
        })
    }
}

impl Tokens {
    pub(crate) fn of(profile: &Profile) -> Self {
        let known = |count| (profile.token_quality != TokenQuality::Absent).then_some(count);
        let usage = &profile.usage;
        Tokens {
            total: known(usage.total()),
            input: known(usage.input),
            cache_read: known(usage.cache_read),
            cache_write: known(usage.cache_write),
            output: known(usage.output),
            reasoning: usage.reasoning.and_then(known),
            quality: profile.token_quality,
        }
    }
}

impl From<Ledger> for Accounts {
    fn from(ledger: Ledger) -> Self {
        let Ledger { productive, exploratory, overhead, looped, padded, unexplained } = ledger;
        Accounts { productive, exploratory, overhead, looped, padded, unexplained }
    }
}

impl FindingSpan {
    pub(crate) fn of(span: &Span, profile: &Profile, meta: &SessionMeta) -> Self {
        FindingSpan {
            kind: span.axis,
            pattern: span.pattern,
            tool: span.tool.as_deref().map(str::to_owned),
            period: (span.period > 0).then_some(span.period),
            repeats: span.repeats,
            recurring: hex(span.recurring),
            varies: span.varies.clone(),
            steps: span.steps,
            tokens: profile.ledger.map(|_| span.tokens),
            first: SpanPlace::of(&span.first, meta),
            last: SpanPlace::of(&span.last, meta),
        }
    }
}

impl SpanPlace {
    pub(crate) fn of(place: &Place, meta: &SessionMeta) -> Self {
        SpanPlace {
            step: place.step,
            file: meta.file_index(place.position.file),
            line: (place.position.line > 0).then_some(place.position.line),
            byte: place.position.byte,
            call_id: place.call.as_deref().map(str::to_owned),
            at: rfc3339(place.time_ms),
        }
    }
}

/// Identity of the finding of a session: session, axis and first recurring unit of the span that begins first. Spans
/// grow, merge and change their weight; where the first one began does not.
pub(crate) fn finding_id(session: &str, spans: &[Span]) -> String {
    let first = spans.iter().min_by_key(|span| (span.first.step, span.axis));
    let id = match first {
        Some(span) => EventId::of(&[session, &format!("{:?}", span.axis), &hex(span.recurring)]),
        None => EventId::of(&[session, "none"]),
    };
    hex(id.0)
}

/// A time as RFC 3339 in UTC; `None` outside of the years that it can write.
pub fn rfc3339(time_ms: Option<i64>) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(time_ms?).ok()?;
    Some(time.to_string())
}

pub(crate) fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}

/// Three lines at most: who and what, where the tokens went, what recurred.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agent = self.agent.as_deref().unwrap_or("unknown agent");
        write!(f, "{}: {} ({agent}, {} steps): ", self.verdict, self.session_id, self.step_count)?;
        write!(f, "loop {:.2}, pad {:.2}", self.loop_score, self.pad_score)?;
        if let Some(p) = self.p_value {
            write!(f, ", p {}", small(p))?;
        }
        if let Some(q) = self.q_value {
            write!(f, ", q {}", small(q))?;
        }
        if let (Some(share), Some(total), true) =
            (self.waste_share, self.tokens.total, !self.spans.is_empty())
        {
            write!(f, "\n  {:.0} % of {total} tokens brought nothing", 100.0 * share)?;
        }
        self.spans.first().map_or(Ok(()), |span| write!(f, "\n  {span}"))
    }
}

impl fmt::Display for FindingSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tool = self.tool.as_deref().unwrap_or("messages");
        write!(f, "steps {} to {}: {tool}: {}", self.first.step, self.last.step, self.pattern.meaning())?;
        write!(f, ", {} times", self.steps)
    }
}

/// A probability with two digits that say something.
fn small(p: f64) -> String {
    if p < 0.001 { format!("{p:.1e}") } else { format!("{p:.3}") }
}

#[cfg(test)]
mod tests {
    use goodhart_features::Profile;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{Finding, Verdict, finding_id, rfc3339};
    use crate::testing::{assessed, looping, working};
    use crate::{Baseline, Options, judge};

    fn finding(profile: Profile) -> Finding {
        judge(&[assessed("s", profile)], Baseline::embedded(), &Options::default()).remove(0)
    }

    /// The keys of the contract, in its order.
    const KEYS: &str = "schema finding_id session_id parent_session_id actor agent models source started_at ended_at \
        step_count verdict keys loop_score pad_score anomaly p_loop p_pad p_value q_value reference tokens ledger \
        waste_tokens waste_share carried_tokens spans drivers considered unavailable issues config";
    const NESTED: &[(&str, &str)] = &[
        ("/source", "format files"),
        ("/keys", "evidence rarity"),
        ("/reference", "kind sessions stratum"),
        ("/tokens", "total input cache_read cache_write output reasoning quality"),
        ("/ledger", "productive exploratory overhead looped padded unexplained"),
        ("/spans/0", "kind pattern tool period repeats recurring varies steps tokens first last"),
        ("/spans/0/first", "step file line byte call_id at"),
        ("/spans/0/last", "step file line byte call_id at"),
        ("/drivers/0", "feature value unit usual median percentile combination contribution"),
        ("/considered/0", "lookalike outcome because"),
    ];

    /// Keys of an object in the order in which they are written; the values of the test hold no braces or quotes.
    fn keys_as_written(object: &str) -> Vec<String> {
        let (mut depth, mut keys) = (0, Vec::new());
        let mut rest = object;
        while let Some(at) = rest.find(['{', '}', '[', ']', '"']) {
            match &rest[at..=at] {
                "{" | "[" => depth += 1,
                "}" | "]" => depth -= 1,
                _ => {
                    let end = at + 1 + rest[at + 1..].find('"').unwrap();
                    if depth == 1 && rest[end + 1..].starts_with(':') {
                        keys.push(rest[at + 1..end].to_owned());
                    }
                    rest = &rest[end + 1..];
                    continue;
                }
            }
            rest = &rest[at + 1..];
        }
        keys
    }

    #[test]
    fn keys_stand_as_the_contract_lists_them() {
        let finding = finding(looping(30));
        let written = serde_json::to_string(&finding).unwrap();
        assert_eq!(keys_as_written(&written), KEYS.split_whitespace().collect::<Vec<_>>());
        let value: Value = serde_json::from_str(&written).unwrap();
        for (place, expected) in NESTED {
            let object =
                value.pointer(place).unwrap_or_else(|| panic!("{place} is absent")).as_object().unwrap();
            let mut expected: Vec<_> = expected.split_whitespace().collect();
            let mut found: Vec<_> = object.keys().map(String::as_str).collect();
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{place}");
        }
        assert_eq!(serde_json::from_str::<Finding>(&written).unwrap(), finding);
    }

    #[test]
    fn words_of_the_contract_are_used() {
        let value = serde_json::to_value(finding(looping(30))).unwrap();
        assert_eq!(value["schema"], "goodhart.finding/1");
        assert_eq!(
            (&value["spans"][0]["kind"], &value["spans"][0]["pattern"]),
            (&"loop".into(), &"repeat".into())
        );
        assert_eq!(
            (&value["tokens"]["quality"], &value["reference"]["kind"]),
            (&"estimated".into(), &"embedded".into())
        );
        assert_eq!(value["started_at"], "2026-03-02T09:00:00Z");
    }

    #[test]
    fn what_is_not_known_is_null() {
        let mut blind = working(2);
        (blind.ledger, blind.started_ms) = (None, None);
        blind.token_quality = goodhart_features::TokenQuality::Absent;
        let value = serde_json::to_value(finding(blind)).unwrap();
        let nulls =
            ["started_at", "p_value", "q_value", "ledger", "waste_tokens", "waste_share", "carried_tokens"];
        assert!(nulls.iter().all(|key| value[key].is_null()), "{value}");
        assert!(value["tokens"]["total"].is_null() && value["tokens"]["quality"] == "absent");
        assert_eq!(value["verdict"], "insufficient_evidence");
    }

    #[test]
    fn ledger_and_classes_sum_to_the_total() {
        let finding = finding(looping(30));
        let (tokens, ledger) = (finding.tokens, finding.ledger.unwrap());
        let accounts = [ledger.productive, ledger.exploratory, ledger.overhead, ledger.looped, ledger.padded];
        assert_eq!(tokens.total, Some(accounts.iter().sum::<u64>() + ledger.unexplained));
        let classes = [tokens.input, tokens.cache_read, tokens.cache_write, tokens.output];
        assert_eq!(tokens.total, Some(classes.iter().flatten().sum()));
        assert_eq!(finding.waste_tokens, Some(ledger.looped + ledger.padded));
    }

    #[test]
    fn a_finding_prints_in_three_lines() {
        let text = finding(looping(30)).to_string();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains("s (unknown agent, 30 steps): loop 0."), "{text}");
        assert!(text.contains("steps 0 to 29: Bash: one call, again and again"), "{text}");
        assert_eq!(finding(working(2)).to_string().lines().count(), 1);
    }

    #[test]
    fn times_outside_of_all_calendars_are_not_known() {
        assert_eq!(rfc3339(Some(i64::MAX)), None);
        assert_eq!(rfc3339(Some(1_500)).as_deref(), Some("1970-01-01T00:00:01.5Z"));
    }

    #[test]
    fn the_order_of_verdicts_leaves_out_insufficient_evidence() {
        use Verdict::{InsufficientEvidence, Note, Ok, Review};
        assert!(InsufficientEvidence.is_at_least(InsufficientEvidence));
        assert!(!Review.is_at_least(InsufficientEvidence));
        assert!(Note.is_at_least(Ok) && !Note.is_at_least(Review));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// For all lengths of a loop: one id, as long as it is the first; another session has another one.
        #[test]
        fn the_id_stays_while_a_span_grows(short in 6..20_usize, more in 1..40_usize) {
            let (before, after) = (looping(short), looping(short + more));
            prop_assert_eq!(finding_id("s", &before.spans), finding_id("s", &after.spans));
            prop_assert_ne!(finding_id("s", &before.spans), finding_id("t", &before.spans));
            prop_assert_ne!(finding_id("s", &before.spans), finding_id("s", &[]));
        }
    }
}
