//! Honest work that looks like waste, and how it is told apart.
//!
//! Each look-alike is one stanza below: the trigger that makes a span look like it, and the test that decides. Only
//! spans with the trigger are held against it, so an ordinary finding lists few. The ids are those of the taxonomy.
//! Every test asks for a trace that waste does not leave: a result that moved, an edit a repeat, a compaction a
//! re-read. A clock is asked where it excuses, never where it accuses.

use goodhart_features::{Axis, Pattern, Profile, Span};

use crate::finding::{Considered, Outcome};
use crate::tuning::{MOVES, PING_HOURS, PINGS_A_DAY, REPEATS_PER_MOVE, STUCK_STEPS, WAITS_PER_MOVE};

/// One kind of honest work.
#[derive(Debug)]
pub struct Lookalike {
    /// Its id in the taxonomy.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What becomes of a span that it accepts.
    pub effect: Effect,
    /// Whether a span looks like it.
    seems: fn(&Span, &Facts) -> bool,
    /// Whether a span is it, and because of what.
    test: fn(&Span, &Facts) -> (bool, String),
}

/// What becomes of a span that a look-alike accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is no evidence.
    Explains,
    /// It is evidence for at most `note`.
    Softens,
}

/// Every look-alike that a single session can show.
pub const LOOKALIKES: &[Lookalike] = &[
    WATCHER,
    PATIENT_WATCHER,
    SCHEDULE,
    HEARTBEAT,
    ITERATION,
    SWEEP,
    EVENTS,
    SAMPLING,
    DEBUGGING,
    ASKED,
    PROBING,
    STUCK,
    REREAD,
    CHECKED,
    PINGS,
    CONTINUED,
];

const WATCHER: Lookalike = Lookalike {
    id: "L01",
    title: "watching something that moves",
    effect: Effect::Explains,
    seems: |span, _| span.moves > 0 || matches!(span.pattern, Pattern::Repeat | Pattern::Cycle),
    test: |span, facts| match span.moves {
        0 => (false, "no question got another answer".to_owned()),
        moves => {
            let often = moves >= MOVES && REPEATS_PER_MOVE * moves >= span.steps;
            (
                often || facts.is_poll(span),
                format!("the result moved {moves} times in {} repeats", span.steps),
            )
        }
    },
};

/// What is rarely answered otherwise costs more than it should; it is no sign of a session that only burns.
const PATIENT_WATCHER: Lookalike = Lookalike {
    id: "L02",
    title: "watching something that seldom moves",
    effect: Effect::Softens,
    seems: |span, facts| span.moves > 0 && !(WATCHER.test)(span, facts).0,
    test: |span, _| {
        let because = format!("the result moved {} times in {} repeats", span.moves, span.steps);
        (span.moves >= MOVES && WAITS_PER_MOVE * span.moves >= span.steps, because)
    },
};

/// A turn a look, most of which find nothing; what one finds is seen to.
const SCHEDULE: Lookalike = Lookalike {
    id: "L03",
    title: "a scheduled look, and work when it finds something",
    effect: Effect::Softens,
    seems: |span, facts| asks(span) && span.sampled > 0 && span.period <= 2 && facts.prompts >= span.repeats,
    test: |span, facts| {
        let &Span { repeats, sampled, .. } = span;
        let Facts { prompts, others, .. } = *facts;
        let because = format!(
            "{repeats} looks in {prompts} turns, {sampled} of them found something else lately, {others} other steps"
        );
        (others >= sampled, because)
    },
};

/// A turn a look, of which most find nothing to speak of: the report says so each time.
const HEARTBEAT: Lookalike = Lookalike {
    id: "L04",
    title: "the same report on a look that is another one each time",
    effect: Effect::Softens,
    seems: |span, facts| span.pattern == Pattern::Chant && span.period > 1 && facts.prompts >= span.repeats,
    test: |span, facts| {
        let looks = facts.between(facts.others, span);
        (looks >= span.steps, format!("about {looks} other steps between {} reports", span.steps))
    },
};

const ITERATION: Lookalike = Lookalike {
    id: "L05",
    title: "iterating towards green tests or a finished plan",
    effect: Effect::Explains,
    seems: |span, facts| matches!(span.pattern, Pattern::Repeat | Pattern::Cycle) && facts.milestones > 0,
    test: |span, facts| {
        let moves = facts.between(facts.milestones, span);
        let because = format!("tests or plan moved about {moves} times between {} repeats", span.steps);
        (REPEATS_PER_MOVE * moves >= span.steps, because)
    },
};

/// Who changes something everywhere looks into many files that do not have it.
const SWEEP: Lookalike = Lookalike {
    id: "L06",
    title: "a sweep: each file looked into for the first time",
    effect: Effect::Softens,
    seems: |span, _| asks(span) && span.first_looks > 0,
    test: |span, _| {
        let &Span { first_looks, steps, .. } = span;
        (
            are_most(first_looks, span),
            format!("{first_looks} of {steps} looked at something for the first time"),
        )
    },
};

/// One event, one answer, and each time another one.
const EVENTS: Lookalike = Lookalike {
    id: "L09",
    title: "answering events as they come, each in its turn",
    effect: Effect::Softens,
    seems: |span, facts| span.pattern == Pattern::Barren && facts.prompts > 0,
    test: |span, facts| {
        let turns = facts.between(facts.prompts, span);
        let &Span { repeats, steps, .. } = span;
        let because =
            format!("{steps} calls in about {turns} turns, {repeats} of them with a question put before");
        (steps <= turns && asks_otherwise(span), because)
    },
};

/// What varies has to be looked at often: a load test, a gauge, a test that fails now and then.
const SAMPLING: Lookalike = Lookalike {
    id: "L10",
    title: "measuring what varies: a load test, a gauge, a test that fails now and then",
    effect: Effect::Softens,
    seems: |span, _| span.sampled > 0,
    test: |span, _| {
        let because = format!(
            "of {} repeats {} had other figures, or an answer that has moved by itself lately",
            span.steps, span.sampled
        );
        (are_most(span.sampled, span), because)
    },
};

const DEBUGGING: Lookalike = Lookalike {
    id: "L11",
    title: "debugging or refactoring: edits between the repeats",
    effect: Effect::Explains,
    seems: |span, facts| asks(span) && facts.edits > 0,
    test: |span, facts| {
        let (edits, moves) = (facts.between(facts.edits, span), facts.between(facts.status_moves, span));
        let because = format!(
            "about {edits} edits and {moves} moves of a test or build status between {} repeats",
            span.steps
        );
        (edits >= span.steps && moves > 0, because)
    },
};

/// Who is asked something else may look at the same files once more.
const ASKED: Lookalike = Lookalike {
    id: "L12",
    title: "looking again at what another question is about",
    effect: Effect::Softens,
    seems: |span, facts| {
        matches!(span.pattern, Pattern::Reread | Pattern::Cycle) && facts.prompts > facts.nudges
    },
    test: |span, facts| {
        let asked = facts.between(facts.prompts - facts.nudges, span);
        let because =
            format!("content came again {} times, with about {asked} new questions between", span.repeats);
        (span.repeats <= asked, because)
    },
};

const PROBING: Lookalike = Lookalike {
    id: "L13",
    title: "probing: another question each time, and answers that differ",
    effect: Effect::Softens,
    seems: |span, _| asks(span) && span.altered > 0,
    test: |span, _| {
        let &Span { altered, steps, repeats, .. } = span;
        let because = format!(
            "{altered} of {steps} answers differed in some lines, one question came {repeats} times again"
        );
        (are_most(altered, span) && asks_otherwise(span), because)
    },
};

const STUCK: Lookalike = Lookalike {
    id: "L16",
    title: "a stuck agent: retries of what fails, or a stretch that was stopped",
    effect: Effect::Softens,
    seems: |span, _| span.cut_short || span.failures > 0 || unanswered(span) > 0,
    test: |span, _| match span.cut_short {
        true => (true, "the stretch was cut short from outside".to_owned()),
        false => {
            let in_vain = span.failures + unanswered(span);
            let because = format!("{in_vain} of {} repeats failed or were told nothing", span.steps);
            (are_most(in_vain, span), because)
        }
    },
};

/// Steps of a short stretch that were told nothing: a bug may be behind it, where somebody gives up in the end.
fn unanswered(span: &Span) -> u64 {
    if span.steps <= STUCK_STEPS { span.unanswered } else { 0 }
}

const REREAD: Lookalike = Lookalike {
    id: "L17",
    title: "reading again what a compaction took away",
    effect: Effect::Explains,
    seems: |span, facts| span.pattern == Pattern::Reread && facts.compactions > 0,
    test: |span, facts| {
        let because =
            format!("content came again {} times, with {} compactions", span.repeats, facts.compactions);
        (span.repeats <= facts.compactions, because)
    },
};

/// What is made gets checked before it is saved, and the checks of good work are answered alike.
const CHECKED: Lookalike = Lookalike {
    id: "L18",
    title: "checking what is made: another question each time, and something saved after most",
    effect: Effect::Softens,
    seems: |span, facts| asks(span) && asks_otherwise(span) && facts.edits > 0,
    test: |span, facts| {
        let (edits, steps) = (facts.between(facts.edits, span), span.steps);
        (are_most(edits, span), format!("about {edits} edits between {steps} questions that differ"))
    },
};

const PINGS: Lookalike = Lookalike {
    id: "L20",
    title: "a few pings a day",
    effect: Effect::Explains,
    seems: |span, _| span.pattern == Pattern::Chant && hours(span).is_some(),
    test: |span, _| {
        let hours = hours(span).unwrap_or(0);
        let few = span.steps <= PINGS_A_DAY * (hours / 24 + 1);
        let because = format!("{} repeats in {hours} hours", span.steps);
        (few && span.steps * PING_HOURS <= hours, because)
    },
};

/// Hours from the first step of a span to the last, where the log tells the time.
fn hours(span: &Span) -> Option<u64> {
    let elapsed = span.last.time_ms?.checked_sub(span.first.time_ms?)?;
    u64::try_from(elapsed / 3_600_000).ok()
}

const CONTINUED: Lookalike = Lookalike {
    id: "L22",
    title: "supervised work that is told to continue",
    effect: Effect::Explains,
    seems: |span, facts| {
        span.pattern == Pattern::Chant && 2 * facts.nudges >= facts.prompts && facts.nudges > 0
    },
    test: |span, facts| {
        let moves = facts.between(facts.edits + facts.milestones, span);
        (moves >= span.steps, format!("about {moves} changes of the world between {} repeats", span.steps))
    },
};

/// Whether a span puts questions, one or several.
fn asks(span: &Span) -> bool {
    matches!(span.pattern, Pattern::Repeat | Pattern::Cycle | Pattern::Barren)
}

/// Whether so many are half of its steps or more.
fn are_most(count: u64, span: &Span) -> bool {
    2 * count >= span.steps
}

/// Whether most of its questions are others than before.
fn asks_otherwise(span: &Span) -> bool {
    3 * span.repeats <= span.steps
}

/// What the tests ask of a session, in counts.
#[derive(Debug, Clone, Default, PartialEq)]
struct Facts {
    /// Begin and identity of the stretches that the fold takes as polling.
    polls: Vec<(u64, u64)>,
    /// Steps that are in no loop span.
    others: u64,
    /// Edits with a net change.
    edits: u64,
    /// Moves of a test or build status.
    status_moves: u64,
    /// Moves of a test status or of the plan.
    milestones: u64,
    compactions: u64,
    prompts: u64,
    /// Prompts with next to no new content.
    nudges: u64,
}

impl Facts {
    fn of(profile: &Profile) -> Self {
        let value = |id| profile.feature(id).unwrap_or(0.0);
        let steps = |id| (value(id) * profile.steps as f64).round() as u64;
        let prompts = value("prompts");
        let looped = profile.spans.iter().filter(|span| span.axis == Axis::Loop).map(|span| span.steps);
        Facts {
            polls: profile.polls.iter().map(identity).collect(),
            others: profile.steps.saturating_sub(looped.sum()),
            edits: steps("edit_share"),
            status_moves: steps("test_moves"),
            milestones: steps("test_moves") + steps("plan_moves"),
            compactions: value("compactions") as u64,
            prompts: prompts as u64,
            nudges: (value("nudge_share") * prompts).round() as u64,
        }
    }

    /// How many of the session's moves may stand between the repeats of a span: as many as fall to the steps there,
    /// when they are spread evenly over the steps that do not recur. Work elsewhere in a session excuses no loop.
    fn between(&self, moves: u64, span: &Span) -> u64 {
        let length = span.last.step.saturating_sub(span.first.step);
        let between = length.saturating_sub(span.steps).min(self.others);
        (u128::from(moves) * u128::from(between) / u128::from(self.others.max(1))) as u64
    }

    fn is_poll(&self, span: &Span) -> bool {
        self.polls.contains(&identity(span))
    }
}

fn identity(span: &Span) -> (u64, u64) {
    (span.first.step, span.recurring)
}

/// What the look-alikes say of the spans of one session.
#[derive(Debug)]
pub(crate) struct Opinions {
    /// One entry a look-alike that some span seems to be; it tells of the heaviest such span.
    pub(crate) considered: Vec<Considered>,
    facts: Facts,
}

/// Holds spans, heaviest first, against every look-alike. What the fold has set aside as polling is no evidence, and
/// is told of where a look-alike accepts it and no evidence seems to be the same.
pub(crate) fn consider(spans: &[&Span], profile: &Profile) -> Opinions {
    let facts = Facts::of(profile);
    let opinion = |lookalike: &Lookalike| {
        let seems = |span: &&Span| (lookalike.seems)(span, &facts);
        let accepted = |span: &&Span| seems(span) && (lookalike.test)(span, &facts).0;
        let evidence = spans.iter().copied().find(seems);
        let told = evidence.or_else(|| profile.polls.iter().find(accepted))?;
        let (accepted, because) = (lookalike.test)(told, &facts);
        let outcome = if accepted { Outcome::Accepted } else { Outcome::Rejected };
        Some(Considered { lookalike: lookalike.id.into(), outcome, because })
    };
    Opinions { considered: LOOKALIKES.iter().filter_map(opinion).collect(), facts }
}

impl Opinions {
    /// Whether a look-alike with one of these effects accepts a span.
    pub(crate) fn accepts(&self, span: &Span, effects: &[Effect]) -> bool {
        let mut lookalikes = LOOKALIKES.iter().filter(|lookalike| effects.contains(&lookalike.effect));
        lookalikes
            .any(|lookalike| (lookalike.seems)(span, &self.facts) && (lookalike.test)(span, &self.facts).0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use goodhart_features::{Axis, Pattern, Place, Span};

    use super::{
        ASKED, CHECKED, CONTINUED, DEBUGGING, EVENTS, Effect, Facts, HEARTBEAT, ITERATION, LOOKALIKES,
        Lookalike, PATIENT_WATCHER, PINGS, REREAD, SAMPLING, SCHEDULE, STUCK, SWEEP, WATCHER, consider,
    };
    use crate::finding::Outcome;
    use crate::testing::looping;

    /// Ten repeats without a step between them.
    fn span(pattern: Pattern) -> Span {
        Span {
            axis: Axis::Loop,
            pattern,
            tool: Some("Bash".into()),
            period: 1,
            repeats: 10,
            recurring: 7,
            varies: Vec::new(),
            steps: 10,
            tokens: 100,
            peak: 0.9,
            mean: 0.9,
            first: Place::default(),
            last: Place { step: 10, ..Place::default() },
            moves: 0,
            altered: 0,
            sampled: 0,
            failures: 0,
            unanswered: 0,
            first_looks: 0,
            cut_short: false,
        }
    }

    /// As many with two steps between each.
    fn spread(pattern: Pattern) -> Span {
        Span { last: Place { step: 30, ..Place::default() }, ..span(pattern) }
    }

    /// Of a session with 40 steps that are in no loop.
    fn facts() -> Facts {
        Facts { others: 40, ..Facts::default() }
    }

    fn accepts(lookalike: &Lookalike, span: &Span, facts: &Facts) -> bool {
        assert!((lookalike.seems)(span, facts), "{} does not seem to be {:?}", lookalike.id, span.pattern);
        (lookalike.test)(span, facts).0
    }

    #[test]
    fn ids_are_unique_and_in_order() {
        let ids: Vec<_> = LOOKALIKES.iter().map(|lookalike| lookalike.id).collect();
        assert_eq!(ids, ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
        assert!(LOOKALIKES.iter().all(|lookalike| !lookalike.title.is_empty()));
    }

    #[test]
    fn a_watcher_sees_results_move() {
        let moving = |moves| Span { moves, ..span(Pattern::Repeat) };
        let polling = Facts { polls: vec![(0, 7)], ..facts() };
        assert!(accepts(&WATCHER, &moving(6), &polling));
        assert!(accepts(&WATCHER, &moving(3), &facts()));
        assert!(!accepts(&WATCHER, &moving(2), &facts()));
        assert!(!accepts(&WATCHER, &moving(0), &polling));
    }

    #[test]
    fn who_waits_for_what_seldom_moves_is_told_but_not_accused() {
        let moving = |moves, steps| Span { moves, steps, ..span(Pattern::Repeat) };
        assert!(accepts(&PATIENT_WATCHER, &moving(2, 48), &facts()));
        assert!(!accepts(&PATIENT_WATCHER, &moving(2, 49), &facts()));
        assert!(!accepts(&PATIENT_WATCHER, &moving(1, 9), &facts()), "one move may be chance");
        assert!(!(PATIENT_WATCHER.seems)(&moving(0, 9), &facts()));
        assert_eq!(PATIENT_WATCHER.effect, Effect::Softens);
    }

    #[test]
    fn polling_is_told_of_though_it_is_no_evidence() {
        let mut profile = looping(20);
        let mut poll = profile.spans.remove(0);
        poll.moves = 4;
        profile.polls = vec![poll];
        let considered = consider(&[], &profile).considered;
        assert_eq!((considered.len(), considered[0].outcome), (1, Outcome::Accepted));
        assert_eq!(considered[0].because, "the result moved 4 times in 19 repeats");
    }

    #[test]
    fn who_measures_chance_is_told_but_not_accused() {
        let sampled = |sampled| Span { sampled, ..span(Pattern::Repeat) };
        assert!(accepts(&SAMPLING, &sampled(5), &facts()));
        assert!(!accepts(&SAMPLING, &sampled(4), &facts()));
        assert!(!(SAMPLING.seems)(&sampled(0), &facts()));
        assert_eq!(SAMPLING.effect, Effect::Softens);
    }

    #[test]
    fn a_scheduled_look_finds_something_now_and_then_and_sees_to_it() {
        let looks = |sampled, period| Span { sampled, period, ..span(Pattern::Cycle) };
        let (turns, idle) = (Facts { prompts: 12, ..facts() }, Facts { prompts: 12, ..Facts::default() });
        assert!(accepts(&SCHEDULE, &looks(4, 2), &turns));
        assert!(!accepts(&SCHEDULE, &looks(4, 2), &idle), "nothing else was done");
        assert!(!(SCHEDULE.seems)(&looks(0, 2), &turns), "it has never found anything");
        assert!(!(SCHEDULE.seems)(&looks(4, 3), &turns), "more than a look and an answer");
        assert!(!(SCHEDULE.seems)(&looks(4, 2), &Facts { prompts: 9, ..facts() }), "more looks than turns");
    }

    #[test]
    fn a_heartbeat_reports_on_another_look_each_time() {
        let reports = |span: Span| Span { period: 2, ..span };
        let turns = Facts { prompts: 12, ..facts() };
        assert!(accepts(&HEARTBEAT, &reports(spread(Pattern::Chant)), &turns));
        assert!(!accepts(&HEARTBEAT, &reports(span(Pattern::Chant)), &turns), "nothing stands between");
        assert!(!(HEARTBEAT.seems)(&spread(Pattern::Chant), &turns), "one message after the other");
        assert!(!(HEARTBEAT.seems)(&reports(spread(Pattern::Chant)), &Facts { prompts: 9, ..facts() }));
    }

    #[test]
    fn what_is_made_is_checked_before_it_is_saved() {
        let checks = |repeats| Span { repeats, ..spread(Pattern::Cycle) };
        let saved = |edits| Facts { edits, ..facts() };
        assert!(accepts(&CHECKED, &checks(3), &saved(10)));
        assert!(!accepts(&CHECKED, &checks(3), &saved(9)), "half of the steps lie between");
        assert!(!(CHECKED.seems)(&checks(4), &saved(10)), "the same question");
        assert!(!(CHECKED.seems)(&checks(3), &facts()), "nothing was saved");
    }

    #[test]
    fn a_sweep_looks_into_each_file_once() {
        let looks = |first_looks| Span { first_looks, ..span(Pattern::Barren) };
        assert!(accepts(&SWEEP, &looks(5), &facts()));
        assert!(!accepts(&SWEEP, &looks(4), &facts()));
        assert!(!(SWEEP.seems)(&looks(0), &facts()));
    }

    #[test]
    fn an_event_has_one_answer_and_each_another_one() {
        let answers = |repeats| Span { repeats, ..spread(Pattern::Barren) };
        let turns = |prompts| Facts { prompts, ..facts() };
        assert!(accepts(&EVENTS, &answers(3), &turns(20)));
        assert!(!accepts(&EVENTS, &answers(3), &turns(19)), "half of the steps lie between");
        assert!(!accepts(&EVENTS, &answers(4), &turns(20)));
    }

    #[test]
    fn another_question_looks_at_the_same_again() {
        let again = |repeats| Span { repeats, ..spread(Pattern::Reread) };
        let asked = Facts { prompts: 12, nudges: 2, ..facts() };
        assert!(accepts(&ASKED, &again(5), &asked));
        assert!(!accepts(&ASKED, &again(6), &asked), "half of the steps lie between");
        assert!(!(ASKED.seems)(&again(5), &Facts { prompts: 12, nudges: 12, ..facts() }));
    }

    #[test]
    fn an_iteration_moves_tests_between_its_repeats() {
        let green = Facts { milestones: 6, ..facts() };
        assert!(accepts(&ITERATION, &spread(Pattern::Cycle), &green));
        assert!(!accepts(&ITERATION, &span(Pattern::Cycle), &green), "no step stands between");
        assert!(!accepts(&ITERATION, &spread(Pattern::Cycle), &Facts { milestones: 5, ..facts() }));
    }

    #[test]
    fn debugging_edits_for_every_repeat_and_moves_a_status() {
        let debugging = Facts { edits: 20, status_moves: 2, ..facts() };
        assert!(accepts(&DEBUGGING, &spread(Pattern::Repeat), &debugging));
        assert!(!accepts(
            &DEBUGGING,
            &spread(Pattern::Repeat),
            &Facts { status_moves: 0, ..debugging.clone() }
        ));
        assert!(!accepts(&DEBUGGING, &spread(Pattern::Repeat), &Facts { edits: 19, ..debugging.clone() }));
        assert!(!accepts(&DEBUGGING, &span(Pattern::Repeat), &debugging));
        let elsewhere = Facts { others: 400, ..debugging.clone() };
        assert!(!accepts(&DEBUGGING, &spread(Pattern::Repeat), &elsewhere), "work elsewhere is no excuse");
        assert!(!(DEBUGGING.seems)(&spread(Pattern::Churn), &debugging));
        assert!(
            !(DEBUGGING.seems)(&spread(Pattern::Reread), &debugging),
            "what was edited does not read the same"
        );
    }

    #[test]
    fn a_reread_takes_one_compaction_each() {
        let twice = Span { repeats: 2, ..span(Pattern::Reread) };
        assert!(accepts(&REREAD, &twice, &Facts { compactions: 2, ..facts() }));
        assert!(!accepts(&REREAD, &twice, &Facts { compactions: 1, ..facts() }));
        assert!(!(REREAD.seems)(&twice, &facts()));
    }

    #[test]
    fn a_few_pings_a_day_are_no_burning() {
        let after = |hours: i64, steps| {
            let place = |hours: i64| Place { time_ms: Some(hours * 3_600_000), ..Place::default() };
            Span { steps, first: place(0), last: place(hours), ..span(Pattern::Chant) }
        };
        assert!(accepts(&PINGS, &after(24, 10), &facts()));
        assert!(!accepts(&PINGS, &after(24, 11), &facts()));
        assert!(!accepts(&PINGS, &after(5, 4), &facts()), "a burst");
        assert!(!(PINGS.seems)(&span(Pattern::Chant), &facts()), "without a time nothing is told");
        assert!(!(PINGS.seems)(&Span { pattern: Pattern::Repeat, ..after(24, 4) }, &facts()));
    }

    #[test]
    fn continued_work_moves_once_a_nudge() {
        let nudged = Facts { prompts: 10, nudges: 8, edits: 18, milestones: 2, ..facts() };
        assert!(accepts(&CONTINUED, &spread(Pattern::Chant), &nudged));
        assert!(!accepts(&CONTINUED, &spread(Pattern::Chant), &Facts { edits: 17, ..nudged.clone() }));
        // Work elsewhere in the session excuses no nudges in a row.
        assert!(!accepts(&CONTINUED, &span(Pattern::Chant), &nudged));
        assert!(!(CONTINUED.seems)(&span(Pattern::Chant), &Facts { nudges: 4, ..nudged }));
    }

    #[test]
    fn a_stretch_that_fails_or_was_cut_short_is_a_stuck_agent() {
        assert!(accepts(&STUCK, &Span { cut_short: true, ..span(Pattern::Repeat) }, &facts()));
        assert!(accepts(&STUCK, &Span { failures: 5, ..span(Pattern::Repeat) }, &facts()));
        assert!(!accepts(&STUCK, &Span { failures: 4, ..span(Pattern::Repeat) }, &facts()));
        assert!(!(STUCK.seems)(&span(Pattern::Repeat), &facts()));
        let told_nothing = |steps| Span { steps, unanswered: steps, ..span(Pattern::Repeat) };
        assert!(accepts(&STUCK, &told_nothing(24), &facts()));
        assert!(!(STUCK.seems)(&told_nothing(25), &facts()), "by then it is known");
    }

    #[test]
    fn only_what_seems_to_be_there_is_considered() {
        let profile = looping(20);
        let spans: Vec<&Span> = profile.spans.iter().collect();
        let considered = consider(&spans, &profile).considered;
        assert_eq!(considered.len(), 1, "{considered:?}");
        assert_eq!((&*considered[0].lookalike, considered[0].outcome), ("L01", Outcome::Rejected));
        assert_eq!(considered[0].because, "no question got another answer");
    }
}
