//! Command line of goodhart.
fn main() {}
