//! `fit`, the baselines that it writes, and `evaluate`.

use std::fs;

use crate::support::{Folder, SAMPLE, goodhart, root};

#[test]
fn a_fitted_baseline_judges_and_says_what_it_is() {
    let folder = Folder::new();
    let output = format!("{}/mine.bin", folder.path());
    let fit = goodhart(&["fit", SAMPLE, "--output", &output, "--seed", "7"]);
    assert_eq!((fit.code, fit.stdout.as_str()), (0, ""), "{fit:?}");
    assert!(fit.stderr.contains("kind            fitted"), "{}", fit.stderr);
    let run = goodhart(&["scan", SAMPLE, "--baseline", &output, "--all", "--format", "jsonl"]);
    assert!(run.stderr.contains("nobody vouches for the reference"), "{}", run.stderr);
    assert!(
        run.rows().iter().all(|row| row["reference"]["kind"] == "fitted" && row["keys"]["rarity"] != "fdr")
    );
}

#[test]
fn the_same_logs_and_seed_give_the_same_bytes() {
    let folder = Folder::new();
    let fit = |name: &str, seed: &str, threads: &str| {
        let output = format!("{}/{name}", folder.path());
        let run = goodhart(&[
            "fit",
            SAMPLE,
            "--declared-clean",
            "--output",
            &output,
            "--seed",
            seed,
            "--threads",
            threads,
        ]);
        assert_eq!(run.code, 0, "{run:?}");
        fs::read(output).unwrap()
    };
    let first = fit("a", "1", "1");
    assert!(first == fit("b", "1", "4"), "the baseline depends on the number of threads");
    assert!(first != fit("c", "2", "1"), "the seed changes nothing");
}

#[test]
fn a_batch_can_be_its_own_reference() {
    let rows = goodhart(&["scan", SAMPLE, "--baseline", "self", "--all", "--format", "jsonl"]).rows();
    assert!(rows.iter().all(|row| row["reference"]["kind"] == "self"));
}

#[test]
fn findings_and_steps_are_predictions_that_can_be_measured() {
    let folder = Folder::new();
    let scan = goodhart(&["scan", SAMPLE, "--all", "--format", "jsonl"]).stdout;
    let predictions = folder.write("mine.jsonl", &(scan + &goodhart(&["steps", SAMPLE]).stdout));
    let labels = root().join("datasets/sample/labels-eval.jsonl");
    let named = format!("mine={predictions}");
    let arguments = ["evaluate", "--labels", labels.to_str().unwrap(), "--pred", &named, "--brief"];
    let text = goodhart(&arguments);
    assert!(text.code == 0 && text.stdout.contains("    mine "), "{text:?}");
    let json = goodhart(&[&arguments[..], &["--format", "json"]].concat()).rows().remove(0);
    assert!(
        json["tables"][0]["rows"].as_array().unwrap().iter().any(|row| row["predictor"] == "mine"),
        "{json}"
    );
}
