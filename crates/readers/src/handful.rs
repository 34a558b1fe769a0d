//! Raw lines that any thread may parse: one thread cuts a large source, many read what stands in it.

use std::ops::Range;
use std::sync::Arc;

use goodhart_trace::{Issue, Memory, Parser, Position, Sink};

use crate::framing::{self, Line};

/// Bytes of a handful, about a millisecond of work.
const BYTES: usize = 256 * 1024;

/// Where the records of a large source go whose lines may be parsed on any thread. What the sink is told in between has its
/// place between the lines.
pub trait Hands: Sink {
    /// Who answers the questions of the lines that follow, in the order of the source.
    fn remember(&mut self, memory: Box<dyn Memory>);

    /// Takes the next lines, and gives another handful to fill: one that was worked off, or [a new one](Handful::another).
    fn lines(&mut self, lines: Handful) -> Handful;
}

/// Lines of one source as they stand in it.
pub struct Handful {
    parser: Arc<dyn Parser>,
    file: u32,
    bytes: Vec<u8>,
    lines: Vec<Cut>,
}

/// One line; without bytes where it is above the cap.
struct Cut {
    bytes: Option<Range<usize>>,
    line: u64,
    byte: u64,
    terminated: bool,
}

impl Handful {
    pub(crate) fn new(parser: Arc<dyn Parser>, file: u32) -> Self {
        Handful { parser, file, bytes: Vec::new(), lines: Vec::new() }
    }

    /// Takes a line; `true` when that fills it.
    pub(crate) fn add(&mut self, line: &Line<'_>) -> bool {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(line.bytes.unwrap_or_default());
        let bytes = line.bytes.map(|_| start..self.bytes.len());
        self.lines.push(Cut { bytes, line: line.line, byte: line.byte, terminated: line.terminated });
        self.bytes.len() >= BYTES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// An empty one for lines of the same source.
    pub fn another(&self) -> Handful {
        Handful::new(Arc::clone(&self.parser), self.file)
    }

    /// Forgets its lines. Their memory serves the next ones, but for that of a line beyond all measure.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(2 * BYTES);
        self.lines.clear();
    }

    /// Parses the lines. The sink is told everything that may hold, with the questions that decide it.
    pub fn tell(&self, sink: &mut dyn Sink) {
        for Cut { bytes, line, byte, terminated } in &self.lines {
            let (line, byte, terminated) = (*line, *byte, *terminated);
            let bytes = bytes.clone().map(|range| &self.bytes[range]);
            match framing::record(&Line { bytes, line, byte, terminated }) {
                Ok(Some(record)) => self.parser.parse(record, sink),
                Ok(None) => {}
                Err((kind, detail)) => {
                    sink.issue(Issue::new(kind, Position { file: self.file, line, byte }, detail));
                }
            }
        }
    }
}
