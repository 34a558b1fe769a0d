//! Opens the files of a session again, to quote the steps that a finding points to.

use std::path::Path;

use goodhart::readers::{self, Options, read_file};
use goodhart::scoring::SpanPlace;
use goodhart::trace::{Event, Issue, Kind, Position, Sink};
use goodhart_report::explanation::{Quote, excerpt};

/// A step to be quoted: where it stands, and its call or request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) position: Position,
    pub(crate) call: Option<String>,
}

/// Quotes the steps, in their order. The `file` of their positions indexes `files`. What is no longer there is quoted
/// as empty.
pub(crate) fn quotes(
    files: &[String],
    session: &str,
    wanted: &[Wanted],
) -> Result<Vec<Quote>, readers::Error> {
    let mut picker = Picker { session, wanted, found: vec![Quote::default(); wanted.len()] };
    for (number, file) in files.iter().enumerate() {
        read_file(Path::new(file), number as u32, &Options::default(), &mut picker)?;
    }
    Ok(picker.found)
}

struct Picker<'a> {
    session: &'a str,
    wanted: &'a [Wanted],
    found: Vec<Quote>,
}

impl Sink for Picker<'_> {
    fn event(&mut self, event: Event<'_>) {
        if event.session != self.session {
            return;
        }
        for (wanted, quote) in self.wanted.iter().zip(&mut self.found) {
            wanted.take(&event, quote);
        }
    }

    fn issue(&mut self, _: Issue) {}
}

impl Wanted {
    pub(crate) fn of(place: &SpanPlace) -> Self {
        let position = Position {
            file: place.file.unwrap_or_default(),
            line: place.line.unwrap_or_default(),
            byte: place.byte,
        };
        Wanted { position, call: place.call_id.clone() }
    }

    /// Keeps what the event says about this step; of copies the first. A place alone does not tell steps apart: many
    /// formats hold a whole session in one line.
    fn take(&self, event: &Event<'_>, quote: &mut Quote) {
        let here = event.position == self.position;
        let called = event.call.is_some() && event.call.as_deref() == self.call.as_deref();
        let requested = self.call.is_none() || event.request.as_deref() == self.call.as_deref();
        let slot = match event.kind {
            Kind::ToolResult if called => &mut quote.result,
            Kind::ToolCall if called && here => &mut quote.said,
            Kind::Text | Kind::Reasoning if requested && here => &mut quote.said,
            _ => return,
        };
        let text = event.arguments.as_deref().or(event.text.as_deref());
        if slot.is_none() {
            *slot = text.map(excerpt);
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart::trace::Sink;
    use goodhart::trace::build::session;
    use goodhart_report::explanation::Quote;

    use super::{Picker, Wanted};

    #[test]
    fn a_call_is_quoted_with_its_own_result() {
        let events =
            session("s").call("A", r#"{"n":1}"#).result("one").call("A", r#"{"n":2}"#).result("two").events();
        let wanted: Vec<_> = [0, 2]
            .map(|at| Wanted {
                position: events[at].position,
                call: events[at].call.as_deref().map(str::to_owned),
            })
            .to_vec();
        let mut picker = Picker { session: "s", wanted: &wanted, found: vec![Quote::default(); 2] };
        events.into_iter().for_each(|event| picker.event(event));
        let said: Vec<_> =
            picker.found.iter().map(|quote| (quote.said.as_deref(), quote.result.as_deref())).collect();
        assert_eq!(said, [(Some(r#"{"n":1}"#), Some("one")), (Some(r#"{"n":2}"#), Some("two"))]);
    }

    #[test]
    fn of_a_session_in_one_line_each_step_is_quoted_by_its_own_words() {
        let mut events = session("s").text("look").call("A", "{}").text("done").events();
        let ids = ["r1", "r1", "r2"];
        for (event, id) in events.iter_mut().zip(ids) {
            event.position = Default::default();
            event.request = Some(id.into());
        }
        let call = events[1].call.as_deref().map(str::to_owned);
        let wanted = [call, Some("r2".to_owned())].map(|call| Wanted { position: Default::default(), call });
        let mut picker = Picker { session: "s", wanted: &wanted, found: vec![Quote::default(); 2] };
        events.into_iter().for_each(|event| picker.event(event));
        let said: Vec<_> = picker.found.iter().map(|quote| quote.said.as_deref()).collect();
        assert_eq!(said, [Some("{}"), Some("done")]);
    }

    #[test]
    fn other_sessions_of_the_file_are_not_quoted() {
        let events = session("other").call("A", "{}").result("secret").events();
        let wanted =
            [Wanted { position: events[0].position, call: events[0].call.as_deref().map(str::to_owned) }];
        let mut picker = Picker { session: "s", wanted: &wanted, found: vec![Quote::default()] };
        events.into_iter().for_each(|event| picker.event(event));
        assert_eq!(picker.found, [Quote::default()]);
    }
}
