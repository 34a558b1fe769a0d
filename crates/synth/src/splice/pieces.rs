//! What each mode inserts, and where.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Splice;
use super::log::{Log, Unit};
use super::mode::Mode;
use super::rewording::{jittered, phrase, reworded};
use crate::dice::Dice;
use crate::project::Project;

/// Something new behind a line of the log.
pub(super) struct Insertion<'a> {
    pub(super) after: usize,
    pub(super) piece: Piece<'a>,
}

/// Something new.
pub(super) enum Piece<'a> {
    /// A call of some log once more, perhaps with other arguments or another result.
    Again { log: &'a Log, unit: &'a Unit, input: Option<Value>, text: Option<String> },
    /// A text in a file is replaced.
    Edit { path: String, old: String, new: String },
    /// A search that finds nothing.
    Search { pattern: String },
    /// A command of the shell.
    Command { line: String, text: String },
    /// The agent says something.
    Speech(String),
}

/// Seconds between two volatile results.
const STEP_SECONDS: u64 = 17;

/// Percentage of a copy that is inserted at most, whatever is asked for.
const MOST_SHARE: u64 = 90;

/// Bytes of padding at least.
const LEAST_SPEECH: usize = 3_000;

/// What a mode inserts into a log; `None` when the log has nothing that the mode could use.
pub(super) fn pieces<'a>(
    mode: Mode,
    log: &'a Log,
    other: Option<&'a Log>,
    plan: &Splice,
    dice: &mut Dice,
) -> Option<Vec<Insertion<'a>>> {
    if mode == Mode::Plain {
        return Some(Vec::new());
    }
    let scene = Scene::new(log, plan, dice)?;
    match mode {
        Mode::Plain => Some(Vec::new()),
        Mode::Verbatim => Some(scene.in_place((0..scene.count).map(|_| again(log, scene.unit())))),
        Mode::Cycle => Some(scene.cycle(dice)),
        Mode::Volatile => Some(scene.volatile(false, dice)),
        Mode::Varied => Some(scene.volatile(true, dice)),
        Mode::Spread => Some(scene.spread()),
        Mode::Reread => scene.reread(),
        Mode::Barren => scene.barren(dice),
        Mode::Churn => scene.churn(dice),
        Mode::Filler => Some(scene.filler(dice)),
        Mode::Echo => Some(scene.echo(dice)),
        Mode::Foreign => scene.foreign(other?, dice),
        Mode::Poll => scene.poll(other?, dice),
        Mode::Verify => scene.verify(other?, dice),
    }
}

fn again<'a>(log: &'a Log, unit: &'a Unit) -> Piece<'a> {
    Piece::Again { log, unit, input: None, text: None }
}

/// Where and how much is inserted.
struct Scene<'a> {
    log: &'a Log,
    /// Units that can be repeated, by position.
    fitting: Vec<usize>,
    /// The unit behind which things are inserted, among the fitting ones.
    at: usize,
    count: usize,
    share: f64,
}

impl<'a> Scene<'a> {
    fn new(log: &'a Log, plan: &Splice, dice: &mut Dice) -> Option<Self> {
        let total = log.units.len();
        let share = dice.between(plan.share.0, plan.share.1).min(MOST_SHARE) as f64 / 100.0;
        let count = (total as f64 * share / (1.0 - share)).round() as u64;
        let repeatable: Vec<usize> = (0..total).filter(|at| log.units[*at].is_repeatable()).collect();
        let inner: Vec<usize> =
            repeatable.iter().copied().filter(|at| (2..=total * 9 / 10).contains(at)).collect();
        let fitting = if inner.is_empty() { repeatable } else { inner };
        if fitting.is_empty() {
            return None;
        }
        let at = dice.index(fitting.len());
        Some(Self { log, fitting, at, count: count.max(plan.least) as usize, share })
    }

    fn unit(&self) -> &'a Unit {
        &self.log.units[self.fitting[self.at]]
    }

    /// The units up to the place, that of the place last.
    fn before(&self) -> &'a [Unit] {
        &self.log.units[..=self.fitting[self.at]]
    }

    fn place(&self) -> usize {
        self.log.rest_after(self.unit().result)
    }

    /// All at the place, one behind the other.
    fn in_place(&self, pieces: impl Iterator<Item = Piece<'a>>) -> Vec<Insertion<'a>> {
        let after = self.place();
        pieces.map(|piece| Insertion { after, piece }).collect()
    }

    fn cycle(&self, dice: &mut Dice) -> Vec<Insertion<'a>> {
        let period = dice.between(2, 4) as usize;
        let first = self.at.saturating_sub(period - 1);
        let ring = &self.fitting[first..=self.at];
        let units = (0..self.count).map(|i| &self.log.units[ring[i % ring.len()]]);
        self.in_place(units.map(|unit| again(self.log, unit)))
    }

    fn volatile(&self, in_other_words: bool, dice: &mut Dice) -> Vec<Insertion<'a>> {
        let (unit, start) = (self.unit(), dice.below(86_400));
        let pieces = (1..=self.count).map(|round| Piece::Again {
            log: self.log,
            unit,
            input: in_other_words.then(|| reworded(&unit.input, round, dice)),
            text: Some(jittered(&unit.text, start + STEP_SECONDS * round as u64, dice)),
        });
        self.in_place(pieces.collect::<Vec<_>>().into_iter())
    }

    fn spread(&self) -> Vec<Insertion<'a>> {
        let later = &self.log.units[self.fitting[self.at]..];
        let stride = |i: usize| i * later.len() / self.count;
        let place = |i: usize| self.log.rest_after(later[stride(i)].result);
        (0..self.count).map(|i| Insertion { after: place(i), piece: again(self.log, self.unit()) }).collect()
    }

    fn reread(&self) -> Option<Vec<Insertion<'a>>> {
        let mut known = BTreeSet::new();
        let mut readings: Vec<&Unit> = Vec::new();
        for unit in self.before().iter().rev() {
            if unit.reads().is_some_and(|what| known.insert(what)) && readings.len() < 8 {
                readings.push(unit);
            }
        }
        if readings.len() < 2 {
            return None;
        }
        let units = (0..self.count).map(|i| readings[i % readings.len()]);
        Some(self.in_place(units.map(|unit| again(self.log, unit))))
    }

    fn barren(&self, dice: &mut Dice) -> Option<Vec<Insertion<'a>>> {
        let words = names(self.log.units.iter().map(|unit| unit.text.as_str()), 5);
        if words.len() < 20 {
            return None;
        }
        let pieces = (0..self.count).map(|_| {
            let two = dice.some(&words, 2);
            Piece::Search { pattern: two.join(".*") }
        });
        Some(self.in_place(pieces.collect::<Vec<_>>().into_iter()))
    }

    fn churn(&self, dice: &mut Dice) -> Option<Vec<Insertion<'a>>> {
        let path = self.before().iter().rev().find_map(path_of)?;
        let lines: Vec<String> = lines_of(self.log, 30).into_iter().take(400).collect();
        let [old, new] = <[String; 2]>::try_from(dice.some(&lines, 2)).ok()?;
        let pieces = (0..self.count).map(|i| {
            let (old, new) = if i % 2 == 0 { (&old, &new) } else { (&new, &old) };
            Piece::Edit { path: path.clone(), old: old.clone(), new: new.clone() }
        });
        Some(self.in_place(pieces))
    }

    /// Bytes of padding that make up the share of what is said.
    fn wanted_speech(&self) -> usize {
        let said: usize = self.log.speech().map(str::len).sum();
        ((said as f64 * self.share / (1.0 - self.share)) as usize).max(LEAST_SPEECH)
    }

    fn filler(&self, dice: &mut Dice) -> Vec<Insertion<'a>> {
        let mut names = names(self.log.speech(), 6);
        if names.len() < 5 {
            names.extend(
                ["the module", "the setup", "the approach", "the change", "the tests"].map(str::to_owned),
            );
        }
        self.speeches(dice, |dice| {
            let unit = dice.pick(&self.fitting);
            let count = dice.between(4, 10);
            (unit, (0..count).map(|_| phrase(&names, dice)).collect::<Vec<_>>().join(" "))
        })
    }

    fn echo(&self, dice: &mut Dice) -> Vec<Insertion<'a>> {
        self.speeches(dice, |dice| {
            let said = dice.index(self.fitting.len());
            let later = &self.fitting[said..];
            let text: String = self.log.units[self.fitting[said]].text.chars().take(2_500).collect();
            let open = dice.pick(&[
                "As shown above:",
                "To recall, the output was",
                "Again, for reference:",
                "We have this:",
            ]);
            (dice.pick(later), format!("{open}\n\n{text}"))
        })
    }

    /// Messages until enough has been said, each behind a unit.
    fn speeches(
        &self,
        dice: &mut Dice,
        mut next: impl FnMut(&mut Dice) -> (usize, String),
    ) -> Vec<Insertion<'a>> {
        let (wanted, mut said) = (self.wanted_speech(), 0);
        let mut insertions = Vec::new();
        while said < wanted {
            let (unit, text) = next(dice);
            said += text.len();
            let after = self.log.rest_after(self.log.units[unit].result);
            insertions.push(Insertion { after, piece: Piece::Speech(text) });
        }
        insertions
    }

    fn foreign(&self, other: &'a Log, dice: &mut Dice) -> Option<Vec<Insertion<'a>>> {
        let start = dice.index((other.units.len() + 1).saturating_sub(self.count));
        let some = &other.units[start..(start + self.count).min(other.units.len())];
        (some.len() > 1).then(|| self.in_place(some.iter().map(|unit| again(other, unit))))
    }

    fn poll(&self, other: &'a Log, dice: &mut Dice) -> Option<Vec<Insertion<'a>>> {
        let lines = lines_of(other, 20);
        let each = dice.between(4, 7) as usize;
        if lines.len() < each * self.count {
            return None;
        }
        let start = dice.index(lines.len() - each * self.count + 1);
        let news = lines[start..].chunks(each).take(self.count);
        let unit = self.unit();
        let piece =
            |news: &[String]| Piece::Again { log: self.log, unit, input: None, text: Some(news.join("\n")) };
        Some(self.in_place(news.map(piece)))
    }

    fn verify(&self, other: &'a Log, dice: &mut Dice) -> Option<Vec<Insertion<'a>>> {
        let edits: Vec<&Unit> = other.units.iter().filter(|unit| unit.is_edit()).collect();
        let rounds = (self.count / 2).min(edits.len());
        if rounds < 2 {
            return None;
        }
        let tests: Vec<String> = Project::new(dice).tests.into_iter().map(|test| test.name).collect();
        let line = dice.pick(&["make test", "go test ./...", "pytest -q", "npm test --silent", "cargo test"]);
        let mut red = dice.some(&tests, rounds + 2);
        let mut pieces = Vec::new();
        for edit in &edits[..rounds] {
            red.pop();
            pieces.push(again(other, edit));
            let text = report(&red, tests.len(), dice);
            pieces.push(Piece::Command { line: line.to_owned(), text });
        }
        Some(self.in_place(pieces.into_iter()))
    }
}

fn report(red: &[String], total: usize, dice: &mut Dice) -> String {
    let failed: String =
        red.iter().map(|name| format!("FAIL {name} (0.{:02}s)\n", dice.below(100))).collect();
    format!("{failed}{} failed, {} passed in {} ms", red.len(), total - red.len(), dice.between(300, 9_000))
}

/// Names in texts, sorted.
fn names<'a>(texts: impl Iterator<Item = &'a str>, least: usize) -> Vec<String> {
    let is_name = |word: &&str| (least..=24).contains(&word.len());
    let words = texts.flat_map(|text| text.split(|c: char| !c.is_ascii_alphabetic() && c != '_'));
    words.filter(is_name).map(str::to_owned).collect::<BTreeSet<String>>().into_iter().collect()
}

/// Different lines of at least so many bytes that the tools of a log printed, in order.
fn lines_of(log: &Log, least: usize) -> Vec<String> {
    let mut known = BTreeSet::new();
    let lines = log.units.iter().flat_map(|unit| unit.text.lines());
    lines
        .filter(|line| (least..160).contains(&line.len()) && known.insert(*line))
        .map(str::to_owned)
        .collect()
}

/// The file that a unit is about.
fn path_of(unit: &Unit) -> Option<String> {
    let named = unit.input["file_path"].as_str().map(str::to_owned);
    let patched = || {
        let patch = unit.input.as_str()?;
        let (_, rest) = patch.split_once(" File: ")?;
        rest.lines().next().map(str::to_owned)
    };
    let printed = || {
        let mut words = unit.command()?.split(' ').rev();
        words.find(|word| word.contains('.') && !word.starts_with(['.', '-', '\'', '"'])).map(str::to_owned)
    };
    named.or_else(patched).or_else(printed)
}
