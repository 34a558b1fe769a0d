//! Detectors that linfa fits: one-class SVM, Gaussian mixture, principal components, DBSCAN.
//!
//! They are here to compare with, and for whom works with linfa anyway; the default ensemble has none of them. Each is fitted by linfa, and keeps a state of its own from
//! which it scores, explains, is stored and loaded as every other detector; a [`Model`](crate::Model) holds it under its name. What
//! linfa 0.8 does not do, and what is done about it, stands in the text of each.
//!
//! Mean AUROC and average precision over the 16 smallest sets of ADBench "Classical", where an isolation forest has .764 / .445:
//!
//! | adapter | AUROC | AP |
//! |---|---|---|
//! | [`GaussianMixture`] | .759 | .408 |
//! | [`PrincipalComponents`] | .754 | .385 |
//! | [`OneClassSvm`] | .749 | .418 |
//! | [`DensityClusters`] | .737 | .451 |
//!
//! They have a list of their own, so that [`catalog`](crate::catalog) is the same whatever features are on.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use crate::{Entry, Error, Schema, Table, scale::Scale};

pub mod density_clusters;
pub mod gaussian_mixture;
pub mod one_class_svm;
pub mod principal_components;

crate::registry::detectors! {
    "one-class-svm" => one_class_svm::OneClassSvm,
    "gaussian-mixture" => gaussian_mixture::GaussianMixture,
    "principal-components" => principal_components::PrincipalComponents,
    "density-clusters" => density_clusters::DensityClusters,
}

/// Every adapter, in the order of the list.
pub fn catalog() -> &'static [Entry] {
    CATALOG
}

/// Columns on the robust scale, in double precision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredSpace")]
struct Space {
    schema: Schema,
    scale: Scale,
}

impl Space {
    /// The space of a table, and its rows there, at most so many, evenly taken.
    fn fit(table: &Table, clip: f64, most: usize) -> Result<(Self, Array2<f64>), Error> {
        let schema = Schema::fit(table)?;
        let rows = schema.align(table)?;
        let scale = Scale::fit(rows.view(), clip);
        let kept = rows.nrows().min(most);
        let places: Vec<usize> = (0..kept).map(|place| place * rows.nrows() / kept).collect();
        let rows = scale.rows(&schema, rows.select(Axis(0), &places).view());
        Ok((Space { schema, scale }, rows))
    }

    fn row(&self, row: &[f64]) -> Vec<f64> {
        self.scale.row(&self.schema, row).collect()
    }

    fn width(&self) -> usize {
        self.schema.columns().len()
    }
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredSpace {
    schema: Schema,
    scale: Scale,
}

impl TryFrom<StoredSpace> for Space {
    type Error = Error;

    fn try_from(StoredSpace { schema, scale }: StoredSpace) -> Result<Self, Error> {
        scale.expect_of(&schema)?;
        Ok(Space { schema, scale })
    }
}

/// A fit that linfa gave up.
fn refused(detector: &'static str, reason: impl ToString) -> Error {
    Error::Fit { detector, reason: reason.to_string() }
}

/// Splits a total in proportion to parts; where they sum to nothing the first column takes it, since some column has to.
fn share_out(total: f64, parts: &[f64]) -> Vec<f64> {
    let all: f64 = parts.iter().sum();
    let share = |(column, part): (usize, &f64)| match all > 0.0 {
        true => total * (part / all),
        false => total * f64::from(u8::from(column == 0)),
    };
    parts.iter().enumerate().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::catalog;
    use crate::{Detector, Model, Table, testing::check_detector};

    #[test]
    fn every_adapter_passes_the_suite() {
        for entry in catalog() {
            check_detector(entry.name, |table, seed| entry.fit(table, seed));
        }
    }

    #[test]
    fn an_adapter_is_a_model_under_its_name() {
        let rows =
            ndarray::Array2::from_shape_fn((60, 2), |(row, column)| ((row * (5 + column)) % 23) as f64);
        let table = Table::unnamed(rows).unwrap();
        for entry in catalog() {
            let model = Model::fit(entry.name, &table, 1).unwrap();
            let loaded: Model = serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
            assert_eq!((loaded.name(), model.name()), (entry.name, entry.name));
            assert_eq!(loaded.score_table(&table).unwrap(), model.score_table(&table).unwrap());
            let sentences = [entry.page.finds, entry.page.misses, entry.page.cost];
            assert!(sentences.iter().all(|sentence| sentence.len() > 20 && sentence.ends_with('.')));
        }
    }
}
