//! The one check of a parameter's range.

use std::ops::RangeInclusive;

use crate::Error;

/// # Errors
/// [`Error::Parameter`] outside the range.
pub(crate) fn expect_within(
    name: &'static str,
    range: RangeInclusive<usize>,
    found: usize,
) -> Result<(), Error> {
    if range.contains(&found) {
        return Ok(());
    }
    let expected = format!("{}..={}", range.start(), range.end());
    Err(Error::Parameter { name, expected, found })
}
