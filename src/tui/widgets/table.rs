//! Cells in rows and columns with names, a page of them at once: the page that has the selected cell.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::super::theme::Theme;
use super::heat_map::{self, Map, Pixel};
use super::{frame, text};
use crate::lang::say_with;

pub struct Table<'a> {
    pub rows: &'a [String],
    pub cols: &'a [String],
    /// Columns of the screen that a cell takes.
    pub cell: u16,
    /// The selected row and column.
    pub at: (usize, usize),
}

/// The cells that are seen, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub rows: Range<usize>,
    pub cols: Range<usize>,
    area: Rect,
    gutter: u16,
    cell: u16,
}

impl Table<'_> {
    /// Columns of the screen that all of it takes.
    pub fn width(&self) -> u16 {
        let cells = self.cols.len().min(usize::from(u16::MAX / 64)) as u16;
        self.gutter() + self.cell * cells
    }

    fn gutter(&self) -> u16 {
        let widest = self.rows.iter().map(|row| text::width(row)).max();
        widest.unwrap_or(0).clamp(3, 16) + 1
    }

    /// The page of this area that has the selected cell.
    pub fn page(&self, area: Rect) -> Page {
        let gutter = self.gutter().min(area.width);
        let cell = self.cell.max(1);
        let span = |at: usize, all: usize, fit: u16| {
            let fit = usize::from(fit).max(1);
            let first = at.min(all.max(1) - 1) / fit * fit;
            // The last page is full too.
            let first = first.min(all.saturating_sub(fit));
            first..all.min(first + fit)
        };
        Page {
            rows: span(self.at.0, self.rows.len(), area.height.saturating_sub(1)),
            cols: span(self.at.1, self.cols.len(), (area.width - gutter) / cell),
            area,
            gutter,
            cell,
        }
    }

    /// Draw the names, and in each cell its text in its style.
    pub fn draw(
        &self,
        buf: &mut Buffer,
        page: &Page,
        theme: Theme,
        cell: &dyn Fn(usize, usize) -> Option<(String, Style)>,
    ) {
        let area = page.area;
        let name = |on: bool| if on { theme.current() } else { theme.dim() };
        for col in page.cols.clone() {
            let place = page.place(page.rows.start, col);
            let room = place.width.saturating_sub(u16::from(page.cell > 2));
            let label = match room {
                // A name that is cut to a sign or two says more without dots.
                0..3 => text::start(self.cols[col].trim(), room),
                _ => text::cut(&self.cols[col], room),
            };
            // Letters and digits of neighbours would run together.
            let runs_on = label.is_ascii() && text::width(&label) == page.cell && col % 2 == 1;
            let label = if runs_on && col != self.at.1 {
                ""
            } else {
                &label
            };
            text::put(buf, area, place.x, area.y, label, name(col == self.at.1));
        }
        // Cells of colours alone, and whether all are.
        let mut pixels = Vec::new();
        let mut known = true;
        for row in page.rows.clone() {
            let y = page.place(row, page.cols.start).y;
            let label = text::cut(&self.rows[row], page.gutter.saturating_sub(1));
            text::put(buf, area, area.x, y, &label, name(row == self.at.0));
            for col in page.cols.clone() {
                let place = page.place(row, col);
                let Some((words, style)) = cell(row, col) else {
                    known = false;
                    text::put(buf, place, place.x, y, "…", theme.dim());
                    continue;
                };
                pixels.push(match &*words {
                    "" => Pixel::of(style.bg),
                    "–" => Pixel::Masked,
                    _ => {
                        known = false;
                        Pixel::Empty
                    }
                });
                let style = if (row, col) == self.at {
                    style.patch(theme.cursor())
                } else {
                    style
                };
                let place = place.intersection(area);
                buf.set_style(place, style);
                text::put(buf, place, place.x, y, &words, style);
            }
        }
        let size = (page.cols.len(), page.rows.len());
        let first = page.place(page.rows.start, page.cols.start);
        let within = Rect {
            width: first.width * size.0 as u16,
            height: size.1 as u16,
            ..first
        };
        let (row, col) = self.at;
        let chosen = col
            .checked_sub(page.cols.start)
            .zip(row.checked_sub(page.rows.start));
        if known && !pixels.is_empty() {
            let map = Map {
                size,
                pixel: &|x, y| pixels[y * size.0 + x],
                smooth: false,
                chosen,
            };
            heat_map::over(buf, within, theme, &map);
        }
    }
}

impl Page {
    /// The place of a cell on the screen.
    fn place(&self, row: usize, col: usize) -> Rect {
        let (row, col) = (row - self.rows.start, col - self.cols.start);
        let x = self.area.x + self.gutter + self.cell * col as u16;
        Rect::new(x, self.area.y + 1 + row as u16, self.cell, 1)
    }

    /// Say in the lower line of a pane's box which rows of so many are seen, unless all are, in the sentence of this key.
    pub fn note(&self, buf: &mut Buffer, pane: Rect, theme: Theme, key: &str, all: usize) {
        if self.rows.len() < all {
            let (first, last) = (self.rows.start, self.rows.end.saturating_sub(1));
            let words = say_with(
                key,
                &[
                    ("first", first.into()),
                    ("last", last.into()),
                    ("all", all.into()),
                ],
            );
            frame::note(buf, pane, &words, theme.dim());
        }
    }

    /// The cell at a place of the screen.
    pub fn hit(&self, at: Position) -> Option<(usize, usize)> {
        let y = at.y.checked_sub(self.area.y + 1)?;
        let x = at.x.checked_sub(self.area.x + self.gutter)?;
        let row = self.rows.start + usize::from(y);
        let col = self.cols.start + usize::from(x / self.cell);
        (self.rows.contains(&row) && self.cols.contains(&col)).then_some((row, col))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_cell_is_on_the_page_and_clicks_find_it() {
        let names = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        let (rows, cols) = (names(31), names(128));
        for (width, height, cell) in [(65, 20, 11), (80, 8, 2), (7, 2, 5), (3, 1, 4), (0, 0, 2)] {
            for at in [(0, 0), (30, 127), (17, 64), (99, 999)] {
                let table = Table {
                    rows: &rows,
                    cols: &cols,
                    cell,
                    at,
                };
                let area = Rect::new(2, 3, width, height);
                let page = table.page(area);
                let at = (at.0.min(30), at.1.min(127));
                assert!(page.rows.contains(&at.0) && page.cols.contains(&at.1));
                let place = page.place(at.0, at.1);
                let hit = page.hit(Position::new(place.x + cell - 1, place.y));
                assert_eq!(hit, Some(at), "{width}×{height}");
                assert_eq!(page.hit(Position::new(place.x, area.y)), None);
            }
        }
    }
}
