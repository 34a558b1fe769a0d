//! Names what recurs in a step, and what varies, for the spans.

use serde::{Deserialize, Serialize};

use crate::arguments::Role;
use crate::beside::Known;
use crate::compare::Match;
use crate::growing::Sighting;
use crate::reload::Reload;
use crate::sketch::{Latest, Sketch, kept_leaves, leaf_hash};
use crate::span::Pattern;
use crate::speech::Padding;
use crate::step::{Place, Step, StepKind};
use crate::tuning::{BARREN, REPEATS_PER_MOVE, REREAD};
use crate::written::Written;

/// A step that recurs.
pub(crate) fn loop_sighting(
    step: &Step,
    sketch: &Latest,
    earlier: &Sketch,
    best: Match,
    value: f64,
) -> Sighting {
    Sighting {
        place: step.place.clone(),
        tool: step.tool.clone(),
        value,
        failed: step.failed(),
        unanswered: step.found_nothing(),
        first_look: false,
        sampled: is_sampled(sketch),
        pattern: loop_pattern(step, best),
        distance: sketch.steps_since(earlier),
        unit: earlier.question(),
        varies: if best.exact { Vec::new() } else { varies(step, sketch, earlier, best) },
    }
}

/// What is measured varies, and what has moved by itself lately may move again: both have to be looked at often.
fn is_sampled(sketch: &Latest) -> bool {
    sketch.varies || sketch.alike < REPEATS_PER_MOVE
}

/// A step whose speech, or whose edit, is padding.
pub(crate) fn padding_sighting(step: &Step, padding: &Padding, written: Written) -> Sighting {
    let pattern = match padding {
        _ if written.value > padding.value => written.pattern,
        _ if padding.circling > padding.value => Pattern::Chant,
        _ if padding.chant >= padding.stock.max(padding.echo) => Pattern::Chant,
        _ if padding.echo >= padding.stock => Pattern::Echo,
        _ => Pattern::Filler,
    };
    let value = padding.value.max(padding.circling).max(written.value);
    waste_sighting(step.place.clone(), value, pattern, step.speech.texts.first().map_or(0, |text| text.whole))
}

/// A sighting of waste that repeats no earlier step.
fn waste_sighting(place: Place, value: f64, pattern: Pattern, unit: u64) -> Sighting {
    Sighting {
        place,
        tool: None,
        value,
        failed: false,
        unanswered: false,
        first_look: false,
        sampled: false,
        pattern,
        distance: 0,
        unit,
        varies: Vec::new(),
    }
}

/// A step beside a padded stretch, as it is held until the stretch has come.
pub(crate) fn beside(sighting: Sighting) -> Known {
    let Sighting { place, value, pattern, unit, .. } = sighting;
    Known { place, value, pattern, unit }
}

/// A step beside a padded stretch.
pub(crate) fn beside_sighting(known: Known) -> Sighting {
    let Known { place, value, pattern, unit } = known;
    waste_sighting(place, value, pattern, unit)
}

/// An edit that was thrown away later, the so-and-so-many-eth time.
pub(crate) fn discarded_sighting(place: Place, time: u64) -> Sighting {
    waste_sighting(place, 1.0, Pattern::Discarded, time)
}

/// A call that may turn out to be waste, and its words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Wasted {
    pub(crate) place: Place,
    pub(crate) words: f64,
}

/// A call that has turned out to be nothing but waste.
pub(crate) fn wasted_sighting(call: &Wasted, pattern: Pattern) -> Sighting {
    waste_sighting(call.place.clone(), 1.0, pattern, 0)
}

/// A turn that has loaded once more what was in view.
pub(crate) fn reload_sighting(reload: &Reload) -> Sighting {
    waste_sighting(reload.answer.clone(), reload.value, Pattern::Reloaded, reload.first.step)
}

fn loop_pattern(step: &Step, best: Match) -> Pattern {
    let role = |role| step.arguments.as_ref().is_some_and(|arguments| arguments.role(role).is_some());
    match step.kind {
        StepKind::Message => Pattern::Chant,
        _ if role(Role::Added) || role(Role::Removed) => Pattern::Churn,
        _ if best.arguments < BARREN && best.result.is_some_and(|result| result > BARREN) => Pattern::Barren,
        _ if role(Role::Object) && best.result.is_some_and(|result| result > REREAD) => Pattern::Reread,
        _ => Pattern::Repeat,
    }
}

/// What differs between a step and the one that it repeats, in words for a finding.
fn varies(step: &Step, sketch: &Latest, earlier: &Sketch, best: Match) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    if best.arguments < 1.0 {
        found.extend(differing_leaves(step, earlier));
    }
    match best.result {
        None => found.push("result: not logged"),
        Some(result) if result < 1.0 => found.push(sketch.result_difference(earlier)),
        _ => (),
    }
    found
}

/// The classes of the argument values that are not in the earlier call.
fn differing_leaves(step: &Step, earlier: &Sketch) -> Vec<&'static str> {
    let new = kept_leaves(step).filter(|leaf| !earlier.leaf_hashes().contains(&leaf_hash(leaf)));
    let mut names: Vec<&'static str> = new.map(|leaf| argument_name(leaf.class)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn argument_name(class: crate::tokens::TokenClass) -> &'static str {
    use crate::tokens::TokenClass as Class;
    match class {
        Class::Word => "arguments: text",
        Class::Number => "arguments: number",
        Class::Hex => "arguments: hex id",
        Class::Uuid => "arguments: uuid",
        Class::Time => "arguments: time",
        Class::Path => "arguments: path",
        Class::Flag => "arguments: flag",
    }
}
