//! What a session has already shown: bounded sets of hashes that answer how much of a content is new.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};

use crate::sample::{Sample, kept};

/// A set of hashes that halves itself by threshold when it is full, so that it remembers an even sample of
/// everything rather than the latest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(crate) struct Memory {
    shift: u8,
    limit: usize,
    seen: HashSet<u32, BuildHasherDefault<Spread>>,
}

impl Memory {
    /// Remembers at most `limit` hashes.
    pub(crate) fn new(limit: usize) -> Self {
        Memory { shift: 0, limit, seen: HashSet::default() }
    }

    /// Weighted share of the sample that was not seen yet, in [0, 1]; `None` for an empty sample, and `unknown` when
    /// a full memory looks at nothing of it.
    pub(crate) fn novelty(&self, sample: &Sample, unknown: f64) -> Option<f64> {
        let (mut new, mut all) = (0_u64, 0_u64);
        for mark in sample.at(self.shift) {
            let weight = u64::from(mark.weight);
            all += weight;
            new += if self.seen.contains(&mark.hash) { 0 } else { weight };
        }
        let known = if all > 0 { new as f64 / all as f64 } else { unknown };
        (!sample.is_empty()).then_some(known)
    }

    /// Remembers a sample.
    pub(crate) fn insert(&mut self, sample: &Sample) {
        self.seen.extend(sample.at(self.shift).iter().map(|mark| mark.hash));
        self.thin();
    }

    /// Remembers one hash; whether it was not seen yet, or `None` where a full memory no longer looks at such hashes.
    pub(crate) fn insert_one(&mut self, hash: u32) -> Option<bool> {
        let new = kept(hash, self.shift).then(|| self.seen.insert(hash));
        self.thin();
        new
    }

    fn thin(&mut self) {
        while self.seen.len() > self.limit {
            self.shift += 1;
            let shift = self.shift;
            self.seen.retain(|&hash| kept(hash, shift));
        }
    }
}

/// Spreads keys that are hashes already.
#[derive(Debug, Clone, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u32(u32::from(byte)));
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0 ^ u64::from(value)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// A memory at rest: sorted, so that equal memories have equal bytes.
#[derive(Serialize, Deserialize)]
struct Stored {
    shift: u8,
    limit: usize,
    seen: Vec<u32>,
}

impl From<Memory> for Stored {
    fn from(memory: Memory) -> Self {
        let mut seen: Vec<u32> = memory.seen.into_iter().collect();
        seen.sort_unstable();
        Stored { shift: memory.shift, limit: memory.limit, seen }
    }
}

impl From<Stored> for Memory {
    fn from(stored: Stored) -> Self {
        Memory { shift: stored.shift.min(32), limit: stored.limit, seen: stored.seen.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use crate::sample::{Mark, Sample};

    fn sample(hashes: impl Iterator<Item = u32>) -> Sample {
        Sample::new(hashes.map(|hash| Mark { hash, weight: 1 }).collect(), 1 << 20)
    }

    #[test]
    fn novelty_is_the_share_not_seen() {
        let mut memory = Memory::new(100);
        memory.insert(&sample(0..3));
        assert_eq!(memory.novelty(&sample(0..4), 1.0), Some(0.25));
        assert_eq!(memory.novelty(&Sample::default(), 1.0), None);
    }

    #[test]
    fn a_full_memory_still_tells_old_from_new() {
        let mut memory = Memory::new(64);
        let spread = |i: u32| i.wrapping_mul(2_654_435_769);
        let old = sample((0..4000).map(spread));
        memory.insert(&old);
        assert!(memory.seen.len() <= 64);
        assert_eq!(memory.novelty(&old, 1.0), Some(0.0));
        assert_eq!(memory.novelty(&sample((10_000..14_000).map(spread)), 1.0), Some(1.0));
    }

    #[test]
    fn a_stored_memory_is_sorted_and_comes_back() {
        let mut memory = Memory::new(100);
        memory.insert(&sample([9, 3, 5].into_iter()));
        let bytes = postcard::to_allocvec(&memory).unwrap();
        let back: Memory = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(back.seen, memory.seen);
        assert_eq!(postcard::to_allocvec(&back).unwrap(), bytes);
    }
}
