//! State and keys that every screen of play has: the line that is typed, the text on top, the message, the count.

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::app::Message;
use super::super::keymap::Keymap;
use super::super::theme::Theme;
use super::super::widgets::text;
use super::super::{keys, terminal};
use super::line::CommandLine;
use super::text::{Read, Text};
use crate::lang::say;

/// Largest number before a key.
const MOST_COUNT: usize = 100_000;
/// Lines that a turn of the wheel moves a text.
const WHEEL: usize = 3;

/// A key of the footer, and the key of the message that says what it does.
pub type Hint = (&'static str, &'static str);

#[derive(Debug)]
pub struct Base {
    pub theme: Theme,
    pub screen: Rect,
    pub message: Option<Message>,
    pub line: CommandLine,
    /// Text that lies over the screen.
    pub text: Option<Text>,
    /// A number that is typed before a key.
    pub count: usize,
    /// Keys that the user's own file changes.
    pub keymap: Keymap,
    pub redraw: bool,
    pub quit: bool,
}

/// The effect of a key on what lies over the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    Done,
    /// A line was typed that is to be run.
    Line(String),
    /// Nothing lies over the screen: the key is its own.
    Key(String),
}

impl Base {
    pub fn new(theme: Theme, line: CommandLine, keymap: Keymap) -> Base {
        Base {
            theme,
            screen: Rect::default(),
            message: None,
            line,
            text: None,
            count: 0,
            keymap,
            redraw: false,
            quit: false,
        }
    }

    pub fn note(&mut self, text: &str) {
        self.message = Some(Message::Note(text.to_owned()));
    }

    pub fn error(&mut self, why: impl Into<String>) {
        self.message = Some(Message::Error(why.into()));
    }

    pub fn key(&mut self, key: KeyEvent) -> Pressed {
        let name = keys::name(key);
        if name.as_deref() == Some("ctrl-z") {
            terminal::ask_to_stop();
            return Pressed::Done;
        }
        if self.line.is_open() {
            return self.line.key(key).map_or(Pressed::Done, Pressed::Line);
        }
        let Some(name) = name else {
            self.note(say("hint-no-key"));
            return Pressed::Done;
        };
        let Some(text) = &mut self.text else {
            return Pressed::Key(name);
        };
        match text.key(&name, self.screen) {
            Read::On => {}
            Read::Closed => self.text = None,
            Read::Quit => self.quit = true,
        }
        Pressed::Done
    }

    /// Take a digit of the number before a key; whether the key is one. Digits that are `taken` begin no number.
    pub fn digit(&mut self, name: &str, taken: &[usize]) -> bool {
        let Ok(digit) = name.parse::<usize>() else {
            return false;
        };
        if self.count == 0 && taken.contains(&digit) {
            return false;
        }
        self.count = (self.count * 10 + digit).min(MOST_COUNT);
        true
    }

    /// A key of the user's own: its line, which is to be run, or all that it does is done.
    pub fn own_key(&mut self, key: &str) -> Option<Pressed> {
        let line = self.keymap.line(key)?.to_owned();
        if line.trim().is_empty() {
            self.note(say("hint-no-key"));
        } else if line.ends_with(' ') {
            self.line.command(&line);
        } else {
            return Some(Pressed::Line(line));
        }
        Some(Pressed::Done)
    }

    /// A typed line was run, and is kept. One that could not be run stays with the reason, so that it can be mended.
    pub fn typed(&mut self, line: &str, ran: bool) {
        if ran {
            if let Some(why) = self.line.done(line) {
                self.error(why);
            }
        } else if let Some(Message::Error(why)) = self.message.take() {
            self.line.refuse(line, &why);
        }
    }

    /// Give the mouse to what lies over the screen; whether anything does.
    pub fn mouse(&mut self, mouse: MouseEvent) -> bool {
        if let Some(text) = &mut self.text {
            let name = match mouse.kind {
                MouseEventKind::ScrollUp => "up",
                MouseEventKind::ScrollDown => "down",
                _ => return true,
            };
            for _ in 0..WHEEL {
                text.key(name, self.screen);
            }
            return true;
        }
        if self.line.is_open() && mouse.kind == MouseEventKind::Down(MouseButton::Left) {
            let at = Position::new(mouse.column, mouse.row);
            self.line.click(self.screen, at);
        }
        self.line.is_open()
    }

    /// The message, or as many of the keys as there is room for, and the last ones in any case.
    pub fn footer(
        &self,
        buf: &mut Buffer,
        area: Rect,
        hints: impl IntoIterator<Item = Hint>,
        last: &[Hint],
    ) {
        let theme = self.theme;
        let mut x = area.x + 1;
        match &self.message {
            Some(Message::Error(why)) => {
                text::put(buf, area, x, area.y, &format!("✗ {why}"), theme.alarm());
                return;
            }
            Some(Message::Note(note)) => {
                text::put(buf, area, x, area.y, note, theme.accent());
                return;
            }
            None => {}
        }
        let width = |(key, what): Hint| text::width(key) + text::width(say(what)) + 3;
        let reserved: u16 = last.iter().copied().map(width).sum();
        let put = |buf: &mut Buffer, x: u16, (key, what): Hint| {
            let x = text::put(buf, area, x, area.y, key, theme.current());
            text::put(buf, area, x + 1, area.y, say(what), theme.dim()) + 2
        };
        for hint in hints {
            if x + width(hint) + reserved <= area.right() {
                x = put(buf, x, hint);
            }
        }
        for hint in last {
            x = put(buf, x, *hint);
        }
    }

    /// Draw what lies over the screen; returns where the terminal's cursor belongs, if anywhere.
    pub fn over(&self, buf: &mut Buffer, footer: Rect) -> Option<Position> {
        if let Some(text) = &self.text {
            let screen = self.screen.intersection(buf.area);
            text.draw(buf, screen, self.theme, say("hint-overlay"));
        }
        self.line.draw(buf, footer, self.theme)
    }
}
