//! What can be typed, from the top.

use clap::{ArgAction, Parser};

use crate::commands::Command;

/// Tells work from waste in the sessions of AI agents.
///
/// Reads the logs that agents leave behind and says which sessions spent tokens on looping (the same thing again,
/// nothing gained) or padding (volume that nobody uses), with the lines that show it.
#[derive(Debug, Parser)]
#[command(name = "goodhart", version, after_long_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// Tell on standard error which files were read as what, which were passed over and why, and what was read twice;
    /// -vv tells also which sessions that was for, and when.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing at or above --fail-on (without it, findings never fail)
  1  findings at or above it
  2  usage or configuration error, such as a path that does not exist
  3  nothing could be read
  4  an issue met under --strict";
