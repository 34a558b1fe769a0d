//! What fitting and scoring cost, in CPU seconds of one thread: another process on the same core does not count.

use std::hint::black_box;

use goodhart_detectors::Table;
use ndarray::Array2;

use crate::adbench::Contender;
use crate::clock::cpu_seconds;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const COLUMNS: usize = 32;
/// What is measured runs at least this long, since the kernel keeps its books by ticks of some milliseconds.
const AT_LEAST: f64 = 0.3;

/// CPU seconds.
pub struct Speed {
    /// Fitting all rows.
    pub fit: f64,
    /// Scoring all rows together.
    pub score: f64,
    /// Scoring one row alone.
    pub one: f64,
}

/// Mean times on columns with a common factor, every fourth of them skewed.
///
/// # Errors
/// Of the detector.
pub fn speed(contender: &Contender, rows: usize) -> Result<Speed> {
    let table = Table::unnamed(normal_rows(rows))?;
    let model = contender.fit(&table, 1)?;
    let fit = seconds(|_| contender.fit(&table, 1).is_ok());
    let score = seconds(|_| model.score(table.values()));
    let one = seconds(|run| model.score_one(&table.values().row(run % rows).to_vec()));
    Ok(Speed { fit, score, one })
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
