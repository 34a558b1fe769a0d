//! One thing that happened in a session.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::Usage;

/// One event of one session, in the order of its source.
///
/// A field that the source lacks is `None`, never a made-up value. Readers set what they know and leave the
/// rest to [`Event::default`]:
///
/// ```
/// use goodhart_trace::{Event, Kind};
///
/// let event = Event { session: "s-1".into(), kind: Kind::Prompt, text: Some("hello".into()), ..Event::default() };
/// assert_eq!(event.usage, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event<'a> {
    /// The session this belongs to; a sub-agent is a session of its own, named `parent/agent`.
    pub session: Cow<'a, str>,
    /// The session that started this one, where it is a sub-agent.
    pub parent: Option<Cow<'a, str>>,
    /// Who ran the session, as the source names them.
    pub actor: Option<Cow<'a, str>>,
    /// The program that wrote the log, such as `claude-code`.
    pub agent: Option<Cow<'a, str>>,
    /// The version of that program.
    pub agent_version: Option<Cow<'a, str>>,
    /// What happened.
    pub kind: Kind,
    /// When it happened: milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: Option<i64>,
    /// Identity of this piece of content across files: two records with the same id are the same piece,
    /// recorded twice (resume, fork, mirror).
    pub id: Option<EventId>,
    /// The model call this is part of; usage belongs to requests. Set on what the model wrote, not on results.
    pub request: Option<Cow<'a, str>>,
    /// The model that was called.
    pub model: Option<Cow<'a, str>>,
    /// Usage of `request` as this record states it; of several records of one request the largest counts.
    /// Without a `request` it is the usage of the whole session.
    pub usage: Option<Usage>,
    /// True for a request that the harness makes for itself: titles, compaction, warm-up.
    pub harness: bool,
    /// Name of the tool, on calls.
    pub tool: Option<Cow<'a, str>>,
    /// Identity of a call, on the call and on its result.
    pub call: Option<Cow<'a, str>>,
    /// Arguments of a call: JSON text where the source has JSON, else the raw text.
    pub arguments: Option<Cow<'a, str>>,
    /// Text of a prompt, message, reasoning or result.
    pub text: Option<Cow<'a, str>>,
    /// On results: whether the call failed, where the source says so.
    pub error: Option<bool>,
    /// Where this stands in its source.
    pub position: Position,
}

/// What an [`Event`] is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// A human turn.
    Prompt,
    /// Context that no human typed: reminders, environment, system text, the instruction of a sub-agent.
    #[default]
    Injected,
    /// Text that the model wrote for its reader.
    Text,
    /// Reasoning of the model, as far as the log shows it.
    Reasoning,
    /// The model called a tool.
    ToolCall,
    /// What the tool answered.
    ToolResult,
    /// The context was summarised; what came before is no longer in view of the model.
    Compaction,
    /// The provider failed; no model call took place.
    ApiError,
    /// A human or the harness cut the turn short.
    Abort,
    /// The human went back to an earlier point; what follows is another branch.
    Rewind,
    /// Usage without content: of a request, or of the whole session.
    Usage,
    /// Something the world reports about the session: a merge, a grade, a deployment.
    Outcome,
}

/// Identity of a piece of content: a 64-bit hash of the ids that the source gave it.
///
/// ```
/// use goodhart_trace::EventId;
///
/// assert_eq!(EventId::of(&["msg_1", "text"]), EventId::of(&["msg_1", "text"]));
/// assert_ne!(EventId::of(&["ab", "c"]), EventId::of(&["a", "bc"]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventId(pub u64);

impl EventId {
    /// The identity made of these parts; their boundaries count.
    pub fn of(parts: &[&str]) -> Self {
        let mut room = [0; SHORT];
        EventId(laid_out(parts, &mut room).map_or_else(|| streamed(parts), xxh3_64))
    }
}

/// Most identities are made of a few ids.
const SHORT: usize = 256;

/// The parts one after the other, each behind its length; `None` where they are long.
fn laid_out<'r>(parts: &[&str], room: &'r mut [u8; SHORT]) -> Option<&'r [u8]> {
    let mut end = 0;
    for part in parts {
        for bytes in [&(part.len() as u64).to_le_bytes(), part.as_bytes()] {
            room.get_mut(end..end + bytes.len())?.copy_from_slice(bytes);
            end += bytes.len();
        }
    }
    Some(&room[..end])
}

/// The same hash, piece by piece.
fn streamed(parts: &[&str]) -> u64 {
    let mut hash = Xxh3::new();
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.digest()
}

/// A place in a source, in the decompressed stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Index of the file among those that were read together.
    pub file: u32,
    /// Line of the record, from 1; 0 where the source has no lines.
    pub line: u64,
    /// Byte at which the record starts, from 0.
    pub byte: u64,
}

#[cfg(test)]
mod tests {
    use super::{EventId, SHORT, streamed};

    #[test]
    fn an_identity_is_the_same_however_long_its_parts_are() {
        let text = "é1".repeat(SHORT);
        for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)) {
            let parts = ["text", &text[..end]];
            assert_eq!(EventId::of(&parts), EventId(streamed(&parts)));
        }
    }
}
