//! What is generated reads as what was meant: no issue, every call and message, every token, in each format.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers do")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use goodhart_readers::{Options, read_reader};
use goodhart_synth::{
    Class, Difficulty, Format, Mode, Session, Splice, class, classes, generate_actor, splice,
};
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

/// A folder that disappears with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("goodhart-synth-reading-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Long ordinary sessions in a folder.
fn logs(folder: &Path, format: Format) -> Vec<PathBuf> {
    let neutral = class("N").unwrap();
    let sessions = (0..40).flat_map(|seed| generate_actor(neutral, Difficulty::Normal, seed, format));
    sessions
        .filter(|session| session.steps.len() > 40)
        .take(3)
        .map(|session| {
            let path = folder.join(format!("{}.jsonl", session.id));
            fs::write(&path, session.lines).unwrap();
            path
        })
        .collect()
}

#[test]
fn spliced_copies_read_as_they_were_meant() {
    for format in Format::ALL {
        let (from, to) = (
            Scratch::new(&format!("from-{}", format.name())),
            Scratch::new(&format!("to-{}", format.name())),
        );
        let plan = Splice {
            logs: logs(&from.0, format),
            modes: Mode::ALL.to_vec(),
            seed: 5,
            share: (10, 30),
            least: 4,
        };
        let spliced = splice(&to.0, &plan).unwrap();
        assert_eq!(spliced.sessions + spliced.skipped, (3 * Mode::ALL.len()) as u64);
        let labels = fs::read_to_string(to.0.join("labels.jsonl")).unwrap();
        assert_eq!(labels.lines().count() as u64, spliced.sessions);
        labels.lines().for_each(|label| check_copy(&to.0, label));
        let evaluation = fs::read_to_string(to.0.join("labels-eval.jsonl")).unwrap();
        assert!(evaluation.lines().all(|line| line.contains("\"pair_of\":")));
    }
}

fn check_copy(folder: &Path, label: &str) {
    let label: serde_json::Value = serde_json::from_str(label).unwrap();
    let (id, file) = (label["session_id"].as_str().unwrap(), label["file"].as_str().unwrap());
    let mut found = Found::default();
    let lines = fs::read(folder.join(file)).unwrap();
    read_reader(lines.as_slice(), Source { file: 0, path: file }, &Options::default(), &mut found).unwrap();
    assert!(found.issues.is_empty(), "{label}: {:?}", found.issues);
    for inserted in label["inserted"].as_array().unwrap() {
        let key = (id.to_owned(), inserted.as_str().unwrap().to_owned());
        assert!(found.calls.contains(&key) || found.requests.contains(&key), "{key:?} is not in the copy");
    }
}
