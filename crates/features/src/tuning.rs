//! Every constant of the evidence that was chosen, in one place, with the rule that chose it.
//!
//! Rule, where none is stated: a round number in the middle of a range in which the quality on spliced sessions of
//! **other** seeds than the labelled ones does not change by more than its interval. None was chosen on a human label.
//! Those that move the scores most are [`Knob`]s: `rederive` of the benches chooses them anew by that rule, with one
//! corpus or one kind of waste left out.

use crate::knob::Knob;

/// Steps that a step is compared with. Evidence beyond it is kept for exactly equal calls and results only.
pub(crate) const WINDOW: usize = 64;

/// Pieces of a step that are kept for comparison, in each channel.
pub(crate) const SKETCH: usize = 32;

/// Hashes that a session remembers in each channel.
pub(crate) const MEMORY: usize = 2048;

/// Recurrences at which a step is as likely a loop as not: one re-read or re-run is ordinary, two may be.
pub(crate) static RECURRENCES: Knob = Knob::new("RECURRENCES", 2.0, &[1.0, 1.5, 2.0, 3.0, 4.0]);

/// Share of the recurrences of the step before that a recurring step inherits.
pub(crate) static MOMENTUM: Knob = Knob::new("MOMENTUM", 0.5, &[0.0, 0.25, 0.5, 0.75]);

/// A match weaker than this is no recurrence: unrelated calls share words.
pub(crate) static FAINT: Knob = Knob::new("FAINT", 0.3, &[0.0, 0.15, 0.3, 0.45, 0.6]);

/// Share of the moves of a call's result that is remembered from one call to the next.
pub(crate) static MOVES_KEPT: Knob = Knob::new("MOVES_KEPT", 0.75, &[0.0, 0.5, 0.75, 0.9]);

/// Repeats of a question that its moving answer excuses: a pipeline of ten minutes, looked at twice a minute, with
/// some to spare.
pub(crate) const REPEATS_PER_MOVE: u64 = 24;

/// Results with news after which lines that more than half of them hold are furniture. Rule: by chance, less than one in
/// a hundred lines that every fifth result holds is in more than half of them.
pub(crate) const FURNITURE_RESULTS: u32 = 12;

/// Lines that may turn out to be furniture. Rule: it bounds memory.
pub(crate) const FURNITURE_LINES: usize = 16;

/// What a look at figures that vary brings at least, as a share of what a new page does. Rule: half of what would let no such loop
/// count.
pub(crate) const MEASURED: f64 = 0.25;

/// Steps within which a question is put again by who waits for its answer.
pub(crate) const WAIT: u64 = 3;

/// Share of new lines, numbers, times and ids aside, from which a result is no repetition at all.
pub(crate) static FULL_GAIN: Knob = Knob::new("FULL_GAIN", 0.4, &[0.2, 0.3, 0.4, 0.6, 0.8]);

/// Share of new words at which an edit counts in full: an edit quotes what it replaces.
pub(crate) const EDIT_IN_FULL: f64 = 0.2;

/// Words newly written since a step that make half an alibi for repeating it.
pub(crate) static ALIBI_WORDS: Knob = Knob::new("ALIBI_WORDS", 25.0, &[6.0, 12.0, 25.0, 50.0, 100.0]);

/// Words of an unchanged result that void half of the alibi: a short receipt may well be the same after an edit.
pub(crate) static RECEIPT_WORDS: Knob = Knob::new("RECEIPT_WORDS", 12.0, &[3.0, 6.0, 12.0, 25.0, 50.0]);

/// Words of news that make half an alibi for getting a short answer once more: a few lines of a page.
pub(crate) static LEARNED_WORDS: Knob = Knob::new("LEARNED_WORDS", 100.0, &[25.0, 50.0, 100.0, 200.0, 400.0]);

/// What of the numbers in an answer is still content when its call is put again at once: rather a clock than a table.
pub(crate) static LOOKED_AGAIN: Knob = Knob::new("LOOKED_AGAIN", 0.5, &[0.0, 0.25, 0.5, 0.75, 1.0]);

/// What an equal call with an equal result counts beyond a similar one: it can be no coincidence.
pub(crate) static EQUAL: Knob = Knob::new("EQUAL", 0.5, &[0.0, 0.25, 0.5, 1.0]);

/// Weight of a match with what a compaction has taken out of the model's view.
pub(crate) const FORGOTTEN: f64 = 0.3;

/// Similarity of two results from which they are one answer, whatever their numbers.
pub(crate) static SAME_ANSWER: Knob = Knob::new("SAME_ANSWER", 0.8, &[0.6, 0.7, 0.8, 0.9, 1.0]);

/// Weight of arguments that are part of others, beside equal ones.
pub(crate) static PART: Knob = Knob::new("PART", 0.6, &[0.0, 0.3, 0.6, 0.8, 1.0]);

/// Weight of the recurrences of a call that failed: trying again has a technical cause.
pub(crate) const FAILED: f64 = 0.5;

/// Weight of a match across different tools.
pub(crate) static OTHER_TOOL: Knob = Knob::new("OTHER_TOOL", 0.6, &[0.3, 0.6, 0.8, 1.0]);

/// Weight of a match of calls whose results the source does not log.
pub(crate) const UNSEEN_RESULT: f64 = 0.6;

/// How much more than its share of the words one other word tells in the shortest of calls whose results say nothing: of a long text
/// as much as of any, of a page's number all.
pub(crate) const ONE_WORD: f64 = 4.0;

/// Novelty of content that is new in its masked parts only, when those are a counter or a time stamp.
pub(crate) static VOLATILE_NOVELTY: Knob = Knob::new("VOLATILE_NOVELTY", 0.15, &[0.0, 0.15, 0.3, 0.5]);

/// Loop value from which a step joins a span.
pub(crate) const JOIN: f64 = 0.15;

/// Loop value that one step of a span must reach for the span to count.
pub(crate) const PEAK: f64 = 0.5;

/// Recurring steps, beyond the first occurrences, that a loop span needs; padding steps that a session needs. One text
/// that restates something is ordinary.
pub(crate) const SPAN_STEPS: u32 = 3;

/// Times that work must be thrown away unused for it to count: a spike is tried once and dropped.
pub(crate) const DISCARDS: u64 = 3;

/// Words of a draft that is thrown away when others are written in its place, at least: half a page. A note or a status is shorter.
pub(crate) const DRAFT_WORDS: u64 = 200;

/// Times that pages in view must be loaded once more for it to count. Rule: as for what is thrown away.
pub(crate) const RELOADS: u64 = DISCARDS;

/// Times that one errand must be given at once, and nothing done with what comes back, for it to count. Rule: as many beyond the
/// first as for a loop.
pub(crate) const ERRANDS: usize = 1 + SPAN_STEPS as usize;

/// Times in a row that a reply must be passed on for it to count. Rule: as many as one errand must be given.
pub(crate) const RELAYS: usize = ERRANDS;

/// Share of the words of a reply that a call must say to pass it on: nearly all.
pub(crate) const RELAYED: f64 = 0.8;

/// Repeats up to which whoever breaks in has seen an agent that is stuck. Rule: of the guards that agents ship most stop at
/// ten or sooner; half as many again, since a human is slower.
pub(crate) const BREAK_IN: u64 = 15;

/// Steps between two looped steps of one stretch.
pub(crate) const GAP: u32 = 2;

/// Texts that are kept of one speech.
pub(crate) const TEXTS: usize = 64;

/// Spans that are held open.
pub(crate) const SPANS: usize = 48;

/// Words of own text at which a text counts half: a short remark is no padding.
pub(crate) static REMARK_WORDS: Knob = Knob::new("REMARK_WORDS", 25.0, &[6.0, 12.0, 25.0, 50.0, 100.0]);

/// Requests whose usage may still grow.
pub(crate) const OPEN_REQUESTS: usize = 16;

/// Bytes that a model has in view at most: two hundred thousand tokens, as most do. What a harness cuts from a longer history is
/// not logged.
pub(crate) const MODEL_WINDOW: u64 = 200_000 * BYTES_PER_TOKEN;

/// Closed requests that are known again when they come back.
pub(crate) const KNOWN_REQUESTS: usize = 128;

/// Progress from which a step counts as productive.
pub(crate) const PRODUCTIVE: f64 = 0.5;

/// Novelty below which a step brought nothing that was not there.
pub(crate) const STALE: f64 = 0.2;

/// Share of known phrases at which a text is as likely stock as not: honest prose repeats one phrase in ten.
pub(crate) static STOCK: Knob = Knob::new("STOCK", 0.35, &[0.15, 0.25, 0.35, 0.45, 0.6]);

/// New words of others for each word of a message, at which it is as likely an extract of them as not.
pub(crate) static EXTRACT: Knob = Knob::new("EXTRACT", 4.0, &[1.0, 2.0, 4.0, 8.0, 16.0]);

/// Weight of phrases that a prompt held, beside those that the model itself has said: half.
pub(crate) const TAKEN_UP: f64 = 0.5;

/// Calls that wait for their result at most; the oldest is then taken as unanswered. Rule: as many steps
/// as a step is compared with; it bounds memory.
pub(crate) const WAITING: usize = 64;

/// Prompts with less new content than this are nudges. Rule: a stock phrase in other words
/// shares most of its phrases with what was said, a question of its own few.
pub(crate) const NUDGE: f64 = 0.3;

/// Models that are named of one session. Rule: it bounds memory.
pub(crate) const MODELS: usize = 16;

/// Share of new words from which an edit is a change of its own: one word in twenty.
pub(crate) const NEW_CONTENT: f64 = 0.05;

/// Commands whose last outcome is remembered. Rule: the steps that a step is compared with.
pub(crate) const COMMANDS: usize = WINDOW;

/// Size of the smallest edit that is a change. Rule: it counts as productive, and new words add the other half.
pub(crate) const SMALL_EDIT: f64 = PRODUCTIVE;

/// Size of a test or build status that moved and got no better. Rule: half of one that did.
pub(crate) const STATUS_MOVED: f64 = 0.5;

/// Size of a plan item that closed. Rule: between a moved status and a test that turned green; an agent says it itself.
pub(crate) const ITEM_CLOSED: f64 = 0.7;

/// Size of a look at something new. Rule: below what is productive.
pub(crate) const NEW_OBJECT: f64 = 0.4;

/// Share of a call's words that a tool nobody has seen is taken to carry in its result. Rule: most of the words of
/// most tools are results, and a few calls show whether that holds.
pub(crate) const PRIOR_SHARE: f64 = 0.7;

/// Calls that this prior weighs as much as. Rule: as few as show a habit.
pub(crate) const PRIOR_CALLS: f64 = 5.0;

/// What the exponential mean of novelty keeps from one step to the next. Rule: a mean over some twenty steps.
pub(crate) const RECENT_KEPT: f64 = 0.95;

/// Progress below which a step without novelty is stale. Rule: a quarter of a look at something new.
pub(crate) const NO_PROGRESS: f64 = 0.1;

/// Recent moves of an answer from which its call counts as polling: one.
pub(crate) const POLLED: f64 = 1.0;

/// Similarity of two masked results below which an answer has moved. Rule: one line of twenty.
pub(crate) const UNMOVED: f64 = 0.95;

/// Share of a receipt in an answer from which a change is taken to be silent: rather one than not.
pub(crate) const SILENT: f64 = 0.5;

/// Argument values that are kept of a call to name what varies. Rule: more than a finding can show.
pub(crate) const KEPT_LEAVES: usize = 8;

/// Bytes of the longest answer that is read for its figures. Rule: a status of a few lines is shorter, a page longer.
pub(crate) const STATUS_BYTES: usize = 512;

/// Moves of a figure in one direction, and never in the other, from which an answer advances. Rule: one move may be chance, and of
/// figures that vary by chance most have turned back at the second.
pub(crate) const ADVANCES: u8 = 2;

/// What a doubling of the distinct lines of one skeleton adds to the novelty of its numbers. Rule: sixteen lines that
/// differ in their numbers alone are a table.
pub(crate) const TABLE_LINES: f64 = 0.25;

/// Similarity below which the questions of a barren loop differ, and above which its answers do not.
pub(crate) const BARREN: f64 = 0.9;

/// Similarity of results from which a repeated look at one thing is a re-read: rather the same than not.
pub(crate) const REREAD: f64 = 0.5;

/// Lines of comment from which an edit is about them: a few explain what a program does, and change in its place.
pub(crate) const COMMENTS: i64 = 10;

/// Words from which a line of a file tells something: `else`, `return 1` and `import os` stand everywhere.
pub(crate) const LINE_WORDS: usize = 3;

/// Lines that tell something, from which an edit can be a copy of what its file was given before: fewer are by chance.
pub(crate) const ADDED_LINES: usize = 4;

/// Of a page that is written whole: one may be by chance.
pub(crate) const PAGE_LINES: usize = 2;

/// Words of a prompt, known already, that count half: two pages. A question or a standing order is shorter.
pub(crate) const PAGES_WORDS: f64 = 1000.0;

/// Bytes from which an argument can be prose: a sentence or two. A name or a question is shorter.
pub(crate) const PROSE_BYTES: usize = 60;

/// Bytes from which what is said to somebody, or answered by somebody, is prose: a few words.
pub(crate) const SAID_BYTES: usize = 20;

/// Share of letters and spaces from which it is: commands, queries and code hold more than one sign in ten.
pub(crate) const PROSE_LETTERS: f64 = 0.9;

/// Bytes of the longest message that can be no more than what somebody else said: half a page. What is longer is worked on.
pub(crate) const MESSAGE_BYTES: usize = 1024;

/// Bytes of the longest report: two pages. What is longer is a document.
pub(crate) const REPORT_BYTES: usize = 8192;

/// Share of letters and spaces from which a result can be a report: fewer than in plain prose, since it names files, numbers its
/// points and quotes code.
pub(crate) const REPORT_LETTERS: f64 = 0.8;

/// Words of an answer that says nothing, at most: `null`, `Nothing happens.`
pub(crate) const NOTHING_WORDS: u64 = 2;

/// UTF-8 bytes that stand for one token where the source states no usage: the customary ones.
pub(crate) const BYTES_PER_TOKEN: u64 = 4;

/// Merged spans that are kept at least. Rule: more than the steps in view can name; it bounds memory.
pub(crate) const MERGED: usize = 256;

/// Distinct values that a span counts apart, in each of its tables. Rule: as the longest period of a cycle.
pub(crate) const TABLE: usize = 64;

/// Every constant that can be set.
#[cfg(feature = "tuning")]
pub static KNOBS: &[&Knob] = &[
    &RECURRENCES,
    &MOMENTUM,
    &FAINT,
    &MOVES_KEPT,
    &FULL_GAIN,
    &ALIBI_WORDS,
    &RECEIPT_WORDS,
    &LEARNED_WORDS,
    &LOOKED_AGAIN,
    &SAME_ANSWER,
    &EQUAL,
    &PART,
    &OTHER_TOOL,
    &VOLATILE_NOVELTY,
    &REMARK_WORDS,
    &STOCK,
    &EXTRACT,
];
