//! Bytes as a rollout of the Codex CLI.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| goodhart_fuzz::format("codex", data));
