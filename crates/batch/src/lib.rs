//! The parallel batch scorer: files and sessions over rayon, from logs to findings.
