//! The stagnation check of browser-use: it nudges and never stops the agent.
//!
//! It fires when an action was seen 5 times among the last 20, or when the page looks the same 5 times in a row. For any
//! agent the page is what came back. Searches compare as sets of words; waiting and being done do not count. A count of 8
//! and of 12 nudges harder: the last is what we take for a verdict.
//!
//! Cost: 20 comparisons a call.

use super::steps::Step;
use super::words::words;
use super::{Found, Guard, Judgement, judgement};

/// Actions that are remembered.
const WINDOW: usize = 20;
/// Occurrences that nudge.
const NUDGE: usize = 5;
/// Occurrences that nudge hardest.
const LAST_NUDGE: usize = 12;
/// Equal pages in a row that nudge.
const UNCHANGED: usize = 5;
/// Tools that do not count, in lower case.
const EXEMPT: [&str; 3] = ["wait", "done", "go_back"];

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct LoopDetector;

impl Guard for LoopDetector {
    fn id(&self) -> &'static str {
        "browser_use"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let mut state = State::default();
        let found: Vec<Found> = steps.iter().map(|step| state.take(step)).collect();
        Judgement { stops: Some(state.most >= LAST_NUDGE), ..judgement(steps, &found) }
    }
}

#[derive(Default)]
struct State<'a> {
    actions: Vec<(String, String)>,
    page: Option<&'a str>,
    unchanged: usize,
    most: usize,
}

impl<'a> State<'a> {
    fn take(&mut self, step: &Step<'a>) -> Found {
        let Some(tool) = step.tool else { return Found::default() };
        let tool = tool.to_lowercase();
        if EXEMPT.contains(&tool.as_str()) {
            return Found { fires: Some(false), equals_previous: None };
        }
        let action = (identity(step, &tool), tool);
        let equals_previous = self.actions.last() == Some(&action);
        let recent = &self.actions[(self.actions.len() + 1).saturating_sub(WINDOW)..];
        let count = 1 + recent.iter().filter(|earlier| **earlier == action).count();
        self.actions.push(action);
        self.most = self.most.max(count);
        self.look(step.answer.map(|answer| answer.text));
        let fires = count >= NUDGE || self.unchanged >= UNCHANGED;
        Found { fires: Some(fires), equals_previous: Some(equals_previous) }
    }

    fn look(&mut self, page: Option<&'a str>) {
        self.unchanged = if page.is_some() && page == self.page { self.unchanged + 1 } else { 1 };
        self.page = page;
    }
}

/// Arguments for comparison; the words of a search have no order.
fn identity(step: &Step<'_>, tool: &str) -> String {
    if !tool.contains("search") && !tool.contains("grep") {
        return step.canonical_arguments();
    }
    let mut asked: Vec<String> = words(step.arguments).collect();
    asked.sort_unstable();
    asked.dedup();
    asked.join(" ")
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::{Session, session};

    use super::super::{Guard, Judgement, steps::steps};
    use super::LoopDetector;

    /// Whether it would be a verdict, and after which calls it nudges.
    fn judge(session: Session) -> (Option<bool>, Vec<usize>) {
        let events = session.events();
        let steps = steps(&events);
        let Judgement { stops, steps, .. } = LoopDetector.judge(&steps);
        (stops, (0..steps.len()).filter(|&n| steps[n].looping == Some(1.0)).collect())
    }

    #[test]
    fn five_of_twenty_nudge_and_twelve_are_a_verdict() {
        let same =
            |n| judge(session("s").repeat(n, |s, round| s.call("Bash", "{}").result(&round.to_string())));
        assert_eq!(same(5), (Some(false), vec![4]));
        assert_eq!((same(11).0, same(12).0), (Some(false), Some(true)));
        let rare = |s: Session, round: usize| {
            let arguments = if round.is_multiple_of(5) { "{}".to_owned() } else { round.to_string() };
            s.call("Bash", &arguments).result(&round.to_string())
        };
        assert_eq!(judge(session("s").repeat(60, rare)).1, Vec::<usize>::new());
    }

    #[test]
    fn searches_are_sets_of_words_and_equal_pages_stagnate() {
        let search = |s: Session, round: usize| {
            let query = if round.is_multiple_of(2) { "cats and dogs" } else { "dogs and cats" };
            s.call("web_search", query).result(&round.to_string())
        };
        assert_eq!(judge(session("s").repeat(5, search)).1, [4]);
        assert_eq!(
            judge(session("s").repeat(5, |s, round| s.call("A", &round.to_string()).result("p"))).1,
            [4]
        );
        assert_eq!(
            judge(session("s").repeat(9, |s, _| s.call("wait", "{}").result("p"))).1,
            Vec::<usize>::new()
        );
    }
}
