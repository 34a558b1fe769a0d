//! What the fold knows of a session at one point: feature row, spans, ledger, scores, and the steps where asked for.

use std::collections::BTreeMap;

use goodhart_trace::Usage;
use serde::{Deserialize, Serialize};

use crate::families::{FEATURES, Facts};
use crate::ledger::{Account, Entry, Ledger, Mass, TokenQuality};
use crate::span::Span;
use crate::state::State;
use crate::step::{Place, StepKind};
use crate::tuning::BYTES_PER_TOKEN;

/// The profile of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Steps.
    pub steps: u64,
    /// Model calls.
    pub requests: u64,
    /// Absolute evidence of looping in [0, 1], higher is worse: root of the share of steps that recur without gain.
    pub loop_score: f64,
    /// Absolute evidence of padding in [0, 1], higher is worse: cube root of the share of own words that add nothing. Words
    /// are many and steps few, so that honest shares are smaller here than among loops; the cube root brings the ordinary
    /// tails of both scores to one height, and the larger of the two ranks a session.
    pub pad_score: f64,
    /// One value a feature in the order of [`FEATURES`]; `None` where the source lacks what it needs.
    pub features: Vec<Option<f64>>,
    /// Stretches that count as evidence, by their first step; loops before padding.
    pub spans: Vec<Span>,
    /// Stretches that would be evidence, had the answer to their question not moved: polling.
    pub polls: Vec<Span>,
    /// Billed tokens by class.
    pub usage: Usage,
    /// How the tokens are known.
    pub token_quality: TokenQuality,
    /// Where the tokens went; `None` when there is neither usage nor text.
    pub ledger: Option<Ledger>,
    /// Tokens that later requests have paid to read padded output again; beside the ledger, not in it.
    pub carried_tokens: u64,
    /// First time stamp, milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// Last time stamp.
    pub ended_ms: Option<i64>,
    /// Models that were called, sorted.
    pub models: Vec<Box<str>>,
    /// The steps, where [`Fold::with_steps`](crate::Fold::with_steps) asked for them; else empty.
    pub step_records: Vec<StepRecord>,
}

/// What was found out about one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Where it stands.
    pub place: Place,
    /// Call or message.
    pub kind: StepKind,
    /// The tool that was called.
    pub tool: Option<Box<str>>,
    /// Share of the step that was not there before, in [0, 1].
    pub novelty: Option<f64>,
    /// Evidence of looping in [0, 1].
    pub looped: f64,
    /// The same against the step just before only.
    pub looped_previous: f64,
    /// Evidence of padding in [0, 1].
    pub padded: f64,
    /// The same against the speech just before only.
    pub padded_previous: f64,
    /// Progress credit in [0, 1].
    pub progress: f64,
    /// Where its tokens are booked.
    pub account: Account,
    /// Tokens of the step; `None` when the session has neither usage nor text.
    pub tokens: Option<u64>,
    pub(crate) mass: Mass,
    pub(crate) spans: [Option<u32>; 2],
}

impl StepRecord {
    pub(crate) fn book(&mut self, entry: &Entry, mass: Mass) {
        self.account = entry.account;
        self.spans = entry.spans;
        self.mass.add(mass);
    }
}

impl Profile {
    /// The value of a feature, by its id.
    pub fn feature(&self, id: &str) -> Option<f64> {
        let index = FEATURES.iter().position(|feature| feature.id == id)?;
        self.features.get(index).copied().flatten()
    }

    /// Waste as a share of the tokens, in [0, 1]; `None` without a ledger.
    pub fn waste_share(&self) -> Option<f64> {
        self.ledger.map(|ledger| ledger.waste_share())
    }

    pub(crate) fn of(mut state: State) -> Profile {
        let scale = Scale::of(&state);
        let (ledger, mut spans) = settle(&state, &scale);
        let mut polls = state.loops.polls();
        // Profiles are kept by the thousand, and a list that has grown has room for more.
        spans.shrink_to_fit();
        polls.shrink_to_fit();
        let step_records = records(&mut state, &scale);
        let usage = scale.usage(&state);
        state.tally.loops.take_back(state.loops.waited_evidence());
        let facts = Facts {
            tally: &state.tally,
            usage: &usage,
            ledger: &ledger,
            requests: state.booking.requests(),
            spans: &spans,
            carried: state.carried,
        };
        Profile {
            steps: state.tally.steps,
            requests: state.booking.requests(),
            loop_score: state.tally.loops.score(),
            pad_score: state.tally.pads.pad_score(),
            features: FEATURES
                .iter()
                .map(|feature| (feature.value)(&facts).filter(|value| value.is_finite()))
                .collect(),
            spans,
            polls,
            usage,
            token_quality: scale.quality,
            ledger: (scale.quality != TokenQuality::Absent).then_some(ledger),
            carried_tokens: state.carried,
            started_ms: state.started_ms,
            ended_ms: state.ended_ms,
            models: state.models.into_iter().collect(),
            step_records,
        }
    }
}

/// How masses turn into tokens.
struct Scale {
    quality: TokenQuality,
    /// Tokens of the session.
    total: u64,
    bytes: u64,
}

impl Scale {
    fn of(state: &State) -> Self {
        let quality = state.booking.quality(state.bytes);
        let bytes = state.bytes.saturating_add(state.booking.sent());
        let stated = state.booking.totals().total();
        let total =
            if stated == 0 && quality == TokenQuality::Estimated { bytes / BYTES_PER_TOKEN } else { stated };
        Scale { quality, total, bytes }
    }

    /// Tokens of a mass, rounded down.
    fn tokens(&self, mass: Mass) -> u64 {
        match self.quality {
            TokenQuality::Exact => mass.tokens,
            _ => (u128::from(self.total) * u128::from(mass.bytes) / u128::from(self.bytes.max(1))) as u64,
        }
    }

    /// Usage as stated; text without usage counts as output where it is logged, and as input each time it is sent again.
    fn usage(&self, state: &State) -> Usage {
        let stated = state.booking.totals();
        if stated.total() > 0 {
            return stated;
        }
        let output = self.total.min(state.bytes / BYTES_PER_TOKEN);
        Usage { input: self.total - output, output, ..Usage::default() }
    }
}

/// The ledger and the spans with their tokens: what counting spans hold moves from the accounts that their steps
/// would have without them.
fn settle(state: &State, scale: &Scale) -> (Ledger, Vec<Span>) {
    let mut accounts = state.accounts.clone();
    let mut spans = Vec::new();
    for (tracker, waste) in [(&state.loops, Account::Looped), (&state.pads, Account::Padded)] {
        for (mut span, masses) in tracker.evidence() {
            span.tokens = move_masses(&mut accounts, masses, waste, scale);
            spans.push(span);
        }
    }
    (ledger(&accounts, scale), spans)
}

fn move_masses(
    accounts: &mut BTreeMap<Account, Mass>,
    masses: BTreeMap<Account, Mass>,
    waste: Account,
    scale: &Scale,
) -> u64 {
    let mut moved = Mass::default();
    for (account, mass) in masses {
        let from = accounts.entry(account).or_default();
        from.tokens = from.tokens.saturating_sub(mass.tokens);
        from.bytes = from.bytes.saturating_sub(mass.bytes);
        moved.add(mass);
    }
    accounts.entry(waste).or_default().add(moved);
    scale.tokens(moved)
}

/// Masses to tokens; what rounding leaves over goes to the largest account.
fn ledger(accounts: &BTreeMap<Account, Mass>, scale: &Scale) -> Ledger {
    let mut ledger = Ledger::default();
    for (&account, &mass) in accounts {
        *ledger.account(account) = scale.tokens(mass);
    }
    let largest =
        accounts.iter().max_by_key(|(_, mass)| (mass.tokens, mass.bytes)).map(|(&account, _)| account);
    let left = scale.total.saturating_sub(ledger.total());
    *ledger.account(largest.unwrap_or(Account::Unexplained)) += left;
    ledger
}

/// The step records with the accounts that their spans give them.
fn records(state: &mut State, scale: &Scale) -> Vec<StepRecord> {
    let mut records = state.records.take().unwrap_or_default();
    for record in &mut records {
        let [looped, padded] = record.spans;
        if looped.is_some_and(|span| state.loops.counts(span)) {
            record.account = Account::Looped;
        } else if looped.is_none() && padded.is_some_and(|span| state.pads.counts(span)) {
            record.account = Account::Padded;
        }
        record.tokens = (scale.quality != TokenQuality::Absent).then(|| scale.tokens(record.mass));
    }
    records
}
