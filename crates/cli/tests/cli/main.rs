//! The real binary on a small corpus, as scripts and people use it.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers do")]

mod evaluating;
mod exit_codes;
mod explaining;
mod fitting;
mod hostile;
mod inputs;
mod machine_output;
mod manual;
mod scanning;
mod support;
