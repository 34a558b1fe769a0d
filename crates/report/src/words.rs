//! Findings in words that need no glossary.

use goodhart_features::{Axis, Pattern};
use goodhart_scoring::{Finding, FindingSpan, Rarity, SpanPlace, Verdict};

use crate::numbers::{count, grouped, probability};

/// What happened in a span: `Bash repeated 63 times, same result but for numbers, times or ids`.
pub fn happened(span: &FindingSpan) -> String {
    let tool = span.tool.as_deref().map_or_else(|| "a message".to_owned(), printable);
    let steps = count(span.steps, "time");
    match span.pattern {
        Pattern::Repeat => format!("{tool} repeated {steps}, {}", sameness(&span.varies)),
        Pattern::Cycle => {
            format!(
                "{} repeated up to {}, {}",
                cycle(span),
                count(span.repeats, "time"),
                sameness(&span.varies)
            )
        }
        Pattern::Reread => format!("{tool} returned content again that had not changed, {steps}"),
        Pattern::Barren => format!("{tool} called {steps} more with other arguments, always the same result"),
        Pattern::Churn => format!("{tool} made or took back the same edits {steps}"),
        Pattern::Chant if span.kind == Axis::Loop => format!("the same message said again {steps}"),
        Pattern::Chant => format!("{} repeated phrases within one text", messages(span.steps)),
        Pattern::Echo => format!("{} said what the session already held", messages(span.steps)),
        Pattern::Filler => format!("{} made of phrases that were said before", messages(span.steps)),
        Pattern::Discarded => {
            format!("{} thrown away before anything used them", count(span.steps, "edit"))
        }
        Pattern::Hollow => {
            format!("{} of comments and checks that change nothing", count(span.steps, "edit"))
        }
        Pattern::Reloaded => format!("pages that were in view loaded again for a short answer, {steps}"),
        Pattern::Redundant => {
            format!(
                "{} in the same words, and nothing done with the reports",
                count(span.steps, "more errand")
            )
        }
    }
}

fn messages(steps: u64) -> String {
    if steps == 1 { "a message".to_owned() } else { count(steps, "message") }
}

/// `a cycle of 3 calls, mostly Bash,`.
fn cycle(span: &FindingSpan) -> String {
    let size = span.period.filter(|&period| period > 1);
    let size = size.map_or_else(
        || "a cycle of calls".to_owned(),
        |period| format!("a cycle of {} calls", grouped(period)),
    );
    span.tool.as_deref().map_or(size.clone(), |tool| format!("{size}, mostly {},", printable(tool)))
}

/// How equal the repeats were: of several differences the largest.
fn sameness(varies: &[String]) -> String {
    let differs = |what: &str| varies.iter().any(|found| found.strip_prefix("result: ") == Some(what));
    let result = match () {
        () if differs("not logged") => "result not logged",
        () if differs("most lines") => "similar results",
        () if differs("a few lines") => "nearly the same result",
        () if differs("numbers, times or ids") => "same result but for numbers, times or ids",
        () => "same result",
    };
    let arguments: Vec<&str> = varies.iter().filter_map(|what| what.strip_prefix("arguments: ")).collect();
    match &arguments[..] {
        [] => result.to_owned(),
        what => format!("{result} (in the call varies: {})", what.join(", ")),
    }
}

/// Text of a log on one line and harmless for a terminal: control characters and those that change the direction of
/// writing are escaped.
pub fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                clean.extend(c.escape_unicode());
            }
            c if c.is_control() => clean.extend(c.escape_default()),
            c => clean.push(c),
        }
    }
    clean
}

/// The file of a place.
pub(crate) fn file<'a>(finding: &'a Finding, place: &SpanPlace) -> Option<&'a str> {
    finding.source.files.get(place.file? as usize).map(String::as_str)
}

/// `projects/a/5f0c.jsonl:40`, as editors and terminals open it; `None` for a file of another session.
pub(crate) fn pointer(finding: &Finding, place: &SpanPlace) -> Option<String> {
    let line = place.line.map_or_else(String::new, |line| format!(":{line}"));
    file(finding, place).map(|file| printable(&format!("{file}{line}")))
}

/// Name of a pattern, as it is serialised.
pub(crate) fn pattern(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::Repeat => "repeat",
        Pattern::Cycle => "cycle",
        Pattern::Reread => "reread",
        Pattern::Barren => "barren",
        Pattern::Churn => "churn",
        Pattern::Chant => "chant",
        Pattern::Echo => "echo",
        Pattern::Filler => "filler",
        Pattern::Hollow => "hollow",
        Pattern::Discarded => "discarded",
        Pattern::Reloaded => "reloaded",
        Pattern::Redundant => "redundant",
    }
}

/// Name of an axis, as it is serialised.
pub(crate) fn axis(axis: Axis) -> &'static str {
    match axis {
        Axis::Loop => "loop",
        Axis::Padding => "padding",
    }
}

/// A verdict for people.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Note => "note",
        Verdict::Review => "review",
        Verdict::InsufficientEvidence => "too little to judge",
    }
}

/// Why a session could not be judged.
pub(crate) fn too_little(finding: &Finding) -> String {
    format!("only {}, or nothing in them to compare", count(finding.step_count, "step"))
}

/// How rare the session is, with the numbers that decide: its q-value, else its p-value; both when neither does.
pub(crate) fn rarity(finding: &Finding) -> String {
    let Some(p) = finding.p_value.map(probability) else { return "unknown".to_owned() };
    match (finding.keys.rarity, finding.q_value.map(probability)) {
        (Rarity::Fdr, Some(q)) => format!("rare (q {q})"),
        (Rarity::Rank, _) => format!("rare (p {p})"),
        (_, Some(q)) => format!("not rare (p {p}, q {q})"),
        (_, None) => format!("not rare (p {p})"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use goodhart_features::{Axis, Fold, Habits, Pattern};
    use goodhart_scoring::{
        Assessed, Baseline, Finding, FindingSpan, Keys, Options, Rarity, SessionMeta, SpanPlace, Verdict,
        judge,
    };

    use super::{axis, happened, pattern, printable};

    /// A review finding without spans.
    pub(crate) fn finding(session: &str) -> Finding {
        let meta = SessionMeta {
            session_id: session.to_owned(),
            agent: Some("codex".to_owned()),
            files: vec!["logs/a.jsonl".to_owned()],
            ..SessionMeta::default()
        };
        let profile = Fold::new(&Habits::default()).into_profile();
        let assessed = [Assessed::new(meta, profile, Baseline::embedded())];
        let empty = judge(&assessed, Baseline::embedded(), &Options::default()).remove(0);
        Finding {
            verdict: Verdict::Review,
            keys: Keys { evidence: true, rarity: Rarity::Fdr },
            p_loop: Some(0.01),
            p_pad: Some(1.0),
            p_value: Some(0.02),
            q_value: Some(0.0104),
            waste_tokens: Some(225_000),
            waste_share: Some(0.31),
            ..empty
        }
    }

    pub(crate) fn span(pattern: Pattern, varies: &[&str]) -> FindingSpan {
        let place = |step, line| SpanPlace {
            step,
            file: Some(0),
            line: Some(line),
            byte: 0,
            call_id: Some(format!("call-{step}")),
            at: None,
        };
        FindingSpan {
            kind: Axis::Loop,
            pattern,
            tool: Some("Bash".to_owned()),
            period: Some(3),
            repeats: 9,
            recurring: "00000000000000ff".to_owned(),
            varies: varies.iter().map(|&what| what.to_owned()).collect(),
            steps: 27,
            tokens: Some(22_460),
            first: place(14, 40),
            last: place(43, 98),
        }
    }

    #[test]
    fn every_pattern_reads_as_a_sentence() {
        let read = |pattern| happened(&span(pattern, &[]));
        assert_eq!(read(Pattern::Repeat), "Bash repeated 27 times, same result");
        assert_eq!(
            read(Pattern::Cycle),
            "a cycle of 3 calls, mostly Bash, repeated up to 9 times, same result"
        );
        assert_eq!(
            read(Pattern::Barren),
            "Bash called 27 times more with other arguments, always the same result"
        );
        for pattern in Pattern::ALL {
            assert!(read(pattern).contains("9 times") || read(pattern).contains("27"), "{}", read(pattern));
        }
    }

    #[test]
    fn what_varies_is_said() {
        let read = |varies| happened(&span(Pattern::Repeat, varies));
        assert_eq!(
            read(&["result: a few lines", "result: numbers, times or ids"]),
            "Bash repeated 27 times, nearly the same result"
        );
        assert_eq!(read(&["result: not logged"]), "Bash repeated 27 times, result not logged");
        assert_eq!(
            read(&["arguments: number", "arguments: time"]),
            "Bash repeated 27 times, same result (in the call varies: number, time)"
        );
    }

    /// Every difference that the fold names has its words here.
    #[test]
    fn differences_are_those_of_the_fold() {
        let fold = include_str!("../../features/src/sketch.rs");
        for what in ["not logged", "most lines", "a few lines", "numbers, times or ids"] {
            assert!(fold.contains(&format!("\"result: {what}\"")), "{what} is named otherwise");
        }
    }

    #[test]
    fn what_a_log_says_cannot_move_the_cursor() {
        assert_eq!(printable("a\n\u{1b}[2J\u{202e}ä"), "a\\n\\u{1b}[2J\\u{202e}ä");
    }

    #[test]
    fn names_are_those_of_the_machine_readable_output() {
        for each in Pattern::ALL {
            assert_eq!(serde_json::to_value(each).unwrap(), pattern(each));
        }
        for each in [Axis::Loop, Axis::Padding] {
            assert_eq!(serde_json::to_value(each).unwrap(), axis(each));
        }
    }
}
