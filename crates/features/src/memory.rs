//! What a session has already shown: bounded sets of hashes that answer how much of a content is new.

use serde::{Deserialize, Serialize};

use crate::sample::{Sample, kept};

/// A set of hashes that halves itself by threshold when it is full, so that it remembers an even sample of
/// everything rather than the latest. Held sorted: a third of the memory of a table, and a sample that comes in is
/// sorted too.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub(crate) struct Memory {
    shift: u8,
    limit: usize,
    seen: Vec<u32>,
}

/// What a memory has found of a sample, until the memory changes.
#[derive(Debug)]
pub(crate) struct Look {
    /// Hashes that are not remembered, ascending, each with the place where it was missed.
    missed: Vec<(usize, u32)>,
    share: Share,
    /// Hashes that were remembered.
    seen: usize,
}

/// Weights of a sample's pieces.
#[derive(Debug, Clone, Copy)]
struct Share {
    /// Of those that are not remembered, and of all that the memory looks at.
    new: u64,
    all: u64,
    is_empty: bool,
}

impl Share {
    fn novelty(self, unknown: impl FnOnce() -> f64) -> Option<f64> {
        let known = || if self.all > 0 { self.new as f64 / self.all as f64 } else { unknown() };
        (!self.is_empty).then(known)
    }
}

impl Look {
    /// Weighted share of the sample that was not seen yet, in [0, 1]; `None` for an empty sample, and `unknown` when a full
    /// memory looks at nothing of it.
    pub(crate) fn novelty(&self, unknown: impl FnOnce() -> f64) -> Option<f64> {
        self.share.novelty(unknown)
    }
}

impl Memory {
    /// Remembers at most `limit` hashes.
    pub(crate) fn new(limit: usize) -> Self {
        Memory { shift: 0, limit, seen: Vec::new() }
    }

    /// Looks for the pieces of a sample.
    pub(crate) fn look(&self, sample: &Sample) -> Look {
        let mut missed = Vec::with_capacity(sample.at(self.shift).len());
        let share = self.search(sample, |place, hash| missed.push((place, hash)));
        Look { missed, share, seen: self.seen.len() }
    }

    /// Looks for the pieces of a sample; of those that are missing the place is told where each was missed.
    #[inline]
    fn search(&self, sample: &Sample, mut missed: impl FnMut(usize, u32)) -> Share {
        let (mut share, mut from) = (Share { new: 0, all: 0, is_empty: sample.is_empty() }, 0);
        for mark in sample.at(self.shift) {
            let weight = u64::from(mark.weight);
            share.all += weight;
            // Both ascend: what comes later stands behind.
            match self.seen[from..].binary_search(&mark.hash) {
                Ok(at) => from += at + 1,
                Err(at) => {
                    from += at;
                    share.new += weight;
                    missed(from, mark.hash);
                }
            }
        }
        share
    }

    /// Weighted share of the sample that was not seen yet, in [0, 1]: all of it when a full memory looks at nothing of it;
    /// `None` for an empty sample.
    pub(crate) fn novelty(&self, sample: &Sample) -> Option<f64> {
        self.search(sample, |_, _| ()).novelty(|| 1.0)
    }

    /// Weighted share of the sample that was seen before, in [0, 1].
    pub(crate) fn known(&self, sample: &Sample) -> f64 {
        1.0 - self.novelty(sample).unwrap_or(1.0)
    }

    /// Whether a hash is remembered.
    pub(crate) fn contains(&self, hash: u32) -> bool {
        self.seen.binary_search(&hash).is_ok()
    }

    /// Remembers a sample.
    pub(crate) fn insert(&mut self, sample: &Sample) {
        let look = self.look(sample);
        self.learn(&look);
    }

    /// Remembers what it has just looked for.
    pub(crate) fn learn(&mut self, look: &Look) {
        debug_assert_eq!(look.seen, self.seen.len(), "nothing was learned since the look");
        self.merge(&look.missed);
        self.thin();
    }

    /// Remembers one hash; whether it was not seen yet, or `None` where a full memory no longer looks at such hashes.
    pub(crate) fn insert_one(&mut self, hash: u32) -> Option<bool> {
        if !kept(hash, self.shift) {
            return None;
        }
        let new = self.seen.binary_search(&hash).err();
        if let Some(place) = new {
            self.merge(&[(place, hash)]);
            self.thin();
        }
        Some(new.is_some())
    }

    /// Takes in ascending hashes that are not there yet, each before the place where it was missed: the last one first,
    /// moving what lies behind it.
    fn merge(&mut self, new: &[(usize, u32)]) {
        let mut end = self.seen.len();
        self.make_room(new.len());
        self.seen.resize(end + new.len(), 0);
        for (before, &(place, hash)) in new.iter().enumerate().rev() {
            self.seen.copy_within(place..end, place + before + 1);
            self.seen[place + before] = hash;
            end = place;
        }
    }

    /// Room as it is needed, but none for more than will ever be held.
    fn make_room(&mut self, more: usize) {
        let needed = self.seen.len() + more;
        if needed > self.seen.capacity() {
            let room = (2 * needed).min(self.limit.saturating_add(Self::AT_ONCE)).max(needed);
            self.seen.reserve_exact(room - self.seen.len());
        }
    }

    /// Hashes that come at once, at most, as a rule.
    const AT_ONCE: usize = 64;

    fn thin(&mut self) {
        while self.seen.len() > self.limit {
            self.shift += 1;
            let shift = self.shift;
            self.seen.truncate(self.seen.partition_point(|&hash| kept(hash, shift)));
        }
    }
}

/// A memory at rest. Whoever wrote it, it is sorted when it is read.
#[derive(Deserialize)]
struct Stored {
    shift: u8,
    limit: usize,
    seen: Vec<u32>,
}

impl From<Stored> for Memory {
    fn from(Stored { shift, limit, mut seen }: Stored) -> Self {
        seen.sort_unstable();
        seen.dedup();
        Memory { shift: shift.min(32), limit, seen }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Memory;
    use crate::sample::{Mark, Sample};

    fn sample(hashes: impl Iterator<Item = u32>) -> Sample {
        Sample::new(hashes.map(|hash| Mark { hash, weight: 1 }).collect(), 1 << 20)
    }

    #[test]
    fn novelty_is_the_share_not_seen() {
        let mut memory = Memory::new(100);
        memory.insert(&sample(0..3));
        assert_eq!(memory.novelty(&sample(0..4)), Some(0.25));
        assert_eq!(memory.novelty(&Sample::default()), None);
    }

    #[test]
    fn a_full_memory_still_tells_old_from_new() {
        let mut memory = Memory::new(64);
        let spread = |i: u32| i.wrapping_mul(2_654_435_769);
        let old = sample((0..4000).map(spread));
        memory.insert(&old);
        assert!(memory.seen.len() <= 64);
        assert_eq!(memory.novelty(&old), Some(0.0));
        assert_eq!(memory.novelty(&sample((10_000..14_000).map(spread))), Some(1.0));
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

    proptest! {
        /// For all sequences: what is below the threshold is remembered, all of it and nothing else.
        #[test]
        fn a_memory_is_a_set(pieces in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..9), 0..40), one in any::<u32>()) {
            let mut memory = Memory::new(64);
            let mut set = BTreeSet::new();
            for piece in &pieces {
                memory.insert(&sample(piece.iter().copied()));
                set.extend(piece);
            }
            let known = set.contains(&one);
            prop_assert!(memory.insert_one(one).is_none_or(|new| new != known));
            let all: BTreeSet<u32> = set.into_iter().chain([one]).filter(|&hash| crate::sample::kept(hash, memory.shift)).collect();
            prop_assert_eq!(memory.seen, Vec::from_iter(all));
        }
    }
}
