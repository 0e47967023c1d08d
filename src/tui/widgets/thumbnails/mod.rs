//! Every head as a small heat map; in shades where there are no colours.

mod grid;
mod names;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub use grid::Grid;
pub use names::Labels;

use super::super::theme::{Depth, Theme};
use super::heat_map::{self, Map, Pixel};
use super::scale::{Scale, shade};
use super::text;
use names::{name_columns, name_rows};

/// Draw `data`, `[heads, rows, cols]` row-major of the given shape. Dots stand where all that a pixel covers
/// is `masked`, by the pixel's row and column.
pub fn draw(
    buf: &mut Buffer,
    theme: Theme,
    grid: &Grid,
    (shape, data): (&[usize], &[f64]),
    scale: Scale,
    masked: &dyn Fn(usize, usize) -> bool,
    labels: &Labels,
) {
    let &[heads, rows, cols] = shape else { return };
    for head in grid.first..heads.min(grid.heads) {
        let Some(area) = grid.place(head) else { break };
        let (label, style) = if head == grid.chosen {
            (format!("▸{head}"), theme.current())
        } else {
            (format!(" {head}"), theme.dim())
        };
        text::put(buf, area, area.x, area.y, &label, style);
        let area = Rect {
            x: area.x + grid.gutter as u16,
            width: area.width - grid.gutter as u16,
            ..area
        };
        if grid.gutter > 0 {
            name_columns(buf, theme, grid, area, labels.cols);
            name_rows(buf, theme, grid, area, labels.rows);
        }
        let values = |x: usize, y: usize| data.get((head * rows + y) * cols + x).copied();
        if matches!(theme.depth, Depth::None | Depth::Ansi16) {
            let pixel = |y: usize, x: usize| {
                let (r, c) = (y * rows / grid.high, x * cols / grid.wide);
                values(c, r).filter(|_| r < rows && c < cols)
            };
            for line in 0..area.height.saturating_sub(1) {
                for x in 0..area.width {
                    let (y, column) = (usize::from(line) * 2, usize::from(x));
                    let value = pixel(y, column).or(pixel(y + 1, column));
                    let cell = buf.cell_mut((area.x + x, area.y + 1 + line));
                    if let (Some(value), Some(cell)) = (value, cell) {
                        cell.set_char(shade(strength(scale, value)));
                    }
                }
            }
            continue;
        }
        let pixel = |x: usize, y: usize| match values(x, y) {
            _ if masked(y, x) => Pixel::Masked,
            None => Pixel::Empty,
            Some(value) => Pixel::of(paint(theme, scale, value).bg),
        };
        let picture = Rect {
            y: area.y + 1,
            width: grid.wide as u16,
            height: grid.high.div_ceil(2) as u16,
            ..area
        };
        let map = Map {
            size: (cols, rows),
            pixel: &pixel,
            smooth: false,
            chosen: None,
        };
        heat_map::paint(buf, picture, grid.high as u16, theme, &map);
    }
}

fn paint(theme: Theme, scale: Scale, value: f64) -> Style {
    match scale {
        _ if !value.is_finite() => Style::new(),
        Scale::Probability => theme.level(value),
        Scale::Signed(scale) => theme.signed(value / scale.max(1e-30)),
    }
}

fn strength(scale: Scale, value: f64) -> f64 {
    match scale {
        _ if !value.is_finite() => 0.0,
        Scale::Probability => value.max(0.0).powf(0.6),
        Scale::Signed(scale) => value.abs() / scale.max(1e-30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: Labels = Labels {
        rows: (&[], 4),
        cols: (&[], 4),
    };

    #[test]
    fn tokens_stand_beside_rows_and_columns() {
        let area = Rect::new(0, 0, 30, 12);
        let grid = Grid::new(area, 1, (4, 4), 4, 0, None);
        let names = ["中", "the", "a", "民"].map(str::to_owned);
        let labels = Labels {
            rows: (&names, 4),
            cols: (&names, 4),
        };
        let theme = Theme::new(Depth::None, crate::tui::theme::Ground::Dark);
        let mut buf = Buffer::empty(area);
        let data = (&[1, 4, 4][..], &[0.9; 16][..]);
        draw(
            &mut buf,
            theme,
            &grid,
            data,
            Scale::Probability,
            &|_, _| false,
            &labels,
        );
        let shown = crate::tui::draw::text(&buf);
        let lines: Vec<&str> = shown.lines().collect();
        let above: Vec<&str> = lines[0].split_whitespace().collect();
        assert_eq!(above, ["▸0", "中", "the", "a", "民"], "{shown}");
        let beside = lines[1..]
            .iter()
            .map(|line| line.split('█').next().unwrap().trim());
        let rows: Vec<&str> = beside.filter(|name| !name.is_empty()).collect();
        assert_eq!(rows, names, "{shown}");
        // Too many for a name each: the first and the last.
        let names: Vec<String> = (0..38).map(|i| format!("t{i}")).collect();
        let labels = Labels {
            rows: (&names, 38),
            cols: (&names, 38),
        };
        let grid = Grid::new(area, 1, (38, 38), 4, 0, None);
        let mut buf = Buffer::empty(area);
        let cells = grid.rows * grid.cols;
        let data = vec![0.5; cells];
        let data = (&[1, grid.rows, grid.cols][..], &data[..]);
        draw(
            &mut buf,
            theme,
            &grid,
            data,
            Scale::Probability,
            &|_, _| false,
            &labels,
        );
        let shown = crate::tui::draw::text(&buf);
        for name in ["▸0", "t0 ", " t37"] {
            assert!(shown.contains(name), "{name}: {shown}");
        }
    }

    #[test]
    fn a_masked_pixel_does_not_hide_the_one_below() {
        let area = Rect::new(0, 0, 4, 3);
        let mut buf = Buffer::empty(area);
        let grid = Grid::new(area, 1, (4, 4), 4, 0, None);
        let theme = Theme::new(Depth::True, crate::tui::theme::Ground::Dark);
        let data = (&[1, 4, 4][..], &[0.9; 16][..]);
        draw(
            &mut buf,
            theme,
            &grid,
            data,
            Scale::Probability,
            &|r, c| c > r,
            &NUMBERS,
        );
        let line = |y: u16| (0..4).map(|x| buf[(x, y)].symbol()).collect::<String>();
        assert_eq!([line(1), line(2)], ["▀▄··", "▀▀▀▄"]);
    }
}
