//! All heads of the hook point as thumbnails.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Position, Rect};
use ratatui::text::Line;

use super::super::app::App;
use super::super::view::{self, heads, labels, masks};
use super::super::widgets::thumbnails::{self, Grid, Labels};
use super::super::widgets::{frame, text};
use super::{Pane, Part, Place};
use crate::lang::say_with;
use crate::session::command::Command;
use crate::trace::hook;
use crate::trace::query::Query;

pub static PANE: Pane = Pane {
    name: "heads",
    wide: Some(Place {
        part: Part::Right,
        lines: |app, _| heads::heads_here(app).map(|_| Constraint::Fill(1)),
    }),
    narrow: Some(Place {
        part: Part::Under,
        lines: |app, all| {
            let free = app.whole.is_none() && app.opened.is_none();
            let here = heads::heads_here(app).filter(|_| all >= 16 && free);
            here.map(|_| Constraint::Length((all * 3 / 10).clamp(5, 14)))
        },
    }),
    takes_focus: true,
    asks: |app, area| ask(app, area).into_iter().collect(),
    draw,
    scroll: Some(scroll),
    click: Some(click),
    export: |app, _| heads::heads_here(app).and_then(|_| super::value(app)),
    hints: |_| &[("←→", "head"), ("[ ]", "head")],
    ..Pane::NONE
};

fn ask(app: &App, area: Rect) -> Option<Query> {
    let grid = grid(app, area)?;
    Some(app.ask_heads(app.at.point, grid.rows, grid.cols))
}

fn scroll(app: &mut App, _: Rect, (dx, dy): (isize, isize)) -> Vec<Command> {
    let (heads, share) = heads::shared(app);
    app.head = share * super::by(app.head / share, dx.signum() + dy.signum(), heads);
    Vec::new()
}

fn click(app: &mut App, area: Rect, at: Position) -> Vec<Command> {
    if let Some(head) = grid(app, area).and_then(|grid| grid.hit(at)) {
        app.head = head * heads::shared(app).1;
    }
    Vec::new()
}

/// How the thumbnails lie in the pane, `None` for a hook point without heads.
fn grid(app: &App, area: Rect) -> Option<Grid> {
    let point = app.point()?;
    let heads = point.shape[point.head_axis()?];
    let (rows, cols) = view::size(point);
    let chosen = heads::head_of(app, point)?;
    let tokens = labels::tokens(app.pass()?, point, view::matrix_axes(point).0);
    let label = tokens.iter().map(|token| text::width(token.trim())).max();
    let inner = frame::inside(area);
    Some(Grid::new(
        inner,
        heads,
        (rows, cols),
        label.unwrap_or(0),
        chosen,
        app.theme.pixels(),
    ))
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let focused = app.focus == PANE.name;
    let leaf = app.point().map_or("", |point| hook::leaf(&point.name));
    let title = say_with("pane-heads-of", &[("leaf", leaf.to_owned().into())]);
    let title = format!(" {title} ");
    frame::draw(buf, area, app.theme, focused, Line::from(title));
    let (Some(grid), Some(point), Some(query)) = (grid(app, area), app.point(), ask(app, area))
    else {
        return;
    };
    let answer = app.answers.latest(&query);
    if let Some(values) = answer.and_then(|(_, answer)| answer.values()) {
        let scale = view::scale(app, app.at.point);
        let data = (values.shape.as_slice(), values.data.as_slice());
        let pass = app.pass();
        let (rows, cols) = view::size(point);
        let masked = |r: usize, c: usize| {
            let span = |i: usize, len: usize, pixels: usize| {
                (i * len / pixels, ((i + 1) * len).div_ceil(pixels) - 1)
            };
            let (rows, cols) = (span(r, rows, grid.rows), span(c, cols, grid.cols));
            pass.is_some_and(|pass| masks::all_masked(app, pass, point, rows, cols))
        };
        let (row, col) = view::matrix_axes(point);
        let tokens = |axis| pass.map_or(Vec::new(), |pass| labels::tokens(pass, point, axis));
        let (row_labels, col_labels) = (tokens(row), tokens(col));
        let labels = Labels {
            rows: (&row_labels, rows),
            cols: (&col_labels, cols),
        };
        thumbnails::draw(buf, app.theme, &grid, data, scale, &masked, &labels);
        let word = |axis: Option<usize>| axis.map_or("", |i| point.axes[i].word());
        let mut axes = format!("{} ↓ {} →", word(row), word(col));
        // Where no name has room beside the pictures, those of the ends stand here.
        if let (false, [first, .., last]) = (grid.has_names(), &col_labels[..]) {
            axes += &format!(" {} … {}", first.trim(), last.trim());
        }
        frame::note(buf, area, &axes, app.theme.dim());
    }
}
