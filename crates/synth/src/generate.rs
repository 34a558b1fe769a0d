//! From a class and a seed to sessions: the recipe writes, the play dates and bills, a format writes it down.

use crate::class::{Class, Difficulty, Level};
use crate::desk::Desk;
use crate::dice::Dice;
use crate::formats::{Format, Writer};
use crate::label::{self, EvaluationLine, Label};
use crate::play::{self, Moment};
use crate::script::{self, Opening, Place, Step, Turn};

/// A generated session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session id, also the stem of its file name.
    pub id: String,
    /// Name of the project folder in Claude Code's layout.
    pub slug: String,
    /// The transcript: one JSON object per line.
    pub lines: String,
    /// What is true about it.
    pub label: Label,
    /// All steps in order: tool calls, and messages where a request has no call.
    pub steps: Vec<Step>,
    /// All tokens that its requests are billed.
    pub tokens: u64,
    /// Whose form the transcript has.
    pub format: Format,
}

impl Session {
    /// The lines for an evaluation of this session. Honest sessions also serve as negatives of each of the
    /// given patterns, as far as one session shows those.
    pub fn evaluation(&self, patterns: &[&Class]) -> Vec<EvaluationLine> {
        let shown = patterns.iter().filter(|class| class.level == Level::Session);
        let patterns: Vec<_> = shown.map(|class| (class.id, class.axis)).collect();
        label::evaluation(&self.label, &self.steps, self.format, &patterns)
    }
}

/// Generates one session as a Claude Code transcript; of a class whose actor has several, the last one. A difficulty
/// that the class does not have is replaced by the nearest it has, see [`Class::nearest`].
pub fn generate(class: &Class, difficulty: Difficulty, seed: u64) -> Session {
    let mut sessions = generate_actor(class, difficulty, seed, Format::ClaudeCode);
    sessions.pop().expect("because every script has at least one session")
}

/// Generates all sessions of one actor. Most classes give one session; those of [`Level::Actor`] give a small group in
/// one project, in the order of time.
///
/// The formats write the same script: the same prompts, calls, results and bills under ids of their own.
pub fn generate_actor(class: &Class, difficulty: Difficulty, seed: u64, format: Format) -> Vec<Session> {
    let difficulty = class.nearest(difficulty);
    let (turns, home, mut dice) = perform(class, difficulty, seed);
    let moments = play::play(&turns, &mut dice);
    let mut writer = Writer::new(format, &home, &mut dice);
    let mut sessions: Vec<Session> = Vec::new();
    for part in parts(&turns, &moments) {
        if let Some(opening) = part.opening {
            writer.open(&opening.place);
        }
        let history = sessions.first().filter(|_| part.opening.is_some_and(|opening| opening.forked));
        let session = write_down(class, difficulty, &part, &mut writer, history);
        sessions.push(session);
    }
    name_actor(class, &mut sessions);
    sessions
}

/// Lets the recipe write.
fn perform(class: &Class, difficulty: Difficulty, seed: u64) -> (Vec<Turn>, Place, Dice) {
    let mut dice = Dice::for_session(class.id, difficulty.name(), seed);
    let manner = difficulty.manner(&mut dice);
    let mut desk = Desk::new(dice, manner);
    let disguise = if difficulty == Difficulty::Mixed {
        desk.mix();
        desk.dice.pick(&[Difficulty::Easy, Difficulty::Medium, Difficulty::Hard])
    } else {
        difficulty
    };
    (class.recipe)(&mut desk, disguise);
    desk.finish()
}

/// One session of a script.
struct Part<'a> {
    opening: Option<&'a Opening>,
    turns: &'a [Turn],
    moments: &'a [Moment],
}

/// Cuts a script where a further session begins.
fn parts<'a>(turns: &'a [Turn], moments: &'a [Moment]) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for chunk in turns.chunk_by(|_, next| !matches!(next, Turn::Session(_))) {
        let opening = match chunk.first() {
            Some(Turn::Session(opening)) => Some(opening),
            _ => None,
        };
        let end = start + chunk.len();
        parts.push(Part { opening, turns: chunk, moments: &moments[start..end] });
        start = end;
    }
    parts
}

fn write_down(
    class: &Class,
    difficulty: Difficulty,
    part: &Part<'_>,
    writer: &mut Writer,
    history: Option<&Session>,
) -> Session {
    let turns = writer.named(part.turns);
    let copied = history.map_or_else(Vec::new, |session| session.steps.clone());
    let steps = [copied, script::steps(&turns)].concat();
    let lines = writer.write(&turns, part.moments, history);
    let id = writer.session().to_owned();
    let label = Label::new(class, difficulty, &id, &turns, &steps, part.moments);
    let tokens = part.moments.iter().map(|moment| moment.usage.total()).sum();
    Session { slug: writer.slug(), format: writer.format(), id, lines, label, steps, tokens }
}

/// The sessions of an actor say so.
fn name_actor(class: &Class, sessions: &mut [Session]) {
    let Some(actor) = sessions.first().map(|session| session.id.clone()) else { return };
    if class.level == Level::Actor {
        sessions.iter_mut().for_each(|session| session.label.actor = Some(actor.clone()));
    }
}
