//! The tensor at the cursor: one matrix, or those that belong together.

mod attention_row;
pub mod order;
pub mod panel_layout;
pub mod panels;
mod predictions;
pub mod tile;

use std::cmp::Ordering;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Position, Rect};
use ratatui::text::{Line, Span};

use super::super::app::App;
use super::super::view::{self, heads, masks};
use super::super::widgets::matrix::{self, Cells, Density};
use super::super::widgets::scale::Scale;
use super::super::widgets::{frame, legend, number, text};
use super::{Hint, Pane, Part, Place, summary};
use crate::lang::{plain, say, say_with};
use crate::session::command::{Command, Which};
use crate::session::format;
use crate::trace::hook;
use crate::trace::plan::{Axis, HookPoint};
use crate::trace::query::Query;
use panel_layout::{PanelLayout, panel_layouts};
use tile::Tile;

pub static PANE: Pane = Pane {
    name: "matrix",
    wide: Some(PLACE),
    narrow: Some(PLACE),
    takes_focus: true,
    stays: true,
    asks,
    draw,
    scroll: Some(scroll),
    click: Some(click),
    copy: Some(copy),
    export: |app, _| super::value(app),
    hints,
    ..Pane::NONE
};

/// A matrix that is opened beside the pass takes its place, and so does a view of the whole model.
const PLACE: Place = Place {
    part: Part::Middle,
    lines: |app, _| {
        let here = app.opened.is_none() && app.whole.is_none() && app.diff.is_none();
        here.then_some(Constraint::Fill(1))
    },
};

fn asks(app: &App, area: Rect) -> Vec<Query> {
    let mut out = Vec::new();
    for panel in panel_layouts(app, area) {
        if predictions::shown(app) {
            out.extend(panel.geometry.rows.map(|row| predictions::ask(app, row)));
        } else if !ahead(app, &panel) {
            if panel.wide() {
                out.extend(order::ask(app));
            }
            match panel.order {
                Some(_) => out.extend(order::ask_columns(app, &panel)),
                None => out.extend(tile::ask(app, &panel)),
            }
            out.extend(tile::ask_aside(app, &panel));
            out.extend(attention_row::ask(app, &panel));
            out.push(app.ask_summary(panel.spec.point));
        }
    }
    out
}

/// Whether a panel shows what the cursor has not come to.
fn ahead(app: &App, panel: &PanelLayout) -> bool {
    panel.spec.point > app.at.point && panel.spec.role != panels::AFTER
}

fn hints(app: &App) -> &'static [Hint] {
    let causal = app.model.as_ref().is_none_or(|m| m.causal);
    let at_end = app
        .plan()
        .is_some_and(|plan| app.at.point + 1 == plan.len());
    let point = app.point();
    match (at_end, causal) {
        (true, false) => &[(", .", "row"), ("d", "values"), ("V", "lens grid")],
        (true, true) => &[
            ("t", "next token"),
            ("T", "sample"),
            ("d", "values"),
            ("V", "lens grid"),
            ("D", "attribution"),
        ],
        _ if point.is_some_and(|p| hook::leaf(&p.name) == "pattern") => &[
            ("arrows", "cell"),
            ("enter", "why"),
            ("d", "values"),
            ("A", "heads"),
        ],
        _ if !is_wide(app) => &[("arrows", "cell"), ("enter", "why"), ("d", "values")],
        _ if app.largest => &[
            ("arrows", "cell"),
            ("enter", "why"),
            ("d", "values"),
            ("m", "in order"),
        ],
        _ => &[
            ("arrows", "cell"),
            ("enter", "why"),
            ("d", "values"),
            ("m", "largest first"),
        ],
    }
}

/// Columns that hardly any screen shows at once.
const WIDE: usize = 32;

/// Whether there is an order of columns to choose.
pub fn is_wide(app: &App) -> bool {
    app.point().is_some_and(|point| view::size(point).1 > WIDE)
}

fn scroll(app: &mut App, area: Rect, (dx, dy): (isize, isize)) -> Vec<Command> {
    let panels = panel_layouts(app, area);
    let Some(main) = panels.last() else {
        return Vec::new();
    };
    app.cell.1 = super::by(app.cell.1, dx, main.cols);
    app.cell.0 = super::by(app.cell.0, dy, main.rows);
    row_follows(app).into_iter().collect()
}

fn click(app: &mut App, area: Rect, at: Position) -> Vec<Command> {
    let panels = panel_layouts(app, area);
    let mut places = panels.iter().map(|panel| &panel.geometry);
    let cell = if predictions::shown(app) {
        places.find_map(|g| g.row_at(at)).map(|row| (row, 0))
    } else {
        places.find_map(|g| g.hit(at))
    };
    match cell {
        Some(cell) => {
            app.cell = cell;
            row_follows(app).into_iter().collect()
        }
        None => Vec::new(),
    }
}

/// The selected cell; of predictions the most likely token.
fn copy(app: &App, area: Rect) -> Option<String> {
    if predictions::shown(app) {
        return Some(
            predictions::distribution(app, app.cell.0)?
                .top
                .first()?
                .text
                .clone(),
        );
    }
    let panel = panel_layout::main(app, panel_layouts(app, area))?;
    let (tile, row, col) = selected(app, &panel);
    tile?.get(row, col).map(number::exact)
}

/// The selected row of a matrix of tokens is the token after which we predict.
pub fn row_follows(app: &App) -> Option<Command> {
    let point = app.point()?;
    let row = view::matrix_axes(point).0.map(|i| point.axes[i]);
    let tokens = matches!(row, Some(Axis::Token | Axis::Query));
    tokens.then_some(Command::row(Which::Number(app.cell.0)))
}

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    let focused = app.focus == PANE.name;
    let Some((pass, plan)) = app.pass().zip(app.plan()) else {
        frame::draw(buf, area, theme, focused, Line::default());
        return;
    };
    let Some(point) = plan.points().get(app.at.point) else {
        return;
    };
    frame::draw(buf, area, theme, focused, title(app, point, area.width));
    let panels = panel_layouts(app, area);
    for panel in &panels {
        let at = &plan.points()[panel.spec.point];
        if panel.title.height > 0 {
            let on = panel.spec.point == app.at.point;
            let role = panel.spec.role;
            let name = if role.is_empty() { "" } else { say(role) };
            let name = format!(" {name}");
            let style = if on { theme.current() } else { theme.strong() };
            let line = panel.title;
            let mark = if on { "▶" } else { " " };
            text::put(buf, line, line.x, line.y, mark, theme.current());
            let x = text::put(buf, line, line.x + 1, line.y, &name, style);
            let rest = format!("  {}  {}", hook::short(&at.name), format::shape(at));
            text::put(buf, line, x, line.y, &rest, theme.dim());
        }
        if ahead(app, panel) {
            let area = panel.geometry.area;
            let words = say("pane-ahead");
            text::put(buf, area, area.x + 3, area.y + 1, words, theme.dim());
            continue;
        }
        if predictions::shown(app) {
            predictions::render(buf, app, panel, pass);
        } else {
            cells(buf, app, panel, pass, at);
            attention_row::render(buf, app, panel, at, frame::inside(area));
        }
    }
    if let Some(panel) = panel_layout::main(app, panels) {
        let legend = legend(buf, area, app, &panel);
        let room = area.width.saturating_sub(6 + legend);
        let note = note(app, room, &panel);
        frame::note(buf, area, &note, theme.dim());
    }
}

/// Draw the legend of colours in the lower line to the left, where there is room; how many columns it takes. Without
/// colours numbers need none.
fn legend(buf: &mut Buffer, area: Rect, app: &App, panel: &PanelLayout) -> u16 {
    let scale = if predictions::shown(app) {
        Scale::Probability
    } else {
        panel.scale
    };
    let width = legend::width(scale);
    let plain = app.theme.plain() && app.density != Density::Colours;
    if plain || area.height < 2 || width + NOTE > area.width {
        return 0;
    }
    let line = Rect::new(area.x + 2, area.bottom() - 1, width, 1);
    legend::draw(buf, line, app.theme, scale);
    width
}

/// Columns that a note needs beside the legend.
const NOTE: u16 = 28;

fn cells(
    buf: &mut Buffer,
    app: &App,
    panel: &PanelLayout,
    pass: &crate::trace::source::Pass,
    point: &HookPoint,
) {
    let query = tile::ask(app, panel);
    let tiles: Vec<Option<Tile>> = match &panel.order {
        Some(_) => {
            let columns = panel.geometry.cols.clone().map(|i| panel.column(i));
            let queries = columns.map(|col| tile::ask_column(app, panel, col));
            queries.map(|query| tile::tile(app, query)).collect()
        }
        None => vec![tile::tile(app, query.clone())],
    };
    let stale = tiles.iter().flatten().any(|tile| tile.stale(panel));
    let aside = tile::tile(app, tile::ask_aside(app, panel));
    let value = |r, place: usize| {
        let tile = match panel.order {
            Some(_) => tiles.get(place.checked_sub(panel.geometry.cols.start)?)?,
            None => tiles.first()?,
        };
        tile.as_ref()?.get(r, panel.column(place))
    };
    let low = |r, c| value(r, c).is_some_and(|v| v < -1e30);
    let hidden = |r, c| masks::masked(app, pass, point, r, panel.column(c));
    let cells = Cells {
        value: &value,
        aside: &|r| aside.as_ref().and_then(|t| t.get(r, 0)),
        masked: &|r, c| hidden(r, c) || low(r, c),
        selected: Some((app.cell.0.min(panel.rows.max(1) - 1), app.cell.1)),
        stale,
    };
    matrix::draw(buf, app.theme, &panel.shape(app), &panel.geometry, &cells);
    let area = panel.geometry.area;
    if tiles.iter().all(Option::is_none) && area.height > 1 {
        let x = area.x + panel.geometry.left();
        let why = query.and_then(|query| app.answers.why(&query));
        let words = why.unwrap_or("computing…");
        text::put(buf, area, x, area.y + 1, words, app.theme.dim());
    }
}

fn title(app: &App, point: &HookPoint, width: u16) -> Line<'static> {
    let theme = app.theme;
    let name = hook::short(&point.name);
    let mut spans = vec![Span::raw(" ")];
    let tabs = app.plan().map(|p| (p, panels::tabs(p, app.at.point)));
    match tabs {
        Some((plan, tabs)) if tabs.len() > 1 && width >= 50 => {
            let layer = point.layer().to_string();
            if width >= 64 {
                spans.push(Span::styled(format!("{layer}.attn "), theme.dim()));
            }
            for i in tabs {
                let leaf = hook::leaf(&plan.points()[i].name).replace("attn_", "");
                let (text, style) = match i.cmp(&app.at.point) {
                    Ordering::Equal => (format!("[{leaf}]"), theme.current()),
                    Ordering::Less => (leaf, theme.text()),
                    Ordering::Greater => (leaf, theme.dim()),
                };
                spans.push(Span::styled(text, style));
                spans.push(Span::raw(" "));
            }
        }
        _ => spans.push(Span::styled(format!("{name} "), theme.strong())),
    }
    if let (Some(axis), Some(head)) = (point.head_axis(), heads::head_of(app, point)) {
        let used: u16 = spans.iter().map(|s| text::width(&s.content)).sum();
        let args = [("head", head.into()), ("all", point.shape[axis].into())];
        let words = format!(" {} ", say_with("pane-head", &args));
        let words = if used + text::width(&words) + 2 <= width {
            words
        } else {
            format!(" {} ", say_with("pane-head-short", &args))
        };
        spans.push(Span::styled(words, theme.accent()));
    }
    let used: u16 = spans.iter().map(|s| text::width(&s.content)).sum();
    let shape = format::shape(point);
    if used + text::width(&shape) + 3 < width {
        spans.push(Span::styled(format!("{shape} "), theme.dim()));
    }
    Line::from(spans)
}

/// The column beside the matrix, where the cursor stands in it: at a norm's scale.
fn at_aside(app: &App, panel: &PanelLayout) -> Option<usize> {
    panel.spec.aside.filter(|&point| point == app.at.point)
}

/// The selected cell: the values it is among, its row and its column.
fn selected<'a>(app: &'a App, panel: &PanelLayout) -> (Option<Tile<'a>>, usize, usize) {
    let row = app.cell.0;
    let aside = at_aside(app, panel);
    let col = match aside {
        Some(_) => 0,
        None => panel.column(app.cell.1),
    };
    let query = match (aside, &panel.order) {
        (Some(_), _) => tile::ask_aside(app, panel),
        (None, Some(_)) => tile::ask_column(app, panel, col),
        (None, None) => tile::ask(app, panel),
    };
    (tile::tile(app, query), row, col)
}

/// Row and column of the selected cell, whatever the order of columns.
pub fn selected_cell(app: &App, area: Rect) -> Option<(usize, usize)> {
    let panel = panel_layout::main(app, panel_layouts(app, area))?;
    Some((app.cell.0, panel.column(app.cell.1)))
}

/// Whether tokens are shown in the place of numbers.
pub fn predicts(app: &App) -> bool {
    predictions::shown(app)
}

/// The rows or columns seen, of so many.
pub fn span(key: &'static str, seen: &Range<usize>, all: usize) -> String {
    let (first, last) = (seen.start, seen.end.saturating_sub(1));
    say_with(
        key,
        &[
            ("first", plain(first)),
            ("last", plain(last)),
            ("all", plain(all)),
        ],
    )
}

/// The selected cell with all its digits, the columns seen, and the summary where it has no pane: as
/// much as fits.
fn note(app: &App, room: u16, panel: &PanelLayout) -> String {
    let aside = at_aside(app, panel);
    let (tile, row, col) = selected(app, panel);
    let mut parts = Vec::new();
    if let (Some(value), false) = (
        tile.as_ref().and_then(|t| t.get(row, col)),
        predictions::shown(app),
    ) {
        parts.push(if value.is_finite() {
            format!("[{row}, {col}] = {value:.7}")
        } else {
            format!("[{row}, {col}] = {}", number::text(value))
        });
    }
    if let Some(error) = tile.and_then(|t| t.values.recomputed) {
        parts.push(format::recomputed(error));
    }
    let cols = &panel.geometry.cols;
    if panel.order.is_some() {
        let last = ("last", format::ordinal(cols.end).into());
        let all = ("all", panel.cols.into());
        parts.push(say_with("pane-largest", &[last, all]));
    } else if aside.is_none() && panel.wide() {
        parts.push(span("pane-columns", cols, panel.cols));
    }
    if app.zoom || summary::PANE.place(app).is_none() {
        parts.extend(summary::parts(app));
    }
    let mut out = String::new();
    for part in parts {
        let long = text::width(&out) + 3 + text::width(&part);
        if out.is_empty() {
            out = part;
        } else if long <= room {
            out = format!("{out} · {part}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::super::theme::{Depth, Ground, Theme};
    use super::super::super::{draw, fake};
    use super::*;

    fn screen(app: &App) -> String {
        let mut buf = Buffer::empty(app.screen);
        draw::draw(&mut buf, app);
        draw::text(&buf)
    }

    #[test]
    fn wide_matrices_offer_their_largest_columns_first() {
        let mut app = fake::app("1.q", 120, 36);
        assert!(
            !screen(&app).contains("largest first"),
            "16 columns are not wide"
        );
        app = fake::app("0.mlp.post", 120, 36);
        assert!(screen(&app).contains("m largest first"), "{}", screen(&app));
        app.largest = true;
        fake::answer(&mut app);
        let point = app.at.point;
        let value = |col: usize| fake::value(point, 0, 3, col);
        let mut due: Vec<usize> = (0..256).collect();
        due.sort_by(|&a, &b| value(b).abs().total_cmp(&value(a).abs()));
        let shown = screen(&app);
        let heading = shown.lines().nth(3).unwrap().split('┃').nth(1).unwrap();
        let columns: Vec<usize> = heading
            .split_whitespace()
            .map(|w| w.parse().unwrap())
            .collect();
        assert_eq!(columns, due[..columns.len()], "{shown}");
        let cell = format!("[3, {}] = {:.7}", due[0], value(due[0]));
        for part in [&cell, "largest first, to the", "m in order"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        // The cursor's place counts, and another row has another order.
        app.cell = (2, 1);
        fake::answer(&mut app);
        let value = |col: usize| fake::value(point, 0, 2, col);
        due.sort_by(|&a, &b| value(b).abs().total_cmp(&value(a).abs()));
        let cell = format!("[2, {}] = {:.7}", due[1], value(due[1]));
        assert!(screen(&app).contains(&cell), "{cell}: {}", screen(&app));
    }

    #[test]
    fn a_legend_stands_where_there_are_colours_and_room() {
        for (at, ends) in [
            ("1.pattern", " 0           1 "),
            ("1.q", " -1.690           1.690 "),
        ] {
            for (width, here) in [(120, true), (80, true), (60, false)] {
                let mut app = fake::app(at, width, 24);
                assert!(!screen(&app).contains(ends), "{at} {width}");
                app.theme = Theme::new(Depth::True, Ground::Light);
                assert_eq!(
                    screen(&app).contains(ends),
                    here,
                    "{at} {width}: {}",
                    screen(&app)
                );
            }
        }
        let mut app = fake::app("1.pattern", 120, 36);
        app.density = Density::Colours;
        assert!(screen(&app).contains(" 0 ·░▒▒▓▓▓██ 1 "), "{}", screen(&app));
    }
}
