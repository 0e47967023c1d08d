//! The product as people write it by hand: B above C, A to its left, so that the row and the column of a cell meet in
//! it. The products of the cell stand in the corner.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::super::super::theme::Theme;
use super::super::super::widgets::{frame, text};
use super::view::View;
use crate::lang::{say, say_with};
use crate::play::matrix::command::Thing;
use crate::play::matrix::model::{Product, Shown};
use crate::play::matrix::words::{factor, number};

/// Columns that the products of a cell want.
const CORNER: u16 = 30;

/// The part of a matrix that is seen, and where.
#[derive(Clone, Copy)]
struct Grid {
    area: Rect,
    rows: usize,
    columns: usize,
    /// Columns of the screen for a number.
    width: u16,
    first: (usize, usize),
}

impl Grid {
    /// The part of the matrix that fits, with one cell in it.
    fn new(area: Rect, (rows, columns): (usize, usize), width: u16, cell: (usize, usize)) -> Grid {
        let inner = area.inner(Margin::new(1, 1));
        let fits = (
            usize::from(inner.height).max(1),
            usize::from(inner.width / width.max(1)).max(1),
        );
        let first = |at: usize, all: usize, fits: usize| {
            (at + 1).saturating_sub(fits).min(all.saturating_sub(fits))
        };
        Grid {
            area,
            rows,
            columns,
            width,
            first: (first(cell.0, rows, fits.0), first(cell.1, columns, fits.1)),
        }
    }

    fn place(&self, row: usize, column: usize) -> Option<Rect> {
        let inner = self.area.inner(Margin::new(1, 1));
        let y = inner.y + row.checked_sub(self.first.0)? as u16;
        let x = inner.x + column.checked_sub(self.first.1)? as u16 * self.width;
        let place = Rect::new(x, y, self.width, 1);
        (place.right() <= inner.right() && y < inner.bottom()).then_some(place)
    }

    fn draw(
        &self,
        buf: &mut Buffer,
        theme: Theme,
        (title, focused): (&str, bool),
        cell: impl Fn(usize, usize) -> (String, Style),
    ) {
        let style = if focused {
            theme.current()
        } else {
            theme.dim()
        };
        let title = Line::styled(format!(" {title} "), style);
        frame::draw(buf, self.area, theme, focused, title);
        let mut seen = 0;
        for row in 0..self.rows {
            for column in 0..self.columns {
                let Some(place) = self.place(row, column) else {
                    continue;
                };
                seen += 1;
                let (words, style) = cell(row, column);
                let words = text::cut(&words, self.width - 1);
                let x = place.right() - 1 - text::width(&words);
                text::put(buf, place, x, place.y, &words, style);
            }
        }
        if seen < self.rows * self.columns {
            let note = say_with(
                "matrix-part",
                &[
                    ("seen", seen.to_string().into()),
                    ("all", (self.rows * self.columns).to_string().into()),
                ],
            );
            frame::note(buf, self.area, &note, theme.dim());
        }
    }

    fn hit(&self, at: Position) -> Option<(usize, usize)> {
        let cells = (0..self.rows).flat_map(|row| (0..self.columns).map(move |col| (row, col)));
        let mut cells = cells.filter_map(|(row, col)| Some(((row, col), self.place(row, col)?)));
        cells
            .find(|(_, place)| place.contains(at))
            .map(|(cell, _)| cell)
    }
}

/// Where everything lies.
struct Layout {
    a: Grid,
    b: Grid,
    c: Grid,
    corner: Rect,
}

fn layout(view: &View, area: Rect) -> Layout {
    let product = view.play.product();
    let (a, b) = (&product.a, &product.b);
    let all = a.all().iter().chain(b.all()).flatten().copied();
    // Numbers of C are known beforehand, so that nothing moves when they land.
    let sums = (0..a.rows()).flat_map(|i| (0..b.columns()).map(move |j| (i, j)));
    let sums = sums
        .filter(|_| product.fits())
        .map(|(i, j)| product.sum(i, j, a.columns()));
    let widest = all.chain(sums).map(|x| text::width(&number(x)));
    let width = widest.max().unwrap_or(1).max(2) + 2;
    let wide = |columns: usize| columns as u16 * width + 2;
    let high = |rows: usize| rows as u16 + 2;
    let share = |one: u16, other: u16, room: u16| {
        let least = room / 3;
        if one + other <= room {
            one
        } else {
            (room * one / (one + other)).clamp(least, room.saturating_sub(least))
        }
    };
    let (left, right) = (wide(a.columns()), wide(b.columns()));
    let left = share(left.max(CORNER), right, area.width);
    let right = right.min(area.width.saturating_sub(left));
    let top = share(high(b.rows()), high(a.rows()), area.height);
    let below = high(a.rows()).min(area.height.saturating_sub(top));
    // All of it in the middle.
    let x = area.x + (area.width - left - right) / 2;
    let area = Rect {
        y: area.y + (area.height - top - below) / 3,
        ..area
    };
    let a_width = wide(a.columns()).min(left);
    let rect = |x: u16, y: u16, w: u16, h: u16| Rect::new(x, y, w, h);
    let a_area = rect(x + left - a_width, area.y + top, a_width, below);
    let b_area = rect(x + left, area.y, right, top);
    let c_area = rect(x + left, area.y + top, right, below);
    let shown = product.shown();
    let at = shown.map_or((0, 0), |s| (s.row, s.column));
    let last = shown.map_or(0, |s| s.products - 1);
    let of = |thing: Thing, step: (usize, usize)| {
        if product.at == 0 && view.matrix == thing {
            view.cell
        } else {
            step
        }
    };
    let size = |m: &crate::play::matrix::model::Matrix| (m.rows(), m.columns());
    Layout {
        a: Grid::new(a_area, size(a), width, of(Thing::A, (at.0, last))),
        b: Grid::new(b_area, size(b), width, of(Thing::B, (last, at.1))),
        c: Grid::new(c_area, (a.rows(), b.columns()), width, at),
        corner: rect(x, area.y, left.saturating_sub(1), top),
    }
}

/// The number of a matrix at this place of the screen.
pub fn hit(view: &View, area: Rect, at: Position) -> Option<(Thing, (usize, usize))> {
    let layout = layout(view, area);
    let in_a = layout.a.hit(at).map(|cell| (Thing::A, cell));
    in_a.or_else(|| layout.b.hit(at).map(|cell| (Thing::B, cell)))
}

pub fn draw(buf: &mut Buffer, area: Rect, view: &View) {
    let theme = view.base.theme;
    let product = view.play.product();
    let layout = layout(view, area);
    let shown = product.shown().filter(|_| product.fits());
    let focused = |thing| view.matrix == thing && !view.base.line.is_open();
    let chosen = |thing, cell| view.matrix == thing && view.cell == cell;
    layout.a.draw(buf, theme, ("A", focused(Thing::A)), |i, j| {
        let lit = shown.is_some_and(|s| s.row == i);
        let now = shown.is_some_and(|s| lit && !s.landed && s.products == j + 1);
        let style = lit_style(theme, lit, now, chosen(Thing::A, (i, j)));
        (number(product.a.get(i, j)), style)
    });
    layout.b.draw(buf, theme, ("B", focused(Thing::B)), |i, j| {
        let lit = shown.is_some_and(|s| s.column == j);
        let now = shown.is_some_and(|s| lit && !s.landed && s.products == i + 1);
        let style = lit_style(theme, lit, now, chosen(Thing::B, (i, j)));
        (number(product.b.get(i, j)), style)
    });
    layout.c.draw(buf, theme, ("C", false), |i, j| {
        let here = shown.is_some_and(|s| (s.row, s.column) == (i, j));
        match (product.cell(i, j), shown) {
            (Some(x), _) if here => (number(x), theme.cursor()),
            (Some(x), _) => (number(x), theme.text()),
            (None, Some(s)) if here => (
                number(product.sum(i, j, s.products)),
                theme.current().patch(theme.selected()),
            ),
            _ if product.fits() => ("·".into(), theme.dim()),
            _ => (String::new(), theme.dim()),
        }
    });
    corner(buf, layout.corner, view, shown);
}

/// A number of a row or column that is multiplied, of the two that meet now, or under the cursor.
fn lit_style(theme: Theme, lit: bool, now: bool, chosen: bool) -> Style {
    let style = match (lit, now) {
        (_, true) => theme.cursor(),
        (true, false) => theme.current().patch(theme.selected()),
        _ => theme.text(),
    };
    if chosen && !now {
        return style.add_modifier(ratatui::style::Modifier::UNDERLINED);
    }
    style
}

/// The products of the cell, and the sum as it grows.
fn corner(buf: &mut Buffer, area: Rect, view: &View, shown: Option<Shown>) {
    let theme = view.base.theme;
    let product = view.play.product();
    let Some(shown) = shown else {
        return;
    };
    let area = area.inner(Margin::new(1, 0));
    let title = say_with(
        "matrix-cell",
        &[
            ("row", (shown.row + 1).to_string().into()),
            ("column", (shown.column + 1).to_string().into()),
        ],
    );
    text::put(buf, area, area.x, area.y, &title, theme.strong());
    let lines = usize::from(area.height.saturating_sub(2));
    let first = shown.products.saturating_sub(lines);
    let terms: Vec<[String; 3]> = (0..shown.products)
        .map(|k| term(product, shown, k))
        .collect();
    let width = |i: usize| terms.iter().map(|t| text::width(&t[i])).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    for (line, k) in (first..shown.products).enumerate() {
        let y = area.y + 1 + line as u16;
        let now = k + 1 == shown.products && !shown.landed;
        let style = if now { theme.current() } else { theme.text() };
        let [pair, made, sum] = &terms[k];
        let right = |end: u16, words: &str| end.saturating_sub(text::width(words));
        let mut end = area.x + widths[0];
        text::put(buf, area, right(end, pair), y, pair, style);
        text::put(buf, area, end, y, " = ", theme.dim());
        end += 3 + widths[1];
        text::put(buf, area, right(end, made), y, made, style);
        text::put(buf, area, end, y, "  Σ ", theme.dim());
        end += 4 + widths[2];
        text::put(buf, area, right(end, sum), y, sum, style);
    }
    if shown.landed {
        let y = area.y + 1 + (shown.products - first) as u16;
        let sum = number(product.sum(shown.row, shown.column, shown.products));
        let args = [("sum", sum.into())];
        let words = say_with("matrix-landed", &args);
        text::put(buf, area, area.x, y, &words, theme.done());
    } else if shown.products < product.a.columns() {
        let y = area.y + 1 + (shown.products - first) as u16;
        text::put(buf, area, area.x, y, say("matrix-more"), theme.dim());
    }
}

/// A product, its value, and the sum with it.
fn term(product: &Product, shown: Shown, k: usize) -> [String; 3] {
    let (x, w) = (product.a.get(shown.row, k), product.b.get(k, shown.column));
    [
        format!("{} × {}", number(x), factor(w)),
        number(x * w),
        number(product.sum(shown.row, shown.column, k + 1)),
    ]
}
