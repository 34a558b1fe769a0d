//! The verdict table: two keys, evidence and rarity.
//!
//! | verdict | when |
//! |---|---|
//! | `insufficient_evidence` | fewer steps than needed, or nothing in them to compare |
//! | `ok` | the evidence key does not turn: no waste of weight, or a look-alike explains it |
//! | `note` | the evidence key turns, the rarity key does not; or both do, but the waste was cut short from outside |
//! | `review` | both keys turn |
//!
//! The rarity key turns by `q <= level` when the reference is clean and large enough to reject at this batch size, else by
//! the rank `p <= level`. Sessions of insufficient evidence are not tested and do not count in the batch.

use std::cmp::Ordering;

use goodhart_trace::EventId;
use serde::{Deserialize, Serialize};

use crate::baseline::Baseline;
use crate::evidence::{Evidence, heaviest_first, is_sufficient};
use crate::explain::{drivers, unavailable};
use crate::fdr::{Shortfall, q_values};
use crate::finding::{
    FINDING_SCHEMA, Finding, FindingSpan, Keys, Rarity, ReferenceNote, Source, Tokens, Verdict, finding_id,
    hex, rfc3339,
};
use crate::score::Assessed;
use crate::tuning::{FDR_LEVEL, MIN_STEPS, RANK_LEVEL, REVIEW_TOKENS, SHOWN_SPANS, WASTE_SHARE};

/// What the verdict depends on, beside baseline and batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Share of false discoveries allowed among `review` findings, in (0, 1); default .05.
    pub fdr_level: f64,
    /// p-value up to which a session stands out by rank, in (0, 1); default .05.
    pub rank_level: f64,
    /// Waste, as a share of the tokens, from which it is evidence, in [0, 1]; default .10.
    pub waste_share: f64,
    /// Tokens of waste below which a session is at most a `note`; default 20,000. Where tokens are not known it is not asked.
    pub review_tokens: u64,
    /// Steps that a session needs to be judged; default 5.
    pub min_steps: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            fdr_level: FDR_LEVEL,
            rank_level: RANK_LEVEL,
            waste_share: WASTE_SHARE,
            review_tokens: REVIEW_TOKENS,
            min_steps: MIN_STEPS,
        }
    }
}

/// Judges sessions together: one finding each, by start time and then session id; those without a time come last.
///
/// ```
/// use goodhart_features::{Fold, Habits};
/// use goodhart_scoring::{judge, Assessed, Baseline, Options, SessionMeta, Verdict};
///
/// let baseline = Baseline::embedded();
/// let profile = Fold::new(baseline.habits()).into_profile();
/// let assessed = [Assessed::new(SessionMeta::default(), profile, baseline)];
/// let findings = judge(&assessed, baseline, &Options::default());
/// assert_eq!(findings[0].verdict, Verdict::InsufficientEvidence);
/// ```
pub fn judge(assessed: &[Assessed], baseline: &Baseline, options: &Options) -> Vec<Finding> {
    let docket = Docket::of(assessed, baseline, options);
    let mut order: Vec<usize> = (0..assessed.len()).collect();
    order.sort_by(|&a, &b| reading_order(&assessed[a], &assessed[b]));
    order.into_iter().map(|place| docket.finding(place, assessed[place].clone())).collect()
}

/// The order of findings: by start time and then session id; those without a time come last.
pub fn reading_order(a: &Assessed, b: &Assessed) -> Ordering {
    let key = |session: &Assessed| {
        let started = session.profile.started_ms;
        (started.is_none(), started)
    };
    key(a).cmp(&key(b)).then_with(|| a.meta.session_id.cmp(&b.meta.session_id))
}

/// Judges one session alone, as it goes on: the rarity key is the rank of its p-value, and there is no q-value.
pub fn judge_alone(session: &Assessed, baseline: &Baseline, options: &Options) -> Finding {
    let case = Case::of(session, options);
    let rarity = if case.sufficient { by_rank(session, options) } else { Rarity::None };
    write(session.clone(), case, None, rarity, baseline, options)
}

/// The warning that a clean reference is too small for this batch; `None` when it is large enough, or when q-values
/// decide nothing because nobody vouches for the reference.
pub fn shortfall(assessed: &[Assessed], baseline: &Baseline, options: &Options) -> Option<Shortfall> {
    Docket::of(assessed, baseline, options).shortfall()
}

/// Fingerprint of everything that a verdict depends on beside the sessions: baseline and options.
pub fn config_fingerprint(baseline: &Baseline, options: &Options) -> String {
    let Options { fdr_level, rank_level, waste_share, review_tokens, min_steps } = options;
    let options = format!("{fdr_level} {rank_level} {waste_share} {review_tokens} {min_steps}");
    hex(EventId::of(&[&hex(baseline.fingerprint()), &options]).0)
}

/// What can be said of one session without the others.
struct Case {
    sufficient: bool,
    evidence: Evidence,
}

impl Case {
    fn of(session: &Assessed, options: &Options) -> Self {
        let sufficient = is_sufficient(&session.profile, options.min_steps);
        Case { sufficient, evidence: Evidence::of(&session.profile, options) }
    }

    fn verdict(&self, rarity: Rarity) -> Verdict {
        match (self.sufficient, self.evidence.turns, rarity) {
            (false, ..) => Verdict::InsufficientEvidence,
            (true, false, _) => Verdict::Ok,
            (true, true, Rarity::None) => Verdict::Note,
            (true, true, _) if self.evidence.lasts => Verdict::Review,
            (true, true, _) => Verdict::Note,
        }
    }
}

/// The sessions of a batch before they are judged: what a finding depends on of the others. Then each can be judged by
/// itself, on any thread, and be given up for its finding, so that of very many sessions not both are held. [`judge`] does
/// all of it at once.
#[derive(Debug)]
pub struct Docket<'b> {
    baseline: &'b Baseline,
    options: Options,
    /// One entry a session; `None` without sufficient evidence.
    q_values: Vec<Option<f64>>,
    /// Sessions with sufficient evidence.
    tested: usize,
    /// Those whose evidence key turns: the candidates for `review`.
    candidates: usize,
    /// The most sessions that one was compared with; `None` without sessions.
    largest: Option<f64>,
}

impl<'b> Docket<'b> {
    /// Puts down what the sessions of a batch are to each other.
    pub fn of(assessed: &[Assessed], baseline: &'b Baseline, options: &Options) -> Self {
        let sufficient = |session: &Assessed| is_sufficient(&session.profile, options.min_steps);
        let tested: Vec<usize> = (0..assessed.len()).filter(|&place| sufficient(&assessed[place])).collect();
        let p: Vec<f64> = tested.iter().map(|&place| assessed[place].scores.p_value).collect();
        let mut known = vec![None; assessed.len()];
        for (&place, q) in tested.iter().zip(q_values(&p)) {
            known[place] = Some(q);
        }
        let turns = |&&place: &&usize| Evidence::of(&assessed[place].profile, options).turns;
        let candidates = tested.iter().filter(turns).count();
        let largest = assessed.iter().map(|session| session.scores.sessions).reduce(f64::max);
        Docket { baseline, options: *options, q_values: known, tested: tested.len(), candidates, largest }
    }

    /// The finding of the session that stood at this place of the batch.
    pub fn finding(&self, place: usize, session: Assessed) -> Finding {
        let q_value = self.q_values.get(place).copied().flatten();
        let rarity = q_value.map_or(Rarity::None, |q| self.rarity(&session, q));
        let case = Case::of(&session, &self.options);
        write(session, case, q_value, rarity, self.baseline, &self.options)
    }

    /// The warning of [`shortfall`].
    pub fn shortfall(&self) -> Option<Shortfall> {
        let decides = self.baseline.kind().is_clean() && self.tested > 0;
        self.largest.and_then(|sessions| self.shortfall_of(sessions)).filter(|_| decides)
    }

    fn rarity(&self, session: &Assessed, q: f64) -> Rarity {
        let large = self.shortfall_of(session.scores.sessions).is_none();
        match self.baseline.kind().is_clean() && large {
            true if q <= self.options.fdr_level => Rarity::Fdr,
            true => Rarity::None,
            false => by_rank(session, &self.options),
        }
    }

    /// Whether this many sessions are too few to name every candidate of the batch.
    fn shortfall_of(&self, sessions: f64) -> Option<Shortfall> {
        Shortfall::of(sessions, self.tested, self.candidates, self.options.fdr_level)
    }
}

fn by_rank(session: &Assessed, options: &Options) -> Rarity {
    if session.scores.p_value <= options.rank_level { Rarity::Rank } else { Rarity::None }
}

fn write(
    session: Assessed,
    case: Case,
    q_value: Option<f64>,
    rarity: Rarity,
    baseline: &Baseline,
    options: &Options,
) -> Finding {
    let Assessed { meta, profile, scores } = session;
    let tested = |p: f64| case.sufficient.then_some(p);
    let shown = heaviest_first(&profile).into_iter().take(SHOWN_SPANS);
    let spans = shown.map(|span| FindingSpan::of(span, &profile, &meta)).collect();
    Finding {
        schema: FINDING_SCHEMA.into(),
        finding_id: finding_id(&meta.session_id, &profile.spans),
        started_at: rfc3339(profile.started_ms),
        ended_at: rfc3339(profile.ended_ms),
        step_count: profile.steps,
        verdict: case.verdict(rarity),
        keys: Keys { evidence: case.sufficient && case.evidence.turns, rarity },
        loop_score: scores.loop_score,
        pad_score: scores.pad_score,
        anomaly: scores.anomaly,
        p_loop: tested(scores.p_loop),
        p_pad: tested(scores.p_pad),
        p_value: tested(scores.p_value),
        q_value,
        tokens: Tokens::of(&profile),
        ledger: profile.ledger.map(Into::into),
        waste_tokens: profile.ledger.map(|ledger| ledger.waste()),
        waste_share: profile.waste_share(),
        carried_tokens: profile.ledger.map(|_| profile.carried_tokens),
        spans,
        drivers: drivers(&profile, &scores, baseline),
        considered: case.evidence.considered,
        unavailable: unavailable(&profile),
        issues: meta.issues,
        config: config_fingerprint(baseline, options),
        session_id: meta.session_id,
        parent_session_id: meta.parent_session_id,
        actor: meta.actor,
        agent: meta.agent,
        models: profile.models.into_iter().map(String::from).collect(),
        source: Source { format: meta.format, files: meta.files },
        reference: ReferenceNote {
            kind: baseline.kind(),
            sessions: scores.sessions.round() as u64,
            stratum: scores.stratum,
        },
    }
}

#[cfg(all(test, feature = "linfa"))]
mod tests {
    use goodhart_features::{DigestKey, FEATURES, Habits, Profile};
    use goodhart_trace::build::{Session, session as session_of};
    use proptest::prelude::*;

    use super::{Options, config_fingerprint, judge, judge_alone, shortfall};
    use crate::testing::{assessed, blind, looping, profile, working};
    use crate::{Assessed, Baseline, FitOptions, Rarity, ReferenceKind, ReferenceRow, Verdict};

    /// A reference of this many working sessions.
    fn baseline(sessions: usize, kind: ReferenceKind) -> Baseline {
        let work = working(20);
        let names: Vec<String> = (0..sessions).map(|n| n.to_string()).collect();
        let row = |session| ReferenceRow { session, stratum: "a", weight: 1.0, profile: &work };
        let rows: Vec<_> = names.iter().map(|name| row(name.as_str())).collect();
        let options = FitOptions { kind, ..FitOptions::default() };
        Baseline::fit(&rows, Habits::default(), DigestKey(1), &options).expect("because there are sessions")
    }

    fn session(name: &str, profile: Profile, baseline: &Baseline) -> Assessed {
        let mut session = assessed(name, profile);
        session.scores = crate::score(&session.profile, session.meta.stratum(), baseline);
        session
    }

    fn runs(session: Session, _: usize) -> Session {
        session.call("Bash", r#"{"command":"ci status"}"#).result("no runs found")
    }

    fn interrupted() -> Profile {
        profile(session_of("s").repeat(30, runs).abort())
    }

    /// A stuck stretch that was stopped, and later another one that nobody stopped.
    fn stuck_twice() -> Profile {
        let other = |s: Session, _| s.call("Read", r#"{"file_path":"a.rs"}"#).result("fn main() { loop {} }");
        profile(
            session_of("s").repeat(30, runs).abort().prompt("read the main file instead").repeat(30, other),
        )
    }

    fn compacted() -> Profile {
        let mut profile = looping(30);
        for (feature, value) in FEATURES.iter().zip(&mut profile.features) {
            *value = if feature.id == "compactions" { Some(40.0) } else { *value };
        }
        profile.spans.iter_mut().for_each(|span| span.pattern = goodhart_features::Pattern::Reread);
        profile
    }

    /// With waste of any size: the sessions here are small.
    fn however_small() -> Options {
        Options { review_tokens: 0, ..Options::default() }
    }

    #[test]
    fn what_costs_less_than_its_reading_is_a_note() {
        let baseline = baseline(99, ReferenceKind::DeclaredClean);
        let waste = looping(30).ledger.map_or(0, |ledger| ledger.waste());
        for (review_tokens, verdict) in [(waste, Verdict::Review), (waste + 1, Verdict::Note)] {
            let options = Options { review_tokens, ..Options::default() };
            let finding = judge_alone(&session("s", looping(30), &baseline), &baseline, &options);
            assert_eq!(finding.verdict, verdict);
        }
    }

    /// The table of the verdicts, line by line.
    #[test]
    fn verdicts_follow_the_table() {
        use ReferenceKind::{DeclaredClean, Fitted};
        use Verdict::{InsufficientEvidence, Note, Ok, Review};
        let mut small_waste = looping(30);
        small_waste.spans.iter_mut().for_each(|span| span.tokens = 1);
        let cases: [(&str, Profile, usize, ReferenceKind, Verdict, Rarity); 11] = [
            ("too few steps", looping(4), 99, DeclaredClean, InsufficientEvidence, Rarity::None),
            ("nothing to compare", blind(20), 99, DeclaredClean, InsufficientEvidence, Rarity::None),
            ("ordinary work", working(30), 99, DeclaredClean, Ok, Rarity::None),
            ("waste without weight, though rare", small_waste, 99, DeclaredClean, Ok, Rarity::Fdr),
            ("explained by a look-alike", compacted(), 99, DeclaredClean, Ok, Rarity::Fdr),
            ("both keys, clean reference", looping(30), 99, DeclaredClean, Review, Rarity::Fdr),
            ("both keys, unscreened reference", looping(30), 99, Fitted, Review, Rarity::Rank),
            ("reference too small to be rare in", looping(30), 9, DeclaredClean, Note, Rarity::None),
            ("cut short", interrupted(), 99, DeclaredClean, Note, Rarity::Fdr),
            ("one stretch of two cut short", stuck_twice(), 99, DeclaredClean, Review, Rarity::Fdr),
            ("cut short and not rare", interrupted(), 9, Fitted, Note, Rarity::None),
        ];
        for (name, profile, sessions, kind, verdict, rarity) in cases {
            let baseline = baseline(sessions, kind);
            let finding = judge(&[session("s", profile, &baseline)], &baseline, &however_small()).remove(0);
            assert_eq!((finding.verdict, finding.keys.rarity), (verdict, rarity), "{name}: {finding:?}");
        }
    }

    #[test]
    fn in_a_batch_too_large_for_the_reference_the_rank_decides_and_a_warning_says_so() {
        let baseline = baseline(99, ReferenceKind::DeclaredClean);
        let mut batch: Vec<_> = (0..50).map(|n| session(&n.to_string(), working(20), &baseline)).collect();
        batch.push(session("x", looping(30), &baseline));
        let findings = judge(&batch, &baseline, &however_small());
        let named: Vec<_> = findings.iter().filter(|finding| finding.verdict == Verdict::Review).collect();
        assert_eq!((named.len(), named[0].keys.rarity), (1, Rarity::Rank));
        assert!(named[0].q_value.unwrap() > 0.05);
        let warning = shortfall(&batch, &baseline, &Options::default()).unwrap();
        assert_eq!((warning.batch, warning.rejections, warning.sessions_needed()), (51, 1, 2039));
        assert!(shortfall(&batch[50..], &baseline, &Options::default()).is_none());
    }

    #[test]
    fn sessions_of_insufficient_evidence_do_not_count_in_the_batch() {
        let baseline = baseline(99, ReferenceKind::DeclaredClean);
        let mut batch = vec![session("x", looping(30), &baseline)];
        let alone = judge(&batch, &baseline, &Options::default()).remove(0).q_value;
        batch.extend((0..50).map(|n| session(&n.to_string(), working(2), &baseline)));
        let findings = judge(&batch, &baseline, &Options::default());
        assert_eq!(findings.iter().find(|finding| finding.session_id == "x").unwrap().q_value, alone);
    }

    #[test]
    fn findings_come_by_start_time_and_id() {
        let baseline = Baseline::embedded();
        let mut late = looping(10);
        late.started_ms = late.started_ms.map(|start| start + 1);
        let mut timeless = looping(10);
        timeless.started_ms = None;
        let batch = [("a", timeless), ("b", late), ("d", looping(10)), ("c", looping(10))];
        let batch = batch.map(|(name, profile)| session(name, profile, baseline));
        let findings = judge(&batch, baseline, &Options::default());
        let order: Vec<_> = findings.iter().map(|finding| finding.session_id.as_str()).collect();
        assert_eq!(order, ["c", "d", "b", "a"]);
    }

    #[test]
    fn alone_there_is_no_q_value() {
        let baseline = baseline(99, ReferenceKind::DeclaredClean);
        let finding = judge_alone(&session("s", looping(30), &baseline), &baseline, &however_small());
        assert_eq!(
            (finding.verdict, finding.keys.rarity, finding.q_value),
            (Verdict::Review, Rarity::Rank, None)
        );
    }

    #[test]
    fn the_configuration_has_a_fingerprint() {
        let (baseline, options) = (Baseline::embedded(), Options::default());
        assert_eq!(config_fingerprint(baseline, &options).len(), 16);
        let stricter = Options { waste_share: 0.2, ..options };
        assert_ne!(config_fingerprint(baseline, &options), config_fingerprint(baseline, &stricter));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// For all batches: the order in which sessions come changes nothing.
        #[test]
        fn the_order_of_the_batch_does_not_matter(sizes in prop::collection::vec((any::<bool>(), 2..30_usize), 1..12)) {
            let baseline = Baseline::embedded();
            let profile = |&(loops, steps): &(bool, usize)| if loops { looping(steps) } else { working(steps) };
            let mut batch: Vec<_> = sizes.iter().enumerate()
                .map(|(n, size)| session(&n.to_string(), profile(size), baseline)).collect();
            let forwards = judge(&batch, baseline, &Options::default());
            batch.reverse();
            prop_assert_eq!(judge(&batch, baseline, &Options::default()), forwards);
        }
    }
}
