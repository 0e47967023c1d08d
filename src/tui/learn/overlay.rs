//! A list over the screen, of which an entry leads to a lesson.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::Line;

use super::super::theme::Theme;
use super::super::widgets::{frame, text};
use crate::lang::say;
use crate::learn::glossary::{self, Term};
use crate::learn::lessons::{LESSONS, named};
use crate::learn::progress::Progress;
use crate::learn::room::title;

pub struct Entry {
    head: String,
    /// Paragraphs below it.
    text: Vec<String>,
    /// The place of the lesson that it leads to.
    pub lesson: usize,
}

pub struct Overlay {
    title: &'static str,
    pub entries: Vec<Entry>,
    pub chosen: usize,
}

impl Overlay {
    /// All lessons, with those that are done marked.
    pub fn lessons(progress: &Progress, here: usize) -> Overlay {
        let entry = |(at, lesson)| {
            let mark = if progress.is_done(lesson) {
                "✓"
            } else {
                "·"
            };
            Entry {
                head: format!("{:>2} {mark} {}", at + 1, title(lesson)),
                text: Vec::new(),
                lesson: at,
            }
        };
        Overlay {
            title: say("learn-lessons"),
            entries: LESSONS.iter().enumerate().map(entry).collect(),
            chosen: here,
        }
    }

    /// Every term, those that the screen shows first.
    pub fn glossary(screen: &str) -> Overlay {
        let (here, others) = glossary::on_screen(screen);
        let entry = |term: &Term| Entry {
            head: term.heading(),
            text: vec![term.meaning().to_owned(), term.link()],
            lesson: named(term.lesson).unwrap_or(0),
        };
        Overlay {
            title: say("glossary"),
            entries: here.into_iter().chain(others).map(entry).collect(),
            chosen: 0,
        }
    }

    pub fn go(&mut self, by: isize) {
        let last = self.entries.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }

    pub fn draw(&self, buf: &mut Buffer, screen: Rect, theme: Theme) {
        let size = (screen.width.min(84), screen.height.saturating_sub(2));
        let title = Line::styled(format!(" {} ", self.title), theme.strong());
        let area = frame::popup(buf, screen, theme, size, title);
        frame::note(
            buf,
            area.outer(Margin::new(1, 1)),
            say("learn-overlay-keys"),
            theme.dim(),
        );
        let area = area.inner(Margin::new(1, 0));
        let mut lines = Vec::new();
        let mut chosen = 0..0;
        for (i, entry) in self.entries.iter().enumerate() {
            let from = lines.len();
            let here = i == self.chosen;
            let style = if here {
                theme.selected()
            } else {
                theme.current()
            };
            lines.push((entry.head.clone(), style));
            for text in &entry.text {
                let wrapped = text::wrap(text, area.width.saturating_sub(2));
                lines.extend(
                    wrapped
                        .into_iter()
                        .map(|line| (format!("  {line}"), theme.text())),
                );
            }
            if here {
                chosen = from..lines.len();
            }
        }
        // Lines scroll as far as the chosen entry needs, and no further.
        let top = chosen
            .end
            .saturating_sub(area.height.into())
            .min(chosen.start);
        for (y, (line, style)) in (area.y..area.bottom()).zip(&lines[top..]) {
            text::put(buf, area, area.x, y, line, *style);
        }
    }
}
