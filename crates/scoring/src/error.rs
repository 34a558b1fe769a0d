//! What can go wrong between a reference and a baseline.

use thiserror::Error;

/// Why a baseline was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes do not start as a baseline does.
    #[error("baseline: expected label {expected:?}, found {found:?}")]
    Label {
        /// Label of every baseline.
        expected: &'static str,
        /// First bytes found, as text.
        found: String,
    },
    /// The bytes end before the header does.
    #[error("baseline: expected a header of {expected} bytes, found {found} bytes in all")]
    Short {
        /// Length of the header.
        expected: usize,
        /// Length of the input.
        found: usize,
    },
    /// The file was written in a layout that this build does not read.
    #[error("baseline: expected format version {expected} or older, found {found}")]
    Version {
        /// Latest version that this build reads.
        expected: u16,
        /// Version of the file.
        found: u16,
    },
    /// The content is not what was written.
    #[error("baseline: expected checksum {expected:016x}, found {found:016x}; the file is damaged")]
    Checksum {
        /// Checksum in the header.
        expected: u64,
        /// Checksum of the content.
        found: u64,
    },
    /// The content has the right checksum and cannot be read all the same.
    #[error("baseline: {0}")]
    Body(#[from] postcard::Error),
    /// The baseline was fitted on a feature that this build computes otherwise, or not at all.
    #[error("baseline: feature \"{id}\": expected version {expected} as fitted, found {}", version(*found))]
    Feature {
        /// The feature.
        id: String,
        /// Version that the baseline was fitted on.
        expected: u32,
        /// Version of this build; `None` when it has no such feature.
        found: Option<u32>,
    },
    /// The list of features is not the one that was hashed.
    #[error("baseline: schema: expected hash {expected:016x} of its features, found {found:016x}")]
    Schema {
        /// Hash of the features listed.
        expected: u64,
        /// Hash stored.
        found: u64,
    },
    /// Two baselines cannot be one.
    #[error("merge: expected {expected}, found {found}")]
    Merge {
        /// What can be merged.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// The content contradicts itself: it was written by something else.
    #[error("baseline: {what}: expected {expected}, found {found}")]
    Stored {
        /// The part that is wrong.
        what: &'static str,
        /// What holds in every sound baseline.
        expected: &'static str,
        /// What was read.
        found: String,
    },
    /// Nothing can be learned from no session.
    #[error(
        "reference: expected at least one session of {expected} steps with content, found none among {found}"
    )]
    Empty {
        /// Steps that a session needs.
        expected: u64,
        /// Rows that were given.
        found: usize,
    },
    /// A row of the reference weighs nothing, or more than a session.
    #[error("reference: session \"{session}\": expected a weight above 0 and up to 1, found {found}")]
    Weight {
        /// The session.
        session: String,
        /// Its weight.
        found: f64,
    },
    /// A parameter is outside of its range.
    #[error("{name}: expected {expected}, found {found}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// Its range.
        expected: &'static str,
        /// The value given.
        found: f64,
    },
    /// Somebody wanted to cut the highest calibration scores off. That makes every p-value too small: measured, three in four
    /// discoveries were then false where one in ten was asked for.
    #[error(
        "trim: expected 0, found {found}: calibration scores are never trimmed, since p-values would be too small; \
         declare a clean reference instead"
    )]
    Trimmed {
        /// The share that was to be cut off.
        found: f64,
    },
    /// Too few rows to fit on some and calibrate on others.
    #[error("calibration: expected at least {expected} rows, found {found}")]
    TooFew {
        /// Rows needed.
        expected: usize,
        /// Rows given.
        found: usize,
    },
    /// A detector refused its table.
    #[error(transparent)]
    Detector(#[from] goodhart_detectors::Error),
}

fn version(found: Option<u32>) -> String {
    found.map_or_else(|| "no such feature".to_owned(), |found| format!("version {found}"))
}
