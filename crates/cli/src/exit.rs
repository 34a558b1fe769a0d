//! Exit codes, as scripts rely on them.

use std::io::{self, Write};
use std::process::ExitCode;

use goodhart_report::printable;

use crate::error::Error;

/// How a command ended that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to fail for.
    Clean,
    /// Findings at or above what `--fail-on` names.
    Findings,
}

/// Tells a failure on standard error and turns the result into an exit code. A reader that has seen enough
/// (`goodhart scan | head`) is no failure.
pub(crate) fn report(result: Result<Exit, Error>) -> ExitCode {
    match result {
        Ok(Exit::Clean) => ExitCode::SUCCESS,
        Ok(Exit::Findings) => ExitCode::from(1),
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // A file may be named so as to steer the terminal. There is nobody left to tell when standard error is closed.
            let _ = writeln!(io::stderr(), "error: {}", printable(&error.to_string()));
            ExitCode::from(error.code())
        }
    }
}
