//! **One-class SVM**: how far outside of the smooth surface around most rows a row lies.
//!
//! **How.** With a Gaussian kernel on the robust scale, `k(x, v) = exp(-|x - v|^2 / width)`, the width being the sum of the
//! columns' variances, and the support vectors `v` with weights `w` that linfa's solver finds,
//!
//! ```text
//! score = rho - sum over v of w k(x, v)
//! ```
//!
//! positive outside. The explanation splits `-ln(mean kernel)`, a softened squared distance, as the squared differences to the
//! support vectors do. Fitting takes `O(n^2)` time and memory, scoring `O(support vectors d)` a row. Schölkopf et al.: Estimating the
//! Support of a High-Dimensional Distribution, Neural Computation 2001.
//!
//! **What linfa lacks.** Its solver holds the whole kernel matrix, so at most 5,000 rows, evenly taken, are fitted. It panics
//! without `nu`, which is always given. It predicts a side only, so score, storage and explanation are computed here from the weights
//! and `rho` that it publishes.
//!
//! **When it misleads.** Far outside all kernels vanish: everything there scores `rho`. With the usual `nu` of a half it draws
//! the surface through the middle of the rows, which ranks well but marks half of them.
//!
//! **Example.**
//!
//! ```
//! use goodhart_detectors::{Detector, adapters::OneClassSvm};
//! use ndarray::Array2;
//!
//! let rows = Array2::from_shape_fn((200, 2), |(row, column)| ((row * (7 + column)) % 23) as f64);
//! let svm = OneClassSvm::params().fit(&rows)?;
//! assert!(svm.score_one(&[90.0, 90.0]) > svm.score_one(&[11.0, 11.0]));
//! # Ok::<(), goodhart_detectors::Error>(())
//! ```
//!
//! **Parameters**: see [`OneClassSvmParams`].

use std::ops::RangeInclusive;

use linfa::{DatasetBase, ParamGuard, dataset::Pr, traits::Fit};
use linfa_svm::Svm;
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::{Space, refused, share_out};
use crate::{
    Detector, Error, Listed, Page, Schema, Table, ToTable,
    params::expect_within,
    schema::{expect_stored, stored},
};

const NU: RangeInclusive<usize> = 1..=100;
const CLIP: f64 = 20.0;
const MOST_ROWS: usize = 5_000;
/// What linfa takes for a weight of nothing.
const NOTHING: f64 = 100.0 * f64::EPSILON;

/// A fitted one-class SVM. Scores are below `rho`, positive outside of the surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredSvm")]
pub struct OneClassSvm {
    space: Space,
    vectors: Vec<Vec<f64>>,
    weights: Vec<f64>,
    rho: f64,
    width: f64,
}

/// Parameters of a one-class SVM, to be checked when it is fitted.
///
/// | parameter | range | default | chosen because |
/// |---|---|---|---|
/// | [`nu`](Self::nu) | 1 to 100 | 50 | per cent of the rows that may lie outside; a half ranks best |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneClassSvmParams(OneClassSvmValidParams);

/// Checked parameters of a one-class SVM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneClassSvmValidParams {
    nu: usize,
}

impl OneClassSvm {
    /// The documented defaults: `nu` 50 per cent.
    pub fn params() -> OneClassSvmParams {
        OneClassSvmParams(OneClassSvmValidParams { nu: 50 })
    }

    /// Number of rows that the surface hangs on.
    pub fn support_vectors(&self) -> usize {
        self.vectors.len()
    }

    /// Squared distances to the support vectors.
    fn distances<'a>(&'a self, row: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.vectors.iter().map(move |vector| squares(row, vector).sum())
    }

    fn weight(&self) -> f64 {
        self.weights.iter().sum()
    }
}

impl Detector for OneClassSvm {
    fn schema(&self) -> &Schema {
        &self.space.schema
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        let row = self.space.row(row);
        let kernels = self.distances(&row).map(|distance| (-distance / self.width).exp());
        self.rho - kernels.zip(&self.weights).map(|(kernel, weight)| kernel * weight).sum::<f64>()
    }

    /// `-ln(mean kernel)`, shared out as the weighted squared differences to the support vectors are: to all of them, since a
    /// strange row of the reference is a support vector itself.
    fn explain(&self, row: &[f64]) -> Vec<f64> {
        let total = self.explained(self.score_one(row));
        let row = self.space.row(row);
        let mut parts = vec![0.0; row.len()];
        for (vector, weight) in self.vectors.iter().zip(&self.weights) {
            parts.iter_mut().zip(squares(&row, vector)).for_each(|(part, square)| *part += weight * square);
        }
        share_out(total, &parts)
    }

    /// `-ln(mean kernel)`, from what the score still shows of the kernels.
    fn explained(&self, score: f64) -> f64 {
        -((self.rho - score).max(f64::MIN_POSITIVE) / self.weight()).ln()
    }
}

impl Listed for OneClassSvm {
    const PAGE: Page = Page {
        title: "One-class SVM",
        finds: "Rows outside of the smooth surface that encloses most of the reference.",
        misses: "How far outside: far from all rows every score is the same. Much depends on the width of the kernel.",
        cost: "Fit O(n^2) time and memory, 5,000 rows at most; score O(n d) a row; 8 d bytes a support vector.",
    };

    fn fit_default(table: &Table, _seed: u64) -> Result<Self, Error> {
        OneClassSvm::params().fit(table)
    }
}

impl OneClassSvmParams {
    /// Per cent of the rows that may lie outside of the surface, 1 to 100.
    pub fn nu(mut self, nu: usize) -> Self {
        self.0.nu = nu;
        self
    }

    /// Checks and fits.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`valid`](Self::valid), the errors of [`Table::new`] when `rows` is not a table yet,
    /// [`Error::Empty`] without rows or columns, [`Error::Fit`] when linfa finds no surface.
    pub fn fit(&self, rows: &impl ToTable) -> Result<OneClassSvm, Error> {
        self.valid()?.fit_table(&*rows.to_table()?)
    }

    /// Checks the range.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a `nu` outside its range.
    pub fn valid(&self) -> Result<&OneClassSvmValidParams, Error> {
        expect_within("nu", NU, self.0.nu)?;
        Ok(&self.0)
    }
}

impl OneClassSvmValidParams {
    /// Hands the rows to linfa and keeps what it hangs the surface on.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns, [`Error::Fit`] when linfa finds no surface.
    pub fn fit_table(&self, table: &Table) -> Result<OneClassSvm, Error> {
        let (space, rows) = Space::fit(table, CLIP, MOST_ROWS)?;
        let width =
            Some(rows.var_axis(ndarray::Axis(0), 0.0).sum()).filter(|width| *width > 0.0).unwrap_or(1.0);
        let params = Svm::<f64, Pr>::params().gaussian_kernel(width).nu_weight(self.nu as f64 / 100.0);
        let targets = Array1::from_elem(rows.nrows(), ());
        let checked = params.check().map_err(|error| refused("one-class-svm", error))?;
        let dataset = DatasetBase::new(rows, targets);
        let svm: Svm<f64, bool> = checked.fit(&dataset).map_err(|error| refused("one-class-svm", error))?;
        let supporting =
            dataset.records.rows().into_iter().zip(&svm.alpha).filter(|(_, alpha)| **alpha > NOTHING);
        let (vectors, weights) = supporting.map(|(row, alpha)| (row.to_vec(), *alpha)).unzip();
        let fitted = StoredSvm { space, vectors, weights, rho: svm.rho, width };
        fitted.try_into().map_err(|error| refused("one-class-svm", error))
    }
}

crate::linfa_traits::linfa_traits!(OneClassSvm, OneClassSvmParams, OneClassSvmValidParams);

fn squares<'a>(one: &'a [f64], two: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    one.iter().zip(two).map(|(x, y)| (x - y).powi(2))
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredSvm {
    space: Space,
    vectors: Vec<Vec<f64>>,
    weights: Vec<f64>,
    rho: f64,
    width: f64,
}

impl TryFrom<StoredSvm> for OneClassSvm {
    type Error = Error;

    fn try_from(StoredSvm { space, vectors, weights, rho, width }: StoredSvm) -> Result<Self, Error> {
        expect_stored("number of weights", vectors.len(), weights.len())?;
        let small = |value: &f64| value.abs() <= 1e9;
        let wide = vectors.iter().all(|vector| vector.len() == space.width() && vector.iter().all(small));
        let positive = weights.iter().chain([&width]).all(|value| *value > 0.0 && small(value));
        if !(wide && positive && small(&rho) && !weights.is_empty()) {
            let found = format!("{} support vectors", vectors.len());
            return Err(stored("surface", "weighted support vectors of finite cells", found));
        }
        Ok(OneClassSvm { space, vectors, weights, rho, width })
    }
}

#[cfg(test)]
mod tests {
    use linfa::{DatasetBase, ParamGuard, dataset::Pr, traits::Fit};
    use linfa_svm::Svm;
    use ndarray::{Array1, Array2, Axis, array};

    use super::OneClassSvm;
    use crate::Detector;

    /// The score is what linfa's own sum gives: the weights belong to the rows that we think they do.
    #[test]
    fn the_score_is_rho_less_the_weighted_sum_of_linfa() {
        let rows = Array2::from_shape_fn((80, 2), |(row, column)| ((row * (7 + column)) % 23) as f64);
        let fitted = OneClassSvm::params().nu(20).fit(&rows).unwrap();
        let scaled =
            Array2::from_shape_fn((80, 2), |(row, column)| fitted.space.row(&rows.row(row).to_vec())[column]);
        let width = scaled.var_axis(Axis(0), 0.0).sum();
        let params = Svm::<f64, Pr>::params().gaussian_kernel(width).nu_weight(0.2).check().unwrap();
        let svm = params.fit(&DatasetBase::new(scaled.clone(), Array1::from_elem(80, ()))).unwrap();
        for (row, scaled) in rows.rows().into_iter().zip(scaled.rows()) {
            let expected = svm.rho - svm.weighted_sum(&scaled);
            assert!((fitted.score_one(&row.to_vec()) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn a_nu_outside_its_range_is_refused() {
        for nu in [0, 101] {
            let refused = OneClassSvm::params().nu(nu).fit(&array![[1.0]]).unwrap_err().to_string();
            assert_eq!(refused, format!("nu must be in 1..=100, got {nu}"));
        }
    }

    #[test]
    fn a_stored_surface_that_is_none_is_refused() {
        let svm = OneClassSvm::params().fit(&array![[1.0], [2.0], [4.0]]).unwrap();
        for (pointer, value) in
            [("/width", 0.0.into()), ("/weights/0", (-1.0).into()), ("/vectors/0", serde_json::json!([]))]
        {
            let mut stored = serde_json::to_value(&svm).unwrap();
            *stored.pointer_mut(pointer).unwrap() = value;
            let refused = serde_json::from_value::<OneClassSvm>(stored).unwrap_err().to_string();
            assert!(refused.contains("stored surface"), "{refused}");
        }
    }
}
