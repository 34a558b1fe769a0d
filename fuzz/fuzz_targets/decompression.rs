//! Bytes as a gzip or zstd stream, under a small cap.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| goodhart_fuzz::decompression(data));
