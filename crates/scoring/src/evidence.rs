//! **The evidence key**: is there waste of weight that no look-alike explains?
//!
//! **How.** Spans that an accepted look-alike explains are set aside. What the others hold, as a share of the tokens
//! (of the steps where tokens are not known), turns the key from its level on. Padding holds what later requests have
//! paid to read it again, too. The part of it that nobody cut short is
//! what `review` needs: an agent that got stuck until somebody stopped it had a technical cause.

use goodhart_features::{Axis, Profile, Span};

use crate::finding::Considered;
use crate::judge::Options;
use crate::lookalikes::{self, Effect};

/// What the evidence of one session comes to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evidence {
    /// The key turns.
    pub(crate) turns: bool,
    /// It would turn on the stretches alone that nobody cut short, and they are worth a look.
    pub(crate) lasts: bool,
    /// The look-alikes that were considered.
    pub(crate) considered: Vec<Considered>,
}

impl Evidence {
    pub(crate) fn of(profile: &Profile, options: &Options) -> Self {
        let spans = heaviest_first(profile);
        let opinions = lookalikes::consider(&spans, profile);
        let share = |effects: &[Effect]| {
            let left = spans.iter().filter(|span| !opinions.accepts(span, effects));
            waste_share(left.copied(), profile)
        };
        let reaches = |share: f64| share > 0.0 && share >= options.waste_share;
        Evidence {
            turns: reaches(share(&[Effect::Explains])),
            lasts: reaches(share(&[Effect::Explains, Effect::Softens]))
                && profile.ledger.is_none_or(|ledger| ledger.waste() >= options.review_tokens),
            considered: opinions.considered,
        }
    }
}

/// Whether enough is known of a session to judge it: steps, and content in at least one of them.
pub(crate) fn is_sufficient(profile: &Profile, min_steps: u64) -> bool {
    profile.steps >= min_steps && profile.feature("novelty").is_some()
}

/// The spans by what they hold: tokens, else steps; of equals the earlier.
pub(crate) fn heaviest_first(profile: &Profile) -> Vec<&Span> {
    let mut spans: Vec<&Span> = profile.spans.iter().collect();
    spans.sort_by_key(|span| (std::cmp::Reverse((span.tokens, span.steps)), span.first.step));
    spans
}

/// What some spans hold, in [0, 1].
fn waste_share<'a>(spans: impl Iterator<Item = &'a Span> + Clone, profile: &Profile) -> f64 {
    let carried = carried(spans.clone(), profile);
    let (tokens, steps) =
        spans.fold((0, 0), |(tokens, steps), span| (tokens + span.tokens, steps + span.steps));
    let (part, whole) = match profile.ledger.map_or(0, |ledger| ledger.total()) {
        0 => (steps as f64, profile.steps),
        total => (tokens as f64 + carried, total),
    };
    (part / whole.max(1) as f64).min(1.0)
}

/// Tokens that later requests have paid to read the padding of some spans again: their part, by steps, of what the
/// session has carried.
fn carried<'a>(spans: impl Iterator<Item = &'a Span>, profile: &Profile) -> f64 {
    let padded = |span: &&Span| span.axis == Axis::Padding;
    let all: u64 = profile.spans.iter().filter(padded).map(|span| span.steps).sum();
    let part: u64 = spans.filter(padded).map(|span| span.steps).sum();
    profile.carried_tokens as f64 * part as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::{Evidence, heaviest_first, is_sufficient};
    use crate::judge::Options;
    use crate::testing::{blind, looping, working};

    fn evidence(profile: &goodhart_features::Profile) -> Evidence {
        Evidence::of(profile, &Options::default())
    }

    #[test]
    fn a_loop_turns_the_key_and_work_does_not() {
        assert!(evidence(&looping(30)).turns);
        let work = evidence(&working(30));
        assert!(!work.turns && work.considered.is_empty());
    }

    #[test]
    fn waste_below_its_level_turns_nothing() {
        let options = Options { waste_share: 0.999, ..Options::default() };
        assert!(!Evidence::of(&looping(30), &options).turns);
    }

    #[test]
    fn without_tokens_the_steps_count() {
        let mut blind = looping(30);
        blind.ledger = None;
        blind.spans.iter_mut().for_each(|span| span.tokens = 0);
        assert!(evidence(&blind).turns);
        blind.steps = 10_000;
        assert!(!evidence(&blind).turns);
    }

    #[test]
    fn the_heaviest_span_comes_first() {
        let mut twice = looping(30);
        let mut light = twice.spans[0].clone();
        light.tokens = 1;
        twice.spans.insert(0, light);
        assert!(heaviest_first(&twice)[0].tokens > 1);
    }

    #[test]
    fn steps_without_content_are_not_enough() {
        let blind = blind(20);
        assert!(blind.steps >= 20 && !is_sufficient(&blind, 5));
        assert!(is_sufficient(&looping(5), 5) && !is_sufficient(&looping(4), 5));
    }
}
