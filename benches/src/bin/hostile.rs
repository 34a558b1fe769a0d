//! Hostile input at full size: what each case costs, and that all of it is counted.
//!
//! ```text
//! cargo build --release -p goodhart-cli
//! cargo run --release -p goodhart-benches --bin hostile -- --goodhart target/release/goodhart
//! ```
//!
//! Every case is made in a temporary folder beside one sound session, read by the binary, and removed. Peak memory
//! is what the system reports of the process (`VmHWM`), asked for while it runs; elsewhere than on Linux it is unknown.

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
    /// Seconds after which a case counts as hanging and is ended.
    #[arg(long, default_value_t = 300)]
    limit: u64,
}

/// What one run came to.
struct Cost {
    answer: String,
    seconds: f64,
    peak_kb: Option<u64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    writeln!(out, "| case | input | issues by kind | sessions | peak memory | seconds |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for case in CASES.iter().filter(|case| case.name.contains(&arguments.only)) {
        writeln!(out, "{}", run(case, &arguments)?)?;
        out.flush()?;
    }
    Ok(())
}

/// Makes the case, reads it, and tells it as a row of the table.
fn run(case: &Case, arguments: &Arguments) -> Result<String, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("goodhart-hostile-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let made = make(case, &folder).and_then(|()| size(&folder));
    let cost = made.and_then(|bytes| Ok((bytes, cost(&folder, arguments)?)));
    fs::remove_dir_all(&folder)?;
    let (bytes, Cost { answer, seconds, peak_kb }) = cost?;
    let peak = peak_kb.map_or_else(|| "unknown".to_owned(), |kb| format!("{} MB", kb / 1024));
    let (issues, sessions) = told(&answer);
    Ok(format!("| {} | {} MB | {issues} | {sessions} | {peak} | {seconds:.1} |", case.name, bytes >> 20))
}

fn make(case: &Case, folder: &Path) -> io::Result<()> {
    fs::write(folder.join("good.jsonl"), good("good"))?;
    (case.make)(folder, &mut |name| Ok(BufWriter::new(File::create(folder.join(name))?)))
}

fn size(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path().symlink_metadata()?.len())).sum()
}

fn cost(folder: &Path, arguments: &Arguments) -> io::Result<Cost> {
    let start = Instant::now();
    let mut child = Command::new(&arguments.goodhart)
        .args(["inspect", "--format", "json", "--threads", "2"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let peak_kb = watch(&mut child, Duration::from_secs(arguments.limit))?;
    let seconds = start.elapsed().as_secs_f64();
    let answer = child.wait_with_output()?;
    Ok(Cost { answer: String::from_utf8_lossy(&answer.stdout).into_owned(), seconds, peak_kb })
}

/// Waits for the end of a process, asking for its peak memory all the while; ends it above the limit.
fn watch(child: &mut Child, limit: Duration) -> io::Result<Option<u64>> {
    let start = Instant::now();
    let mut peak = None;
    while child.try_wait()?.is_none() {
        peak = peak_kb(child.id()).max(peak);
        if start.elapsed() > limit {
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(peak)
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
