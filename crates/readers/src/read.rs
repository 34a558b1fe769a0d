//! A file, a stream or bytes to events.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use goodhart_trace::{
    Decoder, Event, Format, Framing, Halves, Issue, IssueKind, Memory, Position, Record, Sink, Source,
};

use crate::Error;
use crate::compression::{Caps, Compression, fault};
use crate::framing::{self, Lines};
use crate::handful::{Handful, Hands};
use crate::sniff::{Peeked, sniff};

/// Caps and choices of reading.
///
/// ```
/// let options = goodhart_readers::Options { max_line: 1 << 20, ..Default::default() };
/// assert!(!options.strict);
/// ```
#[derive(Clone, Copy)]
pub struct Options {
    /// Longest line that is read, in bytes; default 64 MiB. Longer ones are passed over with an issue.
    pub max_line: usize,
    /// Largest source that is one JSON value, in bytes after decompression; default 64 MiB.
    pub max_document: usize,
    /// Largest size after decompression, in bytes; default 16 GiB.
    pub max_decompressed: u64,
    /// Most bytes after decompression for each stored one, above [`FREE_EXPANSION`]; default 1000. A log that
    /// repeats a page of 50 KB in every record, under new ids and times, reaches 400; real ones at hand up to 85.
    /// Bombs have 1,030 (gzip, its limit) to 30,000 (zstd).
    pub max_expansion: u64,
    /// Whether the first issue ends reading with [`Error::Strict`]; default no.
    pub strict: bool,
    /// Read as this format without asking the content; default: ask.
    pub format: Option<&'static dyn Format>,
}

/// Bytes that any compressed source may grow to, whatever its [expansion](Options::max_expansion): 256 MiB.
pub const FREE_EXPANSION: u64 = 256 << 20;

impl Default for Options {
    fn default() -> Self {
        Options {
            max_line: 64 << 20,
            max_document: 64 << 20,
            max_decompressed: 16 << 30,
            max_expansion: 1000,
            strict: false,
            format: None,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("max_line", &self.max_line)
            .field("max_document", &self.max_document)
            .field("max_decompressed", &self.max_decompressed)
            .field("max_expansion", &self.max_expansion)
            .field("strict", &self.strict)
            .field("format", &self.format.map(Format::id))
            .finish()
    }
}

/// What reading one source came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// [`id`](Format::id) of the format; `None` where nothing claimed the source.
    pub format: Option<&'static str>,
    /// Records handed to the decoder.
    pub records: u64,
    /// Events delivered.
    pub events: u64,
    /// Issues delivered.
    pub issues: u64,
}

/// Reads a file, whatever its name, and tells the sink what is in it. `file` is its index in every
/// [`Position`].
///
/// # Errors
///
/// [`Error::NotFound`] and [`Error::Unreadable`] when it cannot be opened, [`Error::Strict`] at the first issue
/// where [`Options::strict`] asks for that. A failure while reading is an issue.
pub fn read_file(path: &Path, file: u32, options: &Options, sink: &mut dyn Sink) -> Result<Summary, Error> {
    let (opened, name) = open(path)?;
    read(opened, Source { file, path: &name }, options, Out::Sink(sink))
}

/// Reads a file whose lines many threads may parse: where its format allows for that they are handed out as they stand, else
/// the sink is told as by [`read_file`]. What stands in lines that were handed out is not in the numbers of the summary.
///
/// # Errors
///
/// As [`read_file`].
pub fn read_file_with(
    path: &Path,
    file: u32,
    options: &Options,
    hands: &mut dyn Hands,
) -> Result<Summary, Error> {
    let (opened, name) = open(path)?;
    // Who ends at the first issue must not read ahead of it.
    let out = if options.strict { Out::Sink(hands) } else { Out::Hands(hands) };
    read(opened, Source { file, path: &name }, options, out)
}

/// A file, and its name with `/` between folders.
fn open(path: &Path) -> Result<(File, Cow<'_, str>), Error> {
    let opened = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::NotFound { path: path.to_owned() },
        _ => Error::Unreadable { path: path.to_owned(), source },
    })?;
    let name = path.to_string_lossy();
    Ok((opened, if cfg!(windows) { name.replace('\\', "/").into() } else { name }))
}

/// Reads bytes from anywhere: standard input, memory, a socket. Compression and format are told by the content.
///
/// # Errors
///
/// [`Error::Strict`] at the first issue where [`Options::strict`] asks for that.
pub fn read_reader<R: Read>(
    reader: R,
    source: Source<'_>,
    options: &Options,
    sink: &mut dyn Sink,
) -> Result<Summary, Error> {
    read(reader, source, options, Out::Sink(sink))
}

fn read<R: Read>(reader: R, source: Source<'_>, options: &Options, out: Out<'_>) -> Result<Summary, Error> {
    let mut run =
        Run { watch: Watch { out, events: 0, issues: 0, first: None }, source, options, records: 0 };
    let format = run.container(Peeked::new(reader));
    let path = source.path.to_owned();
    match run.watch.first.take().filter(|_| options.strict) {
        Some(issue) => Err(Error::Strict { path, issue }),
        None => Ok(Summary {
            format: format.map(Format::id),
            records: run.records,
            events: run.watch.events,
            issues: run.watch.issues,
        }),
    }
}

/// The reading of one source.
struct Run<'r, 's> {
    watch: Watch<'s>,
    source: Source<'r>,
    options: &'r Options,
    records: u64,
}

impl Run<'_, '_> {
    /// Opens the compression, where there is one.
    fn container<R: Read>(&mut self, mut stream: Peeked<R>) -> Option<&'static dyn Format> {
        let Some(compression) = Compression::of(stream.fill(4)) else { return self.content(stream, false) };
        match compression.open(stream, caps(self.options)) {
            Ok(decoder) => self.content(Peeked::new(decoder), true),
            Err(detail) => {
                self.issue(IssueKind::UnsupportedContainer, Position::default(), detail);
                None
            }
        }
    }

    fn content<R: Read>(&mut self, mut stream: Peeked<R>, compressed: bool) -> Option<&'static dyn Format> {
        let sniffed = self.options.format.map_or_else(|| sniff(&mut stream, self.options), Ok);
        match sniffed {
            Ok(format) => {
                self.records(format, stream, compressed);
                Some(format)
            }
            Err((kind, detail)) => {
                // A damaged stream is no empty file: its own trouble is the one to tell.
                match stream.fault().map(|error| fault(error, compressed)) {
                    Some((kind, detail)) => self.issue(kind, Position::default(), detail),
                    None => self.issue(kind, Position::default(), detail),
                }
                None
            }
        }
    }

    fn records<R: Read>(&mut self, format: &dyn Format, stream: Peeked<R>, compressed: bool) {
        if let (Out::Hands(_), Framing::Lines, Some(halves)) =
            (&self.watch.out, format.framing(), format.halves(&self.source))
        {
            return self.hand_out(halves, stream, compressed);
        }
        let mut decoder = format.decoder(&self.source);
        match format.framing() {
            Framing::Lines => self.lines(&mut *decoder, stream, compressed),
            Framing::Document => self.document(&mut *decoder, stream, compressed),
        }
        if !self.stopped() {
            decoder.finish(&mut self.watch);
        }
    }

    fn lines<R: Read>(&mut self, decoder: &mut dyn Decoder, stream: Peeked<R>, compressed: bool) {
        let mut lines = Lines::new(stream, self.options.max_line);
        let mut end = (0, 0);
        while !self.stopped() {
            match lines.next() {
                Ok(Some(line)) => {
                    end = (line.line, line.byte);
                    let place = self.position(line.line, line.byte);
                    match framing::record(&line) {
                        Ok(Some(record)) => self.record(decoder, record),
                        Ok(None) => {}
                        Err((kind, detail)) => self.issue(kind, place, detail),
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    let (kind, detail) = fault(&error, compressed);
                    return self.issue(kind, self.position(end.0, end.1), detail);
                }
            }
        }
    }

    /// Cuts lines for others to parse.
    fn hand_out<R: Read>(&mut self, halves: Halves, stream: Peeked<R>, compressed: bool) {
        self.watch.remember(halves.memory);
        let mut handful = Handful::new(halves.parser.into(), self.source.file);
        let mut lines = Lines::new(stream, self.options.max_line);
        let mut end = (0, 0);
        let ended = loop {
            match lines.next() {
                Ok(Some(line)) => {
                    end = (line.line, line.byte);
                    if handful.add(&line) {
                        handful = self.watch.lines(handful);
                    }
                }
                Ok(None) => break None,
                Err(error) => break Some(fault(&error, compressed)),
            }
        };
        if !handful.is_empty() {
            self.watch.lines(handful);
        }
        if let Some((kind, detail)) = ended {
            self.issue(kind, self.position(end.0, end.1), detail);
        }
    }

    fn document<R: Read>(&mut self, decoder: &mut dyn Decoder, stream: Peeked<R>, compressed: bool) {
        let (bytes, more, failed) = framing::document(stream, self.options.max_document as u64);
        let (text, byte) = framing::without_bom(&bytes, 0);
        if let Some(error) = failed {
            let (kind, detail) = fault(&error, compressed);
            self.issue(kind, self.position(1, byte), detail);
        }
        if more {
            let detail = "document: expected at most the cap, found more bytes";
            return self.issue(IssueKind::TooLarge, self.position(1, byte), detail);
        }
        match framing::text(text, true) {
            Ok(text) if text.trim_ascii().is_empty() => {
                self.issue(
                    IssueKind::EmptyFile,
                    self.position(1, byte),
                    "file: expected records, found nothing",
                );
            }
            Ok(text) => self.record(decoder, Record { text, line: 1, byte }),
            Err((kind, detail)) => self.issue(kind, self.position(1, byte), detail),
        }
    }

    fn record(&mut self, decoder: &mut dyn Decoder, record: Record<'_>) {
        self.records += 1;
        decoder.record(record, &mut self.watch);
    }

    fn position(&self, line: u64, byte: u64) -> Position {
        Position { file: self.source.file, line, byte }
    }

    fn issue(&mut self, kind: IssueKind, position: Position, detail: impl Into<String>) {
        let position = Position { file: self.source.file, ..position };
        self.watch.issue(Issue::new(kind, position, detail));
    }

    fn stopped(&self) -> bool {
        self.options.strict && self.watch.first.is_some()
    }
}

fn caps(options: &Options) -> Caps {
    Caps { size: options.max_decompressed, free: FREE_EXPANSION, expansion: options.max_expansion }
}

/// Where it all goes.
enum Out<'s> {
    Sink(&'s mut dyn Sink),
    Hands(&'s mut dyn Hands),
}

impl Out<'_> {
    fn sink(&mut self) -> &mut dyn Sink {
        match self {
            Out::Sink(sink) => *sink,
            Out::Hands(hands) => *hands,
        }
    }
}

/// Counts what goes by and remembers the first issue.
struct Watch<'s> {
    out: Out<'s>,
    events: u64,
    issues: u64,
    first: Option<Issue>,
}

impl Watch<'_> {
    fn remember(&mut self, memory: Box<dyn Memory>) {
        if let Out::Hands(hands) = &mut self.out {
            hands.remember(memory);
        }
    }

    fn lines(&mut self, lines: Handful) -> Handful {
        match &mut self.out {
            Out::Hands(hands) => hands.lines(lines),
            Out::Sink(_) => lines.another(),
        }
    }
}

impl Sink for Watch<'_> {
    fn event(&mut self, event: Event<'_>) {
        self.events += 1;
        self.out.sink().event(event);
    }

    fn retold(&mut self, messages: u64) {
        self.out.sink().retold(messages);
    }

    fn issue(&mut self, issue: Issue) {
        self.issues += 1;
        self.first.get_or_insert_with(|| issue.clone());
        self.out.sink().issue(issue);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use goodhart_trace::{Event, Issue, Memory, Question, Sink, Source};

    use super::{Options, Out, read};
    use crate::testing::{read as in_order, samples};
    use crate::{Collect, Handful, Hands, into_owned};

    /// Keeps what is handed out, and takes it at the end.
    #[derive(Default)]
    struct Later {
        memory: Option<Box<dyn Memory>>,
        said: Vec<Said>,
    }

    enum Said {
        Event(Box<Event<'static>>),
        Issue(Issue),
        Retold(u64),
        Question(Question, usize),
    }

    impl Sink for Later {
        fn event(&mut self, event: Event<'_>) {
            self.said.push(Said::Event(Box::new(into_owned(event))));
        }
        fn issue(&mut self, issue: Issue) {
            self.said.push(Said::Issue(issue));
        }
        fn retold(&mut self, messages: u64) {
            self.said.push(Said::Retold(messages));
        }
        fn asks(&mut self, question: Question, follow: usize) -> bool {
            self.said.push(Said::Question(question, follow));
            true
        }
    }

    impl Hands for Later {
        fn remember(&mut self, memory: Box<dyn Memory>) {
            self.memory = Some(memory);
        }
        fn lines(&mut self, mut lines: Handful) -> Handful {
            lines.tell(self);
            lines.clear();
            lines
        }
    }

    impl Later {
        fn taken(mut self) -> Collect {
            let mut found = Collect::default();
            let mut said = self.said.into_iter();
            while let Some(one) = said.next() {
                match one {
                    Said::Event(event) => found.event(*event),
                    Said::Issue(issue) => found.issue(issue),
                    Said::Retold(messages) => found.retold(messages),
                    Said::Question(question, follow) => {
                        if !self.memory.as_mut().unwrap().answer(question) {
                            said.by_ref().take(follow).for_each(drop);
                        }
                    }
                }
            }
            found
        }
    }

    fn later(text: impl Read) -> Collect {
        let mut later = Later::default();
        let source = Source { file: 0, path: "logs/stem.jsonl" };
        read(text, source, &Options::default(), Out::Hands(&mut later)).unwrap();
        later.taken()
    }

    #[test]
    fn what_is_parsed_ahead_and_taken_in_order_is_what_is_read_in_order() {
        for (format, text) in samples() {
            for text in [text.clone(), text.repeat(3), format!("{text}no JSON\n\n{text}"), text + "{\"cut"] {
                assert_eq!(later(text.as_bytes()), in_order(&text), "{format}");
            }
        }
    }

    #[test]
    fn options_go_to_every_thread() {
        fn anywhere<T: Send + Sync>(_: T) {}
        anywhere(Options::default());
        assert!(format!("{:?}", Options::default()).contains("format: None"));
    }
}
