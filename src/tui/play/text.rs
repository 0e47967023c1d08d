//! Text that lies over a screen of play: help, and what commands say at length.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::Line;

use super::super::keymap::Keymap;
use super::super::theme::Theme;
use super::super::widgets::{frame, text};
use super::base::Hint;
use crate::lang::say;
use crate::play::command::Table;

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
fn rows(left: &str, words: &str, column: u16, width: u16) -> Vec<String> {
    let room = width.saturating_sub(column + 2).max(20);
    let mut words = text::wrap(words, room).into_iter();
    let first = if text::width(left) < column {
        words.next().unwrap_or_default()
    } else {
        String::new()
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

/// Text of help: headings, and rows of a name and what it does.
pub struct Help {
    /// Columns of a line, and of names.
    width: u16,
    left: u16,
    lines: Vec<String>,
    headings: Vec<&'static str>,
}

impl Help {
    /// Help for a screen, with so many columns for names.
    pub fn new(screen: Rect, left: u16) -> Help {
        Help {
            width: screen.width.min(100).saturating_sub(4),
            left,
            lines: Vec::new(),
            headings: Vec::new(),
        }
    }

    pub fn heading(&mut self, heading: &'static str) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.push(heading.to_owned());
        self.headings.push(heading);
    }

    /// A name and what it does, in the line below it where the name is long.
    pub fn row(&mut self, name: &str, words: &str) {
        self.lines.extend(rows(name, words, self.left, self.width));
    }

    /// All keys and commands of a screen whose commands are a table; `more` are keys that are no command.
    pub fn table<P>(&mut self, table: &Table<P>, more: &[Hint], keymap: &Keymap) {
        self.heading(say("help-keys"));
        for spec in table.iter().filter(|spec| !spec.keys.is_empty()) {
            let keys: Vec<&str> = spec.keys.iter().map(|(key, _)| *key).collect();
            self.row(&keys.join(" "), spec.help());
        }
        for (keys, words) in more {
            self.row(keys, say(words));
        }
        self.own_keys(keymap);
        self.heading(say("help-commands"));
        for spec in table.iter() {
            self.row(&spec.usage(), spec.help());
        }
    }

    /// The user's own keys.
    pub fn own_keys(&mut self, keymap: &Keymap) {
        for (key, line) in keymap.own().filter(|(_, line)| !line.is_empty()) {
            self.row(key, line);
        }
    }

    pub fn into_text(self, title: &str) -> Text {
        Text {
            headings: self.headings,
            ..Text::new(title, self.lines)
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
