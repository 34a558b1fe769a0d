//! Sets of hashes, thinned by hash threshold, so that a slice stays comparable with the whole.

use serde::{Deserialize, Serialize};

use crate::outline::Outlines;

/// A set of 32-bit hashes with weights: all of a content's distinct pieces, or those whose hash lies below
/// `2^32 / 2^shift`. Two samples compare at the coarser of their thresholds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Sample {
    shift: u8,
    marks: Vec<Mark>,
}

/// A sample at rest. Whoever wrote it, its hashes ascend when it is read.
#[derive(Deserialize)]
struct Stored {
    shift: u8,
    marks: Vec<Mark>,
}

impl From<Stored> for Sample {
    fn from(Stored { shift, mut marks }: Stored) -> Self {
        if !marks.is_sorted_by(|a, b| a.hash < b.hash) {
            marks.sort_unstable_by_key(|mark| mark.hash);
            marks.dedup_by_key(|mark| mark.hash);
        }
        Sample { shift: shift.min(32), marks }
    }
}

/// One piece of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) hash: u32,
    /// How much of the content this piece stands for: bytes of a line, occurrences of a word; saturating.
    pub(crate) weight: u16,
}

/// Gathers the marks of a content one by one into a [`Sample`]; what a full sample would drop is not held.
#[derive(Debug)]
pub(crate) struct Gather {
    /// Distinct marks in the order in which they came, until it is finished.
    sample: Sample,
    limit: usize,
    /// Where a hash stands among the marks, counted from 1, by its lowest bits or in the next free slot; of a thinned hash
    /// the highest bits are 0.
    slots: [u8; Gather::SLOTS],
}

impl Gather {
    /// Twice the marks that are ever held.
    const SLOTS: usize = 256;

    pub(crate) fn new(limit: usize) -> Self {
        Gather::thinned(limit, 0)
    }

    /// Gathers what is known to be thinned by `shift` in the end.
    pub(crate) fn thinned(limit: usize, shift: u8) -> Self {
        debug_assert!(limit <= Self::SLOTS / 4);
        let sample = Sample { shift, marks: Vec::with_capacity(limit) };
        Gather { sample, limit, slots: [0; Self::SLOTS] }
    }

    #[inline]
    pub(crate) fn push(&mut self, mark: Mark) {
        if !kept(mark.hash, self.sample.shift) {
            return;
        }
        match self.find(mark.hash) {
            Ok(place) => {
                let known = &mut self.sample.marks[place];
                known.weight = known.weight.saturating_add(mark.weight);
            }
            Err(slot) => self.add(mark, slot),
        }
    }

    /// The place of a hash among the marks, or the slot that is free for it.
    #[inline]
    fn find(&self, hash: u32) -> Result<usize, usize> {
        let mut slot = hash as usize % Self::SLOTS;
        while self.slots[slot] != 0 {
            let place = usize::from(self.slots[slot] - 1);
            if self.sample.marks[place].hash == hash {
                return Ok(place);
            }
            slot = (slot + 1) % Self::SLOTS;
        }
        Err(slot)
    }

    fn add(&mut self, mark: Mark, slot: usize) {
        self.sample.marks.push(mark);
        self.slots[slot] = self.sample.marks.len() as u8;
        if self.sample.marks.len() >= 2 * self.limit {
            self.thin();
        }
    }

    fn thin(&mut self) {
        self.sample.thin(self.limit);
        self.slots = [0; Self::SLOTS];
        for place in 0..self.sample.marks.len() {
            if let Err(slot) = self.find(self.sample.marks[place].hash) {
                self.slots[slot] = place as u8 + 1;
            }
        }
    }

    pub(crate) fn finish(mut self) -> Sample {
        self.sample.thin(self.limit);
        self.sample.marks.sort_unstable_by_key(|mark| mark.hash);
        // What a sample has room for from the start is not given back: it lives but a moment.
        if self.sample.marks.capacity() > self.limit {
            self.sample.marks.shrink_to_fit();
        }
        self.sample
    }
}

/// Whether a hash lies below the threshold of a sample thinned by `shift`, which is at most 32.
#[inline]
pub(crate) fn kept(hash: u32, shift: u8) -> bool {
    u64::from(hash) < (1 << 32) >> shift
}

impl Sample {
    /// The sample of marks that are all at hand.
    #[cfg(test)]
    pub(crate) fn new(mut marks: Vec<Mark>, limit: usize) -> Self {
        marks.sort_unstable_by_key(|mark| mark.hash);
        marks.dedup_by(|later, first| {
            let same = later.hash == first.hash;
            if same {
                first.weight = first.weight.saturating_add(later.weight);
            }
            same
        });
        let mut sample = Sample { shift: 0, marks };
        sample.thin(limit);
        sample.marks.shrink_to_fit();
        sample
    }

    /// Thins until at most `limit` remain.
    fn thin(&mut self, limit: usize) {
        while self.marks.len() > limit && self.shift < 31 {
            self.shift += 1;
            self.marks.retain(|mark| kept(mark.hash, self.shift));
        }
    }

    /// At most `limit` pieces, after their threshold.
    pub(crate) fn outline(&self, limit: usize) -> (u8, &[Mark]) {
        let mut shift = self.shift;
        while self.at(shift).len() > limit && shift < 31 {
            shift += 1;
        }
        (shift, self.at(shift))
    }

    /// Estimated number of distinct pieces of the whole content.
    pub fn distinct(&self) -> f64 {
        self.marks.len() as f64 * (1_u64 << self.shift.min(63)) as f64
    }

    /// True when no piece is left: empty content, or thinned away.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The pieces below the threshold of `shift`.
    pub(crate) fn at(&self, shift: u8) -> &[Mark] {
        if shift <= self.shift {
            return &self.marks;
        }
        let cut = self.marks.partition_point(|mark| kept(mark.hash, shift));
        &self.marks[..cut]
    }

    pub(crate) fn hashes(&self) -> impl Iterator<Item = u32> {
        self.marks.iter().map(|mark| mark.hash)
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        self.marks.retain(|mark| keep(mark.hash));
    }

    /// Whether a piece is known to be in the content; a thinned sample does not know all of them.
    pub(crate) fn contains(&self, hash: u32) -> bool {
        self.marks.binary_search_by_key(&hash, |mark| mark.hash).is_ok()
    }

    /// All of it, without the weights.
    pub(crate) fn outlines(&self) -> Outlines<1> {
        Outlines::of([self.outline(usize::MAX)])
    }

    /// Cosine of the two sets in [0, 1], at the coarser threshold; `None` when a side has nothing there.
    #[cfg(test)]
    pub(crate) fn cosine(&self, other: &Sample) -> Option<f64> {
        let [this, other] = [self, other].map(Sample::outlines);
        this.get(0).cosine(other.get(0))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Gather, Mark, Sample, kept};

    fn sample(hashes: &[u32], limit: usize) -> Sample {
        Sample::new(hashes.iter().map(|&hash| Mark { hash, weight: 1 }).collect(), limit)
    }

    #[test]
    fn equal_hashes_merge_and_add_their_weights() {
        let merged = sample(&[7, 7, 7], 8);
        assert_eq!(merged.at(0), [Mark { hash: 7, weight: 3 }]);
    }

    #[test]
    fn a_stored_sample_is_in_order_whoever_wrote_it() {
        let [a, b] = [3, 9].map(|hash| Mark { hash, weight: 1 });
        let bytes = postcard::to_allocvec(&(77_u8, vec![b, a, b])).unwrap();
        assert_eq!(postcard::from_bytes::<Sample>(&bytes).unwrap(), Sample { shift: 32, marks: vec![a, b] });
        let whole = sample(&[1, 2, 3], 8);
        assert_eq!(postcard::from_bytes::<Sample>(&postcard::to_allocvec(&whole).unwrap()).unwrap(), whole);
    }

    proptest! {
        /// For all sets: gathering mark by mark comes to what all marks together come to.
        #[test]
        fn gathered_and_made_at_once_are_equal(hashes in prop::collection::vec(0_u32..1 << 20, 0..600), spread in 0..13_u32) {
            let marks: Vec<Mark> = hashes.iter().map(|hash| Mark { hash: hash << spread, weight: 9000 }).collect();
            let mut gather = Gather::new(32);
            marks.iter().for_each(|&mark| gather.push(mark));
            prop_assert_eq!(gather.finish(), Sample::new(marks, 32));
        }

        /// For all sets, however often each piece comes: a sample holds what lies below the highest threshold that leaves at most
        /// so many, with the weights of all its occurrences.
        #[test]
        fn a_sample_is_what_lies_below_its_threshold(hashes in prop::collection::vec((any::<u32>(), 1_usize..9), 0..300), limit in 1_usize..40) {
            let (mut marks, mut pieces) = (Vec::new(), BTreeMap::new());
            for &(hash, times) in &hashes {
                marks.extend(std::iter::repeat_n(Mark { hash, weight: 9000 }, times));
                *pieces.entry(hash).or_insert(0) += 9000 * times;
            }
            let left = |shift: u8| pieces.keys().filter(|&&hash| kept(hash, shift)).count();
            let shift = (0..31).find(|&shift| left(shift) <= limit).unwrap_or(31);
            let expected = pieces.iter().filter(|(hash, _)| kept(**hash, shift));
            let expected: Vec<Mark> = expected
                .map(|(&hash, &weight)| Mark { hash, weight: weight.min(usize::from(u16::MAX)) as u16 })
                .collect();
            let sample = Sample::new(marks, limit);
            prop_assert_eq!((sample.shift, sample.marks), (shift, expected));
        }

        /// For all sets: a thinned sample of a part is a subset of the thinned sample of the whole.
        #[test]
        fn a_slice_stays_comparable_with_the_whole(hashes in prop::collection::vec(any::<u32>(), 1..300), cut in 0_usize..300) {
            let whole = sample(&hashes, 32);
            let part = sample(&hashes[..cut.min(hashes.len())], 32);
            for mark in part.at(whole.shift) {
                prop_assert!(whole.at(0).iter().any(|other| other.hash == mark.hash));
            }
        }
    }
}
