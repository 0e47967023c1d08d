//! The mouse: a click takes the focus and chooses, the wheel moves inside what is under it.

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::super::app::{Overlay, Pane};
use super::super::layout::{self, Layout};
use super::super::panes::{heads, steps, tokens};
use super::super::{overlays, view};
use super::Driver;
use crate::session::command::{Command, Scroll, Which};

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
        let Some(l) = layout::layout(&self.app) else {
            return;
        };
        let pane = l.pane_at(at);
        if let (Some(to), Some(pane)) = (wheel, pane) {
            let focus = std::mem::replace(&mut self.app.focus, pane);
            self.scroll(to);
            self.app.focus = focus;
            self.after();
        }
        if let (true, Some(pane)) = (pressed, pane) {
            self.click(pane, at, &l);
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

    fn click(&mut self, pane: Pane, at: Position, l: &Layout) {
        let line = |area: Rect| at.y.checked_sub(area.y + 1).map(usize::from);
        match pane {
            Pane::Tokens => {
                if let Some((pass, row)) = tokens::hit(&self.app, l.tokens, at) {
                    if pass != self.app.at.pass {
                        self.command(&Command::Pass(Which::Number(pass)));
                    }
                    self.command(&Command::Row(Which::Number(row)));
                }
                return;
            }
            Pane::Steps => {
                let rows = steps::rows(&self.app);
                let height = view::inside(l.steps).height as usize;
                let (_, first) = steps::window(&self.app, &rows, height);
                if let Some(row) = line(l.steps).and_then(|i| rows.get(first + i)) {
                    self.go(row.points.start);
                }
            }
            Pane::Matrix => {
                let panels = view::panel_layouts(&self.app, l);
                if view::predicts(&self.app) {
                    if let Some(row) = panels.iter().find_map(|p| p.geometry.row_at(at)) {
                        self.app.cell = (row, 0);
                        self.row_follows();
                    }
                } else if let Some(cell) = panels.iter().find_map(|p| p.geometry.hit(at)) {
                    self.app.cell = cell;
                    self.row_follows();
                }
            }
            Pane::Lens => {
                if let Some(i) = line(l.lens) {
                    self.app.candidate = i.min(view::candidates(l) - 1);
                }
            }
            Pane::Heads => {
                let grid = heads::grid(&self.app, l.heads);
                if let Some(head) = grid.and_then(|g| g.hit(at)) {
                    self.app.head = head * view::heads(&self.app).1;
                }
            }
            Pane::Summary | Pane::Explain => return,
        }
        self.app.focus = pane;
    }
}
