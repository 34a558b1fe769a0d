//! Lays out folders in which every session stands several times, and compares them with the folder that holds each
//! once: whoever copies, cuts, forks or resumes, the sessions must come out the same.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use goodhart::batch::{Batch, Report};
use goodhart::scoring::Baseline;
use goodhart_readers::walk;
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What one folder came to.
#[derive(Debug, Clone)]
pub struct Row {
    /// How its copies were made.
    pub variant: &'static str,
    /// Sessions that were judged.
    pub sessions: u64,
    /// Sessions that only repeat what others own.
    pub replay_sessions: u64,
    /// Events read, copies included.
    pub events: u64,
    /// Tokens of all sessions.
    pub tokens: u64,
    /// Events that another session owns.
    pub replayed: u64,
    /// Second copies of events within their session.
    pub duplicates: u64,
    /// Sessions whose finding is not that of the folder with the originals alone.
    pub differing: u64,
    /// One thread and four, with the paths in another order, agree to the byte.
    pub threads_agree: bool,
}

/// A session as it stands in its file.
struct Session {
    id: String,
    lines: Vec<String>,
}

/// One more file: its name and its text.
type Log = (String, String);

/// A way to copy a session.
type Copying = fn(&Session) -> Vec<Log>;

/// Everything that is measured; the last row puts all others together.
const VARIANTS: [(&str, Copying); 9] = [
    ("same bytes", |s| vec![(s.file("same"), s.text(s.lines.len()))]),
    ("full copy", |s| vec![(s.file("copy"), s.text(s.lines.len()) + "\n")]),
    ("older partial copy", |s| vec![(format!("0-{}.jsonl", s.id), s.text(s.cut(1, 3)))]),
    ("fork at half, smaller id", |s| vec![s.renamed("00000000", s.cut(1, 2))]),
    ("fork at half, larger id", |s| vec![s.renamed("ffffffff", s.cut(1, 2))]),
    ("five resumes, smaller ids", |s| s.chain("0000000")),
    ("five resumes, larger ids", |s| s.chain("fffffff")),
    ("copy under a smaller id", |s| vec![s.renamed("00000005", s.lines.len())]),
    ("copy under a larger id", |s| vec![s.renamed("fffffff5", s.lines.len())]),
];

/// Measures all ways to copy the Claude Code sessions (plain `.jsonl`) below a folder.
///
/// # Errors
/// What reading and writing files gives.
pub fn measure(corpus: &Path) -> Result<Vec<Row>> {
    let sessions = sessions(corpus)?;
    let alone = Folder::new()?;
    sessions.iter().try_for_each(|session| alone.write(&session.original()))?;
    let (report, _) = alone.scan()?;
    let expected = findings(&report)?;
    let mut rows = vec![alone.row("originals", &expected)?];
    let together = Folder::new()?;
    sessions.iter().try_for_each(|session| together.write(&session.original()))?;
    for (variant, copying) in VARIANTS {
        let folder = Folder::new()?;
        sessions.iter().try_for_each(|session| folder.write(&session.original()))?;
        for copy in sessions.iter().flat_map(copying) {
            folder.write(&copy)?;
            together.write(&copy)?;
        }
        rows.push(folder.row(variant, &expected)?);
    }
    rows.push(together.row("all of these", &expected)?);
    Ok(rows)
}

fn sessions(corpus: &Path) -> Result<Vec<Session>> {
    let files = walk(&[corpus])?.files;
    let logs = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    let session = |path: &PathBuf| -> Result<Option<Session>> {
        let text = fs::read_to_string(path)?;
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
        let own = lines.iter().any(|line| line.contains(&format!("\"sessionId\":\"{id}\"")));
        Ok(own.then_some(Session { id, lines }))
    };
    logs.filter_map(|path| session(path).transpose()).collect()
}

impl Session {
    fn original(&self) -> Log {
        (format!("{}.jsonl", self.id), self.text(self.lines.len()))
    }

    fn file(&self, what: &str) -> String {
        format!("{}.{what}.jsonl", self.id)
    }

    fn text(&self, lines: usize) -> String {
        self.lines[..lines].concat()
    }

    /// The number of lines up to a share of them, and on to the next call: the copy stops in the middle of a turn.
    fn cut(&self, part: usize, of: usize) -> usize {
        let at = self.lines.len() * part / of;
        let call = self.lines[at..].iter().position(|line| line.contains("\"type\":\"tool_use\""));
        call.map_or(self.lines.len(), |call| at + call + 1)
    }

    /// The first lines under another id.
    fn renamed(&self, opening: &str, lines: usize) -> Log {
        let id = format!("{opening}{}", self.id.get(opening.len()..).unwrap_or_default());
        let field = |id: &str| format!("\"sessionId\":\"{id}\"");
        (format!("{id}.jsonl"), self.text(lines).replace(&field(&self.id), &field(&id)))
    }

    /// Each repeats all of the one before and goes on; the last is complete.
    fn chain(&self, opening: &str) -> Vec<Log> {
        (1..=5).map(|n| self.renamed(&format!("{opening}{n}"), self.cut(n, 5))).collect()
    }
}

/// Findings by session, as far as copies may not change them: without the file and the place in it, and under the
/// part of the id that the copies keep.
type Findings = BTreeMap<String, Vec<Value>>;

fn findings(report: &Report) -> Result<Findings> {
    let mut found = Findings::new();
    for finding in &report.findings {
        let mut value = serde_json::to_value(finding)?;
        strip(&mut value);
        let kept = finding.session_id.get(8..).unwrap_or(&finding.session_id);
        found.entry(kept.to_owned()).or_default().push(value);
    }
    Ok(found)
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let dropped = ["source", "file", "line", "byte", "session_id", "parent_session_id", "finding_id"];
            dropped.iter().for_each(|name| drop(fields.remove(*name)));
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("goodhart-replay-{}-{number}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    fn write(&self, (name, text): &Log) -> Result<()> {
        Ok(fs::write(self.0.join(name), text)?)
    }

    /// The report, and whether another number of threads and another order of paths give the same.
    fn scan(&self) -> Result<(Report, bool)> {
        let batch = |threads| Batch::new(Baseline::embedded()).threads(threads);
        let mut files = walk(&[&self.0])?.files;
        files.reverse();
        let (one, many) = (batch(1).scan(&[&self.0])?, batch(4).scan(&files)?);
        let agree =
            one.summary == many.summary && format!("{:?}", one.findings) == format!("{:?}", many.findings);
        Ok((one, agree))
    }

    fn row(&self, variant: &'static str, expected: &Findings) -> Result<Row> {
        let (report, threads_agree) = self.scan()?;
        let found = findings(&report)?;
        let same = expected.iter().filter(|(id, finding)| found.get(*id) == Some(*finding)).count();
        let Report { findings, summary, .. } = report;
        Ok(Row {
            variant,
            sessions: summary.sessions,
            replay_sessions: summary.replay_sessions,
            events: summary.event_count(),
            tokens: findings.iter().filter_map(|finding| finding.tokens.total).sum(),
            replayed: summary.replayed_events,
            duplicates: summary.duplicate_events,
            differing: (expected.len() - same) as u64,
            threads_agree,
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
