//! Sessions while they run: the same digest and the same fold as a batch, event by event, and an alert when the
//! evidence turns.
//!
//! Rarity by false-discovery control belongs to a batch; a live session is compared by the rank of its p-value, and its
//! finding has no q-value. Everything else, from profile to p-value, is bit-identical to what a batch finds in the
//! same events.
//!
//! **Cost.** An event is folded in microseconds. Once in eight results or messages the spans of the session are looked at; where
//! they hold evidence, or speech is under way, it is assessed, which takes longer. Memory is bounded for each open session; [`Monitor::finish`] gives it back.

use std::collections::BTreeMap;

use goodhart_features::{DigestKey, Fold, Profile, digest};
use goodhart_trace::{Event, Kind};

use crate::baseline::Baseline;
use crate::evidence::{Evidence, is_sufficient};
use crate::finding::{Finding, Verdict};
use crate::judge::{Options, judge_alone};
use crate::meta::SessionMeta;
use crate::score::Assessed;
use crate::tuning::CHECK_EVERY;

/// Watches any number of running sessions.
///
/// Events of one session come in the order of its source; sessions may interleave. Events that a source replays
/// (resumed or forked transcripts) are the caller's to leave out.
///
/// ```
/// use goodhart_scoring::{Baseline, Monitor, Verdict};
/// use goodhart_trace::build::session;
///
/// let mut monitor = Monitor::new(Baseline::embedded());
/// let runaway = session("s-1").repeat(60, |s, _| s.call("Bash", r#"{"command":"ci status"}"#).result("no runs"));
/// for event in &runaway.events() {
///     if let Some(alert) = monitor.push(event) {
///         println!("stop it? {}", alert.finding);
///     }
/// }
/// let finding = monitor.finish("s-1").expect("because its events were pushed");
/// assert!(finding.verdict.is_at_least(Verdict::Note));
/// ```
#[derive(Debug)]
pub struct Monitor<'b> {
    baseline: &'b Baseline,
    options: Options,
    sessions: BTreeMap<String, Live<'b>>,
}

/// A running session has become worse than was known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// What is said of it now; its verdict is `note` or `review`.
    pub finding: Finding,
}

#[derive(Debug)]
struct Live<'b> {
    meta: SessionMeta,
    fold: Fold<'b>,
    key: DigestKey,
    /// Events so far.
    events: u64,
    /// Results and messages since the last assessment.
    unchecked: u32,
    /// The worst verdict told so far.
    told: Verdict,
}

impl<'b> Monitor<'b> {
    /// Watches with the default options.
    pub fn new(baseline: &'b Baseline) -> Self {
        Monitor { baseline, options: Options::default(), sessions: BTreeMap::new() }
    }

    /// The same with other options.
    pub fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Takes the next event of any session. Answers with an alert when the session's verdict rises to `note` or
    /// `review`, at most once each; a session is looked at once in eight results or messages, and at every human turn.
    pub fn push(&mut self, event: &Event<'_>) -> Option<Alert> {
        let (baseline, options) = (self.baseline, self.options);
        let live = self.live(&event.session);
        live.take(event);
        if live.unchecked < CHECK_EVERY {
            return None;
        }
        live.unchecked = 0;
        let profile = live.waste(&options)?;
        let assessed = Assessed::new(live.meta.clone(), profile, baseline);
        live.tell(judge_alone(&assessed, baseline, &options))
    }

    /// What can be said of a session now; `None` for a session without events. It is bit-identical to what a batch
    /// of the same events finds, but for q-value and rarity key.
    pub fn assess(&self, session: &str) -> Option<Finding> {
        let live = self.sessions.get(session)?;
        let assessed = Assessed::new(live.meta.clone(), live.fold.profile(), self.baseline);
        Some(judge_alone(&assessed, self.baseline, &self.options))
    }

    /// The last word on a session, which is then forgotten; `None` for a session without events.
    pub fn finish(&mut self, session: &str) -> Option<Finding> {
        let live = self.sessions.remove(session)?;
        let assessed = Assessed::new(live.meta, live.fold.into_profile(), self.baseline);
        Some(judge_alone(&assessed, self.baseline, &self.options))
    }

    /// The open sessions, sorted.
    pub fn sessions(&self) -> impl Iterator<Item = &str> {
        self.sessions.keys().map(String::as_str)
    }

    fn live(&mut self, session: &str) -> &mut Live<'b> {
        if !self.sessions.contains_key(session) {
            self.sessions.insert(session.to_owned(), Live::new(self.baseline));
        }
        self.sessions.get_mut(session).expect("because it was inserted just now")
    }
}

impl<'b> Live<'b> {
    fn new(baseline: &'b Baseline) -> Self {
        Live {
            meta: SessionMeta::default(),
            fold: Fold::new(baseline.habits()),
            key: baseline.key(),
            events: 0,
            unchecked: 0,
            told: Verdict::Ok,
        }
    }

    /// The profile, where its evidence makes a verdict worse than what was told before possible. Most sessions end here, by
    /// a look at their spans alone.
    fn waste(&mut self, options: &Options) -> Option<Profile> {
        if self.told.is_at_least(Verdict::Review) {
            return None;
        }
        let profile = self.fold.suspicion()?;
        let turns = is_sufficient(&profile, options.min_steps) && Evidence::of(&profile, options).turns;
        turns.then_some(profile)
    }

    /// An alert, when the verdict is worse than what was told before.
    fn tell(&mut self, finding: Finding) -> Option<Alert> {
        let worse = finding.verdict.is_at_least(Verdict::Note) && !self.told.is_at_least(finding.verdict);
        if worse {
            self.told = finding.verdict;
        }
        worse.then_some(Alert { finding })
    }

    fn take(&mut self, event: &Event<'_>) {
        self.meta.observe(event);
        let digest = digest(event, self.events, self.key);
        self.fold.push_owned(digest).expect("because the order counts up");
        self.events += 1;
        match event.kind {
            Kind::ToolResult | Kind::Text => self.unchecked += 1,
            Kind::Prompt => self.unchecked = CHECK_EVERY,
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::Event;
    use goodhart_trace::build::{Session, session};

    use super::Monitor;
    use crate::testing::{fold, work, working_events};
    use crate::{Assessed, Baseline, Options, SessionMeta, Verdict, judge_alone};

    fn runaway(id: &str, repeats: usize) -> Vec<Event<'static>> {
        session(id)
            .prompt("deploy it")
            .repeat(repeats, |s, _| s.call("Bash", r#"{"command":"ci status"}"#).result("no runs found"))
            .events()
    }

    #[test]
    fn a_runaway_is_told_of_early_and_once() {
        let mut monitor = Monitor::new(Baseline::embedded());
        let events = runaway("s", 100);
        let alerts: Vec<_> = events.iter().filter_map(|event| monitor.push(event)).collect();
        assert!((1..=2).contains(&alerts.len()), "{} alerts", alerts.len());
        assert!(alerts[0].finding.step_count <= 16, "told at step {}", alerts[0].finding.step_count);
        assert!(alerts.iter().all(|alert| alert.finding.verdict.is_at_least(Verdict::Note)));
    }

    #[test]
    fn work_raises_no_alert() {
        let mut monitor = Monitor::new(Baseline::embedded());
        assert!(working_events("s", 100).iter().all(|event| monitor.push(event).is_none()));
        assert_eq!(monitor.finish("s").unwrap().verdict, Verdict::Ok);
    }

    #[test]
    fn interleaved_sessions_do_not_disturb_each_other_and_equal_a_batch() {
        let baseline = Baseline::embedded();
        let mut monitor = Monitor::new(baseline);
        let (bad, good) = (runaway("bad", 40), working_events("good", 40));
        for (a, b) in bad.iter().zip(&good) {
            monitor.push(a);
            monitor.push(b);
        }
        bad.iter().skip(good.len()).chain(good.iter().skip(bad.len())).for_each(|event| {
            monitor.push(event);
        });
        assert_eq!(monitor.sessions().collect::<Vec<_>>(), ["bad", "good"]);
        for events in [bad, good] {
            let mut meta = SessionMeta::default();
            events.iter().for_each(|event| meta.observe(event));
            let batch = Assessed::new(meta, fold(&events, baseline), baseline);
            let expected = judge_alone(&batch, baseline, &Options::default());
            assert_eq!(monitor.assess(&expected.session_id), Some(expected.clone()));
            assert_eq!(monitor.finish(&expected.session_id), Some(expected));
        }
        assert_eq!(monitor.sessions().count(), 0);
    }

    /// Where a session is looked at and no alert comes, a whole assessment would have said nothing new either.
    #[test]
    fn a_look_misses_nothing() {
        let wait = |s: Session, _| s.call("Bash", r#"{"command":"ci status"}"#).result("no runs found");
        let say =
            |s: Session, _| s.text("I keep going and will report as soon as there is more to say here.");
        let talk = session("talk").prompt("go").repeat(9, work).repeat(9, say).prompt("and?").repeat(40, say);
        let mixed =
            session("mixed").prompt("go").repeat(20, work).repeat(5, wait).repeat(9, work).repeat(30, wait);
        for events in [talk.events(), mixed.events(), runaway("s", 40), working_events("w", 60)] {
            let mut monitor = Monitor::new(Baseline::embedded());
            let mut told = Verdict::Ok;
            for event in &events {
                let alert = monitor.push(event);
                told = alert.as_ref().map_or(told, |alert| alert.finding.verdict);
                let live = &monitor.sessions[&*event.session];
                let now = monitor.assess(&event.session).unwrap();
                if live.unchecked == 0 && now.verdict.is_at_least(Verdict::Note) {
                    assert!(told.is_at_least(now.verdict), "{told:?} {:?}", now.verdict);
                }
                assert!(alert.is_none_or(|alert| alert.finding == now));
            }
        }
    }

    #[test]
    fn of_an_unknown_session_nothing_is_said() {
        let mut monitor = Monitor::new(Baseline::embedded()).with_options(Options::default());
        assert_eq!((monitor.assess("x"), monitor.finish("x")), (None, None));
    }
}
