//! What is kept of a sample to tell how much two contents have in common: its hashes, without their weights.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::sample::{Mark, kept};

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

    /// Share of this set that lies in the other, in [0, 1]; `None` as for the cosine.
    pub(crate) fn share_in(self, other: Outline<'_>) -> Option<f64> {
        self.overlap(other).map(|overlap| overlap.share())
    }

    fn overlap(self, other: Outline<'_>) -> Option<Overlap> {
        self.compares(other).then(|| self.overlap_of(other, merged(self.hashes, other.hashes)))
    }

    /// Whether both sides have something at the coarser threshold.
    #[inline]
    pub(crate) fn compares(self, other: Outline<'_>) -> bool {
        let (Some(&here), Some(&there)) = (self.hashes.first(), other.hashes.first()) else { return false };
        kept(here, other.shift) && kept(there, self.shift)
    }

    /// How much the two sets have in common, given how many hashes are in both. What is in both lies below both
    /// thresholds, so that it can be counted over all that is held.
    #[inline]
    fn overlap_of(self, other: Outline<'_>, common: u32) -> Overlap {
        let shift = self.shift.max(other.shift);
        let (here, there) = (self.below(shift), other.below(shift));
        Overlap { common: common.into(), here: here.into(), there: there.into() }
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

/// Outlines that are held together in one piece of memory: for each where its hashes end and its threshold, then the hashes
/// of all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outlines<const N: usize>(Box<[u32]>);

impl<const N: usize> Outlines<N> {
    /// Bits of a threshold.
    const SHIFT: u32 = 5;

    /// Of thresholds with the pieces below them, in ascending order.
    pub(crate) fn of(parts: [(u8, &[Mark]); N]) -> Self {
        let mut words = Vec::with_capacity(N + parts.iter().map(|(_, marks)| marks.len()).sum::<usize>());
        let mut end = 0;
        words.extend(parts.iter().map(|(shift, marks)| {
            end += marks.len() as u32;
            end << Self::SHIFT | u32::from(*shift)
        }));
        parts.iter().for_each(|(_, marks)| words.extend(marks.iter().map(|mark| mark.hash)));
        Outlines(words.into())
    }

    /// One of them.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Outline<'_> {
        let shift = self.0.get(at).map_or(0, |bound| bound % (1 << Self::SHIFT)) as u8;
        Outline { shift, hashes: self.hashes(at..at + 1) }
    }

    /// The hashes of some of them, one after the other. What is cut short by whoever wrote it is empty.
    #[inline]
    pub(crate) fn hashes(&self, parts: Range<usize>) -> &[u32] {
        let Some((bounds, hashes)) = self.0.split_first_chunk::<N>() else { return &[] };
        let ends = |parts: usize| if parts == 0 { 0 } else { (bounds[parts - 1] >> Self::SHIFT) as usize };
        hashes.get(ends(parts.start)..ends(parts.end)).unwrap_or_default()
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

/// Hashes of which it is told at once that others are not among them, as most are not: each marks a place by its lowest
/// bits.
#[derive(Debug)]
pub(crate) struct Sieve([u8; Sieve::PLACES]);

impl Sieve {
    /// So many that of two steps without a line in common one pair in ten meets in a place.
    const PLACES: usize = 2048;

    #[inline(never)]
    pub(crate) fn of(parts: [&[u32]; 2]) -> Self {
        let mut sieve = Sieve([0; Sieve::PLACES]);
        parts.into_iter().flatten().for_each(|&hash| sieve.0[Self::place(hash)] = 1);
        sieve
    }

    /// Whether all these fall through: none of them is held.
    #[inline]
    pub(crate) fn holds_none(&self, hashes: &[u32]) -> bool {
        hashes.iter().fold(0, |met, &hash| met | self.0[Self::place(hash)]) == 0
    }

    #[inline]
    fn place(hash: u32) -> usize {
        hash as usize % Sieve::PLACES
    }
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
    const SLOTS: usize = 256;

    /// Lays out an outline. An empty slot holds what belongs in another one, so that it is no hash: 0 in all but the first.
    #[inline(never)]
    pub(crate) fn of(outline: Outline<'a>) -> Self {
        let mut probe = Probe { outline, slots: [0; Probe::SLOTS], crowded: Vec::new() };
        probe.slots[0] = 1;
        for &hash in outline.hashes {
            let slot = Self::slot(hash);
            if Self::slot(probe.slots[slot]) != slot {
                probe.slots[slot] = hash;
            } else {
                probe.crowded.push(hash);
            }
        }
        probe
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

    use super::{Outline, Outlines, Probe, Sieve};
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
        let marks = parts
            .each_ref()
            .map(|(_, hashes)| Vec::from_iter(hashes.iter().map(|&hash| Mark { hash, weight: 1 })));
        let held = Outlines::of([0, 1, 2].map(|at| (parts[at].0, &*marks[at])));
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
            let probe = Probe::of(a);
            let cosine = probe.shared(b).map_or(0.0, |overlap| overlap.cosine());
            let sieve = Sieve::of([a.hashes, &[]]);
            prop_assert!(probe.shared(b).is_none() || !sieve.holds_none(b.hashes));
            prop_assert_eq!(a.compares(b).then_some(cosine), a.cosine(b));
            let walked: BTreeSet<_> = a.hashes.iter().filter(|hash| b.hashes.contains(hash)).collect();
            prop_assert_eq!(super::merged(a.hashes, b.hashes) as usize, walked.len());
        }
    }
}
