//! The output: losses and quality, their curves, the surface with the points, switches.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Points};

use super::super::super::theme::Theme;
use super::super::super::widgets::heat_map::{self, Dot};
use super::super::super::widgets::{frame, text};
use super::layout::{areas, out, shows_output, table_lines};
use super::surface::{discretised, paint, place, planes};
use super::view::{Part, Shown, Spot, View};
use super::words;
use crate::lang::say;
use crate::play::playground::data::{Point, RADIUS};
use crate::play::playground::inside::Moment;
use crate::play::playground::snapshot::{Curve, Quality};
use crate::play::playground::training::Losses;

pub fn draw(buf: &mut Buffer, view: &View) {
    let area = areas(view).output;
    let theme = view.base.theme;
    let focused = view.spot.part() == Part::Output;
    let style = if focused || !shows_output(view) {
        theme.current()
    } else {
        theme.dim()
    };
    let title = text::cut(
        &format!(" {} ", words::shown(view.shown(), view.output_layer())),
        area.width - 2,
    );
    frame::draw(buf, area, theme, focused, Line::styled(title, style));
    let places = out(view);
    table(buf, places.table, view);
    curves(buf, places.curve, view);
    surface(buf, places.surface, view);
    scale(buf, area, view);
    let wide = places.table.width >= 34;
    for (key, area) in ["showTestData", "discretize"]
        .into_iter()
        .zip(places.switches)
    {
        if view.now.state.hides(key) {
            continue;
        }
        let on = view.value(key) == "true";
        let style = match (view.spot == Spot::Set(key), on) {
            (true, _) => theme.cursor(),
            (false, true) => theme.text(),
            (false, false) => theme.dim(),
        };
        text::put(
            buf,
            area,
            area.x,
            area.y,
            &words::switch(key, on, wide),
            style,
        );
    }
}

/// Losses and quality of training data and of test data, in two columns.
fn table(buf: &mut Buffer, area: Rect, view: &View) {
    let theme = view.base.theme;
    let (losses, quality) = (view.now.losses, view.now.quality);
    let rows = table_lines(view);
    let mut lines: Vec<[String; 3]> = vec![
        [
            "".into(),
            say("playground-training").into(),
            say("playground-test").into(),
        ],
        [
            say("playground-loss").into(),
            words::loss(losses.train),
            words::loss(losses.test),
        ],
    ];
    let [train, test] = quality;
    match (train, test) {
        (Quality::Classes(train), Quality::Classes(test)) => {
            let accuracy = |c: Option<f64>| c.map_or_else(|| "–".into(), words::percent);
            lines.push([
                say("playground-accuracy").into(),
                accuracy(train.accuracy()),
                accuracy(test.accuracy()),
            ]);
            let pair = |right: usize, wrong: usize| words::counts(right, wrong);
            lines.push([
                words::PLUS.into(),
                pair(train.plus_as_plus, train.plus_as_minus),
                pair(test.plus_as_plus, test.plus_as_minus),
            ]);
            lines.push([
                words::MINUS.into(),
                pair(train.minus_as_minus, train.minus_as_plus),
                pair(test.minus_as_minus, test.minus_as_plus),
            ]);
        }
        (train, test) => {
            let r_squared = |quality: Quality| match quality {
                Quality::Numbers(Some(x)) => words::loss(x),
                _ => "–".into(),
            };
            lines.push([words::R_SQUARED.into(), r_squared(train), r_squared(test)]);
        }
    }
    let column = (area.width.saturating_sub(9) / 2).min(13);
    let bad = view.now.not_finite.is_some();
    for (at, [name, train, test]) in lines.into_iter().take(rows.into()).enumerate() {
        let y = area.y + at as u16;
        text::put(buf, area, area.x, y, &name, theme.dim());
        let styles = match at {
            0 => [theme.text(), theme.dim()],
            1 if bad => [theme.alarm(); 2],
            1 => [theme.strong(), theme.strong()],
            _ => [theme.text(), theme.text()],
        };
        for (which, (value, style)) in [train, test].into_iter().zip(styles).enumerate() {
            let right = area.right().min(area.x + 9 + column * (which as u16 + 1));
            let cell = Rect::new(area.x, y, right.saturating_sub(area.x), 1);
            text::put_right(buf, cell, y, &value, style);
        }
    }
    // Samples of the curves' lines stand beside their names.
    if area.width >= 30 {
        let names = [say("playground-training"), say("playground-test")];
        let samples = [("━", theme.text()), ("┅", theme.dim())];
        for (which, (name, (sample, style))) in names.iter().zip(samples).enumerate() {
            let right = area.x + 9 + column * (which as u16 + 1);
            let x = right.saturating_sub(text::width(name) + 3);
            text::put(buf, area, x, area.y, &sample.repeat(2), style);
        }
    }
}

/// Losses by epoch: training, test in dots, the run before in fewer.
fn curves(buf: &mut Buffer, area: Rect, view: &View) {
    if area.height == 0 || area.width < 4 {
        return;
    }
    let theme = view.base.theme;
    let (curve, ghost) = (&view.now.curve, &view.now.ghost);
    let all = curve.places.iter().chain(&ghost.places);
    let finite = all
        .flat_map(|(_, l)| [l.train, l.test])
        .filter(|x| x.is_finite());
    let most = finite.fold(f64::MIN_POSITIVE, f64::max);
    let longest = curve.epochs.max(ghost.epochs).max(1) as f64;
    let (wide, high) = (
        f64::from(area.width) * 2.0 - 1.0,
        f64::from(area.height) * 4.0 - 1.0,
    );
    let color = |style: Style| style.fg.unwrap_or(Color::Reset);
    let train: fn(&Losses) -> f64 = |l| l.train;
    let test: fn(&Losses) -> f64 = |l| l.test;
    let drawn = [
        (ghost, train, color(theme.faint()), 3),
        (ghost, test, color(theme.faint()), 6),
        (curve, test, color(theme.dim()), 2),
        (curve, train, Color::Reset, 1),
    ];
    let canvas = Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([0.0, wide])
        .y_bounds([0.0, high]);
    let canvas = canvas.paint(|context| {
        for (curve, of, color, every) in drawn {
            let coords = dots(curve, of, (wide / longest, high / most), every);
            context.draw(&Points {
                coords: &coords,
                color,
            });
        }
    });
    canvas.render(area, buf);
    let label = words::loss(most);
    if area.height > 1 && curve.epochs.max(ghost.epochs) > 0 {
        text::put_right(buf, area, area.y, &label, theme.dim());
    }
}

/// Dots of a curve, one for each column of dots and one for each line between them; of these every so manyth.
fn dots(
    curve: &Curve,
    of: fn(&Losses) -> f64,
    (across, up): (f64, f64),
    every: usize,
) -> Vec<(f64, f64)> {
    let at = |(epoch, losses): &(usize, Losses)| (*epoch as f64 * across, of(losses) * up);
    let mut out = Vec::new();
    let mut n = 0;
    for pair in curve.places.windows(2) {
        let ((x1, y1), (x2, y2)) = (at(&pair[0]), at(&pair[1]));
        if !y1.is_finite() || !y2.is_finite() {
            continue;
        }
        let steps = ((x2 - x1).abs().max((y2 - y1).abs()).ceil() as usize).clamp(1, 1000);
        for step in 0..steps {
            let t = step as f64 / steps as f64;
            let dot = ((x1 + t * (x2 - x1)).round(), (y1 + t * (y2 - y1)).round());
            if out.last() != Some(&dot) {
                n += 1;
                if n % every == 0 || every == 1 {
                    out.push(dot);
                }
            }
        }
    }
    out
}

fn surface(buf: &mut Buffer, area: Rect, view: &View) {
    if area.is_empty() {
        return;
    }
    let (theme, state) = (view.base.theme, &view.now.state);
    let (wide, high) = (usize::from(area.width), 2 * usize::from(area.height));
    let network = &view.now.training.network;
    let discretize = state.discretize;
    let look = (false, !discretize);
    match view.shown() {
        Shown::Feature(feature) => paint(buf, area, high as u16, theme, look, |x, y| {
            let (x, y) = place(x, y, wide, high);
            discretised(feature.of(x, y), discretize)
        }),
        Shown::Neuron(layer, neuron) => {
            let planes = planes(network, &state.features(), wide, high);
            let plane = &planes[layer];
            paint(buf, area, high as u16, theme, look, |x, y| {
                discretised(plane[y * wide + x][neuron], discretize)
            });
        }
    }
    points(buf, area, view, &view.now.data.train.points, ["●", "○"]);
    if state.show_test {
        points(buf, area, view, &view.now.data.test.points, ["■", "□"]);
    }
    if let Some(point) = stepped(view) {
        mark(buf, area, point, |cell| {
            cell.set_style(theme.cursor());
        });
    }
    heat_map::mark(buf, area, dots_of(view));
}

/// The points as marks of a picture: test data in rings.
fn dots_of(view: &View) -> Vec<Dot> {
    let (theme, state, data) = (view.base.theme, &view.now.state, &view.now.data);
    let stepped = stepped(view);
    let dot = |point: &Point, full: bool| {
        let colour = theme.point(point.label).fg.and_then(Theme::rgb)?;
        Some(Dot {
            at: share(point)?,
            colour,
            full,
            large: stepped.is_some_and(|at| std::ptr::eq(at, point)),
        })
    };
    let test = data.test.points.iter().filter(|_| state.show_test);
    let train = data
        .train
        .points
        .iter()
        .filter_map(|point| dot(point, true));
    train
        .chain(test.filter_map(|point| dot(point, false)))
        .collect()
}

/// The place of a point of the plane from the left and from the top, as shares of it.
fn share(point: &Point) -> Option<(f64, f64)> {
    let share = |at: f64| (at / RADIUS + 1.0) / 2.0;
    let (x, y) = (share(point.x), share(-point.y));
    let inside = (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y);
    inside.then_some((x, y))
}

/// The training point that the latest step inside the epoch was at.
fn stepped(view: &View) -> Option<&Point> {
    let at = match view.now.moment.as_ref()? {
        Moment::Forward { point, .. }
        | Moment::Loss { point, .. }
        | Moment::Backward { point, .. } => point,
        Moment::Update { .. } | Moment::Epoch { .. } => return None,
    };
    view.now.data.train.points.get(at.checked_sub(1)?)
}

/// Points by their labels: full ones from zero on, rings below.
fn points(buf: &mut Buffer, area: Rect, view: &View, points: &[Point], [plus, minus]: [&str; 2]) {
    for point in points {
        let symbol = if point.label < 0.0 { minus } else { plus };
        let style = view.base.theme.point(point.label);
        mark(buf, area, point, |cell| {
            // A half-block's upper colour stands behind the point.
            let behind = if cell.symbol() == "▀" {
                cell.fg
            } else {
                cell.bg
            };
            cell.set_symbol(symbol).set_style(style.bg(behind));
        });
    }
}

fn mark(
    buf: &mut Buffer,
    area: Rect,
    point: &Point,
    change: impl FnOnce(&mut ratatui::buffer::Cell),
) {
    let Some((x, y)) = share(point) else {
        return;
    };
    let cell = |share: f64, n: u16| ((share * f64::from(n)) as u16).min(n - 1);
    let at = (area.x + cell(x, area.width), area.y + cell(y, area.height));
    if let Some(cell) = buf.cell_mut(at) {
        change(cell);
    }
}

/// The meaning of the colours, in the lower line of the box.
fn scale(buf: &mut Buffer, area: Rect, view: &View) {
    let theme = view.base.theme;
    if area.width < 20 || area.height < 3 {
        return;
    }
    let y = area.bottom() - 1;
    let bar = 11;
    let x = area.right() - (bar + 8);
    let after = text::put(buf, area, x, y, " −1", theme.dim());
    for at in 0..bar {
        let t = f64::from(at) / f64::from(bar - 1) * 2.0 - 1.0;
        let style = match theme.plane(t) {
            Some(color) => Style::new().fg(color),
            None => Style::new().fg(theme.stroke(t)),
        };
        let symbol = match theme.plane(t) {
            Some(_) => '▄',
            None => super::surface::shade(t),
        };
        text::put(buf, area, after + at, y, &symbol.to_string(), style);
    }
    text::put(buf, area, after + bar, y, "+1 ", theme.dim());
}
