//! `goodhart explain`: one finding in full.

use std::io::Write;

use clap::Args;
use goodhart::features::{Account, Axis, StepRecord};
use goodhart::scoring::{Finding, FindingSpan, SpanPlace};
use goodhart_report::SessionNames;
use goodhart_report::explanation::{Quote, Turn, explain};

use crate::error::Error;
use crate::exit::Exit;
use crate::inputs::Inputs;
use crate::judging::{Judged, Judging};
use crate::output::{Output, message, terminal_columns};
use crate::quotes::{Wanted, quotes};

/// Explain one finding, with the lines that show it.
///
/// Says what happened, where, what it cost, how rare it is, and which honest work it looks like; quotes the calls.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A finding or session id, or the beginning of one.
    id: String,
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    judging: Judging,
    /// Point to the lines without quoting them.
    #[arg(long)]
    no_quotes: bool,
}

impl Explain {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        let judged = self.judging.judge(&self.inputs, true)?;
        let finding = find(&self.id, &judged.report.findings)?;
        let turns = self.turns(finding, &judged)?;
        let mut output = Output::stdout();
        output.write_all(explain(finding, &turns, terminal_columns()).as_bytes())?;
        output.finish()
    }

    /// The steps to show of each span, quoted where the files can be opened again.
    fn turns(&self, finding: &Finding, judged: &Judged) -> Result<Vec<Vec<Turn>>, Error> {
        let records = judged.steps.get(&finding.session_id).map(Vec::as_slice).unwrap_or_default();
        let mut turns: Vec<Vec<Turn>> = finding.spans.iter().map(|span| turns(span, records)).collect();
        if !self.no_quotes && !self.inputs.is_stdin()? {
            quote(finding, &mut turns);
        }
        Ok(turns)
    }
}

/// The finding with this id, else of the only session or finding that answers to it.
fn find<'a>(id: &str, findings: &'a [Finding]) -> Result<&'a Finding, Error> {
    let exact = |finding: &&Finding| [&finding.finding_id, &finding.session_id].contains(&&id.to_owned());
    if let Some(finding) = findings.iter().find(exact) {
        return Ok(finding);
    }
    let names = SessionNames::new(findings.iter().map(|finding| finding.session_id.as_str()));
    let sessions: Vec<&str> = names.answering(id).collect();
    let answers = |finding: &&Finding| {
        finding.finding_id.starts_with(id) || sessions.contains(&finding.session_id.as_str())
    };
    match findings.iter().filter(answers).collect::<Vec<_>>()[..] {
        [only] => Ok(only),
        [] => Err(Error::UnknownId { id: id.to_owned(), sessions: findings.len() }),
        ref several => {
            let candidates = several.iter().map(|finding| finding.session_id.clone()).collect();
            Err(Error::AmbiguousId { id: id.to_owned(), candidates })
        }
    }
}

/// The first step of a span, the first that came again, and the last.
fn turns(span: &FindingSpan, records: &[StepRecord]) -> Vec<Turn> {
    let at = |step: u64| records.iter().find(|record| record.place.step == step);
    let last = at(span.last.step).filter(|_| span.last.step > span.first.step);
    let again = records.iter().find(|record| {
        let inside = record.place.step > span.first.step && record.place.step < span.last.step;
        inside && record.account == account(span.kind) && record.tool.as_deref() == span.tool.as_deref()
    });
    let shown = [("first", at(span.first.step)), ("again", again), ("last", last)];
    shown.into_iter().filter_map(|(which, record)| Some(turn(which, record?))).collect()
}

/// The account that the steps of a span are booked to.
fn account(axis: Axis) -> Account {
    match axis {
        Axis::Loop => Account::Looped,
        Axis::Padding => Account::Padded,
    }
}

fn turn(which: &'static str, record: &StepRecord) -> Turn {
    let position = record.place.position;
    let place = SpanPlace {
        step: record.place.step,
        file: Some(position.file),
        line: (position.line > 0).then_some(position.line),
        byte: position.byte,
        call_id: record.place.call.as_deref().map(str::to_owned),
        at: None,
    };
    Turn { which, tool: record.tool.as_deref().map(str::to_owned), place, quote: Quote::default() }
}

/// Fills in what the turns hold. A file that has vanished since it was read costs the quotes, not the explanation.
fn quote(finding: &Finding, turns: &mut [Vec<Turn>]) {
    let wanted: Vec<Wanted> = turns.iter().flatten().map(|turn| Wanted::of(&turn.place)).collect();
    match quotes(&finding.source.files, &finding.session_id, &wanted) {
        Ok(found) => turns.iter_mut().flatten().zip(found).for_each(|(turn, quote)| turn.quote = quote),
        Err(error) => message(format_args!("warning: cannot be quoted: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use goodhart::features::{Fold, Habits};
    use goodhart::scoring::{Assessed, Baseline, Finding, Options, SessionMeta, judge};

    use super::find;

    fn findings(ids: &[&str]) -> Vec<Finding> {
        let assess = |id: &&str| {
            let meta = SessionMeta { session_id: id.to_string(), ..SessionMeta::default() };
            Assessed::new(meta, Fold::new(&Habits::default()).into_profile(), Baseline::embedded())
        };
        let assessed: Vec<Assessed> = ids.iter().map(assess).collect();
        judge(&assessed, Baseline::embedded(), &Options::default())
    }

    #[test]
    fn the_beginning_of_an_id_is_enough_when_it_is_the_only_one() {
        let findings = findings(&["0250-a", "0250-b", "77", "77/agent"]);
        assert_eq!(find("0250-b", &findings).unwrap().session_id, "0250-b");
        assert_eq!(
            find("0250-", &findings).unwrap_err().to_string(),
            "0250-: expected one session, found 0250-a, 0250-b"
        );
        assert_eq!(find("77", &findings).unwrap().session_id, "77");
        assert_eq!(find(&findings[0].finding_id[..12], &findings).unwrap().session_id, "0250-a");
        assert!(find("zz", &findings).unwrap_err().to_string().contains("found none among 4 sessions"));
    }
}
