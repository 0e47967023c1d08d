//! The plane of two inputs: samples, the line between firing and not, and the side that fires.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line};

use super::super::super::theme::Theme;
use super::super::super::widgets::text;

use crate::lang::{say, say_with};
use crate::play::perceptron::Play;
use crate::play::perceptron::words::number;

/// Columns of the numbers beside the plane.
const MARGIN: u16 = 6;

/// The part of the plane that is shown.
struct View {
    x: [f64; 2],
    y: [f64; 2],
}

impl View {
    /// All samples and the unit square, with some room around.
    fn of(play: &Play) -> View {
        let samples = play.samples().unwrap_or_default();
        let around = |input: usize| {
            let all = samples.iter().map(|s| s.values[input]);
            let (low, high) = all.fold((0.0_f64, 1.0_f64), |(low, high), x| {
                (low.min(x), high.max(x))
            });
            let room = (high - low) * 0.35;
            [low - room, high + room]
        };
        View {
            x: around(0),
            y: around(1),
        }
    }

    fn at(&self, area: Rect, x: f64, y: f64) -> (u16, u16) {
        let share = |v: f64, [low, high]: [f64; 2]| (v - low) / (high - low);
        let column = share(x, self.x) * f64::from(area.width);
        let line = (1.0 - share(y, self.y)) * f64::from(area.height);
        let inside = |v: f64, len: u16| (v as u16).min(len.saturating_sub(1));
        (
            area.x + inside(column, area.width),
            area.y + inside(line, area.height),
        )
    }

    /// The middle of a cell.
    fn point(&self, area: Rect, column: u16, line: u16) -> [f64; 2] {
        let share = |i: u16, len: u16| (f64::from(i) + 0.5) / f64::from(len);
        let along = |t: f64, [low, high]: [f64; 2]| low + t * (high - low);
        [
            along(share(column, area.width), self.x),
            along(1.0 - share(line, area.height), self.y),
        ]
    }

    /// Where the line `a x + b y = c` enters and leaves what is shown.
    fn ends(&self, a: f64, b: f64, c: f64) -> Option<[(f64, f64); 2]> {
        let mut ends = Vec::new();
        for x in self.x {
            let y = (c - a * x) / b;
            if b != 0.0 && (self.y[0]..=self.y[1]).contains(&y) {
                ends.push((x, y));
            }
        }
        for y in self.y {
            let x = (c - b * y) / a;
            if a != 0.0 && (self.x[0]..=self.x[1]).contains(&x) {
                ends.push((x, y));
            }
        }
        let first = *ends.first()?;
        let last = ends.into_iter().rev().find(|end| *end != first)?;
        Some([first, last])
    }
}

/// Draw the plane of a perceptron with two inputs.
pub fn draw(buf: &mut Buffer, area: Rect, theme: Theme, play: &Play) {
    let [name_x, name_y] = play.perceptron().names.as_slice() else {
        return;
    };
    if area.width < MARGIN + 8 || area.height < 5 {
        return;
    }
    let view = View::of(play);
    let plane = Rect {
        x: area.x + MARGIN,
        y: area.y + 1,
        width: area.width - MARGIN,
        height: area.height - 3,
    };
    let weights = &play.perceptron().weights;
    for line in 0..plane.height {
        for column in 0..plane.width {
            if weights.fires(&view.point(plane, column, line)) {
                text::put(
                    buf,
                    plane,
                    plane.x + column,
                    plane.y + line,
                    "·",
                    theme.accent(),
                );
            }
        }
    }
    let color = theme.strong().fg.or(theme.current().fg).unwrap_or_default();
    if let Some([from, to]) = view.ends(weights.each[0], weights.each[1], weights.threshold) {
        let canvas = Canvas::default()
            .marker(Marker::Braille)
            .x_bounds(view.x)
            .y_bounds(view.y);
        let canvas = canvas.paint(|context| {
            context.draw(&Line {
                x1: from.0,
                y1: from.1,
                x2: to.0,
                y2: to.1,
                color,
            });
        });
        canvas.render(plane, buf);
    }
    axes(buf, area, plane, theme, &view);
    samples(buf, plane, theme, &view, play);
    let label = say_with(
        "perceptron-axes",
        &[("right", name_x.into()), ("up", name_y.into())],
    );
    text::put(buf, area, area.x, area.y, &label, theme.dim());
    text::put(
        buf,
        area,
        area.x,
        area.bottom() - 1,
        say("perceptron-legend"),
        theme.dim(),
    );
}

/// 0 and 1, or the ends of larger numbers, along both sides.
fn axes(buf: &mut Buffer, area: Rect, plane: Rect, theme: Theme, view: &View) {
    let marks = |[low, high]: [f64; 2]| {
        let room = (high - low) * 0.35 / 1.7;
        [low + room, high - room]
    };
    for y in marks(view.y) {
        let words = text::cut(&number(y), MARGIN - 1);
        let line = view.at(plane, view.x[0], y).1;
        let x = plane.x - 1 - text::width(&words);
        text::put(buf, area, x, line, &words, theme.dim());
    }
    for x in marks(view.x) {
        let column = view.at(plane, x, view.y[0]).0;
        text::put(buf, area, column, plane.bottom(), &number(x), theme.dim());
    }
}

fn samples(buf: &mut Buffer, plane: Rect, theme: Theme, view: &View, play: &Play) {
    let weights = &play.perceptron().weights;
    let last = play.last().map(|step| step.sample);
    let all = play.samples().unwrap_or_default();
    // The one that the diagram shows lies on top.
    let order = (0..all.len()).filter(|i| Some(*i) != last).chain(last);
    for i in order {
        let sample = &all[i];
        let (x, y) = view.at(plane, sample.values[0], sample.values[1]);
        let wrong = weights.fires(&sample.values) != sample.answer;
        let style = match (Some(i) == last, wrong) {
            (true, _) => theme.cursor(),
            (false, true) => theme.alarm(),
            (false, false) => theme.strong(),
        };
        let symbol = if sample.answer { "●" } else { "○" };
        let after = text::put(buf, plane, x, y, symbol, style);
        if wrong {
            text::put(buf, plane, after, y, "✗", theme.alarm());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_the_plane_does() {
        let view = View {
            x: [0.0, 2.0],
            y: [0.0, 1.0],
        };
        assert_eq!(view.ends(1.0, 0.0, 1.0), Some([(1.0, 0.0), (1.0, 1.0)]));
        assert_eq!(view.ends(0.0, 2.0, 1.0), Some([(0.0, 0.5), (2.0, 0.5)]));
        // Through two corners, and past all of them.
        assert_eq!(view.ends(1.0, 2.0, 2.0), Some([(0.0, 1.0), (2.0, 0.0)]));
        assert_eq!(view.ends(1.0, 1.0, 9.0), None);
        assert_eq!(view.ends(0.0, 0.0, 1.0), None);
    }
}
