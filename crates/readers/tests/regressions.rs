//! Replays the inputs that a fuzzer once failed on; see `docs/how-to/fuzz.md`.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers do")]

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use goodhart_readers::{Collect, FORMATS, Options, format, read_reader};
use goodhart_trace::Source;

/// Gives its bytes a few at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(into.len()).min(self.0.len());
        into[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn read(reader: impl Read, options: &Options) -> Collect {
    let mut found = Collect::default();
    read_reader(reader, Source { file: 0, path: "-" }, options, &mut found).unwrap();
    found
}

/// The inputs of a target.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions").join(target);
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

/// How much a decoder delivered before the damage depended on the pieces in which a pipe gave the bytes.
#[test]
fn pieces_change_nothing_even_in_a_damaged_stream() {
    let mut replayed = 0;
    for each in FORMATS {
        for bytes in inputs(&each.id().replace('-', "_")) {
            let options = Options { format: format(each.id()), ..Options::default() };
            let whole = read(&bytes[..], &options);
            for size in [1, 7, 100] {
                assert_eq!(read(Pieces(&bytes, size), &options), whole, "{} in pieces of {size}", each.id());
            }
            replayed += 1;
        }
    }
    assert!(replayed >= 3, "{replayed} inputs");
}
