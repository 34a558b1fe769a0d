//! Time that a measurement took, and memory that it holds.

use std::fs;
use std::time::Instant;

/// Seconds that this thread was on a core, where Linux tells; else of the clock. Another process on the same core does
/// not count.
pub fn cpu_seconds() -> f64 {
    thread_local!(static START: Instant = Instant::now());
    let on_core = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = on_core.and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.with(Instant::elapsed).as_secs_f64(), |nanoseconds| nanoseconds * 1e-9)
}

/// Seconds that this process was on a core, on all threads, where Linux tells; else 0.
pub fn process_seconds() -> f64 {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let on_core = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    on_core.filter_map(|line| line.split(' ').next()?.parse::<f64>().ok()).sum::<f64>() * 1e-9
}

/// CPU seconds of the fastest of several runs.
pub fn fastest<T>(runs: usize, mut work: impl FnMut() -> T) -> f64 {
    let run = |_| {
        let start = cpu_seconds();
        std::hint::black_box(work());
        cpu_seconds() - start
    };
    (0..runs).map(run).fold(f64::INFINITY, f64::min)
}

/// Bytes of memory that the process holds, where Linux tells; else 0.
pub fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1024
}
