//! The desk where a session is written: a project, a voice, and the script so far.
//!
//! Recipes say what happens (`read`, `edit`, `test`, ..); the desk makes the calls, their results and the small
//! accidents of honest work: failed calls, retries, missing results, compaction when the context is full.

use std::collections::BTreeSet;

use crate::dice::Dice;
use crate::project::{Project, Topic};
use crate::prose::{self, Voice};
use crate::record::{Node, Record};
use crate::script::{Billing, Call, Opening, Outcome, Place, Request, Tier, Turn};
use crate::shell::{self, Command};

/// How often things go wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Probability that a call fails or is repeated first.
    pub(crate) hiccup: f64,
    /// How often a failed call is made again unchanged, at most.
    pub(crate) stubborn: u64,
    /// Probability that a result is not in the log.
    pub(crate) missing: f64,
    /// The session ends in the middle of something.
    pub(crate) aborted: bool,
}

/// How the log shows reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reasoning {
    Hidden,
    Shown,
    Absent,
}

/// Commands that take less only look at something, and may go out together with others.
const QUICK_MS: u64 = 300;

/// Bytes of context at which the harness compacts, about 160,000 tokens.
const CONTEXT_LIMIT: usize = 600_000;

/// A session being written.
pub(crate) struct Desk {
    pub(crate) dice: Dice,
    pub(crate) project: Project,
    pub(crate) topic: Topic,
    manner: Manner,
    voice: Voice,
    reasoning: Reasoning,
    turns: Vec<Turn>,
    pending: Request,
    batching: bool,
    wasting: bool,
    /// Probability that looks are sent together.
    eager: f64,
    /// Files in the context as they are now.
    known: BTreeSet<String>,
    calls: usize,
    context: usize,
    /// Where the first session takes place.
    home: Place,
    /// The pattern makes up a fifth of the calls.
    mixed: bool,
    tier: Option<Tier>,
    billing: Billing,
    cache: Cache,
    /// Every prompt begins with a nonce.
    signed: bool,
}

/// What the harness does to the prompt cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// Nothing.
    Kept,
    /// Every so many requests the beginning of the prompt is another one.
    Broken { every: u64, requests: u64 },
}

impl Desk {
    /// An empty desk with a new project.
    pub(crate) fn new(mut dice: Dice, manner: Manner) -> Self {
        let project = Project::new(&mut dice);
        let topic = project.topic(&mut dice);
        let voice = Voice::new(&mut dice);
        let reasoning = dice.pick(&[
            Reasoning::Hidden,
            Reasoning::Hidden,
            Reasoning::Hidden,
            Reasoning::Shown,
            Reasoning::Absent,
        ]);
        let eager = dice.pick(&[0.4, 0.75, 0.9, 0.97]);
        let home = place(&project);
        Self {
            dice,
            project,
            topic,
            manner,
            voice,
            reasoning,
            turns: Vec::new(),
            pending: Request::default(),
            batching: false,
            wasting: false,
            eager,
            known: BTreeSet::new(),
            calls: 0,
            context: 0,
            home,
            mixed: false,
            tier: None,
            billing: Billing::Cached,
            cache: Cache::Kept,
            signed: false,
        }
    }

    /// Makes the pattern a fifth of the calls.
    pub(crate) fn mix(&mut self) {
        self.mixed = true;
    }

    /// Whether the pattern is to be a fifth of the calls.
    pub(crate) fn is_mixed(&self) -> bool {
        self.mixed
    }

    /// The script, where it began, and the dice, when all is written.
    pub(crate) fn finish(mut self) -> (Vec<Turn>, Place, Dice) {
        self.send();
        if self.manner.aborted {
            self.break_off();
        }
        (self.turns, self.home, self.dice)
    }

    /// Another session of the same actor begins, in the project as it is now.
    pub(crate) fn next_session(&mut self, gap_ms: u64) {
        self.open(gap_ms, false);
    }

    /// A copy of the first session begins, and goes on by itself.
    pub(crate) fn fork(&mut self, gap_ms: u64) {
        self.open(gap_ms, true);
    }

    fn open(&mut self, gap_ms: u64, forked: bool) {
        self.send();
        if !forked {
            self.known.clear();
            self.context = 0;
        }
        let place = place(&self.project);
        self.turns.push(Turn::Session(Opening { gap_ms, place, forked }));
    }

    /// The desk of somebody else, in another project.
    pub(crate) fn move_to(&mut self, project: Project) {
        self.send();
        self.project = project;
        self.voice = Voice::new(&mut self.dice);
        self.move_on();
    }

    /// Context that the log does not show.
    pub(crate) fn preload(&mut self, tokens: u64) {
        self.turns.push(Turn::Preload { tokens });
    }

    /// The clock moves on to the next time of this hour of the week.
    pub(crate) fn wait_until(&mut self, hour_of_week: u64) {
        self.send();
        self.turns.push(Turn::Until { hour_of_week });
    }

    /// The model from here on; `None` for the session's own.
    pub(crate) fn use_model(&mut self, tier: Option<Tier>) {
        self.send();
        self.tier = tier;
    }

    /// What happens to the prompt cache from here on.
    pub(crate) fn set_cache(&mut self, cache: Cache) {
        self.send();
        self.cache = cache;
    }

    /// Whether every prompt begins with a nonce.
    pub(crate) fn sign_prompts(&mut self, signed: bool) {
        self.signed = signed;
    }

    /// Writes the first session down once more, under other ids, as part of the pattern.
    pub(crate) fn invent(&mut self) {
        self.send();
        let end = self.turns.iter().position(|turn| matches!(turn, Turn::Session(_)));
        let first = self.turns[..end.unwrap_or(self.turns.len())].to_vec();
        for mut turn in first {
            if let Turn::Request(request) = &mut turn {
                request.id = self.message_id();
                request.waste = true;
                request.calls.iter_mut().for_each(|call| call.id = call_id(&mut self.dice));
            }
            self.turns.push(turn);
        }
    }

    fn message_id(&mut self) -> String {
        format!("msg_01{}", self.dice.token(22))
    }

    /// How the requests from here on are billed.
    pub(crate) fn bill(&mut self, billing: Billing) {
        self.send();
        self.billing = billing;
    }

    /// Tool calls so far.
    pub(crate) fn calls(&self) -> usize {
        self.calls
    }

    /// Turns the attention to a function.
    pub(crate) fn about(&mut self, function: usize) {
        self.topic = self.project.topic_of(function, &mut self.dice);
    }

    /// Turns the attention to a random function.
    pub(crate) fn move_on(&mut self) {
        self.topic = self.project.topic(&mut self.dice);
    }

    /// Everything inside is part of the pattern.
    pub(crate) fn wasting(&mut self, play: impl FnOnce(&mut Self)) {
        self.send();
        let before = std::mem::replace(&mut self.wasting, true);
        play(self);
        self.send();
        self.wasting = before;
    }

    // ---- humans and the harness

    /// A human writes, after a pause of human length.
    pub(crate) fn prompt(&mut self, text: impl Into<String>) {
        let gap = self.dice.quantile(HUMAN_GAP_MS) as u64;
        self.prompt_after(gap, text);
    }

    /// A human (or a script in place of one) writes after this pause.
    pub(crate) fn prompt_after(&mut self, gap_ms: u64, text: impl Into<String>) {
        self.send();
        let mut text = text.into();
        if self.signed {
            text = format!("[{}] {text}", self.dice.hex(12));
        }
        self.remember(text.len());
        self.turns.push(Turn::Prompt { text, gap_ms });
    }

    /// A human writes something from a list.
    pub(crate) fn ask(&mut self, list: &str) {
        let text = self.voice.prompt(list, &mut self.dice, &self.topic);
        self.prompt(text);
    }

    /// The harness summarises the context.
    pub(crate) fn compact(&mut self) {
        let sentences = self.dice.between(6, 14);
        let summary = format!(
            "This session continues an earlier conversation.\n\n{}",
            prose::paragraph("survey", sentences, &mut self.dice, &self.topic)
        );
        self.context = summary.len();
        self.known.clear();
        self.turns.push(Turn::Compaction { summary });
    }

    /// The human stops the agent.
    pub(crate) fn interrupt(&mut self, in_tool: bool) {
        self.send();
        self.turns.push(Turn::Interrupt { in_tool });
    }

    // ---- the agent's words

    /// Says something from a list before the next call, or keeps silent, as the voice has it.
    pub(crate) fn remark(&mut self, list: &str) {
        let waiting = !self.pending.calls.is_empty();
        if self.voice.speaks(&mut self.dice) && !(waiting && self.dice.chance(0.8)) {
            let text = self.voice.remark(list, &mut self.dice, &self.topic);
            self.say(text);
        }
    }

    /// Says this before the next call.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.settle();
        let text = text.into();
        self.pending.text = Some(match self.pending.text.take() {
            Some(before) => format!("{before} {text}"),
            None => text,
        });
    }

    /// Reasons before the next call, as far as the log shows it.
    pub(crate) fn think(&mut self, sentences: u64) {
        self.settle();
        match self.reasoning {
            Reasoning::Absent => {}
            Reasoning::Hidden => {
                self.pending.thinking = Some(String::new());
                self.pending.hidden_tokens += sentences * self.dice.between(15, 60);
            }
            Reasoning::Shown => {
                self.pending.thinking =
                    Some(prose::paragraph("thought", sentences, &mut self.dice, &self.topic))
            }
        }
    }

    /// Reasons this, visibly.
    pub(crate) fn think_aloud(&mut self, text: String) {
        self.settle();
        self.pending.thinking = Some(text);
    }

    /// A message without a call.
    pub(crate) fn answer(&mut self, text: impl Into<String>) {
        self.say(text);
        self.send();
    }

    /// The closing message of a task.
    pub(crate) fn sum_up(&mut self) {
        let text = self.voice.summary(&mut self.dice, &self.topic);
        self.answer(text);
    }

    /// A message that explains the topic in so many sentences.
    pub(crate) fn explain(&mut self, sentences: u64) {
        let mut text = self.voice.explanation(sentences, &mut self.dice, &self.topic);
        if sentences > 3 && self.dice.chance(0.35) {
            text.push_str(&self.quotation());
        }
        self.answer(text);
    }

    /// Some lines of the topic's file, as one quotes them in an explanation.
    fn quotation(&mut self) -> String {
        let lines: Vec<&str> = self.project.content(&self.topic.file).unwrap_or_default().lines().collect();
        let (start, count) = (self.dice.index(lines.len()), self.dice.between(4, 16) as usize);
        let some: Vec<&str> = lines.iter().skip(start).take(count).copied().collect();
        format!("\n\n```\n{}\n```", some.join("\n"))
    }

    /// One phrase about the topic.
    pub(crate) fn phrase(&mut self, list: &str) -> String {
        prose::phrase(list, &mut self.dice, &self.topic)
    }

    // ---- calls

    /// Calls made inside go out in one request.
    pub(crate) fn together(&mut self, play: impl FnOnce(&mut Self)) {
        self.settle();
        self.batching = true;
        play(self);
        self.batching = false;
        self.send();
    }

    /// Makes a call. Honest calls may have an accident first.
    pub(crate) fn call(&mut self, tool: &'static str, input: Record, outcome: Outcome, ms: u64) {
        if !self.wasting && !self.batching && self.dice.chance(self.manner.hiccup) {
            self.settle();
            self.stumble(tool, &input, &outcome);
        }
        self.issue(tool, input, outcome, ms);
    }

    /// Makes a call that goes as it should.
    pub(crate) fn issue(&mut self, tool: &'static str, input: Record, mut outcome: Outcome, ms: u64) {
        let looks = matches!(tool, "Read" | "Grep" | "Glob") || tool == "Bash" && ms < QUICK_MS;
        if !looks {
            self.settle();
        }
        if self.dice.chance(self.manner.missing) {
            outcome = Outcome::default();
        }
        self.calls += 1;
        self.remember(input.bytes() + outcome.text.as_ref().map_or(0, String::len));
        let id = call_id(&mut self.dice);
        self.pending.calls.push(Call { id, tool, input, outcome, ms });
        let more_to_come =
            looks && !self.wasting && self.pending.calls.len() < 4 && self.dice.chance(self.eager);
        if !self.batching && !more_to_come {
            self.send();
        }
    }

    /// Whether a file is in the context as it is now; from here on it is.
    pub(crate) fn knows(&mut self, path: &str) -> bool {
        !self.known.insert(path.to_owned())
    }

    /// A file has changed.
    pub(crate) fn forget(&mut self, path: &str) {
        self.known.remove(path);
    }

    /// Sends calls that are waiting for company, before something that is not a look.
    fn settle(&mut self) {
        if !self.batching && !self.pending.calls.is_empty() {
            self.send();
        }
    }

    /// Runs a command of the shell.
    pub(crate) fn run(&mut self, command: Command) {
        let Command { line, about, outcome, ms } = command;
        let twin = bash_twin(&outcome);
        let input = Record::default().with("command", line).with("description", about);
        self.call("Bash", input, Outcome { twin, ..outcome }, ms);
    }

    /// Sends what has been said and called so far as one request.
    fn send(&mut self) {
        let mut request = std::mem::take(&mut self.pending);
        if request.text.is_none() && request.calls.is_empty() {
            return;
        }
        request.id = self.message_id();
        request.waste = self.wasting;
        request.tier = self.tier;
        request.billing = self.billing;
        self.wear(&mut request);
        if self.reasoning == Reasoning::Hidden && request.thinking.is_none() && self.dice.chance(0.4) {
            request.thinking = Some(String::new());
        }
        self.remember(request.text.as_ref().map_or(0, String::len));
        self.turns.push(Turn::Request(request));
        if self.context > CONTEXT_LIMIT {
            self.compact();
        }
    }

    /// A request that finds the prompt cache broken pays for everything again.
    fn wear(&mut self, request: &mut Request) {
        if let Cache::Broken { every, requests } = &mut self.cache {
            *requests += 1;
            if *requests > 1 && *requests % *every == 0 {
                request.billing = Billing::Uncached;
                request.waste = true;
            }
        }
    }

    /// The accident before a call: it fails and is made again, or it is simply made twice.
    fn stumble(&mut self, tool: &'static str, input: &Record, outcome: &Outcome) {
        let writes = matches!(tool, "Edit" | "Write" | "TodoWrite");
        if !writes && !outcome.error && self.dice.chance(0.15) {
            self.issue(tool, input.clone(), outcome.clone(), QUICK_MS);
            return self.settle();
        }
        let (input, outcome) = self.failure(tool, input);
        for _ in 0..=self.dice.below(self.manner.stubborn + 1) {
            self.issue(tool, input.clone(), outcome.clone(), 200);
            self.settle();
        }
        if self.dice.chance(0.3) {
            let text = self.phrase("hmm");
            self.say(text);
        }
    }

    fn failure(&mut self, tool: &str, input: &Record) -> (Record, Outcome) {
        let mut input = input.clone();
        let text = match tool {
            "Read" => {
                let wrong = input.text("file_path").unwrap_or_default().replacen(
                    '.',
                    &format!("_{}.", self.dice.pick(crate::words::QUALIFIERS)),
                    1,
                );
                input.set("file_path", wrong);
                "File does not exist.".to_owned()
            }
            "Edit" => {
                let old = format!("{} ", input.text("old_string").unwrap_or_default());
                let shown = old.clone();
                input.set("old_string", old);
                format!("String to replace not found in file.\nString: {shown}")
            }
            "Write" => "File has not been read yet. Read it first before writing to it.".to_owned(),
            "Bash" => {
                let line = input.text("command").unwrap_or_default();
                let program = line.split(' ').next().unwrap_or_default().to_owned();
                let package = crate::project::parent(&self.topic.file).to_owned();
                let wrong = format!("cd {package}/{} && {line}", self.dice.pick(crate::words::QUALIFIERS));
                input.set("command", wrong);
                let reason = self.dice.pick(&[
                    "No such file or directory",
                    "command not found",
                    "Permission denied",
                    "unexpected argument found",
                ]);
                format!("Exit code {}\nbash: {program}: {reason}", self.dice.pick(&[1_u32, 2, 126, 127]))
            }
            _ => format!("Error: {tool} timed out after {} ms", self.dice.between(2, 30) * 1000),
        };
        (input, Outcome::error(text))
    }

    /// The last thing in an aborted session: a call without a result, and the human's stop.
    fn break_off(&mut self) {
        let line = shell::tests(&self.project, "", &mut self.dice).line;
        let input = Record::default().with("command", line).with("description", "Run the tests");
        self.issue("Bash", input, Outcome::default(), 0);
        self.interrupt(true);
    }

    fn remember(&mut self, bytes: usize) {
        self.context += bytes;
    }
}

fn call_id(dice: &mut Dice) -> String {
    format!("toolu_01{}", dice.token(22))
}

fn place(project: &Project) -> Place {
    Place { root: project.root.clone(), branch: project.branch.clone() }
}

/// Pauses of humans, from seconds to hours.
const HUMAN_GAP_MS: &crate::dice::Quantiles = &[
    (0.0, 4_000.0),
    (0.25, 25_000.0),
    (0.5, 80_000.0),
    (0.75, 260_000.0),
    (0.93, 1_500_000.0),
    (1.0, 12_000_000.0),
];

fn bash_twin(outcome: &Outcome) -> Option<Node> {
    let text = outcome.text.as_ref()?;
    if outcome.error {
        return Some(Node::Text(format!("Error: {text}")));
    }
    let record = Record::default()
        .with("stdout", text.clone())
        .with("stderr", "")
        .with("interrupted", false)
        .with("isImage", false);
    Some(record.into())
}
