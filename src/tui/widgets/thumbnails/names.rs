//! Names of rows and columns around a thumbnail.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::super::theme::Theme;
use super::super::text;
use super::grid::Grid;

/// Labels of a tensor's rows and columns; numbers stand in for those that have none.
pub struct Labels<'a> {
    pub rows: (&'a [String], usize),
    pub cols: (&'a [String], usize),
}

/// The label of a row or column; its number where there is none.
fn label((labels, _): (&[String], usize), at: usize) -> String {
    let found = labels.get(at).map(|label| label.trim().to_owned());
    found.unwrap_or_else(|| at.to_string())
}

/// Labels of the columns above a picture: of each where a column has room for some of it, else of the first and
/// the last.
pub fn name_columns(
    buf: &mut Buffer,
    theme: Theme,
    grid: &Grid,
    area: Rect,
    cols: (&[String], usize),
) {
    if grid.wide >= 2 * cols.1 {
        let left = |col: usize| (col * grid.wide).div_ceil(cols.1) as u16;
        for col in 0..cols.1 {
            let name = text::start(&label(cols, col), left(col + 1) - left(col));
            let x = area.x + left(col);
            text::put(buf, area, x, area.y, &name, theme.dim());
        }
        return;
    }
    // A space stands between them.
    let half = area.width.saturating_sub(1) / 2;
    let name = |col: usize| text::start(&label(cols, col), half);
    text::put(buf, area, area.x, area.y, &name(0), theme.dim());
    text::put_right(buf, area, area.y, &name(cols.1.max(1) - 1), theme.dim());
}

/// Labels of the rows beside a picture, in the same way.
pub fn name_rows(
    buf: &mut Buffer,
    theme: Theme,
    grid: &Grid,
    area: Rect,
    rows: (&[String], usize),
) {
    let gutter = Rect {
        x: area.x - grid.gutter as u16,
        width: grid.gutter as u16 - 1,
        ..area
    };
    let mut put = |row: usize, y: u16| {
        let name = text::start(&label(rows, row), gutter.width);
        text::put(buf, gutter, gutter.x, y, &name, theme.dim());
    };
    if grid.high >= 2 * rows.1 {
        for row in 0..rows.1 {
            let top = (row * grid.high).div_ceil(rows.1).div_ceil(2);
            put(row, area.y + 1 + top as u16);
        }
        return;
    }
    put(0, area.y + 1);
    if area.height > 2 {
        put(rows.1.max(1) - 1, area.bottom() - 1);
    }
}
