//! Plays a script: when everything happens and what each request is billed.
//!
//! The prompt side follows the provider's prompt cache. What the last request read and wrote is read, what was
//! added since is written, a few tokens are neither; after a pause beyond the cache's life everything behind
//! the system prompt is written again.

use crate::dice::{Dice, Quantiles};
use crate::script::{Billing, Request, Turn};

/// Tokens of one request, by class; the classes are disjoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) input: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
    pub(crate) output: u64,
}

impl Usage {
    /// All billed tokens.
    pub(crate) fn total(self) -> u64 {
        self.input + self.cache_read + self.cache_write + self.output
    }
}

/// A turn in time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moment {
    /// When it begins, in milliseconds since 1970.
    pub(crate) start: u64,
    /// When the model has finished; the tools start here.
    pub(crate) end: u64,
    /// Zero unless the turn is a request.
    pub(crate) usage: Usage,
}

/// The moments of all turns, in order.
pub(crate) fn play(turns: &[Turn], dice: &mut Dice) -> Vec<Moment> {
    let mut stage = Stage::new(dice);
    turns.iter().map(|turn| stage.step(turn, dice)).collect()
}

/// Thinking tokens of a request whose reasoning is hidden, beyond what the recipe asked for.
const REFLEX_TOKENS: &Quantiles = &[(0.0, 20.0), (0.5, 90.0), (0.9, 350.0), (1.0, 2_500.0)];

/// What the harness adds to the results: reminders, diagnostics, changed files.
const REMINDER_TOKENS: &Quantiles =
    &[(0.0, 20.0), (0.5, 150.0), (0.8, 450.0), (0.97, 1_200.0), (1.0, 6_000.0)];

const FIRST_MS: u64 = 1_767_600_000_000;
const SPREAD_MS: u64 = 200 * 86_400_000;

struct Stage {
    now: u64,
    /// Tokens of the system prompt, in the cache already when the session starts.
    system: u64,
    /// Tokens of what every session loads at its start.
    loaded: u64,
    cached: u64,
    fresh: u64,
    bytes_per_token: f64,
    cache_life_ms: u64,
    tokens_per_second: u64,
    last_request: u64,
}

impl Stage {
    fn new(dice: &mut Dice) -> Self {
        let start = FIRST_MS + dice.below(SPREAD_MS);
        let system = dice.between(9_000, 19_000);
        let loaded = dice.between(3_000, 15_000);
        Self {
            now: start,
            system,
            loaded,
            cached: system,
            fresh: loaded,
            bytes_per_token: 3.4 + 0.8 * dice.unit(),
            cache_life_ms: dice.pick(&[300_000, 3_600_000]),
            tokens_per_second: dice.between(35, 90),
            last_request: start,
        }
    }

    fn step(&mut self, turn: &Turn, dice: &mut Dice) -> Moment {
        match turn {
            Turn::Prompt { text, gap_ms } => self.wait(*gap_ms, text, dice),
            Turn::Request(request) => self.request(request, dice),
            Turn::Compaction { summary } => {
                self.cached = self.system;
                self.fresh = 0;
                self.wait(40_000, summary, dice)
            }
            Turn::Interrupt { .. } => self.wait(15_000, "", dice),
            Turn::Preload { tokens } => {
                self.fresh += tokens;
                self.moment()
            }
            Turn::Until { hour_of_week } => {
                self.now += until(self.now, *hour_of_week) + dice.below(HOUR_MS);
                self.moment()
            }
            Turn::Session(opening) => {
                self.cached = self.system;
                self.fresh = self.loaded;
                self.wait(opening.gap_ms, "", dice)
            }
        }
    }

    fn moment(&self) -> Moment {
        Moment { start: self.now, end: self.now, usage: Usage::default() }
    }

    fn wait(&mut self, ms: u64, text: &str, dice: &mut Dice) -> Moment {
        self.now += ms + dice.below(900);
        self.fresh += self.tokens(text.len());
        self.moment()
    }

    fn request(&mut self, request: &Request, dice: &mut Dice) -> Moment {
        if self.now - self.last_request > self.cache_life_ms {
            self.fresh += self.cached.saturating_sub(self.system);
            self.cached = self.system;
        }
        if request.billing == Billing::Uncached {
            self.fresh += std::mem::take(&mut self.cached);
        }
        let visible = self.tokens(written_bytes(request)) + 15 + 45 * request.calls.len() as u64;
        let hidden = request.hidden_tokens + self.reflex(request, dice);
        let mut usage = Usage {
            input: dice.between(1, 6),
            cache_read: self.cached,
            cache_write: self.fresh,
            output: visible + hidden,
        };
        self.cached += self.fresh;
        let results: usize =
            request.calls.iter().filter_map(|call| call.outcome.text.as_ref()).map(String::len).sum();
        self.fresh = visible + self.tokens(results) + dice.quantile(REMINDER_TOKENS) as u64;

        let start = self.now + dice.between(300, 1_200);
        let mut end = start + dice.between(600, 3_000) + usage.output * 1000 / self.tokens_per_second;
        if let Billing::Claimed { output, ms } = request.billing {
            usage.output = output;
            end = start + ms;
        }
        self.last_request = end;
        self.now = end + request.calls.iter().map(|call| call.ms + 15).max().unwrap_or(0);
        Moment { start, end, usage }
    }

    fn reflex(&self, request: &Request, dice: &mut Dice) -> u64 {
        let hidden = request.thinking.as_ref().is_some_and(String::is_empty);
        if hidden { dice.quantile(REFLEX_TOKENS) as u64 } else { 0 }
    }

    fn tokens(&self, bytes: usize) -> u64 {
        (bytes as f64 / self.bytes_per_token) as u64
    }
}

const HOUR_MS: u64 = 3_600_000;

/// Milliseconds until the next time of this hour of the week; the epoch was a Thursday.
fn until(now: u64, hour_of_week: u64) -> u64 {
    let week = 168 * HOUR_MS;
    let since_monday = (now + 3 * 24 * HOUR_MS) % week;
    (hour_of_week * HOUR_MS + week - since_monday) % week
}

fn written_bytes(request: &Request) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    text(&request.thinking)
        + text(&request.text)
        + request.calls.iter().map(|call| call.input.bytes()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Turn {
        Turn::Request(Request { text: Some(text.to_owned()), ..Request::default() })
    }

    #[test]
    fn what_was_read_and_written_is_read_next_time() {
        let mut dice = Dice::for_session("play", "test", 1);
        let turns: Vec<Turn> = (0..9).map(|_| message("some words and some more")).collect();
        let moments = play(&turns, &mut dice);
        for pair in moments.windows(2) {
            let before = pair[0].usage;
            assert_eq!(pair[1].usage.cache_read, before.cache_read + before.cache_write);
            assert!(pair[1].start >= pair[0].end);
        }
    }

    #[test]
    fn the_clock_moves_to_an_hour_of_the_week() {
        let tuesday_noon = 1_772_539_200_000;
        assert_eq!(until(tuesday_noon, 36), 0);
        assert_eq!(until(tuesday_noon, 37), HOUR_MS);
        assert_eq!(until(tuesday_noon, 35), 167 * HOUR_MS);
    }

    #[test]
    fn a_long_pause_empties_the_cache() {
        let mut dice = Dice::for_session("play", "test", 1);
        let turns = [message("a"), Turn::Prompt { text: "back".into(), gap_ms: 9_000_000 }, message("b")];
        let moments = play(&turns, &mut dice);
        assert!(moments[2].usage.cache_read <= moments[0].usage.cache_read);
        assert!(moments[2].usage.cache_write > moments[0].usage.cache_write);
    }
}
