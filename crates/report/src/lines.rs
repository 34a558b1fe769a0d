//! One record a line: JSON Lines and CSV of anything that serialises.

use std::io::{self, Write};

use serde::Serialize;

/// Writes one JSON object and a line break.
///
/// # Errors
/// What the writer says.
pub fn json_line(output: &mut dyn Write, row: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *output, row)?;
    output.write_all(b"\n")
}

/// Writes one JSON object a line.
///
/// # Errors
/// What the writer says.
pub fn json_lines<T: Serialize>(output: &mut dyn Write, rows: impl IntoIterator<Item = T>) -> io::Result<()> {
    rows.into_iter().try_for_each(|row| json_line(output, &row))
}

/// Writes flat rows as CSV, with their field names as the first line; what is not known is empty.
///
/// # Errors
/// What the writer says.
pub fn csv_rows<T: Serialize>(output: &mut dyn Write, rows: impl IntoIterator<Item = T>) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(output);
    rows.into_iter().try_for_each(|row| csv.serialize(row)).map_err(io_error)?;
    csv.flush()
}

/// The failure of the writer below, kind and all.
pub(crate) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("CSV: {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use serde::Serialize;

    use super::{csv_rows, json_lines};

    #[derive(Serialize, Clone)]
    struct Row {
        session_id: &'static str,
        tokens: Option<u64>,
    }

    const ROWS: [Row; 2] =
        [Row { session_id: "a,b", tokens: Some(3) }, Row { session_id: "c", tokens: None }];

    fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn unknown_is_null_and_empty() {
        let json = written(|to| json_lines(to, ROWS));
        assert_eq!(json, "{\"session_id\":\"a,b\",\"tokens\":3}\n{\"session_id\":\"c\",\"tokens\":null}\n");
        assert_eq!(written(|to| csv_rows(to, ROWS)), "session_id,tokens\n\"a,b\",3\nc,\n");
    }

    struct Closed;

    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_known_as_such() {
        assert_eq!(json_lines(&mut Closed, ROWS).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        let many = std::iter::repeat_n(ROWS[0].clone(), 100_000);
        assert_eq!(csv_rows(&mut Closed, many).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
