//! Every constant of the evidence that was chosen, in one place, with the rule that chose it.
//!
//! Rule for all of them: a round number in the middle of a range in which the quality on spliced sessions of **other**
//! seeds than the labelled ones does not change by more than its interval. None was chosen on a human label.

/// Steps that a step is compared with. Evidence beyond it is kept for exactly equal calls and results only.
pub(crate) const WINDOW: usize = 64;

/// Pieces of a step that are kept for comparison, in each channel.
pub(crate) const SKETCH: usize = 32;

/// Hashes that a session remembers in each channel.
pub(crate) const MEMORY: usize = 2048;

/// Recurrences at which a step is as likely a loop as not: one re-read or re-run is ordinary, two may be.
pub(crate) const RECURRENCES: f64 = 2.0;

/// Share of the recurrences of the step before that a recurring step inherits.
pub(crate) const MOMENTUM: f64 = 0.5;

/// A match weaker than this is no recurrence: unrelated calls share words.
pub(crate) const FAINT: f64 = 0.3;

/// Share of the moves of a call's result that is remembered from one call to the next.
pub(crate) const MOVES_KEPT: f64 = 0.75;

/// Repeats of a question that its moving answer excuses: a pipeline of ten minutes, looked at twice a minute, with
/// some to spare.
pub(crate) const REPEATS_PER_MOVE: u64 = 24;

/// Steps within which a question is put again by who waits for its answer.
pub(crate) const WAIT: u64 = 3;

/// Share of new lines, numbers, times and ids aside, from which a result is no repetition at all.
pub(crate) const FULL_GAIN: f64 = 0.4;

/// Share of new words at which an edit counts in full: an edit quotes what it replaces.
pub(crate) const EDIT_IN_FULL: f64 = 0.2;

/// Words newly written since a step that make half an alibi for repeating it.
pub(crate) const ALIBI_WORDS: f64 = 25.0;

/// Words of an unchanged result that void half of the alibi: a short receipt may well be the same after an edit.
pub(crate) const RECEIPT_WORDS: f64 = 12.0;

/// What an equal call with an equal result counts beyond a similar one: it can be no coincidence.
pub(crate) const EQUAL: f64 = 0.5;

/// Weight of a match with what a compaction has taken out of the model's view.
pub(crate) const FORGOTTEN: f64 = 0.3;

/// Similarity of two results from which they are one answer, whatever their numbers.
pub(crate) const SAME_ANSWER: f64 = 0.8;

/// Weight of arguments that are part of others, beside equal ones.
pub(crate) const PART: f64 = 0.6;

/// Weight of the recurrences of a call that failed: trying again has a technical cause.
pub(crate) const FAILED: f64 = 0.5;

/// Weight of a match across different tools.
pub(crate) const OTHER_TOOL: f64 = 0.6;

/// Weight of a match of calls whose results the source does not log.
pub(crate) const UNSEEN_RESULT: f64 = 0.6;

/// Novelty of content that is new in its masked parts only, when those are a counter or a time stamp.
pub(crate) const VOLATILE_NOVELTY: f64 = 0.15;

/// Loop value from which a step joins a span.
pub(crate) const JOIN: f64 = 0.15;

/// Loop value that one step of a span must reach for the span to count.
pub(crate) const PEAK: f64 = 0.5;

/// Recurring steps, beyond the first occurrences, that a loop span needs; padding steps that a session needs. One text
/// that restates something is ordinary.
pub(crate) const SPAN_STEPS: u32 = 3;

/// Times that work must be thrown away unused for it to count: a spike is tried once and dropped.
pub(crate) const DISCARDS: u64 = 3;

/// Steps between two looped steps of one stretch.
pub(crate) const GAP: u32 = 2;

/// Texts that are kept of one speech.
pub(crate) const TEXTS: usize = 64;

/// Spans that are held open.
pub(crate) const SPANS: usize = 48;

/// Words of own text at which a text counts half: a short remark is no padding.
pub(crate) const REMARK_WORDS: f64 = 25.0;

/// Requests whose usage may still grow.
pub(crate) const OPEN_REQUESTS: usize = 16;

/// Closed requests that are known again when they come back.
pub(crate) const KNOWN_REQUESTS: usize = 128;

/// Progress from which a step counts as productive.
pub(crate) const PRODUCTIVE: f64 = 0.5;

/// Novelty below which a step brought nothing that was not there.
pub(crate) const STALE: f64 = 0.2;

/// Share of known phrases at which a text is as likely stock as not: honest prose repeats one phrase in ten.
pub(crate) const STOCK: f64 = 0.35;
