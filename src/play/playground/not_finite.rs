//! Where numbers stop being finite: the first neuron, and the step at which it happened.

use std::fmt;

use serde::Serialize;

use super::data::Data;
use super::inside::{Moment, Next};
use super::state::State;
use super::training::Training;

/// The first number that was infinite or NaN.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NotFinite {
    pub epoch: usize,
    /// The point, or the last point of the batch whose update it was, counted from 1.
    pub point: usize,
    pub layer: usize,
    pub neuron: usize,
    /// The number's name and value, and how it came about.
    pub what: &'static str,
    pub value: String,
    pub because: String,
}

impl NotFinite {
    /// Look for it in the epoch that `before` is at the start of, or in the middle of.
    pub fn find(before: &Training, next: Next, data: &Data, state: &State) -> Option<NotFinite> {
        let (mut training, mut next) = (before.clone(), next);
        let epoch = before.epoch + 1;
        while training.epoch < epoch {
            let moment = training.step_inside(&mut next, data, state);
            if let Some(found) = in_moment(&moment) {
                let point = match moment {
                    Moment::Forward { point, .. }
                    | Moment::Loss { point, .. }
                    | Moment::Backward { point, .. } => point,
                    Moment::Update { .. } | Moment::Epoch { .. } => training.point,
                };
                return Some(NotFinite {
                    epoch,
                    point,
                    ..found
                });
            }
        }
        in_losses(&training, data, epoch)
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let NotFinite {
            epoch,
            point,
            layer,
            neuron,
            what,
            value,
            because,
        } = self;
        write!(
            f,
            "epoch {epoch}, point {point}: in layer {layer}, neuron {neuron}, {what} became {value}: {because}"
        )
    }
}

fn found(layer: usize, neuron: usize, what: &'static str, x: f64, because: String) -> NotFinite {
    NotFinite {
        epoch: 0,
        point: 0,
        layer,
        neuron: neuron + 1,
        what,
        value: x.to_string(),
        because,
    }
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(
        0.0,
        |most, x| {
            if x.abs() > f64::abs(most) { *x } else { most }
        },
    )
}

fn in_moment(moment: &Moment) -> Option<NotFinite> {
    match moment {
        Moment::Forward { layer, neurons, .. } => neurons.iter().enumerate().find_map(|(at, n)| {
            let (weight, input) = (largest(&n.weights), largest(&n.inputs));
            let because = format!(
                "its weights reach {weight:.3e}, its inputs {input:.3e}, and no number holds their sum"
            );
            let bad = [("the sum", n.sum), ("the output", n.output)];
            let (what, x) = bad.into_iter().find(|(_, x)| !x.is_finite())?;
            Some(found(*layer, at, what, x, because))
        }),
        // The loss's square alone goes too far here: the network's numbers are still finite.
        Moment::Loss { .. } | Moment::Epoch { .. } => None,
        Moment::Backward { layer, neurons, .. } => neurons.iter().enumerate().find_map(|(at, n)| {
            let because = format!(
                "the loss's derivative by its output is {:.3e}, the activation's slope {:.3e}",
                n.by_output, n.slope
            );
            let slopes = [("the derivative by its sum", n.by_sum)];
            let weights = n.by_weights.iter().map(|x| ("a weight's derivative", *x));
            let (what, x) = slopes.into_iter().chain(weights).find(|(_, x)| !x.is_finite())?;
            Some(found(*layer, at, what, x, because))
        }),
        Moment::Update {
            layers,
            points,
            learning_rate,
        } => layers.iter().enumerate().find_map(|(layer, neurons)| {
            neurons.iter().enumerate().find_map(|(at, n)| {
                let bias = [("the bias", n.bias)];
                let weights = n.weights.iter().map(|moved| ("a weight", *moved));
                let all = bias.into_iter().chain(weights);
                let (what, moved) = all.into_iter().find(|(_, m)| !m.after.is_finite())?;
                let because = format!(
                    "it was {:.3e}, and the learning rate {learning_rate} times the mean derivative over \
                     {points} points, {:.3e}, was taken off",
                    moved.before, moved.gradient
                );
                Some(found(layer + 1, at, what, moved.after, because))
            })
        }),
    }
}

/// The epoch's own numbers are finite; those of the losses are not.
fn in_losses(training: &Training, data: &Data, epoch: usize) -> Option<NotFinite> {
    let mut values = training.network.values();
    for set in [&data.train, &data.test] {
        for (point, due) in set.points.iter().enumerate() {
            let output = training.network.forward(set.inputs(point), &mut values);
            let layers = training.network.layers.iter().zip(&values).enumerate();
            for (at, (layer, values)) in layers {
                let sums = &values.sums[..layer.width];
                if let Some(neuron) = sums.iter().position(|x| !x.is_finite()) {
                    let weight = largest(&layer.weights_of(neuron));
                    let because =
                        format!("its weights reach {weight:.3e} after the epoch's last update");
                    let found = found(at + 1, neuron, "the sum", sums[neuron], because);
                    return Some(NotFinite {
                        epoch,
                        point: point + 1,
                        ..found
                    });
                }
            }
            let error = output - due.label;
            if !(error * error).is_finite() {
                let because = format!("the output is {output:.3e}, and no number holds its square");
                let found = found(values.len(), 0, "the loss", error * error, because);
                return Some(NotFinite {
                    epoch,
                    point: point + 1,
                    ..found
                });
            }
        }
    }
    None
}
