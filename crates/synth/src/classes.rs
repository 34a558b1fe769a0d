//! The registry: every class there is, in the order of the taxonomy.

use crate::class::Class;
use crate::{lookalikes as l, neutral, patterns as g};

const CLASSES: &[Class] = &[
    g::timer_ping::CLASS,
    g::idle_tick::CLASS,
    g::loop_without_exit::CLASS,
    g::reread_treadmill::CLASS,
    g::docs_churn::CLASS,
    g::context_stuffing::CLASS,
    g::long_form::CLASS,
    g::redundant_agents::CLASS,
    g::retry_spam::CLASS,
    g::ping_pong::CLASS,
    g::round_trip::CLASS,
    g::discarded_prototypes::CLASS,
    g::padding_artefacts::CLASS,
    g::continue_pump::CLASS,
    g::model_upshift::CLASS,
    g::cache_busting::CLASS,
    g::cache_farming::CLASS,
    g::floor_topping::CLASS,
    g::noop_loop::CLASS,
    g::model_as_timer::CLASS,
    g::outcome_gaming::CLASS,
    g::forged_log::CLASS,
    g::busy_work::CLASS,
    g::verbosity::CLASS,
    g::adaptive_evader::CLASS,
    l::ci_watcher::CLASS,
    l::pr_babysitter::CLASS,
    l::scheduled_monitor::CLASS,
    l::self_paced::CLASS,
    l::iterative_loop::CLASS,
    l::codemod::CLASS,
    l::evaluation_harness::CLASS,
    l::rollouts::CLASS,
    l::review_bot::CLASS,
    l::flaky_hunt::CLASS,
    l::repository_audit::CLASS,
    l::hard_debugging::CLASS,
    l::code_reading::CLASS,
    l::incident::CLASS,
    l::writing::CLASS,
    l::discarded_spike::CLASS,
    l::stuck_agent::CLASS,
    l::rereads::CLASS,
    l::localisation::CLASS,
    l::agent_team::CLASS,
    l::quota_window::CLASS,
    l::batch_extraction::CLASS,
    l::supervised_continue::CLASS,
    l::odd_hours::CLASS,
    l::forked_transcripts::CLASS,
    l::cohort_week::CLASS,
    neutral::CLASS,
];

/// All classes.
pub fn classes() -> &'static [Class] {
    CLASSES
}

/// The class with this id.
pub fn class(id: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of classes on the crate's page.
    fn table() -> String {
        let head = "\n# Classes\n\n| id | axis | level | expected | settings | what it is |\n|---|---|---|---|---|---|\n";
        let row = |class: &Class| {
            let mixed = class.can_mix().then_some("mixed");
            let settings: Vec<&str> =
                class.difficulties().iter().map(|difficulty| difficulty.name()).chain(mixed).collect();
            let (axis, level, expected) = (class.axis.name(), class.level.name(), class.expected.name());
            let settings = settings.join(" ");
            format!("| {} | {axis} | {level} | {expected} | {settings} | {} |\n", class.id, class.about)
        };
        format!("{head}{}", CLASSES.iter().map(row).collect::<String>())
    }

    #[test]
    fn the_page_lists_every_class() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/classes.md");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, table()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == table(), "classes.md is stale; run the tests with UPDATE=1");
    }

    #[test]
    fn the_whole_taxonomy_is_there() {
        let numbered = |letter: char, last: u32| (1..=last).map(move |number| format!("{letter}{number:02}"));
        let wanted = numbered('G', 24).chain(numbered('L', 25)).filter(|id| id != "G16");
        for id in wanted.chain(["G16a", "G16b", "L10b", "N"].map(str::to_owned)) {
            assert!(class(&id).is_some(), "{id}");
        }
    }

    #[test]
    fn ids_are_unique_and_lines_are_lines() {
        let mut ids: Vec<&str> = CLASSES.iter().map(|class| class.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), CLASSES.len());
        assert!(CLASSES.iter().all(|class| !class.about.is_empty() && !class.about.contains('\n')));
    }

    #[test]
    fn every_recipe_file_is_on_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/");
        let count = |name| std::fs::read_dir(format!("{folder}{name}")).unwrap().count();
        assert_eq!(count("patterns") + count("lookalikes") + 1, CLASSES.len());
    }
}
