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

/// An outline laid out to be compared with many others: one look for each of their hashes tells whether it is held.
#[derive(Debug)]
pub(crate) struct Probe<'a> {
    outline: &'a Outline,
    table: Option<Table>,
}

impl<'a> Probe<'a> {
    pub(crate) fn new(outline: &'a Outline) -> Self {
        Probe { outline, table: Table::of(&outline.hashes) }
    }

    /// How much the two sets have in common; `None` when a side has nothing at the coarser threshold.
    #[inline]
    pub(crate) fn overlap(&self, other: &Outline) -> Option<Overlap> {
        let common = || match &self.table {
            Some(table) => table.count(&other.hashes),
            None => merged(&self.outline.hashes, &other.hashes),
        };
        self.outline.overlap_by(other, common)
    }
}

/// Some hashes, each in the place that some of its bits name; no two of them in one place.
#[derive(Debug)]
struct Table {
    /// From which bit on a hash names its place.
    from: u32,
    places: [u32; Table::PLACES],
}

impl Table {
    const PLACES: usize = 1024;

    /// Bits to try, of those that a thinned hash has as well.
    const FROM: [u32; 6] = [0, 3, 6, 9, 12, 15];

    /// `None` where two hashes always share a place.
    fn of(hashes: &[u32]) -> Option<Self> {
        Self::FROM.into_iter().find_map(|from| Self::laid_out(hashes, from))
    }

    /// A place that is free holds a hash that has its place elsewhere.
    #[inline]
    fn laid_out(hashes: &[u32], from: u32) -> Option<Self> {
        let mut table = Table { from, places: [0; Self::PLACES] };
        table.places[0] = u32::MAX;
        hashes.iter().for_each(|&hash| table.places[table.place(hash)] = hash);
        hashes.iter().all(|&hash| table.holds(hash)).then_some(table)
    }

    #[inline]
    fn count(&self, hashes: &[u32]) -> usize {
        hashes.iter().map(|&hash| usize::from(self.holds(hash))).sum()
    }

    #[inline]
    fn holds(&self, hash: u32) -> bool {
        self.places[self.place(hash)] == hash
    }

    #[inline]
    fn place(&self, hash: u32) -> usize {
        (hash >> self.from) as usize % Self::PLACES
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Outline, Probe, Table};
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

    #[test]
    fn no_free_place_holds_a_hash_and_every_hash_is_held() {
        for edge in [0, 1, 1023, 1024, u32::MAX - 1, u32::MAX] {
            let (empty, full) = (Table::of(&[]).unwrap(), Table::of(&[edge]).unwrap());
            assert_eq!((empty.count(&[edge]), full.count(&[edge])), (0, 1));
        }
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
