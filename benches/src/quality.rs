//! The page on quality: what the reports of `goodhart evaluate` say, in tables, beside the peers and the bars.

mod bars;

use std::fmt::Write;

use goodhart_evaluation::{
    ControlRow, Detection, Estimate, HonestRow, Overlap, PShare, PatternRow, Proportion, QuietRecall, Report,
    Row, Table,
};

use bars::Bar;

/// The predictor that the page is about.
pub const OURS: &str = "goodhart";

/// The baseline that knows only the length.
const LENGTH: &str = "length";

/// Groups of a report put together.
const ALL: &str = "ALL";

/// The share of false discoveries that the default level allows.
const LEVEL: f64 = 0.05;

/// The least overlap of reported and true spans on easy and medium patterns.
const OVERLAP: f64 = 0.5;

/// What was measured; none where a part could not be.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    /// The labelled corpora.
    pub corpora: Option<Report>,
    /// Spliced sessions with fewer insertions.
    pub thin: Option<Report>,
    /// Spliced loops among many honest copies.
    pub honest: Option<Report>,
    /// Spliced and thin sessions, told anew by an agent with nothing but a shell.
    pub shell: Option<Report>,
    /// The same, told by an agent that sees the screen of a terminal.
    pub screen: Option<Report>,
    /// TextWorld, game by game.
    pub games: Option<Report>,
    /// Generated sessions, as many of each class.
    pub synth: Option<Report>,
    /// Generated sessions, nearly all honest.
    pub population: Option<Report>,
    /// The table of evaders, in Markdown.
    pub redteam: Option<String>,
}

/// The page, in Markdown.
pub fn page(reports: &Reports) -> String {
    let sections = [
        bars(reports),
        ranking("Labelled sessions", RANKING, &[("corpora", &reports.corpora), ("thin set", &reports.thin)]),
        games(reports.games.as_ref()),
        ranking("Told by an agent with nothing but a shell", SHELL, &[("retold sets", &reports.shell)]),
        controls(
            "Honest work told by such an agent",
            "The honest copies among them.",
            reports.shell.as_ref(),
        ),
        ranking("Told by an agent at a terminal", SCREEN, &[("retold sets", &reports.screen)]),
        controls(
            "Honest work told by an agent at a terminal",
            "The honest copies among them.",
            reports.screen.as_ref(),
        ),
        honest(reports.honest.as_ref()),
        controls(
            "Ordinary work",
            "Real sessions that nobody has touched, and the few controls among the corpora.",
            reports.corpora.as_ref(),
        ),
        patterns(reports.synth.as_ref()),
        lookalikes(reports.synth.as_ref()),
        population(reports.population.as_ref()),
        evaders(reports.redteam.as_deref()),
    ];
    HEAD.to_owned() + &sections.concat()
}

const HEAD: &str = "# Quality\n\n\
    Written by `benches/quality.sh` from the reports of `goodhart evaluate`; not by hand. Every share of sessions comes with \
    its exact 95 % interval, every AUROC with its bootstrap interval over sessions (copies of one session stay together). \
    `length` knows nothing but the number of steps; `aucL` compares sessions of like length only. Peers are loop guards of \
    other agents and plain measures, written anew from their descriptions (`benches/src/guards`). Every `review` on real \
    work is discussed in [reviews on real work](reviews-on-real-work.md), what slips through on the page of the [red \
    team](red-team.md).\n";

const RANKING: &str = "How well scores rank what people, rewards and insertions label. The best peer is the one with the \
    highest AUROC of all, chosen after the fact, row by row.";

const SHELL: &str = "The same spliced and thin sessions, every call a command, every answer between tags with its exit code \
    (`benches/src/retell.rs`).";

const SCREEN: &str =
    "The same once more, every answer the screen of a terminal, on which earlier commands still stand.";

// ---- the bars ----------------------------------------------------------------------------------------------------

fn bars(reports: &Reports) -> String {
    let synth = reports.synth.as_ref().and_then(ours);
    let population = reports.population.as_ref().and_then(ours);
    let found = [
        population.and_then(false_discoveries),
        synth.and_then(overlap),
        synth.and_then(ranked_above),
        reports.synth.as_ref().and_then(ahead_of_peers),
        reports.corpora.as_ref().and_then(|report| {
            peers(report, "spliced", "every spliced target of the corpora: AUROC above the best peer")
        }),
        reports
            .thin
            .as_ref()
            .and_then(|report| peers(report, "thin", "every thin target: AUROC above the best peer")),
        reports.corpora.as_ref().and_then(human),
        reports.honest.as_ref().and_then(quiet),
        reports.honest.as_ref().and_then(uniform),
    ];
    let mut out = section("The bars", "What is asked, what was measured, and the worst case inside it.");
    out += "| asked | measured | worst case | |\n|---|---|---|---|\n";
    for Bar { asked, measured, worst, met } in
        bars::demands(reports).into_iter().chain(found.into_iter().flatten())
    {
        let met = if met { "met" } else { "**missed**" };
        out += &format!("| {asked} | {measured} | {worst} | {met} |\n");
    }
    out
}

fn false_discoveries(detection: &Detection) -> Option<Bar> {
    let realised = detection.discoveries.iter().find(|row| row.verdict == "review")?.false_share;
    Some(Bar {
        asked: "among honest sessions with 3 % of patterns at most 5 % of the reviews are false".to_owned(),
        measured: format!(
            "{} of {} reviews",
            proportion(realised),
            realised.map_or(0, |realised| realised.of)
        ),
        worst: format!("patterns that come up for `review`: {}", proportion(detection.found.first()?.review)),
        // Who says nothing is never wrong, and no use.
        met: realised.is_some_and(|realised| realised.share <= LEVEL),
    })
}

fn overlap(detection: &Detection) -> Option<Bar> {
    let rows = || {
        detection
            .found
            .iter()
            .filter(|row| row.pattern_id != ALL && ["easy", "medium"].contains(&row.difficulty.as_str()))
    };
    let mean_of = |row: &PatternRow| row.steps.map_or(0.0, |overlap| overlap.mean);
    let worst = rows().min_by(|a, b| mean_of(a).total_cmp(&mean_of(b)))?;
    let enough = rows().filter(|row| mean_of(row) >= OVERLAP).count();
    Some(Bar {
        asked: "on easy and medium patterns the booked steps overlap the true ones by one half on the mean"
            .to_owned(),
        measured: format!("{enough} of {} patterns and difficulties", rows().count()),
        worst: format!("{} {}: {}", worst.pattern_id, worst.difficulty, digits(mean_of(worst))),
        met: mean_of(worst) >= OVERLAP,
    })
}

fn ranked_above(detection: &Detection) -> Option<Bar> {
    let rows = || detection.found.iter().filter(|row| row.pattern_id != ALL && row.difficulty == ALL);
    let against = |row: &PatternRow| row.worst_class.as_ref().map_or(1.0, |(_, auroc)| *auroc);
    let worst = rows().min_by(|a, b| against(a).total_cmp(&against(b)))?;
    let (class, auroc) = worst.worst_class.as_ref()?;
    let above = rows().filter(|row| against(row) > 0.5).count();
    Some(Bar {
        asked: "every pattern ranks above every honest class (AUROC above .5 against each)".to_owned(),
        measured: format!("{above} of {} patterns", rows().count()),
        worst: format!("{} against {class}: {}", worst.pattern_id, digits(*auroc)),
        met: *auroc > 0.5,
    })
}

fn ahead_of_peers(report: &Report) -> Option<Bar> {
    let rows = || ours(report).into_iter().flat_map(|ours| &ours.found).filter(|row| row.difficulty == ALL);
    let ahead = |row: &PatternRow| {
        peer_of_pattern(report, row)
            .map_or(f64::INFINITY, |(_, peer)| value_of(&row.auroc) - value_of(&peer.auroc))
    };
    let worst = rows().min_by(|a, b| ahead(a).total_cmp(&ahead(b)))?;
    let (name, peer) = peer_of_pattern(report, worst)?;
    Some(Bar {
        asked: "on every generated pattern, and on all together: AUROC above the best peer".to_owned(),
        measured: format!("{} of {}", rows().filter(|row| ahead(row) >= 0.0).count(), rows().count()),
        worst: format!(
            "{}: {} beside {} of {name}",
            worst.pattern_id,
            value(&worst.auroc),
            value(&peer.auroc)
        ),
        met: ahead(worst) >= 0.0,
    })
}

/// The peer that ranks a pattern best.
fn peer_of_pattern<'r>(report: &'r Report, row: &PatternRow) -> Option<(&'r str, &'r PatternRow)> {
    let peers = report.detection.iter().filter(|one| one.predictor != OURS && one.predictor != LENGTH);
    let same = peers.filter_map(|peer| {
        let same =
            |other: &&PatternRow| other.pattern_id == row.pattern_id && other.difficulty == row.difficulty;
        Some((peer.predictor.as_str(), peer.found.iter().find(same)?))
    });
    same.max_by(|(_, a), (_, b)| value_of(&a.auroc).total_cmp(&value_of(&b.auroc)))
}

fn peers(report: &Report, corpus: &str, asked: &'static str) -> Option<Bar> {
    let ahead = |table: &&Table| Some(auroc(ours_of(table)?) - auroc(best_peer(table)?));
    let tables: Vec<(&Table, f64)> = shown(report)
        .filter(|table| table.target.corpus == corpus)
        .filter_map(|table| Some((table, ahead(&table)?)))
        .collect();
    bar_of(asked, &tables)
}

fn human(report: &Report) -> Option<Bar> {
    let tables: Vec<(&Table, f64)> = shown(report)
        .filter(|table| table.target.corpus != "spliced")
        .filter_map(|table| Some((table, auroc(ours_of(table)?) - auroc(best_peer(table)?))))
        .collect();
    bar_of("every target of people, rewards and progress: AUROC above the best peer", &tables)
}

fn bar_of(asked: &'static str, tables: &[(&Table, f64)]) -> Option<Bar> {
    let (worst, ahead) = tables.iter().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let peer = best_peer(worst)?;
    let won = tables.iter().filter(|(_, ahead)| *ahead >= 0.0).count();
    Some(Bar {
        asked: asked.to_owned(),
        measured: format!("{won} of {} targets", tables.len()),
        worst: format!(
            "{}.{}: {} beside {} of {}",
            worst.target.corpus,
            worst.target.name,
            digits(auroc(ours_of(worst)?)),
            digits(auroc(peer)),
            peer.predictor
        ),
        met: *ahead >= 0.0,
    })
}

fn quiet(report: &Report) -> Option<Bar> {
    let mut kinds: Vec<Vec<&ControlRow>> = Vec::new();
    for row in &report.controls {
        match kinds.iter_mut().find(|rows| rows[0].target == row.target) {
            Some(rows) => rows.push(row),
            None => kinds.push(vec![row]),
        }
    }
    let compared: Vec<(&ControlRow, &ControlRow)> =
        kinds.iter().filter_map(|rows| beside_the_quietest(rows)).collect();
    let behind = |(ours, peer): &(&ControlRow, &ControlRow)| share(ours.at_recall) - share(peer.at_recall);
    let worst = compared.iter().max_by(|a, b| behind(a).total_cmp(&behind(b)))?;
    Some(Bar {
        asked: "at the threshold that finds 90 % of the spliced loops every kind of honest copies is flagged less than by any peer".to_owned(),
        measured: format!(
            "{} of {} kinds",
            compared.iter().filter(|pair| behind(pair) <= 0.0).count(),
            compared.len()
        ),
        worst: format!(
            "{}: {} beside {} of {}",
            worst.0.target.name,
            proportion(worst.0.at_recall),
            digits(share(worst.1.at_recall)),
            worst.1.predictor
        ),
        met: behind(worst) <= 0.0,
    })
}

/// Our row, and that of the peer that flags least.
fn beside_the_quietest<'r>(rows: &[&'r ControlRow]) -> Option<(&'r ControlRow, &'r ControlRow)> {
    let ours = rows.iter().find(|row| row.predictor == OURS)?;
    let peers = rows
        .iter()
        .filter(|row| ![OURS, LENGTH].contains(&row.predictor.as_str()) && row.at_recall.is_some());
    Some((ours, peers.min_by(|a, b| share(a.at_recall).total_cmp(&share(b.at_recall)))?))
}

fn uniform(report: &Report) -> Option<Bar> {
    let rows = || report.controls.iter().filter(|row| row.predictor == OURS);
    let excess = |row: &ControlRow| {
        row.p_values.iter().map(|p| p.below.share - p.level).fold(f64::NEG_INFINITY, f64::max)
    };
    let worst = rows().max_by(|a, b| excess(a).total_cmp(&excess(b)))?;
    Some(Bar {
        asked: "p-values of honest copies are not smaller than uniform ones (at .01, .05, .1)".to_owned(),
        measured: format!("{} of {} kinds", rows().filter(|row| excess(row) <= 0.0).count(), rows().count()),
        worst: format!("{}: {}", worst.target.name, p_values(&worst.p_values)),
        met: excess(worst) <= 0.0,
    })
}

// ---- ranking -----------------------------------------------------------------------------------------------------

fn ranking(title: &str, about: &str, reports: &[(&str, &Option<Report>)]) -> String {
    let reports: Vec<(&str, &Report)> =
        reports.iter().filter_map(|(set, report)| Some((*set, report.as_ref()?))).collect();
    if reports.is_empty() {
        return missing(title);
    }
    let mut out = section(title, about);
    out += "| target | kind | n (positive) | length | goodhart AUROC | AP | F1 | aucL | best peer AUROC | AP | aucL | peer |\n";
    out += "|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    reports.iter().flat_map(|(_, report)| shown(report)).for_each(|table| out += &ranking_row(table));
    for (set, report) in &reports {
        out += &quiet_recall(set, report);
    }
    out
}

/// The same environment is several games, and in some of them every episode makes progress.
fn games(report: Option<&Report>) -> String {
    const TITLE: &str = "TextWorld, game by game";
    let Some(report) = report else { return missing(TITLE) };
    let about = "TextWorld is three games. In one, an episode that went in circles for most of its length has made some \
        progress before, and counts as honest; in another nearly none has. A score of all three together ranks the games.";
    let mut out = section(TITLE, about);
    out += "| game | n (positive) | length | goodhart AUROC | best peer AUROC | peer |\n|---|---|---|---|---|---|\n";
    for table in report.tables.iter().filter(|table| table.group.starts_with("textworld")) {
        let Some(ours) = ours_of(table) else { continue };
        let length = table.rows.iter().find(|row| row.predictor == LENGTH).map_or(f64::NAN, auroc);
        let peer = best_peer(table);
        out += &format!(
            "| {} | {} ({}) | {} | {} | {} | {} |\n",
            table.group,
            table.n,
            table.positives,
            digits(length),
            estimate(&ours.auroc),
            peer.map_or_else(dash, |row| estimate(&row.auroc)),
            peer.map_or_else(dash, |row| row.predictor.replace('_', " ")),
        );
    }
    out
}

/// The last table of a target: `ALL` where there are several groups.
fn shown(report: &Report) -> impl Iterator<Item = &Table> {
    let last = report.tables.chunk_by(|a, b| a.target == b.target).filter_map(<[Table]>::last);
    last.filter(|table| table.rows.iter().any(|row| row.predictor == OURS))
}

fn ranking_row(table: &Table) -> String {
    let length = table.rows.iter().find(|row| row.predictor == LENGTH).map_or(f64::NAN, auroc);
    let Some(ours) = ours_of(table) else { return String::new() };
    let peer = best_peer(table);
    format!(
        "| {}.{} | {} | {} ({}) | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
        table.target.corpus,
        table.target.name,
        table.target.kind,
        table.n,
        table.positives,
        digits(length),
        estimate(&ours.auroc),
        value(&ours.average_precision),
        value(&ours.best_f1),
        matched(ours),
        peer.map_or_else(dash, |row| estimate(&row.auroc)),
        peer.map_or_else(dash, |row| value(&row.average_precision)),
        peer.map_or_else(dash, matched),
        peer.map_or_else(dash, |row| row.predictor.replace('_', " ")),
    )
}

fn ours_of(table: &Table) -> Option<&Row> {
    table.rows.iter().find(|row| row.predictor == OURS)
}

/// The peer with the highest AUROC; the first of equals.
fn best_peer(table: &Table) -> Option<&Row> {
    let peers = table.rows.iter().filter(|row| row.predictor != OURS && row.predictor != LENGTH);
    peers.fold(None, |best: Option<&Row>, row| match best {
        Some(best) if auroc(best) >= auroc(row) => Some(best),
        _ => Some(row),
    })
}

fn auroc(row: &Row) -> f64 {
    row.auroc.value.unwrap_or(f64::NAN)
}

fn matched(row: &Row) -> String {
    if row.matched_pairs > 0 { value(&row.matched_auroc) } else { dash() }
}

fn quiet_recall(set: &str, report: &Report) -> String {
    let mut out = String::new();
    for recall in report.recall.iter().filter(|recall| recall.predictor == OURS) {
        let best = report
            .recall
            .iter()
            .filter(|peer| peer.predictor != OURS && peer.split == recall.split)
            .max_by(|a, b| at(a, 0).total_cmp(&at(b, 0)));
        let beside = best.map_or_else(String::new, |best| {
            format!(
                "; {} {} / {}",
                best.predictor.replace('_', " "),
                digits(at(best, 0)),
                digits(at(best, 1))
            )
        });
        let _ = write!(
            out,
            "\nIn the {set} ({} inserted loops, {} control sessions), found where 1 / 5 % of the controls are flagged: {} / {}{beside}.\n",
            recall.loops,
            recall.controls,
            recall.at.first().map_or_else(dash, |at| proportion(Some(at.recall))),
            recall.at.get(1).map_or_else(dash, |at| proportion(Some(at.recall))),
        );
        out += &modes(recall);
    }
    out
}

fn at(recall: &QuietRecall, place: usize) -> f64 {
    recall.at.get(place).map_or(0.0, |at| at.recall.share)
}

fn modes(recall: &QuietRecall) -> String {
    let mut out =
        "\n| loop | found at 1 % | at 5 % | `note` or `review` | `review` |\n|---|---|---|---|---|\n"
            .to_owned();
    for mode in &recall.modes {
        out += &format!(
            "| {} | {} | {} | {} | {} |\n",
            mode.mode,
            proportion(mode.at.first().copied()),
            proportion(mode.at.get(1).copied()),
            proportion(mode.note_or_review),
            proportion(mode.review)
        );
    }
    out
}

// ---- honest work -------------------------------------------------------------------------------------------------

fn honest(report: Option<&Report>) -> String {
    const TITLE: &str = "Honest copies";
    let Some(report) = report else { return missing(TITLE) };
    let about = "Copies of real sessions with nothing inserted (plain), with honest work of another session (foreign), with a \
                 watcher whose answer moves (poll), with a test after every edit (verify); 20 seeds. Flagged at the threshold \
                 that finds 90 % of the spliced loops, and by verdict. The copies come from 14 sessions, and the plain copies \
                 of one differ in their ids only: the intervals are too narrow for other people's work.";
    let mut out = section(TITLE, about);
    out += "| copies | predictor | n | flagged at 90 % recall | `note` or `review` | `review` | p below .01 / .05 / .1 |\n";
    out += "|---|---|---|---|---|---|---|\n";
    report.controls.iter().for_each(|row| out += &control_row(row, false));
    out + &quiet_recall("spliced loops and honest copies", report)
}

fn controls(title: &str, about: &str, report: Option<&Report>) -> String {
    let Some(report) = report else { return missing(title) };
    let mut out = section(title, about);
    out += "| sessions | predictor | n | flagged at 90 % recall | `note` or `review` | `review` | p below .01 / .05 / .1 |\n";
    out += "|---|---|---|---|---|---|---|\n";
    report.controls.iter().filter(|row| row.predictor == OURS).for_each(|row| out += &control_row(row, true));
    out
}

fn control_row(row: &ControlRow, with_corpus: bool) -> String {
    let corpus = if with_corpus { format!("{}.", row.target.corpus) } else { String::new() };
    format!(
        "| {corpus}{} | {} | {} | {} | {} | {} | {} |\n",
        row.target.name,
        row.predictor.replace('_', " "),
        row.sessions,
        proportion(row.at_recall),
        proportion(row.note_or_review),
        proportion(row.review),
        p_values(&row.p_values)
    )
}

// ---- generated sessions ------------------------------------------------------------------------------------------

fn ours(report: &Report) -> Option<&Detection> {
    report.detection.iter().find(|detection| detection.predictor == OURS)
}

fn patterns(report: Option<&Report>) -> String {
    const TITLE: &str = "Generated patterns";
    let Some((report, ours)) = report.and_then(|report| Some((report, ours(report)?))) else {
        return missing(TITLE);
    };
    let about = format!(
        "The larger of LOOP and PAD of {} sessions with a pattern against {} honest ones (stuck agents count neither way). \
         Steps: intersection over union of the steps booked as waste and the true ones; spans: the same for all steps from \
         the first to the last of every reported span. Waste: mean error of the share of tokens. Left out: what is found, and \
         flagged of the honest, at the threshold that is best for all other patterns.",
        ours.patterns, ours.honest
    );
    let mut out = section(TITLE, &about);
    out += &difficulties(report);
    out += "\n| pattern | difficulty | n | AUROC | best peer | found at 1 % | at 5 % | `note` or `review` | `review` | steps | spans | waste | hardest honest class | left out |\n";
    out += "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    let mut order: Vec<&PatternRow> =
        ours.found.iter().filter(|row| row.pattern_id != ALL && row.difficulty == ALL).collect();
    order.sort_by(|a, b| value_of(&a.auroc).total_cmp(&value_of(&b.auroc)));
    let all = ours.found.iter().filter(|row| row.pattern_id == ALL);
    let each =
        order.iter().flat_map(|first| ours.found.iter().filter(|row| row.pattern_id == first.pattern_id));
    all.chain(each).for_each(|row| out += &pattern_row(report, row));
    out
}

/// Every predictor at every difficulty.
fn difficulties(report: &Report) -> String {
    let mut out = "| predictor | difficulty | AUROC | aucL | found at 1 % | at 5 % | `review` |\n|---|---|---|---|---|---|---|\n".to_owned();
    for detection in &report.detection {
        for row in detection.found.iter().filter(|row| row.pattern_id == ALL) {
            if detection.predictor != OURS && row.difficulty != ALL {
                continue;
            }
            out += &format!(
                "| {} | {} | {} | {} | {} | {} | {} |\n",
                detection.predictor.replace('_', " "),
                row.difficulty,
                estimate(&row.auroc),
                row.matched_auroc.map_or_else(dash, digits),
                proportion(row.above.first().copied()),
                proportion(row.above.get(1).copied()),
                proportion(row.review)
            );
        }
    }
    out
}

fn pattern_row(report: &Report, row: &PatternRow) -> String {
    let peer = peer_of_pattern(report, row);
    let overlap = |overlap: Option<Overlap>| overlap.map_or_else(dash, |overlap| digits(overlap.mean));
    let worst = row.worst_class.as_ref();
    let left_out = row
        .left_out
        .map(|left| format!("{}, {} flagged", digits(left.recall.share), digits(left.false_alarms.share)));
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
        row.pattern_id,
        row.difficulty,
        row.sessions,
        estimate(&row.auroc),
        peer.map_or_else(dash, |(name, peer)| format!("{} {}", value(&peer.auroc), name.replace('_', " "))),
        short(row.above.first()),
        short(row.above.get(1)),
        proportion(row.note_or_review),
        proportion(row.review),
        overlap(row.steps),
        overlap(row.ranges),
        row.waste_error.map_or_else(dash, digits),
        worst.map_or_else(dash, |(class, auroc)| format!("{class} {}", digits(*auroc))),
        left_out.unwrap_or_else(dash)
    )
}

fn honest_classes(detection: &Detection) -> impl Iterator<Item = &HonestRow> {
    detection
        .flagged
        .iter()
        .filter(|row| row.pattern_id != ALL && row.expected == goodhart_evaluation::Expected::Ok)
}

fn lookalikes(report: Option<&Report>) -> String {
    const TITLE: &str = "Generated look-alikes";
    let Some((report, ours)) = report.and_then(|report| Some((report, ours(report)?))) else {
        return missing(TITLE);
    };
    let about = "What comes up of honest classes, and of stuck agents (L16, of which a note is right). Beside: the share of the \
                 class that each guard with a verdict would stop.";
    let mut out = section(TITLE, about);
    out += "| class | setting | n | `note` or `review` | `review` | stated waste | p below .01 / .05 / .1 | most by a guard |\n";
    out += "|---|---|---|---|---|---|---|---|\n";
    for row in &ours.flagged {
        out += &format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
            row.pattern_id,
            row.difficulty,
            row.sessions,
            proportion(row.note_or_review),
            proportion(row.review),
            row.waste_share.map_or_else(dash, digits),
            p_values(&row.p_values),
            most_by_a_guard(report, row)
        );
    }
    out
}

fn most_by_a_guard(report: &Report, row: &HonestRow) -> String {
    let others = report.detection.iter().filter(|detection| detection.predictor != OURS);
    let same = others.filter_map(|detection| {
        let same =
            |other: &&HonestRow| other.pattern_id == row.pattern_id && other.difficulty == row.difficulty;
        Some((detection, detection.flagged.iter().find(same)?.review?))
    });
    let most = same.max_by(|(_, a), (_, b)| a.share.total_cmp(&b.share)).filter(|(_, most)| most.hits > 0);
    most.map_or_else(dash, |(detection, most)| {
        format!("{} {}", detection.predictor.replace('_', " "), digits(most.share))
    })
}

fn population(report: Option<&Report>) -> String {
    const TITLE: &str = "A population";
    let Some(report) = report.filter(|report| ours(report).is_some()) else { return missing(TITLE) };
    let counts = ours(report).map_or((0, 0), |ours| (ours.honest, ours.patterns));
    let about = format!(
        "{} honest sessions and {} with a pattern, judged as one batch: how many verdicts are false.",
        counts.0, counts.1
    );
    let mut out = section(TITLE, &about);
    out += "| predictor | least verdict | flagged | false among them | patterns found |\n|---|---|---|---|---|\n";
    for detection in &report.detection {
        for discoveries in &detection.discoveries {
            let all = detection.found.first();
            let found = if discoveries.verdict == "review" {
                all.and_then(|row| row.review)
            } else {
                all.and_then(|row| row.note_or_review)
            };
            out += &format!(
                "| {} | {} | {} | {} | {} |\n",
                detection.predictor.replace('_', " "),
                discoveries.verdict,
                discoveries.false_share.map_or(0, |share| share.of),
                proportion(discoveries.false_share),
                proportion(found)
            );
        }
    }
    out
}

fn evaders(table: Option<&str>) -> String {
    const TITLE: &str = "Evaders";
    let Some(table) = table else { return missing(TITLE) };
    let about = "Sessions written to slip through, by one who has read how goodhart works: real steps with a share of waste \
                 between them. The larger of LOOP and PAD, the mean over seeds, by the share of steps that are waste.";
    section(TITLE, about) + table
}

// ---- pieces ------------------------------------------------------------------------------------------------------

fn section(title: &str, about: &str) -> String {
    format!("\n## {title}\n\n{about}\n\n")
}

fn missing(title: &str) -> String {
    format!("\n## {title}\n\nNot measured in this run.\n")
}

fn share(proportion: Option<Proportion>) -> f64 {
    proportion.map_or(0.0, |proportion| proportion.share)
}

fn proportion(proportion: Option<Proportion>) -> String {
    proportion.map_or_else(dash, |Proportion { share, low, high, .. }| {
        format!("{} [{}, {}]", digits(share), digits(low), digits(high))
    })
}

fn short(proportion: Option<&Proportion>) -> String {
    proportion.map_or_else(dash, |proportion| digits(proportion.share))
}

fn estimate(estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", value(estimate), digits(low), digits(high)),
        _ => value(estimate),
    }
}

fn value(estimate: &Estimate) -> String {
    estimate.value.map_or_else(dash, digits)
}

fn value_of(estimate: &Estimate) -> f64 {
    estimate.value.unwrap_or(f64::NAN)
}

fn p_values(shares: &[PShare]) -> String {
    if shares.is_empty() {
        return dash();
    }
    shares.iter().map(|share| digits(share.below.share)).collect::<Vec<_>>().join(" / ")
}

/// Three digits without the leading zero.
fn digits(value: f64) -> String {
    if value.is_nan() {
        return dash();
    }
    let text = format!("{value:.3}");
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

fn dash() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use goodhart_evaluation::{Options, evaluate, read_labels, read_predictions};

    use super::*;

    fn report(labels: &str, ours: &str, peer: &str) -> Report {
        let labels = read_labels(labels.as_bytes()).unwrap();
        let read = |text: &str| read_predictions(text.as_bytes()).unwrap();
        let predictions = [(OURS.to_owned(), read(ours)), ("word_overlap".to_owned(), read(peer))];
        evaluate(&labels, &predictions, &Options { brief: true, ..Options::default() })
    }

    /// Two loops and two honest sessions; the peer confuses one pair.
    fn spliced() -> Report {
        let label = |id: &str, label: u8| {
            format!(
                r#"{{"session_id":"{id}","split":"dev","corpus":"spliced","group":"g","target":"loop","kind":"session","length":9,"label":{label}}}"#
            ) + "\n"
        };
        let labels = label("a", 1) + &label("b", 1) + &label("c", 0) + &label("d", 0);
        let scores = |scores: [f64; 4]| -> String {
            let lines = ["a", "b", "c", "d"].iter().zip(scores);
            lines.map(|(id, score)| format!("{{\"session_id\":\"{id}\",\"loop_score\":{score}}}\n")).collect()
        };
        report(&labels, &scores([0.9, 0.8, 0.2, 0.1]), &scores([0.9, 0.1, 0.2, 0.0]))
    }

    /// One pattern, two honest sessions of which one comes up for review.
    fn synth() -> Report {
        let case = |id: &str, pattern: &str, class: &str, expected: &str, difficulty: &str, calls: &str| {
            format!(
                r#"{{"session_id":"{id}","pattern_id":"{pattern}","class":"{class}","expected":"{expected}","difficulty":"{difficulty}","spans":[{{"calls":[{calls}]}}],"waste_share":0.5}}"#
            ) + "\n"
        };
        let labels = case("a", "G18", "loop", "review", "easy", "\"x\"")
            + &case("b", "L01", "none", "ok", "normal", "")
            + &case("c", "N", "none", "ok", "noisy", "");
        let said = r#"{"session_id":"a","loop_score":0.9,"verdict":"review","waste_share":0.4}
            {"session_id":"a","call_id":"x","step":1,"account":"looped"}
            {"session_id":"b","loop_score":0.3,"verdict":"review"}
            {"session_id":"c","loop_score":0.1,"verdict":"ok"}"#;
        report(&labels, said, said)
    }

    #[test]
    fn what_was_not_measured_is_said_to_be_missing() {
        let page = page(&Reports::default());
        assert_eq!(page.matches("Not measured in this run.").count(), 12);
    }

    #[test]
    fn the_best_peer_stands_beside_and_the_bars_compare() {
        let page = page(&Reports { corpora: Some(spliced()), ..Reports::default() });
        assert!(
            page.contains("| spliced.loop | session | 4 (2) | .500 | 1.000 | 1.000 | 1.000 | 1.000 | .750 |"),
            "{page}"
        );
        assert!(
            page.contains("| 1 of 1 targets | spliced.loop: 1.000 beside .750 of word_overlap | met |"),
            "{page}"
        );
    }

    #[test]
    fn the_worst_class_decides_a_bar() {
        let page = page(&Reports { synth: Some(synth()), population: Some(synth()), ..Reports::default() });
        assert!(page.contains("| .000 [.000, .975] | noisy: .000 [.000, .975] | met |"), "{page}");
        let bar = "| .500 [.013, .987] of 2 reviews | patterns that come up for `review`: 1.000 [.025, 1.000] | **missed** |";
        assert!(page.contains(bar), "{page}");
        assert!(page.contains("| 1 of 1 patterns and difficulties | G18 easy: 1.000 | met |"), "{page}");
        assert!(page.contains("| L01 | normal | 1 | 1.000 [.025, 1.000] |"), "{page}");
        assert!(page.contains("| 2 of 2 | ALL: 1.000 beside 1.000 of word_overlap | met |"), "{page}");
    }

    /// One loop and two honest copies: at its score we flag none of them, the peer both.
    #[test]
    fn honest_copies_are_compared_at_the_recall_of_the_loops() {
        let line = |id: &str, corpus: &str, rest: &str| {
            format!(
                r#"{{"session_id":"{id}","split":"dev","corpus":"{corpus}","group":"g","length":9,{rest}}}"#
            ) + "\n"
        };
        let copy = |id| line(id, "copies", r#""target":"honest_poll","kind":"control""#);
        let labels =
            line("a", "spliced", r#""target":"loop","kind":"session","label":1"#) + &copy("b") + &copy("c");
        let said = |others: f64| {
            let line = |id, score: f64| {
                format!("{{\"session_id\":\"{id}\",\"loop_score\":{score},\"p_value\":0.5}}\n")
            };
            line("a", 0.5) + &line("b", others) + &line("c", others)
        };
        let page =
            page(&Reports { honest: Some(report(&labels, &said(0.1), &said(0.9))), ..Reports::default() });
        assert!(
            page.contains(
                "| 1 of 1 kinds | honest_poll: .000 [.000, .842] beside 1.000 of word_overlap | met |"
            ),
            "{page}"
        );
        assert!(page.contains("| 1 of 1 kinds | honest_poll: .000 / .000 / .000 | met |"), "{page}");
        assert!(page.contains("| honest_poll | word overlap | 2 | 1.000 [.158, 1.000] |"), "{page}");
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!([0.5, 1.0, -0.25, f64::NAN].map(digits), [".500", "1.000", "-0.250", "–"]);
    }
}
