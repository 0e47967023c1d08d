//! Surfaces: what neurons and features make of the plane, in half-blocks of two colours, or in shades.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::play::playground::data::RADIUS;
use crate::play::playground::feature::Feature;
use crate::play::playground::network::{Network, Row};
use crate::tui::theme::Theme;
use crate::tui::widgets::heat_map::{self, Map, Pixel};

/// The part of a colour that is left of what is switched off.
const FADED: f64 = 0.3;

/// The outputs of every layer at each pixel, row by row from the highest y.
pub fn planes(network: &Network, features: &[Feature], wide: usize, high: usize) -> Vec<Vec<Row>> {
    let mut values = network.values();
    let mut inputs = vec![0.0; features.len()];
    let mut out: Vec<Vec<Row>> = vec![Vec::with_capacity(wide * high); network.layers.len()];
    for row in 0..high {
        for column in 0..wide {
            let (x, y) = place(column, row, wide, high);
            for (input, feature) in inputs.iter_mut().zip(features) {
                *input = feature.of(x, y);
            }
            network.forward(&inputs, &mut values);
            for (plane, values) in out.iter_mut().zip(&values) {
                plane.push(values.outputs);
            }
        }
    }
    out
}

/// The middle of a pixel in the plane.
pub fn place(column: usize, row: usize, wide: usize, high: usize) -> (f64, f64) {
    let along = |at: usize, n: usize| ((at as f64 + 0.5) / n as f64 * 2.0 - 1.0) * RADIUS;
    (along(column, wide), -along(row, high))
}

/// Paint a plane of one pixel a column and two a line, on so many halves of lines. A picture of it is smooth where the
/// values are.
pub fn paint(
    buf: &mut Buffer,
    area: Rect,
    halves: u16,
    theme: Theme,
    (faded, smooth): (bool, bool),
    value: impl Fn(usize, usize) -> f64,
) {
    let fade = |t: f64| if faded { t.clamp(-1.0, 1.0) * FADED } else { t };
    let map = Map {
        size: (area.width.into(), halves.into()),
        pixel: &|x, y| Pixel::of(theme.plane(fade(value(x, y)))),
        smooth,
        chosen: None,
    };
    if theme.plane(0.0).is_some() {
        heat_map::paint(buf, area, halves, theme, &map);
    }
    let area = area.intersection(buf.area);
    for line in 0..area.height {
        for column in 0..area.width {
            let (x, y) = (usize::from(column), 2 * usize::from(line));
            let (above, below) = (value(x, y), value(x, y + 1));
            let Some(cell) = buf.cell_mut((area.x + column, area.y + line)) else {
                continue;
            };
            if above.is_nan() || below.is_nan() {
                cell.set_char('?').set_style(theme.faint());
            } else if theme.plane(0.0).is_none() {
                let t = (above.clamp(-1.0, 1.0) + below.clamp(-1.0, 1.0)) / 2.0;
                let style = if faded {
                    theme.faint()
                } else {
                    Style::new().fg(theme.stroke(t))
                };
                cell.set_char(if faded { '·' } else { shade(t) })
                    .set_style(style);
            }
        }
    }
}

/// A sign and size without a colour: shades for what is above zero, strokes for what is below.
pub fn shade(t: f64) -> char {
    match t {
        t if t > 0.75 => '█',
        t if t > 0.4 => '▓',
        t if t > 0.1 => '▒',
        t if t >= -0.1 => ' ',
        t if t >= -0.4 => '·',
        t if t >= -0.75 => '-',
        _ => '=',
    }
}

/// The value that is shown: where the output is discretised, its sign alone.
pub fn discretised(value: f64, is_on: bool) -> f64 {
    if value.is_nan() || !is_on {
        value
    } else if value >= 0.0 {
        1.0
    } else {
        -1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::playground::random::Random;
    use crate::play::playground::state::State;
    use crate::tui::theme::{Depth, Ground};

    #[test]
    fn pixels_are_places_of_the_plane() {
        assert_eq!(place(0, 0, 2, 2), (-3.0, 3.0));
        assert_eq!(place(1, 1, 2, 2), (3.0, -3.0));
        let state = State::new("1".into());
        let network = Network::new(&state, &mut Random::seeded("1"));
        let planes = planes(&network, &state.features(), 3, 5);
        let mut values = network.values();
        let (x, y) = place(2, 4, 3, 5);
        let output = network.forward(&[x, y], &mut values);
        assert_eq!(planes[2][14][0], output);
        assert_eq!(planes[0][14], values[0].outputs);
    }

    #[test]
    fn signs_differ_without_colours() {
        let area = Rect::new(0, 0, 4, 1);
        let mut buf = Buffer::empty(area);
        let theme = Theme::new(Depth::None, Ground::Dark);
        let values = [-1.0, -0.3, 0.3, f64::NAN];
        paint(&mut buf, area, 2, theme, (false, true), |x, _| values[x]);
        let shown: String = (0..4).map(|x| buf[(x, 0)].symbol()).collect();
        assert_eq!(shown, "=·▒?");
    }
}
