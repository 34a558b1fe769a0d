//! Replies that are passed on as they are to whoever is next, by the same tool, again and again: agents that feed each other. A text
//! that goes from tool to tool is worked on.

use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::evidence::Wasted;
use crate::outline::{Outline, Outlines};
use crate::sample::Sample;
use crate::step::Step;
use crate::tuning::{PEAK, RELAYED, RELAYS};

/// The latest reply, and the calls in a row that have passed on the one before them and do not count yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Relays {
    /// Its words, where the call that it answers did not hold them.
    reply: Option<Box<Outlines<1>>>,
    tool: Option<Box<str>>,
    passed: Vec<Wasted>,
    /// How many there were in a row.
    times: usize,
}

impl Relays {
    /// Notes a call; the calls that it shows to be relays. Some text or other is passed on in any work, and most of it to
    /// be worked on.
    pub(crate) fn called(&mut self, step: &Step) -> Vec<Wasted> {
        let said = said(step);
        if self.is_passed_on(step, said.get(0)) {
            self.times += 1;
            let words = step.arguments.as_ref().map_or(0, |arguments| arguments.words) as f64;
            self.passed.push(Wasted { place: step.place.clone(), words });
        } else {
            self.times = 0;
            self.passed.clear();
        }
        self.reply = reply(step, said.get(0)).map(Box::new);
        self.tool.clone_from(&step.tool);
        if self.times >= RELAYS { std::mem::take(&mut self.passed) } else { Vec::new() }
    }

    /// All of the reply, and little else.
    fn is_passed_on(&self, step: &Step, said: Outline<'_>) -> bool {
        let passed_on = |reply: &Outlines<1>| {
            says(reply.get(0), said) && said.share_in(reply.get(0)).is_some_and(|share| share >= PEAK)
        };
        self.tool == step.tool && self.reply.as_deref().is_some_and(passed_on)
    }
}

/// What a call was told that it did not say.
fn reply(step: &Step, said: Outline<'_>) -> Option<Outlines<1>> {
    let told = step.result.as_ref()?.report.as_deref()?.outlines();
    (!says(told.get(0), said)).then_some(told)
}

fn said(step: &Step) -> Outlines<1> {
    let said = step.arguments.as_ref().and_then(Arguments::prose).and_then(|prose| prose.said.as_ref());
    said.map(Sample::outlines).unwrap_or_default()
}

fn says(told: Outline<'_>, said: Outline<'_>) -> bool {
    told.share_in(said).is_some_and(|share| share >= RELAYED)
}
