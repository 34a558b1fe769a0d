//! Runs the loop guards of other agents over logs and writes one prediction file a guard, for `goodhart evaluate`.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin guards -- PATH... --out DIR
//! ```
//!
//! Each line of `DIR/<guard>.jsonl` is a session, in the order of session ids: score, verdict (`review` where the
//! guard would have stopped the agent, `note` where it would have warned, null for a measure without a threshold) and
//! calls. The files
//! are the same for the same logs, on any number of threads.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use goodhart_benches::guards::{GUARDS, Guard, Judgement, StepScore, steps::steps};
use goodhart_readers::{Collect, Options, read_file, walk};
use goodhart_trace::Event;
use rayon::prelude::*;
use serde::Serialize;

/// Runs the loop guards of other agents over logs.
#[derive(Parser)]
struct Arguments {
    /// Log files, or folders of them.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Folder for the prediction files; made where it is missing.
    #[arg(long)]
    out: PathBuf,
    /// Sessions only, no calls.
    #[arg(long)]
    brief: bool,
}

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Events by session id.
type Sessions = BTreeMap<String, Vec<Event<'static>>>;

fn main() -> Result<()> {
    let Arguments { paths, out, brief } = Arguments::parse();
    let sessions = read(&paths)?;
    fs::create_dir_all(&out)?;
    for guard in GUARDS {
        let file = out.join(guard.id()).with_extension("jsonl");
        fs::write(&file, predictions(*guard, &sessions, brief)?)?;
        eprintln!("{}: {} sessions", file.display(), sessions.len());
    }
    Ok(())
}

fn read(paths: &[PathBuf]) -> Result<Sessions> {
    let files = walk(paths)?.files;
    let found: Vec<Collect> =
        files.par_iter().enumerate().map(|(file, path)| collect(file as u32, path)).collect::<Result<_>>()?;
    let issues: usize = found.iter().map(|found| found.issues.len()).sum();
    eprintln!("{} files, {issues} issues", files.len());
    let mut sessions = Sessions::new();
    for event in found.into_iter().flat_map(|found| found.events) {
        sessions.entry(event.session.clone().into_owned()).or_default().push(event);
    }
    Ok(sessions)
}

fn collect(file: u32, path: &Path) -> Result<Collect> {
    let mut found = Collect::default();
    read_file(path, file, &Options::default(), &mut found)?;
    Ok(found)
}

/// A line of a prediction file.
#[derive(Serialize)]
struct Prediction<'a> {
    session_id: &'a str,
    loop_score: Option<f64>,
    pad_score: Option<f64>,
    verdict: Option<&'static str>,
    steps: Vec<StepScore<'a>>,
}

fn predictions(guard: &dyn Guard, sessions: &Sessions, brief: bool) -> Result<String> {
    let lines: Vec<String> = sessions
        .par_iter()
        .map(|(id, events)| prediction(guard, id, events, brief))
        .collect::<Result<_>>()?;
    Ok(lines.concat())
}

fn prediction(guard: &dyn Guard, session_id: &str, events: &[Event<'static>], brief: bool) -> Result<String> {
    let judgement = guard.judge(&steps(events));
    let warns = judgement.score.is_some_and(|score| score > 0.0);
    let verdict = judgement.stops.map(|stops| match (stops, warns) {
        (true, _) => "review",
        (false, true) => "note",
        (false, false) => "ok",
    });
    let Judgement { score: loop_score, pad: pad_score, steps, .. } = judgement;
    let steps = if brief { Vec::new() } else { steps };
    let line = Prediction { session_id, loop_score, pad_score, verdict, steps };
    Ok(serde_json::to_string(&line)? + "\n")
}
