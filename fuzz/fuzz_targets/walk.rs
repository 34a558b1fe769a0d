//! The whole walk: bytes to findings.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| goodhart_fuzz::walk(data));
