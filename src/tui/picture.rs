//! The screen as an SVG picture: cells of a buffer with their colours.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::theme::Ground;
use super::widgets::text::width;
use crate::session::export::colour::Rgb;

/// Pixels of a cell.
const WIDTH: u16 = 8;
const HEIGHT: u16 = 17;
/// From the top of a cell to the line that letters stand on.
const BASE: u16 = 13;

/// The part of a buffer as a picture, its text as text.
pub fn svg(buf: &Buffer, area: Rect, ground: Ground) -> String {
    let area = area.intersection(buf.area);
    let (w, h) = (area.width * WIDTH, area.height * HEIGHT);
    let (ink, paper) = match ground {
        Ground::Dark => ((214, 218, 224), (18, 20, 26)),
        Ground::Light => ((30, 32, 36), (255, 255, 255)),
    };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" font-size=\"13\" \
         font-family=\"'DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace\">\n\
         <rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n",
        hex(paper)
    );
    for row in 0..area.height {
        let mut column = 0;
        while column < area.width {
            let cell = &buf[(area.x + column, area.y + row)];
            let wide = width(cell.symbol()).max(1);
            let (fg, bg) = colours(cell, ink, paper);
            let (x, y) = (column * WIDTH, row * HEIGHT);
            if bg != paper {
                let _ = writeln!(
                    out,
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{HEIGHT}\" fill=\"{}\"/>",
                    wide * WIDTH,
                    hex(bg)
                );
            }
            if !cell.symbol().trim().is_empty() {
                let weight = if cell.modifier.contains(Modifier::BOLD) {
                    " font-weight=\"bold\""
                } else {
                    ""
                };
                let faint = if cell.modifier.contains(Modifier::DIM) {
                    " opacity=\"0.6\""
                } else {
                    ""
                };
                let _ = writeln!(
                    out,
                    "<text x=\"{x}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" \
                     fill=\"{}\"{weight}{faint}>{}</text>",
                    y + BASE,
                    wide * WIDTH,
                    hex(fg),
                    escaped(cell.symbol())
                );
            }
            column += wide;
        }
    }
    out + "</svg>\n"
}

fn colours(cell: &Cell, ink: Rgb, paper: Rgb) -> (Rgb, Rgb) {
    let (fg, bg) = (rgb(cell.fg, ink), rgb(cell.bg, paper));
    if cell.modifier.contains(Modifier::REVERSED) {
        (bg, fg)
    } else {
        (fg, bg)
    }
}

/// A colour by the values that xterm gives it.
fn rgb(colour: Color, own: Rgb) -> Rgb {
    const NAMED: [Rgb; 16] = [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ];
    let index = match colour {
        Color::Reset => return own,
        Color::Rgb(r, g, b) => return (r, g, b),
        Color::Indexed(i) => i,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match index {
        0..16 => NAMED[usize::from(index)],
        16..232 => {
            let cube = index - 16;
            (step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        _ => [8 + 10 * (index - 232); 3].into(),
    }
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn cells_keep_their_text_width_and_colours() {
        let area = Rect::new(0, 0, 8, 2);
        let mut buf = Buffer::empty(area);
        buf.set_string(0, 0, "民 <", Style::new().fg(Color::Rgb(1, 2, 3)));
        buf.set_string(0, 1, "x", Style::new().bg(Color::Indexed(196)));
        let svg = svg(&buf, area, Ground::Light);
        assert!(
            svg.contains(
                "textLength=\"16\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#010203\">民<"
            )
        );
        assert!(
            svg.contains("<text x=\"24\"") && svg.contains(">&lt;<"),
            "{svg}"
        );
        assert!(svg.contains("fill=\"#ff0000\""), "{svg}");
        assert_eq!(svg.matches("<text").count(), 3);
    }
}
