//! Chooses tuned constants anew, by the rule that chose them, with one corpus or one kind of waste left out.
//!
//! Rule: the middle of the range of grid values, around the best one, in which the mean AUROC over the targets stays
//! within [`PLATEAU`] of the best; of two middles the lower. Each constant is chosen with the others as shipped.

use std::collections::{BTreeMap, BTreeSet};

use goodhart::features::{Habits, Profile};
use goodhart_evaluation::{
    Kind, Labels, Options, Predictions, SessionPrediction, StepPrediction, Target, evaluate,
};
use goodhart_features::{KNOBS, Knob};
use rayon::prelude::*;

use crate::sessions::{Session, profile_with_steps};

/// Mean AUROC by which the best value may be better than one that is taken for as good.
pub const PLATEAU: f64 = 0.005;

/// What a constant is chosen on.
#[derive(Debug)]
pub struct Material {
    labels: Labels,
    sessions: Vec<Session>,
    habits: Habits,
}

/// AUROC by target.
pub type Aurocs = BTreeMap<Target, f64>;

/// What the values of one constant come to.
#[derive(Debug)]
pub struct Scan {
    /// The constant.
    pub knob: &'static Knob,
    /// AUROC by target, one entry a value of the grid.
    pub at: Vec<Aurocs>,
}

/// Targets that are left out together.
#[derive(Debug)]
pub struct Fold {
    /// What they have in common.
    pub name: String,
    /// Whether a target may be chosen on.
    train: fn(&Target, &str) -> bool,
    /// Whether a target is what was left out.
    test: fn(&Target, &str) -> bool,
}

/// A constant chosen without some targets.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// The value.
    pub value: f64,
    /// Mean AUROC of what was left out, as shipped and as chosen.
    pub left_out: [f64; 2],
}

impl Material {
    /// Keeps the targets that constants are chosen on, and the sessions that they ask about.
    pub fn new(labels: &Labels, sessions: Vec<Session>, habits: Habits) -> Self {
        let mut kept = Labels::default();
        let mut wanted = BTreeSet::new();
        for (target, labels) in labels.iter().filter(|(target, _)| is_chosen_on(target)) {
            for label in labels {
                wanted.insert(label.session.clone());
                kept.push(target.clone(), label.clone());
            }
        }
        let sessions = sessions.into_iter().filter(|session| wanted.contains(&session.id)).collect();
        Material { labels: kept, sessions, habits }
    }

    /// Measures every value of every constant; the values as shipped once.
    pub fn scan(&self) -> Vec<Scan> {
        let shipped = self.measure();
        KNOBS.iter().map(|knob| self.scan_one(knob, &shipped)).collect()
    }

    fn scan_one(&self, knob: &'static Knob, shipped: &Aurocs) -> Scan {
        let at = |&value: &f64| {
            if value == knob.shipped() {
                return shipped.clone();
            }
            knob.set(value);
            self.measure()
        };
        let at = knob.grid().iter().map(at).collect();
        knob.set(knob.shipped());
        eprintln!("{}", knob.name());
        Scan { knob, at }
    }

    fn measure(&self) -> Aurocs {
        let judged: Vec<(&str, Profile)> = self
            .sessions
            .par_iter()
            .map(|session| (session.id.as_str(), profile_with_steps(&session.digests, &self.habits)))
            .collect();
        let mut predictions = Predictions::default();
        judged.iter().for_each(|(id, profile)| predict(&mut predictions, id, profile));
        let options = Options { brief: true, ..Options::default() };
        let report = evaluate(&self.labels, &[(OURS.to_owned(), predictions)], &options);
        let auroc = |table: goodhart_evaluation::Table| {
            let row = table.rows.into_iter().find(|row| row.predictor == OURS)?;
            Some((table.target, row.auroc.value?))
        };
        report.tables.into_iter().filter_map(auroc).collect()
    }
}

const OURS: &str = "goodhart";

/// Single kinds of inserted waste and the steps of all loops; neighbouring pairs; episodes that go nowhere. What is put
/// together from others is left out.
fn is_chosen_on(target: &Target) -> bool {
    match target.corpus.as_str() {
        "spliced" | "thin" => {
            target.kind != Kind::Control && !["loop", "pad"].contains(&target.name.as_str())
        }
        "intercode" => true,
        "llm_agents_study" => target.name == "action_repetition",
        _ => false,
    }
}

fn predict(predictions: &mut Predictions, id: &str, profile: &Profile) {
    let said = SessionPrediction {
        loop_score: Some(profile.loop_score),
        pad_score: Some(profile.pad_score),
        ..SessionPrediction::default()
    };
    predictions.add_session(id, said);
    for record in &profile.step_records {
        let Some(call) = record.place.call.as_deref() else { continue };
        let said = StepPrediction {
            looping: Some(record.looped),
            loop_prev: Some(record.looped_previous),
            pad: Some(record.padded),
            pad_prev: Some(record.padded_previous),
            novelty: record.novelty,
            ..StepPrediction::default()
        };
        predictions.add_step(id, call, said);
    }
}

/// Nothing left out, one corpus left out, one kind of waste left out. The spliced sets are made from the same sessions
/// and go together; without one kind of waste, the targets that mix all kinds are not chosen on either.
pub fn folds(scans: &[Scan]) -> Vec<Fold> {
    let targets: BTreeSet<&Target> =
        scans.iter().flat_map(|scan| &scan.at).flat_map(BTreeMap::keys).collect();
    let corpora: BTreeSet<&str> = targets.iter().map(|target| corpus(target)).collect();
    let modes: BTreeSet<&str> = targets.iter().filter_map(|target| mode(target)).collect();
    let all = Fold { name: "nothing".to_owned(), train: |_, _| true, test: |_, _| true };
    let without_corpus = corpora.into_iter().map(|name| Fold {
        name: name.to_owned(),
        train: |target, name| corpus(target) != name,
        test: |target, name| corpus(target) == name,
    });
    let without_mode = modes.into_iter().map(|name| Fold {
        name: name.to_owned(),
        train: |target, name| mode(target) != Some(name) && target.name != "loop_step",
        test: |target, name| mode(target) == Some(name),
    });
    std::iter::once(all).chain(without_corpus).chain(without_mode).collect()
}

fn corpus(target: &Target) -> &str {
    if target.corpus == "thin" { "spliced" } else { &target.corpus }
}

/// The kind of waste that was inserted.
fn mode(target: &Target) -> Option<&str> {
    let inserted = corpus(target) == "spliced" && target.kind == Kind::Session;
    inserted.then(|| target.name.split_once('_').map(|(_, mode)| mode))?
}

impl Scan {
    /// Chooses the constant without some targets; none when nothing is left to choose on, or was left out.
    pub fn choose(&self, fold: &Fold) -> Option<Choice> {
        let train = self.means(|target| (fold.train)(target, &fold.name))?;
        let test = self.means(|target| (fold.test)(target, &fold.name))?;
        let (place, shipped) = (middle_of_plateau(&train), self.shipped()?);
        Some(Choice { value: self.knob.grid()[place], left_out: [test[shipped], test[place]] })
    }

    /// Mean AUROC of some targets, one entry a value of the grid.
    pub fn means(&self, wanted: impl Fn(&Target) -> bool) -> Option<Vec<f64>> {
        let mean = |aurocs: &Aurocs| {
            let found: Vec<f64> =
                aurocs.iter().filter(|(target, _)| wanted(target)).map(|(_, auroc)| *auroc).collect();
            (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
        };
        self.at.iter().map(mean).collect()
    }

    fn shipped(&self) -> Option<usize> {
        self.knob.grid().iter().position(|&value| value == self.knob.shipped())
    }
}

/// The place in the middle of those, around the best, that are as good.
fn middle_of_plateau(means: &[f64]) -> usize {
    let best = (0..means.len()).fold(0, |best, at| if means[at] > means[best] { at } else { best });
    let good = |at: &usize| means[*at] >= means[best] - PLATEAU;
    let low = (0..=best).rev().take_while(good).last().unwrap_or(best);
    let high = (best..means.len()).take_while(good).last().unwrap_or(best);
    (low + high) / 2
}

/// The page, in Markdown.
pub fn page(scans: &[Scan]) -> String {
    let folds = folds(scans);
    HEAD.to_owned() + &grids(scans) + &choices(scans, &folds) + &changes(scans, &folds)
}

const HEAD: &str = "# Constants, chosen anew\n\n\
    Written by `rederive` of the benches; not by hand. `crates/features/src/tuning.rs` holds every tuned constant; here \
    those are chosen again that move the scores most, each with the others as shipped, on the labelled sets: single kinds \
    of inserted waste and the steps of inserted loops (`spliced`, `thin`), human pairs (`llm_agents_study`), episodes \
    without progress (`intercode`). Rule: the middle of the range of values, around the best one, in which the mean AUROC \
    over the targets stays within .005 of the best; of two middles the lower. A constant that comes out the same whatever \
    is left out owes nothing to what was left out; one that moves, while the left-out score hardly does, is not critical.\n";

fn grids(scans: &[Scan]) -> String {
    let mut out = "\n## What the values come to\n\nMean AUROC over all targets, by value; the shipped value in bold.\n\n\
                   | constant | value: mean AUROC |\n|---|---|\n"
        .to_owned();
    for scan in scans {
        let means = scan.means(|_| true).unwrap_or_default();
        let cells = scan.knob.grid().iter().zip(means).map(|(&value, mean)| {
            let bold = if value == scan.knob.shipped() { "**" } else { "" };
            format!("{bold}{value}: {mean:.4}{bold}")
        });
        out += &format!("| {} | {} |\n", scan.knob.name(), cells.collect::<Vec<_>>().join(" · "));
    }
    out
}

fn choices(scans: &[Scan], folds: &[Fold]) -> String {
    let about = "What is chosen where the targets of a column are left out; in bold what is not what ships.";
    table("Chosen", about, scans, folds, |scan, choice| {
        let bold = if choice.value == scan.knob.shipped() { "" } else { "**" };
        format!("{bold}{}{bold}", choice.value)
    })
}

fn changes(scans: &[Scan], folds: &[Fold]) -> String {
    let about = "By how much the mean AUROC of what was left out is higher with the value chosen without it than as shipped.";
    table("Change of the left-out score", about, scans, folds, |_, choice| {
        let [shipped, chosen] = choice.left_out;
        if shipped == chosen { "0".to_owned() } else { format!("{:+.4}", chosen - shipped) }
    })
}

fn table(
    title: &str,
    about: &str,
    scans: &[Scan],
    folds: &[Fold],
    cell: impl Fn(&Scan, Choice) -> String,
) -> String {
    let heads: Vec<&str> = folds.iter().map(|fold| fold.name.as_str()).collect();
    let mut out = format!(
        "\n## {title}\n\n{about}\n\n| constant | shipped | {} |\n|---|{}\n",
        heads.join(" | "),
        "---|".repeat(folds.len() + 1)
    );
    for scan in scans {
        let cells = folds
            .iter()
            .map(|fold| scan.choose(fold).map_or_else(|| "–".to_owned(), |choice| cell(scan, choice)));
        out += &format!(
            "| {} | {} | {} |\n",
            scan.knob.name(),
            scan.knob.shipped(),
            cells.collect::<Vec<_>>().join(" | ")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::middle_of_plateau;

    #[test]
    fn the_middle_of_what_is_as_good_is_chosen() {
        assert_eq!(middle_of_plateau(&[0.5, 0.9, 0.901, 0.9, 0.5]), 2);
        assert_eq!(middle_of_plateau(&[0.9, 0.9, 0.9, 0.9]), 1);
        assert_eq!(
            middle_of_plateau(&[0.9, 0.5, 0.9, 0.901]),
            2,
            "what lies behind a gap is another plateau"
        );
        assert_eq!(middle_of_plateau(&[0.7]), 0);
    }
}
