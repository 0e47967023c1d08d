//! How panes see a hook point: its axes as rows, columns and heads, their labels, what is hidden, what colours
//! mean.

pub mod heads;
pub mod labels;
pub mod masks;

use super::app::App;
use super::widgets::scale::Scale;
use crate::trace::hook;
use crate::trace::plan::HookPoint;

/// The two axes of a point that a matrix shows.
pub fn matrix_axes(point: &HookPoint) -> (Option<usize>, Option<usize>) {
    let head = point.head_axis();
    let mut rest = (0..point.shape.len()).filter(|&i| Some(i) != head);
    match (rest.next(), rest.next()) {
        (Some(row), Some(col)) => (Some(row), Some(col)),
        (col, _) => (None, col),
    }
}

/// Rows and columns of the matrix of a point.
pub fn size(point: &HookPoint) -> (usize, usize) {
    let (row, col) = matrix_axes(point);
    let len = |axis: Option<usize>| axis.map_or(1, |i| point.shape[i]);
    (len(row), len(col))
}

/// The meaning of colours at a point.
pub fn scale(app: &App, point: usize) -> Scale {
    let Some(plan) = app.plan() else {
        return Scale::Signed(1.0);
    };
    if hook::leaf(&plan.points()[point].name) == "pattern" {
        return Scale::Probability;
    }
    let robust = app.summary(point).map(|s| {
        let rms = s.l2 / (s.count.max(1) as f64).sqrt();
        s.max.abs().max(s.min.abs()).min(2.5 * rms)
    });
    Scale::Signed(robust.filter(|s| s.is_finite() && *s > 0.0).unwrap_or(1.0))
}
