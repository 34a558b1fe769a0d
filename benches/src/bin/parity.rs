//! Compares the token totals of goodhart with those of a usage counter, session by session and class by class.
//!
//! ```text
//! goodhart scan --all --format jsonl FOLDER > ours.jsonl
//! ccusage claude session --offline --json > theirs.json
//! cargo run --release -p goodhart-benches --bin parity -- --ours ours.jsonl --theirs theirs.json
//! ```
//!
//! A sub-agent counts with the session that started it, and stands in a column of its own: the counter does not read
//! agents whose lines are nested in those of their parent. The end is a failure when any other token differs.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use serde_json::Value;

/// Compares token totals with those of a usage counter.
#[derive(Parser)]
struct Arguments {
    /// Findings of all sessions, one JSON object a line.
    #[arg(long)]
    ours: PathBuf,
    /// Sessions of the counter, one JSON object.
    #[arg(long)]
    theirs: PathBuf,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CLASSES: [&str; 4] = ["input", "cache_read", "cache_write", "output"];
const THEIR_CLASSES: [&str; 4] = ["inputTokens", "cacheReadTokens", "cacheCreationTokens", "outputTokens"];

/// Tokens by class, in the order of [`CLASSES`].
type Tokens = [i128; 4];

/// What one session came to.
#[derive(Default, Clone, Copy)]
struct Account {
    /// Without its nested agents.
    ours: Tokens,
    agents: Tokens,
    theirs: Tokens,
}

impl Account {
    /// What the counter has less, nested agents apart where it does not read them.
    fn difference(&self) -> Tokens {
        let with = minus(plus(self.ours, self.agents), self.theirs);
        if with == Tokens::default() { with } else { minus(self.ours, self.theirs) }
    }

    /// Tokens of agents that the counter does not read.
    fn unread(&self) -> Tokens {
        minus(minus(plus(self.ours, self.agents), self.theirs), self.difference())
    }
}

fn main() -> Result<ExitCode> {
    let Arguments { ours, theirs } = Arguments::parse();
    let mut accounts = BTreeMap::new();
    read_ours(&ours, &mut accounts)?;
    read_theirs(&theirs, &mut accounts)?;
    let unequal = print(&accounts, &mut std::io::stdout().lock())?;
    Ok(if unequal { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn read_ours(path: &Path, accounts: &mut BTreeMap<String, Account>) -> Result<()> {
    for line in std::fs::read_to_string(path)?.lines() {
        let finding: Value = serde_json::from_str(line)?;
        let id = finding["session_id"].as_str().ok_or("a finding without a session")?;
        let (root, agent) = id.split_once('/').map_or((id, None), |(root, agent)| (root, Some(agent)));
        let account = accounts.entry(root.to_owned()).or_default();
        let sum = if agent.is_some() { &mut account.agents } else { &mut account.ours };
        *sum = plus(*sum, tokens(&finding["tokens"], CLASSES));
    }
    Ok(())
}

fn read_theirs(path: &Path, accounts: &mut BTreeMap<String, Account>) -> Result<()> {
    let found: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    for session in found["sessions"].as_array().ok_or("a list of sessions was expected")? {
        let name = session["sessionId"].as_str().ok_or("a session without an id")?;
        let account = accounts.entry(id(name).to_owned()).or_default();
        account.theirs = plus(account.theirs, tokens(session, THEIR_CLASSES));
    }
    Ok(())
}

/// The session of a file: its name, for rollouts what follows the time.
fn id(name: &str) -> &str {
    const TIME: usize = "rollout-2026-03-02T09-00-00-".len();
    let file = name.rsplit('/').next().unwrap_or(name);
    if file.starts_with("rollout-") { file.get(TIME..).unwrap_or(file) } else { file }
}

fn tokens(value: &Value, classes: [&str; 4]) -> Tokens {
    classes.map(|class| i128::from(value[class].as_u64().unwrap_or(0)))
}

fn plus(a: Tokens, b: Tokens) -> Tokens {
    std::array::from_fn(|class| a[class] + b[class])
}

fn minus(a: Tokens, b: Tokens) -> Tokens {
    std::array::from_fn(|class| a[class] - b[class])
}

/// Prints the totals, then every session that differs; whether any does.
fn print(accounts: &BTreeMap<String, Account>, out: &mut dyn Write) -> Result<bool> {
    let sum = |part: &dyn Fn(&Account) -> Tokens| accounts.values().map(part).fold(Tokens::default(), plus);
    let ours = sum(&|account| plus(account.ours, account.agents));
    let theirs = sum(&|account| account.theirs);
    let unread = sum(&Account::unread);
    writeln!(out, "{:12}{:>16}{:>16}{:>18}{:>12}", "class", "ours", "theirs", "unread agents", "difference")?;
    for (class, name) in CLASSES.iter().enumerate() {
        let difference = ours[class] - theirs[class] - unread[class];
        let row = [ours[class], theirs[class], unread[class]];
        writeln!(out, "{name:12}{:>16}{:>16}{:>18}{difference:>12}", row[0], row[1], row[2])?;
    }
    let differing: BTreeSet<&String> =
        accounts.iter().filter(|(_, a)| a.difference() != Tokens::default()).map(|(id, _)| id).collect();
    writeln!(out, "{} sessions, {} differ", accounts.len(), differing.len())?;
    for id in &differing {
        writeln!(out, "  {id}: {:?}", accounts[*id].difference())?;
    }
    Ok(!differing.is_empty())
}
