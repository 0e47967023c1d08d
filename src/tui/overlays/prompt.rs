//! The editor of the prompt.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::Line;

use super::super::app::{App, Prompt};
use super::super::widgets::{frame, text};
use crate::lang::{say, say_with};

/// The size of the editor: as high as its text, with a line to go on in and one for its facts, up to half the screen.
pub fn size(app: &App, prompt: &Prompt) -> (u16, u16) {
    let width = app.screen.width.saturating_sub(8).min(96);
    let rows = prompt.editor.rows(width.saturating_sub(4));
    let most = (app.screen.height / 2).clamp(8, 20);
    (width, rows.saturating_add(4).clamp(5, most))
}

pub fn render(buf: &mut Buffer, app: &App, prompt: &Prompt) -> Position {
    let theme = app.theme;
    let title = Line::styled(format!(" {} ", say("pane-prompt")), theme.strong());
    let area = frame::popup(buf, app.screen, theme, size(app, prompt), title);
    let hint = say("pane-prompt-hint");
    frame::note(buf, area.outer(Margin::new(1, 1)), hint, theme.dim());
    let area = area.inner(Margin::new(1, 0));
    let lines = area.height.saturating_sub(1);
    let cursor = prompt.editor.draw(
        buf,
        Rect {
            height: lines,
            ..area
        },
    );
    let y = area.y + lines;
    match &prompt.error {
        Some(why) => text::put(buf, area, area.x, y, why, theme.alarm()),
        None => text::put(buf, area, area.x, y, &facts(prompt), theme.dim()),
    };
    cursor
}

fn facts(prompt: &Prompt) -> String {
    let text = prompt.editor.text();
    let (lines, characters) = (text.split('\n').count(), text.chars().count());
    let lines = say_with("pane-prompt-lines", &[("n", lines.into())]);
    let characters = say_with("pane-prompt-characters", &[("n", characters.into())]);
    match prompt.editor.unseen() {
        0 => format!("{lines} · {characters}"),
        n => {
            let unseen = say_with("pane-prompt-unseen", &[("n", n.into())]);
            format!("{lines} · {characters} · {unseen}")
        }
    }
}
