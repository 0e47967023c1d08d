//! Every head as a small picture, in half-blocks with colours and in shades without.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::super::theme::{Depth, Theme};
use super::scale::{Scale, shade};
use super::text;

/// How thumbnails lie in an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    area: Rect,
    /// Pixels to ask for, and how many screen pixels one takes each way.
    pub rows: usize,
    pub cols: usize,
    zoom: usize,
    across: usize,
    /// The first head shown.
    first: usize,
    heads: usize,
}

impl Grid {
    /// `rows` and `cols` are the tensor's own; a screen pixel is half a character cell.
    pub fn new(area: Rect, heads: usize, rows: usize, cols: usize, chosen: usize) -> Grid {
        let (rows, cols) = (rows.clamp(1, 64), cols.clamp(1, 64));
        let mut best = Grid {
            area,
            rows: rows.min(4),
            cols: cols.min(4),
            zoom: 1,
            across: 1,
            first: 0,
            heads,
        };
        // The largest picture with which all heads fit.
        for side in (4..=24usize).rev() {
            let zoom = (side / rows.max(cols)).max(1);
            let grid = Grid {
                rows: rows.min(side),
                cols: cols.min(side),
                zoom,
                ..best
            };
            let across = (area.width as usize + 1) / (grid.width() + 1);
            let down = area.height as usize / grid.height().max(1);
            if across * down >= heads || side == 4 {
                best = Grid {
                    across: across.max(1),
                    ..grid
                };
                break;
            }
        }
        // Equally long lines of pictures.
        if heads > 0 {
            best.across = heads.div_ceil(heads.div_ceil(best.across));
        }
        let down = (area.height as usize / best.height()).max(1);
        let line = chosen / best.across;
        best.first = line.saturating_sub(down - 1) * best.across;
        best
    }

    fn width(&self) -> usize {
        (self.cols * self.zoom).max(3)
    }

    /// Lines of a picture with its number above.
    fn height(&self) -> usize {
        (self.rows * self.zoom).div_ceil(2) + 1
    }

    fn place(&self, head: usize) -> Option<Rect> {
        let at = head.checked_sub(self.first)?;
        let x = self.area.x as usize + (at % self.across) * (self.width() + 1);
        let y = self.area.y as usize + (at / self.across) * self.height();
        let fits = x + self.width() <= self.area.right() as usize
            && y + self.height() <= self.area.bottom() as usize;
        (head < self.heads && fits).then(|| {
            Rect::new(
                x as u16,
                y as u16,
                self.width() as u16,
                self.height() as u16,
            )
        })
    }

    pub fn hit(&self, at: Position) -> Option<usize> {
        (self.first..self.heads).find(|&h| self.place(h).is_some_and(|r| r.contains(at)))
    }
}

/// Draw `data`, `[heads, rows, cols]` row-major of the given shape. Dots stand where all that a pixel covers
/// is `masked`, by the pixel's row and column.
pub fn draw(
    buf: &mut Buffer,
    theme: Theme,
    grid: &Grid,
    (shape, data): (&[usize], &[f64]),
    scale: Scale,
    masked: &dyn Fn(usize, usize) -> bool,
    chosen: usize,
) {
    let &[heads, rows, cols] = shape else { return };
    for head in grid.first..heads.min(grid.heads) {
        let Some(area) = grid.place(head) else { break };
        let (label, style) = if head == chosen {
            (format!("▸{head}"), theme.current())
        } else {
            (format!(" {head}"), theme.dim())
        };
        text::put(buf, area, area.x, area.y, &label, style);
        let dark = |y: usize, x: usize| {
            let (r, c) = (y / grid.zoom, x / grid.zoom);
            r < rows && c < cols && masked(r, c)
        };
        let pixel = |y: usize, x: usize| {
            let (r, c) = (y / grid.zoom, x / grid.zoom);
            let inside = r < rows && c < cols;
            let value = data.get((head * rows + r) * cols + c);
            value.filter(|_| inside).copied()
        };
        for line in 1..area.height {
            for x in 0..area.width {
                let top = pixel((line as usize - 1) * 2, x as usize);
                let below = pixel((line as usize - 1) * 2 + 1, x as usize);
                let y = (line as usize - 1) * 2;
                let dark = [dark(y, x as usize), dark(y + 1, x as usize)];
                let Some(cell) = buf.cell_mut((area.x + x, area.y + line)) else {
                    continue;
                };
                if matches!(theme.depth, Depth::None | Depth::Ansi16) {
                    if let Some(value) = top.or(below) {
                        cell.set_char(shade(strength(scale, value)));
                    }
                    continue;
                }
                let color = |v: Option<f64>| v.and_then(|v| paint(theme, scale, v).bg);
                let mut style = Style::new();
                style.fg = color(top.filter(|_| !dark[0]));
                style.bg = color(below.filter(|_| !dark[1]));
                // A half-block without a colour would have the text's.
                match (style.fg, style.bg) {
                    _ if dark[0] && (dark[1] || below.is_none()) => {
                        cell.set_char('·').set_style(theme.faint())
                    }
                    (Some(_), _) => cell.set_char('▀').set_style(style),
                    (None, Some(color)) => cell.set_char('▄').set_style(Style::new().fg(color)),
                    (None, None) => cell,
                };
            }
        }
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

    #[test]
    fn all_heads_fit_when_they_can_and_the_chosen_one_is_always_seen() {
        let area = Rect::new(0, 0, 30, 10);
        let grid = Grid::new(area, 4, 4, 4, 0);
        assert!((0..4).all(|h| grid.place(h).is_some()), "{grid:?}");
        let at = grid.place(2).unwrap();
        assert_eq!(grid.hit(Position::new(at.x, at.y)), Some(2));
        for chosen in 0..64 {
            let grid = Grid::new(Rect::new(0, 0, 20, 6), 64, 500, 500, chosen);
            assert!(grid.place(chosen).is_some(), "{chosen} {grid:?}");
        }
        Grid::new(Rect::new(0, 0, 0, 0), 4, 0, 0, 0);
    }

    #[test]
    fn a_masked_pixel_does_not_hide_the_one_below() {
        let area = Rect::new(0, 0, 8, 4);
        let mut buf = Buffer::empty(area);
        let grid = Grid::new(area, 1, 4, 4, 0);
        let theme = Theme::new(Depth::True, crate::tui::theme::Ground::Dark);
        let data = (&[1, 4, 4][..], &[0.9; 16][..]);
        draw(
            &mut buf,
            theme,
            &grid,
            data,
            Scale::Probability,
            &|r, c| c > r,
            0,
        );
        let line = |y: u16| (0..4).map(|x| buf[(x, y)].symbol()).collect::<String>();
        assert_eq!([line(1), line(2)], ["▀▄··", "▀▀▀▄"]);
    }
}
