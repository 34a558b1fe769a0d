//! Where quotes and backslashes stand in JSON text, 64 bytes at a time: between two of them lie a dozen bytes on average,
//! too few for a search to be worth its start.

use wide::u8x16;

/// Bytes that are looked at together.
pub(crate) const BLOCK: usize = 64;

/// Which of the 64 bytes from a place on are equal to one of two, the first one lowest; beyond the text none is.
#[inline]
pub(crate) fn marks(text: &[u8], from: usize, [a, b]: [u8; 2]) -> u64 {
    let rest = text.get(from..).unwrap_or_default();
    match rest.first_chunk() {
        Some(block) => either(block, a, b),
        None => {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            either(&block, a, b)
        }
    }
}

#[inline]
fn either(block: &[u8; BLOCK], a: u8, b: u8) -> u64 {
    let (sixteens, _) = block.as_chunks();
    let mut marks = 0;
    for (index, &sixteen) in sixteens.iter().enumerate() {
        let sixteen = u8x16::new(sixteen);
        let equal = sixteen.simd_eq(u8x16::splat(a)) | sixteen.simd_eq(u8x16::splat(b));
        marks |= u64::from(equal.to_bitmask()) << (16 * index);
    }
    marks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BLOCK, marks};

    proptest! {
        /// For all bytes: what is marked is what a look at each of them finds.
        #[test]
        fn every_mark_is_found(bytes in prop::collection::vec(prop_oneof![Just(b'"'), Just(b'\\'), any::<u8>()], 0..200), from in 0_usize..200) {
            let rest = bytes.get(from..).unwrap_or_default();
            let expected = rest.iter().take(BLOCK).enumerate().filter(|(_, byte)| matches!(byte, b'"' | b'\\'));
            let expected = expected.fold(0, |marks: u64, (at, _)| marks | 1 << at);
            prop_assert_eq!(marks(&bytes, from, *b"\"\\"), expected);
        }
    }
}
