//! Sessions about which everything is known: which pattern they show, how well it is hidden, which calls it is made
//! of, and what it cost. A generator writes such labels, one JSON object a line:
//!
//! ```json
//! {"session_id":"…","pattern_id":"G18","class":"loop","expected":"review","difficulty":"easy","hard_negative":false,
//!  "spans":[{"calls":["…","…"]}],"waste_share":0.83}
//! ```

use serde::{Deserialize, Serialize};

/// Patterns that one session shows by itself, so that its LOOP or PAD has to see them. The others are seen across the
/// sessions of an actor, or in money, models and outcomes.
const SESSION_LEVEL: [&str; 18] = [
    "G01", "G03", "G04", "G05", "G06", "G07", "G08", "G09", "G10", "G11", "G12", "G13", "G14", "G18", "G19",
    "G22", "G23", "G24",
];

/// What is true about one session.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Case {
    /// The session.
    #[serde(rename = "session_id")]
    pub session: String,
    /// `G18`, `L01`, `N`, ...
    pub pattern_id: String,
    /// The kind of waste.
    pub class: Class,
    /// The verdict that a good judge gives.
    pub expected: Expected,
    /// The setting: `easy`, `medium`, `hard` of patterns, `normal`, `noisy` of honest work.
    pub difficulty: String,
    /// Honest work that looks like a pattern.
    #[serde(default)]
    pub hard_negative: bool,
    /// Where the pattern stands.
    #[serde(default)]
    pub spans: Vec<TrueSpan>,
    /// Share of the billed tokens that the pattern cost, in [0, 1].
    #[serde(default)]
    pub waste_share: f64,
}

/// What a case counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// A pattern that its session shows by itself.
    Pattern,
    /// Ordinary work, or work that looks like a pattern.
    Honest,
    /// Neither: waste with a technical cause, and what one session cannot show.
    Neither,
}

impl Case {
    pub(crate) fn side(&self) -> Side {
        let shows = SESSION_LEVEL.contains(&self.pattern_id.as_str());
        match (self.class, self.expected) {
            (Class::None, Expected::Ok) => Side::Honest,
            (Class::Loop | Class::Pad, Expected::Review) if shows => Side::Pattern,
            _ => Side::Neither,
        }
    }

    /// The ids of all calls of the pattern.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().flat_map(|span| &span.calls).map(String::as_str)
    }
}

/// The kind of waste of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The same thing again.
    Loop,
    /// Volume that nobody uses.
    Pad,
    /// Dear models, broken caches, empty outcomes.
    Shift,
    /// Logs that cannot be true.
    Integrity,
    /// No waste.
    None,
}

/// The verdict that a good judge gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// Ordinary.
    Ok,
    /// Waste with a technical cause.
    Note,
    /// To be looked at.
    Review,
}

/// A stretch of calls that is the pattern.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct TrueSpan {
    /// Ids of its calls; messages without a call are named by their own id.
    #[serde(default)]
    pub calls: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::{Case, Side};

    fn side(pattern: &str, class: &str, expected: &str) -> Side {
        let case = format!(
            r#"{{"session_id":"s","file":"f","pattern_id":"{pattern}","class":"{class}","expected":"{expected}",
                "difficulty":"easy"}}"#
        );
        serde_json::from_str::<Case>(&case).unwrap().side()
    }

    #[test]
    fn what_one_session_cannot_show_and_what_is_no_gaming_counts_neither_way() {
        assert_eq!(side("G18", "loop", "review"), Side::Pattern);
        assert_eq!(side("G13", "pad", "review"), Side::Pattern);
        assert_eq!(side("L01", "none", "ok"), Side::Honest);
        assert_eq!(side("N", "none", "ok"), Side::Honest);
        assert_eq!(side("L16", "loop", "note"), Side::Neither);
        assert_eq!(side("G02", "loop", "review"), Side::Neither);
        assert_eq!(side("G20", "shift", "review"), Side::Neither);
    }
}
