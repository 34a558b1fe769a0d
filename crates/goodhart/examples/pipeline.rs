//! In a pipeline: scan a folder, print one JSON object a finding, end with an exit code.
//!
//! ```text
//! cargo run -p goodhart --example pipeline [FOLDER] | jq .verdict
//! ```
//!
//! It is what `goodhart scan --format jsonl --fail-on review` does, for a pipeline that links the library.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use goodhart::prelude::*;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/sample/projects");

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| SAMPLE.to_owned());
    let reviews = run(&folder, &mut io::stdout().lock())?;
    Ok(if reviews == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Returns the number of sessions that a human should look at.
fn run(folder: &str, output: &mut dyn Write) -> Result<usize, Box<dyn Error>> {
    let Report { findings, summary, shortfall, .. } = Batch::new(Baseline::embedded()).scan(&[folder])?;
    let worth_telling = findings.iter().filter(|finding| finding.verdict.is_at_least(Verdict::Note));
    for finding in worth_telling {
        serde_json::to_writer(&mut *output, finding)?;
        output.write_all(b"\n")?;
    }
    // Messages go to standard error: what limits the error control, and what could not be read.
    if let Some(shortfall) = shortfall {
        eprintln!("warning: {shortfall}");
    }
    for (kind, issues) in summary.issues.iter() {
        eprintln!("{} {}: {} {}", issues.count, kind.id(), issues.example.path, issues.example.detail);
    }
    Ok(findings.iter().filter(|finding| finding.verdict == Verdict::Review).count())
}

#[cfg(test)]
mod tests {
    use goodhart::prelude::Finding;

    #[test]
    fn every_line_is_a_finding() {
        let mut output = Vec::new();
        super::run(super::SAMPLE, &mut output).unwrap();
        let lines = String::from_utf8(output).unwrap();
        let findings: Vec<Finding> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!findings.is_empty());
    }
}
