//! How thumbnails lie in an area.

use ratatui::layout::{Position, Rect};

/// Screen pixels of the side of a picture at least.
const SMALLEST: usize = 4;

/// Pixels of all thumbnails on the screen at most.
const SHARPEST: usize = 1 << 16;

/// How thumbnails lie in an area: each with the head's number and labels of columns in the line above it, and
/// labels of rows beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    pub(super) area: Rect,
    /// Pixels to ask for.
    pub rows: usize,
    pub cols: usize,
    /// Screen pixels that they take: columns, and halves of lines.
    pub(super) wide: usize,
    pub(super) high: usize,
    pub(super) across: usize,
    /// The first head shown.
    pub(super) first: usize,
    pub(super) heads: usize,
    pub(super) chosen: usize,
    /// Columns for labels of rows; without any, columns have no labels either.
    pub(super) gutter: usize,
}

/// Columns that labels of rows may have, with a space: the most where pictures lose little by it.
const GUTTERS: [usize; 3] = [6, 4, 3];

impl Grid {
    /// `rows` and `cols` are the tensor's own, and labels of rows take so many columns; a screen pixel is half a
    /// character cell. Pictures have the pixels of a cell themselves.
    pub fn new(
        area: Rect,
        heads: usize,
        (rows, cols): (usize, usize),
        label: u16,
        chosen: usize,
        pixels: Option<(u16, u16)>,
    ) -> Grid {
        let size = (rows.max(1), cols.max(1));
        let plain = Grid::largest(area, heads, size, 0);
        let gutters = GUTTERS.map(|gutter| gutter.min(usize::from(label).max(2) + 1));
        let labelled = gutters.map(|gutter| Grid::largest(area, heads, size, gutter));
        let as_good = |grid: &Grid| {
            let fits = grid.width() <= area.width as usize;
            fits && 3 * grid.pixels() >= 2 * plain.pixels()
                && grid.seen() >= plain.seen().min(heads)
        };
        let mut grid = labelled.into_iter().find(as_good).unwrap_or(plain);
        let down = grid.seen() / grid.across;
        grid.chosen = chosen;
        if let Some((wide, high)) = pixels {
            grid.sharpen((rows, cols), (wide.into(), high.into()));
        }
        grid.first = (chosen / grid.across).saturating_sub(down.max(1) - 1) * grid.across;
        grid
    }

    /// Ask for as many pixels as pictures have, up to what is drawn within a frame's time.
    fn sharpen(&mut self, (rows, cols): (usize, usize), (wide, high): (usize, usize)) {
        let seen = self.seen().min(self.heads).max(1);
        let (most_rows, most_cols) = (self.high * high / 2, self.wide * wide);
        let size = |part: usize| {
            let of = |all: usize, most: usize, least: usize| all.min((most / part).max(least));
            (
                of(rows, most_rows, self.rows),
                of(cols, most_cols, self.cols),
            )
        };
        let fits = |(rows, cols): &(usize, usize)| rows * cols * seen <= SHARPEST;
        let found = (1..=high.max(wide)).map(size).find(fits);
        (self.rows, self.cols) = found.unwrap_or((self.rows, self.cols));
    }

    /// The largest pictures with which all heads fit; the smallest where not all do.
    fn largest(area: Rect, heads: usize, (rows, cols): (usize, usize), gutter: usize) -> Grid {
        let smallest = Grid {
            area,
            rows: rows.min(SMALLEST),
            cols: cols.min(SMALLEST),
            wide: cols.min(SMALLEST),
            high: rows.min(SMALLEST),
            across: 1,
            first: 0,
            heads,
            chosen: 0,
            gutter,
        };
        let (width, height) = (area.width as usize, area.height as usize);
        let fit = |across: usize| {
            let down = heads.div_ceil(across);
            let wide = ((width + 1) / across).checked_sub(1 + gutter)?;
            let high = 2 * (height / down).checked_sub(1)?;
            if wide < SMALLEST.min(cols) || high < SMALLEST.min(rows) {
                return None;
            }
            // Neither way more than twice as large as the other.
            let wide = wide.min(2 * high * cols / rows).max(1);
            let high = high.min(2 * wide * rows / cols).max(1);
            Some(Grid {
                rows: rows.min(high),
                cols: cols.min(wide),
                wide: even(wide, cols),
                high: even(high, rows),
                across,
                ..smallest
            })
        };
        let fitting = (1..=heads).filter_map(fit);
        fitting.max_by_key(Grid::pixels).unwrap_or_else(|| Grid {
            across: ((width + 1) / (smallest.width() + 1)).clamp(1, heads.max(1)),
            ..smallest
        })
    }

    /// Whether rows and columns have names.
    pub fn has_names(&self) -> bool {
        self.gutter > 0
    }

    /// Screen pixels of a picture.
    fn pixels(&self) -> usize {
        self.wide * self.high
    }

    /// Pictures that are seen at once.
    fn seen(&self) -> usize {
        self.across * (self.area.height as usize / self.height())
    }

    /// Columns of a picture with the labels beside it.
    fn width(&self) -> usize {
        (self.gutter + self.wide).max(3)
    }

    /// Lines of a picture with its number above.
    fn height(&self) -> usize {
        self.high.div_ceil(2) + 1
    }

    pub(super) fn place(&self, head: usize) -> Option<Rect> {
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

/// So many pixels for so many cells: as many for each where that costs little.
fn even(pixels: usize, cells: usize) -> usize {
    match pixels / cells {
        each @ 3.. => each * cells,
        _ => pixels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_take_the_room_there_is() {
        for (area, heads, rows) in [
            ((40, 20), 9, 38),
            ((30, 10), 9, 38),
            ((30, 22), 4, 4),
            ((118, 30), 12, 300),
            ((118, 30), 1, 38),
        ] {
            let area = Rect::new(0, 0, area.0, area.1);
            let grid = Grid::new(area, heads, (rows, rows), 4, 0, None);
            assert!((0..heads).all(|h| grid.place(h).is_some()), "{grid:?}");
            let taken = heads * grid.width() * grid.height();
            let all = (area.width * area.height) as usize;
            assert!(taken * 2 >= all, "{taken} of {all}: {grid:?}");
        }
    }

    #[test]
    fn pictures_are_as_sharp_as_a_frame_has_time_for() {
        let area = Rect::new(0, 0, 30, 20);
        let plain = Grid::new(area, 4, (300, 300), 4, 0, None);
        let sharp = Grid::new(area, 4, (300, 300), 4, 0, Some((8, 16)));
        assert!(sharp.rows > 2 * plain.rows && sharp.cols > 2 * plain.cols);
        assert_eq!((sharp.wide, sharp.high), (plain.wide, plain.high));
        for heads in [1, 16] {
            let area = Rect::new(0, 0, 198, 56);
            let grid = Grid::new(area, heads, (4000, 4000), 4, 0, Some((12, 24)));
            let all = grid.rows * grid.cols * heads;
            assert!((SHARPEST / 4..=SHARPEST).contains(&all), "{all}: {grid:?}");
        }
        // No more than there is.
        let few = Grid::new(area, 4, (5, 7), 4, 0, Some((8, 16)));
        assert_eq!((few.rows, few.cols), (5, 7));
    }

    #[test]
    fn all_heads_fit_when_they_can_and_the_chosen_one_is_always_seen() {
        let area = Rect::new(0, 0, 30, 10);
        let grid = Grid::new(area, 4, (4, 4), 2, 0, None);
        assert!((0..4).all(|h| grid.place(h).is_some()), "{grid:?}");
        let at = grid.place(2).unwrap();
        assert_eq!(grid.hit(Position::new(at.x, at.y)), Some(2));
        for chosen in 0..64 {
            let grid = Grid::new(Rect::new(0, 0, 20, 6), 64, (500, 500), 9, chosen, None);
            assert!(grid.place(chosen).is_some(), "{chosen} {grid:?}");
        }
        Grid::new(Rect::new(0, 0, 0, 0), 4, (0, 0), 0, 0, None);
    }
}
