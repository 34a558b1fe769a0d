//! Benchmarks of goodhart; see the binaries.

pub mod adbench;
pub mod calibration;
pub mod explanation;
pub mod guards;
pub mod hostile;
pub mod quality;
pub mod redteam;
pub mod reference;
pub mod replay;
pub mod speed;
