//! Bytes as any format of the registry: the first byte says which.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| goodhart_fuzz::any_format(data));
