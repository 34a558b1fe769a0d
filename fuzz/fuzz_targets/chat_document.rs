//! Bytes as one chat session.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| goodhart_fuzz::format("chat-document", data));
