//! Which files to read: paths that were given, folders below them, and the places where agents keep their logs.
//!
//! A path to a file is taken whatever its name. A folder gives the files whose names look like logs: `*.jsonl` and
//! `*.json`, plain or with `.gz`, `.zst`, `.zstd`. Passed over without a word are sidecars (`*.meta.json`), run logs
//! (`journal.jsonl`) and files that keep credentials (`auth.json`, `.credentials.json`). The result is sorted and
//! names every file once, however many links lead to it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use goodhart_trace::{Issue, IssueKind, Position};
use walkdir::{DirEntry, WalkDir};

use crate::Error;

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// The files, sorted, each once; their places in this list are the file indices of positions.
    pub files: Vec<PathBuf>,
    /// Folders and entries that could not be read, and links back to what was walked already. Their positions say
    /// nothing, their details name the path.
    pub issues: Vec<Issue>,
}

/// Files and folders to the files to read.
///
/// # Errors
///
/// [`Error::NotFound`] when a given path does not exist. What cannot be read below a folder is an issue.
pub fn walk<P: AsRef<Path>>(paths: &[P]) -> Result<Walk, Error> {
    let mut walker = Walker::default();
    for path in paths.iter().map(AsRef::as_ref) {
        let kind = path.metadata().map_err(|_| Error::NotFound { path: path.to_owned() })?;
        if kind.is_dir() {
            walker.folder(path);
        } else {
            walker.file(path);
        }
    }
    walker.follow_links();
    walker.found.files.sort();
    Ok(walker.found)
}

#[derive(Default)]
struct Walker {
    found: Walk,
    /// Real paths of everything met so far.
    met: BTreeSet<PathBuf>,
    /// Links wait until all real folders are walked: what can be reached without a link is.
    links: Vec<PathBuf>,
}

impl Walker {
    fn folder(&mut self, root: &Path) {
        let mut entries = WalkDir::new(root).follow_root_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) if entry.depth() > 0 && entry.path_is_symlink() => {
                    self.links.push(entry.into_path())
                }
                Ok(entry) if entry.path().is_dir() => {
                    if !self.is_new(entry.path()) {
                        entries.skip_current_dir();
                    }
                }
                Ok(entry) if is_log(&entry) => self.file(entry.path()),
                Ok(_) => {}
                Err(error) => self.unreadable(error.path().unwrap_or(root), &error.to_string()),
            }
        }
    }

    fn file(&mut self, path: &Path) {
        if self.is_new(path) {
            self.found.files.push(path.to_owned());
        }
    }

    /// Links may lead to folders with more links.
    fn follow_links(&mut self) {
        while !self.links.is_empty() {
            for link in std::mem::take(&mut self.links) {
                match link.metadata() {
                    Ok(kind) if kind.is_dir() && self.is_met(&link) => {
                        let detail =
                            format!("{}: expected a new folder, found one walked before", link.display());
                        self.found.issues.push(Issue::new(IssueKind::LinkCycle, Position::default(), detail));
                    }
                    Ok(kind) if kind.is_dir() => self.folder(&link),
                    // Opening a pipe waits for a writer who may never come.
                    Ok(kind) if kind.is_file() && is_log_name(&link) => self.file(&link),
                    Ok(_) => {}
                    Err(error) => self.unreadable(&link, &error.to_string()),
                }
            }
        }
    }

    fn is_met(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|real| self.met.contains(&real))
    }

    fn is_new(&mut self, path: &Path) -> bool {
        self.met.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }

    fn unreadable(&mut self, path: &Path, error: &str) {
        let detail = format!("{}: {error}", path.display());
        self.found.issues.push(Issue::new(IssueKind::Unreadable, Position::default(), detail));
    }
}

fn is_log(entry: &DirEntry) -> bool {
    entry.file_type().is_file() && is_log_name(entry.path())
}

/// Whether a file of this name is taken from a folder.
fn is_log_name(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let plain = [".gz", ".zst", ".zstd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let kept_out = ["journal.jsonl", "auth.json", ".credentials.json"].contains(&plain);
    let log = [".jsonl", ".json", ".traj"].iter().any(|end| plain.ends_with(end));
    log && !kept_out && !plain.ends_with(".meta.json")
}

/// Where Claude Code and Codex keep their logs, in this order; the folders need not exist.
///
/// The core reads no environment: the caller passes the home folder and a way to look up variables
/// (`CLAUDE_CONFIG_DIR`, a list with commas, and `CODEX_HOME`).
///
/// ```
/// use std::path::{Path, PathBuf};
///
/// let roots = goodhart_readers::agent_log_roots(Some(Path::new("/home/ada")), &|_| None);
/// assert_eq!(roots[0], PathBuf::from("/home/ada/.claude/projects"));
/// ```
pub fn agent_log_roots(home: Option<&Path>, variable: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let given = |name| variable(name).filter(|value| !value.trim().is_empty());
    let claude = match given("CLAUDE_CONFIG_DIR") {
        Some(list) => {
            list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(projects).collect()
        }
        None => home.map_or_else(Vec::new, |home| {
            vec![home.join(".claude/projects"), home.join(".config/claude/projects")]
        }),
    };
    let codex = given("CODEX_HOME").map(PathBuf::from).or_else(|| home.map(|home| home.join(".codex")));
    let codex = codex.into_iter().flat_map(|codex| [codex.join("sessions"), codex.join("archived_sessions")]);
    claude.into_iter().chain(codex).collect()
}

/// An entry of the list may or may not name `projects` itself.
fn projects(entry: &str) -> PathBuf {
    let path = PathBuf::from(entry);
    if path.ends_with("projects") { path } else { path.join("projects") }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder of its own, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("goodhart-walk-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Folder(path.canonicalize().unwrap())
        }

        fn with(self, files: &[&str]) -> Self {
            for file in files {
                let path = self.0.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "{}").unwrap();
            }
            self
        }

        fn names(&self, walk: &Walk) -> Vec<String> {
            let name = |path: &PathBuf| path.strip_prefix(&self.0).unwrap().to_str().unwrap().to_owned();
            walk.files.iter().map(name).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_folder_gives_its_logs_sorted_and_leaves_the_rest() {
        let folder = Folder::new("logs").with(&[
            "b.jsonl",
            "a/z.json",
            "a/c.jsonl.zst",
            "a/d.jsonl.gz",
            "a/e.traj",
            "a/f.traj.zst",
            "a/agent-1.meta.json",
            "a/journal.jsonl",
            "a/auth.json",
            "a/notes.txt",
        ]);
        let found = walk(&[&folder.0]).unwrap();
        assert_eq!(
            folder.names(&found),
            ["a/c.jsonl.zst", "a/d.jsonl.gz", "a/e.traj", "a/f.traj.zst", "a/z.json", "b.jsonl"]
        );
        assert!(found.issues.is_empty());
    }

    #[test]
    fn a_given_file_is_taken_whatever_its_name_and_once() {
        let folder = Folder::new("given").with(&["notes.txt", "a.jsonl"]);
        let paths = [folder.0.join("notes.txt"), folder.0.clone(), folder.0.join("a.jsonl")];
        assert_eq!(folder.names(&walk(&paths).unwrap()), ["a.jsonl", "notes.txt"]);
    }

    #[test]
    fn a_path_that_does_not_exist_is_an_error() {
        let missing = Path::new("/nowhere/at/all");
        assert!(matches!(walk(&[missing]), Err(Error::NotFound { path }) if path == missing));
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_new_places_once() {
        use std::os::unix::fs::symlink;
        let outside = Folder::new("outside").with(&["far.jsonl"]);
        let folder = Folder::new("links").with(&["z/a.jsonl"]);
        symlink(&folder.0, folder.0.join("z/up")).unwrap();
        symlink(&outside.0, folder.0.join("a-link")).unwrap();
        symlink(&outside.0, folder.0.join("b-link")).unwrap();
        symlink(folder.0.join("z/a.jsonl"), folder.0.join("same.jsonl")).unwrap();
        symlink(folder.0.join("gone"), folder.0.join("broken.jsonl")).unwrap();
        let found = walk(&[&folder.0]).unwrap();
        assert_eq!(folder.names(&found), ["a-link/far.jsonl", "z/a.jsonl"]);
        let kinds: Vec<_> = found.issues.iter().map(|issue| issue.kind).collect();
        assert_eq!(kinds, [IssueKind::LinkCycle, IssueKind::Unreadable, IssueKind::LinkCycle]);
    }

    #[test]
    fn roots_follow_the_variables() {
        let home = Path::new("/h");
        let roots = agent_log_roots(Some(home), &|name| match name {
            "CLAUDE_CONFIG_DIR" => Some("/a, /b/projects,".into()),
            "CODEX_HOME" => Some("/c".into()),
            _ => None,
        });
        let expected = ["/a/projects", "/b/projects", "/c/sessions", "/c/archived_sessions"];
        assert_eq!(roots, expected.map(PathBuf::from));
        assert_eq!(agent_log_roots(None, &|_| None), Vec::<PathBuf>::new());
        assert_eq!(agent_log_roots(Some(home), &|_| Some(String::new())).len(), 4);
    }
}
