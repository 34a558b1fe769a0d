//! **Ensemble**: what several detectors agree on, as the mean of their robust deviations, from -10 to 10.
//!
//! **Why it matters.** Each detector has a blind spot: forests miss odd combinations, the covariance misses gaps,
//! distances miss clusters. Nobody knows beforehand which blind spot the next strange row stands in; a mean of a few detectors that
//! differ is rarely the best of them and never the worst.
//!
//! **How.** With `e` the score of a member on its additive scale, and median and MAD those of the reference's own scores,
//!
//! ```text
//! z     = clip((e - median) / (1.4826 MAD), -10, 10)
//! score = sum of weight x z / sum of weights
//! ```
//!
//! A member's terms, less what an average row gets and divided by the MAD, split its z over the columns; their weighted mean splits the
//! score exactly. Members are fitted and scored in parallel with the feature `parallel`, to the same bits.
//!
//! | ensemble | members | mean AUROC / AP on 43 benchmark sets |
//! |---|---|---|
//! | [`Ensemble::params`] | fair-cut forest, extended isolation forest, robust covariance, neighbour bag, histogram | .803 / .425 |
//! | [`Ensemble::cheap`] | isolation forest, robust covariance, histogram | .797 / .423 |
//!
//! The best single detector reaches .793 / .384 there, the one with the best precision .791 / .427. Kriegel, Kröger, Schubert, Zimek: Interpreting and Unifying Outlier Scores,
//! SDM 2011; Aggarwal, Sathe: Theoretical Foundations and Algorithms for Outlier Ensembles, SIGKDD Explorations 2015.
//!
//! **When it misleads.** What only one member sees is diluted: a member beyond ten deviations adds two to a mean of five. Members that
//! share a blind spot share it here. Directions are not known to most members: [`Flatten`](crate::Flatten) first.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, Ensemble};
//! use ndarray::Array2;
//!
//! // Two columns that go together, and one of its own.
//! let rows = Array2::from_shape_fn((400, 3), |(row, column)| match column {
//!     2 => (row % 7) as f64,
//!     column => (row % 40 + column * (row % 3)) as f64,
//! });
//! let ensemble = Ensemble::params().seed(7).fit(&rows)?;
//! assert!(ensemble.score_one(&[35.0, 4.0, 3.0]) > 2.0);
//! assert!(ensemble.score_one(&[20.0, 21.0, 3.0]) < 1.0);
//!
//! // Members and weights of your own.
//! let pair = Ensemble::of_names([("neighbor-bag", 2.0), ("tail-probability", 1.0)]).fit(&rows)?;
//! assert_eq!(pair.members().collect::<Vec<_>>(), [("neighbor-bag", 2.0), ("tail-probability", 1.0)]);
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`EnsembleParams`].

use ndarray::{Array1, ArrayView2, Axis, Slice};
use serde::{Deserialize, Serialize};

use crate::{
    Detector, Error, Listed, Model, Page, RobustZ, Schema, Table, ToTable, catalog,
    detector::contiguous,
    explanation::mean_shares,
    model::{self, NESTED},
    parallel::each,
    schema::{expect_stored, stored},
};

const DEFAULT: [&str; 5] =
    ["fair-cut-forest", "extended-isolation-forest", "robust-covariance", "neighbor-bag", "histogram"];
const CHEAP: [&str; 3] = ["isolation-forest", "robust-covariance", "histogram"];
/// Reference rows that a member's median and MAD are taken from; more move them by less than one per cent.
const UNIFIED: usize = 10_000;
/// Reference rows whose mean explanation is what an average row gets.
const EXPLAINED: usize = 256;
/// Scores that differ by less than this share are equal but for rounding.
const RESOLUTION: f64 = 1e-6;
const MOST_MEMBERS: usize = 64;

/// A fitted ensemble. Scores are in [-10, 10], about 0 for ordinary rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "StoredEnsemble", into = "StoredEnsemble")]
pub struct Ensemble {
    members: Vec<Member>,
}

/// Parameters of an ensemble, to be checked when it is fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`members`](Ensemble::of_names) | 1 to 64 names of the catalog | five | each covers blind spots of others |
/// | weights | above 0 | 1 | nobody knows which member is right |
/// | [`seed`](Self::seed) | any | 0 | same seed, same rows in the same order: same ensemble |
#[derive(Debug, Clone, PartialEq)]
pub struct EnsembleParams(EnsembleValidParams);

/// Checked parameters of an ensemble.
#[derive(Debug, Clone, PartialEq)]
pub struct EnsembleValidParams {
    members: Vec<(String, f64)>,
    seed: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Member {
    #[serde(deserialize_with = "model::deserialize_plain")]
    model: Model,
    weight: f64,
    unit: RobustZ,
    /// What an average row gets, per column; the sum is the unit's center.
    ordinary: Vec<f64>,
}

impl Ensemble {
    /// Names of the members of [`Ensemble::cheap`].
    pub const CHEAP: [&str; 3] = CHEAP;

    /// The documented defaults: five members of equal weight, seed 0.
    pub fn params() -> EnsembleParams {
        Ensemble::of_names(DEFAULT.map(|name| (name, 1.0)))
    }

    /// Three members that are fast to fit and to score.
    pub fn cheap() -> EnsembleParams {
        Ensemble::of_names(CHEAP.map(|name| (name, 1.0)))
    }

    /// Detectors of the catalog with their defaults, and the weight of each.
    pub fn of_names<N: Into<String>>(members: impl IntoIterator<Item = (N, f64)>) -> EnsembleParams {
        let members = members.into_iter().map(|(name, weight)| (name.into(), weight)).collect();
        EnsembleParams(EnsembleValidParams { members, seed: 0 })
    }

    /// Fitted models with the weight of each, brought to one scale by what they score on the reference.
    ///
    /// # Errors
    /// [`Error::Empty`] without models or rows, [`Error::Ensemble`] for more than 64 models, an ensemble among them, a weight that
    /// is not positive, or models over different columns; [`Error::MissingColumn`].
    pub fn of_models(
        models: impl IntoIterator<Item = (Model, f64)>,
        reference: &Table,
    ) -> Result<Self, Error> {
        let models: Vec<(Model, f64)> = models.into_iter().collect();
        let named: Vec<(&str, f64)> = models.iter().map(|(model, weight)| (model.name(), *weight)).collect();
        expect_members(&named)?;
        let members = each(&models, |(model, weight)| Member::fit(model, *weight, reference));
        Ensemble::new(members.into_iter().collect::<Result<_, _>>()?)
    }

    /// Names and weights of the members, in their order.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.members.iter().map(|member| (member.model.name(), member.weight))
    }

    /// The deviations of each member for a row, in [-10, 10], in the order of the members.
    pub fn deviations(&self, row: &[f64]) -> Vec<f64> {
        self.members.iter().map(|member| member.deviation(member.model.score_one(row))).collect()
    }

    /// What made a row strange, as shares that sum to 1: the positive terms of the exact split. All 0 when no term is positive.
    ///
    /// The split is the weighted mean of the members' deviations, so a member that is sure counts for more than one that is not. The
    /// mean of each member's shares instead finds fewer broken correlations: .46 of the columns, not .57.
    pub fn shares(&self, row: &[f64]) -> Vec<f64> {
        mean_shares(self.schema().columns().len(), [(self.explain(row), 1.0)])
    }

    fn new(members: Vec<Member>) -> Result<Self, Error> {
        let columns = members.first().map(|member| member.model.schema());
        let same = |member: &Member| Some(member.model.schema().medians()) == columns.map(Schema::medians);
        let found = "models over different columns".to_owned();
        if members.iter().all(same) { Ok(Ensemble { members }) } else { Err(Error::Ensemble { found }) }
    }

    fn weight(&self) -> f64 {
        self.members.iter().map(|member| member.weight).sum()
    }
}

impl Member {
    fn fit(model: &Model, weight: f64, reference: &Table) -> Result<Self, Error> {
        let rows = model.schema().align(reference)?;
        let scores = model.score(every(rows.view(), UNIFIED));
        let additive: Vec<f64> = scores.iter().map(|score| model.explained(*score)).collect();
        let unit = RobustZ::fit(&additive)?;
        let unit = unit.at_least(RESOLUTION * (1.0 + unit.center().abs()));
        let ordinary = ordinary(model, every(rows.view(), EXPLAINED), unit.center());
        Ok(Member { model: model.clone(), weight, unit, ordinary })
    }

    fn deviation(&self, score: f64) -> f64 {
        self.unit.z(self.model.explained(score))
    }

    /// Splits the deviation of a row over the columns.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let score = self.model.score_one(row);
        let (z, above) = (self.deviation(score), self.model.explained(score) - self.unit.center());
        let factor = if above == 0.0 { 1.0 / self.unit.scale() } else { z / above };
        let terms = self.model.explain(row).into_iter().zip(&self.ordinary);
        let mut terms: Vec<f64> = terms.map(|(term, ordinary)| factor * (term - ordinary)).collect();
        // Where the members' scores hardly differ, the division magnifies rounding.
        let rest = (z - terms.iter().sum::<f64>()) / terms.len() as f64;
        terms.iter_mut().for_each(|term| *term += rest);
        terms
    }

    fn is_sound(&self) -> bool {
        let columns = self.model.schema().columns().len();
        columns == self.ordinary.len() && self.ordinary.iter().all(|term| term.is_finite())
    }
}

impl Detector for Ensemble {
    fn schema(&self) -> &Schema {
        self.members[0].model.schema()
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        let deviations = self.deviations(row);
        let weighted = self.members.iter().zip(deviations).map(|(member, z)| member.weight * z);
        weighted.sum::<f64>() / self.weight()
    }

    /// What each column adds to the mean deviation; negative where it is more ordinary than in an average row.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let mut terms = vec![0.0; self.schema().columns().len()];
        for member in &self.members {
            let share = member.weight / self.weight();
            terms.iter_mut().zip(member.explain(row)).for_each(|(term, part)| *term += share * part);
        }
        terms
    }

    /// The score itself.
    fn explained(&self, score: f64) -> f64 {
        score
    }

    /// That of the first member that knows any.
    fn combination(&self, row: &[f64]) -> Option<Vec<f64>> {
        self.members.iter().find_map(|member| member.model.combination(row))
    }

    fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        let weighted = each(&self.members, |member| {
            member.model.score(rows).mapv_into(|score| member.weight * member.deviation(score))
        });
        let sum = |sum: Array1<f64>, scores: Array1<f64>| sum + scores;
        weighted.into_iter().fold(Array1::zeros(rows.nrows()), sum) / self.weight()
    }
}

impl Listed for Ensemble {
    const PAGE: Page = Page {
        title: "Ensemble",
        finds: "Rows that several of five detectors that differ call strange.",
        misses: "What one member alone sees is diluted; what no member sees is missed.",
        cost: "The sum of its members: fit O(n d^2), score some 40 us a row at 32 columns, 1.5 MB.",
    };

    fn fit_default(table: &Table, seed: u64) -> Result<Self, Error> {
        Ensemble::params().seed(seed).fit(table)
    }
}

impl EnsembleParams {
    /// Seed of all randomness; the members draw from it in the same way.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// Checks and fits.
    ///
    /// # Errors
    /// As [`valid`](Self::valid), the errors of [`Table::new`] when `rows` is not a table yet, [`Error::Empty`] without
    /// rows or columns.
    pub fn fit(&self, rows: &impl ToTable) -> Result<Ensemble, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// Checks names and weights.
    ///
    /// # Errors
    /// [`Error::Empty`] without members, [`Error::UnknownDetector`], [`Error::Ensemble`] for more than 64 members, an ensemble among
    /// them, or a weight that is not positive.
    pub fn valid(&self) -> Result<&EnsembleValidParams, Error> {
        let known = |name: &str| catalog().iter().any(|entry| entry.name == name);
        if let Some((name, _)) = self.0.members.iter().find(|(name, _)| !known(name)) {
            return Err(model::unknown(name));
        }
        let members: Vec<(&str, f64)> =
            self.0.members.iter().map(|(name, weight)| (name.as_str(), *weight)).collect();
        expect_members(&members)?;
        Ok(&self.0)
    }
}

impl EnsembleValidParams {
    /// Fits the members, and their scales.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<Ensemble, Error> {
        let members = each(&self.members, |(name, weight)| {
            Member::fit(&Model::fit(name, table, self.seed)?, *weight, table)
        });
        Ensemble::new(members.into_iter().collect::<Result<_, _>>()?)
    }
}

#[cfg(feature = "linfa")]
crate::linfa_traits::linfa_traits!(Ensemble, EnsembleParams, EnsembleValidParams);

/// At most about this many rows, evenly taken.
fn every(rows: ArrayView2<'_, f64>, most: usize) -> ArrayView2<'_, f64> {
    let step = rows.nrows().div_ceil(most).max(1);
    rows.slice_axis_move(Axis(0), Slice::new(0, None, step as isize))
}

/// The mean explanation of these rows, moved by the same amount in every column so that it sums to `center`.
fn ordinary(model: &Model, rows: ArrayView2<'_, f64>, center: f64) -> Vec<f64> {
    let columns = model.schema().columns().len();
    let mut means = vec![0.0; columns];
    for row in rows.rows() {
        let terms = model.explain(&contiguous(&row));
        means.iter_mut().zip(terms).for_each(|(mean, term)| *mean += term / rows.nrows() as f64);
    }
    let rest = (center - means.iter().sum::<f64>()) / columns as f64;
    means.into_iter().map(|mean| mean + rest).collect()
}

fn expect_members(members: &[(&str, f64)]) -> Result<(), Error> {
    if members.is_empty() {
        return Err(Error::Empty { what: "members" });
    }
    let weight = |weight: &f64| weight.is_normal() && *weight > 0.0 && *weight <= 1e9;
    let refused = |(name, found): &&(&str, f64)| *name == NESTED || !weight(found);
    let found = match members.iter().find(refused) {
        None if members.len() <= MOST_MEMBERS => return Ok(()),
        None => format!("{} members", members.len()),
        Some((name, weight)) => format!("{name} with weight {weight}"),
    };
    Err(Error::Ensemble { found })
}

/// As it was written, before it is believed.
#[derive(Serialize, Deserialize)]
struct StoredEnsemble {
    members: Vec<Member>,
}

impl From<Ensemble> for StoredEnsemble {
    fn from(Ensemble { members }: Ensemble) -> Self {
        StoredEnsemble { members }
    }
}

impl TryFrom<StoredEnsemble> for Ensemble {
    type Error = Error;

    fn try_from(StoredEnsemble { members }: StoredEnsemble) -> Result<Self, Error> {
        let named: Vec<(&str, f64)> =
            members.iter().map(|member| (member.model.name(), member.weight)).collect();
        expect_members(&named)?;
        if let Some(member) = members.iter().find(|member| !member.is_sound()) {
            let columns = member.model.schema().columns().len();
            expect_stored("number of ordinary terms", columns, member.ordinary.len())?;
            return Err(stored("ordinary term", "finite numbers", "another"));
        }
        Ensemble::new(members)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{Ensemble, EnsembleParams};
    use crate::{Detector, Histogram, IsolationForest, Model, Table};

    fn rows() -> Array2<f64> {
        Array2::from_shape_fn((120, 3), |(row, column)| ((row * (7 + 4 * column)) % 31) as f64)
    }

    fn refusal(params: EnsembleParams) -> String {
        params.fit(&array![[1.0], [2.0]]).unwrap_err().to_string()
    }

    #[test]
    fn members_that_are_none_are_refused() {
        let none: [(&str, f64); 0] = [];
        assert_eq!(refusal(Ensemble::of_names(none)), "members: expected at least one, found none");
        assert!(refusal(Ensemble::of_names([("oracle", 1.0)])).starts_with("detector \"oracle\""));
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let refused = refusal(Ensemble::of_names([("histogram", weight)]));
            assert!(refused.ends_with(&format!("found histogram with weight {weight}")), "{refused}");
        }
        let nested = refusal(Ensemble::of_names([("ensemble", 1.0)]));
        assert!(nested.ends_with("found ensemble with weight 1"), "{nested}");
        let many = refusal(Ensemble::of_names(vec![("histogram", 1.0); 65]));
        assert!(many.ends_with("found 65 members"), "{many}");
    }

    #[test]
    fn a_stored_ensemble_of_ensembles_is_refused() {
        let inner = Model::from(Ensemble::cheap().fit(&rows()).unwrap());
        let mut stored = serde_json::to_value(&inner).unwrap();
        let nested = stored.clone();
        stored[1]["members"][0]["model"] = nested;
        let refused = serde_json::from_value::<Model>(stored).unwrap_err().to_string();
        assert!(refused.contains("an ensemble of ensembles"), "{refused}");
    }

    #[test]
    fn the_score_is_the_weighted_mean_of_the_deviations() {
        let ensemble =
            Ensemble::of_names([("histogram", 3.0), ("isolation-forest", 1.0)]).fit(&rows()).unwrap();
        let row = [40.0, 2.0, 3.0];
        let deviations = ensemble.deviations(&row);
        let expected = (3.0 * deviations[0] + deviations[1]) / 4.0;
        assert!((ensemble.score_one(&row) - expected).abs() < 1e-12);
    }

    #[test]
    fn fitted_models_of_your_own_make_an_ensemble() {
        let table = Table::unnamed(rows()).unwrap();
        let forest = IsolationForest::params().trees(20).fit(&table).unwrap();
        let histogram = Histogram::params().bins(8).fit(&table).unwrap();
        let models = [(Model::from(forest), 1.0), (Model::from(histogram), 1.0)];
        let ensemble = Ensemble::of_models(models.clone(), &table).unwrap();
        assert!(ensemble.score_one(&[90.0, 90.0, 90.0]) > ensemble.score_one(&[15.0, 15.0, 15.0]));
        let other = Histogram::params().fit(&array![[1.0], [2.0]]).unwrap();
        let mixed = models.into_iter().chain([(Model::from(other), 1.0)]);
        let refused = Ensemble::of_models(mixed, &table).unwrap_err().to_string();
        assert!(refused.contains("models over different columns"), "{refused}");
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let scores = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Ensemble::params().fit(&rows()).unwrap().score(rows().view()))
        };
        assert_eq!(scores(1), scores(4));
    }

    /// A shift of one column is explained by that column.
    #[test]
    fn the_shifted_column_leads_the_explanation() {
        let ensemble = Ensemble::params().seed(1).fit(&rows()).unwrap();
        let terms = ensemble.explain(&[15.0, 80.0, 15.0]);
        assert!(terms[1] > 3.0 * terms[0].max(terms[2]), "{terms:?}");
    }
}
