//! Reads files a second time, for the digests of some of their sessions.

use std::collections::BTreeMap;
use std::path::Path;

use goodhart_features::{Digest, DigestKey};
use goodhart_readers::{Error, Options, read_file, read_file_with};
use goodhart_trace::{Event, Issue, Sink};

use crate::ahead::{Ahead, Take};
use crate::divide::digest_at;
use crate::reduce::Handed;

/// The digests of the wanted sessions, by the number that `wanted` gives them. The first pass has reported what is
/// wrong inside the file, so only what keeps it from being opened is told. `shared`: the threads share the file.
pub(crate) fn read_again(
    path: &Path,
    shared: bool,
    options: &Options,
    key: DigestKey,
    wanted: &BTreeMap<&str, u32>,
) -> (BTreeMap<u32, Vec<Digest>>, Option<Error>) {
    let options = Options { strict: false, ..*options };
    let mut gather = Gather { wanted, key, found: BTreeMap::new() };
    let (read, gather) = if shared {
        let wants = |session: &str| wanted.contains_key(session);
        Ahead::new(gather, key, &wants).run(|hands| read_file_with(path, 0, &options, hands))
    } else {
        (read_file(path, 0, &options, &mut gather), gather)
    };
    (gather.found, read.err())
}

struct Gather<'a> {
    wanted: &'a BTreeMap<&'a str, u32>,
    key: DigestKey,
    found: BTreeMap<u32, Vec<Digest>>,
}

impl Take for Gather<'_> {
    fn take<'d>(&mut self, event: &Event<'_>, digest: impl FnOnce() -> Handed<'d>) {
        if let Some(&session) = self.wanted.get(&*event.session) {
            self.found.entry(session).or_default().push(digest().kept());
        }
    }
}

impl Sink for Gather<'_> {
    fn event(&mut self, event: Event<'_>) {
        let key = self.key;
        self.take(&event, || Handed::Over(digest_at(&event, 0, key, 0)));
    }

    fn issue(&mut self, _: Issue) {}
}
