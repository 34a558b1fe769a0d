//! Where in a text a few bytes stand that may begin something worth a closer look: many are looked at at a time.

/// Bytes that are looked at together.
const WINDOW: usize = 4;

/// Places that are told of at once.
const BLOCK: usize = 64;

/// Calls `found` for each place, in order, from which on four bytes are as asked; beyond the text all bytes are 0.
#[inline]
pub(crate) fn places(text: &[u8], is: impl Fn([u8; WINDOW]) -> bool, mut found: impl FnMut(usize)) {
    let mut from = 0;
    while let Some(block) = text[from..].first_chunk() {
        places_of_block(block, &is, |at| found(from + at));
        from += BLOCK;
    }
    let mut rest = [0; BLOCK + WINDOW - 1];
    rest[..text.len() - from].copy_from_slice(&text[from..]);
    places_of_block(&rest, &is, |at| found(from + at));
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
    }
}
