//! What happens in a session, before it is written down in any log format.

use crate::patch;
use crate::record::{Node, Record};

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Turn {
    /// A human writes, this long after the agent came to rest.
    Prompt { text: String, gap_ms: u64 },
    /// One model call with the results of its tool calls.
    Request(Request),
    /// The harness replaces the context by a summary.
    Compaction { summary: String },
    /// The human stops the agent; `in_tool` while a tool was running.
    Interrupt { in_tool: bool },
    /// Context that the log does not show: tools, memories, attachments.
    Preload { tokens: u64 },
    /// The clock moves on to the next time of this hour of the week, counted from Monday midnight.
    Until { hour_of_week: u64 },
    /// Another session of the same actor begins.
    Session(Opening),
}

/// How a further session begins.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    /// Time since the last one.
    pub(crate) gap_ms: u64,
    /// Where it takes place.
    pub(crate) place: Place,
    /// It starts as a copy of the first session, with that one's ids.
    pub(crate) forked: bool,
}

/// Where a session takes place.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Absolute path of the working directory.
    pub(crate) root: String,
    pub(crate) branch: String,
}

/// Which of its models an agent uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    Small,
    Top,
}

/// How a request is billed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Billing {
    /// As the provider's prompt cache has it.
    #[default]
    Cached,
    /// The beginning of the prompt has changed, so that nothing comes from the cache.
    Uncached,
    /// The log claims so many tokens of output, whatever was written, in so many milliseconds.
    Claimed { output: u64, ms: u64 },
}

/// One model call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// Id of the message in the log.
    pub(crate) id: String,
    /// Reasoning; `Some("")` when the log hides its text.
    pub(crate) thinking: Option<String>,
    /// Reasoning tokens beyond the visible text.
    pub(crate) hidden_tokens: u64,
    /// What the agent says.
    pub(crate) text: Option<String>,
    /// Tool calls, made in parallel when there are several.
    pub(crate) calls: Vec<Call>,
    /// This request is part of the pattern.
    pub(crate) waste: bool,
    /// The model, when it is not the one of the session.
    pub(crate) tier: Option<Tier>,
    pub(crate) billing: Billing,
}

/// A tool call and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Id of the call in the log.
    pub(crate) id: String,
    pub(crate) tool: &'static str,
    pub(crate) input: Record,
    pub(crate) outcome: Outcome,
    /// Time the tool took.
    pub(crate) ms: u64,
}

/// What a tool answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// The text that the model sees; `None` when the log holds no result.
    pub(crate) text: Option<String>,
    pub(crate) error: bool,
    /// The structured twin of the result.
    pub(crate) twin: Option<Node>,
    /// What an edit did to its file, as hunks of a patch.
    pub(crate) hunks: Option<String>,
}

impl Outcome {
    /// A successful answer.
    pub(crate) fn ok(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// A failed answer.
    pub(crate) fn error(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), error: true, ..Self::default() }
    }

    /// Adds the structured twin.
    pub(crate) fn with_twin(mut self, twin: impl Into<Node>) -> Self {
        self.twin = Some(twin.into());
        self
    }

    /// Adds what an edit did to its file.
    pub(crate) fn with_hunks(mut self, before: &str, after: &str) -> Self {
        self.hunks = Some(patch::hunks(before, after));
        self
    }
}

/// A step: a tool call, or a request without any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Id of the tool call, or of the message when it has none.
    pub id: String,
    /// The step is part of the pattern.
    pub waste: bool,
    /// The step is a tool call.
    pub is_call: bool,
}

/// The steps of a script, in order.
pub(crate) fn steps(turns: &[Turn]) -> Vec<Step> {
    requests(turns).flat_map(steps_of).collect()
}

/// The requests of a script, in order.
pub(crate) fn requests(turns: &[Turn]) -> impl Iterator<Item = &Request> {
    turns.iter().filter_map(|turn| match turn {
        Turn::Request(request) => Some(request),
        _ => None,
    })
}

fn steps_of(request: &Request) -> Vec<Step> {
    let step = |id: &String, is_call| Step { id: id.clone(), waste: request.waste, is_call };
    if request.calls.is_empty() {
        return vec![step(&request.id, false)];
    }
    request.calls.iter().map(|call| step(&call.id, true)).collect()
}
