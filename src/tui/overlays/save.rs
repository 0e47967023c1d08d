//! The form that writes a trace.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::Line;

use super::super::app::{App, Save};
use super::super::widgets::{frame, text};
use crate::lang::{plain, say, say_with};

pub fn size(app: &App) -> (u16, u16) {
    (app.screen.width.saturating_sub(8).min(76), 8)
}

pub fn render(buf: &mut Buffer, app: &App, save: &Save) -> Position {
    let theme = app.theme;
    let title = Line::styled(format!(" {} ", say("pane-save")), theme.strong());
    let area = frame::popup(buf, app.screen, theme, size(app), title);
    let hint = say("pane-save-hint");
    frame::note(buf, area.outer(Margin::new(1, 1)), hint, theme.dim());
    let area = area.inner(Margin::new(1, 0));
    let mut cursor = Position::new(area.x, area.y);
    let fields = [
        (say("pane-save-file"), &save.path, !save.on_hooks),
        (say("pane-save-points"), &save.hooks, save.on_hooks),
    ];
    for (i, (name, input, on)) in fields.into_iter().enumerate() {
        let y = area.y + 1 + i as u16;
        let style = if on { theme.current() } else { theme.dim() };
        let mark = if on { "▸" } else { " " };
        text::put(buf, area, area.x, y, mark, style);
        text::put(buf, area, area.x + 2, y, name, style);
        let x = area.x + 15;
        let line = Rect::new(x, y, area.right().saturating_sub(x), 1);
        let at = input.draw(buf, line, theme);
        if on {
            cursor = at;
        }
    }
    let y = area.y + 4;
    match (&save.facts, &save.replace) {
        (_, Some(path)) => {
            let words = say_with("pane-save-replace", &[("file", plain(path))]);
            text::put(buf, area, area.x + 2, y, &words, theme.alarm());
        }
        (Ok(facts), _) => {
            text::put(buf, area, area.x + 2, y, facts, theme.dim());
        }
        (Err(why), _) => {
            text::put(buf, area, area.x + 2, y, why, theme.alarm());
        }
    }
    cursor
}

/// A number of bytes for people: `1.2 MB`.
pub fn bytes(n: usize) -> String {
    match n as f64 {
        n if n >= 1e9 => format!("{:.1} GB", n / 1e9),
        n if n >= 1e6 => format!("{:.1} MB", n / 1e6),
        n if n >= 1e3 => format!("{:.0} kB", n / 1e3),
        n => format!("{n} bytes"),
    }
}
