//! What was found, shown: one file an output.
//!
//! | you want | for | use |
//! |---|---|---|
//! | a short table and two lines below it | people | [`findings_table`], [`summary()`] |
//! | one finding in full, like a compiler's diagnostic | analysts | [`explanation`] |
//! | one JSON object a line | programs | [`json_lines`] |
//! | one row a session or step, for a spreadsheet | programs, data scientists | [`findings_csv`], [`csv_rows`] |
//! | the feature matrix | data scientists | [`features_csv`], [`feature_rows`] |
//! | what was read, in numbers | people, programs | [`inspection`] |
//! | the manual's tables | the manual | [`catalog`] |
//!
//! Everything is plain text in a `String` or written to any `io::Write`; nothing here reads a file, a clock or the
//! terminal. No content of a session is shown unless the caller passes [excerpts](explanation::Quote).
//!
//! ```
//! use goodhart_report::{Span, happened};
//! # let span: Span = serde_json::from_str(r#"{"kind":"loop","pattern":"repeat","tool":"Bash","period":1,"repeats":63,
//! #   "recurring":"00","varies":["result: numbers, times or ids"],"steps":63,"tokens":225000,
//! #   "first":{"step":0,"file":0,"line":1,"byte":0,"call_id":null,"at":null},
//! #   "last":{"step":63,"file":0,"line":99,"byte":0,"call_id":null,"at":null}}"#).unwrap();
//!
//! assert_eq!(happened(&span), "Bash repeated 63 times, same result but for numbers, times or ids");
//! ```

mod baselines;
pub mod catalog;
pub mod explanation;
mod features;
mod findings_csv;
pub mod inspection;
mod lines;
pub mod numbers;
mod session_names;
mod summary;
mod table;
mod words;

pub use baselines::{baseline_compared, baseline_shown};
pub use features::{feature_rows, features_csv};
pub use findings_csv::findings_csv;
pub use goodhart_scoring::FindingSpan as Span;
pub use lines::{csv_rows, json_line, json_lines};
pub use session_names::SessionNames;
pub use summary::summary;
pub use table::findings_table;
pub use words::{happened, printable};
