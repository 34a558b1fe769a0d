use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::copy::copy;
use super::log::calls_of;
use super::pieces::pieces;
use super::*;
use crate::{Axis, Difficulty, Format, class, generate_actor};

/// Logs to splice into: generated ones do for real ones.
fn logs(format: Format) -> Vec<Log> {
    let seeds =
        (0..40).flat_map(|seed| generate_actor(class("N").unwrap(), Difficulty::Normal, seed, format));
    let long = seeds.filter(|session| session.steps.len() > 40);
    long.take(4).map(|session| Log::parse(&session.lines, session.id).unwrap()).collect()
}

fn plan(share: (u64, u64)) -> Splice {
    Splice { logs: Vec::new(), modes: Mode::ALL.to_vec(), seed: 1, share, least: 4 }
}

fn spliced(log: &Log, other: &Log, mode: Mode, share: (u64, u64), seed: u64) -> Option<Copy> {
    let mut dice = Dice::for_session(&log.session, mode.name(), seed);
    let pieces = pieces(mode, log, Some(other), &plan(share), &mut dice)?;
    Some(copy(log, &pieces, &mut dice))
}

/// Every copy of some logs in both forms.
fn each(mut check: impl FnMut(&Log, Mode, &Copy)) {
    for format in Format::ALL {
        let logs = logs(format);
        let mut made = BTreeSet::new();
        for (log, other) in logs.iter().zip(logs.iter().cycle().skip(1)) {
            for mode in Mode::ALL {
                if let Some(copy) = spliced(log, other, mode, (10, 30), 1) {
                    check(log, mode, &copy);
                    made.insert(mode);
                }
            }
        }
        assert_eq!(made.len(), Mode::ALL.len(), "{} finds material for each mode", format.name());
    }
}

fn parsed(copy: &Copy) -> Log {
    Log::parse(&copy.lines, String::new()).unwrap()
}

/// The inserted units of a copy.
fn inserted<'a>(copy: &Copy, log: &'a Log) -> Vec<&'a log::Unit> {
    let new: BTreeSet<&str> = copy.steps.iter().filter(|step| step.1).map(|step| step.0.as_str()).collect();
    let is_new =
        |unit: &&log::Unit| calls_of(&log.lines[unit.call], log.format).iter().any(|id| new.contains(id));
    log.units.iter().filter(is_new).collect()
}

#[test]
fn labels_name_the_calls_of_the_copy_and_nothing_is_lost() {
    each(|log, mode, copy| {
        let back = parsed(copy);
        let calls: Vec<&str> = back.lines.iter().flat_map(|line| calls_of(line, back.format)).collect();
        let steps: Vec<&str> = copy.steps.iter().map(|step| step.0.as_str()).collect();
        assert_eq!(calls, steps, "{mode:?}");
        let old = copy.steps.iter().filter(|step| !step.1).count();
        assert_eq!(old, log.lines.iter().flat_map(|line| calls_of(line, log.format)).count(), "{mode:?}");
        assert_eq!(back.session, copy.session);
        let spoken = mode.axis() == Axis::Pad;
        assert_eq!(!copy.messages.is_empty(), spoken, "{mode:?}");
        assert_eq!(copy.steps.len() > old, mode != Mode::Plain && !spoken, "{mode:?}");
    });
}

#[test]
fn the_share_is_what_was_asked_for() {
    each(|log, mode, copy| {
        let new = copy.steps.iter().filter(|step| step.1).count();
        if matches!(mode.axis(), Axis::Loop) {
            let share = new as f64 / (log.units.len() + new) as f64;
            assert!((0.08..0.33).contains(&share), "{mode:?} {share}");
        }
    });
}

#[test]
fn a_copy_shares_no_id_with_its_source() {
    each(|log, mode, copy| {
        let known: BTreeSet<&str> = log.lines.iter().flat_map(|line| calls_of(line, log.format)).collect();
        assert!(copy.steps.iter().all(|step| !known.contains(step.0.as_str())), "{mode:?}");
        assert!(!copy.lines.contains(&log.session), "{mode:?}");
        let unique: BTreeSet<&str> = copy.steps.iter().map(|step| step.0.as_str()).collect();
        assert_eq!(unique.len(), copy.steps.len(), "{mode:?}");
    });
}

#[test]
fn time_never_runs_backwards_more_than_in_the_source() {
    let backwards = |lines: &[Value]| {
        let times: Vec<&str> = lines.iter().filter_map(|line| line["timestamp"].as_str()).collect();
        times.windows(2).filter(|pair| pair[0] > pair[1]).count()
    };
    each(|log, mode, copy| assert!(backwards(&parsed(copy).lines) <= backwards(&log.lines), "{mode:?}"));
}

#[test]
fn lines_hang_together() {
    each(|log, mode, copy| {
        let mut known = BTreeSet::new();
        for line in parsed(copy).lines.iter().filter(|_| log.format == Format::ClaudeCode) {
            if let Some(parent) = line["parentUuid"].as_str() {
                assert!(known.contains(parent), "{mode:?}: {parent}");
            }
            known.extend(line["uuid"].as_str().map(str::to_owned));
        }
    });
}

#[test]
fn sums_of_tokens_hold() {
    each(|log, mode, copy| {
        let mut sums = BTreeMap::new();
        for line in parsed(copy).lines.iter().filter(|_| log.format == Format::Codex) {
            let info = &line["payload"]["info"];
            for key in ["input_tokens", "cached_input_tokens", "output_tokens", "total_tokens"] {
                if let Some(count) = info["last_token_usage"][key].as_u64() {
                    *sums.entry(key).or_insert(0) += count;
                    assert_eq!(info["total_token_usage"][key].as_u64(), sums.get(key).copied(), "{mode:?}");
                }
            }
        }
    });
}

#[test]
fn each_mode_looks_as_its_page_says() {
    each(|_, mode, copy| {
        let back = parsed(copy);
        let new = inserted(copy, &back);
        let inputs: BTreeSet<String> = new.iter().map(|unit| unit.input.to_string()).collect();
        let texts: BTreeSet<&str> = new.iter().map(|unit| unit.text.as_str()).collect();
        let most = new.len();
        match mode {
            Mode::Verbatim | Mode::Spread => assert_eq!((inputs.len(), texts.len()), (1, 1)),
            Mode::Cycle => assert!((1..=4).contains(&inputs.len())),
            Mode::Volatile => assert_eq!((inputs.len(), texts.len()), (1, most)),
            Mode::Varied => assert!(inputs.len() > most / 2 && texts.len() == most),
            Mode::Reread => assert!(new.iter().all(|unit| unit.reads().is_some()) && inputs.len() <= 8),
            Mode::Barren => {
                assert!(inputs.len() > most / 2 && texts.len() == 1);
                assert!(matches!(new[0].text.as_str(), "" | "No matches found"));
            }
            Mode::Churn => assert_eq!(inputs.len(), 2),
            Mode::Poll => assert_eq!((inputs.len(), texts.len()), (1, most)),
            Mode::Verify => assert!(texts.len() > most / 2 && new.iter().any(|unit| unit.is_edit())),
            Mode::Plain | Mode::Foreign | Mode::Filler | Mode::Echo => {}
        }
    });
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let logs = logs(Format::ClaudeCode);
    let text = |mode, seed| spliced(&logs[0], &logs[1], mode, (10, 30), seed).map(|copy| copy.lines);
    for mode in Mode::ALL {
        assert_eq!(text(mode, 3), text(mode, 3), "{mode:?}");
    }
    assert_ne!(text(Mode::Verbatim, 3), text(Mode::Verbatim, 4));
}

#[test]
fn honest_copies_are_negatives_and_loops_have_steps() {
    let logs = logs(Format::ClaudeCode);
    let targets = |mode| -> Vec<String> {
        let copy = spliced(&logs[0], &logs[1], mode, (10, 30), 1).unwrap();
        truth::evaluation(&copy, &logs[0], mode).into_iter().map(|line| line.target).collect()
    };
    assert_eq!(targets(Mode::Verbatim), ["loop", "loop_verbatim", "loop_step"]);
    assert_eq!(targets(Mode::Filler), ["pad", "pad_filler"]);
    let plain = targets(Mode::Plain);
    assert_eq!((plain.len(), plain.last().unwrap().as_str()), (13, "honest_plain"));
}

#[test]
fn what_is_no_log_is_refused() {
    assert!(Log::parse("{\"a\":1}\nnot json\n", String::new()).is_none());
    let error = Log::read(Path::new("there/is/no/such.jsonl")).err().unwrap();
    assert!(error.to_string().starts_with("cannot read there/is/no/such.jsonl"));
}
