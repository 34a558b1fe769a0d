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

    /// Goes on from the course of an earlier answer to the same question. An answer that fails or is missing changes nothing.
    pub(crate) fn follows(&mut self, earlier: &Course) {
        for (place, figure) in self.figures.iter_mut().enumerate() {
            let then = earlier.figures[place];
            let by = figure.zip(then).map_or(0.0, |(now, then)| now - then);
            self.ways[place] = earlier.ways[place].on(by);
            *figure = figure.or(then);
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
    fn a_figure_advances_from_its_second_move_one_way() {
        assert_eq!(advances(&[1.0, 2.0, 2.0, 3.0, 3.0, 4.0]), [false, false, false, true, false, true]);
        assert_eq!(advances(&[9.0, 8.0, 6.0]), [false, false, true]);
    }

    #[test]
    fn an_answer_without_figures_changes_nothing() {
        let mut course = Course::of([Some(1.0), None]);
        for (figure, expected) in [(Some(2.0), false), (None, false), (Some(3.0), true)] {
            let earlier = std::mem::replace(&mut course, Course::of([figure, None]));
            course.follows(&earlier);
            assert_eq!(course.advances(), expected);
        }
    }

    #[test]
    fn a_figure_that_turned_back_never_does() {
        assert!(!advances(&[1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).contains(&true));
    }
}
