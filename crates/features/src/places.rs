//! Where in a text a few bytes stand that may begin something worth a closer look: many are looked at at a time.

/// Bytes that are looked at together.
const WINDOW: usize = 4;

/// Places that are told of at once.
const BLOCK: usize = 64;

/// Calls `found` for each place, in order, from which on four bytes are as asked; beyond the text all bytes are 0.
#[inline]
pub(crate) fn places(text: &[u8], is: impl Fn([u8; WINDOW]) -> bool, mut found: impl FnMut(usize)) {
    let mut from = 0;
    while from < text.len() {
        let rest = &text[from..];
        let found = |at| found(from + at);
        match rest.first_chunk() {
            Some(block) => places_of_block(block, &is, found),
            None => places_of_block(&padded(rest), &is, found),
        }
        from += BLOCK;
    }
}

/// What is left of a text, where it is less than a block and what is looked at beyond it.
fn padded(rest: &[u8]) -> [u8; BLOCK + WINDOW - 1] {
    let mut block = [0; BLOCK + WINDOW - 1];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Without a branch until something is found, which a compiler does for many bytes at a time.
#[inline]
fn places_of_block(
    block: &[u8; BLOCK + WINDOW - 1],
    is: &impl Fn([u8; WINDOW]) -> bool,
    mut found: impl FnMut(usize),
) {
    let mut hits = [0_u8; BLOCK];
    for at in 0..BLOCK {
        hits[at] = u8::from(is([block[at], block[at + 1], block[at + 2], block[at + 3]]));
    }
    let (eights, _) = hits.as_chunks::<8>();
    if eights.iter().fold(0, |any, &eight| any | u64::from_le_bytes(eight)) != 0 {
        hits.iter().enumerate().filter(|(_, hit)| **hit != 0).for_each(|(at, _)| found(at));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::places;

    proptest! {
        /// For all texts: what is found is what a search at each place finds.
        #[test]
        fn every_place_is_found(text in "[ab]{0,300}") {
            let bytes = text.as_bytes();
            let mut found = Vec::new();
            places(bytes, |[a, b, c, _]| (a == b'a') & (b == b'b') & (c == b'a'), |at| found.push(at));
            let expected: Vec<usize> = (0..text.len()).filter(|&at| bytes[at..].starts_with(b"aba")).collect();
            prop_assert_eq!(found, expected);
        }

        /// For all texts: so is what a text ends with, wherever its last block begins.
        #[test]
        fn the_last_bytes_are_looked_at_too(text in "[ab]{120,200}", last in prop::sample::select(vec!["a", "ba", "aba"])) {
            let text = text + last;
            let mut found = Vec::new();
            places(text.as_bytes(), |[a, ..]| a == b'a', |at| found.push(at));
            prop_assert_eq!(found, text.match_indices('a').map(|(at, _)| at).collect::<Vec<_>>());
        }
    }
}
