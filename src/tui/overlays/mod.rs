//! What lies over the panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::text::Line;

use super::app::{App, Overlay};
use super::widgets::{frame, text};

pub fn render(buf: &mut Buffer, app: &App) -> Option<Position> {
    match app.overlay.as_ref()? {
        Overlay::Text { title, lines, top } => {
            let widest = lines.iter().map(|l| text::width(l)).max().unwrap_or(0);
            let size = (widest.max(30) + 4, lines.len().min(200) as u16 + 2);
            let title = Line::from(format!(" {title} "));
            let area = frame::popup(buf, app.screen, app.theme, size, title);
            for (i, line) in lines
                .iter()
                .skip(*top)
                .take(area.height as usize)
                .enumerate()
            {
                let y = area.y + i as u16;
                text::put(buf, area, area.x + 1, y, line, app.theme.text());
            }
            None
        }
        Overlay::Help { .. } | Overlay::Palette { .. } => None,
    }
}
