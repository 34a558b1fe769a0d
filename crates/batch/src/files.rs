//! Paths to the files of a scan: sorted, each once, byte-identical copies left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use goodhart_readers::walk;
use goodhart_trace::Issue;
use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::Error;

/// The files of one scan. Their places in the list are the file indices of the first pass.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) list: Vec<LogFile>,
    /// Byte-identical copies that were left out.
    pub(crate) copies: Vec<LogFile>,
    /// What the walk met.
    pub(crate) issues: Vec<Issue>,
    /// The one file is a stream, which cannot be read again.
    pub(crate) is_stream: bool,
}

/// One file.
#[derive(Debug, Clone)]
pub(crate) struct LogFile {
    pub(crate) path: PathBuf,
    /// Size on disk, in bytes.
    pub(crate) bytes: u64,
}

impl LogFile {
    /// Path with `/` between folders.
    pub(crate) fn name(&self) -> String {
        let name = self.path.to_string_lossy();
        if cfg!(windows) { name.replace('\\', "/") } else { name.into_owned() }
    }
}

impl Files {
    /// Walks the paths. Their order has no influence.
    ///
    /// # Errors
    /// [`Error::NotFound`] when a path does not exist.
    pub(crate) fn below<P: AsRef<Path>>(paths: &[P]) -> Result<Files, Error> {
        let paths: BTreeSet<&Path> = paths.iter().map(AsRef::as_ref).collect();
        let found = walk(&paths.into_iter().collect::<Vec<_>>())?;
        let all: Vec<LogFile> = found.files.into_iter().map(sized).collect();
        let again = copies(&all);
        let (copies, list): (Vec<_>, Vec<_>) =
            all.into_iter().enumerate().partition(|(at, _)| again.contains(at));
        let files = |numbered: Vec<(usize, LogFile)>| numbered.into_iter().map(|(_, file)| file).collect();
        Ok(Files { list: files(list), copies: files(copies), issues: found.issues, is_stream: false })
    }

    /// A stream under a name.
    pub(crate) fn stream(name: &str) -> Files {
        let list = vec![LogFile { path: name.into(), bytes: 0 }];
        Files { list, is_stream: true, ..Files::default() }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.list.iter().map(|file| file.bytes).sum()
    }

    /// Indices, largest file first: the longest piece of work must not be the last to start.
    pub(crate) fn largest_first(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.list.len()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(self.list[at].bytes));
        order
    }
}

fn sized(path: PathBuf) -> LogFile {
    let bytes = path.metadata().map_or(0, |metadata| metadata.len());
    LogFile { path, bytes }
}

/// Files whose bytes another file before them has. Ids tell copies of records apart from repetitions; a format
/// without ids needs this. Only files of equal size and with an equal beginning are read as a whole.
fn copies(files: &[LogFile]) -> BTreeSet<usize> {
    let sized = files.iter().enumerate().map(|(at, file)| (at, file.bytes)).filter(|(_, bytes)| *bytes > 0);
    let alike = |at: &usize, bytes| Some((*at, fingerprint(&files[*at].path, bytes).ok()?));
    let begun: Vec<_> = shared(sized).par_iter().filter_map(|at| alike(at, BEGINNING)).collect();
    let whole: Vec<_> = shared(begun.into_iter()).par_iter().filter_map(|at| alike(at, u64::MAX)).collect();
    let mut met = BTreeSet::new();
    whole.into_iter().filter_map(|(at, print)| (!met.insert(print)).then_some(at)).collect()
}

/// Those that share what they are known by with another, in their order.
fn shared<K: Ord>(known: impl Iterator<Item = (usize, K)>) -> Vec<usize> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    known.for_each(|(at, key)| groups.entry(key).or_default().push(at));
    let mut shared: Vec<usize> = groups.into_values().filter(|equal| equal.len() > 1).flatten().collect();
    shared.sort_unstable();
    shared
}

/// Bytes by which most files of equal size are told apart: records name their session early.
const BEGINNING: u64 = 4096;

/// Hash of at most so many bytes of a file.
fn fingerprint(path: &Path, bytes: u64) -> io::Result<u128> {
    let mut file = File::open(path)?.take(bytes);
    let mut hash = Xxh3::new();
    let mut piece = vec![0; bytes.min(128 * 1024) as usize];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hash.digest128()),
            Ok(count) => hash.update(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BEGINNING, Files};
    use crate::testing::Folder;

    #[test]
    fn copies_are_left_out_and_the_largest_comes_first() {
        let folder = Folder::new();
        for (name, text) in
            [("b.jsonl", "same"), ("a.jsonl", "same"), ("c.jsonl", "diff"), ("d.jsonl", "longer")]
        {
            folder.write(name, text);
        }
        let files = Files::below(&[folder.path()]).unwrap();
        let names: Vec<_> = files.list.iter().map(|file| file.path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["a.jsonl", "c.jsonl", "d.jsonl"]);
        assert_eq!((files.copies.len(), files.bytes()), (1, 14));
        assert_eq!(files.largest_first(), [2, 0, 1]);
    }

    #[test]
    fn files_that_only_begin_alike_are_no_copies() {
        let folder = Folder::new();
        for (name, end) in [("a.jsonl", "a"), ("b.jsonl", "b"), ("c.jsonl", "a")] {
            folder.write(name, &("x".repeat(BEGINNING as usize) + end));
        }
        let files = Files::below(&[folder.path()]).unwrap();
        let names: Vec<_> = files.list.iter().map(|file| file.path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["a.jsonl", "b.jsonl"]);
    }

    #[test]
    fn the_order_and_number_of_mentions_change_nothing() {
        let folder = Folder::new();
        let [a, b] = ["a.jsonl", "b.jsonl"].map(|name| folder.write(name, name));
        let list = |paths: &[&std::path::PathBuf]| {
            Files::below(paths).unwrap().list.into_iter().map(|file| file.path).collect::<Vec<_>>()
        };
        assert_eq!(list(&[&a, &b]), list(&[&b, &a, &b]));
    }
}
