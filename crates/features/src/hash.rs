//! Keyed hashing: after the digest no text exists, only hashes under the baseline's key.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Key of all content hashes. Digests made under different keys do not compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestKey(pub u64);

impl DigestKey {
    /// 64-bit hash of some bytes under this key.
    pub fn hash(self, bytes: &[u8]) -> u64 {
        xxh3_64_with_seed(bytes, self.0)
    }

    /// The upper half of [`DigestKey::hash`], as samples hold it.
    pub(crate) fn mark(self, bytes: &[u8]) -> u32 {
        upper(self.hash(bytes))
    }
}

/// Hashes the words and lines of a text where they stand, eight or sixteen bytes at a time: most words are one step.
///
/// A step is the folded multiplication that wyhash (Wang Yi) and its kin are built of: the two halves of a product of
/// 128 bits, joined by exclusive or. One factor is made of the key, so that nobody without it can tell which pieces a
/// sample keeps. One step more spreads each bit over all of the hash where that matters: in the marks of samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PieceHash {
    key: DigestKey,
    /// What every hash begins with.
    pub(crate) start: u64,
    step: u64,
    finish: u64,
    /// What all numbers are in speech.
    number: u64,
}

impl PieceHash {
    pub(crate) fn new(key: DigestKey) -> Self {
        let secret = |index: u64| mix(key.0, index);
        let (start, step, finish) = (secret(0), secret(1) | 1, secret(2) | 1);
        PieceHash { key, start, step, finish, number: fold(start ^ u64::from(b'0'), step) }
    }

    /// Hash of a word as it counts in a phrase: in lower case, and every number equal.
    /// Whoever says the same of seven and of eight says the same.
    #[inline]
    pub(crate) fn spoken(self, text: &str, word: Range<usize>) -> u64 {
        // Of the bytes of ASCII words, digits alone have this upper half, and capitals alone lack the bit of lower case;
        // that the bit makes something else of `_` meets no other byte of a word.
        let (mut hash, mut other_than_digits) = (self.start, 0);
        each_eight(text.as_bytes(), word.clone(), |bytes, used| {
            other_than_digits |= (bytes ^ every(0x30)) & every(0xF0) & used;
            hash = fold(hash ^ ((bytes | every(0x20)) & used), self.step);
        });
        match other_than_digits {
            0 => self.number,
            wide if wide & every(0x80) != 0 => self.key.hash(text[word].to_lowercase().as_bytes()),
            _ => hash,
        }
    }

    /// Mark of a word as it stands.
    #[inline]
    pub(crate) fn mark(self, text: &[u8], word: Range<usize>) -> u32 {
        let mut hash = self.start;
        each_eight(text, word, |bytes, used| hash = fold(hash ^ (bytes & used), self.step));
        upper(self.spread(hash))
    }

    /// Goes on with the bytes of a part, which count as they stand, together with where the part ends.
    #[inline]
    pub(crate) fn extend(self, hash: u64, text: &[u8], part: Range<usize>) -> u64 {
        let (at, length) = (part.start, part.len());
        let hash = hash ^ (length as u64) << 56;
        match length {
            0 => hash,
            1..EIGHT => fold(hash ^ (eight(text, at) & u64::MAX >> (8 * (EIGHT - length))), self.step),
            _ => self.extend_far(hash, &text[part]),
        }
    }

    /// The same with eight bytes or more.
    fn extend_far(self, mut hash: u64, part: &[u8]) -> u64 {
        let (pairs, rest) = part.as_chunks::<{ 2 * EIGHT }>();
        for pair in pairs {
            let pair = u128::from_le_bytes(*pair);
            hash = fold(hash ^ pair as u64, self.step ^ (pair >> 64) as u64);
        }
        match (rest.first_chunk(), rest.last_chunk()) {
            // Some bytes may be in both.
            (Some(&first), Some(&last)) => {
                fold(hash ^ u64::from_le_bytes(first), self.step ^ u64::from_le_bytes(last))
            }
            _ if rest.is_empty() => hash,
            _ => {
                let last = u64::from_le_bytes(*part.last_chunk().unwrap_or(&[0; EIGHT]));
                fold(hash ^ last >> (8 * (EIGHT - rest.len())), self.step)
            }
        }
    }

    /// Joins two hashes.
    #[inline]
    pub(crate) fn join(self, a: u64, b: u64) -> u64 {
        fold(a ^ b.rotate_left(32), self.step)
    }

    /// The hash that comes of one that was made in steps, with each bit spread over all of it.
    #[inline]
    pub(crate) fn spread(self, hash: u64) -> u64 {
        fold(hash ^ self.start, self.finish)
    }
}

/// An odd number without a pattern: 2^64 over the golden ratio.
pub(crate) const WITHOUT_PATTERN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Bytes that are looked at together.
const EIGHT: usize = 8;

/// A byte eight times.
#[inline]
const fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; EIGHT])
}

/// Hands out the bytes of a word, eight at a time, with a mask of those that are its own.
#[inline]
fn each_eight(text: &[u8], word: Range<usize>, mut found: impl FnMut(u64, u64)) {
    let mut at = word.start;
    while at < word.end {
        found(eight(text, at), u64::MAX >> (8 * EIGHT.saturating_sub(word.end - at)));
        at += EIGHT;
    }
}

/// Eight bytes from a place on, the first one lowest; what lies beyond the text is 0.
#[inline]
fn eight(text: &[u8], at: usize) -> u64 {
    match text[at..].first_chunk() {
        Some(&bytes) => u64::from_le_bytes(bytes),
        None => fewer(text, at),
    }
}

/// The same where less than eight are left.
fn fewer(text: &[u8], at: usize) -> u64 {
    match text.last_chunk() {
        Some(&bytes) if at < text.len() => u64::from_le_bytes(bytes) >> (8 * (at + EIGHT - text.len())),
        _ => text[at..].iter().rev().fold(0, |bytes, &byte| bytes << 8 | u64::from(byte)),
    }
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Hash of a name that is no content (tool, session, request): unkeyed, equal in every baseline.
pub fn name_hash(name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), 0)
}

/// Order-dependent combination of two hashes.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&a.to_le_bytes());
    bytes[8..].copy_from_slice(&b.to_le_bytes());
    xxh3_64_with_seed(&bytes, 1)
}

/// The upper 32 bits.
#[inline]
pub(crate) fn upper(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{DigestKey, PieceHash};

    fn mark(word: &str, key: u64) -> u32 {
        PieceHash::new(DigestKey(key)).mark(word.as_bytes(), 0..word.len())
    }

    fn spoken(word: &str) -> u64 {
        PieceHash::new(DigestKey(7)).spoken(word, 0..word.len())
    }

    /// A million words that differ as little as words do, by shape.
    fn alike() -> impl Iterator<Item = String> {
        (0..500_000).flat_map(|i| [format!("{i:x}"), format!("identifier_{i}")])
    }

    #[test]
    fn words_rarely_collide_and_their_upper_bits_are_even() {
        for key in [0, 7, u64::MAX] {
            let marks: Vec<u32> = alike().map(|word| mark(&word, key)).collect();
            let distinct: HashSet<u32> = marks.iter().copied().collect();
            // Of a million even hashes of 32 bits, 116 are expected to collide.
            assert!(marks.len() - distinct.len() < 200, "{}", marks.len() - distinct.len());
            for shift in 1..=10 {
                let below = marks.iter().filter(|mark| mark.leading_zeros() >= shift).count() as f64;
                let expected = marks.len() as f64 / f64::from(1_u32 << shift);
                assert!(
                    (below - expected).abs() < 5.0 * expected.sqrt(),
                    "{below} of {expected} below 2^-{shift}"
                );
            }
        }
    }

    #[test]
    fn one_bit_of_a_word_changes_half_of_the_bits_of_its_mark() {
        let flips: u32 =
            (0..1000).map(|i| (mark(&format!("w{i}a"), 3) ^ mark(&format!("w{i}c"), 3)).count_ones()).sum();
        assert!((15_000..17_000).contains(&flips), "{flips}");
    }

    #[test]
    fn the_key_decides_which_words_a_sample_keeps() {
        let kept = |key| -> HashSet<String> {
            alike().take(4000).filter(|word| mark(word, key) < 1 << 28).collect()
        };
        assert!(kept(1).intersection(&kept(2)).count() < 40);
    }

    #[test]
    fn a_word_is_the_same_wherever_it_stands() {
        let text = "xx commit_message_of_mine, and so on";
        let hash = PieceHash::new(DigestKey(7));
        assert_eq!(hash.mark(text.as_bytes(), 3..25), mark("commit_message_of_mine", 7));
        assert_eq!(hash.spoken(text, 34..36), spoken("on"));
        assert_eq!(hash.mark(b"on", 0..2), mark("on", 7));
    }

    #[test]
    fn speech_knows_neither_capitals_nor_numbers() {
        assert_eq!(spoken("Commit_Message_7"), spoken("commit_message_7"));
        assert_eq!(spoken("7"), spoken("1234567890123"));
        assert_ne!(spoken("7a"), spoken("7"));
        assert_ne!(spoken("123456789a"), spoken("7"));
        assert_ne!(spoken("a_b"), spoken("ab"));
    }
}
