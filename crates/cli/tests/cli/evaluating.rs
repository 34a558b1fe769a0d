//! Predictions against labels, from end to end: the labels of the sample, findings and steps as they are printed.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{Folder, SAMPLE, goodhart, root};

const LABELS: &str = "datasets/sample/labels.jsonl";
const TARGETS: &str = "datasets/sample/labels-eval.jsonl";

/// What `scan` and `steps` print of the sample, in one file.
fn predictions(folder: &Folder) -> String {
    let findings = goodhart(&["scan", SAMPLE, "--all", "--format", "jsonl"]).stdout;
    let steps = goodhart(&["steps", SAMPLE, "--format", "jsonl"]).stdout;
    folder.write("predictions.jsonl", findings + &steps)
}

fn evaluate(folder: &Folder, rest: &[&str]) -> String {
    let predictions = format!("goodhart={}", predictions(folder));
    let run = goodhart(&[&["evaluate", "--pred", &predictions, "--brief", "--labels"], rest].concat());
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}

#[test]
fn generated_labels_and_targets_are_read_together() {
    let folder = Folder::new();
    let report: Value =
        serde_json::from_str(&evaluate(&folder, &[LABELS, TARGETS, "--format", "json"])).unwrap();
    assert_eq!(report["schema"], "goodhart.evaluation/1");
    assert!(!report["tables"].as_array().unwrap().is_empty());
    let ours = &report["detection"][1];
    assert_eq!((&ours["predictor"], &ours["coverage"]), (&Value::from("goodhart"), &Value::from(1.0)));
    let all = &ours["found"][0];
    assert!(all["auroc"]["value"].as_f64().unwrap() > 0.5, "{all}");
    assert!(all["steps"]["mean"].as_f64().unwrap() > 0.2 && all["waste_error"].is_number(), "{all}");
}

#[test]
fn text_tells_the_same_for_people() {
    let text = evaluate(&Folder::new(), &[LABELS]);
    assert!(text.contains("KNOWN SESSIONS  goodhart"), "{text}");
    assert!(text.contains("count neither way"), "{text}");
}

/// An overlap of spans would be worth nothing if the ids of labels and steps differed.
#[test]
fn every_call_of_a_label_is_a_step_of_its_session() {
    let steps: BTreeSet<(String, String)> = goodhart(&["steps", SAMPLE, "--format", "jsonl"])
        .rows()
        .iter()
        .map(|step| (step["session_id"].to_string(), step["call_id"].to_string()))
        .collect();
    let labels = fs::read_to_string(root().join(LABELS)).unwrap();
    for label in labels.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        for call in
            label["spans"].as_array().unwrap().iter().flat_map(|span| span["calls"].as_array().unwrap())
        {
            let named = (label["session_id"].to_string(), call.to_string());
            assert!(steps.contains(&named), "{named:?} of {}", label["pattern_id"]);
        }
    }
}

#[cfg(feature = "plots")]
#[test]
fn curves_are_drawn_into_a_folder() {
    let folder = Folder::new();
    let drawn = format!("{}/plots", folder.path());
    evaluate(&folder, &[LABELS, "--plots", &drawn]);
    for name in ["patterns.roc.svg", "patterns.pr.svg", "reliability.svg"] {
        assert!(fs::read_to_string(format!("{drawn}/{name}")).unwrap().contains("goodhart"), "{name}");
    }
}

#[test]
fn labels_that_are_none_are_refused_with_their_line() {
    let folder = Folder::new();
    let labels = folder.write("labels.jsonl", "{\"session_id\":\"s\",\"pattern_id\":\"G18\"}\n");
    let run = goodhart(&["evaluate", "--labels", &labels, "--pred", LABELS]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("line 1"), "{run:?}");
}
