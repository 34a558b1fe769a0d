//! Classes look as their pages say, where the general tests cannot know it.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers do")]

use std::collections::{BTreeMap, BTreeSet};

use goodhart_synth::{Difficulty, Format, Session, class, generate, generate_actor};
use serde_json::Value;

fn session(id: &str, difficulty: Difficulty) -> Session {
    generate(class(id).unwrap(), difficulty, 17)
}

fn actor(id: &str, difficulty: Difficulty) -> Vec<Session> {
    generate_actor(class(id).unwrap(), difficulty, 17, Format::ClaudeCode)
}

fn lines(session: &Session) -> Vec<Value> {
    session.lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Tool calls as (message, tool, arguments).
fn calls(session: &Session) -> Vec<(String, String, Value)> {
    let mut calls = Vec::new();
    for line in lines(session) {
        for block in line["message"]["content"].as_array().into_iter().flatten() {
            if block["type"] == "tool_use" {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                calls.push((text(&line["message"]["id"]), text(&block["name"]), block["input"].clone()));
            }
        }
    }
    calls
}

/// Values of a field of the messages.
fn messages(session: &Session, pointer: &str) -> BTreeSet<String> {
    let value = |line: Value| line.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    lines(session).into_iter().filter_map(value).collect()
}

#[test]
fn the_same_document_is_read_again_and_again() {
    let mut readings: BTreeMap<String, usize> = BTreeMap::new();
    for (_, tool, input) in calls(&session("G05", Difficulty::Easy)) {
        if tool == "Read" {
            *readings.entry(input["file_path"].to_string()).or_default() += 1;
        }
    }
    assert!(readings.values().any(|times| *times >= 8), "{readings:?}");
}

#[test]
fn a_stuffed_context_is_large_and_its_answer_short() {
    let session = session("G06", Difficulty::Easy);
    let stuffed = lines(&session)
        .iter()
        .filter(|line| line["message"]["content"].as_str().is_some_and(|prompt| prompt.len() > 15_000))
        .count();
    assert!(stuffed >= 7, "{stuffed}");
    assert!(session.label.waste_share > 0.5);
}

#[test]
fn redundant_agents_leave_together_with_one_order() {
    let mut orders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (message, tool, input) in calls(&session("G08", Difficulty::Easy)) {
        if tool == "Task" {
            orders.entry(message).or_default().push(input["prompt"].to_string());
        }
    }
    let largest = orders.values().max_by_key(|orders| orders.len()).unwrap();
    assert!(largest.len() >= 5 && largest.iter().all(|order| *order == largest[0]));
}

#[test]
fn prototypes_are_removed_as_often_as_they_are_asked_for() {
    let session = session("G12", Difficulty::Hard);
    let commands: Vec<String> =
        calls(&session).iter().filter_map(|call| call.2["command"].as_str().map(str::to_owned)).collect();
    let count = |text: &str| commands.iter().filter(|line| line.contains(text)).count();
    assert_eq!(count("checkout -b spike/"), count("branch -D spike/"));
    assert!(count("branch -D spike/") >= 3);
}

#[test]
fn trivia_is_done_by_the_dearest_model() {
    let models: BTreeSet<String> = actor("G15", Difficulty::Easy)
        .iter()
        .flat_map(|session| messages(session, "/message/model"))
        .collect();
    assert_eq!(models, ["claude-opus-4-7".to_owned()].into());
}

#[test]
fn a_broken_cache_is_never_read() {
    let uncached = |id| {
        let usage: Vec<u64> = lines(&session(id, Difficulty::Easy))
            .iter()
            .filter_map(|line| line["message"]["usage"]["cache_read_input_tokens"].as_u64())
            .collect();
        usage.iter().filter(|read| **read == 0).count() as f64 / usage.len() as f64
    };
    assert!(uncached("G16a") > 0.9);
    assert_eq!(uncached("G18"), 0.0);
}

#[test]
fn empty_commits_are_empty() {
    let empty = calls(&session("G20", Difficulty::Easy))
        .iter()
        .filter(|call| call.2["command"].as_str().is_some_and(|line| line.contains("--allow-empty")))
        .count();
    assert!(empty >= 3, "{empty}");
}

#[test]
fn invented_transcripts_have_other_ids_and_the_same_words() {
    let sessions = actor("G21", Difficulty::Hard);
    let (first, last) = (&sessions[0], &sessions[sessions.len() - 1]);
    assert!(messages(first, "/message/id").is_disjoint(&messages(last, "/message/id")));
    let inputs = |session| calls(session).into_iter().map(|call| call.2).collect::<Vec<_>>();
    assert_eq!(inputs(first), inputs(last));
}

#[test]
fn forked_transcripts_have_the_same_ids() {
    let sessions = actor("L24", Difficulty::Normal);
    let first = messages(&sessions[0], "/message/id");
    for copy in &sessions[1..] {
        assert!(first.is_subset(&messages(copy, "/message/id")));
        assert_ne!(copy.id, sessions[0].id);
    }
    assert!(messages(&sessions[sessions.len() - 1], "/message/id").len() > first.len());
}

#[test]
fn a_cohort_works_in_as_many_projects() {
    let sessions = actor("L25", Difficulty::Normal);
    let projects: BTreeSet<&str> = sessions.iter().map(|session| session.slug.as_str()).collect();
    assert!(projects.len() >= 3, "{projects:?}");
}

#[test]
fn an_evaluation_harness_has_another_task_each_time() {
    let sessions = actor("L07", Difficulty::Normal);
    let first_prompt = |session: &Session| {
        let prompt =
            lines(session).iter().find_map(|line| line["message"]["content"].as_str().map(str::to_owned));
        prompt.unwrap()
    };
    let prompts: BTreeSet<String> = sessions.iter().map(first_prompt).collect();
    assert_eq!(prompts.len(), sessions.len());
    assert!(prompts.iter().all(|prompt| prompt.contains("[eval-runner ")));
}
