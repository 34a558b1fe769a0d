//! The detectors on the sets of ADBench "Classical": how well they rank, and what they cost.
//!
//! Han et al.: ADBench: Anomaly Detection Benchmark, NeurIPS 2022. A set is a file `NAME.npz` with `X` (rows, columns)
//! and `y` (1 for an anomaly). Nothing is learned from `y`.

use std::fs::File;
use std::path::{Path, PathBuf};

use goodhart_detectors::{
    Detector, Ensemble, Model, NearestNeighbors, RollingForest, Table, adapters, catalog,
};
use goodhart_evaluation::metrics::{Item, auroc, average_precision};
use ndarray::{Array1, Array2, Axis};
use ndarray_npy::NpzReader;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Rows that a stream begins with.
const FIRST: usize = 256;

type Fit = dyn Fn(&Table, u64) -> Result<Box<dyn Detector>> + Send + Sync;

/// One benchmark set.
pub struct Set {
    /// Name of its file.
    pub name: String,
    rows: Array2<f64>,
    strange: Vec<bool>,
}

/// Something that fits a table with a seed.
pub struct Contender {
    /// Its row in the output.
    pub name: &'static str,
    fit: Box<Fit>,
}

/// How well one contender ranks one set.
#[derive(Clone, Copy)]
pub struct Quality {
    /// Area under the curve of true over false positives.
    pub auroc: f64,
    /// Average precision.
    pub average_precision: f64,
}

/// Which rows are fitted and which are scored.
#[derive(Clone, Copy)]
pub enum Split {
    /// All rows are both.
    Transductive,
    /// The ordinary ones of every other row are fitted, the rest is scored.
    CleanTrain,
}

/// What PyOD 3.6 and its peers reach with their defaults, mean AUROC and average precision over the same sets,
/// transductive.
pub const PEERS: &[(&str, f64, f64)] = &[
    ("PyOD MCD (42 sets)", 0.778, 0.399),
    ("PyOD IForest", 0.771, 0.407),
    ("PyOD INNE", 0.760, 0.362),
    ("PyOD COPOD", 0.749, 0.362),
    ("PyOD CBLOF (42 sets)", 0.746, 0.365),
    ("PyOD OCSVM", 0.744, 0.379),
    ("PyOD HBOS", 0.744, 0.372),
    ("PyOD ECOD", 0.743, 0.369),
    ("PyOD PCA", 0.732, 0.376),
    ("PyOD KNN", 0.731, 0.325),
    ("PyOD LOF", 0.651, 0.235),
    ("isotree IF", 0.765, 0.406),
    ("isotree EIF, ndim 3", 0.776, 0.405),
    ("isotree FCF, ndim 2, depth 8", 0.784, 0.421),
];

impl Set {
    /// Reads a set.
    ///
    /// # Errors
    /// Of the file, or when it holds no `X` and `y` of one length.
    pub fn read(path: &Path) -> Result<Self> {
        let mut file = NpzReader::new(File::open(path)?)?;
        let rows: Array2<f32> = file.by_name("X")?;
        let labels: Array1<u8> = file.by_name("y")?;
        if rows.nrows() != labels.len() {
            return Err(format!("{}: {} rows, {} labels", path.display(), rows.nrows(), labels.len()).into());
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let strange = labels.iter().map(|label| *label == 1).collect();
        Ok(Set { name, rows: rows.mapv(f64::from), strange })
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.rows.nrows()
    }

    /// The rows as a table.
    ///
    /// # Errors
    /// When a cell is not finite.
    pub fn table(&self) -> Result<Table> {
        Ok(Table::unnamed(self.rows.clone())?)
    }

    /// Which rows are anomalies.
    pub fn strange(&self) -> &[bool] {
        &self.strange
    }

    /// Fits and scores.
    ///
    /// # Errors
    /// Of the detector, or when the set holds rows of one kind only.
    pub fn measure(&self, contender: &Contender, split: Split, seed: u64) -> Result<Quality> {
        let (train, test) = self.split(split);
        let table = |places: &[usize]| Table::unnamed(self.rows.select(Axis(0), places));
        let model = (contender.fit)(&table(&train)?, seed)?;
        let scores = model.score_table(&table(&test)?)?;
        self.quality(test.into_iter().zip(scores))
    }

    /// Scores the rows as a stream in scattered order, each by what came before it; the first ones by themselves.
    ///
    /// # Errors
    /// Of the detector, or when the set holds rows of one kind only.
    pub fn stream(&self, seed: u64) -> Result<Quality> {
        let mut order: Vec<usize> = (0..self.rows.nrows()).collect();
        order.sort_by_key(|row| shuffled(*row as u64 ^ seed));
        let rows = self.rows.select(Axis(0), &order);
        let (first, rest) = rows.view().split_at(Axis(0), FIRST.min(rows.nrows()));
        let mut forest = RollingForest::params().seed(seed).fit(&first)?;
        let scores = [forest.score(first), forest.update(rest)];
        self.quality(order.into_iter().zip(scores.iter().flatten().copied()))
    }

    /// How well scores rank the rows that they belong to.
    fn quality(&self, scores: impl Iterator<Item = (usize, f64)>) -> Result<Quality> {
        let items: Vec<Item> = scores.map(|(row, score)| Item::new(self.strange[row], score)).collect();
        let quality = |(auroc, average_precision)| Quality { auroc, average_precision };
        let both = auroc(&items).zip(average_precision(&items));
        both.map(quality).ok_or_else(|| format!("{}: rows of one kind only", self.name).into())
    }

    fn split(&self, split: Split) -> (Vec<usize>, Vec<usize>) {
        let all = 0..self.rows.nrows();
        match split {
            Split::Transductive => (all.clone().collect(), all.collect()),
            Split::CleanTrain => {
                // The sets are sorted by label here and there; a hash of the place decides, not the place itself.
                let half = |row: &usize| (shuffled(*row as u64) >> 40).is_multiple_of(2);
                let (train, test): (Vec<_>, Vec<_>) = all.partition(half);
                (train.into_iter().filter(|row| !self.strange[*row]).collect(), test)
            }
        }
    }
}

/// The place of a row, scattered over all numbers.
fn shuffled(place: u64) -> u64 {
    place.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Contender {
    /// Of a name and a fit.
    pub fn new<D: Detector>(
        name: &'static str,
        fit: impl Fn(&Table, u64) -> std::result::Result<D, goodhart_detectors::Error> + Send + Sync + 'static,
    ) -> Self {
        Contender { name, fit: Box::new(move |table, seed| Ok(Box::new(fit(table, seed)?))) }
    }

    /// Fits.
    ///
    /// # Errors
    /// Of the detector.
    pub fn fit(&self, table: &Table, seed: u64) -> Result<Box<dyn Detector>> {
        (self.fit)(table, seed)
    }
}

/// Every registered detector with its defaults, and variants of interest; the adapters too, if wanted.
pub fn contenders(with_adapters: bool) -> Vec<Contender> {
    let registered = |name| Contender::new(name, move |table, seed| Model::fit(name, table, seed));
    let adapters = if with_adapters { adapters::catalog() } else { &[] };
    let entries = catalog().iter().chain(adapters);
    let mut contenders: Vec<Contender> = entries.map(|entry| registered(entry.name)).collect();
    contenders.push(Contender::new("ensemble, cheap", |table, seed| Ensemble::cheap().seed(seed).fit(table)));
    contenders.push(Contender::new("nearest-neighbors, k 5", |table, _| {
        NearestNeighbors::params().neighbors(5).fit(table)
    }));
    contenders
}

/// The sets of a folder, in the order of their numbers.
///
/// # Errors
/// Of the folder, or when it holds no set.
pub fn sets(folder: &Path) -> Result<Vec<PathBuf>> {
    let files = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    let mut sets: Vec<PathBuf> = files.into_iter().map(|file| file.path()).collect();
    sets.retain(|path| path.extension().is_some_and(|extension| extension == "npz"));
    sets.sort_by_key(|path| number(path));
    if sets.is_empty() { Err(format!("{}: no .npz file", folder.display()).into()) } else { Ok(sets) }
}

fn number(path: &Path) -> (u32, PathBuf) {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let digits = name.split('_').next().and_then(|digits| digits.parse().ok());
    (digits.unwrap_or(u32::MAX), path.to_owned())
}
