//! Benchmarks of goodhart; see the binaries.

pub mod adbench;
pub mod calibration;
pub mod clock;
pub mod columns;
pub mod corpus;
pub mod explanation;
pub mod guards;
pub mod hostile;
pub mod performance;
pub mod quality;
#[cfg(feature = "tuning")]
pub mod rederive;
pub mod redteam;
pub mod reference;
pub mod replay;
pub mod retell;
pub mod sessions;
pub mod speed;
