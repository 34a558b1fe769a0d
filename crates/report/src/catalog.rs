//! The manual's tables, printed from the registries, so that the manual and the code are one thing.

use goodhart_detectors::{Entry, Page, catalog};
use goodhart_features::{Direction, FEATURES, Feature, Pattern};
use goodhart_readers::FORMATS;
use goodhart_scoring::{Effect, LOOKALIKES, Lookalike};
use goodhart_trace::{Format, Framing, IssueKind};

use crate::words;

/// One registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Log formats that are read.
    Formats,
    /// Columns of the feature row.
    Features,
    /// Outlier detectors.
    Detectors,
    /// How a span of a finding recurs.
    Patterns,
    /// Honest work that looks like waste.
    Lookalikes,
    /// What reading may report.
    Issues,
}

/// The whole of `docs/catalog.md`.
pub fn catalog_page() -> String {
    let intro = "# Catalog\n\nWhat this build knows. Printed by `goodhart catalog`; a test compares.\n";
    let sections = Section::PAGE.map(|section| format!("\n## {}\n\n{}", section.title(), section.markdown()));
    format!("{intro}{}\nIssues have [a page of their own](issues.md).\n", sections.concat())
}

/// The whole of `docs/issues.md`.
pub fn issues_page() -> String {
    let intro = "# Issues\n\nContent never makes reading fail. What cannot be used as it stands is an issue with file, \
                 line, byte and kind, and\nreading goes on; `--strict` turns the first one into an error. Printed by \
                 `goodhart catalog issues`; a test compares.\n";
    format!("{intro}\n{}", Section::Issues.markdown())
}

impl Section {
    /// Sections of the catalog's page.
    const PAGE: [Section; 5] =
        [Section::Formats, Section::Features, Section::Detectors, Section::Patterns, Section::Lookalikes];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Section::Formats => "Formats",
            Section::Features => "Features",
            Section::Detectors => "Detectors",
            Section::Patterns => "Patterns",
            Section::Lookalikes => "Look-alikes",
            Section::Issues => "Issues",
        }
    }

    /// Its table in Markdown, with a line break at the end.
    pub fn markdown(self) -> String {
        match self {
            Section::Formats => table(
                ["format", "what it reads", "records"],
                FORMATS.iter().map(|&format| row_of_format(format)),
            ),
            Section::Features => table(FEATURE_HEAD, FEATURES.iter().map(row_of_feature)),
            Section::Detectors => {
                table(["detector", "", "finds", "misses", "cost"], catalog().iter().map(row_of_detector))
            }
            Section::Patterns => table(["pattern", "what recurs"], Pattern::ALL.iter().map(row_of_pattern)),
            Section::Lookalikes => table(
                ["id", "honest work", "what becomes of a span that it explains"],
                LOOKALIKES.iter().map(row_of_lookalike),
            ),
            Section::Issues => table(
                ["issue", "what was met", "what becomes of it"],
                IssueKind::ALL.iter().map(row_of_issue),
            ),
        }
    }
}

fn row_of_format(format: &dyn Format) -> [String; 3] {
    let framing = match format.framing() {
        Framing::Lines => "lines",
        Framing::Document => "one document",
    };
    [code(format.id()), format.title().to_owned(), framing.to_owned()]
}

const FEATURE_HEAD: [&str; 7] =
    ["column", "family", "unit", "speaks for looping", "for padding", "question", "version"];

fn row_of_feature(feature: &Feature) -> [String; 7] {
    [
        code(feature.id),
        feature.family.to_owned(),
        feature.unit.to_owned(),
        direction(feature.looping).to_owned(),
        direction(feature.padding).to_owned(),
        feature.question.to_owned(),
        feature.version.to_string(),
    ]
}

fn row_of_detector(entry: &Entry) -> [String; 5] {
    let Page { title, finds, misses, cost } = entry.page;
    [code(entry.name), title.to_owned(), finds.to_owned(), misses.to_owned(), cost.to_owned()]
}

fn row_of_pattern(pattern: &Pattern) -> [String; 2] {
    [code(words::pattern(*pattern)), pattern.meaning().to_owned()]
}

fn row_of_lookalike(lookalike: &Lookalike) -> [String; 3] {
    let effect = match lookalike.effect {
        Effect::Explains => "it is no evidence",
        Effect::Softens => "it is evidence for at most `note`",
    };
    [code(lookalike.id), lookalike.title.to_owned(), effect.to_owned()]
}

fn row_of_issue(kind: &IssueKind) -> [String; 3] {
    [code(kind.id()), kind.meaning().to_owned(), kind.effect().to_owned()]
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
        Direction::Neutral => "",
    }
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rule = head.map(|_| "---".to_owned());
    let head = head.map(str::to_owned);
    [head, rule].into_iter().chain(rows).map(|cells| line(&cells)).collect()
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn code(id: &str) -> String {
    format!("`{id}`")
}

#[cfg(test)]
mod tests {
    use super::{Section, catalog_page, line};
    use goodhart_features::FEATURES;

    #[test]
    fn every_feature_has_a_row() {
        let page = catalog_page();
        for feature in FEATURES.iter() {
            assert!(page.contains(&format!("| `{}` | {} |", feature.id, feature.family)), "{}", feature.id);
        }
    }

    #[test]
    fn every_row_of_a_table_has_as_many_cells_as_its_head() {
        for section in Section::PAGE.into_iter().chain([Section::Issues]) {
            let table = section.markdown();
            let cells = |line: &str| line.replace("\\|", "").matches('|').count();
            let widths: Vec<usize> = table.lines().map(cells).collect();
            assert!(widths.len() > 2 && widths.iter().all(|&width| width == widths[0]), "{table}");
        }
    }

    #[test]
    fn bars_in_cells_are_escaped() {
        assert_eq!(line(&["a|b".to_owned()]), "| a\\|b |\n");
    }
}
