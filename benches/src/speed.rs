//! What fitting and scoring cost, in CPU seconds of one thread: another process on the same core does not count.

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use goodhart_detectors::Table;
use ndarray::Array2;

use crate::adbench::Contender;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const COLUMNS: usize = 32;
const TIMES: usize = 3;
const ONES: usize = 200;

/// CPU seconds.
pub struct Speed {
    /// Fitting all rows.
    pub fit: f64,
    /// Scoring all rows together.
    pub score: f64,
    /// Scoring one row alone.
    pub one: f64,
}

/// The best of three runs on normal columns with a common factor, some of them skewed.
///
/// # Errors
/// Of the detector.
pub fn speed(contender: &Contender, rows: usize) -> Result<Speed> {
    let table = Table::unnamed(normal_rows(rows))?;
    let (fit, model) = best(TIMES, || contender.fit(&table, 1));
    let model = model?;
    let times = if fit > 5.0 { 1 } else { TIMES };
    let (score, _) = best(times, || black_box(model.score(table.values())));
    let (one, _) = best(TIMES, || {
        (0..ONES).map(|row| model.score_one(&table.values().row(row).to_vec())).sum::<f64>()
    });
    Ok(Speed { fit, score, one: one / ONES as f64 })
}

fn best<T>(times: usize, mut run: impl FnMut() -> T) -> (f64, T) {
    let mut once = || {
        let start = now();
        let result = run();
        (now() - start, result)
    };
    let mut best = once();
    for _ in 1..times {
        let again = once();
        if again.0 < best.0 {
            best = again;
        }
    }
    best
}

/// Seconds that this thread was on a core, where Linux tells; else of the clock.
fn now() -> f64 {
    thread_local!(static START: Instant = Instant::now());
    let on_core = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = on_core.and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.with(Instant::elapsed).as_secs_f64(), |nanoseconds| nanoseconds * 1e-9)
}

fn normal_rows(rows: usize) -> Array2<f64> {
    let mut state = 42_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut bell = move || (0..4).map(|_| uniform()).sum::<f64>() - 2.0;
    let mut table = Array2::zeros((rows, COLUMNS));
    for mut row in table.rows_mut() {
        let common = bell();
        for (column, cell) in row.iter_mut().enumerate() {
            let value = bell() + common;
            *cell = if column % 4 == 0 { value.exp() } else { value };
        }
    }
    table
}
