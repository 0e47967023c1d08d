//! The tensor at the cursor: one matrix, or those that belong together.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::super::app::{App, Pane};
use super::super::layout::Layout;
use super::super::view::{self, Laid};
use super::super::widgets::matrix::{self, Cells};
use super::super::widgets::{frame, number, text};
use super::{looks, predictions, summary};
use crate::session::format;
use crate::trace::hook;
use crate::trace::plan::HookPoint;

pub fn render(buf: &mut Buffer, layout: &Layout, app: &App) {
    let theme = app.theme;
    let area = layout.matrix;
    let focused = app.focus == Pane::Matrix;
    let Some((pass, plan)) = app.pass().zip(app.plan()) else {
        frame::draw(buf, area, theme, focused, Line::default());
        return;
    };
    let Some(point) = plan.points().get(app.at.point) else {
        return;
    };
    frame::draw(buf, area, theme, focused, title(app, point, area.width));
    let panels = view::lay(app, layout);
    for laid in &panels {
        let at = &plan.points()[laid.panel.point];
        if laid.title.height > 0 {
            let on = laid.panel.point == app.at.point;
            let name = format!(" {}", laid.panel.role);
            let style = if on { theme.current() } else { theme.strong() };
            let line = laid.title;
            let mark = if on { "▶" } else { " " };
            text::put(buf, line, line.x, line.y, mark, theme.current());
            let x = text::put(buf, line, line.x + 1, line.y, &name, style);
            let rest = format!("  {}  {}", hook::short(&at.name), format::shape(at));
            text::put(buf, line, x, line.y, &rest, theme.dim());
        }
        if laid.panel.point > app.at.point && laid.panel.role != "after" {
            let area = laid.geometry.area;
            let words = "ahead: s steps on to it";
            text::put(buf, area, area.x + 3, area.y + 1, words, theme.dim());
            continue;
        }
        match view::predicts(app) {
            true => predictions::render(buf, app, laid, pass),
            false => {
                cells(buf, app, laid, pass, at);
                looks::render(buf, app, laid, at, view::inside(area));
            }
        }
    }
    if let Some(laid) = panels
        .iter()
        .find(|l| l.panel.point == app.at.point)
        .or(panels.last())
    {
        let note = note(app, layout, laid);
        frame::note(buf, area, &note, theme.dim());
    }
}

fn cells(
    buf: &mut Buffer,
    app: &App,
    laid: &Laid,
    pass: &crate::trace::source::Pass,
    point: &HookPoint,
) {
    let tile = app.known.tiles.get(&(app.at.pass, laid.panel.point));
    let stale = tile.is_some_and(|t| t.head != laid.head);
    let aside = laid
        .panel
        .aside
        .and_then(|i| app.known.tiles.get(&(app.at.pass, i)));
    let low = |r, c| tile.and_then(|t| t.get(r, c)).is_some_and(|v| v < -1e30);
    let cells = Cells {
        value: &|r, c| tile.and_then(|t| t.get(r, c)),
        aside: &|r| aside.and_then(|t| t.get(r, 0)),
        masked: &|r, c| view::masked(app, pass, point, r, c) || low(r, c),
        selected: Some((app.cell.0.min(laid.rows.max(1) - 1), app.cell.1)),
        stale,
    };
    matrix::draw(buf, app.theme, &laid.shape(app), &laid.geometry, &cells);
    let area = laid.geometry.area;
    if tile.is_none() && area.height > 1 {
        let x = area.x + laid.geometry.left();
        let why = app.known.missing.get(&laid.panel.point);
        let words = why.map_or("computing…", String::as_str);
        text::put(buf, area, x, area.y + 1, words, app.theme.dim());
    }
}

fn title(app: &App, point: &HookPoint, width: u16) -> Line<'static> {
    let theme = app.theme;
    let name = hook::short(&point.name);
    let mut spans = vec![Span::raw(" ")];
    let tabs = app.plan().map(|p| (p, view::tabs(p, app.at.point)));
    match tabs {
        Some((plan, tabs)) if tabs.len() > 1 && width >= 50 => {
            let layer = point.layer().to_string();
            if width >= 64 {
                spans.push(Span::styled(format!("{layer}.attn "), theme.dim()));
            }
            for i in tabs {
                let leaf = hook::leaf(&plan.points()[i].name).replace("attn_", "");
                let (text, style) = match i == app.at.point {
                    true => (format!("[{leaf}]"), theme.current()),
                    false if i < app.at.point => (leaf, theme.text()),
                    false => (leaf, theme.dim()),
                };
                spans.push(Span::styled(text, style));
                spans.push(Span::raw(" "));
            }
        }
        _ => spans.push(Span::styled(format!("{name} "), theme.strong())),
    }
    if let (Some(axis), Some(head)) = (point.head_axis(), view::head_of(app, point)) {
        let used: u16 = spans.iter().map(|s| text::width(&s.content)).sum();
        let words = format!(" head {head} of {} ", point.shape[axis]);
        let words = match used + text::width(&words) + 2 <= width {
            true => words,
            false => format!(" head {head}/{} ", point.shape[axis]),
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

/// The selected cell with all its digits, the columns seen, and the summary where it has no pane: as
/// much as fits.
fn note(app: &App, layout: &Layout, laid: &Laid) -> String {
    let tile = app.known.tiles.get(&(app.at.pass, laid.panel.point));
    let (row, col) = app.cell;
    let mut parts = Vec::new();
    if let (Some(value), false) = (tile.and_then(|t| t.get(row, col)), view::predicts(app)) {
        parts.push(match value.is_finite() {
            true => format!("[{row}, {col}] = {value:.7}"),
            false => format!("[{row}, {col}] = {}", number::text(value)),
        });
    }
    if let Some(error) = tile.and_then(|t| t.values.recomputed) {
        parts.push(format::recomputed(error));
    }
    if laid.geometry.cols.len() < laid.cols {
        let cols = &laid.geometry.cols;
        parts.push(format!(
            "columns {}–{} of {}",
            cols.start,
            cols.end - 1,
            laid.cols
        ));
    }
    if layout.summary.is_empty() {
        parts.extend(summary::parts(app));
    }
    let room = layout.matrix.width.saturating_sub(6);
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
