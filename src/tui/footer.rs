//! The next keys, or a message.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Message, Status};
use super::panes::{self, Hint};
use super::widgets::text;
use crate::lang::hint;

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

/// At a hook point that a matrix product makes.
const PRODUCT: &[Hint] = &[("p", "product")];

/// Hints that always have room.
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
    let step = STEP.iter().filter(|hint| causal || hint.0 != "t");
    let step = step.filter(|hint| !hint.0.split(' ').any(|key| app.keymap.changes(key)));
    let product = PRODUCT
        .iter()
        .filter(|_| app.is_product && app.opened.is_none());
    let product = product.filter(|hint| !app.keymap.changes(hint.0));
    let hints = once_each(own.iter().chain(product).chain(step));
    let long = |key: &str, what: &str| text::width(key) + text::width(what) + 3;
    let last: u16 = LAST.iter().map(|(key, what)| long(key, hint(what))).sum();
    let end = area.right().saturating_sub(last);
    let mut x = area.x + 1;
    let mut put = |x: u16, key: &str, what: &str| {
        let x = text::put(buf, area, x, area.y, key, theme.current());
        text::put(buf, area, x + 1, area.y, what, theme.dim()) + 2
    };
    for (key, what) in &hints {
        if x + long(key, what) <= end + 2 {
            x = put(x, key, what);
        }
    }
    x = x.max(end.min(x + 2));
    for (key, what) in LAST {
        x = put(x, key, hint(what));
    }
}

/// The words of all hints that stand here whatever pane has the focus.
#[cfg(test)]
pub fn words() -> impl Iterator<Item = &'static str> {
    STEP.iter().chain(LAST).map(|hint| hint.1)
}

/// Hints without the keys of those before them.
fn once_each<'a>(hints: impl Iterator<Item = &'a Hint>) -> Vec<(String, &'static str)> {
    let mut used: Vec<&str> = LAST.iter().map(|hint| hint.0).collect();
    let mut out = Vec::new();
    for (keys, what) in hints {
        let mut new: Vec<&str> = keys.split(' ').collect();
        new.retain(|key| !used.contains(key));
        used.extend(&new);
        if !new.is_empty() {
            out.push((new.join(" "), hint(what)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::super::fake;
    use super::*;

    #[test]
    fn no_key_is_said_twice() {
        for width in [60, 80, 120, 200] {
            for at in ["embed", "1.pattern", "logits"] {
                for pane in panes::PANES {
                    for search in [None, Some("nan".to_owned())] {
                        let mut app = fake::app(at, width, 20);
                        app.focus = pane.name;
                        app.search = search;
                        let mut buf = Buffer::empty(Rect::new(0, 0, width, 1));
                        let area = buf.area;
                        render(&mut buf, area, &app);
                        let mut keys = String::new();
                        for cell in &buf.content {
                            let key = cell.style().add_modifier.contains(Modifier::BOLD);
                            keys += if key { cell.symbol() } else { " " };
                        }
                        let mut keys: Vec<&str> = keys.split_whitespace().collect();
                        assert!(keys.contains(&"q") && keys.len() > 4, "{keys:?}");
                        let all = keys.len();
                        keys.sort_unstable();
                        keys.dedup();
                        assert_eq!(keys.len(), all, "{} at {at}: {keys:?}", pane.name);
                    }
                }
            }
        }
    }

    #[test]
    fn a_hint_keeps_the_keys_that_are_its_own() {
        let hints = [
            ("n N", "find"),
            ("n", "next"),
            ("S N O", "back"),
            ("q", "?"),
        ];
        let due = [("n N".to_owned(), "find"), ("S O".to_owned(), "back")];
        assert_eq!(once_each(hints.iter()), due);
    }
}
