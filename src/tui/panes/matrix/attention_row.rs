//! Below an attention pattern, where there is room: the selected row as bars, key by key.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::super::app::App;
use super::super::super::view::masks;
use super::super::super::widgets::{bar, text};
use super::panel_layout::PanelLayout;
use super::tile;
use crate::lang::{plain, say_with};
use crate::trace::hook;
use crate::trace::plan::HookPoint;
use crate::trace::query::Query;
use crate::trace::tensor::Pick;

/// The question for the chosen row of a pattern that is not seen whole.
pub fn ask(app: &App, panel: &PanelLayout) -> Option<Query> {
    let point = app.plan()?.points().get(panel.spec.point)?;
    let row = Pick::At(app.cell.0.min(panel.rows.max(1) - 1));
    let slice = tile::slice(point, panel.head, row, Pick::Span(0..panel.cols));
    let query = || app.ask_values(panel.spec.point, slice);
    panel.attention_row.then(query)
}

/// The share of the chosen row's attention that each key gets: from the cells, or from an answer of its own.
fn weights<'a>(
    app: &'a App,
    panel: &PanelLayout,
    row: usize,
) -> Option<Box<dyn Fn(usize) -> Option<f64> + 'a>> {
    if panel.whole() {
        let tile = tile::tile(app, tile::ask(app, panel)).filter(|tile| !tile.stale(panel))?;
        return Some(Box::new(move |key| tile.get(row, key)));
    }
    let values = app.answers.exact(&ask(app, panel)?)?.values()?;
    Some(Box::new(move |key: usize| values.data.get(key).copied()))
}

/// Columns of a bar that stands for all attention.
const LONGEST: u16 = 40;

pub fn render(buf: &mut Buffer, app: &App, panel: &PanelLayout, point: &HookPoint, inner: Rect) {
    if hook::leaf(&point.name) != "pattern" {
        return;
    }
    let seen = panel.geometry.rows.len() as u16 + 2;
    let top = (panel.geometry.area.y + seen).min(inner.bottom());
    let area = Rect {
        y: top,
        height: inner.bottom() - top,
        ..panel.geometry.area
    };
    let g = &panel.geometry;
    let row = app.cell.0.min(panel.rows.max(1) - 1);
    let (Some(weights), Some(pass)) = (weights(app, panel, row), app.pass()) else {
        return;
    };
    let keys = (0..panel.cols).filter(|&key| !masks::masked(app, pass, point, row, key));
    let mut shown: Vec<_> = keys.filter_map(|k| Some((k, weights(k)?))).collect();
    let room = area.height.saturating_sub(1) as usize;
    if room < 3 {
        return;
    }
    if shown.len() > room {
        // The strongest, in the order of the text.
        shown.sort_by(|a, b| b.1.total_cmp(&a.1));
        shown.truncate(room);
        shown.sort_by_key(|&(key, _)| key);
    }
    let theme = app.theme;
    let label = |labels: &[String], i: usize| labels.get(i).cloned().unwrap_or_default();
    let from = label(&panel.row_labels, row);
    let token = ("token", plain(from.trim()));
    let words = match panel.head {
        Some(head) => say_with("pane-looks-head", &[token, ("head", plain(head))]),
        None => say_with("pane-looks", &[token]),
    };
    text::put(buf, area, area.x, area.y, &words, theme.dim());
    let left = g.left();
    let room = area.width.saturating_sub(left + 9).min(LONGEST);
    for (i, (key, weight)) in shown.into_iter().enumerate() {
        let y = area.y + 1 + i as u16;
        let name = text::cut(&label(&panel.col_labels, key), left.saturating_sub(1));
        text::put(buf, area, area.x, y, &name, theme.text());
        let percent = format!("{:5.1} %", weight * 100.0);
        let x = text::put(buf, area, area.x + left, y, &percent, theme.text());
        let bar = bar::text(weight, room);
        text::put(buf, area, x + 1, y, &bar, theme.accent());
    }
}
