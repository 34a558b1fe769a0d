//! Findings as a flat table: one row a session, what is nested in a finding left to its own columns or out.

use std::io::{self, Write};

use goodhart_scoring::{Finding, FindingSpan};
use serde::Serialize;

use crate::lines::csv_rows;
use crate::words;

/// Writes one row a finding, with the names of the machine-readable output; of the spans the heaviest.
///
/// # Errors
/// What the writer says.
pub fn findings_csv<'a>(
    output: &mut dyn Write,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> io::Result<()> {
    csv_rows(output, findings.into_iter().map(Row::of))
}

#[derive(Serialize)]
struct Row<'a> {
    finding_id: &'a str,
    session_id: &'a str,
    parent_session_id: Option<&'a str>,
    actor: Option<&'a str>,
    agent: Option<&'a str>,
    format: Option<&'a str>,
    started_at: Option<&'a str>,
    ended_at: Option<&'a str>,
    step_count: u64,
    verdict: String,
    evidence: bool,
    rarity: goodhart_scoring::Rarity,
    loop_score: f64,
    pad_score: f64,
    anomaly: f64,
    p_loop: Option<f64>,
    p_pad: Option<f64>,
    p_value: Option<f64>,
    q_value: Option<f64>,
    tokens_total: Option<u64>,
    waste_tokens: Option<u64>,
    waste_share: Option<f64>,
    spans: usize,
    span_kind: Option<&'static str>,
    span_pattern: Option<&'static str>,
    span_tool: Option<&'a str>,
    span_period: Option<u64>,
    span_repeats: Option<u64>,
    span_steps: Option<u64>,
    span_tokens: Option<u64>,
    file: Option<&'a str>,
    first_line: Option<u64>,
    last_line: Option<u64>,
    issues: u64,
    config: &'a str,
}

impl<'a> Row<'a> {
    fn of(finding: &'a Finding) -> Self {
        let span = finding.spans.first();
        let of_span = |field: fn(&FindingSpan) -> u64| span.map(field);
        Row {
            finding_id: &finding.finding_id,
            session_id: &finding.session_id,
            parent_session_id: finding.parent_session_id.as_deref(),
            actor: finding.actor.as_deref(),
            agent: finding.agent.as_deref(),
            format: finding.source.format.as_deref(),
            started_at: finding.started_at.as_deref(),
            ended_at: finding.ended_at.as_deref(),
            step_count: finding.step_count,
            verdict: finding.verdict.to_string(),
            evidence: finding.keys.evidence,
            rarity: finding.keys.rarity,
            loop_score: finding.loop_score,
            pad_score: finding.pad_score,
            anomaly: finding.anomaly,
            p_loop: finding.p_loop,
            p_pad: finding.p_pad,
            p_value: finding.p_value,
            q_value: finding.q_value,
            tokens_total: finding.tokens.total,
            waste_tokens: finding.waste_tokens,
            waste_share: finding.waste_share,
            spans: finding.spans.len(),
            span_kind: span.map(|span| words::axis(span.kind)),
            span_pattern: span.map(|span| words::pattern(span.pattern)),
            span_tool: span.and_then(|span| span.tool.as_deref()),
            span_period: span.and_then(|span| span.period),
            span_repeats: of_span(|span| span.repeats),
            span_steps: of_span(|span| span.steps),
            span_tokens: span.and_then(|span| span.tokens),
            file: span.and_then(|span| words::file(finding, &span.first)),
            first_line: span.and_then(|span| span.first.line),
            last_line: span.and_then(|span| span.last.line),
            issues: finding.issues,
            config: &finding.config,
        }
    }
}
