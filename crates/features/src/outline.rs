//! What is kept of a sample to tell how much two contents have in common: its hashes, without their weights.

use serde::{Deserialize, Serialize};

use crate::sample::kept;

/// The hashes of a sample, ascending. Two outlines compare at the coarser of their thresholds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outline {
    pub(crate) shift: u8,
    pub(crate) hashes: Box<[u32]>,
}

impl Outline {
    /// True when no piece is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Cosine of the two sets in [0, 1], at the coarser threshold; `None` when a side has nothing there.
    pub(crate) fn cosine(&self, other: &Outline) -> Option<f64> {
        self.overlap(other).map(|overlap| overlap.cosine())
    }

    /// Share of the smaller set that lies in the other, in [0, 1]; `None` as for the cosine.
    pub(crate) fn containment(&self, other: &Outline) -> Option<f64> {
        self.overlap(other).map(|overlap| overlap.common / overlap.here.min(overlap.there))
    }

    fn overlap(&self, other: &Outline) -> Option<Overlap> {
        self.overlap_by(other, || merged(&self.hashes, &other.hashes))
    }

    /// How much the two sets have in common. What is in both lies below both thresholds, so that it can be counted over
    /// all that is held.
    #[inline]
    fn overlap_by(&self, other: &Outline, common: impl FnOnce() -> usize) -> Option<Overlap> {
        let shift = self.shift.max(other.shift);
        let (here, there) = (self.below(shift), other.below(shift));
        let comparable = here > 0 && there > 0;
        comparable.then(|| Overlap { common: common() as f64, here: here as f64, there: there as f64 })
    }

    /// Number of hashes below the threshold of `shift`.
    #[inline]
    fn below(&self, shift: u8) -> usize {
        if shift <= self.shift {
            return self.hashes.len();
        }
        self.hashes.partition_point(|&hash| kept(hash, shift))
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
    pub(crate) fn cosine(&self) -> f64 {
        self.common / (self.here * self.there).sqrt()
    }

    /// Share of this set that lies in the other, in [0, 1].
    pub(crate) fn share(&self) -> f64 {
        self.common / self.here
    }
}

/// Number of hashes in both ascending lists, going through both.
fn merged(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        count += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    count
}

/// An outline that is compared with many others. Most pairs have nothing in common, which a filter of bits, made once, tells
/// by one look a hash.
#[derive(Debug)]
pub(crate) struct Probe<'a> {
    outline: &'a Outline,
    filter: [u64; Probe::BITS / 64],
}

impl<'a> Probe<'a> {
    /// So many that of two sets without a common hash three in four are told apart.
    const BITS: usize = 4096;

    pub(crate) fn new(outline: &'a Outline) -> Self {
        let mut probe = Probe { outline, filter: [0; Probe::BITS / 64] };
        outline.hashes.iter().for_each(|&hash| probe.filter[Self::word(hash)] |= Self::bit(hash));
        probe
    }

    /// How much the two sets have in common; `None` when a side has nothing at the coarser threshold.
    #[inline]
    pub(crate) fn overlap(&self, other: &Outline) -> Option<Overlap> {
        self.outline.overlap_by(other, || match other.hashes.iter().any(|&hash| self.may_hold(hash)) {
            true => merged(&self.outline.hashes, &other.hashes),
            false => 0,
        })
    }

    #[inline]
    fn may_hold(&self, hash: u32) -> bool {
        self.filter[Self::word(hash)] & Self::bit(hash) != 0
    }

    /// By the lowest bits: of a thinned hash the highest are 0.
    #[inline]
    fn word(hash: u32) -> usize {
        (hash as usize % Self::BITS) / 64
    }

    #[inline]
    fn bit(hash: u32) -> u64 {
        1 << (hash % 64)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Outline, Probe};
    use crate::sample::{Mark, Sample};

    fn outline(hashes: impl Iterator<Item = u32>, limit: usize) -> Outline {
        Sample::new(hashes.map(|hash| Mark { hash, weight: 1 }).collect(), limit).outline(limit)
    }

    #[test]
    fn equal_sets_have_cosine_one_and_disjoint_sets_zero() {
        let (a, b) = (outline(1..4, 8), outline(4..7, 8));
        assert_eq!(a.cosine(&a), Some(1.0));
        assert_eq!(a.cosine(&b), Some(0.0));
        assert_eq!(a.cosine(&Outline::default()), None);
    }

    proptest! {
        /// For all sets, thinned or not: a probe finds what going through both finds, to the last bit.
        #[test]
        fn a_probe_counts_as_a_walk_does(a in prop::collection::btree_set(0_u32..400, 0..40), b in prop::collection::btree_set(0_u32..400, 0..40), spread in 0..24_u32, limits in (1_usize..48, 1_usize..48)) {
            let spread = |set: &BTreeSet<u32>, limit| outline(set.iter().map(|hash| hash << spread), limit);
            let (a, b) = (spread(&a, limits.0), spread(&b, limits.1));
            let cosine = Probe::new(&a).overlap(&b).map(|overlap| overlap.cosine());
            prop_assert_eq!(cosine, a.cosine(&b));
            let walked: BTreeSet<_> = a.hashes.iter().filter(|hash| b.hashes.contains(hash)).collect();
            prop_assert_eq!(super::merged(&a.hashes, &b.hashes), walked.len());
        }
    }
}
