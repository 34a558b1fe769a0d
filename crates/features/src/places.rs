//! Where in a text a few bytes stand that may begin something worth a closer look: many are looked at at a time.

use wide::u8x16;

/// The bytes that stand at each of sixteen places, those that stand behind them, and so on: what is asked of four bytes
/// is asked for sixteen places at a time.
pub(crate) type Windows = [u8x16; WINDOW];

/// Bytes that are looked at together.
const WINDOW: usize = 4;

/// Places that are told of at once.
const BLOCK: usize = 64;

/// What is needed to tell of them.
const SEEN: usize = BLOCK + WINDOW - 1;

/// Calls `found` for each place, in order, from which on four bytes are as asked; beyond the text all bytes are 0.
#[inline]
pub(crate) fn places(text: &[u8], is: impl Fn(Windows) -> u8x16, mut found: impl FnMut(usize)) {
    for from in (0..text.len()).step_by(BLOCK) {
        let rest = &text[from..];
        let mut hits = match rest.first_chunk() {
            Some(block) => hits(block, &is),
            None => hits(&padded(rest), &is),
        };
        while hits != 0 {
            found(from + hits.trailing_zeros() as usize);
            hits &= hits - 1;
        }
    }
}

/// Where bytes are one, of sixteen.
#[inline]
pub(crate) fn are(bytes: u8x16, one: u8) -> u8x16 {
    bytes.simd_eq(u8x16::splat(one))
}

/// Where four bytes are one of several such.
#[inline]
pub(crate) fn are_one_of<const N: usize>([a, b, c, d]: Windows, all: [[u8; 4]; N]) -> u8x16 {
    let mut found = u8x16::ZERO;
    for one in all {
        found |= are(a, one[0]) & are(b, one[1]) & are(c, one[2]) & are(d, one[3]);
    }
    found
}

/// Where the two in the middle of four bytes are those of one of several such: they tell nearly as much as all four.
#[inline]
pub(crate) fn have_middle_of<const N: usize>([_, b, c, _]: Windows, all: [[u8; 4]; N]) -> u8x16 {
    let mut found = u8x16::ZERO;
    for one in all {
        found |= are(b, one[1]) & are(c, one[2]);
    }
    found
}

/// What is left of a text, where it is less than a block and what is looked at beyond it.
fn padded(rest: &[u8]) -> [u8; SEEN] {
    let mut block = [0; SEEN];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// The places of a block that are as asked, one bit for each.
#[inline]
fn hits(block: &[u8; SEEN], is: &impl Fn(Windows) -> u8x16) -> u64 {
    let mut hits = 0;
    for quarter in 0..4 {
        let from = 16 * quarter;
        let [a, b] = [sixteen(block, from), sixteen(block, from + 1)];
        let [c, d] = [sixteen(block, from + 2), sixteen(block, from + 3)];
        hits |= u64::from(is([a, b, c, d]).to_bitmask()) << from;
    }
    hits
}

#[inline]
fn sixteen(block: &[u8; SEEN], at: usize) -> u8x16 {
    u8x16::new(*block[at..].first_chunk().unwrap_or(&[0; 16]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{are, places};

    proptest! {
        /// For all texts: what is found is what a search at each place finds.
        #[test]
        fn every_place_is_found(text in "[ab]{0,300}") {
            let bytes = text.as_bytes();
            let mut found = Vec::new();
            places(bytes, |[a, b, c, _]| are(a, b'a') & are(b, b'b') & are(c, b'a'), |at| found.push(at));
            let expected: Vec<usize> = (0..text.len()).filter(|&at| bytes[at..].starts_with(b"aba")).collect();
            prop_assert_eq!(found, expected);
        }

        /// For all texts: so is what a text ends with, wherever its last block begins.
        #[test]
        fn the_last_bytes_are_looked_at_too(text in "[ab]{120,200}", last in prop::sample::select(vec!["a", "ba", "aba"])) {
            let text = text + last;
            let mut found = Vec::new();
            places(text.as_bytes(), |[a, ..]| are(a, b'a'), |at| found.push(at));
            prop_assert_eq!(found, text.match_indices('a').map(|(at, _)| at).collect::<Vec<_>>());
        }
    }
}
