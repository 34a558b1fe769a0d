//! Replays the states that a fuzzer once failed on; see `docs/how-to/fuzz.md`.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers do")]

use std::fs;
use std::path::Path;

use goodhart_features::{DigestKey, Fold, Habits, digest};
use goodhart_trace::build::session;

/// A forged state made the fold follow its spans for ever, or overflow its counts.
#[test]
fn a_forged_state_is_refused_or_goes_on() {
    let habits = Habits::default();
    let work = session("s")
        .prompt("go")
        .repeat(9, |s, _| s.call("Bash", r#"{"command":"ls"}"#).result("a b"))
        .events();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions/fold_state");
    let mut replayed = 0;
    for entry in fs::read_dir(folder).unwrap() {
        replayed += 1;
        let Ok(mut fold) = Fold::from_bytes(&fs::read(entry.unwrap().path()).unwrap(), &habits) else {
            continue;
        };
        for (order, event) in work.iter().enumerate() {
            let _ = fold.push(&digest(event, u64::MAX / 2 + order as u64, DigestKey(1)));
        }
        let _ = fold.into_profile();
    }
    assert!(replayed > 3, "{replayed} states");
}
