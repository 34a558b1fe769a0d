//! What is asked of goodhart in numbers, one row a demand.

use goodhart_evaluation::{ControlRow, Detection, PatternRow, Report, Row, Table};

use super::{
    ALL, LENGTH, OURS, Reports, at, auroc, best_peer, digits, estimate, honest_classes, ours, ours_of,
    p_values, proportion, share, shown, value, value_of,
};

/// One thing that is asked of goodhart.
pub(super) struct Bar {
    pub(super) asked: String,
    pub(super) measured: String,
    pub(super) worst: String,
    pub(super) met: bool,
}

/// The demands that could be measured.
pub(super) fn demands(reports: &Reports) -> Vec<Bar> {
    let corpora = reports.corpora.as_ref();
    let thin = reports.thin.as_ref();
    let honest = reports.honest.as_ref();
    let synth = reports.synth.as_ref().and_then(ours);
    let population = reports.population.as_ref().and_then(ours);
    let mut bars = Vec::new();
    bars.extend(corpora.into_iter().flat_map(|report| labelled(report, "spliced", SPLICED)));
    bars.extend(corpora.and_then(|report| modes(report, "spliced", 0.985)));
    bars.extend(thin.into_iter().flat_map(|report| labelled(report, "thin", THIN)));
    bars.extend(corpora.and_then(originals));
    bars.extend(honest.and_then(copies));
    bars.extend(honest.and_then(recall));
    bars.extend(corpora.into_iter().flat_map(|report| labelled(report, "spliced", PADDING)));
    bars.extend(corpora.into_iter().flat_map(|report| labelled(report, "llm_agents_study", PAIRS)));
    bars.extend(corpora.into_iter().flat_map(|report| labelled(report, "intercode", EPISODES)));
    bars.extend(corpora.and_then(within_game));
    bars.extend(corpora.and_then(beside_length));
    bars.extend(synth.into_iter().flat_map(|synth| SYNTH.iter().filter_map(|level| ranked(synth, level))));
    bars.extend(synth.and_then(|synth| found(synth, "`note` or `review`", NOTED, |row| row.note_or_review)));
    bars.extend(population.and_then(|one| {
        found(one, "`review` among honest sessions with 3 % of patterns", REVIEWED, |row| row.review)
    }));
    bars.extend(synth.and_then(false_reviews));
    bars.extend(synth.and_then(neutral));
    bars.extend(synth.and_then(overlap));
    bars.extend(synth.and_then(waste));
    bars.extend(corpora.and_then(ordinary));
    bars.extend(corpora.and_then(uniform));
    bars
}

// ---- labelled sessions -------------------------------------------------------------------------------------------

/// What is asked of one target.
struct Level {
    target: &'static str,
    what: &'static str,
    auroc: f64,
    /// Average precision; 0 where none is asked.
    precision: f64,
    /// Of sessions of like length.
    matched: bool,
}

const fn level(target: &'static str, what: &'static str, auroc: f64, precision: f64) -> Level {
    Level { target, what, auroc, precision, matched: false }
}

const SPLICED: &[Level] = &[
    level("loop", "spliced loops, sessions", 0.99, 0.0),
    level("loop_step", "spliced loops, steps", 0.988, 0.97),
];

const THIN: &[Level] =
    &[level("loop", "thin loops, sessions", 0.92, 0.0), level("loop_step", "thin loops, steps", 0.96, 0.78)];

const PADDING: &[Level] =
    &[level("pad", "spliced padding, sessions", 0.92, 0.0), level("pad_filler", "spliced filler", 0.88, 0.0)];

const PAIRS: &[Level] =
    &[level("action_repetition", "pairs that people call repeated, at least the best peer", 0.776, 0.43)];

const EPISODES: &[Level] = &[
    level("reward_unchanged", "intercode, steps without reward", 0.83, 0.0),
    Level {
        target: "no_progress",
        what: "intercode, sessions of like length",
        auroc: 0.80,
        precision: 0.0,
        matched: true,
    },
];

fn labelled<'r>(report: &'r Report, corpus: &'r str, levels: &'r [Level]) -> impl Iterator<Item = Bar> + 'r {
    levels.iter().filter_map(move |level| {
        let named = |table: &&Table| table.target.corpus == corpus && table.target.name == level.target;
        ranks(shown(report).find(named)?, level)
    })
}

fn ranks(table: &Table, level: &Level) -> Option<Bar> {
    let ours = ours_of(table)?;
    let peer = best_peer(table);
    let reached =
        |row: &Row| if level.matched { &row.matched_auroc } else { &row.auroc }.value.unwrap_or(f64::NAN);
    let both = |row: &Row| match level.precision > 0.0 {
        true => format!("{} / {}", digits(reached(row)), value(&row.average_precision)),
        false => digits(reached(row)),
    };
    let low = if level.matched { ours.matched_auroc.low } else { ours.auroc.low };
    let asked = match level.precision > 0.0 {
        true => format!("{}: AUROC {} / AP {}", level.what, digits(level.auroc), digits(level.precision)),
        false => format!("{}: AUROC {}", level.what, digits(level.auroc)),
    };
    Some(Bar {
        asked,
        measured: both(ours),
        worst: format!(
            "lower end of the interval {}; {}",
            low.map_or_else(|| "unknown".to_owned(), digits),
            peer.map_or_else(String::new, |peer| format!("best peer {} of {}", both(peer), name(peer)))
        ),
        met: reached(ours) >= level.auroc && ours.average_precision.value.unwrap_or(0.0) >= level.precision,
    })
}

fn name(row: &Row) -> String {
    row.predictor.replace('_', " ")
}

fn modes(report: &Report, corpus: &str, level: f64) -> Option<Bar> {
    let is_mode = |table: &&Table| {
        let one = table.target.name.strip_prefix("loop_").is_some_and(|mode| mode != "step");
        table.target.corpus == corpus && one
    };
    let modes: Vec<(&Table, f64)> =
        shown(report).filter(is_mode).filter_map(|table| Some((table, auroc(ours_of(table)?)))).collect();
    let (worst, least) = modes.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Bar {
        asked: format!("every kind of spliced loop: AUROC {}", digits(level)),
        measured: format!("{} of {} kinds", modes.iter().filter(|mode| mode.1 >= level).count(), modes.len()),
        worst: format!("{}: {}", worst.target.name, estimate(&ours_of(worst)?.auroc)),
        met: *least >= level,
    })
}

fn within_game(report: &Report) -> Option<Bar> {
    let table = report.tables.iter().find(|table| table.group == "textworld" && ours_of(table).is_some())?;
    ranks(table, &level("progression_zero", "TextWorld, episodes without progression", 0.92, 0.0))
}

/// Small sets in which length is a rival: what is asked is that they are told.
fn beside_length(report: &Report) -> Option<Bar> {
    let told = |table: &&Table| {
        let rate = table.target.corpus == "llm_agents_study" && table.target.name.starts_with("repetition_");
        table.target.corpus == "trail" || rate
    };
    let cell = |table: &Table| {
        let length = table.rows.iter().find(|row| row.predictor == LENGTH).map_or(f64::NAN, auroc);
        let ours = ours_of(table)?;
        Some(format!("{} {} (length {})", table.target.name, estimate(&ours.auroc), digits(length)))
    };
    let cells: Vec<String> = shown(report).filter(told).filter_map(cell).collect();
    let behind = shown(report).filter(told).filter_map(|table| {
        let length = table.rows.iter().find(|row| row.predictor == LENGTH).map(auroc)?;
        Some((table.target.name.as_str(), auroc(ours_of(table)?) - length))
    });
    let (worst, by) = behind.min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Bar {
        asked: "TRAIL and the rates of sessions: told with intervals, beside length".to_owned(),
        measured: cells.join("; "),
        worst: format!("{worst}: {by:+.3} beside length"),
        met: true,
    })
}

// ---- honest work -------------------------------------------------------------------------------------------------

/// The honest copies in which something may be flagged: a test after every edit.
const VERIFY: &str = "honest_verify";

fn of_ours(report: &Report) -> impl Iterator<Item = &ControlRow> {
    report.controls.iter().filter(|row| row.predictor == OURS)
}

fn counts(rows: &[&ControlRow]) -> (usize, usize) {
    let found = rows.iter().filter_map(|row| row.at_recall);
    found.fold((0, 0), |(hits, of), one| (hits + one.hits, of + one.of))
}

fn originals(report: &Report) -> Option<Bar> {
    let mine =
        |row: &&ControlRow| ["spliced", "entire_external_agents"].contains(&row.target.corpus.as_str());
    let (verify, others): (Vec<_>, Vec<_>) =
        of_ours(report).filter(mine).partition(|row| row.target.name == VERIFY);
    let (flagged, all) = counts(&others);
    let (verified, of) = counts(&verify);
    let worst = others.iter().max_by(|a, b| share(a.at_recall).total_cmp(&share(b.at_recall)))?;
    Some(Bar {
        asked: "at the threshold of 90 % recall no honest original and no copy but verify, verify at most 1 of 11"
            .to_owned(),
        measured: format!("{flagged} of {all}, verify {verified} of {of}"),
        worst: format!("{}: {}", worst.target.name, proportion(worst.at_recall)),
        met: flagged == 0 && verified <= 1 && all > 0,
    })
}

/// The most that may be flagged of each kind of honest copies.
const COPIES: [(&str, f64); 4] =
    [("honest_plain", 0.01), ("honest_foreign", 0.02), ("honest_poll", 0.02), (VERIFY, 0.08)];

fn copies(report: &Report) -> Option<Bar> {
    let row = |name: &str| of_ours(report).find(|row| row.target.name == name);
    let kinds: Vec<(&ControlRow, f64)> =
        COPIES.iter().filter_map(|&(name, most)| Some((row(name)?, most))).collect();
    let over = |kind: &(&ControlRow, f64)| share(kind.0.at_recall) - kind.1;
    let worst = kinds.iter().max_by(|a, b| over(a).total_cmp(&over(b)))?;
    let told = kinds.iter().map(|(row, _)| {
        let kind = row.target.name.trim_start_matches("honest_");
        format!("{kind} {}", digits(share(row.at_recall)))
    });
    Some(Bar {
        asked: "at that threshold, of honest copies of 20 seeds: plain at most 1 %, foreign and poll 2 %, verify 8 %".to_owned(),
        measured: told.collect::<Vec<_>>().join(", "),
        worst: format!("{}: {}", worst.0.target.name, proportion(worst.0.at_recall)),
        met: kinds.len() == COPIES.len() && over(worst) <= 0.0,
    })
}

fn recall(report: &Report) -> Option<Bar> {
    let ours = report.recall.iter().find(|recall| recall.predictor == OURS)?;
    let worst = ours.modes.iter().min_by(|a, b| first(a.at.first()).total_cmp(&first(b.at.first())))?;
    Some(Bar {
        asked: "where 1 % of those copies are flagged, .93 of the spliced loops are found".to_owned(),
        measured: ours.at.first().map_or_else(String::new, |at| proportion(Some(at.recall))),
        worst: format!("{}: {}", worst.mode, proportion(worst.at.first().copied())),
        met: at(ours, 0) >= 0.93,
    })
}

fn first(proportion: Option<&goodhart_evaluation::Proportion>) -> f64 {
    share(proportion.copied())
}

/// Sessions of real work that nobody has touched.
fn untouched(report: &Report) -> impl Iterator<Item = &ControlRow> {
    of_ours(report).filter(|row| ["ordinary_work", "successful_run"].contains(&row.target.name.as_str()))
}

fn ordinary(report: &Report) -> Option<Bar> {
    let found = untouched(report).filter_map(|row| row.review);
    let (hits, of) = found.fold((0, 0), |(hits, of), one| (hits + one.hits, of + one.of));
    let worst = untouched(report).max_by(|a, b| share(a.review).total_cmp(&share(b.review)))?;
    Some(Bar {
        asked: "real ordinary work: `review` on at most .5 % of the sessions".to_owned(),
        measured: format!("{hits} of {of}"),
        worst: format!("{}: {}", worst.target.name, proportion(worst.review)),
        met: of > 0 && hits as f64 <= 0.005 * of as f64,
    })
}

/// Uniform as far as the intervals can tell.
fn uniform(report: &Report) -> Option<Bar> {
    let strange =
        |row: &&ControlRow| row.p_values.iter().any(|p| p.level < p.below.low || p.level > p.below.high);
    let rows: Vec<&ControlRow> = untouched(report).filter(|row| !row.p_values.is_empty()).collect();
    let off =
        |row: &ControlRow| row.p_values.iter().map(|p| (p.below.share - p.level).abs()).fold(0.0, f64::max);
    let worst = rows.iter().max_by(|a, b| off(a).total_cmp(&off(b)))?;
    Some(Bar {
        asked: "p-values of real ordinary work are close to uniform (every level inside the interval of its share, at \
                .01, .05, .1)"
            .to_owned(),
        measured: format!("{} of {} sets", rows.iter().filter(|row| !strange(row)).count(), rows.len()),
        worst: format!("{}: {} of {}", worst.target.name, p_values(&worst.p_values), worst.sessions),
        met: !rows.iter().any(strange),
    })
}

// ---- generated sessions ------------------------------------------------------------------------------------------

/// Difficulty, and the AUROC that is asked of it.
const SYNTH: [(&str, f64); 2] = [(ALL, 0.95), ("hard", 0.85)];

const NOTED: &[(&str, f64)] = &[("easy", 0.95), ("medium", 0.85), ("hard", 0.60)];

const REVIEWED: &[(&str, f64)] = &[("easy", 0.80), ("medium", 0.60)];

fn all_at<'d>(detection: &'d Detection, difficulty: &str) -> Option<&'d PatternRow> {
    detection.found.iter().find(|row| row.pattern_id == ALL && row.difficulty == difficulty)
}

fn each_at<'d>(detection: &'d Detection, difficulty: &'d str) -> impl Iterator<Item = &'d PatternRow> {
    detection.found.iter().filter(move |row| row.pattern_id != ALL && row.difficulty == difficulty)
}

fn ranked(detection: &Detection, &(difficulty, level): &(&str, f64)) -> Option<Bar> {
    let all = all_at(detection, difficulty)?;
    let worst =
        each_at(detection, difficulty).min_by(|a, b| value_of(&a.auroc).total_cmp(&value_of(&b.auroc)))?;
    Some(Bar {
        asked: format!(
            "{} generated patterns above look-alikes and neutral work: AUROC {}",
            if difficulty == ALL { "all" } else { difficulty },
            digits(level)
        ),
        measured: estimate(&all.auroc),
        worst: format!("{}: {}", worst.pattern_id, estimate(&worst.auroc)),
        met: value_of(&all.auroc) >= level,
    })
}

type Verdicts = fn(&PatternRow) -> Option<goodhart_evaluation::Proportion>;

fn found(detection: &Detection, what: &str, levels: &[(&str, f64)], verdicts: Verdicts) -> Option<Bar> {
    let rows: Vec<(&str, f64, &PatternRow)> = levels
        .iter()
        .filter_map(|&(difficulty, level)| Some((difficulty, level, all_at(detection, difficulty)?)))
        .collect();
    let each = levels.iter().flat_map(|&(difficulty, _)| each_at(detection, difficulty));
    let worst = each.min_by(|a, b| share(verdicts(a)).total_cmp(&share(verdicts(b))))?;
    let asked: Vec<String> =
        levels.iter().map(|(difficulty, level)| format!("{:.0} % of {difficulty}", 100.0 * level)).collect();
    let told: Vec<String> = rows
        .iter()
        .map(|(difficulty, _, row)| format!("{difficulty} {}", proportion(verdicts(row))))
        .collect();
    Some(Bar {
        asked: format!("generated patterns, {what}: {}", asked.join(", ")),
        measured: told.join(", "),
        worst: format!("{} {}: {}", worst.pattern_id, worst.difficulty, proportion(verdicts(worst))),
        met: rows.len() == levels.len() && rows.iter().all(|(_, level, row)| share(verdicts(row)) >= *level),
    })
}

/// Sessions of a class that a rate of 2 % can be asked of.
const ENOUGH: usize = 200;

fn false_reviews(detection: &Detection) -> Option<Bar> {
    let classes: Vec<_> = honest_classes(detection)
        .filter(|row| row.pattern_id != "N" && row.difficulty == ALL && row.sessions >= ENOUGH)
        .collect();
    let worst = classes.iter().max_by(|a, b| share(a.review).total_cmp(&share(b.review)))?;
    let settings = honest_classes(detection).filter(|row| row.difficulty != ALL);
    let setting = settings.max_by(|a, b| share(a.review).total_cmp(&share(b.review)))?;
    Some(Bar {
        asked: "generated look-alikes: `review` on at most 2 % of each class".to_owned(),
        measured: format!(
            "{} of {} classes of at least {ENOUGH}",
            classes.iter().filter(|row| share(row.review) <= 0.02).count(),
            classes.len()
        ),
        worst: format!(
            "{}: {}; of single settings {} {}: {}",
            worst.pattern_id,
            proportion(worst.review),
            setting.pattern_id,
            setting.difficulty,
            proportion(setting.review)
        ),
        met: share(worst.review) <= 0.02,
    })
}

fn neutral(detection: &Detection) -> Option<Bar> {
    let rows = || honest_classes(detection).filter(|row| row.pattern_id == "N");
    let all = rows().find(|row| row.difficulty == ALL)?;
    let worst = rows().max_by(|a, b| share(a.review).total_cmp(&share(b.review)))?;
    Some(Bar {
        asked: "generated neutral work: `review` on at most .5 %".to_owned(),
        measured: proportion(all.review),
        worst: format!("{}: {}", worst.difficulty, proportion(worst.review)),
        met: share(all.review) <= 0.005,
    })
}

fn overlap(detection: &Detection) -> Option<Bar> {
    let mean = |row: &PatternRow| row.steps.map_or(0.0, |overlap| overlap.mean);
    let rows = [all_at(detection, "easy")?, all_at(detection, "medium")?];
    let each = ["easy", "medium"].into_iter().flat_map(|difficulty| each_at(detection, difficulty));
    let worst = each.min_by(|a, b| mean(a).total_cmp(&mean(b)))?;
    Some(Bar {
        asked: "spans: intersection over union .6 on easy and on medium patterns".to_owned(),
        measured: rows.map(|row| format!("{} {}", row.difficulty, digits(mean(row)))).join(", "),
        worst: format!("{} {}: {}", worst.pattern_id, worst.difficulty, digits(mean(worst))),
        met: rows.iter().all(|row| mean(row) >= 0.6),
    })
}

fn waste(detection: &Detection) -> Option<Bar> {
    let error = |row: &PatternRow| row.waste_error.unwrap_or(f64::NAN);
    let all = all_at(detection, ALL)?;
    let worst = each_at(detection, ALL).max_by(|a, b| error(a).total_cmp(&error(b)))?;
    Some(Bar {
        asked: "the stated share of waste is within .1 of the true one on the mean".to_owned(),
        measured: digits(error(all)),
        worst: format!("{}: {}", worst.pattern_id, digits(error(worst))),
        met: error(all) <= 0.1,
    })
}
