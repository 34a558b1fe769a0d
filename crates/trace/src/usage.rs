//! Token usage of one request, by disjoint class.

use serde::{Deserialize, Serialize};

/// Billed tokens of one request (or a sum of requests), in tokens.
///
/// The four classes are **disjoint** and sum to [`Usage::total`]; `reasoning` is the part of `output` that is
/// known to be reasoning. Sources that count the cache inside the input are converted by their reader.
///
/// ```
/// use goodhart_trace::Usage;
///
/// let usage = Usage { input: 3, cache_read: 12_000, cache_write: 900, output: 61, reasoning: None };
/// assert_eq!(usage.total(), 12_964);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Usage {
    /// Prompt tokens that were neither read from nor written to a cache.
    pub input: u64,
    /// Prompt tokens served from a cache.
    pub cache_read: u64,
    /// Prompt tokens written to a cache.
    pub cache_write: u64,
    /// Generated tokens, reasoning included.
    pub output: u64,
    /// Generated tokens that were reasoning, where the source says so.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// All billed tokens: the sum of the four disjoint classes, saturating.
    pub fn total(&self) -> u64 {
        self.prompt().saturating_add(self.output)
    }

    /// The prompt side: everything but the output, saturating.
    pub fn prompt(&self) -> u64 {
        self.input.saturating_add(self.cache_read).saturating_add(self.cache_write)
    }

    /// Adds another record class by class, saturating; reasoning stays unknown only while no record knows it.
    pub fn add(&mut self, other: &Usage) {
        self.input = self.input.saturating_add(other.input);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
        self.output = self.output.saturating_add(other.output);
        self.reasoning = match (self.reasoning, other.reasoning) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::Usage;

    #[test]
    fn classes_sum_to_the_total_and_saturate() {
        let mut usage = Usage { input: u64::MAX, cache_read: 1, ..Usage::default() };
        assert_eq!(usage.total(), u64::MAX);
        usage.add(&Usage { output: 5, reasoning: Some(2), ..Usage::default() });
        assert_eq!((usage.input, usage.output, usage.reasoning), (u64::MAX, 5, Some(2)));
    }
}
