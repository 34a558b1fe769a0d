//! Which features drove a score, and what the session's log does not tell.

use std::collections::BTreeMap;

use goodhart_features::{FEATURES, Feature, Profile};

use crate::baseline::Baseline;
use crate::finding::Driver;
use crate::score::Scores;
use crate::tuning::{DRIVER_SHARE, SHOWN_DRIVERS};

/// The features that drove the score of the axis that stands out, the strongest first: at most five, each with at
/// least a twentieth of the explanation. None when the score is 0.
pub fn drivers(profile: &Profile, scores: &Scores, baseline: &Baseline) -> Vec<Driver> {
    if scores.of(scores.axis()) == 0.0 {
        return Vec::new();
    }
    let mut shares = baseline.axis(scores.axis()).shares(profile);
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let strong = shares.into_iter().filter(|(_, share)| *share >= DRIVER_SHARE);
    let mut drivers: Vec<(usize, Driver)> = strong
        .filter_map(|(place, share)| Some((place, driver(place, share, profile, baseline)?)))
        .take(SHOWN_DRIVERS)
        .collect();
    let combination = baseline.general().combination(profile);
    for (place, driver) in &mut drivers {
        driver.combination = combination.iter().find(|(known, _)| known == place).map(|(_, z)| *z);
    }
    let mut drivers: Vec<Driver> = drivers.into_iter().map(|(_, driver)| driver).collect();
    // Findings are kept by the thousand, and this list has grown in steps.
    drivers.shrink_to_fit();
    drivers
}

/// Families of features that the log does not support, sorted: those of which most features have no value, and
/// `timing` when there is no time stamp.
///
/// ```
/// use goodhart_features::{Fold, Habits};
/// use goodhart_scoring::unavailable;
///
/// let empty = Fold::new(&Habits::default()).into_profile();
/// assert!(unavailable(&empty).contains(&"timing".to_owned()));
/// ```
pub fn unavailable(profile: &Profile) -> Vec<String> {
    let mut families: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (feature, value) in FEATURES.iter().zip(&profile.features) {
        families.entry(feature.family).or_default()[usize::from(value.is_some())] += 1;
    }
    let absent =
        families.into_iter().filter(|(_, [absent, present])| absent > present).map(|(family, _)| family);
    let timing = profile.started_ms.is_none().then_some("timing");
    let mut names: Vec<String> = absent.chain(timing).map(str::to_owned).collect();
    names.sort();
    names
}

/// A feature with its share. A value that is not available drove nothing: the detectors read the median for it.
fn driver(place: usize, share: f64, profile: &Profile, baseline: &Baseline) -> Option<Driver> {
    let Feature { id, unit, .. } = *FEATURES.get(place)?;
    let value = profile.features.get(place).copied().flatten()?;
    let standing = baseline.standing(id, value);
    Some(Driver {
        feature: id.into(),
        value,
        unit: unit.into(),
        usual: baseline.usual(id),
        median: standing.map(|standing| standing.median),
        percentile: standing.map(|standing| standing.percentile),
        combination: None,
        contribution: share,
    })
}

#[cfg(test)]
mod tests {
    use super::{drivers, unavailable};
    use crate::testing::{blind, looping, working};
    use crate::{Baseline, score};

    #[test]
    fn drivers_of_a_loop_are_named_with_value_and_usual_range() {
        let (profile, baseline) = (looping(30), Baseline::embedded());
        let found = drivers(&profile, &score(&profile, "", baseline), baseline);
        assert!((1..=5).contains(&found.len()));
        assert!(found.is_sorted_by(|a, b| a.contribution >= b.contribution));
        assert!(found.iter().map(|driver| driver.contribution).sum::<f64>() <= 1.0 + 1e-9);
        let outside = |driver: &crate::Driver| {
            driver.usual.is_some_and(|[low, high]| !(low..=high).contains(&driver.value))
        };
        assert!(outside(&found[0]), "{found:?}");
    }

    #[test]
    fn nothing_drives_a_score_of_zero() {
        let (profile, baseline) = (working(10), Baseline::embedded());
        let mut scores = score(&profile, "", baseline);
        (scores.loop_score, scores.pad_score) = (0.0, 0.0);
        assert!(drivers(&profile, &scores, baseline).is_empty());
    }

    #[test]
    fn what_a_log_does_not_tell_is_named() {
        assert!(unavailable(&working(10)).is_empty(), "{:?}", unavailable(&working(10)));
        assert!(unavailable(&blind(10)).contains(&"novelty".to_owned()));
    }
}
