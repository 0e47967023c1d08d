//! The part of a matrix that is visible, and its place; nothing else is fetched, and a click falls into it.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use super::super::scale::Scale;
use super::super::text;
use super::shape::{Density, Shape};

/// Where everything lies in an area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Geometry {
    pub area: Rect,
    pub(super) gutter: u16,
    pub(super) aside: u16,
    /// Columns of a cell, with the gap before it.
    pub cell: u16,
    /// Matrix columns in one cell.
    pub(super) per_cell: usize,
    /// Matrix columns in one band.
    pub(super) per_band: usize,
    bands: usize,
    /// Lines of column labels above each band.
    heading: usize,
    /// Matrix rows in one band.
    height: usize,
    pub rows: Range<usize>,
    pub cols: Range<usize>,
}

/// Columns of the words beside a row's number, with a space before them.
const TEXT: u16 = 9;

impl Geometry {
    /// Lay the matrix out with cell (`top`, `left`) first.
    pub fn new(area: Rect, shape: &Shape, (top, left): (usize, usize)) -> Geometry {
        let widest = |labels: &[String]| labels.iter().map(|l| text::width(l)).max().unwrap_or(0);
        let rows = if shape.numbered() {
            shape.digits() + if shape.row_texts.is_some() { TEXT } else { 0 }
        } else {
            widest(shape.row_labels)
        };
        let gutter = rows.clamp(2, (area.width / 4).clamp(2, 14)) + 1;
        let aside = if shape.aside.is_some() { 8 } else { 0 };
        let room = area.width.saturating_sub(gutter + aside);
        let probability = shape.scale == Scale::Probability;
        let number = match shape.density {
            Density::Colours => (room as usize / shape.cols.max(1)).clamp(1, 6) as u16,
            Density::Numbers if probability => 5,
            Density::Numbers => 6,
            Density::Digits => 9,
        };
        let labelled = match shape.density {
            Density::Colours => 0,
            _ => widest(shape.col_labels).min(9) + 1,
        };
        // Cells of a small matrix take the room there is.
        let spare = match (shape.density, shape.cols) {
            (Density::Colours, _) | (_, 0) => 0,
            (_, cols) => (room / cols.min(u16::MAX as usize) as u16).min(8),
        };
        // Labels give way where all columns then fit.
        let even = (room as usize / shape.cols.max(1)).min(9) as u16;
        let labelled = labelled.min(if even >= number { even } else { labelled });
        let cell = number.max(labelled).max(spare);
        let fit = (room / cell).max(1) as usize;
        let per_cell = match shape.density {
            Density::Colours if cell == 1 => shape.cols.div_ceil(fit).clamp(1, shape.fine.max(1)),
            _ => 1,
        };
        let fit = fit * per_cell;
        let lines = area.height as usize;
        let heading = usize::from(shape.heading);
        let bands = match shape.rows {
            0 => 1,
            rows if rows + heading > lines => 1,
            rows => ((lines + 1) / (rows + heading + 1)).max(1),
        };
        let bands = bands.min(shape.cols.div_ceil(fit)).max(1);
        // A fold that leaves little over reads better when its bands are equally long.
        let per_band = if fit * bands >= shape.cols && bands > 1 {
            shape.cols.div_ceil(bands)
        } else {
            fit
        };
        let height = shape.rows.min(lines.saturating_sub(heading));
        let start = |first: usize, seen: usize, all: usize| first.min(all.saturating_sub(seen));
        let top = start(top, height, shape.rows);
        let left = start(left, per_band * bands, shape.cols);
        Geometry {
            area,
            gutter,
            aside,
            cell,
            per_cell,
            per_band,
            bands,
            heading,
            height,
            rows: top..(top + height).min(shape.rows),
            cols: left..(left + per_band * bands).min(shape.cols),
        }
    }

    /// The first row and column to show so that `cell` is visible, moving as little as possible.
    pub fn follow(&self, (row, col): (usize, usize)) -> (usize, usize) {
        let axis = |seen: &Range<usize>, at: usize| match at {
            _ if seen.is_empty() => 0,
            _ if at < seen.start => at,
            _ if at >= seen.end => at + 1 - seen.len(),
            _ => seen.start,
        };
        (axis(&self.rows, row), axis(&self.cols, col))
    }

    /// Columns before the first cell.
    pub fn left(&self) -> u16 {
        self.gutter + self.aside
    }

    /// Left edge and line of a cell.
    pub(super) fn place(&self, row: usize, col: usize) -> Option<Position> {
        if !self.rows.contains(&row) || !self.cols.contains(&col) {
            return None;
        }
        let at = col - self.cols.start;
        let column = (at % self.per_band / self.per_cell) as u16;
        let x = self.area.x + self.gutter + self.aside + column * self.cell;
        let top = self.band_line(at / self.per_band) + self.heading as u16;
        let y = top + (row - self.rows.start) as u16;
        (x + self.cell <= self.area.right() && y < self.area.bottom()).then(|| Position::new(x, y))
    }

    /// The line of a band's column labels.
    pub(super) fn band_line(&self, band: usize) -> u16 {
        self.area.y + (band * (self.height + self.heading + 1)) as u16
    }

    /// The cell under a point of the screen.
    pub fn hit(&self, at: Position) -> Option<(usize, usize)> {
        let x = at.x.checked_sub(self.area.x + self.gutter + self.aside)?;
        let y = at.y.checked_sub(self.area.y)? as usize;
        let lines = self.height + self.heading + 1;
        let (band, line) = (y / lines, y % lines);
        let col = (x / self.cell) as usize * self.per_cell;
        if !self.area.contains(at)
            || line < self.heading
            || line >= self.height + self.heading
            || col >= self.per_band
        {
            return None;
        }
        let cell = (
            self.rows.start + line - self.heading,
            self.cols.start + band * self.per_band + col,
        );
        (band < self.bands && cell.0 < self.rows.end && cell.1 < self.cols.end).then_some(cell)
    }

    /// The row under a point of the screen, whatever the column.
    pub fn row_at(&self, at: Position) -> Option<usize> {
        let line = (at.y.checked_sub(self.area.y)? as usize).checked_sub(self.heading)?;
        let row = self.rows.start + line;
        (self.area.contains(at) && line < self.height && row < self.rows.end).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_fold_into_bands_and_clicks_find_their_cell() {
        let names = ["a".to_owned(), "b".to_owned()];
        let shape = Shape {
            rows: 2,
            cols: 64,
            row_labels: &names,
            row_texts: None,
            col_labels: &[],
            scale: Scale::Signed(1.0),
            density: Density::Numbers,
            heading: true,
            aside: None,
            fine: 1,
            order: None,
        };
        let g = Geometry::new(Rect::new(5, 5, 40, 11), &shape, (0, 0));
        assert_eq!((g.bands, g.rows.clone(), g.cols.clone()), (3, 0..2, 0..18));
        let at = g.place(1, 7).unwrap();
        assert_eq!(g.hit(at), Some((1, 7)));
        assert_eq!(g.hit(Position::new(0, 0)), None);
        assert_eq!(g.follow((0, 20)), (0, 3));
        let none = Geometry::new(Rect::new(0, 0, 0, 0), &shape, (0, 0));
        assert!(none.rows.is_empty());
    }
}
