//! Bytes as the body of a baseline file; what loads must score.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| goodhart_fuzz::baseline(data));
