//! Prints what each stage costs beside the JSON parser, what a running session costs, and how the cost grows.
//!
//! ```text
//! cargo bench -p goodhart-benches --bench performance
//! ```

use std::error::Error;

use goodhart_benches::performance;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    performance::print(&mut std::io::stdout().lock())
}
