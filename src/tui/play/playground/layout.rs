//! Where everything lies on the playground's screen; drawing and the mouse read the same places.
//!
//! ```text
//! ┌ header ──────────────────────────────────────┐
//! │ controls: two lines, a name over each value  │
//! ├ data ──┬ network ──────────────┬ output ─────┤
//! │        │ features, layers      │ losses      │
//! │        ├───────────────────────┤ surface     │
//! │        │ about what is chosen  │ switches    │
//! │ footer                                       │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::layout::{Position, Rect};

use super::super::super::widgets::{frame, text};
use super::controls;
use super::thumbnails;
use super::view::{SPEEDS, Shown, Spot, View};
use super::words;
use crate::play::playground::feature::FEATURES;
use crate::play::playground::state::Problem;

/// Fewer columns or lines than this, and the screen says so instead.
pub const MIN: (u16, u16) = (80, 22);

/// Columns of a feature's name.
const NAME: u16 = 7;

#[derive(Clone, Copy, Debug, Default)]
pub struct Areas {
    pub header: Rect,
    pub controls: Rect,
    pub data: Rect,
    /// Empty where the output is zoomed.
    pub network: Rect,
    pub output: Rect,
    pub footer: Rect,
}

/// Whether there is room for pictures of data sets and for bars.
pub fn is_wide(screen: Rect) -> bool {
    screen.width >= 110 && screen.height >= 32
}

/// All areas, empty where the screen is too small.
pub fn areas(view: &View) -> Areas {
    let screen = view.base.screen;
    if screen.width < MIN.0 || screen.height < MIN.1 {
        return Areas::default();
    }
    let wide = is_wide(screen);
    let line = |y: u16, height: u16| Rect {
        y: screen.y + y,
        height,
        ..screen
    };
    let body = line(3, screen.height.saturating_sub(4));
    let column = |x: u16, width: u16| Rect {
        x: screen.x + x,
        width,
        ..body
    };
    let data = if wide { 19 } else { 15 };
    // The surface is square: two pixels a line, one a column.
    let inner = body.height.saturating_sub(2);
    let output = if wide {
        let rest = if inner >= 40 { 16 } else { 11 };
        (2 * inner.saturating_sub(rest)).min(screen.width / 3) & !1
    } else {
        24
    } + 2;
    let network = screen.width.saturating_sub(data + output);
    let areas = Areas {
        header: line(0, 1),
        controls: line(1, 2),
        data: column(0, data),
        network: column(data, network),
        output: column(data + network, output),
        footer: line(screen.height - 1, 1),
    };
    if view.zoom {
        Areas {
            network: Rect::default(),
            output: column(data, network + output),
            ..areas
        }
    } else {
        areas
    }
}

/// The places of the network.
#[derive(Clone, Debug, Default)]
pub struct Net {
    /// Each feature that is not hidden: its place among all of them, and its tile.
    pub features: Vec<(usize, Rect)>,
    /// Tiles of each hidden layer.
    pub layers: Vec<Vec<Rect>>,
    /// The numbers of neurons above the layers.
    pub widths: Vec<Rect>,
    pub layer_count: Rect,
    /// Where the lines to the output end.
    pub exit: (u16, u16),
    pub about: Rect,
}

/// Lines for the words about what is selected, at least.
fn least_about(view: &View, lines: u16) -> u16 {
    match (lines, view.now.is_inside() || view.now.not_finite.is_some()) {
        (24.., true) => 10,
        (24.., false) => 5,
        (_, true) => 7,
        (_, false) => 1,
    }
}

pub fn net(view: &View) -> Net {
    let area = areas(view).network;
    if area.is_empty() {
        return Net::default();
    }
    let inner = frame::inside(area);
    let state = &view.now.state;
    let shown = (0..FEATURES.len()).filter(|at| !state.hides(FEATURES[*at].1));
    let features: Vec<usize> = shown.collect();
    let hidden = &state.hidden_layers;
    let most = hidden.iter().copied().chain([features.len()]).max();
    let most = most.unwrap_or(1).max(1) as u16;
    let columns = hidden.len() as u16 + 1;
    let rows = inner.height.saturating_sub(1);
    let about = least_about(view, rows);
    let least_gap = if is_wide(view.base.screen) { 3 } else { 1 };
    let fits = |(wide, high): &(u16, u16)| {
        high * most + about <= rows && NAME + columns * (wide + least_gap) <= inner.width
    };
    let square = (2..=8)
        .rev()
        .flat_map(|high| [(2 * high, high), (2 * high - 1, high)]);
    let mut sizes = square.chain([(4, 1), (3, 1)]);
    let (wide, high) = sizes.find(fits).unwrap_or((2, 1));
    let gap = (inner.width.saturating_sub(NAME + columns * wide) / columns).max(1);
    // A line between tiles where all columns have room for it.
    let pitch = if (high + 1) * most <= rows.saturating_sub(about) + 1 {
        high + 1
    } else {
        high
    };
    let taken = (pitch * most).min(rows);
    let spare = rows.saturating_sub(taken).saturating_sub(about);
    let top = inner.y + 1 + if spare > 2 { 1 } else { 0 };
    let tiles = |column: u16, n: usize| -> Vec<Rect> {
        let x = inner.x + NAME + column * (wide + gap);
        let height = n as u16 * pitch - (pitch - high);
        let y = top + (taken.saturating_sub(pitch - high).saturating_sub(height)) / 2;
        let tile = |at: u16| Rect::new(x, y + at * pitch, wide, high);
        (0..n as u16).map(tile).collect()
    };
    let layers: Vec<Vec<Rect>> = (1..columns)
        .map(|column| tiles(column, hidden[usize::from(column) - 1]))
        .collect();
    let width = |column: u16| {
        let text = if wide + gap > 6 { 5 } else { 1 };
        let middle = inner.x + NAME + column * (wide + gap) + wide / 2;
        Rect::new(middle - (text / 2).min(middle), inner.y, text, 1)
    };
    let below = top + taken;
    let (label, at) = (text::width(&words::layers(hidden.len())), area.right());
    let room = area.width.saturating_sub(label + 4).min(2);
    Net {
        features: features
            .iter()
            .copied()
            .zip(tiles(0, features.len()))
            .collect(),
        widths: (1..columns).map(width).collect(),
        layers,
        layer_count: Rect::new(at.saturating_sub(label + room), area.y, label, 1),
        exit: (inner.right() - 1, top + taken / 2),
        about: Rect {
            y: below,
            height: inner.bottom().saturating_sub(below),
            ..inner
        },
    }
}

/// The places of the output.
#[derive(Clone, Copy, Debug, Default)]
pub struct Out {
    pub table: Rect,
    pub curve: Rect,
    pub surface: Rect,
    pub switches: [Rect; 2],
}

/// Lines of the table of losses and quality.
pub fn table_lines(view: &View) -> u16 {
    match (
        is_wide(view.base.screen) || view.zoom,
        view.now.state.problem,
    ) {
        (false, _) => 3,
        (true, Problem::Regression) => 3,
        (true, Problem::Classification) => 5,
    }
}

pub fn out(view: &View) -> Out {
    let inner = frame::inside(areas(view).output);
    let lines = table_lines(view);
    let split = view.zoom && inner.width >= 50;
    let column = if split {
        let side = (2 * inner.height).min(inner.width - 26);
        Rect {
            width: inner.width - side - 1,
            ..inner
        }
    } else {
        inner
    };
    let side = if split {
        (2 * inner.height).min(inner.width - 26) & !1
    } else {
        let left = inner.height.saturating_sub(lines + 1 + 2);
        inner.width.min(2 * left) & !1
    };
    let surface = if split {
        Rect::new(inner.right() - side, inner.y, side, side / 2)
    } else {
        let x = inner.x + (inner.width - side) / 2;
        let y = inner.bottom().saturating_sub(1 + side / 2);
        Rect::new(x, y, side, side / 2)
    };
    let below = if split { inner.bottom() - 1 } else { surface.y };
    let curve_top = column.y + lines;
    let y = inner.bottom().saturating_sub(1);
    let wide = column.width >= 34;
    let first = text::width(&words::switch("showTestData", false, wide)) + 1;
    let second = text::width(&words::switch("discretize", false, wide));
    Out {
        table: Rect {
            height: lines,
            ..column
        },
        curve: Rect {
            y: curve_top,
            height: below.saturating_sub(curve_top),
            ..column
        },
        surface,
        switches: [
            Rect::new(column.x, y, first.min(column.width), 1),
            Rect::new(
                column.x + first,
                y,
                second.min(column.width.saturating_sub(first)),
                1,
            ),
        ],
    }
}

/// A line of the data column.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub spot: Spot,
    pub area: Rect,
    /// The bar below a number, empty where there is none.
    pub bar: Rect,
}

/// Lines of the data column, with pictures of the data sets first.
pub fn data(view: &View) -> Vec<Line> {
    let inner = frame::inside(areas(view).data);
    let (x, width) = (inner.x + 1, inner.width.saturating_sub(2));
    let wide = is_wide(view.base.screen);
    let state = &view.now.state;
    let mut y = inner.y;
    let mut lines = Vec::new();
    let mut add = |spot: Spot, area: Rect, bar: Rect| {
        if area.bottom() <= inner.bottom() {
            lines.push(Line { spot, area, bar });
        }
    };
    let sets = view.thumbnails.of(state.problem).len();
    let key = match state.problem {
        Problem::Classification => "dataset",
        Problem::Regression => "regDataset",
    };
    if !state.hides(key) && !state.hides("dataset") {
        for at in 0..sets {
            if wide {
                let (w, h) = (thumbnails::WIDE as u16, thumbnails::HIGH as u16 / 2 + 1);
                let (column, row) = (at as u16 % 2, at as u16 / 2);
                let area = Rect::new(x + column * (w + 1), y + row * (h + 1), w, h);
                add(Spot::Dataset(at), area, Rect::default());
            } else {
                add(
                    Spot::Dataset(at),
                    Rect::new(x, y + at as u16, width, 1),
                    Rect::default(),
                );
            }
        }
        y += if wide {
            (thumbnails::HIGH as u16 / 2 + 2) * (sets as u16).div_ceil(2)
        } else {
            sets as u16
        };
    }
    add(Spot::Own, Rect::new(x, y, width, 1), Rect::default());
    y += 2;
    for key in ["percTrainData", "noise", "batchSize"] {
        if state.hides(key) {
            continue;
        }
        let bar = if wide {
            Rect::new(x, y + 1, width, 1)
        } else {
            Rect::default()
        };
        add(Spot::Set(key), Rect::new(x, y, width, 1), bar);
        y += if wide { 3 } else { 1 };
    }
    if !wide {
        y += 1;
    }
    for spot in [Spot::Regenerate, Spot::Set("seed"), Spot::Stop] {
        add(spot, Rect::new(x, y, width, 1), Rect::default());
        y += 1;
    }
    lines
}

/// Everything that can be selected, with its place, in reading order of the parts.
pub fn spots(view: &View) -> Vec<(Spot, Rect)> {
    let mut out: Vec<(Spot, Rect)> = Vec::new();
    let controls = controls::controls(view);
    out.extend(
        controls
            .iter()
            .filter_map(|control| Some((control.spot?, control.area))),
    );
    out.extend(data(view).iter().map(|line| (line.spot, line.area)));
    let state = &view.now.state;
    if !view.zoom {
        let net = net(view);
        if !state.hides("numHiddenLayers") {
            out.push((Spot::Layers, net.layer_count));
        }
        for (layer, area) in net.widths.iter().enumerate() {
            out.push((Spot::Width(layer), *area));
        }
        for (feature, tile) in &net.features {
            let area = Rect::new(tile.x - NAME, tile.y, NAME + tile.width, tile.height);
            out.push((Spot::Feature(*feature), area));
        }
        for (layer, tiles) in net.layers.iter().enumerate() {
            let spot = |(neuron, area): (usize, &Rect)| (Spot::Neuron(layer, neuron), *area);
            out.extend(tiles.iter().enumerate().map(spot));
        }
    }
    let places = self::out(view);
    out.push((Spot::Output, places.surface));
    for (key, area) in ["showTestData", "discretize"]
        .into_iter()
        .zip(places.switches)
    {
        if !state.hides(key) {
            out.push((Spot::Set(key), area));
        }
    }
    out.retain(|(_, area)| !area.is_empty());
    out
}

/// Columns that a bias takes, beside its neuron.
pub fn bias_place(tile: Rect) -> Position {
    Position::new(tile.x.saturating_sub(1), tile.bottom().saturating_sub(1))
}

/// The box of the menu, beside what it is for.
pub fn menu_area(view: &View) -> Option<Rect> {
    let menu = view.menu.as_ref()?;
    let spots = spots(view);
    let (_, at) = spots.iter().find(|(spot, _)| *spot == menu.spot)?;
    let widest = menu.values.iter().map(|value| text::width(value)).max();
    let screen = view.base.screen;
    let width = (widest.unwrap_or(0) + 6)
        .max(at.width.min(20))
        .min(screen.width);
    let height = (menu.values.len() as u16 + 2).min(screen.height.saturating_sub(4));
    let x =
        at.x.saturating_sub(2)
            .min(screen.right().saturating_sub(width));
    let y = at.bottom().min(screen.bottom().saturating_sub(height + 1));
    Some(Rect::new(x, y, width, height))
}

/// The name of a speed.
pub fn speed(view: &View) -> String {
    words::speed(SPEEDS[view.speed])
}

/// Whether the output is what is shown large.
pub fn shows_output(view: &View) -> bool {
    view.shown() == Shown::Neuron(view.output_layer(), 0)
}
