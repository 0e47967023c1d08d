//! The mouse: a click takes the focus and chooses, the wheel moves inside what is under it.

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::super::app::Overlay;
use super::super::command::Scroll;
use super::super::{layout, overlays};
use super::Driver;

impl Driver {
    pub fn mouse(&mut self, mouse: MouseEvent) {
        let at = Position::new(mouse.column, mouse.row);
        let wheel = match mouse.kind {
            MouseEventKind::ScrollDown => Some(Scroll::Down),
            MouseEventKind::ScrollUp => Some(Scroll::Up),
            MouseEventKind::ScrollLeft => Some(Scroll::Left),
            MouseEventKind::ScrollRight => Some(Scroll::Right),
            _ => None,
        };
        let pressed = mouse.kind == MouseEventKind::Down(MouseButton::Left);
        if self.app.overlay.is_some() {
            self.mouse_over(at, wheel, pressed);
            return;
        }
        let areas = layout::layout(&self.app);
        let Some((pane, area)) = areas.as_ref().and_then(|areas| areas.at(at)) else {
            return;
        };
        if let Some(to) = wheel {
            self.scroll(pane, to);
            self.after();
        }
        if let (true, Some(click)) = (pressed, pane.click) {
            for command in click(&mut self.app, area, at) {
                self.command(&command);
            }
            if pane.takes_focus {
                self.app.focus = pane.name;
            }
            self.after();
        }
    }

    /// With something on top: the wheel scrolls it, a click outside closes it.
    fn mouse_over(&mut self, at: Position, wheel: Option<Scroll>, pressed: bool) {
        let code = match wheel {
            Some(Scroll::Down) => Some(KeyCode::Down),
            Some(Scroll::Up) => Some(KeyCode::Up),
            Some(Scroll::Left) => Some(KeyCode::Left),
            Some(Scroll::Right) => Some(KeyCode::Right),
            _ => None,
        };
        if let Some(code) = code {
            self.key(KeyEvent::from(code));
        }
        if pressed && !overlays::area(&self.app).contains(at) {
            self.key(KeyEvent::from(KeyCode::Esc));
        } else if pressed
            && let Some(line) = overlays::palette::hit(&self.app, at)
            && let Some(Overlay::Palette(palette)) = &mut self.app.overlay
        {
            palette.choice = line;
            self.key(KeyEvent::from(KeyCode::Enter));
        }
    }
}
