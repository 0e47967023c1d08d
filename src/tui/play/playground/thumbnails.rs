//! Small pictures of the data sets, made once.

use crate::play::playground::data::{Data, Point, RADIUS};
use crate::play::playground::names::Named;
use crate::play::playground::random::Random;
use crate::play::playground::state::{Problem, State};
use crate::play::playground::{data::Classes, data::Surface};

/// Columns of a picture, and its pixels from top to bottom.
pub const WIDE: usize = 7;
pub const HIGH: usize = 8;

/// The mean label of the points in each pixel, `None` where there are none.
pub type Picture = [[Option<f64>; WIDE]; HIGH];

#[derive(Clone, Debug)]
pub struct Thumbnails {
    classes: Vec<Picture>,
    surfaces: Vec<Picture>,
}

impl Default for Thumbnails {
    fn default() -> Thumbnails {
        let mut state = State::new("thumbnails".into());
        let draw = |state: &mut State| {
            state.train_percent = 90.0;
            let data = Data::new(state, None, &mut Random::seeded(&state.seed));
            picture(&data.train.points)
        };
        let classes = Classes::NAMES.iter().map(|(_, classes)| {
            state.classes = *classes;
            draw(&mut state)
        });
        let classes = classes.collect();
        state.problem = Problem::Regression;
        let surfaces = Surface::NAMES.iter().map(|(_, surface)| {
            state.surface = *surface;
            draw(&mut state)
        });
        Thumbnails {
            classes,
            surfaces: surfaces.collect(),
        }
    }
}

impl Thumbnails {
    pub fn of(&self, problem: Problem) -> &[Picture] {
        match problem {
            Problem::Classification => &self.classes,
            Problem::Regression => &self.surfaces,
        }
    }
}

fn picture(points: &[Point]) -> Picture {
    let mut sums = [[(0.0, 0); WIDE]; HIGH];
    let place = |at: f64, n: usize| {
        let share = (at / RADIUS + 1.0) / 2.0;
        ((share * n as f64) as usize).min(n - 1)
    };
    for point in points {
        let (sum, n) = &mut sums[place(-point.y, HIGH)][place(point.x, WIDE)];
        *sum += point.label;
        *n += 1;
    }
    sums.map(|row| row.map(|(sum, n)| (n > 0).then(|| sum / f64::from(n))))
}
