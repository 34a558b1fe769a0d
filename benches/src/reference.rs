//! Builds the embedded reference: numbers only, from ordinary real sessions and the honest classes of `synth`.
//!
//! Real sessions enter whole, and cut at their human turns; the windows of one session weigh one together. Generated
//! sessions fill what few real ones leave open: how honest work that looks like a loop is distributed. The habits of
//! the tools are learned from the real sessions alone.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

use goodhart::features::{Habits, Profile};
use goodhart::scoring::{Baseline, FitOptions, ReferenceKind, ReferenceRow};
use goodhart::trace::Kind;
use goodhart_synth::{Class, Difficulty, Format, class, generate_actor};
use rayon::prelude::*;

use crate::sessions::{KEY, Session, generated, profile, read};

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

/// Builds the baseline.
///
/// # Errors
/// When a folder cannot be walked, or nothing is left to fit on.
pub fn build(recipe: &Recipe) -> Result<Baseline, Box<dyn std::error::Error + Send + Sync>> {
    let real = real_sessions(recipe)?;
    let mut habits = Habits::default();
    real.iter().for_each(|session| habits.observe(&session.digests));
    let mut rows: Vec<Row> = real.par_iter().flat_map_iter(|session| real_rows(session, &habits)).collect();
    let (sessions, windows) = (real.len(), rows.len() - real.len());
    rows.par_extend(plan(recipe).into_par_iter().flat_map_iter(|one| generated_row(one, &habits)));
    let made = rows.len() - sessions - windows;
    let options = FitOptions {
        seed: SEED,
        kind: ReferenceKind::Embedded,
        composition: composition(sessions, windows, made),
        not_good_for: NOT_GOOD_FOR.to_owned(),
        ..FitOptions::default()
    };
    let rows: Vec<ReferenceRow<'_>> = rows.iter().map(Row::borrow).collect();
    Ok(Baseline::fit(&rows, habits.clone(), KEY, &options)?)
}

const NOT_GOOD_FOR: &str = "agents other than coding agents, and claims about how often waste occurs: most of its rows \
                            are generated, and its real sessions come from few people";

fn composition(sessions: usize, windows: usize, made: usize) -> String {
    format!(
        "{sessions} ordinary sessions of coding agents on real work, whole and in {windows} windows between human \
         turns, and {made} generated sessions of honest work, look-alikes of loops among them"
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

fn real_sessions(recipe: &Recipe) -> Result<Vec<Session>, Box<dyn std::error::Error + Send + Sync>> {
    let kept = read(&recipe.real)?.into_iter().filter(|session| !left_out(&session.id, &recipe.without));
    Ok(kept.collect())
}

/// A sub-agent is named `parent/agent`.
fn left_out(id: &str, without: &BTreeSet<String>) -> bool {
    without.contains(id) || id.split_once('/').is_some_and(|(parent, _)| without.contains(parent))
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
    let sessions = generated(generate_actor(one.class, one.setting, one.seed, one.format));
    sessions.iter().map(|session| row(session, 1.0, profile(&session.digests, habits))).collect()
}
