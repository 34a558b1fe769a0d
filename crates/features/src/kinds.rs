//! What each byte of a text is, one bit for each: words, runs and numbers are then found by counting bits, 64 bytes at
//! a time, instead of by looking at byte after byte.

use std::ops::Range;

/// What the bytes of one text are.
pub(crate) struct Kinds {
    blocks: Vec<Block>,
    length: usize,
}

/// What 64 bytes are; the first byte is the lowest bit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Block {
    /// ASCII letters, digits and `_`.
    pub(crate) word: u64,
    pub(crate) digit: u64,
    /// White space, and what encloses or separates values.
    pub(crate) ends: u64,
    /// Parts of characters beyond ASCII, of white space too.
    pub(crate) wide: u64,
}

/// Bytes of a block.
const BLOCK: usize = 64;

impl Kinds {
    pub(crate) fn new(text: &str) -> Self {
        let (whole, rest) = text.as_bytes().as_chunks::<BLOCK>();
        let mut blocks = Vec::with_capacity(whole.len() + 1);
        blocks.extend(whole.iter().map(Block::new));
        let mut last = [b' '; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        blocks.push(Block::new(&last));
        let mut kinds = Kinds { blocks, length: text.len() };
        kinds.mark_wide_spaces(text);
        kinds
    }

    /// White space beyond ASCII ends a run with all of its bytes.
    fn mark_wide_spaces(&mut self, text: &str) {
        for index in 0..self.blocks.len() {
            let mut wide = self.blocks[index].wide;
            while wide != 0 {
                let at = index * BLOCK + wide.trailing_zeros() as usize;
                wide &= wide - 1;
                for place in at..at + wide_space(text, at) {
                    self.blocks[place / BLOCK].ends |= 1 << (place % BLOCK);
                }
            }
        }
    }

    /// The first byte of a kind within a range.
    #[inline]
    pub(crate) fn first(&self, range: Range<usize>, kind: impl Fn(&Block) -> u64) -> Option<usize> {
        let mut index = range.start / BLOCK;
        let mut above = u64::MAX << (range.start % BLOCK);
        while index * BLOCK < range.end {
            let bits = kind(self.blocks.get(index)?) & above;
            if bits != 0 {
                let at = index * BLOCK + bits.trailing_zeros() as usize;
                return (at < range.end).then_some(at);
            }
            above = u64::MAX;
            index += 1;
        }
        None
    }

    /// The last byte of a kind within a range.
    #[inline]
    pub(crate) fn last(&self, range: Range<usize>, kind: impl Fn(&Block) -> u64) -> Option<usize> {
        let last = range.end.checked_sub(1)?;
        let mut index = last / BLOCK;
        let mut below = u64::MAX >> (BLOCK - 1 - last % BLOCK);
        while (index + 1) * BLOCK > range.start {
            let bits = kind(self.blocks.get(index)?) & below;
            if bits != 0 {
                let at = index * BLOCK + bits.ilog2() as usize;
                return (at >= range.start).then_some(at);
            }
            below = u64::MAX;
            index = index.checked_sub(1)?;
        }
        None
    }

    /// Runs of characters between spaces and brackets within a range.
    #[inline]
    pub(crate) fn runs(&self, range: Range<usize>) -> u64 {
        let (mut runs, mut carry) = (0, 0);
        let mut inside_from = u64::MAX << (range.start % BLOCK);
        for index in range.start / BLOCK..range.end.div_ceil(BLOCK) {
            let beyond = ((index + 1) * BLOCK).saturating_sub(range.end);
            let inside = !self.blocks[index].ends & inside_from & (u64::MAX >> beyond);
            runs += u64::from((inside & !(inside << 1 | carry)).count_ones());
            carry = inside >> 63;
            inside_from = u64::MAX;
        }
        runs
    }

    /// Calls `found` for each run of word bytes and bytes beyond ASCII, in order.
    #[inline]
    pub(crate) fn stretches(&self, mut found: impl FnMut(Range<usize>)) {
        let (mut carry, mut start) = (0, None);
        for (index, block) in self.blocks.iter().enumerate() {
            let inside = block.word | block.wide;
            let mut turns = inside ^ (inside << 1 | carry);
            carry = inside >> 63;
            while turns != 0 {
                let at = index * BLOCK + turns.trailing_zeros() as usize;
                turns &= turns - 1;
                match start.take() {
                    Some(start) => found(start..at),
                    None => start = Some(at),
                }
            }
        }
        if let Some(start) = start {
            found(start..self.length);
        }
    }

    /// How many of them there are.
    pub(crate) fn count_stretches(&self) -> u64 {
        let mut carry = 0;
        let begins = self.blocks.iter().map(|block| {
            let inside = block.word | block.wide;
            let before = inside << 1 | std::mem::replace(&mut carry, inside >> 63);
            u64::from((inside & !before).count_ones())
        });
        begins.sum()
    }

    /// Whether a range is ASCII.
    #[inline]
    pub(crate) fn narrow(&self, range: Range<usize>) -> bool {
        self.first(range, |block| block.wide).is_none()
    }
}

/// The kinds that a byte has, as bits of a byte.
const WORD: u8 = 1;
const DIGIT: u8 = 2;
const ENDS: u8 = 4;
const WIDE: u8 = 8;

impl Block {
    /// Comparisons without a branch, which a compiler does for many bytes at a time.
    #[inline]
    fn new(bytes: &[u8; BLOCK]) -> Self {
        let mut kinds = [0; BLOCK];
        kinds.iter_mut().zip(bytes).for_each(|(kinds, &byte)| *kinds = kinds_of(byte));
        let mut block = Block::default();
        let (eights, _) = kinds.as_chunks::<8>();
        for (index, &eight) in eights.iter().enumerate() {
            let (eight, shift) = (u64::from_le_bytes(eight), 8 * index);
            block.word |= gather(eight) << shift;
            block.digit |= gather(eight >> 1) << shift;
            block.ends |= gather(eight >> 2) << shift;
            block.wide |= gather(eight >> 3) << shift;
        }
        block
    }
}

/// The kinds of one byte.
#[inline]
const fn kinds_of(byte: u8) -> u8 {
    let digit = byte.wrapping_sub(b'0') < 10;
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let word = digit | letter | (byte == b'_');
    let space = (byte.wrapping_sub(b'\t') < 5) | (byte == b' ');
    // Neighbours are told together: `{|}`, `<=>` and `'()`.
    let bracket = (byte.wrapping_sub(b'{') < 3)
        | (byte.wrapping_sub(b'<') < 3)
        | (byte.wrapping_sub(b'\'') < 3)
        | (byte == b'[')
        | (byte == b']')
        | (byte == b'"')
        | (byte == b'`');
    (word as u8) * WORD
        + (digit as u8) * DIGIT
        + ((space | bracket) as u8) * ENDS
        + ((byte >= 0x80) as u8) * WIDE
}

/// Whether a byte is an ASCII letter, a digit or `_`, and whether it is part of a character beyond ASCII.
#[inline]
pub(crate) fn is_word_or_wide(byte: u8) -> [bool; 2] {
    let kinds = KINDS[usize::from(byte)];
    [kinds & WORD != 0, kinds & WIDE != 0]
}

/// For who looks at single bytes.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = kinds_of(byte as u8);
        byte += 1;
    }
    kinds
};

/// The lowest bit of each of eight bytes, side by side. Each product of a bit and a bit of the factor that lands in the
/// top byte has a place of its own there, and no sum carries into it.
#[inline]
fn gather(eight: u64) -> u64 {
    (eight & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Bytes of the white space beyond ASCII that begins at a place, or 0.
#[inline]
fn wide_space(text: &str, at: usize) -> usize {
    match &text.as_bytes()[at..] {
        [0xC2, 0x85 | 0xA0, ..] => 2,
        [0xE1 | 0xE3, ..] | [0xE2, 0x80 | 0x81, ..] => {
            text[at..].chars().next().filter(|c| c.is_whitespace()).map_or(0, char::len_utf8)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Kinds;

    #[test]
    fn every_character_is_of_the_kinds_that_it_was_meant_to_be() {
        for c in (0..=0x3_0000_u32).filter_map(char::from_u32) {
            let text = c.to_string();
            let kinds = Kinds::new(&text);
            let is = |kind: fn(&super::Block) -> u64| kinds.first(0..text.len(), kind) == Some(0);
            assert_eq!(is(|block| block.word), c.is_ascii_alphanumeric() || c == '_', "{c:?}");
            assert_eq!(is(|block| block.digit), c.is_ascii_digit(), "{c:?}");
            assert_eq!(is(|block| block.wide), !c.is_ascii(), "{c:?}");
            assert_eq!(is(|block| block.ends), c.is_whitespace() || "()[]{}<>\"'`|=".contains(c), "{c:?}");
        }
    }

    fn boundary(text: &str, at: usize) -> usize {
        (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
    }

    proptest! {
        /// For all texts and parts of them: runs are what lies between ends, and stretches what lies between the rest.
        #[test]
        fn runs_and_stretches_are_found(text in "([a-z0-9_ .é\u{2003}(\n]{0,9}|.{0,90}){0,20}", from in 0..200_usize, to in 0..200_usize) {
            let kinds = Kinds::new(&text);
            let (from, to) = (boundary(&text, from.min(to)), boundary(&text, from.max(to)));
            let ends = |c: char| c.is_whitespace() || "()[]{}<>\"'`|=".contains(c);
            let runs = text[from..to].split(ends).filter(|run| !run.is_empty()).count() as u64;
            prop_assert_eq!(kinds.runs(from..to), runs);
            let outside = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_';
            let expected: Vec<&str> = text.split(outside).filter(|run| !run.is_empty()).collect();
            let mut found = Vec::new();
            kinds.stretches(|range| found.push(&text[range]));
            prop_assert_eq!(kinds.count_stretches(), found.len() as u64);
            prop_assert_eq!(found, expected);
        }
    }
}
