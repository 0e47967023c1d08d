//! One line of editable text; the cursor moves by what people see as characters.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_segmentation::UnicodeSegmentation;

use super::super::theme::Theme;
use super::text;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// Byte offset, at a grapheme's start or the end.
    cursor: usize,
}

impl Input {
    pub fn new(text: impl Into<String>) -> Input {
        let text = text.into();
        Input {
            cursor: text.len(),
            text,
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Do what an editing key says; whether it was one.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if ctrl => self.delete_head(),
            KeyCode::Char('w') if ctrl => self.delete_word(),
            KeyCode::Char('a') if ctrl => self.home(),
            KeyCode::Char('e') if ctrl => self.end(),
            KeyCode::Char(c) if !ctrl => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.backspace(),
            KeyCode::Delete => self.delete(),
            KeyCode::Left => self.left(),
            KeyCode::Right => self.right(),
            KeyCode::Home => self.home(),
            KeyCode::End => self.end(),
            _ => return false,
        }
        true
    }

    /// Insert text; line breaks become spaces, other control characters vanish.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text
            .chars()
            .map(|c| {
                if c == '\n' || c == '\r' || c == '\t' {
                    ' '
                } else {
                    c
                }
            })
            .filter(|c| !c.is_control())
            .collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    fn before(&self) -> usize {
        let last = self.text[..self.cursor].grapheme_indices(true).next_back();
        last.map_or(0, |(i, _)| i)
    }

    fn after(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    fn left(&mut self) {
        self.cursor = self.before();
    }

    fn right(&mut self) {
        self.cursor = self.after();
    }

    fn home(&mut self) {
        self.cursor = 0;
    }

    fn end(&mut self) {
        self.cursor = self.text.len();
    }

    fn backspace(&mut self) {
        let start = self.before();
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    fn delete(&mut self) {
        let end = self.after();
        self.text.replace_range(self.cursor..end, "");
    }

    /// Delete the word before the cursor.
    fn delete_word(&mut self) {
        let head = self.text[..self.cursor].trim_end();
        let start = head.rfind(' ').map_or(0, |i| i + 1);
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    /// Delete all before the cursor.
    fn delete_head(&mut self) {
        self.text.replace_range(..self.cursor, "");
        self.cursor = 0;
    }

    /// Draw, scrolled so that the cursor is inside; returns where the terminal's cursor belongs.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) -> Position {
        let mut start = 0;
        while text::width(&self.text[start..self.cursor]) + 1 > area.width.max(1) {
            let step = self.text[start..].graphemes(true).next();
            start += step.map_or(1, str::len);
        }
        text::put(buf, area, area.x, area.y, &self.text[start..], theme.text());
        let x = area.x + text::width(&self.text[start..self.cursor]);
        Position::new(x.min(area.right().saturating_sub(1)), area.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_moves_by_graphemes() {
        let mut input = Input::new("中e\u{301}x");
        input.left();
        input.left();
        input.backspace();
        assert_eq!(input.text(), "e\u{301}x");
        input.delete();
        assert_eq!(input.text(), "x");
        input.end();
        input.insert(" two\nthree");
        input.delete_word();
        assert_eq!(input.text(), "x two ");
        input.delete_head();
        assert_eq!(input.text(), "");
        input.backspace();
        input.left();
    }

    #[test]
    fn a_long_text_scrolls_to_the_cursor() {
        let area = Rect::new(0, 0, 6, 1);
        let mut buf = Buffer::empty(area);
        let theme = Theme::detect(|_| None);
        let at = Input::new("中华人民共和国").draw(&mut buf, area, theme);
        assert!(at.x < 6);
    }
}
