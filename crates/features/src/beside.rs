//! Steps beside a padded stretch: most of their words are known, but they are too short or too much of an answer to be
//! padding by themselves.

use serde::{Deserialize, Serialize};

use crate::span::Pattern;
use crate::step::Place;
use crate::tuning::GAP;

/// Such steps, each close to the next, that no padded stretch has reached yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Beside {
    steps: Vec<Known>,
}

/// One such step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) place: Place,
    pub(crate) value: f64,
    pub(crate) pattern: Pattern,
    pub(crate) unit: u64,
}

impl Beside {
    /// Steps that are held. Rule: it bounds memory.
    const HELD: usize = 4;

    /// Holds a step, until a stretch comes near.
    pub(crate) fn hold(&mut self, step: Known) {
        self.leave_behind(step.place.step);
        if self.steps.len() >= Self::HELD {
            self.steps.remove(0);
        }
        self.steps.push(step);
    }

    /// The steps that reach up to the one where a stretch begins.
    pub(crate) fn reached_by(&mut self, step: u64) -> Vec<Known> {
        self.leave_behind(step);
        std::mem::take(&mut self.steps)
    }

    fn leave_behind(&mut self, step: u64) {
        let near = |last: &Known| step.saturating_sub(last.place.step) <= u64::from(GAP);
        if !self.steps.last().is_some_and(near) {
            self.steps.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Beside, Known};
    use crate::span::Pattern;
    use crate::step::Place;

    fn held(steps: &[u64]) -> Beside {
        let mut beside = Beside::default();
        for &step in steps {
            let place = Place { step, ..Place::default() };
            beside.hold(Known { place, value: 0.4, pattern: Pattern::Filler, unit: 0 });
        }
        beside
    }

    fn reached(steps: &[u64], by: u64) -> Vec<u64> {
        held(steps).reached_by(by).into_iter().map(|known| known.place.step).collect()
    }

    #[test]
    fn a_stretch_reaches_back_step_by_step_and_no_further() {
        assert_eq!(reached(&[3, 5, 6], 7), [3, 5, 6]);
        assert_eq!(reached(&[1, 5, 6], 7), [5, 6]);
        assert_eq!(reached(&[5, 6], 9), [0; 0]);
    }

    #[test]
    fn few_are_held() {
        let all: Vec<u64> = (0..100).collect();
        assert_eq!(reached(&all, 100), [96, 97, 98, 99]);
    }
}
