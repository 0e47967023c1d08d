//! How the value at the cursor comes from those before it, stage by stage, with the model's own numbers: below the
//! matrix where there is room, or in its place.

use std::cmp::Reverse;
use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::app::App;
use super::super::theme::CURVES;
use super::super::widgets::{bar, frame, plot, text};
use super::matrix::panels;
use super::{Export, Hint, Pane, Part, Place};
use crate::lang::{say, say_with};
use crate::session::export::Sheet;
use crate::session::stages::{self, Cell, Row, Shown, Stages};
use crate::trace::hook;
use crate::trace::query::Query;

pub static PANE: Pane = Pane {
    name: "stages",
    wide: Some(Place {
        part: Part::Under,
        lines: |app, all| lines(app, all).map(Constraint::Length),
    }),
    asks,
    draw,
    export: |app, area| sheet(app, area).map(Export::Sheet),
    hints,
    ..Pane::NONE
};

/// Lines of the curves beside the table and its sentences.
const LINES: u16 = 15;
/// Lines that a matrix keeps for its box and its columns' labels.
const MATRIX: u16 = 3;
/// The least that is worth a box.
const LEAST: u16 = 7;

/// The lines that it takes of so many, where there is a calculation here and room beside the matrix.
fn lines(app: &App, all: u16) -> Option<u16> {
    let alone = app.opened.is_none() && app.whole.is_none() && app.diff.is_none();
    let point = app.point().filter(|_| alone && has(app))?;
    let tokens = app.pass()?.tokens.len().min(usize::from(u16::MAX)) as u16;
    let wanted = match hook::leaf(&point.name) {
        "pattern" | "z" => tokens.saturating_add(7),
        "logits" => 18,
        _ => LINES,
    };
    // Each of the matrices that stand here together has a title.
    let many = panels::panels(app.plan()?, app.at.point).len().max(1) as u16;
    let matrix = (rows(app).saturating_add(u16::from(many > 1)))
        .saturating_mul(many)
        .saturating_add(MATRIX)
        // A line below a table of predictions explains its marks.
        .saturating_add(if point.name == "logits" { 2 } else { 0 });
    let below = super::grid::lines(app, all).or(super::flow::lines(app, all));
    let room = match all.saturating_sub(matrix.saturating_add(below.unwrap_or(0))) {
        room if room >= LEAST => room,
        _ => all / 2,
    };
    let lines = wanted.min(room);
    (lines >= LEAST && all >= lines + MATRIX + 2).then_some(lines)
}

/// Rows of the matrix at the cursor.
fn rows(app: &App) -> u16 {
    let rows = app.pass().map_or(0, |pass| pass.rows());
    rows.min(usize::from(u16::MAX)) as u16
}

/// Whether there is a calculation to look at where the cursor stands.
pub fn has(app: &App) -> bool {
    let calculations = app.calculations.as_ref().zip(app.point());
    calculations.is_some_and(|(calculations, point)| calculations.has(point))
}

/// Where the calculation is looked at: the chosen head, row and column.
fn place(app: &App, area: Rect) -> stages::Place {
    let col = column(app);
    let beside = (!app.curves.is_empty() && !app.curves.contains(&col)).then_some(col);
    let room = area.width.saturating_sub(4 + LABEL + 2 * VALUE) / VALUE;
    stages::Place {
        pass: app.at.pass,
        point: app.at.point,
        head: app.head,
        row: app.at.row,
        col,
        dims: match (app.curves.as_slice(), beside) {
            ([], _) => Vec::new(),
            (chosen, beside) => chosen.iter().copied().chain(beside).collect(),
        },
        columns: usize::from(room.max(1)),
        sampling: app.sampling(),
    }
}

/// The table of the calculation.
fn sheet(app: &App, area: Rect) -> Option<Sheet> {
    let shown = stages(app, area)?.shown();
    let widest = shown.rows.iter().map(|row| row.cells.len()).max()?;
    let heading = |i: usize| shown.headings.get(i).map_or("", String::as_str);
    let columns: Vec<&str> = (0..widest).map(heading).collect();
    let name = app
        .point()
        .map_or(String::new(), |point| hook::short(&point.name));
    let mut sheet = Sheet::new(name, ["row", ""], &columns);
    for row in &shown.rows {
        let cells = row.cells.iter().map(|cell| match cell {
            Cell::Number(x) | Cell::Share(x) => *x,
            Cell::Empty => f64::NAN,
        });
        sheet.push(&row.label, cells);
    }
    Some(sheet)
}

/// The column at the cursor.
fn column(app: &App) -> usize {
    let ordered = app.order.as_ref();
    let ordered = ordered.and_then(|order| order.columns.get(app.cell.1));
    ordered.copied().unwrap_or(app.cell.1)
}

/// Choose the dimensions whose curves are shown: these, or the cursor's one more or one less; what to say of it.
///
/// # Errors
/// A sentence where there are no curves, no such dimensions, or too many.
pub fn curves(app: &mut App, given: Option<Vec<usize>>) -> Result<String, String> {
    let point = app.point().filter(|_| app.opened.is_none());
    let Some(point) = point.filter(|point| hook::leaf(&point.name) == "pos_embed") else {
        return Err(say("curves-elsewhere").to_owned());
    };
    let width = point.shape.last().copied().unwrap_or(0);
    let mut chosen = match given {
        Some(dims) => dims,
        None => {
            let (col, mut dims) = (column(app), app.curves.clone());
            match dims.iter().position(|&dim| dim == col) {
                Some(at) => drop(dims.remove(at)),
                None => dims.push(col),
            }
            dims
        }
    };
    let mut seen = HashSet::new();
    chosen.retain(|&dim| seen.insert(dim));
    if chosen.iter().any(|&dim| dim >= width) {
        let last = width.saturating_sub(1);
        return Err(say_with("curves-range", &[("last", last.into())]));
    }
    // The cursor's own comes beside them.
    if chosen.len() >= CURVES {
        return Err(say_with("curves-many", &[("most", (CURVES - 1).into())]));
    }
    let words: Vec<String> = chosen.iter().map(usize::to_string).collect();
    app.curves = chosen;
    Ok(match words.as_slice() {
        [] => say("curves-none").to_owned(),
        _ => say_with("curves-chosen", &[("dims", words.join(", ").into())]),
    })
}

fn asks(app: &App, area: Rect) -> Vec<Query> {
    let (Some(calculations), Some(model)) = (&app.calculations, &app.model) else {
        return Vec::new();
    };
    calculations.asks(model, &app.passes, &place(app, area))
}

fn stages(app: &App, area: Rect) -> Option<Stages> {
    let (calculations, model) = (app.calculations.as_ref()?, app.model.as_ref()?);
    let known = |query: &Query| app.answers.exact(query);
    calculations.stages(model, &app.passes, &place(app, area), &known)
}

fn hints(app: &App) -> &'static [Hint] {
    match app.point().map(|point| hook::leaf(&point.name)) {
        Some("pattern" | "z") => &[("↑↓", "token"), ("[ ]", "head"), ("v", "back")],
        Some("logits") => &[("↑↓", "token"), ("+ -", "temperature"), ("v", "back")],
        Some("pos_embed") => &[("arrows", "dimension"), ("M", "curve"), ("v", "back")],
        _ => &[("arrows", "token and dimension"), ("v", "back")],
    }
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let title = format!(" {} ", say("stages-pane"));
    let inner = frame::draw(buf, area, theme, focused, Line::from(title));
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let Some(stages) = stages(app, area) else {
        let failed = asks(app, area).into_iter();
        let failed = failed.filter_map(|query| app.answers.why(&query)).next();
        let words = match failed {
            _ if !has(app) => say("stages-none"),
            Some(why) => why,
            None => say("stages-waiting"),
        };
        for (line, y) in text::wrap(words, inner.width).iter().zip(inner.y..) {
            text::put(buf, inner, inner.x, y, line, theme.dim());
        }
        return;
    };
    let shown = stages.shown();
    let mut y = inner.y;
    for words in &shown.words {
        for line in text::wrap(words, inner.width) {
            text::put(buf, inner, inner.x, y, &line, theme.dim());
            y += 1;
        }
    }
    let rest = Rect {
        y: y.min(inner.bottom()),
        height: inner.bottom().saturating_sub(y),
        ..inner
    };
    let Some(curves) = &shown.plot else {
        table(buf, rest, app, &shown);
        return;
    };
    // A wide pane has the curves beside the table, another one above it.
    let columns = LABEL + shown.headings.len() as u16 * NUMBER.1;
    if rest.width >= columns + 36 {
        let left = Rect {
            width: columns,
            ..rest
        };
        table(buf, left, app, &shown);
        let right = Rect {
            x: rest.x + columns + 2,
            width: rest.width - columns - 2,
            ..rest
        };
        plot::draw(buf, right, theme, curves);
        return;
    }
    let lines = shown.rows.len().min(usize::from(u16::MAX)) as u16 + 1;
    // The curves first: the table repeats the numbers of the marks.
    let below = if rest.height < CURVE + 3 {
        0
    } else {
        lines.min(rest.height / 3)
    };
    let above = Rect {
        height: rest.height - below,
        ..rest
    };
    plot::draw(buf, above, theme, curves);
    let below = Rect {
        y: above.bottom(),
        height: below,
        ..rest
    };
    table(buf, below, app, &shown);
}

/// Columns of a number of a row of values.
const VALUE: u16 = 9;

/// Lines of curves that are worth a table less.
const CURVE: u16 = 7;

/// Columns of a token's label.
const LABEL: u16 = 8;
/// Columns of a number with the space before it, at least and at most.
const NUMBER: (u16, u16) = (8, 13);

fn table(buf: &mut Buffer, area: Rect, app: &App, shown: &Shown) {
    if area.height < 2 {
        return;
    }
    let theme = app.theme;
    let columns = shown.headings.len().max(1) as u16;
    let number = (area.width.saturating_sub(LABEL) / columns).clamp(NUMBER.0, NUMBER.1);
    let (above, below): (Vec<&Row>, Vec<&Row>) = shown.rows.iter().partition(|row| !row.below);
    let room = usize::from(area.height - 1).saturating_sub(below.len());
    let (kept, left) = strongest(above, room);
    let mut lines = Lines {
        area,
        number,
        y: area.y,
    };
    lines.put(buf, "", &shown.headings, theme.dim());
    let mut put = |lines: &mut Lines, row: &Row, style: Style| {
        let digits = usize::from(number - 1);
        let cells: Vec<String> = row.cells.iter().map(|cell| cell.fitting(digits)).collect();
        let (x, y) = lines.put(buf, &row.label, &cells, style);
        if let Some(share) = row.share {
            let columns = area.right().saturating_sub(x + 1).min(BAR);
            text::put(
                buf,
                area,
                x + 1,
                y,
                &bar::text(share, columns),
                theme.accent(),
            );
        }
    };
    for row in kept {
        put(&mut lines, row, theme.text());
    }
    if !left.is_empty() {
        let share: f64 = left.iter().filter_map(|row| row.share).sum();
        let count = ("count", left.len().into());
        let label = if left.iter().any(|row| row.share.is_some()) {
            let share = format!("{:.2} %", share * 100.0);
            say_with("stages-more", &[count, ("share", share.into())])
        } else {
            say_with("stages-more-rows", &[count])
        };
        text::put(buf, area, area.x, lines.y, &label, theme.dim());
        lines.y += 1;
    }
    let mut put = |lines: &mut Lines, row: &Row| {
        let digits = usize::from(number - 1);
        let cells: Vec<String> = row.cells.iter().map(|cell| cell.fitting(digits)).collect();
        lines.put(buf, &row.label, &cells, theme.strong());
    };
    for row in below {
        put(&mut lines, row);
    }
}

/// Columns of a bar that stands for all.
const BAR: u16 = 24;

/// The lines of a table.
struct Lines {
    area: Rect,
    /// Columns of a number with the space before it.
    number: u16,
    /// The next line.
    y: u16,
}

impl Lines {
    /// Write the next line; where it ends.
    fn put(&mut self, buf: &mut Buffer, label: &str, cells: &[String], style: Style) -> (u16, u16) {
        let (area, y) = (self.area, self.y);
        text::put(buf, area, area.x, y, &text::cut(label, LABEL - 1), style);
        let mut x = area.x + LABEL;
        for cell in cells {
            if x + self.number > area.right() {
                break;
            }
            let cell = text::cut(cell, self.number - 1);
            let at = x + self.number - text::width(&cell);
            text::put(buf, area, at, y, &cell, style);
            x += self.number;
        }
        self.y += 1;
        (x, y)
    }
}

/// The rows that there is room for, in their order: those with the largest shares; and the others.
fn strongest(rows: Vec<&Row>, room: usize) -> (Vec<&Row>, Vec<&Row>) {
    if rows.len() <= room {
        return (rows, Vec::new());
    }
    let room = room.saturating_sub(1);
    let share = |row: &Row| row.share.unwrap_or(0.0);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| share(rows[b]).total_cmp(&share(rows[a])).then(a.cmp(&b)));
    let mut rank = vec![Reverse(0); rows.len()];
    for (place, &i) in order.iter().enumerate() {
        rank[i] = Reverse(place);
    }
    let indexed = rows.into_iter().enumerate();
    let (kept, left): (Vec<_>, Vec<_>) = indexed.partition(|&(i, _)| rank[i].0 < room);
    let rows = |all: Vec<(usize, _)>| all.into_iter().map(|(_, row)| row).collect();
    (rows(kept), rows(left))
}
