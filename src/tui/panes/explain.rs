//! The hook point in plain words, with its formula and real shapes.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};

use super::super::app::App;
use super::super::widgets::text;
use super::{Pane, Part, Place};

pub static PANE: Pane = Pane {
    name: "explain",
    wide: Some(Place {
        part: Part::Bottom,
        lines: |_, all| Some(Constraint::Length(if all >= 28 { 3 } else { 2 })),
    }),
    // Words wrap where it is narrow.
    narrow: Some(Place {
        part: Part::Bottom,
        lines: |_, all| Some(Constraint::Length(if all >= 20 { 3 } else { 2 })),
    }),
    draw,
    ..Pane::NONE
};

fn draw(buf: &mut Buffer, area: Rect, app: &App) {
    let e = &app.words;
    let theme = app.theme;
    let room = area.width.saturating_sub(2);
    let mut lines: Vec<(String, _)> = Vec::new();
    if text::width(&e.formula) <= room {
        lines.push((e.formula.clone(), theme.text()));
    } else {
        lines.push((e.short.clone(), theme.text()));
    }
    let words = text::wrap(&e.text.replace('\n', " "), room);
    lines.extend(words.into_iter().map(|line| (line, theme.dim())));
    for (i, (line, style)) in lines.iter().take(area.height as usize).enumerate() {
        text::put(buf, area, area.x + 1, area.y + i as u16, line, *style);
    }
}
