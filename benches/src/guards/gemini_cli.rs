//! The loop detection of Gemini CLI, without its language model.
//!
//! **Calls.** The key of a call is its name with its arguments as text, keys in the order in which the model wrote
//! them. After every call, for k = 1 to 5: do the last 5 k keys repeat with period k? Results are never read, so
//! honest polling is a loop, and a loop with one changing argument is none.
//!
//! **Text.** A window of 50 characters slides over what the model says. A window that was seen 10 times among the
//! last 5,000 characters, at a mean distance of at most 250, with at most 5 different texts between its occurrences,
//! is chanting. A fence, table, list, heading, quote, rule or call starts the count anew; code is skipped.
//!
//! Both start anew with every human turn. The published patterns of lists and rules contain two slips (dashes are
//! no lists; digits and capitals are rules); we take what they are meant to say. A log does not tell how the text
//! was streamed: it is fed line by line.
//!
//! Cost: constant per call, 50 comparisons a character of text.

use std::collections::HashMap;

use super::steps::Step;
use super::{Found, Guard, Judgement, judgement};

/// Repetitions that make a loop of calls.
const CALL_REPETITIONS: usize = 5;
/// Longest period of calls.
const LONGEST_PERIOD: usize = 5;
/// Characters in a window of text.
const WINDOW: usize = 50;
/// Characters that are remembered.
const HISTORY: usize = 5000;
/// Occurrences that make a chant.
const OCCURRENCES: usize = 10;
/// Largest mean distance of occurrences, in characters.
const MEAN_DISTANCE: usize = 5 * WINDOW;
/// Most different texts between occurrences.
const MOST_REFRAINS: usize = OCCURRENCES / 2;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct LoopDetection;

impl Guard for LoopDetection {
    fn id(&self) -> &'static str {
        "gemini_cli"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut found = Vec::with_capacity(steps.len());
        for turn in steps.chunk_by(|a, b| a.turn == b.turn) {
            let (mut calls, mut chant) = (Calls::default(), Chant::default());
            found.extend(turn.iter().map(|step| judge_step(step, &mut calls, &mut chant)));
        }
        judgement(steps, &found)
    }
}

fn judge_step<'a>(step: &'a Step<'_>, calls: &mut Calls<'a>, chant: &mut Chant) -> Found {
    // No short circuit: every line has to be heard.
    let chants = step.said.split_inclusive('\n').fold(false, |chants, line| chant.hear(line) | chants);
    let Some(tool) = step.tool else { return Found { fires: Some(chants), equals_previous: None } };
    chant.forget();
    let loops = calls.push((tool, step.arguments));
    Found { fires: Some(chants || loops), equals_previous: Some(calls.repeats(1, 2)) }
}

/// Keys of the calls so far, as small numbers.
#[derive(Default)]
struct Calls<'a> {
    numbers: HashMap<(&'a str, &'a str), usize>,
    keys: Vec<usize>,
}

impl<'a> Calls<'a> {
    /// Takes a call and says whether it completes a loop.
    fn push(&mut self, key: (&'a str, &'a str)) -> bool {
        let next = self.numbers.len();
        self.keys.push(*self.numbers.entry(key).or_insert(next));
        (1..=LONGEST_PERIOD).any(|period| self.repeats(period, CALL_REPETITIONS))
    }

    /// Whether the calls end in so many repetitions of the same `period` calls.
    fn repeats(&self, period: usize, repetitions: usize) -> bool {
        let start = self.keys.len().checked_sub(period * repetitions);
        start.is_some_and(|start| {
            let end = &self.keys[start..];
            end[period..].iter().zip(end).all(|(key, earlier)| key == earlier)
        })
    }
}

/// What the model says, heard line by line.
#[derive(Default)]
struct Chant {
    text: Vec<char>,
    /// Where each window starts that was heard.
    heard: HashMap<[char; WINDOW], Vec<usize>>,
    in_code: bool,
}

impl Chant {
    /// Takes a line and says whether it completes a chant.
    fn hear(&mut self, line: &str) -> bool {
        let shape = Shape::of(line);
        if shape != Shape::Prose {
            self.forget();
        }
        let was_in_code = self.in_code;
        self.in_code ^= shape == Shape::Fence;
        if was_in_code || self.in_code || shape == Shape::Rule {
            return false;
        }
        // No short circuit here either.
        line.chars().fold(false, |chants, character| self.hear_character(character) | chants)
    }

    /// Starts the count anew; code stays code.
    fn forget(&mut self) {
        self.text.clear();
        self.heard.clear();
    }

    fn hear_character(&mut self, character: char) -> bool {
        self.text.push(character);
        let end = self.text.len();
        let Some(window) = self.text.last_chunk::<WINDOW>() else { return false };
        let starts = self.heard.entry(*window).or_default();
        starts.push(end - WINDOW);
        starts.retain(|&start| start + HISTORY >= end);
        let recent = &starts[starts.len().saturating_sub(OCCURRENCES)..];
        recent.len() == OCCURRENCES && is_close(recent) && has_few_refrains(recent, &self.text)
    }
}

fn is_close(starts: &[usize]) -> bool {
    let distance = starts.last().zip(starts.first()).map_or(0, |(last, first)| last - first);
    distance <= MEAN_DISTANCE * (OCCURRENCES - 1)
}

fn has_few_refrains(starts: &[usize], text: &[char]) -> bool {
    let mut refrains: Vec<&[char]> = starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
    refrains.sort_unstable();
    refrains.dedup();
    refrains.len() <= MOST_REFRAINS
}

/// What a line is in Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Fence,
    Rule,
    /// A row of a table, an item of a list, a heading or a quote.
    Structure,
    Prose,
}

impl Shape {
    fn of(line: &str) -> Self {
        let line = line.trim();
        let is_rule = |c: char| "-=_*+".contains(c) || ('\u{2500}'..='\u{257f}').contains(&c);
        if line.contains("```") {
            Shape::Fence
        } else if !line.is_empty() && line.chars().all(is_rule) {
            Shape::Rule
        } else if is_structure(line) {
            Shape::Structure
        } else {
            Shape::Prose
        }
    }
}

fn is_structure(line: &str) -> bool {
    let bullet = ["- ", "* ", "+ ", "> "].iter().any(|mark| line.starts_with(mark));
    let after_digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = after_digits.len() < line.len() && after_digits.starts_with(". ");
    let heading = line.starts_with('#') && line.trim_start_matches('#').starts_with(' ');
    let table = line.starts_with('|') && line.len() > 1 && line.ends_with('|');
    bullet || numbered || heading || table
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::{Session, session};

    use super::super::{Guard, Judgement, steps::steps};
    use super::{LoopDetection, Shape};

    fn stops(session: Session) -> bool {
        let events = session.events();
        let steps = steps(&events);
        let Judgement { stops, .. } = LoopDetection.judge(&steps);
        stops.unwrap()
    }

    fn cycle(period: usize, calls: usize) -> Session {
        session("s").repeat(calls, move |s, round| {
            s.call("Bash", &format!("{{\"n\":{}}}", round % period)).result(&round.to_string())
        })
    }

    #[test]
    fn five_repetitions_of_up_to_five_calls() {
        for period in 1..=5 {
            assert!(!stops(cycle(period, 5 * period - 1)), "{period}");
            assert!(stops(cycle(period, 5 * period)), "{period}");
        }
        assert!(!stops(cycle(6, 60)));
    }

    #[test]
    fn the_order_of_keys_counts_and_a_human_turn_starts_over() {
        let turned = session("s").repeat(8, |s, round| {
            let arguments = if round % 3 == 0 { r#"{"a":1,"b":2}"# } else { r#"{"b":2,"a":1}"# };
            s.call("Bash", arguments).result("r")
        });
        assert!(!stops(turned));
        assert!(!stops(session("s").repeat(8, |s, _| s.prompt("again").call("Bash", "{}").result("r"))));
    }

    const REFRAIN: &str = "I will look at the file once more and then decide what to do about it.\n";

    #[test]
    fn a_refrain_is_chanting() {
        assert!(stops(session("s").text(&REFRAIN.repeat(12))));
        assert!(!stops(session("s").text(&REFRAIN.repeat(8))));
        assert!(!stops(
            session("s").repeat(12, |s, round| s.text(REFRAIN).call("A", &round.to_string()).result("r"))
        ));
    }

    #[test]
    fn code_lists_and_distant_repetitions_are_not() {
        assert!(!stops(session("s").text(&format!("```\n{}```\n", REFRAIN.repeat(12)))));
        assert!(!stops(session("s").text(&format!("- {REFRAIN}").repeat(12))));
        let far = |n: usize| {
            format!("{REFRAIN}{}", (0..80).map(|i| format!("{} ", n * 1000 + i)).collect::<String>())
        };
        assert!(!stops(session("s").text(&(0..12).map(far).collect::<String>())));
    }

    #[test]
    fn shapes_of_lines() {
        for (line, shape) in [
            ("```rust\n", Shape::Fence),
            ("-----\n", Shape::Rule),
            ("- item", Shape::Structure),
            ("12. item", Shape::Structure),
            ("## Head", Shape::Structure),
            ("| a | b |", Shape::Structure),
            ("> quote", Shape::Structure),
            ("12 CAPITALS are prose", Shape::Prose),
            ("", Shape::Prose),
        ] {
            assert_eq!(Shape::of(line), shape, "{line}");
        }
    }
}
