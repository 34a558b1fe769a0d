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
        self.overlap_by(other, || merged(self.hashes, other.hashes))
    }

    /// How much the two sets have in common. What is in both lies below both thresholds, so that it can be counted over
    /// all that is held.
    #[inline(always)]
    fn overlap_by(self, other: Outline<'_>, common: impl FnOnce() -> u32) -> Option<Overlap> {
        let shift = self.shift.max(other.shift);
        let (here, there) = (self.below(shift), other.below(shift));
        let comparable = here > 0 && there > 0;
        comparable.then(|| Overlap { common: common().into(), here: here.into(), there: there.into() })
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

    /// One of them.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Outline<'_> {
        let Some(bounds) = self.0.first_chunk::<N>() else { return Outline::default() };
        let len = |at: usize| (bounds[at] >> Self::SHIFT) as usize;
        let start = N + (0..at).map(len).sum::<usize>();
        let hashes = self.0.get(start..start + len(at)).unwrap_or_default();
        Outline { shift: (bounds[at] % (1 << Self::SHIFT)) as u8, hashes }
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
    /// Cosine of the two sets, in [0, 1]. Most have nothing in common, which costs no root.
    #[inline]
    pub(crate) fn cosine(&self) -> f64 {
        if self.common == 0.0 { 0.0 } else { self.common / (self.here * self.there).sqrt() }
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

    /// How much the two sets have in common; `None` when a side has nothing at the coarser threshold.
    #[inline]
    pub(crate) fn overlap(&self, other: Outline<'_>) -> Option<Overlap> {
        self.outline.overlap_by(other, || {
            let mut found = 0;
            for &hash in other.hashes {
                found += u32::from(self.slots[Self::slot(hash)] == hash);
            }
            let crowded = self.crowded.iter().filter(|hash| other.hashes.binary_search(hash).is_ok());
            found + crowded.count() as u32
        })
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
            let cosine = probe.overlap(b).map(|overlap| overlap.cosine());
            prop_assert_eq!(cosine, a.cosine(b));
            let walked: BTreeSet<_> = a.hashes.iter().filter(|hash| b.hashes.contains(hash)).collect();
            prop_assert_eq!(super::merged(a.hashes, b.hashes) as usize, walked.len());
        }
    }
}
