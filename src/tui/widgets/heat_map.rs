//! A heat map: half-blocks, two pixels a cell, and where the terminal shows pictures a picture in their place.
//!
//! Drawing puts half-blocks, or coloured cells, into the buffer in any case, and notes which map they stand for.
//! Whoever shows the buffer puts the picture there where the cells are still the map's own: what lies over a map is
//! read over its half-blocks.

use std::cell::RefCell;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::super::theme::Theme;
use crate::session::export::colour::Rgb;

/// A pixel of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pixel {
    /// The terminal's own background.
    Empty,
    /// A cell that a mask hides: a dot.
    Masked,
    Colour(Rgb),
}

impl Pixel {
    /// The pixel in the colour of a terminal.
    pub fn of(color: Option<Color>) -> Pixel {
        color
            .and_then(Theme::rgb)
            .map_or(Pixel::Empty, Pixel::Colour)
    }
}

/// A mark on a map, at shares of its width and height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    pub at: (f64, f64),
    pub colour: Rgb,
    /// Filled, or a ring.
    pub full: bool,
    /// Drawn larger than others.
    pub large: bool,
}

pub struct Map<'a> {
    /// Pixels across and down.
    pub size: (usize, usize),
    pub pixel: &'a dyn Fn(usize, usize) -> Pixel,
    /// Whether places between pixels have colours between theirs.
    pub smooth: bool,
    /// The selected pixel.
    pub chosen: Option<(usize, usize)>,
}

/// A map as it lies on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub area: Rect,
    /// The cells that stand for it.
    pub under: Vec<Cell>,
    /// Lines that it takes, in halves.
    pub halves: u16,
    pub size: (usize, usize),
    pub pixels: Vec<Pixel>,
    pub smooth: bool,
    pub chosen: Option<(usize, usize)>,
    pub dots: Vec<Dot>,
    /// The colours of dots of masked pixels and of the frame around the selected one.
    pub faint: Rgb,
    pub ink: Rgb,
}

thread_local! {
    /// The maps of the frame that this thread draws, while it draws one for a terminal that shows pictures.
    static FRAME: RefCell<Option<Vec<Placed>>> = const { RefCell::new(None) };
}

/// Draw, and say which maps were drawn.
pub fn collect<T>(draw: impl FnOnce() -> T) -> (T, Vec<Placed>) {
    FRAME.set(Some(Vec::new()));
    let drawn = draw();
    (drawn, FRAME.take().unwrap_or_default())
}

/// Draw a map in half-blocks over so many halves of lines of the area, and note it.
pub fn paint(buf: &mut Buffer, area: Rect, halves: u16, theme: Theme, map: &Map) {
    let (wide, high) = map.size;
    let whole = area;
    let area = area.intersection(buf.area);
    let pixel = |column: u16, half: u16| {
        let x = usize::from(column) * wide / usize::from(whole.width.max(1));
        let y = usize::from(half) * high / usize::from(halves.max(1));
        if half < halves && x < wide && y < high {
            (map.pixel)(x, y)
        } else {
            Pixel::Empty
        }
    };
    for line in 0..area.height {
        for column in 0..area.width {
            let Some(cell) = buf.cell_mut((area.x + column, area.y + line)) else {
                continue;
            };
            let color = |rgb: Rgb| theme.color(rgb);
            match (pixel(column, 2 * line), pixel(column, 2 * line + 1)) {
                (Pixel::Colour(above), below) => {
                    let style = Style::new().fg(color(above));
                    let style = match below {
                        Pixel::Colour(below) => style.bg(color(below)),
                        _ => style,
                    };
                    cell.set_char('▀').set_style(style)
                }
                // A half-block without a colour would have the text's.
                (_, Pixel::Colour(below)) => {
                    cell.set_char('▄').set_style(Style::new().fg(color(below)))
                }
                (Pixel::Masked, _) => cell.set_char('·').set_style(theme.faint()),
                _ => cell,
            };
        }
    }
    place(buf, whole, halves, theme, map);
}

/// Note a map that cells of the area stand for already.
pub fn over(buf: &Buffer, area: Rect, theme: Theme, map: &Map) {
    place(buf, area, area.height.saturating_mul(2), theme, map);
}

fn place(buf: &Buffer, area: Rect, halves: u16, theme: Theme, map: &Map) {
    let wanted = theme.pixels().is_some() && area.intersection(buf.area) == area;
    // A picture of one column would have its neighbour where the terminal leaves its cursor.
    if !wanted || area.width < 2 || area.is_empty() {
        return;
    }
    FRAME.with_borrow_mut(|frame| {
        let Some(frame) = frame else { return };
        let (wide, high) = map.size;
        let places = (0..high).flat_map(|y| (0..wide).map(move |x| (x, y)));
        let pixels: Vec<Pixel> = places.map(|(x, y)| (map.pixel)(x, y)).collect();
        if pixels.is_empty() {
            return;
        }
        let rgb = |style: Style, other: Rgb| style.fg.and_then(Theme::rgb).unwrap_or(other);
        frame.push(Placed {
            area,
            under: cells(buf, area),
            halves,
            size: map.size,
            pixels,
            smooth: map.smooth,
            chosen: map.chosen,
            dots: Vec::new(),
            faint: rgb(theme.faint(), (128, 128, 128)),
            ink: theme.ink(),
        });
    });
}

/// Note marks that were drawn over the map of this area: its picture has them too.
pub fn mark(buf: &Buffer, area: Rect, dots: Vec<Dot>) {
    FRAME.with_borrow_mut(|frame| {
        let placed = frame.iter_mut().flatten().rfind(|map| map.area == area);
        if let Some(placed) = placed {
            placed.under = cells(buf, area);
            placed.dots = dots;
        }
    });
}

fn cells(buf: &Buffer, area: Rect) -> Vec<Cell> {
    area.positions().map(|at| buf[at].clone()).collect()
}

impl Placed {
    /// Whether nothing lies over the cells that stand for the map.
    pub fn is_clear(&self, buf: &Buffer) -> bool {
        self.area.intersection(buf.area) == self.area
            && (self.area.positions().zip(&self.under)).all(|(at, cell)| buf[at] == *cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::graphics::{self, Protocol};
    use crate::tui::theme::{Depth, Ground};

    fn theme() -> Theme {
        graphics::fit((10, 10), (80, 160));
        Theme::new(Depth::True, Ground::Dark).with_graphics(Some(Protocol::Kitty))
    }

    const RED: Pixel = Pixel::Colour((200, 0, 0));

    fn map<'a>(pixel: &'a dyn Fn(usize, usize) -> Pixel) -> Map<'a> {
        Map {
            size: (4, 4),
            pixel,
            smooth: false,
            chosen: None,
        }
    }

    #[test]
    fn a_map_is_noted_while_its_cells_are_its_own() {
        let area = Rect::new(1, 1, 4, 2);
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 4));
        let corner = |x, y| if x + y == 0 { RED } else { Pixel::Empty };
        let ((), maps) = collect(|| paint(&mut buf, area, 4, theme(), &map(&corner)));
        assert_eq!(buf[(1, 1)].symbol(), "▀");
        assert_eq!((maps.len(), maps[0].pixels[0]), (1, RED));
        assert!(maps[0].is_clear(&buf));
        buf[(4, 2)].set_char('x');
        assert!(!maps[0].is_clear(&buf));
    }

    #[test]
    fn nothing_is_noted_where_no_picture_is_shown() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 4));
        let red = |_, _| RED;
        let area = Rect::new(0, 0, 4, 2);
        let themes = [
            theme().with_graphics(None),
            Theme::new(Depth::None, Ground::Dark).with_graphics(Some(Protocol::Sixel)),
            Theme::new(Depth::Ansi16, Ground::Dark).with_graphics(Some(Protocol::Sixel)),
        ];
        for theme in themes {
            let ((), maps) = collect(|| paint(&mut buf, area, 4, theme, &map(&red)));
            assert_eq!(maps, []);
        }
        // Nor outside of a frame, nor beyond the buffer.
        paint(&mut buf, area, 4, theme(), &map(&red));
        let beyond = Rect::new(6, 0, 4, 2);
        let ((), maps) = collect(|| paint(&mut buf, beyond, 4, theme(), &map(&red)));
        assert_eq!(maps, []);
    }
}
