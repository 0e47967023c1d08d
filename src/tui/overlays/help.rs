//! All commands with their keys, under a heading for each group.

use ratatui::buffer::Buffer;
use ratatui::layout::Margin;
use ratatui::text::Line;

use super::super::app::App;
use super::super::widgets::{frame, text};
use crate::session::command::{Group, commands};

/// Columns of the keys and of the names before the explanation.
const KEYS: u16 = 11;
const NAMES: u16 = 18;

/// A line of help: keys, name, words; a heading has words alone.
pub struct Row {
    keys: String,
    name: &'static str,
    words: String,
}

pub fn size(app: &App) -> (u16, u16) {
    (app.screen.width.min(112), app.screen.height)
}

/// The lines in their box.
pub fn lines(app: &App) -> Vec<Row> {
    let width = size(app).0;
    let room = width.saturating_sub(4 + KEYS + NAMES).max(20);
    let mut out = Vec::new();
    for group in Group::ALL {
        if !out.is_empty() {
            out.push(row(String::new(), "", String::new()));
        }
        out.push(row(String::new(), "", group.title().to_owned()));
        for spec in commands().filter(|s| s.group == group) {
            let mut keys = String::new();
            for key in app.keymap.keys(spec) {
                if text::width(&keys) + text::width(key) + 1 < KEYS {
                    keys += if keys.is_empty() { "" } else { " " };
                    keys += key;
                }
            }
            let mut words = text::wrap(spec.help, room).into_iter();
            out.push(row(keys, spec.name, words.next().unwrap_or_default()));
            out.extend(words.map(|words| Row {
                keys: " ".into(),
                name: "",
                words,
            }));
        }
    }
    out
}

fn row(keys: String, name: &'static str, words: String) -> Row {
    Row { keys, name, words }
}

pub fn render(buf: &mut Buffer, app: &App, top: usize) {
    let theme = app.theme;
    let size = size(app);
    let lines = lines(app);
    let title = Line::styled(" help ", theme.strong());
    let area = frame::popup(buf, app.screen, theme, size, title);
    let outer = area.outer(Margin::new(1, 1));
    let hint = ": types a command · ↑↓ scroll · esc close";
    frame::note(buf, outer, hint, theme.dim());
    let area = area.inner(Margin::new(1, 0));
    let top = top.min(lines.len().saturating_sub(area.height as usize));
    let shown = lines.iter().skip(top).take(area.height as usize);
    for (i, row) in shown.enumerate() {
        let y = area.y + i as u16;
        if row.keys.is_empty() && row.name.is_empty() {
            text::put(buf, area, area.x, y, &row.words, theme.current());
            continue;
        }
        text::put(buf, area, area.x, y, &row.keys, theme.accent());
        text::put(buf, area, area.x + KEYS, y, row.name, theme.strong());
        let x = area.x + KEYS + NAMES;
        text::put(buf, area, x, y, &row.words, theme.text());
    }
}
