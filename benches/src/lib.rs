//! Benchmarks of goodhart; see the binaries.
