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
    /// Dearer than the work needs, or work moved to where it counts: money, models, outcomes.
    Shift,
    /// A log that does not say what happened.
    Integrity,
    /// Honest work.
    None,
}

impl Axis {
    /// The name used in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::Pad => "pad",
            Self::Shift => "shift",
            Self::Integrity => "integrity",
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

impl Expected {
    /// The name used in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Review => "review",
        }
    }
}

/// Where a class shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// One session tells.
    Session,
    /// Only the sessions of an actor together tell, or prices, models and outcomes beside them.
    Actor,
}

impl Level {
    /// The name used in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Actor => "actor",
        }
    }
}

/// The setting of a recipe. Patterns have the first three and
/// [`Mixed`](Self::Mixed), honest classes the last two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Difficulty {
    /// The pattern in its plainest form, with little around it.
    Easy,
    /// Disguised, and half to four fifths of the calls are honest work.
    Medium,
    /// As medium, better disguised and scattered.
    Hard,
    /// Four fifths honest work and one stretch of the pattern, in any of the three disguises.
    Mixed,
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
            Self::Mixed => "mixed",
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
    /// Where it shows.
    pub level: Level,
    /// The verdict that a good judge gives; of classes at the level of actors, one who sees all their sessions.
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
    /// An inflation pattern that one session shows and a human should look at.
    pub(crate) const fn pattern(
        id: &'static str,
        axis: Axis,
        about: &'static str,
        recipe: fn(&mut Desk, Difficulty),
    ) -> Self {
        let (level, expected) = (Level::Session, Expected::Review);
        Self { id, about, axis, level, expected, hard_negative: false, recipe }
    }

    /// A legitimate look-alike.
    pub(crate) const fn lookalike(
        id: &'static str,
        about: &'static str,
        recipe: fn(&mut Desk, Difficulty),
    ) -> Self {
        let (axis, level, expected) = (Axis::None, Level::Session, Expected::Ok);
        Self { id, about, axis, level, expected, hard_negative: true, recipe }
    }

    /// The same class at the level of actors.
    pub(crate) const fn of_actors(self) -> Self {
        Self { level: Level::Actor, ..self }
    }

    /// Whether [`Difficulty::Mixed`] is a setting of its own. A stuck agent and what an actor spreads over sessions stand
    /// among honest work anyway.
    pub fn can_mix(&self) -> bool {
        self.level == Level::Session && self.expected == Expected::Review
    }

    /// The settings of the taxonomy that the class has; patterns can also be [`Difficulty::Mixed`].
    pub fn difficulties(&self) -> &'static [Difficulty] {
        match self.axis {
            Axis::None => &[Difficulty::Normal, Difficulty::Noisy],
            _ => &[Difficulty::Easy, Difficulty::Medium, Difficulty::Hard],
        }
    }

    /// The setting of this class that comes closest to the wanted one.
    pub fn nearest(&self, wanted: Difficulty) -> Difficulty {
        use Difficulty::{Easy, Hard, Medium, Mixed, Noisy, Normal};
        match (self.axis, wanted) {
            (Axis::None, Easy | Normal) => Normal,
            (Axis::None, _) => Noisy,
            (_, Normal) => Easy,
            (_, Noisy) => Hard,
            (_, Mixed) if !self.can_mix() => Hard,
            (_, Easy | Medium | Hard | Mixed) => wanted,
        }
    }
}
