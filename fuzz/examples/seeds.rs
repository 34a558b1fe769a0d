//! Writes the seeds of every target to `corpus/<target>/`: `cargo run --example seeds` in this folder.
//!
//! They are the committed sample logs, cut to a size that a fuzzer can work with, the small logs in `seeds/`, and
//! states and a baseline made here.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use goodhart_features::{DigestKey, Fold, Habits, digest};
use goodhart_readers::FORMATS;
use goodhart_scoring::Baseline;

/// Longest prefix of a sample log that is taken.
const LONGEST: usize = 24 * 1024;

fn main() -> io::Result<()> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    logs(home)?;
    fold_states(home)?;
    let body = Baseline::embedded().to_bytes().split_off(18);
    seed(home, "baseline", "embedded", &body)
}

fn logs(home: &Path) -> io::Result<()> {
    let mut samples: Vec<(&str, PathBuf)> = Vec::new();
    for project in children(&home.join("../datasets/sample/projects"))? {
        samples.extend(children(&project)?.into_iter().take(1).map(|path| ("claude_code", path)));
    }
    let folders = children(&home.join("seeds"))?;
    for folder in &folders {
        let target = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        samples.extend(children(folder)?.into_iter().map(|path| (target, path)));
    }
    for (n, (target, path)) in samples.iter().enumerate() {
        log(home, target, &format!("{n}"), &beginning(fs::read(path)?))?;
    }
    Ok(())
}

/// One log is a seed for its format, for the registry, for the walk, and packed for the decompression.
fn log(home: &Path, target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let id = target.replace('_', "-");
    let index = FORMATS.iter().position(|format| format.id() == id).unwrap_or(0);
    seed(home, target, name, bytes)?;
    seed(home, "any_format", name, &[&[index as u8], bytes].concat())?;
    seed(home, "walk", name, bytes)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes)?;
    seed(home, "decompression", &format!("{name}.gz"), &gzip.finish()?)?;
    seed(home, "decompression", &format!("{name}.zst"), &zstd::encode_all(bytes, 1)?)
}

fn fold_states(home: &Path) -> io::Result<()> {
    let habits = Habits::default();
    for steps in [false, true] {
        let mut fold = if steps { Fold::new(&habits).with_steps() } else { Fold::new(&habits) };
        for (order, event) in goodhart_fuzz::trace().iter().enumerate() {
            seed(home, "fold_state", &format!("{steps}-{order}"), &fold.to_bytes())?;
            fold.push(&digest(event, order as u64, DigestKey(1))).expect("because the order counts up");
        }
    }
    Ok(())
}

/// Whole lines of the beginning, where the file has lines that are short enough.
fn beginning(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() > LONGEST {
        bytes.truncate(LONGEST);
        let end = bytes.iter().rposition(|&byte| byte == b'\n').unwrap_or(LONGEST);
        bytes.truncate(end);
    }
    bytes
}

fn children(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

fn seed(home: &Path, target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = home.join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}
