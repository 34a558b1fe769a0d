//! One event to one digest: the stateless map, and the boundary behind which no text exists.
//!
//! ```
//! use goodhart_features::{digest, DigestKey};
//! use goodhart_trace::build::session;
//!
//! let events = session("s").call("Bash", r#"{"command":"ls"}"#).result("a.rs").events();
//! let digests: Vec<_> = events.iter().enumerate().map(|(i, e)| digest(e, i as u64, DigestKey(1))).collect();
//! assert_eq!(digests[0].tool.as_deref(), Some("Bash"));
//! assert_eq!(digests[1].text.as_ref().map(|t| t.bytes), Some(4));
//! ```

use std::borrow::Cow;

use goodhart_trace::{Event, EventId, Kind, Position, Usage};
use serde::{Deserialize, Serialize};

use crate::action::{Action, makes, makes_check, passes_on, removes, speaks, waits};
use crate::arguments::{Arguments, holds_decided_condition, identity, inner_name};
use crate::figures::figures;
use crate::hash::{DigestKey, name_hash};
use crate::outcome::{Outcome, reads_like_failure};
use crate::receipt::{acknowledges, things};
use crate::text::Text;
use crate::unfold::Unfolded;

/// What is kept of one event. Self-contained and serialisable; a field that the source lacks is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// Place among the digests of its session; strictly increasing. Sorting by it restores the source's order.
    pub order: u64,
    /// Hash of the session id; the group that this row belongs to.
    pub session: u64,
    /// What happened.
    pub kind: Kind,
    /// Identity across files, for replay.
    pub id: Option<EventId>,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: Option<i64>,
    /// Where the event stands in its source.
    pub position: Position,
    /// The model call this is part of.
    pub request: Option<Box<str>>,
    /// The model.
    pub model: Option<Box<str>>,
    /// Usage of the request, or of the session when there is no request.
    pub usage: Option<Usage>,
    /// Made by the harness for itself.
    pub harness: bool,
    /// Name of the tool, on calls.
    pub tool: Option<Box<str>>,
    /// Identity of the call.
    pub call: Option<Box<str>>,
    /// Arguments of the call.
    pub arguments: Option<Arguments>,
    /// What the call asks for, where its words say so.
    pub action: Option<Action>,
    /// The text.
    pub text: Option<Text>,
    /// What a result says about tests and builds.
    pub outcome: Option<Outcome>,
    /// A result that only acknowledges that something was done.
    pub acknowledges: bool,
    /// Whether the call failed: as the source says, else whether the result reads like a failure.
    pub error: Option<bool>,
}

impl Digest {
    /// UTF-8 bytes of the text.
    pub(crate) fn bytes(&self) -> u64 {
        self.text.as_ref().map_or(0, |text| text.bytes)
    }
}

/// Digests one event. `order` is its running number in the session; the same event, order and key give the same digest.
pub fn digest(event: &Event<'_>, order: u64, key: DigestKey) -> Digest {
    let name = name(event);
    let arguments = arguments(event, name.as_deref(), key);
    let text = event.text.as_deref();
    let result = text.filter(|_| event.kind == Kind::ToolResult).map(Unfolded::of);
    let counted = result.as_ref().map(|result| &*result.counted);
    Digest {
        order,
        session: name_hash(&event.session),
        kind: event.kind,
        id: event.id,
        time_ms: event.time_ms,
        position: event.position,
        request: event.request.as_deref().map(Box::from),
        model: event.model.as_deref().map(Box::from),
        usage: event.usage,
        harness: event.harness,
        tool: event.tool.as_deref().map(Box::from),
        call: event.call.as_deref().map(Box::from),
        action: action(event, name.as_deref(), arguments.as_ref()),
        arguments,
        text: match &result {
            Some(result) => Some(Text {
                bytes: text.map_or(0, str::len) as u64,
                figures: figures(&result.counted),
                things: things(&result.counted, key),
                ..Text::of_result(&result.compared, key)
            }),
            None => text.map(|text| Text::new(text, key)),
        },
        acknowledges: counted.is_some_and(acknowledges),
        outcome: counted.and_then(Outcome::read),
        error: event.error.or_else(|| counted.map(reads_like_failure)),
    }
}

/// The name by which a call says what it does: that of its tool, or the one that a tool which only passes calls on is given.
fn name<'a>(event: &'a Event<'_>) -> Option<Cow<'a, str>> {
    let tool = event.tool.as_deref()?;
    let inner = || inner_name(event.arguments.as_deref()?);
    Some(if passes_on(tool) { inner().unwrap_or(Cow::Borrowed(tool)) } else { Cow::Borrowed(tool) })
}

/// The arguments of a call; the text of one that speaks is said, whatever its name. What is made is known by its name when
/// it is removed.
fn arguments(event: &Event<'_>, name: Option<&str>, key: DigestKey) -> Option<Arguments> {
    let raw = event.arguments.as_deref()?;
    let mut arguments = Arguments::new(raw, key);
    let is = |kind: fn(&str) -> bool| name.is_some_and(kind);
    if is(makes_check) && holds_decided_condition(raw) {
        arguments.hollow = 1.0;
    }
    Some(match arguments {
        said if is(speaks) => said.said(),
        removed if is(removes) => removed.removed(name.map_or(0, |name| identity(name, key))),
        waited if waited.lasts && is(waits) => waited.waited(),
        made if is(makes) => made.made(),
        other => other,
    })
}

/// What a command asks for, or what the name of the tool says that it does. An edit is known by its arguments.
fn action(event: &Event<'_>, name: Option<&str>, arguments: Option<&Arguments>) -> Option<Action> {
    let asked = event.arguments.as_deref().and_then(Action::read);
    let named = || name.filter(|_| !arguments.is_some_and(Arguments::edits)).and_then(Action::of_tool);
    asked.or_else(named)
}
