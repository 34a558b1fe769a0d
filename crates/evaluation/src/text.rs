//! A report as text, for people.

use crate::evaluate::ALL;
use crate::labels::{Axis, Target};
use crate::report::{
    ControlRow, Detection, Discoveries, Estimate, HonestRow, ModeRecall, Overlap, PShare, PatternRow,
    Proportion, QuietRecall, Report, Row, Table,
};

impl Report {
    /// The report as aligned text with a line break at the end. A dash stands for what is not defined;
    /// intervals are left out of brief reports.
    pub fn to_text(&self) -> String {
        let tables = self.tables.iter().flat_map(|table| table_lines(table, self.brief));
        let controls = control_lines(&self.controls, self.brief);
        let recall = self.recall.iter().flat_map(|recall| recall_lines(recall, self.brief));
        let detection = self.detection.iter().flat_map(|detection| detection_lines(detection, self.brief));
        tables.chain(controls).chain(recall).chain(detection).map(|line| line + "\n").collect()
    }
}

fn table_lines(table: &Table, brief: bool) -> Vec<String> {
    let Table { target: Target { split, corpus, name, kind, axis }, group, n, positives, rows } = table;
    let share = 100.0 * *positives as f64 / *n as f64;
    let axis = if *axis == Axis::Pad { "  axis pad" } else { "" };
    let title =
        format!("{split}  {corpus}.{name}  [{group}]  {kind}  n={n} pos={positives} ({share:.1} %){axis}");
    let head = columns(["predictor", "cov", "auc", "ap", "f1", "aucL", "rhoL", "nL"].map(str::to_owned));
    let rows = rows.iter().map(|row| columns(cells(row, brief)));
    [String::new(), title, head].into_iter().chain(rows).collect()
}

fn columns([predictor, cov, auc, ap, f1, auc_l, rho_l, n_l]: [String; 8]) -> String {
    format!("    {predictor:<22} {cov:<5} {auc:<18} {ap:<18} {f1:<5} {auc_l:<24} {rho_l:<5} {n_l}")
}

fn cells(row: &Row, brief: bool) -> [String; 8] {
    let matched = row.matched_pairs > 0;
    let dash = || "-".to_owned();
    [
        row.predictor.clone(),
        format!("{:.2}", row.coverage),
        estimate(&row.auroc, brief),
        estimate(&row.average_precision, brief),
        number(row.best_f1.value),
        if matched { estimate(&row.matched_auroc, brief) } else { dash() },
        number(row.partial_spearman),
        if matched { row.matched_pairs.to_string() } else { dash() },
    ]
}

fn control_lines(rows: &[ControlRow], brief: bool) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let title = "CONTROLS (should stay quiet)        n = sessions; shares flagged".to_owned();
    let head = ["note+", "review", "flag-at", "at-recall", "p<.01/.05/.1"].map(str::to_owned);
    let head = control_columns("set", "predictor", "n", head, brief);
    let rows = rows.iter().map(|row| control_line(row, brief));
    [String::new(), title, head].into_iter().chain(rows).collect()
}

fn control_line(row: &ControlRow, brief: bool) -> String {
    let Target { split, corpus, name, .. } = &row.target;
    let shares = [row.note_or_review, row.review, row.at_threshold, row.at_recall];
    let [note, review, at_threshold, at_recall] = shares.map(|share| proportion(share.as_ref(), brief));
    let cells = [note, review, at_threshold, at_recall, p_shares(&row.p_values)];
    control_columns(
        &format!("{split} {corpus}.{name}"),
        &row.predictor,
        &row.sessions.to_string(),
        cells,
        brief,
    )
}

fn control_columns(set: &str, predictor: &str, n: &str, cells: [String; 5], brief: bool) -> String {
    let [note, review, at_threshold, at_recall, p] = cells;
    let (narrow, wide) = if brief { (7, 9) } else { (16, 16) };
    format!(
        "    {set:<44} {predictor:<22} {n:>5} {note:>narrow$} {review:>narrow$} {at_threshold:>wide$} {at_recall:>wide$}  {p}"
    )
}

fn recall_lines(recall: &QuietRecall, brief: bool) -> Vec<String> {
    let QuietRecall { predictor, loops, controls, at, modes, .. } = recall;
    let shares = at.iter().map(|at| number(Some(at.recall.share))).collect::<Vec<_>>().join(" / ");
    let what = format!("recall on {loops} spliced loops at 1 / 5 % of {controls} control sessions flagged");
    let first = format!("    {predictor}: {what}: {shares}");
    let modes = if brief { [].iter() } else { modes.iter() };
    std::iter::once(first).chain(modes.map(mode_line)).collect()
}

fn mode_line(recall: &ModeRecall) -> String {
    let ModeRecall { mode, at, note_or_review, review } = recall;
    let n = at.first().map_or(0, |found| found.of);
    let shares = at.iter().map(|found| number(Some(found.share))).collect::<Vec<_>>().join(" / ");
    let [note, review] = [note_or_review, review].map(|found| proportion(found.as_ref(), true));
    format!("        {mode:<12} n={n:<5} {shares}   note+ {note:>4}   review {review:>4}")
}

fn detection_lines(detection: &Detection, brief: bool) -> Vec<String> {
    let Detection { predictor, patterns, honest, coverage, thresholds, found, flagged, discoveries } =
        detection;
    let title = format!("KNOWN SESSIONS  {predictor}  patterns={patterns} honest={honest} cov={coverage:.2}");
    let shown = |pattern: &str, difficulty: &str| !brief || pattern == ALL || difficulty == ALL;
    let thresholds =
        thresholds.iter().map(|threshold| format!("    above: {} = {:.4}", threshold.name, threshold.score));
    let found = found.iter().filter(|row| shown(&row.pattern_id, &row.difficulty));
    let flagged = flagged.iter().filter(|row| shown(&row.pattern_id, &row.difficulty));
    [String::new(), title]
        .into_iter()
        .chain(thresholds)
        .chain([found_head()])
        .chain(found.map(|row| found_line(row, brief)))
        .chain([flagged_head()])
        .chain(flagged.map(|row| flagged_line(row, brief)))
        .chain(discoveries.iter().map(discoveries_line))
        .collect()
}

fn found_head() -> String {
    found_columns(
        [
            "pattern",
            "difficulty",
            "n",
            "auc",
            "aucL",
            "above",
            "note+",
            "review",
            "iou",
            "range",
            "waste",
            "worst",
            "left out",
        ]
        .map(str::to_owned),
    )
}

fn found_line(row: &PatternRow, brief: bool) -> String {
    let overlap = |overlap: Option<Overlap>| number(overlap.map(|overlap| overlap.mean));
    let worst = row.worst_class.as_ref();
    let left_out = row.left_out.map(|left| {
        format!("{} fa {}", number(Some(left.recall.share)), number(Some(left.false_alarms.share)))
    });
    found_columns([
        row.pattern_id.clone(),
        row.difficulty.clone(),
        row.sessions.to_string(),
        estimate(&row.auroc, brief),
        number(row.matched_auroc),
        shares(&row.above),
        proportion(row.note_or_review.as_ref(), true),
        proportion(row.review.as_ref(), true),
        overlap(row.steps),
        overlap(row.ranges),
        number(row.waste_error),
        worst.map_or_else(|| "-".to_owned(), |(class, auroc)| format!("{class} {}", number(Some(*auroc)))),
        left_out.unwrap_or_else(|| "-".to_owned()),
    ])
}

fn found_columns(cells: [String; 13]) -> String {
    let [pattern, difficulty, n, auc, auc_l, above, note, review, iou, range, waste, worst, left_out] = cells;
    format!(
        "    {pattern:<8} {difficulty:<10} {n:>5} {auc:<18} {auc_l:<5} {above:<17} {note:>5} {review:>6} {iou:>5} {range:>5} {waste:>5}  {worst:<9} {left_out}"
    )
}

fn flagged_head() -> String {
    flagged_columns(
        ["honest", "setting", "n", "above", "note+", "review", "waste", "p<.01/.05/.1"].map(str::to_owned),
    )
}

fn flagged_line(row: &HonestRow, brief: bool) -> String {
    flagged_columns([
        row.pattern_id.clone(),
        row.difficulty.clone(),
        row.sessions.to_string(),
        shares(&row.above),
        proportion(row.note_or_review.as_ref(), brief),
        proportion(row.review.as_ref(), brief),
        number(row.waste_share),
        p_shares(&row.p_values),
    ])
}

fn flagged_columns([pattern, setting, n, above, note, review, waste, p]: [String; 8]) -> String {
    format!("    {pattern:<8} {setting:<10} {n:>5} {above:<17} {note:>16} {review:>16} {waste:>5}  {p}")
}

fn discoveries_line(discoveries: &Discoveries) -> String {
    let Discoveries { verdict, false_share, neither } = discoveries;
    let share = proportion(false_share.as_ref(), false);
    let flagged = false_share.map_or(0, |share| share.of);
    format!(
        "    false among {flagged} sessions of at least `{verdict}`: {share}; {neither} more count neither way"
    )
}

fn shares(shares: &[Proportion]) -> String {
    let each: Vec<String> = shares.iter().map(|share| number(Some(share.share))).collect();
    if each.is_empty() { "-".to_owned() } else { each.join(" / ") }
}

fn p_shares(shares: &[PShare]) -> String {
    if shares.is_empty() {
        return "-".to_owned();
    }
    shares.iter().map(|share| number(Some(share.below.share))).collect::<Vec<_>>().join("/")
}

fn estimate(estimate: &Estimate, brief: bool) -> String {
    let value = number(estimate.value);
    if brief { value } else { format!("{value} {}", interval(estimate.low, estimate.high)) }
}

fn proportion(share: Option<&Proportion>, brief: bool) -> String {
    match share {
        None => "-".to_owned(),
        Some(share) if brief => number(Some(share.share)),
        Some(share) => {
            format!("{} {}", number(Some(share.share)), interval(Some(share.low), Some(share.high)))
        }
    }
}

fn interval(low: Option<f64>, high: Option<f64>) -> String {
    format!("[{},{}]", number(low).trim(), number(high).trim())
}

/// Three digits without the leading zero, at least four characters wide.
fn number(value: Option<f64>) -> String {
    let digits = value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
    let digits = if digits.starts_with("0.") { &digits[1..] } else { digits };
    format!("{:>4}", format!("{sign}{digits}"))
}

#[cfg(test)]
mod tests {
    use crate::{Options, evaluate, read_labels, read_predictions};

    #[test]
    fn numbers_lose_their_zero_and_keep_their_width() {
        let cases = [
            (Some(0.5), ".500"),
            (Some(-0.25), "-.250"),
            (Some(1.0), "1.000"),
            (Some(0.0), ".000"),
            (None, "   -"),
        ];
        for (value, text) in cases {
            assert_eq!(super::number(value), text);
        }
    }

    #[test]
    fn a_brief_report_reads_like_this() {
        let label = |id: &str, target: &str, rest: &str| {
            let head = r#""split":"dev","corpus":"spliced","group":"g","length":4"#;
            format!(r#"{{"session_id":"{id}",{head},"target":"{target}",{rest}}}"#) + "\n"
        };
        let labels = label("a", "loop", r#""kind":"session","label":1,"mode":"cycle""#)
            + &label("b", "loop", r#""kind":"session","label":0"#)
            + &label("b", "honest_poll", r#""kind":"control""#);
        let predictions = "{\"session_id\":\"a\",\"loop_score\":0.9}\n\
                           {\"session_id\":\"b\",\"loop_score\":0.2,\"verdict\":\"ok\",\"p_value\":0.04}\n";
        let labels = read_labels(labels.as_bytes()).unwrap();
        let predictions = read_predictions(predictions.as_bytes()).unwrap();
        let options = Options { brief: true, ..Options::default() };
        let text = evaluate(&labels, &[("mine".to_owned(), predictions)], &options).to_text();
        let expected = "
dev  spliced.loop  [g]  session  n=2 pos=1 (50.0 %)
    predictor              cov   auc                ap                 f1    aucL                     rhoL  nL
    length                 1.00  .500               .500               .667  .500                        -  1
    mine                   1.00  1.000              1.000              1.000 1.000                       -  1

CONTROLS (should stay quiet)        n = sessions; shares flagged
    set                                          predictor                  n   note+  review   flag-at at-recall  p<.01/.05/.1
    dev spliced.honest_poll                      length                     1       -       -         -     1.000  -
    dev spliced.honest_poll                      mine                       1    .000    .000         -      .000  .000/1.000/1.000
";
        assert_eq!(text, expected);
    }
}
