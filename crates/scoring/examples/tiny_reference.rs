//! Writes a small stand-in for the embedded reference, fitted on built traces: `cargo run --example tiny_reference FILE`.

use goodhart_features::{DigestKey, Fold, Habits, Profile, digest};
use goodhart_scoring::{Baseline, Error, FitOptions, ReferenceKind, ReferenceRow};
use goodhart_trace::build::{Session, session};

/// Sessions of the stand-in.
const SESSIONS: usize = 120;

const KEY: DigestKey = DigestKey(0x676f_6f64_6861_7274);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("expected the file to write")?;
    std::fs::write(file, tiny_reference()?.to_bytes())?;
    Ok(())
}

fn tiny_reference() -> Result<Baseline, Error> {
    let habits = Habits::default();
    let profiles: Vec<(String, Profile)> =
        (0..SESSIONS).map(|n| (format!("built-{n}"), fold(trace(n), &habits))).collect();
    let row = |(session, profile)| ReferenceRow { session, stratum: "built", weight: 1.0, profile };
    let rows: Vec<_> = profiles.iter().map(|(name, profile)| row((name.as_str(), profile))).collect();
    let options = FitOptions {
        kind: ReferenceKind::Embedded,
        composition: format!("{SESSIONS} built sessions that read, edit and test; a stand-in"),
        not_good_for: "judging anything: it only lets the crate be built and tested".to_owned(),
        ..FitOptions::default()
    };
    Baseline::fit(&rows, habits.clone(), KEY, &options)
}

fn fold(session: Session, habits: &Habits) -> Profile {
    let mut fold = Fold::new(habits);
    for (order, event) in session.events().iter().enumerate() {
        fold.push(&digest(event, order as u64, KEY)).expect("because the order counts up");
    }
    fold.into_profile()
}

/// A session of 8 to 47 steps, of which some repeat now and then.
fn trace(n: usize) -> Session {
    let steps = 8 + n * 7 % 40;
    session(&format!("built-{n}")).prompt("work through the list").repeat(steps, |s, i| step(s, n, i))
}

fn step(session: Session, n: usize, i: usize) -> Session {
    let words =
        ["lexer", "token", "grammar", "syntax", "number", "string", "escape", "comment", "span", "error"];
    let (a, b, repeats) = (words[(i + n) % 10], words[(i / 10 + n) % 10], n % 5 + 4);
    match i % repeats {
        0 => session.call("Bash", r#"{"command":"git status"}"#).result("on branch main, 2 files changed"),
        1 | 4 => session
            .call("Read", &format!(r#"{{"file_path":"src/{a}/{b}{i}.rs"}}"#))
            .result(&format!("fn parse_{a}_{i}() {{}}\nstruct {b}{i};\nmod {a}_{b};")),
        2 => session
            .text(&format!("Now the {a} of the {b}."))
            .call(
                "Edit",
                &format!(r#"{{"file_path":"src/{a}{i}.rs","new_string":"let {a}_{b} = {b}::new({i});"}}"#),
            )
            .result("done"),
        _ => session
            .call("Bash", &format!(r#"{{"command":"cargo test {a}::{b}{i}"}}"#))
            .result(&format!("test {a}::{b} ... ok\n{i} passed in {}.{i} s", i + 1)),
    }
}
