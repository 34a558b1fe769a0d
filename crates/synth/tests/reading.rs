//! What is generated reads as what was meant: no issue, every call and message, every token, in each format.

use std::collections::{BTreeMap, BTreeSet};

use goodhart_readers::{Options, read_reader};
use goodhart_synth::{Class, Difficulty, Format, Session, classes, generate_actor};
use goodhart_trace::{Event, Issue, Kind, Sink, Source, Usage};

/// What a reader found in the sessions of one actor.
#[derive(Default)]
struct Found {
    issues: Vec<Issue>,
    prompts: usize,
    /// Sessions and ids of calls.
    calls: BTreeSet<(String, String)>,
    /// Sessions and names of requests.
    requests: BTreeSet<(String, String)>,
    agents: BTreeSet<String>,
    /// The largest usage of each request, whoever's file it stands in.
    usage: BTreeMap<String, Usage>,
    last_ms: i64,
    backwards: usize,
}

impl Sink for Found {
    fn event(&mut self, event: Event<'_>) {
        let session = event.session.to_string();
        self.prompts += usize::from(event.kind == Kind::Prompt);
        self.agents.extend(event.agent.as_deref().map(str::to_owned));
        if let (Kind::ToolCall, Some(call)) = (event.kind, event.call.as_deref()) {
            self.calls.insert((session.clone(), call.to_owned()));
        }
        if let Some(request) = event.request.as_deref() {
            self.requests.insert((session, request.to_owned()));
            if let Some(usage) = event.usage {
                let largest = self.usage.entry(request.to_owned()).or_default();
                if usage.total() > largest.total() {
                    *largest = usage;
                }
            }
        }
        let now = event.time_ms.unwrap_or(self.last_ms);
        self.backwards += usize::from(now + 1 < self.last_ms && event.kind == Kind::Prompt);
        self.last_ms = now.max(self.last_ms);
    }

    fn issue(&mut self, issue: Issue) {
        self.issues.push(issue);
    }
}

fn read(sessions: &[Session]) -> Found {
    let mut found = Found::default();
    for session in sessions {
        found.last_ms = 0;
        let source = Source { file: 0, path: &session.label.file };
        read_reader(session.lines.as_bytes(), source, &Options::default(), &mut found).unwrap();
    }
    found
}

/// Every class with every setting, mixed ones included.
fn settings() -> impl Iterator<Item = (&'static Class, Difficulty)> {
    classes().iter().flat_map(|class| {
        let mixed = class.can_mix().then_some(Difficulty::Mixed);
        class.difficulties().iter().copied().chain(mixed).map(move |difficulty| (class, difficulty))
    })
}

fn check(class: &Class, difficulty: Difficulty, format: Format) {
    let case = format!("{} {} as {}", class.id, difficulty.name(), format.name());
    let sessions = generate_actor(class, difficulty, 21, format);
    let found = read(&sessions);
    assert!(found.issues.is_empty(), "{case}: {:?}", &found.issues[..found.issues.len().min(3)]);
    assert_eq!(found.agents, [format.name().to_owned()].into(), "{case}");
    assert!(found.prompts >= sessions.len(), "{case}: {} prompts", found.prompts);
    assert_eq!(found.backwards, 0, "{case}: time runs backwards");
    for session in &sessions {
        for step in &session.steps {
            let key = (session.id.clone(), step.id.clone());
            let known = if step.is_call { &found.calls } else { &found.requests };
            assert!(known.contains(&key), "{case}: {key:?} is not in the log");
        }
    }
    let booked: u64 = sessions.iter().map(|session| session.tokens).sum();
    let billed: u64 = found.usage.values().map(|usage| usage.total()).sum();
    assert_eq!(billed, booked, "{case}");
}

#[test]
fn claude_code_transcripts_read_as_they_were_meant() {
    settings().for_each(|(class, difficulty)| check(class, difficulty, Format::ClaudeCode));
}

#[test]
fn codex_rollouts_read_as_they_were_meant() {
    settings().for_each(|(class, difficulty)| check(class, difficulty, Format::Codex));
}
