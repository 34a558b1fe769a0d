//! Builds the embedded reference: numbers only, from ordinary real sessions and the honest classes of `synth`.
//!
//! Real sessions enter whole, and cut at their human turns; the windows of one session weigh one together. Generated
//! sessions fill what few real ones leave open: how honest work that looks like a loop is distributed. The habits of
//! the tools are learned from the real sessions alone.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use goodhart::features::{Digest, DigestKey, Fold, Habits, Profile, digest};
use goodhart::readers::{Options, read_file, read_reader, walk};
use goodhart::scoring::{Baseline, FitOptions, ReferenceKind, ReferenceRow};
use goodhart::trace::{Event, EventId, Issue, Kind, Sink, Source};
use goodhart_synth::{Class, Difficulty, Format, class, generate_actor};
use rayon::prelude::*;

/// Key under which the embedded reference and everything scored with it is hashed.
pub const KEY: DigestKey = DigestKey(0x676f_6f64_6861_7274);

/// Seed of the detectors and first seed of the generated sessions.
pub const SEED: u64 = 2026;

/// What the reference is made of.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Folders and files with ordinary sessions.
    pub real: Vec<PathBuf>,
    /// Ids of real sessions that stay out, their sub-agents included.
    pub without: BTreeSet<String>,
    /// Generated sessions of neutral work.
    pub neutral: u64,
    /// Generated sessions of each honest look-alike.
    pub lookalikes: u64,
}

/// One row before it is fitted.
struct Row {
    session: String,
    stratum: String,
    weight: f64,
    profile: Profile,
}

/// A session as digests.
struct Session {
    id: String,
    agent: String,
    digests: Vec<Digest>,
}

/// Builds the baseline.
///
/// # Errors
/// When a folder cannot be walked, or nothing is left to fit on.
pub fn build(recipe: &Recipe) -> Result<Baseline, Box<dyn std::error::Error>> {
    let real = real_sessions(recipe)?;
    let mut habits = Habits::default();
    real.iter().for_each(|session| habits.observe(&session.digests));
    let mut rows: Vec<Row> = real.par_iter().flat_map_iter(|session| real_rows(session, &habits)).collect();
    let (sessions, windows) = (real.len(), rows.len() - real.len());
    rows.par_extend(plan(recipe).into_par_iter().flat_map_iter(|one| generated_row(one, &habits)));
    let generated = rows.len() - sessions - windows;
    let options = FitOptions {
        seed: SEED,
        kind: ReferenceKind::Embedded,
        composition: composition(sessions, windows, generated),
        not_good_for: NOT_GOOD_FOR.to_owned(),
        ..FitOptions::default()
    };
    let rows: Vec<ReferenceRow<'_>> = rows.iter().map(Row::borrow).collect();
    Ok(Baseline::fit(&rows, habits.clone(), KEY, &options)?)
}

const NOT_GOOD_FOR: &str = "agents other than coding agents, and claims about how often waste occurs: most of its rows \
                            are generated, and its real sessions come from few people";

fn composition(sessions: usize, windows: usize, generated: usize) -> String {
    format!(
        "{sessions} ordinary sessions of coding agents on real work, whole and in {windows} windows between human \
         turns, and {generated} generated sessions of honest work, look-alikes of loops among them"
    )
}

impl Row {
    fn borrow(&self) -> ReferenceRow<'_> {
        ReferenceRow {
            session: &self.session,
            stratum: &self.stratum,
            weight: self.weight,
            profile: &self.profile,
        }
    }
}

fn real_sessions(recipe: &Recipe) -> Result<Vec<Session>, Box<dyn std::error::Error>> {
    let files = walk(&recipe.real)?.files;
    let read: Vec<Vec<Session>> = files.par_iter().map(|file| read_sessions(file)).collect();
    let kept = read.into_iter().flatten().filter(|session| !left_out(&session.id, &recipe.without));
    Ok(kept.collect())
}

/// A sub-agent is named `parent/agent`.
fn left_out(id: &str, without: &BTreeSet<String>) -> bool {
    without.contains(id) || id.split_once('/').is_some_and(|(parent, _)| without.contains(parent))
}

fn read_sessions(file: &Path) -> Vec<Session> {
    let mut sorter = Sorter::default();
    match read_file(file, 0, &Options::default(), &mut sorter) {
        Ok(_) => sorter.sessions(),
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            Vec::new()
        }
    }
}

/// Sorts events by session, and keeps digests only.
#[derive(Default)]
struct Sorter {
    sessions: BTreeMap<String, (String, Vec<Digest>)>,
    seen: BTreeSet<EventId>,
}

impl Sink for Sorter {
    fn event(&mut self, event: Event<'_>) {
        if event.id.is_some_and(|id| !self.seen.insert(id)) {
            return;
        }
        let (agent, digests) = self.sessions.entry(event.session.to_string()).or_default();
        if let Some(name) = event.agent.as_deref().filter(|_| agent.is_empty()) {
            *agent = name.to_owned();
        }
        let order = digests.len() as u64;
        digests.push(digest(&event, order, KEY));
    }

    fn issue(&mut self, _: Issue) {}
}

impl Sorter {
    fn sessions(self) -> Vec<Session> {
        let session = |(id, (agent, digests))| Session { id, agent, digests };
        self.sessions.into_iter().map(session).collect()
    }
}

/// The session whole, and its windows between human turns where there are several.
fn real_rows(session: &Session, habits: &Habits) -> Vec<Row> {
    let mut rows = vec![row(session, 1.0, profile(&session.digests, habits))];
    let windows = session.digests.chunk_by(|_, next| next.kind != Kind::Prompt);
    let windows: Vec<Profile> =
        windows.map(|window| profile(window, habits)).filter(|profile| profile.steps >= SHORTEST).collect();
    if windows.len() > 1 {
        let weight = 1.0 / windows.len() as f64;
        rows.extend(windows.into_iter().map(|profile| row(session, weight, profile)));
    }
    rows
}

/// Steps of the shortest window: shorter ones would not be judged.
const SHORTEST: u64 = 5;

fn row(session: &Session, weight: f64, profile: Profile) -> Row {
    Row { session: session.id.clone(), stratum: session.agent.clone(), weight, profile }
}

fn profile(digests: &[Digest], habits: &Habits) -> Profile {
    let mut fold = Fold::new(habits);
    for digest in digests {
        fold.push(digest).expect("because the orders of a session increase");
    }
    fold.into_profile()
}

/// The generated classes: look-alikes that one session shows, and neutral work. The list is fixed: a generator that
/// learns a new class does not change what sessions are compared with.
const GENERATED: &[&str] =
    &["L01", "L02", "L05", "L06", "L10", "L11", "L12", "L13", "L14", "L17", "L18", "L21", "L22", "N"];

/// One generated session.
#[derive(Clone, Copy)]
struct Generated {
    class: &'static Class,
    setting: Difficulty,
    seed: u64,
    format: Format,
}

/// The generated sessions: transcripts of Claude Code, and half as many others as rollouts of Codex.
fn plan(recipe: &Recipe) -> Vec<Generated> {
    let classes = GENERATED.iter().filter_map(|id| class(id));
    classes
        .flat_map(|class| {
            let count = if class.hard_negative { recipe.lookalikes } else { recipe.neutral };
            let claude_code = several(class, Format::ClaudeCode, 0..count);
            claude_code.chain(several(class, Format::Codex, count..count + count / 2))
        })
        .collect()
}

/// Sessions with the seeds of a range. One in four is noisy.
fn several(class: &'static Class, format: Format, range: Range<u64>) -> impl Iterator<Item = Generated> {
    range.map(move |i| {
        let setting = if i % 4 == 3 { Difficulty::Noisy } else { Difficulty::Normal };
        Generated { class, setting, seed: SEED + i, format }
    })
}

fn generated_row(one: Generated, habits: &Habits) -> Vec<Row> {
    let mut sorter = Sorter::default();
    for made in generate_actor(one.class, one.setting, one.seed, one.format) {
        let source = Source { file: 0, path: "generated.jsonl" };
        read_reader(made.lines.as_bytes(), source, &Options::default(), &mut sorter)
            .expect("because reading from memory does not fail unless it is strict");
    }
    sorter.sessions().iter().map(|session| row(session, 1.0, profile(&session.digests, habits))).collect()
}
