//! The same table as `cargo bench --bench performance`, without building every other binary first.
//!
//! ```text
//! cargo run --release -p goodhart-benches --bin performance
//! ```

use std::error::Error;

use goodhart_benches::performance;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    performance::print(&mut std::io::stdout().lock())
}
