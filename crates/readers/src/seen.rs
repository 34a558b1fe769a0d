//! Which ids a source has shown, as 8-byte hashes.

use std::collections::HashSet;

use goodhart_trace::EventId;

/// A set of ids that keeps no text.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashSet<EventId>);

impl Seen {
    /// Remembers an id; `false` if it was known.
    pub(crate) fn insert(&mut self, parts: &[&str]) -> bool {
        self.0.insert(EventId::of(parts))
    }

    pub(crate) fn contains(&self, parts: &[&str]) -> bool {
        self.0.contains(&EventId::of(parts))
    }
}
