//! The next keys, or a message.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::app::{App, Message, Pane, Status};
use super::super::widgets::text;

const STEP: &[(&str, &str)] = &[
    ("s", "step"),
    ("n", "next"),
    ("o", "out"),
    ("S N O", "back"),
    ("c", "continue"),
    ("b", "break"),
    ("t", "token"),
    ("g", "go to"),
    ("tab", "pane"),
    (":", "command"),
    ("?", "help"),
    ("q", "quit"),
];

pub fn render(buf: &mut Buffer, area: Rect, app: &App) {
    let theme = app.theme;
    match (&app.status, &app.message) {
        (Status::Failed(text), _) | (_, Some(Message::Error(text))) => {
            let line = format!("✗ {text}");
            text::put(buf, area, area.x + 1, area.y, &line, theme.alarm());
            return;
        }
        (_, Some(Message::Note(text))) => {
            text::put(buf, area, area.x + 1, area.y, text, theme.accent());
            return;
        }
        _ => {}
    }
    let own: &[(&str, &str)] = match (&app.status, app.focus) {
        (Status::Running(_), _) => &[("ctrl-c", "stop")],
        (_, Pane::Lens) => &[("↑↓", "candidate"), ("enter", "take it")],
        (_, Pane::Steps) => &[("↑↓", "choose"), ("enter", "go there"), ("space", "fold")],
        (_, Pane::Heads) => &[("←→", "head"), ("z", "zoom")],
        _ => &[("arrows", "cell")],
    };
    let mut x = area.x + 1;
    for (key, what) in own.iter().chain(STEP) {
        if x + text::width(key) + text::width(what) + 2 > area.right() {
            break;
        }
        x = text::put(buf, area, x, area.y, key, theme.current());
        x = text::put(buf, area, x + 1, area.y, what, theme.dim()) + 2;
    }
}
