//! The space that distances are taken in: robust scale, single precision.

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Schema,
    neighbors::{Neighbor, Reference},
    scale::Scale,
    schema::{expect_stored, stored},
};

/// Beyond twenty deviations "farther" says nothing more.
pub(crate) const CLIP: f64 = 20.0;

/// Columns, and the scale that makes them comparable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredDistances")]
pub(crate) struct Distances {
    schema: Schema,
    scale: Scale,
}

impl Distances {
    pub(crate) fn new(schema: Schema, scale: Scale) -> Self {
        Distances { schema, scale }
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// One row as a query.
    pub(crate) fn row(&self, row: &[f64]) -> Array2<f32> {
        let values: Vec<f32> = self.scale.row(&self.schema, row).map(|value| value as f32).collect();
        Array2::from_shape_fn((1, values.len()), |(_, column)| values[column])
    }

    /// Rows as queries, or as a reference.
    pub(crate) fn rows(&self, rows: ArrayView2<'_, f64>) -> Array2<f32> {
        self.scale.rows(&self.schema, rows).mapv(|value| value as f32)
    }

    /// Whether a stored reference is of this space.
    ///
    /// # Errors
    /// [`Error::Stored`] for another number of columns.
    pub(crate) fn expect_width(&self, reference: &Reference) -> Result<(), Error> {
        expect_stored("columns of the reference", self.schema.columns().len(), reference.n_columns())
    }
}

impl Reference {
    /// Adds a score to the columns in proportion to the squared differences between query and neighbours.
    pub(crate) fn share_out(
        &self,
        query: ArrayView1<'_, f32>,
        neighbors: &[Neighbor],
        score: f64,
        terms: &mut [f64],
    ) {
        let query = query.to_slice().unwrap_or(&[]);
        let mut sums = vec![0.0; terms.len()];
        for neighbor in neighbors {
            sums.iter_mut().zip(self.squares(query, neighbor.row)).for_each(|(sum, square)| *sum += square);
        }
        let all: f64 = sums.iter().sum();
        if all > 0.0 {
            terms.iter_mut().zip(sums).for_each(|(term, sum)| *term += score * sum / all);
        }
    }
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredDistances {
    schema: Schema,
    scale: Scale,
}

impl TryFrom<StoredDistances> for Distances {
    type Error = Error;

    fn try_from(StoredDistances { schema, scale }: StoredDistances) -> Result<Self, Error> {
        scale.expect_of(&schema)?;
        if scale.clip() > CLIP {
            return Err(stored("clip", format!("at most {CLIP}"), scale.clip()));
        }
        Ok(Distances { schema, scale })
    }
}
