//! What happens to the files, told to whoever has installed a logger: in the order of the files, whatever the threads.

use crate::divide::Divided;
use crate::files::Files;
use crate::group::Group;
use crate::issues::IssueCounts;

/// Which files were read as what, and which were passed over and why.
pub(crate) fn first_pass<T>(files: &Files, divided: &[Divided<T>]) {
    log::debug!("first pass done: {} files, {} bytes", files.list.len(), files.bytes());
    for issue in &files.issues {
        log::info!("passed over: {}: {}", issue.kind.id(), issue.detail);
    }
    for copy in &files.copies {
        log::info!("passed over {}: the same bytes as another file", copy.name());
    }
    for (file, divided) in files.list.iter().zip(divided) {
        match divided.format {
            Some(format) => log::info!("read {} as {format}: {}", file.name(), amount(divided)),
            None => log::info!("passed over {}: {}", file.name(), reason(&divided.issues)),
        }
    }
}

/// Which files the second pass reads again, and for which sessions.
pub(crate) fn second_pass<T>(files: &Files, entangled: &[Group<T>]) {
    if entangled.is_empty() {
        return log::debug!("no second pass: every session stands in one file and shares no record");
    }
    for group in entangled {
        log::debug!("session {} is put together from {} files", group.id, group.files().len());
    }
    let mut again: Vec<u32> = entangled.iter().flat_map(Group::files).collect();
    again.sort_unstable();
    again.dedup();
    for file in again.iter().filter_map(|&file| files.list.get(file as usize)).filter(|_| !files.is_stream) {
        log::info!("reading {} again: it shares records or sessions", file.name());
    }
}

fn amount<T>(divided: &Divided<T>) -> String {
    let events: u64 = divided.events.values().sum();
    format!("events {events}, sessions {}, issues {}", divided.parts.len(), divided.issues.total())
}

/// The first issue of the most telling kind.
fn reason(issues: &IssueCounts) -> String {
    let first = issues.iter().next();
    first.map_or_else(
        || "nothing in it".to_owned(),
        |(kind, count)| format!("{}: {}", kind.id(), count.example.detail),
    )
}
