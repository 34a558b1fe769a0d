//! A centre and the inverse root of a covariance: squared Mahalanobis distances and their split over the columns.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::{Error, schema::stored};

/// Added to the diagonal, as a share of the mean variance: a constant column, or more columns than rows, leave a
/// covariance that has no inverse.
const RIDGE: f64 = 1e-3;
/// Rows that are measured side by side.
const ABREAST: usize = 8;

/// `|W (z - center)|^2` with `W` lower triangular, `W^T W` the inverse covariance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredEllipsoid")]
pub(crate) struct Ellipsoid {
    center: Vec<f64>,
    /// The rows of `W` up to the diagonal, one after the other.
    root: Vec<f64>,
}

impl Ellipsoid {
    /// Mean and ridged covariance of rows, at least one.
    pub(crate) fn fit(rows: ArrayView2<'_, f64>) -> Self {
        let center = rows.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(rows.ncols()));
        let centered = &rows - &center;
        let mut covariance = centered.t().dot(&centered) / rows.nrows().max(1) as f64;
        let mean_variance = covariance.diag().mean().filter(|variance| *variance > 0.0).unwrap_or(1.0);
        covariance.diag_mut().mapv_inplace(|variance| variance + RIDGE * mean_variance);
        Ellipsoid { center: center.to_vec(), root: inverse_root(covariance) }
    }

    /// Of a centre and a covariance that has an inverse.
    #[cfg(feature = "linfa-adapters")]
    pub(crate) fn of(center: Vec<f64>, covariance: Array2<f64>) -> Self {
        Ellipsoid { center, root: inverse_root(covariance) }
    }

    /// Half the logarithm of the determinant of the inverse covariance.
    #[cfg(feature = "linfa-adapters")]
    pub(crate) fn half_log_determinant(&self) -> f64 {
        lines(&self.root).filter_map(|line| line.last()).map(|value| value.ln()).sum()
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.center.len()
    }

    /// The squared distances of many rows, by a matrix product: for fitting only, where the last bit is free.
    pub(crate) fn distances_of(&self, rows: ArrayView2<'_, f64>) -> Vec<f64> {
        let mut root = Array2::zeros((self.n_columns(), self.n_columns()));
        for (line, mut full) in lines(&self.root).zip(root.rows_mut()) {
            full.iter_mut().zip(line).for_each(|(cell, value)| *cell = *value);
        }
        let centered = &rows - &ArrayView1::from(&self.center);
        centered.dot(&root.t()).rows().into_iter().map(|row| row.dot(&row)).collect()
    }

    /// The squared distance of one row.
    pub(crate) fn distance(&self, row: &[f64]) -> f64 {
        let centered = self.centered(row);
        self.whitened(&centered).map(|value| value * value).sum()
    }

    /// The squared distances of rows that lie one after the other, each as [`distance`](Self::distance) to the last bit: the sums
    /// of several rows run side by side, each in the same order as alone.
    pub(crate) fn distances(&self, rows: &[f64], distances: &mut [f64]) {
        let width = self.n_columns();
        let mut block = vec![[0.0; ABREAST]; width];
        for (rows, distances) in rows.chunks(ABREAST * width).zip(distances.chunks_mut(ABREAST)) {
            for (place, row) in rows.chunks_exact(width).enumerate() {
                let values = block.iter_mut().zip(row).zip(&self.center);
                values.for_each(|((cell, value), center)| cell[place] = value - center);
            }
            let sums = self.sums(&block);
            distances.iter_mut().zip(sums).for_each(|(distance, sum)| *distance = sum);
        }
    }

    /// `(z - center)_j (P (z - center))_j`, which sum to the squared distance.
    pub(crate) fn terms(&self, row: &[f64]) -> Vec<f64> {
        let centered = self.centered(row);
        let mut pulls = vec![0.0; centered.len()];
        for (line, white) in lines(&self.root).zip(self.whitened(&centered)) {
            pulls.iter_mut().zip(line).for_each(|(pull, value)| *pull += value * white);
        }
        centered.iter().zip(pulls).map(|(value, pull)| value * pull).collect()
    }

    /// `(P (z - center))_j / sqrt(P_jj)`: how far each value lies from what the other values let expect, in the deviations
    /// that are left when they are known.
    pub(crate) fn conditional(&self, row: &[f64]) -> Vec<f64> {
        let centered = self.centered(row);
        let (mut pulls, mut precisions) = (vec![0.0; centered.len()], vec![0.0; centered.len()]);
        for (line, white) in lines(&self.root).zip(self.whitened(&centered)) {
            for ((pull, precision), weight) in pulls.iter_mut().zip(&mut precisions).zip(line) {
                *pull += weight * white;
                *precision += weight * weight;
            }
        }
        pulls.iter().zip(precisions).map(|(pull, precision): (&f64, f64)| pull / precision.sqrt()).collect()
    }

    fn centered(&self, row: &[f64]) -> Vec<f64> {
        row.iter().zip(&self.center).map(|(value, center)| value - center).collect()
    }

    fn whitened<'a>(&'a self, centered: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        lines(&self.root)
            .map(move |line| line.iter().zip(centered).fold(0.0, |sum, (w, value)| sum + w * value))
    }

    fn sums(&self, block: &[[f64; ABREAST]]) -> [f64; ABREAST] {
        let mut sums = [0.0; ABREAST];
        for line in lines(&self.root) {
            let mut white = [0.0; ABREAST];
            for (weight, values) in line.iter().zip(block) {
                white.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
            }
            sums.iter_mut().zip(white).for_each(|(sum, value)| *sum += value * value);
        }
        sums
    }
}

/// The rows of a packed triangle: one value, two values, three values.
fn lines(packed: &[f64]) -> impl Iterator<Item = &[f64]> {
    let mut rest = packed;
    (1..).map_while(move |length| {
        let (line, others) = rest.split_at_checked(length)?;
        rest = others;
        Some(line)
    })
}

/// The inverse of the Cholesky factor, packed. The ridge keeps the pivots positive; where rounding does not, the least pivot
/// stands in.
fn inverse_root(covariance: Array2<f64>) -> Vec<f64> {
    let d = covariance.nrows();
    let least = covariance.diag().iter().copied().fold(f64::INFINITY, f64::min) * 1e-6;
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(d);
    for i in 0..d {
        let mut line = Vec::with_capacity(i + 1);
        for j in 0..i {
            let value = (covariance[(i, j)] - product(&line, &factor[j][..j])) / factor[j][j];
            line.push(value);
        }
        let pivot = covariance[(i, i)] - product(&line, &line);
        line.push(pivot.max(least).sqrt());
        factor.push(line);
    }
    invert(&factor)
}

/// Column by column of the inverse, kept as rows so that every sum runs over neighbours in memory.
fn invert(factor: &[Vec<f64>]) -> Vec<f64> {
    let d = factor.len();
    let mut columns: Vec<Vec<f64>> = Vec::with_capacity(d);
    for j in 0..d {
        let mut column = Vec::with_capacity(d - j);
        column.push(factor[j][j].recip());
        for (i, line) in factor.iter().enumerate().skip(j + 1) {
            let value = -product(&line[j..i], &column) / line[i];
            column.push(value);
        }
        columns.push(column);
    }
    (0..d).flat_map(|i| columns[..=i].iter().enumerate().map(move |(j, column)| column[i - j])).collect()
}

/// In eight sums: one would wait for itself at every step.
fn product(one: &[f64], two: &[f64]) -> f64 {
    let mut sums = [0.0; ABREAST];
    let (chunks, others) = (one.chunks_exact(ABREAST), two.chunks_exact(ABREAST));
    let rest: f64 = chunks.remainder().iter().zip(others.remainder()).map(|(x, y)| x * y).sum();
    for (one, two) in chunks.zip(others) {
        sums.iter_mut().zip(one.iter().zip(two)).for_each(|(sum, (x, y))| *sum += x * y);
    }
    sums.iter().sum::<f64>() + rest
}

/// As it was written, before it is believed.
#[derive(Deserialize)]
struct StoredEllipsoid {
    center: Vec<f64>,
    root: Vec<f64>,
}

impl TryFrom<StoredEllipsoid> for Ellipsoid {
    type Error = Error;

    fn try_from(StoredEllipsoid { center, root }: StoredEllipsoid) -> Result<Self, Error> {
        let d = center.len();
        let small = |value: &f64| value.abs() < 1e60;
        if root.len() != d * (d + 1) / 2 || !center.iter().chain(&root).all(small) {
            let found = format!("{} values for {d} columns", root.len());
            return Err(stored("covariance", "a triangle of numbers", found));
        }
        Ok(Ellipsoid { center, root })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::Ellipsoid;

    /// By hand: covariance [[2, 1], [1, 1]] of these rows, whose inverse is [[1, -1], [-1, 2]]; the ridge is 1.5e-3.
    #[test]
    fn distances_are_those_of_the_inverse_covariance() {
        let rows = array![[2.0, 1.0], [-2.0, -1.0], [0.0, 1.0], [0.0, -1.0]];
        let ellipsoid = Ellipsoid::fit(rows.view());
        for (row, expected) in [([1.0, 0.0], 1.0), ([0.0, 1.0], 2.0), ([1.0, 1.0], 1.0)] {
            assert!((ellipsoid.distance(&row) - expected).abs() < 0.02, "{row:?}");
            assert!((ellipsoid.terms(&row).iter().sum::<f64>() - ellipsoid.distance(&row)).abs() < 1e-12);
        }
    }

    /// The same covariance by hand: given the second value, the first has the mean of it and the variance 2 - 1 = 1; given the
    /// first, the second has half of it and the variance 1 - 1/2.
    #[test]
    fn a_conditional_deviation_is_that_from_what_the_others_let_expect() {
        let rows = array![[2.0, 1.0], [-2.0, -1.0], [0.0, 1.0], [0.0, -1.0]];
        let conditional = Ellipsoid::fit(rows.view()).conditional(&[1.0, -1.0]);
        assert!((conditional[0] - 2.0).abs() < 0.02, "{conditional:?}");
        assert!((conditional[1] + 1.5 / 0.5_f64.sqrt()).abs() < 0.02, "{conditional:?}");
    }

    #[test]
    fn together_rows_are_as_far_as_each_alone() {
        let rows = Array2::from_shape_fn((37, 21), |(row, column)| ((row * (7 + column)) % 31) as f64);
        let ellipsoid = Ellipsoid::fit(rows.view());
        let mut together = vec![0.0; 37];
        ellipsoid.distances(rows.as_slice().unwrap(), &mut together);
        let products = ellipsoid.distances_of(rows.view());
        for (place, row) in rows.rows().into_iter().enumerate() {
            let alone = ellipsoid.distance(&row.to_vec());
            assert_eq!(alone, together[place]);
            assert!((alone - products[place]).abs() < 1e-9 * (1.0 + alone));
        }
    }

    #[test]
    fn a_stored_triangle_that_is_none_is_refused() {
        for stored in [r#"{"center":[0.0],"root":[]}"#, r#"{"center":[0.0],"root":[1e80]}"#] {
            let refused = serde_json::from_str::<Ellipsoid>(stored).unwrap_err().to_string();
            assert!(refused.contains("stored covariance"), "{refused}");
        }
    }
}
