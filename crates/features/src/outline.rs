//! What is kept of a sample to tell how much two contents have in common: its hashes, without their weights.

use serde::{Deserialize, Serialize};

use crate::sample::kept;

/// The hashes of a sample, ascending. Two outlines compare at the coarser of their thresholds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outline<'a> {
    pub(crate) shift: u8,
    pub(crate) hashes: &'a [u32],
}

impl Outline<'_> {
    /// True when no piece is left.
    pub(crate) fn is_empty(self) -> bool {
        self.hashes.is_empty()
    }

    /// Cosine of the two sets in [0, 1], at the coarser threshold; `None` when a side has nothing there.
    pub(crate) fn cosine(self, other: Outline<'_>) -> Option<f64> {
        self.overlap(other).map(|overlap| overlap.cosine())
    }

    /// Share of the smaller set that lies in the other, in [0, 1]; `None` as for the cosine.
    pub(crate) fn containment(self, other: Outline<'_>) -> Option<f64> {
        self.overlap(other).map(|overlap| overlap.common / overlap.here.min(overlap.there))
    }

    fn overlap(self, other: Outline<'_>) -> Option<Overlap> {
        self.compares(other).then(|| self.overlap_of(other, merged(self.hashes, other.hashes)))
    }

    /// Whether both sides have something at the coarser threshold.
    #[inline]
    fn compares(self, other: Outline<'_>) -> bool {
        let shift = self.shift.max(other.shift);
        self.reaches(shift) && other.reaches(shift)
    }

    /// How much the two sets have in common, given how many hashes are in both. What is in both lies below both
    /// thresholds, so that it can be counted over all that is held.
    #[inline]
    fn overlap_of(self, other: Outline<'_>, common: u32) -> Overlap {
        let shift = self.shift.max(other.shift);
        let (here, there) = (self.below(shift), other.below(shift));
        Overlap { common: common.into(), here: here.into(), there: there.into() }
    }

    /// Whether there is a hash below the threshold of `shift`.
    #[inline]
    fn reaches(self, shift: u8) -> bool {
        self.hashes.first().is_some_and(|&least| kept(least, shift))
    }

    /// Number of hashes below the threshold of `shift`.
    #[inline]
    fn below(self, shift: u8) -> u32 {
        if shift <= self.shift {
            return self.hashes.len() as u32;
        }
        self.hashes.partition_point(|&hash| kept(hash, shift)) as u32
    }
}

/// Outlines that are held together in one piece of memory: for each its number of hashes and its threshold, then the hashes
/// of all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outlines<const N: usize>(Box<[u32]>);

impl<const N: usize> Outlines<N> {
    /// Bits of a threshold.
    const SHIFT: u32 = 5;

    /// Of thresholds with their hashes.
    pub(crate) fn of(parts: [(u8, Vec<u32>); N]) -> Self {
        let mut words = Vec::with_capacity(N + parts.iter().map(|(_, hashes)| hashes.len()).sum::<usize>());
        let bounds =
            parts.iter().map(|(shift, hashes)| (hashes.len() as u32) << Self::SHIFT | u32::from(*shift));
        words.extend(bounds);
        parts.iter().for_each(|(_, hashes)| words.extend_from_slice(hashes));
        Outlines(words.into())
    }

    /// All of them. What is cut short by whoever wrote it is empty.
    #[inline]
    pub(crate) fn all(&self) -> [Outline<'_>; N] {
        let mut outlines = [Outline::default(); N];
        let Some((bounds, mut rest)) = self.0.split_first_chunk::<N>() else { return outlines };
        for (outline, bound) in outlines.iter_mut().zip(bounds) {
            let length = (bound >> Self::SHIFT) as usize;
            let Some((hashes, behind)) = rest.split_at_checked(length) else { break };
            *outline = Outline { shift: (bound % (1 << Self::SHIFT)) as u8, hashes };
            rest = behind;
        }
        outlines
    }

    /// One of them.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Outline<'_> {
        self.all()[at]
    }
}

/// Pieces of two sets: in both, in this one, in the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Overlap {
    common: f64,
    here: f64,
    there: f64,
}

impl Overlap {
    /// Cosine of the two sets, in [0, 1].
    #[inline]
    pub(crate) fn cosine(&self) -> f64 {
        self.common / (self.here * self.there).sqrt()
    }

    /// Share of this set that lies in the other, in [0, 1].
    pub(crate) fn share(&self) -> f64 {
        self.common / self.here
    }
}

/// Number of hashes in both ascending lists, going through both.
fn merged(a: &[u32], b: &[u32]) -> u32 {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        count += u32::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    count
}

/// An outline that is compared with many others: its hashes are laid out by their lowest bits, so that those of another
/// one are found by one look each. Of a thinned hash the highest bits are 0.
#[derive(Debug)]
pub(crate) struct Probe<'a> {
    outline: Outline<'a>,
    slots: [u32; Probe::SLOTS],
    /// Hashes whose slot was taken.
    crowded: Vec<u32>,
}

impl<'a> Probe<'a> {
    /// So many that of a step's hashes few find their slot taken.
    const SLOTS: usize = 512;

    /// Of nothing. No slot holds a hash: each has what belongs in another one.
    pub(crate) const EMPTY: Probe<'a> = {
        let (mut slots, mut at) = ([0; Probe::SLOTS], 0);
        while at < Probe::SLOTS {
            slots[at] = Self::nothing(at);
            at += 1;
        }
        Probe { outline: Outline { shift: 0, hashes: &[] }, slots, crowded: Vec::new() }
    };

    const fn nothing(slot: usize) -> u32 {
        !(slot as u32)
    }

    /// Lays out an outline in what was empty.
    pub(crate) fn fill(&mut self, outline: Outline<'a>) {
        self.outline = outline;
        for &hash in outline.hashes {
            let slot = Self::slot(hash);
            if self.slots[slot] == Self::nothing(slot) {
                self.slots[slot] = hash;
            } else {
                self.crowded.push(hash);
            }
        }
    }

    /// True when no piece is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.outline.is_empty()
    }

    /// Whether both sides have something at the coarser threshold.
    #[inline]
    pub(crate) fn compares(&self, other: Outline<'_>) -> bool {
        self.outline.compares(other)
    }

    /// How much the two sets have in common; `None` when that is nothing.
    #[inline]
    pub(crate) fn shared(&self, other: Outline<'_>) -> Option<Overlap> {
        match self.common(other) {
            0 => None,
            common => Some(self.outline.overlap_of(other, common)),
        }
    }

    /// Number of hashes in both sets.
    #[inline]
    fn common(&self, other: Outline<'_>) -> u32 {
        let mut found = 0;
        for &hash in other.hashes {
            found += u32::from(self.slots[Self::slot(hash)] == hash);
        }
        let crowded = self.crowded.iter().filter(|hash| other.hashes.binary_search(hash).is_ok());
        found + crowded.count() as u32
    }

    #[inline]
    fn slot(hash: u32) -> usize {
        hash as usize % Probe::SLOTS
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Outline, Outlines, Probe};
    use crate::sample::{Mark, Sample};

    fn outline(hashes: impl Iterator<Item = u32>, limit: usize) -> Outlines<1> {
        Outlines::of([
            Sample::new(hashes.map(|hash| Mark { hash, weight: 1 }).collect(), limit).outline(limit)
        ])
    }

    #[test]
    fn equal_sets_have_cosine_one_and_disjoint_sets_zero() {
        let (a, b) = (outline(1..4, 8), outline(4..7, 8));
        let (a, b) = (a.get(0), b.get(0));
        assert_eq!(a.cosine(a), Some(1.0));
        assert_eq!(a.cosine(b), Some(0.0));
        assert_eq!(a.cosine(Outline::default()), None);
    }

    #[test]
    fn outlines_that_are_held_together_stay_apart() {
        let parts = [(3, vec![5, 7]), (0, vec![]), (31, vec![1])];
        let held = Outlines::of(parts.clone());
        for (at, (shift, hashes)) in parts.iter().enumerate() {
            assert_eq!(held.get(at), Outline { shift: *shift, hashes });
        }
        assert_eq!(Outlines::<3>::default().get(2), Outline::default());
        let forged: Outlines<2> = Outlines([u32::MAX, u32::MAX, 7].into());
        assert!(forged.get(0).is_empty() && forged.get(1).is_empty());
    }

    proptest! {
        /// For all sets, thinned or not: a probe finds what going through both finds, to the last bit.
        #[test]
        fn a_probe_counts_as_a_walk_does(a in prop::collection::btree_set(0_u32..400, 0..40), b in prop::collection::btree_set(0_u32..400, 0..40), spread in 0..24_u32, limits in (1_usize..48, 1_usize..48)) {
            let spread = |set: &BTreeSet<u32>, limit| outline(set.iter().map(|hash| hash << spread), limit);
            let (a, b) = (spread(&a, limits.0), spread(&b, limits.1));
            let (a, b) = (a.get(0), b.get(0));
            let mut probe = Probe::EMPTY;
            probe.fill(a);
            let cosine = probe.shared(b).map_or(0.0, |overlap| overlap.cosine());
            prop_assert_eq!(probe.compares(b).then_some(cosine), a.cosine(b));
            let walked: BTreeSet<_> = a.hashes.iter().filter(|hash| b.hashes.contains(hash)).collect();
            prop_assert_eq!(super::merged(a.hashes, b.hashes) as usize, walked.len());
        }
    }
}
