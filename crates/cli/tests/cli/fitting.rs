//! `fit`, the baselines that it writes, `baseline`, and `evaluate`.

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

/// A baseline of the sample, and its path.
fn fit(folder: &Folder, name: &str, more: &[&str]) -> String {
    let output = format!("{}/{name}", folder.path());
    let run = goodhart(&[&["fit", SAMPLE, "--output", &output], more].concat());
    assert_eq!(run.code, 0, "{run:?}");
    output
}

#[test]
fn detectors_are_chosen_by_name() {
    let folder = Folder::new();
    let five = fit(&folder, "five", &["--detectors", "ensemble"]);
    let shown = goodhart(&["baseline", "show", &five]);
    assert!(shown.code == 0 && shown.stdout.contains("detectors       ensemble\n"), "{shown:?}");
    let rows = goodhart(&["scan", SAMPLE, "--baseline", &five, "--all", "--format", "jsonl"]).rows();
    let drivers = rows.iter().flat_map(|row| row["drivers"].as_array().unwrap());
    let known =
        |driver: &serde_json::Value| driver["combination"].is_number() && driver["percentile"].is_number();
    assert!(drivers.clone().count() > 0 && drivers.clone().all(known));
    let refused = goodhart(&["fit", SAMPLE, "--output", &five, "--detectors", "oracle"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("expected one of [isolation-forest"), "{refused:?}");
}

#[test]
fn a_baseline_shows_what_it_is_and_what_is_usual() {
    let embedded = goodhart(&["baseline", "show"]);
    assert_eq!((embedded.code, embedded.stderr.as_str()), (0, ""), "{embedded:?}");
    for part in ["kind            embedded", "fingerprint", "95 % score at most", "what is usual", "novelty"]
    {
        assert!(embedded.stdout.contains(part), "{part}: {}", embedded.stdout);
    }
    let folder = Folder::new();
    let broken = folder.write("broken.bin", "no baseline");
    let refused = goodhart(&["baseline", "show", &broken]);
    assert!(refused.code == 2 && refused.stderr.contains("expected label"), "{refused:?}");
}

#[test]
fn two_baselines_are_compared_and_merged() {
    let folder = Folder::new();
    let mine = fit(&folder, "mine", &["--declared-clean"]);
    let same = goodhart(&["baseline", "compare", &mine, &mine]);
    assert!(same.stdout.ends_with("are the same\n"), "{same:?}");
    let other = goodhart(&["baseline", "compare", &mine, "embedded"]);
    assert!(other.code == 0 && other.stdout.contains("scores differ by at most"), "{other:?}");

    let output = format!("{}/both", folder.path());
    let merged = goodhart(&["baseline", "merge", &mine, "embedded", "--output", &output]);
    assert!(merged.code == 0 && merged.stderr.contains("kind            declared_clean"), "{merged:?}");
    let sessions = |file: &str| {
        let text = goodhart(&["baseline", "show", file]).stdout;
        let line = text.lines().find(|line| line.starts_with("sessions")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(sessions(&output), sessions(&mine) + sessions("embedded"));
    let scan = goodhart(&["scan", SAMPLE, "--baseline", &output, "--all", "--format", "jsonl"]);
    assert!(scan.rows().iter().all(|row| row["reference"]["kind"] == "declared_clean"));

    let refused = goodhart(&["baseline", "merge", &mine, &mine, "--output", &output]);
    assert!(refused.code == 2 && refused.stderr.contains("expected two different baselines"), "{refused:?}");
    assert_eq!(goodhart(&["baseline", "merge", &mine, "--output", &output]).code, 2);
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
