//! Baselines for people: what one holds, what differs between two.

use goodhart_features::Axis;
use goodhart_scoring::{Baseline, Comparison, Shift};

use crate::numbers::{bytes, count, probability, value};
use crate::table::{plain_table, rendered};
use crate::words::printable;

/// Shares of the reference whose scores are shown.
const SHOWN: [f64; 4] = [0.5, 0.9, 0.95, 0.99];
/// Shifted features that are shown.
const SHIFTS: usize = 10;

/// The card of a baseline, how its sessions score, and what is usual. `size` is that of its file.
///
/// ```
/// use goodhart_report::baseline_shown;
/// use goodhart_scoring::Baseline;
///
/// let text = baseline_shown(Baseline::embedded(), 800_000);
/// assert!(text.contains("kind            embedded") && text.contains("what is usual"));
/// ```
pub fn baseline_shown(baseline: &Baseline, size: u64) -> String {
    let facts = [
        format!("detectors       {}", baseline.detectors().join(", ")),
        format!("features        {}, schema {:016x}", baseline.features().count(), baseline.schema_hash()),
        format!("seed            {}", baseline.card().seed),
        format!("fingerprint     {:016x}", baseline.fingerprint()),
        format!("size            {}", bytes(size)),
    ];
    let card = printable_lines(&baseline.card().to_string());
    format!("{card}\n{}\n\n{}\n{}", facts.join("\n"), scores(baseline), usual(baseline))
}

/// What differs between two baselines.
///
/// ```
/// use goodhart_report::baseline_compared;
/// use goodhart_scoring::Baseline;
///
/// let baseline = Baseline::embedded();
/// let text = baseline_compared(&baseline.compare(baseline), ["a.bin", "b.bin"]);
/// assert_eq!(text, "a.bin and b.bin are the same\n");
/// ```
pub fn baseline_compared(comparison: &Comparison, names: [&str; 2]) -> String {
    let names = names.map(printable);
    if comparison.same {
        return format!("{} and {} are the same\n", names[0], names[1]);
    }
    let mut table = plain_table(None);
    table.set_header(["", &names[0], &names[1]]);
    row(&mut table, "kind", comparison.kinds.map(|kind| kind.to_string()));
    row(&mut table, "sessions", comparison.sessions.map(|sessions| sessions.to_string()));
    row(&mut table, "smallest p", comparison.smallest_p.map(probability));
    row(&mut table, "detectors", comparison.detectors.clone().map(|names| names.join(", ")));
    row(&mut table, "features of its own", comparison.only.clone().map(|names| names.join(", ")));
    let distances = format!(
        "scores differ by at most {} of the sessions (looping) and {} (padding)",
        probability(comparison.loop_distance),
        probability(comparison.pad_distance)
    );
    format!("{}\n{distances}\n{}", rendered(table, 0), shifts(&comparison.shifts))
}

/// Which scores the sessions of the reference reach.
fn scores(baseline: &Baseline) -> String {
    let mut table = plain_table(None);
    table.set_header(["of the reference", "looping", "padding"]);
    for share in SHOWN {
        let reached = |axis| {
            let quantile = baseline.reference(axis).of("").1.quantile(share);
            quantile.map_or_else(|| "-".to_owned(), value)
        };
        let name = format!("{:.0} % score at most", 100.0 * share);
        table.add_row([name, reached(Axis::Loop), reached(Axis::Padding)]);
    }
    rendered(table, 0)
}

fn usual(baseline: &Baseline) -> String {
    let mut table = plain_table(None);
    table.set_header(["what is usual", "5 %", "median", "95 %"]);
    for (feature, _) in baseline.features() {
        let median = baseline.standing(feature, 0.0).map(|standing| standing.median);
        if let (Some([low, high]), Some(median)) = (baseline.usual(feature), median) {
            table.add_row([feature.to_owned(), value(low), value(median), value(high)]);
        }
    }
    rendered(table, 0)
}

fn shifts(shifts: &[Shift]) -> String {
    if shifts.is_empty() {
        return "no feature has another median\n".to_owned();
    }
    let mut table = plain_table(None);
    table.set_header(["feature", "median", "median", "in usual ranges"]);
    for Shift { feature, medians, shift } in shifts.iter().take(SHIFTS) {
        table.add_row([feature.clone(), value(medians[0]), value(medians[1]), format!("{shift:+.2}")]);
    }
    let rest = match shifts.len().saturating_sub(SHIFTS) {
        0 => String::new(),
        rest => format!("and {} that shifted less\n", count(rest as u64, "feature")),
    };
    format!("{}{rest}", rendered(table, 0))
}

fn row(table: &mut comfy_table::Table, name: &str, values: [String; 2]) {
    let [one, other] = values;
    table.add_row([name.to_owned(), one, other]);
}

/// What somebody wrote into a file, safe to print.
fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use goodhart_scoring::{Baseline, Shift};

    use super::baseline_compared;

    #[test]
    fn the_features_that_shifted_most_are_listed_and_the_others_counted() {
        let mut comparison = Baseline::embedded().compare(Baseline::embedded());
        comparison.same = false;
        assert!(baseline_compared(&comparison, ["a", "b"]).contains("no feature has another median"));
        let shift =
            |n: u32| Shift { feature: format!("f{n}"), medians: [0.0, 1.0], shift: 1.0 / f64::from(n) };
        comparison.shifts = (1..=12).map(shift).collect();
        let text = baseline_compared(&comparison, ["a", "b\u{1b}"]);
        assert!(
            text.contains("f10")
                && !text.contains("f11")
                && text.contains("and 2 features that shifted less")
        );
        assert!(!text.contains('\u{1b}'));
    }
}
