//! **The baseline**: everything that was learned before the first session is judged, as one value and one blob of
//! bytes. Habits for the fold, detectors and reference scores for the judgement, the digest key, and a card.
//!
//! A baseline is numbers and names of tools' hashes only; no content, no session ids. It is frozen: judging never
//! changes it.

use std::fmt;
use std::sync::OnceLock;

use goodhart_features::{Axis, DigestKey, FEATURES, Habits};
use serde::{Deserialize, Serialize};

use crate::calibrate::Reference;
use crate::card::Card;
use crate::ensemble::Ensemble;
use crate::error::Error;
use crate::late::Late;
use crate::quantiles::{POINTS, standing};
use crate::tuning::USUAL;

/// A fitted baseline.
///
/// ```
/// use goodhart_scoring::Baseline;
///
/// let baseline = Baseline::embedded();
/// let again = Baseline::from_bytes(&baseline.to_bytes())?;
/// assert_eq!(again.fingerprint(), baseline.fingerprint());
/// println!("{}", baseline.card());
/// # Ok::<(), goodhart_scoring::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Baseline {
    body: Body,
    card: Card,
    loops: Reference,
    pads: Reference,
    fingerprint: u64,
}

/// How the sessions of a reference were chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    /// Shipped with the crate: ordinary sessions.
    Embedded,
    /// Fitted on traces that nobody has screened.
    #[default]
    Fitted,
    /// Fitted on traces that somebody has declared to be ordinary.
    DeclaredClean,
    /// The batch that is judged is its own reference.
    #[serde(rename = "self")]
    Batch,
}

/// What a baseline file holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Body {
    /// Hash of the ids and versions of the features.
    pub(crate) schema: u64,
    pub(crate) key: DigestKey,
    pub(crate) habits: Habits,
    pub(crate) kind: ReferenceKind,
    pub(crate) seed: u64,
    pub(crate) composition: String,
    pub(crate) not_good_for: String,
    /// Features that the detectors know.
    pub(crate) features: Vec<Fitted>,
    /// The axis of loops, the axis of padding, and all features.
    pub(crate) loops: Late,
    pub(crate) pads: Late,
    pub(crate) general: Late,
    pub(crate) sessions: u64,
    pub(crate) strata: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// A feature as it was when the baseline was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fitted {
    pub(crate) id: String,
    pub(crate) version: u32,
    /// Usual values: 5th and 95th percentile of the reference; `None` when no session has it.
    pub(crate) usual: Option<[f64; 2]>,
    /// All percentiles; none when no session has it, or when the file is too old to hold them.
    pub(crate) percentiles: Vec<f64>,
}

/// Where a value stands in the reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Median of the reference.
    pub median: f64,
    /// Share of the reference below the value, ties half, in [0, 1].
    pub percentile: f64,
}

/// The reference scores of one session, or of one window of a session.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) loop_score: f64,
    pub(crate) pad_score: f64,
    pub(crate) weight: f64,
    /// Index of the stratum.
    pub(crate) stratum: u32,
}

impl Baseline {
    /// The reference that comes with this crate, read once.
    pub fn embedded() -> &'static Baseline {
        static EMBEDDED: OnceLock<Baseline> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            Baseline::from_trusted(include_bytes!("../assets/reference.bin"))
                .expect("because a test reads the embedded reference with the features of this build")
        })
    }

    /// What is ordinary for each tool; the fold reads it.
    pub fn habits(&self) -> &Habits {
        &self.body.habits
    }

    /// Key of all content hashes; the digest needs it.
    pub fn key(&self) -> DigestKey {
        self.body.key
    }

    /// How the reference was chosen.
    pub fn kind(&self) -> ReferenceKind {
        self.body.kind
    }

    /// What the reference is made of.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The reference scores of an axis.
    pub fn reference(&self, axis: Axis) -> &Reference {
        match axis {
            Axis::Loop => &self.loops,
            Axis::Padding => &self.pads,
        }
    }

    /// Usual values of a feature: 5th and 95th percentile of the reference. `None` for features that are not
    /// scored, or that no session of the reference has.
    pub fn usual(&self, feature: &str) -> Option<[f64; 2]> {
        self.body.features.iter().find(|fitted| fitted.id == feature)?.usual
    }

    /// Where a value of a feature stands in the reference. `None` for features that are not scored, or that no session of the
    /// reference has.
    pub fn standing(&self, feature: &str, value: f64) -> Option<Standing> {
        let fitted = self.body.features.iter().find(|fitted| fitted.id == feature)?;
        match standing(&fitted.percentiles, value) {
            Some(percentile) => Some(Standing { median: fitted.percentiles[POINTS / 2], percentile }),
            // A file of the first version has no percentiles; its detectors keep the values.
            None => {
                let [median, percentile] = self.general().standing(feature, value)?;
                Some(Standing { median, percentile })
            }
        }
    }

    /// Names of the detectors that explain.
    pub fn detectors(&self) -> Vec<&'static str> {
        self.general().detectors()
    }

    /// Ids and versions of the features that it scores.
    pub fn features(&self) -> impl Iterator<Item = (&str, u32)> {
        self.body.features.iter().map(|fitted| (fitted.id.as_str(), fitted.version))
    }

    /// Hash of the ids and versions of the features: two baselines with one schema score the same features.
    pub fn schema_hash(&self) -> u64 {
        schema_hash(&self.body.features)
    }

    /// Percentiles of `anomaly` over the rows that the detectors were fitted on, from 0 % to 100 %; none where a file of
    /// the first version holds none.
    pub fn anomaly_percentiles(&self) -> &[f64] {
        &self.general().percentiles
    }

    /// Hash of everything in it: two baselines with one fingerprint judge alike.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    pub(crate) fn body(&self) -> &Body {
        &self.body
    }

    pub(crate) fn axis(&self, axis: Axis) -> &Ensemble {
        match axis {
            Axis::Loop => self.body.loops.get(),
            Axis::Padding => self.body.pads.get(),
        }
    }

    pub(crate) fn general(&self) -> &Ensemble {
        self.body.general.get()
    }

    /// Checks what was fitted or read, and sorts the reference for look-up.
    ///
    /// # Errors
    /// [`Error::Feature`] when a feature is not what it was, [`Error::Stored`] when parts contradict each other.
    pub(crate) fn assemble(body: Body, fingerprint: u64) -> Result<Self, Error> {
        body.check()?;
        body.check_detectors()?;
        Ok(Baseline::sorted(body, fingerprint))
    }

    /// The same of a body whose detectors a test has looked at: they are decoded when they are first asked for.
    ///
    /// # Errors
    /// As [`Baseline::assemble`].
    pub(crate) fn assemble_trusted(body: Body, fingerprint: u64) -> Result<Self, Error> {
        body.check()?;
        Ok(Baseline::sorted(body, fingerprint))
    }

    fn sorted(body: Body, fingerprint: u64) -> Self {
        let [loops, pads] = [body.reference(|row| row.loop_score), body.reference(|row| row.pad_score)];
        let card = body.card(&loops);
        Baseline { body, card, loops, pads, fingerprint }
    }
}

impl ReferenceKind {
    /// Whether somebody vouches that the reference holds ordinary sessions only, so that q-values have power.
    pub fn is_clean(self) -> bool {
        matches!(self, ReferenceKind::Embedded | ReferenceKind::DeclaredClean)
    }
}

impl fmt::Display for ReferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReferenceKind::Embedded => "embedded",
            ReferenceKind::Fitted => "fitted",
            ReferenceKind::DeclaredClean => "declared_clean",
            ReferenceKind::Batch => "self",
        })
    }
}

impl Body {
    /// Everything but the detectors.
    fn check(&self) -> Result<(), Error> {
        self.features.iter().try_for_each(Fitted::check)?;
        self.check_parts()
    }

    /// Everything but the detectors, and whether the features are those of this build.
    pub(crate) fn check_parts(&self) -> Result<(), Error> {
        let expected = schema_hash(&self.features);
        if self.schema != expected {
            return Err(Error::Schema { expected, found: self.schema });
        }
        self.features.iter().try_for_each(Fitted::check_values)?;
        self.rows.iter().try_for_each(|row| row.check(self.strata.len()))
    }

    /// Decodes the detectors, and looks whether they fit each other and the features.
    pub(crate) fn check_detectors(&self) -> Result<(), Error> {
        for late in [&self.loops, &self.pads, &self.general] {
            let ensemble = late.read()?;
            ensemble.check()?;
            ensemble.columns().try_for_each(|column| self.knows(column))?;
        }
        Ok(())
    }

    pub(crate) fn reference(&self, score: impl Fn(&Row) -> f64) -> Reference {
        let name = |row: &Row| self.strata[row.stratum as usize].as_str();
        Reference::new(self.rows.iter().map(|row| (name(row), score(row), row.weight)))
    }

    fn knows(&self, column: &str) -> Result<(), Error> {
        let known = self.features.iter().any(|feature| feature.id == column);
        let found = || format!("column \"{column}\"");
        if known { Ok(()) } else { Err(stored("columns", "columns of the listed features", found())) }
    }

    pub(crate) fn card(&self, reference: &Reference) -> Card {
        let weight = |name: &String| Some((name.clone(), reference.of(name)));
        let strata = self.strata.iter().filter_map(weight);
        let strata =
            strata.filter(|(_, (own, _))| own.is_some()).map(|(name, (_, tail))| (name, tail.weight()));
        Card {
            composition: self.composition.clone(),
            not_good_for: self.not_good_for.clone(),
            kind: self.kind,
            sessions: self.sessions,
            rows: self.rows.len() as u64,
            smallest_p: reference.of("").1.smallest_p(),
            strata: strata.collect(),
            seed: self.seed,
        }
    }
}

impl Fitted {
    pub(crate) fn of(id: impl Into<String>, version: u32, percentiles: Vec<f64>) -> Self {
        let usual = (!percentiles.is_empty()).then(|| USUAL.map(|point| percentiles[point]));
        Fitted { id: id.into(), version, usual, percentiles }
    }

    fn check(&self) -> Result<(), Error> {
        let found = FEATURES.iter().find(|feature| feature.id == self.id).map(|feature| feature.version);
        if found == Some(self.version) {
            return Ok(());
        }
        Err(Error::Feature { id: self.id.clone(), expected: self.version, found })
    }

    fn check_values(&self) -> Result<(), Error> {
        let points = self.percentiles.len();
        if points != 0 && points != POINTS {
            return Err(stored("percentiles", "101 of them or none", points.to_string()));
        }
        let values = self.usual.iter().flatten().chain(&self.percentiles);
        let finite = { values }.all(|value| value.is_finite());
        let rising = self.usual.is_none_or(|[low, high]| low <= high) && self.percentiles.is_sorted();
        let found = || format!("{:?} for \"{}\"", self.usual, self.id);
        if finite && rising {
            Ok(())
        } else {
            Err(stored("usual values", "finite numbers in rising order", found()))
        }
    }
}

/// XXH3 of `id:version` of each feature, a line each.
pub(crate) fn schema_hash(features: &[Fitted]) -> u64 {
    let lines: String =
        features.iter().map(|Fitted { id, version, .. }| format!("{id}:{version}\n")).collect();
    xxhash_rust::xxh3::xxh3_64(lines.as_bytes())
}

impl Row {
    fn check(&self, strata: usize) -> Result<(), Error> {
        let scores = [self.loop_score, self.pad_score].iter().all(|score| (0.0..=1.0).contains(score));
        if scores && self.weight > 0.0 && self.weight <= 1.0 && (self.stratum as usize) < strata {
            return Ok(());
        }
        Err(stored(
            "reference row",
            "scores in [0, 1], a weight in (0, 1], a known stratum",
            format!("{self:?}"),
        ))
    }
}

pub(crate) fn stored(what: &'static str, expected: &'static str, found: String) -> Error {
    Error::Stored { what, expected, found }
}

#[cfg(test)]
mod tests {
    use goodhart_features::Axis;

    use super::{Baseline, ReferenceKind};

    #[test]
    fn the_embedded_reference_reads_with_the_features_of_this_build() {
        let baseline = Baseline::embedded();
        assert!(baseline.kind().is_clean());
        assert!(baseline.card().sessions > 0);
        // Weights of a thousandth add up to a little more or less in another order.
        let [loops, pads] =
            [Axis::Loop, Axis::Padding].map(|axis| baseline.reference(axis).of("").1.weight());
        assert!((loops - pads).abs() < 1e-6, "{loops} and {pads}");
    }

    /// It is trusted where it is used, so here it is not.
    #[test]
    fn the_detectors_of_the_embedded_reference_are_sound() {
        assert!(Baseline::embedded().body().check_detectors().is_ok());
    }

    #[test]
    fn a_kind_prints_as_it_is_stored() {
        use ReferenceKind::{Batch, DeclaredClean, Embedded, Fitted};
        for kind in [Embedded, Fitted, DeclaredClean, Batch] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
        }
    }
}
