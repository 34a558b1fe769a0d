//! Bytes as the state of a fold; what loads must go on.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| goodhart_fuzz::fold_state(data));
