//! In a service: watch an agent while it runs, and stop it when it goes in circles.
//!
//! ```text
//! cargo run -p goodhart --example service
//! ```
//!
//! The events come from wherever the agent runs; here they are built by hand. Nothing of their content is kept: the
//! monitor holds hashes and counts, at most some 140 KB for each open session, 60 KB as bytes.

#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use goodhart::prelude::*;
use goodhart::trace::build::session;

fn main() {
    run();
}

/// Returns the number of calls after which the agent was stopped.
fn run() -> Option<u64> {
    let mut monitor = Monitor::new(Baseline::embedded());
    for event in &runaway_agent() {
        // The verdict of a session is told once it rises to `note`, and again if it rises to `review`.
        if let Some(Alert { finding }) = monitor.push(event) {
            println!("stopping {} after {} steps\n{finding}", finding.session_id, finding.step_count);
            return Some(finding.step_count);
        }
    }
    None
}

/// It was asked to deploy, and now asks the same thing every second.
fn runaway_agent() -> Vec<Event<'static>> {
    session("deploy-42")
        .prompt("deploy the new version when the build is green")
        .call("Read", r#"{"file_path":"deploy.toml"}"#)
        .result("region = \"eu\"\nreplicas = 3")
        .repeat(200, |s, _| s.call("Bash", r#"{"command":"ci status --last"}"#).result("no runs found"))
        .events()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_agent_is_stopped_early() {
        assert!(super::run().is_some_and(|steps| steps < 30));
    }
}
