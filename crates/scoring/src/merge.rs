//! Two baselines to one: the references of two teams, or of two months.
//!
//! Reference scores are functions of a session and the habits alone, so those of both are put together as they are, and a merged
//! reference gives smaller p-values. Habits are added. Detectors cannot be added without the sessions they were fitted on: those of
//! the larger reference stay. They explain; p-values do not depend on them.

use crate::baseline::{Baseline, Body, Fitted, ReferenceKind, Row};
use crate::error::Error;
use crate::model_file::{checksum, encode};
use crate::quantiles::percentiles;

impl Baseline {
    /// The two as one. Sessions that both hold count twice: nothing in a baseline tells whose they are. The result is clean only when
    /// both are.
    ///
    /// ```no_run
    /// use goodhart_scoring::Baseline;
    ///
    /// let read = |file| Baseline::from_bytes(&std::fs::read(file)?).map_err(std::io::Error::other);
    /// let both = read("march.bin")?.merge(&read("april.bin")?).map_err(std::io::Error::other)?;
    /// std::fs::write("spring.bin", both.to_bytes())?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Merge`] for two equal baselines, or such that score other features.
    pub fn merge(&self, other: &Baseline) -> Result<Self, Error> {
        expect_apart(self, other)?;
        let larger = other.card().sessions > self.card().sessions;
        let (one, other) = if larger { (other, self) } else { (self, other) };
        let body = merged(one.body(), other.body());
        let fingerprint = checksum(&encode(&body));
        Baseline::assemble(body, fingerprint)
    }
}

fn expect_apart(one: &Baseline, other: &Baseline) -> Result<(), Error> {
    if one.fingerprint() == other.fingerprint() {
        return Err(Error::Merge { expected: "two different baselines", found: "the same twice".to_owned() });
    }
    let [expected, found] = [one, other].map(Baseline::schema_hash);
    if expected == found {
        return Ok(());
    }
    let found = format!("schema {found:016x} beside schema {expected:016x}");
    Err(Error::Merge { expected: "baselines of the same features", found })
}

/// The first is the larger one.
fn merged(one: &Body, other: &Body) -> Body {
    let mut body = one.clone();
    body.habits.merge(&other.habits);
    body.kind = kind([one.kind, other.kind]);
    body.composition = joined(&one.composition, &other.composition);
    body.not_good_for = joined(&one.not_good_for, &other.not_good_for);
    body.sessions += other.sessions;
    let features = one.features.iter().zip(&other.features);
    body.features = features.map(|(a, b)| pooled(a, b, [one.weight(), other.weight()])).collect();
    body.strata.extend(other.strata.iter().filter(|name| !one.strata.contains(name)).cloned());
    body.strata.sort();
    let place = |name: &String| body.strata.iter().position(|known| known == name).unwrap_or_default() as u32;
    let moved = |from: &Body| -> Vec<Row> {
        let row = |row: &Row| Row { stratum: place(&from.strata[row.stratum as usize]), ..*row };
        from.rows.iter().map(row).collect()
    };
    body.rows = [moved(one), moved(other)].concat();
    body
}

fn kind(kinds: [ReferenceKind; 2]) -> ReferenceKind {
    let clean = kinds.iter().all(|kind| kind.is_clean());
    if clean { ReferenceKind::DeclaredClean } else { ReferenceKind::Fitted }
}

fn joined(one: &str, other: &str) -> String {
    if one == other { one.to_owned() } else { format!("{one}; {other}") }
}

/// The percentiles of both together, as if each percentile stood for a hundredth of its reference. Where one has none the larger
/// one's stay.
fn pooled(one: &Fitted, other: &Fitted, weights: [f64; 2]) -> Fitted {
    match (one.percentiles.is_empty(), other.percentiles.is_empty()) {
        (true, _) if one.usual.is_some() => one.clone(),
        (_, true) if other.usual.is_some() => one.clone(),
        _ => {
            let points = |fitted: &Fitted, weight: f64| -> Vec<(f64, f64)> {
                fitted.percentiles.iter().map(|&value| (value, weight)).collect()
            };
            let both = [points(one, weights[0]), points(other, weights[1])].concat();
            Fitted::of(one.id.clone(), one.version, percentiles(both))
        }
    }
}

impl Body {
    fn weight(&self) -> f64 {
        self.rows.iter().map(|row| row.weight).sum()
    }
}

#[cfg(all(test, feature = "linfa"))]
mod tests {
    use goodhart_features::Axis;

    use crate::testing::{fitted, looping, working};
    use crate::{Baseline, ReferenceKind, Ties};

    #[test]
    fn a_merged_reference_counts_the_sessions_of_both() {
        let work = fitted((10..40).map(working).collect(), ReferenceKind::DeclaredClean);
        let waste = fitted((10..30).map(looping).collect(), ReferenceKind::DeclaredClean);
        let both = work.merge(&waste).unwrap();
        assert_eq!((both.card().sessions, both.card().rows), (50, 50));
        assert_eq!(both.kind(), ReferenceKind::DeclaredClean);
        let p = |baseline: &Baseline, score| {
            baseline.reference(Axis::Loop).of("").1.p_value(score, Ties::Conservative)
        };
        assert_eq!(p(&work, 0.3), 1.0 / 31.0);
        assert_eq!(p(&both, 0.3), 21.0 / 51.0);
        assert_eq!(both.fingerprint(), waste.merge(&work).unwrap().fingerprint());
        assert_eq!(Baseline::from_bytes(&both.to_bytes()).unwrap().fingerprint(), both.fingerprint());
    }

    #[test]
    fn medians_come_from_both_by_weight() {
        let short = fitted((10..12).map(working).collect(), ReferenceKind::Fitted);
        let long = fitted((30..60).map(looping).collect(), ReferenceKind::DeclaredClean);
        let both = short.merge(&long).unwrap();
        assert_eq!(both.kind(), ReferenceKind::Fitted);
        let median = |baseline: &Baseline| baseline.standing("novelty", 0.0).unwrap().median;
        let [both, short, long] = [&both, &short, &long].map(median);
        assert!((both - long).abs() < 0.05 * (both - short).abs(), "{short} and {long} make {both}");
    }

    #[test]
    fn the_same_twice_is_refused() {
        let work = fitted((10..40).map(working).collect(), ReferenceKind::Fitted);
        let refused = work.merge(&work.clone()).unwrap_err().to_string();
        assert_eq!(refused, "merge: expected two different baselines, found the same twice");
    }
}
