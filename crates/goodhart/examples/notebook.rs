//! In a notebook: the feature matrix of a folder of logs, and a detector of linfa's kind on it.
//!
//! ```text
//! cargo run -p goodhart --features fit --example notebook [FOLDER]
//! ```

#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::error::Error;

use goodhart::detectors::{Detector, IsolationForest};
use goodhart::features::Direction;
use goodhart::prelude::*;
use linfa::DatasetBase;
use linfa::traits::Predict;
use ndarray::Array2;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample/projects");

fn main() -> Result<(), Box<dyn Error>> {
    run(&std::env::args().nth(1).unwrap_or_else(|| SAMPLE.to_owned()))
}

fn run(folder: &str) -> Result<(), Box<dyn Error>> {
    let Scan { sessions, .. } = Batch::new(Baseline::embedded()).profiles(&[folder])?;

    // The columns that speak for looping, as far as every session has them; `goodhart catalog features` lists all.
    let columns: Vec<usize> = (0..FEATURES.len())
        .filter(|&column| FEATURES[column].looping != Direction::Neutral)
        .filter(|&column| sessions.iter().all(|session| session.profile.features[column].is_some()))
        .collect();
    let names: Vec<&str> = columns.iter().map(|&column| FEATURES[column].id).collect();

    // Shape (n_sessions, n_features).
    let cell =
        |(row, column): (usize, usize)| sessions[row].profile.features[columns[column]].unwrap_or(f64::NAN);
    let matrix = Array2::from_shape_fn((sessions.len(), columns.len()), cell);
    println!("session_id,{}", names.join(","));
    for (session, row) in sessions.iter().zip(matrix.rows()).take(3) {
        let values: Vec<String> = row.iter().map(|value| format!("{value:.3}")).collect();
        println!("{},{}", session.meta.session_id, values.join(","));
    }

    // Any detector with linfa's traits will do; higher is stranger. The same seed gives the same forest.
    let dataset = DatasetBase::from(matrix).with_feature_names(names.clone());
    let forest: IsolationForest = IsolationForest::params().trees(200).seed(7).fit(&dataset)?;
    let scores = forest.predict(&dataset);

    let mut order: Vec<usize> = (0..sessions.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    println!("\nthe strangest sessions, and the column that made them so");
    for row in order.into_iter().take(5) {
        let terms = forest.explain(dataset.records().row(row).to_vec().as_slice());
        let most = (0..names.len()).max_by(|&a, &b| terms[a].total_cmp(&terms[b]));
        let most = most.map_or("-", |column| names[column]);
        println!("{:.3}  {}  {most}", scores[row], sessions[row].meta.session_id);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs_on_the_sample() {
        super::run(super::SAMPLE).unwrap();
    }
}
