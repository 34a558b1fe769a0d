//! What can go wrong in a fold.

use thiserror::Error;

/// A fold refused its input.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FoldError {
    /// Digests must come in the order of their source; engines that lose it in silence would change the result.
    #[error("digest order: expected above {before}, found {found}")]
    OutOfOrder {
        /// Order of the digest before.
        before: u64,
        /// Order of the digest that was pushed.
        found: u64,
    },
    /// The bytes do not start with the label of a fold state that this version reads.
    #[error("fold state: expected label {expected:?}, found {found:?}")]
    StateVersion {
        /// Label of this version.
        expected: [u8; 4],
        /// First bytes found.
        found: Vec<u8>,
    },
    /// The bytes have the label, but no state behind it.
    #[error("fold state: {0}")]
    State(#[source] postcard::Error),
    /// The bytes are a state, but none that a fold can have come to.
    #[error("fold state: expected counts and spans as a fold leaves them, found others")]
    Unsound,
}
