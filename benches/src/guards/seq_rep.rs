//! Repeated sequences in what the model says: one minus the share of distinct 4-grams of words among all, over the
//! session. A measure of padding without a threshold.
//!
//! Cost: one set entry a word.

use std::collections::HashSet;

use super::steps::Step;
use super::words::words;
use super::{Guard, Judgement};

/// Words of a sequence.
const GRAM: usize = 4;

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct SeqRep;

impl Guard for SeqRep {
    fn id(&self) -> &'static str {
        "seq_rep"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let (mut distinct, mut grams) = (HashSet::new(), 0);
        for step in steps {
            let words: Vec<String> = words(&step.said).collect();
            grams += words.len().saturating_sub(GRAM - 1);
            distinct.extend(words.windows(GRAM).map(<[String]>::to_vec));
        }
        Judgement {
            pad: (grams > 0).then(|| 1.0 - distinct.len() as f64 / grams as f64),
            ..Judgement::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::super::{Guard, steps::steps};
    use super::SeqRep;

    #[test]
    fn half_of_the_sequences_are_distinct() {
        let events = session("s").text("a b c d").call("A", "").result("r").text("a b c d").events();
        assert_eq!(SeqRep.judge(&steps(&events)).pad, Some(0.5));
        assert_eq!(SeqRep.judge(&[]).pad, None);
    }
}
