//! From one place of the screen to another.

use super::layout::spots;
use super::view::{Part, Spot, View};
use crate::play::playground::feature::FEATURES;

impl View {
    /// Select the first place of the part of the screen that lies so many parts further, 0 for the present one.
    pub(super) fn turn(&mut self, by: usize) {
        let parts = [Part::Controls, Part::Data, Part::Network, Part::Output];
        let at = parts
            .iter()
            .position(|part| *part == self.spot.part())
            .unwrap_or(0);
        let spots = spots(self);
        for step in 1..=parts.len() {
            let part = parts[(at + by * step) % parts.len()];
            let mut of_part = spots
                .iter()
                .map(|(spot, _)| *spot)
                .filter(|s| s.part() == part);
            // Neurons say more than the numbers above them.
            let first = of_part
                .clone()
                .find(|spot| matches!(spot, Spot::Neuron(..)));
            if let Some(spot) = first.or_else(|| of_part.next()) {
                self.spot = spot;
                return;
            }
        }
    }

    /// The nearest place in a direction; among a neuron's weights the next one.
    pub(super) fn go(&mut self, right: i32, down: i32) {
        if let Spot::Weight(layer, neuron, input) = self.spot {
            return self.go_weights(layer, neuron, input, (right, down));
        }
        let spots = spots(self);
        let Some((_, from)) = spots.iter().find(|(spot, _)| *spot == self.spot) else {
            self.spot = Spot::Run;
            return;
        };
        let ends = |start: u16, length: u16| (i32::from(start), i32::from(start + length));
        let (fx, fy) = (ends(from.x, from.width), ends(from.y, from.height));
        let apart = |a: (i32, i32), b: (i32, i32)| (b.0 - a.1 + 1).max(a.0 - b.1 + 1).max(0);
        let middle = |a: (i32, i32)| (a.0 + a.1) / 2;
        let score = |area: &ratatui::layout::Rect| {
            let (x, y) = (ends(area.x, area.width), ends(area.y, area.height));
            // A line is as high as two columns are wide.
            let (ahead, aside, off) = if right != 0 {
                let ahead = if right > 0 { x.0 - fx.1 } else { fx.0 - x.1 };
                (ahead, 2 * apart(fy, y), 2 * (middle(fy) - middle(y)).abs())
            } else {
                let ahead = if down > 0 { y.0 - fy.1 } else { fy.0 - y.1 };
                (2 * ahead, apart(fx, x), (middle(fx) - middle(x)).abs())
            };
            (ahead >= 0).then_some(4 * ahead + 12 * aside + off)
        };
        let ahead = spots
            .iter()
            .filter_map(|(spot, area)| Some((score(area)?, *spot)));
        if let Some((_, spot)) = ahead.min_by_key(|(score, _)| *score) {
            self.spot = spot;
        }
    }

    /// Up and down go from the bias through the weights; left and right to the neurons at both ends.
    fn go_weights(
        &mut self,
        layer: usize,
        neuron: usize,
        input: Option<usize>,
        (right, down): (i32, i32),
    ) {
        let inputs = self.now.training.network.layers[layer].weights.len();
        let at = input.map_or(0, |input| input + 1);
        if down != 0 {
            let next = at.saturating_add_signed(down as isize).min(inputs);
            self.spot = Spot::Weight(layer, neuron, next.checked_sub(1));
        } else if right > 0 && layer == self.output_layer() {
            self.spot = Spot::Output;
        } else if right > 0 {
            self.spot = Spot::Neuron(layer, neuron);
        } else if let (Some(input), Some(before)) = (input, layer.checked_sub(1)) {
            self.spot = Spot::Neuron(before, input);
        } else if let Some(input) = input {
            let features = self.now.state.features();
            let at = FEATURES
                .iter()
                .position(|(f, ..)| features.get(input) == Some(f));
            self.spot = Spot::Feature(at.unwrap_or(0));
        } else {
            self.spot = Spot::Neuron(layer, neuron);
        }
    }

    pub(super) fn escape(&mut self) {
        match self.spot {
            Spot::Weight(layer, ..) if layer == self.output_layer() => self.spot = Spot::Output,
            Spot::Weight(layer, neuron, _) => self.spot = Spot::Neuron(layer, neuron),
            _ => self.zoom = false,
        }
    }
}
