//! A tuned constant that the benches can choose anew. In a build without the feature `tuning` it is a constant.

#[cfg(feature = "tuning")]
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A tuned constant.
#[cfg_attr(not(feature = "tuning"), allow(unreachable_pub, reason = "public where it can be set"))]
#[derive(Debug)]
pub struct Knob {
    shipped: f64,
    #[cfg(feature = "tuning")]
    name: &'static str,
    /// Values to choose from, ascending.
    #[cfg(feature = "tuning")]
    grid: &'static [f64],
    /// The bits of the value.
    #[cfg(feature = "tuning")]
    set: AtomicU64,
}

impl Knob {
    #[cfg(feature = "tuning")]
    pub(crate) const fn new(name: &'static str, shipped: f64, grid: &'static [f64]) -> Self {
        Knob { shipped, name, grid, set: AtomicU64::new(shipped.to_bits()) }
    }

    #[cfg(not(feature = "tuning"))]
    pub(crate) const fn new(_: &'static str, shipped: f64, _: &'static [f64]) -> Self {
        Knob { shipped }
    }

    #[cfg(feature = "tuning")]
    pub(crate) fn get(&self) -> f64 {
        f64::from_bits(self.set.load(Relaxed))
    }

    #[cfg(not(feature = "tuning"))]
    pub(crate) fn get(&self) -> f64 {
        self.shipped
    }
}

#[cfg(feature = "tuning")]
impl Knob {
    /// Name of the constant.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The value that ships.
    pub fn shipped(&self) -> f64 {
        self.shipped
    }

    /// The values to choose from, ascending; the one that ships is among them.
    pub fn grid(&self) -> &'static [f64] {
        self.grid
    }

    /// Sets it for every fold of the process from here on. Folds that run meanwhile may see either value.
    pub fn set(&self, value: f64) {
        self.set.store(value.to_bits(), Relaxed);
    }
}

#[cfg(all(test, feature = "tuning"))]
mod tests {
    use crate::KNOBS;

    #[test]
    fn what_ships_is_on_the_grid() {
        for knob in KNOBS {
            assert!(knob.grid().contains(&knob.shipped()), "{}", knob.name());
            assert!(knob.grid().is_sorted_by(|a, b| a < b), "{}", knob.name());
        }
    }
}
