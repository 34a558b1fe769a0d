//! What a class of sessions is: the unit of the registry.

use serde::Serialize;

use crate::desk::{Desk, Manner};
use crate::dice::Dice;

/// The kind of waste that a class shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// The same thing again, nothing gained.
    Loop,
    /// Volume that nobody uses.
    Pad,
    /// Honest work.
    None,
}

impl Axis {
    /// The name used in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::Pad => "pad",
            Self::None => "none",
        }
    }
}

/// The verdict that a good judge gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// Ordinary, or legitimately repetitive or large.
    Ok,
    /// Waste with a technical cause.
    Note,
    /// A pattern consistent with inflation.
    Review,
}

/// The setting of a recipe. Patterns have the first three, honest classes the last two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Difficulty {
    /// The pattern in its plainest form, with little around it.
    Easy,
    /// Disguised, and half to four fifths of the calls are honest work.
    Medium,
    /// As medium, better disguised and scattered.
    Hard,
    /// Honest work with the usual accidents.
    Normal,
    /// Honest work with 20 to 30 % stuck retries, missing results and now and then an aborted ending.
    Noisy,
}

impl Difficulty {
    /// The name used in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Medium => "medium",
            Self::Hard => "hard",
            Self::Normal => "normal",
            Self::Noisy => "noisy",
        }
    }

    /// How often things go wrong in a session of this setting.
    pub(crate) fn manner(self, dice: &mut Dice) -> Manner {
        if self == Self::Noisy {
            return Manner {
                hiccup: 0.2 + 0.1 * dice.unit(),
                stubborn: 2,
                missing: 0.03,
                aborted: dice.chance(0.5),
            };
        }
        Manner { hiccup: dice.pick(&[0.0, 0.02, 0.05, 0.1]), stubborn: 0, missing: 0.0, aborted: false }
    }
}

/// A class of sessions: an inflation pattern, a legitimate look-alike, or neutral work.
#[derive(Clone, Copy)]
pub struct Class {
    /// The id in the taxonomy: `G18`, `L01`, `N`.
    pub id: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// The kind of waste.
    pub axis: Axis,
    /// The verdict that a good judge gives.
    pub expected: Expected,
    /// An honest class that looks like a pattern.
    pub hard_negative: bool,
    pub(crate) recipe: fn(&mut Desk, Difficulty),
}

impl std::fmt::Debug for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Class({})", self.id)
    }
}

impl Class {
    /// An inflation pattern, which a human should look at.
    pub(crate) const fn pattern(
        id: &'static str,
        axis: Axis,
        about: &'static str,
        recipe: fn(&mut Desk, Difficulty),
    ) -> Self {
        Self { id, about, axis, expected: Expected::Review, hard_negative: false, recipe }
    }

    /// A legitimate look-alike.
    pub(crate) const fn lookalike(
        id: &'static str,
        about: &'static str,
        recipe: fn(&mut Desk, Difficulty),
    ) -> Self {
        Self { id, about, axis: Axis::None, expected: Expected::Ok, hard_negative: true, recipe }
    }

    /// The settings that the class has.
    pub fn difficulties(&self) -> &'static [Difficulty] {
        match self.axis {
            Axis::None => &[Difficulty::Normal, Difficulty::Noisy],
            _ => &[Difficulty::Easy, Difficulty::Medium, Difficulty::Hard],
        }
    }

    /// The setting of this class that comes closest to the wanted one.
    pub fn nearest(&self, wanted: Difficulty) -> Difficulty {
        use Difficulty::{Easy, Hard, Medium, Noisy, Normal};
        match (self.axis, wanted) {
            (Axis::None, Easy | Normal) => Normal,
            (Axis::None, _) => Noisy,
            (_, Normal) => Easy,
            (_, Noisy) => Hard,
            (_, Easy | Medium | Hard) => wanted,
        }
    }
}
