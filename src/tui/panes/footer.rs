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
    (":", "command"),
    ("tab", "pane"),
    ("z", "zoom"),
];

/// What always has room.
const LAST: &[(&str, &str)] = &[("?", "help"), ("q", "quit")];

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
    let own: &[(&str, &str)] = match (&app.status, app.focus) {
        (Status::Running(_), _) => &[("ctrl-c", "stop")],
        _ if app.search.is_some() => &[("n N", "next, previous"), ("esc", "end the search")],
        (_, Pane::Lens) => &[("↑↓", "candidate"), ("enter", "take it")],
        (_, Pane::Steps) => &[("↑↓", "choose"), ("enter", "go there"), ("space", "fold")],
        (_, Pane::Heads) => &[("←→", "head"), ("[ ]", "head")],
        _ if at_end(app) && !causal => &[(", .", "row"), ("d", "values")],
        _ if at_end(app) => &[("t", "next token"), ("T", "sample"), ("d", "values")],
        _ => &[("arrows", "cell"), ("d", "values")],
    };
    let long = |hints: &[(&str, &str)]| -> u16 {
        let one = |(key, what): &(&str, &str)| text::width(key) + text::width(what) + 3;
        hints.iter().map(one).sum()
    };
    let mut x = area.x + 1;
    let end = area.right().saturating_sub(long(LAST));
    let fits = STEP
        .iter()
        .filter(|hint| !hint.0.split(' ').any(|key| app.keymap.changes(key)))
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

/// At the logits there is nothing to step to.
fn at_end(app: &App) -> bool {
    app.plan()
        .is_some_and(|plan| app.at.point + 1 == plan.len())
}
