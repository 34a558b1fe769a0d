//! One finding in full, like a compiler's diagnostic: what happened at which line, what it cost, how rare it is, and
//! what speaks against it.

use comfy_table::Table;
use goodhart_features::{Axis, FEATURES, TokenQuality};
use goodhart_scoring::{
    Accounts, Considered, Driver, Finding, FindingSpan, Outcome, Rarity, ReferenceKind, ReferenceNote,
    SpanPlace, Verdict,
};

use crate::numbers::{count, grouped, percent, probability, tokens, value};
use crate::table::{lookalike_title, plain_table, rendered};
use crate::words::{self, happened, pointer, printable};

/// Content of one step: short excerpts, safe to print.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quote {
    /// Arguments of the call, or what the message said.
    pub said: Option<String>,
    /// What the tool answered.
    pub result: Option<String>,
}

/// One step of a span that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Which one: `first`, `again`, `last`.
    pub which: &'static str,
    /// The tool that it called.
    pub tool: Option<String>,
    /// Where it stands.
    pub place: SpanPlace,
    /// What it held; empty when content is not to be shown.
    pub quote: Quote,
}

/// Characters of an excerpt at most.
const EXCERPT: usize = 160;

/// The beginning of a text on one line, without anything that a terminal would obey. Says how long the text is when
/// it is cut.
///
/// ```
/// use goodhart_report::explanation::excerpt;
///
/// assert_eq!(excerpt("no runs\nfound"), "no runs\\nfound");
/// assert!(excerpt(&"x".repeat(4000)).ends_with("x… (4,000 characters)"));
/// ```
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        None => printable(text),
        Some((end, _)) => {
            format!("{}… ({})", printable(&text[..end]), count(text.chars().count() as u64, "character"))
        }
    }
}

/// Renders a finding. `turns` holds the steps to show of each span of the finding, in the order of the spans.
pub fn explain(finding: &Finding, turns: &[Vec<Turn>], columns: Option<u16>) -> String {
    let parts = [
        header(finding),
        stretches(finding, turns),
        ledger(finding),
        rarity(finding),
        drivers(&finding.drivers, columns),
        considered(&finding.considered),
        notes(finding),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn header(finding: &Finding) -> String {
    let agent = finding.agent.as_deref().unwrap_or("unknown agent");
    let models = finding.models.iter().map(|model| format!(", {}", printable(model))).collect::<String>();
    let mut lines = vec![
        format!("{}: {}", words::verdict(finding.verdict), headline(finding)),
        format!("  session  {}", printable(&finding.session_id)),
        format!("  agent    {}{models}", printable(agent)),
    ];
    if let (Some(from), Some(to)) = (&finding.started_at, &finding.ended_at) {
        lines.push(format!("  time     {from} to {to}, {}", count(finding.step_count, "step")));
    }
    lines.push(format!("  finding  {}", finding.finding_id));
    lines.join("\n") + "\n"
}

fn headline(finding: &Finding) -> String {
    let cost = || {
        let (waste, total) = finding.waste_tokens.zip(finding.tokens.total)?;
        let about = if finding.tokens.quality == TokenQuality::Estimated { "about " } else { "" };
        let share = percent(finding.waste_share?);
        Some(format!("{about}{} of {} tokens ({share}) brought nothing new", tokens(waste), tokens(total)))
    };
    match finding.verdict {
        Verdict::InsufficientEvidence => words::too_little(finding),
        Verdict::Ok => "no waste of weight that honest work does not explain".to_owned(),
        _ => cost().unwrap_or_else(|| {
            "steps came again that brought nothing new; their tokens are not known".to_owned()
        }),
    }
}

/// The stretches that hold tokens, one after the other, and how many there are beside them.
fn stretches(finding: &Finding, turns: &[Vec<Turn>]) -> String {
    let all = finding.spans.iter().zip(turns.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..])));
    let (shown, others): (Vec<_>, Vec<_>) = all.partition(|(span, _)| span.tokens != Some(0));
    let numbered = shown.iter().enumerate().map(|(at, (span, turns))| {
        let number = if shown.len() == 1 { String::new() } else { format!(" {} of {}", at + 1, shown.len()) };
        stretch(finding, span, &number, turns)
    });
    let rest = match others.len() {
        0 => String::new(),
        others => {
            format!("and {} whose steps are booked otherwise\n", count(others as u64, "lighter finding"))
        }
    };
    numbered.chain((!rest.is_empty()).then_some(rest)).collect::<Vec<_>>().join("\n")
}

/// One stretch of evidence with its turns.
fn stretch(finding: &Finding, span: &FindingSpan, number: &str, turns: &[Turn]) -> String {
    let turns: String = turns.iter().map(|turn| shown(finding, turn)).collect();
    let facts: String = facts(span).into_iter().map(|fact| format!("   = {fact}\n")).collect();
    format!("{}{number}: {}\n{turns}{facts}", words::axis(span.kind), happened(span))
}

/// A pointer to the line, and what stands there.
fn shown(finding: &Finding, turn: &Turn) -> String {
    let place = pointer(finding, &turn.place).unwrap_or_else(|| "another file".to_owned());
    let tool = turn.tool.as_deref().map_or_else(|| "says".to_owned(), printable);
    let said = turn.quote.said.as_ref().map(|said| format!("   |  {tool} {said}\n"));
    let result = turn.quote.result.as_ref().map(|result| format!("   |  answer: {result}\n"));
    let quoted = said.into_iter().chain(result).collect::<String>();
    format!("  --> {place} ({}, step {})\n{quoted}", turn.which, turn.place.step)
}

fn facts(span: &FindingSpan) -> Vec<String> {
    let booked =
        span.tokens.map_or_else(String::new, |booked| format!("{} tokens booked to ", tokens(booked)));
    let place = match (span.first.step, span.last.step) {
        (first, last) if first == last => format!("step {first}"),
        (first, last) => format!("{} between step {first} and step {last}", count(span.steps, "step")),
    };
    let equality = match &span.varies[..] {
        [] if span.kind == Axis::Loop => "the repeats are equal to the byte".to_owned(),
        [] => format!("pattern {}: {}", words::pattern(span.pattern), span.pattern.meaning()),
        varies => format!("not equal to the byte: {}", varies.join("; ")),
    };
    [Some(format!("{booked}{place}")), rhythm(span), Some(equality)].into_iter().flatten().collect()
}

/// How the steps of a loop follow each other.
fn rhythm(span: &FindingSpan) -> Option<String> {
    let before = match span.period? {
        1 => "the step before it".to_owned(),
        period => format!("what came {} before", count(period, "step")),
    };
    let most = (span.repeats < span.steps)
        .then(|| format!("; the commonest came again {}", count(span.repeats, "time")));
    Some(format!("each repeats {before}{}", most.unwrap_or_default()))
}

/// The six accounts.
fn ledger(finding: &Finding) -> String {
    let Some(accounts) = finding.ledger else { return String::new() };
    let total = finding.tokens.total.unwrap_or(0).max(1);
    let mut table = plain_table(None);
    for (name, tokens, meaning) in booked(accounts) {
        table.add_row([name, &grouped(tokens), &percent(tokens as f64 / total as f64), meaning]);
    }
    right_align(&mut table, &[1, 2]);
    let quality = match finding.tokens.quality {
        TokenQuality::Estimated => ", estimated from the length of the text",
        _ => "",
    };
    let carried = finding.carried_tokens.filter(|&carried| carried > 0);
    let carried = carried
        .map(|carried| format!("  beside it, {} tokens were paid to read padding again\n", tokens(carried)));
    format!(
        "where {} tokens went{quality}\n{}{}",
        grouped(total),
        rendered(table, 2),
        carried.unwrap_or_default()
    )
}

fn booked(accounts: Accounts) -> [(&'static str, u64, &'static str); 6] {
    let Accounts { productive, exploratory, overhead, looped, padded, unexplained } = accounts;
    [
        ("productive", productive, "steps that changed the world"),
        ("exploratory", exploratory, "steps that brought something new"),
        ("overhead", overhead, "requests that the harness made for itself"),
        ("looped", looped, "steps that came again without gain"),
        ("padded", padded, "steps whose words added nothing"),
        ("unexplained", unexplained, "steps with neither progress nor content"),
    ]
}

/// Scores, p-values and what they were compared with.
fn rarity(finding: &Finding) -> String {
    let (Some(p_loop), Some(p_pad), Some(p)) = (finding.p_loop, finding.p_pad, finding.p_value) else {
        return "how rare it is\n  not said: too little is known of the session\n".to_owned();
    };
    let mut table = plain_table(None);
    table.set_header(["", "score", "p-value"]);
    table.add_row(["looping", &value(finding.loop_score), &probability(p_loop)]);
    table.add_row(["padding", &value(finding.pad_score), &probability(p_pad)]);
    table.add_row(["session", "", &probability(p)]);
    right_align(&mut table, &[1, 2]);
    let q =
        finding.q_value.map(|q| format!("  q-value among the sessions of this scan: {}\n", probability(q)));
    format!(
        "how rare it is, compared with {}\n{}{}  {}\n",
        reference(&finding.reference),
        rendered(table, 2),
        q.unwrap_or_default(),
        keys(finding)
    )
}

fn reference(note: &ReferenceNote) -> String {
    let of = note.stratum.as_ref().map_or_else(String::new, |stratum| format!(" of {}", printable(stratum)));
    let kind = match note.kind {
        ReferenceKind::Embedded => "the embedded reference",
        ReferenceKind::Fitted => "a reference fitted on unscreened traces",
        ReferenceKind::DeclaredClean => "a reference declared to be clean",
        ReferenceKind::Batch => "the batch itself",
    };
    format!("{}{of} ({kind})", count(note.sessions, "session"))
}

fn keys(finding: &Finding) -> &'static str {
    match (finding.keys.evidence, finding.keys.rarity) {
        (false, _) => "verdict: no waste of weight that honest work does not explain",
        (true, Rarity::None) => {
            "verdict: the evidence is there, but it is not rare enough among the sessions of this scan"
        }
        (true, Rarity::Fdr) => "verdict: evidence, and rare with the share of false discoveries controlled",
        (true, Rarity::Rank) => "verdict: evidence, and rare by rank (its p-value alone)",
    }
}

/// The features that drove the score.
fn drivers(drivers: &[Driver], columns: Option<u16>) -> String {
    if drivers.is_empty() {
        return String::new();
    }
    let mut table = plain_table(columns);
    table.set_header(["feature", "here", "median", "usual", "higher than", "weight", "question"]);
    table.add_rows(drivers.iter().map(driver));
    let unusual: String = drivers.iter().filter_map(unusual).collect();
    format!("what drove the score\n{}{unusual}", rendered(table, 2))
}

/// A value that is not what the session's other values let expect.
fn unusual(driver: &Driver) -> Option<String> {
    let z = driver.combination.filter(|z| z.abs() >= UNUSUAL)?;
    let (side, times) = (if z > 0.0 { "higher" } else { "lower" }, z.abs());
    Some(format!(
        "  unusual combination: {} is {times:.0} deviations {side} than the other features let expect\n",
        driver.feature
    ))
}

/// Deviations from which a combination is worth a line: the customary three.
const UNUSUAL: f64 = 3.0;

fn driver(driver: &Driver) -> [String; 7] {
    let usual = driver
        .usual
        .map_or_else(|| "-".to_owned(), |[low, high]| format!("{} to {}", value(low), value(high)));
    let question =
        FEATURES.iter().find(|feature| feature.id == driver.feature).map_or("", |feature| feature.question);
    let here = format!("{} {}", value(driver.value), driver.unit);
    let known = |number: Option<f64>, text: fn(f64) -> String| number.map_or_else(|| "-".to_owned(), text);
    let [median, above] = [known(driver.median, value), known(driver.percentile, percent)];
    [
        driver.feature.to_string(),
        here,
        median,
        usual,
        above,
        percent(driver.contribution),
        question.to_owned(),
    ]
}

/// Honest work that it looks like.
fn considered(considered: &[Considered]) -> String {
    if considered.is_empty() {
        return String::new();
    }
    let line = |each: &Considered| {
        let outcome = match each.outcome {
            Outcome::Accepted => "yes",
            Outcome::Rejected => "no",
        };
        format!("  {} ({})? {outcome}: {}\n", lookalike_title(&each.lookalike), each.lookalike, each.because)
    };
    format!("is it honest work that looks like waste?\n{}", considered.iter().map(line).collect::<String>())
}

fn notes(finding: &Finding) -> String {
    let unavailable = match &finding.unavailable[..] {
        [] => String::new(),
        families => format!("note: the log does not tell: {}\n", families.join(", ")),
    };
    let issues = match finding.issues {
        0 => String::new(),
        issues => {
            format!("note: {} met while reading; `goodhart inspect` tells which\n", count(issues, "issue"))
        }
    };
    format!("{unavailable}{issues}note: scored under configuration {}\n", finding.config)
}

fn right_align(table: &mut Table, columns: &[usize]) {
    for &column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_features::Pattern;

    use super::{Quote, Turn, excerpt, explain};
    use crate::words::tests::{finding, span};

    fn turn(which: &'static str, said: &str) -> Turn {
        let place = span(Pattern::Repeat, &[]).first;
        let quote = Quote { said: Some(excerpt(said)), result: Some(excerpt("no runs")) };
        Turn { which, tool: Some("Bash".to_owned()), place, quote }
    }

    #[test]
    fn a_stretch_reads_like_a_diagnostic() {
        let mut finding = finding("s");
        finding.spans = vec![span(Pattern::Repeat, &["result: a few lines"])];
        let text = explain(&finding, &[vec![turn("first", "{\"command\":\"ci\"}")]], None);
        let expected = "
loop: Bash repeated 27 times, nearly the same result
  --> logs/a.jsonl:40 (first, step 14)
   |  Bash {\"command\":\"ci\"}
   |  answer: no runs
   = 22.5k tokens booked to 27 steps between step 14 and step 43
   = each repeats what came 3 steps before; the commonest came again 9 times
   = not equal to the byte: result: a few lines
";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn stretches_without_tokens_of_their_own_are_only_counted() {
        let mut finding = finding("s");
        let mut empty = span(Pattern::Filler, &[]);
        empty.tokens = Some(0);
        finding.spans = vec![span(Pattern::Repeat, &[]), empty];
        let text = explain(&finding, &[], None);
        assert!(text.contains("\nloop: Bash") && text.contains("and 1 lighter finding whose"), "{text}");
        assert!(!text.contains("phrases"), "{text}");
    }

    #[test]
    fn excerpts_are_short_and_harmless() {
        assert_eq!(excerpt("\u{1b}[31m"), "\\u{1b}[31m");
        assert!(excerpt(&"ä".repeat(161)).ends_with("ä… (161 characters)"));
        assert_eq!(excerpt(&"ä".repeat(160)).chars().count(), 160);
    }
}
