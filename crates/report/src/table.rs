//! The table that a person reads first: one row a finding, in words.

use std::cmp::Reverse;

use comfy_table::{ContentArrangement, Table, presets};
use goodhart_features::TokenQuality;
use goodhart_scoring::{Finding, LOOKALIKES, Outcome, Verdict};

use crate::numbers::{percent, tokens};
use crate::session_names::SessionNames;
use crate::words::{self, printable};

/// Findings as a table, the gravest and costliest first. Lines are wrapped at `columns`; without it they are not.
pub fn findings_table(findings: &[&Finding], names: &SessionNames, columns: Option<u16>) -> String {
    let mut findings = findings.to_vec();
    findings.sort_by_key(|finding| {
        (gravity(finding.verdict), Reverse(finding.waste_tokens), &finding.session_id)
    });
    let mut table = plain_table(columns);
    table.set_header(["verdict", "session", "agent", "what happened, and where", "wasted tokens", "rarity"]);
    table.add_rows(findings.into_iter().map(|finding| row(finding, names)));
    rendered(table, 0)
}

/// A table without lines, as wide as its content or the terminal.
pub(crate) fn plain_table(columns: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    if let Some(columns) = columns {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
    }
    table
}

/// The lines of a table, indented, without blanks at their ends.
pub(crate) fn rendered(mut table: Table, indent: usize) -> String {
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table.lines().map(|line| format!("{:indent$}{}", "", line).trim_end().to_owned() + "\n").collect()
}

fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Review => 0,
        Verdict::Note => 1,
        Verdict::Ok => 2,
        Verdict::InsufficientEvidence => 3,
    }
}

fn row(finding: &Finding, names: &SessionNames) -> [String; 6] {
    [
        words::verdict(finding.verdict).to_owned(),
        printable(&names.short(&finding.session_id)),
        printable(finding.agent.as_deref().unwrap_or("unknown")),
        story(finding),
        wasted(finding),
        words::rarity(finding),
    ]
}

/// What happened, what explains it, where it begins.
fn story(finding: &Finding) -> String {
    let Some(span) = finding.spans.first() else { return quiet(finding) };
    let more = match finding.spans.iter().skip(1).filter(|span| span.tokens != Some(0)).count() {
        0 => String::new(),
        1 => "; and 1 more stretch".to_owned(),
        more => format!("; and {more} more stretches"),
    };
    let lines =
        [Some(words::happened(span) + &more), explanation(finding), words::pointer(finding, &span.first)];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn quiet(finding: &Finding) -> String {
    match finding.verdict {
        Verdict::InsufficientEvidence => words::too_little(finding),
        _ => "nothing came again without gain".to_owned(),
    }
}

/// The honest work that explains the evidence.
fn explanation(finding: &Finding) -> Option<String> {
    let accepted = finding.considered.iter().find(|considered| considered.outcome == Outcome::Accepted)?;
    let title = lookalike_title(&accepted.lookalike);
    Some(format!("looks like {title}: {}", accepted.because))
}

/// What a look-alike is, in words; its id when this build does not know it.
pub(crate) fn lookalike_title(id: &str) -> &str {
    LOOKALIKES.iter().find(|lookalike| lookalike.id == id).map_or(id, |lookalike| lookalike.title)
}

fn wasted(finding: &Finding) -> String {
    let (Some(waste), Some(share)) = (finding.waste_tokens, finding.waste_share) else {
        return "unknown".to_owned();
    };
    let about = if finding.tokens.quality == TokenQuality::Estimated { "about " } else { "" };
    match waste {
        0 => "none".to_owned(),
        waste => format!("{about}{} ({})", tokens(waste), percent(share)),
    }
}

#[cfg(test)]
mod tests {
    use goodhart_features::Pattern;
    use goodhart_scoring::{Keys, Rarity, Verdict};

    use super::findings_table;
    use crate::SessionNames;
    use crate::words::tests::{finding, span};

    #[test]
    fn the_gravest_stands_first_and_nothing_is_wrapped_in_a_pipe() {
        let mut note = finding("01234567-89ab-cdef");
        (note.verdict, note.keys) = (Verdict::Note, Keys { evidence: true, rarity: Rarity::None });
        let mut review = finding("89abcdef-0123-4567");
        review.spans = vec![span(Pattern::Repeat, &[]), span(Pattern::Reread, &[])];
        let names = SessionNames::new(["01234567-89ab-cdef", "89abcdef-0123-4567"]);
        let table = findings_table(&[&note, &review], &names, None);
        let expected = "\
verdict  session   agent  what happened, and where                            wasted tokens  rarity
review   89abcdef  codex  Bash repeated 27 times, same result; and 1 more stretch  225k (31 %)    rare (q 0.010)
                          logs/a.jsonl:40
note     01234567  codex  nothing came again without gain                     225k (31 %)    not rare (p 0.020, q 0.010)
";
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(squeezed(&table), squeezed(expected), "{table}");
        assert!(table.lines().all(|line| line.trim_end() == line));
    }

    #[test]
    fn on_a_terminal_no_line_is_wider() {
        let mut review = finding("89abcdef-0123-4567");
        review.spans = vec![span(Pattern::Cycle, &["result: a few lines"])];
        let table = findings_table(&[&review], &SessionNames::default(), Some(80));
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    }
}
