//! Compares the latest step with one before it: what they have in common, what excuses it, and what it shows of the
//! earlier one.

use crate::outline::{Probe, Sieve};
use crate::sketch::{Answer, Latest, Sketch, Standing};
use crate::step::StepKind;
use crate::tuning::{
    ALIBI_WORDS, FORGOTTEN, LEARNED_WORDS, LOOKED_AGAIN, ONE_WORD, OTHER_TOOL, PART, SAME_ANSWER, SILENT,
    UNSEEN_RESULT,
};

/// The latest step, laid out to be compared with all the steps before it.
pub(crate) struct Comparison<'a> {
    latest: &'a Latest,
    tokens: Probe<'a>,
    /// Lines of the result as they stand, and masked.
    lines: Probe<'a>,
    skeletons: Probe<'a>,
    /// Both together, but for masked lines of which nothing is left.
    sieve: Sieve,
    /// How much more than a receipt its result is, in [0, 1].
    tells: f64,
    /// How much of it is a short answer of a call that is about its answer, in [0, 1].
    short: f64,
    /// Silence after a change is no answer: two changes of different things look alike in it.
    silent: bool,
    /// Of a call with its content in the result, at least in part, and a result that is no silence.
    is_about_results: bool,
}

/// One match with an earlier step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Match {
    /// Index in the window, from the latest.
    pub(crate) back: usize,
    pub(crate) strength: f64,
    /// Similarity of the arguments, in [0, 1].
    pub(crate) arguments: f64,
    /// All of the result lies within the earlier one.
    pub(crate) contained: bool,
    /// Similarity of the results, in [0, 1]; `None` where one is not logged.
    pub(crate) result: Option<f64>,
    /// Call and result are equal to the byte, but for what has no effect.
    pub(crate) exact: bool,
    /// How much an equal result tells, in [0, 1]: nothing has changed since.
    pub(crate) told: f64,
    /// Another question has had the same answer to the byte.
    pub(crate) same_state: bool,
}

impl Match {
    /// Of results that have nothing in common.
    pub(crate) const NOTHING: Match = Match {
        back: 0,
        strength: 0.0,
        arguments: 0.0,
        contained: false,
        result: Some(0.0),
        exact: false,
        told: 0.0,
        same_state: false,
    };
}

impl<'a> Comparison<'a> {
    #[inline(never)]
    pub(crate) fn of(latest: &'a Latest) -> Self {
        let receipt = latest.result.as_ref().map(Answer::receipt);
        let silent = latest.quiet && receipt.is_none_or(|receipt| receipt > SILENT);
        let is_call = latest.kind == StepKind::ToolCall;
        let masked = latest.result.filter(|result| result.masked_content < 1.0).map(|_| latest.skeletons());
        Comparison {
            latest,
            tokens: Probe::of(latest.tokens()),
            lines: Probe::of(latest.lines()),
            skeletons: Probe::of(latest.skeletons()),
            sieve: Sieve::of([latest.lines().hashes, masked.unwrap_or_default().hashes]),
            tells: receipt.map_or(0.0, |receipt| 1.0 - receipt),
            short: latest.result_share * receipt.unwrap_or(0.0),
            silent,
            is_about_results: is_call && !silent && latest.result_share > 0.0,
        }
    }

    /// Whether there is something to compare: not so for a message beside a call, or where arguments are not logged.
    #[inline]
    pub(crate) fn is_possible(&self, earlier: &Sketch) -> bool {
        let latest = self.latest;
        latest.kind == earlier.kind
            && (latest.is_call_of(earlier) || latest.tokens().compares(earlier.tokens()))
    }

    /// Whether the arguments put the same question to the same tool, once more.
    #[inline]
    pub(crate) fn asks_again(&self, earlier: &Sketch) -> bool {
        let latest = self.latest;
        latest.question != 0 && latest.asks_same(earlier) && !latest.is_of_request_of(earlier)
    }

    /// Whether the results have nothing in common, and nobody asks for the arguments then: so it is with most steps.
    #[inline]
    pub(crate) fn is_unlike(&self, earlier: &Sketch) -> bool {
        let (Some(a), Some(b)) = (&self.latest.result, &earlier.result) else { return false };
        self.is_about_results
            && !self.latest.sent_again
            && a.whole != b.whole
            && self.sieve.holds_none(earlier.line_hashes())
    }

    /// Compares with the step `back` steps before; `at_once` where all steps between are the same call.
    #[inline(never)]
    pub(crate) fn with(&self, earlier: &Sketch, back: usize, at_once: bool) -> Match {
        let latest = self.latest;
        let arguments = match latest.is_call_of(earlier) {
            true => 1.0,
            false => self.tokens.shared(earlier.tokens()).map_or(0.0, |tokens| tokens.cosine()),
        };
        let (result, contained) = self.results(earlier, at_once).unzip();
        let is_message = latest.kind == StepKind::Message;
        let exact = latest.tool == earlier.tool
            && latest.canonical == earlier.canonical
            && (is_message || result == Some(1.0));
        let told = if exact { self.tells } else { 0.0 };
        let same_request = latest.is_of_request_of(earlier);
        let same_state = !latest.asks_same(earlier) && !same_request && self.is_answer_of(earlier);
        let alike = match result {
            _ if is_message => arguments,
            _ if same_request && !exact => self.sent_together(arguments, result),
            Some(result) if exact || !self.silent => {
                let mixed = self.mixed(arguments, result);
                if same_state { mixed.max(self.shows_state()) } else { mixed }
            }
            _ => Self::unanswered(result) * power(arguments, 1.0 + ONE_WORD * latest.brief),
        };
        // What has nothing in common needs no excuse.
        let excused = || self.excuses(earlier, told) * if exact { 1.0 } else { self.no_news_since(earlier) };
        let strength = if alike > 0.0 { alike * excused() } else { 0.0 };
        let contained = contained.unwrap_or(false);
        Match { back, strength, arguments, contained, result, exact, told, same_state }
    }

    /// The better of two channels: lines as they stand, and lines with numbers, times and ids masked, which counts
    /// the less the more the masked parts carry: less of it when the call is put again at once. And whether all of this
    /// result lies within the earlier one.
    #[inline]
    fn results(&self, earlier: &Sketch, at_once: bool) -> Option<(f64, bool)> {
        let (a, b) = (self.latest.result.as_ref()?, earlier.result.as_ref()?);
        if a.whole == b.whole {
            return Some((1.0, !self.latest.lines().is_empty()));
        }
        let (exact, contained) = self.lines.shared(earlier.lines()).map_or((0.0, false), |lines| {
            let share = lines.share();
            // What lies within another answer was read before, as a page of a file. What is no more than a receipt lies
            // within much.
            (larger(lines.cosine(), share * self.tells), share >= 1.0)
        });
        let exact = if self.latest.sent_again { larger(exact, self.reports(earlier)) } else { exact };
        let content =
            if self.tells_otherwise(earlier) { 1.0 } else { larger(a.masked_content, b.masked_content) };
        let unmasked = 1.0 - if at_once { LOOKED_AGAIN.get() * content } else { content };
        let masked = if unmasked > exact { self.skeletons.shared(earlier.skeletons()) } else { None };
        Some((masked.map_or(exact, |masked| larger(exact, masked.cosine() * unmasked)), contained))
    }

    /// How much a match counts whose results tell nothing: in full where both say the same.
    fn unanswered(result: Option<f64>) -> f64 {
        if result == Some(1.0) { 1.0 } else { UNSEEN_RESULT }
    }

    /// Similarity of two reports in their words, in [0, 1].
    fn reports(&self, earlier: &Sketch) -> f64 {
        self.latest.report().cosine(earlier.report()).unwrap_or(0.0)
    }

    /// Whether a question that differs in its numbers had an answer that differs in its figures: a measurement of another
    /// case.
    fn tells_otherwise(&self, earlier: &Sketch) -> bool {
        let latest = self.latest;
        latest.question == earlier.question
            && latest.canonical != earlier.canonical
            && latest.course.differs(&earlier.course)
    }

    /// Similarity of calls whose arguments and results are known, weighed by where the tool's content sits.
    #[inline]
    fn mixed(&self, arguments: f64, result: f64) -> f64 {
        let share = self.latest.result_share;
        let result = power(result, share);
        if result == 0.0 { 0.0 } else { power(arguments, 1.0 - share) * result }
    }

    /// Whether the answer was the same to the byte. To another question: the world stands as it stood then, whatever was
    /// tried.
    fn is_answer_of(&self, earlier: &Sketch) -> bool {
        let (Some(a), Some(b)) = (&self.latest.result, &earlier.result) else { return false };
        a.whole == b.whole && a.words > 0
    }

    /// How much the answer alone describes a state, in [0, 1]: it says something, the calls of its tool are about their answers, and
    /// the question is short, since a long one says itself what the answer is about.
    fn shows_state(&self) -> f64 {
        self.latest.result_share * self.tells * self.latest.brief
    }

    /// Calls of one request were made without seeing each other's results: different ones are a batch, unless each has
    /// brought the same, and more than a receipt. Agents sent on one errand do.
    fn sent_together(&self, arguments: f64, result: Option<f64>) -> f64 {
        arguments.min(result.unwrap_or(0.0)) * self.tells
    }

    /// What makes a match weigh less, in [0, 1].
    fn excuses(&self, earlier: &Sketch, told: f64) -> f64 {
        self.same_tool(earlier)
            * self.alibi(earlier, told)
            * self.in_view(earlier)
            * self.tried_since(earlier)
    }

    fn same_tool(&self, earlier: &Sketch) -> f64 {
        if self.latest.tool == earlier.tool { 1.0 } else { OTHER_TOOL.get() }
    }

    /// Work in between excuses a repetition, unless an equal result tells that nothing has changed. Tests that have
    /// come to stand better since are a change, whatever the result.
    fn alibi(&self, earlier: &Sketch, told: f64) -> f64 {
        let written = (self.latest.before.written - earlier.after.written).max(0.0);
        let advances = self.latest.before.advances.saturating_sub(earlier.after.advances);
        power(0.5, written / ALIBI_WORDS.get()).max(told) * power(0.5, advances as f64)
    }

    /// A short answer that comes once more shows that nothing is learned, unless something was learned in between. Where
    /// the content sits in the arguments it shows nothing anyway.
    fn no_news_since(&self, earlier: &Sketch) -> f64 {
        power(0.5, self.learned_since(earlier) * self.short / LEARNED_WORDS.get())
    }

    fn in_view(&self, earlier: &Sketch) -> f64 {
        let (now, then) = (self.latest.before, earlier.after);
        if (now.epoch, now.switches) == (then.epoch, then.switches) { 1.0 } else { FORGOTTEN }
    }

    /// What is left of a match after so many edits of what both steps are about: who looks at it again looks at what has become
    /// of it, unless that is the same to the byte.
    pub(crate) fn after(&self, edits: f64, earlier: &Sketch, found: Match) -> Match {
        let excuse = if self.is_answer_of(earlier) { 1.0 } else { power(0.5, edits) };
        Match { strength: found.strength * excuse, ..found }
    }

    /// A softer measure for neighbours: people call it a repetition when the question is put again in other words or
    /// as part of a longer one, whatever the answer; or when what was just thrown away is made again.
    pub(crate) fn soft(&self, earlier: &Sketch, thrown_away: &[u32]) -> f64 {
        if self.latest.draft.as_ref().is_some_and(|draft| draft.is_named(thrown_away)) {
            return 1.0;
        }
        let arguments = self.latest.likeness(earlier).unwrap_or(0.0);
        let overlap = self.latest.tokens().containment(earlier.tokens()).unwrap_or(arguments);
        self.same_tool(earlier) * arguments.max(PART.get() * overlap)
    }

    /// What is left of the standing of an earlier step, now that this one is known. An edit that is taken back has
    /// changed nothing, of calls that left together either repeats the other, and a short answer that comes to every
    /// question has told nothing.
    pub(crate) fn hindsight(&self, earlier: &Sketch, found: &Match) -> Option<Standing> {
        let latest = self.latest;
        let mut standing = earlier.standing;
        let recurrence = latest.weight * found.strength * found.strength;
        match (latest.change, earlier.back) {
            (Some(change), Some(back)) if change == back => {
                standing.undone += recurrence * self.tried_since(earlier);
            }
            _ if latest.is_of_request_of(earlier) => standing.count += recurrence,
            (None, None) if self.is_same_answer(earlier, found) => {
                let told_nothing = (2.0 * (1.0 - found.arguments)).min(1.0);
                standing.gain *= 1.0 - earlier.result.as_ref().map_or(0.0, Answer::receipt) * told_nothing;
                standing.count += recurrence * told_nothing;
            }
            _ => return None,
        }
        Some(standing)
    }

    /// What is left of the evidence in an edit that is made again or taken back, after what was learned meanwhile: who looks
    /// for a fault puts something in, runs it and takes it out. As many words as have to be written for an alibi.
    fn tried_since(&self, earlier: &Sketch) -> f64 {
        match self.latest.change {
            Some(_) => power(0.5, self.learned_since(earlier) / ALIBI_WORDS.get()),
            None => 1.0,
        }
    }

    /// Words of news that results have brought between the two.
    fn learned_since(&self, earlier: &Sketch) -> f64 {
        (self.latest.before.learned - earlier.after.learned).max(0.0)
    }

    /// Whether another question was put, and the answer in words is the same.
    fn is_same_answer(&self, earlier: &Sketch, found: &Match) -> bool {
        let latest = self.latest;
        let answers = latest.result.as_ref().is_some_and(|answer| answer.words > 0) && !latest.quiet;
        answers && latest.canonical != earlier.canonical && found.result >= Some(SAME_ANSWER.get())
    }
}

/// The larger of two numbers, neither of which is none: the processor has a word for it.
#[inline]
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// `base` to the power of `exponent`, neither below 0, to the last bit: where it is known it costs nothing.
#[inline]
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    match exponent {
        0.0 => 1.0,
        1.0 => base,
        _ if base == 0.0 || base == 1.0 => base,
        _ => base.powf(exponent),
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;
    use proptest::prelude::*;

    use super::{Comparison, Match};
    use crate::digest;
    use crate::hash::DigestKey;
    use crate::sketch::{Latest, Reached};
    use crate::step::{Speech, Step};

    /// A call whose result has these lines, some of them with numbers.
    fn latest(tool: &str, lines: &[u8], share: f64, request: u64) -> Latest {
        let line = |n: &u8| if n & 1 == 0 { format!("part {n} stands") } else { format!("{} {n}", n / 4) };
        let result: Vec<String> = lines.iter().map(line).collect();
        let command = format!(r#"{{"command":"ls {}"}}"#, lines.len());
        let events = session("s").call(tool, &command).result(&result.join("\n")).events();
        let mut digests = events.iter().zip(0..).map(|(event, at)| digest(event, at, DigestKey(3)));
        let mut step = Step::call(digests.next().unwrap(), request, Speech::default());
        step.answer(digests.next().unwrap());
        Latest::new(&step, share, Reached::default())
    }

    proptest! {
        /// For all pairs of results: what falls through the sieve is nothing when it is compared in full.
        #[test]
        fn what_falls_through_the_sieve_is_nothing(
            a in prop::collection::vec(0_u8..60, 0..9),
            b in prop::collection::vec(0_u8..60, 0..9),
            share in prop::sample::select(vec![0.0, 0.4, 1.0]),
            tools in prop::sample::select(vec![["Bash", "Bash"], ["Read", "Bash"], ["Edit", "Edit"]]),
            request in 0_u64..2,
        ) {
            let (now, before) = (latest(tools[0], &a, share, 0), latest(tools[1], &b, share, request));
            let comparison = Comparison::of(&now);
            if comparison.is_possible(&before) && comparison.is_unlike(&before) {
                let Match { strength, result, contained, exact, same_state, .. } = comparison.with(&before, 0, false);
                prop_assert_eq!((strength, result), (0.0, Some(0.0)));
                prop_assert!(!contained && !exact && !same_state);
            }
        }
    }
}
