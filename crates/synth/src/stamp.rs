//! Times as logs write them.

/// Milliseconds since 1970 as RFC 3339 with milliseconds.
pub(crate) fn stamp(ms: u64) -> String {
    let time =
        i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_stamp_has_milliseconds() {
        assert_eq!(super::stamp(1_772_442_000_007), "2026-03-02T09:00:00.007Z");
    }
}
