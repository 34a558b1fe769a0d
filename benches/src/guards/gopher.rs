//! The repetition rules of Gopher, on what the model says, message by message.
//!
//! A text is repetitive when any share passes its threshold:
//!
//! | of the text | threshold |
//! |---|---|
//! | duplicate lines, duplicate paragraphs | .30 of their number, .20 of their characters |
//! | most frequent 2-, 3-, 4-gram of words | .20, .18, .16 of the characters |
//! | duplicate 5- to 10-grams | .15, .14, .13, .12, .11, .10 of the characters |
//!
//! The ratio of a message is its largest share over threshold; a session scores the mean of `r / (1 + r)` weighted by
//! characters, and has a verdict when more than half of its characters stand in repetitive messages.
//!
//! Cost: nine passes over the words.

use std::collections::HashMap;

use super::steps::Step;
use super::words::words;
use super::{Guard, Judgement};

/// Thresholds of the most frequent n-gram, from n = 2.
const TOP: [f64; 3] = [0.20, 0.18, 0.16];
/// Thresholds of duplicate n-grams, from n = 5.
const DUPLICATE: [f64; 6] = [0.15, 0.14, 0.13, 0.12, 0.11, 0.10];

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct Gopher;

impl Guard for Gopher {
    fn id(&self) -> &'static str {
        "gopher"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let messages = steps.iter().map(|step| step.said.as_str()).filter(|said| !said.trim().is_empty());
        let ratios: Vec<(f64, f64)> = messages.map(|said| (said.len() as f64, ratio(said))).collect();
        let total: f64 = ratios.iter().map(|(length, _)| length).sum();
        let mean = |value: fn(f64) -> f64| {
            (total > 0.0).then(|| ratios.iter().map(|&(length, r)| length * value(r)).sum::<f64>() / total)
        };
        Judgement {
            stops: mean(|r| f64::from(u8::from(r > 1.0))).map(|share| share > 0.5),
            pad: mean(|r| r / (1.0 + r)),
            ..Judgement::default()
        }
    }
}

/// The largest share over its threshold.
fn ratio(text: &str) -> f64 {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let paragraphs = || text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let words: Vec<String> = words(text).collect();
    let by_number = [duplicates(lines(), |_| 1), duplicates(paragraphs(), |_| 1)].map(|share| share / 0.30);
    let by_length =
        [duplicates(lines(), str::len), duplicates(paragraphs(), str::len)].map(|share| share / 0.20);
    let top = TOP.iter().zip(2..).map(|(threshold, n)| top_share(&words, n) / threshold);
    let duplicate = DUPLICATE.iter().zip(5..).map(|(threshold, n)| duplicate_share(&words, n) / threshold);
    by_number.into_iter().chain(by_length).chain(top).chain(duplicate).fold(0.0, f64::max)
}

/// Share of the weight of what came before.
fn duplicates<'t>(pieces: impl Iterator<Item = &'t str>, weight: fn(&str) -> usize) -> f64 {
    let mut seen = std::collections::HashSet::new();
    let (mut again, mut total) = (0, 0);
    for piece in pieces {
        total += weight(piece);
        again += if seen.insert(piece) { 0 } else { weight(piece) };
    }
    if total == 0 { 0.0 } else { again as f64 / total as f64 }
}

fn characters(words: &[String]) -> usize {
    words.iter().map(|word| word.chars().count()).sum()
}

/// Share of the characters in the n-gram that takes most of them, when it comes more than once.
fn top_share(words: &[String], n: usize) -> f64 {
    let mut counts: HashMap<&[String], usize> = HashMap::new();
    for gram in words.windows(n) {
        *counts.entry(gram).or_default() += 1;
    }
    let often = counts.iter().filter(|&(_, &count)| count > 1);
    let most = often.map(|(gram, count)| characters(gram) * count).max().unwrap_or(0);
    (most as f64 / characters(words).max(1) as f64).min(1.0)
}

/// Share of the characters in words that some n-gram covers which came before.
fn duplicate_share(words: &[String], n: usize) -> f64 {
    let mut seen = std::collections::HashSet::new();
    let mut covered = vec![false; words.len()];
    for (start, gram) in words.windows(n).enumerate() {
        if !seen.insert(gram) {
            covered[start..start + n].fill(true);
        }
    }
    let again: usize =
        words.iter().zip(covered).filter(|(_, covered)| *covered).map(|(word, _)| word.chars().count()).sum();
    again as f64 / characters(words).max(1) as f64
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::super::{Guard, steps::steps};
    use super::{Gopher, duplicate_share, duplicates, ratio, top_share};

    fn split(text: &str) -> Vec<String> {
        super::words(text).collect()
    }

    #[test]
    fn shares_by_hand() {
        assert_eq!(duplicates(["ab", "c", "ab"].into_iter(), |_| 1), 1.0 / 3.0);
        assert_eq!(duplicates(["ab", "c", "ab"].into_iter(), str::len), 0.4);
        // "a b" comes twice: 4 of 5 characters
        assert_eq!(top_share(&split("a b c a b"), 2), 0.8);
        assert_eq!(top_share(&split("a b c"), 2), 0.0);
        // the second "a b c d e" covers 5 of 11
        assert!((duplicate_share(&split("a b c d e x a b c d e"), 5) - 5.0 / 11.0).abs() < 1e-12);
    }

    #[test]
    fn the_largest_share_over_threshold_decides() {
        // two equal lines of three: a third of the lines over .3
        let text = "alpha beta\ngamma\nalpha beta";
        assert!(ratio(text) >= (1.0 / 3.0) / 0.30);
        assert!(ratio("every word here stands alone once") == 0.0);
    }

    #[test]
    fn the_verdict_follows_most_of_the_text() {
        let judge = |text: &str| Gopher.judge(&steps(&session("s").text(text).events())).stops;
        assert_eq!(judge(&"I will look at the plan once more. ".repeat(9)), Some(true));
        assert_eq!(judge("The bug was in the parser, which dropped the last byte."), Some(false));
        assert_eq!(judge(""), None);
    }
}
