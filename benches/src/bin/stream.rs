//! Reads and scores more logs than a disk need hold: they are told again under fresh ids in memory.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin stream -- --gigabytes 50
//! ```

use std::error::Error;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use goodhart_benches::clock::{process_seconds, resident_bytes};
use goodhart_benches::corpus::Corpus;
use goodhart_benches::performance::stages::score;
use rayon::prelude::*;

/// Streams a corpus through reader, digest, fold and score.
#[derive(Parser)]
struct Arguments {
    /// How much, at least.
    #[arg(long, default_value_t = 50.0)]
    gigabytes: f64,
}

/// Bytes, sessions and digested bytes so far.
#[derive(Default)]
struct Done {
    bytes: AtomicU64,
    sessions: AtomicU64,
    events: AtomicU64,
    shuffled: AtomicU64,
    wasteful: AtomicU64,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let corpus = Corpus::find()?;
    let rounds = (Arguments::parse().gigabytes * 1e9 / corpus.bytes() as f64).ceil() as u64;
    let (done, start) = (Done::default(), Instant::now());
    let (cpu, before) = (process_seconds(), resident_bytes());
    (0..rounds).into_par_iter().for_each_init(Vec::new, |buffer: &mut Vec<u8>, round| {
        for log in corpus.logs() {
            buffer.clear();
            buffer.extend_from_slice(log.bytes());
            log.renew(round, buffer);
            let scored = score(buffer);
            done.bytes.fetch_add(buffer.len() as u64, Ordering::Relaxed);
            done.sessions.fetch_add(scored.sessions, Ordering::Relaxed);
            done.events.fetch_add(scored.events, Ordering::Relaxed);
            done.shuffled.fetch_add(scored.digest_bytes, Ordering::Relaxed);
            done.wasteful.fetch_add(scored.wasteful, Ordering::Relaxed);
        }
    });
    let (wall, cpu) = (start.elapsed().as_secs_f64(), process_seconds() - cpu);
    let [gigabytes, shuffled] =
        [&done.bytes, &done.shuffled].map(|bytes| bytes.load(Ordering::Relaxed) as f64 / 1e9);
    let [sessions, events, wasteful] =
        [&done.sessions, &done.events, &done.wasteful].map(|count| count.load(Ordering::Relaxed));
    let grown = resident_bytes().saturating_sub(before) as f64 / 1e6;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| streamed | {gigabytes:.1} GB in {rounds} rounds, {sessions} sessions, {events} events |"
    )?;
    writeln!(out, "| time | {wall:.1} s wall, {cpu:.1} CPU-s, {:.3} CPU-s a GB |", cpu / gigabytes)?;
    writeln!(
        out,
        "| digests, stored | {shuffled:.1} GB if all were shuffled, {:.1} % of the logs |",
        100.0 * shuffled / gigabytes
    )?;
    writeln!(out, "| found | {wasteful} sessions of weight |")?;
    writeln!(out, "| memory grown by | {grown:.0} MB |")?;
    Ok(())
}
