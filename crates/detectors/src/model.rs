//! A fitted detector under its name: what a model file holds.

use std::{any::Any, fmt, sync::Arc};

use ndarray::{Array1, ArrayView2};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, SeqAccess, Visitor},
    ser::SerializeTuple,
};

use crate::{Detector, Error, Listed, Schema, Table, catalog};

/// Any registered detector, fitted, under its registered name.
///
/// Stored as the pair of name and detector, so that a file written with one list of detectors is read with every
/// longer one. Cloning is cheap: the fitted part is shared.
///
/// ```
/// use goodhart_detectors::{Column, Detector, Model, Table};
/// use ndarray::array;
///
/// let table = Table::new(vec![Column::higher("repeats")], array![[1.0], [2.0], [40.0]])?;
/// let model = Model::fit("tail-probability", &table, 7)?;
/// let text = serde_json::to_string(&model)?;
/// assert!(text.starts_with(r#"["tail-probability",{"#));
/// let loaded: Model = serde_json::from_str(&text)?;
/// assert_eq!(loaded.score_table(&table)?, model.score_table(&table)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Model {
    name: &'static str,
    detector: Arc<dyn Detector>,
}

impl Model {
    /// Fits the detector of this name with its documented defaults.
    ///
    /// # Errors
    /// [`Error::UnknownDetector`], [`Error::Empty`] for a table without rows or without columns.
    pub fn fit(name: &str, table: &Table, seed: u64) -> Result<Self, Error> {
        let adapters = lists::adapters().iter();
        let entry = catalog().iter().chain(adapters).find(|entry| entry.name == name);
        entry.ok_or_else(|| unknown(name))?.fit(table, seed)
    }

    /// The registered name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The detector, when it is of this type.
    pub fn downcast_ref<D: Detector>(&self) -> Option<&D> {
        (&*self.detector as &dyn Any).downcast_ref()
    }

    pub(crate) fn new<D: Listed>(name: &'static str, detector: D) -> Self {
        Model { name, detector: Arc::new(detector) }
    }
}

impl Detector for Model {
    fn schema(&self) -> &Schema {
        self.detector.schema()
    }

    fn score_one(&self, row: &[f64]) -> f64 {
        self.detector.score_one(row)
    }

    fn explain(&self, row: &[f64]) -> Vec<f64> {
        self.detector.explain(row)
    }

    fn explained(&self, score: f64) -> f64 {
        self.detector.explained(score)
    }

    fn combination(&self, row: &[f64]) -> Option<Vec<f64>> {
        self.detector.combination(row)
    }

    fn score(&self, rows: ArrayView2<'_, f64>) -> Array1<f64> {
        self.detector.score(rows)
    }
}

impl Serialize for Model {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(self.name)?;
        lists::store(self, &mut pair)?;
        pair.end()
    }
}

impl<'de> Deserialize<'de> for Model {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(2, Pair { nested: true })
    }
}

/// The one name that a member of an ensemble must not have: a file of ensembles in ensembles could be as deep as it is long.
pub(crate) const NESTED: &str = "ensemble";

/// A model that is no ensemble.
pub(crate) fn deserialize_plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Model, D::Error> {
    deserializer.deserialize_tuple(2, Pair { nested: false })
}

struct Pair {
    /// Whether an ensemble is accepted.
    nested: bool,
}

impl<'de> Visitor<'de> for Pair {
    type Value = Model;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a registered detector and its fitted state")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Model, A::Error> {
        let name: String = pair.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        if name == NESTED && !self.nested {
            return Err(A::Error::custom("an ensemble of ensembles"));
        }
        let model = lists::load(&name, &mut pair)?;
        model.ok_or_else(|| A::Error::invalid_length(1, &self))
    }
}

/// The list of detectors with that of the adapters behind it.
#[cfg(feature = "linfa-adapters")]
mod lists {
    use serde::{de::SeqAccess, ser::SerializeTuple};

    use crate::{Entry, Model, adapters, detectors};

    pub(super) fn adapters() -> &'static [Entry] {
        adapters::CATALOG
    }

    pub(super) fn store<T: SerializeTuple>(model: &Model, pair: &mut T) -> Result<(), T::Error> {
        match adapters::NAMES.contains(&model.name) {
            true => adapters::store(model, pair),
            false => detectors::store(model, pair),
        }
    }

    pub(super) fn load<'de, A: SeqAccess<'de>>(name: &str, pair: &mut A) -> Result<Option<Model>, A::Error> {
        match adapters::NAMES.contains(&name) {
            true => adapters::load(name, pair),
            false => detectors::load(name, pair),
        }
    }
}

/// The list of detectors.
#[cfg(not(feature = "linfa-adapters"))]
mod lists {
    use crate::Entry;
    pub(super) use crate::detectors::{load, store};

    pub(super) fn adapters() -> &'static [Entry] {
        &[]
    }
}

pub(crate) fn unknown(name: &str) -> Error {
    let expected = catalog().iter().map(|entry| entry.name).collect();
    Error::UnknownDetector { found: name.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::Model;
    use crate::{Detector, IsolationForest, Table, TailProbability};

    fn table() -> Table {
        Table::unnamed(array![[1.0, 2.0], [3.0, 5.0], [4.0, 4.0]]).unwrap()
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let refused = Model::fit("oracle", &table(), 0).unwrap_err().to_string();
        let known = r#"detector "oracle": expected one of [isolation-forest, tail-probability, "#;
        assert!(refused.starts_with(known), "{refused}");
        let refused = serde_json::from_str::<Model>(r#"["oracle",{}]"#).unwrap_err().to_string();
        assert!(refused.contains("unknown variant `oracle`"), "{refused}");
    }

    #[test]
    fn half_a_pair_is_refused() {
        for half in ["[]", r#"["tail-probability"]"#] {
            assert!(serde_json::from_str::<Model>(half).unwrap_err().to_string().contains("invalid length"));
        }
    }

    #[test]
    fn a_model_knows_its_name_and_gives_back_its_detector() {
        let tail = TailProbability::params().fit(&table()).unwrap();
        let model = Model::from(tail.clone());
        assert_eq!(model.name(), "tail-probability");
        assert_eq!(model.downcast_ref::<TailProbability>(), Some(&tail));
        assert!(model.downcast_ref::<IsolationForest>().is_none());
    }

    #[test]
    fn a_model_scores_as_its_detector() {
        let forest = IsolationForest::params().seed(9).fit(&table()).unwrap();
        let model = Model::from(forest.clone());
        assert_eq!(model.score_table(&table()).unwrap(), forest.score_table(&table()).unwrap());
        assert_eq!(model.explain(&[4.0, 4.0]), forest.explain(&[4.0, 4.0]));
    }

    /// For all truncations of a stored model: refused, never a panic.
    #[test]
    fn a_stored_model_that_is_cut_short_is_refused() {
        let bytes = postcard::to_allocvec(&Model::fit("isolation-forest", &table(), 1).unwrap()).unwrap();
        for end in 0..bytes.len() {
            assert!(postcard::from_bytes::<Model>(&bytes[..end]).is_err(), "cut at {end}");
        }
    }
}
