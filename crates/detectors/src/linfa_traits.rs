//! The traits of linfa for every detector: [`ParamGuard`](linfa::ParamGuard), [`Fit`](linfa::traits::Fit) on
//! datasets, [`Predict`](linfa::traits::Predict) to scores.

use std::borrow::Cow;

use linfa::DatasetBase;
use ndarray::{ArrayBase, Data, Ix2};

use crate::{Column, Error, Table, ToTable};

/// Feature names of the dataset become column names when there is one for each column. Targets and weights are not
/// looked at.
impl<D: Data<Elem = f64>, T> ToTable for DatasetBase<ArrayBase<D, Ix2>, T> {
    fn to_table(&self) -> Result<Cow<'_, Table>, Error> {
        let names = self.feature_names();
        if names.len() != self.records.ncols() {
            return self.records.to_table();
        }
        let columns = names.iter().map(Column::both).collect();
        Table::new(columns, self.records.to_owned()).map(Cow::Owned)
    }
}

/// `linfa_traits!(Model, Params, ValidParams)` in the detector's file. `Params` wraps `ValidParams` and has `valid`,
/// `ValidParams` has `fit_table`, `Model` is a `Detector`.
macro_rules! linfa_traits {
    ($model:ident, $params:ident, $valid:ident) => {
        impl linfa::ParamGuard for $params {
            type Checked = $valid;
            type Error = $crate::Error;

            fn check_ref(&self) -> Result<&$valid, $crate::Error> {
                self.valid()
            }

            fn check(self) -> Result<$valid, $crate::Error> {
                self.valid()?;
                Ok(self.0)
            }
        }

        impl<D, T> linfa::traits::Fit<ndarray::ArrayBase<D, ndarray::Ix2>, T, $crate::Error> for $valid
        where
            D: ndarray::Data<Elem = f64>,
        {
            type Object = $model;

            fn fit(
                &self,
                dataset: &linfa::DatasetBase<ndarray::ArrayBase<D, ndarray::Ix2>, T>,
            ) -> Result<$model, $crate::Error> {
                self.fit_table(&*$crate::ToTable::to_table(dataset)?)
            }
        }

        impl<D> linfa::traits::PredictInplace<ndarray::ArrayBase<D, ndarray::Ix2>, ndarray::Array1<f64>>
            for $model
        where
            D: ndarray::Data<Elem = f64>,
        {
            /// Scores, in place of whatever `scores` held. Columns are in the order of the fit.
            fn predict_inplace<'a>(
                &'a self,
                rows: &'a ndarray::ArrayBase<D, ndarray::Ix2>,
                scores: &mut ndarray::Array1<f64>,
            ) {
                *scores = $crate::Detector::score(self, rows.view());
            }

            fn default_target(&self, rows: &ndarray::ArrayBase<D, ndarray::Ix2>) -> ndarray::Array1<f64> {
                ndarray::Array1::zeros(rows.nrows())
            }
        }
    };
}

pub(crate) use linfa_traits;

#[cfg(test)]
mod tests {
    use linfa::{
        Dataset, DatasetBase, ParamGuard,
        traits::{Fit, Predict},
    };
    use ndarray::{Array1, Array2, array};

    use crate::{Detector, Error, IsolationForest, TailProbability};

    fn rows() -> Array2<f64> {
        Array2::from_shape_fn((60, 2), |(row, column)| ((row * (5 + column)) % 23) as f64)
    }

    /// As generic code of linfa does it.
    fn fit_generic<P, T, M>(params: &P, dataset: &DatasetBase<Array2<f64>, T>) -> Result<M, Error>
    where
        P: Fit<Array2<f64>, T, Error, Object = M>,
    {
        params.fit(dataset)
    }

    #[test]
    fn fitting_through_the_trait_is_fitting_a_table() {
        let dataset = DatasetBase::from(rows());
        let params = IsolationForest::params().seed(5);
        let (generic, own) = (fit_generic(&params, &dataset).unwrap(), params.fit(&rows()).unwrap());
        let checked = params.check_ref().unwrap().fit(&dataset).unwrap();
        for forest in [&generic, &checked] {
            assert_eq!(forest.score(rows().view()), own.score(rows().view()));
        }
        let tail = fit_generic(&TailProbability::params(), &dataset).unwrap();
        assert_eq!(tail, TailProbability::params().fit(&rows()).unwrap());
    }

    #[test]
    fn predict_gives_scores_for_arrays_and_datasets() {
        let forest = IsolationForest::params().fit(&rows()).unwrap();
        let expected = forest.score(rows().view());
        let of_array: Array1<f64> = forest.predict(&rows());
        let of_dataset: Array1<f64> = forest.predict(&DatasetBase::from(rows()));
        let kept = forest.predict(rows());
        assert_eq!([&of_array, &of_dataset, &kept.targets], [&expected; 3]);
    }

    #[test]
    fn names_of_features_become_names_of_columns() {
        let dataset = Dataset::new(array![[1.0, 2.0]], array![0.0]);
        let names = |model: &TailProbability| model.schema().columns()[1].name.clone();
        assert_eq!(names(&TailProbability::params().fit(&dataset).unwrap()), "column-1");
        let dataset = dataset.with_feature_names(vec!["repeats", "steps"]);
        assert_eq!(names(&TailProbability::params().fit(&dataset).unwrap()), "steps");
    }

    #[test]
    fn parameters_and_values_are_refused_through_the_trait_as_well() {
        let dataset = DatasetBase::from(array![[f64::NAN]]);
        let none = fit_generic(&IsolationForest::params().trees(0), &dataset).unwrap_err();
        assert_eq!(none.to_string(), "trees must be in 1..=10000, got 0");
        let nan = fit_generic(&IsolationForest::params(), &dataset).unwrap_err();
        assert_eq!(nan.to_string(), "row 0, column \"column-0\": expected a finite number, found NaN");
        assert!(IsolationForest::params().sample(0).check().is_err());
    }
}
