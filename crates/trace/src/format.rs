//! What a log format has to provide.

use serde_json::Value;

use crate::{Event, EventId, Issue};

/// A log format: how to recognise it, how its records are framed, and what a record means.
///
/// Implementations are zero-sized and listed in a registry; a decoder is made anew for every source.
pub trait Format: Sync {
    /// Stable name in outputs, such as `claude-code`.
    fn id(&self) -> &'static str;

    /// Where the logs come from, in one line.
    fn title(&self) -> &'static str;

    /// How records follow each other.
    fn framing(&self) -> Framing {
        Framing::Lines
    }

    /// Whether the head of a source is this format. Content decides, never the path.
    fn sniff(&self, head: &Head<'_>) -> bool;

    /// Whether no line behind this head could make [`sniff`](Format::sniff) say no: a look at fewer lines is cheaper.
    fn settles(&self, _head: &Head<'_>) -> bool {
        false
    }

    /// A decoder for one source.
    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder>;

    /// The same decoder in two halves, so that many threads can share a large source of lines; `None` where a record
    /// means nothing without those before it.
    fn halves(&self, _source: &Source<'_>) -> Option<Halves> {
        None
    }
}

/// A decoder in two halves. What the parser says, less what the memory strikes out, is what the decoder says.
pub struct Halves {
    /// Reads any record, on any thread.
    pub parser: Box<dyn Parser>,
    /// Answers the parser's questions, in the order of the source.
    pub memory: Box<dyn Memory>,
}

/// The half of a decoder that looks at one record alone.
pub trait Parser: Send + Sync {
    /// Decodes one record. What depends on the records before it follows a question.
    fn parse(&self, record: Record<'_>, sink: &mut dyn Sink);
}

/// The half of a decoder that knows the records so far.
pub trait Memory: Send {
    /// Takes note of the question, and answers whether what follows it holds.
    fn answer(&mut self, question: Question) -> bool;
}

/// What a parser asks its memory, in hashes. What it is about is between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Which question.
    pub what: u8,
    /// What it is about.
    pub about: [Option<EventId>; 2],
}

/// A sink that a memory stands before: questions are answered at once.
pub struct InOrder<'s> {
    /// Who answers.
    pub memory: &'s mut dyn Memory,
    /// Where everything else goes.
    pub sink: &'s mut dyn Sink,
}

impl Sink for InOrder<'_> {
    fn event(&mut self, event: Event<'_>) {
        self.sink.event(event);
    }

    fn issue(&mut self, issue: Issue) {
        self.sink.issue(issue);
    }

    fn retold(&mut self, messages: u64) {
        self.sink.retold(messages);
    }

    fn asks(&mut self, question: Question, _follow: usize) -> bool {
        self.memory.answer(question)
    }
}

/// Both halves one after the other are a decoder.
impl Decoder for Halves {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        self.parser.parse(record, &mut InOrder { memory: &mut *self.memory, sink });
    }
}

/// Turns records of one source into events. It keeps ids and counters between records, but no text.
pub trait Decoder {
    /// Decodes one record: any number of events and issues.
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink);

    /// The source has ended: deliver what waited for more.
    fn finish(&mut self, _sink: &mut dyn Sink) {}
}

/// Where decoded events and issues go.
pub trait Sink {
    /// Takes one event, in the order of the source.
    fn event(&mut self, event: Event<'_>);

    /// Takes one issue.
    fn issue(&mut self, issue: Issue);

    /// Notes messages that the source tells again and that are therefore not delivered: a log of requests repeats its
    /// history with each of them.
    fn retold(&mut self, _messages: u64) {}

    /// A [`Parser`] asks whether the things that `follow` hold: events, issues and questions, that many of them. On `false` it
    /// leaves them out. Where nobody knows yet the answer is `true`, and whoever takes them in their turn strikes them
    /// out on a `false` of the memory. A sink behind a decoder is never asked.
    fn asks(&mut self, _question: Question, _follow: usize) -> bool {
        true
    }
}

/// How the records of a format follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// One record a line; streamed.
    Lines,
    /// The whole source is one record; held in memory up to a cap.
    Document,
}

/// One framed record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The bytes of the record, valid UTF-8, without the line end.
    pub text: &'a str,
    /// Line in the decompressed source, from 1.
    pub line: u64,
    /// Byte at which the record starts, from 0.
    pub byte: u64,
}

/// What is known of a source before it is read.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Index of the file, for [`Position`](crate::Position).
    pub file: u32,
    /// Path or name, with `/` between folders; only for names that the content lacks.
    pub path: &'a str,
}

impl Source<'_> {
    /// File name without folders and without extensions of logs and compression.
    ///
    /// ```
    /// let source = goodhart_trace::Source { file: 0, path: "logs/agent-7.jsonl.zst" };
    /// assert_eq!(source.stem(), "agent-7");
    /// let source = goodhart_trace::Source { file: 0, path: "runs/astropy-1.2.traj.zstd" };
    /// assert_eq!(source.stem(), "astropy-1.2");
    /// assert_eq!(goodhart_trace::Source { path: "i-1.traj.json", ..source }.stem(), "i-1");
    /// ```
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit(['/', '\\']).next().unwrap_or(self.path);
        let name = without_any(name, &[".zst", ".zstd", ".gz"]);
        without_any(without_any(name, &[".jsonl", ".json"]), &[".traj"])
    }
}

fn without_any<'a>(name: &'a str, extensions: &[&str]) -> &'a str {
    extensions.iter().find_map(|extension| name.strip_suffix(extension)).unwrap_or(name)
}

/// The first records of a source, for sniffing.
#[derive(Debug, Clone, Default)]
pub struct Head<'a> {
    /// The first bytes of the decompressed source, possibly cut within a record.
    pub bytes: &'a [u8],
    /// The leading lines that parse as JSON, at most some twenty; empty when the first line does not parse.
    pub lines: Vec<Value>,
    /// The whole source as one JSON value, where it is small enough and its lines alone do not parse.
    pub document: Option<Value>,
}

impl Head<'_> {
    /// The source as one JSON value, be it spread over lines or written in one.
    pub fn whole(&self) -> Option<&Value> {
        let only = self.lines.first().filter(|_| self.lines.len() == 1);
        self.document.as_ref().or(only)
    }
}
