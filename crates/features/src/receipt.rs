//! Answers of a few words that only tell whether something was done.

use crate::arguments::identity;
use crate::figures::ends_run;
use crate::hash::{DigestKey, upper};
use crate::names::{is_one_of, words};
use crate::text::frames;
use crate::tokens::{TokenClass, classify};
use crate::tuning::RECEIPT_WORDS;

/// Whether an answer does no more than to acknowledge that something was done: a few words, one of them the deed, none of them a
/// refusal; or nothing but the name of what came of it.
///
/// ```
/// use goodhart_features::acknowledges;
///
/// assert!(acknowledges(r#"{"saved": 4, "warnings": []}"#));
/// assert!(acknowledges("Ticket 23842 assigned"));
/// assert!(acknowledges("https://img.example/b92e39c2f5.png"));
/// assert!(!acknowledges("not saved"));
/// assert!(!acknowledges("No matches found"));
/// ```
pub fn acknowledges(text: &str) -> bool {
    if is_name(text.trim()) {
        return true;
    }
    let said = || text.lines().filter(|line| !frames(line.trim().as_bytes())).flat_map(words);
    text.len() <= RECEIPT_BYTES
        && said().count() <= RECEIPT_WORDS.get() as usize
        && said().any(|word| is_one_of(word, DONE))
        && !said().any(|word| is_one_of(word, REFUSED))
}

/// An address or an id.
fn is_name(text: &str) -> bool {
    let is_word = !text.contains(char::is_whitespace);
    is_word && (text.contains("://") || matches!(classify(text), TokenClass::Hex | TokenClass::Uuid))
}

/// The names that a receipt gives to what it tells of, hashed: `{"id": "26a332ee"}`, `row 33761 ok`.
pub(crate) fn things(text: &str, key: DigestKey) -> Vec<u32> {
    if text.len() > RECEIPT_BYTES {
        return Vec::new();
    }
    let may_name = |run: &&str| run.len() >= NAME_BYTES && run.contains(|c: char| c.is_ascii_digit());
    let runs = text.split(ends_run).map(|run| run.trim_matches(['#', '.', ':'])).filter(may_name);
    runs.take(NAMES).map(|run| upper(identity(run, key))).collect()
}

/// Bytes of the shortest name, and names that are read.
const NAME_BYTES: usize = 3;
const NAMES: usize = 4;

/// Bytes of the longest receipt.
const RECEIPT_BYTES: usize = 200;

/// Words that tell that something was done, or that a check has found nothing wrong.
const DONE: &[&str] = &[
    "accepted",
    "added",
    "applied",
    "archived",
    "assigned",
    "booked",
    "cancelled",
    "canceled",
    "clicked",
    "closed",
    "completed",
    "copied",
    "correct",
    "created",
    "deleted",
    "done",
    "entered",
    "equal",
    "filled",
    "identical",
    "inserted",
    "logged",
    "match",
    "matched",
    "moved",
    "noted",
    "ok",
    "posted",
    "published",
    "queued",
    "recorded",
    "registered",
    "removed",
    "renamed",
    "saved",
    "scheduled",
    "selected",
    "sent",
    "set",
    "stored",
    "submitted",
    "succeeded",
    "success",
    "successful",
    "successfully",
    "typed",
    "updated",
    "uploaded",
    "valid",
    "verified",
    "written",
    "wrote",
];

/// Words that tell that it was not.
const REFUSED: &[&str] = &[
    "cannot", "denied", "error", "failed", "false", "invalid", "missing", "no", "not", "nothing", "refused",
    "rejected", "unknown",
];

/// `{"error": "…"}`, `{"ok": false}`, `{"status": "error"}`.
pub(crate) fn refuses(line: &str) -> bool {
    let field = |name: &str| {
        let value = line.strip_prefix("{\"")?.strip_prefix(name)?.strip_prefix("\":")?.trim_start();
        Some(value.split([',', '}']).next().unwrap_or_default().trim_end())
    };
    let is = |names: [&str; 2], values: &[&str]| {
        names.into_iter().filter_map(field).any(|value| values.contains(&value))
    };
    let told = ["error", "errors"].into_iter().filter_map(field).any(|value| !NO_ERROR.contains(&value));
    told || is(["ok", "success"], &["false"]) || is(["status", "result"], &["\"error\"", "\"failed\""])
}

/// What stands for an error where there is none.
const NO_ERROR: &[&str] = &["null", "false", "\"\"", "[]", "0"];
