//! The next keys, or a message.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Message, Status};
use super::panes::{self, Hint};
use super::widgets::text;

const STEP: &[Hint] = &[
    ("s", "step"),
    ("n", "next"),
    ("o", "out"),
    ("S N O", "back"),
    ("c", "continue"),
    ("b", "break"),
    ("t", "token"),
    ("g", "go to"),
    (":", "command"),
    ("tab", "pane"),
    ("z", "zoom"),
];

/// What always has room.
const LAST: &[Hint] = &[("?", "help"), ("q", "quit")];

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
    let causal = app.model.as_ref().is_none_or(|m| m.causal);
    let own: &[Hint] = match app.status {
        Status::Running(_) => &[("ctrl-c", "stop")],
        _ if app.search.is_some() => &[("n N", "next, previous"), ("esc", "end the search")],
        _ => (panes::focused(app).hints)(app),
    };
    let long = |hints: &[Hint]| -> u16 {
        let one = |(key, what): &Hint| text::width(key) + text::width(what) + 3;
        hints.iter().map(one).sum()
    };
    let mut x = area.x + 1;
    let end = area.right().saturating_sub(long(LAST));
    let fits = STEP
        .iter()
        .filter(|hint| !own.contains(hint) && (causal || hint.0 != "t"))
        .filter(|hint| app.search.is_none() || hint.0 != "n");
    for (key, what) in own.iter().chain(fits) {
        if x + text::width(key) + text::width(what) + 1 > end {
            continue;
        }
        x = text::put(buf, area, x, area.y, key, theme.current());
        x = text::put(buf, area, x + 1, area.y, what, theme.dim()) + 2;
    }
    let mut x = x.max(end.min(x + 2));
    for (key, what) in LAST {
        x = text::put(buf, area, x, area.y, key, theme.current());
        x = text::put(buf, area, x + 1, area.y, what, theme.dim()) + 2;
    }
}
