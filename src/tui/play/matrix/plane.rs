//! Two vectors: as arrows on the plane where they have two numbers, and what follows from them in numbers.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::text::Line as Words;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line, Points};

use super::super::super::theme::Theme;
use super::super::super::widgets::{frame, text};
use super::view::View;
use crate::lang::say;
use crate::play::matrix::command::Thing;
use crate::play::matrix::model::Vectors;
use crate::play::matrix::words::{self, vector};

/// Columns from which numbers stand beside the plane rather than below it.
const WIDE: u16 = 76;

/// Whether both vectors have a place on the plane.
fn is_flat(vectors: &Vectors) -> bool {
    vectors.u.len() == 2 && vectors.v.len() == 2
}

/// Where the plane lies, and where the numbers.
fn areas(area: Rect, vectors: &Vectors) -> (Rect, Rect) {
    if !is_flat(vectors) {
        return (Rect::default(), area);
    }
    let part = if area.width >= WIDE {
        Layout::horizontal([Constraint::Length(area.width / 2), Constraint::Fill(1)])
    } else {
        Layout::vertical([Constraint::Fill(1), Constraint::Length(10)])
    };
    let [plane, numbers] = part.areas(area);
    (plane, numbers)
}

/// The point of the plane at this place of the screen, in halves.
pub fn hit(view: &View, area: Rect, at: Position) -> Option<Point> {
    let vectors = view.play.vectors();
    let (plane, _) = areas(area, vectors);
    let inner = frame::inside(plane);
    if !is_flat(vectors) || !inner.contains(at) {
        return None;
    }
    let (points, _) = points(vectors)?;
    let [half_x, half_y] = Window::new(inner, &points).half;
    let share = |at: u16, from: u16, length: u16| {
        (f64::from(at - from) + 0.5) / f64::from(length.max(1)) * 2.0 - 1.0
    };
    let x = share(at.x, inner.x, inner.width) * half_x;
    let y = -share(at.y, inner.y, inner.height) * half_y;
    // No −0.
    Some([x, y].map(|x| (2.0 * x).round() / 2.0 + 0.0))
}

pub fn draw(buf: &mut Buffer, area: Rect, view: &View) {
    let theme = view.base.theme;
    let vectors = view.play.vectors();
    let flat = is_flat(vectors);
    let (plane, numbers) = areas(area, vectors);
    if plane.height > 2 {
        let title = Words::styled(format!(" {} ", say("matrix-plane")), theme.dim());
        let inner = frame::draw(buf, plane, theme, false, title);
        arrows(buf, inner, view);
    }
    let title = Words::styled(format!(" {} ", say("matrix-vectors")), theme.current());
    let inner = frame::draw(buf, numbers, theme, true, title).inner(Margin::new(1, 0));
    let mut y = inner.y;
    for (thing, all) in [(Thing::U, &vectors.u), (Thing::V, &vectors.v)] {
        let chosen = view.vector == thing;
        let mark = if chosen { "▶" } else { " " };
        let style = if chosen {
            theme.current()
        } else {
            theme.text()
        };
        let words = format!("{mark} {} = {}", thing.letter(), vector(all));
        text::put(buf, inner, inner.x, y, &words, style);
        if chosen && !flat {
            let place = format!("{} {}", say("matrix-number"), view.number + 1);
            text::put_right(buf, inner, y, &place, theme.dim());
        }
        y += 1;
    }
    y += 1;
    for line in words::vectors(vectors) {
        for part in text::wrap(&line, inner.width) {
            text::put(buf, inner, inner.x, y, &part, theme.text());
            y += 1;
        }
    }
}

/// A point of the plane.
type Point = [f64; 2];

/// The part of the plane that is shown: as far in each direction as the area's shape allows.
struct Window {
    area: Rect,
    half: Point,
}

impl Window {
    fn new(area: Rect, points: &[Point]) -> Window {
        let far = points
            .iter()
            .flatten()
            .fold(1.0_f64, |far, x| far.max(x.abs()))
            * 1.2;
        // A cell is about twice as high as wide.
        let (width, height) = (f64::from(area.width), 2.0 * f64::from(area.height));
        let unit = far / width.min(height);
        Window {
            area,
            half: [unit * width, unit * height],
        }
    }

    fn place(&self, [x, y]: Point) -> (u16, u16) {
        let along = |share: f64, length: u16| {
            ((share * f64::from(length)) as u16).min(length.saturating_sub(1))
        };
        let [half_x, half_y] = self.half;
        (
            self.area.x + along((x / half_x + 1.0) / 2.0, self.area.width),
            self.area.y + along((1.0 - y / half_y) / 2.0, self.area.height),
        )
    }
}

/// The tips of u, v and their sum, and of the projection where there is one; the projection.
fn points(vectors: &Vectors) -> Option<(Vec<Point>, Option<Point>)> {
    let (&[ux, uy], &[vx, vy]) = (&vectors.u[..], &vectors.v[..]) else {
        return None;
    };
    let onto = match vectors.projection().as_deref() {
        Some(&[x, y]) => Some([x, y]),
        _ => None,
    };
    let mut points = vec![[ux, uy], [vx, vy], [ux + vx, uy + vy]];
    points.extend(onto);
    Some((points, onto))
}

fn arrows(buf: &mut Buffer, area: Rect, view: &View) {
    let theme = view.base.theme;
    let vectors = view.play.vectors();
    let Some((points, onto)) = points(vectors) else {
        return;
    };
    let (u, v, sum) = (points[0], points[1], points[2]);
    let window = Window::new(area, &points);
    let [half_x, half_y] = window.half;
    let color = |style: Style| style.fg.unwrap_or(Color::Reset);
    let (faint, dim) = (color(theme.faint()), color(theme.dim()));
    let (first, second) = (color(theme.accent()), color(theme.alarm()));
    let done = color(theme.done());
    Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([-half_x, half_x])
        .y_bounds([-half_y, half_y])
        .paint(|canvas| {
            canvas.draw(&Line::new(-half_x, 0.0, half_x, 0.0, faint));
            canvas.draw(&Line::new(0.0, -half_y, 0.0, half_y, faint));
            canvas.layer();
            // The two ways to the sum, dotted.
            for (from, to) in [(u, sum), (v, sum)] {
                dotted(canvas, from, to, dim);
            }
            if let Some(onto) = onto {
                dotted(canvas, u, onto, done);
            }
            canvas.layer();
            line(canvas, sum, dim);
            if let Some(onto) = onto {
                // Beside the arrow of v, so that both are seen.
                let length = (onto[0].hypot(onto[1])).max(1e-9);
                let off = window.half[1] / f64::from(area.height.max(1)) * 0.8;
                let (dx, dy) = (onto[1] / length * off, -onto[0] / length * off);
                canvas.draw(&Line::new(dx, dy, onto[0] + dx, onto[1] + dy, done));
            }
            line(canvas, v, second);
            line(canvas, u, first);
        })
        .render(area, buf);
    let mut label = |at: Point, name: &str, style: Style| {
        let (x, y) = window.place(at);
        let x = x.min(area.right().saturating_sub(text::width(name)));
        text::put(buf, area, x, y, name, style);
    };
    label(sum, "u+v", theme.dim());
    if let Some(onto) = onto {
        label(onto, "p", theme.done());
    }
    label(v, "v", tip(theme, view.vector == Thing::V, theme.alarm()));
    label(u, "u", tip(theme, view.vector == Thing::U, theme.accent()));
}

fn tip(theme: Theme, chosen: bool, style: Style) -> Style {
    if chosen {
        style.patch(theme.cursor())
    } else {
        style.patch(theme.strong())
    }
}

fn line(canvas: &mut ratatui::widgets::canvas::Context, [x, y]: Point, color: Color) {
    canvas.draw(&Line::new(0.0, 0.0, x, y, color));
}

fn dotted(
    canvas: &mut ratatui::widgets::canvas::Context,
    [x1, y1]: Point,
    [x2, y2]: Point,
    color: Color,
) {
    const DOTS: usize = 16;
    let at = |i: usize| {
        let t = i as f64 / DOTS as f64;
        (x1 + t * (x2 - x1), y1 + t * (y2 - y1))
    };
    let coords: Vec<(f64, f64)> = (0..=DOTS).map(at).collect();
    canvas.draw(&Points {
        coords: &coords,
        color,
    });
}
