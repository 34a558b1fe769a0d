//! Lines that stand around whatever a tool answers: tags, `exit code 0`, the folder. They make short answers alike and
//! new ones look half known, so they are no part of an answer.

use serde::{Deserialize, Serialize};

use crate::sample::Sample;
use crate::text::Text;
use crate::tuning::{FURNITURE_LINES, FURNITURE_RESULTS};

/// The furniture of a session, of lines as they stand and of masked ones.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Furniture {
    /// Results that brought something new. What comes back in a loop is no furniture, but what the loop is about.
    results: u32,
    lines: Lines,
    skeletons: Lines,
}

/// Lines that came more than once, each with the number of results that held it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Lines(Vec<(u32, u32)>);

impl Furniture {
    /// Takes the furniture out of a result; one that holds nothing else stays as it is.
    pub(crate) fn clear(&self, result: &mut Text) {
        self.lines.clear(self.results, &mut result.lines);
        self.skeletons.clear(self.results, &mut result.skeletons);
    }

    /// Takes note of a result that brought something new; of its lines, those that `is_known` knows had come before.
    pub(crate) fn note(&mut self, result: &Text, is_known: impl Fn(u32) -> bool) {
        self.lines.note(self.results, &result.lines, &is_known);
        self.skeletons.note(self.results, &result.skeletons, &is_known);
        self.results = self.results.saturating_add(1);
    }
}

impl Lines {
    fn clear(&self, results: u32, sample: &mut Sample) {
        let furniture = || self.0.iter().filter(|(_, count)| is_furniture(*count, results));
        let is_furniture = |hash| furniture().any(|&(line, _)| line == hash);
        if furniture().next().is_some() && !sample.hashes().all(is_furniture) {
            sample.retain(|hash| !is_furniture(hash));
        }
    }

    /// What is furniture was taken out, and counts as if it were there. Where there is no room for a line, the one that came least often gives way: furniture comes with most results.
    fn note(&mut self, results: u32, sample: &Sample, is_known: impl Fn(u32) -> bool) {
        for (_, count) in self.0.iter_mut().filter(|(_, count)| is_furniture(*count, results)) {
            *count = count.saturating_add(1);
        }
        sample.hashes().filter(|&hash| is_known(hash)).for_each(|hash| self.count(hash));
    }

    fn count(&mut self, hash: u32) {
        if let Some((_, count)) = self.0.iter_mut().find(|(line, _)| *line == hash) {
            *count = count.saturating_add(1);
        } else if self.0.len() < FURNITURE_LINES {
            self.0.push((hash, 1));
        } else if let Some(least) = self.0.iter_mut().min_by_key(|(_, count)| *count) {
            *least = (hash, 1);
        }
    }
}

fn is_furniture(count: u32, results: u32) -> bool {
    results >= FURNITURE_RESULTS && count > results / 2
}

#[cfg(test)]
mod tests {
    use super::Furniture;
    use crate::hash::DigestKey;
    use crate::text::Text;

    fn result(text: &str) -> Text {
        Text::of_result(text, DigestKey(7))
    }

    #[test]
    fn what_stands_around_every_answer_is_taken_out_and_the_answer_stays() {
        let mut furniture = Furniture::default();
        let tag = result("<output>");
        for answer in [
            "apples", "pears", "plums", "figs", "dates", "limes", "kiwis", "nuts", "seeds", "peas", "beans",
            "rice",
        ] {
            furniture.note(&result(&format!("<output>\n{answer}")), |hash| tag.lines.contains(hash));
        }
        let mut next = result("<output>\nberries");
        furniture.clear(&mut next);
        assert_eq!((next.lines, next.skeletons), (result("berries").lines, result("berries").skeletons));
        let mut bare = tag.clone();
        furniture.clear(&mut bare);
        assert_eq!(bare, tag);
    }

    #[test]
    fn a_line_of_a_few_answers_is_no_furniture() {
        let mut furniture = Furniture::default();
        for turn in 0..20 {
            furniture.note(&result(if turn % 3 == 0 { "common\na" } else { "b" }), |_| true);
        }
        let mut next = result("common\nnew");
        furniture.clear(&mut next);
        assert_eq!(next, result("common\nnew"));
    }
}
