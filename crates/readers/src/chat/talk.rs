//! One session of a chat: messages of any dialect become its events.

use std::borrow::Cow;
use std::collections::VecDeque;

use goodhart_trace::{Event, EventId, IssueKind, Kind, Usage};
use serde_json::value::RawValue;

use super::compaction::announces_compaction;
use super::dialects::{Foreign, Piece, Spares, foreign};
use super::message::Message;
use super::text_protocol::{self, Written};
use crate::json::{Field, Notes, Object, Text, lenient};
use crate::screen::Screen;
use crate::seen::Seen;

/// Open calls of a request that are remembered by name, for results that do not say what they answer.
const MAX_OPEN: usize = 256;

/// The calls of a session, for as long as its source is read.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    made: Seen,
    answered: Seen,
    /// Calls of the latest request that may lack an answer, oldest first.
    open: VecDeque<String>,
    /// The request that the model spoke or called in last.
    latest: String,
    /// Somebody else has said something since.
    interrupted: bool,
    /// What the latest answer has shown.
    screen: Screen,
    /// A structured call was made: then no text is taken for one.
    structured: bool,
}

impl Calls {
    /// The model says something in a request. A result that names no call belongs to what was asked last: where the
    /// model goes on without one it is not logged, and must not be looked for among the results that follow.
    fn enter(&mut self, request: &str) {
        if self.latest != request {
            request.clone_into(&mut self.latest);
            self.open.clear();
        }
        self.interrupted = false;
    }

    /// The model makes more calls in what may be named as another request: those before them stay open.
    fn go_on(&mut self, request: &str) {
        if !self.interrupted {
            request.clone_into(&mut self.latest);
        }
    }

    fn make(&mut self, call: &str) {
        self.made.insert(&[call]);
        if self.open.len() == MAX_OPEN {
            self.open.pop_front();
        }
        self.open.push_back(call.to_owned());
    }

    /// Whether the session has made this call.
    pub(crate) fn answer(&mut self, call: &str) -> bool {
        let known = self.made.contains(&[call]);
        if known {
            self.answered.insert(&[call]);
        }
        known
    }

    /// Whether a call still waits for its answer.
    fn waits(&self) -> bool {
        self.open.iter().any(|call| !self.answered.contains(&[call]))
    }

    fn oldest_open(&mut self) -> Option<String> {
        loop {
            let call = self.open.pop_front()?;
            if !self.answered.contains(&[&call]) {
                return Some(call);
            }
        }
    }
}

/// One session while its messages are read.
pub(crate) struct Talk<'a> {
    pub(crate) id: &'a str,
    pub(crate) agent: Option<Cow<'a, str>>,
    pub(crate) agent_version: Option<Cow<'a, str>>,
    pub(crate) model: Option<Cow<'a, str>>,
    pub(crate) actor: Option<Cow<'a, str>>,
    pub(crate) calls: &'a mut Calls,
    /// The request that all output belongs to; else each message is one.
    pub(crate) request: Option<Cow<'a, str>>,
    /// Usage of that request, stated outside its messages.
    pub(crate) usage: Option<Usage>,
    /// A message had usage of its own.
    pub(crate) metered: bool,
    /// Request of what the model has said last, as long as nobody else has said anything.
    pub(crate) open: Option<String>,
}

/// Where in its session the next event stands.
pub(crate) struct Place<'p> {
    /// The message: equal in every copy of it, unique within its session.
    pub(crate) name: &'p str,
    /// The message after it, where it is known.
    pub(crate) next: Option<&'p str>,
    /// Number of the event within the message.
    pub(crate) part: usize,
    pub(crate) time_ms: Option<i64>,
    /// The message after it reads like the answer to a call.
    pub(crate) answered: bool,
}

impl<'p> Place<'p> {
    pub(crate) fn new(name: &'p str) -> Self {
        Place { name, next: None, part: 0, time_ms: None, answered: false }
    }
}

/// What the events of one assistant message have in common. The first of them carries the usage.
pub(crate) struct Output<'a> {
    pub(crate) request: String,
    pub(crate) model: Option<Cow<'a, str>>,
    pub(crate) usage: Option<Usage>,
}

impl Output<'_> {
    pub(crate) fn complete<'e>(&'e mut self, event: Event<'e>) -> Event<'e> {
        let usage = self.usage.take();
        let model = self.model.as_deref().map(Cow::Borrowed);
        Event { request: Some(Cow::Borrowed(&self.request)), model, usage, ..event }
    }
}

impl<'a> Talk<'a> {
    /// A session of which nothing is known but its name.
    pub(crate) fn new(id: &'a str, calls: &'a mut Calls) -> Self {
        Talk {
            id,
            agent: None,
            agent_version: None,
            model: None,
            actor: None,
            calls,
            request: None,
            usage: None,
            metered: false,
            open: None,
        }
    }

    /// Messages are parsed one by one: a session may be long, but is never held as a whole.
    pub(crate) fn raw_message(&mut self, message: &RawValue, mut place: Place<'_>, notes: &mut Notes<'_>) {
        let (mut spare, mut spares) = (String::new(), Spares::default());
        if let Some(message) = foreign(message.get(), &mut spares, notes) {
            return self.foreign(message, &mut place, notes);
        }
        match lenient::<Field<Object<Message<'_>>>>(message.get(), &mut spare) {
            Ok(message) => {
                if let Some(Object(message)) = message.take("messages", notes) {
                    self.message(message, &mut place, notes);
                }
            }
            Err(column) => notes.not_json(column),
        }
    }

    fn foreign(&mut self, message: Foreign<'_>, place: &mut Place<'_>, notes: &mut Notes<'_>) {
        if message.pieces.is_empty() && message.usage.is_none() {
            return;
        }
        place.time_ms = message.time_ms.or(place.time_ms);
        let name = place.next.filter(|_| message.ahead).unwrap_or(place.name);
        let unmetered = message.usage.is_none();
        let mut output = self.output(name, message.model, message.usage);
        if unmetered && message.pieces.iter().all(|piece| matches!(piece, Piece::Call { .. })) {
            self.go_on(&mut output);
        }
        let by_model = matches!(message.role.as_ref(), "assistant" | "model" | "ai");
        let answers = message.pieces.iter().any(|piece| matches!(piece, Piece::Result { .. }));
        let human = matches!(message.role.as_ref(), "user" | "human") && !answers;
        let mut steps = 0;
        for piece in message.pieces {
            match piece {
                Piece::Step => {
                    steps += 1;
                    output.request = self.request(&format!("{name}.{steps}"));
                }
                Piece::Text(text) if by_model => {
                    self.spoke_or_called(Some(text), &mut output, place, notes);
                }
                Piece::Text(text) => {
                    let kind = if human { Kind::Prompt } else { Kind::Injected };
                    self.said_or_answered(kind, Some(text), place, notes);
                }
                Piece::Said(kind, text) => self.said(kind, Some(text), place, notes),
                Piece::Thought(text) => {
                    self.spoke(Kind::Reasoning, Some(text), &mut output, place, notes);
                }
                Piece::Call { id, tool, arguments } => {
                    self.calls.structured = true;
                    self.call(id, tool, arguments, &mut output, place, notes);
                }
                Piece::Result { call, text, error } => self.answer(call, text, error, place, notes),
            }
        }
        self.meter(output, place, notes);
    }

    /// What the model writes in a message.
    pub(crate) fn output<'o>(
        &mut self,
        name: &str,
        model: Option<Cow<'o, str>>,
        usage: Option<Usage>,
    ) -> Output<'o>
    where
        'a: 'o,
    {
        let stated = self.usage.take();
        let usage = usage.or(stated);
        self.metered |= usage.is_some();
        Output { request: self.request(name), model: model.or_else(|| self.model.clone()), usage }
    }

    /// A message of calls alone goes on with the request before it: there are dialects in which a text and its calls, or
    /// calls made at once, are messages of their own.
    fn go_on(&mut self, output: &mut Output<'_>) {
        if let Some(open) = &self.open {
            output.request.clone_from(open);
        }
        self.calls.go_on(&output.request);
    }

    /// The model says something.
    fn enter(&mut self, output: &Output<'_>) {
        self.calls.enter(&output.request);
        self.open = Some(output.request.clone());
    }

    /// Somebody else says something.
    fn interrupt(&mut self) {
        self.calls.interrupted = true;
        self.open = None;
    }

    fn request(&self, name: &str) -> String {
        self.request.as_deref().map_or_else(|| format!("{}#{name}", self.id), str::to_owned)
    }

    /// Delivers usage that no event has carried.
    pub(crate) fn meter(&self, mut output: Output<'_>, place: &Place<'_>, notes: &mut Notes<'_>) {
        if output.usage.is_some() {
            let event = self.event(Kind::Usage, place.time_ms);
            notes.event(output.complete(event));
        }
    }

    pub(crate) fn event(&self, kind: Kind, time_ms: Option<i64>) -> Event<'_> {
        Event {
            session: Cow::Borrowed(self.id),
            actor: self.actor.as_deref().map(Cow::Borrowed),
            agent: self.agent.as_deref().map(Cow::Borrowed),
            agent_version: self.agent_version.as_deref().map(Cow::Borrowed),
            kind,
            time_ms,
            ..Event::default()
        }
    }

    /// Delivers the next event of a message.
    pub(crate) fn deliver(&self, event: Event<'_>, place: &mut Place<'_>, notes: &mut Notes<'_>) {
        let said = event.text.as_deref().or(event.arguments.as_deref()).unwrap_or_default();
        let id = Some(EventId::of(&["chat", self.id, place.name, &place.part.to_string(), said]));
        place.part += 1;
        notes.event(Event { id, ..event });
    }

    /// Text that the model did not write.
    pub(crate) fn said(
        &mut self,
        kind: Kind,
        text: Option<Cow<'_, str>>,
        place: &mut Place<'_>,
        notes: &mut Notes<'_>,
    ) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.interrupt();
            let compacted = announces_compaction(&text);
            if compacted {
                self.deliver(self.event(Kind::Compaction, place.time_ms), place, notes);
            }
            let kind = if compacted { Kind::Injected } else { kind };
            let event = Event { text: Some(text), ..self.event(kind, place.time_ms) };
            self.deliver(event, place, notes);
        }
    }

    /// Text that the model wrote.
    pub(crate) fn spoke(
        &mut self,
        kind: Kind,
        text: Option<Cow<'_, str>>,
        output: &mut Output<'_>,
        place: &mut Place<'_>,
        notes: &mut Notes<'_>,
    ) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.enter(output);
            let event = Event { text: Some(text), ..self.event(kind, place.time_ms) };
            self.deliver(output.complete(event), place, notes);
        }
    }

    /// Text that the model wrote, with the call that may stand in it.
    pub(crate) fn spoke_or_called(
        &mut self,
        text: Option<Cow<'_, str>>,
        output: &mut Output<'_>,
        place: &mut Place<'_>,
        notes: &mut Notes<'_>,
    ) {
        let unstructured = text.as_deref().filter(|_| self.takes_text_for_calls());
        let commands = || unstructured.filter(|_| place.answered).and_then(text_protocol::commands);
        let written = unstructured.and_then(text_protocol::call).or_else(commands);
        let Some(Written { before, tool, arguments }) = written else {
            return self.spoke(Kind::Text, text, output, place, notes);
        };
        self.spoke(Kind::Text, Some(Cow::Borrowed(before)), output, place, notes);
        self.call(None, Field::Is(tool), Some(arguments), output, place, notes);
    }

    /// Text that the model did not write; the answer to a call that it wrote into its text comes like this.
    pub(crate) fn said_or_answered(
        &mut self,
        kind: Kind,
        text: Option<Cow<'_, str>>,
        place: &mut Place<'_>,
        notes: &mut Notes<'_>,
    ) {
        let waits = self.takes_text_for_calls() && self.calls.waits();
        match text.as_deref().filter(|_| waits).and_then(text_protocol::answer) {
            Some(answer) => self.answer(None, Some(Cow::Borrowed(answer)), None, place, notes),
            None => self.said(kind, text, place, notes),
        }
    }

    /// Whether calls may stand in texts.
    pub(crate) fn takes_text_for_calls(&self) -> bool {
        !self.calls.structured
    }

    /// From here on no text of the session is taken for a call.
    pub(crate) fn calls_are_structured(&mut self) {
        self.calls.structured = true;
    }

    pub(crate) fn call(
        &mut self,
        id: Option<Cow<'_, str>>,
        tool: Text<'_>,
        arguments: Option<Cow<'_, str>>,
        output: &mut Output<'_>,
        place: &mut Place<'_>,
        notes: &mut Notes<'_>,
    ) {
        // A call without an id is named by its place, so that its answer can refer to it.
        let call = id.unwrap_or_else(|| Cow::Owned(format!("{}.{}", place.name, place.part)));
        self.enter(output);
        self.calls.make(&call);
        let tool = tool.take("tool name", notes);
        let event = self.event(Kind::ToolCall, place.time_ms);
        let event = Event { call: Some(call), tool, arguments, ..event };
        self.deliver(output.complete(event), place, notes);
    }

    pub(crate) fn answer(
        &mut self,
        call: Option<Cow<'_, str>>,
        text: Option<Cow<'_, str>>,
        error: Option<bool>,
        place: &mut Place<'_>,
        notes: &mut Notes<'_>,
    ) {
        let call = call.or_else(|| self.calls.oldest_open().map(Cow::Owned));
        if !call.as_deref().is_some_and(|call| self.calls.answer(call)) {
            let detail = "tool result: expected a call of this session, found none";
            notes.issue(IssueKind::OrphanResult, detail);
        }
        self.interrupt();
        let text = text.map(|text| self.calls.screen.news(text));
        let event = Event { call, text, error, ..self.event(Kind::ToolResult, place.time_ms) };
        self.deliver(event, place, notes);
    }
}
