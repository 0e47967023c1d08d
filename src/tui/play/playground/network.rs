//! The network: features and neurons as their surfaces, weights as lines by sign and size.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Points};

use super::super::super::widgets::{frame, text};
use super::layout::{Net, areas, bias_place, net};
use super::surface::{discretised, paint, planes};
use super::view::{Part, Spot, View};
use super::{about, words};
use crate::lang::say;
use crate::play::playground::feature::{FEATURES, Feature};
use crate::play::playground::inside::Moment;

/// The size of a weight whose line is as bright as can be, and those from which lines are thicker.
const BRIGHT: f64 = 1.0;
const THICK: [f64; 2] = [1.0, 2.5];
/// Dots of a dash and of the gap behind it, along lines of negative weights.
const DASH: [usize; 2] = [3, 3];

/// A weight's line between the middles of two sides.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    pub spot: Spot,
    pub weight: f64,
    pub from: (f64, f64),
    pub to: (f64, f64),
}

/// Every weight's line, those of the strongest last, in columns and lines of the screen.
pub fn links(view: &View, net: &Net) -> Vec<Link> {
    let network = &view.now.training.network;
    let state = &view.now.state;
    let on = |(at, _): &&(usize, Rect)| state.switched_on[*at] && !state.hides(FEATURES[*at].1);
    let inputs: Vec<Rect> = net
        .features
        .iter()
        .filter(on)
        .map(|(_, tile)| *tile)
        .collect();
    let right = |tile: &Rect| {
        let middle = f64::from(tile.y) + f64::from(tile.height) / 2.0;
        (f64::from(tile.right()), middle)
    };
    let left = |tile: &Rect| {
        let (_, middle) = right(tile);
        (f64::from(tile.x) - 1.0, middle)
    };
    let mut sources = inputs;
    let mut out = Vec::new();
    for (at, layer) in network.layers.iter().enumerate() {
        let targets = net.layers.get(at).cloned().unwrap_or_default();
        for neuron in 0..layer.width {
            let exit = (f64::from(net.exit.0), f64::from(net.exit.1) + 0.5);
            let to = targets.get(neuron).map_or(exit, left);
            for (input, weight) in layer.weights_of(neuron).into_iter().enumerate() {
                if let Some(from) = sources.get(input).map(right) {
                    out.push(Link {
                        spot: Spot::Weight(at, neuron, Some(input)),
                        weight,
                        from,
                        to,
                    });
                }
            }
        }
        sources = targets;
    }
    out.sort_by(|a, b| a.weight.abs().total_cmp(&b.weight.abs()));
    out
}

impl Link {
    /// Whether it is to be seen where this is selected: a neuron shows its own lines, anything else all.
    fn touches(&self, selected: Spot) -> bool {
        let Spot::Weight(layer, neuron, input) = self.spot else {
            return false;
        };
        match selected {
            Spot::Weight(l, n, _) => (l, n) == (layer, neuron),
            Spot::Neuron(l, n) => (l, n) == (layer, neuron) || (l + 1, Some(n)) == (layer, input),
            _ => true,
        }
    }

    /// How far, in lines, a place lies from it; `None` beside its columns.
    pub fn distance(&self, at: Position) -> Option<f64> {
        let (x, y) = (f64::from(at.x) + 0.5, f64::from(at.y) + 0.5);
        let share = (x - self.from.0) / (self.to.0 - self.from.0);
        let on = self.from.1 + share * (self.to.1 - self.from.1);
        (-0.1..=1.1).contains(&share).then(|| (on - y).abs())
    }

    /// Dots of the line, in eighths of cells: two in a column, four in a line.
    fn dots(&self, area: Rect, selected: bool) -> Vec<(f64, f64)> {
        let dot = |(x, y): (f64, f64)| {
            let (left, top) = (f64::from(area.x), f64::from(area.y));
            ((x - left) * 2.0, (y - top) * 4.0)
        };
        let ((x1, y1), (x2, y2)) = (dot(self.from), dot(self.to));
        let steps = ((x2 - x1).abs().max((y2 - y1).abs()) as usize).max(1);
        let thick = 1
            + usize::from(selected)
            + THICK
                .iter()
                .filter(|size| self.weight.abs() >= **size)
                .count();
        let mut out = Vec::with_capacity(steps * thick);
        for step in 0..steps {
            let gap = self.weight < 0.0 && step % (DASH[0] + DASH[1]) >= DASH[0];
            if gap {
                continue;
            }
            let t = step as f64 / steps as f64;
            let (x, y) = (x1 + t * (x2 - x1), y1 + t * (y2 - y1));
            let first = -((thick - 1) as f64) / 2.0;
            out.extend((0..thick).map(|at| (x.floor(), (y + first + at as f64).floor())));
        }
        out
    }
}

pub fn draw(buf: &mut Buffer, view: &View) {
    let area = areas(view).network;
    if area.is_empty() {
        return;
    }
    let theme = view.base.theme;
    let focused = view.spot.part() == Part::Network;
    let title = Line::styled(
        format!(" {} ", say("playground-network")),
        if focused {
            theme.current()
        } else {
            theme.dim()
        },
    );
    let inner = frame::draw(buf, area, theme, focused, title);
    let net = net(view);
    if !view.now.state.hides("numHiddenLayers") {
        let at = net.layer_count;
        let style = if view.spot == Spot::Layers {
            theme.cursor()
        } else {
            theme.accent()
        };
        let layers = words::layers(view.now.state.hidden_layers.len());
        text::put(buf, at, at.x, at.y, &layers, style);
    }
    let drawn = Rect {
        y: inner.y + 1,
        height: net.about.y.saturating_sub(inner.y + 1),
        ..inner
    };
    lines(buf, drawn, view, &net);
    heads(buf, view, &net, inner);
    let (x, y) = net.exit;
    text::put(buf, area, x + 1, y, "▶", theme.dim());
    tiles(buf, view, &net);
    about::draw(buf, net.about, view);
}

fn lines(buf: &mut Buffer, area: Rect, view: &View, net: &Net) {
    if area.is_empty() {
        return;
    }
    let theme = view.base.theme;
    let mut links = links(view, net);
    // Those of the selected neuron lie on top, and the selected one on these.
    links.sort_by_key(|link| (link.touches(view.spot), link.spot == view.spot));
    let (wide, high) = (f64::from(area.width) * 2.0, f64::from(area.height) * 4.0);
    let canvas = Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([0.0, wide - 1.0])
        .y_bounds([0.0, high - 1.0]);
    let canvas = canvas.paint(|context| {
        for link in &links {
            let dots = link.dots(area, link.spot == view.spot);
            let coords: Vec<(f64, f64)> = dots.iter().map(|(x, y)| (*x, high - 1.0 - y)).collect();
            let color = if link.spot == view.spot {
                theme.current().fg.unwrap_or(Color::Reset)
            } else if link.touches(view.spot) {
                theme.stroke(link.weight / BRIGHT)
            } else {
                theme.stroke(0.0)
            };
            context.draw(&Points {
                coords: &coords,
                color,
            });
        }
    });
    canvas.render(area, buf);
}

/// The numbers of neurons above the layers.
fn heads(buf: &mut Buffer, view: &View, net: &Net, inner: Rect) {
    let theme = view.base.theme;
    text::put(
        buf,
        inner,
        inner.x + 1,
        inner.y,
        say("playground-features"),
        theme.dim(),
    );
    for (layer, area) in net.widths.iter().enumerate() {
        let style = if view.spot == Spot::Width(layer) {
            theme.cursor()
        } else {
            theme.text()
        };
        let n = view
            .now
            .state
            .hidden_layers
            .get(layer)
            .copied()
            .unwrap_or(0);
        let text = if area.width >= 5 {
            words::width(n)
        } else {
            n.to_string()
        };
        text::put(buf, *area, area.x, area.y, &text, style);
    }
}

fn tiles(buf: &mut Buffer, view: &View, net: &Net) {
    let theme = view.base.theme;
    let state = &view.now.state;
    let network = &view.now.training.network;
    for (at, tile) in &net.features {
        let (feature, _, label) = FEATURES[*at];
        let on = state.switched_on[*at];
        let selected = view.spot == Spot::Feature(*at);
        let (wide, high) = (usize::from(tile.width), 2 * usize::from(tile.height));
        let (painted, halves) = painted(*tile, view);
        let look = (!on, !state.discretize);
        paint(buf, painted, halves, theme, look, |x, y| {
            discretised(of(feature, x, y, wide, high), state.discretize)
        });
        let style = match (selected, on) {
            (true, _) => theme.cursor(),
            (false, true) => theme.text(),
            (false, false) => theme.dim(),
        };
        let mark = if on { "✓" } else { " " };
        let y = tile.y + (tile.height - 1) / 2;
        let x = tile.x.saturating_sub(7);
        text::put(buf, buf.area, x, y, &format!("{label:>6}"), style);
        text::put(buf, buf.area, tile.x - 1, y, mark, theme.done());
    }
    let Some(size) = net
        .features
        .first()
        .map(|(_, t)| *t)
        .or(net.layers.first().map(|l| l[0]))
    else {
        return;
    };
    let (wide, high) = (usize::from(size.width), 2 * usize::from(size.height));
    let planes = planes(network, &state.features(), wide, high);
    let (active, backwards) = active(view);
    for (layer, tiles) in net.layers.iter().enumerate() {
        for (neuron, tile) in tiles.iter().enumerate() {
            let plane = &planes[layer];
            let (painted, halves) = painted(*tile, view);
            let look = (false, !state.discretize);
            paint(buf, painted, halves, theme, look, |x, y| {
                discretised(plane[y * wide + x][neuron], state.discretize)
            });
            let bias = network.layers[layer].biases[neuron];
            let (spot, at) = (Spot::Weight(layer, neuron, None), bias_place(*tile));
            let style = if view.spot == spot {
                theme.cursor()
            } else {
                Style::new().fg(theme.stroke(bias / BRIGHT))
            };
            let mark = if bias < 0.0 { "▫" } else { "▪" };
            text::put(buf, buf.area, at.x, at.y, mark, style);
            let first = tile.y;
            let broken = view.now.not_finite.as_ref();
            let broken = broken.is_some_and(|at| (at.layer, at.neuron) == (layer + 1, neuron + 1));
            let selected = matches!(view.spot, Spot::Neuron(l, n) | Spot::Weight(l, n, _) if (l, n) == (layer, neuron));
            if broken {
                text::put(buf, buf.area, tile.x - 1, first, "✗", theme.alarm());
            } else if selected && (tile.height > 1 || view.spot != spot) {
                text::put(buf, buf.area, tile.x - 1, first, "▸", theme.current());
            } else if active == Some(layer) && tile.height > 1 {
                let mark = if backwards { "‹" } else { "›" };
                text::put(buf, buf.area, tile.x - 1, first, mark, theme.current());
            }
        }
    }
}

/// The part of a tile that is painted, and its halves of lines: one is left, so that tiles stand apart.
fn painted(tile: Rect, view: &View) -> (Rect, u16) {
    let plain = view.base.theme.plane(0.0).is_none();
    let height = tile.height - u16::from(plain && tile.height > 1);
    let halves = 2 * height - u16::from(!plain && tile.height > 1);
    (Rect { height, ..tile }, halves)
}

fn of(feature: Feature, x: usize, y: usize, wide: usize, high: usize) -> f64 {
    let (x, y) = super::surface::place(x, y, wide, high);
    feature.of(x, y)
}

/// The layer that the latest step inside the epoch was at, and whether it was a step backwards.
fn active(view: &View) -> (Option<usize>, bool) {
    match &view.now.moment {
        Some(Moment::Forward { layer, .. }) => (Some(layer - 1), false),
        Some(Moment::Backward { layer, .. }) => (Some(layer - 1), true),
        _ => (None, false),
    }
}

/// The line nearest to a click.
pub fn link_at(view: &View, at: Position) -> Option<Spot> {
    let net = net(view);
    let near = links(view, &net).into_iter().filter_map(|link| {
        let distance = link.distance(at)?;
        (distance <= 0.75).then_some((distance, link.spot))
    });
    let nearest = near.min_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map(|(_, spot)| spot)
}

/// The neuron whose bias was clicked.
pub fn bias_at(view: &View, at: Position) -> Option<Spot> {
    let net = net(view);
    let tiles = net.layers.iter().enumerate().flat_map(|(layer, tiles)| {
        let spot = move |(neuron, tile): (usize, &Rect)| (Spot::Weight(layer, neuron, None), *tile);
        tiles.iter().enumerate().map(spot)
    });
    let mut tiles = tiles.filter(|(_, tile)| bias_place(*tile) == at);
    tiles.next().map(|(spot, _)| spot)
}
