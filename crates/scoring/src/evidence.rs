//! **The evidence key**: is there waste of weight that no look-alike explains?
//!
//! **How.** Spans that an accepted look-alike explains are set aside. What the others hold, as a share of the tokens
//! (of the steps where tokens are not known), turns the key from its level on, or from three quarters of it when each step
//! counts for as much as its evidence. Padding holds what later requests have paid to read it again, too. Errands given in vain
//! turn the key whatever they hold, since what they cost is not in the log of who gave them.
//!
//! `review` needs the second of both, so that many steps of which each may well be honest do not add up to an accusation; and of
//! what nobody cut short, since an agent that got stuck until somebody stopped it had a technical cause.

use goodhart_features::{Axis, Pattern, Profile, Span};

use crate::finding::Considered;
use crate::judge::Options;
use crate::lookalikes::{self, Effect};
use crate::tuning::SURE;

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
        let share = |effects: &[Effect], weight| {
            let left = spans.iter().filter(|span| !opinions.accepts(span, effects));
            waste_share(left.copied(), weight, profile)
        };
        let reaches = |share: f64, level: f64| share > 0.0 && share >= level;
        let sure = |effects: &[Effect]| reaches(share(effects, |span| span.mean), SURE * options.waste_share);
        let elsewhere = spans.iter().any(|span| span.pattern == Pattern::Redundant);
        Evidence {
            turns: elsewhere
                || sure(&[Effect::Explains])
                || reaches(share(&[Effect::Explains], |_| 1.0), options.waste_share),
            lasts: sure(&[Effect::Explains, Effect::Softens])
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

/// What some spans hold, each with its weight, in [0, 1].
fn waste_share<'a>(
    spans: impl Iterator<Item = &'a Span>,
    weight: fn(&Span) -> f64,
    profile: &Profile,
) -> f64 {
    let total = profile.ledger.map_or(0, |ledger| ledger.total());
    let carried = carried_a_step(profile);
    let held = |span: &Span| match (total, span.axis) {
        (0, _) => span.steps as f64,
        (_, Axis::Loop) => span.tokens as f64,
        (_, Axis::Padding) => span.tokens as f64 + carried * span.steps as f64,
    };
    let part: f64 = spans.map(|span| weight(span) * held(span)).sum();
    let whole = if total == 0 { profile.steps } else { total };
    (part / whole.max(1) as f64).min(1.0)
}

/// Tokens that later requests have paid to read the padding again, for each of its steps.
fn carried_a_step(profile: &Profile) -> f64 {
    let padded = profile.spans.iter().filter(|span| span.axis == Axis::Padding);
    profile.carried_tokens as f64 / padded.map(|span| span.steps).sum::<u64>().max(1) as f64
}

#[cfg(test)]
mod tests {
    use goodhart_features::Pattern;

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
        let mut light = looping(30);
        light.ledger.as_mut().expect("because there is text").exploratory = 14 * light.spans[0].tokens;
        assert!(!evidence(&light).turns);
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
    fn many_steps_that_are_each_rather_waste_than_not_are_no_accusation() {
        let options = Options { review_tokens: 0, ..Options::default() };
        let evidence = |mean: f64| {
            let mut profile = looping(30);
            profile.ledger.as_mut().expect("because there is text").exploratory = 6 * profile.spans[0].tokens;
            profile.spans[0].mean = mean;
            let Evidence { turns, lasts, .. } = Evidence::of(&profile, &options);
            (turns, lasts)
        };
        assert_eq!(evidence(0.9), (true, true));
        assert_eq!(evidence(0.4), (true, false));
    }

    #[test]
    fn errands_given_in_vain_turn_the_key_whatever_they_hold() {
        let mut profile = looping(30);
        profile.ledger.as_mut().expect("because there is text").exploratory += 1_000_000;
        assert!(!evidence(&profile).turns);
        profile.spans[0].pattern = Pattern::Redundant;
        assert!(evidence(&profile).turns && !evidence(&profile).lasts);
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
