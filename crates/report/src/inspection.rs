//! What was read, in numbers: formats, agents, events, tokens, time, issues.

use std::collections::BTreeMap;

use goodhart_batch::{IssueCount, Scan, SessionProfile, Summary};
use goodhart_features::TokenQuality;
use goodhart_scoring::{SessionMeta, rfc3339};
use goodhart_trace::{IssueKind, Kind, Usage};
use serde::Serialize;

use crate::numbers::{bytes, count, grouped, percent, tokens};
use crate::summary::replayed_share;
use crate::table::{plain_table, rendered};
use crate::words::printable;

/// Everything that `goodhart inspect` tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// Name and version of this form: [`Inspection::SCHEMA`].
    pub schema: &'static str,
    /// Files that were looked at.
    pub files: u64,
    /// Byte-identical copies that were left out.
    pub duplicate_files: u64,
    /// Bytes of the files as they are stored.
    pub bytes: u64,
    /// Files of each format; what no reader recognised is in none.
    pub formats: BTreeMap<&'static str, u64>,
    /// Sessions with steps of their own.
    pub sessions: u64,
    /// Sessions that only repeat what others hold.
    pub replay_sessions: u64,
    /// Sessions of each agent.
    pub agents: BTreeMap<String, u64>,
    /// Sessions of each version of an agent, such as `codex 0.95.0`, where the log tells it.
    pub agent_versions: BTreeMap<String, u64>,
    /// Sessions that called each model.
    pub models: BTreeMap<String, u64>,
    /// First time stamp, RFC 3339.
    pub started_at: Option<String>,
    /// Last time stamp.
    pub ended_at: Option<String>,
    /// Steps of all sessions.
    pub steps: u64,
    /// Model calls of all sessions.
    pub requests: u64,
    /// Events of each kind, copies included.
    pub events: BTreeMap<String, u64>,
    /// Events that another session owns.
    pub replayed_events: u64,
    /// Second copies of events within their session.
    pub duplicate_events: u64,
    /// Messages that logs of requests tell again; they are no events.
    pub retold_messages: u64,
    /// The share of these three among all events and retold messages, in [0, 1].
    pub replayed_share: f64,
    /// Tokens as the logs state them, each request once.
    pub tokens: Classes,
    /// Tokens estimated from text, of sessions that state none; beside the others, not in them.
    pub estimated_tokens: u64,
    /// What could not be used, by kind.
    pub issues: Vec<IssueLine>,
}

/// Token classes: the first four are disjoint and sum to the total.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Classes {
    /// All tokens.
    pub total: u64,
    /// Prompt tokens outside of any cache.
    pub input: u64,
    /// Prompt tokens read from a cache.
    pub cache_read: u64,
    /// Prompt tokens written to a cache.
    pub cache_write: u64,
    /// Generated tokens, reasoning included.
    pub output: u64,
    /// The part of the output that is known to be reasoning.
    pub reasoning: Option<u64>,
}

/// The issues of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IssueLine {
    /// The kind.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
    /// File of the first; empty when its detail names the path.
    pub file: String,
    /// Line of the first, from 1; null where there is none.
    pub line: Option<u64>,
    /// Byte of the first.
    pub byte: u64,
    /// The thing, the expected, the found of the first.
    pub detail: String,
}

impl Inspection {
    /// Name and version of this form.
    pub const SCHEMA: &'static str = "goodhart.inspection/1";

    /// Counts what a scan has read.
    pub fn of(scan: &Scan) -> Self {
        let Scan { sessions, summary } = scan;
        let (stated, estimated_tokens) = usage(sessions);
        Inspection {
            schema: Self::SCHEMA,
            files: summary.files,
            duplicate_files: summary.duplicate_files,
            bytes: summary.bytes,
            formats: summary.formats.clone(),
            sessions: summary.sessions,
            replay_sessions: summary.replay_sessions,
            agents: tally(sessions.iter().map(|session| session.meta.agent.as_deref().unwrap_or("unknown"))),
            agent_versions: tally(sessions.iter().filter_map(|session| agent_version(&session.meta))),
            models: tally(
                sessions.iter().flat_map(|session| session.profile.models.iter().map(|model| &**model)),
            ),
            started_at: rfc3339(sessions.iter().filter_map(|session| session.profile.started_ms).min()),
            ended_at: rfc3339(sessions.iter().filter_map(|session| session.profile.ended_ms).max()),
            steps: sessions.iter().map(|session| session.profile.steps).sum(),
            requests: sessions.iter().map(|session| session.profile.requests).sum(),
            events: summary.events.iter().map(|(&kind, &count)| (snake_case(kind), count)).collect(),
            replayed_events: summary.replayed_events,
            duplicate_events: summary.duplicate_events,
            retold_messages: summary.retold_messages,
            replayed_share: replayed_share(summary),
            tokens: stated.into(),
            estimated_tokens,
            issues: issues(summary),
        }
    }

    /// As text for people, wrapped at `columns` where they are given.
    pub fn to_text(&self, columns: Option<u16>) -> String {
        let mut table = plain_table(columns);
        table.add_rows(self.lines().into_iter().map(|(name, what)| [name.to_owned(), what]));
        format!("{}{}", rendered(table, 0), self.issue_table(columns))
    }

    fn lines(&self) -> [(&'static str, String); 11] {
        let time = self.started_at.as_ref().zip(self.ended_at.as_ref());
        let sessions =
            [count(self.sessions, "session"), count(self.steps, "step"), count(self.requests, "request")];
        [
            ("files", self.files()),
            ("formats", listed(&self.formats)),
            ("sessions", sessions.join(", ")),
            ("agents", listed(&self.agents)),
            ("versions", listed(&self.agent_versions)),
            ("models", listed(&self.models)),
            ("time", time.map_or_else(|| "unknown".to_owned(), |(from, to)| format!("{from} to {to}"))),
            ("events", listed(&self.events)),
            ("tokens", self.tokens()),
            ("replayed", self.replayed()),
            ("issues", grouped(self.issues.iter().map(|issue| issue.count).sum())),
        ]
    }

    fn files(&self) -> String {
        let copies = match self.duplicate_files {
            0 => String::new(),
            copies => format!("; {} left out that are copies of others", grouped(copies)),
        };
        format!("{}, {}{copies}", count(self.files, "file"), bytes(self.bytes))
    }

    fn tokens(&self) -> String {
        let Classes { total, input, cache_read, cache_write, output, reasoning } = self.tokens;
        let classes =
            [("input", input), ("cache read", cache_read), ("cache write", cache_write), ("output", output)];
        let classes = classes.map(|(name, count)| format!("{name} {}", tokens(count))).join(", ");
        let reasoning =
            reasoning.map_or_else(String::new, |known| format!(", of it reasoning {}", tokens(known)));
        let estimated = match self.estimated_tokens {
            0 => String::new(),
            estimated => format!("; about {} more, estimated from text", tokens(estimated)),
        };
        format!("{}: {classes}{reasoning}{estimated}", tokens(total))
    }

    fn replayed(&self) -> String {
        if self.replayed_events + self.duplicate_events + self.retold_messages == 0 {
            return "none: no history is told twice".to_owned();
        }
        format!(
            "{} of the events are history told again, counted once; {} hold nothing else",
            percent(self.replayed_share),
            count(self.replay_sessions, "more session"),
        )
    }

    fn issue_table(&self, columns: Option<u16>) -> String {
        if self.issues.is_empty() {
            return String::new();
        }
        let mut table = plain_table(columns);
        table.set_header(["issue", "count", "the first of them"]);
        table.add_rows(
            self.issues.iter().map(|issue| [issue.kind.to_owned(), grouped(issue.count), issue.example()]),
        );
        format!("\n{}", rendered(table, 0))
    }
}

impl IssueLine {
    fn of(kind: IssueKind, IssueCount { count, example }: &IssueCount) -> Self {
        let position = example.position;
        IssueLine {
            kind: kind.id(),
            count: *count,
            file: example.path.clone(),
            line: (position.line > 0).then_some(position.line),
            byte: position.byte,
            detail: example.detail.clone(),
        }
    }

    /// `a/5f0c.jsonl:40: record: expected JSON, found text`.
    fn example(&self) -> String {
        let line = self.line.map_or_else(String::new, |line| format!(":{line}"));
        let place =
            if self.file.is_empty() { String::new() } else { format!("{}{line}\n", printable(&self.file)) };
        format!("{}{}", place, printable(&self.detail))
    }
}

impl From<Usage> for Classes {
    fn from(usage: Usage) -> Self {
        let Usage { input, cache_read, cache_write, output, reasoning } = usage;
        Classes { total: usage.total(), input, cache_read, cache_write, output, reasoning }
    }
}

/// Tokens as stated, and tokens as estimated.
/// `codex 0.95.0`.
fn agent_version(meta: &SessionMeta) -> Option<String> {
    let version = meta.agent_version.as_deref()?;
    Some(format!("{} {version}", meta.agent.as_deref().unwrap_or("unknown")))
}

fn usage(sessions: &[SessionProfile]) -> (Usage, u64) {
    let mut stated = Usage::default();
    let mut estimated = 0_u64;
    for SessionProfile { profile, .. } in sessions {
        match profile.token_quality {
            TokenQuality::Exact => stated.add(&profile.usage),
            _ => estimated = estimated.saturating_add(profile.usage.total()),
        }
    }
    (stated, estimated)
}

fn issues(summary: &Summary) -> Vec<IssueLine> {
    summary.issues.iter().map(|(kind, count)| IssueLine::of(kind, count)).collect()
}

fn tally(names: impl Iterator<Item = impl Into<String>>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    names.for_each(|name| *counts.entry(name.into()).or_default() += 1);
    counts
}

/// `claude-code 30, codex 5`.
fn listed<N: AsRef<str>>(counts: &BTreeMap<N, u64>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    let each = counts.iter().map(|(name, &count)| format!("{} {}", printable(name.as_ref()), grouped(count)));
    each.collect::<Vec<_>>().join(", ")
}

/// `ToolCall` to `tool_call`.
fn snake_case(kind: Kind) -> String {
    let mut name = String::new();
    for c in format!("{kind:?}").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use goodhart_batch::{Scan, SessionProfile, Summary};
    use goodhart_features::{DigestKey, Fold, Habits, digest};
    use goodhart_scoring::SessionMeta;
    use goodhart_trace::{Kind, Usage, build::session};

    use super::{Inspection, snake_case};

    fn scan(usage: Option<Usage>) -> Scan {
        let habits = Habits::default();
        let mut fold = Fold::new(&habits);
        let trace = session("s").prompt("go").call("Bash", "{}");
        let trace = usage.map_or(trace.clone(), |usage| trace.usage(usage));
        for (order, event) in trace.result("done").events().iter().enumerate() {
            fold.push(&digest(event, order as u64, DigestKey(1))).unwrap();
        }
        let meta = SessionMeta {
            session_id: "s".into(),
            agent: Some("codex".into()),
            agent_version: Some("0.95.0".into()),
            ..SessionMeta::default()
        };
        let profile = SessionProfile { meta, profile: fold.into_profile().into(), replayed_events: 0 };
        let events = [(Kind::ToolCall, 1), (Kind::Prompt, 3)].into();
        let (replayed_events, duplicate_events) = (1, 1);
        let summary = Summary {
            files: 1,
            sessions: 1,
            events,
            replayed_events,
            duplicate_events,
            ..Summary::default()
        };
        Scan { sessions: vec![profile], summary }
    }

    #[test]
    fn estimated_tokens_are_never_added_to_stated_ones() {
        let stated = Inspection::of(&scan(Some(Usage { input: 5, output: 7, ..Usage::default() })));
        assert_eq!((stated.tokens.total, stated.estimated_tokens), (12, 0));
        let estimated = Inspection::of(&scan(None));
        assert_eq!(estimated.tokens.total, 0);
        assert!(estimated.estimated_tokens > 0);
    }

    #[test]
    fn the_text_names_what_was_met() {
        let text = Inspection::of(&scan(None)).to_text(None);
        for part in [
            "codex 1",
            "codex 0.95.0 1",
            "prompt 3, tool_call 1",
            "50 % of the events",
            "1 session, 1 step",
            "2026-03-02T09:00:00Z",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn kinds_are_written_in_snake_case() {
        assert_eq!([Kind::ToolCall, Kind::Abort].map(snake_case), ["tool_call", "abort"]);
    }
}
