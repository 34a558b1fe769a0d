//! The features on real and labelled sessions: what is usual, what each tells by itself, and which tell the same.

use std::collections::{BTreeMap, BTreeSet};

use goodhart::features::{Direction, FEATURES, Feature};
use goodhart_evaluation::{Label, Labels, quantile};

/// Rank correlation from which two features tell the same.
pub const TWIN: f64 = 0.95;

/// Values of a feature that a correlation needs.
const ENOUGH: usize = 10;

/// The features of one session.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it comes from.
    pub set: String,
    /// Its id.
    pub session: String,
    /// Its steps.
    pub steps: u64,
    /// One value a feature.
    pub values: Vec<Option<f64>>,
}

/// The page, in Markdown.
pub fn page(rows: &[Row], labels: &Labels) -> String {
    let groups = groups(rows, labels);
    HEAD.to_owned() + &usual(&groups) + &alone(rows, labels) + &twins(rows)
}

const HEAD: &str = "# Features on sessions\n\n\
    Written by `columns` of the benches; not by hand. What each column means stands in the \
    [catalog](catalog.md).\n";

/// Rows by what they are.
type Groups<'r> = BTreeMap<String, Vec<&'r Row>>;

/// Every set, the spliced one by the kind of session.
fn groups<'r>(rows: &'r [Row], labels: &Labels) -> Groups<'r> {
    let looped = sessions(labels, "loop", true);
    let padded = sessions(labels, "pad", true);
    let mut groups = Groups::new();
    for row in rows {
        let name = match row.set.as_str() {
            "spliced" if looped.contains(row.session.as_str()) => "spliced loops",
            "spliced" if padded.contains(row.session.as_str()) => "spliced padding",
            "spliced" => "spliced honest",
            set => set,
        };
        groups.entry(name.to_owned()).or_default().push(row);
    }
    groups
}

/// Sessions of the spliced corpus with this label.
fn sessions<'l>(labels: &'l Labels, target: &str, positive: bool) -> BTreeSet<&'l str> {
    labelled(labels, "spliced", target)
        .filter(|label| label.is_positive_session() == positive)
        .map(|label| label.session.as_str())
        .collect()
}

fn labelled<'l>(labels: &'l Labels, corpus: &str, name: &str) -> impl Iterator<Item = &'l Label> {
    let found = labels.iter().find(|(target, _)| target.corpus == corpus && target.name == name);
    found.into_iter().flat_map(|(_, labels)| labels)
}

// ---- values ------------------------------------------------------------------------------------------------------

fn usual(groups: &Groups<'_>) -> String {
    let heads: Vec<String> = groups.iter().map(|(name, rows)| format!("{name} ({})", rows.len())).collect();
    let mut out = format!(
        "\n## Values\n\nMedian and, in brackets, the 5 % and 95 % quantiles; – where no session has a value.\n\n\
         | column | {} |\n|---|{}\n",
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for (place, feature) in FEATURES.iter().enumerate() {
        let cells: Vec<String> =
            groups.values().map(|rows| spread(&known(rows.iter().copied(), place))).collect();
        out += &format!("| {} | {} |\n", feature.id, cells.join(" | "));
    }
    out
}

fn known<'r>(rows: impl Iterator<Item = &'r Row>, place: usize) -> Vec<f64> {
    let mut found: Vec<f64> = rows.filter_map(|row| row.values[place]).collect();
    found.sort_by(f64::total_cmp);
    found
}

fn spread(sorted: &[f64]) -> String {
    match [0.5, 0.05, 0.95].map(|share| quantile(sorted, share)) {
        [Some(middle), Some(low), Some(high)] => {
            format!("{} [{}, {}]", short(middle), short(low), short(high))
        }
        _ => "–".to_owned(),
    }
}

/// Three digits of a share, none of a large count.
fn short(value: f64) -> String {
    if value.abs() >= 100.0 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.3}");
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

// ---- what each tells ---------------------------------------------------------------------------------------------

/// What a column is asked by itself: a heading, and the sessions that it should put higher than others.
struct Question {
    head: &'static str,
    /// Whether a session is waste; none where it is not asked about.
    truths: fn(&Row, &Labels) -> Option<bool>,
}

const QUESTIONS: [Question; 5] = [
    Question { head: "spliced loops", truths: |row, labels| truth(row, labels, "spliced", "loop") },
    Question { head: "spliced padding", truths: |row, labels| truth(row, labels, "spliced", "pad") },
    Question { head: "intercode", truths: |row, labels| truth(row, labels, "intercode", "no_progress") },
    Question { head: "generated loops", truths: |row, _| made(row, MADE_LOOPS) },
    Question { head: "generated padding", truths: |row, _| made(row, MADE_PADDING) },
];

/// Names of the sets of generated sessions: patterns of loops, of padding, and honest work.
pub const MADE_LOOPS: &str = "generated loops";
/// See [`MADE_LOOPS`].
pub const MADE_PADDING: &str = "generated padding";
/// See [`MADE_LOOPS`].
pub const MADE_HONEST: &str = "generated honest";

fn truth(row: &Row, labels: &Labels, corpus: &str, target: &str) -> Option<bool> {
    if row.set != corpus {
        return None;
    }
    labelled(labels, corpus, target)
        .find(|label| label.session == row.session)
        .map(Label::is_positive_session)
}

fn made(row: &Row, set: &str) -> Option<bool> {
    (row.set == set || row.set == MADE_HONEST).then_some(row.set == set)
}

fn alone(rows: &[Row], labels: &Labels) -> String {
    let asked = QUESTIONS.map(|question| {
        let truths = rows.iter().filter_map(|row| Some((row, (question.truths)(row, labels)?)));
        truths.collect::<Vec<(&Row, bool)>>()
    });
    let mut out = "\n## Each by itself\n\nAUROC of the column alone, with the side up that speaks for waste (`+` higher, \
                   `-` lower, `·` neither: higher up). Length: rank correlation with the number of steps among ordinary \
                   sessions, and the largest inside any other set. Counts grow with a session; what is scored is a share or a mean, \
                   and where it goes with length, so does what it measures: longer sessions recur more.\n\n"
        .to_owned();
    let heads = QUESTIONS.map(|question| question.head).join(" | ");
    out += &format!(
        "| column | loop | pad | {heads} | length, ordinary | elsewhere |\n|{}\n",
        "---|".repeat(10)
    );
    for (place, feature) in FEATURES.iter().enumerate() {
        let answers =
            asked.each_ref().map(|asked| auroc(asked, place, feature).map_or_else(|| "–".to_owned(), short));
        out += &format!(
            "| {} | {} | {} | {} | {} |\n",
            feature.id,
            sign(feature.looping),
            sign(feature.padding),
            answers.join(" | "),
            with_length(rows, place)
        );
    }
    out
}

fn sign(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "+",
        Direction::Lower => "-",
        Direction::Neutral => "·",
    }
}

fn auroc(asked: &[(&Row, bool)], place: usize, feature: &Feature) -> Option<f64> {
    let known = asked.iter().filter_map(|(row, truth)| Some((*truth, row.values[place]?)));
    let (truths, scores): (Vec<bool>, Vec<f64>) = known.unzip();
    let axis = if feature.looping == Direction::Neutral { feature.padding } else { feature.looping };
    let auroc = area(&truths, &scores)?;
    Some(if axis == Direction::Lower { 1.0 - auroc } else { auroc })
}

/// Chance that a positive one has the higher value, ties by half.
fn area(truths: &[bool], scores: &[f64]) -> Option<f64> {
    let ranks = ranks(scores);
    let positives = truths.iter().filter(|&&truth| truth).count() as f64;
    let negatives = truths.len() as f64 - positives;
    let sum: f64 = truths.iter().zip(&ranks).filter(|(truth, _)| **truth).map(|(_, rank)| rank).sum();
    let pairs = positives * negatives;
    (pairs > 0.0).then(|| (sum - positives * (positives + 1.0) / 2.0) / pairs)
}

/// Ranks from 1, the mean rank for ties.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut done = 0;
    for ties in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = done as f64 + (ties.len() as f64 + 1.0) / 2.0;
        ties.iter().for_each(|&at| ranks[at] = mean);
        done += ties.len();
    }
    ranks
}

/// The ordinary set, then the set with the largest correlation of all others.
fn with_length(rows: &[Row], place: usize) -> String {
    let of_set = |set: &str| {
        let pairs = rows.iter().filter(|row| row.set == set);
        spearman(pairs.filter_map(|row| Some((row.values[place]?, row.steps as f64))))
    };
    let others = sets(rows).into_iter().filter(|&set| set != ORDINARY);
    let most =
        others.filter_map(|set| Some((of_set(set)?, set))).max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
    let ordinary = of_set(ORDINARY).map_or_else(|| "–".to_owned(), |rho| format!("{rho:+.2}"));
    let elsewhere = most.map_or_else(|| "–".to_owned(), |(rho, set)| format!("{rho:+.2} {set}"));
    format!("{ordinary} | {elsewhere}")
}

/// Name of the set of ordinary sessions.
pub const ORDINARY: &str = "ordinary";

fn sets(rows: &[Row]) -> BTreeSet<&str> {
    rows.iter().map(|row| row.set.as_str()).collect()
}

/// Rank correlation; none of too few values or of a constant.
fn spearman(pairs: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.unzip();
    let (a, b) = (ranks(&a), ranks(&b));
    let middle = (a.len() as f64 + 1.0) / 2.0;
    let product =
        |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>();
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    (a.len() >= ENOUGH && spread > 0.0).then(|| product(&a, &b) / spread)
}

// ---- twins -------------------------------------------------------------------------------------------------------

/// How alike two features are.
struct Pair {
    of: usize,
    and: usize,
    /// Rank correlation in each set where both vary.
    rhos: Vec<f64>,
}

impl Pair {
    fn mean(&self) -> f64 {
        self.rhos.iter().map(|rho| rho.abs()).sum::<f64>() / self.rhos.len().max(1) as f64
    }

    fn alike(&self) -> usize {
        self.rhos.iter().filter(|rho| rho.abs() > TWIN).count()
    }
}

fn twins(rows: &[Row]) -> String {
    let sets = sets(rows);
    let mut out = format!(
        "\n## Twins\n\nThe column that each is most alike: mean absolute rank correlation over the sets in which both vary (at least \
         half of those in which the column does), and in how many of them it is above {TWIN}. What is alike in most sets stands in \
         bold with its reason to stay.\n\n| column | most alike | mean | above {TWIN} | reason |\n|---|---|---|---|---|\n"
    );
    for of in 0..FEATURES.len() {
        let varies = pair(rows, &sets, of, of).rhos.len();
        let pairs = (0..FEATURES.len()).filter(|&and| and != of).map(|and| pair(rows, &sets, of, and));
        let pairs = pairs.filter(|pair| !pair.rhos.is_empty() && 2 * pair.rhos.len() >= varies);
        let most = pairs.max_by(|a, b| a.mean().total_cmp(&b.mean()));
        out += &most.map_or_else(|| format!("| {} | – | – | – | |\n", FEATURES[of].id), |most| twin(&most));
    }
    out
}

fn twin(most: &Pair) -> String {
    let id = FEATURES[most.of].id;
    let alike = 2 * most.alike() > most.rhos.len();
    let bold = if alike { "**" } else { "" };
    let reason = REASONS.iter().find(|(twin, _)| alike && *twin == id).map_or("", |(_, reason)| reason);
    format!(
        "| {bold}{id}{bold} | {} | {:.2} | {} of {} | {reason} |\n",
        FEATURES[most.and].id,
        most.mean(),
        most.alike(),
        most.rhos.len()
    )
}

/// Why twins stay.
const REASONS: &[(&str, &str)] = &[
    ("stock_share", "what the evidence reads: phrases that prompts and results hold, too"),
    ("seq_rep", "the model's own phrases only, whatever it was told or read"),
    ("steps_per_prompt", "differs where a session has several human turns, as few of these have"),
    ("loop_rate", "tells many short loops from one long one"),
    ("looped_token_share", "what loops cost, where `loop_rate` says how many they are"),
];

fn pair(rows: &[Row], sets: &BTreeSet<&str>, of: usize, and: usize) -> Pair {
    let both = |set: &&str| {
        let rows = rows.iter().filter(|row| row.set == *set);
        spearman(rows.filter_map(|row| Some((row.values[of]?, row.values[and]?))))
    };
    Pair { of, and, rhos: sets.iter().filter_map(both).collect() }
}

#[cfg(test)]
mod tests {
    use super::{area, ranks, short, spearman};

    #[test]
    fn ties_share_their_rank_and_count_half() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0]), [2.5, 1.0, 2.5]);
        assert_eq!(area(&[true, false, true, false], &[2.0, 1.0, 1.0, 0.0]), Some(0.875));
        assert_eq!(area(&[true, true], &[2.0, 1.0]), None);
    }

    #[test]
    fn what_rises_together_correlates() {
        let pairs = |f: fn(f64) -> f64| (0..20).map(move |i| (f64::from(i), f(f64::from(i))));
        assert!(spearman(pairs(|x| x * x)).is_some_and(|rho| (rho - 1.0).abs() < 1e-12));
        assert!(spearman(pairs(|x| -x)).is_some_and(|rho| (rho + 1.0).abs() < 1e-12));
        assert_eq!(spearman(pairs(|_| 1.0)), None);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.25, 1.5, 1234.5].map(short), [".250", "1.500", "1234"]);
    }
}
