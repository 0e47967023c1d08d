//! The tensor at the cursor: one matrix, or those that belong together.

use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::super::app::{App, Pane};
use super::super::layout::Layout;
use super::super::view::{self, PanelLayout};
use super::super::widgets::matrix::{self, Cells};
use super::super::widgets::{frame, number, text};
use super::{attention_row, predictions, summary};
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
    let panels = view::panel_layouts(app, layout);
    for panel in &panels {
        let at = &plan.points()[panel.spec.point];
        if panel.title.height > 0 {
            let on = panel.spec.point == app.at.point;
            let name = format!(" {}", panel.spec.role);
            let style = if on { theme.current() } else { theme.strong() };
            let line = panel.title;
            let mark = if on { "▶" } else { " " };
            text::put(buf, line, line.x, line.y, mark, theme.current());
            let x = text::put(buf, line, line.x + 1, line.y, &name, style);
            let rest = format!("  {}  {}", hook::short(&at.name), format::shape(at));
            text::put(buf, line, x, line.y, &rest, theme.dim());
        }
        if panel.spec.point > app.at.point && panel.spec.role != "after" {
            let area = panel.geometry.area;
            let words = "ahead: s steps on to it";
            text::put(buf, area, area.x + 3, area.y + 1, words, theme.dim());
            continue;
        }
        if view::predicts(app) {
            predictions::render(buf, app, panel, pass);
        } else {
            cells(buf, app, panel, pass, at);
            attention_row::render(buf, app, panel, at, view::inside(area));
        }
    }
    if let Some(panel) = panels
        .iter()
        .find(|p| p.spec.point == app.at.point)
        .or(panels.last())
    {
        let note = note(app, layout, panel);
        frame::note(buf, area, &note, theme.dim());
    }
}

fn cells(
    buf: &mut Buffer,
    app: &App,
    panel: &PanelLayout,
    pass: &crate::trace::source::Pass,
    point: &HookPoint,
) {
    let tile = app.answers.tiles.get(&(app.at.pass, panel.spec.point));
    let stale = tile.is_some_and(|t| t.head != panel.head);
    let aside = panel
        .spec
        .aside
        .and_then(|i| app.answers.tiles.get(&(app.at.pass, i)));
    let low = |r, c| tile.and_then(|t| t.get(r, c)).is_some_and(|v| v < -1e30);
    let cells = Cells {
        value: &|r, c| tile.and_then(|t| t.get(r, c)),
        aside: &|r| aside.and_then(|t| t.get(r, 0)),
        masked: &|r, c| view::masked(app, pass, point, r, c) || low(r, c),
        selected: Some((app.cell.0.min(panel.rows.max(1) - 1), app.cell.1)),
        stale,
    };
    matrix::draw(buf, app.theme, &panel.shape(app), &panel.geometry, &cells);
    let area = panel.geometry.area;
    if tile.is_none() && area.height > 1 {
        let x = area.x + panel.geometry.left();
        let why = app.answers.missing.get(&panel.spec.point);
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
    if let (Some(axis), Some(head)) = (point.head_axis(), view::head_of(app, point)) {
        let used: u16 = spans.iter().map(|s| text::width(&s.content)).sum();
        let words = format!(" head {head} of {} ", point.shape[axis]);
        let words = if used + text::width(&words) + 2 <= width {
            words
        } else {
            format!(" head {head}/{} ", point.shape[axis])
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
fn note(app: &App, layout: &Layout, panel: &PanelLayout) -> String {
    // At a norm's scale the cursor stands in the column beside the matrix.
    let aside = panel.spec.aside.filter(|&point| point == app.at.point);
    let shown = aside.unwrap_or(panel.spec.point);
    let tile = app.answers.tiles.get(&(app.at.pass, shown));
    let row = app.cell.0;
    let col = if aside.is_some() { 0 } else { app.cell.1 };
    let mut parts = Vec::new();
    if let (Some(value), false) = (tile.and_then(|t| t.get(row, col)), view::predicts(app)) {
        parts.push(if value.is_finite() {
            format!("[{row}, {col}] = {value:.7}")
        } else {
            format!("[{row}, {col}] = {}", number::text(value))
        });
    }
    if let Some(error) = tile.and_then(|t| t.values.recomputed) {
        parts.push(format::recomputed(error));
    }
    if aside.is_none() && panel.geometry.cols.len() < panel.cols {
        let cols = &panel.geometry.cols;
        parts.push(format!(
            "columns {}–{} of {}",
            cols.start,
            cols.end - 1,
            panel.cols
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
