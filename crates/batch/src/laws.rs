//! What holds of every scan, whatever the traces: order, threads, copies, forks, cuts and bad neighbours change
//! nothing that they should not.

use std::path::Path;

use goodhart_features::{Fold, Profile, digest};
use goodhart_readers::{Collect, read_reader};
use goodhart_scoring::Baseline;
use goodhart_trace::build::{Session, session};
use goodhart_trace::{Event, Position, Source, Usage};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::testing::{Folder, claude_code};
use crate::{Batch, Error, ReadOptions, Scan, SessionProfile};

/// What a session does: a move and the object of it.
type Moves = Vec<(u8, u8)>;

fn moves() -> impl Strategy<Value = Moves> {
    prop::collection::vec((0_u8..6, 0_u8..4), 4..40)
}

fn play(trace: Session, moves: &Moves) -> Session {
    moves.iter().enumerate().fold(trace, |trace, (at, &(what, which))| one_move(trace, at, what, which))
}

/// Texts name the move, since two equal texts in one message are one piece recorded twice.
fn one_move(trace: Session, at: usize, what: u8, which: u8) -> Session {
    let usage = Usage {
        input: 3,
        cache_read: 1000 + u64::from(which),
        output: 20 + u64::from(what),
        ..Usage::default()
    };
    match what {
        0 => trace.prompt(&format!("please look at part {which} of the work")),
        1 => trace
            .text(&format!("I have looked at part {which} in move {at} and it seems to be in order."))
            .usage(usage),
        2 => trace.call("Bash", r#"{"command":"ci status"}"#).usage(usage).result("3 of 9 jobs done"),
        3 => trace
            .reasoning(&format!("there may be more to it than move {at}"))
            .call("Read", &format!(r#"{{"file_path":"src/{which}.rs"}}"#))
            .usage(usage)
            .result(&format!("fn part_{which}() {{}}")),
        4 => trace
            .call(
                "Edit",
                &format!(r#"{{"file_path":"src/{which}.rs","old_string":"a","new_string":"b{which}"}}"#),
            )
            .usage(usage)
            .result("ok"),
        _ => trace.call("Bash", r#"{"command":"cargo test"}"#).usage(usage).error("error: 2 tests failed"),
    }
}

/// Lines of a session of its own.
fn lines(name: &str, moves: &Moves) -> Vec<String> {
    claude_code(&events(name, moves), name)
}

fn events(name: &str, moves: &Moves) -> Vec<Event<'static>> {
    play(session(name).prompt("start"), moves).events()
}

/// Events that follow a copied history, a day later.
fn continuation(name: &str, moves: &Moves) -> Vec<Event<'static>> {
    play(session(name).wait(86_400).prompt("go on"), moves).events()
}

fn scan(path: &Path) -> Scan {
    Batch::new(Baseline::embedded()).keep_steps(true).profiles(&[path]).unwrap()
}

fn find<'s>(scan: &'s Scan, name: &str) -> &'s SessionProfile {
    scan.sessions.iter().find(|session| session.meta.session_id == name).unwrap()
}

fn placeless(mut profile: Profile) -> Profile {
    let spans = profile.spans.iter_mut().flat_map(|span| [&mut span.first, &mut span.last]);
    let steps = profile.step_records.iter_mut().map(|record| &mut record.place);
    spans.chain(steps).for_each(|place| place.position = Position::default());
    profile
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// For all traces and all ways to lay them out: one thread and many give the same bytes, as do paths in any order.
    #[test]
    fn neither_threads_nor_order_matter(all in prop::collection::vec(moves(), 1..8), threads in 2_usize..5) {
        let folder = Folder::new();
        let paths: Vec<_> = all.iter().enumerate().map(|(i, moves)| {
            let name = format!("s-{}", i / 2);
            folder.write_lines(&format!("{i}.jsonl"), &lines(&name, moves))
        }).collect();
        let read = |threads, paths: &[_]| {
            let batch = Batch::new(Baseline::embedded()).threads(threads).keep_steps(true);
            format!("{:?}", batch.profiles(paths).unwrap())
        };
        let reversed: Vec<_> = paths.iter().rev().cloned().collect();
        let one = read(1, &paths);
        prop_assert_eq!(&one, &read(threads, &paths));
        prop_assert_eq!(&one, &read(threads, &reversed));
    }

    /// For all traces: a second copy of a file, to the byte or not, changes no session.
    #[test]
    fn a_duplicate_file_changes_nothing(moves in moves(), same_bytes: bool) {
        let folder = Folder::new();
        let mut text = lines("s-1", &moves);
        folder.write_lines("b.jsonl", &text);
        let once = scan(folder.path());
        text.extend((!same_bytes).then(|| "\n".to_owned()));
        folder.write_lines("c.jsonl", &text);
        let twice = scan(folder.path());
        prop_assert_eq!(&once.sessions, &twice.sessions);
        prop_assert_eq!(twice.summary.duplicate_files, u64::from(same_bytes));
        let copies = if same_bytes { 0 } else { once.summary.event_count() };
        prop_assert_eq!(twice.summary.duplicate_events, copies);
    }

    /// For all traces, forks and ids of them: the original keeps its profile, and the fork pays for its continuation
    /// only.
    #[test]
    fn a_fork_changes_nothing_of_the_original(
        moves in moves(),
        more in moves(),
        at: Index,
        first: bool,
        smaller: bool,
    ) {
        let name = if smaller { "0-fork" } else { "b-fork" };
        let original = events("a-original", &moves);
        let own = continuation(name, &more);
        let copied = &original[..at.index(original.len() + 1)];
        let folder = Folder::new();
        folder.write_lines("m.jsonl", &claude_code(&original, "a-original"));
        let alone = scan(folder.path());
        let fork = [claude_code(copied, name), claude_code(&own, name)].concat();
        folder.write_lines(if first { "a.jsonl" } else { "z.jsonl" }, &fork);
        let both = scan(folder.path());
        prop_assert_eq!(&find(&both, "a-original"), &find(&alone, "a-original"));
        let fork = find(&both, name);
        let paid = Folder::new();
        paid.write_lines("b.jsonl", &claude_code(&own, name));
        let paid = scan(paid.path());
        prop_assert_eq!(fork.profile.usage, find(&paid, name).profile.usage);
        prop_assert_eq!(fork.profile.steps, find(&paid, name).profile.steps);
        prop_assert_eq!(fork.replayed_events, copied.len() as u64);
        prop_assert_eq!(both.summary.replayed_events, copied.len() as u64);
    }

    /// For all chains, whether their ids grow or shrink: each resumed session repeats all before it, and everything is
    /// billed once.
    #[test]
    fn a_chain_of_resumes_bills_everything_once(chain in prop::collection::vec(moves(), 2..5), shrink: bool) {
        let folder = Folder::new();
        let (mut history, mut expected) = (Vec::new(), Vec::new());
        for (i, moves) in chain.iter().enumerate() {
            let name = format!("s-{}", if shrink { 9 - i } else { i });
            let own = play(session(&name).wait(86_400 * i as i64).prompt("go on"), moves).events();
            let apart = Folder::new();
            apart.write_lines("own.jsonl", &claude_code(&own, &name));
            expected.push(find(&scan(apart.path()), &name).profile.usage);
            history.extend(own);
            folder.write_lines(&format!("{}.jsonl", 9 - i), &claude_code(&history, &name));
        }
        let scan = scan(folder.path());
        let found: Vec<_> = scan.sessions.iter().map(|session| session.profile.usage).collect();
        prop_assert_eq!(found, expected);
    }

    /// For all traces and cuts between lines, with and without lines that both halves hold: the halves give the
    /// session, up to positions.
    #[test]
    fn a_cut_changes_nothing_but_positions(moves in moves(), at: Index, overlap in 0_usize..4, swapped: bool) {
        let text = lines("s-1", &moves);
        let at = at.index(text.len() + 1);
        let (whole, cut) = (Folder::new(), Folder::new());
        whole.write_lines("a.jsonl", &text);
        let names = if swapped { ["b.jsonl", "a.jsonl"] } else { ["a.jsonl", "b.jsonl"] };
        cut.write_lines(names[0], &text[..at]);
        cut.write_lines(names[1], &text[at.saturating_sub(overlap)..]);
        let (whole, cut) = (scan(whole.path()), scan(cut.path()));
        prop_assert_eq!(cut.sessions.len(), 1);
        let [whole, cut] = [whole, cut].map(|scan| placeless(*scan.sessions[0].profile.clone()));
        prop_assert_eq!(whole, cut);
    }

    /// For all traces: the events one by one through digest and fold give what the batch gives, and so does a stream.
    #[test]
    fn batch_equals_online_and_stream(moves in moves()) {
        let text = lines("s-1", &moves).concat();
        let baseline = Baseline::embedded();
        let mut found = Collect::default();
        read_reader(text.as_bytes(), Source { file: 0, path: "-" }, &ReadOptions::default(), &mut found).unwrap();
        let mut fold = Fold::new(baseline.habits()).with_steps();
        for (order, event) in found.events.iter().enumerate() {
            fold.push(&digest(event, order as u64, baseline.key())).unwrap();
        }
        let folder = Folder::new();
        folder.write("a.jsonl", &text);
        let batch = scan(folder.path());
        prop_assert_eq!(&*batch.sessions[0].profile, &fold.into_profile());
        let stream = Batch::new(baseline).keep_steps(true).read(text.as_bytes(), "-").unwrap();
        prop_assert_eq!(&batch.sessions[0].profile, &stream.sessions[0].profile);
    }

    /// For all traces: files that are no logs, or damaged, change nothing of the others.
    #[test]
    fn a_bad_file_changes_nothing_of_the_good_ones(
        moves in moves(),
        junk in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let folder = Folder::new();
        folder.write_lines("m.jsonl", &lines("s-1", &moves));
        let alone = scan(folder.path());
        std::fs::write(folder.path().join("a.jsonl"), junk).unwrap();
        folder.write("z.json", "{\"half\": ");
        let beside = scan(folder.path());
        prop_assert_eq!(&alone.sessions, &beside.sessions);
        prop_assert!(beside.summary.issues.total() > alone.summary.issues.total());
    }
}

/// More sessions than a file may have open: those that were closed too early are put together again.
#[test]
fn interleaved_sessions_are_as_they_are_apart() {
    let (apart, mixed) = (Folder::new(), Folder::new());
    let moves: Moves = vec![(2, 0), (3, 1), (1, 1)];
    let all: Vec<_> = (0..300).map(|n| lines(&format!("s-{n:03}"), &moves)).collect();
    for (n, lines) in all.iter().enumerate() {
        apart.write_lines(&format!("{n:03}.jsonl"), lines);
    }
    let turns: Vec<_> =
        (0..all[0].len()).flat_map(|turn| all.iter().map(move |lines| lines[turn].clone())).collect();
    mixed.write_lines("all.jsonl", &turns);
    let profiles =
        |scan: Scan| scan.sessions.into_iter().map(|session| placeless(*session.profile)).collect::<Vec<_>>();
    let mixed = scan(mixed.path());
    assert_eq!((mixed.summary.merged_sessions, mixed.summary.replayed_events), (300, 0));
    assert_eq!(profiles(mixed), profiles(scan(apart.path())));
}

#[test]
fn a_scan_judges_every_session() {
    let folder = Folder::new();
    let names = ["a", "b", "c"];
    for name in names {
        folder.write_lines(&format!("{name}.jsonl"), &lines(name, &vec![(2, 0); 40]));
    }
    let report = Batch::new(Baseline::embedded()).scan(&[folder.path()]).unwrap();
    let found: Vec<_> = report.findings.iter().map(|finding| finding.session_id.as_str()).collect();
    assert_eq!(found, names);
    assert!(
        report.findings.iter().all(|finding| finding.verdict.is_at_least(goodhart_scoring::Verdict::Note))
    );
    assert!(report.findings[0].source.files[0].ends_with("a.jsonl"));
    assert_eq!(report.findings[0].spans[0].first.file, Some(0));
}

#[cfg(feature = "fit")]
#[test]
fn a_baseline_is_the_same_on_any_threads_and_learns_copies_once() {
    use goodhart_features::DigestKey;
    use goodhart_scoring::FitOptions;

    let folder = Folder::new();
    for n in 0..12_u8 {
        let moves: Moves = (0..20).map(|i| (2 + (i + n) % 4, i % 4)).collect();
        folder.write_lines(&format!("{n}.jsonl"), &lines(&format!("s-{n}"), &moves));
    }
    let fit = |threads| {
        let batch = Batch::new(Baseline::embedded()).threads(threads);
        batch.fit(&[folder.path()], DigestKey(7), &FitOptions::default()).unwrap()
    };
    let fitted = fit(1);
    assert_eq!((fitted.summary.sessions, fitted.baseline.key()), (12, DigestKey(7)));
    assert_eq!(fitted.baseline.habits().len(), 3);
    assert_eq!(fit(3).baseline.fingerprint(), fitted.baseline.fingerprint());
    let text = std::fs::read_to_string(folder.path().join("3.jsonl")).unwrap();
    folder.write("copy.jsonl", &(text + "\n"));
    assert_eq!(fit(2).baseline.fingerprint(), fitted.baseline.fingerprint());
}

#[test]
fn a_stream_that_repeats_itself_is_put_together_from_its_digests() {
    let moves: Moves = vec![(2, 0), (3, 1), (1, 1), (5, 0)];
    let original = events("a", &moves);
    let fork = [claude_code(&original, "b"), claude_code(&continuation("b", &moves), "b")].concat();
    let text = [claude_code(&original, "a"), claude_code(&original, "a"), fork].concat().concat();
    let stream = Batch::new(Baseline::embedded()).read(text.as_bytes(), "-").unwrap();
    let (a, b) = (find(&stream, "a"), find(&stream, "b"));
    assert_eq!(stream.summary.duplicate_events, original.len() as u64);
    assert_eq!(b.replayed_events, original.len() as u64);
    assert_eq!((a.profile.steps, a.profile.usage), (b.profile.steps, b.profile.usage));
}

#[test]
fn a_session_that_only_repeats_another_is_counted_and_not_judged() {
    let events = events("a", &vec![(2, 0), (3, 1)]);
    let folder = Folder::new();
    folder.write_lines("a.jsonl", &claude_code(&events, "a"));
    folder.write_lines("b.jsonl", &claude_code(&events, "b"));
    let scan = scan(folder.path());
    assert_eq!((scan.sessions.len(), scan.summary.replay_sessions), (1, 1));
    assert_eq!(scan.summary.replayed_tokens, scan.sessions[0].profile.usage.total());
    assert_eq!(scan.sessions[0].meta.files.len(), 1);
}

#[test]
fn nothing_readable_a_missing_path_and_a_strict_issue_are_errors_of_their_own() {
    let folder = Folder::new();
    let batch = Batch::new(Baseline::embedded());
    assert!(matches!(batch.profiles(&[folder.path()]), Err(Error::NothingRead { files: 0, .. })));
    folder.write("notes.json", "plain words");
    assert!(matches!(batch.profiles(&[folder.path()]), Err(Error::NothingRead { files: 1, .. })));
    let missing = folder.path().join("gone");
    assert!(matches!(batch.profiles(&[&missing]), Err(Error::NotFound { path }) if path == missing));
    folder.write("a.jsonl", &(lines("s", &vec![(2, 0)]).concat() + "no json\n"));
    let strict = Batch::new(Baseline::embedded()).strict(true).profiles(&[folder.path()]);
    let Err(Error::Strict { path, issue }) = strict else { panic!("expected the first issue") };
    assert!(path.ends_with("a.jsonl"));
    assert_eq!((issue.kind.id(), issue.position.line), ("not-json", 4));
}

#[test]
fn progress_ends_with_everything_done() {
    let folder = Folder::new();
    for name in ["a", "b", "c"] {
        folder.write_lines(&format!("{name}.jsonl"), &lines(name, &vec![(2, 0)]));
    }
    let seen = std::sync::Mutex::new(Vec::new());
    let batch =
        Batch::new(Baseline::embedded()).threads(2).progress(|progress| seen.lock().unwrap().push(progress));
    batch.profiles(&[folder.path()]).unwrap();
    drop(batch);
    let seen = seen.into_inner().unwrap();
    let last = seen.iter().max_by_key(|progress| progress.files_done).unwrap();
    assert_eq!((seen.len(), last.files_done, last.bytes_done), (3, last.files, last.bytes));
}
