//! Text that a command printed, scrolled in both directions.

use ratatui::buffer::Buffer;
use ratatui::layout::Margin;
use ratatui::text::Line;

use super::super::app::App;
use super::super::widgets::{frame, text};
use crate::lang::{self, plain, say_with};

/// Columns and lines it would take, with its frame.
pub fn size(title: &str, lines: &[String]) -> (u16, u16) {
    let all = lines.iter().map(String::as_str).chain([title]);
    let widest = all.map(text::width).max().unwrap_or(0);
    let height = lines.len().min(u16::MAX as usize - 2) as u16 + 2;
    (widest.clamp(30, u16::MAX - 4) + 4, height)
}

pub fn render(
    buf: &mut Buffer,
    app: &App,
    title: &str,
    lines: &[String],
    (top, left): (usize, usize),
) {
    let theme = app.theme;
    let size = size(title, lines);
    let title = Line::styled(format!(" {title} "), theme.strong());
    let area = frame::popup(buf, app.screen, theme, size, title);
    let mut hint = format!("esc {}", lang::hint("close"));
    if lines.len() > area.height as usize {
        let last = (top + area.height as usize).min(lines.len());
        let args = [
            ("first", plain(top + 1)),
            ("last", plain(last)),
            ("all", plain(lines.len())),
        ];
        hint = format!("↑↓ {} · {hint}", say_with("pane-lines", &args));
    }
    if super::overhang(app) > 0 {
        hint = format!("←→ · {hint}");
    }
    frame::note(buf, area.outer(Margin::new(1, 1)), &hint, theme.dim());
    let inner = area.inner(Margin::new(1, 0));
    let shown = lines.iter().skip(top).take(area.height as usize);
    for (i, line) in shown.enumerate() {
        let line = text::skip(line, left as u16);
        text::put(buf, inner, inner.x, inner.y + i as u16, &line, theme.text());
    }
}
