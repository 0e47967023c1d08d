//! At the logits: what the model would say after each token, or in the place of each, and whether that is
//! what stands there.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::super::app::App;
use super::super::super::widgets::matrix::Density;
use super::super::super::widgets::text;
use super::panel_layout::PanelLayout;
use crate::lang::say;
use crate::session::format;
use crate::trace::plan::Axis;
use crate::trace::query::Query;
use crate::trace::source::Pass;
use crate::trace::tensor::Distribution;
use crate::trace::token::texts_missing;

/// Candidates a row shows at most.
const MOST: usize = 8;
/// Columns of a candidate: its mark, text, probability and a space.
const COLUMN: u16 = 15;
/// Columns of the entropy.
const ENTROPY: u16 = 8;

/// Whether the pane is this table: at the logits, unless numbers are asked for.
pub fn shown(app: &App) -> bool {
    let point = app.point();
    app.density == Density::Numbers && point.is_some_and(|p| p.axes == [Axis::Token, Axis::Vocab])
}

/// The question for what a token is followed by.
pub fn ask(app: &App, row: usize) -> Query {
    app.ask_lens(app.at.point, row, MOST)
}

pub fn render(buf: &mut Buffer, app: &App, panel: &PanelLayout, pass: &Pass) {
    let theme = app.theme;
    let area = panel.geometry.area;
    let gutter = panel.row_labels.iter().map(|l| text::width(l)).max();
    let gutter = gutter.unwrap_or(0).clamp(5, 14) + 1;
    let start = area.x + gutter + ENTROPY;
    let columns = (area.right().saturating_sub(start) / COLUMN).min(MOST as u16);
    let causal = app.model.as_ref().is_none_or(|m| m.causal);
    let place = say(if causal { "pane-after" } else { "pane-at" });
    text::put(buf, area, area.x, area.y, place, theme.dim());
    let nats = Rect::new(area.x + gutter, area.y, ENTROPY - 1, 1);
    text::put_right(buf, nats, area.y, say("pane-entropy-word"), theme.dim());
    for i in 0..columns {
        let words = match i {
            0 => say("pane-most-likely").to_owned(),
            i => format::ordinal(usize::from(i) + 1),
        };
        let x = start + i * COLUMN;
        text::put(buf, area, x + 1, area.y, &words, theme.dim());
    }
    for row in panel.geometry.rows.clone() {
        let y = area.y + 1 + (row - panel.geometry.rows.start) as u16;
        let on = row == app.at.row;
        let label = panel.row_labels.get(row).map_or("", String::as_str);
        let style = if on { theme.cursor() } else { theme.text() };
        let label = text::cut(label, gutter - 1);
        text::put(buf, area, area.x, y, &label, style);
        let Some(distribution) = distribution(app, row) else {
            text::put(buf, area, start + 2, y, "…", theme.dim());
            continue;
        };
        let entropy = format!("{:.2}", distribution.entropy);
        let nats = Rect::new(area.x + gutter, y, ENTROPY - 1, 1);
        text::put_right(buf, nats, y, &entropy, theme.dim());
        let there = pass.start + row + usize::from(causal);
        let due = app.text().get(there).map(|t| t.id);
        for (i, candidate) in distribution.top.iter().take(columns as usize).enumerate() {
            let x = start + i as u16 * COLUMN;
            let hit = Some(candidate.id) == due;
            let style = theme.level(candidate.prob);
            let cell = Rect::new(x, y, COLUMN - 1, 1).intersection(area);
            buf.set_style(cell, style);
            let style = if hit {
                style.patch(theme.strong())
            } else {
                style
            };
            let mark = if hit { "✓" } else { " " };
            text::put(buf, cell, x, y, mark, style);
            let name = text::cut(&text::token(&candidate.text), COLUMN - 9);
            text::put(buf, cell, x + 1, y, &name, style);
            let prob = format!("{:.1} %", candidate.prob * 100.0);
            text::put_right(buf, cell, y, &prob, style);
        }
    }
    let y = area.y + 2 + panel.geometry.rows.len() as u16;
    if y < area.bottom() {
        let words = if causal {
            say("pane-goes-on")
        } else {
            say("pane-stands-there")
        };
        text::put(buf, area, area.x, y, words, theme.dim());
    }
    let shown = panel.geometry.rows.clone();
    let shown = shown.filter_map(|row| distribution(app, row));
    let tokens = shown.flat_map(|d| d.top.iter().take(columns as usize));
    if let Some(note) = texts_missing(tokens.map(|c| (c.id, &*c.text)))
        && y + 1 < area.bottom()
    {
        text::put(buf, area, area.x, y + 1, note, theme.dim());
    }
}

/// The distribution after a token, if it has been answered for at this temperature.
pub fn distribution(app: &App, row: usize) -> Option<&Distribution> {
    app.answers.exact(&ask(app, row))?.lens()
}
