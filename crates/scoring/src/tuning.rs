//! Every constant of the judgement that was chosen, in one place, with the rule that chose it. None was chosen on a
//! label.

/// Share of false discoveries that a batch of findings may hold, on average: the customary one.
pub(crate) const FDR_LEVEL: f64 = 0.05;

/// p-value up to which a session stands out by rank alone: the customary one.
pub(crate) const RANK_LEVEL: f64 = 0.05;

/// Waste, as a share of the tokens, from which it is evidence. Rule: half of the fifth of a session that the mixed
/// sessions of the taxonomy spend on a pattern, so that a stretch of which only half was found still counts. One
/// honest call in seven repeats or fails, but most of those never join a span.
pub(crate) const WASTE_SHARE: f64 = 0.10;

/// Part of that share which is evidence when each step counts for as much as its own. Rule: the steps that join a padding span are
/// rather waste than not, and three quarters is the middle between that and certain.
pub(crate) const SURE: f64 = 0.75;

/// Tokens of waste below which no session comes up for review. Rule: they cost a few cents, the minute of a person who reads the
/// finding costs more.
pub(crate) const REVIEW_TOKENS: u64 = 20_000;

/// Steps below which nothing is said. Rule: a loop span takes a first occurrence and three repeats; one more step lets
/// it be less than the whole session.
pub(crate) const MIN_STEPS: u64 = 5;

/// Sessions that a stratum of the reference must weigh to be compared with alone. Rule: with 200 the smallest p-value,
/// doubled for the two axes, is a fifth of the rank level.
pub(crate) const STRATUM_WEIGHT: f64 = 200.0;

/// Share of an unscreened reference, by evidence, that its detectors are not fitted on. Rule: the trimmed share of the
/// published comparisons. The calibration keeps all rows, since trimming it would break the error control.
#[cfg(feature = "linfa")]
pub(crate) const TRIM: f64 = 0.05;

/// Rows that the detectors are fitted on at most. Rule: past a few thousand rows they change no more than with the seed,
/// while a baseline file grows with each row that a detector keeps.
#[cfg(feature = "linfa")]
pub(crate) const DETECTOR_ROWS: usize = 2_000;

/// Percentiles of the reference between which a value is called usual: all but one in ten.
pub(crate) const USUAL: [usize; 2] = [5, 95];

/// Spans that a finding shows, heaviest first: what an analyst can check in a minute.
pub(crate) const SHOWN_SPANS: usize = 5;

/// Drivers that a finding shows: as many.
pub(crate) const SHOWN_DRIVERS: usize = 5;

/// Share of the explanation below which a feature is no driver: one in twenty.
pub(crate) const DRIVER_SHARE: f64 = 0.05;

/// Results and messages after which a live session is assessed again. Rule: twice the length of the shortest loop span, so that an
/// alert is late by no more than one such span, while the cost of a profile is spread over eight model calls.
pub(crate) const CHECK_EVERY: u32 = 8;

/// Moves of an answer from which its repeats may be watching. Rule: one move may be chance.
pub(crate) const MOVES: u64 = 2;

/// Repeats that one move of an answer makes a technical matter. Rule: as many as the fold takes for polling, a pipeline of
/// ten minutes that is looked at twice a minute with some to spare.
pub(crate) const WAITS_PER_MOVE: u64 = 24;

/// Repeats after which an answer that says nothing is known to say no more. Rule: as many as one move of an answer makes a
/// technical matter.
pub(crate) const STUCK_STEPS: u64 = WAITS_PER_MOVE;

/// Repeats that one move of an answer, of a test status or of the plan excuses. Rule: who iterates looks, changes, looks
/// again, and needs a second try as often as not.
pub(crate) const REPEATS_PER_MOVE: u64 = 4;

/// Messages in one wording that somebody may send a day to begin a window of a quota. Rule: as the taxonomy has it.
pub(crate) const PINGS_A_DAY: u64 = 5;

/// Hours between two of them, on average. Rule: as many as lie between five in a day of work.
pub(crate) const PING_HOURS: u64 = 2;
