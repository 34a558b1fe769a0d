//! How every forest is asked for: trees, rows of each, seed.

/// `forest_params!(Model, Params, ValidParams)` in the forest's file. `Params` wraps `ValidParams`, whose field `growing`
/// holds `trees`, `sample` and `seed` and has `valid`; `ValidParams` has `fit_table`, `Model` is a `Detector`.
macro_rules! forest_params {
    ($model:ident, $params:ident, $valid:ident) => {
        impl $params {
            /// Number of trees, 1 to 10,000.
            pub fn trees(mut self, trees: usize) -> Self {
                self.0.growing.trees = trees;
                self
            }

            /// Rows per tree, `psi`, 1 to 4,096; trees times rows at most 4,194,304. All rows when there are fewer.
            pub fn sample(mut self, sample: usize) -> Self {
                self.0.growing.sample = sample;
                self
            }

            /// Seed of all randomness.
            pub fn seed(mut self, seed: u64) -> Self {
                self.0.growing.seed = seed;
                self
            }

            /// Checks and fits.
            ///
            /// # Errors
            /// [`Error::Parameter`](crate::Error::Parameter) as [`valid`](Self::valid), the errors of
            /// [`Table::new`](crate::Table::new) when `rows` is not a table yet,
            /// [`Error::Empty`](crate::Error::Empty) without rows or columns.
            pub fn fit(&self, rows: &impl $crate::ToTable) -> Result<$model, $crate::Error> {
                self.valid()?.fit_table(&*rows.to_table()?)
            }

            /// Checks the ranges.
            ///
            /// # Errors
            /// [`Error::Parameter`](crate::Error::Parameter) for the first parameter outside its range.
            pub fn valid(&self) -> Result<&$valid, $crate::Error> {
                self.0.growing.valid()?;
                Ok(&self.0)
            }
        }

        #[cfg(feature = "linfa")]
        $crate::linfa_traits::linfa_traits!($model, $params, $valid);
    };
}

pub(crate) use forest_params;
