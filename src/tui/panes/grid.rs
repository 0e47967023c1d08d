//! The lens grid: what the model would say at every layer after every token. Only cells on the screen are asked.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::view::labels;
use super::super::widgets::matrix::Density;
use super::super::widgets::table::{Page, Table};
use super::super::widgets::{frame, text};
use super::{
    COLOUR, Export, Pane, Part, Place, all_lines, below, cell, coloured, move_cell, select,
    waiting, whole,
};
use crate::lang::{flow, plain, say, say_with};
use crate::session::command::{Command, Which};
use crate::session::format;
use crate::session::views::{Stage, points_of};
use crate::trace::fidelity::{Agreement, PointFidelity};
use crate::trace::grid::{Chosen, LensCell};
use crate::trace::hook;
use crate::trace::query::{Answer, Query};
use crate::trace::token::texts_missing;

pub static PANE: Pane = Pane {
    name: "grid",
    wide: whole(|app, _| all_lines(app, "grid")),
    narrow: whole(|app, _| all_lines(app, "grid")),
    takes_focus: true,
    stays: true,
    asks: |app, area| shown(app, area).map_or(Vec::new(), |grid| grid.asks()),
    draw,
    scroll: Some(|app, area, way| {
        let size = shown(app, area).map(|grid| grid.size());
        move_cell(app, size, way)
    }),
    click: Some(|app, area, at: Position| {
        let hit = shown(app, area).and_then(|grid| grid.page.hit(at));
        select(app, hit)
    }),
    choose: Some(choose),
    copy: Some(|app, area| {
        let grid = shown(app, area)?;
        Some(grid.cell(grid.at.0, grid.at.1)?.text.clone())
    }),
    export: |app, _| whole_grid(app).map(Export::Ask),
    hints: |_| {
        &[
            ("arrows", "cell"),
            ("enter", "go there"),
            ("V", "pre, mid, post"),
            ("d", "values"),
            ("esc", "close"),
        ]
    },
    ..Pane::NONE
};

/// The grid below the table of predictions, where there is room for it.
pub static BELOW: Pane = Pane {
    name: "layers",
    wide: Some(Place {
        part: Part::Under,
        lines: |app, all| lines(app, all).map(Constraint::Length),
    }),
    asks_later: |app, area| shown(app, area).map_or(Vec::new(), |grid| grid.asks()),
    draw: draw_below,
    export: |app, _| whole_grid(app).map(Export::Ask),
    ..Pane::NONE
};

/// Lines that the stages of the answer have beside it, and the fewest that are worth a box.
const STAGES: u16 = 9;
const LEAST: u16 = 6;

/// The lines that the grid takes of so many below the table.
pub fn lines(app: &App, all: u16) -> Option<u16> {
    let plain = app.opened.is_none() && app.whole.is_none() && app.diff.is_none();
    let at_end = plain && app.point().is_some_and(|point| point.name == "logits");
    let layers = points_of(app.plan().filter(|_| at_end)?, &Stage::Post).len();
    let rows = app.pass()?.rows();
    // With its box, labels and what its marks mean.
    let table = u16::try_from(rows).ok()?.saturating_add(5);
    let room = all.saturating_sub(table).saturating_sub(STAGES);
    let wanted = u16::try_from(layers).ok()?.saturating_add(3);
    (layers > 1 && room >= LEAST).then(|| wanted.min(room))
}

/// The hook points that are read, and the token whose rank is told.
fn asked(app: &App) -> Option<(Vec<String>, Option<Chosen>)> {
    if app.whole.is_none() {
        return Some((points_of(app.plan()?, &Stage::Post), None));
    }
    match app.ask_whole()? {
        Query::Grid { points, of, .. } => Some((points, of)),
        _ => None,
    }
}

/// The question for all cells.
fn whole_grid(app: &App) -> Option<Query> {
    let (points, of) = asked(app).filter(|(points, _)| !points.is_empty())?;
    Some(Query::Grid {
        pass: app.at.pass,
        points,
        rows: None,
        of,
        temperature: app.at.temperature,
    })
}

/// The selected cell: below the table the last layer at the row of the cursor.
fn at(app: &App, (rows, cols): (usize, usize)) -> (usize, usize) {
    match app.whole {
        Some(_) => cell(app, (rows, cols)),
        None => (rows.saturating_sub(1), app.at.row.min(cols.max(1) - 1)),
    }
}

/// The grid as it lies in its pane.
struct Grid<'a> {
    app: &'a App,
    points: Vec<String>,
    of: Option<Chosen>,
    names: Vec<String>,
    tokens: Vec<String>,
    /// The question for the fidelity of the lens in use at the lines shown, over the rows shown.
    fidelity: Option<Query>,
    /// The selected cell.
    at: (usize, usize),
    page: Page,
    width: u16,
}

/// Columns of a cell.
fn width(density: Density) -> u16 {
    match density {
        Density::Numbers => 12,
        Density::Digits => 27,
        Density::Colours => COLOUR,
    }
}

fn shown(app: &App, area: Rect) -> Option<Grid<'_>> {
    let (points, of) = asked(app)?;
    let pass = app.pass()?;
    // Tokens label rows of the residual stream as they label those of this hook point.
    let stream = app
        .plan()?
        .points()
        .iter()
        .find(|p| Some(&p.name) == points.first());
    let tokens = labels::labels(pass, stream?, Some(0));
    let at = at(app, (points.len(), tokens.len()));
    let through = app.model.as_ref().is_some_and(|model| model.lens.is_some());
    let named = |point: &String| {
        if through {
            labelled(&name(point), "…")
        } else {
            name(point)
        }
    };
    let names: Vec<String> = points.iter().map(named).collect();
    let table = Table {
        rows: &names,
        cols: &tokens,
        cell: width(app.density),
        at,
    };
    let inner = frame::inside(area);
    // Two lines of words stand below the view of its own.
    let words = if app.whole.is_some() { 2 } else { 0 };
    let page = table.page(Rect {
        height: inner.height.saturating_sub(words),
        ..inner
    });
    let lens = app.model.as_ref().and_then(|model| model.lens.as_ref());
    let fidelity = lens.map(|_| Query::Fidelity {
        pass: app.at.pass,
        points: points[page.rows.clone()].to_vec(),
        rows: Some(page.cols.clone()),
    });
    let mut grid = Grid {
        app,
        points,
        fidelity,
        of,
        at,
        page,
        width: width(app.density),
        names,
        tokens,
    };
    for row in grid.page.rows.clone() {
        if let Some(found) = grid.fidelity_at(row) {
            let of_lens = found.lens.unwrap_or(found.logit_lens);
            grid.names[row] = labelled(&name(&grid.points[row]), &format!("{:.2}", of_lens.kl));
        }
    }
    Some(grid)
}

/// The name of a line, and the fidelity behind it.
fn labelled(name: &str, fidelity: &str) -> String {
    format!("{name:<8}{fidelity:>6}")
}

/// `3.post` for `blocks.3.hook_resid_post`.
fn name(point: &str) -> String {
    hook::brief(point).replace("resid_", "")
}

impl Grid<'_> {
    fn size(&self) -> (usize, usize) {
        (self.points.len(), self.tokens.len())
    }

    /// The question for the visible cells of a line.
    fn ask(&self, row: usize) -> Query {
        Query::Grid {
            pass: self.app.at.pass,
            points: vec![self.points[row].clone()],
            rows: Some(self.page.cols.clone()),
            of: self.of.clone(),
            temperature: self.app.at.temperature,
        }
    }

    fn asks(&self) -> Vec<Query> {
        let lines = self.page.rows.clone().map(|row| self.ask(row));
        lines.chain(self.fidelity.clone()).collect()
    }

    fn fidelity_at(&self, row: usize) -> Option<&PointFidelity> {
        let Answer::Fidelity(found) = self.app.answers.exact(self.fidelity.as_ref()?)? else {
            return None;
        };
        found.points.get(row.checked_sub(self.page.rows.start)?)
    }

    fn cell(&self, row: usize, col: usize) -> Option<&LensCell> {
        let Answer::Grid(grid) = self.app.answers.exact(&self.ask(row))? else {
            return None;
        };
        let at = col.checked_sub(self.page.cols.start)?;
        grid.cells.first()?.get(at)?.as_ref()
    }

    /// The text and the style of a cell: its colour tells how probable its top token is.
    fn drawn(&self, row: usize, col: usize) -> Option<(String, Style)> {
        let theme = self.app.theme;
        let Some(cell) = self.cell(row, col) else {
            // A trace has some cells only.
            let known = self.app.answers.exact(&self.ask(row)).is_some();
            return known.then(|| ("–".into(), theme.dim()));
        };
        let token = |columns| format::fit(&text::token(&cell.text), columns);
        let style = theme.level(cell.prob);
        let words = match self.app.density {
            Density::Colours => coloured(self.app, cell.prob),
            Density::Numbers => format!("{} {:3.0}%", token(6), cell.prob * 100.0),
            Density::Digits => {
                let rank = cell
                    .of
                    .as_ref()
                    .map_or(String::new(), |of| format!("#{}", of.rank));
                let prob = cell.prob * 100.0;
                format!("{}{prob:5.1}%{:6.2}{rank:>7}", token(7), cell.entropy)
            }
        };
        Some((words, style))
    }
}

/// Go to the selected hook point and token.
fn choose(app: &mut App) -> Vec<Command> {
    let Some(Query::Grid { points, .. }) = app.ask_whole() else {
        return Vec::new();
    };
    let rows = app.pass().map_or(0, |pass| pass.rows());
    let (point, row) = cell(app, (points.len(), rows));
    app.close_whole();
    vec![
        Command::goto(points[point].clone()),
        Command::row(Which::Number(row)),
    ]
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let lens = app.model.as_ref().and_then(|model| model.lens.as_ref());
    let title = match lens {
        None => format!(" {} ", say("pane-grid")),
        Some(lens) => format!(
            " {} ",
            say_with("pane-grid-through", &[("lens", plain(lens))])
        ),
    };
    let inner = frame::draw(buf, area, theme, focused, Line::from(title));
    let Some(grid) = shown(app, area) else {
        return;
    };
    let here = grid.ask(grid.at.0);
    let any = grid
        .asks()
        .iter()
        .any(|query| app.answers.exact(query).is_some());
    if !any && app.answers.why(&here).is_some() {
        waiting(buf, inner, app, &here);
        return;
    }
    let table = Table {
        rows: &grid.names,
        cols: &grid.tokens,
        cell: grid.width,
        at: grid.at,
    };
    let drawn = |row, col| match app.answers.why(&grid.ask(row)) {
        Some(_) => Some(("–".into(), theme.dim())),
        None => grid.drawn(row, col),
    };
    table.draw(buf, &grid.page, theme, &drawn);
    below(buf, inner, app, &details(&grid));
    let (rows, cols) = grid.size();
    let (row, col) = grid.at;
    let place = say_with(
        "pane-grid-place",
        &[
            ("layer", plain(row + 1)),
            ("layers", plain(rows)),
            ("token", plain(col + 1)),
            ("tokens", plain(cols)),
        ],
    );
    frame::note(buf, area, &place, theme.dim());
}

fn draw_below(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let title = format!(" {} ", say("pane-grid-below"));
    let inner = frame::draw(buf, area, theme, false, Line::from(title));
    let Some(grid) = shown(app, area) else {
        return;
    };
    let why = grid
        .asks()
        .into_iter()
        .find(|query| app.answers.why(query).is_some());
    if let Some(query) = why {
        return waiting(buf, inner, app, &query);
    }
    let table = Table {
        rows: &grid.names,
        cols: &grid.tokens,
        cell: grid.width,
        at: grid.at,
    };
    let drawn = |row, col| grid.drawn(row, col);
    table.draw(buf, &grid.page, theme, &drawn);
}

/// The selected cell in words, and how to read the others.
fn details(grid: &Grid) -> String {
    let (row, col) = grid.at;
    let after = grid.tokens.get(col).map_or("", |token| token.trim());
    let name = ("name", hook::short(&grid.points[row]).into());
    let place = say_with("pane-grid-at", &[name, ("token", plain(after))]);
    let Some(cell) = grid.cell(row, col) else {
        let query = grid.ask(row);
        let why = grid
            .app
            .answers
            .why(&query)
            .unwrap_or(say("pane-computing"));
        return flow([&*place, why]);
    };
    let here = say_with(
        "pane-grid-cell",
        &[
            ("token", plain(text::token(&cell.text).trim())),
            ("share", format!("{:.1}", cell.prob * 100.0).into()),
            ("entropy", format!("{:.2}", cell.entropy).into()),
        ],
    );
    let mut words = flow([&*place, &here]);
    if let Some(of) = &cell.of {
        let token = text::token(&of.text);
        let rank = say_with(
            "pane-grid-rank",
            &[
                ("token", plain(token.trim())),
                ("rank", format::ordinal(of.rank).into()),
                ("share", format!("{:.2}", of.prob * 100.0).into()),
            ],
        );
        words += &format!(" · {rank}");
    }
    if let Some(found) = grid.fidelity_at(row) {
        let far = |a: &Agreement| {
            let share = ("share", format!("{:.0}", a.same_top * 100.0).into());
            say_with(
                "pane-fidelity",
                &[("kl", format!("{:.2}", a.kl).into()), share],
            )
        };
        words += &match &found.lens {
            Some(lens) => format!(" · {}; logit lens: {}", far(lens), far(&found.logit_lens)),
            None => format!(" · logit lens: {}", far(&found.logit_lens)),
        };
    }
    if let Some(note) = texts_missing([(cell.id, &*cell.text)]) {
        words += &format!(" · {note}");
    }
    words
}
