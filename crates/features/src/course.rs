//! Where the figures of an answer go while its question is put again: what is watched advances, what varies by chance turns
//! back.

use serde::{Deserialize, Serialize};

use crate::figures::Figures;
use crate::tuning::ADVANCES;

/// The way of the figures of one answer so far.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Course {
    figures: Figures,
    ways: [Way; 2],
}

/// Moves of a figure.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Way {
    /// How often it has moved, downwards counted below zero.
    moves: i8,
    /// It has moved both ways.
    turned: bool,
    /// It has moved with the latest answer.
    moved: bool,
}

impl Course {
    pub(crate) fn of(figures: Figures) -> Self {
        Course { figures, ..Course::default() }
    }

    /// Goes on from the course of an earlier answer to the same question.
    pub(crate) fn follows(&mut self, earlier: &Course) {
        for (place, way) in self.ways.iter_mut().enumerate() {
            if let (Some(now), Some(then)) = (self.figures[place], earlier.figures[place]) {
                *way = earlier.ways[place].on(now - then);
            }
        }
    }

    /// Whether another answer has other figures.
    pub(crate) fn differs(&self, other: &Course) -> bool {
        self.figures.iter().zip(&other.figures).any(|(a, b)| a.is_some() && b.is_some() && a != b)
    }

    /// Whether a figure has moved with this answer that only ever moves one way.
    pub(crate) fn advances(&self) -> bool {
        self.ways.iter().any(|way| way.moved && !way.turned && way.moves.unsigned_abs() >= ADVANCES)
    }
}

impl Way {
    fn on(self, by: f32) -> Self {
        let step = i8::from(by > 0.0) - i8::from(by < 0.0);
        let turned = self.turned || step * self.moves.signum() < 0;
        Way { moves: self.moves.saturating_add(step), turned, moved: step != 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Course;

    fn advances(figures: &[f32]) -> Vec<bool> {
        let mut course = Course::default();
        let next = |&figure: &f32| {
            let earlier = std::mem::replace(&mut course, Course::of([Some(figure), None]));
            course.follows(&earlier);
            course.advances()
        };
        figures.iter().map(next).collect()
    }

    #[test]
    fn a_figure_advances_from_its_third_move_one_way() {
        assert_eq!(advances(&[1.0, 2.0, 3.0, 3.0, 4.0]), [false, false, false, false, true]);
        assert_eq!(advances(&[9.0, 8.0, 6.0, 5.0]), [false, false, false, true]);
    }

    #[test]
    fn a_figure_that_turned_back_never_does() {
        assert!(!advances(&[1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).contains(&true));
    }
}
