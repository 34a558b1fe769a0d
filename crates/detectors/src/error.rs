//! What can go wrong between a table and a score.

use thiserror::Error;

/// Why a table, a parameter or a stored model was refused.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum Error {
    /// A row, or the whole matrix, is wider or narrower than the list of columns.
    #[error("row {row}: expected {expected} columns, found {found}")]
    Width {
        /// Row, from 0.
        row: usize,
        /// Number of named columns.
        expected: usize,
        /// Number of values in the row.
        found: usize,
    },
    /// Two columns carry the same name, so a name would not tell which is meant.
    #[error("column \"{name}\": expected once, found twice")]
    DuplicateColumn {
        /// The name.
        name: String,
    },
    /// A value is NaN or infinite. An unavailable cell is `None` in
    /// [`Table::from_options`](crate::Table::from_options), never NaN.
    #[error("row {row}, column \"{column}\": expected a finite number, found {value}")]
    NotFinite {
        /// Row, from 0.
        row: usize,
        /// Name of the column.
        column: String,
        /// The value.
        value: f64,
    },
    /// A column that the model was fitted on is absent.
    #[error("column \"{expected}\": expected in the table, found only [{}]", found.join(", "))]
    MissingColumn {
        /// Name of the column looked for.
        expected: String,
        /// Names of the columns at hand, in their order.
        found: Vec<String>,
    },
    /// Nothing can be learned from no row, no column or no member.
    #[error("{what}: expected at least one, found none")]
    Empty {
        /// What is missing: `rows`, `columns`, `members`.
        what: &'static str,
    },
    /// A parameter is outside its range.
    #[error("{name} must be in {expected}, got {found}")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// Its range.
        expected: String,
        /// The value given.
        found: usize,
    },
    /// No registered detector has this name.
    #[error("detector \"{found}\": expected one of [{}]", expected.join(", "))]
    UnknownDetector {
        /// The name given.
        found: String,
        /// The registered names.
        expected: Vec<&'static str>,
    },
    /// Detectors that cannot be put together.
    #[error(
        "ensemble: expected 1 to 64 plain detectors over the same columns with positive weights, found {found}"
    )]
    Ensemble {
        /// What stands in the way.
        found: String,
    },
    /// A detector could not be fitted on a table that is sound.
    #[error("{detector}: could not be fitted: {reason}")]
    Fit {
        /// The registered name.
        detector: &'static str,
        /// What the library behind it says.
        reason: String,
    },
    /// A stored model contradicts itself: the file is damaged or was written by something else.
    #[error("stored {what}: expected {expected}, found {found}")]
    Stored {
        /// The part that is wrong.
        what: &'static str,
        /// What holds in every sound model.
        expected: String,
        /// What was read.
        found: String,
    },
    /// An error of linfa, for the composing types of that library.
    #[cfg(feature = "linfa")]
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}
