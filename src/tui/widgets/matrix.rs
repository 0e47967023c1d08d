//! A matrix of numbers coloured by value, with row and column labels.
//!
//! ```text
//!         scale     0     1     2   …      a gutter of row labels, a column beside it if given,
//!  中      0.98  0.12 -0.31  1.04          then cells; few rows and many columns are folded into
//!  华      1.02  0.50  0.07 -0.22          bands, one below the other
//!
//!                   9    10    11
//!  中             0.12 -0.31  1.04
//! ```
//! [`Geometry`] alone says what is visible, so that nothing else is fetched, and where a click falls.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::super::theme::Theme;
use super::number::{self, Format};
use super::text;

/// What colours mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Signed values; those of this magnitude have the full colour.
    Signed(f64),
    /// Values in 0 to 1.
    Probability,
}

/// How much room a cell has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    #[default]
    Numbers,
    /// More digits.
    Fine,
    /// Colours alone, or signs and shades where there are none.
    Heat,
}

impl Density {
    pub fn next(self) -> Density {
        match self {
            Density::Numbers => Density::Fine,
            Density::Fine => Density::Heat,
            Density::Heat => Density::Numbers,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Density::Numbers => "numbers",
            Density::Fine => "more digits",
            Density::Heat => "colours",
        }
    }
}

/// What a matrix looks like, apart from its values.
pub struct Shape<'a> {
    pub rows: usize,
    pub cols: usize,
    pub row_labels: &'a [String],
    /// Empty: columns are numbered.
    pub col_labels: &'a [String],
    pub scale: Scale,
    pub density: Density,
    /// Heading of a column of its own beside the labels.
    pub aside: Option<&'a str>,
}

/// Where everything lies in an area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Geometry {
    pub area: Rect,
    gutter: u16,
    aside: u16,
    /// Columns of a cell, with the gap before it.
    pub cell: u16,
    /// Matrix columns in one band.
    per_band: usize,
    bands: usize,
    /// Matrix rows in one band.
    height: usize,
    pub rows: Range<usize>,
    pub cols: Range<usize>,
}

impl Geometry {
    /// Lay the matrix out with cell (`top`, `left`) first.
    pub fn new(area: Rect, shape: &Shape, (top, left): (usize, usize)) -> Geometry {
        let widest = |labels: &[String]| labels.iter().map(|l| text::width(l)).max().unwrap_or(0);
        let gutter = widest(shape.row_labels).clamp(2, (area.width / 4).clamp(2, 14)) + 1;
        let aside = if shape.aside.is_some() { 8 } else { 0 };
        let room = area.width.saturating_sub(gutter + aside);
        let probability = shape.scale == Scale::Probability;
        let number = match shape.density {
            Density::Heat if room as usize >= shape.cols * 2 => 2,
            Density::Heat => 1,
            Density::Numbers if probability => 5,
            Density::Numbers => 6,
            Density::Fine => 9,
        };
        let labelled = match shape.density {
            Density::Heat => 0,
            _ => widest(shape.col_labels).min(9) + 1,
        };
        // Cells of a small matrix take the room there is.
        let spare = match (shape.density, shape.cols) {
            (Density::Heat, _) | (_, 0) => 0,
            (_, cols) => (room / cols.min(u16::MAX as usize) as u16).min(8),
        };
        // Labels give way where all columns then fit.
        let even = (room as usize / shape.cols.max(1)).min(9) as u16;
        let labelled = labelled.min(if even >= number { even } else { labelled });
        let cell = number.max(labelled).max(spare);
        let fit = (room / cell).max(1) as usize;
        let lines = area.height as usize;
        let bands = match shape.rows {
            0 => 1,
            rows if rows + 1 > lines => 1,
            rows => ((lines + 1) / (rows + 2)).max(1),
        };
        let bands = bands.min(shape.cols.div_ceil(fit)).max(1);
        // A fold that leaves little over reads better when its bands are equally long.
        let per_band = match fit * bands >= shape.cols && bands > 1 {
            true => shape.cols.div_ceil(bands),
            false => fit,
        };
        let height = shape.rows.min(lines.saturating_sub(1));
        let start = |first: usize, seen: usize, all: usize| first.min(all.saturating_sub(seen));
        let top = start(top, height, shape.rows);
        let left = start(left, per_band * bands, shape.cols);
        Geometry {
            area,
            gutter,
            aside,
            cell,
            per_band,
            bands,
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

    /// Left edge and line of a cell.
    fn place(&self, row: usize, col: usize) -> Option<Position> {
        if !self.rows.contains(&row) || !self.cols.contains(&col) {
            return None;
        }
        let at = col - self.cols.start;
        let x = self.area.x + self.gutter + self.aside + (at % self.per_band) as u16 * self.cell;
        let y = self.band_line(at / self.per_band) + 1 + (row - self.rows.start) as u16;
        (x + self.cell <= self.area.right() && y < self.area.bottom()).then(|| Position::new(x, y))
    }

    /// The line of a band's column labels.
    fn band_line(&self, band: usize) -> u16 {
        self.area.y + (band * (self.height + 2)) as u16
    }

    /// The cell under a point of the screen.
    pub fn hit(&self, at: Position) -> Option<(usize, usize)> {
        let x = at.x.checked_sub(self.area.x + self.gutter + self.aside)?;
        let y = at.y.checked_sub(self.area.y)? as usize;
        let (band, line) = (y / (self.height + 2), y % (self.height + 2));
        let col = (x / self.cell) as usize;
        if !self.area.contains(at) || line == 0 || line > self.height || col >= self.per_band {
            return None;
        }
        let cell = (
            self.rows.start + line - 1,
            self.cols.start + band * self.per_band + col,
        );
        (band < self.bands && cell.0 < self.rows.end && cell.1 < self.cols.end).then_some(cell)
    }
}

/// What to draw in the cells.
pub struct Cells<'a> {
    /// `None` for what is not known yet.
    pub value: &'a dyn Fn(usize, usize) -> Option<f64>,
    pub aside: &'a dyn Fn(usize) -> Option<f64>,
    /// Whether the mask hides this cell from the model.
    pub masked: &'a dyn Fn(usize, usize) -> bool,
    pub selected: Option<(usize, usize)>,
    /// Values of a moment ago: no colours, until the new ones come.
    pub stale: bool,
}

pub fn draw(buf: &mut Buffer, theme: Theme, shape: &Shape, geometry: &Geometry, cells: &Cells) {
    let g = geometry;
    let area = g.area;
    let digits = g.cell.saturating_sub(1) as usize;
    let format = match (shape.scale, shape.density) {
        (Scale::Probability, Density::Fine) => Format::Fixed(4),
        (Scale::Probability, _) => Format::Fixed(2),
        (Scale::Signed(scale), _) => Format::for_magnitude(scale, digits.min(8)),
    };
    let mut out = String::new();
    let lines = g.cols.len().div_ceil(g.per_band.max(1));
    for band in 0..lines {
        let start = g.cols.start + band * g.per_band;
        let cols = start..(start + g.per_band).min(g.cols.end);
        let line = g.band_line(band);
        if line >= area.bottom() {
            break;
        }
        if let Some(name) = shape.aside {
            let x = area.x + g.gutter + 7 - text::width(name).min(7);
            text::put(buf, area, x, line, name, theme.dim());
        }
        heading(buf, theme, shape, g, cols.clone(), line, cells.selected);
        for row in g.rows.clone() {
            let y = line + 1 + (row - g.rows.start) as u16;
            if y >= area.bottom() {
                break;
            }
            let on = cells.selected.is_some_and(|(r, _)| r == row);
            let label = shape.row_labels.get(row).map_or("", String::as_str);
            let style = if on { theme.current() } else { theme.dim() };
            let gutter = Rect::new(area.x, y, g.gutter - 1, 1).intersection(area);
            text::put(buf, gutter, area.x, y, label, style);
            if shape.aside.is_some()
                && let Some(x) = (cells.aside)(row)
            {
                number::write(x, 7, Format::for_magnitude(x.abs(), 7), &mut out);
                text::put(buf, area, area.x + g.gutter, y, &out, theme.accent());
            }
            for col in cols.clone() {
                let Some(at) = g.place(row, col) else { break };
                let chosen = cells.selected == Some((row, col));
                if (cells.masked)(row, col) {
                    let style = if chosen {
                        theme.cursor()
                    } else {
                        theme.faint()
                    };
                    let dot = at.x + g.cell.saturating_sub(1);
                    text::put(buf, area, dot, y, "·", style);
                    continue;
                }
                let Some(value) = (cells.value)(row, col) else {
                    continue;
                };
                let mut style = match (cells.stale, shape.scale) {
                    (true, _) => theme.dim(),
                    (_, Scale::Probability) => theme.level(value),
                    (_, Scale::Signed(scale)) => theme.signed(value / scale.max(1e-30)),
                };
                if !value.is_finite() {
                    style = theme.alarm();
                }
                if chosen {
                    style = theme.cursor();
                }
                match shape.density {
                    Density::Heat => {
                        heat(&mut out, theme, shape.scale, value, g.cell);
                        text::put(buf, area, at.x, y, &out, style);
                    }
                    _ => {
                        number::write(value, digits, format, &mut out);
                        out.insert(0, ' ');
                        cell(buf, area, at, &out, style);
                    }
                }
            }
            bracket(buf, theme, g, shape, cells, row);
        }
    }
}

/// Without colours the selected cell stands in brackets too.
fn bracket(buf: &mut Buffer, theme: Theme, g: &Geometry, shape: &Shape, cells: &Cells, row: usize) {
    if let Some((r, col)) = cells.selected
        && r == row
        && theme.plain()
        && shape.density != Density::Heat
        && let Some(at) = g.place(row, col)
    {
        text::put(buf, g.area, at.x, at.y, "[", theme.strong());
        text::put(buf, g.area, at.x + g.cell, at.y, "]", theme.strong());
    }
}

/// Write a cell; ASCII only, so one byte is one column.
fn cell(buf: &mut Buffer, area: Rect, at: Position, text: &str, style: Style) {
    text::put(buf, area, at.x, at.y, text, style);
}

fn heading(
    buf: &mut Buffer,
    theme: Theme,
    shape: &Shape,
    g: &Geometry,
    cols: Range<usize>,
    line: u16,
    selected: Option<(usize, usize)>,
) {
    let first = g.area.x + g.gutter + g.aside;
    let mut number = String::new();
    for (i, col) in cols.enumerate() {
        let x = first + i as u16 * g.cell;
        let on = selected.is_some_and(|(_, c)| c == col);
        let style = if on { theme.current() } else { theme.dim() };
        if shape.density == Density::Heat {
            // Room for a number every so many columns only.
            let every = if g.cell == 1 { 10 } else { 5 };
            if col % every == 0 {
                text::put(buf, g.area, x, line, &col.to_string(), style);
            }
            continue;
        }
        let label = match shape.col_labels.get(col) {
            Some(label) => label.trim_start(),
            None => {
                number.clear();
                number.push_str(&col.to_string());
                &number
            }
        };
        let label = text::cut(label, g.cell - 1);
        let pad = g.cell - text::width(&label);
        text::put(buf, g.area, x + pad, line, &label, style);
    }
}

/// A cell without digits: a coloured space, or a sign and a shade.
fn heat(out: &mut String, theme: Theme, scale: Scale, value: f64, columns: u16) {
    out.clear();
    let t = match scale {
        Scale::Probability => value.max(0.0).powf(0.6),
        Scale::Signed(scale) => value / scale.max(1e-30),
    };
    if !value.is_finite() {
        out.push('!');
    } else if matches!(
        theme.depth,
        super::super::theme::Depth::None | super::super::theme::Depth::Ansi16
    ) {
        if columns > 1 {
            out.push(if t < -0.125 { '-' } else { ' ' });
        }
        out.push(super::thumbnails::shade(t.abs()));
    } else {
        out.push(' ');
    }
    while out.chars().count() < columns as usize {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Depth, Ground};

    fn lines(buf: &Buffer) -> Vec<String> {
        let row = |y: u16| (0..buf.area.width).map(move |x| buf[(x, y)].symbol().to_owned());
        (0..buf.area.height)
            .map(|y| row(y).collect::<String>().trim_end().to_owned())
            .collect()
    }

    fn labels(of: &[&str]) -> Vec<String> {
        of.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn wide_labels_line_up_and_the_mask_shows_as_dots() {
        let names = labels(&["中", "华", "人", "民"]);
        let shape = Shape {
            rows: 4,
            cols: 4,
            row_labels: &names,
            col_labels: &names,
            scale: Scale::Probability,
            density: Density::Numbers,
            aside: None,
        };
        let area = Rect::new(0, 0, 32, 5);
        let g = Geometry::new(area, &shape, (0, 0));
        let mut buf = Buffer::empty(area);
        let cells = Cells {
            value: &|r, c| Some((r * 4 + c) as f64 / 16.0),
            aside: &|_| None,
            masked: &|r, c| c > r,
            selected: Some((3, 1)),
            stale: false,
        };
        draw(
            &mut buf,
            Theme::new(Depth::None, Ground::Dark),
            &shape,
            &g,
            &cells,
        );
        assert_eq!(
            lines(&buf),
            [
                String::from("        中      华      人      民"),
                String::from("中     0.00      ·      ·      ·"),
                String::from("华     0.25   0.31      ·      ·"),
                String::from("人     0.50   0.56   0.62      ·"),
                String::from("民     0.75[  0.81]  0.88   0.94"),
            ]
        );
    }

    #[test]
    fn few_rows_fold_into_bands_and_clicks_find_their_cell() {
        let names = labels(&["a", "b"]);
        let shape = Shape {
            rows: 2,
            cols: 64,
            row_labels: &names,
            col_labels: &[],
            scale: Scale::Signed(1.0),
            density: Density::Numbers,
            aside: None,
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
