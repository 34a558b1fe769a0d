//! The conformance suite: what every detector must survive and promise.
//!
//! Outsiders run it on their own detector with the `testing` feature:
//!
//! ```
//! use goodhart_detectors::{IsolationForest, testing::check_detector};
//!
//! check_detector("isolation-forest", |table, seed| IsolationForest::params().seed(seed).fit(table));
//! ```

use std::fmt::Debug;

use ndarray::{Array2, Axis};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Column, Detector, Error, Table};

/// Rows of the planted table, and how many of them, at its end, are planted.
const ROWS: usize = 400;
const PLANTED: usize = 8;

/// Runs every check on a detector that `fit` fits to a table with a seed.
///
/// 1. The same seed and the same rows in the same order give the same scores. (A detector that samples may give
///    others when the rows are reordered; that is not asked.)
/// 2. Saving and loading, in text and in bytes, changes no bit of a score or an explanation.
/// 3. Columns are matched by name: reordered columns and columns on top change nothing, a missing one is refused.
/// 4. A row scores the same alone and in any batch.
/// 5. An unavailable cell scores as the median.
/// 6. Explanations have a term for each column and sum to what `explained` says of the score.
/// 7. A single row, few rows, copies of rows, one column, many columns, mostly zero, constant and hardly varying columns, heavy tails, huge and
///    tiny values are survived with finite scores.
/// 8. Higher is stranger: planted outliers rank above the rest (area under the curve at least .95), the planted
///    columns lead the explanation, and `explained` rises with the score.
/// 9. A table without rows or without columns is refused.
///
/// # Panics
/// With the name of the detector and of the broken promise.
pub fn check_detector<D>(name: &str, fit: impl Fn(&Table, u64) -> Result<D, Error>)
where
    D: Detector + Serialize + DeserializeOwned,
{
    let table = planted();
    let model = fitted(name, fit(&table, 1));
    check_seed(name, &model, &fitted(name, fit(&table, 1)), &table);
    check_storage(name, &model, &table);
    check_names(name, &model, &table);
    check_alone(name, &model, &table);
    check_unavailable(name, &model, &table);
    check_explanation(name, &model, &table);
    check_hard_tables(name, &fit);
    check_direction(name, &model, &table);
    check_empty(name, &fit);
}

fn check_seed(name: &str, one: &impl Detector, two: &impl Detector, table: &Table) {
    assert_eq!(scores(name, one, table), scores(name, two, table), "{name}: same seed, same scores");
}

fn check_storage<D: Detector + Serialize + DeserializeOwned>(name: &str, model: &D, table: &Table) {
    let text = serde_json::to_string(model).unwrap_or_else(|error| panic!("{name}: to JSON: {error}"));
    let loaded = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: from JSON: {error}"));
    check_loaded(name, model, &loaded, table);
    let bytes = postcard::to_allocvec(model).unwrap_or_else(|error| panic!("{name}: to postcard: {error}"));
    let loaded =
        postcard::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: from postcard: {error}"));
    check_loaded(name, model, &loaded, table);
    let again = postcard::to_allocvec(&loaded).unwrap_or_else(|error| panic!("{name}: to postcard: {error}"));
    assert_eq!(bytes, again, "{name}: a loaded model stores the same bytes");
}

fn check_loaded<D: Detector>(name: &str, model: &D, loaded: &D, table: &Table) {
    assert_eq!(model.schema(), loaded.schema(), "{name}: save and load changes no column");
    assert_eq!(
        scores(name, model, table),
        scores(name, loaded, table),
        "{name}: save and load changes no score"
    );
    let row = row(table, ROWS - 1);
    assert_eq!(model.explain(&row), loaded.explain(&row), "{name}: save and load changes no explanation");
}

fn check_names(name: &str, model: &impl Detector, table: &Table) {
    let reversed: Vec<usize> = (0..table.n_columns()).rev().collect();
    let mut columns: Vec<Column> = reversed.iter().map(|&column| table.columns()[column].clone()).collect();
    columns.insert(0, Column::both("on-top"));
    let cells = |row: usize| reversed.iter().map(move |&column| table.get(row, column));
    let rows: Vec<Vec<_>> =
        (0..ROWS).map(|row| std::iter::once(Some(3.0)).chain(cells(row)).collect()).collect();
    let reordered = fitted(name, Table::from_options(columns, &rows));
    assert_eq!(scores(name, model, table), scores(name, model, &reordered), "{name}: columns go by name");
    let narrow = fitted(name, Table::from_options(vec![table.columns()[0].clone()], &[vec![None]]));
    let refused = matches!(model.score_table(&narrow), Err(Error::MissingColumn { .. }));
    assert!(refused, "{name}: a missing column is refused");
}

fn check_alone(name: &str, model: &impl Detector, table: &Table) {
    let together = model.score(table.values());
    for (index, score) in together.iter().enumerate() {
        assert_eq!(model.score_one(&row(table, index)), *score, "{name}: row {index} scores the same alone");
    }
    let some = table.values().select(Axis(0), &[ROWS - 1, 0, 5]);
    let expected = together.select(Axis(0), &[ROWS - 1, 0, 5]);
    assert_eq!(model.score(some.view()), expected, "{name}: a score does not depend on the batch");
}

fn check_unavailable(name: &str, model: &impl Detector, table: &Table) {
    let mut with_median = row(table, ROWS - 1);
    with_median[0] = model.schema().medians()[0];
    let expected = model.score_one(&with_median);
    let cells = with_median.iter().enumerate().map(|(column, value)| Some(*value).filter(|_| column > 0));
    let unavailable = fitted(name, Table::from_options(table.columns().to_vec(), &[cells.collect()]));
    assert_eq!(scores(name, model, &unavailable), [expected], "{name}: unavailable scores as the median");
    with_median[0] = f64::NAN;
    assert_eq!(model.score_one(&with_median), expected, "{name}: NaN in a bare row is unavailable");
    let nothing = model.score_one(&[]);
    assert_eq!(nothing, model.score_one(model.schema().medians()), "{name}: an empty row is all unavailable");
    let narrow = model.score(Array2::zeros((2, 0)).view());
    assert_eq!(narrow.to_vec(), [nothing; 2], "{name}: a matrix without columns is all unavailable");
}

fn check_explanation(name: &str, model: &impl Detector, table: &Table) {
    for index in 0..table.n_rows() {
        let row = row(table, index);
        let (terms, expected) = (model.explain(&row), model.explained(model.score_one(&row)));
        assert_eq!(terms.len(), row.len(), "{name}: a term for each column");
        let sum: f64 = terms.iter().sum();
        let close = (sum - expected).abs() <= 1e-9 * (1.0 + expected.abs());
        assert!(close, "{name}: row {index}: terms sum to {sum}, promised {expected}");
    }
}

fn check_hard_tables<D: Detector>(name: &str, fit: &impl Fn(&Table, u64) -> Result<D, Error>) {
    for (what, table) in hard_tables() {
        let model = fitted(name, fit(&table, 2));
        for score in scores(name, &model, &table) {
            assert!(score.is_finite(), "{name}: {what}: score {score}");
        }
        check_explanation(&format!("{name}: {what}"), &model, &table);
        for value in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY] {
            let score = model.score_one(&vec![value; table.n_columns()]);
            assert!(score.is_finite(), "{name}: {what}: score {score} of {value}");
        }
    }
}

fn check_direction(name: &str, model: &impl Detector, table: &Table) {
    let scores = scores(name, model, table);
    let (ordinary, strange) = scores.split_at(ROWS - PLANTED);
    let area = area_under_curve(ordinary, strange);
    assert!(area >= 0.95, "{name}: planted outliers rank high: area {area}");
    for index in ROWS - PLANTED..ROWS {
        let terms = model.explain(&row(table, index));
        let others = terms[2..].iter().copied().fold(f64::MIN, f64::max);
        assert!(terms[0].max(terms[1]) > others, "{name}: row {index}: a planted column leads: {terms:?}");
    }
    let mut sorted = scores;
    sorted.sort_by(f64::total_cmp);
    let rising = sorted.windows(2).all(|pair| model.explained(pair[0]) <= model.explained(pair[1]));
    assert!(rising, "{name}: explained rises with the score");
}

fn check_empty<D: Debug>(name: &str, fit: &impl Fn(&Table, u64) -> Result<D, Error>) {
    let no_rows = fitted(name, Table::from_options(vec![Column::both("a")], &[]));
    let no_columns = fitted(name, Table::from_options(vec![], &[vec![]]));
    for table in [no_rows, no_columns] {
        assert!(matches!(fit(&table, 0), Err(Error::Empty { .. })), "{name}: an empty table is refused");
    }
}

/// Normal columns of all directions, one constant and one of few counts; the last rows are far out on the strange
/// side of the first two columns.
fn planted() -> Table {
    let columns = vec![
        Column::higher("planted-high"),
        Column::lower("planted-low"),
        Column::both("either"),
        Column::higher("constant"),
        Column::both("count"),
    ];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(42);
    let values = Array2::from_shape_fn((ROWS, columns.len()), |(row, column)| match column {
        0 => bell(&mut rng) + if is_planted(row) { 9.0 } else { 0.0 },
        1 => bell(&mut rng) - if is_planted(row) { 9.0 } else { 0.0 },
        2 => bell(&mut rng),
        3 => 1.5,
        _ => f64::from(rng.gen_range(0_u8..3)),
    });
    fitted("planted table", Table::new(columns, values))
}

fn is_planted(row: usize) -> bool {
    row >= ROWS - PLANTED
}

/// About normal: the sum of twelve uniforms, centred, has the variance 1.
fn bell(rng: &mut Xoshiro256PlusPlus) -> f64 {
    (0..12).map(|_| rng.gen_range(0.0..1.0)).sum::<f64>() - 6.0
}

fn hard_tables() -> Vec<(&'static str, Table)> {
    let table = |rows, columns, cell: fn((usize, usize)) -> f64| {
        fitted("hard table", Table::unnamed(Array2::from_shape_fn((rows, columns), cell)))
    };
    vec![
        ("a single row", table(1, 3, |(_, column)| column as f64)),
        ("two rows", table(2, 1, |(row, _)| row as f64)),
        ("fewer rows than a sample", table(37, 2, |(row, column)| (row * (column + 3) % 11) as f64)),
        ("one column", table(300, 1, |(row, _)| (row * 37 % 101) as f64)),
        (
            "counts that are mostly zero",
            table(300, 3, |(row, column)| if row % 10 < 9 { 0.0 } else { (row * (column + 1) % 7) as f64 }),
        ),
        ("five rows in many copies", table(300, 4, |(row, column)| ((row % 5) * (column + 1)) as f64)),
        ("equal rows", table(300, 2, |(_, column)| column as f64)),
        ("two distinct rows", table(300, 2, |(row, _)| f64::from(u8::from(row == 7)))),
        ("the ends of the range", table(64, 2, |(row, _)| [f64::MIN, -1.0, 1.0, f64::MAX][row % 4])),
        ("the smallest numbers", table(64, 2, |(row, column)| f64::from_bits((row * (column + 1)) as u64))),
        ("more columns than rows", table(3, 50, |(row, column)| (row * column) as f64)),
        ("many columns", table(40, 500, |(row, column)| ((row * (column + 3) + column) % 13) as f64)),
        (
            "a column that hardly varies",
            table(200, 2, |(row, column)| {
                if column == 0 { 1.0 + f64::from(u8::from(row == 3)) * f64::EPSILON } else { row as f64 }
            }),
        ),
        (
            "heavy tails",
            table(200, 2, |(row, column)| ((row * (column + 7)) % 199 + 1) as f64 * 1e200 / (row + 1) as f64),
        ),
        (
            "never available",
            fitted("hard table", Table::from_options(vec![Column::both("a")], &[vec![None]])),
        ),
    ]
}

/// Share of pairs in which the strange row scores above the ordinary one, ties counting half.
fn area_under_curve(ordinary: &[f64], strange: &[f64]) -> f64 {
    let pairs = strange.iter().flat_map(|s| ordinary.iter().map(move |o| (s, o)));
    let won: f64 = pairs.map(|(s, o)| f64::from(u8::from(s > o)) + 0.5 * f64::from(u8::from(s == o))).sum();
    won / (ordinary.len() * strange.len()) as f64
}

fn scores(name: &str, model: &impl Detector, table: &Table) -> Vec<f64> {
    fitted(name, model.score_table(table)).to_vec()
}

fn row(table: &Table, index: usize) -> Vec<f64> {
    table.values().row(index).to_vec()
}

fn fitted<T>(name: &str, result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{name}: {error}"))
}
