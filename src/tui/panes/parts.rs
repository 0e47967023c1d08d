//! A list of numbers that add up to one: the largest first, with names, bars, and the rest as one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::theme::Theme;
use super::super::widgets::number::signed;
use super::super::widgets::{bar, text};
use crate::lang::say_with;
use crate::session::reply_views::{name, sorted};
use crate::trace::attribution::Part;

/// Columns of a number with its sign.
const NUMBER: usize = 6;

/// A list, the largest number first.
pub struct Parts<'a> {
    pub rows: &'a [(f64, String)],
    /// The numbers behind the rows: how many, and their sum.
    pub others: (usize, f64),
    /// The row that is selected, where one can be.
    pub at: Option<usize>,
    /// The most columns of a name.
    pub name: u16,
}

impl Parts<'_> {
    /// The rows that are on the screen.
    fn shown(&self, area: Rect) -> std::ops::Range<usize> {
        let room = usize::from(area.height);
        let all = self.rows.len();
        let fits = all + usize::from(self.others.0 > 0) <= room;
        let shown = if fits { all } else { room.saturating_sub(1) };
        let first = self.at.map_or(0, |at| (at + 1).saturating_sub(shown));
        first..(first + shown).min(all)
    }

    /// The row at a line of the screen.
    pub fn hit(&self, area: Rect, y: u16) -> Option<usize> {
        let row = usize::from(y.checked_sub(area.y)?);
        self.shown(area).nth(row)
    }

    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        let most = self.rows.first().map_or(1.0, |row| row.0.abs());
        let shown = self.shown(area);
        let width = area.width.saturating_sub(8).clamp(10, self.name);
        for ((i, (value, name)), y) in self
            .rows
            .iter()
            .enumerate()
            .skip(shown.start)
            .take(shown.len())
            .zip(area.y..)
        {
            let (number, label) = if self.at == Some(i) {
                (theme.selected(), theme.selected())
            } else {
                (theme.text(), theme.dim())
            };
            let value_text = format!("{:>NUMBER$}", signed(*value));
            let x = text::put(buf, area, area.x + 1, y, &value_text, number);
            text::put(buf, area, x + 1, y, &text::cut(name, width), label);
            let x = x + 2 + width;
            let room = area.right().saturating_sub(x).min(20);
            let share = value.abs() / most.max(f64::MIN_POSITIVE);
            text::put(buf, area, x, y, &bar::text(share, room), theme.accent());
        }
        let first = shown.start;
        let left = self.rows.len() - shown.len() + self.others.0;
        if left > 0 {
            let own: f64 = self.rows.iter().map(|row| row.0).sum();
            let seen: f64 = self.rows[shown].iter().map(|row| row.0).sum();
            let sum = own - seen + self.others.1;
            let key = if first == 0 {
                "pane-smaller"
            } else {
                "pane-others"
            };
            let others = say_with(key, &[("n", left.into())]);
            let words = format!("{:>NUMBER$} {others}", signed(sum));
            let y = area.bottom().saturating_sub(1);
            text::put(buf, area, area.x + 1, y, &words, theme.dim());
        }
    }
}

/// Parts of the model with their names, the largest first.
pub fn named(parts: &[Part]) -> Vec<(f64, String)> {
    let sorted = sorted(parts).into_iter();
    sorted.map(|part| (part.value, name(part))).collect()
}
