//! Every machine-readable line keeps its published schema.

use goodhart_scoring::schemas;
use jsonschema::Validator;
use serde_json::Value;

use crate::support::{Folder, SAMPLE, assert_committed, goodhart, runaway};

/// `goodhart.finding/1` is committed as `docs/schema/finding-1.json`.
#[test]
fn the_committed_schemas_are_those_of_the_types() {
    for (name, schema) in schemas() {
        let file = name.trim_start_matches("goodhart.").replace('/', "-");
        let text = serde_json::to_string_pretty(&schema.to_value()).unwrap() + "\n";
        assert_committed(&format!("docs/schema/{file}.json"), &text);
    }
}

fn validator(name: &str) -> Validator {
    let (_, schema) = schemas().into_iter().find(|(known, _)| *known == name).unwrap();
    jsonschema::validator_for(&schema.to_value()).unwrap()
}

fn assert_valid(rows: &[Value], schema: &str) {
    let validator = validator(schema);
    assert!(!rows.is_empty());
    for row in rows {
        let errors: Vec<String> = validator.iter_errors(row).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {row}");
    }
}

#[test]
fn findings_keep_their_schema() {
    assert_valid(&goodhart(&["scan", SAMPLE, "--all", "--format", "jsonl"]).rows(), "goodhart.finding/1");
    let folder = Folder::new();
    let log = folder.write("a.jsonl", &(runaway("long", 60) + &runaway("short", 1)));
    assert_valid(&goodhart(&["scan", &log, "--all", "--format", "jsonl"]).rows(), "goodhart.finding/1");
}

#[test]
fn steps_keep_their_schema() {
    assert_valid(&goodhart(&["steps", SAMPLE]).rows(), "goodhart.step/1");
}

#[test]
fn a_wrong_row_would_be_noticed() {
    let mut row = goodhart(&["steps", SAMPLE]).rows().remove(0);
    row["novelty"] = Value::from("much");
    assert!(!validator("goodhart.step/1").is_valid(&row));
}

#[test]
fn the_accounts_of_the_ledger_sum_to_the_total() {
    for finding in goodhart(&["scan", SAMPLE, "--all", "--format", "jsonl"]).rows() {
        let accounts = finding["ledger"].as_object().unwrap().values();
        assert_eq!(
            accounts.map(|tokens| tokens.as_u64().unwrap()).sum::<u64>(),
            finding["tokens"]["total"].as_u64().unwrap()
        );
    }
}

#[test]
fn steps_carry_the_tokens_that_the_spans_name() {
    let steps = goodhart(&["steps", SAMPLE]).rows();
    for finding in goodhart(&["scan", SAMPLE, "--format", "jsonl"]).rows() {
        let own = steps.iter().filter(|step| step["session_id"] == finding["session_id"]);
        let wasted = own.filter(|step| step["account"] == "looped" || step["account"] == "padded");
        let (wasted, stated) =
            (wasted.map(|step| step["tokens"].as_u64().unwrap()).sum::<u64>(), &finding["waste_tokens"]);
        assert_eq!(Some(wasted), stated.as_u64(), "{}", finding["session_id"]);
    }
}

#[test]
fn the_feature_matrix_has_the_columns_of_the_catalog() {
    let csv = goodhart(&["features", SAMPLE]).stdout;
    let columns: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let catalog = goodhart(&["catalog", "features"]).stdout;
    let features: Vec<&str> = catalog.lines().skip(2).map(|row| row.split('`').nth(1).unwrap()).collect();
    assert_eq!(columns[0], "session_id");
    assert_eq!(columns[1..], features);
    let rows = goodhart(&["features", SAMPLE, "--format", "jsonl"]).rows();
    assert_eq!(rows.len(), csv.lines().count() - 1);
    assert!(rows.iter().all(|row| row.as_object().unwrap().len() == columns.len()));
}

#[test]
fn an_inspection_counts_what_is_there_and_gives_an_example_of_each_issue() {
    let folder = Folder::new();
    let log = folder.write("a.jsonl", &(runaway("a", 6) + "{broken\n\n" + &runaway("b", 6)));
    let found = goodhart(&["inspect", &log, "--format", "json"]).rows().remove(0);
    assert_eq!((&found["schema"], &found["sessions"]), (&"goodhart.inspection/1".into(), &2.into()));
    assert_eq!(found["events"]["tool_call"], 12);
    assert_eq!((&found["issues"][0]["kind"], &found["issues"][0]["line"]), (&"not-json".into(), &2.into()));
    let text = goodhart(&["inspect", &log]).stdout;
    assert!(text.contains(&format!("not-json  1      {log}:2\n")), "{text}");
}
