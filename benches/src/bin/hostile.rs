//! Hostile input at full size: what each case costs, and that all of it is counted.
//!
//! ```text
//! cargo build --release -p goodhart-cli
//! cargo run --release -p goodhart-benches --bin hostile -- --goodhart target/release/goodhart
//! ```
//!
//! Every case is made in a temporary folder beside one sound session and removed after three runs: `scan --all`, which
//! is measured and tells whether the sound session came out as it does alone; `inspect` for the issues; and
//! `scan --strict` for its exit code. Peak memory is what the system reports of the process (`VmHWM`), asked for while
//! it runs; elsewhere than on Linux it is unknown.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use goodhart_benches::hostile::{CASES, Case, good};
use serde_json::Value;

#[derive(Parser)]
#[command(about = "Runs the goodhart binary on hostile input at full size and prints what it cost")]
struct Arguments {
    /// The binary to run.
    #[arg(long, default_value = "target/release/goodhart")]
    goodhart: PathBuf,
    /// Only cases whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Seconds after which a run counts as hanging and is ended.
    #[arg(long, default_value_t = 300)]
    limit: u64,
}

/// What one run came to.
struct Outcome {
    answer: String,
    code: Option<i32>,
    seconds: f64,
    peak_kb: Option<u64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    let alone = &CASES[0];
    let expected = in_folder(alone, |folder| Ok(sound(&scan(folder, &arguments)?.answer)))?;
    writeln!(
        out,
        "| case | input | issues by kind | sessions | sound session | exit | strict | peak memory | seconds |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    for case in CASES.iter().filter(|case| case.name.contains(&arguments.only)) {
        let row = in_folder(case, |folder| row(folder, &expected, &arguments))?;
        writeln!(out, "| {} | {row} |", case.name)?;
        out.flush()?;
    }
    Ok(())
}

/// Makes the case in a folder of its own, which is removed again.
fn in_folder<T>(case: &Case, work: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let folder = std::env::temp_dir().join(format!("goodhart-hostile-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let done = make(case, &folder).and_then(|()| work(&folder));
    fs::remove_dir_all(&folder)?;
    done
}

fn make(case: &Case, folder: &Path) -> io::Result<()> {
    fs::write(folder.join("good.jsonl"), good("good"))?;
    (case.make)(folder, &mut |name| Ok(BufWriter::new(File::create(folder.join(name))?)))
}

/// Reads the case three times, and tells it as the rest of its row.
fn row(folder: &Path, expected: &Option<Value>, arguments: &Arguments) -> io::Result<String> {
    let size: u64 = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path().symlink_metadata()?.len()))
        .sum::<io::Result<_>>()?;
    let Outcome { answer, code, seconds, peak_kb } = scan(folder, arguments)?;
    let same = if &sound(&answer) == expected { "the same" } else { "CHANGED" };
    let (issues, sessions) = told(&run(folder, &["inspect", "--format", "json"], arguments)?.answer);
    let strict = run(folder, &["scan", "--strict"], arguments)?.code;
    let peak = peak_kb.map_or_else(|| "unknown".to_owned(), |kb| format!("{} MB", kb / 1024));
    let [code, strict] = [code, strict].map(|code| code.map_or("none".to_owned(), |code| code.to_string()));
    let input = size >> 20;
    Ok(format!("{input} MB | {issues} | {sessions} | {same} | {code} | {strict} | {peak} | {seconds:.1}"))
}

fn scan(folder: &Path, arguments: &Arguments) -> io::Result<Outcome> {
    run(folder, &["scan", "--all", "--format", "jsonl"], arguments)
}

fn run(folder: &Path, command: &[&str], arguments: &Arguments) -> io::Result<Outcome> {
    let start = Instant::now();
    let mut child = Command::new(&arguments.goodhart)
        .args(command)
        .args(["--threads", "2"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    // Whoever does not read a pipe stops the one who writes to it.
    let pipe = child.stdout.take();
    let reader = std::thread::spawn(move || pipe.map(io::read_to_string));
    let (code, peak_kb) = watch(&mut child, Duration::from_secs(arguments.limit))?;
    let seconds = start.elapsed().as_secs_f64();
    let answer = reader.join().ok().flatten().transpose()?.unwrap_or_default();
    Ok(Outcome { answer, code, seconds, peak_kb })
}

/// Waits for the end of a process, asking for its peak memory all the while; ends it above the limit.
fn watch(child: &mut Child, limit: Duration) -> io::Result<(Option<i32>, Option<u64>)> {
    let start = Instant::now();
    let mut peak = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status.code(), peak));
        }
        peak = peak_kb(child.id()).max(peak);
        if start.elapsed() > limit {
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The finding of the sound session, without what belongs to the batch: its rarity among the others.
fn sound(answer: &str) -> Option<Value> {
    let line = answer.lines().find(|line| line.contains(r#""session_id":"good""#))?;
    let mut finding: Value = serde_json::from_str(line).ok()?;
    ["q_value", "verdict", "keys"].iter().for_each(|field| finding[*field] = Value::Null);
    Some(finding)
}

fn peak_kb(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Issues by kind, and sessions; without an answer the process did not end well.
fn told(answer: &str) -> (String, String) {
    let Ok(answer) = serde_json::from_str::<Value>(answer) else { return ("ENDED BADLY".into(), "-".into()) };
    let issues = answer["issues"].as_array().into_iter().flatten();
    let each: Vec<String> =
        issues.map(|issue| format!("{} {}", issue["kind"].as_str().unwrap_or("?"), issue["count"])).collect();
    let issues = if each.is_empty() { "none".to_owned() } else { each.join(", ") };
    (issues, answer["sessions"].to_string())
}
