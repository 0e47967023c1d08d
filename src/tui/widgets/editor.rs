//! Text of many lines, edited as a whole. Every character stays as it was given, shown or not.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;
use ratatui_textarea::{CursorMove, TextArea, WrapMode};
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
use crate::trace::printable::steers;

/// Bytes and lines of a text that is edited: the widget counts lines of the screen in 16 bits.
const MOST: (usize, usize) = (1 << 20, 30_000);

#[derive(Clone, Debug)]
pub struct Editor {
    area: TextArea<'static>,
}

impl Editor {
    /// An editor with the cursor behind the text; `None` for a text that is too long for one.
    pub fn new(text: &str, theme: Theme) -> Option<Editor> {
        if !fits(text) {
            return None;
        }
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.set_hard_tab_indent(true);
        area.set_style(theme.text());
        area.set_cursor_line_style(theme.text());
        // The terminal's own cursor stands there.
        area.set_cursor_style(theme.text());
        area.set_selection_style(theme.selected());
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Some(Editor { area })
    }

    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// How many characters are in the text and not on the screen.
    pub fn unseen(&self) -> usize {
        let characters = self.area.lines().iter().flat_map(|line| line.chars());
        characters.filter(|&c| c != '\t' && steers(c)).count()
    }

    /// Rows that the text takes at this width; a word that moves to the next row as a whole may take one more.
    pub fn rows(&self, width: u16) -> u16 {
        let width = usize::from(width.max(1));
        let rows = |line: &String| line.width() / width + 1;
        let rows: usize = self.area.lines().iter().map(rows).sum();
        u16::try_from(rows).unwrap_or(u16::MAX)
    }

    /// Do what an editing key says. Enter is one where it comes with alt or shift.
    pub fn key(&mut self, key: KeyEvent) {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('j') if ctrl => self.area.insert_newline(),
            // The widget would undo here; a field of one line deletes up to the cursor.
            KeyCode::Char('u') if ctrl => {
                self.area.delete_line_by_head();
            }
            _ => {
                self.area.input(key);
            }
        }
    }

    /// Insert text as a terminal pastes it, which may end lines with a carriage return. Whether there was
    /// room for it.
    pub fn insert(&mut self, text: &str) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let fits = fits(&format!("{}{text}", self.text()));
        if fits {
            self.area.insert_str(text);
        }
        fits
    }

    /// Draw; returns where the terminal's cursor belongs.
    pub fn draw(&self, buf: &mut Buffer, area: Rect) -> Position {
        (&self.area).render(area, buf);
        let cursor = self.area.screen_cursor();
        let top = usize::from(self.area.scroll_offset().0);
        let (x, y) = (cursor.col, cursor.row.saturating_sub(top));
        let inside = |at: usize, len: u16| at.min(usize::from(len.saturating_sub(1))) as u16;
        Position::new(
            area.x + inside(x, area.width),
            area.y + inside(y, area.height),
        )
    }
}

fn fits(text: &str) -> bool {
    text.len() <= MOST.0 && text.matches('\n').count() < MOST.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn editor(text: &str) -> Option<Editor> {
        Editor::new(text, Theme::detect(|_| None))
    }

    fn typed(editor: &mut Editor, code: KeyCode, modifiers: KeyModifiers) {
        editor.key(KeyEvent::new(code, modifiers));
    }

    #[test]
    fn a_text_that_nobody_changes_stays_byte_for_byte() {
        for text in [
            "",
            "\n",
            "a\r\nb\r\n",
            "\ta\t\n\n  b ",
            "\u{0}\u{1b}[31m\u{7}\u{202e}x",
            "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
            "e\u{301}👩\u{200d}👧\u{feff}\u{2028}\u{85}",
        ] {
            let mut editor = editor(text).unwrap();
            let area = Rect::new(0, 0, 7, 3);
            editor.draw(&mut Buffer::empty(area), area);
            assert_eq!(editor.text(), text);
            // A character that is typed at the end and taken away again leaves nothing behind.
            typed(&mut editor, KeyCode::Char('x'), KeyModifiers::NONE);
            typed(&mut editor, KeyCode::Backspace, KeyModifiers::NONE);
            assert_eq!(editor.text(), text);
        }
    }

    #[test]
    fn lines_are_typed_and_pasted() {
        let mut editor = editor("a").unwrap();
        typed(&mut editor, KeyCode::Enter, KeyModifiers::ALT);
        typed(&mut editor, KeyCode::Enter, KeyModifiers::SHIFT);
        typed(&mut editor, KeyCode::Char('j'), KeyModifiers::CONTROL);
        typed(&mut editor, KeyCode::Tab, KeyModifiers::NONE);
        assert_eq!(editor.text(), "a\n\n\n\t");
        assert!(editor.insert("b\r\nc\rd\ne\u{1b}"));
        assert_eq!(editor.text(), "a\n\n\n\tb\nc\nd\ne\u{1b}");
        assert_eq!(editor.unseen(), 1);
        typed(&mut editor, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(editor.text(), "a\n\n\n\tb\nc\nd\n");
    }

    #[test]
    fn the_cursor_is_on_the_screen() {
        let editor = editor(&"中华人民\n".repeat(200)).unwrap();
        for area in [Rect::new(3, 2, 5, 4), Rect::new(0, 0, 1, 1)] {
            let mut buf = Buffer::empty(Rect::new(0, 0, 20, 10));
            let at = editor.draw(&mut buf, area);
            assert!(area.contains(at), "{at:?} is outside {area:?}");
        }
    }

    #[test]
    fn a_text_too_long_to_be_edited_is_refused() {
        assert!(editor(&"\n".repeat(MOST.1)).is_none());
        assert!(editor(&"a".repeat(MOST.0 + 1)).is_none());
        let mut editor = editor("a").unwrap();
        assert!(!editor.insert(&"b".repeat(MOST.0)));
        assert_eq!(editor.text(), "a");
    }
}
