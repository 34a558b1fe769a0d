//! What each byte of a text is, one bit for each: words, runs and numbers are then found by counting bits, 64 bytes at
//! a time, instead of by looking at byte after byte.

use std::ops::Range;

use wide::i8x16;

/// What the bytes of one text are.
pub(crate) struct Kinds {
    blocks: Vec<Block>,
    length: usize,
    /// No letter is beyond ASCII, as in most texts.
    narrow: bool,
}

/// What 64 bytes are; the first byte is the lowest bit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Block {
    /// ASCII letters, digits and `_`.
    pub(crate) word: u64,
    pub(crate) digit: u64,
    /// White space, and what encloses or separates values.
    pub(crate) ends: u64,
    line_end: u64,
    /// Parts of characters beyond ASCII, unless they are white space or symbols.
    pub(crate) wide: u64,
}

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// Where bytes of a kind stand.
pub(crate) trait Find {
    /// The first byte of a kind within a range.
    fn first(&self, range: Range<usize>, kind: impl Fn(&Block) -> u64) -> Option<usize>;

    /// The last byte of a kind within a range.
    fn last(&self, range: Range<usize>, kind: impl Fn(&Block) -> u64) -> Option<usize>;
}

/// What at most 64 bytes of a text are, wherever they begin: words, digits and ends.
pub(crate) struct Short {
    start: usize,
    block: Block,
}

impl Kinds {
    pub(crate) fn new(text: &str) -> Self {
        let (whole, rest) = text.as_bytes().as_chunks::<BLOCK>();
        let mut blocks = Vec::with_capacity(whole.len() + 1);
        blocks.extend(whole.iter().map(Block::new));
        // The text ends in a block that has room for more: whatever runs up to the end ends there, and so does its last line.
        let mut last = [b' '; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        last[rest.len()] = b'\n';
        blocks.push(Block::new(&last));
        let mut kinds = Kinds { blocks, length: text.len(), narrow: true };
        if !kinds.all_narrow() {
            kinds.read_wide(text);
            kinds.narrow = kinds.all_narrow();
        }
        kinds
    }

    fn all_narrow(&self) -> bool {
        self.blocks.iter().fold(0, |wide, block| wide | block.wide) == 0
    }

    /// White space beyond ASCII ends a run with all of its bytes, and a symbol is part of no word: tools print arrows and
    /// frames by the thousand.
    fn read_wide(&mut self, text: &str) {
        let mut read = 0;
        while let Some(at) = self.first(read..self.length, |block| block.wide) {
            let Some(c) = text[at..].chars().next() else { break };
            read = at + c.len_utf8();
            let ends = c.is_whitespace();
            if ends || is_symbol(c) {
                for place in at..read {
                    let (block, bit) = (&mut self.blocks[place / BLOCK], 1 << (place % BLOCK));
                    block.wide &= !bit;
                    block.ends |= if ends { bit } else { 0 };
                }
            }
        }
    }

    /// What a few bytes of it are: at most 64.
    #[inline]
    pub(crate) fn short(&self, range: Range<usize>) -> Short {
        let kind = |kind: fn(&Block) -> u64| self.window(range.start, kind);
        let (word, digit) = (kind(|block| block.word), kind(|block| block.digit));
        Short {
            start: range.start,
            block: Block { word, digit, ends: kind(|block| block.ends), ..Block::default() },
        }
    }

    /// Which of the 64 bytes from a place on are of a kind, the first one lowest.
    #[inline]
    fn window(&self, from: usize, kind: impl Fn(&Block) -> u64) -> u64 {
        let bits = |index: usize| if let Some(block) = self.blocks.get(index) { kind(block) } else { 0 };
        let (index, shift) = (from / BLOCK, from % BLOCK);
        bits(index) >> shift | bits(index + 1) << 1 << (BLOCK - 1 - shift)
    }

    /// Runs of characters between spaces and brackets.
    pub(crate) fn count_runs(&self) -> u64 {
        // What the last block holds beyond the text is spaces.
        count_begins(self.blocks.iter().map(|block| !block.ends))
    }

    /// Calls `found` for each run of word bytes and bytes beyond ASCII, in order.
    #[inline]
    pub(crate) fn stretches(&self, mut found: impl FnMut(Range<usize>)) {
        let (mut carry, mut start) = (0, 0);
        for (index, block) in self.blocks.iter().enumerate() {
            let inside = block.word | block.wide;
            let before = inside << 1 | carry;
            let (mut starts, mut ends) = (inside & !before, before & !inside);
            let next = |bits: &mut u64| {
                let at = index * BLOCK + bits.trailing_zeros() as usize;
                *bits &= bits.wrapping_sub(1);
                at
            };
            if carry == 0 {
                start = next(&mut starts);
            }
            while ends != 0 {
                found(start..next(&mut ends));
                // Behind the last end this is where a stretch begins that goes on in the next block, or nothing.
                start = next(&mut starts);
            }
            carry = inside >> 63;
        }
    }

    /// Calls `found` for each place where a line ends, in order: at a line feed or with the text.
    #[inline]
    pub(crate) fn line_ends(&self, mut found: impl FnMut(usize)) {
        for (index, block) in self.blocks.iter().enumerate() {
            let mut ends = block.line_end;
            while ends != 0 {
                found(index * BLOCK + ends.trailing_zeros() as usize);
                ends &= ends - 1;
            }
        }
    }

    /// How many stretches there are.
    pub(crate) fn count_stretches(&self) -> u64 {
        count_begins(self.blocks.iter().map(|block| block.word | block.wide))
    }

    /// Bytes of a range that are part of words.
    #[inline]
    pub(crate) fn count_said(&self, range: Range<usize>) -> usize {
        let (mut from, mut said) = (range.start, 0);
        while from < range.end {
            let of_range = u64::MAX >> BLOCK.saturating_sub(range.end - from);
            said += (self.window(from, |block| block.word | block.wide) & of_range).count_ones();
            from += BLOCK;
        }
        said as usize
    }

    /// Whether no letter in a range is beyond ASCII.
    #[inline]
    pub(crate) fn narrow(&self, range: Range<usize>) -> bool {
        self.narrow || self.first(range, |block| block.wide).is_none()
    }
}

impl Find for Kinds {
    #[inline]
    fn first(&self, range: Range<usize>, kind: impl Fn(&Block) -> u64) -> Option<usize> {
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

    #[inline]
    fn last(&self, range: Range<usize>, kind: impl Fn(&Block) -> u64) -> Option<usize> {
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
}

impl Find for Short {
    #[inline]
    fn first(&self, range: Range<usize>, kind: impl Fn(&Block) -> u64) -> Option<usize> {
        let above = u64::MAX.unbounded_shl((range.start - self.start) as u32);
        let at = self.start + (kind(&self.block) & above).trailing_zeros() as usize;
        (at < range.end).then_some(at)
    }

    #[inline]
    fn last(&self, range: Range<usize>, kind: impl Fn(&Block) -> u64) -> Option<usize> {
        let above = u64::MAX.unbounded_shl((range.end - self.start) as u32);
        let at = self.start + (kind(&self.block) & !above).checked_ilog2()? as usize;
        (at >= range.start).then_some(at)
    }
}

/// Dashes, quotes, arrows, frames and the like: told without the tables of Unicode.
pub(crate) fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{205E}' | '\u{2190}'..='\u{245F}' | '\u{2500}'..='\u{2775}')
}

/// How often a bit follows one that is not set, from block to block.
fn count_begins(blocks: impl Iterator<Item = u64>) -> u64 {
    let mut carry = 0;
    let begins = blocks.map(|inside| {
        let before = inside << 1 | std::mem::replace(&mut carry, inside >> 63);
        u64::from((inside & !before).count_ones())
    });
    begins.sum()
}

impl Block {
    #[inline]
    fn new(bytes: &[u8; BLOCK]) -> Self {
        let (sixteens, _) = bytes.as_chunks::<16>();
        let mut block = Block::default();
        for (index, sixteen) in sixteens.iter().enumerate() {
            block.tell(wide::bytemuck::cast(*sixteen), 16 * index);
        }
        block
    }

    /// Tells what sixteen bytes are that stand at a place.
    #[inline]
    fn tell(&mut self, bytes: i8x16, at: usize) {
        let set = |bits: &mut u64, told: i8x16| *bits |= u64::from(told.to_bitmask()) << at;
        // In this, capitals are small letters, and `[\\]` are `{|}`.
        let small = bytes | i8x16::splat(0x20);
        let digit = within(bytes, b'0', b'9');
        let letter = within(small, b'a', b'z');
        let space = within(bytes, b'\t', b'\r') | is(bytes, b' ');
        let quote = is(bytes, b'"') | is(bytes, b'`');
        let quote_or_round = within(bytes, b'\'', b')');
        let square_or_curly = within(small, b'{', b'}') & !is(bytes, b'\\');
        set(&mut self.word, digit | letter | is(bytes, b'_'));
        set(&mut self.digit, digit);
        set(&mut self.ends, space | quote | quote_or_round | within(bytes, b'<', b'>') | square_or_curly);
        set(&mut self.line_end, is(bytes, b'\n'));
        // All bytes beyond ASCII have the bit that is gathered.
        set(&mut self.wide, bytes);
    }
}

/// Where bytes are one.
#[inline]
fn is(bytes: i8x16, one: u8) -> i8x16 {
    bytes.simd_eq(i8x16::splat(one as i8))
}

/// Where bytes lie between two of ASCII, which belong to them: moved so far up that the last one is the highest number of
/// all, those above it become the lowest.
#[inline]
fn within(bytes: i8x16, first: u8, last: u8) -> i8x16 {
    let highest = i8::MAX as u8;
    let moved = bytes + i8x16::splat((highest - last) as i8);
    moved.simd_gt(i8x16::splat((highest - (last - first) - 1) as i8))
}

/// Whether a byte is an ASCII letter, a digit or `_`, and whether it is part of a character beyond ASCII.
#[inline]
pub(crate) fn is_word_or_wide(byte: u8) -> [bool; 2] {
    WORD_OR_WIDE[usize::from(byte)]
}

static WORD_OR_WIDE: [[bool; 2]; 256] = {
    let mut kinds = [[false; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        let is_word = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        kinds[byte] = [is_word, byte >= 0x80];
        byte += 1;
    }
    kinds
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BLOCK, Block, Find, Kinds, is_symbol};

    #[test]
    fn every_character_is_of_the_kinds_that_it_was_meant_to_be() {
        for c in (0..=0x3_0000_u32).filter_map(char::from_u32) {
            let text = c.to_string();
            let kinds = Kinds::new(&text);
            let is = |kind: fn(&Block) -> u64| kinds.first(0..text.len(), kind) == Some(0);
            assert_eq!(is(|block| block.word), c.is_ascii_alphanumeric() || c == '_', "{c:?}");
            assert_eq!(is(|block| block.digit), c.is_ascii_digit(), "{c:?}");
            assert_eq!(is(|block| block.line_end), c == '\n', "{c:?}");
            let letter = !c.is_ascii() && !c.is_whitespace() && !is_symbol(c);
            assert_eq!(is(|block| block.wide), letter, "{c:?}");
            assert_eq!(is(|block| block.ends), c.is_whitespace() || "()[]{}<>\"'`|=".contains(c), "{c:?}");
        }
    }

    #[test]
    fn no_symbol_is_a_letter() {
        assert!(!('\0'..=char::MAX).any(|c| is_symbol(c) && (c.is_alphanumeric() || c == '_')));
    }

    proptest! {
        /// For all texts: runs are what lies between ends, and stretches what lies between the rest.
        #[test]
        fn runs_and_stretches_are_found(text in "([a-z0-9_ .é→\u{2003}(\n]{0,9}|.{0,90}){0,20}") {
            let kinds = Kinds::new(&text);
            let ends = |c: char| c.is_whitespace() || "()[]{}<>\"'`|=".contains(c);
            prop_assert_eq!(kinds.count_runs(), text.split(ends).filter(|run| !run.is_empty()).count() as u64);
            let outside = |c: char| match c.is_ascii() {
                true => !c.is_ascii_alphanumeric() && c != '_',
                false => c.is_whitespace() || is_symbol(c),
            };
            let expected: Vec<&str> = text.split(outside).filter(|run| !run.is_empty()).collect();
            let mut found = Vec::new();
            kinds.stretches(|range| found.push(&text[range]));
            prop_assert_eq!(kinds.count_stretches(), found.len() as u64);
            prop_assert_eq!(found, expected);
        }

        /// For all texts and all parts of them: the bytes of words are counted one by one.
        #[test]
        fn bytes_of_words_are_counted(text in "[a-z0-9_ .é→\u{2003}(\n]{0,200}", start in 0..300_usize, length in 0..300_usize) {
            let start = start.min(text.len());
            let part = start..(start + length).min(text.len());
            let mut said = vec![false; text.len()];
            Kinds::new(&text).stretches(|range| said[range].fill(true));
            let expected = said[part.clone()].iter().filter(|&&said| said).count();
            prop_assert_eq!(Kinds::new(&text).count_said(part), expected);
        }

        /// For all texts, all short parts of them and all ranges in these: what is found in the part is what is found in the text.
        #[test]
        fn short_parts_are_as_the_text_is(text in "[a-z0-9_ .é→\u{2003}(\n]{0,200}", cuts in prop::array::uniform4(0..300_usize)) {
            let kinds = Kinds::new(&text);
            let start = cuts[0].min(text.len());
            let within = |cut: usize| start + cut % (text.len() - start).clamp(1, BLOCK + 1);
            let end = within(cuts[1]).min(text.len());
            let mut range = [within(cuts[2]).min(end), within(cuts[3]).min(end)];
            range.sort();
            let (short, range) = (kinds.short(start..end), range[0]..range[1]);
            for kind in [|block: &Block| block.digit, |block: &Block| block.ends, |block: &Block| !block.word] {
                prop_assert_eq!(short.first(range.clone(), kind), kinds.first(range.clone(), kind));
                prop_assert_eq!(short.last(range.clone(), kind), kinds.last(range.clone(), kind));
            }
        }
    }
}
