//! Labelled sessions of the taxonomy, written in native log formats.
//!
//! Sessions of AI coding agents whose truth is known: inflation patterns at three difficulties and mixed into honest work,
//! legitimate look-alikes and neutral work at two noise levels. A session is made in three steps. A recipe writes a script
//! around a project that really changes: reading returns what is there, an edit changes it, tests fail as long as the
//! bug stands. The script is then played, which says when everything happens and what every request is billed,
//! and written down as a Claude Code transcript or a Codex rollout. The same class, difficulty and seed give the same
//! bytes everywhere.
//!
//! The generator shares no code with the detectors that are measured with it.
//!
//! ```
//! use goodhart_synth::{class, generate, Difficulty};
//!
//! let pattern = class("G18").expect("because it is in the registry");
//! let session = generate(pattern, Difficulty::Easy, 7);
//! assert_eq!(session.lines, generate(pattern, Difficulty::Easy, 7).lines);
//! assert!(session.label.waste_share > 0.5);
//! assert!(session.lines.contains(&session.label.spans[0].first_call));
//! ```
//!
//! # Settings
//!
//! - Patterns are `easy` (the plain form, nearly alone), `medium` (disguised, one stretch; half to four fifths of the steps are
//!   honest work), `hard` (better disguised, scattered), or `mixed`: a fifth of the steps is the pattern in one of the three
//!   disguises, the rest is honest. The honest parts of a pattern come from the recipe of class `N`.
//! - Honest classes are `normal`, or `noisy` with 20 to 30 % stuck retries, missing results and now and then an aborted ending.
//!
//! # Sessions and actors
//!
//! A class of level *session* gives one session, and one session tells. A class of level *actor* gives a small group of sessions
//! in one project, in the order of time (three to ten, where the taxonomy speaks of hundreds; some give only one): what
//! it is shows in the repetition across them, in models, prices, commits or ids. Its labels carry the same `actor`. No log
//! names that actor, so a judge of single sessions cannot know it; such patterns are therefore neither positives nor
//! negatives in evaluation lines. Look-alikes of that level are negatives, as each of their sessions is honest.
//!
//! The first occurrence of what recurs is not part of a span. `waste_share` is the share of billed tokens that went to
//! requests inside the spans of that session.
//!
//! # Formats
//!
//! Both forms tell the same script with the same bills, under ids of their own. A rollout has the tools of its agent: a
//! reading is a command, an edit a patch; what is written to the cache counts as input, since rollouts do not tell it
//! apart. Requests of a rollout have no id; labels count them, as in `<session>#4`.
//!
//! # Splicing
//!
//! [`splice()`] puts loops, padding or honest work into copies of real logs:
//!
//! | mode | axis | the copy gains |
//! |---|---|---|
//! | `plain` | none | nothing; it is what the others are compared with |
//! | `verbatim` | loop | a stretch of equal calls with equal results |
//! | `cycle` | loop | a stretch that goes round two to four calls |
//! | `volatile` | loop | equal calls whose results differ in numbers and in a line with the time |
//! | `varied` | loop | such results to calls that are spelled in another way each time |
//! | `spread` | loop | equal calls, scattered over the rest of the session |
//! | `reread` | loop | readings of what has been read already, in turn |
//! | `barren` | loop | searches with changing words and no hit |
//! | `churn` | loop | an edit that is made and taken back |
//! | `filler` | pad | messages of empty phrases around names of the session |
//! | `echo` | pad | messages that quote what a tool has printed |
//! | `foreign` | none | a stretch of some other session |
//! | `poll` | none | equal calls, each with a result of new lines, as if a log were followed |
//! | `verify` | none | edits of some other session with a test run after each, in which less and less fails |
#![doc = include_str!("../classes.md")]

mod class;
mod classes;
mod claude_code;
mod code;
mod codex;
mod dataset;
mod desk;
mod dice;
mod error;
mod fleet;
mod formats;
mod generate;
mod label;
mod lookalikes;
mod neutral;
mod patch;
mod patterns;
mod phrases;
mod play;
mod project;
mod prose;
mod record;
mod script;
mod shell;
mod splice;
mod stamp;
mod tools;
mod words;
mod work;

pub use class::{Axis, Class, Difficulty, Expected, Level};
pub use classes::{class, classes};
pub use dataset::{Plan, Written, write, write_sample};
pub use error::Error;
pub use formats::Format;
pub use generate::{Session, generate, generate_actor};
pub use label::{EvaluationLine, Label, Span};
pub use script::Step;
pub use splice::{Mode, Splice, Spliced, splice};

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::OnceLock;

    use serde_json::Value;

    use super::*;

    /// Every class with every setting, mixed ones included.
    fn settings() -> impl Iterator<Item = (&'static Class, Difficulty)> {
        let mixed = |class: &Class| class.can_mix().then_some(Difficulty::Mixed);
        classes().iter().flat_map(move |class| {
            class
                .difficulties()
                .iter()
                .copied()
                .chain(mixed(class))
                .map(move |difficulty| (class, difficulty))
        })
    }

    /// The sessions of every class at every setting, as Claude Code transcripts.
    fn all() -> impl Iterator<Item = &'static Session> {
        static ALL: OnceLock<Vec<Session>> = OnceLock::new();
        let actor = |(class, difficulty)| generate_actor(class, difficulty, 11, Format::ClaudeCode);
        ALL.get_or_init(|| settings().flat_map(actor).collect()).iter()
    }

    fn lines(session: &Session) -> Vec<Value> {
        session
            .lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("because the log is JSON"))
            .collect()
    }

    /// Calls as (id, tool, arguments) and results by id with their error flag.
    type Calls = (Vec<(String, String, String)>, BTreeMap<String, (String, bool)>);

    fn calls(session: &Session) -> Calls {
        let (mut calls, mut results) = (Vec::new(), BTreeMap::new());
        for line in lines(session) {
            for block in line["message"]["content"].as_array().into_iter().flatten() {
                let text = |key: &str| block[key].as_str().unwrap_or_default().to_owned();
                match block["type"].as_str() {
                    Some("tool_use") => calls.push((text("id"), text("name"), block["input"].to_string())),
                    Some("tool_result") => {
                        let error = block["is_error"].as_bool().unwrap_or_default();
                        results.insert(text("tool_use_id"), (text("content"), error));
                    }
                    _ => {}
                }
            }
        }
        (calls, results)
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        let text = |(class, difficulty), seed, format| -> String {
            generate_actor(class, difficulty, seed, format).into_iter().map(|session| session.lines).collect()
        };
        let once: String = all().map(|session| session.lines.as_str()).collect();
        let again: String = settings().map(|setting| text(setting, 11, Format::ClaudeCode)).collect();
        assert!(once == again);
        for class in classes() {
            let setting = (class, class.difficulties()[0]);
            let rollout = text(setting, 11, Format::Codex);
            assert!(rollout == text(setting, 11, Format::Codex), "{}", class.id);
            assert!(rollout != text(setting, 12, Format::Codex), "{}", class.id);
        }
    }

    #[test]
    fn patterns_have_spans_and_honest_classes_have_none() {
        for session in all() {
            let Label { pattern_id, difficulty, class, waste_share, ref spans, ref actor, .. } =
                session.label;
            let case = format!("{pattern_id} {difficulty:?} {waste_share}");
            assert!((0.0..=1.0).contains(&waste_share), "{case}");
            assert_eq!(spans.is_empty(), waste_share == 0.0, "{case}");
            if class == Axis::None {
                assert!(spans.is_empty(), "{case}");
            } else if actor.is_none() {
                assert!(waste_share > 0.02, "{case}");
            }
        }
    }

    #[test]
    fn the_last_session_of_an_actor_shows_the_pattern() {
        let patterns =
            settings().filter(|(class, _)| class.level == Level::Actor && class.axis != Axis::None);
        for (class, difficulty) in patterns {
            let session = generate(class, difficulty, 4);
            assert!(session.label.waste_share > 0.02, "{} {difficulty:?}", class.id);
            assert!(session.evaluation(&[]).is_empty(), "one such session speaks for nothing");
        }
    }

    #[test]
    fn sessions_of_an_actor_share_its_name_and_differ_otherwise() {
        for (class, difficulty) in settings() {
            let sessions = generate_actor(class, difficulty, 3, Format::Codex);
            let ids: BTreeSet<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
            let actors: BTreeSet<_> = sessions.iter().map(|session| &session.label.actor).collect();
            assert_eq!((ids.len(), actors.len()), (sessions.len(), 1), "{} {difficulty:?}", class.id);
            assert!(sessions.len() == 1 || sessions[0].label.actor.is_some());
        }
    }

    #[test]
    fn a_fifth_of_a_mixed_session_is_the_pattern() {
        for class in classes().iter().filter(|class| class.can_mix()) {
            let (mut wasted, mut steps) = (0, 0);
            for session in (0..6).map(|seed| generate(class, Difficulty::Mixed, seed)) {
                assert_eq!(session.label.difficulty, Difficulty::Mixed);
                wasted += session.steps.iter().filter(|step| step.waste).count();
                steps += session.steps.len();
            }
            let share = f64::from(wasted as u32) / f64::from(steps as u32);
            assert!((0.05..0.3).contains(&share), "{} {share}", class.id);
        }
    }

    #[test]
    fn the_formats_tell_the_same_story() {
        for (class, difficulty) in settings() {
            let [one, other] = Format::ALL.map(|format| generate_actor(class, difficulty, 8, format));
            assert_eq!(one.len(), other.len());
            for (a, b) in one.iter().zip(&other) {
                let marks =
                    |s: &Session| s.steps.iter().map(|step| (step.waste, step.is_call)).collect::<Vec<_>>();
                assert_eq!(marks(a), marks(b), "{} {difficulty:?}", class.id);
                assert_eq!((a.tokens, a.label.waste_share), (b.tokens, b.label.waste_share));
                assert_ne!(a.id, b.id);
            }
        }
    }

    #[test]
    fn labels_point_at_steps_of_the_file() {
        for session in all() {
            let known: BTreeSet<&str> = session.steps.iter().map(|step| step.id.as_str()).collect();
            assert_eq!(known.len(), session.steps.len(), "step ids are unique");
            assert!(known.iter().all(|id| session.lines.contains(&format!("\"id\":\"{id}\""))));
            for span in &session.label.spans {
                assert_eq!(
                    (span.first_call.as_str(), span.last_call.as_str()),
                    (span.calls[0].as_str(), span.calls[span.calls.len() - 1].as_str())
                );
                assert!(span.calls.iter().all(|call| known.contains(call.as_str())));
            }
            let in_spans: usize = session.label.spans.iter().map(|span| span.calls.len()).sum();
            assert_eq!(in_spans, session.steps.iter().filter(|step| step.waste).count());
        }
    }

    #[test]
    fn lines_form_a_chain() {
        for session in all() {
            let mut seen = BTreeSet::new();
            for line in lines(session) {
                let Some(uuid) = line["uuid"].as_str() else { continue };
                assert_eq!(line["sessionId"], session.id.as_str());
                if let Some(parent) = line["parentUuid"].as_str() {
                    assert!(seen.contains(parent), "{parent} stands before {uuid}");
                }
                assert!(seen.insert(uuid.to_owned()), "{uuid} is unique");
            }
        }
    }

    #[test]
    fn usage_repeats_over_the_lines_of_a_response_and_its_output_grows() {
        for session in all() {
            let mut responses: BTreeMap<String, Vec<[u64; 4]>> = BTreeMap::new();
            for line in lines(session) {
                let usage = &line["message"]["usage"];
                let Some(id) = line["message"]["id"].as_str() else { continue };
                let keys = [
                    "input_tokens",
                    "cache_read_input_tokens",
                    "cache_creation_input_tokens",
                    "output_tokens",
                ];
                let counts = keys.map(|key| usage[key].as_u64().expect("because every response has usage"));
                responses.entry(id.to_owned()).or_default().push(counts);
            }
            for copies in responses.values() {
                assert!(
                    copies.windows(2).all(|pair| pair[0][..3] == pair[1][..3] && pair[0][3] <= pair[1][3])
                );
                let uncached = session.label.pattern_id == "G16a";
                assert!((uncached || copies[0][1] > 0) && copies[copies.len() - 1][3] > 0);
            }
        }
    }

    #[test]
    fn waste_share_is_what_the_file_says() {
        for session in all().filter(|session| session.label.class != Axis::None) {
            let wasted: BTreeSet<&str> =
                session.label.spans.iter().flat_map(|span| &span.calls).map(String::as_str).collect();
            let (mut bill, mut waste) = (BTreeMap::<String, u64>::new(), BTreeSet::new());
            for line in lines(session) {
                let message = &line["message"];
                let Some(id) = message["id"].as_str() else { continue };
                let keys = [
                    "input_tokens",
                    "cache_read_input_tokens",
                    "cache_creation_input_tokens",
                    "output_tokens",
                ];
                bill.insert(
                    id.to_owned(),
                    keys.iter().filter_map(|key| message["usage"][key].as_u64()).sum(),
                );
                let call = message["content"][0]["id"].as_str().unwrap_or(id);
                if wasted.contains(call) || wasted.contains(id) {
                    waste.insert(id.to_owned());
                }
            }
            let share =
                waste.iter().map(|id| bill[id]).sum::<u64>() as f64 / bill.values().sum::<u64>() as f64;
            assert!((share - session.label.waste_share).abs() < 1e-3, "{} {share}", session.label.pattern_id);
        }
    }

    #[test]
    fn normal_honest_results_are_complete_and_noisy_ones_are_not_always() {
        let honest = class("N").unwrap();
        let missing = |difficulty| -> usize {
            let unanswered = |session: &Session| {
                let (calls, results) = calls(session);
                calls.iter().filter(|call| !results.contains_key(&call.0)).count()
            };
            (0..20).map(|seed| unanswered(&generate(honest, difficulty, seed))).sum()
        };
        assert_eq!(missing(Difficulty::Normal), 0);
        assert!(missing(Difficulty::Noisy) > 5);
    }

    #[test]
    fn neutral_sessions_are_as_long_and_as_repetitive_as_real_ones() {
        let sessions: Vec<Session> =
            (0..60).map(|seed| generate(class("N").unwrap(), Difficulty::Normal, seed)).collect();
        let (mut total, mut failed, mut repeated, mut old_lines, mut lines) = (0, 0, 0, 0, 0);
        for session in &sessions {
            let (calls, results) = calls(session);
            let (mut seen, mut known) = (BTreeSet::new(), BTreeSet::new());
            for (id, tool, input) in calls {
                let (text, error) = &results[&id];
                total += 1;
                failed += usize::from(*error);
                repeated += usize::from(!seen.insert((tool, input, text.clone())));
                for line in text.lines().map(|line| line.split('→').next_back().unwrap_or_default().trim())
                {
                    if line.len() > 3 {
                        lines += 1;
                        old_lines += usize::from(!known.insert(line.to_owned()));
                    }
                }
            }
        }
        let share = |part: usize, whole: usize| part as f64 / whole as f64;
        assert!((18.0..50.0).contains(&share(total, sessions.len())), "{total} calls");
        assert!((0.03..0.12).contains(&share(failed, total)), "{failed} of {total} failed");
        assert!(share(repeated, total) < 0.05, "{repeated} of {total} repeated");
        assert!((0.1..0.35).contains(&share(old_lines, lines)), "{old_lines} of {lines} lines repeated");
    }

    #[test]
    fn an_easy_noop_loop_repeats_call_and_result() {
        let session = generate(class("G18").unwrap(), Difficulty::Easy, 3);
        let (calls, results) = calls(&session);
        let wasted: BTreeSet<&str> =
            session.label.spans.iter().flat_map(|span| &span.calls).map(String::as_str).collect();
        let units: BTreeSet<_> = calls
            .iter()
            .filter(|call| wasted.contains(call.0.as_str()))
            .map(|call| (&call.2, &results[&call.0]))
            .collect();
        assert_eq!(units.len(), 1);
        assert!(wasted.len() >= 30);
    }

    #[test]
    fn the_result_of_a_watcher_moves() {
        let looks = ["gh run view", "kubectl get deploy"];
        let mut watched = BTreeSet::new();
        for seed in 0..9 {
            let session = generate(class("L01").unwrap(), Difficulty::Normal, seed);
            let (calls, results) = calls(&session);
            let look = looks.iter().find(|look| calls.iter().any(|call| call.2.contains(**look))).unwrap();
            let answers: BTreeSet<&String> =
                calls.iter().filter(|call| call.2.contains(look)).map(|call| &results[&call.0].0).collect();
            assert!(answers.len() >= 3, "{look}: {} different results", answers.len());
            watched.insert(*look);
        }
        assert_eq!(watched.len(), looks.len());
    }

    #[test]
    fn evaluation_counts_a_stuck_agent_neither_way() {
        let stuck = generate(class("L16").unwrap(), Difficulty::Easy, 1).evaluation(&[]);
        assert!(stuck.iter().all(|line| line.kind == "step"));
        let neutral =
            generate(class("N").unwrap(), Difficulty::Normal, 1).evaluation(&[class("G18").unwrap()]);
        let targets: Vec<&str> = neutral.iter().map(|line| line.target.as_str()).collect();
        assert_eq!(targets, ["loop", "pad", "loop_G18", "lookalike_N"]);
    }
}
