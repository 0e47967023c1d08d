//! Rows of short texts under their names, with a cursor, and a mark before one row.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::super::theme::Theme;
use super::super::super::widgets::text;

/// Columns of a name at most.
const WIDEST: u16 = 12;

pub struct Grid<'a> {
    pub names: &'a [String],
    /// Names of the inputs come first, and are cut before others are.
    pub inputs: usize,
    pub rows: usize,
    pub cell: &'a dyn Fn(usize, usize) -> (String, Style),
    /// The row that the diagram shows.
    pub mark: Option<usize>,
    /// Row, and column where one cell is chosen rather than the row.
    pub cursor: Option<(usize, Option<usize>)>,
    /// A row that is kept on the screen.
    pub follow: usize,
}

/// Which row stands first where `rows` of them are to show row `follow` in `height` lines.
pub fn top(follow: usize, rows: usize, height: u16) -> usize {
    let height = usize::from(height.max(1));
    let most = rows.saturating_sub(height);
    (follow + 1).saturating_sub(height.div_ceil(2)).min(most)
}

impl Grid<'_> {
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        let height = area.height.saturating_sub(1);
        let top = top(self.follow, self.rows, height);
        let shown = top..self.rows.min(top + usize::from(height));
        let cells = |column: usize| {
            let cells = shown
                .clone()
                .map(|row| text::width(&(self.cell)(row, column).0));
            cells.max().unwrap_or(0)
        };
        let name = |column: usize| text::width(&self.names[column]).min(WIDEST);
        let others = self.inputs..self.names.len();
        let others: u16 = others
            .map(|column| cells(column).max(name(column)) + 1)
            .sum();
        let room = area.width.saturating_sub(2 + others) / (self.inputs as u16).max(1);
        let widths: Vec<u16> = (0..self.names.len())
            .map(|column| {
                let most = if column < self.inputs {
                    room.saturating_sub(1)
                } else {
                    WIDEST
                };
                name(column).min(most).max(cells(column))
            })
            .collect();
        let starts = || {
            let after = widths.iter().scan(area.x + 2, |x, width| {
                let at = *x;
                *x += width + 1;
                Some((at, *width))
            });
            after.collect::<Vec<_>>()
        };
        let put = |buf: &mut Buffer, (x, width): (u16, u16), y, words: &str, style| {
            let words = text::cut(words, width);
            let x = x + (width - text::width(&words));
            text::put(buf, area, x, y, &words, style);
        };
        for (place, name) in starts().into_iter().zip(self.names) {
            put(buf, place, area.y, name, theme.dim());
        }
        for (y, row) in (area.y + 1..).zip(shown) {
            if self.mark == Some(row) {
                text::put(buf, area, area.x, y, "▶", theme.current());
            }
            for (column, place) in starts().into_iter().enumerate() {
                let (words, style) = (self.cell)(row, column);
                let chosen = match self.cursor {
                    Some((r, None)) => r == row,
                    Some(at) => at == (row, Some(column)),
                    None => false,
                };
                put(
                    buf,
                    place,
                    y,
                    &words,
                    if chosen { theme.cursor() } else { style },
                );
            }
        }
    }
}
