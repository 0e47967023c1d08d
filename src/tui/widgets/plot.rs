//! Curves in dots of braille, with marks on them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::theme::Theme;
use super::{number, text};
use crate::session::stages::{Curve, Mark, Plot};

/// Columns of the numbers beside the curves.
const GUTTER: u16 = 8;

/// Draw a plot: its range of values to the left, its places and the marks' labels below. Nothing where there is no
/// room.
pub fn draw(buf: &mut Buffer, area: Rect, theme: Theme, plot: &Plot) {
    let Some(frame) = Frame::of(plot).filter(|_| area.width > GUTTER + 8 && area.height >= 5)
    else {
        return;
    };
    let names = plot.curves.iter().map(|curve| text::width(&curve.label));
    let names = match plot.curves.len() {
        0 | 1 => 0,
        _ => names.max().map_or(0, |columns| columns + 1),
    };
    let inner = Rect {
        x: area.x + GUTTER,
        width: area.width.saturating_sub(GUTTER + names),
        height: area.height - 2,
        ..area
    };
    if inner.width < 8 {
        return;
    }
    if names > 0 {
        let beside = Rect {
            x: inner.right() + 1,
            width: names - 1,
            ..inner
        };
        ends(buf, beside, theme, &frame, &plot.curves);
    }
    for (y, value) in [(inner.y, frame.y.1), (inner.bottom() - 1, frame.y.0)] {
        let label = Rect::new(area.x, y, GUTTER - 1, 1);
        text::put_right(buf, label, y, &number::text(value), theme.dim());
    }
    if let Some(at) = frame
        .cell(inner, 0.0, 0.0)
        .filter(|_| frame.y.0 < 0.0 && frame.y.1 > 0.0)
    {
        for x in inner.x..inner.right() {
            text::put(buf, inner, x, at.1, "╌", theme.faint());
        }
    }
    for (i, curve) in plot.curves.iter().enumerate() {
        // Without colours the second curve has every other dot, the third one of three.
        let every = if theme.plain() { i + 1 } else { 1 };
        dots(buf, inner, theme.curve(i), &frame, curve, every);
    }
    for mark in &plot.marks {
        if let Some((x, y)) = frame.cell(inner, mark.at.0, mark.at.1) {
            text::put(buf, inner, x, y, "●", theme.current());
        }
    }
    let end = |x: f64| {
        if x.fract() == 0.0 {
            format!("{x}")
        } else {
            number::text(x)
        }
    };
    let (first, last) = (end(frame.x.0), end(frame.x.1));
    let line = inner.bottom();
    text::put(buf, area, inner.x, line, &first, theme.dim());
    text::put_right(
        buf,
        Rect {
            y: line,
            height: 1,
            ..inner
        },
        line,
        &last,
        theme.dim(),
    );
    labels(buf, inner, area.bottom() - 1, theme, &frame, &plot.marks);
}

/// The curves' labels where they end, one a line: a label whose line is taken goes to the nearest that is free.
fn ends(buf: &mut Buffer, beside: Rect, theme: Theme, frame: &Frame, curves: &[Curve]) {
    let mut free: Vec<u16> = (beside.y..beside.bottom()).collect();
    for (i, curve) in curves.iter().enumerate() {
        let end = curve.points.last();
        let Some((_, y)) = end.and_then(|&(x, y)| frame.cell(beside, x, y)) else {
            continue;
        };
        let Some(at) = (0..free.len()).min_by_key(|&at| free[at].abs_diff(y)) else {
            return;
        };
        let line = free.remove(at);
        text::put(buf, beside, beside.x, line, &curve.label, theme.curve(i));
    }
}

/// The labels of marks below them, as far as they have room; each place once.
fn labels(buf: &mut Buffer, inner: Rect, line: u16, theme: Theme, frame: &Frame, marks: &[Mark]) {
    let mut free = inner.x;
    let mut before = None;
    for mark in marks {
        let Some((x, _)) = frame.cell(inner, mark.at.0, mark.at.1) else {
            continue;
        };
        let label = mark.label.trim();
        if before == Some(mark.at.0) || x < free || x + text::width(label) > inner.right() {
            continue;
        }
        let area = Rect::new(inner.x, line, inner.width, 1);
        free = text::put(buf, area, x, line, label, theme.text());
        before = Some(mark.at.0);
    }
}

/// The ranges of the two axes.
struct Frame {
    x: (f64, f64),
    y: (f64, f64),
}

impl Frame {
    /// The ranges that hold all that is finite; `None` where nothing is.
    fn of(plot: &Plot) -> Option<Frame> {
        let curves = plot
            .curves
            .iter()
            .flat_map(|curve| curve.points.iter().copied());
        let all = curves.chain(plot.marks.iter().map(|mark| mark.at));
        let all = all.filter(|(x, y)| x.is_finite() && y.is_finite());
        let range = |of: fn(&(f64, f64)) -> f64| {
            let values = all.clone().map(|point| of(&point));
            let ends = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
            (ends.0 <= ends.1).then_some(ends)
        };
        let wide = |(low, high): (f64, f64)| {
            if high > low {
                (low, high)
            } else {
                (low - 1.0, high + 1.0)
            }
        };
        Some(Frame {
            x: wide(range(|p| p.0)?),
            y: wide(range(|p| p.1)?),
        })
    }

    /// The place of a point among so many columns and lines, from the top left.
    fn place(&self, (columns, lines): (u16, u16), x: f64, y: f64) -> Option<(u16, u16)> {
        let share = |v: f64, (low, high): (f64, f64)| (v - low) / (high - low);
        let (x, y) = (share(x, self.x), 1.0 - share(y, self.y));
        let inside = |share: f64| (-1e-9..=1.0 + 1e-9).contains(&share);
        let at = |share: f64, n: u16| (share.clamp(0.0, 1.0) * f64::from(n - 1)).round() as u16;
        (inside(x) && inside(y)).then(|| (at(x, columns), at(y, lines)))
    }

    /// The column and the line of the screen.
    fn cell(&self, area: Rect, x: f64, y: f64) -> Option<(u16, u16)> {
        let (column, line) = self.place((area.width * 2, area.height * 4), x, y)?;
        Some((area.x + column / 2, area.y + line / 4))
    }
}

/// Bits of the eight dots of a braille character, by line and column.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

fn dots(buf: &mut Buffer, area: Rect, style: Style, frame: &Frame, curve: &Curve, every: usize) {
    let grid = (area.width * 2, area.height * 4);
    let mut cells = vec![0u8; usize::from(area.width) * usize::from(area.height)];
    let places = curve
        .points
        .iter()
        .filter_map(|&(x, y)| frame.place(grid, x, y));
    let places: Vec<(u16, u16)> = places.collect();
    let mut put = |n: usize, (column, line): (u16, u16)| {
        if n.is_multiple_of(every) {
            let at = usize::from(line / 4) * usize::from(area.width) + usize::from(column / 2);
            cells[at] |= DOTS[usize::from(line % 4)][usize::from(column % 2)];
        }
    };
    let mut n = 0;
    for pair in places.windows(2) {
        // A straight line of dots from one point to the next.
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]].map(|(x, y)| (i32::from(x), i32::from(y)));
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).max(1);
        for step in 0..=steps {
            let at = |from: i32, to: i32| (from + (to - from) * step / steps) as u16;
            put(n, (at(x0, x1), at(y0, y1)));
            n += usize::from(step < steps);
        }
    }
    for (i, bits) in cells.into_iter().enumerate().filter(|(_, bits)| *bits > 0) {
        let (x, y) = (i as u16 % area.width, i as u16 / area.width);
        let dot = char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ');
        text::put(buf, area, area.x + x, area.y + y, &dot.to_string(), style);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::draw;
    use super::super::super::theme::{Depth, Ground};
    use super::*;

    #[test]
    fn a_curve_and_its_marks_stand_where_their_numbers_are() {
        let points = (0..=40).map(|i| (f64::from(i) / 10.0, (f64::from(i) / 10.0).powi(2)));
        let plot = Plot {
            curves: vec![Curve {
                name: "x²".into(),
                label: String::new(),
                points: points.collect(),
            }],
            marks: vec![
                Mark {
                    label: "中".into(),
                    at: (2.0, 4.0),
                },
                Mark {
                    label: "nan".into(),
                    at: (f64::NAN, 0.0),
                },
            ],
        };
        let area = Rect::new(0, 0, 29, 10);
        let mut buf = Buffer::empty(area);
        draw(&mut buf, area, Theme::new(Depth::None, Ground::Dark), &plot);
        let shown = draw::text(&buf);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].trim_start().starts_with("16"), "{shown}");
        assert!(
            lines[9].contains('中') && !lines[9].contains("nan"),
            "{shown}"
        );
        // 2 of 4 is the middle; 4 of 16 a quarter from below: line 5 of 0 to 7.
        let column = |line: &str| line.chars().take_while(|c| *c != '●').count();
        assert_eq!(column(lines[5]), 18, "{shown}");
        // Each of several curves has its label where it ends, and no label lies on another.
        let line = |label: &str, slope: f64| Curve {
            name: label.into(),
            label: label.into(),
            points: vec![(0.0, 0.0), (1.0, slope)],
        };
        let many = Plot {
            curves: vec![
                line("[up]", 1.0),
                line("[down]", -1.0),
                line("[also]", -1.0),
            ],
            marks: Vec::new(),
        };
        let mut several = Buffer::empty(area);
        let theme = Theme::new(Depth::None, Ground::Dark);
        draw(&mut several, area, theme, &many);
        let shown = draw::text(&several);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].trim_end().ends_with("[up]"), "{shown}");
        assert!(lines[7].trim_end().ends_with("[down]"), "{shown}");
        assert!(lines[6].trim_end().ends_with("[also]"), "{shown}");
        // Nothing, and a single point, have no range of their own.
        draw(
            &mut buf,
            area,
            Theme::new(Depth::None, Ground::Dark),
            &Plot::default(),
        );
        let point = Plot {
            marks: plot.marks[..1].to_vec(),
            ..Plot::default()
        };
        draw(
            &mut buf,
            area,
            Theme::new(Depth::None, Ground::Dark),
            &point,
        );
    }
}
