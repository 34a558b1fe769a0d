//! Bytes as a Claude Code transcript.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| goodhart_fuzz::format("claude-code", data));
