//! Writes sessions and their labels to a folder.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{Axis, Class, Difficulty, Error, Format, Session, class, classes, generate, generate_actor};

/// What to generate.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The classes.
    pub classes: Vec<&'static Class>,
    /// Sessions per class; of classes at the level of actors, actors with a few sessions each.
    pub per_class: u64,
    /// The first seed; session or actor `i` of a class has seed `seed + i`.
    pub seed: u64,
    /// The difficulty of patterns; `None` for easy, medium and hard in turn. Honest classes always alternate between
    /// normal and noisy.
    pub difficulty: Option<Difficulty>,
    /// Whose log the transcripts look like.
    pub format: Format,
}

impl Plan {
    /// A plan for classes by their ids, as Claude Code transcripts; no ids mean all classes.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownClass`] for an id that is not in the registry.
    pub fn new(
        ids: &[String],
        per_class: u64,
        seed: u64,
        difficulty: Option<Difficulty>,
    ) -> Result<Self, Error> {
        let found: Result<Vec<&'static Class>, Error> =
            ids.iter().map(|id| class(id).ok_or_else(|| unknown(id))).collect();
        let classes = if ids.is_empty() { classes().iter().collect() } else { found? };
        Ok(Self { classes, per_class, seed, difficulty, format: Format::ClaudeCode })
    }

    /// The sessions, one after the other, class by class.
    pub fn sessions(&self) -> impl Iterator<Item = Session> + '_ {
        let numbers = move |class: &'static Class| (0..self.per_class).map(move |number| (class, number));
        self.classes
            .iter()
            .flat_map(move |class| numbers(class))
            .flat_map(|(class, number)| self.actor(class, number))
    }

    fn actor(&self, class: &Class, number: u64) -> Vec<Session> {
        let all = class.difficulties();
        let in_turn = all[(number % all.len() as u64) as usize];
        let difficulty = if class.axis == Axis::None { in_turn } else { self.difficulty.unwrap_or(in_turn) };
        generate_actor(class, difficulty, self.seed + number, self.format)
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Sessions.
    pub sessions: u64,
    /// Bytes of transcripts.
    pub bytes: u64,
}

impl std::ops::Add for Written {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { sessions: self.sessions + other.sessions, bytes: self.bytes + other.bytes }
    }
}

/// Writes `<class>/<session id>.jsonl`, `labels.jsonl` and `labels-eval.jsonl` into a folder.
///
/// # Errors
///
/// [`Error::Write`] when a file or folder cannot be written.
pub fn write(folder: &Path, plan: &Plan) -> Result<Written, Error> {
    let path = |session: &Session| session.label.file.clone();
    write_all(folder, plan.sessions(), &plan.classes, path)
}

/// Writes the sample that the repository carries, in the folder layout of Claude Code.
///
/// # Errors
///
/// [`Error::Write`] when a file or folder cannot be written.
pub fn write_sample(folder: &Path) -> Result<Written, Error> {
    let path = |session: &Session| format!("projects/{}/{}.jsonl", session.slug, session.id);
    write_all(folder, sample(), &[], path)
}

/// The sessions of the sample: patterns at all difficulties, look-alikes, a stuck agent and neutral work, with seeds
/// whose sessions are small. It does not grow with the registry, as its numbers are quoted.
const SAMPLE: &[(&str, Difficulty, u64)] = &[
    ("G01", Difficulty::Easy, 351),
    ("G03", Difficulty::Easy, 18),
    ("G04", Difficulty::Easy, 335),
    ("G07", Difficulty::Hard, 259),
    ("G09", Difficulty::Easy, 326),
    ("G10", Difficulty::Medium, 133),
    ("G11", Difficulty::Easy, 263),
    ("G13", Difficulty::Medium, 332),
    ("G14", Difficulty::Hard, 284),
    ("G18", Difficulty::Easy, 221),
    ("G19", Difficulty::Medium, 141),
    ("G23", Difficulty::Easy, 91),
    ("G24", Difficulty::Easy, 225),
    ("L01", Difficulty::Normal, 333),
    ("L02", Difficulty::Normal, 207),
    ("L05", Difficulty::Normal, 321),
    ("L06", Difficulty::Normal, 75),
    ("L10", Difficulty::Normal, 101),
    ("L11", Difficulty::Normal, 193),
    ("L12", Difficulty::Noisy, 170),
    ("L13", Difficulty::Normal, 301),
    ("L14", Difficulty::Normal, 211),
    ("L16", Difficulty::Hard, 127),
    ("L17", Difficulty::Normal, 311),
    ("L18", Difficulty::Noisy, 254),
    ("L21", Difficulty::Normal, 335),
    ("L22", Difficulty::Normal, 349),
    ("N", Difficulty::Normal, 173),
    ("N", Difficulty::Normal, 117),
    ("N", Difficulty::Noisy, 144),
    ("N", Difficulty::Noisy, 88),
    ("N", Difficulty::Normal, 11),
    ("N", Difficulty::Noisy, 4),
    ("N", Difficulty::Normal, 47),
];

fn sample() -> impl Iterator<Item = Session> {
    let known = SAMPLE.iter().filter_map(|(id, difficulty, seed)| Some((class(id)?, *difficulty, *seed)));
    known.map(|(class, difficulty, seed)| generate(class, difficulty, seed))
}

fn write_all(
    folder: &Path,
    sessions: impl Iterator<Item = Session>,
    compared: &[&Class],
    path: impl Fn(&Session) -> String,
) -> Result<Written, Error> {
    let patterns: Vec<&Class> =
        compared.iter().filter(|class| class.expected == crate::Expected::Review).copied().collect();
    fs::create_dir_all(folder).map_err(at(folder))?;
    let mut labels = Lines::create(&folder.join("labels.jsonl"))?;
    let mut evaluation = Lines::create(&folder.join("labels-eval.jsonl"))?;
    let mut written = Written::default();
    for mut session in sessions {
        session.label.file = path(&session);
        let file = folder.join(&session.label.file);
        let parent = file.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(at(parent))?;
        fs::write(&file, &session.lines).map_err(at(&file))?;
        labels.push(&session.label)?;
        session.evaluation(&patterns).iter().try_for_each(|line| evaluation.push(line))?;
        written.sessions += 1;
        written.bytes += session.lines.len() as u64;
    }
    labels.close()?;
    evaluation.close()?;
    Ok(written)
}

/// A file of JSON lines.
pub(crate) struct Lines {
    path: PathBuf,
    file: BufWriter<fs::File>,
}

impl Lines {
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let file = fs::File::create(path).map_err(at(path))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    pub(crate) fn push(&mut self, line: &impl Serialize) -> Result<(), Error> {
        let json = serde_json::to_string(line).expect("because labels are plain records");
        writeln!(self.file, "{json}").map_err(at(&self.path))
    }

    pub(crate) fn close(mut self) -> Result<(), Error> {
        self.file.flush().map_err(at(&self.path))
    }
}

pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    |source| Error::Write { path: path.to_owned(), source }
}

fn unknown(id: &str) -> Error {
    let expected = classes().iter().map(|class| class.id).collect::<Vec<_>>().join(" ");
    Error::UnknownClass { found: id.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A folder that disappears with the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("goodhart-synth-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// All files below a folder by relative path.
    fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut open = vec![root.to_owned()];
        let mut found = BTreeMap::new();
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
                }
            }
        }
        found
    }

    #[test]
    fn the_committed_sample_is_what_the_generator_writes() {
        let scratch = Scratch::new("sample");
        let written = write_sample(&scratch.0).unwrap();
        assert!(written.bytes < 3_000_000, "{} bytes", written.bytes);
        let committed = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample"));
        let fresh = files(&scratch.0);
        assert_eq!(committed.keys().collect::<Vec<_>>(), fresh.keys().collect::<Vec<_>>());
        for (path, bytes) in &fresh {
            assert!(committed[path] == *bytes, "{} differs; run `goodhart-synth sample`", path.display());
        }
    }

    #[test]
    fn the_sample_has_settings_that_exist() {
        assert!(SAMPLE.iter().all(|(id, difficulty, _)| {
            class(id).is_some_and(|class| class.nearest(*difficulty) == *difficulty)
        }));
    }

    #[test]
    fn a_plan_writes_a_file_for_each_label() {
        let scratch = Scratch::new("plan");
        let plan = Plan::new(&["G18".to_owned(), "N".to_owned()], 3, 9, None).unwrap();
        let written = write(&scratch.0, &plan).unwrap();
        assert_eq!(written.sessions, 6);
        let all = files(&scratch.0);
        let labels = String::from_utf8(all[Path::new("labels.jsonl")].clone()).unwrap();
        for line in labels.lines() {
            let label: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(all.contains_key(Path::new(label["file"].as_str().unwrap())));
        }
        assert_eq!(labels.lines().count(), 6);
        assert!(all.contains_key(Path::new("labels-eval.jsonl")));
    }

    #[test]
    fn a_plan_writes_all_sessions_of_an_actor_in_the_form_asked_for() {
        let scratch = Scratch::new("actors");
        let plan = Plan::new(&["G20".to_owned()], 1, 9, Some(Difficulty::Mixed)).unwrap();
        let written = write(&scratch.0, &Plan { format: Format::Codex, ..plan }).unwrap();
        assert!(written.sessions > 1);
        let all = files(&scratch.0);
        let logs = all.iter().filter(|(path, _)| path.starts_with("G20"));
        assert!(logs.clone().all(|(_, bytes)| bytes.starts_with(b"{\"timestamp\":")));
        assert_eq!(logs.count() as u64, written.sessions);
    }

    #[test]
    fn an_unknown_class_is_named() {
        let error = Plan::new(&["G99".to_owned()], 1, 1, None).unwrap_err();
        assert!(error.to_string().starts_with("unknown class `G99`, expected one of G01"));
    }
}
