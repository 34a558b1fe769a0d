//! How well sessions are told apart about which everything is known: patterns against honest work.

use std::collections::{BTreeMap, BTreeSet};

use crate::cases::{Case, Side};
use crate::controls::{p_values, verdicts};
use crate::evaluate::{ALL, Options};
use crate::intervals::{bootstrap_weights, percentile_interval, quantile};
use crate::metrics::{Item, Ranking, auroc, best_threshold, matched_auroc};
use crate::predictions::{SessionPrediction, Verdict};
use crate::report::{
    Detection, Discoveries, Estimate, HonestRow, LeftOut, Overlap, PatternRow, Proportion, Threshold,
};
use crate::sample::Predictor;

/// Shares of the honest sessions that may be flagged when recall is asked for.
const FLAGGED: [f64; 2] = [0.01, 0.05];

/// What every predictor makes of the cases; nothing when there are none, or no session of both sides.
pub(crate) fn detection(
    cases: &[Case],
    predictors: &[(&str, Predictor<'_>)],
    options: &Options,
) -> Vec<Detection> {
    let lengths = lengths(cases, predictors);
    let detections = predictors.iter().filter_map(|&(name, predictor)| {
        let scored: Vec<Scored<'_>> =
            cases.iter().zip(&lengths).map(|(case, &length)| Scored::new(case, length, predictor)).collect();
        Population::new(&scored, predictor, options)?.detection(name)
    });
    detections.collect()
}

/// Patterns against honest sessions, as one predictor ranks them.
#[cfg(feature = "plots")]
pub(crate) fn items(cases: &[Case], predictor: Predictor<'_>) -> Vec<Item> {
    let scored = cases.iter().map(|case| Scored::new(case, 1.0, predictor));
    scored.filter(|scored| scored.case.side() != Side::Neither).map(|scored| scored.item()).collect()
}

/// The p-values of honest sessions.
#[cfg(feature = "plots")]
pub(crate) fn honest_p_values(cases: &[Case], predictor: Predictor<'_>) -> Vec<f64> {
    let honest = cases.iter().filter(|case| case.side() == Side::Honest);
    honest.filter_map(|case| Scored::new(case, 1.0, predictor).said.p_value).collect()
}

/// Steps of every session, as the first predictor says that counts them; 1 where none does.
fn lengths(cases: &[Case], predictors: &[(&str, Predictor<'_>)]) -> Vec<f64> {
    let steps = |case: &Case| {
        predictors.iter().find_map(|(_, predictor)| match predictor {
            Predictor::Length => None,
            Predictor::File(predictions) => predictions.session(&case.session)?.step_count,
        })
    };
    cases.iter().map(|case| steps(case).map_or(1.0, |steps| steps as f64)).collect()
}

/// A case with what a predictor says of it.
#[derive(Debug, Clone, Copy)]
struct Scored<'a> {
    case: &'a Case,
    said: SessionPrediction,
    /// Minus infinity where nothing was said.
    score: f64,
    length: f64,
}

impl<'a> Scored<'a> {
    fn new(case: &'a Case, length: f64, predictor: Predictor<'_>) -> Self {
        let said = match predictor {
            Predictor::Length => SessionPrediction { loop_score: Some(length), ..Default::default() },
            Predictor::File(predictions) => predictions.session(&case.session).copied().unwrap_or_default(),
        };
        Scored { case, said, score: said.larger_score().unwrap_or(f64::NEG_INFINITY), length }
    }

    fn item(&self) -> Item {
        Item { positive: self.case.side() == Side::Pattern, score: self.score, length: self.length }
    }

    fn is(&self, pattern: &str, difficulty: &str) -> bool {
        (pattern == ALL || self.case.pattern_id == pattern)
            && (difficulty == ALL || self.case.difficulty == difficulty)
    }
}

type Refs<'p, 'a> = Vec<&'p Scored<'a>>;

/// All cases as one predictor sees them.
struct Population<'p, 'a> {
    patterns: Refs<'p, 'a>,
    honest: Refs<'p, 'a>,
    neither: Refs<'p, 'a>,
    predictor: Predictor<'p>,
    thresholds: Vec<Threshold>,
    options: &'p Options,
}

impl<'p, 'a> Population<'p, 'a> {
    fn new(scored: &'p [Scored<'a>], predictor: Predictor<'p>, options: &'p Options) -> Option<Self> {
        let of = |side| scored.iter().filter(|scored| scored.case.side() == side).collect::<Vec<_>>();
        let (patterns, honest, neither) = (of(Side::Pattern), of(Side::Honest), of(Side::Neither));
        let judged = patterns.iter().chain(&honest).any(|scored| scored.score.is_finite());
        let thresholds = thresholds(&patterns, &honest, options);
        (judged && !honest.is_empty()).then_some(Population {
            patterns,
            honest,
            neither,
            predictor,
            thresholds,
            options,
        })
    }

    fn detection(&self, predictor: &str) -> Option<Detection> {
        let all = self.patterns.len() + self.honest.len();
        let scored = self.patterns.iter().chain(&self.honest).filter(|scored| scored.score.is_finite());
        Some(Detection {
            predictor: predictor.to_owned(),
            patterns: self.patterns.len(),
            honest: self.honest.len(),
            coverage: scored.count() as f64 / all as f64,
            thresholds: self.thresholds.clone(),
            found: self.found(),
            flagged: self.flagged(),
            discoveries: self.discoveries(),
        })
    }

    fn found(&self) -> Vec<PatternRow> {
        let row = |(pattern, difficulty)| {
            let sessions: Refs<'_, '_> = members(&self.patterns, pattern, difficulty).collect();
            self.pattern_row(pattern, difficulty, &sessions)
        };
        strata(&self.patterns).into_iter().map(row).collect()
    }

    fn pattern_row(&self, pattern: &str, difficulty: &str, sessions: &Refs<'_, 'a>) -> PatternRow {
        let items = self.against_honest(sessions);
        let ranking = Ranking::new(&items);
        let ranked = ranking.unweighted();
        let said = said(sessions);
        PatternRow {
            pattern_id: pattern.to_owned(),
            class: (pattern != ALL).then(|| sessions[0].case.class),
            difficulty: difficulty.to_owned(),
            sessions: sessions.len(),
            auroc: Estimate::new(ranked.auroc, self.interval(&ranking, items.len())),
            matched_auroc: matched_auroc(&items),
            average_precision: ranked.average_precision,
            best_f1: ranked.best_f1,
            above: self.above(sessions),
            note_or_review: verdicts(&said, &[Verdict::Note, Verdict::Review]),
            review: verdicts(&said, &[Verdict::Review]),
            steps: self.overlap(sessions, Self::steps_found),
            ranges: self.overlap(sessions, Self::ranges_found),
            waste_error: mean(sessions.iter().filter_map(|scored| waste_error(scored))),
            worst_class: self.worst_class(sessions),
            left_out: (pattern != ALL && difficulty == ALL)
                .then(|| self.left_out(pattern, sessions))
                .flatten(),
        }
    }

    fn against_honest(&self, sessions: &[&Scored<'_>]) -> Vec<Item> {
        sessions.iter().chain(&self.honest).map(|scored| scored.item()).collect()
    }

    fn interval(&self, ranking: &Ranking, items: usize) -> Option<(f64, f64)> {
        let repetitions = if self.options.brief { 0 } else { self.options.repetitions };
        let weights = bootstrap_weights(items, repetitions, self.options.seed);
        percentile_interval(
            weights.iter().filter_map(|weight| ranking.weighted(|item| weight[item]).auroc).collect(),
        )
    }

    fn above(&self, sessions: &[&Scored<'_>]) -> Vec<Proportion> {
        let thresholds = self.thresholds.iter();
        thresholds
            .filter_map(|threshold| {
                Proportion::of(sessions.iter().map(|scored| scored.score > threshold.score))
            })
            .collect()
    }

    /// Mean intersection over union of predicted and true calls; none when the predictor numbers no steps.
    fn overlap(
        &self,
        sessions: &[&Scored<'_>],
        found: impl Fn(&Self, &Case) -> Option<BTreeSet<String>>,
    ) -> Option<Overlap> {
        let overlaps: Vec<f64> = sessions
            .iter()
            .filter_map(|scored| {
                let truth: BTreeSet<String> = scored.case.calls().map(str::to_owned).collect();
                Some(intersection_over_union(&found(self, scored.case)?, &truth))
            })
            .collect();
        let at_least_half = Proportion::of(overlaps.iter().map(|&overlap| overlap >= 0.5))?;
        Some(Overlap { mean: mean(overlaps.into_iter())?, at_least_half })
    }

    /// The calls that are booked as waste.
    fn steps_found(&self, case: &Case) -> Option<BTreeSet<String>> {
        let Predictor::File(predictions) = self.predictor else { return None };
        let mut booked =
            predictions.steps(&case.session).filter(|(_, step)| step.account.is_some()).peekable();
        booked.peek()?;
        let waste = booked.filter(|(_, step)| step.account.is_some_and(|account| account.is_waste()));
        Some(waste.map(|(call, _)| call.to_owned()).collect())
    }

    /// The calls inside reported spans.
    fn ranges_found(&self, case: &Case) -> Option<BTreeSet<String>> {
        let Predictor::File(predictions) = self.predictor else { return None };
        let spans = predictions.spans(&case.session);
        let mut steps = predictions.steps(&case.session).filter(|(_, step)| step.step.is_some()).peekable();
        steps.peek()?;
        let inside = |number: u64| spans.iter().any(|span| span.holds(number));
        Some(
            steps
                .filter(|(_, step)| step.step.is_some_and(inside))
                .map(|(call, _)| call.to_owned())
                .collect(),
        )
    }

    fn worst_class(&self, sessions: &[&Scored<'_>]) -> Option<(String, f64)> {
        let mut by_class: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
        for scored in &self.honest {
            by_class.entry(&scored.case.pattern_id).or_default().push(scored.item());
        }
        let against = by_class.into_iter().filter_map(|(class, mut items)| {
            items.extend(sessions.iter().map(|scored| scored.item()));
            Some((class.to_owned(), auroc(&items)?))
        });
        against.min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    fn left_out(&self, pattern: &str, sessions: &[&Scored<'_>]) -> Option<LeftOut> {
        let others: Refs<'_, '_> =
            self.patterns.iter().filter(|scored| scored.case.pattern_id != pattern).copied().collect();
        let threshold = best_threshold(&self.against_honest(&others))?;
        let reaching = |sessions: &[&Scored<'_>]| {
            Proportion::of(sessions.iter().map(|scored| scored.score >= threshold))
        };
        Some(LeftOut { threshold, recall: reaching(sessions)?, false_alarms: reaching(&self.honest)? })
    }

    fn flagged(&self) -> Vec<HonestRow> {
        let mut rows = self.honest_rows(&self.honest);
        // Together they are nothing.
        rows.extend(self.honest_rows(&self.neither).into_iter().filter(|row| row.pattern_id != ALL));
        rows
    }

    fn honest_rows(&self, group: &Refs<'_, 'a>) -> Vec<HonestRow> {
        let row = |(pattern, difficulty)| {
            self.honest_row(pattern, difficulty, &members(group, pattern, difficulty).collect())
        };
        strata(group).into_iter().map(row).collect()
    }

    fn honest_row(&self, pattern: &str, difficulty: &str, sessions: &Refs<'_, 'a>) -> HonestRow {
        let said = said(sessions);
        HonestRow {
            pattern_id: pattern.to_owned(),
            expected: sessions[0].case.expected,
            difficulty: difficulty.to_owned(),
            sessions: sessions.len(),
            above: self.above(sessions),
            note_or_review: verdicts(&said, &[Verdict::Note, Verdict::Review]),
            review: verdicts(&said, &[Verdict::Review]),
            waste_share: mean(said.iter().filter_map(|said| said.waste_share)),
            p_values: p_values(&said),
        }
    }

    fn discoveries(&self) -> Vec<Discoveries> {
        let judged = self.patterns.iter().chain(&self.honest).any(|scored| scored.said.verdict.is_some());
        let levels: [(&str, &[Verdict]); 2] =
            [("note", &[Verdict::Note, Verdict::Review]), ("review", &[Verdict::Review])];
        let levels = levels.into_iter().filter(|_| judged);
        levels.map(|(name, wanted)| self.discoveries_of(name, wanted)).collect()
    }

    fn discoveries_of(&self, name: &str, wanted: &[Verdict]) -> Discoveries {
        let flagged = |sessions: &[&Scored<'_>]| {
            sessions
                .iter()
                .filter(|scored| scored.said.verdict.is_some_and(|verdict| wanted.contains(&verdict)))
                .count()
        };
        let (right, wrong) = (flagged(&self.patterns), flagged(&self.honest));
        Discoveries {
            verdict: name.to_owned(),
            false_share: Proportion::of((0..right + wrong).map(|place| place < wrong)),
            neither: flagged(&self.neither),
        }
    }
}

/// Scores that few honest sessions exceed, and the one that most patterns do.
fn thresholds(patterns: &[&Scored<'_>], honest: &[&Scored<'_>], options: &Options) -> Vec<Threshold> {
    let sorted = |sessions: &[&Scored<'_>]| {
        let mut scores: Vec<f64> =
            sessions.iter().map(|scored| scored.score).filter(|score| score.is_finite()).collect();
        scores.sort_by(f64::total_cmp);
        scores
    };
    let quiet = sorted(honest);
    let of_honest = FLAGGED.into_iter().filter_map(|share| {
        let name = format!("{} % of the honest sessions", 100.0 * share);
        Some(Threshold { name, score: quantile(&quiet, 1.0 - share)? })
    });
    let recall = options.fa_recall.get();
    let name = format!("{} % of the patterns", 100.0 * recall);
    let of_patterns = quantile(&sorted(patterns), 1.0 - recall)
        // The score itself is to count as found.
        .map(|score| Threshold { name, score: score.next_down() });
    of_honest.chain(of_patterns).collect()
}

/// Every pattern with every difficulty that occurs, `ALL` before the single ones.
fn strata<'a>(sessions: &[&Scored<'a>]) -> Vec<(&'a str, &'a str)> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Scored { case, .. } in sessions {
        found.entry(&case.pattern_id).or_default().insert(&case.difficulty);
        found.entry(ALL).or_default().insert(&case.difficulty);
    }
    // `ALL` is smaller than every id of the taxonomy, but nobody has to keep to those.
    let all = found.remove_entry(ALL);
    all.into_iter()
        .chain(found)
        .flat_map(|(pattern, difficulties)| {
            std::iter::once(ALL).chain(difficulties).map(move |difficulty| (pattern, difficulty))
        })
        .collect()
}

fn members<'p, 'a>(
    sessions: &'p Refs<'p, 'a>,
    pattern: &'p str,
    difficulty: &'p str,
) -> impl Iterator<Item = &'p Scored<'a>> {
    sessions.iter().copied().filter(move |scored| scored.is(pattern, difficulty))
}

fn said(sessions: &[&Scored<'_>]) -> Vec<SessionPrediction> {
    sessions.iter().map(|scored| scored.said).collect()
}

fn waste_error(scored: &Scored<'_>) -> Option<f64> {
    Some((scored.said.waste_share? - scored.case.waste_share).abs())
}

/// 1 when both are empty.
fn intersection_over_union(found: &BTreeSet<String>, truth: &BTreeSet<String>) -> f64 {
    let both = found.intersection(truth).count();
    let either = found.len() + truth.len() - both;
    if either == 0 { 1.0 } else { both as f64 / either as f64 }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::{Labels, Predictions, evaluate, read_labels, read_predictions};

    fn case(id: &str, pattern: &str, difficulty: &str, calls: &[&str], waste: f64) -> String {
        let (class, expected) = match pattern.as_bytes()[0] {
            b'G' => ("loop", "review"),
            _ if pattern == "L16" => ("loop", "note"),
            _ => ("none", "ok"),
        };
        format!(
            r#"{{"session_id":"{id}","pattern_id":"{pattern}","class":"{class}","expected":"{expected}","difficulty":"{difficulty}","spans":[{{"calls":{calls:?}}}],"waste_share":{waste}}}"#
        ) + "\n"
    }

    /// Two patterns of two sessions, three honest sessions of two classes, one stuck agent.
    fn labels() -> Labels {
        let lines = case("a", "G18", "easy", &["c1", "c2", "c3"], 0.5)
            + &case("b", "G18", "hard", &["c1"], 0.2)
            + &case("c", "G04", "easy", &["c2"], 0.4)
            + &case("d", "G04", "easy", &["c2"], 0.4)
            + &case("x", "N", "normal", &[], 0.0)
            + &case("y", "L01", "normal", &[], 0.0)
            + &case("z", "L01", "noisy", &[], 0.0)
            + &case("s", "L16", "normal", &["c1"], 0.1);
        read_labels(lines.as_bytes()).unwrap()
    }

    fn predictions() -> Predictions {
        let mut lines = String::new();
        for (id, scores, verdict, waste) in [
            ("a", (0.9, 0.0), "review", 0.6),
            ("b", (0.3, 0.1), "ok", 0.0),
            ("c", (0.1, 0.8), "note", 0.3),
            ("d", (0.6, 0.2), "review", 0.4),
            ("x", (0.1, 0.2), "ok", 0.0),
            ("y", (0.4, 0.2), "review", 0.2),
            ("z", (0.05, 0.1), "ok", 0.1),
            ("s", (1.0, 0.0), "review", 0.9),
        ] {
            let (looping, padding) = scores;
            let spans = if id == "a" { r#"[{"first":{"step":0},"last":{"step":2}}]"# } else { "[]" };
            writeln!(lines, r#"{{"session_id":"{id}","loop_score":{looping},"pad_score":{padding},"verdict":"{verdict}","waste_share":{waste},"step_count":4,"spans":{spans}}}"#).unwrap();
            for step in 0..4 {
                let booked = (id == "a" && step >= 2) || (id == "c" && step == 2);
                let account = if booked { "looped" } else { "productive" };
                writeln!(
                    lines,
                    r#"{{"session_id":"{id}","call_id":"c{step}","step":{step},"account":"{account}"}}"#
                )
                .unwrap();
            }
        }
        read_predictions(lines.as_bytes()).unwrap()
    }

    fn detection() -> Detection {
        let options = Options { brief: true, ..Options::default() };
        let report = evaluate(&labels(), &[("mine".to_owned(), predictions())], &options);
        assert_eq!(report.detection[0].predictor, "length");
        report.detection[1].clone()
    }

    fn row<'d>(detection: &'d Detection, pattern: &str, difficulty: &str) -> &'d PatternRow {
        detection.found.iter().find(|row| row.pattern_id == pattern && row.difficulty == difficulty).unwrap()
    }

    #[test]
    fn the_larger_score_ranks_patterns_against_honest_work() {
        let detection = detection();
        assert_eq!((detection.patterns, detection.honest, detection.coverage), (4, 3, 1.0));
        // patterns .9 .3 .8 .6, honest .2 .4 .1: only (.3, .4) is lost
        assert!((row(&detection, "ALL", "ALL").auroc.value.unwrap() - 11.0 / 12.0).abs() < 1e-12);
        assert!((row(&detection, "G18", "hard").auroc.value.unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(row(&detection, "ALL", "easy").auroc.value, Some(1.0));
        // among the watchers .4 and .1 one of two is lost
        assert_eq!(row(&detection, "G18", "hard").worst_class, Some(("L01".to_owned(), 0.5)));
        let ids: Vec<_> = detection.found.iter().map(|row| (&*row.pattern_id, &*row.difficulty)).collect();
        assert_eq!(
            ids,
            [
                ("ALL", "ALL"),
                ("ALL", "easy"),
                ("ALL", "hard"),
                ("G04", "ALL"),
                ("G04", "easy"),
                ("G18", "ALL"),
                ("G18", "easy"),
                ("G18", "hard")
            ]
        );
    }

    #[test]
    fn verdicts_are_counted_by_class_and_stuck_agents_count_neither_way() {
        let detection = detection();
        let all = row(&detection, "ALL", "ALL");
        assert_eq!((all.note_or_review.unwrap().hits, all.review.unwrap().hits), (3, 2));
        let flagged = |pattern: &str, difficulty: &str| {
            let rows = &detection.flagged;
            rows.iter().find(|row| row.pattern_id == pattern && row.difficulty == difficulty).unwrap()
        };
        assert_eq!((flagged("ALL", "ALL").sessions, flagged("ALL", "ALL").review.unwrap().hits), (3, 1));
        let watcher = flagged("L01", "ALL");
        assert_eq!((watcher.review.unwrap().share, watcher.waste_share), (0.5, Some(0.15000000000000002)));
        assert_eq!(flagged("L01", "noisy").review.unwrap().hits, 0);
        assert_eq!(flagged("L16", "ALL").review.unwrap().hits, 1);
        // review: a and d right, y wrong; note too: c right
        let shares: Vec<_> = detection.discoveries.iter().map(|d| d.false_share.unwrap()).collect();
        assert_eq!([(shares[0].hits, shares[0].of), (shares[1].hits, shares[1].of)], [(1, 4), (1, 3)]);
        assert_eq!(detection.discoveries[1].neither, 1);
    }

    #[test]
    fn steps_and_ranges_overlap_with_the_true_calls() {
        let detection = detection();
        // a: booked c2 c3 of true c1 c2 c3; ranges c0 c1 c2
        let easy = row(&detection, "G18", "easy");
        assert!((easy.steps.unwrap().mean - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((easy.steps.unwrap().at_least_half.hits, easy.ranges.unwrap().mean), (1, 0.5));
        // b: nothing booked
        assert_eq!(row(&detection, "G18", "hard").steps.unwrap().mean, 0.0);
        // c: all of it, d: nothing
        assert_eq!(row(&detection, "G04", "ALL").steps.unwrap().mean, 0.5);
        assert!((easy.waste_error.unwrap() - 0.1).abs() < 1e-12);
        assert!((row(&detection, "G04", "ALL").waste_error.unwrap() - 0.05).abs() < 1e-12);
        assert_eq!(intersection_over_union(&BTreeSet::new(), &BTreeSet::new()), 1.0);
    }

    #[test]
    fn the_others_choose_the_threshold_for_a_pattern() {
        let detection = detection();
        // G04 .8 .6 against .2 .4 .1: best at .6, which finds .9 and not .3
        let left_out = row(&detection, "G18", "ALL").left_out.unwrap();
        assert_eq!((left_out.threshold, left_out.recall.hits, left_out.false_alarms.hits), (0.6, 1, 0));
        // G18 .9 .3: F1 2/3 at .9, 2*2/(3+2) = .8 at .3 with the watcher in between
        let left_out = row(&detection, "G04", "ALL").left_out.unwrap();
        assert_eq!((left_out.threshold, left_out.recall.hits, left_out.false_alarms.hits), (0.3, 2, 1));
    }

    #[test]
    fn thresholds_are_set_by_the_honest_and_by_the_patterns() {
        let detection = detection();
        let names: Vec<_> = detection.thresholds.iter().map(|threshold| threshold.name.as_str()).collect();
        assert_eq!(
            names,
            ["1 % of the honest sessions", "5 % of the honest sessions", "90 % of the patterns"]
        );
        // honest .1 .2 .4: the 99 % quantile is .396; patterns .3 .6 .8 .9: the 10 % quantile .39
        assert!((detection.thresholds[0].score - 0.396).abs() < 1e-12);
        assert!((detection.thresholds[2].score - 0.39).abs() < 1e-12);
        let hits: Vec<_> = row(&detection, "ALL", "ALL").above.iter().map(|above| above.hits).collect();
        assert_eq!(hits, [3, 3, 3]);
        assert_eq!(detection.flagged[0].above[2].hits, 1);
    }

    #[test]
    fn without_cases_or_without_predictions_there_is_nothing_to_say() {
        let options = Options::default();
        let nothing = [("nothing".to_owned(), Predictions::default())];
        assert!(evaluate(&Labels::default(), &nothing, &options).detection.is_empty());
        let report = evaluate(&labels(), &nothing, &options);
        assert_eq!(report.detection.iter().map(|d| d.predictor.as_str()).collect::<Vec<_>>(), ["length"]);
    }

    #[test]
    fn intervals_hold_the_value_and_repeat() {
        let report = || {
            let report = evaluate(&labels(), &[("mine".to_owned(), predictions())], &Options::default());
            report.detection[1].found[0].auroc
        };
        let auroc = report();
        assert!(auroc.low <= auroc.value && auroc.value <= auroc.high && auroc.low < Some(1.0));
        assert_eq!(auroc, report());
    }
}
