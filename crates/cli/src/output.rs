//! Standard output: data only, buffered.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use crate::error::Error;
use crate::exit::Exit;

/// Buffered standard output. What fails here is [`Error::Output`].
pub(crate) struct Output(BufWriter<StdoutLock<'static>>);

impl Output {
    pub(crate) fn stdout() -> Self {
        Output(BufWriter::new(io::stdout().lock()))
    }

    /// Writes what is left and ends the command well.
    pub(crate) fn finish(mut self) -> Result<Exit, Error> {
        self.0.flush()?;
        Ok(Exit::Clean)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Columns of the terminal that standard output is; `None` when it is a file or a pipe, which are never wrapped.
pub(crate) fn terminal_columns() -> Option<u16> {
    let size = terminal_size::terminal_size().filter(|_| io::stdout().is_terminal());
    size.map(|(terminal_size::Width(columns), _)| columns)
}

/// A line for people on standard error. There is nobody left to tell when it is closed.
pub(crate) fn message(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{text}");
}
