//! Command line of goodhart.

mod arguments;
mod commands;
mod error;
mod exit;
mod inputs;
mod judging;
mod messages;
mod output;
mod progress;
mod quotes;
mod reference;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    messages::show(arguments.verbose);
    exit::report(commands::run(arguments.command))
}
