//! Logs in any amount: real Claude Code sessions told again under fresh ids.
//!
//! Without the corpora generated sessions take their place. Repetition 0 is the log as it is. In the others every id
//! that is unique in the world (uuids, and what follows `msg_`, `toolu_`, `req_`, `call_`) ends in other characters,
//! the same ones wherever it stands, so that no two repetitions share a session, a request or a call.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use goodhart_readers::walk;
use goodhart_synth::{Difficulty, classes, generate};
use goodhart_trace::EventId;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One log and where the ids stand in it.
pub struct Log {
    name: String,
    bytes: Vec<u8>,
    ids: Vec<Id>,
}

/// The characters of an id that are replaced.
struct Id {
    at: usize,
    length: usize,
    hash: u64,
}

/// Logs that are told again.
pub struct Corpus {
    logs: Vec<Log>,
}

/// Folders of Claude Code logs below the corpora.
const FOLDERS: &[&str] = &["native/entire_external_agents/claude_code", "native/spliced"];

/// Bytes of generated sessions, about as many as the corpora have.
const GENERATED: usize = 124_000_000;

impl Corpus {
    /// The logs of the corpora; where there are none, as many bytes of generated ones.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub fn find() -> Result<Corpus> {
        let corpora =
            std::env::var_os("GOODHART_CORPORA").map_or_else(|| "../shared/corpora".into(), PathBuf::from);
        let folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| corpora.join(folder)).collect();
        if folders.iter().all(|folder| folder.is_dir()) {
            Corpus::of(&folders)
        } else {
            Ok(Corpus::generated(GENERATED))
        }
    }

    /// The logs of some folders.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub fn of(folders: &[PathBuf]) -> Result<Corpus> {
        let files = walk(folders)?.files;
        Ok(Corpus { logs: files.iter().map(|file| Log::read(file)).collect::<Result<_>>()? })
    }

    /// Generated sessions of every class in turn, of this many bytes or a little more.
    pub fn generated(bytes: usize) -> Corpus {
        let (mut logs, mut held) = (Vec::new(), 0);
        for seed in 0.. {
            for class in classes() {
                let session = generate(class, Difficulty::Mixed, seed);
                held += session.lines.len();
                logs.push(Log::new(session.id, session.lines.into_bytes()));
                if held >= bytes {
                    return Corpus { logs };
                }
            }
        }
        Corpus { logs }
    }

    /// The logs.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// Bytes of one repetition.
    pub fn bytes(&self) -> u64 {
        self.logs.iter().map(|log| log.bytes.len() as u64).sum()
    }

    /// Writes the repetitions as a home folder of the agent, a project and a file for every session.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path, repeat: u64) -> io::Result<()> {
        self.each(repeat, |name, bytes| {
            let project = folder.join("projects").join(name);
            fs::create_dir_all(&project)?;
            fs::write(project.join(format!("{name}.jsonl")), bytes)
        })
    }

    /// Writes the repetitions into one file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_one(&self, file: &Path, repeat: u64) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(file)?);
        self.each(repeat, |_, bytes| out.write_all(bytes))?;
        out.flush()
    }

    fn each(&self, repeat: u64, mut take: impl FnMut(&str, &[u8]) -> io::Result<()>) -> io::Result<()> {
        for log in &self.logs {
            let mut bytes = log.bytes.clone();
            for round in 0..repeat {
                log.renew(round, &mut bytes);
                take(&log.name(round), &bytes)?;
            }
        }
        Ok(())
    }
}

impl Log {
    fn read(file: &Path) -> Result<Log> {
        let bytes = fs::read(file)?;
        let packed = file.extension().is_some_and(|extension| extension == "zst");
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let bytes = if packed { zstd::decode_all(&bytes[..])? } else { bytes };
        Ok(Log::new(name.trim_end_matches(".jsonl").to_owned(), bytes))
    }

    /// A log under the name of its session.
    pub fn new(name: String, mut bytes: Vec<u8>) -> Log {
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        let ids = ids(&bytes);
        Log { name, bytes, ids }
    }

    /// The log as it is.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes a repetition over `bytes`, which hold the log or another repetition of it.
    pub fn renew(&self, round: u64, bytes: &mut [u8]) {
        for id in &self.ids {
            let place = &mut bytes[id.at..id.at + id.length];
            match round {
                0 => place.copy_from_slice(&self.bytes[id.at..id.at + id.length]),
                _ => place.copy_from_slice(&fresh(id.hash, round)[..id.length]),
            }
        }
    }

    /// The name of a repetition.
    fn name(&self, round: u64) -> String {
        let mut name = self.name.clone().into_bytes();
        for id in ids(self.name.as_bytes()).iter().filter(|_| round > 0) {
            name[id.at..id.at + id.length].copy_from_slice(&fresh(id.hash, round)[..id.length]);
        }
        String::from_utf8_lossy(&name).into_owned()
    }
}

/// Characters that take the place of the last ones of an id: hexadecimal digits, as any id may have.
fn fresh(hash: u64, round: u64) -> [u8; REPLACED] {
    let mixed = EventId::of(&[&hash.to_string(), &round.to_string()]).0;
    std::array::from_fn(|at| b"0123456789abcdef"[(mixed >> (4 * at)) as usize & 15])
}

/// Characters of an id that change.
const REPLACED: usize = 8;

const PREFIXES: &[&[u8]] = &[b"msg_", b"toolu_", b"req_", b"call_"];

/// The ids in some text, by their last characters.
fn ids(text: &[u8]) -> Vec<Id> {
    let mut ids = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let begins = at == 0 || !text[at - 1].is_ascii_alphanumeric();
        match id_length(&text[at..]).filter(|_| begins) {
            Some(length) => {
                let id = String::from_utf8_lossy(&text[at..at + length]);
                let hash = EventId::of(&[&id]).0;
                ids.push(Id { at: at + length - REPLACED, length: REPLACED, hash });
                at += length;
            }
            None => at += 1,
        }
    }
    ids
}

fn id_length(text: &[u8]) -> Option<usize> {
    if is_uuid(text) {
        return Some(UUID);
    }
    let prefix = PREFIXES.iter().find(|prefix| text.starts_with(prefix))?;
    let rest = &text[prefix.len()..];
    let tail = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    (tail >= REPLACED).then_some(prefix.len() + tail)
}

const UUID: usize = 36;

fn is_uuid(text: &[u8]) -> bool {
    let part = |at: usize, byte: u8| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.get(..UUID).is_some_and(|id| id.iter().enumerate().all(|(at, &byte)| part(at, byte)))
}

#[cfg(test)]
mod tests {
    use super::{Corpus, Log};

    #[test]
    fn a_repetition_differs_in_its_ids_and_in_nothing_else() {
        let text = r#"{"sessionId":"5f0c1d2e-0000-4000-8000-000000000001","id":"toolu_01QNddcCvHaEGw2A","n":12345678}"#;
        let log = Log::new("5f0c1d2e-0000-4000-8000-000000000001".into(), text.into());
        let mut again = log.bytes().to_vec();
        log.renew(1, &mut again);
        let told = String::from_utf8(again.clone()).unwrap();
        assert!(told.contains(&log.name(1)) && told.contains("toolu_01QNddc") && told.contains("12345678"));
        assert_ne!(again, log.bytes());
        log.renew(0, &mut again);
        assert_eq!(again, log.bytes());
    }

    #[test]
    fn generated_sessions_fill_the_size() {
        assert!(Corpus::generated(200_000).bytes() >= 200_000);
    }
}
