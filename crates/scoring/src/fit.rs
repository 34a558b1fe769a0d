//! Fits a baseline on the profiles of a reference.

use std::collections::BTreeSet;

use goodhart_features::{Axis, DigestKey, FEATURES, Feature, Habits, Profile};

use crate::baseline::{Baseline, Body, Fitted, ReferenceKind, Row, schema_hash};
use crate::detectors::Detectors;
use crate::ensemble::Ensemble;
use crate::error::Error;
use crate::evidence::is_sufficient;
use crate::model_file::{checksum, encode};
use crate::quantiles::percentiles;
use crate::score::axis_scores;
use crate::tuning::{DETECTOR_ROWS, MIN_STEPS, TRIM};

/// One session of a reference, or one window of it.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceRow<'a> {
    /// The session; windows of one session share it. It is counted and not kept.
    pub session: &'a str,
    /// The group that it belongs to, usually the agent.
    pub stratum: &'a str,
    /// Weight in (0, 1]; the windows of one session should weigh one together.
    pub weight: f64,
    /// Its profile, folded under the habits of the baseline.
    pub profile: &'a Profile,
}

/// How a baseline is fitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FitOptions {
    /// Seed of the detectors.
    pub seed: u64,
    /// The detectors that explain.
    pub detectors: Detectors,
    /// How the sessions were chosen. What nobody has screened is trimmed for fitting the detectors: the 5 % with the
    /// strongest evidence do not count. The calibration keeps them.
    pub kind: ReferenceKind,
    /// Where the sessions come from, for the card.
    pub composition: String,
    /// What the baseline is not good for, for the card.
    pub not_good_for: String,
}

impl Default for FitOptions {
    fn default() -> Self {
        FitOptions {
            seed: 0,
            detectors: Detectors::default(),
            kind: ReferenceKind::Fitted,
            composition: "traces of the user".to_owned(),
            not_good_for: "sessions of another kind than these traces".to_owned(),
        }
    }
}

impl Baseline {
    /// Fits detectors and reference scores. Sessions that would not be judged (fewer than 5 steps, or nothing in them
    /// to compare) are left out.
    ///
    /// ```
    /// use goodhart_features::{digest, DigestKey, Fold, Habits};
    /// use goodhart_scoring::{Baseline, FitOptions, ReferenceRow};
    /// use goodhart_trace::build::session;
    ///
    /// let (habits, key) = (Habits::default(), DigestKey(1));
    /// let mut profiles = Vec::new();
    /// for n in 5..40 {
    ///     let mut fold = Fold::new(&habits);
    ///     let trace = session("s").repeat(n, |s, i| s.call("Read", &format!(r#"{{"path":"{i}.rs"}}"#)).result("code"));
    ///     for (order, event) in trace.events().iter().enumerate() {
    ///         fold.push(&digest(event, order as u64, key))?;
    ///     }
    ///     profiles.push((n.to_string(), fold.into_profile()));
    /// }
    /// let row = |(session, profile)| ReferenceRow { session, stratum: "my-agent", weight: 1.0, profile };
    /// let rows: Vec<ReferenceRow> = profiles.iter().map(|(name, profile)| row((name.as_str(), profile))).collect();
    ///
    /// let baseline = Baseline::fit(&rows, habits.clone(), key, &FitOptions::default())?;
    /// assert_eq!(baseline.card().sessions, 35);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] when no session is left, [`Error::Weight`].
    pub fn fit(
        rows: &[ReferenceRow<'_>],
        habits: Habits,
        key: DigestKey,
        options: &FitOptions,
    ) -> Result<Self, Error> {
        rows.iter().try_for_each(expect_weight)?;
        let used: Vec<&ReferenceRow<'_>> =
            rows.iter().filter(|row| is_sufficient(row.profile, MIN_STEPS)).collect();
        if used.is_empty() {
            return Err(Error::Empty { expected: MIN_STEPS, found: rows.len() });
        }
        let body = fit_body(&used, habits, key, options)?;
        let fingerprint = checksum(&encode(&body));
        Baseline::assemble(body, fingerprint)
    }
}

fn fit_body(
    rows: &[&ReferenceRow<'_>],
    habits: Habits,
    key: DigestKey,
    options: &FitOptions,
) -> Result<Body, Error> {
    let profiles = spaced(if options.kind.is_clean() { profiles(rows) } else { trimmed(rows) });
    let FitOptions { seed, detectors, .. } = options;
    let loops = Ensemble::fit_axis(&profiles, Axis::Loop, detectors, *seed)?;
    let pads = Ensemble::fit_axis(&profiles, Axis::Padding, detectors, seed.wrapping_add(1))?;
    let general = Ensemble::fit_general(&profiles, detectors, seed.wrapping_add(2))?;
    let strata: BTreeSet<&str> = rows.iter().map(|row| row.stratum).collect();
    let strata: Vec<String> = strata.into_iter().map(str::to_owned).collect();
    let sessions: BTreeSet<&str> = rows.iter().map(|row| row.session).collect();
    let features: Vec<Fitted> = general.columns().filter_map(|column| fitted(column, rows)).collect();
    let mut scored: Vec<Row> = rows.iter().map(|row| scored(row, &strata)).collect();
    // Whoever loads them has one axis less to sort.
    scored.sort_by(|a, b| a.loop_score.total_cmp(&b.loop_score).then(a.weight.total_cmp(&b.weight)));
    Ok(Body {
        schema: schema_hash(&features),
        key,
        habits,
        kind: options.kind,
        seed: options.seed,
        composition: options.composition.clone(),
        not_good_for: options.not_good_for.clone(),
        features,
        sessions: sessions.len() as u64,
        rows: scored,
        strata,
        loops: loops.into(),
        pads: pads.into(),
        general: general.into(),
    })
}

fn expect_weight(row: &ReferenceRow<'_>) -> Result<(), Error> {
    if row.weight > 0.0 && row.weight <= 1.0 {
        return Ok(());
    }
    Err(Error::Weight { session: row.session.to_owned(), found: row.weight })
}

/// What the detectors are fitted on: a large reference is thinned evenly. The calibration keeps every row.
fn spaced(profiles: Vec<&Profile>) -> Vec<&Profile> {
    let step = profiles.len().div_ceil(DETECTOR_ROWS).max(1);
    profiles.into_iter().step_by(step).collect()
}

fn profiles<'a>(rows: &[&ReferenceRow<'a>]) -> Vec<&'a Profile> {
    rows.iter().map(|row| row.profile).collect()
}

/// The profiles without those of the strongest evidence, in their order.
fn trimmed<'a>(rows: &[&ReferenceRow<'a>]) -> Vec<&'a Profile> {
    let evidence = |row: &ReferenceRow<'_>| row.profile.loop_score.max(row.profile.pad_score);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| evidence(rows[a]).total_cmp(&evidence(rows[b])));
    order.truncate(rows.len() - (rows.len() as f64 * TRIM) as usize);
    order.sort_unstable();
    order.into_iter().map(|index| rows[index].profile).collect()
}

fn scored(row: &ReferenceRow<'_>, strata: &[String]) -> Row {
    let [loop_score, pad_score] = axis_scores(row.profile);
    let stratum = strata.binary_search_by(|name| name.as_str().cmp(row.stratum)).unwrap_or_default();
    Row { loop_score, pad_score, weight: row.weight, stratum: stratum as u32 }
}

/// A feature with its usual values.
fn fitted(column: &str, rows: &[&ReferenceRow<'_>]) -> Option<Fitted> {
    let place = FEATURES.iter().position(|feature| feature.id == column)?;
    let Feature { id, version, .. } = FEATURES[place];
    let known = rows.iter().filter_map(|row| Some((row.profile.features[place]?, row.weight)));
    Some(Fitted::of(id, version, percentiles(known.collect())))
}

#[cfg(test)]
mod tests {
    use goodhart_features::{Axis, DigestKey, Habits};

    use super::{FitOptions, ReferenceRow, trimmed};
    use crate::testing::{looping, working};
    use crate::{Baseline, ReferenceKind, Ties};

    fn row<'a>(session: &'a str, profile: &'a goodhart_features::Profile) -> ReferenceRow<'a> {
        ReferenceRow { session, stratum: "a", weight: 1.0, profile }
    }

    #[test]
    fn detectors_are_fitted_without_the_strongest_evidence_and_the_calibration_keeps_it() {
        let (work, waste) = (working(30), looping(30));
        let mut rows: Vec<_> = (0..38).map(|_| row("w", &work)).collect();
        rows.extend([row("x", &waste), row("y", &waste)]);
        let used: Vec<_> = rows.iter().collect();
        assert_eq!(trimmed(&used).len(), 38);
        assert!(trimmed(&used).iter().all(|profile| profile.loop_score < 0.5));
        let baseline = Baseline::fit(&rows, Habits::default(), DigestKey(1), &FitOptions::default()).unwrap();
        let p = baseline.reference(Axis::Loop).of("a").1.p_value(waste.loop_score, Ties::Conservative);
        assert_eq!(p, 3.0 / 41.0);
        assert_eq!(baseline.card().sessions, 3);
    }

    #[test]
    fn the_same_rows_and_seed_give_the_same_bytes() {
        let profiles: Vec<_> = (5..30).map(working).collect();
        let rows: Vec<_> = profiles.iter().map(|profile| row("s", profile)).collect();
        let fit = |seed| {
            let options = FitOptions { seed, kind: ReferenceKind::DeclaredClean, ..FitOptions::default() };
            Baseline::fit(&rows, Habits::default(), DigestKey(1), &options).unwrap().to_bytes()
        };
        assert_eq!(fit(1), fit(1));
        assert_ne!(fit(1), fit(2));
    }

    #[test]
    fn what_cannot_be_judged_is_no_reference() {
        let (short, work) = (working(3), working(20));
        let fit = |rows: &[ReferenceRow<'_>]| {
            Baseline::fit(rows, Habits::default(), DigestKey(1), &FitOptions::default())
        };
        let refused = fit(&[row("s", &short)]).unwrap_err().to_string();
        assert_eq!(
            refused,
            "reference: expected at least one session of 5 steps with content, found none among 1"
        );
        assert_eq!(fit(&[row("s", &short), row("t", &work)]).unwrap().card().rows, 1);
        let light = ReferenceRow { weight: 0.0, ..row("s", &work) };
        assert!(fit(&[light]).unwrap_err().to_string().ends_with("above 0 and up to 1, found 0"));
    }
}
