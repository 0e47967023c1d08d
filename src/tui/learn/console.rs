//! Five marks, and what becomes of them, with a line to type on.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::Line;

use super::super::theme::Theme;
use super::super::widgets::input::Input;
use super::super::widgets::{frame, text};
use crate::lang::say;
use crate::learn::sheet::Sheet;
use crate::learn::task::Seen;

pub struct Console {
    sheet: Sheet,
    input: Input,
    /// Lines that were typed, the newest last, and how many of them back one is looked at.
    typed: Vec<String>,
    back: usize,
    /// The last line, and what is wrong with it.
    said: Option<(String, Option<String>)>,
    pub quit: bool,
}

impl Console {
    pub fn marks() -> Console {
        Console {
            sheet: Sheet::default(),
            input: Input::default(),
            typed: Vec::new(),
            back: 0,
            said: None,
            quit: false,
        }
    }

    /// Run a line.
    fn line(&mut self, line: &str) {
        let why = self.sheet.run(line).err();
        self.said = Some((line.to_owned(), why.map(|why| why.to_string())));
    }

    pub fn key(&mut self, key: KeyEvent) {
        match key.code {
            KeyCode::Enter => {
                // Enter alone does the last line again.
                let line = match self.input.text().trim() {
                    "" => self.typed.last().cloned().unwrap_or_default(),
                    line => line.to_owned(),
                };
                if !line.is_empty() {
                    if self.typed.last() != Some(&line) {
                        self.typed.push(line.clone());
                    }
                    self.line(&line);
                }
                self.input = Input::default();
                self.back = 0;
            }
            KeyCode::Up | KeyCode::Down => {
                let way = if key.code == KeyCode::Up { 1 } else { -1 };
                let back = self.back.saturating_add_signed(way).min(self.typed.len());
                self.back = back;
                let line = self
                    .typed
                    .len()
                    .checked_sub(back)
                    .and_then(|at| self.typed.get(at));
                self.input = line.map_or_else(Input::default, Input::new);
            }
            KeyCode::Esc => self.input = Input::default(),
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.quit = true;
            }
            _ => {
                self.input.key(key);
            }
        }
    }

    pub fn paste(&mut self, text: &str) {
        self.input.insert(text);
    }

    pub fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&Seen::Sheet(&self.sheet))
    }

    pub fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        theme: Theme,
        focused: bool,
    ) -> Option<Position> {
        let (title, usage) = (say("console-marks"), say("console-marks-lines"));
        let title = Line::from(format!(" {title} "));
        let area = frame::draw(buf, area, theme, focused, title).inner(Margin::new(1, 0));
        let mut y = area.y;
        let last = area.bottom().saturating_sub(1);
        let mut put = |line: &str, style| {
            if y < last {
                text::put(buf, area, area.x, y, line, style);
                y += 1;
            }
        };
        // Replies stand above a picture, which is cut where there is little room.
        for line in text::wrap(usage, area.width) {
            put(&line, theme.dim());
        }
        if let Some((line, why)) = &self.said {
            put(&format!("> {line}"), theme.accent());
            let why = why.iter().flat_map(|why| text::wrap(why, area.width));
            for line in why {
                put(&line, theme.alarm());
            }
        }
        put("", theme.text());
        for line in self.sheet.lines() {
            put(&line, theme.text());
        }
        let prompt = Rect::new(area.x, last, area.width, 1);
        let x = text::put(buf, prompt, prompt.x, last, "> ", theme.current());
        let room = Rect {
            x,
            width: prompt.right().saturating_sub(x),
            ..prompt
        };
        let cursor = self.input.draw(buf, room, theme);
        focused.then_some(cursor)
    }
}
