//! What fitting and scoring cost, in CPU seconds of one thread: another process on the same core does not count.

use std::hint::black_box;

use goodhart_detectors::{RollingForest, Table};
use ndarray::{Array2, Axis, Slice};

use crate::adbench::Contender;
use crate::clock::cpu_seconds;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Columns of the table.
pub const COLUMNS: usize = 32;
/// What is measured runs at least this long, since the kernel keeps its books by ticks of some milliseconds.
const AT_LEAST: f64 = 0.2;

/// CPU seconds.
pub struct Speed {
    /// Fitting all rows.
    pub fit: f64,
    /// Scoring all rows together; projected from a thousand where all would take long.
    pub score: f64,
    /// Scoring one row alone.
    pub one: f64,
}

/// The best times of some runs on columns with a common factor, every fourth of them skewed.
///
/// # Errors
/// Of the detector.
pub fn speed(contender: &Contender, rows: usize, runs: usize) -> Result<Speed> {
    let table = Table::unnamed(normal_rows(rows))?;
    let model = contender.fit(&table, 1)?;
    let fit = best(runs, || seconds(|_| contender.fit(&table, 1).is_ok()));
    let cells = table.values();
    let first = |rows: usize| cells.slice_axis(Axis(0), Slice::from(..rows));
    let scored = affordable(rows, |rows| seconds_once(|| model.score(first(rows))));
    let score = best(runs, || seconds(|_| model.score(first(scored)))) * rows as f64 / scored as f64;
    let one = best(runs, || seconds(|run| model.score_one(&table.values().row(run % rows).to_vec())));
    Ok(Speed { fit, score, one })
}

/// CPU seconds in which a rolling forest scores and learns so many rows, all the trees that it grows included.
///
/// # Errors
/// Of the detector.
pub fn rolling(rows: usize, runs: usize) -> Result<f64> {
    let table = normal_rows(rows);
    let mut forest = RollingForest::params().fit(&table)?;
    Ok(best(runs, || seconds(|_| forest.update(table.view()))))
}

fn best(runs: usize, mut run: impl FnMut() -> f64) -> f64 {
    (0..runs.max(1)).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// All rows, or so few that they take no minutes.
fn affordable(rows: usize, trial: impl FnOnce(usize) -> f64) -> usize {
    const FEW: usize = 1_024;
    let few = rows.min(FEW);
    let all = trial(few) * rows as f64 / few as f64;
    if all > 10.0 * AT_LEAST { few } else { rows }
}

fn seconds_once<T>(work: impl FnOnce() -> T) -> f64 {
    let start = cpu_seconds();
    black_box(work());
    cpu_seconds() - start
}

fn seconds<T>(mut work: impl FnMut(usize) -> T) -> f64 {
    let start = cpu_seconds();
    let mut runs = 0;
    while runs < 1 || cpu_seconds() - start < AT_LEAST {
        let until = 2 * runs + 1;
        while runs < until {
            black_box(work(runs));
            runs += 1;
        }
    }
    (cpu_seconds() - start) / runs as f64
}

/// A table of columns with a common factor, every fourth of them skewed; the same every time.
pub fn normal_rows(rows: usize) -> Array2<f64> {
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
