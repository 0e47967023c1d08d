//! A question before something is lost.

use ratatui::buffer::Buffer;
use ratatui::layout::Margin;
use ratatui::text::Line;

use super::super::app::App;
use super::super::widgets::{frame, text};
use crate::lang::say;

pub fn size(app: &App, question: &str) -> (u16, u16) {
    let width = app.screen.width.saturating_sub(8).min(64);
    (width, lines(question, width).len() as u16 + 2)
}

fn lines(question: &str, width: u16) -> Vec<String> {
    text::wrap(question, width.saturating_sub(4))
}

pub fn render(buf: &mut Buffer, app: &App, question: &str) {
    let theme = app.theme;
    let size = size(app, question);
    let title = Line::styled(format!(" {} ", say("pane-sure")), theme.strong());
    let area = frame::popup(buf, app.screen, theme, size, title);
    frame::note(
        buf,
        area.outer(Margin::new(1, 1)),
        say("pane-sure-hint"),
        theme.dim(),
    );
    let inner = area.inner(Margin::new(1, 0));
    for (i, line) in lines(question, size.0).iter().enumerate() {
        text::put(buf, inner, inner.x, inner.y + i as u16, line, theme.text());
    }
}
