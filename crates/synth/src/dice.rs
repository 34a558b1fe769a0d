//! Seeded chance, the same on every platform.
//!
//! Only integer draws and linear interpolation are used: `ln` and `exp` may differ in the last bit between
//! platforms, and the committed sample is compared byte by byte.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A quantile table: `(probability, value)` pairs, both ascending, from probability 0 to 1.
pub(crate) type Quantiles = [(f64, f64)];

const ALPHANUMERIC: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const HEX: &[u8] = b"0123456789abcdef";

/// A stream of decisions that depends on its seed alone.
#[derive(Debug, Clone)]
pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The dice of one session: every class and setting has streams of its own.
    pub(crate) fn for_session(class: &str, setting: &str, seed: u64) -> Self {
        let mixed = class
            .bytes()
            .chain([0])
            .chain(setting.bytes())
            .fold(seed ^ FNV_OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME));
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// An integer in `0..n`; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.0.gen_range(0..n) }
    }

    /// An integer in `low..=high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// A number in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.r#gen::<f64>()
    }

    /// A position in a list of this length; 0 for an empty list.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// One entry of a list that is never empty.
    pub(crate) fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.index(items.len())].clone()
    }

    /// Up to `n` different entries, in random order.
    pub(crate) fn some<T: Clone>(&mut self, items: &[T], n: usize) -> Vec<T> {
        let mut all = items.to_vec();
        self.shuffle(&mut all);
        all.truncate(n);
        all
    }

    /// Fisher and Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.index(last + 1);
            items.swap(last, other);
        }
    }

    /// A draw from the distribution whose quantiles are given, linear in between.
    pub(crate) fn quantile(&mut self, table: &Quantiles) -> f64 {
        let at = self.unit();
        table.windows(2).find(|pair| at <= pair[1].0).map_or(0.0, |pair| interpolate(pair[0], pair[1], at))
    }

    /// Random characters as in request ids.
    pub(crate) fn token(&mut self, length: usize) -> String {
        self.characters(ALPHANUMERIC, length)
    }

    /// Random hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.characters(HEX, length)
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let variant = self.pick(&["8", "9", "a", "b"]);
        let (a, b, c, d, e) = (self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12));
        format!("{a}-{b}-4{c}-{variant}{d}-{e}")
    }

    fn characters(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(self.pick(alphabet))).collect()
    }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

fn interpolate((p0, v0): (f64, f64), (p1, v1): (f64, f64), at: f64) -> f64 {
    v0 + (v1 - v0) * (at - p0) / (p1 - p0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream_and_another_class_another() {
        let draw = |class| Dice::for_session(class, "easy", 7).token(20);
        assert_eq!(draw("G18"), draw("G18"));
        assert_ne!(draw("G18"), draw("G19"));
    }

    #[test]
    fn a_quantile_draw_has_the_median_of_its_table() {
        let mut dice = Dice::for_session("x", "y", 1);
        let below =
            (0..4000).filter(|_| dice.quantile(&[(0.0, 0.0), (0.5, 10.0), (1.0, 900.0)]) < 10.0).count();
        assert!((1850..2150).contains(&below), "{below}");
    }

    #[test]
    fn ids_have_the_form_of_their_kind() {
        let id = Dice::for_session("x", "y", 1).uuid();
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }
}
