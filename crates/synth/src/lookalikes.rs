//! Legitimate look-alikes, one file each: honest behaviour that resembles a pattern, with the evidence that tells them
//! apart. L16 stands among them although it is waste: its label says so.

pub(crate) mod agent_team;
pub(crate) mod batch_extraction;
pub(crate) mod ci_watcher;
pub(crate) mod code_reading;
pub(crate) mod codemod;
pub(crate) mod cohort_week;
pub(crate) mod discarded_spike;
pub(crate) mod evaluation_harness;
pub(crate) mod flaky_hunt;
pub(crate) mod forked_transcripts;
pub(crate) mod hard_debugging;
pub(crate) mod incident;
pub(crate) mod iterative_loop;
pub(crate) mod localisation;
pub(crate) mod odd_hours;
pub(crate) mod pr_babysitter;
pub(crate) mod quota_window;
pub(crate) mod repository_audit;
pub(crate) mod rereads;
pub(crate) mod review_bot;
pub(crate) mod rollouts;
pub(crate) mod scheduled_monitor;
pub(crate) mod self_paced;
pub(crate) mod stuck_agent;
pub(crate) mod supervised_continue;
pub(crate) mod writing;

use crate::desk::Desk;
use crate::work;

/// Some honest work before what matters, or none.
pub(crate) fn warm_up(d: &mut Desk) {
    let calls = d.dice.pick(&[0, 4, 10, 20]);
    if calls > 0 {
        work::honest(d, calls);
    }
}
