//! The legend of the colours of cells: samples from the least value to the greatest, between these.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::theme::{Depth, Theme};
use super::matrix::heat;
use super::number;
use super::scale::Scale;
use super::text;

/// Samples of the scale.
const SAMPLES: u16 = 9;

/// The values at the ends.
fn ends(scale: Scale) -> (String, String) {
    match scale {
        Scale::Probability => ("0".into(), "1".into()),
        Scale::Signed(most) => (number::text(-most), number::text(most)),
    }
}

/// Columns it takes.
pub fn width(scale: Scale) -> u16 {
    let (least, most) = ends(scale);
    text::width(&least) + text::width(&most) + SAMPLES + 4
}

/// Draw it from the left end of `area`, in its first line.
pub fn draw(buf: &mut Buffer, area: Rect, theme: Theme, scale: Scale) {
    let (least, most) = ends(scale);
    let mut x = text::put(
        buf,
        area,
        area.x,
        area.y,
        &format!(" {least} "),
        theme.dim(),
    );
    let mut sample = String::new();
    for i in 0..SAMPLES {
        let t = f64::from(i) / f64::from(SAMPLES - 1);
        let (value, style) = match scale {
            Scale::Probability => (t, theme.level(t)),
            Scale::Signed(most) => ((2.0 * t - 1.0) * most, theme.signed(2.0 * t - 1.0)),
        };
        heat(&mut sample, theme, scale, value, 1);
        if theme.depth == Depth::Ansi16 {
            sample = "■".into();
        }
        x = text::put(buf, area, x, area.y, &sample, style);
    }
    text::put(buf, area, x, area.y, &format!(" {most} "), theme.dim());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Ground;

    fn drawn(theme: Theme, scale: Scale) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, width(scale), 1));
        let area = buf.area;
        draw(&mut buf, area, theme, scale);
        buf
    }

    #[test]
    fn a_legend_goes_from_the_least_value_to_the_greatest() {
        let plain = drawn(Theme::new(Depth::None, Ground::Dark), Scale::Signed(2.5));
        assert_eq!(crate::tui::draw::text(&plain), " -2.500 █▓▒░·░▒▓█ 2.500\n");
        for ground in [Ground::Dark, Ground::Light] {
            let theme = Theme::new(Depth::True, ground);
            let buf = drawn(theme, Scale::Probability);
            assert_eq!(crate::tui::draw::text(&buf), " 0           1\n");
            assert_eq!(buf[(11, 0)].style().bg, theme.level(1.0).bg);
            let buf = drawn(theme, Scale::Signed(1.0));
            assert_eq!(buf[(8, 0)].style().bg, theme.signed(-1.0).bg);
            assert_eq!(buf[(16, 0)].style().bg, theme.signed(1.0).bg);
        }
    }
}
