//! **Gaussian mixture**: how unlikely a row is under a few normal distributions, in nats, from 0 upwards.
//!
//! **How.** On the robust scale, clipped at 5, with the weights, means and covariances that linfa's expectation maximisation finds,
//!
//! ```text
//! score = ln p(best) - ln p(z),     p = sum over components of weight N(z; mean, covariance)
//! ```
//!
//! where `p(best)` is what a row would have that lay in the middle of every component at once. The score is a softened half squared
//! Mahalanobis distance and splits as those of the components do, each by its share in the row. Fitting takes `O(n d^2)` a step,
//! scoring `O(d^2)` a row and component, a model `4 d^2` bytes a component. Dempster, Laird, Rubin: Maximum Likelihood from
//! Incomplete Data via the EM Algorithm, 1977.
//!
//! **What linfa lacks.** It exponentiates log densities without taking out the largest, so a row far from all components makes its
//! fit come to nothing (mended after 0.8.1, not released). Where that happens, or it does not converge, one normal distribution is fitted
//! instead, in closed form; [`GaussianMixture::components`] tells. It publishes no density: the score is computed here, with the
//! largest taken out. It starts from k-means, which panics on fewer different rows than components; these go to the single distribution as
//! well. At most 20,000 rows, evenly taken, are fitted.
//!
//! **When it misleads.** Strange rows get a component of their own as soon as there is one to spare: five rank worse
//! than one on 43 benchmark sets.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, adapters::GaussianMixture};
//! use ndarray::Array2;
//!
//! let rows = Array2::from_shape_fn((200, 2), |(row, column)| (row % 50 + column * (row % 3)) as f64);
//! let mixture = GaussianMixture::params().fit(&rows)?;
//! assert!(mixture.score_one(&[40.0, 10.0]) > 10.0 * mixture.score_one(&[40.0, 41.0]));
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`GaussianMixtureParams`].

use std::{collections::BTreeSet, ops::RangeInclusive};

use linfa::{DatasetBase, ParamGuard, traits::Fit};
use linfa_clustering::GaussianMixtureModel;
use ndarray::{Array2, ArrayView1};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::{Space, share_out};
use crate::{
    Detector, Error, Listed, Page, Schema, Table, ToTable, ellipsoid::Ellipsoid, params::expect_within,
    schema::stored,
};

const COMPONENTS: RangeInclusive<usize> = 1..=64;
/// Tighter than elsewhere: linfa's densities underflow far out.
const CLIP: f64 = 5.0;
const MOST_ROWS: usize = 20_000;
const RIDGE: f64 = 1e-3;
const STEPS: u64 = 200;

/// A fitted mixture. Scores are in nats, from 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredMixture")]
pub struct GaussianMixture {
    space: Space,
    components: Vec<Component>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Component {
    weight: f64,
    ellipsoid: Ellipsoid,
}

/// Parameters of a Gaussian mixture, to be checked when it is fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`components`](Self::components) | 1 to 64 | 1 | five lose .09 AUROC on 43 benchmark sets |
/// | [`seed`](Self::seed) | any | 0 | where the components start |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaussianMixtureParams(GaussianMixtureValidParams);

/// Checked parameters of a Gaussian mixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaussianMixtureValidParams {
    components: usize,
    seed: u64,
}

impl GaussianMixture {
    /// The documented defaults: one component, seed 0.
    pub fn params() -> GaussianMixtureParams {
        GaussianMixtureParams(GaussianMixtureValidParams { components: 1, seed: 0 })
    }

    /// Number of components; 1 where linfa could not fit more.
    pub fn components(&self) -> usize {
        self.components.len()
    }

    /// `ln p` up to a constant, with the least of the components' squared distances taken out, and each component's share in it.
    fn log_density(&self, distances: &[f64]) -> (f64, Vec<f64>) {
        let logs =
            || self.components.iter().zip(distances).map(|(component, distance)| component.log(*distance));
        let largest = logs().fold(f64::NEG_INFINITY, f64::max);
        let parts: Vec<f64> = logs().map(|log| (log - largest).exp()).collect();
        let all: f64 = parts.iter().sum();
        (largest + all.ln(), parts.into_iter().map(|part| part / all).collect())
    }

    fn distances(&self, row: &[f64]) -> Vec<f64> {
        self.components.iter().map(|component| component.ellipsoid.distance(row)).collect()
    }
}

impl Component {
    fn log(&self, distance: f64) -> f64 {
        self.weight.ln() + self.ellipsoid.half_log_determinant() - distance / 2.0
    }
}

impl Detector for GaussianMixture {
    fn schema(&self) -> &Schema {
        &self.space.schema
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        let best = self.log_density(&vec![0.0; self.components.len()]).0;
        best - self.log_density(&self.distances(&self.space.row(row))).0
    }

    /// The score, shared out as the squared distances of the components are, each by its share in the row.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let score = self.score_one(row);
        let row = self.space.row(row);
        let (_, shares) = self.log_density(&self.distances(&row));
        let mut parts = vec![0.0; row.len()];
        for (component, share) in self.components.iter().zip(shares) {
            let terms = component.ellipsoid.terms(&row);
            parts.iter_mut().zip(terms).for_each(|(part, term)| *part += share * term);
        }
        share_out(score, &parts)
    }

    /// The score itself.
    fn explained(&self, score: f64) -> f64 {
        score
    }
}

impl Listed for GaussianMixture {
    const PAGE: Page = Page {
        title: "Gaussian mixture",
        finds: "Rows that are unlikely under one normal distribution, or a few: values that do not go together.",
        misses: "Strange rows that get a component of their own; nothing about it is robust but the scale.",
        cost: "Fit O(n d^2) a step, 20,000 rows at most; score O(d^2) a row and component; 4 d^2 bytes each.",
    };

    fn fit_default(table: &Table, seed: u64) -> Result<Self, Error> {
        GaussianMixture::params().seed(seed).fit(table)
    }
}

impl GaussianMixtureParams {
    /// Number of components, 1 to 64.
    pub fn components(mut self, components: usize) -> Self {
        self.0.components = components;
        self
    }

    /// Seed of where the components start.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// Checks and fits.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`valid`](Self::valid), the errors of [`Table::new`] when `rows` is not a table yet,
    /// [`Error::Empty`] without rows or columns.
    pub fn fit(&self, rows: &impl ToTable) -> Result<GaussianMixture, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a number of components outside its range.
    pub fn valid(&self) -> Result<&GaussianMixtureValidParams, Error> {
        expect_within("components", COMPONENTS, self.0.components)?;
        Ok(&self.0)
    }
}

impl GaussianMixtureValidParams {
    /// Hands the rows to linfa, and fits one normal distribution where it fails.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<GaussianMixture, Error> {
        let (space, rows) = Space::fit(table, CLIP, MOST_ROWS)?;
        let one = || vec![Component { weight: 1.0, ellipsoid: Ellipsoid::fit(rows.view()) }];
        let components = self.mixture(&rows).unwrap_or_else(one);
        Ok(GaussianMixture { space, components })
    }

    /// `None` where linfa finds none.
    fn mixture(&self, rows: &Array2<f64>) -> Option<Vec<Component>> {
        if different(rows) <= self.components {
            return None;
        }
        let rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let params = GaussianMixtureModel::params_with_rng(self.components, rng)
            .reg_covariance(RIDGE)
            .n_runs(1)
            .max_n_iterations(STEPS);
        let mixture = params.check().ok()?.fit(&DatasetBase::from(rows.clone())).ok()?;
        let parts =
            mixture.weights().iter().zip(mixture.means().rows()).zip(mixture.covariances().outer_iter());
        let components = parts.map(|((weight, mean), covariance)| {
            let finite = weight.is_finite() && mean.iter().chain(&covariance).all(|value| value.is_finite());
            finite.then(|| Component {
                weight: *weight,
                ellipsoid: Ellipsoid::of(mean.to_vec(), covariance.to_owned()),
            })
        });
        let components: Vec<Component> = components.collect::<Option<_>>()?;
        Some(components.into_iter().filter(|component| component.weight > 0.0).collect())
    }
}

crate::linfa_traits::linfa_traits!(GaussianMixture, GaussianMixtureParams, GaussianMixtureValidParams);

/// Number of rows that differ by more than their rounding.
fn different(rows: &Array2<f64>) -> usize {
    let rounded = |row: ArrayView1<'_, f64>| row.iter().map(|value| (value * 1e6) as i64).collect::<Vec<_>>();
    rows.rows().into_iter().map(rounded).collect::<BTreeSet<_>>().len()
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredMixture {
    space: Space,
    components: Vec<Component>,
}

impl TryFrom<StoredMixture> for GaussianMixture {
    type Error = Error;

    fn try_from(StoredMixture { space, components }: StoredMixture) -> Result<Self, Error> {
        let sound = |component: &Component| {
            component.ellipsoid.n_columns() == space.width()
                && component.weight > 0.0
                && component.weight <= 2.0
                && component.ellipsoid.half_log_determinant().is_finite()
        };
        if !(COMPONENTS.contains(&components.len()) && components.iter().all(sound)) {
            let found = format!("{} components", components.len());
            return Err(stored("mixture", "1 to 64 components with weights", found));
        }
        Ok(GaussianMixture { space, components })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::GaussianMixture;
    use crate::{Detector, Table};

    fn two_heaps() -> Array2<f64> {
        Array2::from_shape_fn((400, 2), |(row, column)| {
            let hash = ((row * 2 + column) as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            (hash % 100) as f64 / 50.0 + if row < 200 { 0.0 } else { 20.0 }
        })
    }

    /// Between two heaps a single normal distribution sees nothing strange.
    #[test]
    fn two_components_see_the_gap_between_two_heaps() {
        let one = GaussianMixture::params().fit(&two_heaps()).unwrap();
        let two = GaussianMixture::params().components(2).seed(3).fit(&two_heaps()).unwrap();
        assert_eq!((one.components(), two.components()), (1, 2));
        let (middle, heap) = ([10.5, 10.5], [1.0, 1.0]);
        assert!(one.score_one(&middle) < one.score_one(&heap));
        assert!(two.score_one(&middle) > 10.0 + two.score_one(&heap));
    }

    /// A tight heap with a row far away is what linfa's fit comes to nothing on.
    #[test]
    fn where_linfa_fails_one_distribution_is_fitted() {
        let mut rows = two_heaps();
        rows.column_mut(0).mapv_inplace(|value| value * 1e-9);
        rows[(0, 0)] = 1e9;
        let mixture = GaussianMixture::params().components(60).fit(&rows).unwrap();
        assert!(mixture.components() >= 1);
        let scores = mixture.score_table(&Table::unnamed(rows).unwrap()).unwrap();
        assert!(scores.iter().all(|score| score.is_finite()));
    }

    #[test]
    fn a_number_of_components_outside_its_range_is_refused() {
        let refused = GaussianMixture::params().components(0).fit(&array![[1.0]]).unwrap_err().to_string();
        assert_eq!(refused, "components must be in 1..=64, got 0");
    }

    #[test]
    fn a_stored_mixture_that_is_none_is_refused() {
        let mixture = GaussianMixture::params().fit(&two_heaps()).unwrap();
        for (pointer, value) in [("/components", serde_json::json!([])), ("/components/0/weight", 0.0.into())]
        {
            let mut stored = serde_json::to_value(&mixture).unwrap();
            *stored.pointer_mut(pointer).unwrap() = value;
            let refused = serde_json::from_value::<GaussianMixture>(stored).unwrap_err().to_string();
            assert!(refused.contains("stored mixture"), "{refused}");
        }
    }
}
