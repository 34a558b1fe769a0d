//! **Principal components**: how far a row lies from the middle of the reference, in standard deviations along its first
//! components and across them.
//!
//! **How.** On the robust scale, with the mean `m` of the reference, its first components `v` with variances `l`, half as many as
//! columns, and the mean variance `s` of what they leave,
//!
//! ```text
//! score = sum over v of (v . (z - m))^2 / l  +  |rest|^2 / s
//! ```
//!
//! With `P` the matrix of this form the score splits exactly into `(z - m)_j (P (z - m))_j`. Fitting takes `O(n d^2)`, scoring
//! `O(d^2)` a row, a model `4 d^2` bytes. Shyu et al.: A Novel Anomaly Detection Scheme Based on Principal Component Classifier,
//! 2003; Tipping, Bishop: Probabilistic Principal Component Analysis, 1999.
//!
//! **What linfa lacks.** Its explained variance divides by the components less one instead of the rows less one, so the variances are
//! taken from the singular values here. Its decomposition fails on tables without any variance; without components all columns
//! count alike, as they do for a single column or row. At most 20,000 rows, evenly taken, are fitted: the decomposition is the slow
//! part.
//!
//! **When it misleads.** Nothing about it is robust but the scale: strange rows bend the components towards them, and what
//! lies there is excused.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, adapters::PrincipalComponents};
//! use ndarray::Array2;
//!
//! // Two columns that go together.
//! let rows = Array2::from_shape_fn((200, 2), |(row, column)| (row % 50 + column * (row % 3)) as f64);
//! let plane = PrincipalComponents::params().fit(&rows)?;
//! assert!(plane.score_one(&[40.0, 10.0]) > 50.0 * plane.score_one(&[40.0, 41.0]));
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`PrincipalComponentsParams`].

use std::ops::RangeInclusive;

use linfa::{DatasetBase, traits::Fit};
use linfa_reduction::Pca;
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::Space;
use crate::{
    Detector, Error, Listed, Page, Schema, Table, ToTable,
    params::expect_within,
    schema::{expect_stored, stored},
};

const SHARE: RangeInclusive<usize> = 1..=99;
const CLIP: f64 = 20.0;
const MOST_ROWS: usize = 20_000;
/// Least variance, as a share of the mean one.
const RIDGE: f64 = 1e-3;

/// A fitted plane. Scores are squared distances in standard deviations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredPlane")]
pub struct PrincipalComponents {
    space: Space,
    mean: Vec<f64>,
    components: Vec<Component>,
    /// Mean variance of what the components leave.
    rest: f64,
}

/// A direction of length 1, and the variance along it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Component {
    direction: Vec<f64>,
    variance: f64,
}

/// Parameters of the principal components, to be checked when they are fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`share`](Self::share) | 1 to 99 | 50 | components, in per cent of the columns; what is left must still be seen |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalComponentsParams(PrincipalComponentsValidParams);

/// Checked parameters of the principal components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalComponentsValidParams {
    share: usize,
}

impl PrincipalComponents {
    /// The documented defaults: half as many components as columns.
    pub fn params() -> PrincipalComponentsParams {
        PrincipalComponentsParams(PrincipalComponentsValidParams { share: 50 })
    }

    /// Number of components.
    pub fn components(&self) -> usize {
        self.components.len()
    }
}

impl Detector for PrincipalComponents {
    fn schema(&self) -> &Schema {
        &self.space.schema
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        self.explain(row).iter().sum()
    }

    /// What each column adds to the squared distance; negative where its value excuses the others.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let centered: Vec<f64> =
            self.space.row(row).iter().zip(&self.mean).map(|(x, mean)| x - mean).collect();
        let mut pulls: Vec<f64> = centered.iter().map(|x| x / self.rest).collect();
        for Component { direction, variance } in &self.components {
            let along: f64 = centered.iter().zip(direction).map(|(x, part)| x * part).sum();
            let pull = along * (variance.recip() - self.rest.recip());
            pulls.iter_mut().zip(direction).for_each(|(sum, part)| *sum += pull * part);
        }
        centered.iter().zip(pulls).map(|(x, pull)| x * pull).collect()
    }

    /// The score itself.
    fn explained(&self, score: f64) -> f64 {
        score
    }
}

impl Listed for PrincipalComponents {
    const PAGE: Page = Page {
        title: "Principal components",
        finds: "Rows far out, above all across the plane that the reference lies in: values that do not go together.",
        misses: "Gaps and clusters; strange rows bend the plane towards them and are excused.",
        cost: "Fit O(n d^2), 20,000 rows at most; score O(d^2) a row; 4 d^2 bytes.",
    };

    fn fit_default(table: &Table, _seed: u64) -> Result<Self, Error> {
        PrincipalComponents::params().fit(table)
    }
}

impl PrincipalComponentsParams {
    /// Number of components in per cent of the columns, 1 to 99; rounded down, less than there are rows.
    pub fn share(mut self, share: usize) -> Self {
        self.0.share = share;
        self
    }

    /// Checks and fits.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`valid`](Self::valid), the errors of [`Table::new`] when `rows` is not a table yet,
    /// [`Error::Empty`] without rows or columns.
    pub fn fit(&self, rows: &impl ToTable) -> Result<PrincipalComponents, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a share outside its range.
    pub fn valid(&self) -> Result<&PrincipalComponentsValidParams, Error> {
        expect_within("share", SHARE, self.0.share)?;
        Ok(&self.0)
    }
}

impl PrincipalComponentsValidParams {
    /// Hands the rows to linfa and keeps mean and components.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit_table(&self, table: &Table) -> Result<PrincipalComponents, Error> {
        let (space, rows) = Space::fit(table, CLIP, MOST_ROWS)?;
        let mean = rows.mean_axis(Axis(0)).map(|mean| mean.to_vec()).unwrap_or_default();
        let variances = rows.var_axis(Axis(0), 0.0);
        let varying = variances.iter().filter(|variance| **variance > 0.0).count();
        // As many as the rows can span: the others would be noise of the decomposition.
        let wanted = (rows.ncols() * self.share / 100).min(rows.nrows() / 2).min(varying.saturating_sub(1));
        let mean_variance = Some(variances.sum() / varying as f64).filter(|mean| *mean > 0.0).unwrap_or(1.0);
        let components = components(rows, wanted, RIDGE * mean_variance);
        let taken: f64 = components.iter().map(|component| component.variance).sum();
        let left = (variances.sum() - taken) / (varying.max(components.len() + 1) - components.len()) as f64;
        Ok(PrincipalComponents { space, mean, components, rest: left.max(RIDGE * mean_variance) })
    }
}

crate::linfa_traits::linfa_traits!(
    PrincipalComponents,
    PrincipalComponentsParams,
    PrincipalComponentsValidParams
);

/// None where linfa finds none.
fn components(rows: Array2<f64>, wanted: usize, least: f64) -> Vec<Component> {
    if wanted == 0 {
        return Vec::new();
    }
    let n = rows.nrows() as f64;
    let Ok(pca) = Pca::params(wanted).fit(&DatasetBase::from(rows)) else { return Vec::new() };
    let pairs = pca.components().rows().into_iter().zip(pca.singular_values());
    let components = pairs.map(|(direction, singular)| Component {
        direction: direction.to_vec(),
        variance: (singular * singular / (n - 1.0)).max(least),
    });
    components.filter(|component| is_unit(&component.direction)).collect()
}

fn is_unit(component: &[f64]) -> bool {
    (component.iter().map(|part| part * part).sum::<f64>() - 1.0).abs() < 1e-3
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredPlane {
    space: Space,
    mean: Vec<f64>,
    components: Vec<Component>,
    rest: f64,
}

impl TryFrom<StoredPlane> for PrincipalComponents {
    type Error = Error;

    fn try_from(StoredPlane { space, mean, components, rest }: StoredPlane) -> Result<Self, Error> {
        expect_stored("length of the mean", space.width(), mean.len())?;
        let sound = |component: &Component| {
            component.direction.len() == space.width()
                && is_unit(&component.direction)
                && is_variance(component.variance)
        };
        let small = mean.iter().all(|value| value.abs() <= 1e9);
        if !(small && is_variance(rest) && components.iter().all(sound)) {
            let found = format!("{} components", components.len());
            return Err(stored("plane", "components of length 1 and some variance", found));
        }
        Ok(PrincipalComponents { space, mean, components, rest })
    }
}

fn is_variance(value: f64) -> bool {
    (1e-9..=1e9).contains(&value)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::{PrincipalComponents, RIDGE};
    use crate::Detector;

    /// By hand: rows on the line x = y, whose variance across it is the ridge, a thousandth of the mean one; along it both columns
    /// vary alike, so a row on the line is as far as one column says.
    #[test]
    fn the_score_counts_deviations_along_the_line_and_across() {
        let rows = Array2::from_shape_fn((101, 2), |(row, _)| row as f64 - 50.0);
        let plane = PrincipalComponents::params().fit(&rows).unwrap();
        let variance = (0..=50).map(|x| 2.0 * f64::from(x * x)).sum::<f64>() / 101.0;
        assert_eq!(plane.components(), 1);
        let along = plane.score_one(&[40.0, 40.0]);
        assert!((along - 1600.0 / variance).abs() < 0.05 * along, "{along}");
        let across = plane.score_one(&[10.0, -10.0]);
        assert!((across - 200.0 / (RIDGE * variance)).abs() < 1e-6 * across, "{across}");
    }

    #[test]
    fn a_share_outside_its_range_is_refused() {
        let refused = PrincipalComponents::params().share(100).fit(&array![[1.0]]).unwrap_err().to_string();
        assert_eq!(refused, "share must be in 1..=99, got 100");
    }

    #[test]
    fn a_stored_plane_that_is_none_is_refused() {
        let plane = PrincipalComponents::params()
            .fit(&array![[1.0, 2.0], [2.0, 2.5], [4.0, 5.0], [5.0, 5.0]])
            .unwrap();
        let mut stored = serde_json::to_value(&plane).unwrap();
        stored["components"][0]["direction"] = serde_json::json!([3.0, 3.0]);
        let refused = serde_json::from_value::<PrincipalComponents>(stored).unwrap_err().to_string();
        assert!(refused.contains("stored plane"), "{refused}");
    }
}
