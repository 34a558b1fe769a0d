//! Two lines below the table: what was scanned, and how far to trust it.

use goodhart_batch::Summary;
use goodhart_features::TokenQuality;
use goodhart_scoring::{Card, Finding, ReferenceKind, Verdict};

use crate::numbers::{count, grouped, percent, tokens};
use crate::words;

/// The two lines. `findings` are those of all sessions, `card` is that of the baseline.
pub fn summary(findings: &[Finding], scanned: &Summary, card: &Card) -> String {
    format!("{}\n{}\n", first_line(findings), second_line(scanned, card))
}

/// `35 sessions, 12.4M tokens: 2 review, 3 note, 30 ok`.
fn first_line(findings: &[Finding]) -> String {
    let of = |quality| -> u64 {
        let of_quality = findings.iter().filter(|finding| finding.tokens.quality == quality);
        of_quality.filter_map(|finding| finding.tokens.total).fold(0, u64::saturating_add)
    };
    let (exact, estimated) = (of(TokenQuality::Exact), of(TokenQuality::Estimated));
    let amount = match (exact, estimated) {
        (exact, 0) => format!("{} tokens", tokens(exact)),
        (0, estimated) => format!("about {} tokens (estimated from text)", tokens(estimated)),
        (exact, estimated) => {
            format!("{} tokens and about {} estimated ones", tokens(exact), tokens(estimated))
        }
    };
    format!("{}, {amount}: {}", count(findings.len() as u64, "session"), verdicts(findings))
}

fn verdicts(findings: &[Finding]) -> String {
    let all = [Verdict::Review, Verdict::Note, Verdict::Ok, Verdict::InsufficientEvidence];
    let counts =
        all.map(|verdict| (verdict, findings.iter().filter(|finding| finding.verdict == verdict).count()));
    let met = counts.into_iter().filter(|(verdict, n)| *n > 0 || *verdict != Verdict::InsufficientEvidence);
    met.map(|(verdict, n)| format!("{n} {}", words::verdict(verdict))).collect::<Vec<_>>().join(", ")
}

/// `No issues; 4 % of the events were history told again, counted once. Compared with 2,400 sessions ...`.
fn second_line(scanned: &Summary, card: &Card) -> String {
    let issues = match scanned.issues.total() {
        0 => "no issues".to_owned(),
        issues => format!("{} (`goodhart inspect` tells which)", count(issues, "issue")),
    };
    let replayed = match replayed_share(scanned) {
        0.0 => String::new(),
        share => format!("{} of the events are history told again, counted once; ", percent(share)),
    };
    format!("{issues}; {replayed}compared with {}", reference(card))
}

/// Share of the events that were told before, by another session, by another copy of theirs or by an earlier request,
/// in [0, 1].
pub(crate) fn replayed_share(scanned: &Summary) -> f64 {
    let again = scanned.replayed_events + scanned.duplicate_events + scanned.retold_messages;
    again as f64 / (scanned.event_count() + scanned.retold_messages).max(1) as f64
}

/// What sessions were compared with, in words.
fn reference(card: &Card) -> String {
    let sessions = grouped(card.sessions);
    match card.kind {
        ReferenceKind::Embedded => format!("{sessions} ordinary sessions that come with goodhart"),
        ReferenceKind::Fitted => format!("{sessions} sessions of your own, unscreened"),
        ReferenceKind::DeclaredClean => format!("{sessions} sessions of your own, declared to be ordinary"),
        ReferenceKind::Batch => format!("each other ({sessions} sessions)"),
    }
}
