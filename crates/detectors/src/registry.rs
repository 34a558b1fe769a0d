//! The machinery behind the list in `detectors.rs`.

use serde::Serialize;

use crate::{Error, Listed, Model, Page, Table};

/// Every registered detector, in the order of the list; the manual is printed from it.
///
/// ```
/// for entry in goodhart_detectors::catalog() {
///     println!("{}: {} ({})", entry.name, entry.page.finds, entry.page.cost);
/// }
/// ```
pub fn catalog() -> &'static [Entry] {
    crate::detectors::CATALOG
}

/// One registered detector.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Entry {
    /// Name by which models are stored and asked for; never changed, never reused.
    pub name: &'static str,
    /// What it is, finds, misses and costs.
    #[serde(flatten)]
    pub page: Page,
    #[serde(skip)]
    fit: fn(&Table, u64) -> Result<Model, Error>,
}

impl Entry {
    /// Fits with the documented defaults.
    ///
    /// # Errors
    /// [`Error::Empty`] for a table without rows or without columns.
    pub fn fit(&self, table: &Table, seed: u64) -> Result<Model, Error> {
        (self.fit)(table, seed)
    }

    pub(crate) const fn of<D>(name: &'static str) -> Self
    where
        D: Listed,
        Model: From<D>,
    {
        Entry { name, page: D::PAGE, fit: |table, seed| D::fit_default(table, seed).map(Model::from) }
    }
}

/// One line a detector: `"name" => file::Type,`.
///
/// Makes the type public at the top of the crate, gives it a row in the catalog and a way into [`Model`], and stores
/// and loads it under its name. A model holds a trait object, so nothing else lists the detectors.
macro_rules! detectors {
    ($($name:literal => $file:ident::$detector:ident,)*) => {
        $(pub use $file::$detector;)*

        pub(crate) const CATALOG: &[$crate::Entry] = &[$($crate::Entry::of::<$detector>($name),)*];

        $(impl From<$detector> for $crate::Model {
            fn from(detector: $detector) -> Self {
                $crate::Model::new($name, detector)
            }
        })*

        pub(crate) const NAMES: &[&str] = &[$($name),*];

        /// Writes the fitted state of a model of this list.
        pub(crate) fn store<T: serde::ser::SerializeTuple>(
            model: &$crate::Model,
            pair: &mut T,
        ) -> Result<(), T::Error> {
            $(if let Some(detector) = model.downcast_ref::<$detector>() {
                return pair.serialize_element(detector);
            })*
            Err(serde::ser::Error::custom("the detector is not registered"))
        }

        /// Reads the fitted state of the detector of this name; `None` when it does not follow.
        pub(crate) fn load<'de, A: serde::de::SeqAccess<'de>>(
            name: &str,
            pair: &mut A,
        ) -> Result<Option<$crate::Model>, A::Error> {
            match name {
                $($name => Ok(pair.next_element::<$detector>()?.map(Into::into)),)*
                unknown => Err(serde::de::Error::unknown_variant(unknown, NAMES)),
            }
        }
    };
}

pub(crate) use detectors;

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use ndarray::{Array2, Axis};

    use super::catalog;
    use crate::{Detector, Table, testing::check_detector};

    fn rows() -> Array2<f64> {
        Array2::from_shape_fn((150, 3), |(row, column)| ((row * (37 + 5 * column)) % 101) as f64 - 20.0)
    }

    /// A power of two, so that the rows are scaled without rounding.
    #[test]
    fn another_unit_of_a_column_changes_no_score() {
        for entry in catalog() {
            let scores = |factor: f64| {
                let mut rows = rows();
                rows.column_mut(1).mapv_inplace(|value| value * factor);
                let table = Table::unnamed(rows).unwrap();
                entry.fit(&table, 4).unwrap().score_table(&table).unwrap()
            };
            let distances = (&scores(1.0) - &scores(1024.0)).mapv(f64::abs);
            assert!(distances.iter().all(|distance| *distance < 1e-9), "{}", entry.name);
        }
    }

    /// Those that draw nothing at random see a set of rows, not a list.
    #[test]
    fn without_randomness_the_order_of_rows_changes_no_score() {
        let reversed = rows().select(Axis(0), &(0..150).rev().collect::<Vec<_>>());
        for name in ["tail-probability", "histogram", "nearest-neighbors", "robust-covariance"] {
            let entry = catalog().iter().find(|entry| entry.name == name).unwrap();
            let scores = |rows: &Array2<f64>| {
                entry.fit(&Table::unnamed(rows.clone()).unwrap(), 0).unwrap().score(self::rows().view())
            };
            let distances = (&scores(&rows()) - &scores(&reversed)).mapv(f64::abs);
            assert!(distances.iter().all(|distance| *distance < 1e-9), "{name}");
        }
    }

    #[test]
    fn every_registered_detector_passes_the_suite() {
        for entry in catalog() {
            check_detector(entry.name, |table, seed| entry.fit(table, seed));
        }
    }

    /// Exact neighbours cost the square of it. In a release build some minutes of one core.
    #[test]
    #[ignore = "a million rows take minutes"]
    fn a_million_rows_are_fitted_and_scored() {
        let cell = |(row, column): (usize, usize)| ((row * (37 + 5 * column)) % 10_007) as f64;
        let table = Table::unnamed(Array2::from_shape_fn((1_000_000, 8), cell)).unwrap();
        for entry in catalog().iter().filter(|entry| entry.name != "nearest-neighbors") {
            let scores = entry.fit(&table, 1).unwrap().score_table(&table).unwrap();
            assert!(scores.iter().all(|score| score.is_finite()), "{}", entry.name);
        }
    }

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let names: BTreeSet<_> = catalog().iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), catalog().len());
        let kebab =
            |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(names.into_iter().all(kebab));
    }

    #[test]
    fn every_page_is_written() {
        for entry in catalog() {
            assert!(!entry.page.title.is_empty(), "{}", entry.name);
            for sentence in [entry.page.finds, entry.page.misses, entry.page.cost] {
                assert!(sentence.len() > 20 && sentence.ends_with('.'), "{}: {sentence}", entry.name);
            }
        }
    }

    /// The folder and the list hold the same: `my_detector.rs` is `"my-detector"`.
    #[test]
    fn every_file_in_the_folder_is_on_the_list() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/detectors");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let files: BTreeSet<_> =
            files.map(|file| file.file_stem().unwrap().to_str().unwrap().replace('_', "-")).collect();
        let names: BTreeSet<_> = catalog().iter().map(|entry| entry.name.to_owned()).collect();
        assert_eq!(files, names);
    }

    #[test]
    fn a_row_of_the_catalog_is_flat() {
        let row = serde_json::to_value(catalog()[0]).unwrap();
        assert_eq!((&row["name"], &row["title"]), (&"isolation-forest".into(), &"Isolation forest".into()));
    }
}
