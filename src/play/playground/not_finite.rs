//! Where numbers stop being finite: the first neuron, and the step at which it happened.

use std::fmt;

use serde::Serialize;

use super::data::Data;
use super::inside::{Moment, Next};
use super::state::State;
use super::training::Training;
use crate::lang::{FluentValue, plain, say, say_with};

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
        f.write_str(&say_with(
            "playground-diverged",
            &[
                ("epoch", plain(epoch)),
                ("point", plain(point)),
                ("layer", plain(layer)),
                ("neuron", plain(neuron)),
                ("what", plain(what)),
                ("value", plain(value)),
                ("because", plain(because)),
            ],
        ))
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

/// How large a number is, in four digits.
fn size(x: f64) -> FluentValue<'static> {
    plain(format_args!("{x:.3e}"))
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
            let args = [("weight", size(weight)), ("input", size(input))];
            let because = say_with("playground-diverged-forward", &args);
            let bad = [
                (say("playground-diverged-sum"), n.sum),
                (say("playground-diverged-output"), n.output),
            ];
            let (what, x) = bad.into_iter().find(|(_, x)| !x.is_finite())?;
            Some(found(*layer, at, what, x, because))
        }),
        // The loss's square alone goes too far here: the network's numbers are still finite.
        Moment::Loss { .. } | Moment::Epoch { .. } => None,
        Moment::Backward { layer, neurons, .. } => {
            neurons.iter().enumerate().find_map(|(at, n)| {
                let args = [("by", size(n.by_output)), ("slope", size(n.slope))];
                let because = say_with("playground-diverged-backward", &args);
                let slopes = [(say("playground-diverged-by-sum"), n.by_sum)];
                let of_weight = say("playground-diverged-by-weight");
                let weights = n.by_weights.iter().map(|x| (of_weight, *x));
                let (what, x) = slopes
                    .into_iter()
                    .chain(weights)
                    .find(|(_, x)| !x.is_finite())?;
                Some(found(*layer, at, what, x, because))
            })
        }
        Moment::Update {
            layers,
            points,
            learning_rate,
        } => layers.iter().enumerate().find_map(|(layer, neurons)| {
            neurons.iter().enumerate().find_map(|(at, n)| {
                let bias = [(say("playground-diverged-bias"), n.bias)];
                let weight = say("playground-diverged-weight");
                let weights = n.weights.iter().map(|moved| (weight, *moved));
                let all = bias.into_iter().chain(weights);
                let (what, moved) = all.into_iter().find(|(_, m)| !m.after.is_finite())?;
                let because = say_with(
                    "playground-diverged-update",
                    &[
                        ("before", size(moved.before)),
                        ("rate", plain(learning_rate)),
                        ("points", plain(points)),
                        ("gradient", size(moved.gradient)),
                    ],
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
                        say_with("playground-diverged-after", &[("weight", size(weight))]);
                    let what = say("playground-diverged-sum");
                    let found = found(at + 1, neuron, what, sums[neuron], because);
                    return Some(NotFinite {
                        epoch,
                        point: point + 1,
                        ..found
                    });
                }
            }
            let error = output - due.label;
            if !(error * error).is_finite() {
                let because = say_with("playground-diverged-square", &[("output", size(output))]);
                let what = say("playground-diverged-loss");
                let found = found(values.len(), 0, what, error * error, because);
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
