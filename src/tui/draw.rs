//! State to frame. Nothing here changes anything.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::app::{App, Status};
use super::layout::{self, MIN};
use super::overlays;
use super::widgets::{frame, text};
use super::{footer, header};
use crate::lang::say;

/// Draw the whole screen; returns where the terminal's cursor belongs, if anywhere.
pub fn draw(buf: &mut Buffer, app: &App) -> Option<Position> {
    let screen = app.screen.intersection(buf.area);
    let Some(areas) = layout::layout(app) else {
        text::too_small(buf, screen, MIN, app.theme.text());
        return None;
    };
    header::render(buf, areas.header, app);
    footer::render(buf, areas.footer, app);
    if app.model.is_none() {
        waiting(buf, app);
    } else {
        for (pane, area) in areas.panes() {
            (pane.draw)(buf, area, app);
        }
    }
    overlays::render(buf, app)
}

fn waiting(buf: &mut Buffer, app: &App) {
    let area = frame::centred(app.screen, app.screen.width.saturating_sub(8).min(76), 6);
    let (words, style) = match &app.status {
        Status::Failed(why) => (why.as_str(), app.theme.alarm()),
        _ => (say("pane-opening"), app.theme.dim()),
    };
    for (i, line) in text::wrap(words, area.width).iter().enumerate() {
        text::put(buf, area, area.x, area.y + i as u16, line, style);
    }
}

/// A buffer as lines of text; a wide character stands once.
pub fn text(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let mut skip = 0;
        let mut line = String::new();
        for x in 0..buf.area.width {
            let symbol = buf[(x, y)].symbol();
            if skip == 0 {
                line += symbol;
                skip = text::width(symbol).max(1);
            }
            skip -= 1;
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::super::fake;
    use super::*;

    fn screen(app: &App) -> String {
        let mut buf = Buffer::empty(app.screen);
        draw(&mut buf, app);
        text(&buf)
    }

    #[test]
    fn the_screen_at_a_pattern() {
        insta::assert_snapshot!(screen(&fake::app("1.pattern", 120, 36)));
    }

    #[test]
    fn the_screen_at_a_pattern_narrow() {
        insta::assert_snapshot!(screen(&fake::app("1.pattern", 80, 24)));
    }

    #[test]
    fn the_screen_at_the_embeddings() {
        insta::assert_snapshot!(screen(&fake::app("blocks.0.resid_pre", 120, 36)));
    }

    #[test]
    fn the_screen_at_a_norm() {
        insta::assert_snapshot!(screen(&fake::app("blocks.1.ln1.out", 120, 36)));
    }

    #[test]
    fn the_screen_at_queries_narrow() {
        insta::assert_snapshot!(screen(&fake::app("1.q", 80, 24)));
    }

    #[test]
    fn no_size_panics() {
        let mut app = fake::app("1.pattern", 120, 36);
        for (w, h) in [
            (0, 0),
            (1, 1),
            (40, 10),
            (60, 16),
            (61, 17),
            (99, 20),
            (200, 60),
        ] {
            for zoom in [false, true] {
                app.zoom = zoom;
                app.screen = Rect::new(0, 0, w, h);
                screen(&app);
            }
        }
    }
}
