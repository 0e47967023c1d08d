//! All heads of the hook point as thumbnails.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::super::app::{App, Pane};
use super::super::view;
use super::super::widgets::frame;
use super::super::widgets::thumbnails::{self, Grid};

/// How the thumbnails lie in the pane, `None` for a hook point without heads.
pub fn grid(app: &App, area: Rect) -> Option<Grid> {
    let point = app.plan()?.points().get(app.at.point)?;
    let heads = point.shape[point.head_axis()?];
    let (rows, cols) = view::size(point);
    let chosen = view::head_of(app, point)?;
    Some(Grid::new(view::inside(area), heads, rows, cols, chosen))
}

pub fn render(buf: &mut Buffer, area: Rect, app: &App) {
    let focused = app.focus == Pane::Heads;
    frame::draw(buf, area, app.theme, focused, Line::from(" heads "));
    let (Some(grid), Some(plan)) = (grid(app, area), app.plan()) else {
        return;
    };
    let chosen = view::head_of(app, &plan.points()[app.at.point]).unwrap_or(0);
    if let Some(values) = app.answers.heads.get(&(app.at.pass, app.at.point)) {
        let scale = view::scale(app, app.at.point);
        let data = (values.shape.as_slice(), values.data.as_slice());
        let (point, pass) = (&plan.points()[app.at.point], app.pass());
        let (rows, cols) = view::size(point);
        let masked = |r: usize, c: usize| {
            let span = |i: usize, len: usize, pixels: usize| {
                (i * len / pixels, ((i + 1) * len).div_ceil(pixels) - 1)
            };
            let (rows, cols) = (span(r, rows, grid.rows), span(c, cols, grid.cols));
            pass.is_some_and(|pass| view::all_masked(app, pass, point, rows, cols))
        };
        thumbnails::draw(buf, app.theme, &grid, data, scale, &masked, chosen);
    }
}
