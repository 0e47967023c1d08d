//! Keys as text and a screen as text, for the tests of all screens of play.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::super::draw::text;
use super::super::theme::{Depth, Ground, Theme};
use super::PlayScreen;

/// A theme without colours.
pub fn plain() -> Theme {
    Theme::new(Depth::None, Ground::Dark)
}

/// The keys of a text: each character is one.
pub fn keys(text: &str) -> impl Iterator<Item = KeyEvent> {
    text.chars().map(|c| {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\u{1b}' => KeyCode::Esc,
            '\u{8}' => KeyCode::Backspace,
            '↑' => KeyCode::Up,
            '↓' => KeyCode::Down,
            '←' => KeyCode::Left,
            '→' => KeyCode::Right,
            c => KeyCode::Char(c),
        };
        KeyEvent::new(code, KeyModifiers::NONE)
    })
}

pub fn ctrl(c: char) -> KeyEvent {
    KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)
}

pub fn press(view: &mut impl PlayScreen, text: &str) {
    keys(text).for_each(|key| view.key(key));
}

pub fn mouse(kind: MouseEventKind, at: Position) -> MouseEvent {
    MouseEvent {
        kind,
        column: at.x,
        row: at.y,
        modifiers: KeyModifiers::NONE,
    }
}

pub fn screen(view: &impl PlayScreen) -> String {
    let mut buf = Buffer::empty(view.base().screen);
    view.draw(&mut buf);
    text(&buf)
}
