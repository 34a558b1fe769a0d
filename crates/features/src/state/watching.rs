//! Is somebody watching something that moves? Looks, the pauses between them, and what is told of them.

use super::State;
use crate::hash::upper;
use crate::progress::Credit;
use crate::recurrence::Recurrence;
use crate::sketch::{Latest, Sketch};
use crate::step::{Step, StepKind};
use crate::tuning::{MEASURED, MOVES_KEPT, STALE};
use crate::view::News;

impl State {
    /// What a step sees of an answer that moves, in [0, 1]: a look by its figures, a pause and a report by the look before them.
    /// Who pauses twice has not looked.
    pub(super) fn look(
        &mut self,
        step: &Step,
        latest: &mut Latest,
        recurrence: &Recurrence,
        new: &News,
    ) -> f64 {
        let before = self.view.same_question(recurrence);
        let varies = before.is_some_and(|before| latest.course.differs(&before.course));
        let moved = self.watch(latest, recurrence, new);
        let looks = step.kind == StepKind::ToolCall && !latest.pauses;
        if looks {
            self.seen = if moved { 1.0 } else { f64::from(u8::from(varies)) * MEASURED };
        }
        if latest.pauses && self.paused {
            self.seen = 0.0;
        }
        self.paused = latest.pauses || (self.paused && !looks);
        latest.varies = self.seen > 0.0;
        let reports = step.kind == StepKind::Message && step.speech.words > 0;
        let seen = if reports { std::mem::take(&mut self.seen) } else { self.seen };
        if reports { seen } else { seen.min(MEASURED) }
    }

    /// Notes whether the answer to a question that was put before has moved, and tells the span of that question.
    fn watch(&mut self, latest: &mut Latest, recurrence: &Recurrence, new: &News) -> bool {
        let Some(earlier) = self.view.same_question(recurrence) else { return false };
        let novelty = new.skeletons.filter(|_| !recurrence.contained).unwrap_or(0.0);
        if latest.asks_again(earlier) {
            latest.course.follows(&earlier.course);
        }
        let moved = latest.has_moved_since(earlier, novelty)
            && !(latest.sent_again && novelty < STALE)
            && (novelty > 0.0 || !self.view.units.contains(upper(latest.unit())));
        latest.moves = MOVES_KEPT.get() * earlier.moves + if moved { 1.0 } else { 0.0 };
        latest.alike = earlier.alike.saturating_add(1);
        if moved && latest.waits_for(earlier) {
            latest.alike = 0;
            let since = latest.steps_since(earlier);
            self.loops.waited(earlier);
            // So were the pauses between, and what was said in them.
            let idle = |step: &&mut Sketch| step.pauses || step.kind == StepKind::Message;
            for step in self.view.window.since_mut(since).filter(idle) {
                step.moves = step.moves.max(latest.moves);
                self.loops.waited(step);
            }
        }
        moved
    }

    /// A test that was run before has another outcome, with nothing edited since.
    pub(super) fn flipped(
        &self,
        latest: &Latest,
        recurrence: &Recurrence,
        credit: Option<(Credit, f64)>,
    ) -> bool {
        let before = self.view.same_question(recurrence);
        credit.is_some_and(|(credit, _)| credit == Credit::Tests)
            && before.is_some_and(|before| before.after.edits == latest.after.edits)
    }
}
