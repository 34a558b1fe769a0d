//! **What it reads**: logs of proxies and of observability tools: one request to a model with its response a line.
//!
//! **Where**: wherever a gateway writes them; there is no usual place.
//!
//! **Record shape**: `{request, response}`, also called `input` and `output`, `kwargs` and `original_response`, or
//! `request_body` and `response_body`; each is the body as the provider's interface has it, in an envelope with `body`, or
//! as JSON in a string. The interfaces are those of OpenAI (both), Anthropic, Gemini and Bedrock; messages are read in every
//! dialect that [`Chat`](super::Chat) reads.
//!
//! | part | event |
//! |---|---|
//! | a message of the request that was not told before | what `chat` makes of it |
//! | `system`, `instructions`, where they are new | `Injected` |
//! | the messages of the response | `Text`, `Reasoning` and `ToolCall`s of one request, with its usage |
//! | an error without an answer | `ApiError` |
//!
//! **Sessions**: `session_id`, `conversation_id` or `thread_id` of the record, of the request or of its metadata. Without
//! one, a request belongs to the session whose last request or reply its messages repeat, or whose response it names in
//! `previous_response_id`; else it begins one, called by the file without folders and extension, a colon and the line.
//!
//! **History**: every request says again what came before it. A message is passed over where its session has told it as
//! often as this request does: so a window that slides, or a history that was summarised, brings nothing back, and a
//! message that the conversation really holds twice counts twice. What stands where a reply was delivered is that
//! reply, even if a program changed it.
//!
//! **Tokens**: the usage of the response.
//!
//! **Errors**: only explicit ones: `is_error`, or `status`.
//!
//! **Identity**: the session and the text of the message; of a reply its id and all that led to it. So a record that was
//! logged twice counts once.
//!
//! **When it misleads**: two runs that share their whole first exchange, and have no session id, are one session from
//! then on. Responses that were logged as a stream of events are not put together: their text is known from the next
//! request, their usage is not. A prompt that a human repeats word by word is passed over where requests do not repeat the history.
//!
//! **Cost**: every message is parsed twice, since it is compared before it is read; held are 16 bytes a message and
//! two hashes a request, but no text.

use std::borrow::Cow;
use std::collections::HashMap;

use goodhart_trace::{Decoder, Event, EventId, Format, Head, IssueKind, Kind, Record, Sink, Source, Usage};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::chat::bodies::{Names, Reply, Request, unwrapped};
use crate::chat::history::{History, Known, Print, Tip, after};
use crate::chat::shape::{is_message, is_messages};
use crate::chat::talk::{Place, Talk};
use crate::content::Shape;
use crate::json::{Field, Moment, Notes, Object, arguments, each, object};

/// Requests to a model with their responses, one a line.
pub struct ChatRequests;

impl Format for ChatRequests {
    fn id(&self) -> &'static str {
        "chat-requests"
    }

    fn title(&self) -> &'static str {
        "Requests to models with their responses, as proxies log them, one a line (JSON Lines)"
    }

    fn sniff(&self, head: &Head<'_>) -> bool {
        head.lines.iter().any(is_exchange)
    }

    fn decoder(&self, source: &Source<'_>) -> Box<dyn Decoder> {
        Box::new(Reader { file: source.file, stem: source.stem().to_owned(), history: History::default() })
    }
}

/// Messages of one request or reply that are read. More are no conversation but an attempt on our memory.
const MAX_MESSAGES: usize = 1 << 16;

/// Names of the two halves of a record.
const HALVES: &[(&str, &str)] = &[
    ("request", "response"),
    ("input", "output"),
    ("kwargs", "original_response"),
    ("request_body", "response_body"),
];

fn is_exchange(record: &Value) -> bool {
    let half = |name: &str| record.get(name).map(|half| half.get("body").unwrap_or(half));
    HALVES.iter().any(|(request, response)| {
        half(request).is_some_and(is_request) && half(response).is_some_and(|half| !half.is_null())
    })
}

fn is_request(body: &Value) -> bool {
    let lists = ["messages", "contents", "input"];
    let text = || body.get("model").is_some() && body.get("input").is_some_and(Value::is_string);
    // A body in a string is cut in the sketch, so that its beginning has to tell.
    let packed = || body.as_str().is_some_and(|text| text.starts_with('{') && text.contains("\"m"));
    is_messages(body)
        || is_message(body)
        || lists.iter().any(|name| body.get(name).is_some_and(is_messages))
        || text()
        || packed()
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Line<'a> {
    request: Option<&'a RawValue>,
    response: Option<&'a RawValue>,
    input: Option<&'a RawValue>,
    output: Option<&'a RawValue>,
    kwargs: Option<&'a RawValue>,
    original_response: Option<&'a RawValue>,
    request_body: Option<&'a RawValue>,
    response_body: Option<&'a RawValue>,
    timestamp: Field<Moment>,
    created_at: Field<Moment>,
    start_time: Field<Moment>,
    end_time: Field<Moment>,
    metadata: Field<Object<Names<'a>>>,
}

struct Reader {
    file: u32,
    stem: String,
    history: History,
}

/// A request on its way into its session.
struct Asked<'a> {
    messages: Vec<&'a RawValue>,
    prints: Vec<Option<Print>>,
    /// How the conversation stood after each message.
    stands: Vec<EventId>,
    /// The last message after which an earlier request or reply stood.
    met: Option<(usize, Tip)>,
    model: Option<Cow<'a, str>>,
    actor: Option<Cow<'a, str>>,
    time_ms: Option<i64>,
}

impl Decoder for Reader {
    fn record(&mut self, record: Record<'_>, sink: &mut dyn Sink) {
        let mut notes = Notes::new(sink, self.file, &record);
        let (mut spare, mut second) = (String::new(), String::new());
        let Some(line) = object::<Line<'_>>(record.text, &mut spare, &mut notes) else { return };
        let names = object::<Names<'_>>(record.text, &mut second, &mut notes).unwrap_or_default();
        self.line(line, names, record.line, &mut notes);
    }
}

impl Reader {
    fn line(&mut self, line: Line<'_>, names: Names<'_>, number: u64, notes: &mut Notes<'_>) {
        let request = line.request.or(line.input).or(line.kwargs).or(line.request_body);
        let response = line.response.or(line.output).or(line.original_response).or(line.response_body);
        let Some(request) = request else {
            return notes.issue(IssueKind::MissingField, "request: expected a request, found none");
        };
        let (mut packed, mut spare) = (String::new(), String::new());
        let Some(mut body) = Request::of(unwrapped(request, &mut packed), &mut spare, notes) else { return };
        let (mut packed, mut spare) = (String::new(), String::new());
        let reply = response.map(|response| Reply::of(unwrapped(response, &mut packed), &mut spare, notes));
        let mut reply = reply.unwrap_or_default();

        let Object(outer) = line.metadata.quiet().unwrap_or_default();
        let (given, actor) = names.or(body.names()).or(outer).split();
        let stated = line.timestamp.time("timestamp", notes);
        let stated = stated.or_else(|| line.created_at.time("created_at", notes));
        let start = line.start_time.time("start_time", notes).or(stated);
        let end = line.end_time.time("end_time", notes);
        let end = end.or_else(|| std::mem::take(&mut reply.time).time("created", notes)).or(start);

        let previous = body.previous_response_id.as_ref().map(|id| reply_id(id));
        let mut asked = self.asked(&body, given.as_deref(), notes);
        asked.actor = actor;
        asked.time_ms = start;
        asked.model = reply.model.take().or_else(|| std::mem::take(&mut body.model).quiet());
        let said = Said::of(reply, asked.stand(), notes);
        let named = said.id.or(previous).and_then(|id| self.history.tip(id));
        let named = named.or_else(|| self.history.tip(previous?)).map(|tip| tip.session);
        let session = self.session(&asked, given.as_deref(), named, number);
        let Some(known) = self.history.known(session) else { return };
        asked.instruct(known, body.system(), notes);
        asked.tell(known, previous.is_none(), notes);
        asked.answer(known, &said, end, notes);
        self.remember(&asked, session, &said);
    }

    fn asked<'a>(&self, body: &Request<'a>, given: Option<&str>, notes: &mut Notes<'_>) -> Asked<'a> {
        let mut messages = Vec::new();
        match body.messages() {
            Some(list) if list.get().starts_with('[') => _ = each(list, |message| messages.push(message)),
            other => messages.extend(other),
        }
        capped(&mut messages, notes);
        let prints: Vec<Option<Print>> = messages.iter().map(|message| print(message, false)).collect();
        let mut stand = beginning();
        let mut stands = Vec::with_capacity(prints.len());
        for print in &prints {
            stand = print.map_or(stand, |print| after(stand, print));
            stands.push(stand);
        }
        let given = given.map(|name| self.history.find(name));
        let fits = |tip: &Tip| given.is_none_or(|session| session == Some(tip.session));
        let met = (0..messages.len())
            .rev()
            .find_map(|index| Some((index, self.history.tip(stands[index]).filter(fits)?)));
        Asked { messages, prints, stands, met, model: None, actor: None, time_ms: None }
    }
}

impl Reader {
    /// Which session a request belongs to.
    fn session(
        &mut self,
        asked: &Asked<'_>,
        given: Option<&str>,
        named: Option<usize>,
        number: u64,
    ) -> usize {
        match (given, asked.continues(), named) {
            (Some(name), _, _) => self.history.session(name),
            (None, Some(session), _) | (None, None, Some(session)) => session,
            (None, None, None) => self.history.session(&format!("{}:{number}", self.stem)),
        }
    }

    /// Where the conversation stands now, so that the next request finds it.
    fn remember(&mut self, asked: &Asked<'_>, session: usize, said: &Said<'_>) {
        let replied = !said.messages.is_empty();
        if let Some(&stand) = asked.stands.last().filter(|&&stand| stand != beginning()) {
            self.history.reach(stand, Tip { session, replied });
        }
        let stand = Some(said.stand).filter(|_| replied);
        for at in stand.into_iter().chain(said.id).chain(said.name) {
            self.history.reach(at, Tip { session, replied: false });
        }
    }
}

/// The reply to a request.
struct Said<'a> {
    messages: Vec<&'a RawValue>,
    prints: Vec<Print>,
    /// How the conversation stands after it.
    stand: EventId,
    /// Its id, as the next request may name it.
    name: Option<EventId>,
    /// The same with all that led to it: only a copy of the record has both.
    id: Option<EventId>,
    given: Option<Cow<'a, str>>,
    usage: Option<Usage>,
    error: Option<Cow<'a, str>>,
}

impl<'a> Said<'a> {
    fn of(reply: Reply<'a>, before: EventId, notes: &mut Notes<'_>) -> Self {
        let mut messages: Vec<&RawValue> =
            reply.said.into_iter().filter(|said| !is_stream(said, notes)).collect();
        capped(&mut messages, notes);
        let prints: Vec<Print> = messages.iter().filter_map(|said| print(said, true)).collect();
        let stand = prints.iter().fold(before, |stand, &print| after(stand, print));
        Said {
            error: reply.error.filter(|_| messages.is_empty()),
            id: reply.id.as_deref().map(|id| EventId::of(&["reply", id, &stand.0.to_string()])),
            name: reply.id.as_deref().map(reply_id),
            given: reply.id,
            usage: reply.usage.map(|tokens| tokens.classes(notes)),
            messages,
            prints,
            stand,
        }
    }

    /// What the reply is called in its session.
    fn call(&self, known: &mut Known) -> String {
        match &self.given {
            Some(id) => format!("{id}.{:x}", self.stand.0),
            None => {
                let again = known.tell_again(EventId::of(&["reply", &self.stand.0.to_string()]));
                format!("{:x}.{again}", self.stand.0)
            }
        }
    }
}

impl Asked<'_> {
    /// The session that this goes on. Two runs may begin alike: what repeats a first request and nothing else is no
    /// continuation of it.
    fn continues(&self) -> Option<usize> {
        let (at, tip) = self.met?;
        let again = self.stands.last() == self.stands.get(at) && !self.holds_replies();
        (!again).then_some(tip.session)
    }

    fn holds_replies(&self) -> bool {
        self.prints.iter().flatten().any(|print| print.by_model)
    }

    fn stand(&self) -> EventId {
        self.stands.last().copied().unwrap_or_else(beginning)
    }

    /// Identity of a message, also of one that says nothing.
    fn hash(&self, index: usize) -> EventId {
        let print = self.prints.get(index).copied().flatten();
        let text = || self.messages.get(index).map_or("", |message| message.get());
        print.map_or_else(|| EventId::of(&["silent", text()]), |print| print.hash)
    }

    /// The messages that are where a delivered reply belongs.
    fn reply(&self) -> std::ops::Range<usize> {
        let Some((at, _)) = self.met.filter(|(_, tip)| tip.replied) else { return 0..0 };
        let others = |print: &Option<Print>| print.is_some_and(|print| !print.by_model);
        let length = self.prints[at + 1..].iter().take_while(|print| !others(print)).count();
        at + 1..at + 1 + length
    }

    /// A name for each message that is new in the session.
    fn new_names(&self, known: &mut Known, repeats: bool) -> Vec<Option<String>> {
        let repeats = repeats && (self.holds_replies() || self.met.is_some() || known.is_new());
        let (reply, mut times) = (self.reply(), HashMap::new());
        let name = |index| {
            let hash = self.hash(index);
            if !repeats {
                return Some(format!("{:x}.{}", hash.0, known.tell_again(hash)));
            }
            let times: &mut u32 = times.entry(hash).or_default();
            *times += 1;
            let is_old = known.has_told(hash, *times) || reply.contains(&index);
            known.tell(hash, *times);
            (!is_old).then(|| format!("{:x}.{times}", hash.0))
        };
        (0..self.messages.len()).map(name).collect()
    }

    /// Delivers what is new.
    fn tell(&self, known: &mut Known, repeats: bool, notes: &mut Notes<'_>) {
        let names = self.new_names(known, repeats);
        notes.retold(names.iter().filter(|name| name.is_none()).count() as u64);
        let mut talk = self.talk(known);
        for (message, name) in self.messages.iter().zip(&names) {
            let Some(name) = name else { continue };
            let mut place = Place { time_ms: self.time_ms, ..Place::new(name) };
            match message.get().starts_with('"') {
                true => talk.said(Kind::Prompt, Some(arguments(message)), &mut place, notes),
                false => talk.raw_message(message, place, notes),
            }
        }
    }

    /// The text for the model outside the messages, where it is new.
    fn instruct(&self, known: &mut Known, system: Option<&RawValue>, notes: &mut Notes<'_>) {
        let mut spare = String::new();
        let Some(text) = Shape::result_text(system, &mut spare, notes) else { return };
        let hash = EventId::of(&["system", &text]);
        if known.has_told(hash, 1) {
            return;
        }
        known.tell(hash, 1);
        let name = format!("{:x}", hash.0);
        let mut place = Place { time_ms: self.time_ms, ..Place::new(&name) };
        self.talk(known).said(Kind::Injected, Some(text), &mut place, notes);
    }

    fn talk<'t>(&'t self, known: &'t mut Known) -> Talk<'t> {
        Talk {
            actor: self.actor.as_deref().map(Cow::Borrowed),
            model: self.model.as_deref().map(Cow::Borrowed),
            ..Talk::new(&known.name, &mut known.calls)
        }
    }

    /// Delivers the reply.
    fn answer(&self, known: &mut Known, said: &Said<'_>, time_ms: Option<i64>, notes: &mut Notes<'_>) {
        let name = said.call(known);
        self.expect_back(known, &said.prints);
        let request = Some(Cow::Owned(format!("{}#{name}", known.name)));
        let talk = Talk { request, usage: said.usage, ..self.talk(known) };
        speak(talk, said, &name, time_ms, notes);
    }

    /// The next request will hold the reply as often as this one does, and once more.
    fn expect_back(&self, known: &mut Known, reply: &[Print]) {
        let mut times: HashMap<EventId, u32> = HashMap::new();
        for index in 0..self.messages.len() {
            *times.entry(self.hash(index)).or_default() += 1;
        }
        for print in reply {
            let times = times.entry(print.hash).or_default();
            *times += 1;
            known.tell(print.hash, *times);
        }
    }
}

/// Delivers what the model said in one request, or what kept it from saying anything.
fn speak(mut talk: Talk<'_>, said: &Said<'_>, name: &str, time_ms: Option<i64>, notes: &mut Notes<'_>) {
    for (number, message) in said.messages.iter().enumerate() {
        let name = format!("{name}.{number}");
        let mut place = Place { time_ms, ..Place::new(&name) };
        if message.get().starts_with('"') {
            let mut output = talk.output(&name, None, None);
            talk.spoke(Kind::Text, Some(arguments(message)), &mut output, &mut place, notes);
            talk.meter(output, &place, notes);
        } else {
            talk.raw_message(message, place, notes);
        }
    }
    let mut place = Place { time_ms, ..Place::new(name) };
    if let Some(error) = said.error.as_deref() {
        let event = Event { text: Some(Cow::Borrowed(error)), ..talk.event(Kind::ApiError, time_ms) };
        talk.deliver(event, &mut place, notes);
    }
    let rest = talk.output(name, None, None);
    talk.meter(rest, &place, notes);
}

fn capped(messages: &mut Vec<&RawValue>, notes: &mut Notes<'_>) {
    if messages.len() > MAX_MESSAGES {
        messages.truncate(MAX_MESSAGES);
        notes.issue(IssueKind::WrongType, "messages: expected at most 65536, found more");
    }
}

/// Whether a reply was logged as the events in which it arrived; they are told, not read.
fn is_stream(said: &RawValue, notes: &mut Notes<'_>) -> bool {
    let text = said.get().trim_start_matches('"');
    let is_stream =
        text.len() < said.get().len() && (text.starts_with("data:") || text.starts_with("event:"));
    if is_stream {
        notes.issue(IssueKind::WrongType, "response: expected a body, found a stream of events");
    }
    is_stream
}

fn print(message: &RawValue, by_model: bool) -> Option<Print> {
    match message.get().starts_with('"') {
        true => Some(Print::of_text(&arguments(message), by_model)),
        false => Print::of(message),
    }
}

fn beginning() -> EventId {
    EventId::of(&["beginning"])
}

/// A reply as the next request may name it.
fn reply_id(id: &str) -> EventId {
    EventId::of(&["reply id", id])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CHAT_REQUESTS, issues, kinds, log, of_kind, read, requests, texts, total};

    /// Three requests of one conversation, each with all that came before.
    /// Instruction, prompt and reply; these, the answer of the tool and the second reply.
    const RETOLD: u64 = 3 + 5;

    #[test]
    fn history_is_told_once() {
        use Kind::*;
        let found = read(CHAT_REQUESTS);
        assert_eq!(
            kinds(&found),
            [Injected, Prompt, Reasoning, ToolCall, ToolResult, Text, Prompt, Text],
            "{:?}",
            found.events
        );
        assert!(found.events.iter().all(|event| event.session == "stem:1"));
        assert_eq!(found.events[3].call, found.events[4].call);
        assert_eq!(texts(&found)[1..4], ["list", "hm", "a b"]);
        assert_eq!(
            found.retold, RETOLD,
            "messages of the second and the third request that stood in one before"
        );
        assert_eq!(found.issues, []);
    }

    /// By hand: 100, 120 of which 90 cached, 140 of which 100 cached; 10, 5 and 3.
    #[test]
    fn usage_is_that_of_the_responses() {
        let expected = Usage { input: 170, cache_read: 190, output: 18, ..Usage::default() };
        let found = read(CHAT_REQUESTS);
        assert_eq!((total(&found), requests(&found).len()), (expected, 3));
        let asked = of_kind(&found, Kind::Reasoning)[0].request.clone();
        assert_eq!(asked, of_kind(&found, Kind::ToolCall)[0].request, "a reply is one request");
    }

    fn exchange(messages: &[&str], reply: &str, more: &str) -> String {
        let messages: Vec<String> = messages
            .iter()
            .map(|text| match text.strip_prefix('>') {
                Some(text) => format!(r#"{{"role":"assistant","content":"{text}"}}"#),
                None => format!(r#"{{"role":"user","content":"{text}"}}"#),
            })
            .collect();
        format!(
            r#"{{"request":{{"messages":[{}]}},"response":{{"choices":[{{"message":{{"role":"assistant","content":"{reply}"}}}}],"usage":{{"prompt_tokens":10,"completion_tokens":1}}}}{more}}}"#,
            messages.join(",")
        )
    }

    fn sessions(found: &crate::Collect) -> Vec<&str> {
        found.events.iter().map(|event| &*event.session).collect()
    }

    #[test]
    fn runs_that_begin_alike_are_told_apart_and_conversations_may_take_turns() {
        let found = read(log(&[
            &exchange(&["go"], "a", ""),
            &exchange(&["go"], "b", ""),
            &exchange(&["hello"], "hi", ""),
            &exchange(&["go", ">a", "on"], "c", ""),
            &exchange(&["go", ">b", "on"], "d", ""),
        ]));
        let expected = ["stem:1", "stem:1", "stem:2", "stem:2", "stem:3", "stem:3"];
        assert_eq!(sessions(&found)[..6], expected);
        assert_eq!(sessions(&found)[6..], ["stem:1", "stem:1", "stem:2", "stem:2"]);
        assert_eq!(texts(&found), ["go", "a", "go", "b", "hello", "hi", "on", "c", "on", "d"]);
    }

    #[test]
    fn what_is_said_twice_counts_twice_and_what_is_sent_twice_does_not() {
        let id = r#","session_id":"s""#;
        let found = read(log(&[
            &exchange(&["go"], "ok", id),
            &exchange(&["go", ">ok", "go"], "ok", id),
            &exchange(&["go", ">ok", "go", ">ok", "go"], "ok", id),
            // The window slides, and the same request is made once more.
            &exchange(&["go", ">ok", "go"], "ok", id),
        ]));
        assert_eq!(texts(&found), ["go", "ok", "go", "ok", "go", "ok", "ok"]);
        assert_eq!((requests(&found).len(), total(&found).total()), (4, 44));
    }

    #[test]
    fn a_reply_that_a_program_changed_is_still_that_reply() {
        let found =
            read(log(&[&exchange(&["go"], "a long reply", ""), &exchange(&["go", ">cut", "on"], "b", "")]));
        assert_eq!(texts(&found), ["go", "a long reply", "on", "b"]);
        assert!(sessions(&found).iter().all(|session| *session == "stem:1"));
    }

    #[test]
    fn a_record_that_was_logged_twice_has_the_same_identities() {
        let found = read(CHAT_REQUESTS);
        let twice = read(CHAT_REQUESTS.repeat(2));
        let ids = |found: &crate::Collect| -> std::collections::BTreeSet<_> {
            found.events.iter().map(|event| event.id).collect()
        };
        assert_eq!((ids(&twice), total(&twice)), (ids(&found), total(&found)));
    }

    /// Each says: a prompt, a call of `ls` for 10 tokens of input and 2 of output.
    #[test]
    fn bodies_of_every_interface() {
        let call = r#""name":"ls","input":{}"#;
        for line in [
            format!(r#"{{"input":{{"model":"m","messages":[{{"role":"user","content":"go"}}]}},"output":{{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{{"type":"tool_use","id":"t",{call}}}],"usage":{{"input_tokens":10,"output_tokens":2}}}}}}"#),
            format!(r#"{{"request":{{"body":{{"messages":[{{"role":"user","content":[{{"text":"go"}}]}}]}}}},"response":{{"status":200,"body":{{"output":{{"message":{{"role":"assistant","content":[{{"toolUse":{{"toolUseId":"t",{call}}}}}]}}}},"usage":{{"inputTokens":10,"outputTokens":2}}}}}}}}"#),
            r#"{"request":{"contents":[{"role":"user","parts":[{"text":"go"}]}]},"response":{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"ls","args":{}}}]}}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":2}}}"#.to_owned(),
            r#"{"request":{"model":"m","input":"go"},"response":{"id":"r","output":[{"type":"reasoning","summary":[]},{"type":"function_call","call_id":"t","name":"ls","arguments":"{}"}],"usage":{"input_tokens":10,"output_tokens":2}}}"#.to_owned(),
            r#"{"kwargs":{"messages":[{"role":"user","content":"go"}]},"original_response":"{\"choices\":[{\"message\":{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t\",\"function\":{\"name\":\"ls\",\"arguments\":\"{}\"}}]}}],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2}}"}"#.to_owned(),
            r#"{"request_body":"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"go\"}]}","response_body":{"message":{"role":"assistant","tool_calls":[{"id":"t","function":{"name":"ls","arguments":"{}"}}]},"usage":{"prompt_tokens":10,"completion_tokens":2}}}"#.to_owned(),
        ] {
            let found = read(&line);
            assert_eq!(kinds(&found), [Kind::Prompt, Kind::ToolCall], "{line}");
            assert_eq!(found.events[1].tool.as_deref(), Some("ls"));
            let expected = Usage { input: 10, output: 2, ..Usage::default() };
            assert_eq!((total(&found), found.issues.len()), (expected, 0), "{line}: {:?}", found.issues);
        }
    }

    #[test]
    fn replies_name_what_they_follow_and_failures_are_told() {
        let found = read(log(&[
            r#"{"request":{"model":"m","input":"go"},"response":{"id":"r1","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]}]},"start_time":1772442000,"end_time":1772442003}"#,
            r#"{"request":{"model":"m","input":"on","previous_response_id":"r1"},"response":{"error":{"message":"overloaded"}}}"#,
            r#"{"request":{"model":"m","input":"on","previous_response_id":"r1"},"response":"data: {}"}"#,
            r#"{"request":7}"#,
            r#"{"response":{}}"#,
        ]));
        use Kind::*;
        assert_eq!(kinds(&found), [Prompt, Text, Prompt, ApiError, Prompt]);
        assert!(sessions(&found).iter().all(|session| *session == "stem:1"));
        assert_eq!(found.events[1].time_ms, Some(1_772_442_003_000));
        assert_eq!(texts(&found), ["go", "a", "on", "overloaded", "on"]);
        assert_eq!(issues(&found)[0], IssueKind::WrongType);
        assert_eq!(issues(&found).last(), Some(&IssueKind::MissingField));
    }
}
