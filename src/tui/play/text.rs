//! Text that lies over a screen of play: help, and what commands say at length.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::Line;

use super::super::theme::Theme;
use super::super::widgets::{frame, text};

/// Columns of the box at least, without its border.
const NARROWEST: u16 = 40;

#[derive(Clone, Debug)]
pub struct Text {
    pub title: String,
    pub lines: Vec<String>,
    /// Lines that are headings.
    pub headings: Vec<&'static str>,
    pub top: usize,
}

/// Lines of help: `left` in the first `column` columns with `words` beside it, or below it if it is longer.
pub fn rows(left: &str, words: &str, column: u16, width: u16) -> Vec<String> {
    let room = width.saturating_sub(column + 2).max(20);
    let mut words = text::wrap(words, room).into_iter();
    let first = match text::width(left) < column {
        true => words.next().unwrap_or_default(),
        false => String::new(),
    };
    let row = |left: &str, words: &str| {
        let pad = column.saturating_sub(text::width(left));
        format!("  {left}{}{words}", " ".repeat(pad.into()))
    };
    let mut lines = vec![row(left, &first).trim_end().to_owned()];
    lines.extend(words.map(|part| row("", &part)));
    lines
}

/// The effect of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    On,
    Closed,
    Quit,
}

impl Text {
    pub fn new(title: impl Into<String>, lines: Vec<String>) -> Text {
        Text {
            title: title.into(),
            lines,
            headings: Vec::new(),
            top: 0,
        }
    }

    fn size(&self, screen: Rect) -> (u16, u16) {
        let widest = self.lines.iter().map(|line| text::width(line)).max();
        let width = widest.unwrap_or(0).max(NARROWEST) + 4;
        let height = self.lines.len().min(1000) as u16 + 2;
        (width.min(screen.width), height.min(screen.height))
    }

    pub fn key(&mut self, name: &str, screen: Rect) -> Read {
        let page = usize::from(self.size(screen).1.saturating_sub(2));
        let most = self.lines.len().saturating_sub(page);
        match name {
            "esc" | "q" | "?" | "enter" => return Read::Closed,
            "ctrl-c" => return Read::Quit,
            "up" | "k" => self.top = self.top.saturating_sub(1),
            "down" | "j" => self.top = (self.top + 1).min(most),
            "pageup" => self.top = self.top.saturating_sub(page),
            "pagedown" | "space" => self.top = (self.top + page).min(most),
            "home" => self.top = 0,
            "end" => self.top = most,
            _ => {}
        }
        Read::On
    }

    pub fn draw(&self, buf: &mut Buffer, screen: Rect, theme: Theme, hint: &str) {
        let size = self.size(screen);
        let title = format!(" {} ", text::cut(&self.title, size.0 / 2));
        let area = frame::popup(
            buf,
            screen,
            theme,
            size,
            Line::styled(title, theme.strong()),
        );
        frame::note(buf, area.outer(Margin::new(1, 1)), hint, theme.dim());
        let area = area.inner(Margin::new(1, 0));
        for (y, line) in (area.y..area.bottom()).zip(self.lines.iter().skip(self.top)) {
            let style = if self.headings.contains(&line.as_str()) {
                theme.current()
            } else {
                theme.text()
            };
            text::put(buf, area, area.x, y, line, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn words_stand_beside_what_fits_and_below_what_does_not() {
        assert_eq!(rows("s", "one step", 6, 30), ["  s     one step"]);
        assert_eq!(
            rows("weight LAYER", "edit a weight", 6, 30),
            ["  weight LAYER", "        edit a weight"]
        );
        assert_eq!(rows("", "", 6, 30), [""]);
    }
}
