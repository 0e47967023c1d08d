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

mod geometry;
mod shape;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

pub use geometry::Geometry;
pub use shape::{Density, Shape};

use super::super::theme::{Depth, Theme};
use super::heat_map::{self, Map, Pixel};
use super::number::{self, Format};
use super::scale::{Scale, shade};
use super::text;

/// The content of the cells.
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
        (Scale::Probability, Density::Digits) => Format::Fixed(4),
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
        if let (Some(name), true) = (shape.aside, shape.heading) {
            let x = area.x + g.gutter + 7 - text::width(name).min(7);
            text::put(buf, area, x, line, name, theme.dim());
        }
        if shape.heading {
            heading(buf, theme, shape, g, cols.clone(), line, cells.selected);
        }
        for row in g.rows.clone() {
            let y = line + u16::from(shape.heading) + (row - g.rows.start) as u16;
            if y >= area.bottom() {
                break;
            }
            let on = cells.selected.is_some_and(|(r, _)| r == row);
            let label = shape.row_label(row);
            let style = if on { theme.current() } else { theme.dim() };
            let gutter = Rect::new(area.x, y, g.gutter - 1, 1).intersection(area);
            text::put(buf, gutter, area.x, y, &label, style);
            if shape.aside.is_some()
                && let Some(x) = (cells.aside)(row)
            {
                number::write(x, 7, Format::for_magnitude(x.abs(), 7), &mut out);
                text::put(buf, area, area.x + g.gutter, y, &out, theme.accent());
            }
            for col in cols.clone() {
                let Some(at) = g.place(row, col) else { break };
                let chosen = cells.selected == Some((row, col));
                if !chosen && !(col - start).is_multiple_of(g.per_cell) {
                    continue;
                }
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
                let mut style = if cells.stale {
                    theme.dim()
                } else {
                    coloured(theme, shape.scale, value)
                };
                if !value.is_finite() {
                    style = theme.alarm();
                }
                if chosen {
                    style = theme.cursor();
                }
                match shape.density {
                    Density::Colours => {
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
        if shape.density == Density::Colours && !cells.stale {
            picture(buf, theme, shape, g, cells, cols);
        }
    }
}

/// Note the cells of a band as a heat map, where all their values are known.
fn picture(
    buf: &Buffer,
    theme: Theme,
    shape: &Shape,
    g: &Geometry,
    cells: &Cells,
    cols: Range<usize>,
) {
    let Some(first) = g.place(g.rows.start, cols.start) else {
        return;
    };
    let rows = g.rows.start
        ..g.rows
            .end
            .min(g.rows.start + usize::from(g.area.bottom() - first.y));
    let pixel = |row: usize, col: usize| {
        if (cells.masked)(row, col) {
            return Some(Pixel::Masked);
        }
        let value = (cells.value)(row, col)?;
        // A sign, and no colour, stands for a value that is no number.
        let style = value
            .is_finite()
            .then(|| coloured(theme, shape.scale, value))?;
        Some(Pixel::of(style.bg))
    };
    let all = rows
        .clone()
        .flat_map(|row| cols.clone().map(move |col| (row, col)));
    let Some(pixels) = all.map(|(r, c)| pixel(r, c)).collect::<Option<Vec<_>>>() else {
        return;
    };
    let (wide, high) = (cols.len(), rows.len());
    let chosen = cells
        .selected
        .filter(|(r, c)| rows.contains(r) && cols.contains(c));
    let map = Map {
        size: (wide, high),
        pixel: &|x, y| pixels[y * wide + x],
        smooth: false,
        chosen: chosen.map(|(row, col)| (col - cols.start, row - rows.start)),
    };
    let columns = wide.div_ceil(g.per_cell) as u16 * g.cell;
    let area = Rect::new(first.x, first.y, columns, high as u16);
    heat_map::over(buf, area, theme, &map);
}

/// The style of a cell of this value.
fn coloured(theme: Theme, scale: Scale, value: f64) -> Style {
    match scale {
        Scale::Probability => theme.level(value),
        Scale::Signed(scale) => theme.signed(value / scale.max(1e-30)),
    }
}

/// Without colours the selected cell stands in brackets too.
fn bracket(buf: &mut Buffer, theme: Theme, g: &Geometry, shape: &Shape, cells: &Cells, row: usize) {
    if let Some((r, col)) = cells.selected
        && r == row
        && theme.plain()
        && shape.density != Density::Colours
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
    for (i, place) in cols.enumerate() {
        if !i.is_multiple_of(g.per_cell) {
            continue;
        }
        let x = first + (i / g.per_cell) as u16 * g.cell;
        let on = selected.is_some_and(|(_, c)| c == place);
        let col = shape.order.and_then(|order| order.get(place));
        let col = col.copied().unwrap_or(place);
        let style = if on { theme.current() } else { theme.dim() };
        if shape.density == Density::Colours {
            // Room for a number every so many columns only.
            let every = if g.cell == 1 { 10 } else { 5 } * g.per_cell;
            if place % every < g.per_cell {
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
pub fn heat(out: &mut String, theme: Theme, scale: Scale, value: f64, columns: u16) {
    out.clear();
    let t = match scale {
        Scale::Probability => value.max(0.0).powf(0.6),
        Scale::Signed(scale) => value / scale.max(1e-30),
    };
    if !value.is_finite() {
        out.push('!');
    } else if matches!(theme.depth, Depth::None | Depth::Ansi16) {
        if columns > 1 {
            out.push(if t < -0.125 { '-' } else { ' ' });
        }
        out.push(shade(t.abs()));
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
    use ratatui::layout::Rect;

    use crate::tui::theme::Ground;

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
            row_texts: None,
            col_labels: &names,
            scale: Scale::Probability,
            density: Density::Numbers,
            heading: true,
            aside: None,
            fine: 1,
            order: None,
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
}
