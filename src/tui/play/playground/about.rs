//! Words below the network: about what is selected, a step inside an epoch, or a number that is not finite.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::super::widgets::text;
use super::view::{Spot, View};
use super::words;
use crate::lang::say;
use crate::play::playground::feature::FEATURES;
use crate::play::playground::names::Named;

pub fn draw(buf: &mut Buffer, area: Rect, view: &View) {
    let area = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    };
    let lines = lines(view, area.width);
    let room = usize::from(area.height);
    for (y, (line, style)) in (area.y..area.bottom()).zip(&lines) {
        text::put(buf, area, area.x, y, line, *style);
    }
    if lines.len() > room && room > 1 && view.now.is_inside() {
        let last = Rect::new(area.x, area.bottom() - 1, area.width, 1);
        let note = format!(" … {}", say("playground-more-lines"));
        text::put_right(buf, last, last.y, &note, view.base.theme.dim());
    }
}

/// All lines that there are, in columns of this width.
fn lines(view: &View, width: u16) -> Vec<(String, Style)> {
    let theme = view.base.theme;
    let wrapped = |words: &str, style: Style| {
        let lines = text::wrap(words, width).into_iter();
        lines.map(move |line| (line, style)).collect::<Vec<_>>()
    };
    if let Some(found) = &view.now.not_finite {
        return wrapped(&found.to_string(), theme.alarm());
    }
    let is_weight = matches!(view.spot, Spot::Weight(..));
    let mut out = Vec::new();
    let (title, more) = about(view);
    if is_weight || !view.now.is_inside() {
        out.extend(wrapped(&title, theme.text()));
    }
    if view.now.is_inside() {
        out.extend(inside(view, width));
    } else {
        out.extend(wrapped(&more, theme.dim()));
    }
    out
}

/// The latest step inside the epoch; the neuron that is selected comes first.
fn inside(view: &View, width: u16) -> Vec<(String, Style)> {
    let theme = view.base.theme;
    let Some(moment) = &view.now.moment else {
        return Vec::new();
    };
    let (title, mut neurons) = words::moment(moment);
    let chosen = match view.spot {
        Spot::Neuron(_, neuron) | Spot::Weight(_, neuron, _) => Some(neuron),
        _ => None,
    };
    neurons.sort_by_key(|(at, _)| Some(*at) != chosen);
    let mut out: Vec<(String, Style)> = text::wrap(&title, width)
        .into_iter()
        .map(|line| (line, theme.current()))
        .collect();
    for (at, line) in neurons {
        let style = if Some(at) == chosen {
            theme.strong()
        } else {
            theme.text()
        };
        let number = format!("{} ", at + 1);
        for (i, part) in text::wrap(&line, width.saturating_sub(2))
            .into_iter()
            .enumerate()
        {
            let start = if i == 0 { number.as_str() } else { "  " };
            out.push((format!("{start}{part}"), style));
        }
    }
    out
}

/// A title for what is selected, and more about it.
fn about(view: &View) -> (String, String) {
    let network = &view.now.training.network;
    let output = view.output_layer();
    match view.spot {
        Spot::Feature(at) => {
            let on = view.now.state.switched_on[at];
            (words::feature(FEATURES[at].2, on), String::new())
        }
        Spot::Neuron(layer, neuron) => (
            words::neuron_of(layer, neuron),
            formula(view, layer, neuron),
        ),
        Spot::Output => (
            formula(view, output, 0),
            words::about(Spot::Output).to_owned(),
        ),
        Spot::Weight(layer, neuron, input) => {
            let at = &network.layers[layer];
            let Some(input) = input else {
                let title = words::bias(at.biases[neuron], layer, neuron);
                return (title, formula(view, layer, neuron));
            };
            let name = input_names(view, layer).swap_remove(input);
            let value = at.weights[input][neuron];
            let title = words::weight(value, &name, layer, neuron);
            let more = if at.dead[input][neuron] {
                say("playground-dead").to_owned()
            } else {
                formula(view, layer, neuron)
            };
            (title, more)
        }
        spot => (words::about(spot).to_owned(), String::new()),
    }
}

fn formula(view: &View, layer: usize, neuron: usize) -> String {
    let at = &view.now.training.network.layers[layer];
    let names = input_names(view, layer);
    words::formula(
        at.activation.name(),
        at.biases[neuron],
        &at.weights_of(neuron),
        &names,
    )
}

/// The names of a layer's inputs: features, or the neurons of the layer before.
pub fn input_names(view: &View, layer: usize) -> Vec<String> {
    match layer.checked_sub(1) {
        None => {
            let features = view.now.state.features();
            features.iter().map(|f| f.label().to_owned()).collect()
        }
        Some(before) => {
            let width = view.now.training.network.layers[before].width;
            (1..=width).map(|n| format!("n{n}")).collect()
        }
    }
}
