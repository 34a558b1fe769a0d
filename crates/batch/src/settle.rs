//! From the parts of all files to sessions: who owns what, and the second pass over what is entangled.

use std::collections::BTreeMap;

use goodhart_features::Digest;
use rayon::prelude::*;

use crate::Error;
use crate::again::read_again;
use crate::components::components;
use crate::divide::Divided;
use crate::facts::Facts;
use crate::files::Files;
use crate::group::{Group, groups, replay};
use crate::issues::IssueCounts;
use crate::merge::{Copies, merge};
use crate::reduce::Reducer;
use crate::replay::Replay;
use crate::scan::Summary;
use crate::tell;
use crate::walk::{Session, Walk, Walked, shared, unreadable};

/// Settles what the first pass found, one entry a file.
///
/// # Errors
/// [`Error::NothingRead`] when no file is a log.
pub(crate) fn settle<R: Reducer>(
    walk: &Walk<'_, R>,
    mut divided: Vec<Divided<R::Output>>,
    files: &Files,
) -> Result<Walked<R::Output>, Error> {
    tell::first_pass(files, &divided);
    let formats: Vec<_> = divided.iter().map(|divided| divided.format).collect();
    let mut summary = summary(&mut divided, files);
    if summary.formats.is_empty() {
        return Err(Error::NothingRead { files: summary.files, issues: Box::new(summary.issues) });
    }
    let mut groups = groups(divided.into_iter().flat_map(|file| file.parts));
    let replay = replay(&mut groups);
    let (entangled, plain): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|group| group.is_entangled(&replay));
    tell::second_pass(files, &entangled);
    let desk = Desk { walk, files, formats: &formats, replay: &replay };
    summary.merged_sessions = entangled.len() as u64;
    let mut sessions: Vec<_> = plain.into_iter().filter_map(|group| desk.plain(group)).collect();
    sessions.extend(desk.entangled(entangled, &mut summary));
    sessions.sort_by(|a, b| (a.facts.start(), &a.id).cmp(&(b.facts.start(), &b.id)));
    summary.sessions = sessions.len() as u64;
    Ok(Walked { sessions, summary })
}

fn summary<T>(divided: &mut [Divided<T>], files: &Files) -> Summary {
    let mut summary = Summary {
        files: files.list.len() as u64,
        duplicate_files: files.copies.len() as u64,
        bytes: files.bytes(),
        ..Summary::default()
    };
    files.issues.iter().for_each(|issue| summary.issues.add("", issue.clone()));
    for file in divided {
        file.format.into_iter().for_each(|format| *summary.formats.entry(format).or_default() += 1);
        file.events.iter().for_each(|(&kind, count)| *summary.events.entry(kind).or_default() += count);
        summary.retold_messages += file.retold;
        summary.issues.absorb(std::mem::take(&mut file.issues));
    }
    summary
}

/// Where sessions are settled, with everything at hand that it takes.
struct Desk<'a, R: Reducer> {
    walk: &'a Walk<'a, R>,
    files: &'a Files,
    formats: &'a [Option<&'static str>],
    replay: &'a Replay,
}

/// A session after the second pass.
struct Settled<T> {
    session: Session<T>,
    copies: Copies,
    is_replay: bool,
}

/// Digests by session and file.
type Digests = BTreeMap<(u32, u32), Vec<Digest>>;

impl<R: Reducer> Desk<'_, R> {
    /// A session that the first pass got right.
    fn plain(&self, group: Group<R::Output>) -> Option<Session<R::Output>> {
        let part = group.parts.into_iter().next()?;
        Some(Session {
            id: group.id,
            facts: part.facts,
            format: self.format(part.file),
            files: vec![self.name(part.file)],
            reduced: part.reduced?,
            replayed: 0,
        })
    }

    /// Second pass. Sessions that share no file have nothing to do with each other.
    fn entangled(&self, groups: Vec<Group<R::Output>>, summary: &mut Summary) -> Vec<Session<R::Output>> {
        let linked = components(groups, Group::files);
        let settled: Vec<_> = linked.into_par_iter().map(|groups| self.component(groups)).collect();
        let mut sessions = Vec::new();
        for (settled, issues) in settled {
            summary.issues.absorb(issues);
            for Settled { session, copies, is_replay } in settled {
                count(summary, copies, is_replay);
                sessions.extend((!is_replay).then_some(session));
            }
        }
        sessions
    }

    fn component(&self, groups: Vec<Group<R::Output>>) -> (Vec<Settled<R::Output>>, IssueCounts) {
        let (mut read, issues) = self.digests(&groups);
        let hand_out = |mut group: Group<R::Output>| {
            let files = group.files().into_iter();
            let of = |file| read.remove(&(group.number, file)).unwrap_or_else(|| group.kept(file));
            let digests: Vec<_> = files.map(of).collect();
            (group, digests)
        };
        let work: Vec<_> = groups.into_iter().map(hand_out).collect();
        (work.into_par_iter().map(|(group, digests)| self.session(group, digests)).collect(), issues)
    }

    fn session(&self, group: Group<R::Output>, digests: Vec<Vec<Digest>>) -> Settled<R::Output> {
        let merged = merge(digests, (self.walk.start)(), &|id| self.replay.is_foreign(id, group.number));
        let all = group.files();
        let own: Vec<u32> = merged.files.iter().map(|&at| all[at]).collect();
        let session = Session {
            facts: Facts { started_ms: merged.started_ms, ..group.facts(&own) },
            format: own.first().and_then(|&file| self.format(file)),
            files: own.iter().map(|&file| self.name(file)).collect(),
            id: group.id,
            reduced: Box::new(merged.reduced),
            replayed: merged.copies.replayed,
        };
        Settled { session, copies: merged.copies, is_replay: merged.is_replay }
    }

    /// Reads the files of these sessions again. What was no file has kept its digests.
    fn digests(&self, groups: &[Group<R::Output>]) -> (Digests, IssueCounts) {
        let (mut digests, mut issues) = (Digests::new(), IssueCounts::default());
        if self.files.is_stream {
            return (digests, issues);
        }
        let wanted: BTreeMap<&str, u32> = groups.iter().map(|group| (&*group.id, group.number)).collect();
        let mut files: Vec<u32> = groups.iter().flat_map(Group::files).collect();
        files.sort_unstable();
        files.dedup();
        let read: Vec<_> = files.par_iter().map(|&file| self.read_again(file, &wanted)).collect();
        for (file, (found, error)) in files.into_iter().zip(read) {
            digests.extend(found.into_iter().map(|(session, found)| ((session, file), found)));
            error.into_iter().for_each(|error| issues.add(&self.name(file), unreadable(file, &error)));
        }
        (digests, issues)
    }

    fn read_again(
        &self,
        file: u32,
        wanted: &BTreeMap<&str, u32>,
    ) -> (BTreeMap<u32, Vec<Digest>>, Option<goodhart_readers::Error>) {
        let (walk, file) = (self.walk, &self.files.list[file as usize]);
        read_again(&file.path, shared(file, self.files.bytes()), &walk.options, walk.key, wanted)
    }

    fn name(&self, file: u32) -> String {
        self.files.list[file as usize].name()
    }

    fn format(&self, file: u32) -> Option<&'static str> {
        self.formats.get(file as usize).copied().flatten()
    }
}

fn count(summary: &mut Summary, copies: Copies, is_replay: bool) {
    summary.replayed_events += copies.replayed;
    summary.replayed_tokens = summary.replayed_tokens.saturating_add(copies.replayed_tokens);
    summary.duplicate_events += copies.duplicates;
    summary.replay_sessions += u64::from(is_replay);
}
